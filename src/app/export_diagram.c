/* export_diagram.c - the session's diagrams, for people who paste them somewhere. */
#include "src/app/export_priv.h"

#include "runbook/base/text.h"

#define DRAWN_CELLS 100

static void add_line(struct buf *out, const char *before, const char *text, bool ascii)
{
    buf_adds(out, before);
    text_sanitize(out, str_from(text), false, ascii);
    buf_adds(out, "\n\n");
}

void export_mermaid(const struct model *m, struct buf *out)
{
    add_line(out, "# Diagrams of session ", m->id, false);
    for (int d = 0; d < DIAGRAMS; d++) {
        add_line(out, "## ", diagram_name((enum diagram)d), false);
        buf_adds(out, "```mermaid\n");
        diagram_mermaid(m, (enum diagram)d, out);
        buf_adds(out, "```\n\n");
    }
}

void export_diagrams(const struct model *m, enum glyph_set glyphs, struct buf *out)
{
    for (int d = 0; d < DIAGRAMS; d++) {
        add_line(out, "", diagram_name((enum diagram)d), glyphs == GLYPHS_ASCII);
        diagram_text(m, (enum diagram)d, DRAWN_CELLS, glyphs, out);
        buf_addc(out, '\n');
    }
}
