/* aws_resources.c - what is there in AWS, as records of one form: asked now, over services, regions
 * and accounts, or as the last scan found it. Filtered here, so that a few come back. What was not
 * read is in the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/choose.h"
#include "runbook/service/aws/survey.h"
#include "runbook/tool/kept.h"

#define BODY_MAX ((size_t)8 << 20)
#define FAILURES_SHOWN 50
#define LIST_MAX 64

static const char *const sources[] = {"live", "inventory", NULL};
static const char *const healths[] = {"unknown", "ok", "changing", "off", "bad", NULL};

static const struct tool_param params[] = {
    {"service", PARAM_STRING,
     .help = "A service or one kind of its resources, such as ec2 or ec2:instance; several with "
             "commas. Every one that is watched when neither it nor a category is given."},
    {"category", PARAM_STRING, .help = "A category of services, such as database or compute."},
    AWS_PARAM_REGION,
    AWS_PARAM_ACCOUNT,
    {"tag", PARAM_STRING, .help = "Tags that they all have, such as team=payments,env=prod."},
    {"match", PARAM_STRING, .help = "A text in the id, name or ARN."},
    {"mentions", PARAM_STRING, .help = "A text anywhere in the record, such as vpc-1."},
    {"health", PARAM_ENUM, .options = healths, .help = "Only what is in this health."},
    {"where", PARAM_STRING,
     .help = "A condition over service, kind, id, name, state, health, region, account, created, "
             "tags.KEY and record.PATH, such as state == \"stopped\"."},
    {"from", PARAM_ENUM, false, "live", .options = sources,
     .help = "Ask AWS now, or what the last scan found."},
    {"max", PARAM_INT, false, "100", 1, 1000, .help = "At most so many resources are shown."},
    {.name = NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_adds(out, "aws resources");
    for (const struct tool_param *p = params; p->name; p++)
        if (p->type != PARAM_INT && *value_cstr_or(args, p->name, ""))
            buf_addf(out, " %s %s", p->name, value_cstr_or(args, p->name, ""));
}

struct work {
    struct tool_call *call;
    struct aws_tell tell;
    struct arena *arena;
    struct aws_estate *estate;
    struct aws_survey *survey;
    struct aws_choice choice;
    struct aws_survey_options o;
    struct aws_filter filter;
    const struct kept_source *kept;
    loop_id job, timer;
    bool late; /* what was not asked in time is not asked any more */
    struct {
        const char *name, *number;
    } * who; /* the estate's accounts, as the worker may read them */
    size_t who_count;
    size_t max, found, shown, undecided, cells, failed, unasked;
    struct buf rows, failures; /* JSON, with commas between */
    struct err err;
    char why[256];      /* the first that could not be decided */
    char first[256];    /* the first that failed */
    struct err refused; /* the same as an error */
    int64_t oldest_ms;  /* last seen, of what was kept */
    bool canceled;
};

/* ---- lists in texts ---- */

static const char *const *split(struct work *w, const char *text, size_t *ret_count)
{
    const char **out = arena_array(w->arena, LIST_MAX + 1, sizeof(*out));
    struct str rest = str_from(text), one;

    *ret_count = 0;
    while (rest.len && *ret_count < LIST_MAX && str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (one.len)
            out[(*ret_count)++] = arena_str(w->arena, one);
    }
    return out;
}

static const char *given(const struct value *args, const char *name)
{
    const char *text = value_cstr_or(args, name, "");

    return *text ? text : NULL;
}

/* ---- rows ---- */

static void put_text(struct json_writer *w, const char *key, struct str s)
{
    if (s.len)
        json_put_str(w, key, s);
}

static void put_row(struct work *w, const struct aws_where_row *r)
{
    struct json_writer j;
    size_t before = w->rows.len;

    if (w->shown)
        buf_addc(&w->rows, ',');
    json_writer_init(&j, &w->rows);
    json_object_begin(&j);
    json_put_str(&j, "service", r->service);
    json_put_str(&j, "kind", r->kind);
    json_put_str(&j, "id", r->id);
    put_text(&j, "name", r->name);
    put_text(&j, "arn", r->arn);
    put_text(&j, "state", r->state);
    json_put_str(&j, "health", r->health);
    json_put_str(&j, "region", r->region);
    json_put_str(&j, "account", r->account);
    put_text(&j, "created", r->created);
    json_key(&j, "tags");
    if (r->tags)
        json_value(&j, r->tags);
    else
        json_raw(&j, STR_LIT("{}"));
    json_object_end(&j);
    if (w->rows.full) {
        buf_truncate(&w->rows, before);
        w->rows.full = false;
        return;
    }
    w->shown++;
}

