/* topology.c - see topology.h. */
#include "runbook/engine/topology.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define FILE_MAX_BYTES ((size_t)64 << 20)
#define NODES_MAX 100000
#define EDGES_MAX 1000000

struct building {
    struct arena *a;
    struct map *by_name; /* id or name -> index + 1 */
    VEC(struct topo_node) nodes;
    VEC(struct topo_edge) edges;
    struct map *edge_seen;
    size_t implicit;
};

static const char *text(struct arena *a, const struct value *v, const char *key)
{
    return arena_str(a, value_str_or(v, key, ""));
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

static enum err_code read_node(struct building *b, const struct value *v, size_t at,
                               struct err *err)
{
    struct topo_node n = {0};

    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "nodes[%zu] must be an object, not a %s", at,
                       value_type_name(v->type));
    n.name = text(b->a, v, "name");
    n.id = text(b->a, v, "id");
    if (!*n.id)
        n.id = n.name;
    if (!*n.id)
        return err_set(err, ERR_INPUT, "nodes[%zu] needs an \"id\" or a \"name\"", at);
    if (!*n.name)
        n.name = n.id;
    if (find(b, str_from(n.id)) != SIZE_MAX &&
        strcmp(b->nodes.items[find(b, str_from(n.id))].id, n.id) == 0)
        return err_set(err, ERR_INPUT, "nodes[%zu]: \"%s\" is there already", at, n.id);
    n.type = text(b->a, v, "type");
    n.team = text(b->a, v, "team");
    n.owner = text(b->a, v, "owner");
    n.tier = text(b->a, v, "tier");
    read_labels(b, value_get(v, "labels"), &n);
    *VEC_PUSH(&b->nodes) = n;
    map_set_c(b->by_name, n.id,
              (void *)(uintptr_t)b->nodes.count); /* an id wins over another's name */
    return ERR_OK;
}

static size_t need_node(struct building *b, struct str name)
{
    size_t at = find(b, name);
    struct topo_node n = {.type = "", .team = "", .owner = "", .tier = "", .implicit = true};

    if (at != SIZE_MAX)
        return at;
    n.id = n.name = arena_str(b->a, name);
    *VEC_PUSH(&b->nodes) = n;
    b->implicit++;
    add_name(b, n.id, b->nodes.count - 1);
    return b->nodes.count - 1;
}

static bool endpoint(const struct value *v, const char *key, const char *other, struct str *ret)
{
    *ret = value_str_or(v, key, "");
    if (!ret->len)
        *ret = value_str_or(v, other, "");
    return ret->len > 0;
}

static bool seen_edge(struct building *b, size_t from, size_t to)
{
    size_t pair[2] = {from, to};

    return map_set(b->edge_seen, (struct str){(const char *)pair, sizeof(pair)}, b) != NULL;
}

static enum err_code read_edge(struct building *b, const struct value *v, size_t at,
                               struct err *err)
{
    struct topo_edge e = {0};
    struct str from, to;

    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "edges[%zu] must be an object, not a %s", at,
                       value_type_name(v->type));
    if (!endpoint(v, "source", "from", &from) || !endpoint(v, "target", "to", &to))
        return err_set(err, ERR_INPUT,
                       "edges[%zu] needs \"source\" and \"target\" (or \"from\" and \"to\")", at);
    e.from = need_node(b, from);
    e.to = need_node(b, to);
    if (e.from == e.to || seen_edge(b, e.from, e.to))
        return ERR_OK;
    e.type = text(b->a, v, "type");
    e.protocol = text(b->a, v, "protocol");
    e.criticality = text(b->a, v, "criticality");
    if (!*e.criticality && value_bool_or(v, "isCritical", false))
        e.criticality = "critical";
    *VEC_PUSH(&b->edges) = e;
    return ERR_OK;
}

static enum err_code need_list(const struct value *root, const char *key, size_t max,
                               const struct value **ret, struct err *err)
{
    const struct value *list = value_get(root, key);

    if (!list || list->type != VALUE_ARRAY)
        return err_set(err, ERR_INPUT, "a topology needs a list \"%s\"", key);
    if (value_count(list) > max)
        return err_set(err, ERR_LIMIT, "more than %zu %s", max, key);
    *ret = list;
    return ERR_OK;
}

static enum err_code read_all(struct building *b, const struct value *root, struct err *err)
{
    const struct value *nodes, *edges;
    size_t at = 0;

    if (need_list(root, "nodes", NODES_MAX, &nodes, err) ||
        need_list(root, "edges", EDGES_MAX, &edges, err))
        return err->code;
    VALUE_EACH (v, nodes) {
        if (read_node(b, v, at++, err))
            return err->code;
    }
    for (size_t i = 0; i < b->nodes.count; i++)
        add_name(b, b->nodes.items[i].name, i);
    at = 0;
    VALUE_EACH (v, edges) {
        if (read_edge(b, v, at++, err))
            return err->code;
    }
    return ERR_OK;
}

