/* topology_write.c - a service graph as text, two of them as one, and which node a resource of a
 * cloud is. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/model/topology.h"

#define MERGED_MAX ((size_t)64 << 20)

static void put(struct json_writer *w, const char *key, const char *text_or_empty)
{
    if (*text_or_empty)
        json_put_cstr(w, key, text_or_empty);
}

static void encode_node(struct json_writer *w, const struct topo_node *n)
{
    json_object_begin(w);
    json_put_cstr(w, "id", n->id);
    if (strcmp(n->id, n->name) != 0)
        json_put_cstr(w, "name", n->name);
    put(w, "type", n->type);
    put(w, "team", n->team);
    put(w, "owner", n->owner);
    put(w, "tier", n->tier);
    if (!isnan(n->weight))
        json_put_num(w, "weight", n->weight);
    if (n->label_count) {
        json_key(w, "labels");
        json_object_begin(w);
        for (size_t i = 0; i < n->label_count; i++)
            json_put_cstr(w, n->labels[i].name, n->labels[i].value);
        json_object_end(w);
    }
    json_object_end(w);
}

static void encode_edge(struct json_writer *w, const struct topo_edge *e, const char *from,
                        const char *to)
{
    json_object_begin(w);
    json_put_cstr(w, "source", from);
    json_put_cstr(w, "target", to);
    put(w, "type", e->type);
    put(w, "protocol", e->protocol);
    put(w, "criticality", e->criticality);
    if (e->weight < 1)
        json_put_num(w, "weight", e->weight);
    json_object_end(w);
}

void topology_encode(const struct topology *t, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "nodes");
    json_array_begin(&w);
    for (size_t i = 0; i < t->count; i++)
        encode_node(&w, &t->nodes[i]);
    json_array_end(&w);
    json_key(&w, "edges");
    json_array_begin(&w);
    for (size_t i = 0; i < t->edge_count; i++) {
        const struct topo_edge *e = &t->edges[i];

        encode_edge(&w, e, t->nodes[e->from].id, t->nodes[e->to].id);
    }
    json_array_end(&w);
    json_object_end(&w);
}

/* ---- two graphs as one ---- */

struct names {               /* of one graph */
    struct map *ids, *names; /* -> index + 1; of a name that several have SIZE_MAX */
};

static void names_read(struct names *n, const struct topology *t)
{
    n->ids = map_new();
    n->names = map_new();
    for (size_t i = 0; i < t->count; i++) {
        const char *name = t->nodes[i].name;

        map_set_c(n->ids, t->nodes[i].id, (void *)(uintptr_t)(i + 1));
        map_set_c(n->names, name,
                  (void *)(map_get_c(n->names, name) ? (uintptr_t)SIZE_MAX : (uintptr_t)(i + 1)));
    }
}

static void names_release(struct names *n)
{
    map_free(n->ids);
    map_free(n->names);
}

/* A name that is one thing's in both graphs is the same thing; a function and a table of one name
 * are told apart by their types. */
static size_t same_node(const struct topology *first, const struct names *of_first,
                        const struct names *of_second, const struct topo_node *n)
{
    size_t at = (size_t)(uintptr_t)map_get_c(of_first->ids, n->id);
    bool alone;

    if (at)
        return at - 1;
    at = (size_t)(uintptr_t)map_get_c(of_first->ids, n->name);
    if (!at)
        at = (size_t)(uintptr_t)map_get_c(of_first->names, n->name);
    alone = (size_t)(uintptr_t)map_get_c(of_second->names, n->name) != SIZE_MAX;
    if (at && at != SIZE_MAX && (alone || strcmp(first->nodes[at - 1].type, n->type) == 0))
        return at - 1;
    return SIZE_MAX;
}

static bool has_edge(const struct topology *t, size_t from, size_t to)
{
    for (size_t i = 0; i < t->nodes[from].callee_count; i++)
        if (t->nodes[from].callees[i] == to)
            return true;
    return false;
}

