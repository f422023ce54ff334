/* test_index.c - sessions listed, searched, found, remembered and deleted (R-22, U-06). */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/store/blob.h"
#include "runbook/store/index.h"
#include "runbook/store/journal.h"

struct fixture {
    char *dir, *scratchpad;
    struct loop *loop;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->scratchpad = xasprintf("%s/scratchpad", f->dir);
    f->loop = loop_new(clock_system());
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f->scratchpad);
    free(f);
    return 0;
}

struct script {
    struct journal *j;
    int64_t ts_ms;
};

static void say(struct script *s, const char *type, const char *data)
{
    struct err err;

    assert_ok(journal_append(s->j, type, "t", s->ts_ms++, str_from(data), NULL, NULL, NULL, &err),
              &err);
}

static struct script start(struct fixture *f, const char *id, int64_t ts_ms)
{
    struct script s = {.ts_ms = ts_ms};
    struct err err;

    assert_ok(journal_create(f->loop, f->scratchpad, id, &s.j, &err), &err);
    return s;
}

static void end(struct script *s)
{
    struct err err;

    assert_ok(journal_close(s->j, NULL, NULL, &err), &err);
}

static void make_session(struct fixture *f, const char *id, int64_t ts_ms, const char *title,
                         const char *blob)
{
    struct script s = start(f, id, ts_ms);
    char data[512];

    snprintf(data, sizeof(data),
             "{\"id\":\"%s\",\"title\":\"%s\",\"query\":\"why\",\"host\":\"h1\"}", id, title);
    say(&s, "session.opened", data);
    if (blob) {
        snprintf(data, sizeof(data), "{\"call\":\"c\",\"blob\":\"%s\"}", blob);
        say(&s, "tool.ended", data);
    }
    say(&s, "hypothesis.proposed", "{\"id\":\"H1\",\"statement\":\"the Pool is exhausted\"}");
    say(&s, "rootcause.identified",
        "{\"hypothesis\":\"H1\",\"statement\":\"pool\",\"category\":\"capacity\",\"confidence\":0."
        "91}");
    say(&s, "conclusion.reached",
        "{\"verdict\":\"root_cause\",\"summary\":\"s\",\"confidence\":0.5}");
    say(&s, "session.closed", "{}");
    end(&s);
}

static struct session_list load(struct fixture *f, struct session_query q)
{
    struct session_list l;
    struct err err;

    assert_ok(session_list_load(f->dir, &q, &l, &err), &err);
    return l;
}

static void test_rows(void **state)
{
    struct fixture *f = *state;
    struct session_list l = load(f, (struct session_query){0});

    assert_int_equal(l.items.count, 0); /* no folder yet */
    session_list_release(&l);
    make_session(f, "a1", 1000, "checkout is slow", NULL);
    make_session(f, "b2", 2000, "disk \\\"full\\\"", NULL);
    l = load(f, (struct session_query){0});
    assert_int_equal(l.items.count, 2);
    assert_int_equal(l.refreshed, 2);
    assert_false(l.no_index);
    assert_string_equal(l.items.items[0].id, "b2"); /* newest first */
    assert_string_equal(l.items.items[0].title, "disk \"full\"");
    assert_string_equal(l.items.items[1].verdict, "root_cause");
    assert_string_equal(l.items.items[1].root_cause, "pool");
    assert_string_equal(l.items.items[1].category, "capacity");
    assert_true(l.items.items[1].confidence == 0.91);
    assert_true(l.items.items[1].opened_ms == 1000 && l.items.items[1].closed_ms == 1004);
    assert_int_equal(l.items.items[1].events, 5);
    assert_string_equal(l.items.items[1].problem, "");
    session_list_release(&l);
}

