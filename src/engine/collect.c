/* collect.c - see collect.h. */
#include "runbook/engine/collect.h"

#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/record.h"
#include "runbook/service/aws/relations.h"

#define TAGS_MAX ((size_t)64 << 10)
#define SCOPE_MAX 2000

struct collect {
    struct arena *arena;
    struct map *texts;           /* those that come again and again, once */
    struct aws_packing *records; /* of `resources`, in their order, until `settled` */
    bool settled;
    struct buf clean;
    struct arena *scratch; /* of one item */
    const char *scope;
    VEC(struct inv_resource) resources;
    VEC(struct inv_relation) relations;
    VEC(struct inv_place) places;
    struct map *place_at; /* -> number + 1 */
};

struct collect *collect_new(void)
{
    struct collect *c = xcalloc(1, sizeof(*c));

    c->arena = arena_new(0);
    c->scratch = arena_new(0);
    c->texts = map_new();
    c->place_at = map_new();
    c->scope = "";
    c->records = aws_packing_new();
    buf_init(&c->clean, AWS_RECORD_MAX);
    return c;
}

void collect_free(struct collect *c)
{
    if (!c)
        return;
    VEC_RELEASE(&c->resources);
    VEC_RELEASE(&c->relations);
    VEC_RELEASE(&c->places);
    map_free(c->texts);
    map_free(c->place_at);
    aws_packing_free(c->records);
    buf_release(&c->clean);
    arena_free(c->scratch);
    arena_free(c->arena);
    free(c);
}

/* ---- texts ---- */

static const char *once(struct collect *c, struct str s)
{
    const char *kept = s.len ? map_get(c->texts, s) : "";

    if (!kept) {
        kept = arena_str(c->arena, s);
        map_set(c->texts, s, (void *)(uintptr_t)kept);
    }
    return kept;
}

static const char *once_c(struct collect *c, const char *s)
{
    return once(c, str_from(s));
}

static const char *keep(struct collect *c, struct str s)
{
    if (!s.len)
        return "";
    buf_clear(&c->clean);
    text_sanitize(&c->clean, s, false, false);
    return arena_str(c->arena, buf_str(&c->clean));
}

static const char *keep_tags(struct collect *c, const struct value *tags)
{
    struct buf out = BUF_INIT(TAGS_MAX);
    struct json_writer w;
    const char *kept;

    if (!tags)
        return "";
    json_writer_init(&w, &out);
    json_value(&w, tags);
    kept = out.full ? "" : once(c, buf_str(&out)); /* a team's resources have the same */
    buf_release(&out);
    return kept;
}

/* ---- what came ---- */

struct saying {
    struct collect *c;
    struct inv_relation from;
};

static void on_relation(void *ctx, const struct aws_relation *r)
{
    struct saying *s = ctx;
    struct inv_relation *to = VEC_PUSH(&s->c->relations);

    *to = s->from;
    to->type = r->type;
    to->inverse = r->inverse;
    to->kind = once(s->c, r->kind);
    to->target = once(s->c, r->target);
}

void collect_resource(struct collect *c, const char *account, const struct aws_resource *r)
{
    struct saying s = {.c = c, .from = {.source = c->resources.count}};
    struct inv_resource *to = VEC_PUSH(&c->resources);

    *to = (struct inv_resource){.account = once_c(c, account),
                                .region = once_c(c, r->region),
                                .service = once(c, r->service->id),
                                .kind = once(c, r->list->resource),
                                .id = keep(c, r->id),
                                .arn = keep(c, r->arn),
                                .state = once(c, r->state),
                                .health = aws_health_name(aws_health_of(r->state)),
                                .created = keep(c, r->created),
                                .tags = keep_tags(c, r->tags),
                                .stands_for = r->stands_for ? once_c(c, r->stands_for) : ""};
    aws_packing_add(c->records, r->item);
    to->name = str_eq(r->name, r->id) ? to->id : keep(c, r->name);
    aws_relations_read(c->scratch, r->list, r->params, r->item, on_relation, &s);
    arena_reset(c->scratch);
}

void collect_about(struct collect *c, const char *account, const struct aws_resource *r)
{
    struct str name = aws_relation_source(r->list, r->params);
    struct saying s = {.c = c, .from = {.source = SIZE_MAX}};

    if (!name.len)
        return;
    s.from.account = once_c(c, account);
    s.from.region = once_c(c, r->region);
    s.from.source_kind = once(c, r->list->about_kind);
    s.from.source_name = once(c, name);
    s.from.type = s.from.kind = s.from.target = "";
    if (!r->item) {
        *VEC_PUSH(&c->relations) = s.from;
        return;
    }
    aws_relations_read(c->scratch, r->list, r->params, r->item, on_relation, &s);
    arena_reset(c->scratch);
}

