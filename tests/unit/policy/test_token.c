/* test_token.c - a signed token: whole, for one request, for a time, of one key; and the approvers
 * of policy.yaml, the tiers and who is another person. R-58 A-29 A-30 C-32 */
#include "tests/lib/unit.h"

#include <string.h>

#include "runbook/policy/policy.h"
#include "runbook/policy/token.h"

#define NOW 1770200000000
#define PRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct token good = {.id = "00112233445566778899aabb",
                                  .mutation = "m4k2x9q",
                                  .fingerprint = PRINT,
                                  .approver = "bob",
                                  .host = "web-3",
                                  .issued_ms = NOW,
                                  .expires_ms = NOW + 60000};

static struct sign_key *make_key(void)
{
    struct sign_key *k = NULL;
    struct err err;

    assert_ok(sign_key_make(&k, &err), &err);
    return k;
}

static void write_good(const struct sign_key *k, struct buf *out)
{
    struct err err;

    assert_ok(token_write(&good, k, out, &err), &err);
}

static void test_round_trip(void **state)
{
    struct sign_key *k = make_key(), *other = make_key();
    struct buf text = BUF_INIT(TOKEN_MAX * 2);
    struct arena *a = arena_new(0);
    struct token t;
    struct err err;

    (void)state;
    write_good(k, &text);
    assert_ok(token_read(buf_str(&text), a, &t, &err), &err);
    assert_string_equal(t.approver, "bob");
    assert_string_equal(t.mutation, "m4k2x9q");
    assert_int_equal(t.expires_ms, NOW + 60000);
    assert_true(token_signed_by(buf_str(&text), k));
    assert_false(token_signed_by(buf_str(&text), other));
    assert_null(strpbrk(buf_cstr(&text), "+/= "));
    arena_free(a);
    buf_release(&text);
    sign_key_free(k);
    sign_key_free(other);
}

/* Whatever single byte is changed, it is no token, or not of this key. */
static void test_every_byte(void **state)
{
    struct sign_key *k = make_key();
    struct buf text = BUF_INIT(TOKEN_MAX * 2);

    (void)state;
    write_good(k, &text);
    for (size_t i = 0; i < text.len; i++) {
        for (int bit = 0; bit < 7; bit++) {
            text.ptr[i] = (char)(text.ptr[i] ^ (1 << bit));
            assert_false(token_signed_by(buf_str(&text), k));
            text.ptr[i] = (char)(text.ptr[i] ^ (1 << bit));
        }
    }
    assert_true(token_signed_by(buf_str(&text), k));
    for (size_t n = 0; n < text.len; n++)
        assert_false(token_signed_by((struct str){text.ptr, n}, k));
    buf_release(&text);
    sign_key_free(k);
}

static void test_refused(void **state)
{
    struct token t = good;

    (void)state;
    assert_null(token_refused(&t, "m4k2x9q", PRINT, NOW, 900000));
    assert_null(token_refused(&t, "m4k2x9q", PRINT, NOW + 59999, 900000));
    assert_non_null(token_refused(&t, "m4k2x9q", PRINT, NOW + 60000, 900000));
    assert_non_null(token_refused(&t, "m4k2x9r", PRINT, NOW, 900000));
    assert_non_null(token_refused(&t, "m4k2x9q", "ff", NOW, 900000));
    assert_non_null(token_refused(&t, "m4k2x9q", PRINT, NOW - TOKEN_EARLY_MS - 1, 900000));
    assert_null(token_refused(&t, "m4k2x9q", PRINT, NOW - TOKEN_EARLY_MS, 900000));
    assert_non_null(token_refused(&t, "m4k2x9q", PRINT, NOW, 59999));
}

static void test_not_whole(void **state)
{
    static const char *const texts[] = {"",
                                        "rbt1.",
                                        "rbt1..",
                                        "rbt1.e30.AAAA",
                                        "rbt2.e30.AAAA",
                                        "rbt1.e30",
                                        "rbt1.!!!!.AAAA",
                                        "eyJhbGciOiJub25lIn0.e30."};
    struct sign_key *k = make_key();
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(TOKEN_MAX * 2);
    struct token t = good;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(token_read(str_from(texts[i]), a, &t, &err), ERR_INPUT);
        assert_false(token_signed_by(str_from(texts[i]), k));
    }
    t = good, t.approver = "";
    assert_int_equal(token_write(&t, k, &out, &err), ERR_INPUT);
    t = good, t.fingerprint = "0123";
    assert_int_equal(token_write(&t, k, &out, &err), ERR_INPUT);
    t = good, t.expires_ms = t.issued_ms;
    assert_int_equal(token_write(&t, k, &out, &err), ERR_INPUT);
    t = good, t.id = "../../../../../../../x";
    assert_int_equal(token_write(&t, k, &out, &err), ERR_INPUT);
    arena_free(a);
    buf_release(&out);
    sign_key_free(k);
}

/* ---- the policy's side ---- */

static struct policy *load(const char *text)
{
    struct policy *p = NULL;
    struct err err;

    assert_ok(policy_load(str_from(text), "policy.yaml", &p, &err), &err);
    return p;
}

