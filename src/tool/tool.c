/* tool.c - the runner: validates arguments, keeps deadlines, delivers each answer once from the
 * loop. A call is on one of two lists: running (until finish, also after a timeout or a cancel was
 * already delivered, which is what `delivered` says) and ready (finished, its answer waits for the
 * next turn). */
#include "runbook/tool/tool.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/tool/toolenv.h"

#define FREE_WAIT_MS 3000
#define ARGS_MAX ((size_t)1 << 20)

struct tool_call {
    struct tool_runner *runner;
    struct tool_call *next;
    const struct tool_def *def;
    tool_id id;
    struct arena *arena;
    const struct value *args;
    int64_t started_ms, deadline_ms, ended_ms;
    loop_id timer;
    void *data;
    tool_done_fn *done;
    void *ctx;
    struct tool_result result; /* when on the ready list */
    bool delivered;
};

struct tool_runner {
    struct loop *loop;
    struct tool_env *env;
    tool_id last_id;
    struct tool_call *running;
    struct tool_call *ready, **ready_tail;
    loop_id deliver_timer; /* 0: none armed */
    size_t busy;           /* calls whose answer was not delivered yet */
    bool closing;
    tool_progress_fn *told;
    void *told_ctx;
};

const struct tool_def *tool_find(const char *name)
{
    for (const struct tool_def *const *t = tool_table(); *t; t++) {
        if (strcmp((*t)->name, name) == 0)
            return *t;
    }
    return NULL;
}

static const struct tool_def *find_more(const struct tool_more *more, const char *name)
{
    for (const struct tool_def *const *t = more ? more->rows : NULL; t && *t; t++) {
        if (strcmp((*t)->name, name) == 0)
            return *t;
    }
    return NULL;
}

const struct tool_def *tool_env_find(const struct tool_env *env, const char *name)
{
    const struct tool_def *def = tool_find(name);

    if (!def && env)
        def = find_more(env->own, name);
    return def || !env ? def : find_more(env->more, name);
}

const struct tool_def *tool_call_def(const struct tool_call *c)
{
    return c->def;
}

const struct value *tool_call_args(const struct tool_call *c)
{
    return c->args;
}

struct tool_env *tool_call_env(const struct tool_call *c)
{
    return c->runner->env;
}

struct loop *tool_call_loop(const struct tool_call *c)
{
    return c->runner->loop;
}

void tool_call_set_data(struct tool_call *c, void *data)
{
    c->data = data;
}

void *tool_call_data(const struct tool_call *c)
{
    return c->data;
}

void tool_result_fail(struct tool_result *r, const struct err *err)
{
    r->err = *err;
    switch (err->code) {
    case ERR_DENIED:
        r->status = TOOL_DENIED;
        break;
    case ERR_TIMEOUT:
        r->status = TOOL_TIMEOUT;
        break;
    case ERR_CANCELED:
        r->status = TOOL_CANCELED;
        break;
    default:
        r->status = TOOL_ERROR;
    }
    snprintf(r->summary, sizeof(r->summary), "%s", err->msg);
}

/* Arguments: what was given, checked against the row; what was not, from the row's defaults. */

static const struct tool_param *find_param(const struct tool_def *def, struct str name)
{
    for (const struct tool_param *p = def->params; p && p->name; p++) {
        if (str_eq_c(name, p->name))
            return p;
    }
    return NULL;
}

static enum err_code check_number(const struct tool_param *p, double v, struct err *err)
{
    if (p->type == PARAM_INT && v != floor(v))
        return err_set(err, ERR_INPUT, "'%s' must be a whole number", p->name);
    if (p->max > p->min && !(v >= p->min && v <= p->max))
        return err_set(err, ERR_INPUT, "'%s' must be between %g and %g", p->name, p->min, p->max);
    return ERR_OK;
}

static enum err_code check_option(const struct tool_param *p, struct str v, struct err *err)
{
    struct buf all = BUF_INIT(400);
    enum err_code rc;

