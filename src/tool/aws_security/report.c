/* report.c - findings put in order, joined with those of others, and written. Pure. */
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "security_priv.h"

static const char *const severities[SECURITY_SEVERITIES] = {"info", "low", "medium", "high",
                                                            "critical"};
static const char *const sources[] = {"runbook", "securityhub", "guardduty"};

const char *security_severity_name(enum security_severity s)
{
    return severities[s];
}

bool security_severity_from(const char *name, enum security_severity *ret)
{
    for (size_t i = 0; i < SECURITY_SEVERITIES; i++)
        if (strcmp(name, severities[i]) == 0) {
            *ret = (enum security_severity)i;
            return true;
        }
    return false;
}

const char *security_source_name(enum security_source s)
{
    return sources[s];
}

bool security_cell_off(const struct security_cell *c)
{
    return c->end == AWS_END_ABSENT || c->end == AWS_END_NOT_ENABLED;
}

bool security_cell_failed(const struct security_cell *c)
{
    return c->end != AWS_END_WHOLE && c->end != AWS_END_CUT && c->end != AWS_END_NOT_FOUND &&
           !security_cell_off(c);
}

void security_report_release(struct security_report *r)
{
    VEC_RELEASE(&r->findings);
    VEC_RELEASE(&r->cells);
    arena_free(r->arena);
    r->arena = NULL;
}

/* ---- order ---- */

static int by_weight(const void *a, const void *b)
{
    const struct security_finding *x = a, *y = b;
    const char *pairs[][2] = {{x->service, y->service},   {x->check, y->check},
                              {x->account, y->account},   {x->region, y->region},
                              {x->resource, y->resource}, {x->evidence, y->evidence}};
    int c = (int)y->severity - (int)x->severity;

    for (size_t i = 0; !c && i < sizeof(pairs) / sizeof(pairs[0]); i++)
        c = strcmp(pairs[i][0], pairs[i][1]);
    return c;
}

static int by_cell(const void *a, const void *b)
{
    const struct security_cell *x = a, *y = b;
    int c = strcmp(x->account, y->account);

    if (!c)
        c = strcmp(x->service, y->service);
    if (!c)
        c = strcmp(x->operation, y->operation);
    return c ? c : strcmp(x->region, y->region);
}

void sec_report_sort(struct security_report *r)
{
    if (r->findings.count)
        qsort(r->findings.items, r->findings.count, sizeof(*r->findings.items), by_weight);
    if (r->cells.count)
        qsort(r->cells.items, r->cells.count, sizeof(*r->cells.items), by_cell);
}

/* ---- the same said by several ---- */

/* "sg-1" of "arn:aws:ec2:...:security-group/sg-1": others name a resource by either. */
static const char *tail(const char *resource)
{
    const char *slash = strrchr(resource, '/'), *colon = strrchr(resource, ':');
    const char *last = slash && (!colon || slash > colon) ? slash : colon;

    return strncmp(resource, "arn:", 4) == 0 && last && last[1] ? last + 1 : resource;
}

/* Controls stand in a reference as "FSBP S3.2, CIS 3.0 2.1.4". */
static bool names_control(const char *reference, const char *control)
{
    size_t n = strlen(control);

    for (const char *at = reference; n && (at = strstr(at, control)) != NULL; at += n)
        if ((at == reference || at[-1] == ' ') && (!at[n] || at[n] == ',' || at[n] == ' '))
            return true;
    return false;
}

static bool same_place(const struct security_finding *a, const struct security_finding *b)
{
    bool regions = !*a->region || !*b->region || strcmp(a->region, "global") == 0 ||
                   strcmp(b->region, "global") == 0 || strcmp(a->region, b->region) == 0;

    return regions && (!*a->account || !*b->account || strcmp(a->account, b->account) == 0);
}

/* What Security Hub says of the whole account stands for the account's own findings. */
static bool is_account(const char *resource)
{
    return strncmp(resource, "AWS::::Account:", 15) == 0;
}

static bool same(const struct security_finding *own, const struct security_finding *other)
{
    if (!names_control(own->reference, other->check) || !same_place(own, other))
        return false;
    if (is_account(other->resource))
        return strstr(own->resource, ":account/") || strstr(own->resource, ":root") ||
               strstr(own->resource, "account-password-policy") || !strchr(own->resource, '/');
    return strcmp(own->resource, other->resource) == 0 ||
           strcmp(tail(own->resource), tail(other->resource)) == 0;
}

static void join(struct security_report *r, struct security_finding *own,
                 const struct security_finding *other)
{
    own->also = arena_printf(r->arena, "%s%s%s %s", own->also, *own->also ? ", " : "",
                             security_source_name(other->source), other->check);
    if (other->severity > own->severity)
        own->severity = other->severity;
    if (*other->status)
        own->status = other->status;
    if (*other->suppressed && !*own->suppressed)
        own->suppressed = other->suppressed;
}

/* Of Security Hub's own standards several may say the same of one resource. */
static bool twice(const struct security_finding *a, const struct security_finding *b)
{
    return a->source == b->source && strcmp(a->check, b->check) == 0 &&
           strcmp(a->resource, b->resource) == 0 && strcmp(a->account, b->account) == 0 &&
           strcmp(a->region, b->region) == 0;
}

struct bucket {
    VEC(size_t) items;
};

static void drop_doubles(struct security_report *r, const bool *gone)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->findings.count; i++)
        if (!gone[i])
            r->findings.items[kept++] = r->findings.items[i];
    r->findings.count = kept;
}

