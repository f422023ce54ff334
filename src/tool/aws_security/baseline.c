/* baseline.c - findings that a person accepted: a file of rows, each with a reason and an end.
 *
 *   accepted:
 *     - check: s3-public-policy
 *       resource: arn:aws:s3:::www-*
 *       reason: the public site
 *       expires: 2027-03-31
 *
 * A row that has ended does not count, and is said. A row without a reason or an end is refused, as
 * is one that would take everything. */
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/yaml.h"
#include "security_priv.h"

#define FILE_MAX ((size_t)1 << 20)
#define DAY_MS ((int64_t)86400000)

struct reading {
    const char *name;
    struct security_baseline *to;
    struct err *err;
};

static enum err_code wrong(const struct reading *r, const struct value *at, const char *what)
{
    return err_set(r->err, ERR_INPUT, "%s:%u:%u: %s", r->name, at->line, at->col, what);
}

static const char *const fields[] = {"check",  "resource", "account", "region",
                                     "reason", "expires",  NULL};

static enum err_code check_fields(struct reading *r, const struct value *row)
{
    VALUE_EACH (f, row) {
        bool known = false;

        for (const char *const *name = fields; *name; name++)
            known = known || str_eq_c(f->key, *name);
        if (!known)
            return wrong(r, f,
                         arena_printf(r->to->arena,
                                      "unknown field '%.60s'; there are check, resource, account, "
                                      "region, reason, expires",
                                      arena_str(r->to->arena, f->key)));
        if (f->type != VALUE_STRING && f->type != VALUE_NUMBER)
            return wrong(r, f, "this must be a text");
    }
    return ERR_OK;
}

/* An account is digits: YAML takes them for a number when they are not quoted. */
static const char *text(struct reading *r, const struct value *row, const char *name,
                        const char *fallback)
{
    const struct value *v = value_get(row, name);

    if (v && v->type == VALUE_NUMBER)
        return arena_printf(r->to->arena, "%012.0f", v->u.number);
    return v && v->u.string.len ? arena_str(r->to->arena, v->u.string) : fallback;
}

static enum err_code check_name(struct reading *r, const struct value *row, const char *check)
{
    const struct value *at = value_get(row, "check");

    for (size_t i = 0; i < security_check_count(); i++)
        if (sec_pattern(check, sec_check_row(i)->is.id))
            return ERR_OK;
    /* Controls of Security Hub and types of GuardDuty are not ours to list. */
    if (strchr(check, '.') || strchr(check, ':') || strchr(check, '/'))
        return ERR_OK;
    return wrong(r, at,
                 arena_printf(r->to->arena,
                              "no check is called '%.60s' (runbook security --list-checks)",
                              check));
}

static enum err_code read_end(struct reading *r, const struct value *row, int64_t *ret)
{
    const struct value *at = value_get(row, "expires");
    struct buf text_of_day = BUF_INIT(64);
    bool good;

    if (!at || at->type != VALUE_STRING || at->u.string.len != 10)
        return wrong(r, at ? at : row, "'expires' must be a day, such as 2027-03-31");
    buf_addf(&text_of_day, "%.*sT00:00:00Z", STR_FMT(at->u.string));
    good = time_parse(buf_str(&text_of_day), ret);
    buf_release(&text_of_day);
    *ret += DAY_MS;
    return good ? ERR_OK : wrong(r, at, "'expires' must be a day, such as 2027-03-31");
}

static enum err_code read_row(struct reading *r, const struct value *row)
{
    struct security_suppression s = {.line = row->line};

    if (row->type != VALUE_OBJECT)
        return wrong(r, row, "a row has check, resource, reason and expires");
    if (check_fields(r, row))
        return r->err->code;
    s.check = text(r, row, "check", "");
    s.resource = text(r, row, "resource", "");
    s.account = text(r, row, "account", "*");
    s.region = text(r, row, "region", "*");
    s.reason = text(r, row, "reason", "");
    if (!*s.check || !*s.resource)
        return wrong(r, row, "a row needs a check and a resource; '*' is any text in both");
    if (!s.check[strspn(s.check, "*")] && !s.resource[strspn(s.resource, "*")])
        return wrong(r, row, "this row would accept everything: name a check or a resource");
    if (!*s.reason)
        return wrong(r, row, "a row needs a reason");
    if (check_name(r, row, s.check) || read_end(r, row, &s.expires_ms))
        return r->err->code;
    *VEC_PUSH(&r->to->rows) = s;
    return ERR_OK;
}

enum err_code security_baseline_parse(struct str yaml, const char *name,
                                      struct security_baseline *ret, struct err *err)
{
    struct reading r = {name, ret, err};
    const struct value *v, *rows;

    *ret = (struct security_baseline){.arena = arena_new(0)};
    if (yaml_parse(ret->arena, yaml, &v, err))
        return err_wrap(err, "%s", name);
    if (v->type == VALUE_NULL)
        return ERR_OK;
    rows = value_get(v, "accepted");
    VALUE_EACH (f, v)
        if (!str_eq_c(f->key, "accepted"))
            return wrong(&r, f, "unknown field; the file has one, 'accepted'");
    if (v->type != VALUE_OBJECT || (rows->type != VALUE_ARRAY && rows->type != VALUE_NULL))
        return wrong(&r, v, "the file must be 'accepted:' and a list of rows");
    VALUE_EACH (row, rows)
        if (read_row(&r, row))
            return err->code;
    return ERR_OK;
}

enum err_code security_baseline_load(const char *path, struct security_baseline *ret,
                                     struct err *err)
{
    struct buf yaml = BUF_INIT(FILE_MAX);
    enum err_code rc = ERR_OK;

    *ret = (struct security_baseline){0};
    if (file_exists(path))
        rc = file_read(path, &yaml, err);
    if (!rc)
        rc = security_baseline_parse(buf_str(&yaml), path, ret, err);
    buf_release(&yaml);
    return rc;
}

void security_baseline_release(struct security_baseline *b)
{
    VEC_RELEASE(&b->rows);
    arena_free(b->arena);
    b->arena = NULL;
}

static bool takes(const struct security_suppression *s, const struct security_finding *f)
{
    return sec_pattern(s->check, f->check) && sec_pattern(s->resource, f->resource) &&
           sec_pattern(s->account, f->account) && sec_pattern(s->region, f->region);
}

void security_baseline_apply(const struct security_baseline *b, struct security_report *r,
                             int64_t now_ms, struct buf *notes)
{
    VEC_EACH (s, &b->rows) {
        char end[TIME_TEXT_MAX];
        size_t n = 0;

        VEC_EACH (f, &r->findings) {
            if (!takes(s, f))
                continue;
            n++;
            if (now_ms >= s->expires_ms || *f->suppressed)
                continue;
            time_format_rfc3339(s->expires_ms - DAY_MS, end);
            f->suppressed = arena_printf(r->arena, "accepted until %.10s: %s", end,
                                         sec_clean(r->arena, str_from(s->reason), 300));
        }
        if (now_ms < s->expires_ms || !n)
            continue;
        time_format_rfc3339(s->expires_ms - DAY_MS, end);
        buf_addf(notes, "line %u: %s of %s was accepted until %.10s and counts again\n", s->line,
                 s->check, s->resource, end);
    }
}
