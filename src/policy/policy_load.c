/* policy_load.c - policy.yaml to a policy. Every key is known or refused with its line and column:
 * a rule that is misspelled must not be one that silently does nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_priv.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/yaml.h"

#define TEXT_MAX ((size_t)1 << 20)
#define RULES_MAX 1000
#define LIST_MAX 1000
#define DAY_MIN 1440

struct load {
    struct policy *p;
    const struct value *at; /* what is being read */
    struct err *err;
};

static enum err_code wrong(struct load *l, const struct value *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static enum err_code wrong(struct load *l, const struct value *at, const char *fmt, ...)
{
    char why[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    return err_set(l->err, ERR_INPUT, "%s line %u column %u: %s", l->p->name, at->line, at->col,
                   why);
}

typedef enum err_code reader(struct load *l, const struct value *v, void *to);
struct field {
    const char *key;
    reader *read;
    size_t offset;
};

static enum err_code read_fields(struct load *l, const struct value *v, const struct field *fields,
                                 size_t count, void *to)
{
    if (v->type != VALUE_OBJECT)
        return wrong(l, v, "here stands a mapping (key: value), not a %s",
                     value_type_name(v->type));
    VALUE_EACH (m, v) {
        enum err_code rc = ERR_NOT_FOUND;

        for (size_t i = 0; i < count; i++) {
            if (str_eq_c(m->key, fields[i].key)) {
                rc = fields[i].read(l, m, (char *)to + fields[i].offset);
                break;
            }
        }
        if (rc == ERR_NOT_FOUND) {
            struct buf known = BUF_INIT(BUF_NO_MAX);

            for (size_t i = 0; i < count; i++)
                buf_addf(&known, "%s%s", i ? ", " : "", fields[i].key);
            rc = wrong(l, m, "'%.*s' is not known here; known are: %.200s",
                       (int)(m->key.len > 60 ? 60 : m->key.len), m->key.ptr, buf_cstr(&known));
            buf_release(&known);
        }
        if (rc)
            return rc;
    }
    return ERR_OK;
}
#define READ_FIELDS(l, v, fields, to)                                                              \
    read_fields(l, v, fields, sizeof(fields) / sizeof((fields)[0]), to)

/* ---- scalars ---- */

static enum err_code read_text(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING)
        return wrong(l, v, "'%s' is a text, not a %s", v->key.ptr, value_type_name(v->type));
    *(const char **)to = arena_str(l->p->arena, v->u.string);
    return ERR_OK;
}

static enum err_code read_bool(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_BOOL)
        return wrong(l, v, "'%s' is true or false", v->key.ptr);
    *(bool *)to = v->u.boolean;
    return ERR_OK;
}

static enum err_code read_count(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_NUMBER || v->u.number < 0 || v->u.number > 1e6 ||
        v->u.number != (double)(size_t)v->u.number)
        return wrong(l, v, "'%s' is a whole number from 0 to 1000000", v->key.ptr);
    *(size_t *)to = (size_t)v->u.number;
    return ERR_OK;
}

static enum err_code read_duration(struct load *l, const struct value *v, void *to)
{
    if (v->type == VALUE_NUMBER && v->u.number >= 0 && v->u.number <= 604800) {
        *(int64_t *)to = (int64_t)(v->u.number * 1000);
        return ERR_OK;
    }
    if (v->type != VALUE_STRING || !duration_parse(v->u.string, to))
        return wrong(l, v, "'%s' is a duration such as 60s or 5m", v->key.ptr);
    return ERR_OK;
}

static enum err_code read_version(struct load *l, const struct value *v, void *to)
{
    (void)to;
    if (v->type != VALUE_NUMBER || v->u.number != 1)
        return wrong(l, v, "this program reads version 1 of policy.yaml");
    return ERR_OK;
}

/* ---- lists ---- */

static enum err_code read_item(struct load *l, const struct value *v, const char **ret)
{
    if (v->type != VALUE_STRING || !v->u.string.len)
        return wrong(l, v, "here stands a text%s",
                     v->type == VALUE_STRING ? " that is not empty" : " (put quotes around)");
    *ret = arena_str(l->p->arena, v->u.string);
    return ERR_OK;
}

/* One text or a list of them. */
static enum err_code read_list(struct load *l, const struct value *v, void *to)
{
    struct text_list *list = to;
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_ARRAY) {
        list->items = arena_array(l->p->arena, 2, sizeof(*list->items));
        list->count = 1;
        return read_item(l, v, &list->items[0]);
    }
    if (!value_count(v) || value_count(v) > LIST_MAX)
        return wrong(l, v, "a list has 1 to %d entries; leave '%s' out for any", LIST_MAX,
                     v->key.ptr);
    list->items = arena_array(l->p->arena, value_count(v) + 1, sizeof(*list->items));
    VALUE_EACH (item, v) {
        rc = rc ? rc : read_item(l, item, &list->items[list->count]);
        list->count++;
    }
    return rc;
}

