/* test_journal.c - the chain, recovery, locking, durable callbacks, disks that fail. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

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

struct fixture {
    struct loop *loop;
    char *dir, *path;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->path = xasprintf("%s/s1.jsonl", f->dir);
    f->loop = loop_new(clock_system());
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static struct journal *make(struct fixture *f)
{
    struct journal *j;
    struct err err;

    assert_ok(journal_create(f->loop, f->dir, "s1", &j, &err), &err);
    return j;
}

static void add(struct journal *j, int n)
{
    struct err err;
    uint64_t seq;
    char data[64];

    snprintf(data, sizeof(data), "{\"n\":%d,\"text\":\"\xc3\xa9\"}", n);
    assert_ok(journal_append(j, "user.message", "us\"er", 1770199200123, str_from(data), NULL, NULL,
                             &seq, &err),
              &err);
    assert_int_equal(seq, n);
}

static void close_ok(struct journal *j)
{
    struct err err;

    assert_ok(journal_close(j, NULL, NULL, &err), &err);
}

static void make_lines(struct fixture *f, int count)
{
    struct journal *j = make(f);

    for (int i = 1; i <= count; i++)
        add(j, i);
    close_ok(j);
}

static void slurp(const char *path, struct buf *out)
{
    struct err err;

    buf_init(out, 1 << 20);
    assert_ok(file_read(path, out, &err), &err);
}

static void spit(const char *path, struct str s)
{
    struct err err;
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

    assert_ok(fd_write_all(fd, s, &err), &err);
    close(fd);
}

static void verify(const char *path, struct journal_report *rep)
{
    struct err err;

    assert_ok(journal_read(path, true, NULL, NULL, rep, &err), &err);
}

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

    make_lines(f, 300);
    verify(f->path, &rep);
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

    make_lines(f, 2);
    slurp(f->path, &b);
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

    make_lines(f, 4);
    slurp(f->path, &b);
    line_end = (size_t)str_find(buf_str(&b), STR_LIT("\n{\"seq\":4"));
    for (size_t i = 0; i < line_end; i++) {
        char was = b.ptr[i];

        b.ptr[i] = (char)(was ^ 1);
        spit(f->path, buf_str(&b));
        b.ptr[i] = was;
        verify(f->path, &rep);
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

    make_lines(f, 6);
    slurp(f->path, &b);
    cut_line(&b, 3, &line);
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    assert_int_equal(rep.lines, 2);
    buf_add_str(&b, buf_str(&line)); /* 1 2 4 5 6 3 */
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    buf_release(&line);
    cut_line(&b, 1, &line); /* the beginning is gone */
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
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

    make_lines(f, 1);
    slurp(f->path, &b);
    hash_sha256_hex((struct str){b.ptr, b.len - 1}, hash);
    snprintf(line, sizeof(line),
             "{\"seq\":3,\"ts\":\"2026-02-04T10:00:00.000Z\",\"type\":\"error\",\"actor\":\"x\","
             "\"prev\":\"%s\",\"data\":{}}\n",
             hash);
    buf_adds(&b, line);
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
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

    make_lines(f, 3);
    slurp(f->path, &b);
    b.ptr[str_find(buf_str(&b), STR_LIT("\"n\":2")) + 4] = '7';
    spit(f->path, buf_str(&b));
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

    make_lines(f, 3);
    slurp(f->path, &b);
    two = (size_t)str_find(buf_str(&b), STR_LIT("{\"seq\":3"));
    for (size_t cut = two; cut < b.len; cut++) {
        spit(f->path, (struct str){b.ptr, cut});
        verify(f->path, &rep);
        assert_int_equal(rep.bad_line, 0);
        assert_int_equal(rep.torn_bytes, cut - two);
        assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
        assert_int_equal(rep.torn_bytes, cut - two);
        assert_int_equal(journal_seq(j), 2);
        verify(f->path, &rep);
        assert_int_equal(rep.torn_bytes, 0); /* it was cut off */
        add(j, 3);
        close_ok(j);
        verify(f->path, &rep);
        assert_int_equal(rep.lines, 3);
        assert_int_equal(rep.bad_line, 0);
        if (cut > two) {
            slurp(torn, &t);
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

    make_lines(f, 2);
    slurp(f->path, &b);
    for (int i = 0; i < 100; i++)
        buf_addc(&b, '\0');
    buf_addc(&b, '\n');
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 3);
    assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
    assert_int_equal(rep.torn_bytes, 101);
    assert_int_equal(rep.bad_line, 0);
    close_ok(j);
    buf_release(&b);
}

