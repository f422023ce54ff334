/* approval.h - the dialog that asks whether a mutation may run, as cells. Every word comes from the
 * parsed request; identifiers and prose are shown with what deceives spelled out (text_tricks.h).
 * Who may answer, and when, is decided in ui/approval.h; this only draws. */
#ifndef RUNBOOK_VIEW_APPROVAL_H
#define RUNBOOK_VIEW_APPROVAL_H

#include "runbook/model/model.h"
#include "runbook/view/canvas.h"

struct approval_view {
    const struct approval *request; /* NULL: nothing is shown */
    struct str typed;
    bool armed;          /* keys count */
    bool seen_end;       /* all of it was on the screen */
    const char *message; /* why a key did nothing; "" : none */
    int64_t now_ms;
    size_t waiting; /* requests, this one included */
    size_t top;     /* first line of the body that is shown; corrected by drawing */
    /* Results of the last drawing. */
    bool drawn;     /* false: the screen is too small to decide on */
    bool end_shown; /* the last line of the body was in sight */
    size_t lines, view_h;
    int cursor_x, cursor_y; /* -1: none */
};

void approval_draw(struct approval_view *v, struct canvas *c);
struct rich;
/* The lines of the body, for a page as well. */
void approval_lay(struct rich *r, const struct approval *a, int64_t now_ms);
/* What approves it: "y", "yes", or the name that is to be typed, as the dialog shows it. */
void approval_challenge(const struct approval *a, struct buf *out);
/* Is the answer one key, without Enter? */
bool approval_by_key(const struct approval *a);

#endif
