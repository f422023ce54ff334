/* reply_aws.h - questions about AWS without a model: the call that their words mean, and its answer
 * in a few lines. */
#ifndef RUNBOOK_ENGINE_REPLY_AWS_H
#define RUNBOOK_ENGINE_REPLY_AWS_H

#include "aws_phrase.h"
#include "runbook/codec/value.h"
#include "runbook/engine/phrase.h"
#include "runbook/tool/tool.h"

/* With the accounts of this session. */
void reply_aws_parse(const struct tool_env *env, const char *question, struct arena *a,
                     struct aws_phrase *ret);
/* The act of a sentence about AWS in *ret; one that is none of AWS's leaves it as it is. What is
 * asked back is sure, unless a word was not understood: then it may as well be trouble. */
void reply_aws_meant(const struct aws_phrase *aws, struct phrase *ret);
/* What a tool answered; `v` is its body, or NULL. Texts of AWS are made safe. */
void reply_aws_say(const struct aws_phrase *p, const struct tool_result *r, const struct value *v,
                   const char *call, struct buf *out);
/* A change: nothing is done, what could be run is said. */
void reply_aws_act(const struct aws_phrase *p, struct buf *out);

#endif
