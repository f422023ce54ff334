/* signals_priv.h - the rows of the page of signals (signals.c), for the page that shows them. */
#ifndef RUNBOOK_VIEW_SIGNALS_PRIV_H
#define RUNBOOK_VIEW_SIGNALS_PRIV_H

#include "src/view/view_priv.h"

enum signal_kind { SIGNAL_INCIDENT, SIGNAL_ALERT, SIGNAL_ANSWER, SIGNAL_CAUSE, SIGNAL_ANOMALY };

struct signal {
    enum signal_kind kind;
    size_t ref; /* into the model's alerts, tools, candidates or evidence */
    char id[24];
};

struct signals {
    const struct model *m;
    VEC(struct signal) rows;
    bool incident; /* it, and so many of the model's, were looked at */
    size_t alerts, tools, candidates, evidence;
    uint64_t seq, version;
    uint64_t epoch; /* of the model that was read */
};

/* The rows of the model as it is now. */
struct signals *signals_fresh(struct screen *s, const struct model *m);
/* What a row is; NULL when it is of another kind. */
const struct alert *signal_alert(const struct signals *s, size_t item);
const struct candidate *signal_cause(const struct signals *s, size_t item);
const struct evidence *signal_anomaly(const struct signals *s, size_t item);
const struct tool_run *signal_answer(const struct signals *s, size_t item);
const struct hypothesis *signal_hypothesis(const struct signals *s, size_t item);
const char *signal_text(const struct signals *s, size_t item);
const char *signal_kind_word(const struct signals *s, size_t item);
/* page_alert.c */
void lay_alert(const struct model *m, struct rich *r, const char *fingerprint);
bool alert_open_link(struct screen *s, const struct model *m, const char *fingerprint, size_t link);

#endif
