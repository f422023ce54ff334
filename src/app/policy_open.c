/* policy_open.c - see policy_open.h. */
#include "src/app/policy_open.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"

static char *in_folder(char *dir)
{
    char *path = dir ? path_join(dir, "policy.yaml") : NULL;

    free(dir);
    if (path && file_exists(path))
        return path;
    free(path);
    return NULL;
}

static char *find(const struct config *c)
{
    char *found = config_file(c) ? in_folder(path_dir(config_file(c))) : NULL;

    if (!found)
        found = in_folder(path_find_project("."));
    if (!found)
        found = in_folder(path_config_home());
    return found;
}

static enum err_code read_file(const char *path, struct buf *text, struct err *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && st.st_mode & S_IWOTH)
        return err_set(err, ERR_DENIED, "%s can be written by everybody: run chmod o-w on it",
                       path);
    return file_read(path, text, err);
}

static void add_rules(const struct config *c, struct policy *p, const char *key,
                      enum policy_act act)
{
    for (size_t i = 0; i < config_count(c, key); i++)
        policy_add_rule(p, key, config_item(c, key, i), act);
}

static void add_scopes(const struct config *c, struct policy *p, const char *key,
                       enum op_scope scope)
{
    for (size_t i = 0; i < config_count(c, key); i++)
        policy_add_scope(p, scope, config_item(c, key, i));
}

/* What the configuration says of the same things; a limit counts when it is set, and the stricter
 * one holds. */
static void apply_config(const struct config *c, struct policy *p)
{
    struct policy_limits l = {
        .mutations = SIZE_MAX, .resource_mutations = SIZE_MAX, .targets = SIZE_MAX};

    if (config_has(c, "safety.max_mutations_per_session"))
        l.mutations = (size_t)config_int(c, "safety.max_mutations_per_session");
    if (config_has(c, "safety.cooldown_between_critical_ms"))
        l.cooldown_ms = config_int(c, "safety.cooldown_between_critical_ms");
    l.read_only = config_bool(c, "safety.read_only");
    policy_restrict(p, &l);
    add_scopes(c, p, "policy.scopes.prod", SCOPE_PROD);
    add_scopes(c, p, "policy.scopes.staging", SCOPE_STAGING);
    add_scopes(c, p, "policy.scopes.dev", SCOPE_DEV);
    add_rules(c, p, "safety.require_approval", POLICY_APPROVE);
    add_rules(c, p, "policy.require_approval_for", POLICY_APPROVE);
    add_rules(c, p, "policy.auto_approve", POLICY_ALLOW);
}

enum err_code policy_open(struct app *app, const char *file, struct policy **ret, char **ret_file,
                          struct err *err)
{
    struct buf text = BUF_INIT((size_t)2 << 20);
    const struct config *c;
    char *path;
    enum err_code rc;

    if (app_config(app, &c, err))
        return err->code;
    path = file ? path_expand_home(file) : find(c);
    rc = path ? read_file(path, &text, err) : ERR_OK;
    if (!rc)
        rc = policy_load(buf_str(&text), path ? path : "policy.yaml", ret, err);
    if (!rc)
        apply_config(c, *ret);
    buf_release(&text);
    if (!rc && ret_file)
        *ret_file = path;
    else
        free(path);
    return rc;
}

bool policy_parse_op(struct arena *arena, const char *text, struct operation *ret)
{
    struct str rest = str_from(text), name, part[3];
    size_t n = 0;

    *ret = (struct operation){.targets = 1, .reversible = true};
    if (!str_split(&rest, '=', &name))
        return false;
    ret->resource_name = arena_str(arena, rest);
    while (n < 3 && str_split(&name, '.', &part[n]) && part[n].len)
        n++;
    if (n != 3 || name.len)
        return false;
    ret->provider = arena_str(arena, part[0]);
    ret->service = arena_str(arena, part[1]);
    ret->verb = arena_str(arena, part[2]);
    return true;
}

/* ---- words ---- */

static void clean(struct buf *out, const char *text, bool ascii)
{
    text_sanitize(out, str_from(text), false, ascii);
}

static void say_head(const struct policy_case *c, bool ascii, struct buf *out)
{
    struct buf name = BUF_INIT(BUF_NO_MAX);

    operation_name(&c->op, &name);
    if (c->line) {
        clean(out, c->line, ascii);
        buf_adds(out, "\n  ");
    }
    clean(out, buf_cstr(&name), ascii);
    if (*operation_resource(&c->op)) {
        buf_adds(out, "  ");
        clean(out, operation_resource(&c->op), ascii);
    }
    buf_addc(out, '\n');
    buf_release(&name);
}

static const char *answer_word(const struct policy_decision *d)
{
    static const char *const words[POLICY_ACTS] = {[POLICY_ALLOW] = "allowed",
                                                   [POLICY_APPROVE] = "after an approval",
                                                   [POLICY_TYPED] = "after a typed confirmation",
                                                   [POLICY_TWO_PERSON] =
                                                       "after the approval of two persons",
                                                   [POLICY_DENY] = "denied"};

    return words[d->act];
}

