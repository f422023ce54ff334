/* logs_report.c - families of log lines, for people and as JSON. Samples are redacted: logs hold
 * more secrets than their writers know. */
#include "src/app/logs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/policy/redact.h"
#include "runbook/service/host.h"

#define NEW_AFTER 0.5 /* of the time looked at: a family first seen later is new */
#define BURSTS 0.5
#define SPARK_CELLS 20

struct row {
    const struct logmine_family *f;
    const struct host_family *kind; /* NULL: none that is known */
    double burst;
    bool fresh;
    int class; /* 0 errors, 1 warnings, 2 the rest */
    enum log_sort sort;
};

struct rows {
    VEC(struct row) v;
    struct logmine_totals t;
    struct redactor *redactor;
    struct buf clean;
};

static const struct host_family *kind_of(const struct logmine_family *f)
{
    int i = host_family_of(str_from(f->sample));

    /* Routine lines use the same words: "connection reset by peer" at level debug is no trouble. */
    return i >= 0 && (f->level == LOG_LEVEL_NONE || f->level >= LOG_LEVEL_WARNING)
               ? &host_family_table()[i]
               : NULL;
}

static bool is_new(const struct logmine_totals *t, const struct logmine_family *f)
{
    int64_t span = t->step_ms ? t->last_ms - t->first_ms : 0;

    return span > 60000 && f->first_ms != INT64_MIN &&
           (double)(f->first_ms - t->first_ms) > NEW_AFTER * (double)span;
}

static int class_of(const struct row *r)
{
    if (r->f->level >= LOG_LEVEL_ERROR || r->kind)
        return 0;
    return r->f->level == LOG_LEVEL_WARNING ? 1 : 2;
}

/* Larger is more urgent. */
static double urgency(const struct row *r)
{
    switch (r->sort) {
    case LOG_SORT_COUNT:
        return (double)r->f->count;
    case LOG_SORT_BURST:
        return r->burst * 1e9 + (double)r->f->count;
    case LOG_SORT_FIRST:
        return -(double)r->f->first_line;
    case LOG_SORT_SEVERITY:
        break;
    }
    return (2 - r->class) * 1e3 + (r->fresh || r->burst > BURSTS ? 100 : 0) +
           log2((double)r->f->count + 1);
}

static int by_urgency(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    double u = urgency(x), v = urgency(y);

    if (u != v)
        return u < v ? 1 : -1;
    return (x->f->first_line > y->f->first_line) - (x->f->first_line < y->f->first_line);
}

static bool wanted(const struct log_report *r, const struct logmine_family *f,
                   const struct host_family *kind)
{
    if (f->level < r->least && !(kind && r->least <= LOG_LEVEL_ERROR))
        return false;
    return !r->match || str_ifind(str_from(f->text), str_from(r->match)) >= 0 ||
           str_ifind(str_from(f->sample), str_from(r->match)) >= 0;
}

static void make_rows(const struct log_report *r, struct rows *rows)
{
    unsigned char salt[16] = {0};
    struct rng rng;

    memset(rows, 0, sizeof(*rows));
    logmine_totals(r->mine, &rows->t);
    rng_seed_system(&rng);
    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (unsigned char)rng_next(&rng);
    rows->redactor = redactor_new((struct str){(const char *)salt, sizeof(salt)});
    buf_init(&rows->clean, 64 * 1024);
    for (size_t i = 0; i < rows->t.families; i++) {
        const struct logmine_family *f = logmine_family(r->mine, i);
        struct row row = {.f = f, .kind = kind_of(f), .sort = r->sort};

        if (!f->count || !wanted(r, f, row.kind))
            continue;
        row.burst = logmine_burst(r->mine, f);
        row.fresh = is_new(&rows->t, f);
        row.class = class_of(&row);
        *VEC_PUSH(&rows->v) = row;
    }
    if (rows->v.count)
        qsort(rows->v.items, rows->v.count, sizeof(*rows->v.items), by_urgency);
}

static void free_rows(struct rows *rows)
{
    VEC_RELEASE(&rows->v);
    redactor_free(rows->redactor);
    buf_release(&rows->clean);
}

/* Without secrets; borrowed until the next call. */
static struct str redacted(struct rows *rows, const char *text)
{
    buf_clear(&rows->clean);
    redactor_apply(rows->redactor, &rows->clean, str_from(text));
    return buf_str(&rows->clean);
}

/* ---- text ---- */

static size_t buckets_used(const struct logmine_totals *t)
{
    return t->step_ms ? (size_t)((t->last_ms - t->start_ms) / t->step_ms) + 1 : 0;
}

