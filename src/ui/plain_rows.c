/* plain_rows.c - everything that can be listed, as one table: how many, the words of one, what
 * opening it means, and by what it can be sorted. */
#include "src/ui/plain_list_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

/* ---- hypotheses ---- */

static size_t count_hypotheses(const struct model *m)
{
    return m->hypotheses.count;
}

static bool words_hypothesis(const struct model *m, size_t i, struct buf *out)
{
    const struct hypothesis *h = &m->hypotheses.items[i];

    buf_addf(out, "%s %s, %.0f %%: %s", h->id, hyp_status_words(h), h->confidence * 100,
             h->statement);
    if (h->status == HYP_PRUNED && *h->reason)
        buf_addf(out, " (%s)", h->reason);
    return true;
}

static void open_hypothesis(struct plain *p, size_t i)
{
    plain_open_id(p, p->model->hypotheses.items[i].id);
}

/* H1, H1.1, H1.2, H2: a child stands after its parent. */
static int compare_hypotheses(const struct model *m, size_t a, size_t b)
{
    const char *x = m->hypotheses.items[a].id, *y = m->hypotheses.items[b].id;
    struct str rx = str_from(*x ? x + 1 : x), ry = str_from(*y ? y + 1 : y), px, py;

    for (;;) {
        bool more_x = str_split(&rx, '.', &px), more_y = str_split(&ry, '.', &py);
        uint64_t nx = 0, ny = 0;

        if (!more_x || !more_y)
            return more_x ? 1 : more_y ? -1 : 0;
        if (!num_u64(px, &nx) || !num_u64(py, &ny))
            return a < b ? -1 : 1;
        if (nx != ny)
            return nx < ny ? -1 : 1;
    }
}

/* ---- evidence and signals ---- */

static size_t count_evidence(const struct model *m)
{
    return m->evidence.count;
}

bool plain_words_evidence(const struct model *m, size_t i, struct buf *out)
{
    const struct evidence *e = &m->evidence.items[i];

    buf_addf(out, "%s %s for %s: %s", e->id, strength_name(e->strength),
             *e->hypothesis ? e->hypothesis : "nothing yet", e->statement);
    return true;
}

void plain_open_evidence(struct plain *p, size_t i)
{
    plain_open_id(p, p->model->evidence.items[i].id);
}

/* ---- queries ---- */

static size_t count_queries(const struct model *m)
{
    return m->tools.count;
}

static bool words_query(const struct model *m, size_t i, struct buf *out)
{
    const struct tool_run *t = &m->tools.items[i];
    const char *said = *t->summary ? t->summary : t->error;

    buf_addf(out, "%s %s: %s%s%s", t->tool, t->ended ? tool_status_name(t->status) : "running",
             t->title, *said ? ": " : "", said);
    return true;
}

static void open_query(struct plain *p, size_t i)
{
    plain_open_id(p, p->model->tools.items[i].call);
}

/* ---- resources ---- */

static size_t count_resources(const struct model *m)
{
    return m->resources.count;
}

static bool words_resource(const struct model *m, size_t i, struct buf *out)
{
    const struct resource *r = &m->resources.items[i];
    char value[48];

    buf_addf(out, "%s %s %s", health_name(r->health), r->kind, r->name);
    if (*r->status)
        buf_addf(out, ", %s", r->status);
    if (isfinite(r->value)) {
        num_human(r->value, r->unit, value);
        buf_addf(out, ", %s%s%s", r->metric, *r->metric ? " " : "", value);
    }
    if (*r->detail)
        buf_addf(out, ", %s", r->detail);
    return true;
}

static void open_resource(struct plain *p, size_t i)
{
    plain_open_id(p, p->model->resources.items[i].key);
}

/* The worst first; unknown is worse than well. */
static int compare_resources(const struct model *m, size_t a, size_t b)
{
    static const int order[HEALTHS] = {
        [HEALTH_CRITICAL] = 0, [HEALTH_WARNING] = 1, [HEALTH_UNKNOWN] = 2, [HEALTH_OK] = 3};
    int by = order[m->resources.items[a].health] - order[m->resources.items[b].health];

    return by ? by : a < b ? -1 : 1;
}

