/* eval_rcaeval.c - cases in the folder layout of RCAEval: SERVICE_FAULT/NUMBER/data.csv, a column
 * "time" (Unix seconds) and one a service and metric ("carts_cpu"), with inject_time.txt beside it.
 * The columns become series METRIC{service="SERVICE"}; the folder's name says what was done to
 * whom. The investigation is told when it began and nothing else: the sets name no entry service.
 * Source: Pham et al., RCAEval, doi:10.5281/zenodo.13305663 (layout of RE1). */
#include "src/app/eval.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define TABLE_MAX_BYTES ((size_t)128 << 20)
#define COLUMNS_MAX 20000

bool eval_rcaeval_is(const char *folder)
{
    char *data = path_join(folder, "data.csv"), *inject = path_join(folder, "inject_time.txt");
    bool is = file_exists(data) && file_exists(inject);

    free(data);
    free(inject);
    return is;
}

static const char *path_in(struct eval *ev, const char *dir, const char *name)
{
    return arena_printf(ev->arena, "%s/%s", dir, name);
}

/* ".../carts_cpu/3": cpu of carts; only what the metric table knows is asked of the answer. */
static enum err_code truth_of(struct eval *ev, struct eval_case *c, struct err *err)
{
    char *above = path_dir(c->folder), *set = path_dir(above);
    const char *name = path_base(above), *cut = strrchr(name, '_');
    enum err_code rc = ERR_OK;

    if (!cut || cut == name || !cut[1])
        rc = err_set(
            err, ERR_INPUT,
            "%s: an RCAEval case stands in a folder named SERVICE_FAULT, such as carts_cpu", above);
    if (!rc) {
        c->id = arena_printf(ev->arena, "%s-%s", name, path_base(c->folder));
        c->truth.kind = EVAL_FAULT;
        c->truth.service = arena_str(ev->arena, (struct str){name, (size_t)(cut - name)});
        c->truth.group = arena_strdup(ev->arena, cut + 1);
        c->truth.system = arena_strdup(ev->arena, path_base(set));
        if (strcmp(cut + 1, "cpu") == 0 || strcmp(cut + 1, "mem") == 0)
            c->truth.metric = c->truth.group;
    }
    free(above);
    free(set);
    return rc;
}

enum err_code eval_rcaeval_read(struct eval *ev, const char *folder, struct err *err)
{
    struct eval_case c = {.source = EVAL_RCAEVAL,
                          .folder = folder,
                          .expects = "",
                          .truth = {.system = "", .group = ""},
                          .answer = {.verdict = "", .cause = "", .service = ""}};
    const char *inject = path_in(ev, folder, "inject_time.txt");
    const char **data = arena_array(ev->arena, 1, sizeof(*data));
    struct buf text = BUF_INIT(4096);
    double at = NAN;

    if (truth_of(ev, &c, err))
        return err->code;
    if (!eval_wanted(ev, c.id))
        return ERR_OK;
    if (file_read(inject, &text, err))
        return err->code;
    if (!num_f64(str_trim(buf_str(&text)), &at) || !(at > 0 && at < 1e11))
        err_set(err, ERR_INPUT, "%s line 1: must be one Unix time in seconds", inject);
    buf_release(&text);
    if (!(at > 0 && at < 1e11))
        return ERR_INPUT;
    c.inject_s = (int64_t)at;
    data[0] = path_in(ev, folder, "data.csv");
    c.metrics = data;
    c.metric_count = 1;
    *VEC_PUSH(&ev->cases) = c;
    return ERR_OK;
}

/* ---- the table as OpenMetrics ---- */

struct column {
    struct str service, metric;
    bool used;
};

struct table {
    const char *path;
    VEC(struct column) columns;
    VEC(double) cells; /* rows of columns */
    size_t rows;
    size_t time; /* SIZE_MAX: no such column */
    double first_s, last_s;
    struct err *err;
};

