/* inventory_live.c - AWS asked from the screen: rows come as they are read, lists that were denied
 * or failed are rows, too, and what came is kept as a scan like any other (`runbook scan`). Asked
 * are the services that are watched; with none chosen those of which something is in the list, and
 * at first the ones that most estates have. */
#include "inventory_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_priv.h"
#include "runbook/base/arena.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/engine/collect.h"
#include "runbook/service/aws/survey.h"
#include "runbook/tool/toolenv.h"

#define SERVICES_MAX 256
#define PROGRESS_MS 200
#define CHANGED_MAX 5000 /* rows that one look marks */

static const char *const usual[] = {
    "ec2", "autoscaling", "elbv2", "elb", "lambda",   "s3",          "rds",     "eks",
    "ecs", "iam",         "sqs",   "sns", "dynamodb", "elasticache", "route53", "cloudwatch"};

struct live_scan {
    struct engine *e;
    struct aws_survey *survey;
    struct collect *collect;
    struct arena *scratch;
    const char *services[SERVICES_MAX];
    char *path;
    int64_t begun_ms, ended_ms, told_ms;
    size_t failed;
    loop_id job;
    struct inv_outcome outcome;
    VEC(char *) changed; /* keys */
    struct buf key;
    bool throttled;
    struct err err;
};

static const char *account_of(const struct aws_account *a)
{
    return *a->number ? a->number : a->name;
}

static const char *text(struct live_scan *l, struct str s)
{
    return s.len ? arena_str(l->scratch, s) : "";
}

static void on_resource(void *ctx, const struct aws_account *a, const struct aws_resource *r)
{
    struct live_scan *l = ctx;
    struct buf tags = BUF_INIT((size_t)64 << 10);
    struct json_writer w;
    struct inv_resource row = {.account = account_of(a),
                               .region = r->region,
                               .service = text(l, r->service->id),
                               .kind = text(l, r->list->resource),
                               .id = text(l, r->id),
                               .name = text(l, r->name),
                               .state = text(l, r->state),
                               .health = aws_health_name(aws_health_of(r->state)),
                               .created = text(l, r->created)};

    if (r->tags) {
        json_writer_init(&w, &tags);
        json_value(&w, r->tags);
    }
    row.tags = tags.full ? "" : buf_cstr(&tags);
    collect_resource(l->collect, account_of(a), r);
    inventory_show_resource(l->e, &row, loop_wall_ms(l->e->opts.loop), 0, false);
    buf_release(&tags);
    arena_reset(l->scratch);
}

static void on_about(void *ctx, const struct aws_account *a, const struct aws_resource *r)
{
    collect_about(((struct live_scan *)ctx)->collect, account_of(a), r);
}

/* ---- lists that were not read ---- */

static bool failed(enum aws_end e)
{
    return e != AWS_END_WHOLE && e != AWS_END_CUT && e != AWS_END_ABSENT &&
           e != AWS_END_NOT_ENABLED;
}

/* What failed is a row until it was read: it can be found, opened and counted like others. */
static void show_cell(struct live_scan *l, const struct aws_account *a, const struct aws_cell *c)
{
    struct event ev = {.type = EV_RESOURCE_SEEN};
    bool bad = failed(c->result->end);
    const char *key = arena_printf(l->scratch, "aws-list:%s/%s/%s/%s", account_of(a), c->region,
                                   c->service_id, c->operation);

    if (!bad && !model_resource(&l->e->model, key))
        return;
    l->failed += bad;
    l->throttled = l->throttled || c->result->end == AWS_END_THROTTLED;
    ev.u.resource_seen = (struct ev_resource_seen){
        .key = key,
        .kind = "list",
        .name = c->operation,
        .status = bad ? aws_end_sentence(c->result->end) : "read",
        .detail = bad ? c->result->err.msg : "",
        .health = bad ? HEALTH_WARNING : HEALTH_OK,
        .value = NAN,
        .limit = NAN,
        .service = c->service_id,
        .region = c->region,
        .account = account_of(a),
        .id = c->operation,
    };
    inventory_show(l->e, &ev);
}

