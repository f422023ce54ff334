/* awsone.h - a made-up answer for any operation of the definitions: its list with one item that has
 * all parts the definition names, so that whatever hangs from it is asked too. */
#ifndef RUNBOOK_TESTS_AWSONE_H
#define RUNBOOK_TESTS_AWSONE_H

#include "runbook/service/aws/service.h"

/* The members of the answer, as awsfake.h writes them; an object, never NULL. */
const struct value *awsone_answer(struct arena *arena, const struct aws_service *s,
                                  const struct aws_list *l);

#endif