static void say_confirm(const struct policy_decision *d, bool ascii, struct buf *out)
{
    if (d->confirm == CONFIRM_KEY) {
        buf_adds(out, ", with one key");
    } else if (d->confirm != CONFIRM_NONE) {
        buf_adds(out, ", by typing ");
        clean(out, d->confirm_text, ascii);
    }
    if (d->retry_ms)
        buf_addf(out, ", again in %lld s", (long long)((d->retry_ms + 999) / 1000));
}

void policy_say(const struct policy_case *c, const struct policy_decision *d, bool ascii,
                struct buf *out)
{
    if (c->problem.rule) {
        clean(out, c->line, ascii);
        buf_addf(out, "\n  refused: %s", c->problem.rule);
        if (c->problem.column)
            buf_addf(out, " at column %zu", c->problem.column);
        buf_adds(out, ": ");
        clean(out, c->problem.reason, ascii);
        buf_addc(out, '\n');
        return;
    }
    say_head(c, ascii, out);
    buf_addf(out, "  risk     %s (%s, %s)\n", risk_name(d->risk.risk), op_kind_name(d->risk.kind),
             op_scope_name(d->risk.scope));
    for (size_t i = 0; i < d->risk.count; i++) {
        buf_addf(out, "    %-9s %-16s ", risk_name(d->risk.fired[i].risk), d->risk.fired[i].rule);
        clean(out, d->risk.fired[i].why, ascii);
        buf_addc(out, '\n');
    }
    buf_addf(out, "  level    %s%stier T%d\n", d->level, *d->level ? ", " : "", d->tier);
    buf_addf(out, "  answer   %s", answer_word(d));
    say_confirm(d, ascii, out);
    buf_addc(out, '\n');
    for (size_t i = 0; i < d->count; i++) {
        buf_addf(out, "  %s %-9s ", d->fired[i].decided ? ">" : " ",
                 policy_act_name(d->fired[i].act));
        clean(out, d->fired[i].rule, ascii);
        buf_adds(out, ": ");
        clean(out, d->fired[i].why, ascii);
        buf_addc(out, '\n');
    }
}

static void json_risk(const struct risk_result *r, struct json_writer *w)
{
    json_put_cstr(w, "risk", risk_name(r->risk));
    json_put_cstr(w, "kind", op_kind_name(r->kind));
    json_put_cstr(w, "scope", op_scope_name(r->scope));
    json_put_bool(w, "known", r->known);
    json_key(w, "risk_rules");
    json_array_begin(w);
    for (size_t i = 0; i < r->count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "rule", r->fired[i].rule);
        json_put_cstr(w, "risk", risk_name(r->fired[i].risk));
        json_put_cstr(w, "why", r->fired[i].why);
        json_object_end(w);
    }
    json_array_end(w);
}

static void json_answer(const struct policy_decision *d, struct json_writer *w)
{
    static const char *const confirms[] = {"none", "key", "yes", "name"};

    json_put_cstr(w, "decision", policy_act_name(d->act));
    json_put_cstr(w, "confirm", confirms[d->confirm]);
    json_put_cstr(w, "confirm_text", d->confirm_text);
    json_put_int(w, "persons", d->persons);
    json_put_cstr(w, "level", d->level);
    json_put_int(w, "tier", d->tier);
    json_put_int(w, "retry_ms", d->retry_ms);
    json_put_int(w, "expires_ms", d->expires_ms);
    json_key(w, "rules");
    json_array_begin(w);
    for (size_t i = 0; i < d->count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "rule", d->fired[i].rule);
        json_put_cstr(w, "decision", policy_act_name(d->fired[i].act));
        json_put_bool(w, "decided", d->fired[i].decided);
        json_put_cstr(w, "why", d->fired[i].why);
        json_object_end(w);
    }
    json_array_end(w);
}

void policy_json(const struct policy_case *c, const struct policy_decision *d,
                 struct json_writer *w)
{
    struct buf name = BUF_INIT(BUF_NO_MAX);

    json_object_begin(w);
    if (c->line)
        json_put_cstr(w, "command", c->line);
    if (c->problem.rule) {
        json_put_cstr(w, "decision", policy_act_name(POLICY_DENY));
        json_key(w, "refused");
        json_object_begin(w);
        json_put_cstr(w, "rule", c->problem.rule);
        json_put_int(w, "column", (int64_t)c->problem.column);
        json_put_cstr(w, "why", c->problem.reason);
        json_object_end(w);
    } else {
        operation_name(&c->op, &name);
        json_put_str(w, "operation", buf_str(&name));
        json_put_cstr(w, "resource", operation_resource(&c->op));
        json_risk(&d->risk, w);
        json_answer(d, w);
    }
    json_object_end(w);
    buf_release(&name);
}
