/* page_sheet.c - see runbook/view/sheet.h. A selection is the id of a row: it stays where it was
 * while rows come and go above it. */
#include <stdio.h>
#include <string.h>

#include "runbook/base/text.h"
#include "src/view/view_priv.h"

#define LABEL_CELLS 18
#define NARROW_LABEL_CELLS 14

/* ---- rows ---- */

const struct sheet_row *sheet_choice(const struct sheet *s, size_t nth)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (s->rows[i].id && nth-- == 0)
            return &s->rows[i];
    return NULL;
}

size_t sheet_index(const struct sheet *s, const char *id)
{
    size_t at = 0;

    for (size_t i = 0; s && i < s->count; i++) {
        if (!s->rows[i].id)
            continue;
        if (strcmp(s->rows[i].id, id) == 0)
            return at;
        at++;
    }
    return SIZE_MAX;
}

const struct sheet_row *sheet_row_of(const struct sheet *s, const char *id)
{
    size_t at = sheet_index(s, id);

    return at == SIZE_MAX ? NULL : sheet_choice(s, at);
}

size_t sheet_choices(const struct sheet *s)
{
    size_t n = 0;

    for (size_t i = 0; s && i < s->count; i++)
        n += s->rows[i].id != NULL;
    return n;
}

/* ---- the selection ---- */

static struct detail_state *page_of(struct screen *s)
{
    for (size_t i = s->depth; i-- > 0;)
        if (s->stack[i].page == PAGE_SHEET)
            return &s->stack[i];
    return NULL;
}

static void remember(struct screen *s, const struct detail_state *p)
{
    const struct sheet_row *row = p ? sheet_choice(s->sheet, p->row) : NULL;

    (void)snprintf(s->sheet_row, sizeof(s->sheet_row), "%s", row ? row->id : "");
}

static void begin(struct screen *s, struct detail_state *p, const struct sheet *sheet)
{
    size_t at = sheet->start ? sheet_index(sheet, sheet->start) : 0;

    (void)snprintf(s->sheet_name, sizeof(s->sheet_name), "%s", sheet->name);
    p->row = at == SIZE_MAX ? 0 : at;
    p->top = 0;
    p->moved = p->row > 0;
    s->page_link_line = 0; /* not that of the page before */
}

void screen_set_sheet(struct screen *s, const struct sheet *sheet)
{
    struct detail_state *p = page_of(s);
    size_t at;

    if (p && s->sheet && sheet && strcmp(s->sheet_name, sheet->name) == 0) {
        at = *s->sheet_row ? sheet_index(sheet, s->sheet_row) : SIZE_MAX;
        if (at != SIZE_MAX)
            p->row = at;
    } else if (p && sheet) {
        begin(s, p, sheet);
    }
    at = p && sheet && sheet->select ? sheet_index(sheet, sheet->select) : SIZE_MAX;
    if (at != SIZE_MAX && sheet->version != s->sheet_version) {
        p->row = at;
        p->moved = true;
    }
    s->sheet = sheet;
    s->sheet_version = sheet ? sheet->version : 0;
    if (screen_on_sheet(s)) /* a key that comes before the next drawing counts on it */
        s->page_links = sheet_choices(sheet);
    remember(s, p);
}

void screen_sheet_moved(struct screen *s)
{
    remember(s, page_of(s));
}

bool screen_open_sheet(struct screen *s)
{
    if (screen_on_sheet(s))
        return true;
    s->sheet_name[0] = s->sheet_row[0] = '\0';
    return screen_push(s, PAGE_SHEET, "");
}

bool screen_on_sheet(const struct screen *s)
{
    return s->depth && s->stack[s->depth - 1].page == PAGE_SHEET;
}

const struct sheet_row *screen_sheet_row(const struct screen *s)
{
    return screen_on_sheet(s) ? sheet_choice(s->sheet, s->stack[s->depth - 1].row) : NULL;
}

bool screen_sheet_select(struct screen *s, const char *id)
{
    struct detail_state *p = page_of(s);
    size_t at = sheet_index(s->sheet, id);

    if (!p || at == SIZE_MAX)
        return false;
    p->row = at;
    p->moved = true;
    remember(s, p);
    return true;
}

/* ---- drawing ---- */

