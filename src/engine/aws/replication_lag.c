/* replication_lag.c - a replica of a database is behind: what it answers is old. Why: its source
 * writes more, it is busy itself, or replication has stopped, which its own record says. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"lag", 30.0, "s",
     "readers notice before a minute (Amazon RDS User Guide, Monitoring read "
     "replication)"},
    {"rise", 3.0, "times", "of what was usual"},
    {"writes", 2.0, "times", "of the source's, before"},
    {"busy", 90.0, "percent", "of the replica's processors; A-24"},
    {.name = NULL},
};
#define LAG LIMIT(0)
#define RISE LIMIT(1)
#define WRITES LIMIT(2)
#define BUSY LIMIT(3)

static const char *stopped(const struct value *db)
{
    AV_EACH(s, db, "StatusInfos")
    {
        const char *status = av_str(s, "Status");

        if (strcmp(status, "error") == 0 || strcmp(status, "stopped") == 0 ||
            strcmp(status, "terminated") == 0)
            return *av_str(s, "Message") ? av_str(s, "Message") : status;
    }
    return NULL;
}

static void why(struct aws_view *v, struct aws_finding *f, const struct aws_series *s)
{
    const char *source = av_tail(av_str(s->item, "ReadReplicaSourceDBInstanceIdentifier"));
    const struct aws_series *writes = av_series(v, "rds.writes", source),
                            *cpu = av_series(v, "rds.cpu", s->of);
    const char *error = stopped(s->item);

    if (error) {
        const struct aws_doc *d = av_doc(v, "rds.instances", NULL);

        f->second = arena_printf(v->arena, "replication of %s has stopped: %.160s", s->of, error);
        f->second_query = d ? d->query : s->query;
    } else if (writes && writes->after >= WRITES * writes->before) {
        f->second =
            arena_printf(v->arena, "writes of its source %s rose from %.0f to %.0f a second",
                         source, writes->before, writes->after);
        f->second_query = writes->query;
    } else if (cpu && cpu->after >= BUSY) {
        f->second = arena_printf(v->arena, "its own processors are busy to %.0f %%", cpu->after);
        f->second_query = cpu->query;
    }
}

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const char *source = av_tail(av_str(s->item, "ReadReplicaSourceDBInstanceIdentifier"));
    bool error = stopped(s->item) != NULL;
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!*source || !(s->after >= LAG || (error && s->last < 0)) ||
        (!error && s->after < RISE * (isnan(s->before) ? 0 : s->before)) || !(f = aws_find(out)))
        return;
    aws_find_series(f, s, s->high);
    f->severity = 0.7;
    f->direct = true;
    aws_find_about(v, f, "rds", s->of);
    f->claim = arena_printf(v->arena, "replica %s is behind %s", s->of, source);
    f->evidence = arena_printf(v->arena, "lag of %s rose from %s to %s%s", s->of,
                               av_human(v, isnan(s->before) ? 0 : s->before, "seconds"),
                               av_human(v, s->high, "seconds"), av_turned(v, s, " since"));
    why(v, f, s);
    aws_find_name(f, s->of);
    aws_find_name(f, source);
    aws_find_var(f, "db", s->of);
    aws_find_var(f, "source", source);
    if (!f->second)
        return;
    c = aws_find_culprit(f);
    c->statement =
        error ? arena_printf(v->arena, "replication of %s has stopped", s->of) : f->second;
    c->evidence = f->second;
    c->query = f->second_query;
    c->resource = error ? f->resource : av_key(v, "rds", source);
    c->service = error ? s->of : source;
    c->at_ms = s->turn_ms;
    c->name = s->of;
    c->ask = aws_follow_db_events(v, s->of);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "rds.lag")
    look(v, out, s);
}

/* A replica that was restarted or made anew catches up: that is no fault. */
static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    static const char *const excuses[] = {"restarted", "DB instance created", "restored",
                                          "shutdown", NULL};
    const char *said = "";

    VALUE_EACH (e, items) {
        const char *text = av_str(e, "Message");

        if (av_has(text, "replica"))
            said = text;
        if (!av_has_any(text, excuses) || av_time(e, "Date") < v->onset_ms - INT64_C(3600000))
            continue;
        r->strength = STRENGTH_CONTRADICTS;
        r->evidence = arena_printf(v->arena, "%s at %s: it catches up", text,
                                   av_clock(v, av_time(e, "Date")));
        return;
    }
    r->strength = STRENGTH_STRONG;
    r->evidence = *said ? arena_printf(v->arena, "its events: %.160s", said)
                        : arena_printf(v->arena, "%s was neither restarted nor made anew", c->name);
}

static const char *const needs[] = {"rds.lag", "rds.instances", "rds.writes", "rds.cpu", NULL};
static const char *const words[] = {"replica", "lag", "stale", "behind", "old data", NULL};
static const struct aws_proposal proposals[] = {
    {.action =
         "let readers ask {source} until {db} has caught up; look for the long transaction or "
         "bulk write on {source}",
     .command = "",
     .rollback = "let them ask {db} again",
     .risk = APPROVAL_MEDIUM,
     .watch = "ReplicaLag of {db} falls to 0"},
    {.action = NULL},
};
static const char *const checks[] = {"long transactions on the source and on the replica", NULL};

const struct aws_pattern aws_pattern_replication_lag = {
    .id = "replication_lag",
    .kind = "latency",
    .category = CATEGORY_DEPENDENCY,
    .on = ON_RDS,
    .rank = 13,
    .words = words,
    .claim = "a replica is behind",
    .rationale = "a replica that gets more than it can apply answers with what was",
    .refutes = "the lag is below half a minute, or as it always was",
    .quiet = "no replica is behind",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
