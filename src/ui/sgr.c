/* sgr.c - see sgr.h. */
#include "src/ui/sgr.h"

#include <stdio.h>

void sgr_code(struct buf *out, bool *any, const char *code)
{
    buf_adds(out, *any ? ";" : "\033[");
    buf_adds(out, code);
    *any = true;
}

void sgr_color(enum color_level level, struct buf *out, bool *any, int32_t color, int base)
{
    char code[32];

    if (color >= LOOK_PALETTE)
        color -= LOOK_PALETTE;
    else if (level == COLORS_DIRECT && color >= 0) {
        snprintf(code, sizeof(code), "%d;2;%d;%d;%d", base + 8, color >> 16 & 0xFF,
                 color >> 8 & 0xFF, color & 0xFF);
        sgr_code(out, any, code);
        return;
    }
    if (color < 0)
        snprintf(code, sizeof(code), "%d", base + 9);
    else if (color < 8)
        snprintf(code, sizeof(code), "%d", base + color);
    else if (color < 16)
        snprintf(code, sizeof(code), "%d", base + 60 + color - 8);
    else
        snprintf(code, sizeof(code), "%d;5;%d", base + 8, color);
    sgr_code(out, any, code);
}
