/* timeline_priv.h - what the two files of the timeline share. */
#ifndef RUNBOOK_VIEW_TIMELINE_PRIV_H
#define RUNBOOK_VIEW_TIMELINE_PRIV_H

#include "runbook/view/canvas.h"
#include "runbook/view/timeline.h"

enum timeline_lane timeline_lane_of(const struct model *m, const struct item *it);
/* Of an event that stands for one. */
const struct change *timeline_change(const struct model *m, const struct timeline_event *ev);
/* The ends of the axis as it is seen; *to is after *from. */
void timeline_extent(const struct timeline *t, int64_t *from, int64_t *to);
/* Chart above, list below. */
void timeline_draw(struct timeline *t, const struct model *m, struct canvas *c, struct rect r);
void timeline_click(struct timeline *t, const struct model *m, int y); /* a row of the list */

#endif
