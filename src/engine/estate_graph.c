/* estate_graph.c - see estate_graph.h.
 * Relations become directed steps "this one leans on that one". From each node a walk goes over
 * what is no node until it reaches other nodes: load balancer -> target group -> service. */
#include "estate_graph.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/arena.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/store/inventory.h"

#define WALK_MAX 4 /* steps over what is no node */

/* Which kinds are nodes, and what service-graph.json calls them. */
static const struct {
    const char *service, *kind, *type, *edge; /* edge: the type of a call to it */
} kinds[] = {
    {"elbv2", "load-balancer", "load-balancer", "sync"},
    {"elb", "load-balancer", "load-balancer", "sync"},
    {"cloudfront", "distribution", "cdn", "sync"},
    {"route53", "hosted-zone", "dns", "sync"},
    {"apigateway", "rest-api", "gateway", "sync"},
    {"apigatewayv2", "api", "gateway", "sync"},
    {"appsync", "api", "gateway", "sync"},
    {"lambda", "function", "function", "sync"},
    {"ecs", "service", "service", "sync"},
    {"eks", "cluster", "cluster", "sync"},
    {"autoscaling", "group", "service", "sync"},
    {"apprunner", "service", "service", "sync"},
    {"elasticbeanstalk", "environment", "service", "sync"},
    {"stepfunctions", "state-machine", "workflow", "async"},
    {"batch", "job-queue", "workflow", "async"},
    {"rds", "instance", "database", "database"},
    {"rds", "cluster", "database", "database"},
    {"rds", "proxy", "database", "database"},
    {"docdb", "cluster", "database", "database"},
    {"neptune", "cluster", "database", "database"},
    {"dynamodb", "table", "database", "database"},
    {"redshift", "cluster", "database", "database"},
    {"opensearch", "domain", "database", "database"},
    {"elasticache", "cluster", "cache", "cache"},
    {"elasticache", "replication-group", "cache", "cache"},
    {"memorydb", "cluster", "cache", "cache"},
    {"dax", "cluster", "cache", "cache"},
    {"sqs", "queue", "queue", "queue"},
    {"sns", "topic", "topic", "queue"},
    {"kinesis", "stream", "stream", "queue"},
    {"firehose", "delivery-stream", "stream", "queue"},
    {"kafka", "cluster", "stream", "queue"},
    {"mq", "broker", "queue", "queue"},
    {"events", "bus", "topic", "async"},
    {"s3", "bucket", "storage", "sync"},
    {"efs", "file-system", "storage", "sync"},
    {"", "", "", "sync"}, /* what was asked for by name, of whatever kind it is */
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))
#define KIND_NAMED ((int)KIND_COUNT - 1)

/* Over these a walk goes on; everything else ends it: a subnet is shared by all. */
static const char *const ways[][2] = {
    {"elbv2", "target-group"},  {"lambda", "event-source-mapping"},
    {"sns", "subscription"},    {"ecs", "task"},
    {"ec2", "instance"},        {"ec2", "network-interface"},
    {"events", "rule"},         {"pipes", "pipe"},
    {"apigateway", "vpc-link"}, {"apigatewayv2", "vpc-link"},
    {"eks", "nodegroup"},       {"ecs", "task-definition-family"},
};

/* An instance that no group has is an application of its own when something routes to it. */
struct thing {
    const char *account, *region, *name, *id, *team, *type;
    int kind;            /* of `kinds`; -1: no node */
    bool way, sg;        /* a walk goes over it; a security group */
    bool instance;       /* of EC2 */
    bool named, let_in;  /* of a neighbourhood: asked for; a group that another one lets in */
    bool joined;         /* it calls somebody, or is called */
    VEC(size_t) to;      /* what it leans on */
    VEC(size_t) groups;  /* security groups that it has; of a group: whom it lets in */
    VEC(size_t) holders; /* of a group: who has it; of what was named: who leans on it */
};

