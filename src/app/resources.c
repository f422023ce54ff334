/* resources.c - see resources.h. */
#include "src/app/resources.h"
#include "src/app/accounts_record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"

#define ITEM_MAX ((size_t)4 << 20)
#define PROGRESS_MS 100

bool cell_failed(const struct resource_cell *c)
{
    return c->end != AWS_END_WHOLE && c->end != AWS_END_CUT && c->end != AWS_END_ABSENT &&
           c->end != AWS_END_NOT_ENABLED;
}

/* ---- rows ---- */

static const char *keep(struct gather *g, struct str s)
{
    struct buf clean = BUF_INIT(s.len * 12 + 16);
    const char *kept;

    text_sanitize(&clean, s, false, g->run->app->ascii);
    kept = arena_strdup(g->arena, buf_cstr(&clean));
    buf_release(&clean);
    return kept;
}

static const char *keep_json(struct gather *g, const struct value *v)
{
    struct buf out = BUF_INIT(ITEM_MAX);
    struct json_writer w;
    const char *kept;

    if (!v)
        return "";
    json_writer_init(&w, &out);
    json_value(&w, v);
    kept = out.full ? "" : arena_strdup(g->arena, buf_cstr(&out));
    buf_release(&out);
    return kept;
}

static bool fits(struct gather *g, const struct aws_account *a, const struct aws_resource *r)
{
    struct aws_where_row row = aws_survey_row(a, r);
    struct err err = ERR_INIT;
    enum aws_fit fit = aws_filter_fits(&g->q->filter, &row, &err);

    if (fit == AWS_FIT_UNDECIDED && !g->undecided++)
        (void)snprintf(g->why_undecided, sizeof(g->why_undecided), "%.*s: %s", STR_FMT(r->id),
                       err.msg);
    return fit == AWS_FIT_YES;
}

static const char *account_number(const struct aws_account *a)
{
    return *a->number ? a->number : a->name;
}

static void on_about(void *ctx, const struct aws_account *a, const struct aws_resource *r)
{
    struct gather *g = ctx;

    collect_about(g->q->collect, account_number(a), r);
}

static void on_resource(void *ctx, const struct aws_account *a, const struct aws_resource *r)
{
    struct gather *g = ctx;

    if (g->q->collect) {
        collect_resource(g->q->collect, account_number(a), r);
        return;
    }
    if (!fits(g, a, r))
        return;
    *VEC_PUSH(&g->rows) = (struct resource_row){
        .service = r->service->id.ptr,
        .kind = r->list->resource.ptr,
        .id = keep(g, r->id),
        .name = keep(g, r->name),
        .arn = keep(g, r->arn),
        .state = keep(g, r->state),
        .region = strcmp(r->region, "global") == 0 ? "global" : keep(g, str_from(r->region)),
        .created = keep(g, r->created),
        .account = a->name,
        .number = a->number,
        .tags = keep_json(g, r->tags),
        .item = g->q->keep_items ? keep_json(g, r->item) : NULL,
        .health = aws_health_of(r->state),
    };
}

static void add_cell(struct gather *g, const struct aws_account *a, const struct aws_cell *c)
{
    const struct aws_result *r = c->result;

    *VEC_PUSH(&g->cells) = (struct resource_cell){
        .service = arena_strdup(g->arena, c->service_id),
        .operation = arena_strdup(g->arena, c->operation),
        .region = arena_strdup(g->arena, c->region),
        .account = a->name,
        .end = r->end,
        .code = arena_strdup(g->arena, r->code),
        .why = r->err.code ? arena_strdup(g->arena, r->err.msg) : "",
        .off = r->end == AWS_END_NOT_ENABLED && c->service && c->service->off.len
                   ? arena_str(g->arena, c->service->off)
                   : "",
        .resources = c->resources,
        .pages = r->pages,
        .requests = r->requests,
        .retries = r->retries,
    };
    g->requests += r->requests;
    g->retries += r->retries;
}

/* ---- progress ---- */

