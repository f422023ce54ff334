/* rich.c - see rich_priv.h. */
#include "src/view/rich_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "runbook/base/text.h"

#define RICH_MAX_BYTES ((size_t)8 << 20)

void rich_init(struct rich *r, bool ascii)
{
    *r = (struct rich){.ascii = ascii};
    buf_init(&r->text, RICH_MAX_BYTES);
}

void rich_release(struct rich *r)
{
    buf_release(&r->text);
    VEC_RELEASE(&r->runs);
    VEC_RELEASE(&r->paras);
}

void rich_clear(struct rich *r)
{
    buf_clear(&r->text);
    r->runs.count = 0;
    r->paras.count = 0;
}

struct para *rich_para(struct rich *r, int indent, int hang)
{
    struct para *p = VEC_PUSH(&r->paras);

    *p = (struct para){.at = r->text.len, .end = r->text.len, .indent = indent, .hang = hang};
    return p;
}

void rich_add(struct rich *r, enum style style, struct str text)
{
    if (r->paras.count == 0)
        rich_para(r, 0, 0);
    text_sanitize(&r->text, text, false, r->ascii);
    r->paras.items[r->paras.count - 1].end = r->text.len;
    if (r->runs.count && r->runs.items[r->runs.count - 1].style == style)
        r->runs.items[r->runs.count - 1].end = r->text.len;
    else
        *VEC_PUSH(&r->runs) = (struct run){r->text.len, style};
}

void rich_adds(struct rich *r, enum style style, const char *text)
{
    rich_add(r, style, str_from(text));
}

void rich_addf(struct rich *r, enum style style, const char *fmt, ...)
{
    struct buf b = BUF_INIT(RICH_MAX_BYTES);
    va_list ap;

    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    rich_add(r, style, buf_str(&b));
    buf_release(&b);
}

/* Marked text inside a line: finds the closing mark, or -1 when there is none (then it is literal).
 */
static ptrdiff_t closing(struct str s, struct str mark)
{
    struct str rest = {s.ptr + mark.len, s.len - mark.len};
    ptrdiff_t at;

    if (rest.len == 0 || rest.ptr[0] == ' ')
        return -1;
    at = str_find(rest, mark);
    return at > 0 && rest.ptr[at - 1] != ' ' ? at : -1;
}

static const struct {
    const char *mark;
    enum style style;
} inline_marks[] = {
    {"`", STYLE_CODE}, {"**", STYLE_STRONG}, {"__", STYLE_STRONG}, {"*", STYLE_STRONG}};

static size_t add_marked(struct rich *r, struct str at)
{
    for (size_t i = 0; i < sizeof(inline_marks) / sizeof(inline_marks[0]); i++) {
        struct str mark = str_from(inline_marks[i].mark);
        ptrdiff_t len;

        if (!str_starts(at, inline_marks[i].mark))
            continue;
        len = closing(at, mark);
        if (len < 0)
            continue;
        rich_add(r, inline_marks[i].style, (struct str){at.ptr + mark.len, (size_t)len});
        return (size_t)len + 2 * mark.len;
    }
    return 0;
}

static void add_inline(struct rich *r, enum style style, struct str line)
{
    size_t from = 0, i = 0;

    while (i < line.len) {
        struct str at = {line.ptr + i, line.len - i};
        /* An underscore inside a word is a name, not a mark. */
        bool word = *at.ptr == '_' && i > 0 && line.ptr[i - 1] != ' ';
        size_t used = 0;

        if ((*at.ptr == '*' || *at.ptr == '_' || *at.ptr == '`') && !word) {
            if (i > from)
                rich_add(r, style, (struct str){line.ptr + from, i - from});
            from = i;
            used = add_marked(r, at);
        }
        i += used ? used : 1;
        if (used)
            from = i;
    }
    if (i > from)
        rich_add(r, style, (struct str){line.ptr + from, i - from});
}

static size_t leading(struct str s, char c)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == c)
        n++;
    return n;
}

static struct str skip(struct str s, size_t n)
{
    return (struct str){s.ptr + n, s.len - n};
}

/* "1. " ... "99. ": length of the mark, 0 when there is none. */
static size_t ordinal(struct str s)
{
    size_t n = 0;

    while (n < s.len && n < 3 && s.ptr[n] >= '0' && s.ptr[n] <= '9')
        n++;
    return n > 0 && n + 1 < s.len && s.ptr[n] == '.' && s.ptr[n + 1] == ' ' ? n + 2 : 0;
}

void rich_bullet(struct rich *r, enum style style, int indent, struct str text)
{
    rich_para(r, indent, indent + 2);
    rich_adds(r, STYLE_ACCENT, r->ascii ? "* " : "• ");
    add_inline(r, style, text);
}

