/* test_journal_disk.c - durable callbacks, files that others change, disks that fail. */
#include "tests/unit/store/journal_scene.h"
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/store/journal.h"

struct told {
    int calls, last;
    enum err_code code;
};

struct one {
    struct told *told;
    int n;
};

static void on_durable(void *ctx, const struct err *e)
{
    struct one *o = ctx;

    assert_int_equal(o->n, o->told->last + 1); /* in order */
    o->told->last = o->n;
    o->told->calls++;
    o->told->code = e->code;
}

static void test_durable_callbacks(void **state)
{
    struct fixture *f = *state;
    struct journal *j = scene_make(f);
    struct told told = {0};
    struct one ones[50];
    struct err err;

    for (int i = 0; i < 50; i++) {
        ones[i] = (struct one){&told, i + 1};
        assert_ok(
            journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &ones[i], NULL, &err),
            &err);
        assert_int_equal(told.calls, i <= 20 ? 0 : 21); /* never from inside */
        while (i == 20 && !told.calls && loop_turn(f->loop, true))
            ;
    }
    assert_int_equal(told.calls, 21); /* one fsync for all of them */
    scene_close_ok(j);                /* those who wait are told */
    assert_int_equal(told.calls, 50);
    assert_int_equal(told.code, ERR_OK);
    assert_false(loop_turn(f->loop, false));
}

static void test_close_while_a_sync_runs(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal *j = scene_make(f);
    struct err err;

    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    loop_turn(f->loop, false); /* the job is started */
    scene_close_ok(j);
    assert_int_equal(told.calls, 1);
    while (loop_turn(f->loop, true))
        ;
    assert_int_equal(told.calls, 1);
}

static void test_deleted_file_is_written_again(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal_report rep;
    struct journal *j = scene_make(f);
    struct err err;

    scene_add(j, 1);
    scene_add(j, 2);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(rmdir(f->dir), 0);
    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_OK);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    scene_add(j, 4);
    assert_int_equal(unlink(f->path), 0);
    scene_close_ok(j);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 4);
    assert_int_equal(rep.bad_line, 0);
}

static void wait_durable(struct fixture *f, struct journal *j, struct told *told)
{
    static struct one one;
    struct err err;

    one = (struct one){told, told->last + 1};
    journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err);
    while (told->calls < one.n && loop_turn(f->loop, true))
        ;
}

/* What another program cuts off is written again while it is known, what it adds is kept aside. */
static void test_file_changed_by_others(void **state)
{
    struct fixture *f = *state;
    char *torn = xasprintf("%s.torn", f->path);
    struct told told = {0};
    struct journal_report rep;
    struct journal *j = scene_make(f);
    struct stat st;
    struct err err;
    int fd;

    wait_durable(f, j, &told);
    assert_int_equal(stat(f->path, &st), 0);
    scene_add(j, 2);
    assert_int_equal(truncate(f->path, st.st_size + 7), 0); /* found by the next append */
    scene_add(j, 3);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    assert_int_equal(truncate(f->path, st.st_size), 0); /* found by the sync */
    while (!journal_error(j)->code && loop_turn(f->loop, true))
        ;
    assert_non_null(strstr(journal_error(j)->msg, "was cut"));
    while (journal_error(j)->code && loop_turn(f->loop, true))
        ;
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    fd = open(f->path, O_WRONLY | O_APPEND);
    assert_ok(fd_write_all(fd, STR_LIT("a stray line\n"), &err), &err);
    close(fd);
    scene_add(j, 4);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 4);
    assert_int_equal(rep.bad_line, 0);
    assert_true(file_exists(torn));
    wait_durable(f, j, &told);
    assert_int_equal(told.code, ERR_OK);
    assert_int_equal(truncate(f->path, 10), 0); /* that cannot be made good */
    assert_int_equal(journal_append(j, "error", "x", 0, STR_LIT("{}"), NULL, NULL, NULL, &err),
                     ERR_IO);
    assert_non_null(strstr(err.msg, "was cut from"));
    assert_int_equal(journal_close(j, NULL, NULL, &err), ERR_IO);
    free(torn);
}

static void test_replaced_file_is_reported_and_kept_elsewhere(void **state)
{
    struct fixture *f = *state;
    char *other = xasprintf("%s/other", f->dir), *kept;
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal_report rep;
    struct journal *j = scene_make(f);
    struct err err;

    scene_add(j, 1);
    assert_int_equal(unlink(f->path), 0);
    scene_spit(f->path, STR_LIT("mine\n"));
    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_IO);
    assert_non_null(strstr(journal_error(j)->msg, "replaced"));
    assert_ok(journal_close(j, other, &kept, &err), &err);
    assert_non_null(kept);
    scene_verify(kept, &rep);
    assert_int_equal(rep.lines, 2);
    free(kept);
    free(other);
}