static bool cell(struct str *rest, struct str *ret)
{
    bool more = str_split(rest, ',', ret);

    *ret = str_trim(*ret);
    if (ret->len >= 2 && ret->ptr[0] == '"' && ret->ptr[ret->len - 1] == '"')
        *ret = (struct str){ret->ptr + 1, ret->len - 2};
    return more;
}

static enum err_code read_head(struct table *t, struct str *rest)
{
    struct str line = {0}, name;

    t->time = SIZE_MAX;
    if (!str_line(rest, &line))
        return err_set(t->err, ERR_INPUT, "%s line 1: the file is empty", t->path);
    while (cell(&line, &name) && t->columns.count < COLUMNS_MAX) {
        const char *cut = name.len ? memchr(name.ptr, '_', name.len) : NULL;
        struct column *c = VEC_PUSH(&t->columns);

        if (str_eq_c(name, "time") || str_eq_c(name, "timestamp"))
            t->time = t->columns.count - 1;
        if (!cut || cut == name.ptr)
            continue;
        c->service = (struct str){name.ptr, (size_t)(cut - name.ptr)};
        c->metric = (struct str){cut + 1, name.len - c->service.len - 1};
        c->used = c->metric.len > 0;
    }
    if (t->time == SIZE_MAX)
        return err_set(t->err, ERR_INPUT, "%s line 1: there is no column \"time\"", t->path);
    return ERR_OK;
}

/* A metric's name: what is no letter, digit or underscore becomes one. */
static void add_name(struct buf *out, struct str metric)
{
    if (isdigit((unsigned char)metric.ptr[0]))
        buf_addc(out, '_');
    for (size_t i = 0; i < metric.len; i++)
        buf_addc(out, isalnum((unsigned char)metric.ptr[i]) ? metric.ptr[i] : '_');
}

static bool same_metric(struct str a, struct str b)
{
    struct buf x = BUF_INIT(4096), y = BUF_INIT(4096);
    bool same;

    add_name(&x, a);
    add_name(&y, b);
    same = str_eq(buf_str(&x), buf_str(&y));
    buf_release(&x);
    buf_release(&y);
    return same;
}

static void add_label(struct buf *out, struct str service)
{
    for (size_t i = 0; i < service.len; i++) {
        if (service.ptr[i] == '"' || service.ptr[i] == '\\')
            buf_addc(out, '\\');
        buf_addc(out, service.ptr[i]);
    }
}

static enum err_code read_time(struct table *t, struct str text, size_t line, double *ret)
{
    if (!num_f64(text, ret) || !(*ret > 0 && *ret < 1e11))
        return err_set(t->err, ERR_INPUT, "%s line %zu: the time is no Unix time in seconds",
                       t->path, line);
    return ERR_OK;
}

/* All cells as numbers, row by row; what is none is NAN. */
static enum err_code read_rows(struct table *t, struct str body)
{
    struct str line, text;
    double time;

    for (size_t at = 2; str_line(&body, &line); at++) {
        size_t column = 0;

        if (!str_trim(line).len)
            continue;
        for (; column < t->columns.count && cell(&line, &text); column++) {
            double *value = VEC_PUSH(&t->cells);

            if (column == t->time && read_time(t, text, at, &time))
                return t->err->code;
            if (!num_f64(text, value) || !isfinite(*value))
                *value = NAN;
        }
        for (; column < t->columns.count; column++)
            *VEC_PUSH(&t->cells) = NAN;
        t->rows++;
        if (isnan(t->cells.items[(t->rows - 1) * t->columns.count + t->time]))
            return err_set(t->err, ERR_INPUT, "%s line %zu: the row has no time", t->path, at);
    }
    return ERR_OK;
}

