/* transcript_text.c - the investigation as plain text: what is copied and what a pager shows.
 * Wrapped as on the screen, but without borders, scroll marks and colours. */
#include "src/view/transcript_priv.h"

#include "runbook/base/text.h"

#define LINES_MAX 200000

static void add_line(const struct rich *r, size_t i, struct buf *out)
{
    struct rich_line line = rich_line_at(r, i);

    for (int k = 0; k < line.indent; k++)
        buf_adds(out, k < 32 && line.para->bars >> k & 1 ? (r->ascii ? "|" : "│") : " ");
    buf_add_str(out, line.text);
}

void screen_item_text(struct screen *s, const struct model *m, size_t item, int width, bool ascii,
                      struct buf *out)
{
    struct entry e;

    if (item >= m->items.count)
        return;
    transcript_fit(s, m, transcript_of(s)->width, transcript_of(s)->ascii);
    /* As wide as the pane would have to be for texts of this width. */
    entry_lay_once(s, m, item, width + (width >= 43 ? 13 : 4), ascii, &e);
    rich_wrap(&e.rich, width);
    for (size_t i = 0; i < e.rich.lines.count && i < LINES_MAX; i++) {
        add_line(&e.rich, i, out);
        if (i == 0 && e.tail[0])
            buf_addf(out, "  (%s)", e.tail);
        buf_addc(out, '\n');
    }
    entry_release(&e);
}

void screen_transcript_text(struct screen *s, const struct model *m, int width, bool ascii,
                            struct buf *out)
{
    int room = width > 40 ? width - 11 : width;
    struct buf item = BUF_INIT(16 << 20);

    for (size_t index = 0; index < m->items.count; index++) {
        struct str rest, line;
        char at[TIME_TEXT_MAX];
        bool first = true;

        buf_clear(&item);
        screen_item_text(s, m, index, room, ascii, &item);
        time_format_hms(m->items.items[index].ts_ms, false, at);
        if (index && m->items.items[index].kind == ITEM_USER)
            buf_addc(out, '\n');
        for (rest = buf_str(&item); str_line(&rest, &line); first = false) {
            if (width > 40)
                buf_addf(out, "%-11s", first ? at : "");
            buf_add_str(out, line);
            buf_addc(out, '\n');
        }
    }
    buf_release(&item);
}
