/* plain_lists.c - everything that can be listed, as one table: how many, the words of one, and what
 * opening it means. A number beside a line stays with that line until the next list. */
#include "src/ui/plain_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

struct plain_list {
    const char *name;
    const char *none; /* what is said of an empty one */
    size_t (*count)(const struct model *m);
    bool (*words)(const struct model *m, size_t index, struct buf *out); /* false: not in it */
    void (*open)(struct plain *p, size_t index);
    int (*compare)(const struct model *m, size_t a, size_t b); /* NULL: as they came */
};

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

static bool words_evidence(const struct model *m, size_t i, struct buf *out)
{
    const struct evidence *e = &m->evidence.items[i];

    buf_addf(out, "%s %s for %s: %s", e->id, strength_name(e->strength),
             *e->hypothesis ? e->hypothesis : "nothing yet", e->statement);
    return true;
}

static void open_evidence(struct plain *p, size_t i)
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

/* ---- signals: the incident, what alert servers said, candidates, and what moved ---- */

/* A row's number is 4 * index + kind, so that it stays what it is while others come. */
enum signal_kind { SIGNAL_INCIDENT, SIGNAL_ALERTS, SIGNAL_CAUSE, SIGNAL_MOVED, SIGNAL_KINDS };

static size_t count_signals(const struct model *m)
{
    size_t most = m->tools.count > m->candidates.count ? m->tools.count : m->candidates.count;

    most = most > m->evidence.count ? most : m->evidence.count;
    return SIGNAL_KINDS * (most ? most : 1);
}

static int compare_signals(const struct model *m, size_t a, size_t b)
{
    (void)m;
    if (a % SIGNAL_KINDS != b % SIGNAL_KINDS)
        return a % SIGNAL_KINDS < b % SIGNAL_KINDS ? -1 : 1;
    return a < b ? -1 : 1;
}

static bool words_incident(const struct model *m, struct buf *out)
{
    if (!m->has_incident)
        return false;
    buf_addf(out, "incident %s%s%s%s%s", m->incident.title, *m->incident.service ? ", " : "",
             m->incident.service, *m->incident.metric ? " " : "", m->incident.metric);
    return true;
}

static bool words_alerts(const struct model *m, size_t i, struct buf *out)
{
    const char *tool = m->tools.items[i].tool;

    if (strcmp(tool, "alertmanager_alerts") != 0 && strcmp(tool, "prometheus_alerts") != 0)
        return false;
    buf_adds(out, "alerts ");
    return words_query(m, i, out);
}

static bool words_cause(const struct model *m, size_t i, struct buf *out)
{
    const struct candidate *c = &m->candidates.items[i];

    buf_addf(out, "cause %d, %.2f: %s", (int)c->rank, c->score, c->statement);
    return true;
}

static bool words_moved(const struct model *m, size_t i, struct buf *out)
{
    if (m->evidence.items[i].strength > STRENGTH_WEAK) /* it says that nothing moved */
        return false;
    buf_adds(out, "moved ");
    return words_evidence(m, i, out);
}

static bool words_signal(const struct model *m, size_t row, struct buf *out)
{
    size_t i = row / SIGNAL_KINDS;

    switch ((enum signal_kind)(row % SIGNAL_KINDS)) {
    case SIGNAL_INCIDENT:
        return i == 0 && words_incident(m, out);
    case SIGNAL_ALERTS:
        return i < m->tools.count && words_alerts(m, i, out);
    case SIGNAL_CAUSE:
        return i < m->candidates.count && words_cause(m, i, out);
    case SIGNAL_MOVED:
        return i < m->evidence.count && words_moved(m, i, out);
    case SIGNAL_KINDS:
        break;
    }
    return false;
}

static void open_incident(struct plain *p)
{
    const struct model *m = p->model;

    plain_field(p, "incident", m->incident.title);
    plain_field(p, "id", m->incident.id);
    plain_field(p, "service", m->incident.service);
    plain_field(p, "metric", m->incident.metric);
    plain_field(p, "direction", m->incident.direction);
    plain_field(p, "from", m->incident.source);
}