    for (const char *const *o = p->options; *o; o++) {
        if (str_eq_c(v, *o)) {
            buf_release(&all);
            return ERR_OK;
        }
        buf_addf(&all, "%s%s", all.len ? ", " : "", *o);
    }
    rc = err_set(err, ERR_INPUT, "'%s' must be one of: %s", p->name, buf_cstr(&all));
    buf_release(&all);
    return rc;
}

static enum err_code check_text(const struct tool_param *p, struct str v, struct err *err)
{
    int64_t ms;

    if (p->type == PARAM_ENUM)
        return check_option(p, v, err);
    if (p->type == PARAM_TIME && !time_parse(v, &ms))
        return err_set(err, ERR_INPUT, "'%s' must be a time such as 2026-02-04T10:00:00Z", p->name);
    if (p->type == PARAM_DURATION && !duration_parse(v, &ms))
        return err_set(err, ERR_INPUT, "'%s' must be a duration such as 90s, 15m or 2h", p->name);
    return ERR_OK;
}

static enum err_code check_param(const struct tool_param *p, const struct value *v, struct err *err)
{
    static const struct {
        enum value_type type;
        const char *words;
    } wanted[] = {
        [PARAM_STRING] = {VALUE_STRING, "a string"},
        [PARAM_INT] = {VALUE_NUMBER, "a number"},
        [PARAM_NUMBER] = {VALUE_NUMBER, "a number"},
        [PARAM_BOOL] = {VALUE_BOOL, "true or false"},
        [PARAM_TIME] = {VALUE_STRING, "a time"},
        [PARAM_DURATION] = {VALUE_STRING, "a duration"},
        [PARAM_ENUM] = {VALUE_STRING, "a string"},
        [PARAM_OBJECT] = {VALUE_OBJECT, "an object"},
    };

    if (v->type != wanted[p->type].type)
        return err_set(err, ERR_INPUT, "'%s' must be %s, not %s", p->name, wanted[p->type].words,
                       value_type_name(v->type));
    if (v->type == VALUE_NUMBER)
        return check_number(p, v->u.number, err);
    if (v->type == VALUE_STRING)
        return check_text(p, v->u.string, err);
    return ERR_OK;
}

/* A default is text in the table; test_tool walks every row and parses them all. */
static void fill_default(const struct tool_param *p, struct value *v)
{
    v->key = str_from(p->name);
    switch (p->type) {
    case PARAM_INT:
    case PARAM_NUMBER:
        v->type = VALUE_NUMBER;
        if (!num_f64(str_from(p->fallback), &v->u.number))
            mem_fatal("a tool's default is no number");
        break;
    case PARAM_BOOL:
        v->type = VALUE_BOOL;
        v->u.boolean = strcmp(p->fallback, "true") == 0;
        break;
    case PARAM_STRING:
    case PARAM_TIME:
    case PARAM_DURATION:
    case PARAM_ENUM:
        v->type = VALUE_STRING;
        v->u.string = str_from(p->fallback);
        break;
    case PARAM_OBJECT:
        mem_fatal("a tool's object has no default");
    }
}

enum err_code tool_check_args(const struct tool_def *def, const struct value *given,
                              struct arena *arena, const struct value **ret, struct err *err)
{
    struct value *all = arena_alloc(arena, sizeof(*all));
    size_t params = 0;

    if (given->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "%s: the arguments must be an object", def->name);
    if (def->check) {
        *ret = given;
        return def->check(def, given, err) ? err_wrap(err, "%s", def->name) : ERR_OK;
    }
    VALUE_EACH (v, given) {
        const struct tool_param *p = find_param(def, v->key);

        if (!p)
            return err_set(err, ERR_INPUT, "%s: there is no parameter '%.*s'", def->name,
                           STR_FMT(v->key));
        if (v->type != VALUE_NULL && check_param(p, v, err))
            return err_wrap(err, "%s", def->name);
    }
    for (const struct tool_param *p = def->params; p && p->name; p++)
        params++;
    all->type = VALUE_OBJECT;
    all->u.list.items = arena_array(arena, params, sizeof(struct value));
    for (const struct tool_param *p = def->params; p && p->name; p++) {
        const struct value *v = value_get(given, p->name);
        struct value *to = &all->u.list.items[all->u.list.count];

        if (v && v->type != VALUE_NULL)
            *to = *v;
        else if (p->fallback)
            fill_default(p, to);
        else if (p->required)
            return err_set(err, ERR_INPUT, "%s: '%s' is missing: %s", def->name, p->name, p->help);
        else
            continue;
        all->u.list.count++;
    }
    *ret = all;
    return ERR_OK;
}

