/* evidence_priv.h - what the files of the evidence page share. */
#ifndef RUNBOOK_VIEW_EVIDENCE_PRIV_H
#define RUNBOOK_VIEW_EVIDENCE_PRIV_H

#include "src/view/view_priv.h"

#define EVIDENCE_MARKS_MAX 16

/* A chart of the model's: it borrows from model and series. */
struct evidence_chart {
    struct chart chart;
    struct chart_mark marks[EVIDENCE_MARKS_MAX];
    char title[128];
};

/* evidence_chart.c */
struct series_hint evidence_hint(const struct evidence *e, const struct tool_run *t);
/* `e` may be NULL (a query without evidence). `all`: every series, not only the subject. */
void evidence_chart_make(struct evidence_chart *ret, const struct model *m,
                         const struct evidence *e, const struct series_set *set, bool all);
/* All of the time, or, where the incident would be a sliver of it, what surrounds the incident. */
void evidence_first_view(const struct chart *ch, struct chart_view *ret);

/* What the open page is about. */
struct evidence_subject {
    const char *id;
    const struct evidence *e; /* NULL: a query */
    const struct tool_run *t; /* NULL: not known */
    const char *blob;
};

/* The words of the page, page_evidence_words.c; labels take so many cells. */
#define LABEL_CELLS 11
void evidence_lay_head(const struct evidence_subject *sub, struct rich *r);
void evidence_lay_evidence_facts(const struct screen *s, const struct model *m,
                                 const struct evidence_subject *sub, struct rich *r, int width);
void evidence_lay_query_facts(const struct screen *s, const struct model *m,
                              const struct evidence_subject *sub, struct rich *r, int width);
void evidence_lay_raw_head(const struct screen *s, const struct evidence_subject *sub,
                           struct rich *r);
/* Is its raw result at hand? */
bool evidence_has_raw(const struct screen *s, const struct evidence_subject *sub);

#endif