static void say(struct live_scan *l, enum inventory_step step, const char *why)
{
    struct ev_inventory_seen s = {.step = step,
                                  .scan = l->e->model.inventory.scan,
                                  .at_ms = l->e->model.inventory.at_ms,
                                  .resources = (int64_t)collect_count(l->collect),
                                  .failed = (int64_t)l->failed,
                                  .text = why};
    size_t done = 0, known = 0;

    if (l->survey)
        aws_survey_progress(l->survey, &done, &known);
    s.done = (int64_t)done;
    s.known = (int64_t)known;
    if (step == INVENTORY_KNOWN) {
        s.scan = l->outcome.scan;
        s.at_ms = l->ended_ms;
    }
    inventory_say(l->e, &s, step != INVENTORY_SCANNING);
}

static void on_cell(void *ctx, const struct aws_account *a, const struct aws_cell *c)
{
    struct live_scan *l = ctx;
    int64_t now = loop_now_ms(l->e->opts.loop);

    collect_cell(l->collect, account_of(a), c);
    show_cell(l, a, c);
    arena_reset(l->scratch);
    if (now - l->told_ms < PROGRESS_MS)
        return;
    l->told_ms = now;
    say(l, INVENTORY_SCANNING, "");
}

/* ---- the end ---- */

static struct inv_resource row_of(const struct resource *r)
{
    return (struct inv_resource){.account = r->cloud->account,
                                 .region = r->cloud->region,
                                 .service = r->cloud->service,
                                 .kind = r->kind,
                                 .id = r->cloud->id,
                                 .name = r->name,
                                 .state = "",
                                 .health = "",
                                 .created = "",
                                 .tags = r->cloud->tags};
}

/* Rows of places that were read whole and did not come are gone. */
static void show_gone(struct live_scan *l)
{
    const struct model *m = &l->e->model;

    for (size_t i = 0; i < m->resources.count; i++) {
        const struct resource *r = &m->resources.items[i];
        struct inv_resource gone;

        if (!r->cloud || r->seen_ms >= l->begun_ms || strncmp(r->key, "aws:", 4) != 0 ||
            strcmp(r->status, "gone") == 0 ||
            !collect_is_whole(l->collect, r->cloud->account, r->cloud->region, r->cloud->service))
            continue;
        gone = row_of(r);
        inventory_show_resource(l->e, &gone, r->seen_ms, l->ended_ms, true);
    }
}

/* Rows of what this scan found to be another. */
static void show_changed(struct live_scan *l)
{
    const struct model *m = &l->e->model;

    VEC_EACH (key, &l->changed) {
        const struct resource *r = model_resource(m, *key);
        struct event ev = {.type = EV_RESOURCE_SEEN};

        if (!r || !r->cloud || strcmp(r->status, "gone") == 0)
            continue;
        ev.u.resource_seen = (struct ev_resource_seen){.key = r->key,
                                                       .kind = r->kind,
                                                       .name = r->name,
                                                       .status = r->status,
                                                       .health = r->health,
                                                       .value = NAN,
                                                       .limit = NAN,
                                                       .service = r->cloud->service,
                                                       .region = r->cloud->region,
                                                       .account = r->cloud->account,
                                                       .id = r->cloud->id,
                                                       .tags = r->cloud->tags,
                                                       .seen_ms = r->seen_ms,
                                                       .changed_ms = l->ended_ms};
        inventory_show(l->e, &ev);
    }
}

static void live_free(struct live_scan *l)
{
    aws_survey_free(l->survey);
    collect_free(l->collect);
    VEC_EACH (key, &l->changed)
        free(*key);
    VEC_RELEASE(&l->changed);
    buf_release(&l->key);
    arena_free(l->scratch);
    free(l->path);
    free(l);
}

/* On a worker. */
static void note_changed(void *ctx, const struct inv_change *c)
{
    struct live_scan *l = ctx;

    if (strcmp(c->what, "added") == 0 || l->changed.count == CHANGED_MAX)
        return;
    inventory_key(&l->key, c->account, c->region, c->service, c->kind, c->id);
    if (!l->changed.count || strcmp(l->changed.items[l->changed.count - 1], buf_cstr(&l->key)) != 0)
        *VEC_PUSH(&l->changed) = xstrdup(buf_cstr(&l->key));
}

static void save(void *ctx)
{
    struct live_scan *l = ctx;
    struct err ignored = ERR_INIT;

    if (collect_save(l->collect, l->path, l->begun_ms, l->ended_ms, &l->outcome, &l->err))
        return;
    if (l->outcome.changed || l->outcome.gone)
        (void)inventory_diff(l->path, l->outcome.scan - 1, l->outcome.scan, note_changed, l,
                             &ignored);
}

