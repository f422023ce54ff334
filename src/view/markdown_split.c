/* markdown_split.c - where Markdown can be cut, and how loose ends are tied. See markdown_priv.h.
 * A line scanner that knows just enough of CommonMark: fences, list marks, blank lines, tables.
 * When in doubt it does not cut; a chunk that grows too long is cut by size. */
#include "src/view/markdown_priv.h"

#define CHUNK_MAX ((size_t)16 << 10)
#define TABLE_MAX ((size_t)128 << 10) /* its columns are measured together */
#define FENCE_LINE_MAX 256
#define HELD_MAX 40 /* bytes of marks at the end that are held back */
#define OPEN_MAX 16 /* nested marks */

/* ---- lines ---- */

struct line {
    size_t at, end; /* without its LF */
    bool whole;     /* has its LF */
    int indent;
    struct str body; /* behind the indent, trimmed */
};

static struct line line_at(struct str text, size_t at)
{
    const char *lf = memchr(text.ptr + at, '\n', text.len - at);
    struct line l = {.at = at, .end = lf ? (size_t)(lf - text.ptr) : text.len, .whole = lf != NULL};
    size_t i = at;

    for (; i < l.end && (text.ptr[i] == ' ' || text.ptr[i] == '\t'); i++)
        l.indent += text.ptr[i] == '\t' ? 4 : 1;
    l.body = str_trim((struct str){text.ptr + i, l.end - i});
    return l;
}

static size_t run_of(struct str s, char c)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] == c)
        n++;
    return n;
}

static size_t run_of_digits(struct str s)
{
    size_t n = 0;

    while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
        n++;
    return n;
}

/* Cells of a list mark with its blanks, 0: it is none. */
static int mark_cells(struct str body)
{
    size_t n = run_of_digits(body);

    if (n > 0 && n < 10 && n < body.len && (body.ptr[n] == '.' || body.ptr[n] == ')'))
        n++;
    else if (n == 0 && body.len && strchr("-*+", body.ptr[0]))
        n = 1;
    else
        return 0;
    if (n < body.len && body.ptr[n] != ' ' && body.ptr[n] != '\t')
        return 0;
    return (int)n + 1;
}

static bool opens_fence(struct str body, struct md_carry *ret)
{
    char c = body.len ? body.ptr[0] : ' ';
    size_t n = run_of(body, c);

    if ((c != '`' && c != '~') || n < 3)
        return false;
    if (c == '`' && memchr(body.ptr + n, '`', body.len - n))
        return false;
    ret->fence = c;
    ret->fence_len = n;
    return true;
}

static bool closes_fence(const struct line *l, const struct md_carry *fence)
{
    size_t n = run_of(l->body, fence->fence);

    return l->indent <= 3 && n >= fence->fence_len && n == l->body.len;
}

static bool only_of(struct str s, const char *chars)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(chars, s.ptr[i]) || !s.ptr[i])
            return false;
    return s.len > 0;
}

static bool is_delimiter(struct str body)
{
    return only_of(body, "|:- \t") && memchr(body.ptr, '-', body.len) &&
           memchr(body.ptr, '|', body.len);
}

static bool is_heading(const struct line *l)
{
    size_t n = run_of(l->body, '#');

    return l->indent <= 3 && n >= 1 && n <= 6 && n < l->body.len && l->body.ptr[n] == ' ';
}

bool md_is_definition(struct str line)
{
    struct str s = str_trim(line);
    ptrdiff_t at;

    if (!str_starts(s, "[") || str_starts(s, "[^") || s.len > 400)
        return false;
    at = str_find(s, STR_LIT("]:"));
    return at > 1 && (size_t)at + 3 < s.len;
}

/* ---- cutting ---- */

struct scan {
    struct str text;
    size_t from;
    struct md_chunk chunk;
    struct md_carry fence;     /* fence_len 0: not inside one */
    struct md_carry table;     /* len 0: not inside one */
    bool list, blank, may_cut; /* may_cut: the block before ended by itself */
    int list_cells;            /* where the list's text begins */
    size_t before_at;          /* the line before, SIZE_MAX: blank or none */
};

