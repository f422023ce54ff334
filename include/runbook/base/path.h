/* path.h - where things live. Source: XDG Base Directory Specification 0.8. */
#ifndef RUNBOOK_BASE_PATH_H
#define RUNBOOK_BASE_PATH_H

#include "runbook/base/str.h"

/* Joined with one slash. The caller frees. */
char *path_join(const char *dir, const char *name);
const char *path_base(const char *path); /* after the last slash; borrowed */
char *path_dir(const char *path); /* before the last slash, "." when none; the caller frees */
/* Nearest "<dir>/.runbook" from `start` upward that is a folder, or NULL. Stops at the file
 * system's root and never takes a folder that another user owns (other than root). The caller
 * frees. */
char *path_find_project(const char *start);
/* $XDG_CONFIG_HOME/runbook or ~/.config/runbook; the caller frees; NULL when there is no home. */
char *path_config_home(void);
char *path_state_home(void); /* $XDG_STATE_HOME/runbook or ~/.local/state/runbook */
/* "~/x" with $HOME put in; otherwise a copy. The caller frees. */
char *path_expand_home(const char *path);

#endif
