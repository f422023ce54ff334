/* action.c - see action.h. */
#include "runbook/model/action.h"

#include <stdint.h>

enum action action_of(const struct model *m)
{
    const struct conclusion *c = &m->conclusion;
    bool felt = c->impact.node != SIZE_MAX && c->impact.entry;
    bool alert = m->has_incident && (*m->incident.title || *m->incident.service);

    switch (c->verdict) {
    case VERDICT_ROOT_CAUSE:
        return alert || felt ? ACTION_REQUIRED : ACTION_SUGGESTED;
    case VERDICT_NO_ACTION:
        return ACTION_NO;
    case VERDICT_NONE:
    case VERDICT_INCONCLUSIVE:
    case VERDICT_FAILED:
        break;
    }
    return ACTION_INCONCLUSIVE;
}

const char *action_name(enum action a)
{
    static const char *const names[ACTIONS] = {
        [ACTION_NO] = "no_action",
        [ACTION_SUGGESTED] = "suggested",
        [ACTION_REQUIRED] = "required",
        [ACTION_INCONCLUSIVE] = "inconclusive",
    };

    return names[a];
}
