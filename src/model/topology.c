/* topology.c - reading and checking a service graph; see topology.h. What it can tell is in
 * topology_graph.c; writing and merging in topology_write.c. */
#include "runbook/model/topology.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define WEIGHT_DEFAULT 1.0

struct building {
    struct arena *a;
    struct str text; /* for the line of a message */
    struct err *err;
    struct map *by_name; /* id or name -> index + 1 */
    VEC(struct topo_node) nodes;
    VEC(struct topo_edge) edges;
    struct map *edge_seen; /* pair of nodes -> index + 1 */
    struct map *edge_ids;
};

/* The same words in the metadata of a node (how it is run) or of an edge (how it is reached).
 */
static const struct {
    const char *word;
    double weight;
} redundancies[] = {
    {"multi_az", 0.3},  {"healthy_asg", 0.2},  {"load_balanced", 0.3},    {"single_nat", 1.0},
    {"multi_nat", 0.4}, {"open_breaker", 0.0}, {"ready_replicaset", 0.2}, {"single_pod", 1.0},
};

static const char *const edge_types[] = {"sync", "async", "database", "cache", "queue", "external"};
static const char *const criticalities[] = {"critical", "degraded", "optional"};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

double topology_weight_of(struct str redundancy)
{
    for (size_t i = 0; i < COUNT(redundancies); i++) {
        if (str_eq_c(redundancy, redundancies[i].word))
            return redundancies[i].weight;
    }
    return NAN;
}

static enum err_code bad(struct building *b, const char *list, size_t at, const char *field,
                         const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static enum err_code bad(struct building *b, const char *list, size_t at, const char *field,
                         const char *fmt, ...)
{
    struct buf path = BUF_INIT(128), why = BUF_INIT(ERR_MSG_MAX);
    va_list ap;

    buf_addf(&path, "%s.%zu%s%s", list, at, *field ? "." : "", field);
    va_start(ap, fmt);
    buf_addv(&why, fmt, ap);
    va_end(ap);
    (err_set)(b->err, ERR_INPUT, "line %zu: '%s' %s", json_line(b->text, buf_cstr(&path)),
              buf_cstr(&path), buf_cstr(&why));
    buf_release(&path);
    buf_release(&why);
    return ERR_INPUT;
}

/* A member that is text; absent and null are "". False after a message. */
static bool text(struct building *b, const char *list, size_t at, const struct value *v,
                 const char *key, const char **ret)
{
    const struct value *x = value_get(v, key);

    *ret = "";
    if (!x || x->type == VALUE_NULL)
        return true;
    if (x->type == VALUE_NUMBER && strcmp(key, "tier") == 0) {
        *ret = arena_printf(b->a, "%g", x->u.number);
        return true;
    }
    if (x->type != VALUE_STRING) {
        bad(b, list, at, key, "must be a string, not a %s", value_type_name(x->type));
        return false;
    }
    *ret = arena_str(b->a, x->u.string);
    return true;
}

static bool one_of(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i]) == 0)
            return true;
    }
    return false;
}

/* What the metadata says about redundancy, as a weight; NAN: nothing. */
static enum err_code read_weight(struct building *b, const char *list, size_t at,
                                 const struct value *v, double *ret)
{
    const struct value *meta = value_get(v, "metadata"), *own = value_get(v, "weight");
    const struct value *w = own ? own : value_get(meta, "weight");
    const struct value *word = value_get(meta, "redundancy");

    *ret = NAN;
    if (w && w->type != VALUE_NULL) {
        if (w->type != VALUE_NUMBER || !(w->u.number >= 0 && w->u.number <= 1))
            return bad(b, list, at, own ? "weight" : "metadata.weight", "must be from 0 to 1");
        *ret = w->u.number;
    } else if (word && word->type == VALUE_STRING) {
        *ret = topology_weight_of(word->u.string);
        if (isnan(*ret))
            return bad(b, list, at, "metadata.redundancy",
                       "is none of multi_az, healthy_asg, load_balanced, single_nat, multi_nat, "
                       "open_breaker, ready_replicaset, single_pod: \"%.*s\"",
                       STR_FMT(word->u.string));
    }
    return ERR_OK;
}

static void read_labels(struct building *b, const struct value *object, struct topo_node *n)
{
    struct topo_label *labels = arena_array(b->a, value_count(object), sizeof(*labels));

    if (!object || object->type != VALUE_OBJECT)
        return;
    VALUE_EACH (v, object) {
        if (v->type == VALUE_STRING)
            labels[n->label_count++] =
                (struct topo_label){arena_str(b->a, v->key), arena_str(b->a, v->u.string)};
    }
    n->labels = labels;
}