struct graph {
    struct arena *arena;
    VEC(struct thing) things;
    VEC(size_t) queue;
    int *depth; /* of the walk under way */
    size_t *seen;
    size_t relations;
    bool near;         /* of some only: what has nothing to do with them is left out */
    struct map *edges; /* "from to" -> 1 */
    VEC(size_t) pairs; /* from, to, from, to ... */
};

/* ---- the inventory ---- */

static const char *team_of(struct graph *g, const char *json)
{
    static const char *const names[] = {"team", "Team", "owner", "Owner", "service", "Service"};
    const struct value *tags;
    struct err ignored = ERR_INIT;

    if (*json != '{' || json_parse(g->arena, str_from(json), &tags, &ignored))
        return "";
    for (size_t i = 0; i < 4; i++)
        if (value_get(tags, names[i]))
            return value_cstr_or(tags, names[i], "");
    return "";
}

static struct thing *take(struct graph *g, const struct inv_resource *r, bool named)
{
    struct thing *t = VEC_PUSH(&g->things);

    *t = (struct thing){.kind = named ? KIND_NAMED : -1};
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(r->service, kinds[i].service) == 0 && strcmp(r->kind, kinds[i].kind) == 0)
            t->kind = (int)i;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        t->way =
            t->way || (strcmp(r->service, ways[i][0]) == 0 && strcmp(r->kind, ways[i][1]) == 0);
    t->instance = strcmp(r->service, "ec2") == 0 && strcmp(r->kind, "instance") == 0;
    t->sg = strcmp(r->service, "ec2") == 0 && strcmp(r->kind, "security-group") == 0;
    if (t->kind < 0 && !t->instance)
        return t;
    t->type = t->kind == KIND_NAMED ? arena_strdup(g->arena, r->kind)
              : t->kind >= 0        ? kinds[t->kind].type
                                    : "";
    t->account = arena_strdup(g->arena, r->account);
    t->region = arena_strdup(g->arena, r->region);
    t->name = arena_strdup(g->arena, *r->name ? r->name : r->id);
    t->id = arena_printf(g->arena, "aws:%s/%s/%s/%s/%s", r->account, r->region, r->service, r->kind,
                         r->id);
    t->team = team_of(g, r->tags);
    return t;
}

static void on_kept(void *ctx, const struct inv_kept *k)
{
    (void)take(ctx, &k->r, false);
}

/* Of the neighbourhood of some only what a walk goes over is read further: not a subnet, which
 * leads to everything, and of a security group only those who are let in by another one. */
static bool on_near(void *ctx, const struct inv_kept *k, size_t from, const char *type)
{
    struct graph *g = ctx;
    struct thing *t = take(g, &k->r, from == SIZE_MAX);
    const struct thing *via = &g->things.items[from == SIZE_MAX ? 0 : from];

    t->named = from == SIZE_MAX;
    t->let_in = t->sg && (t->named || (via->sg && strcmp(type, "allows") == 0));
    if (!t->named && via->sg && !t->sg && strcmp(type, "uses") == 0)
        return via->let_in;
    return t->kind >= 0 || t->way || t->instance || t->sg;
}

static void on_pair(void *ctx, const char *type, bool inverse, size_t source, size_t target)
{
    struct graph *g = ctx;
    struct thing *from = &g->things.items[inverse ? target : source];
    struct thing *to = &g->things.items[inverse ? source : target];
    size_t from_at = inverse ? target : source, to_at = inverse ? source : target;

    g->relations++;
    if (to->kind == KIND_NAMED && !to->sg)
        *VEC_PUSH(&to->holders) = from_at;
    if (strcmp(type, "allows") == 0 && from->sg && to->sg) {
        *VEC_PUSH(&from->groups) = to_at;
    } else if (strcmp(type, "uses") == 0 && to->sg) {
        *VEC_PUSH(&from->groups) = to_at;
        *VEC_PUSH(&to->holders) = from_at;
    } else if (strcmp(type, "member-of") == 0) { /* who leans on a member leans on the whole */
        if (from->way || from->instance)
            *VEC_PUSH(&from->to) = to_at;
    } else if (strcmp(type, "runs-in") != 0) {
        *VEC_PUSH(&from->to) = to_at;
    }
}

