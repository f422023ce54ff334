/* theme_priv.h - the built-in themes: the files of themes/, made into a table by embed.awk. */
#ifndef RUNBOOK_VIEW_THEME_PRIV_H
#define RUNBOOK_VIEW_THEME_PRIV_H

#include <stddef.h>

struct theme_text {
    const char *name, *text;
};
extern const struct theme_text theme_texts[]; /* ends with NULL */

#endif
