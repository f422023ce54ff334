/* health_events.c - see health_events.h. Events first; then, ten at a time, what they say and whom
 * they concern. */
#include "runbook/service/aws/health_events.h"

#include <ctype.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define REGION "us-east-1" /* the service has one address */
#define AT_ONCE 10         /* ARNs in a call. Source: DescribeEventDetails */
#define CALL_MS 45000
#define TEXT_MAX_CHARS 2000

struct aws_health_events {
    struct aws_health_query q;
    struct arena *arena;
    struct aws_batch *batch;
    VEC(struct aws_health_event) events;
    enum aws_end end;
    struct err err;
    unsigned requests;
    void (*on_done)(void *ctx);
    void *ctx;
};

static bool is_worse(enum aws_end end, enum aws_end than)
{
    return end != AWS_END_WHOLE && (than == AWS_END_WHOLE || than == AWS_END_CUT);
}

static void on_end(void *ctx, const struct aws_result *r)
{
    struct aws_health_events *h = ctx;

    h->requests += r->requests;
    if (!is_worse(r->end, h->end))
        return;
    h->end = r->end;
    h->err = r->err;
    if (r->end == AWS_END_NOT_ENABLED)
        err_set(&h->err, ERR_DENIED,
                "the support plan of this account does not allow it: AWS Health's API needs "
                "Business Support or higher (%s)",
                r->code);
}

/* ---- whom it concerns, and what it says ---- */

static struct aws_health_event *event_of(struct aws_health_events *h, struct str arn)
{
    VEC_EACH (e, &h->events)
        if (str_eq_c(arn, e->arn))
            return e;
    return NULL;
}

static bool on_entities(void *ctx, const struct value *items)
{
    struct aws_health_events *h = ctx;

    VALUE_EACH (it, items) {
        struct aws_health_event *e = event_of(h, value_str_or(it, "eventArn", ""));
        const char *id = aws_text(h->arena, it, "entityValue");

        if (!e)
            continue;
        e->impaired += str_eq_c(value_str_or(it, "statusCode", ""), "IMPAIRED");
        if (!e->entities)
            e->entities = arena_array(h->arena, AWS_HEALTH_ENTITIES_MAX, sizeof(*e->entities));
        if (e->entity_count < AWS_HEALTH_ENTITIES_MAX)
            e->entities[e->entity_count++] = *id ? id : aws_text(h->arena, it, "entityArn");
    }
    return true;
}

static bool on_details(void *ctx, const struct value *items)
{
    struct aws_health_events *h = ctx;

    VALUE_EACH (it, items) {
        struct aws_health_event *e = event_of(h, value_str_or(value_get(it, "event"), "arn", ""));
        struct str text = value_str_or(it, "eventDescription.latestDescription", "");

        if (e)
            e->text = arena_strndup(h->arena, text.ptr,
                                    text.len < TEXT_MAX_CHARS ? text.len : TEXT_MAX_CHARS);
    }
    return true;
}

static void ask(struct aws_health_events *h, const char *operation, const char *params,
                bool (*page)(void *ctx, const struct value *items),
                void (*end)(void *ctx, const struct aws_result *r))
{
    aws_batch_add(h->batch,
                  &(struct aws_batch_call){.service = "health",
                                           .operation = operation,
                                           .max_items = 1000,
                                           .on_page = page,
                                           .on_end = end,
                                           .ctx = h},
                  params);
}

static int newest_first(const void *a, const void *b)
{
    const struct aws_health_event *x = a, *y = b;

    return x->start_ms != y->start_ms ? (x->start_ms < y->start_ms ? 1 : -1)
                                      : strcmp(x->arn, y->arn);
}

static void ask_more(struct aws_health_events *h)
{
    struct buf arns = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;

    for (size_t i = 0; i < h->events.count; i += AT_ONCE) {
        const char *entities, *details;

        buf_clear(&arns);
        json_writer_init(&w, &arns);
        json_array_begin(&w);
        for (size_t k = i; k < h->events.count && k < i + AT_ONCE; k++)
            json_cstring(&w, h->events.items[k].arn);
        json_array_end(&w);
        entities = arena_printf(h->arena, "{\"filter\":{\"eventArns\":%s},\"maxResults\":100}",
                                buf_cstr(&arns));
        details = arena_printf(h->arena, "{\"eventArns\":%s}", buf_cstr(&arns));
        ask(h, "DescribeAffectedEntities", entities, on_entities, on_end);
        ask(h, "DescribeEventDetails", details, on_details, on_end);
    }
    buf_release(&arns);
}

/* ---- the events ---- */

static bool on_events(void *ctx, const struct value *items)
{
    struct aws_health_events *h = ctx;
    struct arena *a = h->arena;

    VALUE_EACH (it, items) {
        struct aws_health_event e = {.arn = aws_text(a, it, "arn"),
                                     .type = aws_text(a, it, "eventTypeCode"),
                                     .service = aws_text(a, it, "service"),
                                     .category = aws_text(a, it, "eventTypeCategory"),
                                     .scope = aws_text(a, it, "eventScopeCode"),
                                     .status = aws_text(a, it, "statusCode"),
                                     .region = aws_text(a, it, "region"),
                                     .zone = aws_text(a, it, "availabilityZone"),
                                     .text = "",
                                     .start_ms = aws_time_ms(value_get(it, "startTime")),
                                     .end_ms = aws_time_ms(value_get(it, "endTime")),
                                     .updated_ms = aws_time_ms(value_get(it, "lastUpdatedTime"))};

        if (e.end_ms && e.end_ms < h->q.since_ms)
            continue;
        *VEC_PUSH(&h->events) = e;
    }
    return true;
}

