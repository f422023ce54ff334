/* session_aws.h - which regions of which accounts an investigation looks at. */
#ifndef RUNBOOK_SRC_APP_SESSION_AWS_H
#define RUNBOOK_SRC_APP_SESSION_AWS_H

#include "runbook/app/config.h"
#include "runbook/service/aws/estate.h"

#define SESSION_AWS_MAX 6

/* "ACCOUNT/REGION", in `arena`; returns how many. `named` are accounts that were asked for, each
 * with or without "/REGION"; NULL or empty: the default one, when AWS is configured. Keys that only
 * stand in the environment make a target when `text` speaks of AWS: they are there for many
 * reasons. `other`: another source was named, so that AWS is meant only when it is named as well.
 * ERR_NOT_FOUND names the nearest account; ERR_INPUT: no region is known. */
enum err_code session_aws_targets(struct aws_estate *e, const struct config *c,
                                  const char *const *named, const char *text, bool other,
                                  struct arena *arena, const char *ret[SESSION_AWS_MAX],
                                  size_t *ret_count, struct err *err);

#endif
