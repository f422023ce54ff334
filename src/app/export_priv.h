/* export_priv.h - what the three formats share. */
#ifndef RUNBOOK_SRC_APP_EXPORT_PRIV_H
#define RUNBOOK_SRC_APP_EXPORT_PRIV_H

#include "src/app/export.h"

#define EXPORT_DEPTH_MAX                                                                           \
    100 /* levels of a tree that is drawn; a hostile journal can nest deeper                       \
         */

/* Hands out raw results until the cap over all of them is reached. */
struct export_raw {
    const struct export_options *o;
    size_t used;
};

/* The result of one call into `out` (cleared first), as text. `ret_note` says what is missing or
 * cut,
 * "" when nothing. False: there is nothing to show at all, only the note. */
bool export_raw_get(struct export_raw *raw, const struct tool_run *t, struct buf *out,
                    char ret_note[160]);

const char *export_verdict(const struct model *m); /* for people: "root cause" */
/* One line about an entry of the timeline, not escaped. Appends. */
void export_item_text(const struct model *m, const struct item *it, struct buf *out);
const char *export_item_label(const struct item *it); /* "evidence" */
/* "0.21 -> 3.9 s", or nothing. Appends. */
void export_change(const struct evidence *e, struct buf *out);

#endif