static void show_progress(struct gather *g)
{
    size_t done = 0, known = 0, failed = 0;
    int64_t now = loop_now_ms(g->run->loop);

    size_t resources = g->q->collect ? collect_count(g->q->collect) : g->rows.count;

    if (!(g->progress || events_wanted(g->run->app)) || now - g->shown_ms < PROGRESS_MS)
        return;
    g->shown_ms = now;
    aws_survey_progress(g->survey, &done, &known);
    VEC_EACH (c, &g->cells)
        failed += cell_failed(c);
    if (events_wanted(g->run->app)) {
        events_progress(g->run->app, done, known, resources, failed);
        return;
    }
    fprintf(stderr, "\r%zu of %zu lists, %zu resources, %zu failed ", done, known, resources,
            failed);
    (void)fflush(stderr);
}

static void on_cell(void *ctx, const struct aws_account *a, const struct aws_cell *c)
{
    struct gather *g = ctx;

    if (g->q->collect)
        collect_cell(g->q->collect, account_number(a), c);
    add_cell(g, a, c);
    show_progress(g);
}

static void on_done(void *ctx)
{
    struct gather *g = ctx;

    g->done = true;
}

static void on_interrupt(void *ctx, int signo)
{
    struct gather *g = ctx;

    (void)signo;
    g->interrupted = true;
    aws_survey_cancel(g->survey);
}

/* ---- the whole ---- */

static int by_place(const void *a, const void *b)
{
    const struct resource_row *x = a, *y = b;
    const char *pairs[][2] = {{x->service, y->service}, {x->kind, y->kind}, {x->region, y->region},
                              {x->account, y->account}, {x->name, y->name}, {x->id, y->id}};
    int c = 0;

    for (size_t i = 0; !c && i < sizeof(pairs) / sizeof(pairs[0]); i++)
        c = strcmp(pairs[i][0], pairs[i][1]);
    return c;
}

static int by_cell(const void *a, const void *b)
{
    const struct resource_cell *x = a, *y = b;
    int c = strcmp(x->account, y->account);

    if (!c)
        c = strcmp(x->service, y->service);
    if (!c)
        c = strcmp(x->operation, y->operation);
    return c ? c : strcmp(x->region, y->region);
}

/* RDS also lists what is DocumentDB's and Neptune's: the one that says more stays. */
static void drop_doubles(struct gather *g)
{
    struct map *seen = map_new();
    size_t kept = 0;

    VEC_EACH (r, &g->rows)
        if (*r->arn && strcmp(r->service, "rds") != 0)
            map_set_c(seen, r->arn, r);
    for (size_t i = 0; i < g->rows.count; i++) {
        const struct resource_row *r = &g->rows.items[i];

        if (strcmp(r->service, "rds") != 0 || !*r->arn || !map_get_c(seen, r->arn))
            g->rows.items[kept++] = g->rows.items[i];
    }
    g->rows.count = kept;
    map_free(seen);
}

void gather_init(struct gather *g, struct aws_run *run, const struct resource_query *q)
{
    *g = (struct gather){.run = run, .q = q};
    g->arena = arena_new(0);
    g->progress = isatty(STDERR_FILENO) && !run->app->json;
}

enum err_code gather_run(struct gather *g, struct err *err)
{
    struct aws_survey_callbacks callbacks = {on_resource, on_cell, on_done,
                                             g->q->collect ? on_about : NULL};
    struct aws_run *run = g->run;
    struct aws_survey_options o = {.estate = run->estate,
                                   .services = g->q->services,
                                   .service_count = g->q->service_count,
                                   .regions = g->q->regions,
                                   .region_count = g->q->region_count};

    g->begun_ms = loop_now_ms(run->loop);
    if (aws_survey_start(&o, &callbacks, g, &g->survey, err))
        return err->code;
    (void)loop_signal(run->loop, SIGINT, on_interrupt, g);
    while (!g->done && loop_turn(run->loop, true))
        ;
    if (g->progress)
        fprintf(stderr, "\r%-60s\r", "");
    drop_doubles(g);
    if (g->rows.count)
        qsort(g->rows.items, g->rows.count, sizeof(*g->rows.items), by_place);
    if (g->cells.count)
        qsort(g->cells.items, g->cells.count, sizeof(*g->cells.items), by_cell);
    g->took_ms = loop_now_ms(run->loop) - g->begun_ms;
    return ERR_OK;
}

void gather_release(struct gather *g)
{
    aws_survey_free(g->survey);
    VEC_RELEASE(&g->rows);
    VEC_RELEASE(&g->cells);
    arena_free(g->arena);
}