/* Running and delivering. */

static void call_free(struct tool_call *c)
{
    buf_release(&c->result.body);
    arena_free(c->arena);
    free(c);
}

static void deliver(struct tool_call *c, struct tool_result *result)
{
    struct tool_runner *r = c->runner;

    if (c->delivered)
        return;
    c->delivered = true;
    r->busy--;
    if (c->timer)
        loop_timer_cancel(r->loop, c->timer);
    c->timer = 0;
    if (!r->closing)
        c->done(c->ctx, c->id, result, loop_now_ms(r->loop) - c->started_ms);
}

static void deliver_ready(void *ctx)
{
    struct tool_runner *r = ctx;
    struct tool_call *c = r->ready;

    r->ready = NULL;
    r->ready_tail = &r->ready;
    r->deliver_timer = 0;
    while (c) {
        struct tool_call *next = c->next;

        deliver(c, &c->result);
        call_free(c);
        c = next;
    }
}

static void unlink_running(struct tool_call *c)
{
    struct tool_call **at = &c->runner->running;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->next = NULL;
}

void tool_call_finish(struct tool_call *c, struct tool_result *result)
{
    struct tool_runner *r = c->runner;

    unlink_running(c);
    if (c->delivered) { /* it had timed out or was canceled: nobody waits for this */
        buf_release(&result->body);
        call_free(c);
        return;
    }
    c->result = *result;
    buf_init(&result->body, result->body.max);
    *r->ready_tail = c;
    r->ready_tail = &c->next;
    if (!r->deliver_timer)
        r->deliver_timer = loop_timer(r->loop, 0, deliver_ready, r);
}

void tool_call_tell(struct tool_call *c, const struct tool_progress *p)
{
    struct tool_runner *r = c->runner;

    if (r->told && !c->delivered && !r->closing)
        r->told(r->told_ctx, c->id, p);
}

void tool_runner_watch(struct tool_runner *r, tool_progress_fn *fn, void *ctx)
{
    r->told = fn;
    r->told_ctx = ctx;
}

static void end_early(struct tool_call *c, enum tool_status status, const struct err *err)
{
    struct tool_result result = {.status = status, .err = *err};
    void (*cancel)(struct tool_call *) = c->def->cancel;

    snprintf(result.summary, sizeof(result.summary), "%s", err->msg);
    deliver(c, &result);
    if (cancel)
        cancel(c); /* may finish, and so free, the call */
}

static void on_deadline(void *ctx)
{
    struct tool_call *c = ctx;
    struct err err;
    char limit[TIME_TEXT_MAX];

    c->timer = 0;
    duration_format(c->def->timeout_ms, limit);
    err_set(&err, ERR_TIMEOUT, "%s did not answer within %s", c->def->name, limit);
    end_early(c, TOOL_TIMEOUT, &err);
}

struct tool_runner *tool_runner_new(struct loop *l, struct tool_env *env)
{
    struct tool_runner *r = xcalloc(1, sizeof(*r));

    r->loop = l;
    r->env = env;
    r->ready_tail = &r->ready;
    return r;
}

static void on_free_wait_over(void *ctx)
{
    *(bool *)ctx = true;
}

void tool_runner_free(struct tool_runner *r)
{
    bool over = false;
    loop_id timer;

    if (!r)
        return;
    r->closing = true;
    for (struct tool_call *c = r->running, *next; c; c = next) {
        struct err err;

        next = c->next;
        err_set(&err, ERR_CANCELED, "canceled");
        if (!c->delivered)
            end_early(c, TOOL_CANCELED, &err);
    }
    if (r->running) {
        timer = loop_timer(r->loop, FREE_WAIT_MS, on_free_wait_over, &over);
        while (r->running && !over && loop_turn(r->loop, true))
            ;
        loop_timer_cancel(r->loop, timer);
    }
    if (r->deliver_timer)
        loop_timer_cancel(r->loop, r->deliver_timer);
    for (struct tool_call *c = r->ready, *next; c; c = next) {
        next = c->next;
        call_free(c);
    }
    if (!r->running) /* else a worker may still answer: the process is about to end anyway */
        free(r);
}

