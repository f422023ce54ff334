/* decode.c - samples, series lists and name lists in one pass: see prom_answer.h.
 * Points are gathered in one reused array and copied to the arena exactly sized, so nothing is paid
 * twice for long; the peak above the result is one series. */
#include "runbook/service/prom_answer.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "scan.h"

#define SERIES_MAX 50000
#define SAMPLES_MAX 20000000
#define LABELS_MAX 512
#define WARNINGS_MAX 64
#define ERROR_TEXT_MAX 300

struct decoder {
    struct scan scan;
    struct prom_caps caps;
    struct arena *arena; /* keeps series, points and names; NULL: they are counted only */
    struct arena *warnings_arena;
    struct prom_answer out;
    VEC(struct prom_series) series;
    VEC(struct prom_label) labels; /* of the series being read */
    VEC(struct prom_point) points; /* likewise */
    VEC(const char *) names, warnings;
    struct buf text; /* an unescaped string */
};

static bool too_many(struct decoder *d, const char *what, size_t max)
{
    if (!d->scan.failed) {
        d->scan.failed = true;
        err_set(
            d->scan.err, ERR_LIMIT,
            "more than %zu %s: narrow the selector, aggregate (sum by ...) or use a longer step",
            max, what);
    }
    return false;
}

static const char *keep_text(struct decoder *d, struct arena *a, struct scan_text t)
{
    if (!a)
        return "";
    if (!t.escapes)
        return arena_str(a, t.raw);
    buf_clear(&d->text);
    scan_unescape(&d->text, t);
    return arena_str(a, buf_str(&d->text));
}

static void *keep_array(struct arena *a, const void *items, size_t count, size_t item_bytes)
{
    void *copy;

    if (!a || count == 0)
        return NULL;
    copy = arena_array(a, count, item_bytes);
    memcpy(copy, items, count * item_bytes);
    return copy;
}

static bool read_labels(struct decoder *d)
{
    struct scan_text name, value;
    bool first = true;

    d->labels.count = 0;
    if (!scan_object(&d->scan))
        return false;
    while (scan_member(&d->scan, &first, &name)) {
        if (!scan_string(&d->scan, &value))
            return false;
        if (d->labels.count == LABELS_MAX)
            return too_many(d, "labels in one series", LABELS_MAX);
        *VEC_PUSH(&d->labels) =
            (struct prom_label){keep_text(d, d->arena, name), keep_text(d, d->arena, value)};
    }
    return !d->scan.failed;
}

/* [1715500500.123,"0.25"] */
static bool read_point(struct decoder *d, struct prom_point *ret)
{
    struct scan_text text;
    bool first = true;

    if (!scan_array(&d->scan) || !scan_item(&d->scan, &first) ||
        !scan_time_ms(&d->scan, &ret->t_ms) || !scan_item(&d->scan, &first) ||
        !scan_string(&d->scan, &text))
        return scan_fail(&d->scan, "expected [time, \"value\"]");
    if (!num_f64(text.raw, &ret->value))
        return scan_fail(&d->scan, "a sample's value is no number");
    return scan_byte(&d->scan, ']') && (d->scan.depth--, true);
}

static bool add_point(struct decoder *d)
{
    struct prom_point p;

    if (!read_point(d, &p))
        return false;
    if (d->points.count && d->points.items[d->points.count - 1].t_ms >= p.t_ms)
        return scan_fail(&d->scan, "samples are not in order of time");
    if (++d->out.sample_count > d->caps.max_samples)
        return too_many(d, "samples", d->caps.max_samples);
    if (!d->arena)
        d->points.count = 0; /* only the order is watched */
    *VEC_PUSH(&d->points) = p;
    return true;
}

static bool add_points(struct decoder *d)
{
    bool first = true;

    if (!scan_array(&d->scan))
        return false;
    while (scan_item(&d->scan, &first)) {
        if (!add_point(d))
            return false;
    }
    return !d->scan.failed;
}

static bool read_member(struct decoder *d, struct scan_text key, bool *seen_metric)
{
    if (scan_text_eq(key, "metric")) {
        if (*seen_metric)
            return scan_fail(&d->scan, "'metric' comes twice");
        *seen_metric = true;
        return read_labels(d);
    }
    if (scan_text_eq(key, "value"))
        return add_point(d);
    if (scan_text_eq(key, "values"))
        return add_points(d);
    if (scan_text_eq(key, "histogram") || scan_text_eq(key, "histograms"))
        d->out.histogram_count++;
    return scan_skip(&d->scan);
}

