/* test_journal.c - the chain, recovery, locking, lines that are bad. Disks are in
 * test_journal_disk.c. */
#include "tests/unit/store/journal_scene.h"
#include "tests/lib/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/store/journal.h"

static bool count_record(void *ctx, const struct journal_record *r)
{
    int *n = ctx;

    ++*n;
    assert_int_equal(r->seq, *n);
    assert_str(r->type, "user.message");
    assert_str(r->actor, "us\"er");
    assert_true(r->ts_ms == 1770199200123);
    assert_int_equal(value_i64_or(r->data, "n", 0), *n);
    assert_str(value_str_or(r->data, "text", ""), "\xc3\xa9");
    return true;
}

/* what is appended is read back, chained, with the modes of C-31. */
static void test_round_trip(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct stat st;
    struct err err;
    int n = 0;

    scene_make_lines(f, 300);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 300);
    assert_int_equal(rep.bad_line, 0);
    assert_int_equal(rep.torn_bytes, 0);
    assert_ok(journal_read(f->path, false, count_record, &n, &rep, &err), &err);
    assert_int_equal(n, 300);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true((uint64_t)st.st_size == rep.size_bytes);
}

static void test_line_has_the_documented_form(void **state)
{
    struct fixture *f = *state;
    char hash[SHA256_HEX], expected[512];
    struct str rest, first, second;
    struct buf b;

    scene_make_lines(f, 2);
    scene_slurp(f->path, &b);
    rest = buf_str(&b);
    assert_true(str_line(&rest, &first));
    assert_true(str_line(&rest, &second));
    snprintf(expected, sizeof(expected),
             "{\"seq\":1,\"ts\":\"2026-02-04T10:00:00.123Z\",\"type\":\"user.message\","
             "\"actor\":\"us\\\"er\",\"prev\":\"%064d\",\"data\":{\"n\":1,\"text\":\"\xc3\xa9\"}}",
             0);
    assert_str(first, expected);
    hash_sha256_hex(first, hash);
    assert_true(str_find(second, str_from(hash)) > 0);
    buf_release(&b);
}

/* C-10: every single-byte edit of a line that another one follows is found, and the line is named.
 */
static void test_any_edit_is_found(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct buf b;
    size_t line_end;

    scene_make_lines(f, 4);
    scene_slurp(f->path, &b);
    line_end = (size_t)str_find(buf_str(&b), STR_LIT("\n{\"seq\":4"));
    for (size_t i = 0; i < line_end; i++) {
        char was = b.ptr[i];

        b.ptr[i] = (char)(was ^ 1);
        scene_spit(f->path, buf_str(&b));
        b.ptr[i] = was;
        scene_verify(f->path, &rep);
        if (!rep.bad_line)
            fail_msg("flipping byte %zu was not found", i);
        assert_true(strncmp(rep.why, "line ", 5) == 0);
    }
    buf_release(&b);
}

static void cut_line(struct buf *b, size_t number, struct buf *ret_line)
{
    struct str rest = buf_str(b), line;

    for (size_t i = 0; i < number; i++)
        assert_true(str_line(&rest, &line));
    buf_init(ret_line, 4096);
    buf_add(ret_line, line.ptr, line.len + 1);
    buf_cut(b, (size_t)(line.ptr - b->ptr), line.len + 1);
}

static void test_removed_and_reordered_lines_are_found(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct buf b, line;

    scene_make_lines(f, 6);
    scene_slurp(f->path, &b);
    cut_line(&b, 3, &line);
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    assert_int_equal(rep.lines, 2);
    buf_add_str(&b, buf_str(&line)); /* 1 2 4 5 6 3 */
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    buf_release(&line);
    cut_line(&b, 1, &line); /* the beginning is gone */
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 1);
    buf_release(&line);
    buf_release(&b);
}

/* Its prev is right, so only the gap in seq shows that a line is missing. */
static void test_gap_in_seq_is_found(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    char hash[SHA256_HEX], line[512];
    struct buf b;

    scene_make_lines(f, 1);
    scene_slurp(f->path, &b);
    hash_sha256_hex((struct str){b.ptr, b.len - 1}, hash);
    snprintf(line, sizeof(line),
             "{\"seq\":3,\"ts\":\"2026-02-04T10:00:00.000Z\",\"type\":\"error\",\"actor\":\"x\","
             "\"prev\":\"%s\",\"data\":{}}\n",
             hash);
    buf_adds(&b, line);
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 2);
    assert_non_null(strstr(rep.why, "has seq 3 where 2 was expected"));
    buf_release(&b);
}

static void test_broken_chain_is_not_continued(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct journal *j = NULL;
    struct buf b;
    struct err err;

    scene_make_lines(f, 3);
    scene_slurp(f->path, &b);
    b.ptr[str_find(buf_str(&b), STR_LIT("\"n\":2")) + 4] = '7';
    scene_spit(f->path, buf_str(&b));
    assert_int_equal(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "line 3 does not fit"));
    assert_int_equal(rep.bad_line, 3);
    buf_release(&b);
}