/* Callees and callers as arrays: count, allocate, fill. */
static void link_nodes(struct building *b)
{
    struct topo_node *nodes = b->nodes.items;
    size_t **lists = xcalloc(b->nodes.count * 2 + 1, sizeof(*lists));

    VEC_EACH (e, &b->edges) {
        nodes[e->from].callee_count++;
        nodes[e->to].caller_count++;
    }
    for (size_t i = 0; i < b->nodes.count; i++) {
        nodes[i].callees = lists[2 * i] = arena_array(b->a, nodes[i].callee_count, sizeof(size_t));
        nodes[i].callers = lists[2 * i + 1] =
            arena_array(b->a, nodes[i].caller_count, sizeof(size_t));
    }
    VEC_EACH (e, &b->edges) {
        *lists[2 * e->from]++ = e->to;
        *lists[2 * e->to + 1]++ = e->from;
    }
    free(lists);
}

static const struct topology *finish(struct building *b)
{
    struct topology *t = arena_alloc(b->a, sizeof(*t));
    struct topo_node *nodes = arena_array(b->a, b->nodes.count, sizeof(*nodes));
    struct topo_edge *edges = arena_array(b->a, b->edges.count, sizeof(*edges));

    link_nodes(b);
    if (b->nodes.count)
        memcpy(nodes, b->nodes.items, b->nodes.count * sizeof(*nodes));
    if (b->edges.count)
        memcpy(edges, b->edges.items, b->edges.count * sizeof(*edges));
    *t = (struct topology){nodes, b->nodes.count, edges, b->edges.count, b->implicit};
    return t;
}

enum err_code topology_parse(struct str source, struct arena *a, const struct topology **ret,
                             struct err *err)
{
    struct building b = {.a = a, .by_name = map_new(), .edge_seen = map_new()};
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = json_parse(tree, source, &root, err);

    if (!rc && root->type != VALUE_OBJECT)
        rc = err_set(err, ERR_INPUT, "a topology is a JSON object, not a %s",
                     value_type_name(root->type));
    if (!rc)
        rc = read_all(&b, root, err);
    if (!rc)
        *ret = finish(&b);
    map_free(b.by_name);
    map_free(b.edge_seen);
    VEC_RELEASE(&b.nodes);
    VEC_RELEASE(&b.edges);
    arena_free(tree);
    return rc;
}

enum err_code topology_load(const char *path, struct arena *a, const struct topology **ret,
                            struct err *err)
{
    struct buf source = BUF_INIT(FILE_MAX_BYTES);
    enum err_code rc = file_read(path, &source, err);

    if (!rc)
        rc = topology_parse(buf_str(&source), a, ret, err);
    if (rc)
        rc = err_wrap(err, "topology %s", path);
    buf_release(&source);
    return rc;
}

size_t topology_find(const struct topology *t, const char *id_or_name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->nodes[i].id, id_or_name) == 0)
            return i;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->nodes[i].name, id_or_name) == 0)
            return i;
    }
    return SIZE_MAX;
}

void topology_hops(const struct topology *t, size_t from, enum topo_dir dir, int max_hops,
                   int *ret_hops)
{
    size_t *queue = xcalloc(t->count + 1, sizeof(*queue)), head = 0, tail = 0;

    for (size_t i = 0; i < t->count; i++)
        ret_hops[i] = -1;
    ret_hops[from] = 0;
    queue[tail++] = from;
    while (head < tail) {
        const struct topo_node *n = &t->nodes[queue[head]];
        int hops = ret_hops[queue[head++]];
        const size_t *next = dir == TOPO_CALLEES ? n->callees : n->callers;
        size_t count = dir == TOPO_CALLEES ? n->callee_count : n->caller_count;

        for (size_t i = 0; i < count && hops < max_hops; i++) {
            if (ret_hops[next[i]] >= 0)
                continue;
            ret_hops[next[i]] = hops + 1;
            queue[tail++] = next[i];
        }
    }
    free(queue);
}

size_t topology_path(const struct topology *t, size_t from, size_t to, size_t *ret_path)
{
    int *hops = xcalloc(t->count + 1, sizeof(*hops));
    size_t len = 0, at = from;

    topology_hops(t, to, TOPO_CALLERS, (int)t->count, hops);
    if (hops[from] >= 0) {
        ret_path[len++] = at;
        while (at != to) {
            const struct topo_node *n = &t->nodes[at];
            size_t i = 0;

            while (hops[n->callees[i]] != hops[at] - 1)
                i++;
            at = n->callees[i];
            ret_path[len++] = at;
        }
    }
    free(hops);
    return len;
}

bool topology_on_cycle(const struct topology *t, size_t node)
{
    int *hops = xcalloc(t->count + 1, sizeof(*hops));
    bool found = false;

    topology_hops(t, node, TOPO_CALLEES, (int)t->count, hops);
    for (size_t i = 0; i < t->nodes[node].caller_count; i++)
        found = found || hops[t->nodes[node].callers[i]] >= 0;
    free(hops);
    return found;
}
