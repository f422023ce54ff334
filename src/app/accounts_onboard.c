/* accounts_onboard.c - see accounts.h. Each stage is a function that fills a line of what it came
 * to, or an error, which ends the chain. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/regions.h"
#include "runbook/store/inventory.h"
#include "src/app/accounts.h"
#include "src/app/accounts_record.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)1 << 20)
#define FILE_MAX ((size_t)1 << 20)
#define MISSING_SHOWN 40

struct chain {
    const struct onboarding *o;
    struct aws_run run;
    struct arena *arena;
    struct aws_account *account;
    const char *regions[AWS_REGIONS_MAX];
    size_t region_count;
    struct aws_choice scanned, found, chosen;
    struct gather gather;
    struct resource_query q;
    const char *missing[MISSING_SHOWN];
    size_t missing_count, lists_read;
    struct inv_outcome outcome;
    struct buf said, json;
    struct json_writer w;
    struct account_identity who;
    struct err err; /* of the stage under way */
    bool waiting;
};

static void wait_for(struct chain *c)
{
    c->waiting = true;
    while (c->waiting && loop_turn(c->run.loop, true))
        ;
}

/* ---- 1: who ---- */

/* The first call takes the role on: keys come before it. */
static enum err_code take_role(struct chain *c)
{
    if (!account_identity_ask(&c->run, c->account, c->arena, &c->who, &c->err))
        buf_addf(&c->said, "account %s", c->account->number);
    return c->err.code;
}

/* ---- 2: permissions ---- */

/* One list of each of those that matter most. Source: A-03. */
static const char *const tried[] = {"ec2:instance",   "lambda:function",     "s3:bucket",
                                    "rds:instance",   "eks:cluster",         "iam:role",
                                    "dynamodb:table", "ecs:cluster",         "elasticache:cluster",
                                    "ec2:vpc",        "elbv2:load-balancer", "route53:hosted-zone"};

static void note_missing(struct chain *c, const struct gather *g)
{
    VEC_EACH (cell, &g->cells) {
        const struct aws_service *s;
        struct err ignored = ERR_INIT;
        char action[AWS_ACTION_MAX];
        bool there = false;

        c->lists_read += !cell_failed(cell);
        if (cell->end != AWS_END_DENIED ||
            aws_catalogue_get(c->run.catalogue, str_from(cell->service), &s, &ignored))
            continue;
        aws_action_name(s, str_from(cell->operation), action);
        for (size_t i = 0; i < c->missing_count; i++)
            there = there || strcmp(c->missing[i], action) == 0;
        if (!there && c->missing_count < MISSING_SHOWN)
            c->missing[c->missing_count++] = arena_strdup(c->arena, action);
    }
}

