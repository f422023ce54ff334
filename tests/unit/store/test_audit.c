/* test_audit.c - the file of approvals, signed heads, and that no byte of a chain can be changed
 * unseen. R-63 C-10 C-31 */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/store/audit.h"
#include "src/store/audit_priv.h"
#include "src/store/journal_priv.h"

#define DAY 86400000LL
#define NOW 1795219200000LL /* 2026-11-21T00:00:00Z */
#define EVENTS 1000

#if defined(__SANITIZE_ADDRESS__)
#define STRIDE 97
#else
#define STRIDE 1
#endif

static char dir[] = "/tmp/test-audit-XXXXXX";

static int setup(void **state)
{
    (void)state;
    memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
    return mkdtemp(dir) ? 0 : 1;
}

static int teardown(void **state)
{
    static const char *const names[] = {
        "audit/approvals.jsonl", "audit/heads.jsonl", "audit/key",
        "audit/key.pub",         "audit/log",         "chain.jsonl"};
    struct audit_files f;
    struct err err;

    (void)state;
    audit_files_list(dir, &f, &err);
    for (size_t i = 0; i < f.count; i++)
        unlink(f.paths[i]);
    audit_files_release(&f);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *p = path_join(dir, names[i]);

        unlink(p);
        free(p);
    }
    char *audit = path_join(dir, "audit");
    rmdir(audit);
    free(audit);
    return rmdir(dir);
}

static void append(int64_t ts_ms, int keep)
{
    uint64_t seq;
    struct err err;

    assert_ok(audit_append(dir, "approval.granted", "user", ts_ms, STR_LIT("{\"id\":\"A1\"}"), keep,
                           &seq, &err),
              &err);
    assert_true(seq > 0);
}

static unsigned mode_of(const char *name)
{
    char *path = audit_path(dir, name);
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    free(path);
    return st.st_mode & 0777;
}

static const struct audit_head *head_now(struct audit_heads **ret)
{
    struct err err;

    assert_ok(audit_heads_load(dir, ret, &err), &err);
    return audit_heads_latest(*ret, "approvals-");
}

static void test_append(void **state)
{
    char *path = audit_path(dir, "approvals.jsonl");
    struct journal_mark mark = {0};
    struct journal_report r;
    struct audit_heads *heads;
    const struct audit_head *head;
    char why[160];
    struct err err;

    (void)state;
    for (int i = 0; i < 3; i++)
        append(NOW + i, AUDIT_KEEP_DAYS);
    assert_int_equal(mode_of("approvals.jsonl"), 0600);
    assert_int_equal(mode_of("key"), 0600);
    head = head_now(&heads);
    assert_non_null(head);
    assert_int_equal(head->lines, 3);
    assert_int_equal(audit_heads_bad(heads), 0);
    mark.line = head->lines;
    assert_ok(journal_verify(path, &mark, 1, &r, &err), &err);
    assert_int_equal(r.bad_line, 0);
    assert_true(audit_head_fits(head, r.lines, mark.hash, why, sizeof(why)));
    assert_int_equal(truncate(path, (off_t)(r.size_bytes / 3)), 0); /* the tail is gone */
    assert_ok(journal_verify(path, &mark, 1, &r, &err), &err);
    assert_false(audit_head_fits(head, r.lines, mark.hash, why, sizeof(why)));
    assert_non_null(strstr(why, "was cut"));
    audit_heads_free(heads);
    free(path);
}

/* Every file that others write is one that the chain goes on in: two programs, one file. */
static void test_rotation(void **state)
{
    struct audit_files f;
    struct err err;

    (void)state;
    append(NOW - 1, AUDIT_KEEP_DAYS); /* 23:59:59.999 */
    append(NOW, AUDIT_KEEP_DAYS);     /* midnight */
    assert_ok(audit_files_list(dir, &f, &err), &err);
    assert_int_equal(f.count, 2);
    assert_string_equal(path_base(f.paths[0]), "approvals-2026-11-20.jsonl");
    assert_int_equal(mode_of("approvals-2026-11-20.jsonl"), 0400);
    audit_files_release(&f);
    append(NOW - DAY / 2, AUDIT_KEEP_DAYS); /* a clock that goes back opens no old file again */
    append(NOW + DAY, 1);                   /* one day is kept */
    append(NOW + 2 * DAY, 1);
    assert_ok(audit_files_list(dir, &f, &err), &err);
    assert_int_equal(f.count, 2);
    assert_string_equal(path_base(f.paths[0]), "approvals-2026-11-22.jsonl");
    audit_files_release(&f);
}

static void test_forged_head(void **state)
{
    char *path = audit_path(dir, "heads.jsonl"), *key = audit_path(dir, "key");
    struct audit_heads *heads;
    struct audit_chain c;
    struct sign_key *k;
    struct err err;

    (void)state;
    append(NOW, AUDIT_KEEP_DAYS);
    assert_ok(audit_chain_open(path, &c, &err), &err);
    assert_ok(
        audit_chain_add(&c, "audit.head", "x", NOW,
                        STR_LIT("{\"name\":\"approvals-x\",\"lines\":1,\"hash\":\"00\",\"at\":1,"
                                "\"signature\":\"AAAA\"}"),
                        &err),
        &err);
    audit_chain_close(&c);
    head_now(&heads);
    assert_int_equal(audit_heads_bad(heads), 1);
    assert_null(audit_heads_last(heads, "approvals-x"));
    audit_heads_free(heads);
    assert_int_equal(chmod(key, 0640), 0);
    assert_int_equal(audit_key(dir, false, &k, &err), ERR_DENIED);
    free(path);
    free(key);
}

