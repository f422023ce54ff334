/* cmd_catalogue_aws.h - the part of `runbook catalogue patterns` that is about AWS. */
#ifndef RUNBOOK_SRC_APP_CMD_CATALOGUE_AWS_H
#define RUNBOOK_SRC_APP_CMD_CATALOGUE_AWS_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"
#include "runbook/codec/json.h"

/* One limit of whichever table, as a line and as an object (cmd_catalogue.c). */
void catalogue_put_limit(const char *name, double value, const char *unit, const char *why,
                         struct buf *out);
void catalogue_json_limit(struct json_writer *w, const char *name, double value, const char *unit,
                          const char *why);

/* "aws.sg_change": patterns of AWS are listed with this in front. */
#define CATALOGUE_AWS "aws."

/* Is `id` ("aws.quota") one? */
bool catalogue_aws_has(const char *id);
/* Their names, static, at most `max`; returns how many. */
size_t catalogue_aws_names(const char *ret[], size_t max);
/* All of them, a line each, with what is shared; or the one that is named. */
void catalogue_aws_list(struct buf *out);
void catalogue_aws_show(const char *id, struct buf *out);
/* Objects of the form of a machine's pattern; `only` NULL: each. */
void catalogue_aws_json(struct json_writer *w, const char *only);

#endif
