/* markdown.c - see markdown_priv.h. md4c says what a chunk is made of; here it becomes paragraphs.
 */
#include "src/view/markdown_priv.h"

#include <md4c.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "src/view/highlight_priv.h"

#define DEPTH_MAX 16
#define PREFIX_MAX (32 * 1024)
#define CODE_MAX ((size_t)256 << 10)
#define CODE_INDENT 2
#define HOST_CELLS 40
#define WIDTH_DEFAULT 80

enum last_block { LAST_NONE, LAST_TEXT, LAST_HEADING, LAST_LIST, LAST_BLOCK };

struct level { /* a list item or a quote */
    int indent;
    uint32_t bars;
    bool ordered;
    unsigned number;
};

struct md {
    struct rich *out; /* the paragraphs */
    struct rich *r;   /* where text goes: `out`, or a table's cells */
    enum style base;
    int width, indent;
    uint32_t bars;
    struct level levels[DEPTH_MAX];
    size_t depth;    /* may exceed DEPTH_MAX: what is deeper has no indent of its own */
    size_t lists;    /* how many of them are lists */
    char marker[24]; /* of the item whose first paragraph has not begun */
    enum style marker_style;
    bool para; /* one is open */
    int strong, em, del, code, link, heading;
    struct buf href;
    size_t link_text; /* where the link's text begins */
    struct md_table table;
    struct buf code_text;
    char lang[32];
    bool in_code, carried; /* carried: the chunk begins inside a block */
    int last;
};

/* ---- paragraphs ---- */

static struct para *new_para(struct md *m, int indent, int hang)
{
    struct para *p = rich_para(m->out, indent, hang);

    p->bars = m->bars;
    return p;
}

/* The blank line between two blocks. None inside lists, behind a heading, or where a list follows
 * the sentence that introduces it. */
static void gap(struct md *m, enum last_block kind)
{
    bool close = m->last == LAST_NONE || m->last == LAST_HEADING || m->lists > 0 || m->carried ||
                 (kind == LAST_LIST && m->last == LAST_TEXT);

    m->carried = false;
    if (!close)
        new_para(m, m->indent, m->indent);
    m->last = kind;
    m->para = false;
}

/* A paragraph of running text; the first one of a list item begins with the item's mark. */
static void begin_para(struct md *m)
{
    int cells = text_width(str_from(m->marker));

    new_para(m, *m->marker && m->indent >= cells ? m->indent - cells : m->indent, m->indent);
    if (*m->marker)
        rich_adds(m->out, m->marker_style, m->marker);
    m->marker[0] = '\0';
    m->para = true;
}

static void flush_marker(struct md *m)
{
    if (*m->marker)
        begin_para(m);
    m->para = false;
}

/* Deep nesting must not push text off the edge. */
static int deeper(const struct md *m, int by)
{
    return m->indent + by > m->width / 2 ? m->indent : m->indent + by;
}

static struct level *push(struct md *m)
{
    static struct level nowhere;
    struct level *l = m->depth < DEPTH_MAX ? &m->levels[m->depth] : &nowhere;

    m->depth++;
    *l = (struct level){.indent = m->indent, .bars = m->bars};
    return l;
}

static void pop(struct md *m)
{
    m->depth--;
    if (m->depth >= DEPTH_MAX)
        return;
    m->indent = m->levels[m->depth].indent;
    m->bars = m->levels[m->depth].bars;
}

static enum style style_now(const struct md *m)
{
    return m->code      ? STYLE_CODE
           : m->link    ? STYLE_LINK
           : m->del     ? STYLE_STRIKE
           : m->heading ? STYLE_HEADING
           : m->strong  ? STYLE_STRONG
           : m->em      ? STYLE_EMPHASIS
                        : m->base;
}

static void add_text(struct md *m, struct str s)
{
    if (m->r == m->out && !m->para)
        begin_para(m);
    rich_add(m->r, style_now(m), s);
}

static void break_line(struct md *m)
{
    struct md_cell *cell;

    if (m->r == m->out) {
        if (m->para)
            new_para(m, m->indent, m->indent);
        return;
    }
    if (!m->table.items.count)
        return;
    cell = &m->table.items.items[m->table.items.count - 1];
    rich_para(m->r, 0, 0);
    cell->count++;
}