/* Findings of one resource meet in a bucket by its tail; those of the account in "". */
static const char *bucket_key(const struct security_finding *f)
{
    return is_account(f->resource) || f->source == SECURITY_OWN ? "" : tail(f->resource);
}

static bool meets(struct security_report *r, const struct security_finding *f, size_t at,
                  const struct bucket *b, bool *gone)
{
    for (size_t k = 0; b && k < b->items.count; k++) {
        struct security_finding *g = &r->findings.items[b->items.items[k]];

        if (b->items.items[k] == at || gone[b->items.items[k]])
            continue;
        if (g->source == SECURITY_OWN && f->source == SECURITY_HUB && same(g, f)) {
            join(r, g, f);
            return true;
        }
        if (b->items.items[k] < at && f->source != SECURITY_OWN && twice(g, f))
            return true;
    }
    return false;
}

static struct bucket *bucket_of(struct map *all, const char *key)
{
    struct bucket *b = map_get_c(all, key);

    if (!b) {
        b = xcalloc(1, sizeof(*b));
        map_set_c(all, key, b);
    }
    return b;
}

static void put_in(struct map *all, const char *key, size_t index)
{
    struct bucket *b = bucket_of(all, key);

    *VEC_PUSH(&b->items) = index;
}

void sec_merge(struct security_report *r)
{
    struct map *all = map_new();
    bool *gone = arena_array(r->arena, r->findings.count + 1, sizeof(*gone));
    struct str key;
    void *value;

    for (size_t i = 0; i < r->findings.count; i++) {
        const struct security_finding *f = &r->findings.items[i];

        put_in(all, tail(f->resource), i);
        if (f->source == SECURITY_OWN)
            put_in(all, "", i);
    }
    for (size_t i = 0; i < r->findings.count; i++) {
        const struct security_finding *f = &r->findings.items[i];

        if (f->source != SECURITY_OWN)
            gone[i] = meets(r, f, i, map_get_c(all, bucket_key(f)), gone);
    }
    drop_doubles(r, gone);
    for (size_t it = 0; map_next(all, &it, &key, &value);) {
        VEC_RELEASE(&((struct bucket *)value)->items);
        free(value);
    }
    map_free(all);
}

/* ---- JSON ---- */

void security_finding_json(const struct security_finding *f, struct json_writer *w)
{
    const struct {
        const char *key, *text;
    } rest[] = {{"resource", f->resource},
                {"account", f->account},
                {"region", f->region},
                {"title", f->title},
                {"evidence", f->evidence},
                {"why", f->why},
                {"fix", f->fix},
                {"act", f->act},
                {"command", f->command},
                {"rollback", f->rollback},
                {"reference", f->reference},
                {"native_id", f->native},
                {"also", f->also},
                {"status", f->status},
                {"suppressed", f->suppressed}};

    json_object_begin(w);
    json_put_cstr(w, "id", f->id);
    json_put_cstr(w, "check", f->check);
    json_put_cstr(w, "service", f->service);
    json_put_cstr(w, "severity", security_severity_name(f->severity));
    json_put_cstr(w, "source", security_source_name(f->source));
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        json_put_cstr(w, rest[i].key, *rest[i].text ? rest[i].text : NULL);
    json_object_end(w);
}

static void put_cell(const struct security_cell *c, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "service", c->service);
    json_put_cstr(w, "operation", c->operation);
    json_put_cstr(w, "account", c->account);
    json_put_cstr(w, "region", c->region);
    json_put_cstr(w, "end", aws_end_name(c->end));
    json_put_cstr(w, "code", *c->code ? c->code : NULL);
    json_put_cstr(w, "error", *c->why ? c->why : NULL);
    json_put_int(w, "calls", (int64_t)c->asked);
    json_put_int(w, "failed_calls", (int64_t)c->failed);
    json_object_end(w);
}

void security_json(const struct security_report *r, size_t max, struct json_writer *w)
{
    size_t counts[SECURITY_SEVERITIES] = {0}, suppressed = 0, shown = 0, failed = 0;

    VEC_EACH (f, &r->findings) {
        suppressed += *f->suppressed != '\0';
        counts[f->severity] += !*f->suppressed;
    }
    VEC_EACH (c, &r->cells)
        failed += security_cell_failed(c);
    json_object_begin(w);
    json_put_cstr(w, "schema", "runbook.security/1");
    json_put_int(w, "checks", (int64_t)r->checks);
    json_put_int(w, "judged", (int64_t)r->judged);
    json_put_int(w, "unjudged", (int64_t)r->unjudged);
    json_put_int(w, "suppressed", (int64_t)suppressed);
    json_put_int(w, "closed", (int64_t)r->closed);
    json_put_int(w, "requests", (int64_t)r->requests);
    json_put_int(w, "took_ms", r->took_ms);
    json_put_bool(w, "interrupted", r->canceled);
    json_put_int(w, "failed", (int64_t)failed);
    json_put_cstr(w, "left_out", r->left_out && *r->left_out ? r->left_out : NULL);
    json_key(w, "severities");
    json_object_begin(w);
    for (size_t i = SECURITY_SEVERITIES; i-- > 0;)
        json_put_int(w, severities[i], (int64_t)counts[i]);
    json_object_end(w);
    json_put_int(w, "total", (int64_t)r->findings.count);
    json_key(w, "findings");
    json_array_begin(w);
    VEC_EACH (f, &r->findings)
        if (!max || shown++ < max)
            security_finding_json(f, w);
    json_array_end(w);
    json_key(w, "cells");
    json_array_begin(w);
    VEC_EACH (c, &r->cells)
        if (security_cell_failed(c) || security_cell_off(c))
            put_cell(c, w);
    json_array_end(w);
    json_object_end(w);
}
