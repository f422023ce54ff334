/* act_scenes.h - one real thing for each operation of the table: how it is made, how it looks when
 * the operation was done and when it was not, looked at by other means than the program's own. */
#ifndef RUNBOOK_TESTS_ACT_SCENES_H
#define RUNBOOK_TESTS_ACT_SCENES_H

#include "tests/lib/act_run.h"

struct scene {
    const char *name, *operation;
    const char *(*make)(struct world *w); /* sets w->args; why it cannot be: it is skipped */
    bool (*is_done)(struct world *w);
    bool (*is_before)(struct world *w); /* NULL: what is lost, is lost */
    void (*spoil)(struct world *w);     /* so that it is not reached, whatever the calls say */
    const char *call;                   /* of the shims' log: it was executed; NULL: by a builtin */
    bool undo;                          /* it has a way back */
    bool rolls_back;                    /* spoiled, it is taken back by itself */
    bool kills;                         /* of its kind this one is killed at every step */
    bool far;                           /* over ssh as well, when not all are */
    bool no_host;                       /* not on a machine: of a server */
    bool low;                           /* needs no other user's rights */
};

const struct scene *act_scene(size_t index); /* NULL: there are no more */

#endif
