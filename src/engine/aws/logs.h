/* logs.h - where an application writes its log: of a function that follows from its name, of others
 * it stands in their description, which is read first. */
#ifndef RUNBOOK_ENGINE_AWS_LOGS_H
#define RUNBOOK_ENGINE_AWS_LOGS_H

#include "pattern.h"

enum aws_log_of {
    AWS_LOG_FUNCTION, /* a name: no description is needed */
    AWS_LOG_TASKS,    /* the ARN of a task definition */
    AWS_LOG_MACHINE,  /* the ARN of a state machine */
    AWS_LOG_CLUSTER,  /* the name of a cluster of EKS: its control plane */
};

/* The first call about a culprit whose log decides: the description, or the log where it is known.
 * `pattern`: of FilterLogEvents. */
struct aws_follow aws_log_ask(struct aws_view *v, enum aws_log_of of, const char *name,
                              const char *pattern, int most);
/* In read(): is it the answer of the description? Then the log is the next call, or the reading
 * says why there is none. False: the items are lines of the log. */
bool aws_log_read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                  const char *pattern, struct aws_reading *r);
/* The access log of a stage of API Gateway; "": it writes none. */
const char *aws_log_of_stage(struct aws_view *v, const struct value *stage);

/* Lines of a log as an answer: "the log of mailer, 12 times: ..." Without any it `refutes`, or says
 * nothing. */
struct aws_log_words {
    const char *whose; /* "the log of mailer" */
    const char *none;  /* what it says when there are no lines */
    size_t most;       /* as many were asked for: there may be more; 0: that is not said */
    enum evidence_strength without; /* any line */
};
void aws_log_lines(struct aws_view *v, const struct value *items, const struct aws_log_words *w,
                   struct aws_reading *r);

#endif