static void test_only_changed_ones_are_read(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct session_list l;
    struct script s = {.ts_ms = 9000};
    struct err err;
    char *path;

    make_session(f, "a1", 1000, "one", NULL);
    make_session(f, "b2", 2000, "two", NULL);
    l = load(f, (struct session_query){0});
    session_list_release(&l);
    l = load(f, (struct session_query){0});
    assert_int_equal(l.refreshed, 0);
    session_list_release(&l);
    assert_ok(journal_open(f->loop, f->scratchpad, "a1", NULL, NULL, &s.j, &rep, &err), &err);
    say(&s, "conclusion.reached", "{\"verdict\":\"inconclusive\"}");
    end(&s);
    path = session_path(f->dir, "b2");
    assert_int_equal(unlink(path), 0);
    l = load(f, (struct session_query){0});
    assert_int_equal(l.refreshed, 1);
    assert_int_equal(l.items.count, 1);
    assert_string_equal(l.items.items[0].verdict, "inconclusive");
    assert_string_equal(l.items.items[0].problem, "");
    session_list_release(&l);
    free(path);
    path = xasprintf("%s/index.db", f->dir); /* the index may go at any time */
    assert_int_equal(unlink(path), 0);
    l = load(f, (struct session_query){0});
    assert_int_equal(l.items.count, 1);
    session_list_release(&l);
    free(path);
}

static void test_search(void **state)
{
    static const struct {
        const char *words;
        size_t found;
    } cases[] = {{"checkout", 1},  {"CHECK", 1},   {"pool exhausted", 2},
                 {"slow pool", 1}, {"nothing", 0}, {"\" OR title:", 0},
                 {"full\"", 1},    {"", 2},        {"h1 NOT", 0},
                 {"*", 0}};
    struct fixture *f = *state;

    make_session(f, "a1", 1000, "checkout is slow", NULL);
    make_session(f, "b2", 2000, "disk full", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct session_list l = load(f, (struct session_query){.words = cases[i].words});

        if (l.items.count != cases[i].found)
            fail_msg("'%s' finds %zu", cases[i].words, l.items.count);
        session_list_release(&l);
    }
    struct session_list l = load(f, (struct session_query){.verdict = "failed"});

    assert_int_equal(l.items.count, 0);
    session_list_release(&l);
    l = load(f, (struct session_query){.limit = 1});
    assert_int_equal(l.items.count, 1);
    assert_int_equal(l.total, 2);
    session_list_release(&l);
}

static void test_without_a_place_for_the_index(void **state)
{
    struct fixture *f = *state;
    char *path = xasprintf("%s/index.db", f->dir);
    struct session_list l;

    make_session(f, "a1", 1000, "one", NULL);
    assert_int_equal(mkdir(path, 0700), 0); /* as root a read-only folder would not stop us */
    l = load(f, (struct session_query){.words = "one"});
    assert_true(l.no_index);
    assert_int_equal(l.items.count, 1);
    session_list_release(&l);
    free(path);
}

static void cut_last_line(const char *path)
{
    struct buf b = BUF_INIT(65536);
    struct err err;

    assert_ok(file_read(path, &b, &err), &err);
    b.len--;
    while (b.len && b.ptr[b.len - 1] != '\n')
        b.len--;
    assert_ok(file_write_atomic(path, buf_str(&b), 0600, &err), &err);
    buf_release(&b);
}

/* C-10: the chain cannot show that whole lines are missing at the end; what was seen before can. */
static void test_cut_journal_is_remembered(void **state)
{
    struct fixture *f = *state;
    char *path = session_path(f->dir, "a1");
    struct session_memory mem;
    struct session_list l;

    make_session(f, "a1", 1000, "one", NULL);
    session_recall(f->dir, "a1", &mem);
    assert_false(mem.known);
    l = load(f, (struct session_query){0});
    session_list_release(&l);
    session_recall(f->dir, "a1", &mem);
    assert_true(mem.known);
    assert_int_equal(mem.lines, 5);
    cut_last_line(path);
    for (int i = 0; i < 2; i++) {
        l = load(f, (struct session_query){0});
        assert_non_null(strstr(l.items.items[0].problem, "was cut: it had 5 lines, now 4"));
        session_list_release(&l);
        session_recall(f->dir, "a1", &mem);
        assert_int_equal(mem.lines, 5);
    }
    free(path);
}

static void test_damaged_journal_is_listed(void **state)
{
    struct fixture *f = *state;
    char *path = session_path(f->dir, "a1");
    struct session_list l;
    struct err err;
    int fd;

    make_session(f, "a1", 1000, "one", NULL);
    fd = open(path, O_WRONLY | O_APPEND);
    assert_ok(fd_write_all(fd, STR_LIT("rubbish\n"), &err), &err);
    close(fd);
    l = load(f, (struct session_query){0});
    assert_int_equal(l.items.count, 1);
    assert_non_null(strstr(l.items.items[0].problem, "line 6"));
    assert_string_equal(l.items.items[0].title, "one");
    session_list_release(&l);
    free(path);
}

