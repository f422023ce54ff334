/* screen_poll.h - the screen asks AWS by itself: the services that were chosen (`runbook accounts
 * scope`) and no other, at the interval of the configuration. Without a chosen scope nothing is
 * asked. After throttling it waits twice as long, up to eight times; when nobody has pressed a key
 * for a while it asks nothing until somebody does. */
#ifndef RUNBOOK_SRC_APP_SCREEN_POLL_H
#define RUNBOOK_SRC_APP_SCREEN_POLL_H

#include "runbook/engine/engine.h"
#include "runbook/service/aws/estate.h"

struct screen_poll; /* opaque */

struct screen_poll_options {
    struct loop *loop; /* all borrowed */
    struct engine *engine;
    const struct aws_estate *estate;            /* NULL: AWS is not configured */
    int64_t every_ms, idle_ms;                  /* every_ms 0: never */
    int64_t (*idle_for_ms)(const void *screen); /* since the last key */
    const void *screen;
};
/* NULL: there is nothing to ask by itself. */
struct screen_poll *screen_poll_new(const struct screen_poll_options *o);
void screen_poll_free(struct screen_poll *p); /* NULL is fine */

/* How long to wait: twice the time before after throttling, at most eight times `every_ms`. */
int64_t screen_poll_wait_ms(int64_t every_ms, int64_t before_ms, bool throttled);

#endif
