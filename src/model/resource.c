/* resource.c - the fold of what is seen: resources of machines, of servers and of a cloud, of which
 * there may be a hundred thousand. */
#include "model_priv.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define TAG_WORDS_MAX 4096

static void push_history(struct model *m, struct resource *r, double value)
{
    if (isnan(value))
        return;
    if (!r->history)
        r->history = arena_array(m->arena, RESOURCE_HISTORY, sizeof(*r->history));
    if (r->history_count == RESOURCE_HISTORY)
        memmove(r->history, r->history + 1, (RESOURCE_HISTORY - 1) * sizeof(*r->history));
    else
        r->history_count++;
    r->history[r->history_count - 1] = value;
}

/* Old entries are dropped when reading them would be more work than looking at everything. */
static void note_change(struct model *m, size_t at)
{
    if (m->resource_changes.count > 2 * m->resources.count + 1024) {
        m->resource_changes_from += m->resource_changes.count;
        m->resource_changes.count = 0;
    }
    *VEC_PUSH(&m->resource_changes) = (uint32_t)at;
}

/* Of a hundred thousand resources few have a kind, a state or tags of their own. */
static const char *word(struct model *m, const char *s)
{
    const char *kept = s && *s ? map_get_c(m->words, s) : "";

    if (!kept) {
        kept = model_keep(m, s);
        map_set_c(m->words, s, (void *)(uintptr_t)kept);
    }
    return kept;
}

/* {"team":"payments","env":"prod"} as "team=payments env=prod": what is looked for and drawn. */
static const char *tag_words(struct model *m, const char *json)
{
    struct arena *scratch = *json == '{' ? arena_new(0) : NULL;
    struct buf out = BUF_INIT(TAG_WORDS_MAX);
    const struct value *tags = NULL;
    struct err ignored = ERR_INIT;
    const char *kept = json;

    if (scratch && !json_parse(scratch, str_from(json), &tags, &ignored)) {
        VALUE_EACH (it, tags)
            if (it->type == VALUE_STRING)
                buf_addf(&out, "%s%.*s=%.*s", out.len ? " " : "", STR_FMT(it->key),
                         STR_FMT(it->u.string));
        kept = buf_cstr(&out);
    }
    kept = word(m, kept);
    buf_release(&out);
    arena_free(scratch);
    return kept;
}

/* The texts of one JSON are made once: resources of a team have the same tags. */
static const char *tags_of(struct model *m, const char *json)
{
    const char *kept = *json == '{' ? map_get_c(m->words, json) : word(m, json);

    if (!kept) {
        kept = tag_words(m, json);
        map_set_c(m->words, json, (void *)(uintptr_t)kept);
    }
    return kept;
}

static const struct resource_cloud *cloud_of(struct model *m, const struct ev_resource_seen *s,
                                             const struct resource *r)
{
    struct resource_cloud *c = (struct resource_cloud *)(uintptr_t)r->cloud;
    size_t key, id;

    if (!s->service || !*s->service)
        return r->cloud;
    key = strlen(r->key);
    id = strlen(s->id);
    if (!c) {
        c = arena_alloc(m->arena, sizeof(*c));
        c->changed_ms = c->created_ms = 0;
        m->cloud_resources++;
    }
    c->service = word(m, s->service);
    c->region = word(m, s->region);
    c->account = word(m, s->account);
    c->id = id <= key && strcmp(r->key + key - id, s->id) == 0 ? r->key + key - id
                                                               : model_keep(m, s->id);
    c->tags = tags_of(m, s->tags);
    if (*s->created && !time_parse(str_from(s->created), &c->created_ms))
        c->created_ms = 0;
    if (s->changed_ms)
        c->changed_ms = s->changed_ms;
    return c;
}

void model_on_inventory_seen(struct model *m, const struct event *ev)
{
    const struct ev_inventory_seen *s = &ev->u.inventory_seen;

    m->inventory.step = (enum inventory_step)s->step;
    m->inventory.scan = s->scan;
    m->inventory.at_ms = s->at_ms;
    m->inventory.resources = s->resources;
    m->inventory.done = s->done;
    m->inventory.known = s->known;
    m->inventory.failed = s->failed;
    m->inventory.source = word(m, s->source);
    m->inventory.text = word(m, s->text);
    m->inventory.watched = word(m, s->watched);
}

void model_on_resource_seen(struct model *m, const struct event *ev)
{
    const struct ev_resource_seen *s = &ev->u.resource_seen;
    size_t at = model_index(m, 'r', s->key);
    struct resource *r;

    if (at == SIZE_MAX) {
        at = m->resources.count;
        r = VEC_PUSH(&m->resources);
        r->key = model_keep(m, s->key);
        model_index_put(m, 'r', s->key, at);
    } else {
        r = &m->resources.items[at];
        m->resource_health[r->health]--;
        note_change(m, at);
    }
    m->resources_version++;
    r->cloud = cloud_of(m, s, r);
    r->kind = word(m, s->kind);
    r->name = r->cloud && s->name && strcmp(r->cloud->id, s->name) == 0
                  ? r->cloud->id
                  : model_keep_changed(m, r->name, s->name);
    r->parent = word(m, s->parent);
    r->status = r->cloud ? word(m, s->status) : model_keep_changed(m, r->status, s->status);
    r->detail = model_keep_changed(m, r->detail, s->detail);
    r->unit = word(m, s->unit);
    r->metric = word(m, s->metric);
    r->health = (enum health)s->health;
    m->resource_health[r->health]++;
    r->value = s->value;
    r->limit = s->limit;
    r->seen_ms = s->seen_ms ? s->seen_ms : ev->ts_ms;
    push_history(m, r, s->value);
}
