/* inventory.c - the resources of a cloud on the screen: from inventory.db at the start, then from
 * the cloud itself when a person asks.
 *
 * A hundred thousand of them are not a hundred thousand lines of the journal. The events that make
 * rows are folded and shown, and not written; what is written is one inventory.seen with the number
 * of the scan. Who replays it is told where they were; who resumes it loads what is known now.
 * A worker reads the store; the loop takes the rows in small portions, so that keys stay quick. */
#include "inventory_priv.h"

#include <math.h>
#include <stdlib.h>

#include "engine_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/store/inventory.h"
#include "runbook/tool/toolenv.h"

#define PORTION 250 /* rows taken in one turn of the loop: well below a millisecond */
#define SOURCE "inventory.db"
#define RECENT_MS ((int64_t)24 * 3600 * 1000) /* changes that rows are marked for */

struct loading {
    struct engine *e;
    char *path;
    struct arena *arena; /* of the worker until it is done, then of the loop */
    VEC(struct inv_kept) rows;
    struct map *texts;
    struct inv_scan_row scan; /* the last one */
    int64_t before;           /* the last scan that is older than RECENT_MS before that */
    struct map *changed;      /* by key: when, of what is recent; int64_t in `arena` */
    struct buf key;
    struct err err;
    size_t at;
};

/* ---- events that are shown and not kept ---- */

void inventory_show(struct engine *e, struct event *ev)
{
    ev->actor = "aws";
    ev->ts_ms = loop_wall_ms(e->opts.loop);
    ev->seq = e->model.seq;
    event_normalize(ev);
    model_apply(&e->model, ev);
    VEC_EACH (s, &e->sinks)
        s->ops->event(s->self, &e->model, ev);
}

void inventory_say(struct engine *e, const struct ev_inventory_seen *s, bool keep)
{
    struct event ev = {.type = EV_INVENTORY_SEEN};

    ev.u.inventory_seen = *s;
    if (!ev.u.inventory_seen.source)
        ev.u.inventory_seen.source = SOURCE;
    if (e->inventory)
        ev.u.inventory_seen.watched = e->inventory->watched;
    if (keep && e->open)
        engine_publish(e, &ev);
    else
        inventory_show(e, &ev);
}

/* A session that is opened after the rows came says where they are from. */
void inventory_opened(struct engine *e)
{
    struct event ev = {.type = EV_INVENTORY_SEEN};

    if (!e->model.inventory.scan || !e->model.cloud_resources)
        return;
    ev.u.inventory_seen = (struct ev_inventory_seen){.step = INVENTORY_KNOWN,
                                                     .scan = e->model.inventory.scan,
                                                     .at_ms = e->model.inventory.at_ms,
                                                     .resources = e->model.inventory.resources,
                                                     .done = e->model.inventory.done,
                                                     .known = e->model.inventory.known,
                                                     .failed = e->model.inventory.failed,
                                                     .source = SOURCE,
                                                     .text = e->model.inventory.text};
    engine_publish(e, &ev);
}

int64_t inventory_health(const char *word)
{
    static const struct {
        const char *word;
        enum health health;
    } words[] = {{"ok", HEALTH_OK}, {"changing", HEALTH_WARNING}, {"bad", HEALTH_CRITICAL}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].health;
    return HEALTH_UNKNOWN;
}

void inventory_key(struct buf *key, const char *account, const char *region, const char *service,
                   const char *kind, const char *id)
{
    buf_clear(key);
    buf_addf(key, "aws:%s/%s/%s/%s/%s", account, region, service, kind, id);
}

void inventory_show_resource(struct engine *e, const struct inv_resource *r, int64_t seen_ms,
                             int64_t changed_ms, bool gone)
{
    struct event ev = {.type = EV_RESOURCE_SEEN};
    struct buf *key = &e->inventory->key;

    inventory_key(key, r->account, r->region, r->service, r->kind, r->id);
    ev.u.resource_seen =
        (struct ev_resource_seen){.key = buf_cstr(key),
                                  .kind = r->kind,
                                  .name = *r->name ? r->name : r->id,
                                  .status = gone ? "gone" : r->state,
                                  .health = gone ? HEALTH_UNKNOWN : inventory_health(r->health),
                                  .value = NAN,
                                  .limit = NAN,
                                  .service = r->service,
                                  .region = r->region,
                                  .account = r->account,
                                  .id = r->id,
                                  .created = r->created,
                                  .tags = r->tags,
                                  .seen_ms = seen_ms,
                                  .changed_ms = changed_ms};
    inventory_show(e, &ev);
}

/* ---- the store ---- */

static const char *once(struct loading *l, const char *s)
{
    const char *kept = *s ? map_get_c(l->texts, s) : "";

    if (!kept) {
        kept = arena_strdup(l->arena, s);
        map_set_c(l->texts, s, (void *)(uintptr_t)kept);
    }
    return kept;
}

static void on_kept(void *ctx, const struct inv_kept *k)
{
    struct loading *l = ctx;
    struct inv_kept *to = VEC_PUSH(&l->rows);

    *to = *k;
    to->r.account = once(l, k->r.account);
    to->r.region = once(l, k->r.region);
    to->r.service = once(l, k->r.service);
    to->r.kind = once(l, k->r.kind);
    to->r.id = arena_strdup(l->arena, k->r.id);
    to->r.name = strcmp(k->r.name, k->r.id) == 0 ? to->r.id : arena_strdup(l->arena, k->r.name);
    to->r.arn = "";
    to->r.state = once(l, k->r.state);
    to->r.health = once(l, k->r.health);
    to->r.created = arena_strdup(l->arena, k->r.created);
    to->r.tags = once(l, k->r.tags);
}

