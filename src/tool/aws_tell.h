/* aws_tell.h - a tool that asks AWS says how far it is while it asks: how many of how many calls
 * have ended, what came so far, what was throttled, denied or failed. What is told is
 * "runbook.progress/1": {"schema","found","trouble","done","known","items","pages","throttled",
 * "places":[{"service","region","done","known","waiting","operation"?,"end"?}]}. Whoever watches
 * the tool (tool_runner_watch) hears of it half a second after something came, so that a quick
 * answer is told once, as an answer. */
#ifndef RUNBOOK_SRC_TOOL_AWS_TELL_H
#define RUNBOOK_SRC_TOOL_AWS_TELL_H

#include "runbook/service/aws/tally.h"
#include "runbook/tool/tool.h"

struct aws_tell {
    struct aws_tally tally; /* for the request: whose calls are counted */
    struct tool_call *call;
    loop_id timer;
    /* What came, in words: "43 changes". NULL: how many items did. */
    void (*found)(const struct aws_tell *t, struct buf *out);
    const char *noun; /* one and many are the same to it: "series" */
    void *handle;     /* the tool's own: for `found` */
    char note[160];   /* what the tool's request said last of itself; "" */
};

/* Of a call that begins; `t` lives until aws_tell_end(), which comes before the call is finished.
 */
void aws_tell_begin(struct aws_tell *t, struct tool_call *c, const char *noun);
void aws_tell_end(struct aws_tell *t);
void aws_tell_note(struct aws_tell *t, const char *note); /* copied, and told soon */

#endif
