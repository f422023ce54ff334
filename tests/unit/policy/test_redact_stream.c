/* test_redact_stream.c - text in pieces, cut anywhere; what is remembered, and what is withheld.
 * */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/base/rng.h"
#include "runbook/policy/redact.h"

static struct redactor *fresh(void)
{
    return redactor_new(STR_LIT("salt"));
}

/* What the whole gives, and what pieces of at most `piece` bytes give. */
static void check_pieces(struct str text, size_t piece, struct rng *rng)
{
    struct redactor *a = fresh(), *b = fresh();
    struct redact_stream *s = redact_stream_new(b);
    struct buf whole = BUF_INIT(BUF_NO_MAX), parts = BUF_INIT(BUF_NO_MAX);
    uint64_t ca[REDACT_KINDS], cb[REDACT_KINDS];
    size_t count = redactor_apply(a, &whole, text), got = 0;

    for (size_t i = 0; i < text.len;) {
        size_t n = rng ? 1 + rng_below(rng, piece) : piece;

        n = n < text.len - i ? n : text.len - i;
        got += redact_stream_feed(s, &parts, (struct str){text.ptr + i, n});
        i += n;
    }
    got += redact_stream_end(s, &parts);
    if (!str_eq(buf_str(&whole), buf_str(&parts))) {
        size_t i = 0;

        while (i < whole.len && i < parts.len && whole.ptr[i] == parts.ptr[i])
            i++;
        fail_msg("pieces of %zu differ at %zu:\n%.*s\n%.*s", piece, i, 80, whole.ptr + i, 80,
                 parts.ptr + i);
    }
    assert_int_equal(got, count);
    redactor_counts(a, ca);
    redactor_counts(b, cb);
    assert_memory_equal(ca, cb, sizeof(ca));
    redact_stream_free(s);
    redactor_free(a);
    redactor_free(b);
    buf_release(&whole);
    buf_release(&parts);
}

static void make_log(struct buf *out, size_t bytes, struct rng *rng)
{
    static const char *const lines[] = {
        "2026-11-21T10:00:00Z INFO checkout took 12 ms\n",
        "DB_PASSWORD=hunter2 PORT=5432\n",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIBabc\nabc=\n-----END RSA PRIVATE KEY-----\n",
        "password: |\n  line one\n  line two\nport: 1\n",
        "Authorization: Bearer abcdef0123456789\r\nHost: x\r\n",
        "{\"a\":{\"password\":\"x y z\",\"n\":1},\"u\":\"postgres://a:s3cret@db/x\"}\n",
        "passwords: [\"ab\", \"cd\", \"ef\"] and more\n",
        "mysql -u root -psecret db\n",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123 end\n",
        "- name: DB_PASSWORD\n  value: hunter2\n",
        "card 4539 1488 0343 6467 declined\n",
    };

    while (out->len < bytes) {
        if (rng_below(rng, 40) == 0) { /* one long line */
            buf_adds(out, "blob=");
            for (size_t n = rng_below(rng, 30000); n; n--)
                buf_addc(out, "abcdefghij0123456789 ,:=\"/-"[rng_below(rng, 27)]);
            buf_addc(out, '\n');
        }
        buf_adds(out, lines[rng_below(rng, sizeof(lines) / sizeof(lines[0]))]);
    }
}

static void test_pieces_do_not_matter(void **state)
{
    struct rng rng;

    rng_seed(&rng, 5);
    for (int round = 0; round < 6; round++) {
        struct buf text = BUF_INIT(BUF_NO_MAX);

        make_log(&text, 300000, &rng);
        check_pieces(buf_str(&text), 65536, NULL);
        check_pieces(buf_str(&text), 4096, &rng);
        check_pieces(buf_str(&text), 7, NULL);
        buf_release(&text);
    }
}

static void test_small_text(void **state)
{
    check_pieces(STR_LIT("{\"line\":\"password=\\\"x y\\\" z\",\"n\":18446744073709551615}"), 1,
                 NULL);
    check_pieces(STR_LIT("password=hunter2"), 1, NULL);
    check_pieces(STR_LIT(""), 1, NULL);
}

/* A key and a value on both sides of every border of a walk. */
static void test_across_the_border(void **state)
{
    for (size_t at = 65536 - 40; at < 65536 + 4; at += 3) {
        struct buf text = BUF_INIT(BUF_NO_MAX);

        while (text.len < at)
            buf_adds(&text, "x\n");
        buf_adds(&text, "api_key: \"abcdefgh ijklmnop\" and client_secret=zyxwvut end\n");
        for (int i = 0; i < 20000; i++)
            buf_adds(&text, "tail ");
        check_pieces(buf_str(&text), 65536, NULL);
        check_pieces(buf_str(&text), 1000, NULL);
        buf_release(&text);
    }
}