static void on_events_end(void *ctx, const struct aws_result *r)
{
    struct aws_health_events *h = ctx;

    on_end(h, r);
    if (h->events.count)
        qsort(h->events.items, h->events.count, sizeof(*h->events.items), newest_first);
    if (h->events.count > AWS_HEALTH_EVENTS_MAX) {
        h->events.count = AWS_HEALTH_EVENTS_MAX;
        if (h->end == AWS_END_WHOLE)
            h->end = AWS_END_CUT;
    }
    ask_more(h);
}

static void on_idle(void *ctx)
{
    struct aws_health_events *h = ctx;

    h->on_done(h->ctx); /* may free `h` */
}

/* Without a time: an event that began long ago may still be going on. */
static const char *filter(struct aws_health_events *h)
{
    struct buf out = BUF_INIT(2000);
    char service[64];
    const char *text;
    size_t n = 0;

    buf_adds(&out, h->q.open_only
                       ? "{\"filter\":{\"eventStatusCodes\":[\"open\",\"upcoming\"]"
                       : "{\"filter\":{\"eventStatusCodes\":[\"open\",\"upcoming\",\"closed\"]");
    if (h->q.region)
        buf_addf(&out, ",\"regions\":[\"%s\",\"global\"]", h->q.region);
    for (const char *s = h->q.service; s && *s && n + 1 < sizeof(service); s++)
        if (isalnum((unsigned char)*s) || *s == '-' || *s == '_')
            service[n++] = (char)toupper((unsigned char)*s);
    service[n] = '\0';
    if (n)
        buf_addf(&out, ",\"services\":[\"%s\"]", service);
    if (!h->q.open_only)
        buf_addf(&out, ",\"lastUpdatedTimes\":[{\"from\":%.3f}]", (double)h->q.since_ms / 1000);
    buf_adds(&out, "},\"maxResults\":100}");
    text = arena_str(h->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

struct aws_health_events *aws_health_events_start(const struct aws_health_query *q,
                                                  void (*on_done)(void *ctx), void *ctx)
{
    struct aws_health_events *h = xcalloc(1, sizeof(*h));
    struct aws_batch_options o = {.loop = q->loop,
                                  .catalogue = q->catalogue,
                                  .client = q->client,
                                  .region = REGION,
                                  .timeout_ms = CALL_MS,
                                  .on_idle = on_idle,
                                  .ctx = h,
                                  .tally = q->tally};

    h->arena = arena_new(0);
    h->q = *q;
    h->q.region = q->region && aws_region_valid(str_from(q->region))
                      ? arena_strdup(h->arena, q->region)
                      : NULL;
    h->q.service = arena_strdup(h->arena, q->service);
    h->on_done = on_done;
    h->ctx = ctx;
    h->batch = aws_batch_new(&o);
    ask(h, "DescribeEvents", filter(h), on_events, on_events_end);
    return h;
}

void aws_health_events_cancel(struct aws_health_events *h)
{
    aws_batch_cancel(h->batch);
}

void aws_health_events_free(struct aws_health_events *h)
{
    if (!h)
        return;
    aws_batch_free(h->batch);
    VEC_RELEASE(&h->events);
    arena_free(h->arena);
    free(h);
}

const struct aws_health_event *aws_health_events_list(const struct aws_health_events *h,
                                                      size_t *ret_count)
{
    *ret_count = h->events.count;
    return h->events.items;
}

enum aws_end aws_health_events_end(const struct aws_health_events *h, struct err *ret)
{
    *ret = h->err;
    return h->end;
}

/* ---- as JSON ---- */

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (ms)
        time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

static void put_event(const struct aws_health_event *e, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "type", e->type);
    json_put_cstr(w, "service", e->service);
    json_put_cstr(w, "category", e->category);
    json_put_cstr(w, "status", e->status);
    json_put_cstr(w, "region", e->region);
    json_put_cstr(w, "zone", *e->zone ? e->zone : NULL);
    json_put_cstr(w, "scope", e->scope);
    json_put_int(w, "start_ms", e->start_ms);
    put_time(w, "start", e->start_ms);
    put_time(w, "end", e->end_ms);
    put_time(w, "updated", e->updated_ms);
    json_put_cstr(w, "text", e->text);
    json_put_int(w, "impaired", (int64_t)e->impaired);
    json_key(w, "entities");
    json_array_begin(w);
    for (size_t i = 0; i < e->entity_count; i++)
        json_cstring(w, e->entities[i]);
    json_array_end(w);
    json_put_cstr(w, "arn", e->arn);
    json_object_end(w);
}

void aws_health_events_write(const struct aws_health_events *h, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "end", aws_end_name(h->end));
    json_put_cstr(w, "error", h->err.code ? h->err.msg : NULL);
    json_put_int(w, "requests", h->requests);
    json_put_int(w, "total", (int64_t)h->events.count);
    json_key(w, "events");
    json_array_begin(w);
    VEC_EACH (e, &h->events)
        put_event(e, w);
    json_array_end(w);
    json_object_end(w);
}
