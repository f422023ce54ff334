/* cmd_aws.c - "runbook aws SERVICE OPERATION key=value...": one read call, as it is. Only what a
 * definition describes can be asked, and definitions describe what reads. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)256 << 20)
#define PRESIGN_MAX_S (7 * 24 * 3600)

struct call {
    struct aws_run run;
    const struct aws_service *service;
    const struct aws_list *list;
    const struct value *params;
    struct arena *arena; /* of the params */
    struct buf items;    /* JSON, joined by commas */
    size_t count;
    bool whole;       /* pages as they came, which have them all */
    struct buf *also; /* the same of each further list */
    size_t *also_count;
    struct aws_result result;
    char code[129];
    bool done;
    aws_id id;
    bool interrupted;
};

/* ---- what there is ---- */

static void put_clean(struct buf *out, struct str s, bool ascii)
{
    text_sanitize(out, s, false, ascii);
}

static int list_services(struct app *app)
{
    struct aws_catalogue *c = aws_open_catalogue();
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    int rc;

    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.aws.services/1");
        json_key(&w, "services");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_entry *e = aws_catalogue_entry(c, i);
        const struct aws_service *s;
        struct err err = ERR_INIT;

        if (e->file) /* what a file says is known when it is read */
            (void)aws_catalogue_get(c, str_from(e->id), &s, &err);
        if (app->json) {
            json_object_begin(&w);
            json_put_cstr(&w, "id", e->id);
            json_put_cstr(&w, "group", e->group);
            json_put_cstr(&w, "name", e->name);
            json_put_cstr(&w, "file", e->file);
            json_put_cstr(&w, "error", err.code ? err.msg : NULL);
            json_object_end(&w);
            continue;
        }
        buf_addf(&out, "%-26s %-14s ", e->id, e->group);
        put_clean(&out, str_from(err.code ? err.msg : e->name), app->ascii);
        buf_addc(&out, '\n');
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    aws_catalogue_free(c);
    return rc;
}

static void json_operation(struct json_writer *w, const struct aws_list *l)
{
    json_object_begin(w);
    json_put_str(w, "operation", l->name);
    json_key(w, "needs");
    json_array_begin(w);
    for (size_t k = 0; k < l->need_count; k++)
        json_string(w, l->needs[k]);
    json_array_end(w);
    json_key(w, "resource");
    if (l->resource.len)
        json_string(w, l->resource);
    else
        json_null(w);
    json_object_end(w);
}

static int list_operations(struct app *app, const char *service)
{
    struct aws_catalogue *c = aws_open_catalogue();
    const struct aws_service *s;
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    struct err err = ERR_INIT;
    int rc;

    if (aws_catalogue_get(c, str_from(service), &s, &err)) {
        if (err.code == ERR_NOT_FOUND)
            err.code = ERR_INPUT;
        aws_catalogue_free(c);
        return app_fail(&err);
    }
    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.aws.operations/1");
        json_put_str(&w, "service", s->id);
        json_key(&w, "operations");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < s->list_count; i++) {
        const struct aws_list *l = &s->lists[i];

        if (app->json) {
            json_operation(&w, l);
            continue;
        }
        buf_add_str(&out, l->name);
        for (size_t k = 0; k < l->need_count; k++)
            buf_addf(&out, " %.*s=...", STR_FMT(l->needs[k]));
        buf_addc(&out, '\n');
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    aws_catalogue_free(c);
    return rc;
}

/* ---- the call ---- */

static struct aws_client *client_of(struct call *k)
{
    return k->run.estate->accounts.items[0].client;
}

static void on_page(void *ctx, const struct value *items)
{
    struct call *k = ctx;

    VALUE_EACH (it, items) {
        if (k->count++)
            buf_addc(&k->items, ',');
        if (k->run.app->json) {
            struct json_writer w;

            json_writer_init(&w, &k->items);
            json_value(&w, it);
        } else {
            json_pretty(&k->items, it);
        }
    }
    if (k->items.full)
        aws_cancel(client_of(k), k->id);
}

static void on_also(void *ctx, size_t n, const struct value *items)
{
    struct call *k = ctx;

    VALUE_EACH (it, items) {
        struct json_writer w;

        if (k->also_count[n]++)
            buf_addc(&k->also[n], ',');
        json_writer_init(&w, &k->also[n]);
        json_value(&w, it);
    }
    if (k->also[n].full)
        aws_cancel(client_of(k), k->id);
}

static void on_retry(void *ctx, unsigned attempt, int64_t wait_ms, const char *why)
{
    struct call *k = ctx;
    char wait[TIME_TEXT_MAX];

    (void)attempt;
    if (k->run.app->json)
        return;
    duration_format(wait_ms, wait);
    fprintf(stderr, "runbook: %s; again in %s\n", why, wait);
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct call *k = ctx;

    k->result = *r;
    snprintf(k->code, sizeof(k->code), "%s", r->code);
    k->done = true;
}