/* `same`: of each node of the second the one of the first, or SIZE_MAX. */
static void encode_both(const struct topology *first, const struct topology *second,
                        const size_t *same, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "nodes");
    json_array_begin(&w);
    for (size_t i = 0; i < first->count; i++)
        encode_node(&w, &first->nodes[i]);
    for (size_t i = 0; i < second->count; i++)
        if (same[i] == SIZE_MAX)
            encode_node(&w, &second->nodes[i]);
    json_array_end(&w);
    json_key(&w, "edges");
    json_array_begin(&w);
    for (size_t i = 0; i < first->edge_count; i++) {
        const struct topo_edge *e = &first->edges[i];

        encode_edge(&w, e, first->nodes[e->from].id, first->nodes[e->to].id);
    }
    for (size_t i = 0; i < second->edge_count; i++) {
        const struct topo_edge *e = &second->edges[i];
        size_t from = same[e->from], to = same[e->to];

        if (from == SIZE_MAX || to == SIZE_MAX || !has_edge(first, from, to))
            encode_edge(&w, e, from == SIZE_MAX ? second->nodes[e->from].id : first->nodes[from].id,
                        to == SIZE_MAX ? second->nodes[e->to].id : first->nodes[to].id);
    }
    json_array_end(&w);
    json_object_end(&w);
}

enum err_code topology_merge(const struct topology *first, const struct topology *second,
                             struct arena *a, const struct topology **ret, struct err *err)
{
    size_t *same = xcalloc(second->count + 1, sizeof(*same));
    struct buf text = BUF_INIT(MERGED_MAX);
    struct names of_first, of_second;
    enum err_code rc;

    names_read(&of_first, first);
    names_read(&of_second, second);
    for (size_t i = 0; i < second->count; i++)
        same[i] = same_node(first, &of_first, &of_second, &second->nodes[i]);
    encode_both(first, second, same, &text);
    rc = buf_check(&text, "the service graph", err);
    if (!rc)
        rc = topology_parse(buf_str(&text), a, ret, err);
    names_release(&of_first);
    names_release(&of_second);
    buf_release(&text);
    free(same);
    return rc;
}

/* ---- resources of a cloud ---- */

/* "rds" of "aws:prod/eu-west-1/rds:orders-db", and what stands behind it. */
static bool split_key(const char *key, struct str *ret_region, struct str *ret_kind,
                      const char **ret_name)
{
    const char *first = strncmp(key, "aws:", 4) == 0 ? strchr(key, '/') : NULL;
    const char *second = first ? strchr(first + 1, '/') : NULL;
    const char *colon = second ? strchr(second + 1, ':') : NULL;

    if (!colon || !colon[1])
        return false;
    *ret_region = (struct str){first + 1, (size_t)(second - first - 1)};
    *ret_kind = (struct str){second + 1, (size_t)(colon - second - 1)};
    *ret_name = colon + 1;
    return true;
}

/* Is `id` ("aws:ACCOUNT/REGION/SERVICE/KIND/NAME") of that region and kind? What is near it. */
static int fits(const char *id, struct str region, struct str kind)
{
    struct str rest = str_from(id), piece;
    int points = 0;

    if (!str_starts(rest, "aws:"))
        return 0;
    str_split(&rest, '/', &piece);
    for (int i = 0; i < 3 && str_split(&rest, '/', &piece); i++)
        points += i == 0 ? str_eq(piece, region) : 2 * str_eq(piece, kind);
    return points;
}

size_t topology_find_resource(const struct topology *t, const char *key)
{
    struct str region, kind;
    const char *name;
    size_t best = SIZE_MAX;
    int points = -1;

    if (!split_key(key, &region, &kind, &name))
        return SIZE_MAX;
    for (size_t i = 0; i < t->count; i++) {
        const struct topo_node *n = &t->nodes[i];
        const char *tail = strrchr(n->id, '/');
        int now;

        if (strcmp(n->name, name) != 0 && strcmp(tail ? tail + 1 : n->id, name) != 0)
            continue;
        now = fits(n->id, region, kind);
        if (now > points) {
            points = now;
            best = i;
        }
    }
    return best;
}
