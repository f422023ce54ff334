/* dump.c - a canvas as text, for golden files: what is where, then with which role. */
#include "runbook/view/canvas.h"

/* One letter a role; '.' is ordinary text. A selection is shown in upper case's place by '@' and
 * '%'. */
static const char role_letters[STYLES] = {
    [STYLE_TEXT] = '.',          [STYLE_DIM] = 'd',           [STYLE_STRONG] = 'b',
    [STYLE_CODE] = 'c',          [STYLE_HEADING] = 'h',       [STYLE_FRAME] = '-',
    [STYLE_FRAME_FOCUS] = '=',   [STYLE_TITLE] = 't',         [STYLE_TITLE_FOCUS] = 'T',
    [STYLE_STATUS_BAR] = 's',    [STYLE_STATUS] = 's',        [STYLE_STATUS_STRONG] = 'S',
    [STYLE_KEY] = 'k',           [STYLE_USER] = 'u',          [STYLE_TOOL] = 'f',
    [STYLE_EVIDENCE] = 'e',      [STYLE_ACCENT] = 'a',        [STYLE_OK] = 'o',
    [STYLE_WARNING] = 'w',       [STYLE_DANGER] = 'X',        [STYLE_CONFIRMED] = 'C',
    [STYLE_PRUNED] = 'p',        [STYLE_BAR] = '#',           [STYLE_BAR_EMPTY] = '_',
    [STYLE_INPUT] = 'i',         [STYLE_SELECTED] = '@',      [STYLE_SELECTED_BLUR] = '%',
    [STYLE_MATCH] = 'm',         [STYLE_MATCH_CURRENT] = 'M', [STYLE_EMPHASIS] = 'y',
    [STYLE_STRIKE] = 'z',        [STYLE_LINK] = 'L',          [STYLE_SYNTAX_COMMENT] = 'n',
    [STYLE_SYNTAX_STRING] = 'g', [STYLE_SYNTAX_NUMBER] = '1', [STYLE_SYNTAX_KEYWORD] = 'q',
    [STYLE_SHADE] = '~',
};

void canvas_dump(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->height; y++) {
        buf_addc(out, '|');
        for (int x = 0; x < c->width; x++)
            buf_adds(out, canvas_at(c, x, y)->text);
        buf_adds(out, "|\n");
    }
    buf_adds(out, "roles\n");
    for (int y = 0; y < c->height; y++) {
        buf_addc(out, '|');
        for (int x = 0; x < c->width; x++) {
            const struct cell *at = canvas_at(c, x, y);

            bool laid = at->overlay && at->overlay != STYLE_STATUS_BAR;

            buf_addc(out, role_letters[laid ? at->overlay : at->style]);
        }
        buf_adds(out, "|\n");
    }
}