static bool keep_series(struct decoder *d)
{
    struct prom_series s = {.count = d->points.count};

    if (++d->out.series_count > d->caps.max_series)
        return too_many(d, "series", d->caps.max_series);
    if (!d->arena)
        return true;
    s.labels.count = d->labels.count;
    s.labels.items =
        keep_array(d->arena, d->labels.items, d->labels.count, sizeof(*d->labels.items));
    s.points = keep_array(d->arena, d->points.items, d->points.count, sizeof(*d->points.items));
    *VEC_PUSH(&d->series) = s;
    return true;
}

static bool read_series(struct decoder *d)
{
    struct scan_text key;
    bool first = true, seen_metric = false;
    size_t before = d->out.sample_count, histograms = d->out.histogram_count;

    d->points.count = 0;
    d->labels.count = 0;
    if (!scan_object(&d->scan))
        return false;
    while (scan_member(&d->scan, &first, &key)) {
        if (!read_member(d, key, &seen_metric))
            return false;
    }
    if (d->scan.failed)
        return false;
    if (!seen_metric)
        return scan_fail(&d->scan, "a series without 'metric'");
    if (d->out.type == PROM_VECTOR && d->out.sample_count - before != 1 &&
        d->out.histogram_count == histograms)
        return scan_fail(&d->scan, "a vector's element must have one sample");
    return keep_series(d);
}

static bool read_series_list(struct decoder *d)
{
    bool first = true;

    if (!scan_array(&d->scan))
        return false;
    while (scan_item(&d->scan, &first)) {
        if (!read_series(d))
            return false;
    }
    return !d->scan.failed;
}

static bool read_scalar(struct decoder *d)
{
    d->points.count = 0;
    d->labels.count = 0;
    return add_point(d) && keep_series(d);
}

static bool read_text_result(struct decoder *d)
{
    struct scan_text text;
    bool first = true;
    int64_t t;

    if (!scan_array(&d->scan) || !scan_item(&d->scan, &first) || !scan_time_ms(&d->scan, &t) ||
        !scan_item(&d->scan, &first) || !scan_string(&d->scan, &text))
        return scan_fail(&d->scan, "expected [time, \"text\"]");
    *VEC_PUSH(&d->names) = keep_text(d, d->arena, text);
    return scan_byte(&d->scan, ']') && (d->scan.depth--, true);
}

static bool read_result(struct decoder *d)
{
    switch (d->out.type) {
    case PROM_VECTOR:
    case PROM_MATRIX:
        return read_series_list(d);
    case PROM_SCALAR:
        return read_scalar(d);
    case PROM_STRING:
        return read_text_result(d);
    case PROM_NONE:
    case PROM_SERIES:
    case PROM_NAMES:
        break;
    }
    return scan_fail(&d->scan, "no 'resultType'");
}

static bool read_type(struct decoder *d)
{
    static const struct {
        const char *name;
        enum prom_type type;
    } types[] = {{"vector", PROM_VECTOR},
                 {"matrix", PROM_MATRIX},
                 {"scalar", PROM_SCALAR},
                 {"string", PROM_STRING}};
    struct scan_text text;

    if (!scan_string(&d->scan, &text))
        return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (scan_text_eq(text, types[i].name)) {
            d->out.type = types[i].type;
            return true;
        }
    }
    return scan_fail(&d->scan, "an unknown 'resultType'");
}

/* {"resultType":..., "result":...}. The result is read last: its type decides how, and nothing says
 * that the type comes first. */
