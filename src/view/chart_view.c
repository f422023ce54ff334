/* chart_view.c - which part of time a chart shows: its extent, zoom, pan and cursor. */
#include "src/view/chart_priv.h"

bool chart_time_good(int64_t ms)
{
    return ms >= -CHART_TIME_MAX && ms <= CHART_TIME_MAX;
}

/* Times grow, so the ends say it: the first and the last that are good. */
static void add_extent(const struct chart_series *s, struct chart_span *all)
{
    size_t from = 0, to = s->count;

    while (from < s->count && !chart_time_good(s->times_ms[from]))
        from++;
    while (to > from && !chart_time_good(s->times_ms[to - 1]))
        to--;
    if (from >= to)
        return;
    all->from_ms = s->times_ms[from] < all->from_ms ? s->times_ms[from] : all->from_ms;
    all->to_ms = s->times_ms[to - 1] > all->to_ms ? s->times_ms[to - 1] : all->to_ms;
}

struct chart_span chart_extent(const struct chart *ch)
{
    struct chart_span all = {INT64_MAX, INT64_MIN, ""};

    for (size_t i = 0; i < ch->series_count; i++)
        add_extent(&ch->series[i], &all);
    if (all.from_ms > all.to_ms)
        all.from_ms = all.to_ms = 0;
    return all;
}

/* ---- keys ---- */

static struct chart_span seen(const struct chart_view *v, struct chart_span all)
{
    if (v->to_ms > v->from_ms)
        return (struct chart_span){v->from_ms, v->to_ms, ""};
    return all;
}

static void show(struct chart_view *v, struct chart_span all, int64_t from, int64_t span)
{
    if (span >= all.to_ms - all.from_ms) {
        v->from_ms = v->to_ms = 0;
        return;
    }
    if (from + span > all.to_ms)
        from = all.to_ms - span;
    if (from < all.from_ms)
        from = all.from_ms;
    v->from_ms = from;
    v->to_ms = from + span;
}

/* Around the cursor, else around the middle. Not closer than 10 ms. */
void chart_zoom(struct chart_view *v, struct chart_span all, double factor)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms, next = (int64_t)((double)span * factor);
    bool in = v->cursor && v->cursor_ms >= now.from_ms && v->cursor_ms <= now.to_ms;
    int64_t at = in ? v->cursor_ms : now.from_ms + span / 2;
    double part = span > 0 ? (double)(at - now.from_ms) / (double)span : 0.5;

    if (next < 10)
        next = 10;
    show(v, all, at - (int64_t)(part * (double)next), next);
}

void chart_pan(struct chart_view *v, struct chart_span all, double screens)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms;

    show(v, all, now.from_ms + (int64_t)((double)span * screens), span);
}

void chart_move_cursor(struct chart_view *v, struct chart_span all, int columns)
{
    struct chart_span now = seen(v, all);
    int64_t span = now.to_ms - now.from_ms, cols = v->columns > 1 ? v->columns - 1 : 1;
    int64_t by = (int64_t)((double)span * columns / (double)cols);

    if (by == 0 && columns)
        by = columns > 0 ? 1 : -1;
    if (!v->cursor || v->cursor_ms < all.from_ms || v->cursor_ms > all.to_ms) {
        v->cursor = true;
        v->cursor_ms = columns < 0 ? now.to_ms : now.from_ms + span / 2;
        return;
    }
    v->cursor_ms += by;
    v->cursor_ms = v->cursor_ms < all.from_ms ? all.from_ms
                   : v->cursor_ms > all.to_ms ? all.to_ms
                                              : v->cursor_ms;
    if (v->cursor_ms < now.from_ms)
        show(v, all, v->cursor_ms, span);
    else if (v->cursor_ms > now.to_ms)
        show(v, all, v->cursor_ms - span, span);
}

void chart_reset(struct chart_view *v)
{
    *v = (struct chart_view){.columns = v->columns};
}
