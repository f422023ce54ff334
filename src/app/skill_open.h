/* skill_open.h - the skills of this place: built in, of the user, of the project. */
#ifndef RUNBOOK_SRC_APP_SKILL_OPEN_H
#define RUNBOOK_SRC_APP_SKILL_OPEN_H

#include "runbook/engine/skill.h"

/* `env` may be NULL: tools of MCP servers are not known then. Free with skills_free(). */
struct skills *skill_open(const struct tool_env *env);
/* The folders, for engine_options: NULL-terminated, in `a`. */
const char *const *skill_folders(struct arena *a);
/* Where a new one goes: the project's .runbook/skills, else the user's; NULL without a home. The
 * caller frees. */
char *skill_home(void);

#endif