/* A list of words of our own. */
static enum err_code known_words(struct load *l, const struct value *v,
                                 const struct text_list *list, bool (*known)(struct str),
                                 const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!known(str_from(list->items[i])))
            return wrong(l, v, "'%.60s' is no %s", list->items[i], what);
    }
    return ERR_OK;
}

static bool is_risk(struct str s)
{
    enum risk r;

    return risk_from_name(s, &r);
}

static bool is_kind(struct str s)
{
    return str_eq_c(s, "read") || str_eq_c(s, "write") || str_eq_c(s, "delete");
}

static enum err_code read_risks(struct load *l, const struct value *v, void *to)
{
    struct text_list *list = to;
    enum err_code rc = read_list(l, v, list);

    rc = rc ? rc : known_words(l, v, list, is_risk, "risk: read, low, medium, high or critical");
    for (size_t i = 0; !rc && i < list->count; i++) { /* "high_risk" as "high" */
        enum risk r;

        risk_from_name(str_from(list->items[i]), &r);
        list->items[i] = risk_name(r);
    }
    return rc;
}

static enum err_code read_kinds(struct load *l, const struct value *v, void *to)
{
    enum err_code rc = read_list(l, v, to);

    return rc ? rc : known_words(l, v, to, is_kind, "kind: read, write or delete");
}

static enum err_code read_act(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !policy_act_from_name(v->u.string, to))
        return wrong(l, v, "'%s' is allow, approve, typed, two_person or deny", v->key.ptr);
    return ERR_OK;
}

/* ---- times ---- */

static enum err_code read_days(struct load *l, const struct value *v, void *to)
{
    static const char names[] = "sunmontuewedthufrisat";
    struct text_list list = {0};
    enum err_code rc = read_list(l, v, &list);

    *(unsigned *)to = 0;
    for (size_t i = 0; !rc && i < list.count; i++) {
        const char *at = strlen(list.items[i]) == 3 ? strstr(names, list.items[i]) : NULL;

        if (!at || (at - names) % 3)
            return wrong(l, v, "days are sun, mon, tue, wed, thu, fri and sat");
        *(unsigned *)to |= 1U << (at - names) / 3;
    }
    return rc;
}

static bool clock_minutes(struct str s, int *ret)
{
    struct str hours;
    int64_t h, m;

    if (!str_split(&s, ':', &hours) || s.len != 2 || hours.len != 2 || !num_i64(hours, &h) ||
        !num_i64(s, &m) || h < 0 || m < 0 || m > 59 || h * 60 + m > DAY_MIN)
        return false;
    *ret = (int)(h * 60 + m);
    return true;
}

static enum err_code read_hours(struct load *l, const struct value *v, void *to)
{
    struct time_rule *t = to;
    struct str rest, from;

    rest = v->type == VALUE_STRING ? v->u.string : STR_LIT("");
    if (!str_split(&rest, '-', &from) || !clock_minutes(str_trim(from), &t->from_min) ||
        !clock_minutes(str_trim(rest), &t->to_min) || t->from_min == t->to_min)
        return wrong(l, v, "hours are \"22:00-06:00\", from and to, not the same");
    return ERR_OK;
}

static enum err_code read_offset(struct load *l, const struct value *v, void *to)
{
    struct str s = v->type == VALUE_STRING ? v->u.string : STR_LIT("");
    int minutes;

    if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
        !clock_minutes((struct str){s.ptr + 1, 5}, &minutes) || minutes > 14 * 60)
        return wrong(l, v, "an offset to UTC is \"+01:00\"");
    *(int64_t *)to = (s.ptr[0] == '-' ? -1 : 1) * (int64_t)minutes * 60000;
    return ERR_OK;
}

static enum err_code read_moment(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !time_parse(v->u.string, to))
        return wrong(l, v, "'%s' is a time such as 2026-12-20T00:00:00Z", v->key.ptr);
    return ERR_OK;
}

static const struct time_rule always = {.any = true};
static const struct time_rule whole_week = {.days = 0x7F, .from_min = 0, .to_min = DAY_MIN};

#define TIME_FIELDS(type, member)                                                                  \
    {"days", read_days, offsetof(type, member.days)},                                              \
        {"hours", read_hours, offsetof(type, member)},                                             \
        {"offset", read_offset, offsetof(type, member.offset_ms)},                                 \
        {"from", read_moment, offsetof(type, member.from_ms)},                                     \
    {                                                                                              \
        "to", read_moment, offsetof(type, member.to_ms)                                            \
    }

struct only_time {
    struct time_rule t;
};

