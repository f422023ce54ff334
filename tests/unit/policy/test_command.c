/* test_command.c - what a user types: what is understood, what is refused, and that no way around
 * leads past. R-41 R-57 T-09 T-10 T-11 U-03 U-04 A-31 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/base/arena.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/base/rng.h"
#include "runbook/policy/policy.h"

/* The mildest policy that can be written. */
#define MILD                                                                                       \
    "rules:\n  - match: {}\n    decide: allow\n"                                                   \
    "limits: {mutations: 1000000, mutations_per_resource: 1000000, targets: 1000000, "             \
    "cooldown: 0s}\n"                                                                              \
    "environments: {dev: [prod, production]}\n"                                                    \
    "commands: {level: low, allow: [unknown, rm, bash, sh, ls, kubectl, find]}\n"

static struct policy *load(const char *text)
{
    struct policy *p;
    struct err err;

    if (policy_load(str_from(text), "policy.yaml", &p, &err))
        fail_msg("%s", err.msg);
    return p;
}

/* Parsed, understood and not denied. */
static bool passes(const struct policy *p, enum command_level level, struct str line,
                   struct operation *ret, struct command_problem *why, struct arena *arena)
{
    struct command_limits limits = *policy_commands(p);
    struct policy_decision d;
    struct command c;

    limits.level = level;
    *why = (struct command_problem){0};
    if (!command_parse(arena, line, &c, why) ||
        !command_operation(arena, &c, &limits, "/srv", ret, why)) {
        assert_true(why->reason[0]);
        assert_non_null(why->rule);
        return false;
    }
    ret->environment = "dev";
    policy_decide_facts(p, ret, NULL, NULL, 1000, NULL, &d);
    return d.act != POLICY_DENY;
}

/* ---- the corpora ---- */

static void put_unicode(struct buf *out, uint64_t cp)
{
    if (cp < 0x800) {
        buf_addc(out, (char)(0xC0 | cp >> 6));
    } else {
        buf_addc(out, (char)(0xE0 | cp >> 12));
        buf_addc(out, (char)(0x80 | (cp >> 6 & 0x3F)));
    }
    buf_addc(out, (char)(0x80 | (cp & 0x3F)));
}

static void unescape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        static const char from[] = "ntr0e\\", to[] = "\n\t\r\0\x1B\\";
        char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : '\0';
        const char *at = next ? strchr(from, next) : NULL;
        uint64_t code;

        if (c != '\\') {
            buf_addc(out, c);
        } else if (next == 'x' && num_u64_base((struct str){s.ptr + i + 2, 2}, 16, &code)) {
            buf_addc(out, (char)code);
            i += 3;
        } else if (next == 'u' && num_u64_base((struct str){s.ptr + i + 2, 4}, 16, &code)) {
            put_unicode(out, code);
            i += 5;
        } else if (at) {
            buf_addc(out, to[at - from]);
            i++;
        } else {
            buf_addc(out, c);
        }
    }
}

static void each_line(const char *name, void (*fn)(void *ctx, struct str line), void *ctx)
{
    const char *top = getenv("RB_SRCDIR");
    char *path = path_join(top ? top : ".", name);
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct str rest, line;
    struct err err;

    if (file_read(path, &text, &err))
        fail_msg("%s", err.msg);
    rest = buf_str(&text);
    while (str_line(&rest, &line)) {
        if (line.len && line.ptr[0] != '#')
            fn(ctx, line);
    }
    buf_release(&text);
    free(path);
}

struct bypass {
    struct policy *mild;
    size_t count;
};

static bool all_of(struct str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!strchr(set, s.ptr[i]))
            return false;
    }
    return s.len > 0;
}

/* CVE-2025-1, GHSA-a-b-c, ADVISORY-..., CWE-78, T1027.010, owner/repo#7, gtfobins/env, env/manual,
 * Unicode/TR39. */
static bool names_source(struct str s)
{
    static const char *const heads[] = {"CVE-", "CWE-", "GHSA-", "ADVISORY-"};
    static const char digits[] = "0123456789.-", names[] =
                                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                     "abcdefghijklmnopqrstuvwxyz0123456789+._-";
    struct str rest = s, left, number;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        size_t n = strlen(heads[i]);

        if (str_starts(s, heads[i]))
            return all_of((struct str){s.ptr + n, s.len - n}, i < 2 ? digits : names);
    }
    if (s.len > 1 && s.ptr[0] == 'T' && all_of((struct str){s.ptr + 1, s.len - 1}, digits))
        return true;
    if (!str_split(&rest, '/', &left) || !all_of(left, names))
        return false;
    if (str_find(rest, STR_LIT("#")) < 0)
        return str_eq_c(left, "gtfobins") || str_eq_c(rest, "manual") ||
               (str_eq_c(left, "Unicode") && rest.len > 3);
    return str_split(&rest, '#', &left) && all_of(left, names) && str_split(&rest, '#', &number) &&
           all_of(number, digits);
}