/* A long line is cut behind a blank, or at least not inside a character. */
static size_t cut_inside(struct str text, size_t at)
{
    for (size_t i = at; i > at - 256; i--)
        if (text.ptr[i - 1] == ' ')
            return i;
    while ((text.ptr[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* By size. What is open goes on in the next chunk. */
static bool cut_by_size(struct scan *s, const struct line *l)
{
    size_t max = s->table.len ? TABLE_MAX : CHUNK_MAX;

    if (l->end - s->from <= max)
        return false;
    s->chunk.end = l->at > s->from ? l->at : cut_inside(s->text, s->from + max);
    s->chunk.complete = true;
    if (s->fence.fence_len)
        s->chunk.carry = s->fence;
    else if (s->table.len && l->at > s->from)
        s->chunk.carry = s->table;
    return true;
}

static bool cut_here(const struct scan *s, const struct line *l)
{
    if (l->at == s->from || s->fence.fence_len || l->indent > 0)
        return false;
    if (s->may_cut)
        return true;
    return s->blank && !(s->list && mark_cells(l->body));
}

static void scan_open_fence(struct scan *s, const struct line *l)
{
    struct md_carry fence = {.kind = CARRY_FENCE, .at = l->at, .len = l->end - l->at + 1};

    if ((s->list && l->indent >= s->list_cells) || l->indent > 3 || !opens_fence(l->body, &fence))
        return;
    if (fence.len > FENCE_LINE_MAX)
        fence.kind = CARRY_NONE;
    s->fence = fence;
}

static void scan_line(struct scan *s, const struct line *l)
{
    int mark;

    s->may_cut = false;
    if (s->fence.fence_len) {
        if (closes_fence(l, &s->fence)) {
            s->fence.fence_len = 0;
            s->may_cut = !s->list;
        }
        s->before_at = SIZE_MAX;
        return;
    }
    s->blank = l->body.len == 0;
    if (s->blank) {
        s->table.len = 0;
        s->before_at = SIZE_MAX;
        return;
    }
    mark = l->indent <= 3 ? mark_cells(l->body) : 0;
    if (mark && !s->list) {
        s->list = true;
        s->list_cells = l->indent + mark;
    }
    scan_open_fence(s, l);
    s->may_cut = !s->list && is_heading(l);
    if (!s->table.len && s->before_at != SIZE_MAX && is_delimiter(l->body))
        s->table = (struct md_carry){
            .kind = CARRY_TABLE, .at = s->before_at, .len = l->end + 1 - s->before_at};
    s->before_at = l->at;
}

struct md_chunk md_next_chunk(struct str text, size_t from, bool open, const struct md_carry *carry)
{
    struct scan s = {.text = text, .from = from, .before_at = SIZE_MAX};
    size_t at = from;

    if (carry->kind == CARRY_FENCE)
        s.fence = *carry;
    else if (carry->kind == CARRY_TABLE)
        s.table = *carry;
    s.chunk.end = text.len;
    while (at < text.len) {
        struct line l = line_at(text, at);

        if (cut_by_size(&s, &l))
            return s.chunk;
        if (open && !l.whole)
            break;
        if (l.body.len && cut_here(&s, &l)) {
            s.chunk.end = at;
            s.chunk.complete = true;
            return s.chunk;
        }
        scan_line(&s, &l);
        at = l.end + 1;
    }
    s.chunk.in_fence = s.fence.fence_len > 0;
    return s.chunk;
}

/* ---- short delimiters ---- */

static bool has_short_run(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        size_t n = run_of((struct str){s.ptr + i, s.len - i}, '-');

        if (n == 1 || n == 2)
            return true;
        i += n;
    }
    return false;
}

static void add_lengthened(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        buf_addc(out, s.ptr[i]);
        if (s.ptr[i] == '-' && (i + 1 == s.len || s.ptr[i + 1] != '-'))
            buf_adds(out, "--");
    }
}

bool md_lengthen_delimiters(struct buf *out, struct str chunk)
{
    struct md_carry fence = {.fence_len = 0};
    bool above = false, any = false; /* above: the line before may be a table's head */
    size_t from = 0;

    for (size_t at = 0; at < chunk.len;) {
        struct line l = line_at(chunk, at);
        bool fenced = fence.fence_len > 0;

        if (fenced && closes_fence(&l, &fence))
            fence.fence_len = 0;
        else if (!fenced)
            opens_fence(l.body, &fence);
        if (!fenced && above && is_delimiter(l.body) && has_short_run(l.body)) {
            buf_add(out, chunk.ptr + from, at - from);
            add_lengthened(out, (struct str){chunk.ptr + at, l.end - at});
            from = l.end;
            any = true;
        }
        above = l.body.len && memchr(l.body.ptr, '|', l.body.len);
        at = l.end + 1;
    }
    if (any)
        buf_add(out, chunk.ptr + from, chunk.len - from);
    return any;
}

/* ---- loose ends ---- */

struct mark {
    char c;
    size_t n;
};

struct mending {
    struct buf *out;
    size_t from; /* of the last inline text in `out` */
    struct mark open[OPEN_MAX];
    size_t count;
    bool code;  /* inside `code`: nothing else counts */
    size_t cut; /* keep only what is before, SIZE_MAX: all */
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* Code is closed by a run of the same length; returns how far to go on. */
static size_t mend_code(struct mending *m, struct str s, size_t i, size_t n)
{
    for (size_t k = i + n; k < s.len;) {
        size_t run = run_of((struct str){s.ptr + k, s.len - k}, '`');

        if (run == n)
            return k + n;
        k += run ? run : 1;
    }
    m->open[m->count++] = (struct mark){'`', n};
    m->code = true;
    return s.len;
}

static size_t mend_mark(struct mending *m, struct str s, size_t i)
{
    char c = s.ptr[i];
    size_t n = run_of((struct str){s.ptr + i, s.len - i}, c);
    char before = i ? s.ptr[i - 1] : ' ', after = i + n < s.len ? s.ptr[i + n] : ' ';
    struct mark *top = m->count ? &m->open[m->count - 1] : NULL;
    bool inside = is_word(before) && is_word(after);

    if (i + n == s.len) { /* it may still grow, and close or open something */
        if (!(top && top->c == c && top->n == n && before != ' '))
            m->cut = m->from + i;
        else
            m->count--;
        return s.len;
    }
    if (c == '`')
        return mend_code(m, s, i, n);
    if (n > 3 || (c == '_' && inside) || (c == '~' && n > 2))
        return i + n;
    if (top && top->c == c && top->n == n && before != ' ' && before != '\n')
        m->count--;
    else if (after != ' ' && after != '\n' && m->count < OPEN_MAX - 1)
        m->open[m->count++] = (struct mark){c, n};
    return i + n;
}

/* "](" without its ")": the text is drawn as a link that leads nowhere yet. */
static size_t mend_link(struct mending *m, struct str s, size_t i)
{
    struct str rest = {s.ptr + i, s.len - i};
    const char *close;

    if (!str_starts(rest, "]("))
        return i + 1;
    close = memchr(rest.ptr, ')', rest.len);
    if (close)
        return i + (size_t)(close - rest.ptr) + 1;
    m->cut = m->from + i + 2;
    return s.len;
}

static void mend_inline(struct mending *m)
{
    struct str s = {m->out->ptr + m->from, m->out->len - m->from};
    bool link;

    m->cut = SIZE_MAX;
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] == '\\' && i + 1 < s.len)
            i += 2;
        else if (strchr("*_~`", s.ptr[i]))
            i = mend_mark(m, s, i);
        else if (s.ptr[i] == ']')
            i = mend_link(m, s, i);
        else
            i++;
    }
    link = m->cut != SIZE_MAX && m->cut > m->from && m->out->ptr[m->cut - 1] == '(';
    if (m->cut != SIZE_MAX)
        buf_truncate(m->out, m->cut);
    if (link)
        buf_adds(m->out, ")");
    if (!m->code) /* a mark closes only behind a character */
        while (m->count && m->out->len > m->from && strchr(" \t\n", m->out->ptr[m->out->len - 1]))
            buf_truncate(m->out, m->out->len - 1);
    while (m->count) {
        struct mark mark = m->open[--m->count];

        for (size_t k = 0; k < mark.n; k++)
            buf_addc(m->out, mark.c);
    }
}