/* ---- lists and quotes ---- */

static void enter_list(struct md *m, bool ordered, unsigned start)
{
    struct level *l;

    flush_marker(m);
    if (!m->lists)
        gap(m, LAST_LIST);
    l = push(m);
    l->ordered = ordered;
    l->number = start;
    m->lists++;
}

static void leave_list(struct md *m)
{
    m->lists--;
    pop(m);
    m->para = false;
    if (!m->lists)
        m->last = LAST_LIST;
}

static void enter_item(struct md *m, const MD_BLOCK_LI_DETAIL *d)
{
    struct level *list = m->depth && m->depth <= DEPTH_MAX ? &m->levels[m->depth - 1] : NULL;
    bool ascii = m->out->ascii;

    flush_marker(m);
    m->marker_style = STYLE_ACCENT;
    if (list && list->ordered)
        snprintf(m->marker, sizeof(m->marker), "%u. ", list->number++);
    else
        snprintf(m->marker, sizeof(m->marker), "%s ",
                 m->lists % 2 ? (ascii ? "*" : "•") : (ascii ? "-" : "–"));
    if (d->is_task) {
        bool done = d->task_mark != ' ';
        size_t n = list && list->ordered ? strlen(m->marker) : 0;

        snprintf(m->marker + n, sizeof(m->marker) - n, "[%s] ", !done ? " " : ascii ? "x" : "✓");
        m->marker_style = done ? STYLE_OK : STYLE_WARNING;
    }
    push(m);
    m->indent = deeper(m, text_width(str_from(m->marker)));
}

static void leave_item(struct md *m)
{
    flush_marker(m);
    pop(m);
}

static void enter_quote(struct md *m)
{
    flush_marker(m);
    gap(m, LAST_BLOCK);
    push(m);
    if (m->indent < 32 && deeper(m, 2) > m->indent)
        m->bars |= UINT32_C(1) << m->indent;
    m->indent = deeper(m, 2);
    m->last = LAST_NONE;
}

static void leave_quote(struct md *m)
{
    flush_marker(m);
    pop(m);
    m->last = LAST_BLOCK;
}

/* ---- code ---- */

static void on_code_piece(void *ctx, enum style style, struct str piece)
{
    rich_add_clean(ctx, style, 0, piece);
}

/* A name from md4c: its parts are text and entities; the latter are left as they are. */
static void take_name(char *out, size_t size, const MD_ATTRIBUTE *a)
{
    size_t n = a->size < size ? a->size : size - 1;

    if (n)
        memcpy(out, a->text, n);
    out[n] = '\0';
}

static void enter_code(struct md *m, const MD_BLOCK_CODE_DETAIL *d)
{
    flush_marker(m);
    gap(m, LAST_BLOCK);
    m->in_code = true;
    buf_clear(&m->code_text);
    m->code_text.full = false;
    take_name(m->lang, sizeof(m->lang), &d->lang);
}

static void leave_code(struct md *m)
{
    struct buf clean = BUF_INIT(CODE_MAX * 4);
    struct highlighter h;
    struct str rest = buf_str(&m->code_text), line, first = {NULL, 0}, peek = rest;
    int indent = deeper(m, CODE_INDENT);

    m->in_code = false;
    str_line(&peek, &first);
    highlight_begin(&h, str_from(m->lang), first);
    while (str_line(&rest, &line)) {
        new_para(m, indent, indent);
        buf_clear(&clean);
        text_sanitize(&clean, line, false, m->out->ascii);
        if (clean.len)
            highlight_line(&h, buf_str(&clean), on_code_piece, m->out);
    }
    buf_release(&clean);
}

static void add_rule(struct md *m)
{
    int cells = m->width - m->indent < 60 ? m->width - m->indent : 60;

    flush_marker(m);
    gap(m, LAST_BLOCK);
    new_para(m, m->indent, m->indent)->whole = true;
    for (int i = 0; i < cells; i++)
        rich_add_clean(m->out, STYLE_DIM, 0, m->out->ascii ? STR_LIT("-") : STR_LIT("─"));
}

/* ---- tables ---- */

