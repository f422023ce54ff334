/* markdown_priv.h - Markdown that streams in: text to styled paragraphs (md4c reads it).
 * A text is cut into chunks at blank lines where no block can go on, or by size; a chunk that is
 * complete is laid out once and never looked at again. What is behind the last cut is laid out anew
 * for each update, so a frame costs at most one chunk however long the text is. Where the cuts are
 * follows from the text alone: fed in pieces or at once, the same drawing comes out.
 * While more is to come, what is unfinished at the end (a fence, **strong, a link, a table's head)
 * is drawn as what it will be, not as the characters it is made of.
 *
 * Line breaks inside a paragraph are kept: who writes one in a chat means it. */
#ifndef RUNBOOK_VIEW_MARKDOWN_PRIV_H
#define RUNBOOK_VIEW_MARKDOWN_PRIV_H

#include "src/view/rich_priv.h"

#define MARKDOWN_MAX_BYTES                                                                         \
    ((size_t)2 << 20) /* what is behind it is not drawn, and that is said                          \
                       */

/* ---- markdown_split.c ---- */

/* What must stand before a chunk that begins inside a block: the fence's first line, the table's
 * head. A slice of the text. */
enum md_carry_kind { CARRY_NONE, CARRY_FENCE, CARRY_TABLE };
struct md_carry {
    enum md_carry_kind kind;
    size_t at, len;
    char fence; /* '`' or '~' */
    size_t fence_len;
};

struct md_chunk {
    size_t end;
    bool complete; /* nothing that comes later changes it */
    bool in_fence; /* it ends inside a fence */
    struct md_carry carry;
};
/* The chunk that begins at `from`, itself after `carry`. `open`: the text goes on growing. */
struct md_chunk md_next_chunk(struct str text, size_t from, bool open,
                              const struct md_carry *carry);
/* Append `tail`, the text behind the last cut, with its loose ends tied. */
void md_mend(struct buf *out, struct str tail, bool in_fence);
/* md4c 0.4 asks for three hyphens in each column of a table's second line, CommonMark's tables for
 * one. Appends `chunk` with longer ones; false: nothing had to be changed. */
bool md_lengthen_delimiters(struct buf *out, struct str chunk);
/* Does the line define a link: [name]: url? */
bool md_is_definition(struct str line);

/* ---- markdown_link.c ---- */

void md_add_entity(struct buf *out, struct str entity); /* "&amp;"; unknown ones as they are */
/* `attribute`: md4c's MD_ATTRIBUTE. What is not ASCII is escaped, but in a host. */
void md_take_href(struct buf *out, const void *attribute);
/* Where a url really leads: its host, behind any "user@"; a mail's address; else itself. */
struct str md_link_host(struct str url);

/* ---- markdown_table.c ---- */

struct md_cell {
    size_t para, count; /* paragraphs of `cells` */
};
struct md_table {
    struct rich cells;
    VEC(struct md_cell) items; /* row by row */
    VEC(uint8_t) align;        /* MD_ALIGN of each column */
    size_t cols;
    bool open;
};
void md_table_init(struct md_table *t, bool ascii, size_t cols);
void md_table_release(struct md_table *t);
/* Lay it out in `width` cells behind `indent`; too narrow for columns, each row becomes a record.
 */
void md_table_lay(const struct md_table *t, struct rich *out, int indent, uint32_t bars, int width);

/* ---- markdown.c, markdown_stream.c ---- */

struct md_stream {
    enum style base;
    int indent;
    bool begun;
    struct rich_mark base_mark; /* where the Markdown begins */

    /* Up to the last cut. */
    const char *ptr;
    size_t done;
    uint64_t hash;
    struct rich_mark mark;
    struct md_carry carry;
    int last; /* kind of the last block; 0: none yet */

    struct buf defs; /* lines that define links */
    size_t ndefs;
};
void md_stream_init(struct md_stream *st, enum style base, int indent);
void md_stream_release(struct md_stream *st);
/* Append the paragraphs of one chunk; `last` is the kind of the block before it, then of its last.
 */
void md_lay_chunk(const struct md_stream *st, struct rich *r, struct str chunk, int *last);
/* Bring what `r` holds from this stream up to date. Nothing else may be added behind it before. */
void md_stream_update(struct md_stream *st, struct rich *r, struct str text, bool open);

#endif
