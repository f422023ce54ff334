/* history.h - what was asked in a project, kept between runs: a line of JSON each in
 * <state>/history.jsonl, 0600. Secrets are replaced before a line is written. Reading takes any
 * file: bounded, and a line that does not fit is passed over. */
#ifndef RUNBOOK_SRC_APP_HISTORY_H
#define RUNBOOK_SRC_APP_HISTORY_H

#include "runbook/app/app.h"
#include "runbook/policy/redact.h"

#define HISTORY_ENTRIES 500                 /* that are read */
#define HISTORY_TEXT_MAX ((size_t)16 << 10) /* bytes of one; a longer one is not kept */
#define HISTORY_FILE_MAX ((size_t)1 << 20)  /* then the older half goes */

struct history {
    char *path;
    char *project; /* entries of other folders that share the file are not shown */
    struct redactor *redactor;
};

/* `state_dir` and `project` are copied. The redactor is the history's from now on. */
void history_init(struct history *h, const char *state_dir, const char *project,
                  struct redactor *redactor);
void history_release(struct history *h);
/* Oldest first. A file that is no plain file of ours is not read: ERR_DENIED says why. */
enum err_code history_load(const struct history *h, void (*each)(void *to, const char *text),
                           void *to, struct err *err);
enum err_code history_add(const struct history *h, const char *text, int64_t now_ms,
                          struct err *err);

#endif
