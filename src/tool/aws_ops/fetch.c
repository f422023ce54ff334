/* fetch.c - see fetch.h. First who we are, then the lists of each kind, then what else is read of
 * each resource (a bounded number at once), then metrics (fetch_metrics.c). */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/catalogue.h"

#define AT_ONCE 64
#define SUBJECTS_MAX 5000
#define ITEMS_MAX 1000 /* of one read about one resource */
#define DENIED_MAX 5   /* a read that nobody may do is not tried for each resource */
#define COPY_DEPTH 64

/* One read: of one resource, or of all of a kind in a region. */
struct ops_read_job {
    struct ops_run *run;
    const struct ops_kind *kind;
    const struct ops_read *read;
    size_t index;   /* of the kind's reads */
    size_t subject; /* of the report; with `shared` the first one */
    bool shared;    /* of a region */
    const char *region;
    aws_id id;
    struct value *items; /* an array */
    size_t room;
    size_t next; /* of the items, where the next resource is looked for first */
};

/* ---- what has come ---- */

static const char *clean(struct ops_run *r, struct str s)
{
    struct buf out = BUF_INIT(s.len * 12 + 16);
    const char *kept;

    text_sanitize(&out, s, false, false);
    kept = arena_strdup(r->arena, buf_cstr(&out));
    buf_release(&out);
    return kept;
}

static struct value copy(struct arena *a, const struct value *v, int depth)
{
    struct value out = *v;

    out.key = (struct str){arena_str(a, v->key), v->key.len};
    if (v->type == VALUE_STRING) {
        out.u.string = (struct str){arena_str(a, v->u.string), v->u.string.len};
    } else if (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT) {
        out.u.list.count = depth < COPY_DEPTH ? value_count(v) : 0;
        out.u.list.items = arena_array(a, out.u.list.count + 1, sizeof(*out.u.list.items));
        for (size_t i = 0; i < out.u.list.count; i++)
            out.u.list.items[i] = copy(a, value_at(v, i), depth + 1);
    }
    return out;
}

static const struct value *copied(struct ops_run *r, const struct value *v)
{
    struct value *out = arena_alloc(r->arena, sizeof(*out));

    *out = copy(r->arena, v, 0);
    return out;
}

bool ops_end_failed(enum aws_end end)
{
    return end != AWS_END_WHOLE && end != AWS_END_CUT && end != AWS_END_ABSENT &&
           end != AWS_END_NOT_ENABLED && end != AWS_END_NOT_FOUND;
}

static const char *action_of(struct ops_run *r, const char *service, const char *operation)
{
    const struct aws_service *s;
    char action[AWS_ACTION_MAX] = "";
    struct err ignored = ERR_INIT;

    if (!aws_catalogue_get(r->o.estate->catalogue, str_from(service), &s, &ignored))
        aws_action_name(s, str_from(operation), action);
    return arena_strdup(r->arena, action);
}

void ops_gap(struct ops_run *r, const char *service, const char *operation, const char *region,
             enum aws_end end, const char *why)
{
    VEC_EACH (g, &r->report.gaps)
        if (g->end == end && strcmp(g->service, service) == 0 &&
            strcmp(g->operation, operation) == 0) {
            g->times++;
            return;
        }
    *VEC_PUSH(&r->report.gaps) =
        (struct ops_gap){.service = arena_strdup(r->arena, service),
                         .operation = arena_strdup(r->arena, operation),
                         .region = arena_strdup(r->arena, region ? region : ""),
                         .account = r->o.account->name,
                         .action = action_of(r, service, operation),
                         .end = end,
                         .why = clean(r, str_from(why)),
                         .times = 1};
}

/* ---- reads ---- */

static void pump(struct ops_run *r);