static void say_missing(const struct chain *c, struct buf *out)
{
    for (size_t i = 0; i < c->missing_count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", c->missing[i]);
}

static enum err_code check_permissions(struct chain *c)
{
    const char *region = aws_account_region(c->account);
    struct resource_query q = {.services = tried,
                               .service_count = sizeof(tried) / sizeof(tried[0]),
                               .regions = &region,
                               .region_count = 1};
    struct gather g;
    struct buf missing = BUF_INIT(FILE_MAX);

    if (!region)
        region = "us-east-1";
    gather_init(&g, &c->run, &q);
    if (!gather_run(&g, &c->err)) {
        note_missing(c, &g);
        say_missing(c, &missing);
        if (g.interrupted)
            err_set(&c->err, ERR_CANCELED, "interrupted");
        else if (!c->lists_read && c->missing_count)
            err_set(&c->err, ERR_DENIED, "nothing is permitted; it needs %.400s",
                    buf_cstr(&missing));
        else if (!c->lists_read)
            err_set(&c->err, ERR_REMOTE, "nothing could be read: %.300s",
                    g.cells.count ? g.cells.items[0].why : "no answer");
        else
            buf_addf(&c->said, "%zu lists can be read%s%s", c->lists_read,
                     c->missing_count ? "; missing: " : "", buf_cstr(&missing));
    }
    gather_release(&g);
    buf_release(&missing);
    return c->err.code;
}

/* ---- 3: regions ---- */

static void on_regions(void *ctx, const char *const *regions, size_t count,
                       const struct aws_result *r)
{
    struct chain *c = ctx;

    c->waiting = false;
    for (size_t i = 0; i < count; i++)
        c->regions[c->region_count++] = arena_strdup(c->arena, regions[i]);
    if (!count && r->end == AWS_END_DENIED)
        err_set(&c->err, ERR_DENIED,
                "%.300s; it needs ec2:DescribeRegions, or name regions with --region", r->err.msg);
    else if (!count)
        c->err = r->err;
    if (!count && !c->err.code)
        err_set(&c->err, ERR_REMOTE, "no region is switched on; name some with --region");
}

static enum err_code find_regions(struct chain *c)
{
    const struct new_account *a = &c->o->account;
    struct aws_regions *q;

    for (size_t i = 0; i < a->region_count && i < AWS_REGIONS_MAX; i++)
        c->regions[c->region_count++] = a->regions[i];
    if (!a->region_count) {
        q = aws_regions_ask(c->account->client, c->run.catalogue, aws_account_region(c->account),
                            on_regions, c);
        wait_for(c);
        aws_regions_free(q);
    }
    for (size_t i = 0; i < c->region_count; i++)
        buf_addf(&c->said, "%s%s", i ? ", " : "", c->regions[i]);
    return c->err.code;
}

/* ---- 4, 5: what is there ---- */

static enum err_code scan(struct chain *c)
{
    size_t failed = 0;

    for (size_t i = 0; i < aws_catalogue_count(c->run.catalogue); i++)
        if (c->scanned.count < AWS_CHOICE_MAX)
            c->scanned.services[c->scanned.count++] = aws_catalogue_entry(c->run.catalogue, i)->id;
    c->q = (struct resource_query){.services = c->scanned.services,
                                   .service_count = c->scanned.count,
                                   .regions = c->regions,
                                   .region_count = c->region_count,
                                   .collect = collect_new()};
    if (gather_run(&c->gather, &c->err))
        return c->err.code;
    if (c->gather.interrupted)
        return err_set(&c->err, ERR_CANCELED, "interrupted");
    VEC_EACH (cell, &c->gather.cells)
        failed += cell_failed(cell);
    note_missing(c, &c->gather);
    if (c->gather.cells.count && failed == c->gather.cells.count)
        return err_set(&c->err, ERR_REMOTE, "nothing could be read: %.300s",
                       c->gather.cells.items[0].why);
    buf_addf(&c->said, "%zu resources, %zu lists, %zu not read", collect_count(c->q.collect),
             c->gather.cells.count, failed);
    return ERR_OK;
}

static enum err_code keep(struct chain *c)
{
    if (scan_save(&c->gather, &c->outcome, &c->err))
        return c->err.code;
    VEC_EACH (cell, &c->gather.cells) {
        size_t i = 0;

        while (i < c->found.count && strcmp(c->found.services[i], cell->service) != 0)
            i++;
        if (cell->resources && i == c->found.count && i < AWS_CHOICE_MAX)
            c->found.services[c->found.count++] = cell->service;
    }
    buf_addf(&c->said, "scan %lld: %zu resources of %zu services", (long long)c->outcome.scan,
             c->outcome.seen, c->found.count);
    return ERR_OK;
}

/* ---- 6: what is watched ---- */

static enum err_code choose_words(struct chain *c, struct str words)
{
    while (words.len) {
        size_t n = 0;

        while (words.len && (isspace((unsigned char)*words.ptr) || *words.ptr == ','))
            words = (struct str){words.ptr + 1, words.len - 1};
        while (n < words.len && !isspace((unsigned char)words.ptr[n]) && words.ptr[n] != ',')
            n++;
        if (n && aws_choose_service(c->run.estate, &c->chosen,
                                    arena_strndup(c->arena, words.ptr, n), &c->err))
            return c->err.code;
        words = (struct str){words.ptr + n, words.len - n};
    }
    return ERR_OK;
}

static enum err_code ask_person(struct chain *c)
{
    char line[4096];

    printf("Something was found in:");
    for (size_t i = 0; i < c->found.count; i++)
        printf(" %s", c->found.services[i]);
    printf("\nWhich are watched? Names, all, or Enter for these: ");
    (void)fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return err_set(&c->err, ERR_CANCELED, "no answer");
    if (strcmp(line, "all\n") == 0)
        return ERR_OK;
    if (choose_words(c, str_from(line)))
        return c->err.code;
    if (!c->chosen.count)
        c->chosen = c->found;
    return ERR_OK;
}

static enum err_code choose_services(struct chain *c)
{
    bool person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !c->o->app->json;

    for (size_t i = 0; i < c->o->service_count; i++)
        if (aws_choose_service(c->run.estate, &c->chosen, c->o->services[i], &c->err))
            return err_wrap(&c->err, "--service");
    if (!c->o->all && !c->o->service_count && person && ask_person(c))
        return c->err.code;
    if (!c->o->all && !c->o->service_count && !person)
        c->chosen = c->found;
    for (size_t i = 0; i < c->chosen.count; i++) {
        if (aws_survey_kind(c->chosen.services[i]))
            return err_set(&c->err, ERR_INPUT, "whole services are watched, not '%.60s'",
                           c->chosen.services[i]);
        buf_addf(&c->said, "%s%s", i ? ", " : "", c->chosen.services[i]);
    }
    if (!c->chosen.count)
        buf_adds(&c->said, "every service");
    return ERR_OK;
}

/* ---- 7: from now on ---- */

/* It is no error when it cannot be kept: it is asked again by verify. */
static void remember(struct chain *c)
{
    struct err ignored = ERR_INIT;
    struct account_record r = {.name = c->o->account.name,
                               .number = c->who.number,
                               .arn = c->who.arn,
                               .error = "",
                               .missing = c->missing,
                               .missing_count = c->missing_count,
                               .lists_read = c->lists_read};

    (void)account_record_write(c->o->app, &r, &ignored);
}

/* The account, and, beside what other accounts have watched already, its services. */
static enum err_code watch(struct chain *c)
{
    struct new_account a = c->o->account;

    a.regions = c->regions;
    a.region_count = c->region_count;
    a.number = c->account->number;
    for (size_t i = 0; c->chosen.count && c->run.estate->scope && c->run.estate->scope[i]; i++)
        (void)aws_choose_service(c->run.estate, &c->chosen, c->run.estate->scope[i],
                                 &(struct err){0});
    if (accounts_write_watched(c->o->file, &a, c->chosen.services, c->chosen.count, &c->err))
        return c->err.code;
    remember(c);
    buf_addf(&c->said, "%s is in %s", a.name, c->o->file);
    return ERR_OK;
}

/* ---- the chain ---- */

static const struct {
    const char *name;
    enum err_code (*run)(struct chain *c);
} stages[] = {
    {"role", take_role},       {"permissions", check_permissions},
    {"regions", find_regions}, {"scan", scan},
    {"inventory", keep},       {"services", choose_services},
    {"watch", watch},
};
#define STAGES (sizeof(stages) / sizeof(stages[0]))

static void tell(struct chain *c, size_t i, enum err_code rc)
{
    struct buf clean = BUF_INIT(OUT_MAX);

    events_stage(c->o->app, i + 1, STAGES, stages[i].name, !rc,
                 rc ? c->err.msg : buf_cstr(&c->said));
    text_sanitize(&clean, rc ? str_from(c->err.msg) : buf_str(&c->said), false, c->o->app->ascii);
    if (c->o->app->json) {
        json_object_begin(&c->w);
        json_put_cstr(&c->w, "stage", stages[i].name);
        json_put_bool(&c->w, "ok", !rc);
        json_put_cstr(&c->w, rc ? "error" : "said", buf_cstr(&clean));
        json_object_end(&c->w);
    } else {
        printf("%zu of %zu  %-12s %s%s\n", i + 1, STAGES, stages[i].name, rc ? "failed: " : "",
               buf_cstr(&clean));
        (void)fflush(stdout);
    }
    buf_release(&clean);
}

static enum err_code run_stages(struct chain *c)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; !rc && i < STAGES; i++) {
        buf_clear(&c->said);
        events_stage(c->o->app, i + 1, STAGES, stages[i].name, true, NULL);
        rc = stages[i].run(c);
        tell(c, i, rc);
    }
    return rc;
}