static void test_find(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char *id;

    assert_int_equal(session_find(f->dir, "last", &id, &err), ERR_NOT_FOUND);
    make_session(f, "ab1", 1000, "one", NULL);
    make_session(f, "ab12", 2000, "two", NULL);
    make_session(f, "c", 3000, "three", NULL);
    assert_ok(session_find(f->dir, "ab1", &id, &err), &err);
    assert_string_equal(id, "ab1");
    free(id);
    assert_ok(session_find(f->dir, "ab12", &id, &err), &err);
    assert_string_equal(id, "ab12");
    free(id);
    assert_ok(session_find(f->dir, "last", &id, &err), &err);
    assert_string_equal(id, "c");
    free(id);
    assert_int_equal(session_find(f->dir, "a", &id, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "ab12"));
    assert_int_equal(session_find(f->dir, "zz", &id, &err), ERR_NOT_FOUND);
    assert_int_equal(session_find(f->dir, "../x", &id, &err), ERR_INPUT);
}

static bool blob_there(struct fixture *f, const char *hash)
{
    struct buf b = BUF_INIT(1000);
    struct err err;
    bool there = blob_get(f->dir, hash, &b, &err) == ERR_OK;

    buf_release(&b);
    return there;
}

static void test_remove_keeps_shared_blobs(void **state)
{
    struct fixture *f = *state;
    char mine[SHA256_HEX], shared[SHA256_HEX], *path = session_path(f->dir, "a1");
    struct session_removed gone;
    struct script s;
    struct err err;

    assert_ok(blob_put(f->dir, STR_LIT("mine"), mine, &err), &err);
    assert_ok(blob_put(f->dir, STR_LIT("shared"), shared, &err), &err);
    make_session(f, "a1", 1000, "one", mine);
    make_session(f, "a2", 1000, "one", shared);
    make_session(f, "a3", 1000, "one", shared);
    assert_ok(session_remove(f->dir, "a1", 5000, &gone, &err), &err);
    assert_int_equal(gone.blobs, 1);
    assert_false(blob_there(f, mine));
    assert_false(file_exists(path));
    assert_ok(session_remove(f->dir, "a2", 5000, &gone, &err), &err);
    assert_int_equal(gone.blobs, 0);
    assert_true(blob_there(f, shared));
    s = start(f, "run", 1); /* somebody may be about to cite it */
    assert_int_equal(session_remove(f->dir, "run", 5000, &gone, &err), ERR_AGAIN);
    assert_ok(session_remove(f->dir, "a3", 5000, &gone, &err), &err);
    assert_int_equal(gone.kept, 1);
    assert_true(blob_there(f, shared));
    end(&s);
    assert_int_equal(session_remove(f->dir, "a3", 5000, &gone, &err), ERR_NOT_FOUND);
    assert_int_equal(session_remove(f->dir, "../a3", 5000, &gone, &err), ERR_NOT_FOUND);
    free(path);
}

#ifdef RB_FAULT_INJECTION
/* Whatever fails, the list is right or there is an error, and the next one is right. */
static void test_every_fault(void **state)
{
    struct fixture *f = *state;
    char *db = xasprintf("%s/index.db", f->dir);

    make_session(f, "a1", 1000, "one", NULL);
    for (int nth = 1;; nth++) {
        struct session_query q = {0};
        struct session_list l;
        struct err err;
        char spec[16];
        bool fired;

        unlink(db);
        snprintf(spec, sizeof(spec), "%d", nth);
        fault_arm(spec);
        if (session_list_load(f->dir, &q, &l, &err) == ERR_OK) {
            assert_int_equal(l.items.count, 1);
            session_list_release(&l);
        }
        fired = fault_fired();
        fault_arm(NULL);
        l = load(f, q);
        assert_string_equal(l.items.items[0].title, "one");
        session_list_release(&l);
        if (!fired)
            break;
    }
    free(db);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_rows),
        T(test_only_changed_ones_are_read),
        T(test_search),
        T(test_without_a_place_for_the_index),
        T(test_cut_journal_is_remembered),
        T(test_damaged_journal_is_listed),
        T(test_find),
        T(test_remove_keeps_shared_blobs),
#ifdef RB_FAULT_INJECTION
        T(test_every_fault),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