static void on_scan(void *ctx, const struct inv_scan_row *row)
{
    struct loading *l = ctx;

    if (l->scan.scan && l->scan.ended_ms < row->ended_ms - RECENT_MS)
        l->before = l->scan.scan;
    l->scan = *row;
    l->scan.scope = "";
}

/* What came for the first time says nothing: it may be the first look there. */
static void on_change(void *ctx, const struct inv_change *c)
{
    struct loading *l = ctx;
    int64_t *at;

    if (strcmp(c->what, "added") == 0 || c->scan <= l->before)
        return;
    at = arena_alloc(l->arena, sizeof(*at));
    *at = c->at_ms;
    inventory_key(&l->key, c->account, c->region, c->service, c->kind, c->id);
    map_set_c(l->changed, buf_cstr(&l->key), at);
}

static int64_t changed_of(struct loading *l, const struct inv_resource *r)
{
    const int64_t *at;

    if (!map_count(l->changed))
        return 0;
    inventory_key(&l->key, r->account, r->region, r->service, r->kind, r->id);
    at = map_get_c(l->changed, buf_cstr(&l->key));
    return at ? *at : 0;
}

static void read_store(void *ctx)
{
    struct loading *l = ctx;

    if (!inventory_scans(l->path, on_scan, l, &l->err) && l->scan.scan)
        (void)inventory_list(l->path, false, on_kept, l, &l->err);
    if (!l->err.code && l->scan.scan > 1)
        (void)inventory_diff(l->path, l->before ? l->before : 1, 0, on_change, l, &l->err);
}

static void loading_free(struct loading *l)
{
    if (!l)
        return;
    VEC_RELEASE(&l->rows);
    map_free(l->texts);
    map_free(l->changed);
    buf_release(&l->key);
    arena_free(l->arena);
    free(l->path);
    free(l);
}

/* What to do, on the page that is empty. */
static void say_nothing_kept(struct engine *e)
{
    bool configured = e->opts.tools && e->opts.tools->aws;
    struct ev_inventory_seen s = {
        .step = INVENTORY_NONE,
        .text = configured ? "AWS was not looked at yet: r asks it."
                           : "No AWS account: 'runbook accounts add NAME' adds one."};

    inventory_say(e, &s, false);
}

static void finish(struct engine *e, struct loading *l)
{
    struct ev_inventory_seen s = {.step = INVENTORY_KNOWN,
                                  .scan = l->scan.scan,
                                  .at_ms = l->scan.ended_ms,
                                  .resources = (int64_t)l->rows.count,
                                  .failed = (int64_t)l->scan.failed};

    if (l->err.code) {
        s.step = INVENTORY_FAILED;
        s.text = l->err.msg;
    } else if (!l->scan.scan) {
        loading_free(l);
        e->inventory->loading = NULL;
        say_nothing_kept(e);
        return;
    }
    inventory_say(e, &s, true);
    e->inventory->loading = NULL;
    loading_free(l);
}

static void take_portion(void *ctx)
{
    struct loading *l = ctx;
    struct engine *e = l->e;
    size_t end = l->at + PORTION < l->rows.count ? l->at + PORTION : l->rows.count;

    e->inventory->timer = 0;
    for (; l->at < end; l->at++) {
        const struct inv_kept *k = &l->rows.items[l->at];

        inventory_show_resource(e, &k->r, k->last_ms, changed_of(l, &k->r), k->gone_ms != 0);
    }
    if (l->at < l->rows.count)
        e->inventory->timer = loop_timer(e->opts.loop, 1, take_portion, l);
    else
        finish(e, l);
}

static void on_read(void *ctx, bool canceled)
{
    struct loading *l = ctx;

    l->e->inventory->job = 0;
    if (canceled) {
        l->e->inventory->loading = NULL;
        loading_free(l);
        return;
    }
    take_portion(l);
}

struct inventory *inventory_get(struct engine *e)
{
    if (!e->inventory) {
        e->inventory = xcalloc(1, sizeof(*e->inventory));
        buf_init(&e->inventory->key, 8192);
    }
    return e->inventory;
}

char *inventory_path_of(const struct engine *e)
{
    return e->opts.state_dir ? path_join(e->opts.state_dir, SOURCE) : NULL;
}

void engine_load_inventory(struct engine *e)
{
    char *path = inventory_path_of(e);
    struct inventory *inv;
    struct loading *l;

    if (!path || !file_exists(path) || (e->inventory && e->inventory->loading)) {
        if (!e->inventory || !e->inventory->loading)
            say_nothing_kept(e);
        free(path);
        return;
    }
    inv = inventory_get(e);
    l = xcalloc(1, sizeof(*l));
    l->e = e;
    l->path = path;
    l->arena = arena_new(0);
    l->texts = map_new();
    l->changed = map_new();
    buf_init(&l->key, 8192);
    l->err = (struct err)ERR_INIT;
    inv->loading = l;
    inventory_say(e, &(struct ev_inventory_seen){.step = INVENTORY_LOADING}, false);
    inv->job = loop_job(e->opts.loop, read_store, on_read, l);
}

void inventory_free(struct engine *e)
{
    struct inventory *inv = e->inventory;

    if (!inv)
        return;
    inventory_live_free(e);
    if (inv->job)
        loop_job_drop(e->opts.loop, inv->job);
    if (inv->timer)
        loop_timer_cancel(e->opts.loop, inv->timer);
    loading_free(inv->loading);
    buf_release(&inv->key);
    free(inv);
    e->inventory = NULL;
}