static size_t find(const struct building *b, struct str name)
{
    return (size_t)(uintptr_t)map_get(b->by_name, name) - 1; /* absent: SIZE_MAX */
}

static void add_name(struct building *b, const char *name, size_t index)
{
    if (*name && !map_has(b->by_name, str_from(name)))
        map_set_c(b->by_name, name, (void *)(uintptr_t)(index + 1));
}

static void read_ownership(struct building *b, const struct value *v, struct topo_node *n)
{
    const struct value *o = value_get(v, "ownership");

    if (!*n->team)
        n->team = arena_str(b->a, value_str_or(o, "team", ""));
    if (!*n->owner)
        n->owner = arena_str(b->a, value_str_or(o, "owner", ""));
}

static enum err_code read_node(struct building *b, const struct value *v, size_t at)
{
    struct topo_node n = {0};

    if (v->type != VALUE_OBJECT)
        return bad(b, "nodes", at, "", "must be an object, not a %s", value_type_name(v->type));
    if (!text(b, "nodes", at, v, "name", &n.name) || !text(b, "nodes", at, v, "id", &n.id) ||
        !text(b, "nodes", at, v, "type", &n.type) || !text(b, "nodes", at, v, "team", &n.team) ||
        !text(b, "nodes", at, v, "owner", &n.owner) || !text(b, "nodes", at, v, "tier", &n.tier) ||
        read_weight(b, "nodes", at, v, &n.weight))
        return ERR_INPUT;
    if (!*n.id)
        n.id = n.name;
    if (!*n.id)
        return bad(b, "nodes", at, "", "needs an \"id\" or a \"name\"");
    if (!*n.name)
        n.name = n.id;
    if (find(b, str_from(n.id)) != SIZE_MAX)
        return bad(b, "nodes", at, "", "is there already: \"%s\" is nodes.%zu", n.id,
                   find(b, str_from(n.id)));
    read_ownership(b, v, &n);
    read_labels(b, value_get(v, "labels"), &n);
    *VEC_PUSH(&b->nodes) = n;
    add_name(b, n.id, b->nodes.count - 1);
    return ERR_OK;
}

/* One end of an edge, in either spelling. */
static enum err_code endpoint(struct building *b, const struct value *v, size_t at,
                              const char *newer, const char *older, size_t *ret)
{
    const char *key = value_get(v, newer) ? newer : older;
    const char *name;

    if (!text(b, "edges", at, v, key, &name))
        return ERR_INPUT;
    if (!*name)
        return bad(b, "edges", at, "", "needs a \"%s\" (or, in the older form, \"%s\")", newer,
                   older);
    *ret = find(b, str_from(name));
    if (*ret == SIZE_MAX)
        return bad(b, "edges", at, key, "names no node: \"%s\"", name);
    return ERR_OK;
}

static enum err_code edge_words(struct building *b, const struct value *v, size_t at,
                                struct topo_edge *e)
{
    if (!text(b, "edges", at, v, "type", &e->type) ||
        !text(b, "edges", at, v, "protocol", &e->protocol) ||
        !text(b, "edges", at, v, "criticality", &e->criticality) ||
        read_weight(b, "edges", at, v, &e->weight))
        return ERR_INPUT;
    if (*e->type && !one_of(e->type, edge_types, COUNT(edge_types)))
        return bad(b, "edges", at, "type",
                   "is none of sync, async, database, cache, queue, external: \"%s\"", e->type);
    if (*e->criticality && !one_of(e->criticality, criticalities, COUNT(criticalities)))
        return bad(b, "edges", at, "criticality", "is none of critical, degraded, optional: \"%s\"",
                   e->criticality);
    if (!*e->criticality && value_bool_or(v, "isCritical", false))
        e->criticality = "critical";
    return ERR_OK;
}

/* Index + 1 of the edge of this pair; 0: it is the first one, and `index` is kept for it. */
static size_t seen_edge(struct building *b, size_t from, size_t to, size_t index)
{
    size_t pair[2] = {from, to};
    struct str key = {(const char *)pair, sizeof(pair)};
    size_t before = (size_t)(uintptr_t)map_get(b->edge_seen, key);

    if (!before)
        map_set(b->edge_seen, key, (void *)(uintptr_t)(index + 1));
    return before;
}