/* ---- the timeline and gaps ---- */

static size_t count_items(const struct model *m)
{
    return m->items.count;
}

bool plain_item_words(const struct model *m, size_t i, struct buf *out)
{
    const struct item *it = &m->items.items[i];
    char when[TIME_TEXT_MAX];

    time_format_hms(it->ts_ms, true, when);
    buf_addf(out, "%s ", when);
    if (it->kind == ITEM_EVIDENCE && m->evidence.items[it->ref].onset_ms) {
        time_format_hms(m->evidence.items[it->ref].onset_ms, true, when);
        buf_addf(out, "(in the data %s) ", when); /* the other clock of the screen's timeline */
    }
    switch (it->kind) {
    case ITEM_TOOL:
        buf_adds(out, "query ");
        return words_query(m, it->ref, out);
    case ITEM_EVIDENCE:
        buf_adds(out, "evidence ");
        return plain_words_evidence(m, it->ref, out);
    case ITEM_HYPOTHESIS:
        buf_addf(out, "%s %s: %s", m->hypotheses.items[it->ref].id, it->tag,
                 m->hypotheses.items[it->ref].statement);
        return true;
    case ITEM_GAP:
        buf_addf(out, "not seen: %s: %s", m->gaps.items[it->ref].what, m->gaps.items[it->ref].why);
        return true;
    default:
        buf_addf(out, "%s%s",
                 it->kind == ITEM_USER         ? "you: "
                 : it->kind == ITEM_ERROR      ? "error: "
                 : it->kind == ITEM_CONCLUSION ? "conclusion: "
                                               : "",
                 it->text);
        return true;
    }
}

static void open_item(struct plain *p, size_t i)
{
    plain_open_item(p, &p->model->items.items[i]);
}

static size_t count_gaps(const struct model *m)
{
    return m->gaps.count;
}

static bool words_gap(const struct model *m, size_t i, struct buf *out)
{
    const struct gap *g = &m->gaps.items[i];

    buf_addf(out, "%s: %s%s%s", g->what, g->why, *g->hypothesis ? ", for " : "", g->hypothesis);
    return true;
}

static void open_gap(struct plain *p, size_t i)
{
    const struct gap *g = &p->model->gaps.items[i];

    plain_field(p, "not seen", g->what);
    plain_field(p, "why", g->why);
    plain_field(p, "code", g->code);
    plain_field(p, "for", g->hypothesis);
}

static size_t count_approvals(const struct model *m)
{
    return m->approvals.count;
}

static bool words_approval(const struct model *m, size_t i, struct buf *out)
{
    const struct approval *a = &m->approvals.items[i];

    buf_addf(out, "%s %s: %s of %s, risk %s", a->id, approval_state_name(a->state), a->operation,
             a->resource, approval_risk_name(a->risk));
    return true;
}

static void open_approval(struct plain *p, size_t i)
{
    plain_open_approval(p, p->model->approvals.items[i].id);
}

static size_t count_procedures(const struct model *m)
{
    return m->procedures.count;
}

static bool words_procedure(const struct model *m, size_t i, struct buf *out)
{
    const struct procedure_run *r = &m->procedures.items[i];

    buf_addf(out, "%s %s: %s %s%s%s%s", r->run, procedure_state_name(r->state), r->kind, r->name,
             r->dry_run ? " (dry run)" : "", *r->text ? ": " : "", r->text);
    return true;
}

static void open_procedure(struct plain *p, size_t i)
{
    plain_open_procedure(p, &p->model->procedures.items[i]);
}

static size_t count_decisions(const struct model *m)
{
    return m->decisions.count;
}