static void take(struct work *w, const struct aws_where_row *r)
{
    struct err err = ERR_INIT;
    enum aws_fit fit = aws_filter_fits(&w->filter, r, &err);

    if (fit == AWS_FIT_UNDECIDED && !w->undecided++)
        (void)snprintf(w->why, sizeof(w->why), "%.*s: %s", (int)(r->id.len < 80 ? r->id.len : 80),
                       r->id.ptr, err.msg);
    if (fit != AWS_FIT_YES)
        return;
    w->found++;
    if (w->shown < w->max)
        put_row(w, r);
}

/* ---- the answer ---- */

static void put_list(struct json_writer *j, const char *key, const struct buf *items)
{
    json_key(j, key);
    json_array_begin(j);
    json_array_end(j);
    buf_truncate(j->out, j->out->len - 1);
    buf_add_str(j->out, buf_str(items));
    buf_addc(j->out, ']');
}

static void put_body(struct work *w, struct buf *out)
{
    struct json_writer j;
    char when[TIME_TEXT_MAX];

    json_writer_init(&j, out);
    json_object_begin(&j);
    json_put_cstr(&j, "from", w->kept ? "inventory" : "live");
    if (w->kept && w->oldest_ms) {
        time_format_rfc3339(w->oldest_ms, when);
        json_put_cstr(&j, "seen", when);
    }
    json_put_cstr(&j, "end", !w->failed ? "whole" : w->failed < w->cells ? "partial" : "failed");
    json_put_int(&j, "found", (int64_t)w->found);
    json_put_bool(&j, "more", w->found > w->shown);
    if (w->undecided) {
        json_put_int(&j, "undecided", (int64_t)w->undecided);
        json_put_cstr(&j, "undecided_why", w->why);
    }
    put_list(&j, "resources", &w->rows);
    json_put_int(&j, "lists", (int64_t)w->cells);
    json_put_int(&j, "lists_not_read", (int64_t)w->failed);
    if (w->unasked)
        json_put_int(&j, "lists_not_asked_in_time", (int64_t)w->unasked);
    put_list(&j, "not_read", &w->failures);
    json_object_end(&j);
}

static void work_free(struct work *w)
{
    loop_timer_cancel(tool_call_loop(w->call), w->timer);
    aws_survey_free(w->survey);
    aws_tell_end(&w->tell);
    aws_where_free(w->filter.where);
    buf_release(&w->rows);
    buf_release(&w->failures);
    arena_free(w->arena);
    free(w);
}

/* Lists that time was over for: they are not left out silently. */
static void count_unasked(struct work *w)
{
    size_t done, known;

    aws_survey_progress(w->survey, &done, &known);
    if (known <= done)
        return;
    if (!w->failed) {
        (void)snprintf(w->first, sizeof(w->first), "%zu list%s not read in time", known - done,
                       known - done == 1 ? " was" : "s were");
        err_set(&w->refused, ERR_TIMEOUT, "%s", w->first);
    }
    w->unasked = known - done;
    w->failed += w->unasked;
    w->cells += w->unasked;
}

static void answer(struct work *w)
{
    struct tool_call *c = w->call;
    struct tool_result r = {.content_type = "application/json"};

    if (w->late)
        count_unasked(w);
    if (w->canceled)
        err_set(&w->refused, ERR_CANCELED, "canceled");
    r.rows = (int64_t)w->found;
    if (w->canceled || w->err.code || (w->failed && w->failed == w->cells)) {
        tool_result_fail(&r, w->err.code ? &w->err : &w->refused);
    } else {
        r.status = w->found ? TOOL_OK : TOOL_EMPTY;
        (void)snprintf(r.summary, sizeof(r.summary), "%zu resource%s%s%s%.150s", w->found,
                       w->found == 1 ? "" : "s", w->found > w->shown ? ", not all are shown" : "",
                       w->failed ? "; not everything was read: " : "", w->failed ? w->first : "");
    }
    buf_init(&r.body, BODY_MAX);
    if (!w->err.code)
        put_body(w, &r.body);
    tool_call_set_data(c, NULL);
    work_free(w);
    tool_call_finish(c, &r);
}

/* ---- asked now ---- */

static void on_resource(void *ctx, const struct aws_account *a, const struct aws_resource *r)
{
    struct aws_where_row row = aws_survey_row(a, r);

    take(ctx, &row);
}

static void put_failure(struct work *w, const struct aws_account *a, const struct aws_cell *c,
                        enum aws_end end)
{
    struct json_writer j;
    char action[AWS_ACTION_MAX];