/* Two ways from one to the other (a call and a queue): what matters more of each. */
static void merge_edge(struct topo_edge *e, const struct topo_edge *other)
{
    e->weight = other->weight > e->weight ? other->weight : e->weight;
    if (strcmp(other->criticality, "critical") == 0 || !*e->criticality)
        e->criticality = other->criticality;
    if (!*e->type)
        e->type = other->type;
}

static enum err_code edge_id(struct building *b, const struct value *v, size_t at)
{
    const char *id;

    if (!text(b, "edges", at, v, "id", &id))
        return ERR_INPUT;
    if (*id && map_set_c(b->edge_ids, id, b))
        return bad(b, "edges", at, "id", "is there already: \"%s\"", id);
    return ERR_OK;
}

static enum err_code read_edge(struct building *b, const struct value *v, size_t at)
{
    struct topo_edge e = {0};
    size_t before;

    if (v->type != VALUE_OBJECT)
        return bad(b, "edges", at, "", "must be an object, not a %s", value_type_name(v->type));
    if (endpoint(b, v, at, "source", "from", &e.from) ||
        endpoint(b, v, at, "target", "to", &e.to) || edge_words(b, v, at, &e) || edge_id(b, v, at))
        return ERR_INPUT;
    if (e.from == e.to) /* what calls itself tells nothing about others */
        return ERR_OK;
    if (isnan(e.weight))
        e.weight = b->nodes.items[e.to].weight;
    if (isnan(e.weight))
        e.weight = WEIGHT_DEFAULT;
    before = seen_edge(b, e.from, e.to, b->edges.count);
    if (before)
        merge_edge(&b->edges.items[before - 1], &e);
    else
        *VEC_PUSH(&b->edges) = e;
    return ERR_OK;
}

static enum err_code need_list(struct building *b, const struct value *root, const char *key,
                               size_t max, const struct value **ret)
{
    const struct value *list = value_get(root, key);

    if (!list || list->type != VALUE_ARRAY)
        return err_set(b->err, ERR_INPUT, "line %zu: a topology needs a list \"%s\"",
                       json_line(b->text, key), key);
    if (value_count(list) > max)
        return err_set(b->err, ERR_LIMIT, "more than %zu %s", max, key);
    *ret = list;
    return ERR_OK;
}

static enum err_code read_all(struct building *b, const struct value *root)
{
    const struct value *nodes, *edges;
    size_t at = 0;

    if (root->type != VALUE_OBJECT)
        return err_set(b->err, ERR_INPUT, "line 1: a topology is a JSON object, not a %s",
                       value_type_name(root->type));
    if (need_list(b, root, "nodes", TOPOLOGY_NODES_MAX, &nodes) ||
        need_list(b, root, "edges", TOPOLOGY_EDGES_MAX, &edges))
        return b->err->code;
    VALUE_EACH (v, nodes) {
        if (read_node(b, v, at++))
            return b->err->code;
    }
    for (size_t i = 0; i < b->nodes.count; i++) /* an id wins over another's name */
        add_name(b, b->nodes.items[i].name, i);
    at = 0;
    VALUE_EACH (v, edges) {
        if (read_edge(b, v, at++))
            return b->err->code;
    }
    return ERR_OK;
}

/* Callees and callers as arrays: count, allocate, fill. */
static void link_nodes(struct building *b, struct arena *a)
{
    struct topo_node *nodes = b->nodes.items;
    size_t n = b->nodes.count;
    size_t **to = xcalloc(n * 4 + 1, sizeof(*to));

    VEC_EACH (e, &b->edges) {
        nodes[e->from].callee_count++;
        nodes[e->to].caller_count++;
    }
    for (size_t i = 0; i < n; i++) {
        nodes[i].callees = to[4 * i] = arena_array(a, nodes[i].callee_count, sizeof(size_t));
        nodes[i].callers = to[4 * i + 1] = arena_array(a, nodes[i].caller_count, sizeof(size_t));
        nodes[i].callee_edges = to[4 * i + 2] =
            arena_array(a, nodes[i].callee_count, sizeof(size_t));
        nodes[i].caller_edges = to[4 * i + 3] =
            arena_array(a, nodes[i].caller_count, sizeof(size_t));
    }
    for (size_t e = 0; e < b->edges.count; e++) {
        size_t from = b->edges.items[e].from, callee = b->edges.items[e].to;

        *to[4 * from]++ = callee;
        *to[4 * from + 2]++ = e;
        *to[4 * callee + 1]++ = from;
        *to[4 * callee + 3]++ = e;
    }
    free(to);
}