static void test_second_writer_is_refused(void **state)
{
    struct fixture *f = *state;
    struct journal *j = make(f), *other;
    struct journal_report rep;
    struct err err;

    add(j, 1);
    assert_true(journal_in_use(f->path));
    assert_int_equal(journal_open(f->loop, f->dir, "s1", NULL, NULL, &other, &rep, &err),
                     ERR_AGAIN);
    assert_int_equal(journal_create(f->loop, f->dir, "s1", &other, &err), ERR_IO);
    verify(f->path, &rep); /* reading is always possible */
    assert_int_equal(rep.lines, 1);
    close_ok(j);
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
    j = make(f);
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
        assert_int_equal(
            journal_append(j, "error", "x", 0, str_from(data[i]), NULL, NULL, &seq, &err),
            ERR_INPUT);
    assert_int_equal(journal_append(j, "a\"b", "x", 0, STR_LIT("{}"), NULL, NULL, &seq, &err),
                     ERR_INPUT);
    assert_int_equal(seq, 99);
    assert_int_equal(journal_seq(j), 0);
    close_ok(j);
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

    make_lines(f, 1);
    slurp(f->path, &b);
    hash_sha256_hex((struct str){b.ptr, b.len - 1}, hash);
    snprintf(line, sizeof(line), "{\"v\":2,\"seq\":2,\"when\":[1,2],\"prev\":\"%s\"}\n", hash);
    buf_adds(&b, line);
    spit(f->path, buf_str(&b));
    assert_ok(journal_read(f->path, true, count_record, &n, &rep, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(rep.lines, 2);
    assert_int_equal(rep.newer, 1);
    assert_ok(journal_open(f->loop, f->dir, "s1", NULL, NULL, &j, &rep, &err), &err);
    add(j, 3);
    close_ok(j);
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    buf_release(&b);
}

/* ---- durability ---- */

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
    struct journal *j = make(f);
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
    close_ok(j);                      /* those who wait are told */
    assert_int_equal(told.calls, 50);
    assert_int_equal(told.code, ERR_OK);
    assert_false(loop_turn(f->loop, false));
}

static void test_close_while_a_sync_runs(void **state)
{
    struct fixture *f = *state;
    struct told told = {0};
    struct one one = {&told, 1};
    struct journal *j = make(f);
    struct err err;

    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    loop_turn(f->loop, false); /* the job is started */
    close_ok(j);
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
    struct journal *j = make(f);
    struct err err;

    add(j, 1);
    add(j, 2);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(rmdir(f->dir), 0);
    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_OK);
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    add(j, 4);
    assert_int_equal(unlink(f->path), 0);
    close_ok(j);
    verify(f->path, &rep);
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
    struct journal *j = make(f);
    struct stat st;
    struct err err;
    int fd;

    wait_durable(f, j, &told);
    assert_int_equal(stat(f->path, &st), 0);
    add(j, 2);
    assert_int_equal(truncate(f->path, st.st_size + 7), 0); /* found by the next append */
    add(j, 3);
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    assert_int_equal(truncate(f->path, st.st_size), 0); /* found by the sync */
    while (!journal_error(j)->code && loop_turn(f->loop, true))
        ;
    assert_non_null(strstr(journal_error(j)->msg, "was cut"));
    while (journal_error(j)->code && loop_turn(f->loop, true))
        ;
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    fd = open(f->path, O_WRONLY | O_APPEND);
    assert_ok(fd_write_all(fd, STR_LIT("a stray line\n"), &err), &err);
    close(fd);
    add(j, 4);
    verify(f->path, &rep);
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
    struct journal *j = make(f);
    struct err err;

    add(j, 1);
    assert_int_equal(unlink(f->path), 0);
    spit(f->path, STR_LIT("mine\n"));
    assert_ok(journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err),
              &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_IO);
    assert_non_null(strstr(journal_error(j)->msg, "replaced"));
    assert_ok(journal_close(j, other, &kept, &err), &err);
    assert_non_null(kept);
    verify(kept, &rep);
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
    struct journal *j = make(f);
    struct stat st;
    struct err err;

    add(j, 1);
    add(j, 2);
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
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 2);
    assert_int_equal(rep.torn_bytes, 0);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_not_equal(told.code, ERR_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    while (journal_pending_bytes(j) && loop_turn(f->loop, true)) /* tried again by itself */
        ;
    assert_int_equal(journal_error(j)->code, ERR_OK);
    verify(f->path, &rep);
    assert_int_equal(rep.lines, 3);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_not_equal(journal_append(j, "error", "x", 0, STR_LIT("{}"), NULL, NULL, NULL, &err),
                         ERR_OK);
    assert_int_not_equal(journal_close(j, f->dir, &kept, &err), ERR_OK);
    assert_true(strncmp(err.msg, "write ", 6) == 0 && strstr(err.msg, "; and elsewhere: "));
    assert_null(kept);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    verify(f->path, &rep);
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
    spit(filler, buf_str(&big));
    j = make(f);
    while (journal_append(j, "error", "x", 0, STR_LIT("{\"text\":\"0123456789012345678901\"}"),
                          NULL, NULL, NULL, &err) == ERR_OK)
        lines++;
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.msg, "No space left"));
    verify(f->path, &rep);
    assert_int_equal(rep.torn_bytes, 0);
    assert_int_equal(rep.lines, lines);
    journal_append(j, "error", "x", 0, STR_LIT("{}"), on_durable, &one, NULL, &err);
    while (!told.calls && loop_turn(f->loop, true))
        ;
    assert_int_equal(told.code, ERR_IO);
    assert_int_equal(unlink(filler), 0);
    while (journal_error(j)->code && loop_turn(f->loop, true)) /* by itself, within a second */
        ;
    verify(f->path, &rep);
    assert_int_equal(rep.lines, lines + 2);
    close_ok(j);
    assert_int_equal(umount(f->dir), 0);
    buf_release(&big);
    free(filler);
}

