/* eval_report.c - what an evaluation found, for people and as JSON. What cases say is text from
 * outside: it is cleaned before it is printed. */
#include "src/app/eval.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

static const char *const parts[] = {"cause", "services", "confidence", "phrases"};

static void clean(const struct eval *ev, const char *text, struct buf *out)
{
    text_sanitize(out, str_from(text), false, ev->app->ascii);
}

/* "rank 2", "not named", "quiet", "FALSE ALARM": how the answer compares with the truth. */
static void put_outcome(const struct eval_case *c, struct buf *out)
{
    if (c->source == EVAL_FIXTURE)
        buf_addf(out, "%s %.2f", c->passed ? "pass" : "FAIL", c->score);
    else if (c->truth.kind == EVAL_UNKNOWN)
        buf_adds(out, "no truth");
    else if (c->truth.kind == EVAL_HEALTHY)
        buf_adds(out, c->quiet ? "left alone" : "FALSE ALARM");
    else if (c->rank)
        buf_addf(out, "rank %d", c->rank);
    else
        buf_adds(out, c->answer.candidate_count ? "not named" : "silent");
}

static void put_parts(const struct eval_case *c, struct buf *out)
{
    for (int i = 0; i < 4; i++) {
        if (!isnan(c->parts[i]))
            buf_addf(out, "  %s %.2f", parts[i], c->parts[i]);
    }
}

