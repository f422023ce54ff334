/* batch.c - see batch.h. */
#include "runbook/service/aws/batch.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define TIMEOUT_MS 60000

struct one { /* a call */
    struct aws_batch *batch;
    struct aws_batch_call call;
    aws_id id;
    bool enough, over;
    struct err refused; /* it cannot be made */
};

struct aws_batch {
    struct aws_batch_options o;
    struct arena *arena;
    VEC(struct one *) calls;
    size_t open;
    loop_id timer;
    bool canceled, told;
};

static void on_timer(void *ctx);

static void wake(struct aws_batch *b)
{
    if (!b->timer)
        b->timer = loop_timer(b->o.loop, 0, on_timer, b);
}

struct aws_batch *aws_batch_new(const struct aws_batch_options *o)
{
    struct aws_batch *b = xcalloc(1, sizeof(*b));

    b->o = *o;
    b->arena = arena_new(0);
    b->o.region = arena_strdup(b->arena, o->region);
    if (!b->o.timeout_ms)
        b->o.timeout_ms = TIMEOUT_MS;
    wake(b); /* also when nothing will be added */
    return b;
}

void aws_batch_free(struct aws_batch *b)
{
    if (!b)
        return;
    VEC_EACH (c, &b->calls)
        if (!(*c)->over && (*c)->id)
            aws_abandon(b->o.client, (*c)->id);
    loop_timer_cancel(b->o.loop, b->timer);
    VEC_RELEASE(&b->calls);
    arena_free(b->arena);
    free(b);
}

static void ended(struct one *c, const struct aws_result *r)
{
    c->over = true;
    c->batch->open--;
    if (c->call.on_end)
        c->call.on_end(c->call.ctx, r);
    wake(c->batch);
}

/* Those that could not be made, and whether all is over. */
static void on_timer(void *ctx)
{
    struct aws_batch *b = ctx;

    b->timer = 0;
    for (size_t i = 0; i < b->calls.count; i++) {
        struct one *c = b->calls.items[i];
        struct aws_result r = {.end = AWS_END_INPUT, .err = c->refused, .code = ""};

        if (c->over || c->id)
            continue;
        if (c->refused.code == ERR_CANCELED)
            r.end = AWS_END_CANCELED;
        ended(c, &r);
    }
    if (b->open || b->told)
        return;
    b->told = true;
    b->o.on_idle(b->o.ctx); /* may free `b` */
}

static void on_page(void *ctx, const struct value *items)
{
    struct one *c = ctx;

    if (c->enough || !c->call.on_page)
        return;
    c->enough = !c->call.on_page(c->call.ctx, items);
    if (c->enough)
        aws_cancel(c->batch->o.client, c->id);
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct one *c = ctx;
    struct aws_result cut = *r;

    if (c->enough && r->end == AWS_END_CANCELED) {
        cut.end = AWS_END_CUT;
        cut.err = (struct err)ERR_INIT;
    }
    ended(c, &cut);
}

static enum err_code send(struct one *c, const char *params, struct err *err)
{
    static const struct aws_callbacks cb = {.on_page = on_page, .on_done = on_done};
    struct aws_batch *b = c->batch;
    struct aws_query q = {.region = c->call.region ? c->call.region : b->o.region,
                          .max_items = c->call.max_items,
                          .max_pages = c->call.max_pages,
                          .timeout_ms = b->o.timeout_ms,
                          .tally = b->o.tally};

    if (b->canceled)
        return err_set(err, ERR_CANCELED, "canceled");
    if (aws_catalogue_get(b->o.catalogue, str_from(c->call.service), &q.service, err) ||
        aws_catalogue_operation(q.service, str_from(c->call.operation), &q.list, err))
        return err->code;
    if (params && json_parse(b->arena, str_from(params), &q.params, err))
        return err_wrap(err, "parameters of %s", c->call.operation);
    c->id = aws_send(b->o.client, &q, &cb, c);
    return ERR_OK;
}

void aws_batch_add(struct aws_batch *b, const struct aws_batch_call *call, const char *params)
{
    struct one *c = arena_alloc(b->arena, sizeof(*c));

    c->batch = b;
    c->call = *call;
    c->call.region = arena_strdup(b->arena, call->region);
    *VEC_PUSH(&b->calls) = c;
    b->open++;
    b->told = false;
    if (send(c, params, &c->refused))
        wake(b);
}

void aws_batch_cancel(struct aws_batch *b)
{
    b->canceled = true;
    VEC_EACH (c, &b->calls)
        if (!(*c)->over && (*c)->id)
            aws_cancel(b->o.client, (*c)->id);
    wake(b);
}

/* ---- values ---- */

int64_t aws_time_ms(const struct value *v)
{
    const double last = 253402300799.0; /* the end of the year 9999 */
    int64_t ms;

    if (!v)
        return 0;
    if (v->type == VALUE_STRING)
        return v->u.string.len >= 10 && time_parse(v->u.string, &ms) ? ms : 0;
    if (v->type != VALUE_NUMBER || !(v->u.number > 0) || v->u.number > last)
        return 0;
    return (int64_t)llround(v->u.number * 1000);
}

const char *aws_text(struct arena *arena, const struct value *item, const char *path)
{
    const struct value *v = value_get(item, path);

    if (!v)
        v = value_path(item, path);
    if (v && v->type == VALUE_STRING)
        return arena_str(arena, v->u.string);
    if (v && v->type == VALUE_NUMBER && v->u.number == floor(v->u.number))
        return arena_printf(arena, "%.0f", v->u.number);
    if (v && v->type == VALUE_NUMBER)
        return arena_printf(arena, "%g", v->u.number);
    return v && v->type == VALUE_BOOL ? (v->u.boolean ? "true" : "false") : "";
}
