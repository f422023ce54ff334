/* fuzz_policy.c - any policy.yaml: it loads or says where it is wrong, and whatever it says, the
 * blacklist and the floors hold, and no other spelling of an operation gets a milder answer. Bytes
 * are taken as the file; an input that begins with a control character builds one out of rules that
 * load, so that deciding is what is tried. A-31 C-30 R-57 */
#include "tests/fuzz/targets.h"

#include <ctype.h>
#include <string.h>

#include "runbook/policy/policy.h"
#include "tests/fuzz/fuzz_command_priv.h"

#define DAY_MS 86400000LL
#define HELD_A_RUN 4

static const char *const shadow[] = {"/etc/shadow"}, *const root[] = {"/"},
                         *const boot[] = {"/srv/../boot/vmlinuz"};

/* What has to stay, whatever a file says. */
static const struct {
    struct operation op;
    enum policy_act least;
} held[] = {
#define OP(p, s, v, ...)                                                                           \
    {                                                                                              \
        .provider = (p), .service = (s), .verb = (v), .resource_name = "web-1", __VA_ARGS__        \
    }
    {OP("host", "machine", "power-off", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("host", "machine", "halt", .targets = 1, .reversible = true), POLICY_DENY},
    {OP("host", "disk", "write", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("host", "filesystem", "make", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("host", "process", "kill-all", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("host", "process", "signal", .resource_id = "1", .targets = 1), POLICY_DENY},
    {OP("host", "file", "delete", .paths = root, .path_count = 1, .targets = 1), POLICY_DENY},
    {OP("host", "file", "delete-tree", .flags = OP_RECURSIVE, .targets = 1), POLICY_DENY},
    {OP("host", "file", "read", .paths = shadow, .path_count = 1, .targets = 1), POLICY_DENY},
    {OP("host", "file", "truncate", .paths = boot, .path_count = 1, .targets = 1), POLICY_DENY},
    {OP("host", "module", "load", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("host", "user", "add", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("git", "branch", "push", .flags = OP_FORCE, .targets = 1), POLICY_DENY},
    {OP("alertmanager", "silence", "create", .flags = OP_ALL, .targets = 1), POLICY_DENY},
    {OP("aws", "iam", "CreateAccessKey", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("aws", "organizations", "LeaveOrganization", .targets = 1), POLICY_DENY},
    {OP("aws", "cloudtrail", "StopLogging", .targets = 1), POLICY_DENY},
    {OP("aws", "rds", "DeleteDBInstance", .flags = OP_NO_CHECKS, .targets = 1), POLICY_DENY},
    {OP("kubernetes", "namespace", "delete", .namespace = "kube-system", .targets = 1),
     POLICY_DENY},
    {OP("database", "table", "drop", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("runbook", "journal", "delete", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("runbook", "approval", "grant", .targets = 1, .environment = "dev"), POLICY_DENY},
    {OP("aws", "rds", "delete-db-instance", .targets = 1, .environment = "production"),
     POLICY_TYPED},
    {OP("aws", "ec2", "TerminateInstances", .targets = 1, .environment = "dev"), POLICY_TYPED},
    {OP("nobody", "knows", "destroy-all", .targets = 1, .environment = "dev"), POLICY_TYPED},
    {OP("host", "unit", "restart", .targets = 20, .environment = "dev"), POLICY_TYPED},
    {OP("host", "unit", "restart", .targets = 1, .environment = "dev"), POLICY_APPROVE},
    {OP("nobody", "knows", "it", .targets = 1, .environment = "dev"), POLICY_APPROVE},
    {OP("host", "process", "renice", .targets = 1, .environment = "dev", .reversible = true),
     POLICY_ALLOW},
    {OP("host", "unit", "status", .targets = 1), POLICY_ALLOW},
#undef OP
};
#define HELD (sizeof(held) / sizeof(held[0]))

static enum policy_act decide(const struct policy *p, const struct operation *op, int64_t now,
                              enum risk *ret_risk)
{
    struct policy_user who = {.name = "alice", .uid = 1000};
    struct policy_decision d;

    policy_decide_facts(p, op, NULL, &who, now, NULL, &d);
    FUZZ_CHECK(d.count > 0 && d.count <= POLICY_FIRED_MAX);
    *ret_risk = d.risk.risk;
    return d.act;
}

/* ---- the same operation, spelled otherwise ---- */

static void respell(struct choices *c, const char *text, struct buf *out)
{
    static const char *const tricks[] = {
        "\xE2\x80\x8B", "\xC2\xAD",         " ",           "-", "_",
        "\xEF\xBB\xBF", "\xF3\xA0\x81\xA1", "\xE2\x80\xAE"};
    static const char latin[] = "aeopcxys";
    static const char *const others[] = {"\xD0\xB0", "\xD0\xB5", "\xD0\xBE", "\xD1\x80",
                                         "\xD1\x81", "\xD1\x85", "\xD1\x83", "\xD1\x95"};

    for (; text && *text; text++) {
        const char *at = strchr(latin, *text);
        unsigned how = choose(c, 8);

        if (how == 1)
            buf_adds(out, tricks[choose(c, 8)]);
        if (how == 2 && at)
            buf_adds(out, others[at - latin]);
        else if (how == 3 && islower((unsigned char)*text))
            buf_addf(out, "\xEF\xBD%c", *text - 'a' + 0x81); /* full-width */
        else if (how == 4)
            buf_addc(out, (char)toupper((unsigned char)*text));
        else
            buf_addc(out, *text);
    }
}

static void check_respelled(const struct policy *p, struct choices *c, int64_t now)
{
    const struct operation *plain = &held[choose(c, HELD)].op;
    struct operation op = *plain;
    const char **fields[] = {&op.provider, &op.service, &op.verb, &op.resource_name,
                             &op.environment};
    struct buf text[5] = {BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096),
                          BUF_INIT(4096)};
    enum risk before, after;
    enum policy_act was, is;

    for (size_t i = 0; i < 5; i++) {
        if (!*fields[i] || !choose(c, 2))
            continue;
        respell(c, *fields[i], &text[i]);
        *fields[i] = buf_cstr(&text[i]);
    }
    was = decide(p, plain, now, &before);
    is = decide(p, &op, now, &after);
    if (is < was || after < before) {
        fprintf(stderr, "%s.%s.%s %s %s: %s %s, was %s %s\n", op.provider, op.service, op.verb,
                op.resource_name, op.environment ? op.environment : "-", risk_name(after),
                policy_act_name(is), risk_name(before), policy_act_name(was));
        FUZZ_CHECK(!"another spelling got a milder answer");
    }
    for (size_t i = 0; i < 5; i++)
        buf_release(&text[i]);
}

/* ---- a file out of rules ---- */

static const char *pick(struct choices *c, const char *const *list, size_t count)
{
    return list[choose(c, (unsigned)count)];
}
#define PICK(c, ...)                                                                               \
    pick(c, (const char *const[]){__VA_ARGS__},                                                    \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void add_match(struct choices *c, struct buf *out)
{
    static const char *const fields[] = {"operation: \"*\"",
                                         "operation: [host.*, aws.*]",
                                         "operation: host.machine.*",
                                         "operation: \"*.*.power-off\"",
                                         "operation: aws.iam.*",
                                         "operation: runbook.*",
                                         "resource: \"*\"",
                                         "resource: web-1",
                                         "resource: \"web-*\"",
                                         "environment: [dev]",
                                         "environment: [prod, unknown]",
                                         "environment: [staging]",
                                         "environment: [dev, staging, unknown, prod]",
                                         "kind: [read, write, delete]",
                                         "kind: write",
                                         "kind: delete",
                                         "risk: [low, medium]",
                                         "risk: [high]",
                                         "risk: [critical]",
                                         "risk: [read, low, medium, high, critical]",
                                         "provider: host",
                                         "provider: \"*\"",
                                         "service: \"*\"",
                                         "user: alice",
                                         "user: \"*\"",
                                         "account: \"*\""};
    unsigned n = choose(c, 4);
    unsigned used = 0;

    buf_adds(out, "  - match: {");
    for (unsigned i = 0, put = 0; i < n; i++) {
        unsigned f = choose(c, sizeof(fields) / sizeof(fields[0]));
        unsigned key =
            (unsigned)fields[f][0] << 3 ^ (unsigned char)fields[f][1]; /* o r e k r p s u a */

        if (used & 1U << (key % 31))
            continue;
        used |= 1U << (key % 31);
        buf_addf(out, "%s%s", put++ ? ", " : "", fields[f]);
    }
    buf_addf(out, "}\n    decide: %s\n",
             PICK(c, "allow", "allow", "approve", "typed", "two_person", "deny"));
}

static void build(struct choices *c, struct buf *out)
{
    unsigned rules = choose(c, 6);

    buf_adds(out, PICK(c, "", "version: 1\n"));
    buf_adds(out, PICK(c, "",
                       "limits: {mutations: 1000000, mutations_per_resource: 1000000, targets: "
                       "1000000, cooldown: 0s}\n",
                       "limits: {targets: 1}\n"));
    buf_adds(out, PICK(c, "", "environments: {dev: [prod, production, live]}\n",
                       "environments: {dev: [web, x], prod: [dev]}\n",
                       "environments: {staging: [prod]}\n"));
    buf_adds(out, PICK(c, "", "commands: {level: low, allow: [sh, bash, unknown]}\n"));
    buf_adds(out, PICK(c, "", "paths: {allow: [/]}\n", "paths: {allow: [/etc, /boot]}\n"));
    buf_adds(out,
             PICK(c, "", "freeze:\n  - {name: f, days: [sat, sun], hours: \"00:00-24:00\"}\n"));
    buf_adds(out, rules ? "rules:\n" : "");
    for (unsigned i = 0; i < rules; i++)
        add_match(c, out);
}

/* Some of them: the next input looks at others. */
static void check_held(const struct policy *p, unsigned from, int64_t now)
{
    enum risk risk;

    for (size_t k = 0; k < HELD_A_RUN; k++) {
        size_t i = (from + k * 7) % HELD;
        enum policy_act act = decide(p, &held[i].op, now, &risk);

        if (act < held[i].least) {
            fprintf(stderr, "%s.%s.%s: %s\n", held[i].op.provider, held[i].op.service,
                    held[i].op.verb, policy_act_name(act));
            FUZZ_CHECK(!"a file lifted what nothing lifts");
        }
    }
}

void fuzz_policy(struct str input)
{
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct choices c = {input};
    bool built = input.len && (unsigned char)input.ptr[0] < 0x20 && input.ptr[0] != '\n';
    struct policy *p;
    struct err err;

    if (built) {
        choose(&c, 0);
        build(&c, &text);
    }
    if (policy_load(built ? buf_str(&text) : input, "p.yaml", &p, &err)) {
        FUZZ_CHECK(err.msg[0] && strstr(err.msg, "p.yaml"));
        buf_release(&text);
        return;
    }
    check_held(p, built ? choose(&c, HELD) : (unsigned)input.len,
               (int64_t)(input.len % 8) * DAY_MS);
    for (int i = 0; built && i < 2; i++)
        check_respelled(p, &c, DAY_MS);
    policy_free(p);
    buf_release(&text);
}