static void test_pending_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct rlimit old, tight;
    struct journal_report rep;
    struct journal *j = make(f);
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
    close_ok(j);
    verify(f->path, &rep);
    assert_int_equal(rep.lines, kept);
    buf_release(&big);
}

static void test_overlong_line_is_bad(void **state)
{
    struct fixture *f = *state;
    struct journal_report rep;
    struct buf b = BUF_INIT(BUF_NO_MAX);
    size_t len = JOURNAL_LINE_MAX * 2;

    memset(buf_reserve(&b, len), 'x', len);
    b.len = len;
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
    assert_int_equal(rep.bad_line, 0);
    assert_true(rep.torn_bytes == len);
    buf_addc(&b, '\n');
    buf_adds(&b, "{}\n");
    spit(f->path, buf_str(&b));
    verify(f->path, &rep);
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
            verify(path, &rep);
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
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
        T(test_durable_callbacks),
        T(test_close_while_a_sync_runs),
        T(test_deleted_file_is_written_again),
        T(test_file_changed_by_others),
        T(test_replaced_file_is_reported_and_kept_elsewhere),
        T(test_short_write_leaves_no_half_line),
        T(test_full_disk),
        T(test_pending_is_bounded),
        T(test_overlong_line_is_bad),
        T(test_unreadable_things),
#ifdef RB_FAULT_INJECTION
        T(test_every_fault),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
