/* changes.c - see changes.h and changes_priv.h: a question, its sources, and its answer. */
#include "changes_priv.h"

#include <ctype.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CALL_MS 45000
#define MARGIN_MS 60000 /* until the request arrives */

static const struct source_row *const rows[] = {
    &changes_trail_row,        &changes_config_row,  &changes_codedeploy_row,
    &changes_codepipeline_row, &changes_ecs_row,     &changes_lambda_row,
    &changes_stack_row,        &changes_scaling_row, &changes_rds_row,
    &changes_elasticache_row,  &changes_health_row,
};

const char *aws_outcome_name(enum aws_outcome o)
{
    static const char *const names[AWS_OUTCOMES] = {"ok", "running", "failed", "rolled-back"};

    return names[o];
}

/* ---- names ---- */

static struct str until_char(struct str s, char end)
{
    struct str rest = s, piece = s;

    if (end)
        str_split(&rest, end, &piece);
    return piece;
}

struct str aws_resource_tail(struct str id)
{
    static const struct {
        struct str before;
        char end;
    } forms[] = {{STR_LIT(":function:"), ':'},         {STR_LIT(":stack/"), '/'},
                 {STR_LIT(":targetgroup/"), '/'},      {STR_LIT(":loadbalancer/app/"), '/'},
                 {STR_LIT(":loadbalancer/net/"), '/'}, {STR_LIT(":task-definition/"), '\0'},
                 {STR_LIT(":log-group:"), ':'}};
    size_t n = id.len;

    for (size_t i = 0; i < COUNT(forms); i++) {
        ptrdiff_t at = str_find(id, forms[i].before);

        if (at >= 0) {
            size_t skip = (size_t)at + forms[i].before.len;

            return until_char((struct str){id.ptr + skip, id.len - skip}, forms[i].end);
        }
    }
    while (n > 0 && id.ptr[n - 1] != '/' && id.ptr[n - 1] != ':')
        n--;
    return n == id.len ? id : (struct str){id.ptr + n, id.len - n};
}