/* ---- ways ---- */

static bool is_node(const struct thing *t)
{
    return t->kind >= 0;
}

static void add_edge(struct graph *g, size_t from, size_t to)
{
    size_t key[2] = {from, to};
    struct str k = {(const char *)key, sizeof(key)};

    if (from == to || map_has(g->edges, k))
        return;
    map_set(g->edges, k, g);
    g->things.items[from].joined = g->things.items[to].joined = true;
    *VEC_PUSH(&g->pairs) = from;
    *VEC_PUSH(&g->pairs) = to;
}

/* Breadth first over what is no node. */
static void walk(struct graph *g, size_t from)
{
    g->queue.count = 0;
    *VEC_PUSH(&g->queue) = from;
    g->seen[from] = from + 1;
    g->depth[from] = 0;
    for (size_t at = 0; at < g->queue.count; at++) {
        const struct thing *t = &g->things.items[g->queue.items[at]];
        int depth = g->depth[g->queue.items[at]];

        for (size_t i = 0; i < t->to.count && depth <= WALK_MAX; i++) {
            size_t to = t->to.items[i];

            if (g->seen[to] == from + 1)
                continue;
            g->seen[to] = from + 1;
            g->depth[to] = depth + 1;
            if (is_node(&g->things.items[to]))
                add_edge(g, from, to);
            else if (g->things.items[to].way)
                *VEC_PUSH(&g->queue) = to;
        }
    }
}

/* The node that stands for one that has a security group: itself, or the group of an instance. */
static size_t stands_for(const struct graph *g, size_t at)
{
    const struct thing *t = &g->things.items[at];

    if (is_node(t))
        return at;
    for (size_t i = 0; i < t->to.count && (t->instance || t->way); i++)
        if (is_node(&g->things.items[t->to.items[i]]))
            return t->to.items[i];
    return SIZE_MAX;
}

/* What talks to a database by itself: a load balancer that happens to be let in does not. */
static bool is_application(const struct thing *t)
{
    const char *type = is_node(t) ? t->type : "";

    return strcmp(type, "service") == 0 || strcmp(type, "function") == 0 ||
           strcmp(type, "cluster") == 0;
}

static bool is_store(const struct thing *t)
{
    const char *type = is_node(t) ? t->type : "";

    return strcmp(type, "database") == 0 || strcmp(type, "cache") == 0 ||
           strcmp(type, "stream") == 0 || strcmp(type, "queue") == 0;
}

/* A database whose group lets another group in is called by who has that one. */
static void call_stores(struct graph *g, size_t store)
{
    const struct thing *t = &g->things.items[store];

    for (size_t i = 0; i < t->groups.count; i++) {
        const struct thing *own = &g->things.items[t->groups.items[i]];

        for (size_t k = 0; k < own->groups.count; k++) {
            const struct thing *let_in = &g->things.items[own->groups.items[k]];

            for (size_t n = 0; n < let_in->holders.count; n++) {
                size_t caller = stands_for(g, let_in->holders.items[n]);

                if (caller != SIZE_MAX && is_application(&g->things.items[caller]))
                    add_edge(g, caller, store);
            }
        }
    }
}

/* Who has a security group, stands in a subnet or is behind a target group that was asked for. */
static void call_named(struct graph *g, size_t named)
{
    const struct thing *t = &g->things.items[named];

    for (size_t i = 0; i < t->holders.count; i++) {
        size_t caller = stands_for(g, t->holders.items[i]);

        if (caller != SIZE_MAX)
            add_edge(g, caller, named);
    }
}

/* ---- the file ---- */

