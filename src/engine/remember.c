/* remember.c - answers that count again (U-03): yes for this session, to exactly this operation
 * with these parameters; and never, which outlives the session in never.json. Only a person's
 * intent makes one; the list that decides is this run's own, and a journal, which anybody can
 * write, is read for the noes alone, not at all. A yes is never kept for what is of high risk,
 * takes two persons, or was proposed by a model. */
#include "mutate_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"

#define NEVER_MAX ((size_t)1 << 20)
#define KEPT_MAX 200

static void release_rule(struct remembered *r)
{
    free(r->id);
    free(r->operation);
    free(r->resource);
    free(r->params);
    free(r->by);
}

void never_release(struct never *n)
{
    VEC_EACH (r, &n->rules)
        release_rule(r);
    VEC_RELEASE(&n->rules);
}

static char *never_path(const char *state_dir)
{
    return path_join(state_dir, "never.json");
}

enum err_code never_load(const char *state_dir, struct never *ret, struct err *err)
{
    struct buf text = BUF_INIT(NEVER_MAX);
    char *path = never_path(state_dir);
    struct arena *a = arena_new(4096);
    const struct value *v = NULL;
    enum err_code rc = ERR_OK;

    if (file_exists(path))
        rc = file_read(path, &text, err);
    if (!rc && text.len && json_parse(a, buf_str(&text), &v, err))
        rc = err_wrap(err, "%s", path);
    for (size_t i = 0; !rc && v && i < KEPT_MAX; i++) {
        const struct value *item = value_at(value_get(v, "rules"), i);

        if (!item)
            break;
        *VEC_PUSH(&ret->rules) =
            (struct remembered){.id = xstrdup(value_cstr_or(item, "id", "")),
                                .operation = xstrdup(value_cstr_or(item, "operation", "")),
                                .resource = xstrdup(value_cstr_or(item, "resource", "*")),
                                .params = xstrdup(""),
                                .by = xstrdup(value_cstr_or(item, "by", "")),
                                .since_ms = value_i64_or(item, "since_ms", 0),
                                .deny = true};
    }
    arena_free(a);
    free(path);
    buf_release(&text);
    return rc;
}

