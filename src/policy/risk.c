/* risk.c - the rules over the table. Each is a row here, looks at the operation and its facts, and
 * says what the risk is at least; none can lower it, as the result is always the greater of both.
 */
#include "runbook/policy/risk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy_priv.h"

/* From how many on: both sides are tested. */
enum {
    TARGETS_SEVERAL = 2,
    TARGETS_MANY = 5,
    TARGETS_MASS = 20,
    BLAST_SOME = 1,
    BLAST_WIDE = 3,
    BLAST_HUGE = 10
};

struct look {
    const struct operation *op;
    const struct risk_facts *facts;
    struct risk_result *r;
    char *why; /* of 160 bytes */
};

static void say(const struct look *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct look *l, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(l->why, sizeof(((struct risk_fired *)NULL)->why), fmt, ap);
    va_end(ap);
}

static enum risk up(enum risk r)
{
    return r < RISK_CRITICAL ? r + 1 : r;
}

static enum risk worst(enum risk a, enum risk b)
{
    return a > b ? a : b;
}

/* Only reading, and nothing says otherwise. */
static bool reads(const struct look *l)
{
    return l->r->kind == OP_READ;
}

static enum risk by_floor(const struct look *l)
{
    say(l, "the action itself is %s", risk_name(l->op->floor));
    return l->op->floor;
}

static enum risk by_production(const struct look *l)
{
    if (reads(l) || l->r->scope != SCOPE_PROD)
        return RISK_READ;
    say(l, "it is in production");
    return up(l->r->risk);
}

static enum risk by_irreversible(const struct look *l)
{
    if (reads(l) || l->op->reversible)
        return RISK_READ;
    say(l, "it cannot be undone");
    return l->r->kind == OP_DELETE ? worst(RISK_HIGH, l->r->risk) : RISK_HIGH;
}

static enum risk by_flags(const struct look *l)
{
    unsigned f = l->op->flags & (OP_FORCE | OP_NO_CHECKS | OP_RECURSIVE);

    if (!f || (reads(l) && f == OP_RECURSIVE))
        return RISK_READ;
    say(l, "%s",
        f & OP_FORCE       ? "it is forced"
        : f & OP_NO_CHECKS ? "it leaves a safeguard out"
                           : "it takes everything below it too");
    return worst(RISK_HIGH, up(l->r->risk));
}

static enum risk by_all(const struct look *l)
{
    if (!(l->op->flags & OP_ALL) || reads(l))
        return RISK_READ;
    say(l, "it is about everything of its kind");
    return RISK_CRITICAL;
}

static enum risk by_targets(const struct look *l)
{
    size_t n = l->op->targets;

    if (reads(l) || n == 1)
        return RISK_READ;
    if (n == 0) {
        say(l, "how many things it touches is not known");
        return RISK_HIGH;
    }
    say(l, "it touches %zu things", n);
    return n >= TARGETS_MASS      ? RISK_CRITICAL
           : n >= TARGETS_MANY    ? RISK_HIGH
           : n >= TARGETS_SEVERAL ? RISK_MEDIUM
                                  : RISK_READ;
}

static enum risk by_blast(const struct look *l)
{
    size_t n = l->facts->blast_services;

    if (reads(l) || (n < BLAST_SOME && !l->facts->blast_entry))
        return RISK_READ;
    say(l, "%zu service%s would feel it%s", n, n == 1 ? "" : "s",
        l->facts->blast_entry ? ", among them the entry" : "");
    return n >= BLAST_HUGE                            ? RISK_CRITICAL
           : n >= BLAST_WIDE || l->facts->blast_entry ? RISK_HIGH
                                                      : RISK_MEDIUM;
}

static enum risk by_sole(const struct look *l)
{
    if (reads(l) || !l->facts->sole_instance)
        return RISK_READ;
    say(l, "nothing else does the same work");
    return worst(RISK_HIGH, up(l->r->risk));
}

static enum risk by_freeze(const struct look *l)
{
    if (reads(l) || !l->facts->freeze)
        return RISK_READ;
    say(l, "changes are frozen: %.100s", l->facts->freeze);
    return worst(RISK_HIGH, up(l->r->risk));
}

static enum risk by_namespace(const struct look *l)
{
    static const char *const names[] = {"kubesystem", "default", "kubepublic", "kubenodelease"};
    struct buf b = BUF_INIT(POLICY_NAME_MAX);
    bool found = false;

