/* skill_match.h - which built-in skill fits a root cause. */
#ifndef RUNBOOK_ENGINE_SKILL_MATCH_H
#define RUNBOOK_ENGINE_SKILL_MATCH_H

#include <stdbool.h>

#include "runbook/base/str.h"

enum skill_takes {
    MATCH_NOTHING,
    MATCH_PID,     /* pid= */
    MATCH_PROCESS, /* pid= command= */
    MATCH_PATH,    /* path=, of a filesystem, or of the folder of a file */
    MATCH_FILE,    /* path=, of a file */
    MATCH_UNIT,    /* unit= */
    MATCH_GROUP,   /* group= */
    MATCH_PORT,    /* port= */
};

struct skill_match {
    const char *pattern, *skill;
    enum skill_takes takes;
};
extern const struct skill_match skill_matches[]; /* ends with a NULL pattern */

/* "free-disk-space host=web-3 path=/var", for `runbook skill run`: words as a shell reads them.
 * What a skill needs and the culprit does not say is asked for when it starts. False: none fits. */
bool skill_match_line(const char *pattern, const char *resource, struct buf *out);

#endif