/* In a replay that went back the row may be gone. */
static void open_signal(struct plain *p, size_t row)
{
    const struct model *m = p->model;
    size_t i = row / SIGNAL_KINDS, kind = row % SIGNAL_KINDS;

    if (kind == SIGNAL_INCIDENT)
        open_incident(p);
    else if (kind == SIGNAL_ALERTS && i < m->tools.count)
        open_query(p, i);
    else if (kind == SIGNAL_CAUSE && i < m->candidates.count)
        plain_open_id(p, m->candidates.items[i].hypothesis);
    else if (kind == SIGNAL_MOVED && i < m->evidence.count)
        open_evidence(p, i);
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

static bool words_item(const struct model *m, size_t i, struct buf *out)
{
    const struct item *it = &m->items.items[i];
    char when[TIME_TEXT_MAX];

    time_format_hms(it->ts_ms, true, when);
    buf_addf(out, "%s ", when);
    switch (it->kind) {
    case ITEM_TOOL:
        buf_adds(out, "query ");
        return words_query(m, it->ref, out);
    case ITEM_EVIDENCE:
        buf_adds(out, "evidence ");
        return words_evidence(m, it->ref, out);
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

static const struct plain_list lists[] = {
    {"hypotheses", "There are no hypotheses yet.", count_hypotheses, words_hypothesis,
     open_hypothesis, compare_hypotheses},
    {"evidence", "There is no evidence yet.", count_evidence, words_evidence, open_evidence, NULL},
    {"queries", "Nothing was asked yet.", count_queries, words_query, open_query, NULL},
    {"resources", "No resource was seen yet.", count_resources, words_resource, open_resource,
     compare_resources},
    {"signals", "No anomaly was seen yet.", count_signals, words_signal, open_signal,
     compare_signals},
    {"timeline", "Nothing happened yet.", count_items, words_item, open_item, NULL},
    {"gaps", "Nothing is known that could not be looked at.", count_gaps, words_gap, open_gap,
     NULL},
    {"audit", "Nothing was decided yet.", count_decisions, words_decision, open_decision, NULL},
    {"approvals", "Nothing was asked for. What this version can do only reads, so nothing will be.",
     count_approvals, words_approval, open_approval, NULL},
};
/* What a first run offers. Not listed by name. */
static const struct plain_choice {
    const char *text, *command;
} choices[] = {{"look at this machine", "ask is this machine well?"},
               {"make a configuration", "init"},
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

static const struct plain_list start_list = {"start",      "",          count_choices,
                                             words_choice, open_choice, NULL};

void plain_list_start(struct plain *p)
{
    p->list = &start_list;
    plain_list_again(p, STR_LIT(""));
}

#define LISTS (sizeof(lists) / sizeof(lists[0]))

/* ---- what all have ---- */

struct sorting {
    const struct model *m;
    int (*compare)(const struct model *m, size_t a, size_t b);
};

static void merge(const struct sorting *s, size_t *rows, size_t *tmp, size_t n)
{
    size_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    merge(s, rows, tmp, half);
    merge(s, rows + half, tmp, n - half);
    while (i < half && j < n)
        tmp[k++] = s->compare(s->m, rows[i], rows[j]) <= 0 ? rows[i++] : rows[j++];
    while (i < half)
        tmp[k++] = rows[i++];
    while (j < n)
        tmp[k++] = rows[j++];
    for (i = 0; i < n; i++)
        rows[i] = tmp[i];
}

static void sort_rows(struct plain *p)
{
    struct sorting s = {p->model, p->list->compare};
    size_t *tmp;

    if (!s.compare || p->rows.count < 2)
        return;
    tmp = xcalloc(p->rows.count, sizeof(*tmp));
    merge(&s, p->rows.items, tmp, p->rows.count);
    free(tmp);
}

static void find_rows(struct plain *p)
{
    struct str filter = str_from(p->filter);
    struct buf words = BUF_INIT(1 << 20);

    p->rows.count = 0;
    for (size_t i = 0; i < p->list->count(p->model); i++) {
        buf_clear(&words);
        if (p->list->words(p->model, i, &words) &&
            (!filter.len || str_ifind(buf_str(&words), filter) >= 0))
            *VEC_PUSH(&p->rows) = i;
    }
    buf_release(&words);
    sort_rows(p);
}

static int digits(size_t n)
{
    int d = 1;

    for (; n >= 10; n /= 10)
        d++;
    return d;
}

static void print_rows(struct plain *p)
{
    struct buf words = BUF_INIT(1 << 20);
    int width = digits(p->rows.count);

    for (size_t i = 0; i < p->rows.count; i++) {
        buf_clear(&words);
        p->list->words(p->model, p->rows.items[i], &words);
        buf_addf(&p->out, "%*zu. ", width, i + 1);
        text_add_wrapped(&p->opts.text, &p->out, width + 2, TONE_PLAIN, buf_cstr(&words));
    }
    buf_release(&words);
    if (!p->rows.count && *p->filter)
        plain_linef(p, 0, TONE_PLAIN, "No line of %s holds '%s'.", p->list->name, p->filter);
    else if (!p->rows.count)
        plain_linef(p, 0, TONE_PLAIN, "%s", p->list->none);
    else if (*p->filter)
        plain_linef(p, 0, TONE_DIM, "%zu with '%s'; filter alone shows all again.", p->rows.count,
                    p->filter);
}

void plain_list_again(struct plain *p, struct str filter)
{
    snprintf(p->filter, sizeof(p->filter), "%.*s", STR_FMT(filter));
    find_rows(p);
    print_rows(p);
}

bool plain_list(struct plain *p, struct str name, struct str filter)
{
    for (size_t i = 0; i < LISTS; i++)
        if (str_eq_c(name, lists[i].name)) {
            p->list = &lists[i];
            plain_list_again(p, filter);
            return true;
        }
    return false;
}

/* The model may have gone back (a replay) since the list was printed. */
bool plain_open_row(struct plain *p, size_t number)
{
    if (!p->list || number < 1 || number > p->rows.count ||
        p->rows.items[number - 1] >= p->list->count(p->model))
        return false;
    p->list->open(p, p->rows.items[number - 1]);
    return true;
}