static void add_spark(const struct log_report *r, const struct rows *rows,
                      const struct logmine_family *f, struct buf *out)
{
    static const char *const full[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char ascii[] = " .:-=+*#@";
    size_t used = buckets_used(&rows->t);
    double cells[SPARK_CELLS] = {0}, most = 0;

    /* A bucket is dealt out to the cells that it covers. */
    for (size_t i = 0; i < used * SPARK_CELLS; i++) {
        size_t bucket = i / SPARK_CELLS;

        cells[i / used] += f->buckets[bucket];
    }
    for (size_t i = 0; i < SPARK_CELLS; i++)
        most = fmax(most, cells[i]);
    for (size_t i = 0; i < SPARK_CELLS; i++) {
        size_t level = most > 0 ? (size_t)ceil(cells[i] * 8 / most) : 0;

        if (r->app->ascii)
            buf_addc(out, ascii[level]);
        else
            buf_adds(out, full[level]);
    }
}

static void add_time(const struct rows *rows, int64_t ms, struct buf *out)
{
    char text[TIME_TEXT_MAX] = "";
    bool days = rows->t.last_ms - rows->t.first_ms > INT64_C(86400000);

    if (ms != INT64_MIN)
        time_format_rfc3339(ms, text);
    if (ms != INT64_MIN && days) { /* "11-21 05:26" */
        text[16] = '\0';
        text[10] = ' ';
        buf_addf(out, "%s ", text + 5);
    } else {
        buf_addf(out, "%-*.8s ", days ? 11 : 8, ms == INT64_MIN ? "" : text + 11);
    }
}

static void end_line(struct buf *out)
{
    while (out->len && out->ptr[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
    buf_addc(out, '\n');
}

/* Sanitised and cut to `room` cells (0: whole). */
static void add_cut(const struct log_report *r, struct str text, int room, struct buf *out)
{
    struct buf clean = BUF_INIT(64 * 1024);
    struct str s;
    int cells;

    text_sanitize(&clean, text, false, r->app->ascii);
    s = buf_str(&clean);
    if (room > 0)
        s = text_fit(s, room, &cells);
    buf_add_str(out, s);
    buf_release(&clean);
}

static void add_samples(const struct log_report *r, struct rows *rows, const struct row *row,
                        struct buf *out)
{
    const char *samples[] = {row->f->sample, row->f->later};

    for (size_t i = 0; i < r->samples && i < 2; i++) {
        struct str rest = redacted(rows, samples[i]), line;

        while (str_line(&rest, &line)) {
            buf_adds(out, "      ");
            add_cut(r, line, r->width ? r->width - 6 : 0, out);
            end_line(out);
        }
    }
}

static void add_row(const struct log_report *r, struct rows *rows, const struct row *row,
                    struct buf *out)
{
    size_t from = out->len;
    int used;

    buf_addf(out, "%-8s %9llu ", log_level_name(row->f->level), (unsigned long long)row->f->count);
    if (rows->t.step_ms) {
        add_time(rows, row->f->first_ms, out);
        add_time(rows, row->f->last_ms, out);
        add_spark(r, rows, row->f, out);
        buf_addf(out, " %-5s ", row->fresh ? "new" : row->burst > BURSTS ? "burst" : "");
    }
    used = text_width((struct str){out->ptr + from, out->len - from});
    add_cut(r, redacted(rows, row->f->text), r->width > used + 20 ? r->width - used : 0, out);
    end_line(out);
    if (row->kind)
        buf_addf(out, "      %s: %s\n", row->kind->name, row->kind->hypothesis);
    add_samples(r, rows, row, out);
}

static void add_head(const struct log_report *r, const struct rows *rows, struct buf *out)
{
    const struct logmine_totals *t = &rows->t;
    char size[48], took[TIME_TEXT_MAX], first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

    num_human((double)t->bytes, "bytes", size);
    duration_format(r->wall_ms, took);
    buf_addf(out, "%llu lines, %s in %s, %zu families of lines\n", (unsigned long long)t->lines,
             size, took, t->families);
    if (t->step_ms) {
        time_format_rfc3339(t->first_ms, first);
        time_format_rfc3339(t->last_ms, last);
        buf_addf(out, "from %s to %s", first, last);
        if (t->timed + t->continued + t->outside < t->lines)
            buf_addf(out, " (%llu lines without a time)",
                     (unsigned long long)(t->lines - t->timed - t->continued - t->outside));
        buf_addc(out, '\n');
    } else if (t->lines) {
        buf_adds(out, "no times were recognised: families have no course over time\n");
    }
    if (t->outside)
        buf_addf(out, "%llu lines of other times were left out\n", (unsigned long long)t->outside);
    if (t->beyond)
        buf_addf(out, "%llu lines are of further families, for which there is no room\n",
                 (unsigned long long)t->beyond);
}

void log_report_text(const struct log_report *r, struct buf *out)
{
    struct rows rows;
    size_t shown;

    make_rows(r, &rows);
    shown = rows.v.count < r->top ? rows.v.count : r->top;
    add_head(r, &rows, out);
    if (shown) {
        buf_addc(out, '\n');
        buf_adds(out, "LEVEL        COUNT ");
        if (rows.t.step_ms)
            buf_addf(out, "%-*s %-*s %-*s",
                     rows.t.last_ms - rows.t.first_ms > INT64_C(86400000) ? 11 : 8, "FIRST",
                     rows.t.last_ms - rows.t.first_ms > INT64_C(86400000) ? 11 : 8, "LAST",
                     SPARK_CELLS + 7, "COURSE");
        buf_adds(out, "LINE\n");
    }
    for (size_t i = 0; i < shown; i++)
        add_row(r, &rows, &rows.v.items[i], out);
    if (shown < rows.v.count)
        buf_addf(out, "%zu more families; see --top.\n", rows.v.count - shown);
    else if (!shown && rows.t.families)
        buf_adds(out, "\nNo family of lines is of that kind.\n");
    free_rows(&rows);
}

/* ---- JSON ---- */

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (ms == INT64_MIN) {
        json_key(w, key);
        json_null(w);
        return;
    }
    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

static void put_family(struct rows *rows, const struct row *row, struct json_writer *w)
{
    size_t used = buckets_used(&rows->t);
    const char *samples[] = {row->f->sample, row->f->later};

    json_object_begin(w);
    json_put_str(w, "text", redacted(rows, row->f->text));
    json_put_cstr(w, "level", row->f->level ? log_level_name(row->f->level) : NULL);
    json_put_int(w, "count", (int64_t)row->f->count);
    json_put_int(w, "first_line", (int64_t)row->f->first_line);
    put_time(w, "first", row->f->first_ms);
    put_time(w, "last", row->f->last_ms);
    json_put_num(w, "burst", row->burst);
    json_put_bool(w, "new", row->fresh);
    json_put_cstr(w, "kind", row->kind ? row->kind->name : NULL);
    json_put_cstr(w, "severity", row->kind ? row->kind->severity : NULL);
    json_put_cstr(w, "hypothesis", row->kind ? row->kind->hypothesis : NULL);
    json_key(w, "course");
    json_array_begin(w);
    for (size_t i = 0; i < used; i++)
        json_int(w, row->f->buckets[i]);
    json_array_end(w);
    json_key(w, "samples");
    json_array_begin(w);
    for (size_t i = 0; i < 2; i++)
        if (*samples[i])
            json_string(w, redacted(rows, samples[i]));
    json_array_end(w);
    json_object_end(w);
}

void log_report_json(const struct log_report *r, struct buf *out)
{
    struct json_writer w;
    struct rows rows;

    make_rows(r, &rows);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.logs/1");
    json_key(&w, "files");
    json_array_begin(&w);
    VEC_EACH (f, &r->files) {
        json_object_begin(&w);
        json_put_cstr(&w, "path", f->path);
        json_put_int(&w, "bytes", (int64_t)f->bytes);
        json_put_cstr(&w, "error", f->failed ? f->why : NULL);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_put_int(&w, "lines", (int64_t)rows.t.lines);
    json_put_int(&w, "bytes", (int64_t)rows.t.bytes);
    json_put_int(&w, "lines_outside", (int64_t)rows.t.outside);
    json_put_int(&w, "lines_beyond", (int64_t)rows.t.beyond);
    put_time(&w, "first", rows.t.first_ms);
    put_time(&w, "last", rows.t.last_ms);
    put_time(&w, "course_start", rows.t.step_ms ? rows.t.start_ms : INT64_MIN);
    json_put_int(&w, "course_step_ms", rows.t.step_ms);
    json_put_int(&w, "family_count", (int64_t)rows.v.count);
    json_key(&w, "families");
    json_array_begin(&w);
    for (size_t i = 0; i < rows.v.count && i < r->top; i++)
        put_family(&rows, &rows.v.items[i], &w);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
    free_rows(&rows);
}
