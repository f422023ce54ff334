/* connections.c - a database has as many connections as it takes. What it takes is the parameter
 * max_connections, by default a formula over the memory of its class; which of the two is read
 * afterwards, and so is what its log says. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patterns.h"

static const struct aws_limit limits[] = {
    {"near", 0.9, "ratio",
     "of max_connections; a few are kept for administrators (Amazon RDS User Guide, Quotas and "
     "constraints: Maximum number of database connections)"},
    {"rise", 1.5, "times", "of what was usual: a pool that always fills it is not the news"},
    {.name = NULL},
};
#define NEAR LIMIT(0)
#define RISE LIMIT(1)

/* GiB of "db.r6g.2xlarge". Burstable classes by size; of the others large has 8 (m) or 16 (r, x),
 * and each size doubles. Source: Amazon RDS User Guide, "DB instance classes". */
static double memory_gib(const char *class)
{
    static const struct {
        const char *size;
        double t;
        int times; /* of large */
    } sizes[] = {{"micro", 1, 0},     {"small", 2, 0},     {"medium", 4, 0},   {"large", 8, 1},
                 {"xlarge", 16, 2},   {"2xlarge", 32, 4},  {"4xlarge", 0, 8},  {"8xlarge", 0, 16},
                 {"12xlarge", 0, 24}, {"16xlarge", 0, 32}, {"24xlarge", 0, 48}};
    const char *size = strrchr(class, '.');

    if (strncmp(class, "db.", 3) != 0 || !size)
        return NAN;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (strcmp(size + 1, sizes[i].size) != 0)
            continue;
        if (class[3] == 't')
            return sizes[i].t > 0 ? sizes[i].t : NAN;
        if (class[3] == 'm' && sizes[i].times)
            return 8.0 * sizes[i].times;
        if ((class[3] == 'r' || class[3] == 'x') && sizes[i].times)
            return 16.0 * sizes[i].times;
    }
    return NAN;
}

/* Source: the same page: PostgreSQL LEAST({DBInstanceClassMemory/9531392}, 5000), MySQL and MariaDB
 * {DBInstanceClassMemory/12582880}. */
static double usual_max(const char *engine, const char *class)
{
    double bytes = memory_gib(class) * 1024 * 1024 * 1024;

    if (strstr(engine, "postgres"))
        return fmin(floor(bytes / 9531392), 5000);
    if (strstr(engine, "mysql") || strstr(engine, "maria"))
        return floor(bytes / 12582880);
    return NAN;
}

static const char *log_group(struct aws_view *v, const char *id, const char *engine)
{
    return arena_printf(v->arena, "/aws/rds/instance/%s/%s", id,
                        strstr(engine, "postgres") ? "postgresql" : "error");
}

