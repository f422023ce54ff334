/* series_table.c - a table of text: a header, then rows whose first column is a time or a name and
 * whose other columns are numbers. Separated by tabs, semicolons or commas; no quotes. */
#include "src/view/series_priv.h"

#include <math.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define COLUMNS_MAX 32

struct table {
    char sep;
    struct str header[COLUMNS_MAX];
    size_t columns, rows;
    bool timed;
};

static size_t split_row(struct str line, char sep, struct str out[COLUMNS_MAX])
{
    size_t n = 0;

    while (n < COLUMNS_MAX && str_split(&line, sep, &out[n])) {
        out[n] = str_trim(out[n]);
        n++;
    }
    return n;
}

static char find_separator(struct str line)
{
    static const char seps[] = "\t;,";

    for (const char *s = seps; *s; s++)
        if (line.len && memchr(line.ptr, *s, line.len))
            return *s;
    return '\0';
}

/* Every row must have the header's columns and a number in its second one: prose is no table. */
static bool look(struct table *t, struct str raw)
{
    struct str line, fields[COLUMNS_MAX];
    size_t times = 0;
    int64_t ms;
    double v;

    *t = (struct table){.rows = 0};
    if (!str_line(&raw, &line))
        return false;
    t->sep = find_separator(line);
    t->columns = t->sep ? split_row(line, t->sep, t->header) : 0;
    if (t->columns < 2 || num_f64(t->header[1], &v))
        return false;
    while (str_line(&raw, &line)) {
        if (!str_trim(line).len)
            continue;
        if (split_row(line, t->sep, fields) != t->columns ||
            (fields[1].len && !num_f64(fields[1], &v)))
            return false;
        times += time_parse(fields[0], &ms);
        t->rows++;
    }
    t->timed = t->rows > 0 && times == t->rows;
    return t->rows > 0;
}

static void read_rows(struct series_set *s, const struct table *t, struct str raw,
                      struct series_pen *pens)
{
    struct str line, fields[COLUMNS_MAX];
    int64_t ms;
    double v;

    str_line(&raw, &line);
    while (str_line(&raw, &line)) {
        if (split_row(line, t->sep, fields) != t->columns)
            continue;
        if (!t->timed) {
            series_bar(s, arena_str(s->arena, fields[0]), num_f64(fields[1], &v) ? v : (double)NAN);
            continue;
        }
        if (!time_parse(fields[0], &ms))
            continue;
        for (size_t i = 1; i < t->columns; i++)
            if (!series_point(&pens[i], ms, num_f64(fields[i], &v) ? v : (double)NAN)) {
                s->series.count = 0;
                s->left_out = t->columns - 1;
                return;
            }
    }
}

bool series_read_table(struct series_set *s, struct str raw, const struct series_hint *hint)
{
    struct series_pen pens[COLUMNS_MAX];
    struct table t;

    if (!look(&t, raw))
        return false;
    for (size_t i = 1; t.timed && i < t.columns; i++)
        if (!series_add(s, arena_str(s->arena, t.header[i]), t.rows, &pens[i])) {
            s->series.count = 0;
            return false;
        }
    read_rows(s, &t, raw, pens);
    s->unit = hint->unit && *hint->unit ? arena_strdup(s->arena, hint->unit) : "";
    return true;
}
