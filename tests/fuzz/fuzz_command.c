/* fuzz_command.c - whatever is typed: what passes is what it looks like, no stricter level lets
 * through what a milder one refuses, the mildest policy never lets through what must not be, and no
 * spelling of a name lowers a risk. The first byte of an input says what is tried: a command that
 * is known to be dangerous, said otherwise (the answer must not get milder); bytes as they are,
 * alone or behind the beginning of a command; a name. R-57 T-11 A-31 */
#include "tests/fuzz/targets.h"

#include "tests/fuzz/fuzz_command_priv.h"

#include <string.h>

#include "runbook/base/arena.h"
#include "runbook/policy/policy.h"

static const char mild_text[] =
    "rules:\n  - match: {}\n    decide: allow\n"
    "limits: {mutations: 1000000, mutations_per_resource: 1000000, targets: 1000000, "
    "cooldown: 0s}\nenvironments: {dev: [prod, production]}\n";

/* Said once more here, on purpose: this is not what the code under test looks up. */
static const char *const never[] = {
    "sh",       "bash",     "dash", "zsh",      "python3", "perl",   "ruby",   "awk",
    "sed",      "xargs",    "dd",   "mkfs",     "fdisk",   "wipefs", "shred",  "reboot",
    "halt",     "poweroff", "init", "shutdown", "killall", "pkill",  "insmod", "ssh",
    "curl",     "wget",     "nc",   "passwd",   "useradd", "chmod",  "chown",  "tee",
    "eval",     "su",       "sudo", "env",      "vim",     "less",   "tar",    "find-exec",
    "iptables", "crontab",  "at",   "node",     "nsenter"};
static const char *const secret[] = {"/etc/shadow", "/etc/passwd", "/etc/sudoers",
                                     "/boot",       "/dev/sda",    "/root"};

static void check_words(const struct command *c)
{
    for (size_t i = 0; i < c->argc; i++) {
        for (const char *at = c->argv[i]; *at; at++)
            FUZZ_CHECK((unsigned char)*at >= 0x20 && *at != 0x7F);
    }
    FUZZ_CHECK(c->first < c->argc && !c->argv[c->argc]);
}

/* Written with every word in quotes it is the same command. */
static void check_again(struct arena *arena, const struct command *c)
{
    struct buf line = BUF_INIT(BUF_NO_MAX);
    struct command_problem why;
    struct command again;
    bool plain = true;

    for (size_t i = 0; i < c->argc; i++) {
        plain = plain && !strchr(c->argv[i], '\'');
        buf_addf(&line, "%s'%s'", i ? " " : "", c->argv[i]);
    }
    if (plain && line.len < COMMAND_LINE_MAX) {
        FUZZ_CHECK(command_parse(arena, buf_str(&line), &again, &why));
        FUZZ_CHECK(again.argc == c->argc && again.first == c->first);
        for (size_t i = 0; i < c->argc; i++)
            FUZZ_CHECK(strcmp(c->argv[i], again.argv[i]) == 0);
    }
    buf_release(&line);
}

static void check_passed(struct arena *arena, const struct command *c, const struct operation *op,
                         const struct policy *mild)
{
    struct operation o = *op;
    struct policy_decision d;
    struct buf clean = BUF_INIT(BUF_NO_MAX);

    o.environment = "dev";
    policy_decide_facts(mild, &o, NULL, NULL, 1000, NULL, &d);
    if (d.act == POLICY_DENY)
        return;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        FUZZ_CHECK(strcmp(c->program, never[i]) != 0);
    for (size_t i = c->first + 1; i < c->argc; i++) {
        bool text = strcmp(c->program, "cat") != 0 && strcmp(c->program, "rm") != 0 &&
                    strcmp(c->program, "truncate") != 0 && strcmp(c->program, "mv") != 0;

        buf_clear(&clean);
        if (text || !command_path_clean(&clean, c->argv[i], "/srv"))
            continue;
        for (size_t k = 0; k < sizeof(secret) / sizeof(secret[0]); k++)
            FUZZ_CHECK(strcmp(buf_cstr(&clean), secret[k]) != 0);
    }
    FUZZ_CHECK(strcmp(c->program, "rm") != 0 || d.act >= POLICY_APPROVE);
    (void)arena;
    buf_release(&clean);
}

static void check_line(struct arena *arena, struct str line, const struct policy *mild)
{
    struct command_limits limits = *policy_commands(mild);
    struct command_problem why = {0};
    struct operation op;
    struct command c;
    bool last = true;

    if (!command_parse(arena, line, &c, &why)) {
        FUZZ_CHECK(why.rule && why.reason[0] && why.column <= line.len + 1);
        return;
    }
    check_words(&c);
    check_again(arena, &c);
    for (int l = 0; l < COMMAND_LEVELS; l++) {
        bool ok;

        limits.level = (enum command_level)l;
        ok = command_operation(arena, &c, &limits, "/srv", &op, &why);
        FUZZ_CHECK(last || !ok);
        if (ok)
            check_passed(arena, &c, &op, mild);
        last = ok;
    }
}

