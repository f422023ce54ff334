/* metrics_ranges.c - which metrics are looked at, how often they are sampled, and the range queries
 * that ask for their history and window. So many bytes of answers are under way at a time, as each
 * is held as text and as samples until it is judged. */
#include "metrics_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/service/promql.h"

#define SELDOM_MS INT64_C(60000)      /* between samples */
#define SEEN_MS (60 * INT64_C(60000)) /* of the history, to learn how often it is sampled */
#define POINT_BYTES 28                /* of an answer's text */
#define UNKNOWN_SERIES 50
#define QUANTILE 0.99                    /* of a histogram, beside its mean */
#define BUCKETS_BUDGET 30000             /* series that the server reads for quantiles */
#define ANSWERS_BYTES ((size_t)12 << 20) /* asked for and not judged yet */

static void ask_ranges(struct metrics *mm);

/* What is looked at, and how often it is sampled. */

static void choose(struct metrics *mm, enum rca_kind kind, size_t max, size_t *count,
                   size_t *series)
{
    size_t taken = 0;

    VEC_EACH (n, &mm->names) {
        if (n->chosen || n->buckets || n->m.kind != kind || taken == max || *count == METRICS_MAX)
            continue;
        if (*series + n->series > SERIES_BUDGET)
            continue;
        n->chosen = true;
        *series += n->series;
        (*count)++;
        taken++;
    }
}

/* Has the histogram of these buckets a mean that is looked at? */
static bool has_mean(struct metrics *mm, const struct metric_name *buckets)
{
    size_t len = strlen(buckets->name) - strlen("_bucket");

    VEC_EACH (n, &mm->names) {
        if (n->mean && n->chosen && strlen(n->name) == len &&
            strncmp(n->name, buckets->name, len) == 0)
            return true;
    }
    return false;
}

/* The tail of a histogram, when nothing else tells of it (or the alert is about it): the server
 * reads all buckets for that, and beside a mean it was not seen to change any answer. */
static void choose_buckets(struct metrics *mm, size_t *count, size_t *series)
{
    size_t read = 0;

    VEC_EACH (n, &mm->names) {
        if (n->chosen || !n->buckets || has_mean(mm, n) || *count == METRICS_MAX ||
            *series + n->series > SERIES_BUDGET || read + n->read > BUCKETS_BUDGET)
            continue;
        n->chosen = true;
        read += n->read;
        *series += n->series;
        (*count)++;
    }
}

