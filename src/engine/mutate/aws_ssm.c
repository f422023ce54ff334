/* aws_ssm.c - a document of Systems Manager on one instance. Only documents that policy.yaml names
 * (commands: ssm_documents) can be run, none when it names none. A command is found again by its
 * comment, which holds the mutation's id. Source: Systems Manager API Reference, SendCommand. */
#include <string.h>

#include "aws_act.h"
#include "runbook/codec/json.h"

static const struct tool_param run_params[] = {
    {"instance", PARAM_STRING, true, NULL, 0, 0, NULL, "The managed instance's id (i- or mi-)."},
    {"document", PARAM_STRING, true, NULL, 0, 0, NULL, "A document that policy.yaml allows."},
    {"parameters", PARAM_STRING, false, "{}", 0, 0, NULL,
     "Its parameters: a JSON object of lists of texts."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static bool allowed(const struct act *a, const char *document)
{
    const char *const *list = a->limits ? a->limits->ssm_documents : NULL;

    for (; list && *list; list++)
        if (strcmp(*list, document) == 0)
            return true;
    return false;
}

static enum err_code check_parameters(struct act *a, struct err *err)
{
    const struct value *v;

    if (json_parse(a->arena, str_from(act_arg(a, "parameters")), &v, err))
        return err_wrap(err, "parameters");
    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT,
                       "parameters are an object of lists: {\"commands\":[\"...\"]}");
    VALUE_EACH (it, v) {
        if (it->type != VALUE_ARRAY)
            return err_set(err, ERR_INPUT, "parameters: %.*s is no list", STR_FMT(it->key));
        VALUE_EACH (text, it)
            if (text->type != VALUE_STRING)
                return err_set(err, ERR_INPUT, "parameters: %.*s holds what is no text",
                               STR_FMT(it->key));
    }
    return ERR_OK;
}

static enum err_code read_run(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "instance"), *document = act_arg(a, "document");

    if (act_aws_word_ok("instance", id, err) || act_aws_word_ok("document", document, err) ||
        check_parameters(a, err))
        return err->code;
    if (!allowed(a, document))
        return err_set(err, ERR_DENIED,
                       "document %.80s is not allowed: policy.yaml names those that are, in "
                       "commands: ssm_documents",
                       document);
    if (act_aws_begin(a, err))
        return err->code;
    act_aws_ask(a, "ssm", "DescribeInstanceInformation",
                act_aws_params(
                    a, "Filters:",
                    arena_printf(a->arena, "[{\"Key\":\"InstanceIds\",\"Values\":[\"%s\"]}]", id),
                    (char *)NULL));
    act_aws_ask(a, "ssm", "ListCommands",
                act_aws_params(a, "InstanceId", id, "MaxResults:", "50", (char *)NULL))
        ->aws.whole = true;
    return ERR_OK;
}

static const char *mark(struct act *a)
{
    return arena_printf(a->arena, "(runbook %s)", a->id);
}

static enum err_code plan_run(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *id = act_arg(a, "instance"), *document = act_arg(a, "document");
    const struct value *v =
        act_aws_one(a, 1, arena_printf(a->arena, "managed instance %s", id), err);

    if (!v)
        return err->code;
    if (strcmp(act_aws_text(a, v, "PingStatus"), "Online") != 0)
        return err_set(err, ERR_DENIED, "its agent is %s", act_aws_text(a, v, "PingStatus"));
    act_aws_place(a, arena_printf(a->arena, "%s on %s", document, id),
                  act_aws_arn(a, "ssm", arena_printf(a->arena, "managed-instance/%s", id)));
    p->before =
        arena_printf(a->arena, "%s %s, its agent is online", act_aws_text(a, v, "PlatformName"),
                     act_aws_text(a, v, "PlatformVersion"));
    p->after = arena_printf(a->arena, "%s ran there and succeeded", document);
    p->effect =
        arena_printf(a->arena, "%s runs as root with %s", document, act_arg(a, "parameters"));
    p->blast = "what runs on the instance";
    p->cost = "no money";
    p->watch = "the command's output in Systems Manager";
    p->rollback = "";
    p->facts = act_object(a, "account", act_aws_number(a), "mark", mark(a), (char *)NULL);
    p->duration_ms = AWS_MINUTE;
    act_aws_do(a, "ssm", "SendCommand",
               act_aws_params(a, "DocumentName", document, "InstanceIds[]", id,
                              "Parameters:", act_arg(a, "parameters"), "Comment", mark(a),
                              "TimeoutSeconds:", "600", (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_run(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v = act_aws_one(a, 2, "command", &err), *items;
    size_t n = act_aws_list_at(a, v, "Commands", &items);

    a->said = v ? "there is no such command" : arena_strdup(a->arena, err.msg);
    for (size_t i = 0; i < n; i++) {
        const char *status = act_aws_text(a, &items[i], "Status");

        if (!strstr(act_aws_text(a, &items[i], "Comment"), act_fact(a, "mark")))
            continue;
        a->said = arena_printf(a->arena, "command %s: %s", act_aws_text(a, &items[i], "CommandId"),
                               status);
        return strcmp(status, "Success") == 0 ? ACT_HOLDS
               : strcmp(status, "Pending") == 0 || strcmp(status, "InProgress") == 0 ||
                       strcmp(status, "Delayed") == 0 || strcmp(status, "Cancelling") == 0
                   ? ACT_NOT_YET
                   : ACT_FAILED;
    }
    return ACT_NOT_YET;
}

const struct act_def act_ssm_run = {
    .name = "aws.ssm.run",
    .risk = "aws.ssm.send-command",
    .uses = AWS_USES("ssm:DescribeInstanceInformation", "ssm:ListCommands", "ssm:SendCommand"),
    .help = "Run an allowed document of Systems Manager on one instance.",
    .undo = "it cannot be undone",
    .resource_type = "instance",
    .params = run_params,
    .floor = RISK_CRITICAL,
    .verify_ms = 15 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_run,
    .plan = plan_run,
    .verify = verify_run,
    .available = act_aws_available,
};