/* Rows repeat a time now and then: the first counts. */
static void put_series(struct table *t, size_t column, FILE *to)
{
    struct buf series = BUF_INIT(8192);
    const struct column *c = &t->columns.items[column];
    double last = 0;

    add_name(&series, c->metric);
    buf_adds(&series, "{service=\"");
    add_label(&series, c->service);
    buf_adds(&series, "\"}");
    for (size_t row = 0; row < t->rows; row++) {
        const double *cells = &t->cells.items[row * t->columns.count];
        double time = cells[t->time];
        char number[32];

        if (time <= last || isnan(cells[column]))
            continue;
        last = time;
        t->first_s = t->first_s > 0 && t->first_s < time ? t->first_s : time;
        t->last_s = t->last_s > time ? t->last_s : time;
        num_format_f64(cells[column], number);
        fprintf(to, "%s %s %.3f\n", buf_cstr(&series), number, time);
    }
    buf_release(&series);
}

/* Samples of one family stand together. */
static void put_families(struct table *t, FILE *to)
{
    struct buf name = BUF_INIT(4096);

    for (size_t i = 0; i < t->columns.count; i++) {
        struct column *c = &t->columns.items[i];

        if (!c->used)
            continue;
        buf_clear(&name);
        add_name(&name, c->metric);
        fprintf(to, "# TYPE %s gauge\n", buf_cstr(&name));
        for (size_t k = i; k < t->columns.count; k++) {
            struct column *other = &t->columns.items[k];

            if (!other->used || !same_metric(other->metric, c->metric))
                continue;
            put_series(t, k, to);
            if (k > i)
                other->used = false;
        }
        c->used = false;
    }
    buf_release(&name);
}

static void put_span(struct json_writer *w, const char *key, double from_s, double to_s)
{
    char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

    time_format_rfc3339((int64_t)from_s * 1000, start);
    time_format_rfc3339((int64_t)to_s * 1000, end);
    json_key(w, key);
    json_object_begin(w);
    json_put_cstr(w, "start", start);
    json_put_cstr(w, "end", end);
    json_object_end(w);
}

static enum err_code put_incident(const struct eval_case *c, const struct table *t,
                                  const char *path, struct err *err)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    char at[TIME_TEXT_MAX];
    enum err_code rc;

    time_format_rfc3339(c->inject_s * 1000, at);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_put_cstr(&w, "id", c->id);
    json_key(&w, "alert");
    json_object_begin(&w);
    json_put_cstr(&w, "started_at", at);
    json_object_end(&w);
    put_span(&w, "window", (double)c->inject_s, t->last_s);
    put_span(&w, "baseline", t->first_s, (double)c->inject_s - 1);
    json_object_end(&w);
    rc = file_write_atomic(path, buf_str(&out), 0600, err);
    buf_release(&out);
    return rc;
}

enum err_code eval_rcaeval_convert(const struct eval_case *c, const char *to, const char *incident,
                                   struct err *err)
{
    struct table t = {.path = c->metrics[0], .err = err};
    struct buf text = BUF_INIT(TABLE_MAX_BYTES);
    FILE *out = fopen(to, "we");
    enum err_code rc = out ? file_read(t.path, &text, err) : err_errno(err, errno, "write %s", to);
    struct str body = buf_str(&text);

    if (!rc)
        rc = read_head(&t, &body);
    if (!rc)
        rc = read_rows(&t, body);
    if (!rc)
        put_families(&t, out);
    if (!rc && fprintf(out, "# EOF\n") < 0)
        rc = err_errno(err, errno, "write %s", to);
    if (out && fclose(out) && !rc)
        rc = err_errno(err, errno, "write %s", to);
    if (!rc && !(t.first_s < (double)c->inject_s && t.last_s > (double)c->inject_s))
        rc = err_set(err, ERR_INPUT, "%s: inject_time.txt says a time outside of the table",
                     c->folder);
    if (!rc)
        rc = put_incident(c, &t, incident, err);
    VEC_RELEASE(&t.columns);
    VEC_RELEASE(&t.cells);
    buf_release(&text);
    return rc;
}
