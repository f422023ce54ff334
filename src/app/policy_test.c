/* policy_test.c - see policy_test.h. */
#include "src/app/policy_test.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/yaml.h"

#define CASES_MAX ((size_t)4 << 20)

struct testing {
    struct app *app;
    const struct policy *policy;
    const char *path;
    struct arena *arena;
    struct err *err;
};

static enum err_code wrong(struct testing *t, const struct value *at, const char *what)
{
    return err_set(t->err, ERR_INPUT, "%s line %u column %u: %s", t->path, at->line, at->col, what);
}

static const char *const keys[] = {
    "name",   "operation", "command", "resource", "environment", "tags",           "targets",
    "flags",  "paths",     "user",    "at",       "done",        "since_critical", "read_only",
    "expect", "risk",      "rule",    "cwd",      "namespace",   "account"};

static enum err_code check_keys(struct testing *t, const struct value *c)
{
    if (c->type != VALUE_OBJECT)
        return wrong(t, c, "a case is a mapping");
    VALUE_EACH (m, c) {
        bool known = false;

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
            known = known || str_eq_c(m->key, keys[i]);
        if (!known)
            return wrong(t, m, "this field of a case is not known");
    }
    return ERR_OK;
}

static enum err_code read_flags(struct testing *t, const struct value *c, struct operation *op)
{
    static const struct {
        const char *name;
        unsigned flag;
    } flags[] = {{"force", OP_FORCE},
                 {"recursive", OP_RECURSIVE},
                 {"all", OP_ALL},
                 {"no_checks", OP_NO_CHECKS},
                 {"irreversible", 0}};
    const struct value *list = value_get(c, "flags");

    VALUE_EACH (f, list) {
        size_t i = 0;

        while (i < 5 && !(f->type == VALUE_STRING && str_eq_c(f->u.string, flags[i].name)))
            i++;
        if (i == 5)
            return wrong(t, f, "flags are force, recursive, all, no_checks and irreversible");
        op->flags |= flags[i].flag;
        op->reversible = op->reversible && flags[i].flag;
    }
    return ERR_OK;
}

static void read_tags(struct testing *t, const struct value *c, struct operation *op)
{
    const struct value *list = value_get(c, "tags");
    struct op_tag *tags = arena_array(t->arena, value_count(list) + 1, sizeof(*tags));

    VALUE_EACH (m, list) {
        tags[op->tag_count].key = m->key.ptr;
        tags[op->tag_count++].value = m->type == VALUE_STRING ? m->u.string.ptr : "";
    }
    op->tags = tags;
}

static void read_paths(struct testing *t, const struct value *c, struct operation *op)
{
    const struct value *list = value_get(c, "paths");
    const char **paths = arena_array(t->arena, value_count(list) + 1, sizeof(*paths));
    size_t n = 0;

    VALUE_EACH (m, list)
        paths[n++] = m->type == VALUE_STRING ? m->u.string.ptr : "";
    if (n) {
        op->paths = paths;
        op->path_count = n;
    }
}

static enum err_code read_op(struct testing *t, const struct value *v, struct policy_case *c)
{
    const char *operation = value_cstr_or(v, "operation", NULL);
    struct command cmd;

    c->line = value_cstr_or(v, "command", NULL);
    if (!operation == !c->line)
        return wrong(t, v, "a case has either 'operation' or 'command'");
    if (operation && !policy_parse_op(t->arena, operation, &c->op))
        return wrong(t, v, "'operation' is PROVIDER.SERVICE.VERB");
    if (c->line && (!command_parse(t->arena, str_from(c->line), &cmd, &c->problem) ||
                    !command_operation(t->arena, &cmd, policy_commands(t->policy),
                                       value_cstr_or(v, "cwd", NULL), &c->op, &c->problem)))
        return ERR_OK; /* refused: that is its answer */
    c->problem.rule = NULL;
    c->op.resource_name = value_cstr_or(v, "resource", operation_resource(&c->op));
    c->op.environment = value_cstr_or(v, "environment", NULL);
    c->op.namespace = value_cstr_or(v, "namespace", NULL);
    c->op.account = value_cstr_or(v, "account", NULL);
    if (value_i64_or(v, "targets", 1) < 0)
        return wrong(t, value_get(v, "targets"), "'targets' is a whole number from 0");
    c->op.targets = (size_t)value_i64_or(v, "targets", (int64_t)c->op.targets);
    read_tags(t, v, &c->op);
    read_paths(t, v, &c->op);
    return read_flags(t, v, &c->op);
}

static enum err_code read_when(struct testing *t, const struct value *v, int64_t *ret_now,
                               struct policy_counters *counters)
{
    const struct value *at = value_get(v, "at"), *since = value_get(v, "since_critical");
    int64_t ms;

