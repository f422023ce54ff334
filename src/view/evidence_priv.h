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

#endif