    if (w->failed++)
        buf_addc(&w->failures, ',');
    json_writer_init(&j, &w->failures);
    json_object_begin(&j);
    json_put_cstr(&j, "service", c->service_id);
    json_put_cstr(&j, "operation", c->operation);
    json_put_cstr(&j, "region", c->region);
    json_put_cstr(&j, "account", a->name);
    json_put_cstr(&j, "end", aws_end_name(end));
    json_put_cstr(&j, "error", c->result->err.msg);
    if (c->result->end == AWS_END_DENIED && c->service) {
        aws_action_name(c->service, str_from(c->operation), action);
        json_put_cstr(&j, "action", action);
    }
    json_object_end(&j);
}

static void on_cell(void *ctx, const struct aws_account *a, const struct aws_cell *c)
{
    struct work *w = ctx;
    enum aws_end end =
        w->late && c->result->end == AWS_END_CANCELED ? AWS_END_TIMEOUT : c->result->end;

    w->cells++;
    if (end == AWS_END_WHOLE || end == AWS_END_CUT || end == AWS_END_ABSENT ||
        end == AWS_END_NOT_ENABLED)
        return;
    if (!w->failed) {
        (void)snprintf(w->first, sizeof(w->first), "%s %s%s%s of %s: %s", c->service_id,
                       c->operation, *c->region ? " in " : "", c->region, a->name,
                       aws_end_sentence(end));
        err_set(&w->refused, end == AWS_END_DENIED || end == AWS_END_KEYS ? ERR_DENIED : ERR_REMOTE,
                "%s: %s", w->first, c->result->err.msg);
    }
    if (w->failed < FAILURES_SHOWN)
        put_failure(w, a, c, end);
    else
        w->failed++;
}

static void on_surveyed(void *ctx)
{
    answer(ctx);
}

/* What came is worth more than nothing at all. */
static void on_late(void *ctx)
{
    struct work *w = ctx;

    w->timer = 0;
    w->late = true;
    aws_survey_cancel(w->survey);
}

static enum err_code choose(struct work *w, const struct value *args, struct err *err)
{
    size_t n;
    const char *const *names = split(w, value_cstr_or(args, "service", ""), &n);
    const char *category = given(args, "category");

    for (size_t i = 0; i < n; i++)
        if (aws_choose_service(w->estate, &w->choice, names[i], err))
            return err->code;
    if (category && aws_choose_category(w->estate, &w->choice, category, err))
        return err->code;
    if (!n && !category)
        aws_choose_all(w->estate, &w->choice);
    return ERR_OK;
}

static enum err_code ask_now(struct work *w, const struct value *args, struct err *err)
{
    static const struct aws_survey_callbacks callbacks = {
        .on_resource = on_resource, .on_cell = on_cell, .on_done = on_surveyed};
    const char *account = given(args, "account");
    struct aws_account *one;

    if (choose(w, args, err))
        return err->code;
    w->o = (struct aws_survey_options){
        .estate = w->estate, .services = w->choice.services, .service_count = w->choice.count};
    aws_tell_begin(&w->tell, w->call, "resources");
    w->o.tally = &w->tell.tally;
    w->o.regions = split(w, value_cstr_or(args, "region", ""), &w->o.region_count);
    if (!account) {
        const char **own = arena_array(w->arena, 1, sizeof(*own));

        if (aws_estate_account(w->estate, NULL, &one, err))
            return err->code;
        own[0] = one->name;
        w->o.accounts = own;
        w->o.account_count = 1;
    } else if (strcmp(account, "all") != 0) {
        w->o.accounts = split(w, account, &w->o.account_count);
    }
    if (aws_survey_start(&w->o, &callbacks, w, &w->survey, err))
        return err->code;
    w->timer = loop_timer(tool_call_loop(w->call), AWS_TOOL_ASK_MS, on_late, w);
    return ERR_OK;
}

/* ---- what was kept ---- */

static bool among(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0 || strcmp(list[i], "all") == 0)
            return true;
    return count == 0;
}

static bool chosen(const struct work *w, const struct kept_resource *k)
{
    for (size_t i = 0; i < w->choice.count; i++) {
        const char *name = w->choice.services[i], *kind = aws_survey_kind(name);
        size_t len = kind ? strlen(name) - strlen(kind) - 1 : strlen(name);

        if (strlen(k->service) == len && strncmp(name, k->service, len) == 0 &&
            (!kind || strcmp(kind, k->kind) == 0))
            return true;
    }
    return false;
}

static const struct value *parsed(struct arena *a, const char *json)
{
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;

    return *json && !json_parse(a, str_from(json), &v, &ignored) ? v : NULL;
}

