/* plain_metrics.c - the metrics of a resource of AWS in plain mode: asked when it is opened,
 * printed when they have come, a line each: the curve where the locale has the signs for it, the
 * least, the most, the last, and the limit that it is judged by. Lines of a script wait for them.
 */
#include "src/ui/plain_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/view/canvas.h"
#include "runbook/view/resource_detail.h"

#define CURVE_CELLS 40

struct extremes {
    double min, max, last;
};

/* False: there is no value. */
static bool extremes_of(const struct detail_metric *m, struct extremes *ret)
{
    bool any = false;

    for (size_t i = 0; i < m->count; i++) {
        double v = m->values[i];

        if (isnan(v))
            continue;
        ret->min = any ? fmin(ret->min, v) : v;
        ret->max = any ? fmax(ret->max, v) : v;
        ret->last = v;
        any = true;
    }
    return any;
}

static void put_number(struct buf *out, const char *name, double v, const char *unit)
{
    char text[48];

    num_human(v, unit, text);
    buf_addf(out, "%s%s %s", out->len ? ", " : "", name, text);
}

static void say_metric(struct plain *p, const struct detail_metric *m)
{
    size_t cells = m->count < CURVE_CELLS ? m->count : CURVE_CELLS;
    struct buf line = BUF_INIT(4096), numbers = BUF_INIT(1024);
    struct extremes x;
    char *text;

    if (!extremes_of(m, &x)) {
        text = xasprintf("no curve: %s", *m->problem ? m->problem : "no values in this time");
        text_add_label(&p->opts.text, &p->held, m->name, TONE_DIM, text);
        free(text);
        return;
    }
    if (!p->opts.text.ascii)
        canvas_spark_text(GLYPHS_FULL, m->values + m->count - cells, cells, &line);
    put_number(&numbers, "min", x.min, m->unit);
    put_number(&numbers, "max", x.max, m->unit);
    put_number(&numbers, "last", x.last, m->unit);
    if (m->limit)
        buf_addf(&numbers, "; %s %s", m->health > HEALTH_OK ? "PAST ITS LIMIT," : "limit",
                 m->limit);
    buf_addf(&line, "%s%s", line.len ? "  " : "", buf_cstr(&numbers));
    text_add_label(&p->opts.text, &p->held, m->name, m->health > HEALTH_OK ? TONE_BOLD : TONE_PLAIN,
                   buf_cstr(&line));
    buf_release(&line);
    buf_release(&numbers);
}

static void on_detail(void *to, const char *key, struct arena *arena,
                      const struct resource_detail *d)
{
    struct plain *p = to;

    if (p->measured_arena != arena)
        arena_free(p->measured_arena);
    p->measured_arena = arena;
    if (strcmp(p->measured, key) != 0 || d->step == DETAIL_READING ||
        d->metrics_step == DETAIL_METRICS_ASKING)
        return;
    p->measured[0] = '\0';
    if (*d->metrics_note)
        text_add_label(&p->opts.text, &p->held, "metrics", TONE_DIM, d->metrics_note);
    for (size_t i = 0; i < d->metric_count; i++)
        say_metric(p, &d->metrics[i]);
    plain_let_go(p);
    plain_after(p);
}

void plain_measure(struct plain *p, const char *key)
{
    const struct tui_services *s = p->opts.services;

    if (strncmp(key, "aws:", 4) != 0 || !s || !s->resource)
        return;
    plain_write(p); /* it may be answered at once */
    (void)snprintf(p->measured, sizeof(p->measured), "%s", key);
    s->resource(s->ctx, key, false, on_detail, p);
}
