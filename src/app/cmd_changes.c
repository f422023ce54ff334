/* cmd_changes.c - "runbook changes": what was changed in AWS, by whom, as a timeline. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/changes.h"
#include "src/app/aws_progress.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)256 << 20)
#define DAY_MS INT64_C(86400000)
#define SOURCES_MAX 16
#define ACCOUNTS_MAX 256

struct look {
    struct aws_run run;
    struct aws_places places;
    struct aws_changes **changes; /* one a place */
    size_t left;
    VEC(const struct aws_change *) all; /* the oldest first */
    size_t total;
    int64_t since_ms, until_ms;
    bool interrupted;
};

static void on_done(void *ctx)
{
    ((struct look *)ctx)->left--;
}

static void on_interrupt(void *ctx, int signo)
{
    struct look *l = ctx;

    (void)signo;
    l->interrupted = true;
    for (size_t i = 0; i < l->places.list.count; i++)
        if (l->changes[i])
            aws_changes_cancel(l->changes[i]);
}

/* ---- what came ---- */

static int oldest_first(const void *a, const void *b)
{
    const struct aws_change *x = *(const struct aws_change *const *)a;
    const struct aws_change *y = *(const struct aws_change *const *)b;

    if (x->ts_ms != y->ts_ms)
        return x->ts_ms < y->ts_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

/* What Health says of all regions comes from each place: once is enough. */
static bool is_known(const struct look *l, const struct aws_change *x)
{
    VEC_EACH (it, &l->all)
        if (strcmp(x->kind, "provider") == 0 && strcmp((*it)->id, x->id) == 0)
            return true;
    return false;
}

static void collect(struct look *l, size_t max)
{
    for (size_t i = 0; i < l->places.list.count; i++) {
        size_t n;
        const struct aws_change *list = aws_changes_list(l->changes[i], &n);

        for (size_t k = 0; k < n; k++)
            if (!is_known(l, &list[k]))
                *VEC_PUSH(&l->all) = &list[k];
    }
    l->total = l->all.count;
    if (l->all.count)
        qsort(l->all.items, l->all.count, sizeof(*l->all.items), oldest_first);
    if (l->all.count > max) { /* the newest stay */
        memmove(l->all.items, l->all.items + l->all.count - max, max * sizeof(*l->all.items));
        l->all.count = max;
    }
}

static size_t failures(const struct look *l)
{
    size_t failed = 0, n;

    for (size_t i = 0; i < l->places.list.count; i++) {
        const struct aws_change_source *s = aws_changes_sources(l->changes[i], &n);

        for (size_t k = 0; k < n; k++)
            failed += aws_change_source_failed(&s[k]);
    }
    return failed;
}

/* ---- printing ---- */

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

static void print_json(struct look *l, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.changes/1");
    put_time(&w, "since", l->since_ms);
    put_time(&w, "until", l->until_ms);
    json_put_bool(&w, "interrupted", l->interrupted);
    json_put_int(&w, "total", (int64_t)l->total);
    json_put_int(&w, "failed", (int64_t)failures(l));
    json_key(&w, "changes");
    json_array_begin(&w);
    VEC_EACH (x, &l->all)
        aws_change_write(*x, &w);
    json_array_end(&w);
    json_key(&w, "places"); /* with what each source came to, and no changes */
    json_array_begin(&w);
    for (size_t i = 0; i < l->places.list.count; i++)
        aws_changes_write(l->changes[i], 0, &w);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void print_csv(struct look *l, struct buf *out)
{
    buf_adds(out, "time,kind,outcome,service,name,summary,actor,from,region,account,resource,call,"
                  "error,source,id\r\n");
    VEC_EACH (it, &l->all) {
        const struct aws_change *x = *it;
        const char *fields[] = {x->kind,    aws_outcome_name(x->outcome),
                                x->service, x->name,
                                x->summary, x->actor,
                                x->from,    x->region,
                                x->account, x->resource,
                                x->call,    x->error,
                                x->source,  x->id};
        char at[TIME_TEXT_MAX];

        time_format_rfc3339(x->ts_ms, at);
        aws_csv_field(out, at, false);
        for (size_t i = 0; i < 14; i++)
            aws_csv_field(out, fields[i], i == 13);
    }
}

static const char *sign_of(enum aws_outcome o, bool ascii)
{
    static const char *const full[AWS_OUTCOMES] = {"·", "…", "✗", "↩"};
    static const char *const plain[AWS_OUTCOMES] = {".", "~", "x", "<"};

    return ascii ? plain[o] : full[o];
}

/* "main eu-west-1", where there are several. */
static const char *where_of(const struct look *l, const struct aws_change *x, char out[160])
{
    bool accounts = l->run.estate->accounts.count > 1, places = l->places.list.count > 1;

    (void)snprintf(out, 160, "%.60s%s%.60s", accounts ? x->account : "", accounts ? " " : "",
                   places ? x->region : "");
    return out;
}

static void print_rows(struct look *l, struct buf *out)
{
    bool ascii = l->run.app->ascii;
    int service = 4, kind = 4, where = 0, actor = 0, room;
    int64_t day = -1;
    char text[160];

    VEC_EACH (it, &l->all) {
        aws_widen(&service, (*it)->service, 16);
        aws_widen(&kind, (*it)->kind, 13);
        aws_widen(&actor, (*it)->actor, 28);
        aws_widen(&where, where_of(l, *it, text), 30);
    }
    room = app_width() - 12 - service - kind - (where ? where + 1 : 0) - (actor ? actor + 1 : 0);
    room = room < 40 ? 40 : room > 110 ? 110 : room;
    VEC_EACH (it, &l->all) {
        const struct aws_change *x = *it;
        char at[TIME_TEXT_MAX];

        time_format_rfc3339(x->ts_ms, at);
        if (x->ts_ms / DAY_MS != day)
            buf_addf(out, "%s%.10s UTC\n", day < 0 ? "" : "\n", at);
        day = x->ts_ms / DAY_MS;
        buf_addf(out, "%.8s %s ", at + 11, sign_of(x->outcome, ascii));
        aws_put_cell(out, x->kind, kind, ascii);
        aws_put_cell(out, x->service, service, ascii);
        aws_put_cell(out, x->summary, room, ascii);
        if (actor)
            aws_put_cell(out, x->actor, actor, ascii);
        if (where)
            aws_put_cell(out, where_of(l, x, text), where, ascii);
        while (out->len && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_addc(out, '\n');
    }
}

static void print_sources(const struct look *l)
{
    struct buf words = BUF_INIT(4000), safe = BUF_INIT(8000);

    for (size_t i = 0; i < l->places.list.count; i++) {
        size_t n, routine = 0;
        const struct aws_change_source *s = aws_changes_sources(l->changes[i], &n);

        for (size_t k = 0; k < n; k++) {
            buf_clear(&words);
            buf_clear(&safe);
            aws_change_source_words(&s[k], &words);
            routine += s[k].routine;
            text_sanitize(&safe, buf_str(&words), false, l->run.app->ascii);
            if (words.len)
                fprintf(stderr, "runbook: %s of %s in %s: %s\n", s[k].name,
                        l->places.list.items[i].account->name, l->places.list.items[i].region,
                        buf_cstr(&safe));
        }
        if (routine)
            fprintf(stderr, "%zu events of routine in %s are left out\n", routine,
                    l->places.list.items[i].region);
    }
    buf_release(&words);
    buf_release(&safe);
}

static void print_summary(const struct look *l)
{
    char span[TIME_SPAN_MAX];
    size_t by[AWS_OUTCOMES] = {0};

    VEC_EACH (x, &l->all)
        by[(*x)->outcome]++;
    time_format_span(l->since_ms, l->until_ms, span);
    fprintf(stderr, "%zu changes, %s", l->total, span);
    if (by[AWS_OUTCOME_FAILED])
        fprintf(stderr, ", %zu failed", by[AWS_OUTCOME_FAILED]);
    if (by[AWS_OUTCOME_ROLLED_BACK])
        fprintf(stderr, ", %zu rolled back", by[AWS_OUTCOME_ROLLED_BACK]);
    if (by[AWS_OUTCOME_RUNNING])
        fprintf(stderr, ", %zu under way", by[AWS_OUTCOME_RUNNING]);
    fprintf(stderr, l->total > l->all.count ? "; the newest %zu are shown\n" : "\n", l->all.count);
}

static int report(struct look *l, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (l->run.app->json)
        print_json(l, &out);
    else if (args_has(args, "csv"))
        print_csv(l, &out);
    else
        print_rows(l, &out);
    rc = aws_print(l->run.app, buf_str(&out));
    buf_release(&out);
    if (!l->run.app->json) {
        print_sources(l);
        print_summary(l);
    }
    if (l->interrupted)
        return EXIT_INTERRUPTED;
    return rc == EXIT_DONE && failures(l) ? EXIT_FAILED : rc;
}

/* ---- the question ---- */

static enum err_code ask(struct look *l, const struct cmd_args *args, struct err *err)
{
    struct app *app = l->run.app;
    int64_t now = app->clock->wall_ms(app->clock);
    const char *sources[SOURCES_MAX + 1] = {NULL};
    struct aws_changes_query q = {.loop = l->run.loop,
                                  .catalogue = l->run.catalogue,
                                  .resource = args_get(args, "resource"),
                                  .service = args_get(args, "service")};

    q.until_ms = l->until_ms = args_time_ms(args, "until", now, now);
    q.since_ms = l->since_ms = args_time_ms(args, "since", now, q.until_ms - DAY_MS);
    for (size_t i = 0; i < args_count(args, "source") && i < SOURCES_MAX; i++)
        sources[i] = args_at(args, "source", i);
    q.sources = sources[0] ? sources : NULL;
    l->changes = arena_array(l->run.arena, l->places.list.count + 1, sizeof(struct aws_changes *));
    aws_progress_begin(&l->run);
    for (size_t i = 0; i < l->places.list.count; i++) {
        const struct aws_spot *p = &l->places.list.items[i];

        q.client = p->account->client;
        q.account = p->account->name;
        q.number = p->account->number;
        q.region = p->region;
        if (aws_changes_start(&q, on_done, l, &l->changes[i], err))
            return err->code;
        l->left++;
    }
    (void)loop_signal(l->run.loop, SIGINT, on_interrupt, l);
    while (l->left && loop_turn(l->run.loop, true))
        ;
    aws_progress_end(&l->run);
    return ERR_OK;
}

static void release(struct look *l)
{
    for (size_t i = 0; l->changes && i < l->places.list.count; i++)
        aws_changes_free(l->changes[i]);
    VEC_RELEASE(&l->all);
    aws_places_release(&l->places);
    aws_run_close(&l->run);
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *accounts[ACCOUNTS_MAX];
    struct aws_pick pick = {.names = accounts, .profile = args_get(args, "profile")};
    struct look l = {.left = 0};
    struct err err = ERR_INIT;
    int rc;

    for (size_t i = 0; i < args_count(args, "account") && pick.count < ACCOUNTS_MAX; i++)
        accounts[pick.count++] = args_at(args, "account", i);
    if (aws_run_open(&l.run, app, &pick, &err) || aws_places_find(&l.places, &l.run, args, &err) ||
        ask(&l, args, &err)) {
        rc = app_fail(&err);
    } else {
        collect(&l, (size_t)args_int(args, "max", 500));
        rc = report(&l, args);
    }
    release(&l);
    return rc;
}

static const char *const source_names[] = {
    "cloudtrail",     "config",      "codedeploy", "codepipeline", "ecs",    "lambda",
    "cloudformation", "autoscaling", "rds",        "elasticache",  "health", NULL};

static const struct opt_def opts[] = {
    {"since", 0, ARG_WHEN, .value = "WHEN",
     .help = "From this time on, or so long ago; 1d when not given."},
    {"until", 0, ARG_WHEN, .value = "WHEN", .help = "Up to this time; now when not given."},
    {"service", 's', ARG_TEXT, .value = "SERVICE",
     .help = "Only what concerns this service, such as ecs."},
    {"resource", 0, ARG_TEXT, .value = "ID",
     .help = "Only what concerns this resource: its id, name or ARN."},
    {"source", 0, ARG_CHOICE, .repeat = true, .value = "SOURCE", .choices = source_names,
     .help = "Ask only this source."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; all: in every one that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "This account of services.yaml; the default one when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {"max", 0, ARG_INT, .value = "N", .min = 1, .max = 100000,
     .help = "Show so many, the newest; 500 when not given."},
    {"csv", 0, ARG_NONE, .help = "Write CSV."},
    {NULL},
};

const struct cmd_def cmd_changes_def = {
    .name = "changes",
    .help = "Show what was changed in AWS, when, by whom, and how it ended.",
    .details =
        "CloudTrail, Config, CodeDeploy, CodePipeline, ECS, Lambda, CloudFormation, Auto Scaling, "
        "RDS, ElastiCache and Health are asked at once, and only what reads. What two of them say "
        "of one change is one line. A sign stands before each: a dot went well, a cross failed, an "
        "arrow (or <) was rolled back, three dots (or ~) is under way. CloudTrail is asked twice a "
        "second, as it allows, for its newest 1,000 events of writes; it tells of a call after "
        "some minutes and remembers 90 days, RDS and ElastiCache 14. What was denied, cut or "
        "failed is named, and the exit code is then 1.",
    .opts = opts,
    .run = run,
    .examples = "runbook changes --since 2h --region eu-west-1\n"
                "runbook changes --service ecs --resource web\n"
                "runbook changes --since 1w --source codedeploy --source ecs --csv",
};