static const struct topology *finish(struct building *b, struct arena *a)
{
    struct topology *t = arena_alloc(a, sizeof(*t));
    struct topo_node *nodes = arena_array(a, b->nodes.count, sizeof(*nodes));
    struct topo_edge *edges = arena_array(a, b->edges.count, sizeof(*edges));

    link_nodes(b, a);
    if (b->nodes.count)
        memcpy(nodes, b->nodes.items, b->nodes.count * sizeof(*nodes));
    if (b->edges.count)
        memcpy(edges, b->edges.items, b->edges.count * sizeof(*edges));
    *t = (struct topology){nodes, b->nodes.count, edges, b->edges.count};
    return t;
}

static void building_release(struct building *b)
{
    map_free(b->by_name);
    map_free(b->edge_seen);
    map_free(b->edge_ids);
    VEC_RELEASE(&b->nodes);
    VEC_RELEASE(&b->edges);
}

enum err_code topology_parse(struct str source, struct arena *a, const struct topology **ret,
                             struct err *err)
{
    struct building b = {.a = a,
                         .text = source,
                         .err = err,
                         .by_name = map_new(),
                         .edge_seen = map_new(),
                         .edge_ids = map_new()};
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = json_parse(tree, source, &root, err);

    if (!rc)
        rc = read_all(&b, root);
    if (!rc)
        *ret = finish(&b, a);
    building_release(&b);
    arena_free(tree);
    return rc;
}

/* ---- from calls that were seen ---- */

struct topo_seen {
    struct building b;
};

struct topo_seen *topology_seen_new(void)
{
    struct topo_seen *s = xcalloc(1, sizeof(*s));

    s->b = (struct building){.a = arena_new(0), .by_name = map_new(), .edge_seen = map_new()};
    return s;
}

void topology_seen_free(struct topo_seen *s)
{
    if (!s)
        return;
    arena_free(s->b.a);
    building_release(&s->b);
    free(s);
}

static size_t seen_node(struct building *b, const char *name)
{
    size_t at = find(b, str_from(name));

    if (at != SIZE_MAX || b->nodes.count == TOPOLOGY_NODES_MAX)
        return at;
    name = arena_strdup(b->a, name);
    *VEC_PUSH(&b->nodes) = (struct topo_node){
        .id = name, .name = name, .type = "", .team = "", .owner = "", .tier = "", .weight = NAN};
    add_name(b, name, b->nodes.count - 1);
    return b->nodes.count - 1;
}

bool topology_seen_add(struct topo_seen *s, const char *caller, const char *callee)
{
    struct topo_edge e = {.type = "", .protocol = "", .criticality = "", .weight = WEIGHT_DEFAULT};

    if (!*caller || !*callee || strcmp(caller, callee) == 0)
        return false;
    e.from = seen_node(&s->b, caller);
    e.to = seen_node(&s->b, callee);
    if (e.from == SIZE_MAX || e.to == SIZE_MAX || s->b.edges.count == TOPOLOGY_EDGES_MAX)
        return false;
    if (!seen_edge(&s->b, e.from, e.to, s->b.edges.count))
        *VEC_PUSH(&s->b.edges) = e;
    return true;
}

const struct topology *topology_seen_finish(struct topo_seen *s, struct arena *a)
{
    const struct topology *t;

    VEC_EACH (n, &s->b.nodes)
        n->id = n->name = arena_strdup(a, n->name);
    t = finish(&s->b, a);
    topology_seen_free(s);
    return t;
}

/* Sources: Istio's standard metrics, the OpenTelemetry service graph connector, Linkerd, Cilium
 * Hubble; OpenTelemetry semantic conventions for peer.service. */
static const char *const call_labels[][2] = {
    {"client", "server"},
    {"source_workload", "destination_workload"},
    {"source_app", "destination_app"},
    {"source_canonical_service", "destination_canonical_service"},
    {"source_service", "destination_service"},
    {"source", "destination"},
    {"deployment", "dst_deployment"},
    {"service_name", "peer_service"},
    {"service", "peer_service"},
};

static const char *label(const struct topo_label *labels, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(labels[i].name, name) == 0)
            return labels[i].value;
    }
    return "";
}

bool topology_call_of_labels(const struct topo_label *labels, size_t count, const char **ret_caller,
                             const char **ret_callee)
{
    for (size_t i = 0; i < COUNT(call_labels); i++) {
        const char *caller = label(labels, count, call_labels[i][0]);
        const char *callee = label(labels, count, call_labels[i][1]);

        if (!*caller || !*callee || strcmp(caller, "unknown") == 0 ||
            strcmp(callee, "unknown") == 0)
            continue;
        *ret_caller = caller;
        *ret_callee = callee;
        return true;
    }
    return false;
}
