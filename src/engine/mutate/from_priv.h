/* from_priv.h - what reads command lines of proposals. */
#ifndef RUNBOOK_ENGINE_MUTATE_FROM_PRIV_H
#define RUNBOOK_ENGINE_MUTATE_FROM_PRIV_H

#include "runbook/base/str.h"

bool act_plain_word(struct str w); /* nothing in it means something to a shell */
/* from_aws.c: of the AWS client. Appends only when true. */
bool act_from_aws(const char *command, struct buf *out);

#endif
