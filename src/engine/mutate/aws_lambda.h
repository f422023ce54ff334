/* aws_lambda.h - what the rows of functions share. */
#ifndef RUNBOOK_ENGINE_MUTATE_AWS_LAMBDA_H
#define RUNBOOK_ENGINE_MUTATE_AWS_LAMBDA_H

#include "aws_act.h"

#define AWS_FUNCTION_PARAM                                                                         \
    {                                                                                              \
        "function", PARAM_STRING, true, NULL, 0, 0, NULL, "The function's name."                   \
    }

/* Its configuration, as reads[1]. */
enum err_code act_lambda_read(struct act *a, struct err *err);
const struct value *act_lambda_function(struct act *a, struct err *err);
/* What all plans of it have in common; *ret is the configuration. */
enum err_code act_lambda_plan(struct act *a, const struct value **ret, struct err *err);

#endif