static bool words_decision(const struct model *m, size_t i, struct buf *out)
{
    const struct decision *d = &m->decisions.items[i];
    char when[TIME_TEXT_MAX];

    time_format_hms(d->ts_ms, true, when);
    buf_addf(out, "%s %s, %s: %s", when, d->actor, d->what, d->text);
    return true;
}

static void open_decision(struct plain *p, size_t i)
{
    const struct decision *d = &p->model->decisions.items[i];
    char when[TIME_TEXT_MAX];

    time_format_rfc3339(d->ts_ms, when);
    plain_linef(p, 0, TONE_BOLD, "line %llu of the journal: %s", (unsigned long long)d->seq,
                d->what);
    plain_field(p, "time", when);
    plain_field(p, "by", d->actor);
    plain_field(p, "text", d->text);
}

/* ---- what they are sorted by ---- */

#define NUMBER(fn, list, value)                                                                    \
    static double fn(const struct model *m, size_t i)                                              \
    {                                                                                              \
        return (double)m->list.items[i].value;                                                     \
    }
#define TEXT(fn, list, value)                                                                      \
    static const char *fn(const struct model *m, size_t i)                                         \
    {                                                                                              \
        return m->list.items[i].value;                                                             \
    }
NUMBER(hyp_confidence, hypotheses, confidence)
NUMBER(hyp_status_of, hypotheses, status)
TEXT(hyp_statement, hypotheses, statement)
NUMBER(ev_strength, evidence, strength)
NUMBER(ev_score, evidence, score)
NUMBER(ev_onset, evidence, onset_ms)
TEXT(ev_service, evidence, service)
TEXT(ev_metric, evidence, metric)
TEXT(ev_resource, evidence, resource)
NUMBER(tool_duration, tools, duration_ms)
NUMBER(tool_size, tools, size_bytes)
NUMBER(tool_status, tools, status)
TEXT(tool_name_of, tools, tool)
TEXT(tool_title, tools, title)
NUMBER(res_value, resources, value)
NUMBER(res_health, resources, health)
TEXT(res_kind, resources, kind)
TEXT(res_name, resources, name)
TEXT(res_status, resources, status)
NUMBER(item_time, items, ts_ms)
NUMBER(item_kind_of, items, kind)
TEXT(gap_what, gaps, what)
TEXT(gap_why, gaps, why)
NUMBER(decision_time, decisions, ts_ms)
TEXT(decision_actor, decisions, actor)
TEXT(decision_what, decisions, what)
NUMBER(approval_risk, approvals, risk)
NUMBER(approval_state, approvals, state)

/* ---- findings ---- */

static size_t count_findings(const struct model *m)
{
    return m->findings.count;
}

static bool words_finding(const struct model *m, size_t i, struct buf *out)
{
    const struct finding *f = &m->findings.items[i];

    buf_addf(out, "%s %s: %s (%s)%s%s", f->service,
             f->gone          ? "gone"
             : *f->suppressed ? "accepted"
                              : finding_severity_name(f->severity),
             f->title, f->resource, *f->act ? ", can be fixed from here" : "",
             *f->suppressed ? ", accepted" : "");
    return true;
}

static void open_finding(struct plain *p, size_t i)
{
    plain_open_id(p, p->model->findings.items[i].id);
}

static int compare_findings(const struct model *m, size_t a, size_t b)
{
    return strcmp(m->findings.items[a].order, m->findings.items[b].order);
}

NUMBER(finding_severity_of, findings, severity)
TEXT(finding_service, findings, order)
TEXT(finding_resource_of, findings, resource)
TEXT(finding_title_of, findings, title)

