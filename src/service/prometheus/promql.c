/* promql.c - see promql.h. */
#include "runbook/service/promql.h"

#include <inttypes.h>
#include <string.h>

#include "runbook/base/text.h"

static bool is_name(struct str s, bool colons)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && !(colons && c == ':') && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return s.len > 0;
}

bool promql_is_metric_name(struct str s)
{
    return is_name(s, true);
}

bool promql_is_label_name(struct str s)
{
    return is_name(s, false);
}

/* Text as PromQL reads it: the escapes are those of Go. Control characters are written as \xNN. */
static void quote_valid(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", c);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c < 0x20 || c == 0x7F)
            buf_addf(out, "\\x%02x", c);
        else
            buf_addc(out, (char)c);
    }
}

void promql_quote(struct buf *out, struct str s)
{
    size_t bad;

    buf_addc(out, '"');
    while (!text_valid(s, &bad)) {
        quote_valid(out, (struct str){s.ptr, bad});
        buf_adds(out, "\xEF\xBF\xBD");
        s = (struct str){s.ptr + bad + 1, s.len - bad - 1};
    }
    quote_valid(out, s);
    buf_addc(out, '"');
}

void promql_regex_literal(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] && strchr("\\.+*?()|[]{}^$", s.ptr[i]))
            buf_addc(out, '\\');
        buf_addc(out, s.ptr[i]);
    }
}

static enum err_code add_matcher(struct buf *out, const struct promql_matcher *m, struct err *err)
{
    static const char *const ops[] = {"=", "!=", "=~", "!~"};

    if (!promql_is_label_name(str_from(m->label)))
        return err_set(err, ERR_INPUT, "'%s' is no label name: use letters, digits and _",
                       m->label);
    buf_addf(out, "%s%s", m->label, ops[m->op]);
    promql_quote(out, m->value);
    return ERR_OK;
}

static enum err_code add_matchers(struct buf *out, const struct promql_matcher *m, size_t count,
                                  struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        if (i)
            buf_addc(out, ',');
        rc = add_matcher(out, &m[i], err);
    }
    return rc;
}

enum err_code promql_selector(struct buf *out, const char *metric, const struct promql_matcher *m,
                              size_t count, struct err *err)
{
    enum err_code rc;

    if (metric && !promql_is_metric_name(str_from(metric)))
        return err_set(err, ERR_INPUT,
                       "'%s' is no metric name: use letters, digits, _ and :", metric);
    if (!metric && count == 0)
        return err_set(err, ERR_INPUT, "a selector needs a metric or a label");
    if (metric)
        buf_adds(out, metric);
    if (count == 0)
        return ERR_OK;
    buf_addc(out, '{');
    rc = add_matchers(out, m, count, err);
    buf_addc(out, '}');
    return rc;
}

void promql_duration(struct buf *out, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

    if (ms < 1)
        ms = 1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (ms % units[i].ms == 0) {
            buf_addf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
            return;
        }
    }
}

int64_t promql_step_ms(int64_t start_ms, int64_t end_ms, int64_t interval_ms, int64_t max_points)
{
    static const int64_t round_ms[] = {
        1,      2,      5,       10,      20,      50,       100,      200,     500,
        1000,   2000,   5000,    10000,   15000,   30000,    60000,    120000,  300000,
        600000, 900000, 1800000, 3600000, 7200000, 14400000, 28800000, 43200000};
    int64_t span = end_ms > start_ms ? end_ms - start_ms : 0;
    int64_t least, step = interval_ms > 0 ? interval_ms : 15000;

    if (max_points <= 1 || max_points > PROM_POINTS_MAX)
        max_points = PROM_POINTS_MAX;
    least = span / (max_points - 1) +
            (span % (max_points - 1) ? 1 : 0); /* start and end are both points */
    if (step >= least)
        return step;
    if (interval_ms > 0 &&
        least <= interval_ms * 10) /* keep a multiple of the samples' own rhythm */
        return (least + interval_ms - 1) / interval_ms * interval_ms;
    for (size_t i = 0; i < sizeof(round_ms) / sizeof(round_ms[0]); i++) {
        if (round_ms[i] >= least && round_ms[i] >= step)
            return round_ms[i];
    }
    return (least + 86399999) / 86400000 * 86400000;
}