static void on_saved(void *ctx, bool canceled)
{
    struct live_scan *l = ctx;

    l->job = 0;
    if (!canceled && !l->err.code) {
        show_gone(l);
        show_changed(l);
    }
    if (!canceled)
        say(l, l->err.code ? INVENTORY_FAILED : INVENTORY_KNOWN, l->err.msg);
    l->e->inventory->live = NULL;
    live_free(l);
}

static void on_done(void *ctx)
{
    struct live_scan *l = ctx;

    l->ended_ms = loop_wall_ms(l->e->opts.loop);
    l->e->inventory->throttled = l->throttled;
    l->job = loop_job(l->e->opts.loop, save, on_saved, l);
}

/* ---- the beginning ---- */

static bool has(const struct live_scan *l, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(l->services[i], id) == 0)
            return true;
    return false;
}

static size_t choose(struct live_scan *l, const struct aws_estate *estate)
{
    const struct model *m = &l->e->model;
    size_t n = 0;

    for (size_t i = 0; estate->scope && estate->scope[i] && n < SERVICES_MAX; i++)
        l->services[n++] = estate->scope[i];
    for (size_t i = 0; !estate->scope && i < m->resources.count && n < SERVICES_MAX; i++) {
        const struct resource_cloud *c = m->resources.items[i].cloud;

        if (c &&
            (!i || !m->resources.items[i - 1].cloud ||
             m->resources.items[i - 1].cloud->service != c->service) &&
            !has(l, n, c->service))
            l->services[n++] = c->service;
    }
    for (size_t i = 0; !n && i < sizeof(usual) / sizeof(usual[0]); i++)
        l->services[i] = usual[i];
    return n ? n : sizeof(usual) / sizeof(usual[0]);
}

bool inventory_scan(struct engine *e)
{
    static const struct aws_survey_callbacks callbacks = {on_resource, on_cell, on_done, on_about};
    struct aws_estate *estate = e->opts.tools ? e->opts.tools->aws : NULL;
    struct aws_survey_options o = {.estate = estate};
    struct inventory *inv;
    struct live_scan *l;
    struct err err = ERR_INIT;
    char *path = inventory_path_of(e);

    inv = estate && path ? inventory_get(e) : NULL;
    if (!inv || inv->live || inv->loading) {
        free(path);
        return inv != NULL;
    }
    l = xcalloc(1, sizeof(*l));
    l->e = e;
    l->path = path;
    l->collect = collect_new();
    l->scratch = arena_new(0);
    buf_init(&l->key, 8192);
    l->begun_ms = loop_wall_ms(e->opts.loop);
    l->err = (struct err)ERR_INIT;
    o.services = l->services;
    o.service_count = choose(l, estate);
    collect_scope(l->collect, "from the screen");
    inv->live = l;
    if (aws_survey_start(&o, &callbacks, l, &l->survey, &err)) {
        say(l, INVENTORY_FAILED, err.msg);
        inv->live = NULL;
        live_free(l);
        return true;
    }
    say(l, INVENTORY_SCANNING, "");
    return true;
}

/* ---- by itself ---- */

bool engine_watch_scope(struct engine *e)
{
    struct aws_estate *estate = e->opts.tools ? e->opts.tools->aws : NULL;

    if (!estate || !estate->scope || !estate->scope[0])
        return false;
    (void)inventory_scan(e);
    return true;
}

bool engine_inventory_busy(const struct engine *e)
{
    return e->inventory && (e->inventory->live || e->inventory->loading);
}

bool engine_inventory_throttled(const struct engine *e)
{
    return e->inventory && e->inventory->throttled;
}

void engine_say_watched(struct engine *e, const char *text)
{
    const struct model *m = &e->model;
    struct inventory *inv = inventory_get(e);

    if (strcmp(inv->watched, text) == 0)
        return;
    (void)snprintf(inv->watched, sizeof(inv->watched), "%s", text);
    inventory_say(e,
                  &(struct ev_inventory_seen){.step = m->inventory.step,
                                              .scan = m->inventory.scan,
                                              .at_ms = m->inventory.at_ms,
                                              .resources = m->inventory.resources,
                                              .done = m->inventory.done,
                                              .known = m->inventory.known,
                                              .failed = m->inventory.failed,
                                              .text = m->inventory.text},
                  false);
}

void inventory_live_free(struct engine *e)
{
    struct live_scan *l = e->inventory->live;

    if (!l)
        return;
    if (l->job)
        loop_job_drop(e->opts.loop, l->job);
    e->inventory->live = NULL;
    live_free(l);
}
