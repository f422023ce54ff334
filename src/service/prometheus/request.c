/* request.c - pure: a request to its path and parameters, a failed answer to its meaning. */
#include "runbook/service/prometheus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/service/rest.h"

#define GET_MAX_BYTES 1500 /* of parameters; proxies and logs cut longer URLs */

static void add_param(struct buf *out, const char *name, struct str value)
{
    if (out->len)
        buf_addc(out, '&');
    buf_adds(out, name);
    buf_addc(out, '=');
    url_encode(out, value);
}

static void add_time(struct buf *out, const char *name, int64_t ms)
{
    char text[40];

    if (ms == 0)
        return;
    snprintf(text, sizeof(text), "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    add_param(out, name, str_from(text));
}

static void add_count(struct buf *out, const char *name, size_t n)
{
    char text[32];

    if (n == 0)
        return;
    snprintf(text, sizeof(text), "%zu", n);
    add_param(out, name, str_from(text));
}

static enum err_code need_query(const struct prom_request *r, struct buf *out, struct err *err)
{
    if (!r->query || !str_trim(str_from(r->query)).len)
        return err_set(err, ERR_INPUT, "the query is empty");
    add_param(out, "query", str_from(r->query));
    return ERR_OK;
}

static enum err_code build_range(const struct prom_request *r, struct buf *out, int64_t *ret_step,
                                 struct err *err)
{
    int64_t step = r->step_ms;
    enum err_code rc = need_query(r, out, err);
    char text[40];

    if (rc)
        return rc;
    if (r->start_ms <= 0 || r->end_ms < r->start_ms)
        return err_set(err, ERR_INPUT, "a range needs a start, and an end that is not before it");
    if (step < 0)
        return err_set(err, ERR_INPUT, "the step must be above 0");
    if (step == 0)
        step = promql_step_ms(r->start_ms, r->end_ms, r->interval_ms, 0);
    if ((r->end_ms - r->start_ms) / step + 1 > PROM_POINTS_MAX)
        return err_set(err, ERR_LIMIT,
                       "a step of %" PRId64 " ms gives more than %d points: use at least %" PRId64
                       " ms",
                       step, PROM_POINTS_MAX, promql_step_ms(r->start_ms, r->end_ms, 1, 0));
    add_time(out, "start", r->start_ms);
    add_time(out, "end", r->end_ms);
    snprintf(text, sizeof(text), "%" PRId64 ".%03d", step / 1000, (int)(step % 1000));
    add_param(out, "step", str_from(text));
    *ret_step = step;
    return ERR_OK;
}

static enum err_code build_match(const struct prom_request *r, bool needed, struct buf *out,
                                 struct err *err)
{
    if (needed && r->match_count == 0)
        return err_set(err, ERR_INPUT, "the series API needs at least one selector");
    for (size_t i = 0; i < r->match_count; i++)
        add_param(out, "match%5B%5D", str_from(r->matches[i]));
    add_time(out, "start", r->start_ms);
    add_time(out, "end", r->end_ms);
    add_count(out, "limit", r->limit);
    return ERR_OK;
}

static void add_filter(const struct prom_request *r, const char *name, const char *fallback,
                       struct buf *out)
{
    const char *value = r->filter && *r->filter ? r->filter : fallback;

    if (value)
        add_param(out, name, str_from(value));
}

static enum err_code build_params(const struct prom_request *r, struct buf *path, struct buf *out,
                                  int64_t *ret_step, struct err *err)
{
    switch (r->api) {
    case PROM_API_QUERY:
        add_time(out, "time", r->time_ms);
        return need_query(r, out, err);
    case PROM_API_RANGE:
        return build_range(r, out, ret_step, err);
    case PROM_API_SERIES:
        return build_match(r, true, out, err);
    case PROM_API_LABELS:
        return build_match(r, false, out, err);
    case PROM_API_LABEL_VALUES:
        if (!r->label || !promql_is_label_name(str_from(r->label)))
            return err_set(err, ERR_INPUT, "'%s' is no label name", r->label ? r->label : "");
        buf_addf(path, "%s/values", r->label);
        return build_match(r, false, out, err);
    case PROM_API_METADATA:
        add_filter(r, "metric", NULL, out);
        add_count(out, "limit", r->limit);
        return ERR_OK;
    case PROM_API_RULES:
        add_filter(r, "type", NULL, out);
        return ERR_OK;
    case PROM_API_TARGETS:
        add_filter(r, "state", "active", out);
        return ERR_OK;
    case PROM_API_ALERTS:
    case PROM_API_BUILD:
    case PROM_APIS:
        break;
    }
    return ERR_OK;
}

enum err_code prom_request_build(const struct prom_request *req, struct buf *ret_path,
                                 struct buf *ret_params, bool *ret_post, int64_t *ret_step_ms,
                                 struct err *err)
{
    static const struct {
        const char *path;
        bool post; /* the API takes a form */
    } apis[PROM_APIS] = {
        [PROM_API_QUERY] = {"/api/v1/query", true},
        [PROM_API_RANGE] = {"/api/v1/query_range", true},
        [PROM_API_SERIES] = {"/api/v1/series", true},
        [PROM_API_LABELS] = {"/api/v1/labels", true},
        [PROM_API_LABEL_VALUES] = {"/api/v1/label/", false},
        [PROM_API_METADATA] = {"/api/v1/metadata", false},
        [PROM_API_ALERTS] = {"/api/v1/alerts", false},
        [PROM_API_RULES] = {"/api/v1/rules", false},
        [PROM_API_TARGETS] = {"/api/v1/targets", false},
        [PROM_API_BUILD] = {"/api/v1/status/buildinfo", false},
    };
    int64_t step = 0;
    enum err_code rc;

    buf_adds(ret_path, apis[req->api].path);
    rc = build_params(req, ret_path, ret_params, &step, err);
    if (!rc)
        rc = buf_check(ret_params, "the request", err);
    if (rc)
        return rc;
    *ret_post = apis[req->api].post && ret_params->len > GET_MAX_BYTES;
    *ret_step_ms = step;
    return ERR_OK;
}

/* Prometheus says what went wrong in its own words; they are more exact than the status. */
static enum err_code error_code(int status, const char *type, const char *text)
{
    if (strstr(text, "too many samples"))
        return ERR_LIMIT;
    if (strcmp(type, "bad_data") == 0)
        return ERR_INPUT;
    if (strcmp(type, "timeout") == 0 || strcmp(type, "canceled") == 0)
        return ERR_TIMEOUT;
    return rest_status_code(status);
}

enum err_code prom_http_error(int status, const char *content_type, struct str body,
                              struct err *err)
{
    struct arena *a = arena_new(1024);
    const char *type, *text;

    if (prom_decode_error(body, a, &type, &text))
        err_set(err, error_code(status, type, text), "HTTP %d %s: %s%s", status, type, text,
                rest_advice(status));
    else
        rest_http_error("Prometheus", status, content_type, body, err);
    arena_free(a);
    return err->code;
}
