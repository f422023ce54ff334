/* vi_visual.c - vi's visual mode: a selection between an anchor and the cursor, by characters or by
 * lines, that motions and text objects move and operators take. */
#include "src/ui/vi_priv.h"

void vi_visual_end(struct vi *v)
{
    v->visual = 0;
}

bool vi_selection(const struct vi *v, const struct lineedit *e, size_t *ret_from, size_t *ret_to)
{
    size_t from = v->anchor < e->cursor ? v->anchor : e->cursor;
    size_t to = v->anchor < e->cursor ? e->cursor : v->anchor;

    if (!v->visual)
        return false;
    if (to > e->text.len) /* the text changed under it, as by undo */
        to = e->text.len;
    from = from > to ? to : from;
    *ret_from = v->visual == 'V' ? lineedit_line_begin(e, from) : from;
    *ret_to = v->visual == 'V' ? lineedit_line_end(e, to) : lineedit_after(e, to);
    return true;
}

const char *vi_mode_name(const struct vi *v)
{
    return v->insert          ? "insert"
           : v->visual == 'v' ? "visual"
           : v->visual == 'V' ? "visual line"
                              : "normal";
}

static struct reach selected(const struct vi *v, const struct lineedit *e)
{
    size_t from = 0, to = 0;

    vi_selection(v, e, &from, &to);
    return (struct reach){from, to, false, v->visual == 'V'};
}

static void operate(struct vi *v, struct lineedit *e, key_code op, bool lines)
{
    struct reach r = selected(v, e);

    r.lines = r.lines || lines;
    if (r.lines && r.to > r.from && vi_at(e, r.to - 1) == '\n')
        r.to--; /* of the line itself, not of the next */
    vi_visual_end(v);
    if (op == 'd' || op == 'c' || !r.lines)
        e->cursor = r.from;
    vi_operate(v, e, op, r);
    if (op == 'y')
        e->cursor = r.from;
}

/* Every letter: ~ the other case, u small, U capital (ASCII). */
static void change_case(struct vi *v, struct lineedit *e, key_code how)
{
    struct reach r = selected(v, e);
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);

    for (size_t i = r.from; i < r.to; i++) {
        char c = vi_at(e, i);
        bool small = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';

        if ((small && how != 'u') || (capital && how != 'U'))
            c = (char)(c ^ 0x20);
        buf_addc(&text, c);
    }
    vi_visual_end(v);
    if (text.len && !text.full && lineedit_replace(e, r.from, r.to, buf_str(&text))) {
        e->cursor = r.from;
        vi_changed(v);
    }
    buf_release(&text);
}

void vi_visual_replace(struct vi *v, struct lineedit *e, key_code key)
{
    struct reach r = selected(v, e);
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);
    char c[8];

    vi_visual_end(v);
    for (size_t i = r.from; i < r.to && vi_character(key, c); i = lineedit_after(e, i))
        buf_adds(&text, vi_at(e, i) == '\n' ? "\n" : c);
    if (text.len && !text.full && lineedit_replace(e, r.from, r.to, buf_str(&text))) {
        e->cursor = r.from;
        vi_changed(v);
    }
    buf_release(&text);
}

/* The register in place of the selection, which becomes the register. */
static void put(struct vi *v, struct lineedit *e)
{
    const struct vi_register *from = vi_source(v);
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);
    struct reach r = selected(v, e);

    vi_visual_end(v);
    if (!from)
        return;
    if (from->lines && !r.lines)
        buf_addc(&text, '\n');
    buf_add_str(&text, buf_str(&from->text));
    if (from->lines && !r.lines)
        buf_addc(&text, '\n');
    v->reg_name = 0;
    vi_keep(v, e, r.from, r.to, r.lines);
    if (!text.full && lineedit_replace(e, r.from, r.to, buf_str(&text))) {
        if (e->cursor > r.from)
            e->cursor = lineedit_before(e, e->cursor);
        vi_changed(v);
    }
    buf_release(&text);
}

static void join(struct vi *v, struct lineedit *e)
{
    struct reach r = selected(v, e);
    int lines = 1;

    for (size_t i = r.from; i < r.to && i < e->text.len; i++)
        lines += vi_at(e, i) == '\n';
    vi_visual_end(v);
    e->cursor = r.from;
    vi_join(v, e, lines < 2 ? 2 : lines);
}

void vi_visual_object(struct vi *v, struct lineedit *e, bool around, key_code key)
{
    struct reach r;

    if (!vi_object(e, around, key, &r) || r.to <= r.from)
        return;
    v->anchor = r.from;
    e->cursor = lineedit_before(e, r.to);
}

static void begin_or_end(struct vi *v, struct lineedit *e, key_code key)
{
    if (v->visual == key) {
        vi_visual_end(v);
        return;
    }
    if (!v->visual)
        v->anchor = e->cursor;
    v->visual = key;
}

bool vi_visual_key(struct vi *v, struct lineedit *e, key_code key)
{
    size_t was = e->cursor;

    if (key == 'v' || key == 'V') {
        begin_or_end(v, e, key);
        return true;
    }
    if (!v->visual)
        return false;
    if (key == 'o' || key == 'O') {
        e->cursor = v->anchor;
        v->anchor = was;
    } else if (key == 'd' || key == 'x' || key == KEY_NAME_DELETE || key == 'D' || key == 'X') {
        operate(v, e, 'd', key == 'D' || key == 'X');
    } else if (key == 'c' || key == 's' || key == 'C' || key == 'S' || key == 'R') {
        operate(v, e, 'c', key == 'C' || key == 'S' || key == 'R');
    } else if (key == 'y' || key == 'Y') {
        operate(v, e, 'y', key == 'Y');
    } else if (key == '~' || key == 'u' || key == 'U') {
        change_case(v, e, key);
    } else if (key == 'p' || key == 'P') {
        put(v, e);
    } else if (key == 'J') {
        join(v, e);
    } else {
        return false;
    }
    return true;
}
