/* iam.h - which actions of IAM this program can call, per feature, as policy documents. Made
 * from the tables alone: definitions, uses.h, the operations matrix, the rows of mutations. */
#ifndef RUNBOOK_SRC_APP_IAM_H
#define RUNBOOK_SRC_APP_IAM_H

#include "runbook/app/app.h"

/* `features`: "inventory", "metrics", "query", "mutations", "aws.ec2.stop" ...; none: one document
 * for each, in a list. With some: the bare document for all of them together. */
int iam_print(struct app *app, const char *const *features, size_t count);

#endif