static const struct value *pairs(struct ops_run *r, const struct value *items)
{
    struct value *out = arena_alloc(r->arena, sizeof(*out));

    out->type = VALUE_OBJECT;
    out->u.list.items = arena_array(r->arena, value_count(items) + 1, sizeof(*out));
    VALUE_EACH (it, items) {
        struct str name = value_str_or(it, "Name", "");
        const struct value *v = value_get(it, "Value");

        if (!name.len || !v || value_get(out, name.ptr))
            continue;
        out->u.list.items[out->u.list.count] = *v;
        out->u.list.items[out->u.list.count++].key = name;
    }
    return out;
}

static const struct value *empty(enum value_type type)
{
    static const struct value object = {.type = VALUE_OBJECT}, array = {.type = VALUE_ARRAY};

    return type == VALUE_ARRAY ? &array : &object;
}

struct match {
    const char *id;
    bool found;
};

static void match_leaf(void *ctx, const struct value *leaf)
{
    struct match *m = ctx;

    m->found = m->found || (leaf->type == VALUE_STRING && str_eq_c(leaf->u.string, m->id));
}

/* The item of a shared read that is this resource's. */
static const struct value *joined(struct ops_read_job *j, const struct ops_subject *s)
{
    size_t count = value_count(j->items);

    for (size_t i = 0; i < count; i++) { /* both lists mostly are in one order */
        size_t at = (j->next + i) % count;
        struct ops_record record = {.kind = j->kind, .item = value_at(j->items, at)};
        struct match m = {.id = s->record.id};

        ops_visit(&record, j->read->join, match_leaf, &m);
        if (!m.found)
            continue;
        j->next = at + 1;
        return record.item;
    }
    return NULL;
}

static void settle(struct ops_read_job *j, struct ops_subject *s, const char *why)
{
    struct ops_answer *a = &s->record.reads[j->index];

    if (why)
        a->why = why;
    else if (j->read->join)
        a->value = joined(j, s);
    else if (j->read->pairs)
        a->value = pairs(j->run, j->items);
    else if (j->read->whole)
        a->value = j->items;
    else
        a->value = value_count(j->items) ? value_at(j->items, 0) : empty(VALUE_OBJECT);
    if (!a->value && !a->why)
        a->why = "AWS does not list it there";
}

static bool same_place(const struct ops_read_job *j, const struct ops_subject *s)
{
    return s->record.kind == j->kind && strcmp(s->record.region, j->region) == 0;
}

static void on_items(void *ctx, const struct value *items)
{
    struct ops_read_job *j = ctx;
    size_t count = j->items->u.list.count;

    VALUE_EACH (it, items) {
        if (count == j->room) {
            size_t room = j->room ? j->room * 2 : 8;
            struct value *more = arena_array(j->run->arena, room, sizeof(*more));

            for (size_t i = 0; i < count; i++)
                more[i] = j->items->u.list.items[i];
            j->items->u.list.items = more;
            j->room = room;
        }
        j->items->u.list.items[count++] = copy(j->run->arena, it, 0);
    }
    j->items->u.list.count = count;
}

static struct ops_read_tally *tally_of(struct ops_run *r, const struct ops_read *read)
{
    struct ops_read_tally *t;

    VEC_EACH (it, &r->tallies)
        if (it->read == read)
            return it;
    t = VEC_PUSH(&r->tallies);
    t->read = read;
    return t;
}

static void on_read(void *ctx, const struct aws_result *result)
{
    struct ops_read_job *j = ctx;
    struct ops_run *r = j->run;
    const char *service = j->read->service ? j->read->service : j->kind->service, *why = NULL;

    struct ops_read_tally *t = tally_of(r, j->read);

    j->id = 0;
    r->jobs_out--;
    r->report.requests += result->requests;
    if (ops_end_failed(result->end)) {
        ops_gap(r, service, j->read->operation, j->region, result->end, result->err.msg);
        why = clean(r, str_from(result->err.msg));
        if (result->end == AWS_END_DENIED) {
            t->denied++;
            t->why = why;
        }
    } else if (result->end == AWS_END_ABSENT || result->end == AWS_END_NOT_ENABLED) {
        why = aws_end_sentence(result->end);
    } else {
        t->answered = true;
    }
    if (!j->shared)
        settle(j, &r->report.subjects.items[j->subject], why);
    for (size_t i = 0; j->shared && i < r->report.subjects.count; i++)
        if (same_place(j, &r->report.subjects.items[i]))
            settle(j, &r->report.subjects.items[i], why);
    pump(r);
}