/* A name may raise a risk, and never lowers it; nor does a verb that nobody knows. */
static void check_name(struct arena *arena, struct str input)
{
    struct operation op = {.provider = "alertmanager",
                           .service = "silence",
                           .verb = "create",
                           .resource_name = "x",
                           .environment = "dev",
                           .targets = 1,
                           .reversible = true};
    struct risk_result before, after;

    risk_classify(&op, NULL, &before);
    op.resource_name = arena_str(arena, input);
    risk_classify(&op, NULL, &after);
    FUZZ_CHECK(after.risk >= before.risk && after.scope >= before.scope);
    op.verb = op.resource_name;
    op.provider = "nobody";
    risk_classify(&op, NULL, &after);
    FUZZ_CHECK(after.risk >= RISK_HIGH);
    op.provider = "aws", op.service = "iam", op.verb = "delete-user";
    op.environment = op.resource_name;
    risk_classify(&op, NULL, &after);
    FUZZ_CHECK(after.risk == RISK_CRITICAL);
}

/* ---- said otherwise ---- */

struct answer {
    bool passes; /* understood and not denied, at the mildest level under the mildest policy */
    enum risk risk;
    enum policy_act act, plain_act; /* under the mildest policy, and under none */
};

static void ask(struct arena *arena, struct str line, const struct policy *const p[2],
                struct answer *ret)
{
    struct command_limits limits = *policy_commands(p[0]);
    struct command_problem why = {0};
    struct policy_decision d;
    struct operation op;
    struct command c;

    *ret = (struct answer){.risk = RISK_CRITICAL, .act = POLICY_DENY, .plain_act = POLICY_DENY};
    limits.level = COMMAND_LOW;
    if (!command_parse(arena, line, &c, &why) ||
        !command_operation(arena, &c, &limits, "/srv", &op, &why))
        return;
    op.environment = "dev";
    policy_decide_facts(p[0], &op, NULL, NULL, 1000, NULL, &d);
    ret->risk = d.risk.risk;
    ret->act = d.act;
    ret->passes = d.act != POLICY_DENY;
    policy_decide_facts(p[1], &op, NULL, NULL, 1000, NULL, &d);
    ret->plain_act = d.act;
}

static void check_retold(struct arena *arena, struct str input, const struct policy *const p[2])
{
    static struct answer bases[128];
    static size_t count;
    struct choices c = {input};
    struct buf line = BUF_INIT(BUF_NO_MAX);
    struct answer now;
    enum told told;
    size_t which;

    for (; command_bases[count]; count++)
        ask(arena, str_from(command_bases[count]), p, &bases[count]);
    which = choose(&c, (unsigned)count);
    told = command_retell(&c, command_bases[which], &line);
    ask(arena, buf_str(&line), p, &now);
    if ((told == TOLD_REFUSED && now.passes) || (now.passes && !bases[which].passes) ||
        (now.passes && (now.risk < bases[which].risk || now.act < bases[which].act ||
                        now.plain_act < bases[which].plain_act))) {
        fprintf(stderr, "said otherwise: \"%s\" as \"%s\"\n", command_bases[which],
                buf_cstr(&line));
        FUZZ_CHECK(!"the answer got milder");
    }
    check_line(arena, buf_str(&line), p[0]);
    buf_release(&line);
}

static void check_started(struct arena *arena, struct str input, const struct policy *mild)
{
    static const char *const starts[] = {
        "",           "cat ",       "rm -r ",   "sudo ",    "env ",   "find /srv ", "git ", "kill ",
        "systemctl ", "timeout 5 ", "grep -r ", "kubectl ", "mount ", "nice -n 5 ", "ls '", "ls "};
    struct buf line = BUF_INIT(BUF_NO_MAX);
    struct choices c = {input};

    buf_adds(&line, starts[choose(&c, sizeof(starts) / sizeof(starts[0]))]);
    buf_add_str(&line, c.left);
    check_line(arena, buf_str(&line), mild);
    buf_release(&line);
}

void fuzz_command(struct str input)
{
    static struct policy *mild, *plain; /* loaded once, for all inputs */
    struct arena *arena = arena_new(0);
    struct choices c = {input};
    struct err err;

    FUZZ_CHECK(mild || !policy_load(STR_LIT(mild_text), "mild", &mild, &err));
    FUZZ_CHECK(plain || !policy_load(STR_LIT(""), "plain", &plain, &err));
    switch (choose(&c, 4)) {
    case 0:
        check_started(arena, c.left, mild);
        break;
    case 1:
        check_name(arena, c.left);
        break;
    default:
        check_retold(arena, c.left, (const struct policy *const[]){mild, plain});
        break;
    }
    arena_free(arena);
}
