/* cmd_scan.c - "runbook scan": look at everything in AWS, keep it, and say what changed since. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/store/inventory.h"
#include "src/app/commands.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)1 << 30)
#define FIELD_WIDTH 60

char *inventory_path(struct app *app, struct err *err)
{
    const char *dir;

    if (app_state_dir(app, &dir, err) || dir_make(dir, err))
        return NULL;
    return path_join(dir, "inventory.db");
}

static const char *scope_text(struct gather *g)
{
    struct buf out = BUF_INIT(2000);
    const char *text;

    for (size_t i = 0; i < g->q->service_count && i < 20; i++)
        buf_addf(&out, "%s%s", i ? " " : "", g->q->services[i]);
    if (g->q->service_count > 20)
        buf_addf(&out, " and %zu more", g->q->service_count - 20);
    for (size_t i = 0; i < g->q->region_count && i < 40; i++)
        buf_addf(&out, "%s%s", i ? " " : " in ", g->q->regions[i]);
    text = arena_strdup(g->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

/* ---- the scan ---- */

/* Refused keys have no place; they are a failure all the same. */
static bool any_failed(const struct gather *g)
{
    VEC_EACH (c, &g->cells)
        if (cell_failed(c))
            return true;
    return false;
}

static int tell(struct gather *g, const struct inv_outcome *o)
{
    size_t spoiled, places = collect_places(g->q->collect, &spoiled);
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    char took[TIME_TEXT_MAX];
    int rc;

    duration_format(g->took_ms, took);
    if (g->run->app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.scan/1");
        json_put_int(&w, "scan", o->scan);
        json_put_int(&w, "resources", (int64_t)o->seen);
        json_put_int(&w, "added", (int64_t)o->added);
        json_put_int(&w, "changed", (int64_t)o->changed);
        json_put_int(&w, "gone", (int64_t)o->gone);
        json_put_int(&w, "places", (int64_t)places);
        json_put_int(&w, "places_not_whole", (int64_t)spoiled);
        json_put_int(&w, "requests", g->requests);
        json_put_int(&w, "took_ms", g->took_ms);
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else {
        buf_addf(&out, "Scan %lld: %zu resources in %s; %zu added, %zu changed, %zu gone\n",
                 (long long)o->scan, o->seen, took, o->added, o->changed, o->gone);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    if (!g->run->app->json) {
        resources_print_failures(g);
        resources_print_off(g);
    }
    if (spoiled && !g->run->app->json)
        fprintf(stderr,
                "runbook: %zu of %zu places were not read whole; what was there before stays\n",
                spoiled, places);
    if (*o->notice.text)
        fprintf(stderr, "runbook: %s\n", o->notice.text);
    return rc == EXIT_DONE && (spoiled || any_failed(g)) ? EXIT_FAILED : rc;
}

enum err_code scan_save(struct gather *g, struct inv_outcome *ret, struct err *err)
{
    struct app *app = g->run->app;
    int64_t ended_ms = app->clock->wall_ms(app->clock);
    char *path = inventory_path(app, err);
    enum err_code rc = path ? ERR_OK : err->code;

    collect_scope(g->q->collect, scope_text(g));
    if (!rc)
        rc = collect_save(g->q->collect, path, ended_ms - g->took_ms, ended_ms, ret, err);
    free(path);
    return rc;
}

static int keep(struct gather *g)
{
    struct inv_outcome outcome;
    struct err err = ERR_INIT;

    return scan_save(g, &outcome, &err) ? app_fail(&err) : tell(g, &outcome);
}

static enum err_code whole_services(const struct aws_choice *q, struct err *err)
{
    for (size_t i = 0; i < q->count; i++)
        if (aws_survey_kind(q->services[i]))
            return err_set(err, ERR_INPUT, "a scan looks at whole services: %.*s",
                           (int)(strchr(q->services[i], ':') - q->services[i]), q->services[i]);
    return ERR_OK;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *regions[RESOURCE_LIST_MAX], *accounts[RESOURCE_LIST_MAX];
    struct aws_choice choice = {.count = 0};
    struct aws_pick pick = {.names = accounts,
                            .count = resources_options(args, "account", accounts),
                            .all = true,
                            .scan = true,
                            .profile = args_get(args, "profile")};
    struct resource_query q = {
        .services = choice.services,
        .regions = regions,
        .region_count = resources_options(args, "region", regions),
    };
    struct aws_run r;
    struct gather g;
    struct err err = ERR_INIT;
    int rc;

    app->events = args_has(args, "events");
    app->json = app->json || app->events;
    if (aws_run_open(&r, app, &pick, &err) || resources_choose(&r, args, &choice, &err) ||
        whole_services(&choice, &err)) {
        aws_run_close(&r);
        return app_fail(&err);
    }
    q.service_count = choice.count;
    q.collect = collect_new();
    gather_init(&g, &r, &q);
    if (gather_run(&g, &err))
        rc = app_fail(&err);
    else
        rc = g.interrupted ? EXIT_INTERRUPTED : keep(&g);
    gather_release(&g);
    collect_free(q.collect);
    aws_run_close(&r);
    return rc;
}

/* ---- what was kept ---- */

struct printing {
    struct app *app;
    struct buf out;
    struct json_writer w;
    size_t count;
    struct aws_where *where; /* of show; NULL */
    struct arena *arena;     /* of one resource's JSON */
    size_t undecided;
    char why[ERR_MSG_MAX + 128];
};

static void begin(struct printing *p, struct app *app, const char *schema, const char *member)
{
    *p = (struct printing){.app = app, .out = BUF_INIT(OUT_MAX)};
    json_writer_init(&p->w, &p->out);
    if (!app->json)
        return;
    json_object_begin(&p->w);
    json_put_cstr(&p->w, "schema", schema);
    json_key(&p->w, member);
    json_array_begin(&p->w);
}

static int end(struct printing *p, enum err_code rc, const struct err *err, const char *none)
{
    int code;

    if (rc) {
        buf_release(&p->out);
        return app_fail(err);
    }
    if (p->app->json) {
        json_array_end(&p->w);
        json_object_end(&p->w);
        buf_addc(&p->out, '\n');
    } else if (!p->count) {
        buf_addf(&p->out, "%s\n", none);
    }
    code = app_print(buf_str(&p->out));
    buf_release(&p->out);
    return code;
}

static void on_scan(void *ctx, const struct inv_scan_row *row)
{
    struct printing *p = ctx;
    char when[TIME_TEXT_MAX];

    p->count++;
    if (p->app->json) {
        time_format_rfc3339(row->ended_ms, when);
        json_object_begin(&p->w);
        json_put_int(&p->w, "scan", row->scan);
        json_put_cstr(&p->w, "at", when);
        json_put_cstr(&p->w, "scope", row->scope);
        json_put_int(&p->w, "resources", (int64_t)row->seen);
        json_put_int(&p->w, "added", (int64_t)row->added);
        json_put_int(&p->w, "changed", (int64_t)row->changed);
        json_put_int(&p->w, "gone", (int64_t)row->gone);
        json_put_int(&p->w, "places_not_whole", (int64_t)row->failed);
        json_object_end(&p->w);
        return;
    }
    time_format_utc(row->ended_ms, when);
    buf_addf(&p->out, "%4lld  %s  %zu resources, %zu added, %zu changed, %zu gone",
             (long long)row->scan, when, row->seen, row->added, row->changed, row->gone);
    if (row->failed)
        buf_addf(&p->out, ", %zu places not whole", row->failed);
    buf_addf(&p->out, "  %s\n", row->scope);
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct printing p;
    struct err err = ERR_INIT;
    char *path = inventory_path(app, &err);
    enum err_code rc;

    (void)args;
    begin(&p, app, "runbook.scan.list/1", "scans");
    rc = path ? inventory_scans(path, on_scan, &p, &err) : err.code;
    free(path);
    return end(&p, rc, &err, "Nothing was scanned yet.");
}

static void put_short(struct printing *p, const char *s)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);

    text_sanitize(&clean, str_from(s), false, p->app->ascii);
    text_ellipsis(&p->out, buf_str(&clean), FIELD_WIDTH, p->app->ascii);
    buf_release(&clean);
}

