/* intent.c - what an intent is, and the check of one that comes as JSON. Each refusal begins with a
 * JSON pointer (RFC 6901) to the field, so that a model can be told exactly what was wrong. */
#include "runbook/engine/plan.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/codec/hash.h"

#define NAME_MAX_BYTES 40
#define VALUE_MAX_BYTES 512

const char *const plan_do_names[] = {"investigate", "remediate", "describe", "list", NULL};
const char *const plan_goal_names[] = {"identify_root_cause", "optimize", "audit",
                                       "understand",          "restore",  NULL};
/* The first five are those of the format that others write; the rest is what can be looked at here.
 */
const char *const plan_resource_names[] = {"kubernetes_cluster",
                                           "ec2_instance",
                                           "security_group",
                                           "cost",
                                           "deployment",
                                           "host",
                                           "service",
                                           "unit",
                                           "process",
                                           "filesystem",
                                           "file",
                                           "cgroup",
                                           "network",
                                           "certificate",
                                           "alert",
                                           "silence",
                                           "repository",
                                           "database",
                                           NULL};
const char *const plan_action_names[] = {
    "stop",   "restart", "start",   "reload", "renice", "free",    "truncate", "rotate", "delete",
    "revoke", "limit",   "silence", "expire", "revert", "remount", "swap",     "flush",  NULL};

static int index_of(const char *const *names, struct str name)
{
    for (int i = 0; names[i]; i++) {
        if (str_eq_c(name, names[i]))
            return i;
    }
    return -1;
}

/* ---- filters ---- */

const char *intent_filter(const struct plan_intent *in, const char *name)
{
    for (size_t i = 0; i < in->filter_count; i++) {
        if (strcmp(in->filters[i].name, name) == 0)
            return in->filters[i].value;
    }
    return NULL;
}

bool intent_set_filter(struct plan_intent *in, struct arena *a, const char *name, struct str value)
{
    size_t at = 0;

    while (at < in->filter_count && strcmp(in->filters[at].name, name) < 0)
        at++;
    if (at == in->filter_count || strcmp(in->filters[at].name, name) != 0) {
        if (in->filter_count == INTENT_FILTERS_MAX)
            return false;
        memmove(&in->filters[at + 1], &in->filters[at],
                (in->filter_count - at) * sizeof(in->filters[0]));
        in->filter_count++;
        in->filters[at].name = arena_strdup(a, name);
    }
    in->filters[at].value = arena_str(a, value);
    return true;
}

/* ---- reading ---- */

struct reading {
    struct arena *arena;
    struct plan_intent *in;
    struct err *err;
};

static bool bad(struct reading *r, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool bad(struct reading *r, const char *pointer, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    err_set(r->err, ERR_INPUT, "%s: %s", pointer, text);
    return false;
}

/* One of a closed list. */
static bool read_name(struct reading *r, const struct value *obj, const char *key,
                      const char *pointer, const char *const *names, int *ret)
{
    const struct value *v = value_get(obj, key);
    struct buf all = BUF_INIT(1024);
    int at;

    if (!v)
        return bad(r, pointer, "is missing");
    if (v->type != VALUE_STRING)
        return bad(r, pointer, "must be a string, not a %s", value_type_name(v->type));
    at = index_of(names, v->u.string);
    for (int i = 0; at < 0 && names[i]; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    if (at < 0)
        bad(r, pointer, "\"%.40s\" is none of %s", v->u.string.ptr, buf_cstr(&all));
    buf_release(&all);
    *ret = at;
    return at >= 0;
}

/* A member that nothing here knows is refused: what it was meant to say would be lost. */
static bool only_members(struct reading *r, const struct value *obj, const char *pointer,
                         const char *const *known)
{
    VALUE_EACH (v, obj) {
        if (index_of(known, v->key) >= 0)
            continue;
        err_set(r->err, ERR_INPUT, "%s/%.40s: there is no such field", pointer, v->key.ptr);
        return false;
    }
    return true;
}

static bool is_filter_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (!(c >= 'a' && c <= 'z') && c != '_' && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return s.len && s.len <= NAME_MAX_BYTES;
}

static bool is_one_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F)
            return false;
    }
    return s.len <= VALUE_MAX_BYTES;
}

static bool read_filter(struct reading *r, const struct value *v)
{
    char pointer[96], number[32];
    struct str value;
    bool class, fits;

    snprintf(pointer, sizeof(pointer), "/target/filters/%.40s", v->key.ptr);
    if (!is_filter_name(v->key))
        return bad(r, pointer, "a filter's name is a word of a-z, 0-9 and _");
    if (v->type == VALUE_STRING)
        value = v->u.string;
    else if (v->type == VALUE_BOOL)
        value = str_from(v->u.boolean ? "true" : "false");
    else if (v->type == VALUE_NUMBER)
        value = (struct str){number, (size_t)num_format_f64(v->u.number, number)};
    else
        return bad(r, pointer, "must be a string, a number or true or false, not a %s",
                   value_type_name(v->type));
    if (!value.len || !is_one_line(value))
        return bad(r, pointer, "must be one line of at most %d bytes", VALUE_MAX_BYTES);
    class = str_eq_c(v->key, "class");
    fits = class ? index_of(plan_class_names, value) >= 0
                 : !str_eq_c(v->key, "action") || index_of(plan_action_names, value) >= 0;
    if (!fits)
        return bad(r, pointer, "\"%.40s\" is no %s", value.ptr,
                   class ? "class of incidents" : "action");
    if (!intent_set_filter(r->in, r->arena, v->key.ptr, value))
        return bad(r, "/target/filters", "there are more than %d", INTENT_FILTERS_MAX);
    return true;
}