static enum err_code check_span(struct load *l, const struct value *v, const struct time_rule *t)
{
    if (t->from_ms && t->to_ms && t->from_ms >= t->to_ms)
        return wrong(l, v, "'from' is not before 'to'");
    return ERR_OK;
}

static enum err_code read_time(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {TIME_FIELDS(struct only_time, t)};
    struct time_rule *t = to;
    enum err_code rc;

    *t = whole_week;
    rc = READ_FIELDS(l, v, fields, to);
    return rc ? rc : check_span(l, v, t);
}

/* ---- rules ---- */

static enum err_code read_tags(struct load *l, const struct value *v, void *to)
{
    struct policy_rule *r = to;
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_OBJECT || !value_count(v) || value_count(v) > LIST_MAX)
        return wrong(l, v, "tags are a mapping of a name to a pattern");
    r->tags = arena_array(l->p->arena, value_count(v), sizeof(*r->tags));
    VALUE_EACH (m, v) {
        r->tags[r->tag_count].key = arena_str(l->p->arena, m->key);
        rc = rc ? rc : read_list(l, m, &r->tags[r->tag_count].values);
        r->tag_count++;
    }
    return rc;
}

static enum err_code read_match(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {
        {"risk", read_risks, offsetof(struct policy_rule, risk)},
        {"provider", read_list, offsetof(struct policy_rule, provider)},
        {"service", read_list, offsetof(struct policy_rule, service)},
        {"operation", read_list, offsetof(struct policy_rule, operation)},
        {"kind", read_kinds, offsetof(struct policy_rule, kind)},
        {"environment", read_list, offsetof(struct policy_rule, environment)},
        {"resource", read_list, offsetof(struct policy_rule, resource)},
        {"account", read_list, offsetof(struct policy_rule, account)},
        {"user", read_list, offsetof(struct policy_rule, user)},
        {"tags", read_tags, 0},
        {"targets", read_count, offsetof(struct policy_rule, min_targets)},
        {"time", read_time, offsetof(struct policy_rule, time)},
    };

    return READ_FIELDS(l, v, fields, to);
}

static enum err_code read_rule(struct load *l, const struct value *v)
{
    static const struct field fields[] = {
        {"name", read_text, offsetof(struct policy_rule, name)},
        {"match", read_match, 0},
        {"decide", read_act, offsetof(struct policy_rule, act)},
        {"reason", read_text, offsetof(struct policy_rule, reason)},
    };
    struct policy_rule r = {.time = always, .line = v->line, .reason = ""};
    enum err_code rc = READ_FIELDS(l, v, fields, &r);

    if (rc)
        return rc;
    if (!value_get(v, "decide"))
        return wrong(l, v, "a rule needs 'decide'");
    if (!r.name)
        r.name = arena_printf(l->p->arena, "line %u", r.line);
    *VEC_PUSH(&l->p->rules) = r;
    return ERR_OK;
}

static enum err_code read_each(struct load *l, const struct value *v,
                               enum err_code (*one)(struct load *, const struct value *))
{
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_ARRAY || value_count(v) > RULES_MAX)
        return wrong(l, v, "'%s' is a list of at most %d entries", v->key.ptr, RULES_MAX);
    VALUE_EACH (item, v)
        rc = rc ? rc : one(l, item);
    return rc;
}

static enum err_code read_rules(struct load *l, const struct value *v, void *to)
{
    (void)to;
    return read_each(l, v, read_rule);
}

static enum err_code read_freeze(struct load *l, const struct value *v)
{
    static const struct field fields[] = {
        {"name", read_text, offsetof(struct freeze, name)},
        {"environment", read_list, offsetof(struct freeze, environment)},
        {"deny", read_bool, offsetof(struct freeze, deny)},
        TIME_FIELDS(struct freeze, time),
    };
    struct freeze f = {.time = whole_week};
    enum err_code rc = READ_FIELDS(l, v, fields, &f);

    if (rc)
        return rc;
    if (!f.name)
        return wrong(l, v, "a freeze needs a 'name'");
    rc = check_span(l, v, &f.time);
    if (!rc)
        *VEC_PUSH(&l->p->freezes) = f;
    return rc;
}

static enum err_code read_freezes(struct load *l, const struct value *v, void *to)
{
    (void)to;
    return read_each(l, v, read_freeze);
}

/* ---- the rest of the file ---- */

static enum err_code read_limits(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {
        {"mutations", read_count, offsetof(struct policy_limits, mutations)},
        {"mutations_per_resource", read_count, offsetof(struct policy_limits, resource_mutations)},
        {"targets", read_count, offsetof(struct policy_limits, targets)},
        {"cooldown", read_duration, offsetof(struct policy_limits, cooldown_ms)},
        {"expires", read_duration, offsetof(struct policy_limits, expires_ms)},
    };
    struct policy_limits *limits = to;
    enum err_code rc = READ_FIELDS(l, v, fields, to);

    if (!rc && (limits->expires_ms < 1000 || limits->expires_ms > 86400000))
        return wrong(l, v, "'expires' is from 1s to 24h");
    return rc;
}

