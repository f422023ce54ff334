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

/* An anomaly is evidence with a score, or strong evidence about a metric. */
static bool words_signal(const struct model *m, size_t i, struct buf *out)
{
    const struct evidence *e = &m->evidence.items[i];

    if (e->strength != STRENGTH_STRONG && !(isfinite(e->score) && e->score > 0))
        return false;
    return words_evidence(m, i, out);
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

static const struct plain_list lists[] = {
    {"hypotheses", "There are no hypotheses yet.", count_hypotheses, words_hypothesis,
     open_hypothesis, compare_hypotheses},
    {"evidence", "There is no evidence yet.", count_evidence, words_evidence, open_evidence, NULL},
    {"queries", "Nothing was asked yet.", count_queries, words_query, open_query, NULL},
    {"resources", "No resource was seen yet.", count_resources, words_resource, open_resource,
     compare_resources},
    {"signals", "No anomaly was seen yet.", count_evidence, words_signal, open_evidence, NULL},
    {"timeline", "Nothing happened yet.", count_items, words_item, open_item, NULL},
    {"gaps", "Nothing is known that could not be looked at.", count_gaps, words_gap, open_gap,
     NULL},
};
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
