/* aws_common.c - see aws_common.h. */
#include "aws_common.h"

#include "runbook/service/aws/action.h"

bool aws_tool_available(const struct tool_env *env)
{
    return env->aws != NULL;
}

enum err_code aws_tool_estate(const struct tool_env *env, struct aws_estate **ret, struct err *err)
{
    *ret = env->aws;
    return *ret ? ERR_OK
                : err_set(err, ERR_NOT_FOUND,
                          "AWS is not configured: runbook accounts add NAME, providers.aws.enabled "
                          "in config.yaml, or AWS_PROFILE in the environment");
}

void aws_tool_fail(struct tool_call *c, const struct err *err)
{
    struct tool_result r = {.content_type = "application/json"};

    tool_result_fail(&r, err);
    tool_call_finish(c, &r);
}

static enum err_code code_of(enum aws_end end)
{
    switch (end) {
    case AWS_END_DENIED:
    case AWS_END_KEYS:
        return ERR_DENIED;
    case AWS_END_THROTTLED:
        return ERR_AGAIN;
    case AWS_END_NOT_ENABLED:
    case AWS_END_ABSENT:
    case AWS_END_NOT_FOUND:
        return ERR_NOT_FOUND;
    case AWS_END_INPUT:
        return ERR_INPUT;
    case AWS_END_UNREACHED:
        return ERR_NET;
    case AWS_END_TIMEOUT:
        return ERR_TIMEOUT;
    case AWS_END_CANCELED:
        return ERR_CANCELED;
    case AWS_END_WHOLE:
    case AWS_END_CUT:
    case AWS_END_CLOCK:
    case AWS_END_REFUSED:
    case AWS_END_FAILED:
    case AWS_END_BAD_ANSWER:
        break;
    }
    return ERR_REMOTE;
}

void aws_tool_err(const struct aws_service *s, const struct aws_list *l, enum aws_end end,
                  const char *account, const char *region, const char *why, struct err *ret)
{
    char action[AWS_ACTION_MAX];

    aws_action_name(s, l->name, action);
    err_set(ret, code_of(end), "%s: %.*s %.*s%s%s of %s: %s%s%s", aws_end_sentence(end),
            STR_FMT(s->id), STR_FMT(l->name), *region ? " in " : "", region, account, why,
            end == AWS_END_DENIED ? "; it needs " : "", end == AWS_END_DENIED ? action : "");
}