/* cut at every byte, it opens again with every whole line and goes on. */
static void test_torn_tail_at_every_byte(void **state)
{
    struct fixture *f = *state;
    char *torn = xasprintf("%s.torn", f->path);
    struct journal_report rep;
    struct journal *j;
    struct buf b, t;
    struct err err;
    size_t two;

    scene_make_lines(f, 3);
    scene_slurp(f->path, &b);
    two = (size_t)str_find(buf_str(&b), STR_LIT("{\"seq\":3"));
    for (size_t cut = two; cut < b.len; cut++) {
        scene_spit(f->path, (struct str){b.ptr, cut});
        scene_verify(f->path, &rep);
        assert_int_equal(rep.bad_line, 0);
        assert_int_equal(rep.torn_bytes, cut - two);
        assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
        assert_int_equal(rep.torn_bytes, cut - two);
        assert_int_equal(journal_seq(j), 2);
        scene_verify(f->path, &rep);
        assert_int_equal(rep.torn_bytes, 0); /* it was cut off */
        scene_add(j, 3);
        scene_close_ok(j);
        scene_verify(f->path, &rep);
        assert_int_equal(rep.lines, 3);
        assert_int_equal(rep.bad_line, 0);
        if (cut > two) {
            scene_slurp(torn, &t);
            assert_int_equal(t.len, cut - two);
            assert_memory_equal(t.ptr, b.ptr + two, t.len);
            buf_release(&t);
            unlink(torn);
        }
    }
    buf_release(&b);
    free(torn);
}

static void test_last_line_of_zeros_is_torn(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct journal *j;
    struct buf b;
    struct err err;

    scene_make_lines(f, 2);
    scene_slurp(f->path, &b);
    for (int i = 0; i < 100; i++)
        buf_addc(&b, '\0');
    buf_addc(&b, '\n');
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
    assert_int_equal(rep.torn_bytes, 101);
    assert_int_equal(rep.bad_line, 0);
    scene_close_ok(j);
    buf_release(&b);
}

static void test_second_writer_is_refused(void **state)
{
    struct fixture *f = *state;
    struct journal *j = scene_make(f), *other;
    struct journal_report rep;
    struct err err;

    scene_add(j, 1);
    assert_true(journal_in_use(f->path));
    assert_int_equal(journal_open(f->loop, f->dir, "s1", NULL, NULL, &other, &rep, &err),
                     ERR_AGAIN);
    assert_int_equal(journal_create(f->loop, f->dir, "s1", &other, &err), ERR_IO);
    scene_verify(f->path, &rep); /* reading is always possible */
    assert_int_equal(rep.lines, 1);
    scene_close_ok(j);
    assert_false(journal_in_use(f->path));
}

static void test_bad_input_is_refused(void **state)
{
    static const char *const ids[] = {"", ".", "..", "../x", "a/b", "a b", "x\n"};
    static const char *const data[] = {"", "[]", "{\n}", "{", "3"};
    struct fixture *f = *state;
    struct journal *j;
    struct err err;
    uint64_t seq = 99;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_int_equal(journal_create(f->loop, f->dir, ids[i], &j, &err), ERR_INPUT);
    j = scene_make(f);
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
        assert_int_equal(
            journal_append(j, "error", "x", 0, str_from(data[i]), NULL, NULL, &seq, &err),
            ERR_INPUT);
    assert_int_equal(journal_append(j, "a\"b", "x", 0, STR_LIT("{}"), NULL, NULL, &seq, &err),
                     ERR_INPUT);
    assert_int_equal(seq, 99);
    assert_int_equal(journal_seq(j), 0);
    scene_close_ok(j);
}

static void test_newer_lines_are_skipped(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    char hash[SHA256_HEX], line[512];
    struct journal *j;
    struct buf b;
    struct err err;
    int n = 0;

    scene_make_lines(f, 1);
    scene_slurp(f->path, &b);
    hash_sha256_hex((struct str){b.ptr, b.len - 1}, hash);
    snprintf(line, sizeof(line), "{\"v\":2,\"seq\":2,\"when\":[1,2],\"prev\":\"%s\"}\n", hash);
    buf_adds(&b, line);
    scene_spit(f->path, buf_str(&b));
    assert_ok(journal_read(f->path, true, count_record, &n, &rep, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(rep.lines, 2);
    assert_int_equal(rep.newer, 1);
    assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
    scene_add(j, 3);
    scene_close_ok(j);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    buf_release(&b);
}

/* ---- durability ---- */

static void test_overlong_line_is_bad(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct buf b = BUF_INIT(BUF_NO_MAX);
    size_t len = JOURNAL_LINE_MAX * 2;

    memset(buf_reserve(&b, len), 'x', len);
    b.len = len;
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 0);
    assert_true(rep.torn_bytes == len);
    buf_addc(&b, '\n');
    buf_adds(&b, "{}\n");
    scene_spit(f->path, buf_str(&b));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 1);
    buf_release(&b);
}

static void test_unreadable_things(void **state)
{
    struct fixture *f = *state;
    char *fifo = xasprintf("%s/fifo", f->dir);
    struct journal_report rep;
    struct journal *j;
    struct err err;

    assert_int_equal(journal_read(f->path, true, NULL, NULL, &rep, &err), ERR_NOT_FOUND);
    assert_int_equal(journal_read(f->dir, true, NULL, NULL, &rep, &err), ERR_INPUT);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(journal_read(fifo, true, NULL, NULL, &rep, &err), ERR_INPUT);
    assert_int_equal(journal_open(f->loop, f->dir, "no", NULL, NULL, &j, &rep, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(journal_create(f->loop, "/proc/none", "x", &j, &err), err.code);
    assert_int_not_equal(err.code, ERR_OK);
    free(fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
        T(test_round_trip),
        T(test_line_has_the_documented_form),
        T(test_any_edit_is_found),
        T(test_removed_and_reordered_lines_are_found),
        T(test_gap_in_seq_is_found),
        T(test_broken_chain_is_not_continued),
        T(test_torn_tail_at_every_byte),
        T(test_last_line_of_zeros_is_torn),
        T(test_second_writer_is_refused),
        T(test_bad_input_is_refused),
        T(test_newer_lines_are_skipped),
        T(test_overlong_line_is_bad),
        T(test_unreadable_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