static bool read_target(struct reading *r, const struct value *root)
{
    static const char *const known[] = {"resource_type", "scope", "filters", NULL};
    const struct value *t = value_get(root, "target"), *scope, *filters;
    int resource;

    if (!t || t->type != VALUE_OBJECT)
        return bad(r, "/target", t ? "must be an object" : "is missing");
    if (!only_members(r, t, "/target", known) ||
        !read_name(r, t, "resource_type", "/target/resource_type", plan_resource_names, &resource))
        return false;
    r->in->resource = plan_resource_names[resource];
    scope = value_get(t, "scope");
    r->in->scope = "";
    if (scope && scope->type != VALUE_STRING)
        return bad(r, "/target/scope", "must be a string, not a %s", value_type_name(scope->type));
    if (scope && (scope->u.string.len > 64 || !is_one_line(scope->u.string)))
        return bad(r, "/target/scope", "must be a word");
    if (scope)
        r->in->scope = arena_str(r->arena, scope->u.string);
    filters = value_get(t, "filters");
    if (filters && filters->type != VALUE_OBJECT)
        return bad(r, "/target/filters", "must be an object");
    VALUE_EACH (v, filters) {
        if (!read_filter(r, v))
            return false;
    }
    return true;
}

static bool read_constraints(struct reading *r, const struct value *root)
{
    static const char *const known[] = {"read_only", "max_cost_usd", NULL};
    const struct value *c = value_get(root, "constraints"), *v;

    r->in->max_cost_usd = -1;
    if (!c || c->type == VALUE_NULL)
        return true;
    if (c->type != VALUE_OBJECT)
        return bad(r, "/constraints", "must be an object");
    if (!only_members(r, c, "/constraints", known))
        return false;
    v = value_get(c, "read_only");
    if (v && v->type != VALUE_BOOL)
        return bad(r, "/constraints/read_only", "must be true or false");
    r->in->read_only = v && v->u.boolean;
    v = value_get(c, "max_cost_usd");
    if (!v || v->type == VALUE_NULL)
        return true;
    if (v->type != VALUE_NUMBER || !(v->u.number >= 0))
        return bad(r, "/constraints/max_cost_usd", "must be a number from 0");
    r->in->max_cost_usd = v->u.number;
    return true;
}

static bool read_confidence(struct reading *r, const struct value *root)
{
    const struct value *v = value_get(root, "confidence");

    if (!v)
        return bad(r, "/confidence", "is missing");
    if (v->type != VALUE_NUMBER || !(v->u.number >= 0 && v->u.number <= 1))
        return bad(r, "/confidence", "must be a number from 0 to 1");
    r->in->confidence = v->u.number;
    return true;
}

enum err_code intent_from_json(struct str json, struct arena *a, struct plan_intent *ret,
                               struct err *err)
{
    static const char *const known[] = {"intent_type", "target",     "goal",
                                        "constraints", "confidence", NULL};
    struct plan_intent in = {0};
    struct reading r = {a, &in, err};
    const struct value *root;
    int what, goal;
    enum err_code rc = json_parse(a, json, &root, err);

    if (rc)
        return rc;
    if (root->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "/: an intent is an object, not a %s",
                       value_type_name(root->type));
    if (!only_members(&r, root, "", known) ||
        !read_name(&r, root, "intent_type", "/intent_type", plan_do_names, &what) ||
        !read_target(&r, root) || !read_name(&r, root, "goal", "/goal", plan_goal_names, &goal) ||
        !read_constraints(&r, root) || !read_confidence(&r, root))
        return ERR_INPUT;
    in.what = (enum plan_do)what;
    in.goal = (enum plan_goal)goal;
    *ret = in;
    return ERR_OK;
}

enum err_code intent_check_sure(const struct plan_intent *in, struct err *err)
{
    if (in->confidence >= INTENT_SURE)
        return ERR_OK;
    return err_set(err, ERR_INPUT,
                   "this is read with a confidence of %.2f only, %.2f is needed. %s",
                   floor(in->confidence * 100 + 1e-9) / 100, INTENT_SURE,
                   in->question ? in->question
                                : "Say what is to be done, to what, and where: name the machine, "
                                  "the service or the file.");
}

/* ---- writing ---- */

static void put_intent(const struct plan_intent *in, bool confidence, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "intent_type", plan_do_names[in->what]);
    json_key(w, "target");
    json_object_begin(w);
    json_put_cstr(w, "resource_type", in->resource);
    json_put_cstr(w, "scope", in->scope);
    json_key(w, "filters");
    json_object_begin(w);
    for (size_t i = 0; i < in->filter_count; i++)
        json_put_cstr(w, in->filters[i].name, in->filters[i].value);
    json_object_end(w);
    json_object_end(w);
    json_put_cstr(w, "goal", plan_goal_names[in->goal]);
    json_key(w, "constraints");
    json_object_begin(w);
    json_put_bool(w, "read_only", in->read_only);
    json_put_num(w, "max_cost_usd", in->max_cost_usd < 0 ? NAN : in->max_cost_usd);
    json_object_end(w);
    if (confidence)
        json_put_num(w, "confidence", in->confidence);
    json_object_end(w);
}

void intent_json(const struct plan_intent *in, struct json_writer *w)
{
    put_intent(in, true, w);
}

void intent_id(const struct plan_intent *in, char out[PLAN_ID_MAX])
{
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct json_writer w;
    char hex[SHA256_HEX];

    json_writer_init(&w, &text);
    put_intent(in, false, &w);
    hash_sha256_hex(buf_str(&text), hex);
    snprintf(out, PLAN_ID_MAX, "int-%.12s", hex);
    buf_release(&text);
}