/* An account is kept by its number, or its name when that is not known. */
static const char *account_name(const struct work *w, const char *kept)
{
    for (size_t i = 0; i < w->who_count; i++)
        if (strcmp(w->who[i].number, kept) == 0)
            return w->who[i].name;
    return kept;
}

static void on_kept(void *ctx, const struct kept_resource *k)
{
    struct work *w = ctx;
    const char *account = account_name(w, k->account);
    struct arena *turn;
    struct aws_where_row r;

    if (!chosen(w, k) || !among(w->o.regions, w->o.region_count, k->region) ||
        (!among(w->o.accounts, w->o.account_count, account) &&
         !among(w->o.accounts, w->o.account_count, k->account)))
        return;
    turn = arena_new(0);
    r = (struct aws_where_row){.service = str_from(k->service),
                               .kind = str_from(k->kind),
                               .id = str_from(k->id),
                               .name = str_from(k->name),
                               .arn = str_from(k->arn),
                               .state = str_from(k->state),
                               .health = str_from(k->health),
                               .region = str_from(k->region),
                               .account = str_from(account),
                               .number = str_from(k->account),
                               .created = str_from(k->created),
                               .tags = parsed(turn, k->tags)};
    if (!w->oldest_ms || k->last_ms < w->oldest_ms)
        w->oldest_ms = k->last_ms;
    take(w, &r);
    arena_free(turn);
}

static void read_kept(void *ctx)
{
    struct work *w = ctx;

    (void)w->kept->each(w->kept->ctx, on_kept, w, &w->err);
}

static void kept_read(void *ctx, bool canceled)
{
    struct work *w = ctx;

    w->canceled = w->canceled || canceled;
    answer(w);
}

static enum err_code ask_kept(struct work *w, const struct value *args, struct err *err)
{
    w->kept = tool_call_env(w->call)->kept;
    if (!w->kept)
        return err_set(err, ERR_NOT_FOUND,
                       "nothing is kept here: runbook scan --all keeps what it finds");
    if (w->filter.mentions || (w->filter.where && aws_where_uses_record(w->filter.where)))
        return err_set(err, ERR_INPUT,
                       "the records are not read from the inventory: ask for them with from: live");
    if (choose(w, args, err))
        return err->code;
    w->o.regions = split(w, value_cstr_or(args, "region", ""), &w->o.region_count);
    w->o.accounts = split(w, value_cstr_or(args, "account", ""), &w->o.account_count);
    w->who = arena_array(w->arena, w->estate->accounts.count + 1, sizeof(*w->who));
    VEC_EACH (a, &w->estate->accounts) {
        w->who[w->who_count].name = a->name;
        w->who[w->who_count++].number = a->number;
    }
    w->job = loop_job(tool_call_loop(w->call), read_kept, kept_read, w);
    return ERR_OK;
}

/* ---- the row ---- */

static enum err_code prepare(struct work *w, const struct value *args, struct err *err)
{
    const char *where = given(args, "where");

    if (aws_tool_estate(tool_call_env(w->call), &w->estate, err))
        return err->code;
    w->filter = (struct aws_filter){.match = given(args, "match"),
                                    .mentions = given(args, "mentions"),
                                    .health = given(args, "health")};
    w->filter.tags = split(w, value_cstr_or(args, "tag", ""), &w->filter.tag_count);
    if (where && aws_where_new(str_from(where), &w->filter.where, err))
        return err_wrap(err, "where");
    w->max = (size_t)value_i64_or(args, "max", 100);
    return strcmp(value_cstr_or(args, "from", "live"), "live") == 0 ? ask_now(w, args, err)
                                                                    : ask_kept(w, args, err);
}

static void start(struct tool_call *c)
{
    struct work *w = xcalloc(1, sizeof(*w));
    struct err err = ERR_INIT;

    w->call = c;
    w->arena = arena_new(0);
    buf_init(&w->rows, BODY_MAX / 2);
    buf_init(&w->failures, BODY_MAX / 8);
    tool_call_set_data(c, w);
    if (prepare(w, tool_call_args(c), &err)) {
        tool_call_set_data(c, NULL);
        work_free(w);
        aws_tool_fail(c, &err);
    }
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (!w)
        return;
    w->canceled = true;
    if (w->survey)
        aws_survey_cancel(w->survey);
    if (w->job)
        loop_job_cancel(tool_call_loop(c), w->job);
}

const struct tool_def tool_aws_resources = {
    .name = "aws_resources",
    .help = "List what is there in AWS, over services, regions and accounts, filtered.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