static void one_bypass(void *ctx, struct str line)
{
    struct bypass *b = ctx;
    struct arena *arena = arena_new(0);
    struct buf text = BUF_INIT(BUF_NO_MAX);
    struct command_problem why;
    struct operation op;
    struct str source;

    assert_true(str_split(&line, '\t', &source));
    if (!names_source(source))
        fail_msg("'%.*s' names no source", STR_FMT(source));
    unescape(&text, line);
    for (int l = 0; l < COMMAND_LEVELS; l++) {
        if (passes(b->mild, (enum command_level)l, buf_str(&text), &op, &why, arena))
            fail_msg("passes at level %s: %.*s (%.*s)", command_level_name((enum command_level)l),
                     STR_FMT(line), STR_FMT(source));
    }
    b->count++;
    buf_release(&text);
    arena_free(arena);
}

static void test_bypasses(void **state)
{
    struct bypass b = {.mild = load(MILD)};

    (void)state;
    each_line("tests/data/commands/bypass.txt", one_bypass, &b);
    assert_true(b.count >= 650);
    print_message("# %zu ways around, none passes\n", b.count);
    policy_free(b.mild);
}

static void one_fine(void *ctx, struct str line)
{
    struct policy *mild = ctx;
    struct arena *arena = arena_new(0);
    struct buf name = BUF_INIT(BUF_NO_MAX);
    struct command_problem why;
    struct operation op;
    struct risk_result risk;
    struct str wanted, operation;
    bool last = false;

    str_split(&line, '\t', &wanted);
    str_split(&line, '\t', &operation);
    if (!passes(mild, COMMAND_LOW, line, &op, &why, arena))
        fail_msg("%.*s: %s %s", STR_FMT(line), why.rule ? why.rule : "denied", why.reason);
    risk_classify(&op, NULL, &risk);
    operation_name(&op, &name);
    if (!str_eq_c(wanted, risk_name(risk.risk)) || !str_eq(operation, buf_str(&name)))
        fail_msg("%.*s: %s %s", STR_FMT(line), risk_name(risk.risk), buf_cstr(&name));
    for (int l = COMMAND_LEVELS; l-- > 0;) { /* T-11: what a stricter level lets through ... */
        bool ok = passes(mild, (enum command_level)l, line, &op, &why, arena);

        assert_true(ok || !last);
        last = ok;
    }
    buf_release(&name);
    arena_free(arena);
}

static void test_fine(void **state)
{
    struct policy *mild = load(MILD);

    (void)state;
    each_line("tests/data/commands/fine.txt", one_fine, mild);
    policy_free(mild);
}

/* ---- where and why ---- */

static void test_problems(void **state)
{
    static const struct {
        const char *line, *rule;
        size_t column;
    } rows[] = {
        {"ls | sh", "pipe", 4},
        {"ls /srv; x", "list", 8},
        {"ls 'a b' > x", "redirection", 10},
        {"cat \"$HOME\"", "substitution", 6},
        {"ls 'a", "quote", 4},
        {"cat /srv/x /etc/shadow", "path", 12},
        {"sudo -n -x ls", "wrapper", 9},
        {"ls --frob", "option", 4},
        {"bash", "interpreter", 1},
        {"sudo bash", "interpreter", 6},
        {"frobnicate", "program", 1},
        {"A=b ls", "assignment", 1},
        {"m\xC3\xBCller *", "glob", 8},
        {"systemctl frob x", "form", 1},
        {"", "empty", 0},
        {"   ", "empty", 0},
        {"kill -9 1", "process", 9},
        {"head -n x /srv/y", "argument", 9},
        {"cat", "argument", 0},
        {"uptime x", "argument", 8},
        {"cat -", "path", 5},
    };
    struct policy *p = load("");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct command_problem why;
        struct operation op;

        assert_false(passes(p, COMMAND_MEDIUM, str_from(rows[i].line), &op, &why, arena));
        if (!why.rule || strcmp(why.rule, rows[i].rule) != 0 || why.column != rows[i].column)
            fail_msg("%s: %s at %zu: %s", rows[i].line, why.rule, why.column, why.reason);
        arena_free(arena);
    }
    policy_free(p);
}

