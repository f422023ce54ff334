/* aws_lambda.c - functions: their settings, reserved concurrency, an alias back to the version
 * before; a call of one is in aws_invoke.c. A value of a function's environment is a secret: it
 * comes from this program's environment and is never shown nor kept. Settings and aliases are
 * changed with the revision that was read, so that a change in between is refused. Source: Lambda
 * API Reference. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aws_lambda.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"

enum err_code act_lambda_read(struct act *a, struct err *err)
{
    if (act_aws_word_ok("function", act_arg(a, "function"), err) || act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "lambda", "GetFunctionConfiguration",
                act_aws_params(a, "FunctionName", act_arg(a, "function"), (char *)NULL))
        ->aws.whole = true;
    return ERR_OK;
}

const struct value *act_lambda_function(struct act *a, struct err *err)
{
    return act_aws_one(
        a, 1,
        arena_printf(a->arena, "function %s in %s", act_arg(a, "function"), act_arg(a, "region")),
        err);
}

enum err_code act_lambda_plan(struct act *a, const struct value **ret, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v = act_lambda_function(a, err);

    if (!v)
        return err->code;
    act_aws_place(a, act_arg(a, "function"), act_aws_text(a, v, "FunctionArn"));
    p->blast = "whoever calls this function";
    p->watch = "its errors, duration and throttles";
    p->cost = "no money";
    p->duration_ms = 30000;
    *ret = v;
    return ERR_OK;
}

static const struct value *read_again(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = act_lambda_function(a, &err);

    if (!v)
        a->said = arena_strdup(a->arena, err.msg);
    return v;
}

/* ---- configure ---- */