/* The limit on a file's size stops a write in the middle of a line, as a full disk does. */
static void test_short_write_leaves_no_half_line(void **state)
{
    struct fixture *f = *state;
    struct rlimit old, tight;
    char *kept;
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal_report rep;
    struct journal *j = scene_make(f);
    struct stat st;
    struct err err;

    scene_add(j, 1);
    scene_add(j, 2);
    assert_int_equal(stat(f->path, &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)st.st_size + 40;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_not_equal(
        journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err), ERR_OK);
    assert_int_equal(journal_error(j)->code, err.code);
    assert_true(journal_pending_bytes(j) > 0);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 2);
    assert_int_equal(rep.torn_bytes, 0);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_not_equal(told.code, ERR_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    while (journal_pending_bytes(j) && loop_turn(f->loop, true)) /* tried again by itself */
        ;
    assert_int_equal(journal_error(j)->code, ERR_OK);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_not_equal(journal_append(j, "error", "x", 0, STR_LIT("{}"), NULL, NULL, NULL, &err),
                         ERR_OK);
    assert_int_not_equal(journal_close(j, f->dir, &kept, &err), ERR_OK);
    assert_true(strncmp(err.msg, "write ", 6) == 0 && strstr(err.msg, "; and elsewhere: "));
    assert_null(kept);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    assert_int_equal(rep.torn_bytes, 0);
}

/* A real full disk: a small file system of our own, which goes with our mount namespace. */
static void test_full_disk(void **state)
{
    struct fixture *f = *state;
    char *filler = xasprintf("%s/filler", f->dir);
    struct journal_report rep;
    struct buf big = BUF_INIT(1 << 20);
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal *j;
    struct err err;
    int lines = 0;

    if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", f->dir, "tmpfs", 0, "size=256k")) {
        print_message("# a small file system cannot be mounted here\n");
        free(filler);
        skip();
    }
    memset(buf_reserve(&big, 150 << 10), 'x', 150 << 10);
    big.len = 150 << 10;
    scene_spit(filler, buf_str(&big));
    j = scene_make(f);
    while (journal_append(j, "error", "x", 0, STR_LIT("{\"text\":\"0123456789012345678901\"}"),
                          NULL, NULL, NULL, &err) == ERR_OK)
        lines++;
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.msg, "No space left"));
    scene_verify(f->path, &rep);
    assert_int_equal(rep.torn_bytes, 0);
    assert_int_equal(rep.lines, lines);
    journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_IO);
    assert_int_equal(unlink(filler), 0);
    while (journal_error(j)->code && loop_turn(f->loop, true)) /* by itself, within a second */
        ;
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, lines + 2);
    scene_close_ok(j);
    assert_int_equal(umount(f->dir), 0);
    buf_release(&big);
    free(filler);
}

static void test_pending_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct rlimit old, tight;
    struct journal_report rep;
    struct journal *j = scene_make(f);
    struct buf big;
    struct err err;
    enum err_code rc;
    int kept = 0;

    buf_init(&big, JOURNAL_LINE_MAX);
    buf_adds(&big, "{\"x\":\"");
    memset(buf_reserve(&big, 1 << 20), 'x', 1 << 20);
    big.len += 1 << 20;
    buf_adds(&big, "\"}");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    while ((rc = journal_append(j, "error", "x", 0, buf_str(&big), NULL, NULL, NULL, &err)) !=
           ERR_LIMIT) {
        assert_int_not_equal(rc, ERR_OK);
        kept++;
    }
    assert_int_equal(kept, 15);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    scene_close_ok(j);
    scene_verify(f->path, &rep);
    assert_int_equal(rep.lines, kept);
    buf_release(&big);
}

#ifdef RB_FAULT_INJECTION
/* The Nth point may be the fsync of a close: which one depends on the time the others took. */
static void close_faulty(struct journal *j)
{
    struct err err = ERR_INIT;

    if (journal_close(j, NULL, NULL, &err) && !fault_fired())
        fail_msg("close: %s", err.msg);
}

/* Fail each point in turn: whatever happens, no half line, and in the end every line is there. */
static void test_every_fault(void **state)
{
    struct fixture *f = *state;
    char spec[32], id[32];
    struct journal_report rep;
    struct err err;

    for (int nth = 1;; nth++) {
        struct told told = {0};
        struct one one = {&told, 1};
        struct journal *j;
        char *path;
        bool opened;

        snprintf(spec, sizeof(spec), "%d", nth);
        snprintf(id, sizeof(id), "f%d", nth);
        path = xasprintf("%s/%s.jsonl", f->dir, id);
        fault_arm(spec);
        opened = journal_create(f->loop, f->dir, id, &j, &err) == ERR_OK;
        if (opened) {
            for (int i = 1; i <= 3; i++)
                journal_append(j, "error", "x", 0, STR_LIT("{}"), i == 3 ? on_durable : NULL, &one,
                               NULL, &err);
            while (!told.calls && loop_turn(f->loop, true))
                ;
            close_faulty(j);
            opened = journal_open(f->loop, f->dir, id, NULL, NULL, &j, &rep, &err) == ERR_OK;
            if (opened)
                close_faulty(j);
            if (!fault_fired())
                nth = 0;
            fault_arm(NULL);
            scene_verify(path, &rep);
            assert_int_equal(rep.lines, 3);
            assert_int_equal(rep.torn_bytes, 0);
        }
        fault_arm(NULL);
        free(path);
        if (nth == 0)
            break;
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
        T(test_durable_callbacks),
        T(test_close_while_a_sync_runs),
        T(test_deleted_file_is_written_again),
        T(test_file_changed_by_others),
        T(test_replaced_file_is_reported_and_kept_elsewhere),
        T(test_short_write_leaves_no_half_line),
        T(test_full_disk),
        T(test_pending_is_bounded),
#ifdef RB_FAULT_INJECTION
        T(test_every_fault),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