const struct plain_list plain_list_table[] = {
    {"hypotheses",
     "There are no hypotheses yet.",
     count_hypotheses,
     words_hypothesis,
     open_hypothesis,
     compare_hypotheses,
     {{"confidence", hyp_confidence, NULL, true},
      {"status", hyp_status_of, NULL, false},
      {"statement", NULL, hyp_statement, false}}},
    {"evidence",
     "There is no evidence yet.",
     count_evidence,
     plain_words_evidence,
     plain_open_evidence,
     NULL,
     {{"strength", ev_strength, NULL, false},
      {"score", ev_score, NULL, true},
      {"onset", ev_onset, NULL, false},
      {"service", NULL, ev_service, false},
      {"metric", NULL, ev_metric, false},
      {"resource", NULL, ev_resource, false}}},
    {"queries",
     "Nothing was asked yet.",
     count_queries,
     words_query,
     open_query,
     NULL,
     {{"duration", tool_duration, NULL, true},
      {"size", tool_size, NULL, true},
      {"status", tool_status, NULL, true},
      {"tool", NULL, tool_name_of, false},
      {"title", NULL, tool_title, false}}},
    {"resources",
     "No resource was seen yet.",
     count_resources,
     words_resource,
     open_resource,
     compare_resources,
     {{"value", res_value, NULL, true},
      {"health", res_health, NULL, true},
      {"kind", NULL, res_kind, false},
      {"name", NULL, res_name, false},
      {"status", NULL, res_status, false}}},
    {"signals",
     "No anomaly and no alert was seen yet.",
     plain_count_signals,
     plain_words_signal,
     plain_open_signal,
     plain_compare_signals,
     {{"severity", plain_signal_severity, NULL, true},
      {"since", plain_signal_since, NULL, false},
      {"score", plain_signal_score, NULL, true},
      {"service", NULL, plain_signal_service, false}}},
    {"timeline",
     "Nothing happened yet.",
     count_items,
     plain_item_words,
     open_item,
     NULL,
     {{"time", item_time, NULL, false}, {"kind", item_kind_of, NULL, false}}},
    {"gaps",
     "Nothing is known that could not be looked at.",
     count_gaps,
     words_gap,
     open_gap,
     NULL,
     {{"what", NULL, gap_what, false}, {"why", NULL, gap_why, false}}},
    {"audit",
     "Nothing was decided yet.",
     count_decisions,
     words_decision,
     open_decision,
     NULL,
     {{"time", decision_time, NULL, false},
      {"who", NULL, decision_actor, false},
      {"what", NULL, decision_what, false}}},
    {"services",
     "There is no service graph: name one with --topology.",
     plain_count_services,
     plain_words_service,
     plain_open_service,
     NULL,
     {{NULL}}},
    {"security",
     "Nothing is known that is not safe: 'security again' asks AWS.",
     count_findings,
     words_finding,
     open_finding,
     compare_findings,
     {{"severity", finding_severity_of, NULL, true},
      {"service", NULL, finding_service, false},
      {"resource", NULL, finding_resource_of, false},
      {"finding", NULL, finding_title_of, false}}},
    {"approvals",
     "Nothing was asked for. What this version can do only reads, so nothing will be.",
     count_approvals,
     words_approval,
     open_approval,
     NULL,
     {{"risk", approval_risk, NULL, true}, {"state", approval_state, NULL, false}}},
    {"procedures",
     "No skill or plan was run in this session.",
     count_procedures,
     words_procedure,
     open_procedure,
     NULL,
     {{NULL}}},
};
const size_t plain_list_count = sizeof(plain_list_table) / sizeof(plain_list_table[0]);

static const struct plain_choice {
    const char *text, *command;
} choices[] = {{"look at this machine", "ask is this machine well?"},
               {"set up step by step: a configuration, a model, an account of AWS", "setup"},
               {"list the commands", "help"}};

static size_t count_choices(const struct model *m)
{
    (void)m;
    return sizeof(choices) / sizeof(choices[0]);
}

static bool words_choice(const struct model *m, size_t i, struct buf *out)
{
    (void)m;
    buf_adds(out, choices[i].text);
    return true;
}

static void open_choice(struct plain *p, size_t i)
{
    plain_command(p, str_from(choices[i].command));
}

const struct plain_list plain_start_list = {.name = "start",
                                            .none = "",
                                            .count = count_choices,
                                            .words = words_choice,
                                            .open = open_choice};