void eval_print_case(const struct eval *ev, const struct eval_case *c, struct buf *out)
{
    struct buf outcome = BUF_INIT(128), id = BUF_INIT(4096);
    char took[TIME_TEXT_MAX], peak[48];

    clean(ev, c->id, &id);
    if (c->state != EVAL_ANSWERED) {
        buf_addf(out, "%-16s FAILED: ", buf_cstr(&id));
        clean(ev, c->error ? c->error : "it did not run", out);
        buf_addc(out, '\n');
        buf_release(&id);
        return;
    }
    put_outcome(c, &outcome);
    buf_addf(out, "%-16s %-12s", buf_cstr(&id), buf_cstr(&outcome));
    if (!c->mocked) {
        duration_format(c->took_ms, took);
        num_human((double)c->peak_bytes, "bytes", peak);
        buf_addf(out, " %-12s", c->answer.verdict);
        if (isnan(c->answer.confidence))
            buf_adds(out, "     ");
        else
            buf_addf(out, " %.2f", c->answer.confidence);
        buf_addf(out, " %8s %9s  ", took, peak);
    }
    if (c->truth.kind == EVAL_FAULT) {
        buf_adds(out, "cause ");
        clean(ev, c->truth.service, out);
    }
    if (c->source != EVAL_FIXTURE && c->truth.kind != EVAL_UNKNOWN && c->answer.candidate_count &&
        c->rank != 1) {
        buf_adds(out, c->truth.kind == EVAL_FAULT ? ", said " : "said ");
        clean(ev, c->answer.candidates[0].service, out);
    }
    if (*c->expects && c->source != EVAL_FIXTURE)
        buf_addf(out, "  %s %.2f:", c->passed ? "pass" : "FAIL", c->score);
    if (*c->expects)
        put_parts(c, out);
    while (out->len && out->ptr[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
    buf_addc(out, '\n');
    buf_release(&outcome);
    buf_release(&id);
}

static void put_share(struct buf *out, double share)
{
    if (isnan(share))
        buf_adds(out, "      -");
    else
        buf_addf(out, " %6.3f", share);
}

static void put_ranks(const struct eval *ev, struct buf *out)
{
    bool any = false;

    VEC_EACH (t, &ev->totals)
        any = any || t->faults;
    if (!any)
        return;
    buf_addf(out, "\n%-34s %4s %6s %6s %6s %6s %8s\n", "root cause", "n", "top1", "top3", "top5",
             "avg5", "metric1");
    VEC_EACH (t, &ev->totals) {
        struct buf name = BUF_INIT(4096);

        if (!t->faults)
            continue;
        clean(ev, t->name, &name);
        buf_addf(out, "%-34s %4zu", buf_cstr(&name), t->faults);
        for (int f = EVAL_TOP1; f <= EVAL_AVG5; f++)
            put_share(out, eval_figure_of(t, (enum eval_figure)f));
        buf_addc(out, ' ');
        put_share(out, eval_figure_of(t, EVAL_METRIC1));
        buf_addc(out, '\n');
        buf_release(&name);
    }
}

static void put_healthy(const struct eval *ev, struct buf *out)
{
    const struct eval_total *all = &ev->totals.items[ev->totals.count - 1];

    if (all->healthy) {
        buf_addf(out, "\n%-34s %4s %6s\n", "healthy windows left alone", "n", "share");
        VEC_EACH (t, &ev->totals) {
            struct buf name = BUF_INIT(4096);

            if (!t->healthy)
                continue;
            clean(ev, t->name, &name);
            buf_addf(out, "%-34s %4zu %6.3f\n", buf_cstr(&name), t->healthy,
                     eval_figure_of(t, EVAL_HEALTHY_SHARE));
            buf_release(&name);
        }
    }
    if (all->named)
        buf_addf(out, "\nroot cause named with confidence: %zu, of them right: %zu\n", all->named,
                 all->named_right);
}

/* Does the number mean what it says? How often the first was right, by what was claimed. */
static void put_reliability(const struct eval *ev, struct buf *out)
{
    size_t said[10] = {0}, right[10] = {0}, all = 0;

    VEC_EACH (c, &ev->cases) {
        int bin = (int)(c->answer.confidence * 10);

        if (c->state != EVAL_ANSWERED || c->mocked || c->truth.kind == EVAL_UNKNOWN ||
            !(c->answer.confidence >= 0))
            continue;
        bin = bin > 9 ? 9 : bin;
        said[bin]++;
        right[bin] += c->rank == 1;
        all++;
    }
    if (!all)
        return;
    buf_addf(out, "\n%-34s %4s %6s\n", "confidence said", "n", "right");
    for (int i = 9; i >= 0; i--) {
        if (said[i])
            buf_addf(out, ".%d to %-28s %4zu %6.3f\n", i,
                     i == 9 ? "1" : (char[]){'.', (char)('1' + i), 0}, said[i],
                     (double)right[i] / (double)said[i]);
    }
}

static void put_cost(const struct eval *ev, struct buf *out)
{
    int64_t sum = 0, most = 0, peak = 0;
    char mean[TIME_TEXT_MAX], longest[TIME_TEXT_MAX], wall[TIME_TEXT_MAX], bytes[48];
    size_t n = 0;

    VEC_EACH (c, &ev->cases) {
        if (c->mocked || c->state != EVAL_ANSWERED)
            continue;
        n++;
        sum += c->took_ms;
        most = c->took_ms > most ? c->took_ms : most;
        peak = c->peak_bytes > peak ? c->peak_bytes : peak;
    }
    if (!n)
        return;
    duration_format(sum / (int64_t)n, mean);
    duration_format(most, longest);
    duration_format(ev->wall_ms, wall);
    num_human((double)peak, "bytes", bytes);
    buf_addf(out, "\n%zu investigated: %s each, at most %s and %s; all of it %s\n", n, mean,
             longest, bytes, wall);
}

static size_t failed(const struct eval *ev)
{
    size_t n = 0;

    VEC_EACH (c, &ev->cases)
        n += c->state != EVAL_ANSWERED;
    return n;
}

void eval_print_totals(const struct eval *ev, struct buf *out)
{
    const struct eval_total *all = &ev->totals.items[ev->totals.count - 1];

    put_ranks(ev, out);
    put_healthy(ev, out);
    if (all->fixtures)
        buf_addf(out, "\nfixture cases passed: %zu of %zu\n", all->passed, all->fixtures);
    put_reliability(ev, out);
    put_cost(ev, out);
    if (failed(ev))
        buf_addf(out, "\nunanswered, counted as wrong: %zu\n", failed(ev));
    if (ev->bars.count)
        buf_addc(out, '\n');
    VEC_EACH (b, &ev->bars) {
        buf_adds(out, b->met ? "bar met     " : "BAR MISSED  ");
        clean(ev, b->group, out);
        buf_addf(out, "%s%s >= %g: ", *b->group ? " " : "", eval_figure_name(b->figure), b->want);
        if (isnan(b->got))
            buf_adds(out, "there is nothing to measure it on\n");
        else
            buf_addf(out, "%.3f\n", b->got);
    }
}

/* ---- JSON ---- */

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_put_cstr(w, key, text && *text ? text : NULL);
}

static void put_candidates(struct json_writer *w, const struct eval_answer *a)
{
    json_array_begin(w);
    for (size_t i = 0; i < a->candidate_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "service", a->candidates[i].service);
        json_put_cstr(w, "metric", a->candidates[i].metric);
        json_object_end(w);
    }
    json_array_end(w);
}