static void on_interrupt(void *ctx, int signo)
{
    struct call *k = ctx;

    (void)signo;
    k->interrupted = true;
    aws_cancel(client_of(k), k->id);
}

static int exit_code(const struct call *k)
{
    if (k->interrupted)
        return EXIT_INTERRUPTED;
    if (k->result.end == AWS_END_WHOLE || k->result.end == AWS_END_CUT)
        return EXIT_DONE;
    return k->result.end == AWS_END_INPUT ? EXIT_USAGE : EXIT_FAILED;
}

/* "CompositeAlarms" of "CompositeAlarms.member". */
static struct str also_name(struct str path)
{
    if (str_ends(path, ".member") || str_ends(path, ".item"))
        path.len -= str_ends(path, ".item") ? strlen(".item") : strlen(".member");
    return path;
}

static void put_also_name(struct buf *out, struct str path)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_string(&w, also_name(path));
}

static void put_meta(struct call *k, const char *region, struct buf *out)
{
    size_t also = k->whole ? 0 : k->list->also_count;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.aws/1");
    json_put_str(&w, "service", k->service->id);
    json_put_str(&w, "operation", k->list->name);
    json_put_cstr(&w, "account", k->run.estate->accounts.items[0].name);
    json_put_cstr(&w, "region", region);
    json_put_cstr(&w, "end", aws_end_name(k->result.end));
    json_put_bool(&w, "more", k->result.end == AWS_END_CUT);
    json_put_cstr(&w, "code", *k->code ? k->code : NULL);
    json_put_cstr(&w, "error", k->result.err.code ? k->result.err.msg : NULL);
    json_put_int(&w, "pages", k->result.pages);
    json_put_int(&w, "requests", k->result.requests);
    json_put_int(&w, "count", (int64_t)k->count);
    json_key(&w, "items");
    json_array_begin(&w);
    json_array_end(&w);
    json_object_end(&w);
    buf_truncate(out, out->len - strlen("]}"));
    buf_add_str(out, buf_str(&k->items));
    buf_addc(out, ']');
    for (size_t i = 0; i < also; i++) {
        buf_adds(out, i ? "," : ",\"also\":{");
        put_also_name(out, k->list->also[i].items);
        buf_addf(out, ":[%s]", buf_cstr(&k->also[i]));
    }
    buf_adds(out, also ? "}}\n" : "}\n");
}

/* What was not printed is said. */
static void tell_also(const struct call *k)
{
    for (size_t i = 0; i < k->list->also_count; i++)
        if (k->also_count[i])
            fprintf(stderr, "runbook: the answer also has %zu %.*s; --json shows them\n",
                    k->also_count[i], STR_FMT(also_name(k->list->also[i].items)));
}

static int report(struct call *k, const char *region)
{
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (k->run.app->json)
        put_meta(k, region, &out);
    else if (k->count)
        buf_addf(&out, "[%s]\n", buf_cstr(&k->items));
    else if (!k->result.err.code)
        buf_adds(&out, "[]\n");
    rc = aws_print(k->run.app, buf_str(&out)); /* a function's variables, a command line */
    buf_release(&out);
    if (k->result.err.code && !k->run.app->json)
        fprintf(stderr, "runbook: %.*s %.*s in %s: %s\n", STR_FMT(k->service->id),
                STR_FMT(k->list->name), region ? region : "no region", k->result.err.msg);
    else if (k->result.end == AWS_END_CUT && !k->run.app->json)
        fprintf(stderr, "runbook: there is more than these %zu; --all brings it\n", k->count);
    if (!k->run.app->json)
        tell_also(k);
    return rc == EXIT_DONE ? exit_code(k) : rc;
}

static int presign(struct call *k, const struct aws_query *q, int64_t ms)
{
    struct buf url = BUF_INIT(OUT_MAX);
    struct err err = ERR_INIT;
    int rc;

    if (ms < 1000 || ms > (int64_t)PRESIGN_MAX_S * 1000) {
        err_set(&err, ERR_INPUT, "--presign: from 1s to 7d");
        return app_fail(&err);
    }
    if (aws_presign(client_of(k), q, (unsigned)(ms / 1000), &url, &err)) {
        rc = app_fail(&err);
    } else {
        buf_addc(&url, '\n');
        rc = app_print(buf_str(&url));
    }
    buf_release(&url);
    return rc;
}

static int ask(struct call *k, const struct cmd_args *args)
{
    static const struct aws_callbacks callbacks = {
        .on_page = on_page, .on_retry = on_retry, .on_done = on_done, .on_also = on_also};
    struct aws_query q = {.service = k->service,
                          .list = k->list,
                          .params = k->params,
                          .region = args_get(args, "region"),
                          .max_items = (size_t)args_int(args, "max", 1000),
                          .answers = k->whole,
                          .timeout_ms = args_duration_ms(args, "timeout", 0)};
    const char *region = q.region ? q.region : aws_client_region(client_of(k));
    int rc;

    if (args_has(args, "all"))
        q.max_items = 0;
    if (args_get(args, "presign"))
        return presign(k, &q, args_duration_ms(args, "presign", 0));
    (void)loop_signal(k->run.loop, SIGINT, on_interrupt, k);
    k->also = arena_array(k->arena, k->list->also_count, sizeof(*k->also));
    k->also_count = arena_array(k->arena, k->list->also_count, sizeof(*k->also_count));
    for (size_t i = 0; i < k->list->also_count; i++)
        buf_init(&k->also[i], OUT_MAX);
    k->id = aws_send(client_of(k), &q, &callbacks, k);
    while (!k->done && loop_turn(k->run.loop, true))
        ;
    rc = report(k, region);
    for (size_t i = 0; i < k->list->also_count; i++)
        buf_release(&k->also[i]);
    return rc;
}

