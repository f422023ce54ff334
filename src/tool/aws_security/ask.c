/* ask.c - one call of a look: what it is asked with, what its answer means, what hangs from it. */
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "run_priv.h"

#define MAX_EACH 2000
#define MAX_FINDINGS 2000
#define UNTIL_MS 1500
#define UNTIL_TRIES 20

/* ---- cells ---- */

/* Worse ends hide better ones: what was denied for one of a hundred buckets is said. */
static int weight(enum aws_end e)
{
    switch (e) {
    case AWS_END_WHOLE:
    case AWS_END_NOT_FOUND:
        return 0;
    case AWS_END_CUT:
        return 1;
    case AWS_END_ABSENT:
    case AWS_END_NOT_ENABLED:
        return 2;
    case AWS_END_CANCELED:
        return 3;
    case AWS_END_DENIED:
    case AWS_END_KEYS:
    case AWS_END_THROTTLED:
    case AWS_END_CLOCK:
    case AWS_END_REFUSED:
    case AWS_END_FAILED:
    case AWS_END_UNREACHED:
    case AWS_END_BAD_ANSWER:
    case AWS_END_INPUT:
    case AWS_END_TIMEOUT:
        return 4;
    }
    return 4;
}

void sec_note_cell(struct sec_account *a, const char *service, const char *operation,
                   const char *region, const struct aws_result *result, enum aws_end end)
{
    struct security_run *r = a->run;
    const char *key =
        arena_printf(r->arena, "%s\n%s\n%s\n%s", service, operation, region, a->number);
    size_t at = (size_t)(uintptr_t)map_get_c(r->cells, key);
    struct security_cell *c;

    if (!at) {
        *VEC_PUSH(&r->report.cells) = (struct security_cell){
            service, operation, a->number, region, AWS_END_WHOLE, "", "", 0, 0};
        at = r->report.cells.count;
        map_set_c(r->cells, key, (void *)(uintptr_t)at);
    }
    c = &r->report.cells.items[at - 1];
    c->asked++;
    c->failed += weight(end) == 4;
    r->report.requests += result->requests;
    if (weight(end) <= weight(c->end) && c->asked > 1)
        return;
    c->end = end;
    c->code = weight(end) > 1 ? arena_strdup(r->report.arena, result->code) : "";
    c->why = weight(end) > 1 ? arena_strdup(r->report.arena, result->err.msg) : "";
}

/* ---- one call ---- */

static void send(struct sec_call *k);

static bool is_none(const struct sec_source *s, const char *code)
{
    struct str rest = str_from(s->none), one;

    while (s->none && *code && str_split(&rest, '|', &one))
        if (str_eq_c(one, code))
            return true;
    return false;
}

static enum aws_end end_of(const struct sec_call *k, const struct aws_result *result)
{
    return is_none(k->source, result->code) ? AWS_END_NOT_FOUND : result->end;
}

static enum sec_state state_of(enum aws_end end)
{
    if (end == AWS_END_WHOLE || end == AWS_END_CUT)
        return SEC_HAVE;
    if (end == AWS_END_NOT_FOUND)
        return SEC_NONE;
    return end == AWS_END_ABSENT || end == AWS_END_NOT_ENABLED ? SEC_OFF : SEC_UNKNOWN;
}

/* "State=COMPLETE" */
static bool is_ready(const struct sec_call *k)
{
    struct str value = str_from(k->source->until), path;

    if (!k->source->until || !k->answer->items.count)
        return true;
    str_split(&value, '=', &path);
    return str_eq(
        value_str_or(k->answer->items.items[0], arena_str(k->account->run->arena, path), ""),
        value);
}

static void on_again(void *ctx)
{
    struct sec_call *k = ctx;

    k->timer = 0;
    k->answer->items.count = 0;
    send(k);
}

