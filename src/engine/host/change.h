/* change.h - which change of a machine may have caused what is off there. Pure.
 * A change explains something only when something is off, when it came shortly before that, and the
 * better the nearer it is to what is off: its own program, file, package or unit is a strong sign,
 * anything else of the same time a weak one. */
#ifndef RUNBOOK_ENGINE_HOST_CHANGE_H
#define RUNBOOK_ENGINE_HOST_CHANGE_H

#include "view.h"

struct change_verdict {
    const struct value *change;      /* of the answer of host_changes; NULL: none fits */
    enum evidence_strength strength; /* STRONG: of the sick thing itself; WEAK: of its time only */
    double before_s;                 /* so long before the onset */
    const char *why;                 /* "it is its program": NULL when weak */
};

/* Is it a change of that process or unit? Why, in words; NULL: no. `process` may be NULL. */
const char *change_relates(struct host_view *v, const struct value *change,
                           const struct value *process, const char *unit);
/* The change that explains best what is off since `onset_ms`. */
struct change_verdict change_find(struct host_view *v, const struct value *answer,
                                  const struct value *process, const char *unit, double onset_ms);

#endif