static enum err_code prepare(struct call *k, struct app *app, const struct cmd_args *args,
                             struct err *err)
{
    const char *account = args_get(args, "account");
    struct aws_pick pick = {.names = &account,
                            .count = account ? 1 : 0,
                            .profile = args_get(args, "profile"),
                            .region = args_get(args, "region")};
    const char *typed[256];
    size_t n = 0;

    if (aws_run_open(&k->run, app, &pick, err) ||
        aws_catalogue_get(k->run.catalogue, str_from(args_pos(args, 0)), &k->service, err) ||
        aws_catalogue_operation(k->service, str_from(args_pos(args, 1)), &k->list, err)) {
        if (err->code == ERR_NOT_FOUND) /* a name that is none was typed */
            err->code = ERR_INPUT;
        return err->code;
    }
    for (size_t i = 2; i < args_pos_count(args) && n < 256; i++)
        typed[n++] = args_pos(args, i);
    return aws_read_params(k->arena, k->list, typed, n, &k->params, err)
               ? err->code
               : aws_read_guard(k->service, k->list, k->params, err);
}

static int run(struct app *app, const struct cmd_args *args)
{
    struct call k = {.items = BUF_INIT(OUT_MAX)};
    struct err err = ERR_INIT;
    int rc;

    if (args_pos_count(args) == 0)
        return list_services(app);
    if (args_pos_count(args) == 1)
        return list_operations(app, args_pos(args, 0));
    k.arena = arena_new(0);
    k.whole = args_has(args, "whole");
    rc = prepare(&k, app, args, &err) ? app_fail(&err) : ask(&k, args);
    aws_run_close(&k.run);
    arena_free(k.arena);
    buf_release(&k.items);
    return rc;
}

static const struct opt_def opts[] = {
    {"region", 'r', ARG_TEXT, .value = "REGION",
     .help = "Ask in this region; without it that of the environment or the profile."},
    {"account", 0, ARG_TEXT, .value = "NAME", .help = "An account of services.yaml."},
    {"profile", 0, ARG_TEXT, .value = "NAME", .help = "A profile of the AWS configuration."},
    {"max", 'n', ARG_INT, .value = "N", .min = 1, .max = 1000000,
     .help = "Stop after the page on which there are so many items. 1000 when not given."},
    {"all", 0, ARG_NONE, .help = "Read every page."},
    {"whole", 0, ARG_NONE,
     .help =
         "Print each page's whole answer, with all its lists, instead of the items of the first; "
         "--max counts pages then."},
    {"timeout", 0, ARG_DURATION, .value = "DURATION",
     .help = "Give up after so long; after 5 minutes when not given."},
    {"presign", 0, ARG_DURATION, .value = "DURATION",
     .help = "Print an address that is signed for so long instead of asking; whoever has it can "
             "ask."},
    {.name = NULL},
};

static const struct pos_def pos[] = {
    {"SERVICE", ARG_TEXT, .help = "Such as ec2; without one the services are listed."},
    {"OPERATION", ARG_TEXT,
     .help = "Such as DescribeInstances or describe-instances; without one they are listed."},
    {"PARAMETER", ARG_TEXT, .repeat = true,
     .help = "NAME=text, NAME[]=text for a list, or NAME:=JSON."},
    {.name = NULL},
};

const struct cmd_def cmd_aws_def = {
    .name = "aws",
    .help = "Ask one read operation of AWS, and print what it answers.",
    .details =
        "Only operations that list, describe or get are there: nothing can be changed with it. "
        "Parameters have AWS's own names. All pages are read up to --max items. Keys come from "
        "where AWS's own programs find them: the environment, profiles (roles, SSO, programs), the "
        "container, the machine. AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, FIPS and "
        "dual-stack settings are honoured. Secrets in the answer are masked. A service or an "
        "operation is added by a file of the folder aws beside the configuration; doc/AWS.md "
        "describes it.",
    .opts = opts,
    .pos = pos,
    .run = run,
    .examples = "runbook aws\n"
                "runbook aws ec2 describe-instances --region eu-west-1\n"
                "runbook aws ec2 DescribeSubnets 'Filters:=[{\"Name\":\"vpc-id\",\"Values\":"
                "[\"vpc-1\"]}]'\n"
                "runbook aws ecs describe-clusters clusters[]=prod --json",
};