/* A secret longer than what may be held is gone, whatever it is. */
static void check_endless(const char *begin, char fill, const char *end)
{
    struct redactor *r = fresh();
    struct redact_stream *s = redact_stream_new(r);
    struct buf out = BUF_INIT(BUF_NO_MAX);
    char piece[4096];

    memset(piece, fill, sizeof(piece));
    redact_stream_feed(s, &out, STR_LIT("before\n"));
    redact_stream_feed(s, &out, str_from(begin));
    for (int i = 0; i < 1200; i++)
        redact_stream_feed(s, &out, (struct str){piece, sizeof(piece)});
    redact_stream_feed(s, &out, str_from(end));
    redact_stream_end(s, &out);
    assert_true(out.len < 5000);
    assert_non_null(strstr(buf_cstr(&out), "[redacted-"));
    assert_non_null(strstr(buf_cstr(&out), "after"));
    assert_non_null(strstr(buf_cstr(&out), "before"));
    memset(piece, fill, 64);
    piece[64] = '\0';
    assert_null(strstr(buf_cstr(&out), piece));
    redact_stream_free(s);
    redactor_free(r);
    buf_release(&out);
}

static void test_endless_secrets(void **state)
{
    check_endless("password: \"", 'q', "\"\nafter");
    check_endless("-----BEGIN PRIVATE KEY-----\n", 'Q', "\n-----END PRIVATE KEY-----\n!\nafter");
    check_endless("password: |\n  ", 'q', "\nafter: 1\n");
}

static void test_memory_is_bounded(void **state)
{
    struct redactor *r = fresh();
    struct redact_stream *s = redact_stream_new(r);
    struct buf out = BUF_INIT(BUF_NO_MAX);
    size_t in = 0;

    for (int i = 0; i < 3000; i++) {
        in += 30;
        redact_stream_feed(s, &out, STR_LIT("nothing to see here, move on.\n"));
        assert_true(in - out.len < 140000);
    }
    redact_stream_free(s);
    redactor_free(r);
    buf_release(&out);
}

static void test_restore(void **state)
{
    struct redactor *r = fresh(), *worker = fresh(), *other = fresh();
    struct buf clean = BUF_INIT(1000), back = BUF_INIT(1000);
    const char *text = "a password=hunter2 and again password=hunter2 b";

    redactor_keep(r);
    redactor_keep(worker);
    redactor_apply(worker, &clean, str_from(text));
    assert_null(strstr(buf_cstr(&clean), "hunter2"));
    assert_int_equal(redactor_restore(r, &back, buf_str(&clean)), 0);
    assert_string_equal(buf_cstr(&back), buf_cstr(&clean));
    redactor_learn(r, worker);
    buf_clear(&back);
    assert_int_equal(redactor_restore(r, &back, buf_str(&clean)), 2);
    assert_string_equal(buf_cstr(&back), text);
    buf_clear(&back);
    redactor_restore(other, &back, buf_str(&clean)); /* remembers nothing */
    assert_string_equal(buf_cstr(&back), buf_cstr(&clean));
    buf_clear(&back);
    redactor_restore(r, &back, STR_LIT("[redacted-00000000] [redacted-zz"));
    assert_string_equal(buf_cstr(&back), "[redacted-00000000] [redacted-zz");
    redactor_free(r);
    redactor_free(worker);
    redactor_free(other);
    buf_release(&clean);
    buf_release(&back);
}

static void test_withhold(void **state)
{
    struct redactor *r = fresh();
    struct buf small = BUF_INIT(60), out = BUF_INIT(200);

    buf_adds(&small, "head ");
    assert_false(redactor_apply_or_withhold(
        r, &small, STR_LIT("a text that is much longer than the room that is left for it here")));
    assert_string_equal(buf_cstr(&small), "head " REDACT_WITHHELD);
    assert_false(redactor_apply_or_withhold(NULL, &out, STR_LIT("x")));
    assert_string_equal(buf_cstr(&out), REDACT_WITHHELD);
    buf_clear(&out);
    assert_true(redactor_apply_or_withhold(r, &out, STR_LIT("ok")));
    assert_string_equal(buf_cstr(&out), "ok");
    redactor_free(r);
    buf_release(&small);
    buf_release(&out);
}

static void test_kinds(void **state)
{
    struct redactor *r = fresh();
    struct buf out = BUF_INIT(10000);
    uint64_t n[REDACT_KINDS];

    redactor_add(r, STR_LIT("Tr0ub4dor"));
    redactor_set_email(r, true);
    redactor_apply(
        r, &out,
        STR_LIT("password=a1b2 token=x9\nCookie: a=b\nAuthorization: x\npostgres://u:p1@h/ "
                "ghp_0123456789abcdefghijABCDEFGHIJ012345 "
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123 "
                "4539148803436467 ann@example.org Tr0ub4dor "
                "$2y$10$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuv\n"
                "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"));
    redactor_counts(r, n);
    for (int k = 0; k < REDACT_KINDS; k++) {
        if (n[k] != 1)
            fail_msg("%s: %d; %s", redact_kind_name((enum redact_kind)k), (int)n[k],
                     buf_cstr(&out));
    }
    redactor_free(r);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_do_not_matter),
        cmocka_unit_test(test_small_text),
        cmocka_unit_test(test_across_the_border),
        cmocka_unit_test(test_endless_secrets),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_withhold),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