static enum err_code read_scope(struct load *l, const struct value *v, void *to)
{
    struct text_list list = {0};
    enum op_scope scope;
    enum err_code rc = read_list(l, v, &list);

    (void)to;
    if (rc || !op_scope_from_name(v->key, &scope))
        return rc;
    for (size_t i = 0; i < list.count; i++)
        policy_add_scope(l->p, scope, list.items[i]);
    return ERR_OK;
}

static enum err_code read_environments(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {
        {"prod", read_scope, 0}, {"staging", read_scope, 0}, {"dev", read_scope, 0}};

    return READ_FIELDS(l, v, fields, to);
}

static enum err_code read_level(struct load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !command_level_from_name(v->u.string, to))
        return wrong(l, v, "'level' is low, medium, high or critical");
    return ERR_OK;
}

static enum err_code read_words(struct load *l, const struct value *v, void *to)
{
    struct text_list list = {0};
    enum err_code rc = read_list(l, v, &list);

    if (!rc)
        *(const char *const **)to = list.items; /* the entry after the last is NULL */
    return rc;
}

static enum err_code read_commands(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {
        {"level", read_level, offsetof(struct command_limits, level)},
        {"allow", read_words, offsetof(struct command_limits, allow)},
        {"deny", read_words, offsetof(struct command_limits, deny)},
        {"ssm_documents", read_words, offsetof(struct command_limits, ssm_documents)},
    };

    return READ_FIELDS(l, v, fields, to);
}

static enum err_code read_paths(struct load *l, const struct value *v, void *to)
{
    static const struct field fields[] = {
        {"allow", read_words, offsetof(struct command_limits, path_allow)},
        {"deny", read_words, offsetof(struct command_limits, path_deny)},
    };
    struct command_limits *c = to;
    enum err_code rc = READ_FIELDS(l, v, fields, to);
    const char *const *const lists[] = {c->path_allow, c->path_deny};

    for (size_t i = 0; !rc && i < 2; i++) {
        for (const char *const *p = lists[i]; !rc && p && *p; p++) {
            if (**p != '/')
                rc = wrong(l, v, "'%.60s' is no absolute path", *p);
        }
    }
    return rc;
}

static enum err_code read_approvers(struct load *l, const struct value *v, void *to)
{
    (void)to;
    return policy_read_approvers(l->p, v, l->err);
}

static enum err_code read_all(struct load *l, const struct value *root)
{
    static const struct field fields[] = {
        {"version", read_version, 0},
        {"read_only", read_bool, offsetof(struct policy, limits.read_only)},
        {"limits", read_limits, offsetof(struct policy, limits)},
        {"environments", read_environments, 0},
        {"freeze", read_freezes, 0},
        {"commands", read_commands, offsetof(struct policy, commands)},
        {"paths", read_paths, offsetof(struct policy, commands)},
        {"rules", read_rules, 0},
        {"approvers", read_approvers, 0},
    };

    return root->type == VALUE_NULL ? ERR_OK : READ_FIELDS(l, root, fields, l->p);
}

enum err_code policy_load(struct str text, const char *name, struct policy **ret, struct err *err)
{
    struct policy *p = xcalloc(1, sizeof(*p));
    struct load l = {.p = p, .err = err};
    const struct value *root = NULL;
    enum err_code rc = ERR_OK;

    p->arena = arena_new(0);
    p->name = arena_strdup(p->arena, name ? name : "policy.yaml");
    p->limits = (struct policy_limits){.mutations = 5,
                                       .resource_mutations = 3,
                                       .targets = 20,
                                       .cooldown_ms = 60000,
                                       .expires_ms = 300000};
    p->commands.level = COMMAND_MEDIUM;
    if (text.len > TEXT_MAX)
        rc = err_set(err, ERR_LIMIT, "%s has more than 1 MiB", p->name);
    else if (yaml_parse(p->arena, text, &root, err))
        rc = err_wrap(err, "%s", p->name);
    else
        rc = read_all(&l, root);
    if (rc)
        policy_free(p);
    else
        *ret = p;
    return rc;
}

void policy_free(struct policy *p)
{
    if (!p)
        return;
    for (int s = 0; s < OP_SCOPES; s++)
        VEC_RELEASE(&p->scopes[s]);
    VEC_RELEASE(&p->rules);
    VEC_RELEASE(&p->freezes);
    VEC_RELEASE(&p->people.list);
    arena_free(p->arena);
    free(p);
}
