/* act_scenes_priv.h - what the scenes have in common. */
#ifndef RUNBOOK_TESTS_ACT_SCENES_PRIV_H
#define RUNBOOK_TESTS_ACT_SCENES_PRIV_H

#include "act_scenes.h"

/* Each ends with a NULL name. */
extern const struct scene act_scenes_process[];
extern const struct scene act_scenes_system[];
extern const struct scene act_scenes_server[];

/* {"host":...,"sudo":..., and what is given}, each word with ' for ". */
void scene_args(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line for sh, run once between the end of the calls and the first look. */
void scene_meanwhile(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *scene_need_root(void); /* NULL: it is there; else why the scene cannot be made */
const char *scene_need_systemd(void);
bool scene_is_line(const char *want, const char *got); /* says what differs */
pid_t scene_start(struct world *w, const char *line);  /* a shell's line; ends with us */

#endif
