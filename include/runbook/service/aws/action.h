/* action.h - what IAM calls an operation, and which operations are not asked for anybody because
 * their answer is a secret. Pure. Source: Service Authorization Reference. */
#ifndef RUNBOOK_SERVICE_AWS_ACTION_H
#define RUNBOOK_SERVICE_AWS_ACTION_H

#include "runbook/service/aws/service.h"

#define AWS_ACTION_MAX 160
/* "ec2:DescribeInstances". */
void aws_action_name(const struct aws_service *s, struct str operation, char out[AWS_ACTION_MAX]);

/* ERR_DENIED: an operation that is closed, with its definition's reason. */
enum err_code aws_closed_guard(const struct aws_service *s, const struct aws_list *l,
                               struct err *err);
/* ERR_DENIED: it is closed, or the answer would be a secret in the clear. `params` may be NULL. */
enum err_code aws_read_guard(const struct aws_service *s, const struct aws_list *l,
                             const struct value *params, struct err *err);

#endif
