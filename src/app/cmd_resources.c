/* cmd_resources.c - "runbook resources": what is there in AWS, over services, regions and accounts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "src/app/commands.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)1 << 30)
#define WHY_SHOWN 12

static const char *const healths[] = {"unknown", "ok", "changing", "off", "bad", NULL};

/* ---- what is asked for ---- */

size_t resources_options(const struct cmd_args *args, const char *name, const char **out)
{
    size_t n = 0;

    for (size_t i = 0; i < args_count(args, name) && n < RESOURCE_LIST_MAX; i++)
        out[n++] = args_at(args, name, i);
    return n;
}

/* Services that are named, of a category, or all. */
enum err_code resources_choose(struct aws_run *r, const struct cmd_args *args,
                               struct aws_choice *ret, struct err *err)
{
    for (size_t i = 0; i < args_count(args, "service"); i++)
        if (aws_choose_service(r->estate, ret, args_at(args, "service", i), err)) {
            err->code = ERR_INPUT; /* a name that is none was typed */
            return err_wrap(err, "--service");
        }
    for (size_t i = 0; i < args_count(args, "category"); i++)
        if (aws_choose_category(r->estate, ret, args_at(args, "category", i), err))
            return err->code;
    if (args_has(args, "all"))
        aws_choose_all(r->estate, ret);
    return ret->count ? ERR_OK
                      : err_set(err, ERR_INPUT,
                                "say what to look for: --service ec2, --category database, or "
                                "--all");
}

/* ---- what came ---- */

static void put_row_json(struct json_writer *w, const struct resource_row *r)
{
    json_object_begin(w);
    json_put_cstr(w, "service", r->service);
    json_put_cstr(w, "kind", r->kind);
    json_put_cstr(w, "id", r->id);
    json_put_cstr(w, "name", *r->name ? r->name : NULL);
    json_put_cstr(w, "arn", *r->arn ? r->arn : NULL);
    json_put_cstr(w, "state", *r->state ? r->state : NULL);
    json_put_cstr(w, "health", aws_health_name(r->health));
    json_put_cstr(w, "region", r->region);
    json_put_cstr(w, "account", r->account);
    json_put_cstr(w, "account_id", *r->number ? r->number : NULL);
    json_put_cstr(w, "created", *r->created ? r->created : NULL);
    json_key(w, "tags");
    json_raw(w, *r->tags ? str_from(r->tags) : STR_LIT("{}"));
    if (r->item) {
        json_key(w, "record");
        json_raw(w, *r->item ? str_from(r->item) : STR_LIT("null"));
    }
    json_object_end(w);
}

static void put_cell_json(struct json_writer *w, const struct resource_cell *c)
{
    json_object_begin(w);
    json_put_cstr(w, "service", c->service);
    json_put_cstr(w, "operation", c->operation);
    json_put_cstr(w, "region", c->region);
    json_put_cstr(w, "account", c->account);
    json_put_cstr(w, "end", aws_end_name(c->end));
    json_put_cstr(w, "code", *c->code ? c->code : NULL);
    json_put_cstr(w, "error", *c->why ? c->why : NULL);
    json_put_int(w, "resources", (int64_t)c->resources);
    json_put_int(w, "pages", c->pages);
    json_put_int(w, "requests", c->requests);
    json_put_int(w, "retries", c->retries);
    json_object_end(w);
}

static size_t failures(const struct gather *g)
{
    size_t n = 0;

    VEC_EACH (c, &g->cells)
        n += cell_failed(c);
    return n;
}