static bool has(const char *text)
{
    return text && *text;
}

static int label_cells(const struct screen *s)
{
    return s->body.w < 66 ? NARROW_LABEL_CELLS : LABEL_CELLS;
}

static void lay_label(struct rich *r, const struct sheet_row *row, int cells)
{
    int pad = cells - (has(row->label) ? text_width(str_from(row->label)) : 0);

    if (has(row->label))
        rich_adds(r, STYLE_DIM, row->label);
    for (; pad > 0; pad--)
        rich_adds(r, STYLE_TEXT, " ");
    if (has(row->label) && text_width(str_from(row->label)) >= cells)
        rich_adds(r, STYLE_TEXT, " ");
}

static void lay_note(struct rich *r, const char *note)
{
    if (has(note))
        rich_addf(r, STYLE_DIM, "  %s", note);
}

static void lay_stage(struct rich *r, const struct sheet_row *row, int cells)
{
    static const struct {
        enum glyph glyph;
        enum style style;
    } looks[] = {
        [SHEET_PENDING] = {GLYPH_PENDING, STYLE_DIM},
        [SHEET_RUNNING] = {GLYPH_RUNNING, STYLE_ACCENT},
        [SHEET_OK] = {GLYPH_OK, STYLE_OK},
        [SHEET_WARNING] = {GLYPH_WARN, STYLE_WARNING},
        [SHEET_FAILED] = {GLYPH_CRIT, STYLE_DANGER},
    };

    rich_para(r, 0, cells + 2);
    rich_addf(r, looks[row->state].style, "%s ",
              glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, looks[row->state].glyph));
    lay_label(r, row, cells);
    rich_adds(r, row->style, has(row->text) ? row->text : "");
    lay_note(r, row->note);
}

static void lay_field(struct rich *r, const struct sheet_row *row, int cells, size_t link)
{
    rich_para(r, 2, cells + 2)->link = link;
    lay_label(r, row, cells);
    if (has(row->text))
        rich_adds(r, has(row->problem) ? STYLE_DANGER : STYLE_STRONG, row->text);
    else
        rich_addf(r, STYLE_DIM, "-  %s", has(row->note) ? row->note : ""); /* nothing is there */
    if (!has(row->problem))
        return;
    rich_para(r, cells + 2, cells + 4);
    rich_addf(r, STYLE_DANGER, "%s ",
              glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, GLYPH_CRIT));
    rich_adds(r, STYLE_DANGER, row->problem);
}

static void lay_row(struct rich *r, const struct sheet_row *row, int cells, size_t link)
{
    const char *text = has(row->text) ? row->text : "";

    switch (row->kind) {
    case SHEET_TEXT:
        rich_para(r, 0, 0);
        rich_adds(r, row->style, text);
        break;
    case SHEET_HEADING:
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_HEADING, text);
        break;
    case SHEET_FACT:
        rich_para(r, 2, cells + 2);
        lay_label(r, row, cells);
        rich_adds(r, row->style, text);
        lay_note(r, row->note);
        break;
    case SHEET_STAGE:
        lay_stage(r, row, cells);
        break;
    case SHEET_GO:
        rich_para(r, 2, 4)->link = link;
        rich_addf(r, STYLE_ACCENT, "%s ",
                  glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, GLYPH_CLOSED));
        rich_adds(r, row->style == STYLE_TEXT ? STYLE_STRONG : row->style, text);
        lay_note(r, row->note);
        break;
    case SHEET_CHECK:
        rich_para(r, 2, 6)->link = link;
        rich_adds(r, row->on ? STYLE_OK : STYLE_DIM, row->on ? "[x] " : "[ ] ");
        rich_adds(r, row->on ? STYLE_STRONG : STYLE_TEXT, text);
        lay_note(r, row->note);
        break;
    case SHEET_FIELD:
        lay_field(r, row, cells, link);
        break;
    }
}

void lay_sheet(const struct screen *s, struct rich *r)
{
    size_t link = 0;

    if (!s->sheet) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM, "There is nothing to set in a recording.");
        return;
    }
    for (size_t i = 0; i < s->sheet->count; i++) {
        const struct sheet_row *row = &s->sheet->rows[i];

        lay_row(r, row, label_cells(s), row->id ? ++link : 0);
    }
}