static bool read_query_data(struct decoder *d)
{
    struct scan result = {0};
    struct scan_text key;
    bool first = true, ok;
    const char *after;

    if (!scan_object(&d->scan))
        return false;
    while (scan_member(&d->scan, &first, &key)) {
        if (scan_text_eq(key, "resultType")) {
            if (d->out.type != PROM_NONE)
                return scan_fail(&d->scan, "'resultType' comes twice");
            ok = read_type(d);
        } else if (scan_text_eq(key, "result")) {
            if (result.at)
                return scan_fail(&d->scan, "'result' comes twice");
            scan_peek(&d->scan);
            result = d->scan;
            ok = d->out.type != PROM_NONE ? read_result(d) : scan_skip(&d->scan);
            if (d->out.type != PROM_NONE)
                result.end = NULL; /* done */
        } else {
            ok = scan_skip(&d->scan);
        }
        if (!ok)
            return false;
    }
    if (d->scan.failed)
        return false;
    if (!result.at)
        return scan_fail(&d->scan, "no 'result'");
    if (!result.end)
        return true;
    after = d->scan.at;
    d->scan.at = result.at;
    ok = read_result(d);
    if (ok)
        d->scan.at = after;
    return ok;
}

static bool read_name(struct decoder *d)
{
    struct scan_text text;

    if (!scan_string(&d->scan, &text))
        return false;
    if (++d->out.names.count > d->caps.max_series)
        return too_many(d, "names", d->caps.max_series);
    if (d->arena)
        *VEC_PUSH(&d->names) = keep_text(d, d->arena, text);
    return true;
}

/* [{labels}, ...] of the series API, or ["name", ...] of labels and label values. */
static bool read_list_data(struct decoder *d)
{
    bool first = true, ok;

    d->out.type = PROM_NAMES; /* of an empty list too */
    if (!scan_array(&d->scan))
        return false;
    while (scan_item(&d->scan, &first)) {
        if (scan_peek(&d->scan) == '{') {
            if (d->out.names.count)
                return scan_fail(&d->scan, "a series among names");
            d->out.type = PROM_SERIES;
            d->points.count = 0;
            ok = read_labels(d) && keep_series(d);
        } else {
            if (d->out.series_count)
                return scan_fail(&d->scan, "a name among series");
            ok = read_name(d);
        }
        if (!ok)
            return false;
    }
    return !d->scan.failed;
}

static bool read_warnings(struct decoder *d)
{
    struct scan_text text;
    bool first = true;

    if (scan_peek(&d->scan) != '[')
        return scan_skip(&d->scan); /* null */
    if (!scan_array(&d->scan))
        return false;
    while (scan_item(&d->scan, &first)) {
        if (!scan_string(&d->scan, &text))
            return false;
        if (d->warnings.count < WARNINGS_MAX)
            *VEC_PUSH(&d->warnings) = keep_text(d, d->warnings_arena, text);
    }
    return !d->scan.failed;
}

static bool read_data(struct decoder *d)
{
    switch (scan_peek(&d->scan)) {
    case '{':
        return read_query_data(d);
    case '[':
        return read_list_data(d);
    default:
        return scan_skip(&d->scan);
    }
}

struct envelope {
    bool status, success, data;
};

static bool read_status(struct decoder *d, struct envelope *e)
{
    struct scan_text text;

    if (!scan_string(&d->scan, &text))
        return false;
    if (e->status)
        return scan_fail(&d->scan, "'status' comes twice");
    e->status = true;
    e->success = scan_text_eq(text, "success");
    return true;
}

static bool read_envelope(struct decoder *d, struct envelope *e)
{
    struct scan_text key;
    bool first = true, ok;

    if (!scan_object(&d->scan))
        return false;
    while (scan_member(&d->scan, &first, &key)) {
        if (scan_text_eq(key, "status")) {
            ok = read_status(d, e);
        } else if (scan_text_eq(key, "data")) {
            ok = !e->data || scan_fail(&d->scan, "'data' comes twice");
            e->data = true;
            ok = ok && read_data(d);
        } else if (scan_text_eq(key, "warnings") || scan_text_eq(key, "infos")) {
            ok = read_warnings(d);
        } else {
            ok = scan_skip(&d->scan);
        }
        if (!ok)
            return false;
    }
    return scan_end(&d->scan);
}

/* The envelope of an error is no data: say what the server said. */
static enum err_code server_error(struct str body, struct err *err)
{
    struct arena *a = arena_new(1024);
    const char *type, *text;

    if (prom_decode_error(body, a, &type, &text))
        err_set(err, ERR_REMOTE, "%s: %s", type, text);
    else
        err_set(err, ERR_REMOTE,
                "the answer has no \"status\":\"success\": this is no Prometheus API");
    arena_free(a);
    return err->code;
}

