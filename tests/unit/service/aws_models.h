/* aws_models.h - AWS's own service models: those of Debian's awscli, where it is installed. */
#ifndef RUNBOOK_TESTS_UNIT_SERVICE_AWS_MODELS_H
#define RUNBOOK_TESTS_UNIT_SERVICE_AWS_MODELS_H

#include "runbook/service/aws/service.h"

/* The newest model of a service and its operations as they are described. False: it has none. */
bool aws_models_open(struct arena *arena, const struct aws_service *s, struct aws_model *ret,
                     const struct value **ret_operations);
/* The n-th operation of a definition, those that nobody may ask among them; NULL: no more. */
const struct aws_list *aws_models_operation(const struct aws_service *s, size_t n);

#endif
