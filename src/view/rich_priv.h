/* rich_priv.h - styled paragraphs that are wrapped to a width: a transcript item, a page's text.
 * Text is sanitised when it is added, so wrapping sees what will be drawn. What was added last can
 * be taken back (rich_rewind), so that text which grows is laid out again from its last block on.
 */
#ifndef RUNBOOK_VIEW_RICH_PRIV_H
#define RUNBOOK_VIEW_RICH_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/view/canvas.h"

struct run {
    size_t end;    /* byte offset where the style ends */
    uint8_t style; /* enum style */
    uint16_t url;  /* number of a url from 1; 0: no link */
};

struct para {
    size_t at, end;
    int indent, hang; /* cells before its first line, and before the others */
    bool whole;       /* never wrapped: cut at the edge */
    int tail;         /* cells kept free at the end of a whole paragraph's line */
    size_t link;      /* number of a link from 1; 0: none */
    uint32_t bars;    /* bit i: a vertical bar at cell i of each line (block quotes) */
};

/* A wrapped line, by offsets: the text moves while it grows. */
struct laid_line {
    uint32_t para, at, len;
    int16_t indent;
    bool first; /* of its paragraph */
};

struct screen_reveal; /* view/screen.h */

struct rich {
    struct buf text;
    bool ascii;
    const struct screen_reveal *reveal; /* NULL: placeholders of secrets stay */
    int width;                          /* what tables are fitted to; 0: 80 cells */
    uint16_t url;                       /* that text added now leads to; rich_url() */
    VEC(struct run) runs;
    VEC(struct para) paras;
    VEC(char *) urls;
    VEC(struct laid_line) lines; /* rich_wrap() */
    size_t wrapped;              /* paragraphs that are in `lines` */
    int wrapped_width;
};

struct rich_mark {
    size_t text, runs, paras, urls;
};

void rich_init(struct rich *r, bool ascii);
void rich_release(struct rich *r);
struct rich_mark rich_mark(const struct rich *r);
void rich_rewind(struct rich *r, struct rich_mark to);
/* Start a paragraph. Returned so that whole, tail and link can be set; valid until the next one. */
struct para *rich_para(struct rich *r, int indent, int hang);
void rich_add(struct rich *r, enum style style, struct str text);
void rich_adds(struct rich *r, enum style style, const char *text);
void rich_addf(struct rich *r, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* An id and blanks up to `cells` (underlines end with the id). */
void rich_id(struct rich *r, enum style style, const char *id, int cells);
/* The same for text that rich_add() gave out before: it is not sanitised again. */
void rich_add_clean(struct rich *r, enum style style, uint16_t url, struct str text);
/* "Label       text", the text hanging; nothing when there is no text. */
#define RICH_LABEL_CELLS 12
void rich_field(struct rich *r, const char *label, enum style style, const char *text);
/* Text added from now on leads to `url`, until NULL. Urls that a canvas refuses make no link. */
void rich_url(struct rich *r, const char *url);
/* Paragraphs of Markdown, tables fitted to r->width. `indent` is before all of them. */
void rich_markdown(struct rich *r, enum style style, int indent, struct str text);

/* One "• text" with its inline marks. */
void rich_bullet(struct rich *r, enum style style, int indent, struct str text);

struct rich_line {
    const struct para *para;
    struct str text; /* a slice of rich.text */
    int indent;
    bool first; /* of its paragraph */
};
typedef void rich_line_fn(void *ctx, const struct rich_line *line);
/* Calls `fn` (may be NULL) for every line in order; returns how many there are. */
size_t rich_lines(const struct rich *r, int width, rich_line_fn *fn, void *ctx);
/* Bring r->lines up to date for `width`; only paragraphs that are new are wrapped. */
size_t rich_wrap(struct rich *r, int width);
struct rich_line rich_line_at(const struct rich *r, size_t line);
/* Draw one line with its indent at x. */
void rich_draw(const struct rich *r, struct canvas *c, int x, int y, int width,
               const struct rich_line *line);
/* Calls `fn` for each piece of one style inside bytes [from, to) of the text. */
typedef void rich_piece_fn(void *ctx, const struct run *run, struct str piece);
void rich_pieces(const struct rich *r, size_t from, size_t to, rich_piece_fn *fn, void *ctx);

#endif
