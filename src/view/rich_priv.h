/* rich_priv.h - styled paragraphs that are wrapped to a width: a transcript item, a page's text.
 * Text is sanitised when it is added, so wrapping sees what will be drawn. */
#ifndef RUNBOOK_VIEW_RICH_PRIV_H
#define RUNBOOK_VIEW_RICH_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/view/canvas.h"

struct run {
    size_t end; /* byte offset where the style ends */
    enum style style;
};

struct para {
    size_t at, end;
    int indent, hang; /* cells before its first line, and before the others */
    bool whole;       /* never wrapped: cut at the edge */
    int tail;         /* cells kept free at the end of a whole paragraph's line */
    size_t link;      /* number of a link from 1; 0: none */
};

struct rich {
    struct buf text;
    bool ascii;
    VEC(struct run) runs;
    VEC(struct para) paras;
};

void rich_init(struct rich *r, bool ascii);
void rich_release(struct rich *r);
void rich_clear(struct rich *r);
/* Start a paragraph. Returned so that whole, tail and link can be set; valid until the next one. */
struct para *rich_para(struct rich *r, int indent, int hang);
void rich_add(struct rich *r, enum style style, struct str text);
void rich_adds(struct rich *r, enum style style, const char *text);
void rich_addf(struct rich *r, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Paragraphs of Markdown: headings, bullets, fences, tables as they are, **strong**, *stress*,
 * `code`. */
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
/* Draw one line with its indent at x. */
void rich_draw(const struct rich *r, struct canvas *c, int x, int y, int width,
               const struct rich_line *line);

#endif