static void on_change(void *ctx, const struct inv_change *c)
{
    struct printing *p = ctx;
    char when[TIME_TEXT_MAX];

    p->count++;
    if (p->app->json) {
        time_format_rfc3339(c->at_ms, when);
        json_object_begin(&p->w);
        json_put_int(&p->w, "scan", c->scan);
        json_put_cstr(&p->w, "at", when);
        json_put_cstr(&p->w, "what", c->what);
        json_put_cstr(&p->w, "service", c->service);
        json_put_cstr(&p->w, "kind", c->kind);
        json_put_cstr(&p->w, "id", c->id);
        json_put_cstr(&p->w, "name", *c->name ? c->name : NULL);
        json_put_cstr(&p->w, "region", c->region);
        json_put_cstr(&p->w, "account", c->account);
        json_put_cstr(&p->w, "field", *c->field ? c->field : NULL);
        json_put_cstr(&p->w, "before", *c->field ? c->before : NULL);
        json_put_cstr(&p->w, "after", *c->field ? c->after : NULL);
        json_object_end(&p->w);
        return;
    }
    buf_addf(&p->out, "%-8s %s:%s %s", c->what, c->service, c->kind, c->id);
    if (*c->name && strcmp(c->name, c->id) != 0)
        buf_addf(&p->out, " (%s)", c->name);
    buf_addf(&p->out, " %s %s", c->region, c->account);
    if (*c->field) {
        buf_addf(&p->out, "  %s: ", c->field);
        put_short(p, *c->before ? c->before : "-");
        buf_adds(&p->out, p->app->ascii ? " -> " : " → ");
        put_short(p, *c->after ? c->after : "-");
    }
    buf_addc(&p->out, '\n');
}