    if (reads(l) || !l->op->namespace)
        return RISK_READ;
    operation_fold(&b, str_from(l->op->namespace));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        found = found || strcmp(buf_cstr(&b), names[i]) == 0;
    buf_release(&b);
    if (!found)
        return RISK_READ;
    say(l, "the namespace belongs to the cluster itself");
    return up(l->r->risk);
}

static enum risk by_privilege(const struct look *l)
{
    if (!(l->op->flags & OP_PRIVILEGED))
        return RISK_READ;
    say(l, "it runs as another user");
    return worst(RISK_LOW, l->r->kind == OP_READ ? RISK_LOW : RISK_MEDIUM);
}

static enum risk by_names(const struct look *l)
{
    const char *const names[] = {l->op->provider,      l->op->service,     l->op->verb,
                                 l->op->resource_name, l->op->resource_id, l->op->environment};

    /* A file may have any name; to read it is no more than that. */
    for (size_t i = 0; i < (reads(l) ? 3 : sizeof(names) / sizeof(names[0])); i++) {
        struct buf b = BUF_INIT(BUF_NO_MAX);
        bool clean = !names[i] || operation_skeleton(&b, str_from(names[i]));

        buf_release(&b);
        if (clean)
            continue;
        say(l, "a name in it is not what it looks like");
        return RISK_HIGH;
    }
    return RISK_READ;
}

static const struct {
    const char *name;
    enum risk (*at_least)(const struct look *l);
} rules[] = {
    {"floor", by_floor},         {"production", by_production},
    {"namespace", by_namespace}, {"irreversible", by_irreversible},
    {"flags", by_flags},         {"all", by_all},
    {"targets", by_targets},     {"blast-radius", by_blast},
    {"sole-instance", by_sole},  {"freeze", by_freeze},
    {"privilege", by_privilege}, {"look-alike", by_names},
};

static void fired(struct risk_result *r, const char *rule, enum risk risk, const char *why)
{
    struct risk_fired *f = &r->fired[r->count++];

    f->rule = rule;
    f->risk = r->risk = risk;
    snprintf(f->why, sizeof(f->why), "%s", why);
}

/* Of a verb without a row: what its words say, and nothing that they say makes it harmless. */
static enum risk by_words(const char *verb)
{
    static const char *const destroying[] = {"delete", "terminate", "destroy",  "truncate",
                                             "drop",   "purge",     "wipe",     "erase",
                                             "format", "remove",    "shutdown", "poweroff"};
    struct buf b = BUF_INIT(POLICY_NAME_MAX);
    enum risk r = RISK_HIGH;

    operation_skeleton(&b, str_from(verb ? verb : ""));
    for (size_t i = 0; i < sizeof(destroying) / sizeof(destroying[0]); i++) {
        if (strstr(buf_cstr(&b), destroying[i]))
            r = RISK_CRITICAL;
    }
    buf_release(&b);
    return r;
}

static void start(const struct operation *op, struct risk_result *r)
{
    const struct risk_row *row = risk_find(op);
    char why[160];

    r->known = row || op->classified;
    if (row) {
        r->kind = row->kind;
        snprintf(why, sizeof(why), "%s", row->why ? row->why : "what the table says of it");
        fired(r, "table", row->risk, why);
    } else if (op->classified && by_words(op->verb) == RISK_HIGH) {
        r->kind = op->classified_as == RISK_READ ? OP_READ : OP_WRITE;
        fired(r, "classified", op->classified_as, "the configuration classifies it");
    } else if (by_words(op->verb) == RISK_CRITICAL) {
        r->kind = OP_DELETE;
        fired(r, "unknown", RISK_CRITICAL, "no row of the table knows it, and its name destroys");
    } else {
        r->kind = OP_UNKNOWN;
        fired(r, "unknown", RISK_HIGH, "no row of the table knows it");
    }
}

void risk_classify(const struct operation *op, const struct risk_facts *facts,
                   struct risk_result *ret)
{
    static const struct risk_facts nothing;
    char why[160];
    struct look l = {op, facts ? facts : &nothing, ret, why};

    *ret = (struct risk_result){.scope = operation_scope(op, l.facts->words)};
    start(op, ret);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        enum risk r = rules[i].at_least(&l);

        if (r > ret->risk && ret->count < RISK_FIRED_MAX)
            fired(ret, rules[i].name, r, why);
    }
}
