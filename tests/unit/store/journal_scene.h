/* journal_scene.h - a journal in a folder of its own, lines in it, its bytes. */
#ifndef RUNBOOK_TESTS_UNIT_STORE_JOURNAL_SCENE_H
#define RUNBOOK_TESTS_UNIT_STORE_JOURNAL_SCENE_H

#include "tests/lib/unit.h"

#include "runbook/store/journal.h"

/* The state of a test. */
struct fixture {
    struct loop *loop;
    char *dir, *path;
};

int scene_set_up(void **state);
int scene_tear_down(void **state);
struct journal *scene_make(struct fixture *f);
void scene_add(struct journal *j, int n); /* line n */
void scene_close_ok(struct journal *j);
void scene_make_lines(struct fixture *f, int count);
void scene_slurp(const char *path, struct buf *out); /* the caller releases */
void scene_spit(const char *path, struct str s);
void scene_verify(const char *path, struct journal_report *rep); /* reads with the chain checked */

#endif