/* {with..., param: text}; NULL: the record does not say what is asked about. */
static const struct value *params_of(const struct ops_read_job *j)
{
    struct ops_run *r = j->run;
    const struct ops_read *read = j->read;
    const struct value *with = NULL;
    struct value *out = arena_alloc(r->arena, sizeof(*out)), *last;
    struct err ignored = ERR_INIT;
    const char *text;

    if (read->with && json_parse(r->arena, str_from(read->with), &with, &ignored))
        mem_fatal("a row of the operations matrix is no JSON");
    out->type = VALUE_OBJECT;
    out->u.list.items = arena_array(r->arena, value_count(with) + 1, sizeof(*out));
    VALUE_EACH (it, with)
        out->u.list.items[out->u.list.count++] = *it;
    if (!read->param)
        return out;
    text = ops_text(r->arena, &r->report.subjects.items[j->subject].record, read->from);
    if (!*text)
        return NULL;
    last = &out->u.list.items[out->u.list.count++];
    *last = (struct value){
        .type = VALUE_STRING, .key = str_from(read->param), .u.string = str_from(text)};
    return out;
}

static const char *own_region(const struct ops_run *r)
{
    const char *region = r->o.region_count ? r->o.regions[0] : aws_account_region(r->o.account);

    return region ? region : "us-east-1";
}

/* What runs in a region: "global" is asked where we are. */
static const char *place(const struct ops_run *r, const char *region)
{
    return strcmp(region, "global") == 0 ? own_region(r) : region;
}

static void send_job(struct ops_read_job *j)
{
    static const struct aws_callbacks callbacks = {on_items, NULL, on_read};
    struct ops_run *r = j->run;
    const struct ops_read_tally *t = tally_of(r, j->read);
    const char *service = j->read->service ? j->read->service : j->kind->service;
    struct aws_query q = {.region = place(r, j->region),
                          .max_items = j->shared ? 0 : ITEMS_MAX,
                          .whole = j->read->entire,
                          .tally = r->o.tally};
    struct err err = ERR_INIT;

    if (t->denied >= DENIED_MAX && !t->answered && !j->shared) {
        ops_gap(r, service, j->read->operation, j->region, AWS_END_DENIED, t->why);
        settle(j, &r->report.subjects.items[j->subject], t->why);
        return;
    }
    j->items = arena_alloc(r->arena, sizeof(*j->items));
    j->items->type = VALUE_ARRAY;
    q.params = params_of(j);
    if (!q.params) {
        settle(j, &r->report.subjects.items[j->subject], "its record does not say what to ask for");
        return;
    }
    if (aws_catalogue_get(r->o.estate->catalogue, str_from(service), &q.service, &err) ||
        aws_catalogue_operation(q.service, str_from(j->read->operation), &q.list, &err)) {
        settle(j, &r->report.subjects.items[j->subject], clean(r, str_from(err.msg)));
        return;
    }
    r->jobs_out++;
    j->id = aws_send(r->o.account->client, &q, &callbacks, j);
}

static void pump(struct ops_run *r)
{
    while (!r->canceled && r->jobs_out < AT_ONCE && r->next_job < r->jobs.count)
        send_job(r->jobs.items[r->next_job++]);
    if (!r->jobs_out && !r->ended && (r->canceled || r->next_job == r->jobs.count)) {
        r->ended = true;
        if (r->canceled)
            ops_run_judge(r);
        else
            ops_fetch_metrics(r);
    }
}