static void test_signature(void **state)
{
    struct sign_key *a, *b;
    struct buf pem = BUF_INIT(4096);
    uint8_t sig[SIGN_BYTES];
    struct str s = {(const char *)sig, sizeof(sig)};
    struct err err;

    (void)state;
    assert_ok(sign_key_make(&a, &err), &err);
    assert_ok(sign_make(a, STR_LIT("text"), sig, &err), &err);
    assert_ok(sign_key_write_public(a, &pem, &err), &err);
    assert_ok(sign_key_read(buf_str(&pem), &b, &err), &err);
    assert_true(sign_check(b, STR_LIT("text"), s));
    assert_false(sign_check(b, STR_LIT("texT"), s));
    sig[7] ^= 1;
    assert_false(sign_check(b, STR_LIT("text"), s));
    assert_int_equal(sign_key_write_private(b, &pem, &err), ERR_INPUT);
    sign_key_free(a);
    sign_key_free(b);
    assert_int_equal(sign_key_read(STR_LIT("no key"), &a, &err), ERR_INPUT);
    buf_release(&pem);
}

/* ---- every byte ---- */

struct line_at {
    off_t from;
    char hash[SHA256_HEX]; /* of the line before */
};

static void make_chain(const char *path, struct line_at *at, struct buf *text,
                       char last[SHA256_HEX])
{
    char ts[TIME_TEXT_MAX];
    struct err err;

    memcpy(last, JOURNAL_NO_PREV, SHA256_HEX);
    for (int i = 0; i < EVENTS; i++) {
        size_t from = text->len;

        at[i].from = (off_t)from;
        memcpy(at[i].hash, last, SHA256_HEX);
        time_format_rfc3339(NOW + i, ts);
        buf_addf(text,
                 "{\"seq\":%d,\"ts\":\"%s\",\"type\":\"x\",\"actor\":\"u\",\"prev\":\"%s\","
                 "\"data\":{\"n\":%d}}",
                 i + 1, ts, last, i);
        hash_sha256_hex((struct str){text->ptr + from, text->len - from}, last);
        buf_addc(text, '\n');
    }
    assert_ok(file_write_atomic(path, buf_str(text), 0600, &err), &err);
}

/* From line `k` on, with what was found out about the lines before it. */
static bool holds(int fd, const struct line_at *at, int k, const char *last)
{
    struct journal_mark mark = {.line = EVENTS};
    struct journal_report r;
    struct journal_scan s = {.name = "chain",
                             .verify = true,
                             .report = &r,
                             .marks = &mark,
                             .mark_count = 1,
                             .from = (uint64_t)at[k].from,
                             .from_lines = (uint64_t)k,
                             .from_hash = at[k].hash,
                             .few = 2};
    struct err err;

    assert_ok(journal_scan_fd(fd, &s, &err), &err);
    if (r.bad_line || r.torn_bytes)
        return false;
    return k < EVENTS - 2 || (r.lines == EVENTS && strcmp(mark.hash, last) == 0);
}

/* Each byte of 1,000 lines exchanged for another: the verifier says so each time, from the line
 * that holds it; the ones before it were not touched. A sample is verified from the beginning. */
static void test_every_byte(void **state)
{
    struct line_at *at = xcalloc(EVENTS, sizeof(*at));
    char *path = path_join(dir, "chain.jsonl"), last[SHA256_HEX];
    struct buf text = BUF_INIT((size_t)1 << 20);
    size_t tried = 0;
    int fd, k = 0;

    (void)state;
    make_chain(path, at, &text, last);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(holds(fd, at, 0, last) && holds(fd, at, EVENTS - 1, last));
    for (size_t i = 0; i < text.len; i += STRIDE) {
        char was = text.ptr[i], other = (char)(was ^ (1 << i % 7));

        while (k + 1 < EVENTS && at[k + 1].from <= (off_t)i)
            k++;
        assert_int_equal(pwrite(fd, &other, 1, (off_t)i), 1);
        if (holds(fd, at, k, last))
            fail_msg("byte %zu of line %d: 0x%02x for 0x%02x is not seen", i, k + 1, other, was);
        if (i % 20011 == 0) {
            struct journal_mark mark = {.line = EVENTS};
            struct journal_report r;
            struct err err;

            assert_ok(journal_verify(path, &mark, 1, &r, &err), &err);
            assert_true(r.bad_line || r.torn_bytes || strcmp(mark.hash, last) != 0);
        }
        assert_int_equal(pwrite(fd, &was, 1, (off_t)i), 1);
        tried++;
    }
    print_message("# %zu changed bytes, all seen\n", tried);
    close(fd);
    free(path);
    free(at);
    buf_release(&text);
}

static void test_forward(void **state)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    char *path, got[512];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t n;

    (void)state;
    append(NOW, AUDIT_KEEP_DAYS);
    path = audit_path(dir, "log");
    snprintf(here.sun_path, sizeof(here.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
    assert_true(audit_forward(path, false, NULL, STR_LIT("a line")));
    n = recv(fd, got, sizeof(got) - 1, 0);
    got[n > 0 ? n : 0] = '\0';
    assert_true(strncmp(got, "<85>runbook[", 12) == 0 && strstr(got, "]: a line"));
    assert_true(audit_forward(path, true, "RUNBOOK_EVENT=x\n", STR_LIT("a line")));
    n = recv(fd, got, sizeof(got) - 1, 0);
    got[n > 0 ? n : 0] = '\0';
    assert_non_null(strstr(got, "\nRUNBOOK_EVENT=x\nMESSAGE=a line\n"));
    close(fd);
    unlink(path);
    assert_false(audit_forward(path, false, NULL, STR_LIT("nobody is there")));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_append, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_head, setup, teardown),
        cmocka_unit_test(test_signature),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forward, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
