/* aws_act.c - see aws_act.h. */
#include "aws_act.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/endpoint.h"
#include "runbook/tool/toolenv.h"

#define TAGS_MAX 60
#define DO_MS 60000

bool act_aws_available(const struct tool_env *env, struct err *err)
{
    if (env && env->aws)
        return true;
    err_set(err, ERR_NOT_FOUND,
            "no account of AWS is configured: 'runbook accounts add', or AWS_PROFILE");
    return false;
}

/* ---- calls ---- */

enum err_code act_aws_word_ok(const char *what, const char *word, struct err *err)
{
    for (const char *c = word; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_./:+=@", *c))
            return err_set(err, ERR_INPUT, "%s: '%.80s' is no name of AWS", what, word);
    return *word && *word != '-' ? ERR_OK : err_set(err, ERR_INPUT, "%s: a name is needed", what);
}

static void put_pairs(struct json_writer *w, struct arena *arena, const char *name, va_list ap)
{
    for (const char *key = name; key; key = va_arg(ap, const char *)) {
        const char *text = va_arg(ap, const char *);
        size_t len = strlen(key);
        struct str k = {key, len};

        if (!text)
            continue;
        k.len -= str_ends(k, "[]") ? 2 : str_ends(k, ":") ? 1 : 0;
        json_key(w, arena_str(arena, k));
        if (k.len + 2 == len) {
            json_array_begin(w);
            json_cstring(w, text);
            json_array_end(w);
        } else if (k.len + 1 == len) {
            json_raw(w, str_from(text));
        } else {
            json_cstring(w, text);
        }
    }
}

const char *act_aws_params(struct act *a, const char *name, ...)
{
    struct buf out = BUF_INIT(262144);
    struct json_writer w;
    const char *text;
    va_list ap;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    va_start(ap, name);
    put_pairs(&w, a->arena, name, ap);
    va_end(ap);
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static struct act_call *call(struct act *a, act_calls *to, const char *service,
                             const char *operation, const char *params)
{
    struct act_call *c = VEC_PUSH(to);

    c->how = ACT_AWS;
    c->timeout_ms = DO_MS;
    c->aws = (struct act_aws){.service = service,
                              .operation = operation,
                              .region = act_arg(a, "region"),
                              .account = act_arg(a, "account"),
                              .params = params};
    return c;
}

struct act_call *act_aws_ask(struct act *a, const char *service, const char *operation,
                             const char *params)
{
    return call(a, &a->reads, service, operation, params);
}

struct act_call *act_aws_do(struct act *a, const char *service, const char *operation,
                            const char *params)
{
    return call(a, &a->calls, service, operation, params);
}

void act_aws_try_and_do(struct act *a, const char *service, const char *operation,
                        const char *params)
{
    struct str rest = str_from(params);
    struct act_call *c;

    rest.len--; /* its last brace */
    c = act_aws_do(
        a, service, operation,
        arena_printf(a->arena, "%.*s%s\"DryRun\":true}", STR_FMT(rest), rest.len > 1 ? "," : ""));
    c->aws.trial = true;
    act_aws_do(a, service, operation, params);
}

enum err_code act_aws_begin_global(struct act *a, struct err *err)
{
    struct act_call *c;

    if (*act_arg(a, "account") && act_aws_word_ok("account", act_arg(a, "account"), err))
        return err->code;
    c = act_aws_ask(a, "sts", "GetCallerIdentity", "{}");
    c->aws.whole = c->aws.who = true;
    return ERR_OK;
}

enum err_code act_aws_begin(struct act *a, struct err *err)
{
    if (aws_region_check(act_arg(a, "region"), err))
        return err->code;
    return act_aws_begin_global(a, err);
}

/* ---- answers ---- */

const struct value *act_aws_items(struct act *a, size_t n, struct err *err)
{
    const struct act_answer *r = n < a->reads.count ? &a->reads.items[n].answer : NULL;
    const struct value *v;

    if (!r) {
        err_set(err, ERR_NOT_FOUND, "it was not read");
        return NULL;
    }
    if (n && a->reads.items[0].answer.err.code) /* whose keys they are */
        r = &a->reads.items[0].answer;
    if (!r->err.code && json_parse(a->arena, r->out, &v, err) == ERR_OK)
        return v;
    if (r->err.code)
        *err = r->err;
    a->unread = a->unread || err->code != ERR_NOT_FOUND;
    return NULL;
}

const struct value *act_aws_one(struct act *a, size_t n, const char *what, struct err *err)
{
    const struct value *v = act_aws_items(a, n, err);

    if (!v && err->code == ERR_NOT_FOUND)
        err_wrap(err, "there is no %.200s", what);
    if (v && !value_count(v))
        err_set(err, ERR_NOT_FOUND, "there is no %.200s", what);
    return v && value_count(v) ? value_at(v, 0) : NULL;
}

const char *act_aws_text(struct act *a, const struct value *v, const char *path)
{
    const struct value *at = value_path(v, path);

    if (!at)
        return "";
    switch (at->type) {
    case VALUE_STRING:
        return arena_str(a->arena, at->u.string);
    case VALUE_BOOL:
        return at->u.boolean ? "true" : "false";
    case VALUE_NUMBER:
        return arena_printf(a->arena, "%.15g", at->u.number);
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return "";
}

int64_t act_aws_int(struct act *a, const struct value *v, const char *path, int64_t fallback)
{
    int64_t n;

    return num_i64(str_from(act_aws_text(a, v, path)), &n) ? n : fallback;
}

bool act_aws_flag(struct act *a, const struct value *v, const char *path)
{
    return strcmp(act_aws_text(a, v, path), "true") == 0;
}

size_t act_aws_list_at(struct act *a, const struct value *v, const char *path,
                       const struct value **ret)
{
    const struct value *at = *path ? value_path(v, path) : v;

    (void)a;
    *ret = NULL;
    if (at && at->type == VALUE_ARRAY) {
        *ret = value_items(at);
        return value_count(at);
    }
    if (at && at->type == VALUE_OBJECT && value_count(at) == 1) { /* XML with one element */
        *ret = value_at(at, 0);
        return 1;
    }
    return 0;
}

void act_aws_take_tags(struct act *a, const struct value *v, const char *path)
{
    const struct value *items;
    size_t n = act_aws_list_at(a, v, path, &items);
    struct op_tag *tags = arena_array(a->arena, TAGS_MAX, sizeof(*tags));

    a->plan.tags = tags;
    a->plan.tag_count = 0;
    for (size_t i = 0; i < n && i < TAGS_MAX; i++) {
        const char *key = act_aws_text(a, &items[i], "key"),
                   *value = act_aws_text(a, &items[i], "value");

        tags[a->plan.tag_count++] =
            (struct op_tag){*key ? key : act_aws_text(a, &items[i], "Key"),
                            *key ? value : act_aws_text(a, &items[i], "Value")};
    }
}

const char *act_aws_tag(struct act *a, const char *key)
{
    for (size_t i = 0; i < a->plan.tag_count; i++)
        if (strcmp(a->plan.tags[i].key, key) == 0)
            return a->plan.tags[i].value;
    return "";
}

/* ---- places ---- */

const char *act_aws_number(struct act *a)
{
    struct err ignored = ERR_INIT;
    const struct value *v = act_aws_items(a, 0, &ignored);

    return v && value_count(v) ? act_aws_text(a, value_at(v, 0), "Account") : "";
}

const char *act_aws_arn(struct act *a, const char *service, const char *rest)
{
    const char *region = act_arg(a, "region");

    return arena_printf(a->arena, "arn:%s:%s:%s:%s:%s", aws_partition(str_from(region)), service,
                        region, act_aws_number(a), rest);
}

void act_aws_place(struct act *a, const char *resource, const char *id)
{
    const char *name = act_arg(a, "account"), *number = act_aws_number(a);

    a->plan.resource = resource;
    a->plan.resource_id = id;
    a->plan.targets = 1;
    a->plan.region = act_arg(a, "region");
    a->plan.account = !*name    ? *number ? arena_printf(a->arena, "AWS account %s", number)
                                          : "AWS, the default account"
                      : *number ? arena_printf(a->arena, "AWS account %s (%s)", name, number)
                                : arena_printf(a->arena, "AWS account %s", name);
}

const char *act_aws_back_args(struct act *a, const char *name, ...)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *text;
    va_list ap;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    if (*act_arg(a, "region"))
        json_put_cstr(&w, "region", act_arg(a, "region"));
    if (*act_arg(a, "account"))
        json_put_cstr(&w, "account", act_arg(a, "account"));
    va_start(ap, name);
    put_pairs(&w, a->arena, name, ap);
    va_end(ap);
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

const char *act_aws_num(struct act *a, int64_t n)
{
    return arena_printf(a->arena, "%" PRId64, n);
}

/* ---- what is there afterwards ---- */

void act_aws_others(struct act *a, const char *now, const char *before, const char *wanted)
{
    if (!*now || strcmp(now, before) == 0 || strcmp(now, wanted) == 0)
        return;
    a->others = true;
    a->said =
        arena_printf(a->arena, "%s: somebody else set it since; nothing is taken back", a->said);
}

const char *act_aws_last_event(struct act *a, size_t n, const char *word, const char *also)
{
    struct err ignored = ERR_INIT;
    const struct value *items = act_aws_items(a, n, &ignored);
    const char *last = "";

    VALUE_EACH (it, items) {
        const char *text = act_aws_text(a, it, "Message"), *date = act_aws_text(a, it, "Date");

        if (strstr(text, word) && strstr(text, also) && strcmp(date, last) > 0)
            last = date;
    }
    return items ? last : NULL;
}

/* ---- after a lost answer ---- */

bool act_aws_answer_lost(const struct act *a)
{
    return a->after && !a->ended_well && !a->back;
}

struct act_call *act_aws_ask_trail(struct act *a, const char *resource)
{
    const char *by = arena_printf(
        a->arena, "[{\"AttributeKey\":\"ResourceName\",\"AttributeValue\":\"%s\"}]", resource);

    return act_aws_ask(a, "cloudtrail", "LookupEvents",
                       act_aws_params(a, "LookupAttributes:", by, "StartTime:",
                                      act_aws_num(a, a->proposed_ms / 1000), (char *)NULL));
}

bool act_aws_trail_has(struct act *a, size_t n, const char *event)
{
    struct err ignored = ERR_INIT;
    const struct value *items = act_aws_items(a, n, &ignored);

    VALUE_EACH (it, items)
        if (strcmp(act_aws_text(a, it, "EventName"), event) == 0)
            return true;
    return false;
}
