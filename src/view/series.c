/* series.c - see series.h: the limits, and who reads what. */
#include "src/view/series_priv.h"

#include <math.h>

#include "runbook/base/text.h"

#define NAME_MAX_BYTES 200

void series_init(struct series_set *s)
{
    *s = (struct series_set){.unit = "", .title = ""};
}

void series_release(struct series_set *s)
{
    arena_free(s->arena);
    VEC_RELEASE(&s->series);
    VEC_RELEASE(&s->bars);
    VEC_RELEASE(&s->values);
    series_init(s);
}

size_t series_points(const struct series_set *s)
{
    size_t n = 0;

    VEC_EACH (one, &s->series)
        n += one->count;
    return n;
}

/* Names come from outside: one short line of them. */
static const char *name_copy(struct series_set *s, const char *name)
{
    size_t len = strlen(name);

    if (len > NAME_MAX_BYTES)
        len = NAME_MAX_BYTES;
    while (len && name[len] && (name[len] & 0xC0) == 0x80)
        len--;
    return arena_strndup(s->arena, name, len);
}

bool series_add(struct series_set *s, const char *name, size_t count, struct series_pen *ret)
{
    size_t room = count ? count : 1;

    if (s->series.count >= SERIES_MAX || count > SERIES_POINTS_MAX ||
        series_points(s) + count > SERIES_POINTS_MAX) {
        s->left_out++;
        return false;
    }
    *ret = (struct series_pen){s, s->series.count, arena_array(s->arena, room, sizeof(int64_t)),
                               arena_array(s->arena, room, sizeof(double))};
    *VEC_PUSH(&s->series) =
        (struct chart_series){name_copy(s, name), ret->times_ms, ret->values, 0};
    return true;
}

bool series_point(struct series_pen *p, int64_t ms, double v)
{
    struct chart_series *s = &p->set->series.items[p->index];

    if (ms < -CHART_TIME_MAX || ms > CHART_TIME_MAX)
        return false;
    if (s->count && ms < p->times_ms[s->count - 1])
        return false;
    p->times_ms[s->count] = ms;
    p->values[s->count++] = v;
    return true;
}

void series_drop(struct series_set *s)
{
    s->series.count--;
    s->left_out++;
}

void series_bar(struct series_set *s, const char *label, double v)
{
    if (s->bars.count >= SERIES_BARS_MAX) {
        s->left_out++;
        return;
    }
    *VEC_PUSH(&s->bars) = (struct chart_bar){name_copy(s, label), v, STYLE_BAR};
}

static bool has_value(const struct series_set *s)
{
    VEC_EACH (one, &s->series)
        for (size_t i = 0; i < one->count; i++)
            if (isfinite(one->values[i]))
                return true;
    VEC_EACH (bar, &s->bars)
        if (isfinite(bar->value))
            return true;
    return s->values.count > 0;
}

bool series_read(struct series_set *s, struct str raw, const struct series_hint *hint)
{
    struct str text = str_trim(raw);
    struct arena *doc_arena;
    const struct value *doc;
    struct err err = ERR_INIT;

    series_release(s);
    if (!text.len || text.len > SERIES_RAW_MAX)
        return false;
    s->arena = arena_new(0);
    if (text.ptr[0] != '{' && text.ptr[0] != '[') {
        if (text_valid(text, NULL))
            series_read_table(s, text, hint);
        return has_value(s);
    }
    doc_arena = arena_new(0);
    if (!json_parse(doc_arena, text, &doc, &err) && !series_read_prom(s, doc, hint) &&
        !series_read_traces(s, doc))
        series_read_host(s, doc, hint);
    arena_free(doc_arena);
    return has_value(s);
}