static void test_approvers(void **state)
{
    struct policy *p =
        load("approvers:\n  people:\n    - ann\n    - {name: bob, senior: true, key: K}\n"
             "  keys: /etc/keys\n  folder: /var/box\n  token_age: 5m\n");
    struct policy_people people = policy_people(p);

    (void)state;
    assert_int_equal(people.count, 2);
    assert_int_equal(people.token_ms, 300000);
    assert_string_equal(people.folder, "/var/box");
    assert_string_equal(people.keys, "/etc/keys");
    assert_false(policy_approver(p, "ann")->senior);
    assert_true(policy_approver(p, "bob")->senior);
    assert_string_equal(policy_approver(p, "bob")->key, "K");
    assert_null(policy_approver(p, "eve"));
    policy_free(p);
}

static void test_bad_approvers(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"approvers: bob\n", "line 1"},
        {"approvers: {people: [{senior: true}]}\n", "needs a 'name'"},
        {"approvers: {people: [{name: bob, role: x}]}\n", "nothing else"},
        {"approvers: {folder: box}\n", "absolute"},
        {"approvers: {token_age: 2d}\n", "1s to 24h"},
        {"approvers: {key: /x}\n", "known here"},
        {"approvers: {tiers: maybe}\n", "true or false"},
    };
    struct policy *p;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(policy_load(str_from(rows[i].text), "policy.yaml", &p, &err), ERR_INPUT);
        if (!strstr(err.msg, rows[i].says))
            fail_msg("row %zu: %s", i, err.msg);
    }
}

/* Another person, by everything that the system says of him. */
static void test_another_person(void **state)
{
    const struct policy_user ann = {.name = "ann",
                                    .host = "b",
                                    .uid = 1000,
                                    .tty = "pts/1",
                                    .ssh_client = "10.0.0.7 50122",
                                    .login_user = "ann"};
    static const struct {
        struct policy_user other;
        bool ok;
    } rows[] = {
        {{.name = "bob", .host = "b", .uid = 1001, .login_user = "bob"}, true},
        {{.name = "bob", .host = "b", .uid = 1001, .login_user = "ann"}, false}, /* su bob */
        {{.name = "root", .host = "b", .uid = 0}, false}, /* nobody by name */
        {{.name = "root", .host = "b", .uid = 0, .login_user = "bob"}, true},
        {{.name = "root", .host = "b", .uid = 0, .login_user = "ann"}, false},
        {{.name = "root", .host = "b", .uid = 0, .sudo_user = "root"}, false},
        {{.name = "bob", .host = "b", .uid = 1001, .sudo_user = "ann"}, false}, /* sudo -u bob */
        {{.name = "bob", .host = "b", .uid = 1001, .tty = "pts/1"}, false},
        {{.name = "bob", .host = "c", .uid = 1001, .tty = "pts/1"}, true},
        {{.name = "bob", .host = "b", .uid = 1001, .ssh_client = "10.0.0.7 50122"}, false},
        {{.name = "bob", .host = "b", .uid = 1001, .ssh_client = "10.0.0.7 50900"}, true},
    };
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (policy_second_person(&ann, &rows[i].other, &why) != rows[i].ok)
            fail_msg("row %zu: %s", i, why ? why : "was accepted");
    }
}

/* A-29 A-30: the same command in staging and in production is of another tier, and so is a forced
 * one; where the tiers count, one person is not enough for L3. */
static void test_tiers(void **state)
{
    struct policy *p = load("approvers: {tiers: true}\n"), *plain = load("");
    struct operation op = {.provider = "host",
                           .service = "process",
                           .verb = "renice",
                           .resource_name = "sleep[7]",
                           .environment = "dev",
                           .targets = 1,
                           .reversible = true};
    struct policy_decision dev, prod, forced, only_shown;

    (void)state;
    policy_decide_facts(p, &op, NULL, NULL, NOW, NULL, &dev);
    op.flags = OP_FORCE;
    policy_decide_facts(p, &op, NULL, NULL, NOW, NULL, &forced);
    op.flags = 0, op.environment = "prod";
    policy_decide_facts(p, &op, NULL, NULL, NOW, NULL, &prod);
    policy_decide_facts(plain, &op, NULL, NULL, NOW, NULL, &only_shown);
    assert_true(prod.tier > dev.tier);
    assert_true(forced.tier > dev.tier);
    op.verb = "signal";
    policy_decide_facts(p, &op, NULL, NULL, NOW, NULL, &prod);
    policy_decide_facts(plain, &op, NULL, NULL, NOW, NULL, &only_shown);
    assert_int_equal(prod.tier, 3);
    assert_int_equal(prod.act, POLICY_TWO_PERSON);
    assert_int_equal(prod.persons, 3);
    assert_string_equal(prod.level, "L3");
    assert_int_equal(only_shown.tier, 3);
    assert_true(only_shown.act < POLICY_TWO_PERSON);
    assert_string_equal(only_shown.level, "L2");
    op.service = "unit", op.verb = "status";
    policy_decide_facts(p, &op, NULL, NULL, NOW, NULL, &dev);
    assert_int_equal(dev.tier, 0);
    assert_string_equal(dev.level, "L0");
    policy_free(p);
    policy_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_not_whole),
        cmocka_unit_test(test_approvers),      cmocka_unit_test(test_bad_approvers),
        cmocka_unit_test(test_another_person), cmocka_unit_test(test_tiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
