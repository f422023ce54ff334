/* transcript_scene.h - a screen with the investigation pane in front. */
#ifndef RUNBOOK_TESTS_UNIT_VIEW_TRANSCRIPT_SCENE_H
#define RUNBOOK_TESTS_UNIT_VIEW_TRANSCRIPT_SCENE_H

#include "tests/lib/unit.h"
#include "src/view/transcript_priv.h"

struct fixture {
    struct screen s;
    struct canvas c;
    struct model m;
};

void pane_open(struct fixture *f, bool second_turn, int w, int h);
void pane_close(struct fixture *f);
void pane_draw(struct fixture *f);

#endif