/* Marks alone say nothing yet: "-" may become a rule, a heading or a list. */
static bool is_held(struct str body)
{
    size_t digits = run_of_digits(body);

    if (body.len > HELD_MAX)
        return false;
    if (digits &&
        (digits == body.len || (digits + 1 == body.len && strchr(".)", body.ptr[digits]) != NULL)))
        return true;
    return only_of(body, "#>*-+=_~`. \t");
}

static size_t count_columns(struct str body)
{
    size_t n = 0;

    if (str_starts(body, "|"))
        body = (struct str){body.ptr + 1, body.len - 1};
    if (str_ends(body, "|") && !str_ends(body, "\\|"))
        body.len--;
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] == '\\')
            i++;
        else
            n += body.ptr[i] == '|';
    }
    return n + 1;
}

/* A table's head alone looks like text: give it the line that makes it one. `head` is the last line
 * but the one of `out` that is being written, if any. */
static bool mend_table(struct buf *out, struct str text)
{
    struct line before = {.at = SIZE_MAX}, two = {.at = SIZE_MAX}, last = {.at = SIZE_MAX};
    size_t columns;

    for (size_t at = 0; at < text.len;) {
        two = before;
        before = last;
        last = line_at(text, at);
        at = last.end + 1;
    }
    if (last.at == SIZE_MAX || !str_starts(last.body, "|"))
        return false;
    if (before.at != SIZE_MAX && str_starts(before.body, "|")) {
        if ((two.at != SIZE_MAX && str_starts(two.body, "|")) || is_delimiter(before.body) ||
            !only_of(last.body, "|:- \t") || last.whole)
            return false;
        buf_truncate(out, out->len - (text.len - last.at)); /* the delimiter is being written */
        last = before;
    }
    columns = count_columns(last.body);
    while (out->len && out->ptr[out->len - 1] == '\n')
        buf_truncate(out, out->len - 1);
    buf_addc(out, '\n');
    for (size_t i = 0; i < columns; i++)
        buf_adds(out, "|---");
    buf_adds(out, "|\n");
    return true;
}