static void add_block(struct rich *r, enum style style, int indent, struct str line)
{
    size_t blanks = leading(line, ' ');
    struct str s = skip(line, blanks);
    int in = indent + (blanks > 8 ? 8 : (int)blanks);
    size_t hashes = leading(s, '#'), number = ordinal(s);

    if (hashes > 0 && hashes < s.len && s.ptr[hashes] == ' ') {
        rich_para(r, in, in);
        rich_add(r, STYLE_HEADING, str_trim(skip(s, hashes)));
    } else if (str_starts(s, "- ") || str_starts(s, "* ") || str_starts(s, "+ ")) {
        rich_bullet(r, style, in, skip(s, 2));
    } else if (number) {
        rich_para(r, in, in + (int)number);
        rich_add(r, STYLE_ACCENT, (struct str){s.ptr, number});
        add_inline(r, style, skip(s, number));
    } else if (str_starts(s, "|")) {
        rich_para(r, in, in)->whole = true;
        rich_add(r, STYLE_CODE, s);
    } else if (str_starts(s, "> ")) {
        rich_para(r, in + 2, in + 2);
        add_inline(r, STYLE_DIM, skip(s, 2));
    } else {
        rich_para(r, in, in);
        add_inline(r, style, s);
    }
}

void rich_markdown(struct rich *r, enum style style, int indent, struct str text)
{
    struct str line;
    bool fenced = false, blank = false, any = false;

    while (str_line(&text, &line)) {
        struct str s = str_trim(line);

        if (str_starts(s, "```")) {
            fenced = !fenced;
            continue;
        }
        if (s.len == 0 && !fenced) { /* one blank line at most, none at the ends */
            blank = any;
            continue;
        }
        if (blank)
            rich_para(r, indent, indent);
        blank = false;
        any = true;
        if (fenced) {
            rich_para(r, indent + 2, indent + 2);
            rich_add(r, STYLE_CODE, line);
        } else {
            add_block(r, style, indent, line);
        }
    }
}

struct wrapping {
    const struct para *para;
    rich_line_fn *fn;
    void *ctx;
    size_t count;
    bool first;
};

static void on_line(void *ctx, struct str text, int width_cells)
{
    struct wrapping *w = ctx;
    struct rich_line line = {w->para, text, w->first ? w->para->indent : w->para->hang, w->first};

    (void)width_cells;
    if (w->fn)
        w->fn(w->ctx, &line);
    w->first = false;
    w->count++;
}

static void keep_first(void *ctx, struct str text, int width_cells)
{
    struct str *first = ctx;

    (void)width_cells;
    if (!first->ptr)
        *first = text;
}

/* The first line may be wider than the others: its label stands in the indent of the rest. Returns
 * what is left after it. */
static struct str wrap_first(struct wrapping *w, struct str text, int room)
{
    struct str first = {NULL, 0}, head = text;
    size_t enough = (size_t)room * 16;

    if (head.len > enough)
        for (head.len = enough; head.len && (head.ptr[head.len] & 0xC0) == 0x80;)
            head.len--;
    text_wrap(head, room, keep_first, &first);
    if (!first.ptr || first.ptr < text.ptr || first.ptr + first.len > text.ptr + text.len)
        first = (struct str){text.ptr, 0};
    on_line(w, first, 0);
    text.len -= (size_t)(first.ptr + first.len - text.ptr);
    text.ptr = first.ptr + first.len;
    return str_trim(text);
}

size_t rich_lines(const struct rich *r, int width, rich_line_fn *fn, void *ctx)
{
    struct wrapping w = {.fn = fn, .ctx = ctx};

    for (size_t i = 0; i < r->paras.count; i++) {
        const struct para *p = &r->paras.items[i];
        struct str text = {r->text.ptr ? r->text.ptr + p->at : "", p->end - p->at};
        int room = width - p->hang > 1 ? width - p->hang : 1;

        w.para = p;
        w.first = true;
        if (p->whole) {
            on_line(&w, text, 0);
            continue;
        }
        if (p->hang != p->indent && text.len > 0) {
            text = wrap_first(&w, text, width - p->indent > 1 ? width - p->indent : 1);
            if (!text.len)
                continue;
        }
        text_wrap(text, room, on_line, &w);
    }
    return w.count;
}

void rich_draw(const struct rich *r, struct canvas *c, int x, int y, int width,
               const struct rich_line *line)
{
    int left = width - line->indent - (line->para->whole ? line->para->tail : 0);
    size_t at, end, i = 0;

    if (!line->text.len)
        return;
    x += line->indent;
    at = (size_t)(line->text.ptr - r->text.ptr);
    end = at + line->text.len;
    while (at < end && left > 0 && i < r->runs.count) {
        const struct run *run = &r->runs.items[i++];
        size_t to = run->end < end ? run->end : end;
        int used;

        if (run->end <= at)
            continue;
        used = canvas_text(c, x, y, left, run->style, (struct str){r->text.ptr + at, to - at});
        x += used;
        left -= used;
        at = to;
    }
}