/* Would it be written? Asked before anything is. */
static enum err_code try_file(const struct onboarding *o, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX), out = BUF_INIT(FILE_MAX * 2);
    enum err_code rc = file_exists(o->file) ? file_read(o->file, &text, err) : ERR_OK;

    if (!rc)
        rc = accounts_add_text(o->file, buf_str(&text), &o->account, &out, err);
    buf_release(&text);
    buf_release(&out);
    return rc;
}

/* "${VARIABLE}", as services.yaml may say it. */
static const char *expand(const char *text)
{
    size_t n = text ? strlen(text) : 0;
    char name[128];

    if (n < 4 || n >= sizeof(name) || strncmp(text, "${", 2) != 0 || text[n - 1] != '}')
        return text;
    (void)snprintf(name, sizeof(name), "%.*s", (int)(n - 3), text + 2);
    return getenv(name);
}

static enum err_code open_chain(struct chain *c, struct err *err)
{
    const struct new_account *a = &c->o->account;
    const char **regions = arena_array(c->arena, a->region_count + 1, sizeof(*regions));
    struct aws_credentials_options keys = {.profile = a->profile,
                                           .role_arn = a->role_arn,
                                           .external_id = expand(a->external_id),
                                           .mfa_serial = a->mfa_serial,
                                           .mfa = aws_mfa_ask,
                                           .mfa_ctx = c->o->app,
                                           .region = a->region_count ? a->regions[0] : NULL};
    struct aws_account_options only = {.name = a->name, .is_default = true, .keys = &keys};
    struct aws_pick pick = {.only = &only, .scan = true};