    *ret_now = t->app->clock->wall_ms(t->app->clock);
    if (at && (at->type != VALUE_STRING || !time_parse(at->u.string, ret_now)))
        return wrong(t, at, "'at' is a time such as 2026-12-24T20:00:00Z");
    if (since && (since->type != VALUE_STRING || !duration_parse(since->u.string, &ms)))
        return wrong(t, since, "'since_critical' is a duration such as 30s");
    if (since)
        counters->last_critical_ms = *ret_now - ms;
    counters->read_only = value_bool_or(v, "read_only", false);
    counters->session_mutations = (size_t)value_i64_or(v, "done", 0);
    return ERR_OK;
}

static bool has_rule(const struct policy_case *c, const struct policy_decision *d, const char *rule)
{
    if (c->problem.rule)
        return strcmp(c->problem.rule, rule) == 0;
    for (size_t i = 0; i < d->count; i++) {
        if (strcmp(d->fired[i].rule, rule) == 0)
            return true;
    }
    for (size_t i = 0; i < d->risk.count; i++) {
        if (strcmp(d->risk.fired[i].rule, rule) == 0)
            return true;
    }
    return false;
}

/* What is not as expected, or nothing. */
static enum err_code compare(struct testing *t, const struct value *v, const struct policy_case *c,
                             const struct policy_decision *d, struct buf *ret_why)
{
    const struct value *expect = value_get(v, "expect"), *risk = value_get(v, "risk");
    const char *rule = value_cstr_or(v, "rule", NULL);
    enum policy_act act;
    enum risk wanted;

    if (!expect || expect->type != VALUE_STRING || !policy_act_from_name(expect->u.string, &act))
        return wrong(t, expect ? expect : v,
                     "'expect' is allow, approve, typed, two_person or deny");
    if (risk && (risk->type != VALUE_STRING || !risk_from_name(risk->u.string, &wanted)))
        return wrong(t, risk, "'risk' is read, low, medium, high or critical");
    if (d->act != act)
        buf_addf(ret_why, "the answer is %s, not %s", policy_act_name(d->act),
                 policy_act_name(act));
    if (risk && (c->problem.rule || d->risk.risk != wanted))
        buf_addf(ret_why, "%sthe risk is %s, not %s", ret_why->len ? "; " : "",
                 c->problem.rule ? "none" : risk_name(d->risk.risk), risk_name(wanted));
    if (rule && !has_rule(c, d, rule))
        buf_addf(ret_why, "%srule %.80s had no say", ret_why->len ? "; " : "", rule);
    return ERR_OK;
}

static void report(struct testing *t, const char *name, const char *why, struct buf *out,
                   struct json_writer *w)
{
    if (w) {
        json_object_begin(w);
        json_put_cstr(w, "name", name);
        json_put_bool(w, "ok", !*why);
        json_put_cstr(w, "why", why);
        json_object_end(w);
        return;
    }
    buf_adds(out, *why ? "NOT  " : "ok   ");
    text_sanitize(out, str_from(name), false, t->app->ascii);
    if (*why) {
        buf_adds(out, ": ");
        text_sanitize(out, str_from(why), false, t->app->ascii);
    }
    buf_addc(out, '\n');
}

static enum err_code one_case(struct testing *t, const struct value *v, struct buf *out,
                              struct json_writer *w, bool *ret_bad)
{
    struct policy_counters counters = {0};
    struct policy_user who = {.name = value_cstr_or(v, "user", NULL), .uid = -1};
    struct policy_decision d = {.act = POLICY_DENY};
    struct policy_case c = {.line = NULL};
    struct buf why = BUF_INIT(BUF_NO_MAX);
    char name[64];
    int64_t now;

    snprintf(name, sizeof(name), "case in line %u", v->line);
    if (check_keys(t, v) || read_op(t, v, &c) || read_when(t, v, &now, &counters))
        return t->err->code;
    if (!c.problem.rule)
        policy_decide_facts(t->policy, &c.op, NULL, &who, now, &counters, &d);
    if (!compare(t, v, &c, &d, &why)) {
        report(t, value_cstr_or(v, "name", name), buf_cstr(&why), out, w);
        *ret_bad = why.len > 0;
        t->err->code = ERR_OK;
    }
    buf_release(&why);
    return t->err->code;
}

enum err_code policy_test_file(struct app *app, const struct policy *p, const char *path,
                               struct buf *out, struct json_writer *w, size_t *ret_count,
                               size_t *ret_bad, struct err *err)
{
    struct testing t = {app, p, path, arena_new(0), err};
    struct buf text = BUF_INIT(CASES_MAX);
    const struct value *root, *cases;
    enum err_code rc = file_read(path, &text, err);

    err->code = rc;
    if (!rc && yaml_parse(t.arena, buf_str(&text), &root, err))
        rc = err_wrap(err, "%s", path);
    if (!rc) {
        cases = value_get(root, "cases");
        if (!cases || cases->type != VALUE_ARRAY)
            rc = err_set(err, ERR_INPUT, "%s: 'cases' is a list", path);
        else
            VALUE_EACH (c, cases) {
                bool bad = false;

                rc = rc ? rc : one_case(&t, c, out, w, &bad);
                *ret_bad += bad;
                *ret_count += 1;
            }
    }
    buf_release(&text);
    arena_free(t.arena);
    return rc;
}