enum err_code never_save(const char *state_dir, const struct never *n, struct err *err)
{
    struct buf text = BUF_INIT(NEVER_MAX);
    char *path = never_path(state_dir);
    struct json_writer w;
    enum err_code rc;

    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.never/1");
    json_key(&w, "rules");
    json_array_begin(&w);
    VEC_EACH (r, &n->rules) {
        if (!r->deny)
            continue;
        json_object_begin(&w);
        json_put_cstr(&w, "id", r->id);
        json_put_cstr(&w, "operation", r->operation);
        json_put_cstr(&w, "resource", r->resource);
        json_put_cstr(&w, "by", r->by);
        json_put_int(&w, "since_ms", r->since_ms);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(&text, '\n');
    rc = dir_make(state_dir, err);
    if (!rc)
        rc = file_write_atomic(path, buf_str(&text), 0600, err);
    free(path);
    buf_release(&text);
    return rc;
}

bool never_drop(struct never *n, const char *id)
{
    for (size_t i = 0; i < n->rules.count; i++) {
        if (strcmp(n->rules.items[i].id, id) != 0)
            continue;
        release_rule(&n->rules.items[i]);
        memmove(&n->rules.items[i], &n->rules.items[i + 1],
                (n->rules.count - i - 1) * sizeof(*n->rules.items));
        n->rules.count--;
        return true;
    }
    return false;
}

struct remembered *never_add(struct never *n, bool deny, const char *operation,
                             const char *resource, const char *params, const char *by, int64_t ms)
{
    unsigned highest = 0;
    struct remembered *r;

    VEC_EACH (old, &n->rules) {
        int64_t number;

        if (num_i64(str_from(old->id + (*old->id != '\0')), &number) && number > 0 &&
            number < UINT32_MAX && (unsigned)number > highest)
            highest = (unsigned)number;
    }
    r = VEC_PUSH(&n->rules);
    *r = (struct remembered){.id = xasprintf("%c%u", deny ? 'N' : 'R', highest + 1),
                             .operation = xstrdup(operation),
                             .resource = xstrdup(resource),
                             .params = xstrdup(params),
                             .by = xstrdup(by),
                             .since_ms = ms,
                             .deny = deny};
    return r;
}

/* ---- of an engine ---- */

void remember_open(struct engine *e)
{
    struct err err = ERR_INIT;

    if (e->opts.state_dir && never_load(e->opts.state_dir, &e->mutate->kept, &err))
        e->mutate->kept_err = err; /* a list of noes that cannot be read: nothing is changed */
}

void remember_job(struct engine *e, struct ledger_job *j)
{
    const struct never *n = &e->mutate->kept;
    struct policy_remembered *list;

    j->kept = arena_new(4096);
    list = arena_array(j->kept, n->rules.count + 1, sizeof(*list));
    for (size_t i = 0; i < n->rules.count; i++) {
        const struct remembered *r = &n->rules.items[i];

        list[i] = (struct policy_remembered){.operation = arena_strdup(j->kept, r->operation),
                                             .resource = arena_strdup(j->kept, r->resource),
                                             .argv = "",
                                             .params = arena_strdup(j->kept, r->params),
                                             .deny = r->deny};
    }
    j->remembered = list;
    j->remembered_count = n->rules.count;
}

static void publish(struct engine *e, const struct remembered *r, const char *approval)
{
    struct event ev = {.type = EV_RULE_REMEMBERED, .actor = "user"};

    ev.u.rule.id = r->id;
    ev.u.rule.operation = r->operation;
    ev.u.rule.resource = r->resource;
    ev.u.rule.params = str_from(*r->params ? r->params : "{}");
    ev.u.rule.deny = r->deny;
    ev.u.rule.approval = approval;
    ev.u.rule.by = r->by;
    engine_publish(e, &ev);
}

/* Why a yes is not kept, or NULL. */
static const char *not_kept(const struct engine *e, const struct approval *a)
{
    const struct mutation *mu = a ? model_mutation(&e->model, a->id) : NULL;

    if (!a || !mu || a->state != APPROVAL_GRANTED || strcmp(a->decided_by, "user") != 0)
        return "only what was just approved here can be remembered";
    if (a->risk > APPROVAL_MEDIUM)
        return "what is of high or critical risk is asked each time";
    if (a->persons > 1)
        return "what takes two persons is asked each time";
    if (strncmp(mu->by, "llm:", 4) == 0)
        return "what a model proposes is asked each time";
    return NULL;
}

static void keep(struct engine *e, bool deny, const char *operation, const char *resource,
                 const char *params, const char *approval)
{
    struct mutate *m = e->mutate;
    struct remembered *r;
    struct err err = ERR_INIT;

    if (m->kept.rules.count >= KEPT_MAX) {
        err_set(&err, ERR_LIMIT, "%d answers are remembered already: forget one", KEPT_MAX);
        engine_say_error(e, "not remembered", &err);
        return;
    }
    engine_open_deferred(e, "remembered answers");
    r = never_add(&m->kept, deny, operation, resource, params, m->by, loop_wall_ms(e->opts.loop));
    publish(e, r, approval);
    if (deny && e->opts.state_dir && never_save(e->opts.state_dir, &m->kept, &err))
        engine_say_error(e, "kept for this session only", &err);
}

/* "never host.unit.restart nginx*" */
static void by_words(struct engine *e, struct str rest)
{
    struct str first, operation;
    struct err err = ERR_INIT;
    char *op, *pattern;

    str_split(&rest, ' ', &first);
    rest = str_trim(rest);
    str_split(&rest, ' ', &operation);
    op = xstrndup(operation.ptr ? operation.ptr : "", operation.len);
    rest = str_trim(rest);
    pattern = rest.len ? xstrndup(rest.ptr, rest.len) : xstrdup("*");
    if (!str_eq_c(first, "never") || !*op)
        err_set(&err, ERR_INPUT, "never OPERATION [RESOURCE]: such as never host.unit.* nginx*");
    else
        keep(e, true, op, pattern, "", "");
    if (err.code)
        engine_say_error(e, "not remembered", &err);
    free(op);
    free(pattern);
}

void remember_intent(struct engine *e, const struct intent *in)
{
    const struct approval *a = model_approval(&e->model, in->approval);
    bool deny = in->text && strcmp(in->text, "never") == 0;
    struct err err = ERR_INIT;
    const char *why;

    if (!in->approval) {
        by_words(e, str_from(in->text ? in->text : ""));
        return;
    }
    why = deny ? a ? NULL : "there is no such request" : not_kept(e, a);
    if (why) {
        err_set(&err, ERR_DENIED, "%s", why);
        engine_say_error(e, "not remembered", &err);
        return;
    }
    keep(e, deny, a->operation, a->resource, deny ? "" : a->args, a->id);
}

void forget_intent(struct engine *e, const struct intent *in)
{
    struct event ev = {.type = EV_RULE_REVOKED, .actor = "user"};
    struct mutate *m = e->mutate;
    struct err err = ERR_INIT;

    if (!in->text || !never_drop(&m->kept, in->text)) {
        err_set(&err, ERR_NOT_FOUND, "nothing of that name is remembered");
        engine_say_error(e, "not forgotten", &err);
        return;
    }
    engine_open_deferred(e, "remembered answers");
    ev.u.rule.id = in->text;
    ev.u.rule.by = m->by;
    engine_publish(e, &ev);
    if (e->opts.state_dir && in->text[0] == 'N' && never_save(e->opts.state_dir, &m->kept, &err))
        engine_say_error(e, "forgotten for this session only", &err);
}
