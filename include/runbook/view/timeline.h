/* timeline.h - every event of an investigation on one time axis, in lanes.
 * Two clocks are told apart. What a system did has the time that its data gives (the start of an
 * alert, the onset in a series: data time); what the investigation did has the time at which it
 * was done (wall time). Shown are both on one axis, or only one of them; an event that has no time
 * of the chosen clock is counted and named, never put somewhere. Events are kept sorted and are
 * taken over as the model grows, so a drawing costs what is seen. */
#ifndef RUNBOOK_VIEW_TIMELINE_H
#define RUNBOOK_VIEW_TIMELINE_H

#include "runbook/base/vec.h"
#include "runbook/model/model.h"

enum timeline_clock { TIMELINE_BOTH, TIMELINE_DATA, TIMELINE_WALL };
#define TIMELINE_CLOCKS (TIMELINE_WALL + 1)
enum timeline_lane {
    LANE_ALERTS,
    LANE_CHANGES,
    LANE_EVIDENCE,
    LANE_HYPOTHESES,
    LANE_ACTIONS, /* what people asked for and did, and the answer */
    LANE_TOOLS,
    LANE_NOTES, /* words, gaps, errors */
};
#define TIMELINE_LANES (LANE_NOTES + 1)
#define TIMELINE_NOTHING UINT32_MAX     /* no selection */
#define TIMELINE_ALERT (UINT32_MAX - 1) /* the incident's alert, which is no item */
/* From here on: the changes of the model that are no evidence, by their index. */
#define TIMELINE_CHANGES UINT32_C(0x80000000)
#define TIMELINE_FILTER_MAX 256

struct timeline_event {
    int64_t ts_ms;
    uint32_t item; /* of the model, TIMELINE_ALERT, or a change: the event's identity */
    uint8_t lane;  /* enum timeline_lane */
    bool data;     /* ts_ms is data time */
};

struct timeline {
    enum timeline_clock clock;
    bool clock_chosen; /* by the person; else both, or data when the investigation is far from it */
    char filter[TIMELINE_FILTER_MAX];
    VEC(struct timeline_event) events; /* that are shown, by time */
    uint32_t selected;                 /* an event's identity */
    size_t row;                        /* where it was last found */
    size_t top;
    bool follow;            /* the newest is selected while events come */
    int64_t from_ms, to_ms; /* the part of the axis that is seen; equal: all of it */

    /* What was taken over from the model. */
    size_t items_seen, changes_seen;
    VEC(uint32_t) open; /* items that do not match yet but may still change */
    uint64_t seq_seen;
    bool alert_seen;
    int64_t alert_ms;                    /* when it began, as it was taken over */
    size_t timeless;                     /* events that have no time of this clock */
    size_t all;                          /* events of this clock, before the filter */
    int64_t first_wall_ms, last_data_ms; /* 0: none */
    bool stale;

    int list_h, plot_w; /* of the last drawing */
    int list_y;
};

void timeline_init(struct timeline *t);
void timeline_release(struct timeline *t);
/* Take over what is new in the model. Drawing and keys call it themselves. */
void timeline_update(struct timeline *t, const struct model *m);
void timeline_set_clock(struct timeline *t, enum timeline_clock clock);
void timeline_move(struct timeline *t, const struct model *m, long by);
/* To the next event of the same lane; `by` is -1 or 1. */
void timeline_move_in_lane(struct timeline *t, const struct model *m, int by);
void timeline_zoom(struct timeline *t, const struct model *m, int by); /* 1: half the span */
void timeline_pan(struct timeline *t, const struct model *m, int by);  /* quarters of the span */
void timeline_fit(struct timeline *t);                                 /* all of it again */
/* The event under the selection; NULL: there is none. */
const struct timeline_event *timeline_selected(struct timeline *t, const struct model *m);
const char *timeline_lane_name(enum timeline_lane lane);
const char *timeline_clock_words(enum timeline_clock clock);
/* "+12.5 s", "-3:02", "+1:10:00", "+3 d 4 h". */
void timeline_offset(int64_t ms, char out[24]);

#endif
