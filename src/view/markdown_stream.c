/* markdown_stream.c - a text that grows, chunk after chunk. See markdown_priv.h. */
#include "src/view/markdown_priv.h"

#define DEFS_MAX 32
#define DEFS_BYTES (16 * 1024)
#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

void md_stream_init(struct md_stream *st, enum style base, int indent)
{
    *st = (struct md_stream){.base = base, .indent = indent};
    buf_init(&st->defs, DEFS_BYTES);
}

void md_stream_release(struct md_stream *st)
{
    buf_release(&st->defs);
}

static uint64_t hash_on(uint64_t hash, struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Links by name may be used before they are defined: a new name means to begin anew, which happens
 * a bounded number of times. */
static bool take_definitions(struct md_stream *st, struct str chunk)
{
    struct str line;
    bool any = false;

    while (str_line(&chunk, &line)) {
        if (st->ndefs == DEFS_MAX || !md_is_definition(line) ||
            str_find(buf_str(&st->defs), line) >= 0)
            continue;
        buf_add_str(&st->defs, str_trim(line));
        buf_addc(&st->defs, '\n');
        st->ndefs++;
        any = true;
    }
    return any;
}

static void begin_anew(struct md_stream *st, struct rich *r)
{
    rich_rewind(r, st->base_mark);
    st->mark = st->base_mark;
    st->done = 0;
    st->hash = HASH_BEGIN;
    st->carry = (struct md_carry){.kind = CARRY_NONE};
    st->last = 0;
}

/* Is what was done still the beginning of the text? */
static bool goes_on(const struct md_stream *st, struct str text)
{
    if (text.len < st->done)
        return false;
    return text.ptr == st->ptr || hash_on(HASH_BEGIN, (struct str){text.ptr, st->done}) == st->hash;
}

/* What is behind the last cut. */
static void lay_tail(struct md_stream *st, struct rich *r, struct str tail, bool open, bool fence)
{
    struct buf mended = BUF_INIT(MARKDOWN_MAX_BYTES << 1);
    int last = st->last;

    if (open) {
        md_mend(&mended, tail, fence);
        tail = buf_str(&mended);
    }
    if (tail.len)
        md_lay_chunk(st, r, tail, &last);
    buf_release(&mended);
}

/* Returns false when it has to begin anew. */
static bool lay_on(struct md_stream *st, struct rich *r, struct str text, bool open)
{
    while (st->done < text.len) {
        struct md_chunk c = md_next_chunk(text, st->done, open, &st->carry);
        struct str piece = {text.ptr + st->done, c.end - st->done};

        if ((c.complete || !open) && take_definitions(st, piece))
            return false;
        if (!c.complete) {
            lay_tail(st, r, piece, open, c.in_fence);
            return true;
        }
        md_lay_chunk(st, r, piece, &st->last);
        st->hash = hash_on(st->hash, piece);
        st->done = c.end;
        st->carry = c.carry;
        st->mark = rich_mark(r);
    }
    return true;
}

void md_stream_update(struct md_stream *st, struct rich *r, struct str text, bool open)
{
    size_t all = text.len;

    while (text.len > MARKDOWN_MAX_BYTES || (text.len < all && (text.ptr[text.len] & 0xC0) == 0x80))
        text.len = text.len > MARKDOWN_MAX_BYTES ? MARKDOWN_MAX_BYTES : text.len - 1;
    if (!st->begun) {
        st->begun = true;
        st->base_mark = rich_mark(r);
        begin_anew(st, r);
    } else if (!goes_on(st, text)) {
        begin_anew(st, r);
        buf_clear(&st->defs);
        st->ndefs = 0;
    }
    st->ptr = text.ptr;
    rich_rewind(r, st->mark);
    while (!lay_on(st, r, text, open && text.len == all))
        begin_anew(st, r);
    if (text.len < all) {
        rich_para(r, st->indent, st->indent);
        rich_addf(r, STYLE_DIM, "%zu more bytes are not drawn here", all - text.len);
    }
}

void rich_markdown(struct rich *r, enum style style, int indent, struct str text)
{
    struct md_stream st;

    md_stream_init(&st, style, indent);
    md_stream_update(&st, r, text, false);
    md_stream_release(&st);
}

/* Text of one line with its inline marks, behind a bullet. */
void rich_bullet(struct rich *r, enum style style, int indent, struct str text)
{
    struct md_stream st;
    int last = 0;
    struct buf item = BUF_INIT(64 * 1024);

    md_stream_init(&st, style, indent);
    buf_adds(&item, "- ");
    buf_add_str(&item, text);
    md_lay_chunk(&st, r, buf_str(&item), &last);
    buf_release(&item);
    md_stream_release(&st);
}