static bool have_shared(const struct ops_run *r, const struct ops_read *read, const char *region)
{
    VEC_EACH (j, &r->jobs)
        if ((*j)->shared && (*j)->read == read && strcmp((*j)->region, region) == 0)
            return true;
    return false;
}

static void plan_reads(struct ops_run *r)
{
    for (size_t i = 0; i < r->report.subjects.count; i++) {
        const struct ops_record *s = &r->report.subjects.items[i].record;

        for (size_t k = 0; k < ops_count_reads(s->kind) && k < OPS_READS_MAX; k++) {
            const struct ops_read *read = &s->kind->reads[k];
            struct ops_read_job *j;

            if (!read->param && have_shared(r, read, s->region))
                continue;
            j = arena_alloc(r->arena, sizeof(*j));
            *j = (struct ops_read_job){.run = r,
                                       .kind = s->kind,
                                       .read = read,
                                       .index = k,
                                       .subject = i,
                                       .shared = !read->param,
                                       .region = s->region};
            *VEC_PUSH(&r->jobs) = j;
        }
    }
    pump(r);
}

/* ---- lists ---- */

static bool fits(const struct ops_run *r, const struct aws_resource *it)
{
    struct str match = str_from(r->o.match);

    return !match.len || str_eq(it->id, match) || str_eq(it->name, match) ||
           str_eq(it->arn, match) ||
           (str_starts(match, "arn:") && !it->arn.len && match.len > it->id.len && it->id.len &&
            str_ends(match, arena_str(r->arena, it->id)) &&
            strchr(":/", match.ptr[match.len - it->id.len - 1]));
}

static void on_resource(void *ctx, const struct aws_resource *it)
{
    struct ops_run *r = ctx;
    const struct ops_kind *kind = ops_kind_find(it->service->id, it->list->resource);
    struct ops_subject *s;

    if (!kind || !fits(r, it))
        return;
    if (r->report.subjects.count >= (r->o.max ? r->o.max : SUBJECTS_MAX)) {
        r->report.left_out++;
        return;
    }
    s = VEC_PUSH(&r->report.subjects);
    s->record = (struct ops_record){.kind = kind,
                                    .id = clean(r, it->id),
                                    .name = clean(r, it->name.len ? it->name : it->id),
                                    .arn = clean(r, it->arn),
                                    .state = clean(r, it->state),
                                    .region = arena_strdup(r->arena, it->region),
                                    .account = r->o.account->name,
                                    .number = r->number,
                                    .item = copied(r, it->item)};
}

static void on_cell(void *ctx, const struct aws_cell *c)
{
    struct ops_run *r = ctx;

    r->report.requests += c->result->requests;
    if (ops_end_failed(c->result->end))
        ops_gap(r, c->service_id, c->operation, c->region, c->result->end, c->result->err.msg);
}

static void on_scanned(void *ctx)
{
    struct ops_run *r = ctx;

    if (--r->scans_left == 0)
        plan_reads(r);
}

static void start_scans(struct ops_run *r)
{
    static const struct aws_scan_callbacks callbacks = {on_resource, on_cell, on_scanned};

    r->scans = arena_array(r->arena, r->o.kind_count + 1, sizeof(*r->scans));
    r->scans_left = r->o.kind_count;
    for (size_t i = 0; i < r->o.kind_count; i++) {
        struct aws_scan_options o = {.client = r->o.account->client,
                                     .loop = r->o.estate->loop,
                                     .catalogue = r->o.estate->catalogue,
                                     .account = r->number,
                                     .services = &r->o.kinds[i]->service,
                                     .service_count = 1,
                                     .regions = r->o.regions,
                                     .region_count = r->o.region_count,
                                     .type = r->o.kinds[i]->kind,
                                     .tally = r->o.tally};

        r->scans[i] = aws_scan_start(&o, &callbacks, r);
    }
}

