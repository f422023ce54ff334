/* popup.h - what opens over the screen while something is written: a small list of completions over
 * the input, and the palette. Both only show what the frontend chose; they keep nothing. */
#ifndef RUNBOOK_VIEW_POPUP_H
#define RUNBOOK_VIEW_POPUP_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"
#include "runbook/view/canvas.h"

struct popup_row {
    const char *text, *note; /* note: dim, behind it; NULL: none */
};

struct popup {
    const struct popup_row *rows; /* borrowed while drawing; count 0: nothing is shown */
    size_t count, more;           /* more: that there would be beyond these */
    int selected;                 /* -1: none yet */
    size_t top;                   /* first row seen; drawing keeps the selected one in sight */
    int column;                   /* cells from the cursor to what is being completed: 0 or less */
    struct rect rows_at;          /* of the last drawing; w 0: nothing was drawn */
};

struct palette_row {
    const char *kind, *text, *note, *keys; /* "command", "theme" ... */
};

struct palette_view {
    bool open;
    struct str typed;
    size_t cursor;
    const struct palette_row *rows;
    size_t count, total; /* shown, and all that could be */
    size_t selected, top;
    const char *empty; /* why nothing matches */
    int view_h;        /* of the last drawing, as are these; w 0: nothing was drawn */
    struct rect box, rows_at;
};

#endif