static const struct tool_param configure_params[] = {
    AWS_FUNCTION_PARAM,
    {"memory", PARAM_INT, false, NULL, 128, 10240, NULL, "Memory in MB; its share of CPU follows."},
    {"timeout", PARAM_INT, false, NULL, 1, 900, NULL, "How long a call may take, in seconds."},
    {"variable", PARAM_STRING, false, "", 0, 0, NULL, "A variable of its environment."},
    {"value_from", PARAM_STRING, false, "", 0, 0, NULL,
     "The variable of this program's environment that holds its value; without it, it is removed."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static bool name_ok(const char *name)
{
    return *name &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               strlen(name);
}

/* All variables as they will be: AWS replaces them as a whole. `masked`: without the values. */
static const char *environment(struct act *a, const struct value *v, const char *value, bool masked)
{
    const struct value *have = value_path(v, "Environment.Variables");
    const char *name = act_arg(a, "variable"), *text;
    struct buf out = BUF_INIT(65536);
    struct json_writer w;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "Variables");
    json_object_begin(&w);
    VALUE_EACH (it, have)
        if (!str_eq_c(it->key, name) && it->type == VALUE_STRING)
            json_put_str(&w, it->key.ptr, masked ? STR_LIT("***") : it->u.string);
    if (value)
        json_put_cstr(&w, name, masked ? "***" : value);
    json_object_end(&w);
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static const char *settings_call(struct act *a, const struct value *v, const char *variables)
{
    int64_t memory = act_arg_int(a, "memory", 0), timeout = act_arg_int(a, "timeout", 0);
    const char *revision = act_aws_text(a, v, "RevisionId");

    return act_aws_params(a, "FunctionName", act_arg(a, "function"),
                          "MemorySize:", memory ? act_aws_num(a, memory) : NULL,
                          "Timeout:", timeout ? act_aws_num(a, timeout) : NULL,
                          "Environment:", variables, "RevisionId", *revision ? revision : NULL,
                          (char *)NULL);
}

static const struct value *variable_of(struct act *a, const struct value *v)
{
    VALUE_EACH (it, value_path(v, "Environment.Variables"))
        if (str_eq_c(it->key, act_arg(a, "variable")))
            return it;
    return NULL;
}

/* What was there is not kept, so only a variable that was not there can be taken back. */
static void plan_back(struct act *a, const struct value *v)
{
    struct act_plan *p = &a->plan;
    const char *name = act_arg(a, "variable");
    bool memory = act_arg_int(a, "memory", 0) > 0, timeout = act_arg_int(a, "timeout", 0) > 0;

    if (*name && variable_of(a, v)) {
        p->rollback = "";
        return;
    }
    p->rollback = "the settings that it had are set again";
    p->rollback_operation = "aws.lambda.configure";
    p->rollback_args =
        act_aws_back_args(a, "function", act_arg(a, "function"),
                          "memory:", memory ? act_aws_text(a, v, "MemorySize") : NULL,
                          "timeout:", timeout ? act_aws_text(a, v, "Timeout") : NULL, "variable",
                          *name ? name : NULL, (char *)NULL);
    p->rolls_back = true;
}

static const char *settings_words(struct act *a, const char *memory, const char *timeout,
                                  bool variable)
{
    return arena_printf(a->arena, "%s MB, %s s%s%s%s", memory, timeout,
                        *act_arg(a, "variable") ? ", " : "", act_arg(a, "variable"),
                        !*act_arg(a, "variable") ? ""
                        : variable               ? " set (its value is not shown)"
                                                 : " not set");
}

static bool as_wanted(struct act *a, const struct value *v)
{
    int64_t memory = act_arg_int(a, "memory", 0), timeout = act_arg_int(a, "timeout", 0);

    return (!memory || act_aws_int(a, v, "MemorySize", -1) == memory) &&
           (!timeout || act_aws_int(a, v, "Timeout", -1) == timeout);
}

static enum err_code plan_configure(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *name = act_arg(a, "variable"), *from = act_arg(a, "value_from"), *value = NULL;
    int64_t memory = act_arg_int(a, "memory", 0), timeout = act_arg_int(a, "timeout", 0);
    const struct value *v;
    struct act_call *c;

    if (act_lambda_plan(a, &v, err))
        return err->code;
    if (!memory && !timeout && !*name)
        return err_set(err, ERR_INPUT, "what is to be set? memory, timeout or variable");
    if ((*name && !name_ok(name)) || (*from && (!name_ok(from) || !*name)))
        return err_set(err, ERR_INPUT, "variable and value_from are names of variables");
    if (*from && !(value = getenv(from)))
        return err_set(err, ERR_INPUT, "there is no variable %.80s in this program's environment",
                       from);
    if (!*name && as_wanted(a, v))
        p->already = "it is set so already";
    if (*name && !value && !variable_of(a, v) && as_wanted(a, v))
        p->already = "there is no such variable";
    p->before = settings_words(a, act_aws_text(a, v, "MemorySize"), act_aws_text(a, v, "Timeout"),
                               variable_of(a, v) != NULL);
    p->after = settings_words(a, memory ? act_aws_num(a, memory) : act_aws_text(a, v, "MemorySize"),
                              timeout ? act_aws_num(a, timeout) : act_aws_text(a, v, "Timeout"),
                              value != NULL);
    p->effect = "the next calls run with it; environments that run now are replaced";
    p->cost = memory > act_aws_int(a, v, "MemorySize", 0) ? "more for each second that it runs"
                                                          : "no money";
    p->facts = act_object(a, "account", act_aws_number(a), "revision",
                          act_aws_text(a, v, "RevisionId"), (char *)NULL);
    plan_back(a, v);
    c = act_aws_do(a, "lambda", "UpdateFunctionConfiguration",
                   settings_call(a, v, *name ? environment(a, v, value, false) : NULL));
    c->aws.shown = *name ? settings_call(a, v, environment(a, v, value, true)) : NULL;
    return ERR_OK;
}

static enum act_check verify_configure(struct act *a)
{
    const struct value *v = read_again(a);
    const char *status = v ? act_aws_text(a, v, "LastUpdateStatus") : "";
    bool changed = v && strcmp(act_aws_text(a, v, "RevisionId"), act_fact(a, "revision")) != 0;
    const char *from = act_arg(a, "value_from"), *value = *from ? getenv(from) : NULL;
    const struct value *there = v && *act_arg(a, "variable") ? variable_of(a, v) : NULL;
    /* Somebody else's change is none of this value. */
    bool set =
        v && (!*act_arg(a, "variable") || (there != NULL) == (*from != '\0')) &&
        (!there || !value || there->type != VALUE_STRING || str_eq_c(there->u.string, value));

    if (!v)
        return ACT_NOT_YET;
    a->said = arena_printf(a->arena, "%s%s%s",
                           settings_words(a, act_aws_text(a, v, "MemorySize"),
                                          act_aws_text(a, v, "Timeout"), variable_of(a, v) != NULL),
                           *status ? ", update " : "", status);
    if (strcmp(status, "Failed") == 0 && changed) {
        a->said =
            arena_printf(a->arena, "%s: %s", a->said, act_aws_text(a, v, "LastUpdateStatusReason"));
        return ACT_FAILED;
    }
    if (*from && act_aws_answer_lost(a) && changed && !value) {
        a->said = arena_printf(a->arena,
                               "%s; its settings changed, and whether the value is the new one "
                               "cannot be compared without %s in this program's environment",
                               a->said, from);
        return ACT_UNKNOWN;
    }
    return as_wanted(a, v) && set && changed && strcmp(status, "InProgress") != 0 ? ACT_HOLDS
                                                                                  : ACT_NOT_YET;
}

const struct act_def act_lambda_configure = {
    .name = "aws.lambda.configure",
    .risk = "aws.lambda.update-function-configuration",
    .uses = AWS_USES("lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration"),
    .help = "Set a function's memory, its time limit, or a variable of its environment.",
    .undo = "what was set before is set again; a variable's old value is not kept",
    .resource_type = "function",
    .params = configure_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 5 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = act_lambda_read,
    .plan = plan_configure,
    .verify = verify_configure,
    .available = act_aws_available,
};

/* ---- concurrency ---- */

static const struct tool_param concurrency_params[] = {
    AWS_FUNCTION_PARAM,
    {"reserved", PARAM_INT, true, NULL, -1, 100000, NULL,
     "How many may run at once, kept for this function; 0: none; -1: nothing is kept for it."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_concurrency(struct act *a, struct err *err)
{
    if (act_lambda_read(a, err))
        return err->code;
    act_aws_ask(a, "lambda", "GetFunctionConcurrency",
                act_aws_params(a, "FunctionName", act_arg(a, "function"), (char *)NULL))
        ->aws.whole = true;
    return ERR_OK;
}

static const char *reserved_words(struct act *a, int64_t n)
{
    return n < 0    ? "nothing is reserved: it shares what the account has"
           : n == 0 ? "0 reserved: every call is throttled"
                    : arena_printf(a->arena, "%" PRId64 " reserved, and no more", n);
}

static enum err_code plan_concurrency(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t want = act_arg_int(a, "reserved", -1), have;
    const struct value *v, *now;

    if (act_lambda_plan(a, &v, err) || !(now = act_aws_one(a, 2, "concurrency", err)))
        return err->code;
    have = act_aws_int(a, now, "ReservedConcurrentExecutions", -1);
    if (have == want)
        p->already = reserved_words(a, have);
    p->before = reserved_words(a, have);
    p->after = reserved_words(a, want);
    p->effect = want == 0  ? "nothing runs it any more, whoever calls"
                : want < 0 ? "other functions may take what was kept for it"
                           : "calls beyond that are throttled; the rest of the account has so "
                             "many fewer";
    p->verb = want == 0  ? "put-function-concurrency-zero"
              : want < 0 ? "delete-function-concurrency"
                         : NULL;
    p->facts =
        act_object(a, "account", act_aws_number(a), "reserved", act_aws_num(a, have), (char *)NULL);
    p->rollback = arena_printf(a->arena, "back: %s", reserved_words(a, have));
    p->rollback_operation = "aws.lambda.concurrency";
    p->rollback_args = act_aws_back_args(a, "function", act_arg(a, "function"),
                                         "reserved:", act_aws_num(a, have), (char *)NULL);
    p->rolls_back = true;
    if (want < 0)
        act_aws_do(a, "lambda", "DeleteFunctionConcurrency",
                   act_aws_params(a, "FunctionName", act_arg(a, "function"), (char *)NULL));
    else
        act_aws_do(a, "lambda", "PutFunctionConcurrency",
                   act_aws_params(a, "FunctionName", act_arg(a, "function"),
                                  "ReservedConcurrentExecutions:", act_aws_num(a, want),
                                  (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_concurrency(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *now = act_aws_one(a, 2, "concurrency", &err);
    int64_t have = act_aws_int(a, now, "ReservedConcurrentExecutions", -1);

    a->said = now ? reserved_words(a, have) : arena_strdup(a->arena, err.msg);
    if (now)
        act_aws_others(a, act_aws_num(a, have), act_fact(a, "reserved"),
                       act_aws_num(a, act_arg_int(a, "reserved", -1)));
    return now && have == act_arg_int(a, "reserved", -1) ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_lambda_concurrency = {
    .name = "aws.lambda.concurrency",
    .risk = "aws.lambda.put-function-concurrency",
    .uses = AWS_USES("lambda:DeleteFunctionConcurrency", "lambda:GetFunctionConcurrency",
                     "lambda:GetFunctionConfiguration", "lambda:PutFunctionConcurrency"),
    .help = "Reserve concurrency for a function, or give it back.",
    .undo = "what was reserved before is reserved again",
    .resource_type = "function",
    .params = concurrency_params,
    .floor = RISK_MEDIUM,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_concurrency,
    .plan = plan_concurrency,
    .verify = verify_concurrency,
    .available = act_aws_available,
};

/* ---- alias ---- */

static const struct tool_param alias_params[] = {
    AWS_FUNCTION_PARAM,
    {"alias", PARAM_STRING, true, NULL, 0, 0, NULL, "The alias that callers use."},
    {"version", PARAM_STRING, false, "", 0, 0, NULL,
     "The version that it is to lead to; without it the one before."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static enum err_code read_alias(struct act *a, struct err *err)
{
    const char *name = act_arg(a, "function");

    if (act_aws_word_ok("alias", act_arg(a, "alias"), err) || act_lambda_read(a, err))
        return err->code;
    act_aws_ask(a, "lambda", "GetAlias",
                act_aws_params(a, "FunctionName", name, "Name", act_arg(a, "alias"), (char *)NULL))
        ->aws.whole = true;
    act_aws_ask(a, "lambda", "ListVersionsByFunction",
                act_aws_params(a, "FunctionName", name, (char *)NULL));
    return ERR_OK;
}

/* The newest version below `now`; with a name, that one. -1: there is none. */
static int64_t version_for(struct act *a, int64_t now)
{
    struct err ignored = ERR_INIT;
    const struct value *items = act_aws_items(a, 3, &ignored);
    int64_t named = act_arg_int(a, "version", -1), best = -1, n;

    if (*act_arg(a, "version") && !num_i64(str_from(act_arg(a, "version")), &named))
        return -1;
    VALUE_EACH (it, items) {
        if (!num_i64(str_from(act_aws_text(a, it, "Version")), &n)) /* "$LATEST" */
            continue;
        if (named >= 0 ? n == named : n < now && n > best)
            best = n;
    }
    return best;
}

static bool is_split(const struct value *alias)
{
    return value_count(value_path(alias, "RoutingConfig.AdditionalVersionWeights")) > 0;
}

static enum err_code plan_alias(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct value *v, *alias;
    int64_t now, to;

    if (act_lambda_plan(a, &v, err) || !(alias = act_aws_one(a, 2, "such alias", err)))
        return err->code;
    now = act_aws_int(a, alias, "FunctionVersion", INT64_MAX);
    to = version_for(a, now);
    if (to < 0)
        return err_set(err, ERR_NOT_FOUND, "there is no %s version",
                       *act_arg(a, "version") ? "such" : "earlier");
    if (to == now && !is_split(alias))
        p->already = "it leads there already";
    p->resource = arena_printf(a->arena, "%s:%s", act_arg(a, "function"), act_arg(a, "alias"));
    p->resource_id = act_aws_text(a, alias, "AliasArn");
    p->before = arena_printf(a->arena, "version %s%s", act_aws_text(a, alias, "FunctionVersion"),
                             is_split(alias) ? ", with a part to another" : "");
    p->after = arena_printf(a->arena, "version %" PRId64 ", all of it", to);
    p->effect = "who calls the alias gets the other version from now on";
    p->facts = act_object(
        a, "account", act_aws_number(a), "revision", act_aws_text(a, alias, "RevisionId"), "from",
        act_aws_text(a, alias, "FunctionVersion"), "to", act_aws_num(a, to), (char *)NULL);
    p->rollback =
        arena_printf(a->arena, "back to version %s%s", act_aws_text(a, alias, "FunctionVersion"),
                     is_split(alias) ? "; the part to another is not set again" : "");
    p->rollback_operation = "aws.lambda.alias";
    p->rollback_args =
        act_aws_back_args(a, "function", act_arg(a, "function"), "alias", act_arg(a, "alias"),
                          "version", act_aws_text(a, alias, "FunctionVersion"), (char *)NULL);
    p->rolls_back = true;
    act_aws_do(a, "lambda", "UpdateAlias",
               act_aws_params(a, "FunctionName", act_arg(a, "function"), "Name",
                              act_arg(a, "alias"), "FunctionVersion", act_aws_num(a, to),
                              "RoutingConfig:", "{\"AdditionalVersionWeights\":{}}", "RevisionId",
                              *act_aws_text(a, alias, "RevisionId")
                                  ? act_aws_text(a, alias, "RevisionId")
                                  : NULL,
                              (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_alias(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *alias = act_aws_one(a, 2, "such alias", &err);

    if (!alias) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    a->said = arena_printf(a->arena, "it leads to version %s%s",
                           act_aws_text(a, alias, "FunctionVersion"),
                           is_split(alias) ? ", with a part to another" : "");
    act_aws_others(a, act_aws_text(a, alias, "FunctionVersion"), act_fact(a, "from"),
                   act_fact(a, "to"));
    return !is_split(alias) &&
                   strcmp(act_aws_text(a, alias, "FunctionVersion"), act_fact(a, "to")) == 0
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_lambda_alias = {
    .name = "aws.lambda.alias",
    .risk = "aws.lambda.update-alias",
    .uses = AWS_USES("lambda:GetAlias", "lambda:GetFunctionConfiguration",
                     "lambda:ListVersionsByFunction", "lambda:UpdateAlias"),
    .help = "Lead a function's alias back to the version before, or to another.",
    .undo = "the alias leads to the version that it had",
    .resource_type = "function",
    .params = alias_params,
    .floor = RISK_HIGH,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_alias,
    .plan = plan_alias,
    .verify = verify_alias,
    .available = act_aws_available,
};