static void culprits(struct aws_view *v, struct aws_finding *f, const struct value *db,
                     const struct aws_series *s)
{
    const char *id = av_str(db, "DBInstanceIdentifier"), *engine = av_str(db, "Engine");
    const char *group = "";
    struct aws_culprit *c = aws_find_culprit(f);

    AV_EACH(g, db, "DBParameterGroups")
    group = av_str(g, "DBParameterGroupName");
    c->statement = arena_printf(v->arena, "the limit of connections of %s is reached", id);
    c->evidence = f->evidence;
    c->item = db;
    c->name = id;
    c->after = s->high;
    c->before = s->before;
    c->at_ms = s->turn_ms;
    c->ask = (struct aws_follow){
        .service = "rds",
        .operation = "DescribeDBParameters",
        .params = arena_printf(v->arena, "{\"DBParameterGroupName\":%s}", aws_json(v, group)),
        .title = arena_printf(v->arena, "max_connections of %s", id),
        .most = 1000};
    if (!*group)
        c->ask.service = NULL;
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "clients of %s are refused", id);
    c->evidence = f->evidence;
    c->item = db;
    c->name = NULL; /* its log, not its parameters */
    c->ask = aws_follow_logs(v, log_group(v, id, engine),
                             "?\"too many clients\" ?\"remaining connection slots\" ?\"Too many "
                             "connections\"",
                             20);
}

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const char *id = s->of;
    double max = usual_max(av_str(s->item, "Engine"), av_str(s->item, "DBInstanceClass"));
    struct aws_finding *f;

    if (isnan(s->high) || !(s->high >= RISE * (isnan(s->before) ? 0 : s->before)))
        return;
    if (isnan(max) ? !av_is_meant(v, id) : s->high < NEAR * max)
        return;
    f = aws_find(out);
    if (!f)
        return;
    aws_find_series(f, s, s->high);
    f->severity = 0.85;
    f->threshold = max;
    f->direct = !isnan(max);
    f->strength = isnan(max) ? STRENGTH_WEAK : STRENGTH_STRONG;
    f->resource = av_key(v, "rds", id);
    f->service = id;
    f->claim = arena_printf(v->arena, "database %s has no free connections", id);
    f->evidence =
        arena_printf(v->arena, "connections of %s rose from %.0f to %.0f%s%s", id,
                     isnan(s->before) ? 0 : s->before, s->high, av_turned(v, s, " at"),
                     isnan(max) ? "" : arena_printf(v->arena, "; its class takes about %.0f", max));
    aws_find_name(f, id);
    aws_find_var(f, "db", id);
    culprits(v, f, s->item, s);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "rds.connections")
    look(v, out, s);
}

static void read_limit(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                       struct aws_reading *r)
{
    double usual = usual_max(av_str(c->item, "Engine"), av_str(c->item, "DBInstanceClass")),
           max = usual;

    VALUE_EACH (p, items) {
        double set = av_num(p, "ParameterValue");

        if (strcmp(av_str(p, "ParameterName"), "max_connections") == 0 && !isnan(set))
            max = set;
    }
    if (isnan(max)) {
        r->evidence = "what max_connections comes to is not told";
        return;
    }
    r->before = max;
    r->after = c->after;
    r->direct = c->after >= NEAR * max;
    r->strength = r->direct ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->evidence =
        arena_printf(v->arena, "max_connections of %s is %.0f (%s), %.0f were open", c->name, max,
                     max == usual ? "by its class" : "as its parameters say", c->after);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    size_t n = value_count(items);

    if (c->name) {
        read_limit(v, c, items, r);
        return;
    }
    r->strength = n ? STRENGTH_STRONG : STRENGTH_NONE;
    r->direct = n > 0;
    r->evidence = n ? arena_printf(v->arena, "its log, %zu times: %.160s", n,
                                   av_str(value_at(items, n - 1), "message"))
                    : "its log says nothing of refused clients";
}

static const char *const needs[] = {"rds.instances", "rds.connections", NULL};
static const char *const words[] = {"connection", "too many", "pool",   "database", "rds",
                                    "postgres",   "mysql",    "aurora", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "find out which client holds the connections of {db} and make its pool smaller",
     .command = "",
     .rollback = "the pool's former size",
     .risk = APPROVAL_MEDIUM,
     .watch = "DatabaseConnections of {db} falls"},
    {.action = "reboot {db}, which ends all connections",
     .command = "aws rds reboot-db-instance --db-instance-identifier {db} --region {region}",
     .rollback = "none possible: clients connect again by themselves",
     .risk = APPROVAL_HIGH,
     .watch = "DatabaseConnections of {db} falls",
     .act = "aws.rds.reboot instance={db} region={region} account={account}"},
    {.action = NULL},
};
static const char *const checks[] = {"who is connected: pg_stat_activity, or SHOW PROCESSLIST",
                                     NULL};

const struct aws_pattern aws_pattern_connections = {
    .id = "connections",
    .kind = "saturation",
    .category = CATEGORY_CAPACITY,
    .on = ON_RDS,
    .rank = 8,
    .words = words,
    .claim = "a database has no free connections",
    .rationale = "a database refuses new clients at max_connections",
    .refutes = "connections stay below nine tenths of max_connections, or were as many before",
    .quiet = "no database is near its limit of connections",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