static void enter_table(struct md *m, const MD_BLOCK_TABLE_DETAIL *d)
{
    flush_marker(m);
    gap(m, LAST_BLOCK);
    md_table_init(&m->table, m->out->ascii, d->col_count);
}

static void leave_table(struct md *m)
{
    size_t whole = m->table.items.count / m->table.cols * m->table.cols;

    m->table.items.count = whole;
    if (whole)
        md_table_lay(&m->table, m->out, m->indent, m->bars, m->width);
    md_table_release(&m->table);
}

static void enter_cell(struct md *m, const MD_BLOCK_TD_DETAIL *d, bool head)
{
    size_t col = m->table.items.count % m->table.cols;

    *VEC_PUSH(&m->table.items) = (struct md_cell){m->table.cells.paras.count, 1};
    rich_para(&m->table.cells, 0, 0);
    m->table.align.items[col] = (uint8_t)d->align;
    m->r = &m->table.cells;
    m->strong += head;
}

static void leave_cell(struct md *m, bool head)
{
    m->r = m->out;
    m->strong -= head;
}

/* ---- links ---- */

static void enter_link(struct md *m, const MD_ATTRIBUTE *href)
{
    if (m->link++)
        return;
    md_take_href(&m->href, href);
    if (m->r == m->out && !m->para)
        begin_para(m);
    m->link_text = m->r->text.len;
    rich_url(m->out, buf_cstr(&m->href));
    m->r->url = m->out->url; /* numbers are those of `out`, in a table's cells too */
}

/* The text may say anything; where the link leads stands behind it. */
static void leave_link(struct md *m)
{
    struct str url = buf_str(&m->href), text, host = md_link_host(url);

    if (--m->link)
        return;
    m->out->url = m->r->url = 0;
    text = (struct str){m->r->text.ptr ? m->r->text.ptr + m->link_text : "",
                        m->r->text.len - m->link_text};
    if (!url.len || !text.len || str_find(text, host) >= 0)
        return;
    rich_adds(m->r, STYLE_DIM, " (");
    rich_add(m->r, STYLE_DIM, text_fit(host, HOST_CELLS, NULL));
    rich_adds(m->r, STYLE_DIM, ")");
}

static void enter_image(struct md *m, const MD_ATTRIBUTE *src)
{
    add_text(m, STR_LIT("[image: "));
    enter_link(m, src);
}

static void leave_image(struct md *m)
{
    leave_link(m);
    add_text(m, STR_LIT("]"));
}

/* ---- what md4c calls ---- */

static int on_enter_block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    struct md *m = ctx;

    switch (type) {
    case MD_BLOCK_DOC:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_TR:
        break;
    case MD_BLOCK_QUOTE:
        enter_quote(m);
        break;
    case MD_BLOCK_UL:
        enter_list(m, false, 0);
        break;
    case MD_BLOCK_OL:
        enter_list(m, true, ((MD_BLOCK_OL_DETAIL *)detail)->start);
        break;
    case MD_BLOCK_LI:
        enter_item(m, detail);
        break;
    case MD_BLOCK_HR:
        add_rule(m);
        break;
    case MD_BLOCK_H:
        gap(m, LAST_HEADING);
        m->heading = (int)((MD_BLOCK_H_DETAIL *)detail)->level;
        break;
    case MD_BLOCK_CODE:
        enter_code(m, detail);
        break;
    case MD_BLOCK_HTML:
    case MD_BLOCK_P:
        gap(m, LAST_TEXT);
        break;
    case MD_BLOCK_TABLE:
        enter_table(m, detail);
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        enter_cell(m, detail, type == MD_BLOCK_TH);
        break;
    }
    return 0;
}

static int on_leave_block(MD_BLOCKTYPE type, void *detail, void *ctx)
{
    struct md *m = ctx;

    (void)detail;
    switch (type) {
    case MD_BLOCK_DOC:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_TR:
    case MD_BLOCK_HR:
        break;
    case MD_BLOCK_QUOTE:
        leave_quote(m);
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        leave_list(m);
        break;
    case MD_BLOCK_LI:
        leave_item(m);
        break;
    case MD_BLOCK_H:
        m->heading = 0;
        m->para = false;
        break;
    case MD_BLOCK_CODE:
        leave_code(m);
        break;
    case MD_BLOCK_HTML:
    case MD_BLOCK_P:
        m->para = false;
        break;
    case MD_BLOCK_TABLE:
        leave_table(m);
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        leave_cell(m, type == MD_BLOCK_TH);
        break;
    }
    return 0;
}

