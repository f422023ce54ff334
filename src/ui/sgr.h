/* sgr.h - a look as ECMA-48's "select graphic rendition": for the screen and for plain mode. */
#ifndef RUNBOOK_SRC_UI_SGR_H
#define RUNBOOK_SRC_UI_SGR_H

#include "runbook/view/theme.h"

/* One code more of a sequence that is begun with the first and not ended here. */
void sgr_code(struct buf *out, bool *any, const char *code);
/* `base` is 30 for the foreground, 40 for the background. */
void sgr_color(enum color_level level, struct buf *out, bool *any, int32_t color, int base);

#endif
