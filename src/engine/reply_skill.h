/* reply_skill.h - skills in answers: listed, shown and suggested, never started. */
#ifndef RUNBOOK_ENGINE_REPLY_SKILL_H
#define RUNBOOK_ENGINE_REPLY_SKILL_H

#include "runbook/engine/skill.h"

/* "list skills", "which skills are for disks", "show skill free-disk-space", "suggest a skill". */
void reply_skills(struct engine *e, const char *question, struct buf *out);
/* "list skills ..." and "show skill ..." are answered by the rules also where there is a model. */
bool reply_skills_only(const char *question);
/* A line for each of the few that fit best; all of them when `words` is "". */
void reply_skills_fit(struct engine *e, const char *words, struct buf *out);

#endif