static int run_diff(struct app *app, const struct cmd_args *args)
{
    struct printing p;
    struct err err = ERR_INIT;
    char *path = inventory_path(app, &err);
    enum err_code rc;

    begin(&p, app, "runbook.scan.diff/1", "changes");
    rc = path ? inventory_diff(path, args_int(args, "after", -1), args_int(args, "upto", 0),
                               on_change, &p, &err)
              : err.code;
    free(path);
    return end(&p, rc, &err, "Nothing changed.");
}

static const struct value *parsed(struct printing *p, const char *json)
{
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;

    return *json && !json_parse(p->arena, str_from(json), &v, &ignored) ? v : NULL;
}

static bool where_fits(struct printing *p, const struct inv_resource *r)
{
    struct aws_where_row row = {.service = str_from(r->service),
                                .kind = str_from(r->kind),
                                .id = str_from(r->id),
                                .name = str_from(r->name),
                                .arn = str_from(r->arn),
                                .state = str_from(r->state),
                                .health = str_from(r->health),
                                .region = str_from(r->region),
                                .account = str_from(r->account),
                                .number = str_from(r->account),
                                .created = str_from(r->created)};
    struct err err = ERR_INIT;
    enum aws_fit fit;

    if (!p->where)
        return true;
    arena_reset(p->arena);
    row.tags = aws_where_uses_tags(p->where) ? parsed(p, r->tags) : NULL;
    fit = aws_where_holds(p->where, &row, &err);
    if (fit == AWS_FIT_UNDECIDED && !p->undecided++)
        (void)snprintf(p->why, sizeof(p->why), "%s: %s", r->id, err.msg);
    return fit == AWS_FIT_YES;
}