static const char *kind_name(enum eval_kind k)
{
    switch (k) {
    case EVAL_FAULT:
        return "fault";
    case EVAL_HEALTHY:
        return "healthy";
    case EVAL_UNKNOWN:
        break;
    }
    return NULL;
}

static void put_case(struct json_writer *w, const struct eval_case *c)
{
    bool answered = c->state == EVAL_ANSWERED;

    json_object_begin(w);
    json_put_cstr(w, "id", c->id);
    put_text(w, "system", c->truth.system);
    put_text(w, "group", c->truth.group);
    json_put_cstr(w, "kind", kind_name(c->truth.kind));
    json_put_cstr(w, "cause", c->truth.service);
    json_put_bool(w, "answered", answered);
    put_text(w, "error", answered ? NULL : c->error);
    put_text(w, "verdict", c->answer.verdict);
    json_put_num(w, "confidence", answered ? c->answer.confidence : NAN);
    json_key(w, "rank");
    if (c->rank)
        json_int(w, c->rank);
    else
        json_null(w);
    json_put_bool(w, "metric_right_at_first", c->metric_hit[0]);
    json_key(w, "candidates");
    put_candidates(w, &c->answer);
    json_put_int(w, "took_ms", c->took_ms);
    json_put_int(w, "load_ms", c->loaded_ms);
    json_put_int(w, "peak_bytes", c->peak_bytes);
    json_put_num(w, "score", *c->expects ? c->score : NAN);
    json_key(w, "parts");
    json_object_begin(w);
    for (int i = 0; i < 4 && *c->expects; i++)
        json_put_num(w, parts[i], c->parts[i]);
    json_object_end(w);
    json_key(w, "passed");
    if (*c->expects)
        json_bool(w, c->passed);
    else
        json_null(w);
    json_object_end(w);
}

static void put_total(struct json_writer *w, const struct eval_total *t)
{
    json_object_begin(w);
    json_put_cstr(w, "name", t->name);
    json_put_int(w, "faults", (int64_t)t->faults);
    json_put_int(w, "healthy_windows", (int64_t)t->healthy);
    json_put_int(w, "fixture_cases", (int64_t)t->fixtures);
    json_put_int(w, "named", (int64_t)t->named);
    json_put_int(w, "named_right", (int64_t)t->named_right);
    for (int f = 0; f < EVAL_FIGURES; f++)
        json_put_num(w, eval_figure_name((enum eval_figure)f),
                     eval_figure_of(t, (enum eval_figure)f));
    json_object_end(w);
}

void eval_print_json(const struct eval *ev, bool met, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.eval/1");
    json_put_cstr(&w, "folder", ev->dir);
    json_key(&w, "cases");
    json_array_begin(&w);
    VEC_EACH (c, &ev->cases)
        put_case(&w, c);
    json_array_end(&w);
    json_key(&w, "totals");
    json_array_begin(&w);
    VEC_EACH (t, &ev->totals)
        put_total(&w, t);
    json_array_end(&w);
    json_key(&w, "bars");
    json_array_begin(&w);
    VEC_EACH (b, &ev->bars) {
        json_object_begin(&w);
        put_text(&w, "group", b->group);
        json_put_cstr(&w, "figure", eval_figure_name(b->figure));
        json_put_num(&w, "want", b->want);
        json_put_num(&w, "got", b->got);
        json_put_bool(&w, "met", b->met);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_put_int(&w, "unanswered", (int64_t)failed(ev));
    json_put_int(&w, "wall_ms", ev->wall_ms);
    json_put_bool(&w, "met", met);
    json_object_end(&w);
    buf_addc(out, '\n');
}

void eval_print_predictions(const struct eval *ev, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    VEC_EACH (c, &ev->cases) {
        if (c->state != EVAL_ANSWERED || c->source == EVAL_FIXTURE)
            continue;
        json_key(&w, c->id);
        put_candidates(&w, &c->answer);
    }
    json_object_end(&w);
    buf_addc(out, '\n');
}