static void choose_metrics(struct metrics *mm)
{
    static const enum rca_kind order[] = {RCA_LATENCY, RCA_ERRORS, RCA_AVAILABILITY, RCA_SATURATION,
                                          RCA_TRAFFIC};
    struct metric_name *alerted =
        *mm->alert_metric ? metrics_find_name(mm, mm->alert_metric) : NULL;
    size_t count = 0, series = 0, left = 0;
    struct err err;

    if (alerted) {
        alerted->chosen = true;
        series = alerted->series;
        count = 1;
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        choose(mm, order[i], METRICS_MAX, &count, &series);
    choose(mm, RCA_OTHER, METRICS_OTHER_MAX, &count, &series);
    choose_buckets(mm, &count, &series);
    mm->series_chosen = series;
    VEC_EACH (n, &mm->names)
        left += !n->chosen && !n->buckets && n->m.kind != RCA_OTHER;
    if (left) {
        err_set(&err, ERR_LIMIT,
                "%d metrics and %d series are looked at; give a topology or a service to narrow it",
                METRICS_MAX, SERIES_BUDGET);
        inv_gap(mm->inv, "", arena_printf(mm->arena, "%zu further metrics", left), &err);
    }
}

static int64_t history_seen(const struct metrics *mm)
{
    int64_t all = mm->w.base_end - mm->w.base_start;

    return all < SEEN_MS ? all : SEEN_MS;
}

/* The series of one metric that belong to the topology. */
static const char *selector(struct metrics *mm, const struct metric_name *n, const char *suffix)
{
    const char *name = arena_printf(mm->arena, "%s%s", n->name, suffix);

    return n->label ? metrics_nodes_selector(mm, n->label, name) : name;
}

static void on_interval(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *r)
{
    struct metrics *mm = ctx;
    int64_t seen =
        mm->w.base_end - mm->w.base_start < SEEN_MS ? mm->w.base_end - mm->w.base_start : SEEN_MS;
    struct prom_answer a;
    struct err err = ERR_INIT;
    double most = 0;

    (void)inv;
    (void)query;
    if (metrics_answered(mm, "", "scrape interval", r) &&
        !prom_decode(buf_str(&r->body), NULL, mm->arena, &a, &err)) {
        for (size_t i = 0; i < a.series_count; i++)
            most = a.series[i].points[0].value > most ? a.series[i].points[0].value : most;
    }
    if (most > 1) {
        int64_t step = (int64_t)((double)seen / most + 0.5);

        if (mm->w.step == 0 || step < mm->w.step)
            mm->w.step = step;
    }
    metrics_step_done(mm);
}

/* One metric a kind is asked: metrics of one kind are scraped together more often than not. */
void metrics_ask_interval(struct metrics *mm)
{
    const char *range = metrics_duration_text(mm, history_seen(mm));
    bool asked[RCA_KINDS] = {false};

    mm->next = ask_ranges;
    choose_metrics(mm);
    VEC_EACH (n, &mm->names) {
        const char *args[] = {"query", NULL, "time", metrics_time_text(mm, mm->w.base_end), NULL};

        if (!n->chosen || n->buckets || asked[n->m.kind])
            continue;
        asked[n->m.kind] = true;
        args[1] = arena_printf(mm->arena, "max(count_over_time(%s[%s]))",
                               selector(mm, n, n->mean ? "_count" : ""), range);
        metrics_ask(mm, "prometheus_query", metrics_triage(mm), "how often the series are sampled",
                    args, on_interval, mm);
    }
}

/* History and window of every chosen metric. */

static void on_range(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct metric_name *n = ctx;
    struct metrics *mm = n->mm;

    (void)inv;
    if (!metrics_answered(mm, mm->roots[metrics_root_of(n->m.kind)], n->name, r))
        mm->metrics_failed++;
    if (r->status == TOOL_OK)
        metrics_take_answer(mm, n, query, buf_str(&r->body));
    else
        metrics_range_over(mm, n);
    metrics_step_done(mm);
}

static const char *outcome_labels(struct metrics *mm)
{
    struct buf b = BUF_INIT(1024);
    const char *ret;

    for (const char *const *l = rca_outcome_labels; *l; l++)
        buf_addf(&b, "%s%s", b.len ? ", " : "", *l);
    ret = arena_str(mm->arena, buf_str(&b));
    buf_release(&b);
    return ret;
}

/* A plain selector repeats the last sample for five minutes, which hides the gaps of series that
 * are sampled seldom; there the newest sample of each step is asked for, which costs the server
 * several times more. */
static const char *range_query(struct metrics *mm, const struct metric_name *n)
{
    const char *range = metrics_duration_text(mm, mm->w.step * 4);
    const char *ends = n->mean || n->buckets ? outcome_labels(mm) : "";

    if (n->buckets)
        return arena_printf(mm->arena, "histogram_quantile(%.2f, sum without (%s) (rate(%s[%s])))",
                            QUANTILE, ends, selector(mm, n, ""), range);
    if (n->mean) {
        return arena_printf(
            mm->arena, "sum without (%s) (rate(%s[%s])) / sum without (%s) (rate(%s[%s]))", ends,
            selector(mm, n, "_sum"), range, ends, selector(mm, n, "_count"), range);
    }
    if (mm->w.step < SELDOM_MS)
        return selector(mm, n, "");
    return arena_printf(mm->arena, "last_over_time(%s[%s])", selector(mm, n, ""),
                        metrics_duration_text(mm, mm->w.step - 1));
}

static size_t points_a_series(const struct metrics *mm)
{
    size_t points = POINTS_BUDGET / (mm->series_chosen + 1);

    return points > RCA_POINTS_MAX ? RCA_POINTS_MAX : points < POINTS_MIN ? POINTS_MIN : points;
}

static size_t expected_bytes(const struct metrics *mm, const struct metric_name *n)
{
    size_t points = (size_t)((mm->w.until - mm->w.base_start) / mm->w.step);

    return (n->series ? n->series : UNKNOWN_SERIES) * points * POINT_BYTES;
}

/* Steps fall where samples do: the newest sample of a regular recording is at the window's end. */
static void ask_range(struct metrics *mm, struct metric_name *n)
{
    int64_t points = (mm->w.until - mm->w.base_start) / mm->w.step;
    const char *args[] = {"query", range_query(mm, n),
                          "start", metrics_time_text(mm, mm->w.until - points * mm->w.step),
                          "end",   metrics_time_text(mm, mm->w.until),
                          "step",  metrics_duration_text(mm, mm->w.step),
                          NULL};

    n->query = metrics_ask(
        mm, "prometheus_range", mm->roots[metrics_root_of(n->m.kind)],
        arena_printf(mm->arena, "%s by service, before and around the incident", n->name), args,
        on_range, n);
    n->bytes = n->query ? expected_bytes(mm, n) : 0;
    mm->bytes_asked += n->bytes;
}

void metrics_ask_more(struct metrics *mm)
{
    for (; mm->range_next < mm->names.count && !mm->done; mm->range_next++) {
        struct metric_name *n = &mm->names.items[mm->range_next];

        if (!n->chosen)
            continue;
        if (mm->bytes_asked && mm->bytes_asked + expected_bytes(mm, n) > ANSWERS_BYTES)
            return;
        ask_range(mm, n);
    }
}

void metrics_range_over(struct metrics *mm, struct metric_name *n)
{
    mm->bytes_asked -= n->bytes;
    n->bytes = 0;
    metrics_ask_more(mm);
}

static void ask_ranges(struct metrics *mm)
{
    mm->next = metrics_finish;
    rca_window_fit(&mm->w, mm->alert_ms, points_a_series(mm));
    metrics_propose_roots(mm);
    metrics_ask_more(mm);
}