static void on_page(void *ctx, const struct value *items)
{
    struct sec_call *k = ctx;
    struct sec_facts *f = k->account->facts;

    if (k->source->read)
        items = k->source->read(sec_facts_arena(f), items);
    VALUE_EACH (it, items)
        *VEC_PUSH(&k->answer->items) = sec_facts_keep(f, it);
}

static void hang_on(struct sec_call *k, bool failed)
{
    struct str name;
    void *value;

    for (size_t it = 0; map_next(k->account->run->sources, &it, &name, &value);) {
        const struct sec_source *s = value;

        if (s->each && strcmp(s->each, k->source->name) == 0)
            sec_begin_source(k->account, s, k->region, k, failed);
    }
}

static void on_done(void *ctx, const struct aws_result *result)
{
    struct sec_call *k = ctx;
    struct security_run *r = k->account->run;
    enum aws_end end = end_of(k, result);

    k->id = 0;
    k->answer->state = state_of(end);
    if (k->answer->state == SEC_HAVE && !is_ready(k) && ++k->tries < UNTIL_TRIES && !r->canceled) {
        k->timer = loop_timer(r->ask.estate->loop, UNTIL_MS, on_again, k);
        return;
    }
    k->over = true;
    sec_note_cell(k->account, k->source->service, k->source->operation, k->region, result, end);
    if (!r->canceled)
        hang_on(k, k->answer->state != SEC_HAVE);
    sec_one_left(r);
}

static void send(struct sec_call *k)
{
    static const struct aws_callbacks callbacks = {on_page, NULL, on_done};
    struct security_run *r = k->account->run;
    struct aws_query q = {.list = k->list, .params = k->params};
    struct err ignored = ERR_INIT;
    size_t most = r->ask.max_findings ? r->ask.max_findings : MAX_FINDINGS;

    if (aws_catalogue_get(r->ask.estate->catalogue, str_from(k->source->service), &q.service,
                          &ignored))
        return;
    q.region = strcmp(k->region, "global") == 0 ? aws_account_region(k->account->is) : k->region;
    if (!q.region)
        q.region = "us-east-1";
    if (strcmp(k->source->service, "securityhub") == 0 ||
        strcmp(k->source->name, "guardduty.ids") == 0)
        q.max_items = most;
    k->id = aws_send(k->account->is->client, &q, &callbacks, k);
}

/* A definition of the user may lack what is asked. */
static bool find_list(struct sec_account *a, const struct sec_source *s,
                      const struct aws_list **ret)
{
    const struct aws_service *service;
    struct aws_result missing = {.end = AWS_END_INPUT, .code = ""};
    struct aws_list *whole;

    if (!aws_catalogue_get(a->run->ask.estate->catalogue, str_from(s->service), &service,
                           &missing.err) &&
        !aws_catalogue_operation(service, str_from(s->operation), ret, &missing.err)) {
        if (!s->whole)
            return true;
        whole = arena_alloc(a->run->arena, sizeof(*whole));
        *whole = **ret;
        whole->items = (struct str){0};
        *ret = whole;
        return true;
    }
    sec_note_cell(a, s->service, s->operation, "", &missing, AWS_END_INPUT);
    return false;
}

static void ask_one(struct sec_account *a, const struct sec_source *s, const char *region,
                    const char *key, const struct value *params)
{
    struct security_run *r = a->run;
    const struct aws_list *list;
    struct sec_call *k;

    if (!find_list(a, s, &list))
        return;
    k = xcalloc(1, sizeof(*k));
    *k = (struct sec_call){.account = a, .source = s, .list = list, .params = params};
    k->region = arena_strdup(r->arena, region);
    k->key = arena_strdup(r->arena, key);
    k->answer = sec_facts_answer(a->facts, s->name, region, key);
    *VEC_PUSH(&r->asks) = k;
    r->left++;
    r->known++;
    send(k);
}

/* ---- parameters ---- */