static void on_kept(void *ctx, const struct inv_kept *k)
{
    struct printing *p = ctx;
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], gone[TIME_TEXT_MAX];
    const struct inv_resource *r = &k->r;

    if (!where_fits(p, r))
        return;
    p->count++;
    time_format_rfc3339(k->first_ms, first);
    time_format_rfc3339(k->last_ms, last);
    time_format_rfc3339(k->gone_ms, gone);
    if (p->app->json) {
        json_object_begin(&p->w);
        json_put_cstr(&p->w, "service", r->service);
        json_put_cstr(&p->w, "kind", r->kind);
        json_put_cstr(&p->w, "id", r->id);
        json_put_cstr(&p->w, "name", *r->name ? r->name : NULL);
        json_put_cstr(&p->w, "arn", *r->arn ? r->arn : NULL);
        json_put_cstr(&p->w, "state", *r->state ? r->state : NULL);
        json_put_cstr(&p->w, "health", r->health);
        json_put_cstr(&p->w, "region", r->region);
        json_put_cstr(&p->w, "account", r->account);
        json_put_cstr(&p->w, "first_seen", first);
        json_put_cstr(&p->w, "last_seen", last);
        json_put_cstr(&p->w, "gone", k->gone_ms ? gone : NULL);
        json_key(&p->w, "tags");
        json_raw(&p->w, *r->tags ? str_from(r->tags) : STR_LIT("{}"));
        json_object_end(&p->w);
        return;
    }
    buf_addf(&p->out, "%s:%s %s  %s  %s  %s  %s  seen %.10s to %.10s%s%.10s\n", r->service, r->kind,
             r->id, strcmp(r->name, r->id) == 0 ? "" : r->name, r->state, r->region, r->account,
             first, last, k->gone_ms ? ", gone " : "", k->gone_ms ? gone : "");
}

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct printing p;
    struct aws_where *where;
    struct err err = ERR_INIT;
    enum err_code rc;
    char *path;
    int code;

    if (resources_where(args, &where, &err))
        return app_fail(&err);
    if (where && aws_where_uses_record(where)) {
        aws_where_free(where);
        err_set(&err, ERR_INPUT,
                "--where: record.PATH is only known to resources, which asks AWS for it");
        return app_fail(&err);
    }
    path = inventory_path(app, &err);
    begin(&p, app, "runbook.scan.show/1", "resources");
    p.where = where;
    p.arena = arena_new(0);
    rc = path ? inventory_list(path, args_has(args, "gone"), on_kept, &p, &err) : err.code;
    free(path);
    code = end(&p, rc, &err, where ? "Nothing of the kind was there." : "Nothing was scanned yet.");
    resources_print_undecided(p.undecided, p.why);
    arena_free(p.arena);
    aws_where_free(where);
    return code == EXIT_DONE && p.undecided ? EXIT_FAILED : code;
}

static const struct cmd_def list_def = {
    .name = "list", .help = "List the scans that were kept.", .run = run_list};

static const struct cmd_def diff_def = {
    .name = "diff",
    .help = "Say what changed between scans: added, changed, gone, back.",
    .opts = (const struct opt_def[]){{"after", 0, ARG_INT, .value = "SCAN", .min = 0, .max = 1e9,
                                      .help = "What came after this scan; without it what the last "
                                              "one found."},
                                     {"upto", 0, ARG_INT, .value = "SCAN", .min = 1, .max = 1e9,
                                      .help = "Up to this scan; the last when not given."},
                                     {NULL}},
    .run = run_diff,
};

static const struct cmd_def show_def = {
    .name = "show",
    .help = "List what was there at the last look, without asking AWS.",
    .opts = (const struct opt_def[]){{"gone", 0, ARG_NONE, .help = "Also what is gone."},
                                     {"where", 'w', ARG_TEXT, .value = "EXPR",
                                      .help = "Only what this condition holds for; see resources."},
                                     {NULL}},
    .run = run_show,
};

static const struct opt_def opts[] = {
    {"service", 's', ARG_TEXT, .repeat = true, .value = "SERVICE", .help = "Look at this service."},
    {"category", 0, ARG_TEXT, .repeat = true, .value = "CATEGORY",
     .help = "Look at the services of a category, such as database."},
    {"all", 0, ARG_NONE, .help = "Look at every service."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; all: in every one that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "Only this account of services.yaml; all of them when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {"events", 0, ARG_NONE, .help = "Tell how far it is, one JSON object a line, the result last."},
    {NULL},
};

const struct cmd_def cmd_scan_def = {
    .name = "scan",
    .help = "Look at what is there in AWS, keep it, and say what changed since the last time.",
    .details =
        "It asks what resources asks and keeps the answer in inventory.db of the state folder: "
        "when "
        "each resource was first and last seen, and what changed of its name, state and tags. A "
        "resource is gone when its service was read whole in its region and it was not there; "
        "where a list was denied or failed, what was there before stays.",
    .opts = opts,
    .subs = (const struct cmd_def *const[]){&diff_def, &list_def, &show_def, NULL},
    .run = run,
    .examples = "runbook scan --all --region all\n"
                "runbook scan diff\n"
                "runbook scan show --gone --json",
};