static void finish(struct decoder *d)
{
    d->out.series =
        keep_array(d->arena, d->series.items, d->series.count, sizeof(*d->series.items));
    d->out.names.items =
        keep_array(d->arena, d->names.items, d->names.count, sizeof(*d->names.items));
    if (d->out.type == PROM_STRING)
        d->out.names.count = d->names.count;
    d->out.warnings.items = keep_array(d->warnings_arena, d->warnings.items, d->warnings.count,
                                       sizeof(*d->warnings.items));
    d->out.warnings.count = d->warnings.count;
}

enum err_code prom_decode(struct str body, const struct prom_caps *caps, struct arena *arena,
                          struct prom_answer *ret, struct err *err)
{
    struct decoder d = {.arena = caps && caps->count_only ? NULL : arena,
                        .warnings_arena = arena,
                        .text = BUF_INIT(body.len + 16)};
    struct envelope e = {0};
    enum err_code rc = ERR_OK;

    d.caps.max_series = caps && caps->max_series ? caps->max_series : SERIES_MAX;
    d.caps.max_samples = caps && caps->max_samples ? caps->max_samples : SAMPLES_MAX;
    err_clear(err);
    scan_init(&d.scan, body, err);
    if (!read_envelope(&d, &e))
        rc = err->code;
    else if (!e.success)
        rc = server_error(body, err);
    else if (d.out.type == PROM_NONE)
        rc = err_set(err, ERR_REMOTE, "the answer has no usable \"data\"");
    if (!rc) {
        finish(&d);
        *ret = d.out;
    }
    VEC_RELEASE(&d.series);
    VEC_RELEASE(&d.labels);
    VEC_RELEASE(&d.points);
    VEC_RELEASE(&d.names);
    VEC_RELEASE(&d.warnings);
    buf_release(&d.text);
    return rc;
}

const char *prom_label(struct prom_labels labels, const char *name)
{
    for (size_t i = 0; i < labels.count; i++) {
        if (strcmp(labels.items[i].name, name) == 0)
            return labels.items[i].value;
    }
    return NULL;
}

void prom_labels_format(struct buf *out, struct prom_labels labels)
{
    const char *name = prom_label(labels, "__name__");
    bool first = true;

    if (name)
        buf_adds(out, name);
    buf_addc(out, '{');
    for (size_t i = 0; i < labels.count; i++) {
        if (strcmp(labels.items[i].name, "__name__") == 0)
            continue;
        buf_addf(out, "%s%s=\"%s\"", first ? "" : ",", labels.items[i].name, labels.items[i].value);
        first = false;
    }
    buf_addc(out, '}');
}

static const char *error_text(struct arena *arena, struct scan_text t)
{
    struct buf raw = BUF_INIT(BUF_NO_MAX), clean = BUF_INIT(BUF_NO_MAX);
    const char *ret;
    int width;

    scan_unescape(&raw, t);
    text_sanitize(&clean, buf_str(&raw), false, false);
    ret = arena_str(arena, text_fit(buf_str(&clean), ERROR_TEXT_MAX, &width));
    buf_release(&raw);
    buf_release(&clean);
    return ret;
}

bool prom_decode_error(struct str body, struct arena *arena, const char **ret_type,
                       const char **ret_text)
{
    struct scan_text key, text, type = {STR_LIT("error"), false}, message = {0};
    struct err ignored = ERR_INIT;
    bool first = true, is_error = false;
    struct scan s;

    scan_init(&s, body, &ignored);
    if (!scan_object(&s))
        return false;
    while (scan_member(&s, &first, &key)) {
        bool wanted = scan_text_eq(key, "status") || scan_text_eq(key, "errorType") ||
                      scan_text_eq(key, "error");

        if (!wanted || scan_peek(&s) != '"') {
            if (!scan_skip(&s))
                return false;
            continue;
        }
        if (!scan_string(&s, &text))
            return false;
        if (scan_text_eq(key, "status"))
            is_error = scan_text_eq(text, "error");
        else if (scan_text_eq(key, "errorType"))
            type = text;
        else
            message = text;
    }
    if (s.failed || !is_error || !message.raw.ptr)
        return false;
    *ret_type = error_text(arena, type);
    *ret_text = error_text(arena, message);
    return true;
}