static void test_levels(void **state)
{
    static const struct {
        const char *line;
        int upto; /* the strictest level that lets it through; -1: none */
    } rows[] = {
        {"uptime", COMMAND_CRITICAL},
        {"systemctl restart nginx", COMMAND_HIGH},
        {"sudo uptime", COMMAND_MEDIUM},
        {"allowed one", COMMAND_MEDIUM},
        {"allowed two", COMMAND_LOW},
        {"stranger x", COMMAND_LOW},
        {"denied x", -1},
        {"bash x", -1},
        {"kubectl get secret", COMMAND_HIGH},
    };
    struct policy *p = load("commands: {allow: [allowed one, bash], deny: [denied]}\n"
                            "rules:\n  - match: {}\n    decide: allow\n");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int l = 0; l < COMMAND_LEVELS; l++) {
            struct arena *arena = arena_new(0);
            struct command_problem why;
            struct operation op;
            bool ok = passes(p, (enum command_level)l, str_from(rows[i].line), &op, &why, arena);

            if (ok != (l <= rows[i].upto))
                fail_msg("%s at %s", rows[i].line, command_level_name((enum command_level)l));
            arena_free(arena);
        }
    }
    policy_free(p);
}

static void test_paths_of_policy(void **state)
{
    struct policy *p = load("paths: {allow: [/var/log, /srv], deny: [/var/log/private]}\n");
    static const struct {
        const char *line;
        bool ok;
    } rows[] = {
        {"cat /var/log/x", true},
        {"cat /opt/x", false},
        {"cat /var/logs/x", false},
        {"cat /var/log/private/x", false},
        {"cat /var/log/PRIVATE/x", false},
        {"cat /var/log/../log/private", false},
        {"cat x", true},
        {"cat ../opt/x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct command_problem why;
        struct operation op;

        if (passes(p, COMMAND_MEDIUM, str_from(rows[i].line), &op, &why, arena) != rows[i].ok)
            fail_msg("%s", rows[i].line);
        arena_free(arena);
    }
    policy_free(p);
}

/* ---- properties ---- */

/* The same words written otherwise: quoted, escaped, padded, wrapped, by another way to a path. */
static void spell(struct rng *rng, const char *const *words, size_t count, struct buf *out)
{
    static const char *const wrappers[] = {"nice ",         "nohup ", "timeout 60 ",
                                           "/usr/bin/env ", "sudo ",  "ionice -c 3 nice -n 5 "};
    bool wrap = rng_below(rng, 3) == 0;

    if (wrap)
        buf_adds(out, wrappers[rng_below(rng, 6)]);
    for (size_t i = 0; i < count; i++) {
        static const char *const roots[] = {"/./", "//", "/srv/../", "/x/y/../../"};
        static const char *const bins[] = {"/bin/", "/usr/bin/", ""};
        const char *w = words[i];
        uint64_t how = rng_below(rng, 4);

        buf_adds(out, i ? &"   "[rng_below(rng, 3)] : "");
        if (i == 0)
            buf_adds(out, bins[rng_below(rng, 3)]);
        if (*w == '/' && rng_below(rng, 2))
            buf_adds(out, roots[rng_below(rng, 4)]), w++;
        if (how == 1)
            buf_addf(out, "'%s'", w);
        else if (how == 2)
            buf_addf(out, "\"%s\"", w);
        for (; how != 1 && how != 2 && *w; w++)
            buf_addf(out, how == 3 && rng_below(rng, 3) == 0 ? "\\%c" : "%c", *w);
    }
}

static void test_spelling_never_lowers(void **state)
{
    static const char *const lines[][6] = {
        {"rm", "-r", "/var/log/app/old"},
        {"rm", "/var/log/app/x"},
        {"kill", "-9", "1234"},
        {"systemctl", "restart", "nginx"},
        {"truncate", "-s", "0", "/srv/x"},
        {"cat", "/etc/shadow"},
        {"rm", "-rf", "/home"},
        {"systemctl", "start", "poweroff.target"},
        {"bash", "-c", "x"},
        {"kubectl", "get", "secret"},
        {"systemctl", "restart", "sshd"},
        {"mkfs", "/dev/sda"},
    };
    struct policy *mild = load(MILD), *plain = load("");
    struct rng rng;

    (void)state;
    rng_seed(&rng, 20261121);
    for (int round = 0; round < 4000; round++) {
        size_t which = rng_below(&rng, sizeof(lines) / sizeof(lines[0])), count = 0;
        struct arena *arena = arena_new(0);
        struct buf before = BUF_INIT(BUF_NO_MAX), after = BUF_INIT(BUF_NO_MAX);
        struct operation a, b;
        struct command_problem why;
        struct risk_result ra, rb;
        const struct policy *p = round % 2 ? mild : plain;
        bool ok_a, ok_b;

        while (count < 6 && lines[which][count])
            buf_addf(&before, "%s%s", count ? " " : "", lines[which][count]), count++;
        spell(&rng, lines[which], count, &after);
        ok_a = passes(p, COMMAND_LOW, buf_str(&before), &a, &why, arena);
        ok_b = passes(p, COMMAND_LOW, buf_str(&after), &b, &why, arena);
        if (ok_b && !ok_a)
            fail_msg("'%s' is refused, '%s' is not", buf_cstr(&before), buf_cstr(&after));
        if (ok_a && ok_b) {
            risk_classify(&a, NULL, &ra);
            risk_classify(&b, NULL, &rb);
            if (rb.risk < ra.risk)
                fail_msg("'%s' is %s", buf_cstr(&after), risk_name(rb.risk));
        }
        buf_release(&before);
        buf_release(&after);
        arena_free(arena);
    }
    policy_free(mild);
    policy_free(plain);
}

static const char *dress(struct rng *rng, struct arena *arena, const char *text)
{
    static const char *const tricks[] = {"\xE2\x80\x8B", "\xC2\xAD", " ", "-", "_", "\xEF\xBB\xBF"};
    struct buf out = BUF_INIT(BUF_NO_MAX);
    const char *kept;

    for (; *text; text++) {
        static const char latin[] = "aeopcxy";
        static const char *const cyrillic[] = {"\xD0\xB0", "\xD0\xB5", "\xD0\xBE", "\xD1\x80",
                                               "\xD1\x81", "\xD1\x85", "\xD1\x83"};
        const char *at = strchr(latin, *text);
        uint64_t how = rng_below(rng, 8);

        if (how == 0)
            buf_adds(&out, tricks[rng_below(rng, 6)]);
        if (how == 1 && at)
            buf_adds(&out, cyrillic[at - latin]);
        else if (how == 2 && *text >= 'a' && *text <= 'z')
            buf_addf(&out, "\xEF\xBD%c", *text - 'a' + 0x81); /* full-width */
        else if (how == 3 && *text >= 'a' && *text <= 'z')
            buf_addc(&out, (char)(*text - 32));
        else
            buf_addc(&out, *text);
    }
    kept = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return kept;
}

/* R-57: another name, another case, padding, letters of other alphabets: never a lower risk, never
 * a milder answer. */
static void test_names_never_lower(void **state)
{
    static const char *const names[] = {"web-1", "payments-db", "prod-db", "db-production", "x"};
    static const char *const ops[][3] = {
        {"host", "unit", "restart"},
        {"aws", "rds", "delete-db-instance"},
        {"alertmanager", "silence", "create"},
        {"host", "process", "renice"},
        {"aws", "ec2", "terminate-instances"},
        {"host", "machine", "power-off"},
        {"nobody", "knows", "it"},
    };
    struct policy *p = load("rules:\n  - match: {resource: payments-db}\n    decide: deny\n"
                            "  - match: {resource: [web-1, x], environment: dev}\n"
                            "    decide: allow\n");
    struct rng rng;

    (void)state;
    rng_seed(&rng, 57);
    for (int round = 0; round < 4000; round++) {
        const char *const *o = ops[rng_below(&rng, 7)];
        const char *name = names[rng_below(&rng, 5)];
        struct arena *arena = arena_new(0);
        struct operation a = {.provider = o[0],
                              .service = o[1],
                              .verb = o[2],
                              .resource_name = name,
                              .environment = "dev",
                              .targets = 1,
                              .reversible = true},
                         b = a;
        struct policy_decision da, db;

        b.resource_name = dress(&rng, arena, name);
        if (rng_below(&rng, 2))
            b.verb = dress(&rng, arena, a.verb);
        if (rng_below(&rng, 2))
            b.environment = dress(&rng, arena, rng_below(&rng, 2) ? "prod" : "dev");
        policy_decide_facts(p, &a, NULL, NULL, 1000, NULL, &da);
        policy_decide_facts(p, &b, NULL, NULL, 1000, NULL, &db);
        if (db.risk.risk < da.risk.risk || db.act < da.act)
            fail_msg("%s %s %s: %s %s, was %s %s", b.verb, b.resource_name, b.environment,
                     risk_name(db.risk.risk), policy_act_name(db.act), risk_name(da.risk.risk),
                     policy_act_name(da.act));
        arena_free(arena);
    }
    policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bypasses),          cmocka_unit_test(test_fine),
        cmocka_unit_test(test_problems),          cmocka_unit_test(test_levels),
        cmocka_unit_test(test_paths_of_policy),   cmocka_unit_test(test_spelling_never_lowers),
        cmocka_unit_test(test_names_never_lower),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