    for (size_t i = 0; i < a->region_count; i++)
        regions[i] = a->regions[i];
    only.regions = regions;
    only.number = a->number;
    if (aws_run_open(&c->run, c->o->app, &pick, err))
        return err->code;
    c->account = &c->run.estate->accounts.items[0];
    gather_init(&c->gather, &c->run, &c->q);
    return ERR_OK;
}

int accounts_onboard(const struct onboarding *o)
{
    struct chain c = {.o = o, .said = BUF_INIT(OUT_MAX), .json = BUF_INIT(OUT_MAX)};
    struct err err = ERR_INIT;
    int rc;

    c.arena = arena_new(0);
    if (try_file(o, &err) || open_chain(&c, &err)) {
        rc = app_fail(&err);
    } else {
        json_writer_init(&c.w, &c.json);
        if (o->app->json) {
            json_object_begin(&c.w);
            json_put_cstr(&c.w, "schema", "runbook.accounts.onboarding/1");
            json_put_cstr(&c.w, "name", o->account.name);
            json_key(&c.w, "stages");
            json_array_begin(&c.w);
        }
        rc = run_stages(&c) ? (c.gather.interrupted ? EXIT_INTERRUPTED : EXIT_FAILED) : EXIT_DONE;
        if (o->app->json) {
            json_array_end(&c.w);
            json_key(&c.w, "missing");
            json_array_begin(&c.w);
            for (size_t i = 0; i < c.missing_count; i++)
                json_cstring(&c.w, c.missing[i]);
            json_array_end(&c.w);
            json_object_end(&c.w);
            buf_addc(&c.json, '\n');
            (void)app_print(buf_str(&c.json));
        }
    }
    gather_release(&c.gather);
    collect_free(c.q.collect);
    aws_run_close(&c.run);
    buf_release(&c.said);
    buf_release(&c.json);
    arena_free(c.arena);
    return rc;
}