static void strike_mark(struct md *m)
{
    add_text(m,
             STR_LIT("~~")); /* not every terminal can strike out; the marks always can be read */
}

static int on_enter_span(MD_SPANTYPE type, void *detail, void *ctx)
{
    struct md *m = ctx;

    if (type == MD_SPAN_STRONG)
        m->strong++;
    else if (type == MD_SPAN_EM)
        m->em++;
    else if (type == MD_SPAN_CODE)
        m->code++;
    else if (type == MD_SPAN_A)
        enter_link(m, &((MD_SPAN_A_DETAIL *)detail)->href);
    else if (type == MD_SPAN_IMG)
        enter_image(m, &((MD_SPAN_IMG_DETAIL *)detail)->src);
    else if (type == MD_SPAN_DEL && ++m->del == 1)
        strike_mark(m);
    return 0;
}

static int on_leave_span(MD_SPANTYPE type, void *detail, void *ctx)
{
    struct md *m = ctx;

    (void)detail;
    if (type == MD_SPAN_STRONG)
        m->strong--;
    else if (type == MD_SPAN_EM)
        m->em--;
    else if (type == MD_SPAN_CODE)
        m->code--;
    else if (type == MD_SPAN_A)
        leave_link(m);
    else if (type == MD_SPAN_IMG)
        leave_image(m);
    else if (type == MD_SPAN_DEL) {
        if (m->del == 1)
            strike_mark(m);
        m->del--;
    }
    return 0;
}

static bool is_break(struct str tag)
{
    return str_starts(tag, "<br") && tag.len <= 6;
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *ctx)
{
    struct md *m = ctx;
    struct str s = {text, size};
    struct buf decoded = BUF_INIT(64);

    if (m->in_code) {
        buf_add_str(&m->code_text, s);
    } else if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR ||
               (type == MD_TEXT_HTML && is_break(s))) {
        break_line(m);
    } else if (type == MD_TEXT_ENTITY) {
        md_add_entity(&decoded, s);
        add_text(m, buf_str(&decoded));
    } else {
        add_text(m, s);
    }
    buf_release(&decoded);
    return 0;
}

static void parse(struct md *m, struct str text)
{
    static const MD_PARSER parser = {
        .flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTMLBLOCKS,
        .enter_block = on_enter_block,
        .leave_block = on_leave_block,
        .enter_span = on_enter_span,
        .leave_span = on_leave_span,
        .text = on_text,
    };

    md_parse(text.ptr, (MD_SIZE)text.len, &parser, m);
}

/* ---- one chunk ---- */

void md_lay_chunk(const struct md_stream *st, struct rich *r, struct str chunk, int *last)
{
    struct md m = {.out = r,
                   .r = r,
                   .base = st->base,
                   .width = r->width > 0 ? r->width : WIDTH_DEFAULT,
                   .indent = st->indent,
                   .carried = st->carry.kind == CARRY_FENCE,
                   .last = *last};
    struct buf longer = BUF_INIT(MARKDOWN_MAX_BYTES << 1);
    struct buf joined = BUF_INIT(PREFIX_MAX + (MARKDOWN_MAX_BYTES << 1));

    buf_init(&m.href, 4 * CANVAS_URL_MAX);
    buf_init(&m.code_text, CODE_MAX);
    if (st->defs.len || st->carry.kind != CARRY_NONE) {
        buf_add_str(&joined, buf_str(&st->defs));
        buf_addc(&joined, '\n');
        if (st->carry.kind != CARRY_NONE)
            buf_add(&joined, st->ptr + st->carry.at, st->carry.len);
        buf_add_str(&joined, chunk);
        chunk = buf_str(&joined);
    }
    if (memchr(chunk.ptr, '|', chunk.len) && md_lengthen_delimiters(&longer, chunk))
        chunk = buf_str(&longer);
    parse(&m, chunk);
    buf_release(&longer);
    *last = m.last;
    buf_release(&joined);
    buf_release(&m.href);
    buf_release(&m.code_text);
}
