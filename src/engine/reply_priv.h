/* reply_priv.h - what the files of an answer without a model share.
 *
 *   reply.c       what is meant, and by which of the others it is answered
 *   reply_say.c   from what is recorded              reply_look.c  by one look at a source */
#ifndef RUNBOOK_ENGINE_REPLY_PRIV_H
#define RUNBOOK_ENGINE_REPLY_PRIV_H

#include "reply.h"
#include "reply_aws.h"

struct reply {
    struct investigation *inv;
    struct phrase p;
    struct buf out;
    const char *host;
    struct aws_phrase aws;
};

#define LINES_MAX 20 /* of a list in an answer */

void reply_over(struct reply *a); /* what was put is said, and the turn goes on to its end */
/* A host of this session: the one of that name, the one there is; NULL: none. */
const char *reply_named_host(const struct model *m, const char *name);
const char *reply_only_host(const struct model *m);

/* reply_say.c */
bool reply_can_say(enum phrase_act act);
void reply_say(struct reply *a); /* of an act that can be said */
void reply_say_health(struct reply *a);
size_t reply_put_resources(struct reply *a, enum health at_least);
void reply_put_hypothesis(struct reply *a, const struct hypothesis *h);

/* reply_look.c. Returns whether an answer is on its way, which ends the reply itself. */
bool reply_look(struct reply *a);

#endif