enum err_code tool_run(struct tool_runner *r, const char *tool, struct str args_json,
                       tool_done_fn *done, void *ctx, tool_id *ret_id, struct err *err)
{
    const struct tool_def *def = tool_env_find(r->env, tool);
    const struct value *given;
    struct tool_call *c;
    enum err_code rc;

    if (!def)
        return err_set(err, ERR_NOT_FOUND, "there is no tool '%s'", tool);
    if (args_json.len > ARGS_MAX)
        return err_set(err, ERR_LIMIT, "%s: the arguments are larger than %zu bytes", tool,
                       ARGS_MAX);
    c = xcalloc(1, sizeof(*c));
    c->arena = arena_new(0);
    rc = json_parse(c->arena, args_json, &given, err);
    if (rc)
        rc = err_wrap(err, "%s: arguments", tool);
    else
        rc = tool_check_args(def, given, c->arena, &c->args, err);
    if (rc) {
        call_free(c);
        return rc;
    }
    c->runner = r;
    c->def = def;
    c->id = *ret_id = ++r->last_id;
    c->done = done;
    c->ctx = ctx;
    c->started_ms = loop_now_ms(r->loop);
    c->deadline_ms = c->started_ms + def->timeout_ms;
    c->timer = loop_timer(r->loop, def->timeout_ms, on_deadline, c);
    c->next = r->running;
    r->running = c;
    r->busy++;
    def->start(c);
    return ERR_OK;
}

void tool_run_cancel(struct tool_runner *r, tool_id id)
{
    for (struct tool_call *c = r->running; c; c = c->next) {
        struct err err;

        if (c->id != id || c->delivered)
            continue;
        err_set(&err, ERR_CANCELED, "canceled");
        end_early(c, TOOL_CANCELED, &err);
        return;
    }
}

size_t tool_runner_busy(const struct tool_runner *r)
{
    return r->busy;
}

static const char *schema_type(enum param_type t)
{
    static const char *const types[] = {
        [PARAM_STRING] = "string", [PARAM_INT] = "integer",   [PARAM_NUMBER] = "number",
        [PARAM_BOOL] = "boolean",  [PARAM_TIME] = "string",   [PARAM_DURATION] = "string",
        [PARAM_ENUM] = "string",   [PARAM_OBJECT] = "object",
    };

    return types[t];
}

static void schema_param(struct json_writer *w, const struct tool_param *p)
{
    json_key(w, p->name);
    json_object_begin(w);
    json_put_cstr(w, "type", schema_type(p->type));
    json_put_cstr(w, "description", p->help);
    if (p->type == PARAM_TIME)
        json_put_cstr(w, "format", "date-time");
    if (p->max > p->min) {
        json_put_num(w, "minimum", p->min);
        json_put_num(w, "maximum", p->max);
    }
    if (p->fallback)
        json_put_cstr(w, "default", p->fallback);
    if (p->type == PARAM_ENUM) {
        json_key(w, "enum");
        json_array_begin(w);
        for (const char *const *o = p->options; *o; o++)
            json_cstring(w, *o);
        json_array_end(w);
    }
    json_object_end(w);
}

void tool_schema(const struct tool_def *t, struct buf *out)
{
    struct json_writer w;

    if (t->schema_json) {
        buf_adds(out, t->schema_json);
        return;
    }
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "type", "object");
    json_key(&w, "properties");
    json_object_begin(&w);
    for (const struct tool_param *p = t->params; p && p->name; p++)
        schema_param(&w, p);
    json_object_end(&w);
    json_key(&w, "required");
    json_array_begin(&w);
    for (const struct tool_param *p = t->params; p && p->name; p++) {
        if (p->required)
            json_cstring(&w, p->name);
    }
    json_array_end(&w);
    json_put_bool(&w, "additionalProperties", false);
    json_object_end(&w);
}