/* ---- who we are ---- */

static void on_identity(void *ctx, const struct value *items)
{
    struct ops_run *r = ctx;
    struct str number = value_str_or(value_at(items, 0), "Account", "");

    if (value_count(items) && number.len == 12)
        r->number = clean(r, number);
}

static void on_identity_done(void *ctx, const struct aws_result *result)
{
    struct ops_run *r = ctx;

    r->asking = 0;
    r->report.requests += result->requests;
    if (result->end == AWS_END_KEYS || result->end == AWS_END_CLOCK ||
        result->end == AWS_END_INPUT || result->end == AWS_END_CANCELED) {
        ops_gap(r, "sts", "GetCallerIdentity", "", result->end, result->err.msg);
        ops_run_judge(r);
    } else {
        start_scans(r);
    }
}

struct ops_run *ops_run_start(const struct ops_run_options *o, void (*done)(void *ctx), void *ctx)
{
    static const struct aws_callbacks callbacks = {on_identity, NULL, on_identity_done};
    struct ops_run *r = xcalloc(1, sizeof(*r));
    struct aws_query q = {0};
    struct err ignored = ERR_INIT;

    r->o = *o;
    r->done = done;
    r->ctx = ctx;
    r->arena = arena_new(0);
    r->number = o->account->number;
    r->report.account = o->account->name;
    r->report.anomalies = o->anomalies;
    if (*r->number) {
        start_scans(r);
        return r;
    }
    q.region = own_region(r);
    if (aws_catalogue_get(o->estate->catalogue, STR_LIT("sts"), &q.service, &ignored) ||
        aws_catalogue_operation(q.service, STR_LIT("GetCallerIdentity"), &q.list, &ignored))
        mem_fatal("a definition that the program needs is missing");
    r->asking = aws_send(o->account->client, &q, &callbacks, r);
    return r;
}

/* ---- the end ---- */

void ops_run_judge(struct ops_run *r)
{
    for (size_t i = 0; i < r->report.subjects.count; i++) {
        struct ops_subject *s = &r->report.subjects.items[i];

        ops_judge(r->arena, &s->record, r->series ? r->series[i] : NULL, r->o.now_ms, &s->verdicts);
        s->state = ops_worst(&s->verdicts);
    }
    r->done(r->ctx);
}

const struct ops_report *ops_run_report(const struct ops_run *r)
{
    return &r->report;
}

void ops_run_cancel(struct ops_run *r)
{
    if (r->canceled)
        return;
    r->canceled = true;
    if (r->asking)
        aws_cancel(r->o.account->client, r->asking);
    for (size_t i = 0; r->scans && i < r->o.kind_count; i++)
        if (r->scans[i])
            aws_scan_cancel(r->scans[i]);
    VEC_EACH (j, &r->jobs)
        if ((*j)->id)
            aws_cancel(r->o.account->client, (*j)->id);
    if (r->batches_left) {
        r->batches_left = 0;
        ops_free_metrics(r);
        ops_run_judge(r);
    }
}

void ops_run_free(struct ops_run *r)
{
    if (!r)
        return;
    if (r->asking)
        aws_abandon(r->o.account->client, r->asking);
    for (size_t i = 0; r->scans && i < r->o.kind_count; i++)
        aws_scan_free(r->scans[i]);
    VEC_EACH (j, &r->jobs)
        if ((*j)->id)
            aws_abandon(r->o.account->client, (*j)->id);
    ops_free_metrics(r);
    VEC_EACH (s, &r->report.subjects)
        VEC_RELEASE(&s->verdicts);
    VEC_RELEASE(&r->report.subjects);
    VEC_RELEASE(&r->report.gaps);
    VEC_RELEASE(&r->jobs);
    VEC_RELEASE(&r->tallies);
    VEC_RELEASE(&r->batches);
    arena_free(r->arena);
    free(r);
}