static bool of_name(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

bool aws_text_mentions(struct str text, struct str name)
{
    ptrdiff_t at;

    while (name.len && (at = str_find(text, name)) >= 0) {
        const char *begin = text.ptr + at, *end = begin + name.len;
        bool before = begin == text.ptr || !of_name(begin[-1]);
        bool after = end == text.ptr + text.len || !of_name(*end) ||
                     (*end == '.' && (end + 1 == text.ptr + text.len || !of_name(end[1])));

        if (before && after)
            return true;
        text.len -= (size_t)(end - text.ptr);
        text.ptr = end;
    }
    return false;
}

/* ---- for the sources ---- */

bool changes_in_window(const struct aws_changes *c, int64_t ts_ms)
{
    return ts_ms >= c->q.since_ms && ts_ms <= c->q.until_ms;
}

const char *changes_quoted(struct arena *a, const char *text)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;
    const char *ret;

    json_writer_init(&w, &out);
    json_cstring(&w, text);
    ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

const char *changes_list(struct arena *a, const char *const *items, size_t count)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;
    const char *ret;

    json_writer_init(&w, &out);
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        json_cstring(&w, items[i]);
    json_array_end(&w);
    ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

struct mark *changes_add(struct source *s, int64_t ts_ms, const char *id, const char *resource)
{
    struct aws_changes *c = s->c;
    const char *key = arena_printf(c->arena, "%s %s", s->row->name, id);
    struct mark *m;

    if (!ts_ms || !changes_in_window(c, ts_ms) || (*id && map_has(c->seen, str_from(key))))
        return NULL;
    map_set(c->seen, str_from(key), c);
    m = VEC_PUSH(&c->marks);
    s->told.marks++;
    m->x = (struct aws_change){.ts_ms = ts_ms,
                               .kind = "event",
                               .actor = "",
                               .from = "",
                               .resource = resource,
                               .name = arena_str(c->arena, aws_resource_tail(str_from(resource))),
                               .service = s->row->service,
                               .region = c->q.region,
                               .account = *c->q.number ? c->q.number : c->q.account,
                               .summary = "",
                               .source = "",
                               .call = "",
                               .error = "",
                               .id = id};
    return m;
}

/* How bad an end is: what is read whole, cut, not there, else. */
static int badness(enum aws_end e)
{
    switch (e) {
    case AWS_END_WHOLE:
        return 0;
    case AWS_END_NOT_FOUND: /* it went between two of our calls */
        return 1;
    case AWS_END_CUT:
        return 2;
    case AWS_END_ABSENT:
    case AWS_END_NOT_ENABLED:
        return 3;
    case AWS_END_CANCELED:
    case AWS_END_TIMEOUT:
    case AWS_END_THROTTLED:
    case AWS_END_REFUSED:
    case AWS_END_FAILED:
    case AWS_END_UNREACHED:
    case AWS_END_BAD_ANSWER:
    case AWS_END_INPUT:
    case AWS_END_CLOCK:
        return 4;
    case AWS_END_DENIED:
    case AWS_END_KEYS:
        return 5;
    }
    return 4;
}

struct asked {
    struct source *source;
    const char *operation;
    struct aws_batch_call how;
};

static bool on_page(void *ctx, const struct value *items)
{
    struct asked *a = ctx;

    return a->how.on_page ? a->how.on_page(a->how.ctx, items) : true;
}

static void on_end(void *ctx, const struct aws_result *r)
{
    struct asked *a = ctx;
    struct aws_change_source *t = &a->source->told;

    t->requests += r->requests;
    if (badness(r->end) > badness(t->end)) {
        t->end = r->end;
        t->code = arena_strdup(a->source->c->arena, r->code);
        t->why = r->err.code ? arena_printf(a->source->c->arena, "%s: %s", a->operation, r->err.msg)
                             : "";
    }
    if (a->how.on_end)
        a->how.on_end(a->how.ctx, r);
}

void changes_ask(struct source *s, const char *operation, const char *params,
                 const struct aws_batch_call *how)
{
    struct asked *a = arena_alloc(s->c->arena, sizeof(*a));
    struct aws_batch_call call = *how;

    a->source = s;
    a->operation = operation;
    a->how = *how;
    if (!a->how.ctx)
        a->how.ctx = s;
    call.service = s->row->service;
    call.operation = operation;
    call.on_page = on_page;
    call.on_end = on_end;
    call.ctx = a;
    aws_batch_add(s->c->batch, &call, params);
}

/* ---- what is left of the marks ---- */

static int by_time(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;

    if (x->x.ts_ms != y->x.ts_ms)
        return x->x.ts_ms < y->x.ts_ms ? -1 : 1;
    if (x->x.source != y->x.source && strcmp(x->x.source, y->x.source) != 0)
        return strcmp(x->x.source, y->x.source);
    return strcmp(x->x.id, y->x.id);
}

static bool concerns(const struct aws_changes *c, const struct mark *m)
{
    struct str wanted;

    if (c->q.service && strcmp(c->q.service, m->x.service) != 0 &&
        strcmp(m->x.kind, "provider") != 0)
        return false;
    if (!c->q.resource)
        return true;
    wanted = aws_resource_tail(str_from(c->q.resource));
    if (aws_text_mentions(str_from(m->x.resource), wanted) ||
        aws_text_mentions(str_from(m->x.summary), wanted))
        return true;
    for (size_t i = 0; i < m->name_count; i++)
        if (aws_text_mentions(str_from(m->names[i]), wanted))
            return true;
    return false;
}

static void settle(struct aws_changes *c)
{
    size_t n = c->marks.count;

    if (n)
        qsort(c->marks.items, n, sizeof(*c->marks.items), by_time);
    changes_merge(c->marks.items, n, c->arena);
    c->list = arena_array(c->arena, n + 1, sizeof(*c->list));
    for (size_t i = n; i > 0; i--)
        if (!c->marks.items[i - 1].gone && concerns(c, &c->marks.items[i - 1]))
            c->list[c->count++] = c->marks.items[i - 1].x;
    for (size_t i = 0; i < c->source_count; i++)
        c->told[i] = c->sources[i].told;
}

static void on_idle(void *ctx)
{
    struct aws_changes *c = ctx;

    settle(c);
    c->on_done(c->ctx); /* may free `c` */
}

/* ---- public ---- */

static bool is_wanted(const struct aws_changes_query *q, const struct source_row *row)
{
    bool named = !q->sources;

    for (size_t i = 0; q->sources && q->sources[i]; i++)
        named = named || strcmp(q->sources[i], row->name) == 0;
    if (!named || !q->service || !row->concerns)
        return named;
    return aws_text_mentions(str_from(row->concerns), str_from(q->service));
}

static enum err_code check(const struct aws_changes_query *q, const char *region, struct err *err)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    for (size_t i = 0; q->sources && q->sources[i]; i++) {
        bool known = false;

        for (size_t k = 0; k < COUNT(rows); k++)
            known = known || strcmp(rows[k]->name, q->sources[i]) == 0;
        if (!known)
            return err_set(err, ERR_INPUT, "no source of changes '%s'", q->sources[i]);
    }
    if (!region || !*region)
        return err_set(err, ERR_INPUT,
                       "no region: name one, or set AWS_REGION or the profile's region");
    if (aws_region_check(region, err))
        return err->code;
    if (q->since_ms > 0 && q->since_ms < q->until_ms)
        return ERR_OK;
    time_format_utc(q->since_ms, from);
    time_format_utc(q->until_ms, to);
    return err_set(err, ERR_INPUT, "nothing can be between %s and %s: since must be before until",
                   from, to);
}