/* Where the inline text begins that the end belongs to: behind a blank line, or at a line that
 * begins a block. */
static size_t last_inline(struct str text)
{
    size_t from = 0;

    for (size_t at = 0; at < text.len;) {
        struct line l = line_at(text, at);

        if (l.body.len == 0)
            from = l.end + 1;
        else if (mark_cells(l.body) || strchr("#>|", l.body.ptr[0]))
            from = l.at;
        at = l.end + 1;
    }
    return from < text.len ? from : text.len;
}

/* A list's star is none of emphasis. */
static size_t behind_marks(struct str text, size_t from)
{
    for (;;) {
        struct line l = line_at(text, from);
        int mark = mark_cells(l.body);
        size_t at = l.body.len ? (size_t)(l.body.ptr - text.ptr) : l.end;

        if (mark == 0 || at + (size_t)mark > text.len)
            return at;
        from = at + (size_t)mark;
        if (from >= text.len)
            return text.len;
    }
}

void md_mend(struct buf *out, struct str tail, bool in_fence)
{
    size_t begin = out->len, partial = tail.len;
    struct mending m = {.out = out};
    struct str body;

    while (partial && tail.ptr[partial - 1] != '\n')
        partial--;
    body = str_trim((struct str){tail.ptr + partial, tail.len - partial});
    buf_add_str(out, tail);
    if (in_fence) { /* perhaps the fence's end */
        if (body.len && (only_of(body, "`") || only_of(body, "~")))
            buf_truncate(out, begin + partial);
        return;
    }
    if (body.len && is_held(body)) {
        buf_truncate(out, begin + partial);
        tail.len = partial;
    }
    if (mend_table(out, tail) || !tail.len)
        return;
    m.from = begin + last_inline(tail);
    if (m.from < begin + tail.len) {
        m.from = begin + behind_marks(tail, m.from - begin);
        mend_inline(&m);
    }
}
