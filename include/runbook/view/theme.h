/* theme.h - colours and attributes for each style role, read from a small YAML file:
 *
 *   name: dark
 *   background: "#16161e"         # what the colours were chosen for
 *   colors:                       # name: [24-bit colour, colour of 16, colour of 8]
 *     blue: ["#7aa2f7", bright-blue, blue]
 *     own: [blue, blue, blue]     # the terminal's own blue, however many colours it has
 *   styles:                       # role: COLOR [on COLOR] [bold] [dim] [underline] ...
 *     title-focus: blue bold
 *
 * The built-in themes are the files of themes/, compiled in and read by the same parser. A role
 * that a theme does not name, and a background that a role does not name, are those of `text`; what
 * `text` does not name is the terminal's. */
#ifndef RUNBOOK_VIEW_THEME_H
#define RUNBOOK_VIEW_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/view/style.h"

enum color_level { COLORS_NONE, COLORS_8, COLORS_16, COLORS_256, COLORS_DIRECT };

enum {
    ATTR_BOLD = 1,
    ATTR_DIM = 2,
    ATTR_UNDERLINE = 4,
    ATTR_ITALIC = 8,
    ATTR_REVERSE = 16,
};

struct theme_color {
    bool set;     /* false: the terminal's default */
    bool palette; /* no 24-bit colour: the terminal's own, as with 16 colours */
    uint32_t rgb;
    int8_t ansi16, ansi8; /* -1: the default */
};

struct theme_style {
    struct theme_color fg, bg;
    unsigned attrs;
};

struct theme {
    char name[32];
    bool has_background;
    uint32_t background; /* of the terminal, or the one that is painted */
    struct theme_style styles[STYLES];
};

/* `path` names the text in messages: "my.theme: line 7: ...". */
enum err_code theme_parse(struct theme *ret, const char *path, struct str text, struct err *err);
/* A built-in name ("dark", "light", "mono") or, when it holds a slash or ends in .theme, a file. */
enum err_code theme_load(struct theme *ret, const char *name_or_path, struct err *err);
const char *theme_name_at(size_t index); /* built-in names in order, then NULL */
/* "light" when COLORFGBG (NULL is fine) says so, else "dark". */
const char *theme_guess(const char *colorfgbg);

/* What a cell looks like: an overlay replaces what it sets. Colours are numbers of the level's
 * palette, 0xRRGGBB for COLORS_DIRECT (LOOK_PALETTE + number: of the palette all the same), -1 for
 * the terminal's default. */
#define LOOK_PALETTE 0x1000000
struct look {
    int32_t fg, bg;
    unsigned attrs;
};
struct look theme_look(const struct theme *t, enum color_level level, enum style style,
                       enum style overlay);
int theme_nearest_256(uint32_t rgb); /* in xterm's cube and grey ramp: 16-255 */

#endif