static bool failed(enum aws_end e)
{
    return e != AWS_END_WHOLE && e != AWS_END_ABSENT && e != AWS_END_NOT_ENABLED;
}

/* A place is a service in a region of an account; one list of resources that was not read whole
 * spoils it. */
void collect_cell(struct collect *c, const char *account, const struct aws_cell *cell)
{
    bool global = cell->service && cell->service->signing_region.len;
    bool form = cell->service && cell->service->same_as.len;
    struct inv_place p = {.account = once_c(c, account),
                          .region = once_c(c, global ? "global" : cell->region),
                          .service =
                              form ? once(c, cell->service->same_as) : once_c(c, cell->service_id),
                          .whole = !failed(cell->result->end) || cell->about,
                          .trouble = ""};
    const char *key = arena_printf(c->scratch, "%s/%s/%s", p.account, p.region, p.service);
    size_t at = (size_t)map_get_c(c->place_at, key);

    if (!at) {
        *VEC_PUSH(&c->places) = p;
        at = c->places.count;
        map_set_c(c->place_at, key, (void *)at);
    }
    if (!p.whole) {
        c->places.items[at - 1].whole = false;
        c->places.items[at - 1].trouble = once_c(c, cell->result->err.msg);
    }
    arena_reset(c->scratch);
}

void collect_scope(struct collect *c, const char *text)
{
    c->scope = arena_strndup(c->arena, text, strnlen(text, SCOPE_MAX));
}

size_t collect_count(const struct collect *c)
{
    return c->resources.count;
}

size_t collect_places(const struct collect *c, size_t *ret_spoiled)
{
    *ret_spoiled = 0;
    VEC_EACH (p, &c->places)
        *ret_spoiled += !p->whole;
    return c->places.count;
}

bool collect_is_whole(const struct collect *c, const char *account, const char *region,
                      const char *service)
{
    VEC_EACH (p, &c->places)
        if (strcmp(p->service, service) == 0 && strcmp(p->region, region) == 0 &&
            strcmp(p->account, account) == 0)
            return p->whole;
    return false;
}

/* ---- saving ---- */

/* RDS also lists what is DocumentDB's and Neptune's: the one that says more stays. What pointed at
 * the other is passed over by its number. */
static void drop_doubles(struct collect *c)
{
    struct map *seen = map_new();
    size_t *moved = xcalloc(c->resources.count + 1, sizeof(*moved));
    size_t kept = 0, said = 0;

    VEC_EACH (r, &c->resources)
        if (*r->arn && strcmp(r->service, "rds") != 0)
            map_set_c(seen, r->arn, r);
    for (size_t i = 0; i < c->resources.count; i++) {
        const struct inv_resource *r = &c->resources.items[i];

        if (strcmp(r->service, "rds") == 0 && *r->arn && map_get_c(seen, r->arn))
            continue;
        moved[i] = ++kept;
        c->resources.items[kept - 1] = *r;
    }
    c->resources.count = kept;
    for (size_t i = 0; i < c->relations.count; i++) {
        struct inv_relation r = c->relations.items[i];

        if (r.source != SIZE_MAX && !moved[r.source])
            continue;
        if (r.source != SIZE_MAX)
            r.source = moved[r.source] - 1;
        c->relations.items[said++] = r;
    }
    c->relations.count = said;
    free(moved);
    map_free(seen);
}

enum err_code collect_save(struct collect *c, const char *path, int64_t begun_ms, int64_t ended_ms,
                           struct inv_outcome *ret, struct err *err)
{
    struct inv_scan scan;

    if (!c->settled) {
        aws_packing_finish(c->records);
        for (size_t i = 0; i < c->resources.count; i++)
            c->resources.items[i].record = aws_packing_get(c->records, i);
        drop_doubles(c);
        c->settled = true;
    }
    scan = (struct inv_scan){.begun_ms = begun_ms,
                             .ended_ms = ended_ms,
                             .scope = c->scope,
                             .resources = c->resources.items,
                             .resource_count = c->resources.count,
                             .places = c->places.items,
                             .place_count = c->places.count,
                             .relations = c->relations.items,
                             .relation_count = c->relations.count,
                             .differ = aws_record_diff};
    return inventory_save(path, &scan, ret, err);
}