static void print_json(const struct gather *g, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.resources/1");
    json_put_bool(&w, "interrupted", g->interrupted);
    json_put_int(&w, "took_ms", g->took_ms);
    json_put_int(&w, "requests", g->requests);
    json_put_int(&w, "retries", g->retries);
    json_put_int(&w, "failed", (int64_t)failures(g));
    if (g->q->filter.where) {
        json_put_int(&w, "undecided", (int64_t)g->undecided);
        json_put_cstr(&w, "undecided_why", g->undecided ? g->why_undecided : NULL);
    }
    json_key(&w, "resources");
    json_array_begin(&w);
    VEC_EACH (r, &g->rows)
        put_row_json(&w, r);
    json_array_end(&w);
    json_key(&w, "cells");
    json_array_begin(&w);
    VEC_EACH (c, &g->cells)
        put_cell_json(&w, c);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

/* RFC 4180; what a spreadsheet would take for a formula gets a quote before it. */
static void put_field(struct buf *out, const char *s, bool last)
{
    bool formula = *s && strchr("=+-@", *s) && strlen(s) > 1;

    buf_addc(out, '"');
    if (formula)
        buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_adds(out, last ? "\"\r\n" : "\",");
}

static void print_csv(const struct gather *g, struct buf *out)
{
    buf_adds(out,
             "service,kind,id,name,state,health,region,account,account_id,arn,created,tags\r\n");
    VEC_EACH (r, &g->rows) {
        put_field(out, r->service, false);
        put_field(out, r->kind, false);
        put_field(out, r->id, false);
        put_field(out, r->name, false);
        put_field(out, r->state, false);
        put_field(out, aws_health_name(r->health), false);
        put_field(out, r->region, false);
        put_field(out, r->account, false);
        put_field(out, r->number, false);
        put_field(out, r->arn, false);
        put_field(out, r->created, false);
        put_field(out, r->tags, true);
    }
}

struct widths {
    int kind, id, name, state, region;
};

static void widen(int *w, const char *s, int most)
{
    int n = text_width(str_from(s));

    if (n > *w)
        *w = n < most ? n : most;
}

static void put_cell(struct buf *out, const char *s, int width, bool ascii)
{
    size_t before = out->len;

    text_ellipsis(out, str_from(s), width, ascii);
    for (int n = text_width((struct str){out->ptr + before, out->len - before}); n < width + 1; n++)
        buf_addc(out, ' ');
}

static void print_rows(const struct gather *g, struct buf *out)
{
    struct widths w = {4, 2, 4, 5, 6};
    bool ascii = g->run->app->ascii, accounts = g->run->estate->accounts.count > 1;

    VEC_EACH (r, &g->rows) {
        int kind = (int)(strlen(r->service) + strlen(r->kind)) + 1;

        w.kind = kind > w.kind ? kind : w.kind;
        widen(&w.id, r->id, 44);
        widen(&w.name, r->name, 36);
        widen(&w.state, r->state, 24);
        widen(&w.region, r->region, 20);
    }
    VEC_EACH (r, &g->rows) {
        char kind[128];

        (void)snprintf(kind, sizeof(kind), "%s:%s", r->service, r->kind);
        put_cell(out, kind, w.kind, ascii);
        put_cell(out, r->id, w.id, ascii);
        put_cell(out, strcmp(r->name, r->id) == 0 ? "" : r->name, w.name, ascii);
        put_cell(out, r->state, w.state, ascii);
        put_cell(out, r->region, w.region, ascii);
        if (accounts)
            buf_adds(out, r->account);
        while (out->len && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_addc(out, '\n');
    }
}

/* Lists that failed in the same way are one line. */
void resources_print_failures(const struct gather *g)
{
    const struct resource_cell *last = NULL;
    size_t same = 0, shown = 0, lines = 0;

    for (size_t i = 0; i <= g->cells.count; i++) {
        const struct resource_cell *c = i < g->cells.count ? &g->cells.items[i] : NULL;

        if (c && !cell_failed(c))
            continue;
        if (c && last && strcmp(c->service, last->service) == 0 && c->end == last->end &&
            strcmp(c->account, last->account) == 0 && strcmp(c->code, last->code) == 0) {
            same++;
            continue;
        }
        if (last && lines++ < WHY_SHOWN) {
            fprintf(stderr, "runbook: %s: %s %s%s%s: %s", aws_end_sentence(last->end),
                    last->service, last->operation, *last->region ? " in " : "", last->region,
                    last->why);
            fprintf(stderr, same ? " (and %zu more like it)\n" : "\n", same);
            shown += same + 1;
        }
        last = c;
        same = 0;
    }
    if (failures(g) > shown)
        fprintf(stderr, "runbook: %zu more failed; --json lists every one\n", failures(g) - shown);
}

void resources_print_undecided(size_t count, const char *why)
{
    if (count)
        fprintf(stderr,
                "runbook: --where cannot be decided for %zu resource%s, which %s left out; "
                "%s\n",
                count, count == 1 ? "" : "s", count == 1 ? "is" : "are", why);
}

enum err_code resources_where(const struct cmd_args *args, struct aws_where **ret, struct err *err)
{
    const char *text = args_get(args, "where");

    *ret = NULL;
    if (text && aws_where_new(str_from(text), ret, err))
        return err_wrap(err, "--where");
    return ERR_OK;
}

static bool said_before(const struct gather *g, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(g->cells.items[i].service, g->cells.items[at].service) == 0 &&
            strcmp(g->cells.items[i].off, g->cells.items[at].off) == 0)
            return true;
    return false;
}

/* "health, support: no support plan that answers". */
void resources_print_off(const struct gather *g)
{
    for (size_t i = 0; i < g->cells.count; i++) {
        const struct resource_cell *c = &g->cells.items[i];
        bool first = *c->off && !said_before(g, i);

        for (size_t k = 0; first && k < i; k++)
            first = strcmp(g->cells.items[k].off, c->off) != 0;
        if (!first)
            continue;
        fprintf(stderr, "runbook: %s", c->service);
        for (size_t k = i + 1; k < g->cells.count; k++)
            if (strcmp(g->cells.items[k].off, c->off) == 0 && !said_before(g, k))
                fprintf(stderr, ", %s", g->cells.items[k].service);
        fprintf(stderr, ": %s\n", c->off);
    }
}

static void print_summary(const struct gather *g)
{
    char took[TIME_TEXT_MAX];
    size_t absent = 0, off = 0;

    VEC_EACH (c, &g->cells) {
        absent += c->end == AWS_END_ABSENT;
        off += c->end == AWS_END_NOT_ENABLED;
    }
    duration_format(g->took_ms, took);
    fprintf(stderr, "%zu resources, %zu lists in %s, %u requests", g->rows.count, g->cells.count,
            took, g->requests);
    if (g->retries)
        fprintf(stderr, ", %u repeated", g->retries);
    if (absent)
        fprintf(stderr, ", %zu not in their region", absent);
    if (off)
        fprintf(stderr, ", %zu switched off", off);
    fprintf(stderr, failures(g) ? ", %zu failed\n" : "\n", failures(g));
}

static int report(const struct gather *g, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (g->run->app->json)
        print_json(g, &out);
    else if (args_has(args, "csv"))
        print_csv(g, &out);
    else
        print_rows(g, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    if (!g->run->app->json) {
        resources_print_failures(g);
        resources_print_off(g);
        resources_print_undecided(g->undecided, g->why_undecided);
        print_summary(g);
    }
    if (g->interrupted)
        return EXIT_INTERRUPTED;
    return rc == EXIT_DONE && (failures(g) || g->undecided) ? EXIT_FAILED : rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *regions[RESOURCE_LIST_MAX], *tags[RESOURCE_LIST_MAX], *accounts[RESOURCE_LIST_MAX];
    struct aws_choice choice = {.count = 0};
    struct aws_pick pick = {.names = accounts,
                            .count = resources_options(args, "account", accounts),
                            .all = true,
                            .scan = true,
                            .profile = args_get(args, "profile")};
    struct resource_query q = {.services = choice.services,
                               .regions = regions,
                               .region_count = resources_options(args, "region", regions),
                               .filter = {.tags = tags,
                                          .tag_count = resources_options(args, "tag", tags),
                                          .match = args_get(args, "match"),
                                          .health = args_get(args, "health")},
                               .keep_items = args_has(args, "full")};
    struct aws_run r;
    struct gather g = {0};
    struct err err = ERR_INIT;
    int rc;

    if (resources_where(args, &q.filter.where, &err))
        return app_fail(&err);
    if (aws_run_open(&r, app, &pick, &err) || resources_choose(&r, args, &choice, &err)) {
        aws_run_close(&r);
        aws_where_free(q.filter.where);
        return app_fail(&err);
    }
    q.service_count = choice.count;
    gather_init(&g, &r, &q);
    rc = gather_run(&g, &err) ? app_fail(&err) : report(&g, args);
    gather_release(&g);
    aws_where_free(q.filter.where);
    aws_run_close(&r);
    return rc;
}

static const struct opt_def opts[] = {
    {"service", 's', ARG_TEXT, .repeat = true, .value = "SERVICE",
     .help = "Look at this service, or at one kind of it: ec2, ec2:instance."},
    {"category", 0, ARG_TEXT, .repeat = true, .value = "CATEGORY",
     .help = "Look at the services of a category, such as database."},
    {"all", 0, ARG_NONE, .help = "Look at every service."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; all: in every one that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "Only this account of services.yaml; all of them when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {"tag", 't', ARG_TEXT, .repeat = true, .value = "KEY[=VALUE]",
     .help = "Only what has this tag; several must all be there."},
    {"match", 'm', ARG_TEXT, .value = "TEXT",
     .help = "Only what has this text in its id, name or ARN."},
    {"health", 0, ARG_CHOICE, .value = "HEALTH", .choices = healths,
     .help = "Only what is in this state."},
    {"where", 'w', ARG_TEXT, .value = "EXPR",
     .help = "Only what this condition holds for, such as 'state == \"stopped\"'."},
    {"csv", 0, ARG_NONE, .help = "Write CSV."},
    {"full", 0, ARG_NONE, .help = "With --json: the whole record of each resource, too."},
    {.name = NULL},
};

const struct cmd_def cmd_resources_def = {
    .name = "resources",
    .help = "List what is there in AWS, over services, regions and accounts.",
    .details =
        "Everything is asked at once, and only what reads. Accounts are those of services.yaml "
        "(aws.accounts: a profile, or a role with an external id); without any the environment's "
        "keys. Regions are --region, else the account's, else the environment's. What was denied, "
        "throttled or not reached is named, and the exit code is then 1; a service that is not in "
        "a region or is switched off is counted only. Ctrl-C prints what has come. --where "
        "compares "
        "service, kind, id, name, arn, state, health, region, account, account_id, created, "
        "tags.KEY and record.PATH with ==, !=, <, >, in, exists, and, or, not.",
    .opts = opts,
    .run = run,
    .examples = "runbook resources --service ec2:instance --region eu-west-1\n"
                "runbook resources --category database --region all --health bad\n"
                "runbook resources --all --tag team=payments --json\n"
                "runbook resources --service ec2:instance --where 'state != \"running\" and "
                "tags.env in [\"prod\"]'",
};