/* What lies before what a source remembers is not asked for; false: nothing is left to ask. */
static bool note_reach(struct source *s)
{
    int64_t reach = s->row->reach_ms, now = loop_wall_ms(s->c->q.loop);
    char text[TIME_TEXT_MAX];

    if (!reach || s->c->q.since_ms >= now - reach)
        return true;
    duration_format(reach, text);
    s->told.end = AWS_END_CUT;
    s->told.why = arena_printf(s->c->arena, "it remembers no more than %s", text);
    return s->c->q.until_ms > now - reach;
}

int64_t changes_since(const struct source *s)
{
    int64_t oldest = loop_wall_ms(s->c->q.loop) - s->row->reach_ms + MARGIN_MS;

    return s->row->reach_ms && s->c->q.since_ms < oldest ? oldest : s->c->q.since_ms;
}

static void begin(struct aws_changes *c)
{
    struct aws_batch_options o = {.loop = c->q.loop,
                                  .catalogue = c->q.catalogue,
                                  .client = c->q.client,
                                  .region = c->q.region,
                                  .timeout_ms = CALL_MS,
                                  .on_idle = on_idle,
                                  .ctx = c,
                                  .tally = c->q.tally};

    c->batch = aws_batch_new(&o);
    c->sources = arena_array(c->arena, COUNT(rows), sizeof(*c->sources));
    c->told = arena_array(c->arena, COUNT(rows), sizeof(*c->told));
    c->source_count = COUNT(rows);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct source *s = &c->sources[i];

        *s = (struct source){
            .c = c,
            .row = rows[i],
            .told = {.name = rows[i]->name, .service = rows[i]->service, .why = "", .code = ""}};
        if (!is_wanted(&c->q, rows[i]))
            continue;
        s->told.asked = true;
        if (note_reach(s))
            rows[i]->start(s);
    }
}

enum err_code aws_changes_start(const struct aws_changes_query *q, void (*on_done)(void *ctx),
                                void *ctx, struct aws_changes **ret, struct err *err)
{
    const char *region = q->region ? q->region : aws_client_region(q->client);
    struct aws_changes_query full = *q;
    struct aws_changes *c;

    if (!full.until_ms)
        full.until_ms = loop_wall_ms(q->loop);
    if (check(&full, region, err))
        return err->code;
    c = xcalloc(1, sizeof(*c));
    c->arena = arena_new(0);
    c->seen = map_new();
    c->q = full;
    c->q.region = arena_strdup(c->arena, region);
    c->q.account = arena_strdup(c->arena, q->account ? q->account : "");
    c->q.number = arena_strdup(c->arena, q->number ? q->number : "");
    c->q.resource = q->resource && *q->resource ? arena_strdup(c->arena, q->resource) : NULL;
    c->q.service = q->service && *q->service ? arena_strdup(c->arena, q->service) : NULL;
    c->on_done = on_done;
    c->ctx = ctx;
    begin(c);
    *ret = c;
    return ERR_OK;
}

size_t aws_changes_so_far(const struct aws_changes *c)
{
    return c->marks.count;
}

void aws_changes_cancel(struct aws_changes *c)
{
    aws_batch_cancel(c->batch);
}

void aws_changes_free(struct aws_changes *c)
{
    if (!c)
        return;
    aws_batch_free(c->batch);
    VEC_RELEASE(&c->marks);
    map_free(c->seen);
    arena_free(c->arena);
    free(c);
}

const struct aws_change *aws_changes_list(const struct aws_changes *c, size_t *ret_count)
{
    *ret_count = c->count;
    return c->list;
}

const struct aws_change_source *aws_changes_sources(const struct aws_changes *c, size_t *ret_count)
{
    *ret_count = c->source_count;
    return c->told;
}

bool aws_change_source_failed(const struct aws_change_source *s)
{
    return s->asked && badness(s->end) > 3;
}