static void put_with(struct json_writer *w, struct sec_account *a, const char *with)
{
    struct str rest = str_from(with);
    struct arena *tmp = a->run->arena;
    ptrdiff_t at = str_find(rest, STR_LIT("{account}"));
    const struct value *v;
    struct err ignored = ERR_INIT;
    const char *text = with;

    if (at >= 0)
        text = arena_printf(tmp, "%.*s%s%s", (int)at, with, a->number, with + at + 9);
    if (json_parse(tmp, str_from(text), &v, &ignored))
        return;
    VALUE_EACH (it, v) {
        json_key_str(w, it->key);
        json_value(w, it);
    }
}

static void put_items(struct json_writer *w, const struct sec_source *s, const char *const *keys,
                      size_t count)
{
    json_key(w, s->param);
    if (!s->batch) {
        json_cstring(w, keys[0]);
        return;
    }
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_cstring(w, keys[i]);
    json_array_end(w);
}

static const struct value *params_of(struct sec_account *a, const struct sec_source *s,
                                     const struct sec_call *parent, const char *const *keys,
                                     size_t count)
{
    struct buf out = BUF_INIT((size_t)1 << 20);
    const struct value *v = NULL;
    struct json_writer w;
    struct err ignored = ERR_INIT;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    if (s->with)
        put_with(&w, a, s->with);
    if (s->carry && parent && value_get(parent->params, s->carry)) {
        json_key(&w, s->carry);
        json_value(&w, value_get(parent->params, s->carry));
    }
    if (s->param && count)
        put_items(&w, s, keys, count);
    json_object_end(&w);
    if (json_parse(sec_facts_arena(a->facts), buf_str(&out), &v, &ignored))
        v = NULL;
    buf_release(&out);
    return v;
}

/* ---- a source ---- */

static const char *text_at(struct sec_account *a, const struct value *item, const char *path)
{
    const struct value *v = path && strcmp(path, ".") != 0 ? value_path(item, path) : item;

    return v && v->type == VALUE_STRING && v->u.string.len ? arena_str(a->run->arena, v->u.string)
                                                           : NULL;
}

static void ask_batch(struct sec_account *a, const struct sec_source *s,
                      const struct sec_call *parent, const char **keys, size_t *n)
{
    if (*n)
        ask_one(a, s, parent->region, keys[0], params_of(a, s, parent, keys, *n));
    *n = 0;
}

/* For each item of the call before it. */
static void ask_each(struct sec_account *a, const struct sec_source *s,
                     const struct sec_call *parent)
{
    struct security_run *r = a->run;
    size_t most = r->ask.max_each ? r->ask.max_each : MAX_EACH, asked = 0, n = 0;
    const char *keys[64], *id = parent->source->id;

    for (size_t i = 0; i < parent->answer->items.count; i++) {
        const struct value *item = parent->answer->items.items[i];
        const char *key = text_at(a, item, s->from ? s->from : id);

        if (!key || (s->wanted && !s->wanted(item)))
            continue;
        if (asked++ == most) {
            r->report.left_out =
                arena_printf(r->report.arena, "%s %s was asked for %zu of %zu in %s", s->service,
                             s->operation, most, parent->answer->items.count, parent->region);
            break;
        }
        if (s->batch) {
            keys[n++] = key;
            if (n == s->batch || n == 64)
                ask_batch(a, s, parent, keys, &n);
        } else {
            ask_one(a, s, parent->region, key, params_of(a, s, parent, &key, 1));
        }
    }
    if (s->batch)
        ask_batch(a, s, parent, keys, &n);
}

void sec_begin_source(struct sec_account *a, const struct sec_source *s, const char *region,
                      const struct sec_call *parent, bool failed)
{
    if (parent && s->instead) {
        if (failed && parent->answer->state == SEC_UNKNOWN)
            ask_one(a, s, region, "", params_of(a, s, NULL, NULL, 0));
    } else if (parent && s->param) {
        if (!failed)
            ask_each(a, s, parent);
    } else if (!failed || s->anyway) {
        ask_one(a, s, region, "", params_of(a, s, NULL, NULL, 0));
    }
}