static void put_node(struct json_writer *w, const struct thing *t)
{
    json_object_begin(w);
    json_put_cstr(w, "id", t->id);
    json_put_cstr(w, "name", t->name);
    json_put_cstr(w, "type", t->type);
    if (*t->team)
        json_put_cstr(w, "team", t->team);
    json_key(w, "metadata");
    json_object_begin(w);
    json_put_cstr(w, "provider", "aws");
    json_put_cstr(w, "account", t->account);
    json_put_cstr(w, "region", t->region);
    json_object_end(w);
    json_object_end(w);
}

static void put_edge(struct json_writer *w, const struct graph *g, size_t from, size_t to)
{
    const struct thing *a = &g->things.items[from], *b = &g->things.items[to];
    struct buf id = BUF_INIT(8192);

    buf_addf(&id, "%s->%s", a->id, b->id);
    json_object_begin(w);
    json_put_cstr(w, "id", buf_cstr(&id));
    json_put_cstr(w, "source", a->id);
    json_put_cstr(w, "target", b->id);
    json_put_cstr(w, "type", kinds[b->kind].edge);
    json_object_end(w);
    buf_release(&id);
}

static void write_graph(struct graph *g, struct buf *out, struct estate_graph_counts *ret)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "nodes");
    json_array_begin(&w);
    VEC_EACH (t, &g->things)
        if (is_node(t) && (!g->near || t->named || t->joined)) {
            put_node(&w, t);
            ret->nodes++;
        }
    json_array_end(&w);
    json_key(&w, "edges");
    json_array_begin(&w);
    for (size_t i = 0; i + 1 < g->pairs.count; i += 2)
        put_edge(&w, g, g->pairs.items[i], g->pairs.items[i + 1]);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
    ret->edges = g->pairs.count / 2;
}

static void graph_release(struct graph *g)
{
    VEC_EACH (t, &g->things) {
        VEC_RELEASE(&t->to);
        VEC_RELEASE(&t->groups);
        VEC_RELEASE(&t->holders);
    }
    VEC_RELEASE(&g->things);
    VEC_RELEASE(&g->queue);
    VEC_RELEASE(&g->pairs);
    map_free(g->edges);
    free(g->depth);
    free(g->seen);
    arena_free(g->arena);
}

static void find_edges(struct graph *g)
{
    g->depth = xcalloc(g->things.count + 1, sizeof(*g->depth));
    g->seen = xcalloc(g->things.count + 1, sizeof(*g->seen));
    for (size_t i = 0; i < g->things.count; i++) {
        if (is_node(&g->things.items[i]))
            walk(g, i);
        if (is_store(&g->things.items[i]))
            call_stores(g, i);
        if (g->things.items[i].kind == KIND_NAMED)
            call_named(g, i);
    }
}

enum err_code estate_graph_json(const char *inventory, struct buf *out,
                                struct estate_graph_counts *ret, struct err *err)
{
    struct graph g = {.arena = arena_new(0), .edges = map_new()};
    enum err_code rc = inventory_graph(inventory, on_kept, on_pair, &g, err);

    *ret = (struct estate_graph_counts){.resources = g.things.count, .relations = g.relations};
    if (!rc && !g.things.count)
        rc = err_set(err, ERR_NOT_FOUND,
                     "the inventory is empty: 'runbook scan --all' looks at what is there");
    if (!rc) {
        find_edges(&g);
        write_graph(&g, out, ret);
    }
    graph_release(&g);
    return rc;
}

enum err_code estate_graph_near(const char *inventory, const struct inv_near *ask, struct buf *out,
                                struct estate_graph_counts *ret, struct inv_near_end *ret_end,
                                struct err *err)
{
    struct graph g = {.arena = arena_new(0), .edges = map_new(), .near = true};
    enum err_code rc = inventory_near(inventory, ask, on_near, on_pair, &g, ret_end, err);

    *ret = (struct estate_graph_counts){.resources = g.things.count, .relations = g.relations};
    if (!rc) {
        find_edges(&g);
        write_graph(&g, out, ret);
    }
    graph_release(&g);
    return rc;
}
