/* awsfake.c - see awsfake.h. */
#include "tests/lib/awsfake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/lib/awsone.h"
#include "tests/lib/awswire.h"
#include "tests/lib/httpd.h"

#define TEXT_MAX ((size_t)32 << 20)

struct rule {
    const struct value *value;
    unsigned given;
};

struct asked {
    const char *service, *operation, *region, *text;
    bool ruled, well;
};

struct awsfake {
    struct arena *arena;
    struct aws_catalogue *catalogue;
    struct httpd *httpd;
    VEC(struct rule) rules;
    VEC(struct asked) asked;
    const char *otherwise;
    char url[HTTPD_URL_MAX];
    pthread_mutex_t lock;
};

__attribute__((noreturn)) static void die(const char *what, const char *why)
{
    fprintf(stderr, "awsfake: %s: %s\n", what, why);
    abort();
}

/* ---- what was asked ---- */

/* "/2015-03-31/functions/{Name}/policy?x" and a path: {X} is one part of it, {X+} any number. */
static bool fits_uri(struct str uri, struct str path, struct str query)
{
    struct str where = uri, wanted, part, here;

    wanted = uri;
    str_split(&wanted, '?', &where);
    if (wanted.len && str_find(query, wanted) < 0)
        return false;
    if (where.len && where.ptr[0] == '/')
        where = (struct str){where.ptr + 1, where.len - 1};
    if (path.len && path.ptr[0] == '/')
        path = (struct str){path.ptr + 1, path.len - 1};
    while (where.len) {
        bool open;

        str_split(&where, '/', &part);
        open = part.len > 1 && part.ptr[0] == '{';
        if (open && part.len > 2 && part.ptr[part.len - 2] == '+')
            return path.len > 0;
        if (!path.len && part.len)
            return false;
        str_split(&path, '/', &here);
        if (!open && !str_eq(part, here))
            return false;
    }
    return path.len == 0;
}

/* The more a path says literally, the likelier it is that operation. */
static size_t literal(struct str uri)
{
    size_t n = 0;
    bool inside = false;

    for (size_t i = 0; i < uri.len; i++) {
        inside = uri.ptr[i] == '{' || (inside && uri.ptr[i] != '}');
        n += !inside;
    }
    return n;
}

static const char *rest_operation(struct awsfake *f, const struct aws_service *s,
                                  const struct wire_request *r, size_t *ret_literal)
{
    const struct aws_list *best = NULL;

    for (size_t i = 0; i < s->list_count + s->change_count; i++) {
        const struct aws_list *l =
            i < s->list_count ? &s->lists[i] : &s->changes[i - s->list_count];

        if (str_eq(l->method, r->method) && fits_uri(l->uri, r->path, r->query) &&
            (!best || literal(l->uri) > literal(best->uri)))
            best = l;
    }
    *ret_literal = best ? literal(best->uri) : 0;
    return best ? arena_str(f->arena, best->name) : "";
}

/* "" : not of this service. */
static const char *operation_of(struct awsfake *f, const struct aws_service *s,
                                const struct wire_request *r, const char *signing,
                                size_t *ret_literal)
{
    struct str target = awswire_head(r, "X-Amz-Target");
    struct str form = str_eq_c(r->method, "GET") ? r->query : r->body;

    if (!str_eq_c(s->signing, signing))
        return "";
    switch (s->wire.protocol) {
    case AWS_JSON:
        if (target.len <= s->wire.target_prefix.len ||
            strncmp(target.ptr, s->wire.target_prefix.ptr, s->wire.target_prefix.len) != 0)
            return "";
        while (str_find(target, STR_LIT(".")) >= 0) {
            struct str piece;

            str_split(&target, '.', &piece);
        }
        return arena_str(f->arena, target);
    case AWS_QUERY:
    case AWS_EC2:
        return str_eq_c(s->wire.api_version, awswire_pair(f->arena, form, "Version"))
                   ? awswire_pair(f->arena, form, "Action")
                   : "";
    default:
        return rest_operation(f, s, r, ret_literal);
    }
}

static const struct aws_service *find_service(struct awsfake *f, const struct wire_request *r,
                                              struct asked *a)
{
    const struct aws_service *best = NULL;
    const char *signing;
    size_t most = 0;

    awswire_scope(f->arena, r, &a->region, &signing);
    a->service = signing;
    a->operation = "";
    if (!*signing) { /* what needs no keys: STS */
        signing = a->service = "sts";
        a->operation = awswire_pair(f->arena, r->body, "Action");
    }
    for (size_t i = 0; i <= aws_catalogue_count(f->catalogue); i++) {
        /* S3 Control signs as S3 does, and its paths could be those of a bucket. */
        const char *own = awswire_head(r, "x-amz-account-id").len ? "s3control" : signing;
        const char *id = i ? aws_catalogue_entry(f->catalogue, i - 1)->id : own;
        const struct aws_service *s;
        struct err err;
        const char *op;
        size_t literal_here = SIZE_MAX;

        if (aws_catalogue_get(f->catalogue, str_from(id), &s, &err))
            continue;
        op = operation_of(f, s, r, signing, &literal_here);
        if (!*op || (best && literal_here <= most))
            continue;
        best = s;
        most = literal_here;
        a->service = arena_str(f->arena, s->id);
        a->operation = op;
        if (most == SIZE_MAX)
            break;
    }
    return best;
}

/* ---- which rule ---- */

static bool done_well(struct awsfake *f, const char *operation)
{
    bool found = false;

    VEC_EACH (a, &f->asked) {
        char name[160];

        (void)snprintf(name, sizeof(name), "%s:%s", a->service, a->operation);
        found = found || (a->well && strcmp(name, operation) == 0);
    }
    return found;
}

static bool is_matched(const struct value *v, const char *text)
{
    if (!v)
        return true;
    if (v->type == VALUE_STRING)
        return strstr(text, v->u.string.ptr) != NULL;
    VALUE_EACH (it, v)
        if (it->type != VALUE_STRING || !strstr(text, it->u.string.ptr))
            return false;
    return true;
}

static bool is_ruled(struct awsfake *f, const struct rule *r, const struct asked *a)
{
    const struct value *v = r->value;
    const char *after = value_cstr_or(v, "after", ""), *before = value_cstr_or(v, "before", "");
    const char *region = value_cstr_or(v, "region", a->region);
    const char *without = value_cstr_or(v, "without", NULL);
    int64_t times = value_i64_or(v, "times", 0);

    return strcmp(value_cstr_or(v, "service", a->service), a->service) == 0 &&
           strcmp(value_cstr_or(v, "operation", a->operation), a->operation) == 0 &&
           strcmp(region, a->region) == 0 && (!times || r->given < (unsigned)times) &&
           is_matched(value_get(v, "match"), a->text) && !(without && strstr(a->text, without)) &&
           (!*after || done_well(f, after)) && !(*before && done_well(f, before));
}

/* ---- answers ---- */

static bool is_xml(const struct aws_service *s)
{
    return !s || s->wire.protocol == AWS_QUERY || s->wire.protocol == AWS_EC2 ||
           s->wire.protocol == AWS_REST_XML;
}

static void put_body_xml(struct buf *out, const struct aws_service *s, const struct asked *a,
                         const struct value *v, const char *root)
{
    static const struct value nothing = {.type = VALUE_OBJECT};
    char name[160], result[160];

    v = v ? v : &nothing;
    (void)snprintf(name, sizeof(name), "%s%s", a->operation, "Response");
    (void)snprintf(result, sizeof(result), "%sResult", a->operation);
    if (s && s->wire.protocol == AWS_REST_XML) {
        awswire_xml(out, *root ? root : result, v);
    } else if (s && s->wire.protocol == AWS_EC2) {
        awswire_xml(out, name, v);
    } else {
        buf_addf(out, "<%s>", name);
        awswire_xml(out, result, v);
        buf_addf(out, "<ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></%s>",
                 name);
    }
}

static void put_error(struct buf *out, const struct aws_service *s, const char *code,
                      const char *message)
{
    struct json_writer w;

    if (s && s->wire.protocol == AWS_EC2) {
        buf_addf(out,
                 "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>"
                 "<RequestID>fake</RequestID></Response>",
                 code, message);
    } else if (s && s->wire.protocol == AWS_REST_XML) {
        buf_addf(out, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message);
    } else if (is_xml(s)) {
        buf_addf(out,
                 "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error>"
                 "<RequestId>fake</RequestId></ErrorResponse>",
                 code, message);
    } else {
        json_writer_init(&w, out);
        json_object_begin(&w);
        json_put_cstr(&w, "__type", code);
        json_put_cstr(&w, "message", message);
        json_object_end(&w);
    }
}

static void put_answer(struct buf *out, const struct aws_service *s, int status,
                       const struct value *headers, struct str body)
{
    bool typed = value_get(headers, "Content-Type") != NULL;

    buf_addf(out, "HTTP/1.1 %d Fake\r\nContent-Length: %zu\r\nx-amzn-RequestId: fake\r\n", status,
             body.len);
    if (!typed)
        buf_addf(out, "Content-Type: %s\r\n",
                 is_xml(s) ? "text/xml" : "application/x-amz-json-1.1");
    VALUE_EACH (it, headers)
        if (it->type == VALUE_STRING)
            buf_addf(out, "%s: %s\r\n", it->key.ptr, it->u.string.ptr);
    buf_adds(out, "\r\n");
    buf_add(out, body.ptr, body.len);
}

static void answer_otherwise(struct awsfake *f, const struct aws_service *s, const struct asked *a,
                             struct buf *out)
{
    struct buf body = BUF_INIT(TEXT_MAX);
    bool empty = strcmp(f->otherwise, "empty") == 0 && s;
    const struct aws_list *l =
        s && strcmp(f->otherwise, "one") == 0 ? aws_service_list(s, str_from(a->operation)) : NULL;
    const struct value *one = l ? awsone_answer(f->arena, s, l) : NULL;
    struct json_writer w;

    empty = empty || one;
    json_writer_init(&w, &body);
    if (empty && is_xml(s))
        put_body_xml(&body, s, a, one, "");
    else if (one)
        json_value(&w, one);
    else if (empty)
        buf_adds(&body, "{}");
    else
        put_error(&body, s, strcmp(f->otherwise, "denied") == 0 ? "AccessDenied" : "InvalidAction",
                  "no rule");
    put_answer(out, s,
               empty                                 ? 200
               : strcmp(f->otherwise, "denied") == 0 ? 403
                                                     : 400,
               NULL, buf_str(&body));
    buf_release(&body);
}

/* ---- metrics ---- */

static const char *member(struct awsfake *f, struct str form, const char *prefix, int n,
                          const char *name)
{
    char key[512];

    (void)snprintf(key, sizeof(key), "%s.member.%d.%s", prefix, n, name);
    return awswire_pair(f->arena, form, key);
}

/* Does the series that is asked for have all dimensions of `wanted`? */
static bool has_dims(struct awsfake *f, struct str form, int n, const struct value *wanted)
{
    char prefix[200];

    (void)snprintf(prefix, sizeof(prefix),
                   "MetricDataQueries.member.%d.MetricStat.Metric.Dimensions", n);
    VALUE_EACH (d, wanted) {
        bool found = false;

        for (int k = 1; !found && *member(f, form, prefix, k, "Name"); k++)
            found = str_eq_c(d->key, member(f, form, prefix, k, "Name")) &&
                    str_eq_c(d->u.string, member(f, form, prefix, k, "Value"));
        if (!found)
            return false;
    }
    return true;
}

static const struct value *metric_row(struct awsfake *f, struct str form, int n,
                                      const struct value *metrics)
{
    const char *q = "MetricDataQueries";
    char name[400];

    (void)snprintf(name, sizeof(name), "%s %s",
                   member(f, form, q, n, "MetricStat.Metric.Namespace"),
                   member(f, form, q, n, "MetricStat.Metric.MetricName"));
    VALUE_EACH (m, metrics) {
        if (str_eq_c(value_str_or(m, "metric", ""), name) &&
            has_dims(f, form, n, value_get(m, "dims")))
            return m;
    }
    return NULL;
}

/* GetMetricData by rows {"metric": "SPACE NAME", "dims", "before", "after", "at_ms"}. */
static void put_metrics(struct awsfake *f, struct str form, const struct value *metrics,
                        struct buf *out)
{
    int64_t from = 0, to = 0;

    (void)time_parse(str_from(awswire_pair(f->arena, form, "StartTime")), &from);
    (void)time_parse(str_from(awswire_pair(f->arena, form, "EndTime")), &to);
    buf_adds(out, "<GetMetricDataResponse><GetMetricDataResult><MetricDataResults>");
    for (int n = 1; *member(f, form, "MetricDataQueries", n, "Id"); n++) {
        const struct value *row = metric_row(f, form, n, metrics);
        int64_t period = 0;
        char t[TIME_TEXT_MAX];

        (void)num_i64(str_from(member(f, form, "MetricDataQueries", n, "MetricStat.Period")),
                      &period);
        period *= 1000;
        buf_addf(out, "<member><Id>%s</Id><StatusCode>Complete</StatusCode><Timestamps>",
                 member(f, form, "MetricDataQueries", n, "Id"));
        for (int64_t at = from; row && period > 0 && at + period <= to; at += period) {
            time_format_rfc3339(at, t);
            buf_addf(out, "<member>%s</member>", t);
        }
        buf_adds(out, "</Timestamps><Values>");
        for (int64_t at = from; row && period > 0 && at + period <= to; at += period)
            buf_addf(
                out, "<member>%.10g</member>",
                value_num_or(row, at >= value_i64_or(row, "at_ms", 0) ? "after" : "before", 0));
        buf_adds(out, "</Values></member>");
    }
    buf_adds(out, "</MetricDataResults></GetMetricDataResult></GetMetricDataResponse>");
}

static void answer_rule(struct awsfake *f, const struct aws_service *s, const struct rule *r,
                        struct asked *a, struct str form, struct buf *out)
{
    const struct value *v = r->value, *json = value_get(v, "json");
    const char *error = value_cstr_or(v, "error", "");
    int status = (int)value_i64_or(v, "status", *error ? 400 : 200);
    struct buf body = BUF_INIT(TEXT_MAX);
    struct json_writer w;

    a->well = status < 300 && !value_bool_or(v, "trial", false);
    if (value_bool_or(v, "cut", false)) { /* what it says was done, all the same */
        buf_adds(out, "HTTP/1.1 200 Fake\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n");
        return;
    }
    if (*error)
        put_error(&body, s, error, value_cstr_or(v, "message", ""));
    else if (value_get(v, "body"))
        buf_adds(&body, value_cstr_or(v, "body", ""));
    else if (value_get(v, "metrics"))
        put_metrics(f, form, value_get(v, "metrics"), &body);
    else if (is_xml(s))
        put_body_xml(&body, s, a, json, value_cstr_or(v, "root", ""));
    else if (json) {
        json_writer_init(&w, &body);
        json_value(&w, json);
    } else {
        buf_adds(&body, "{}");
    }
    put_answer(out, s, status, value_get(v, "headers"), buf_str(&body));
    buf_release(&body);
}

static void serve(void *ctx, struct str request, struct buf *out)
{
    struct awsfake *f = ctx;
    struct wire_request r;
    struct asked a = {0};
    struct buf text = BUF_INIT(TEXT_MAX);
    const struct aws_service *s;
    struct rule *found = NULL;

    if (!awswire_read(request, &r))
        return;
    pthread_mutex_lock(&f->lock);
    s = find_service(f, &r, &a);
    if (!*a.region && !*a.operation) { /* not AWS's: whoever looks at this machine's ports */
        pthread_mutex_unlock(&f->lock);
        buf_release(&text);
        buf_adds(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    awswire_decode(&text, r.path, false);
    buf_adds(&text, " ");
    awswire_decode(&text, r.query, true);
    buf_adds(&text, " ");
    awswire_decode(&text, r.body,
                   !s || s->wire.protocol == AWS_QUERY || s->wire.protocol == AWS_EC2);
    a.text = arena_strdup(f->arena, buf_cstr(&text));
    buf_release(&text);
    VEC_EACH (rule, &f->rules)
        if (!found && is_ruled(f, rule, &a))
            found = rule;
    a.ruled = found != NULL;
    if (found) {
        found->given++;
        answer_rule(f, s, found, &a, r.body, out);
    } else {
        answer_otherwise(f, s, &a, out);
    }
    *VEC_PUSH(&f->asked) = a;
    pthread_mutex_unlock(&f->lock);
}

/* ---- for the test ---- */

static void take(struct awsfake *f, const struct value *v)
{
    if (v->type != VALUE_OBJECT)
        die("a rule is an object, not a", value_type_name(v->type));
    if (value_get(v, "otherwise"))
        f->otherwise = arena_strdup(f->arena, value_cstr_or(v, "otherwise", "empty"));
    if (value_get(v, "service") || value_get(v, "operation"))
        *VEC_PUSH(&f->rules) = (struct rule){v, 0};
}

static void add(struct awsfake *f, const char *json)
{
    const struct value *v;
    struct err err;

    if (json_parse(f->arena, str_from(arena_strdup(f->arena, json)), &v, &err))
        die("rules", err.msg);
    if (v->type != VALUE_ARRAY)
        take(f, v);
    else
        VALUE_EACH (it, v)
            take(f, it);
}

struct awsfake *awsfake_open(const char *rules_json)
{
    struct awsfake *f = xcalloc(1, sizeof(*f));

    f->arena = arena_new(0);
    f->catalogue = aws_catalogue_new(NULL, 0);
    f->otherwise = "empty";
    pthread_mutex_init(&f->lock, NULL);
    add(f, rules_json);
    f->httpd = httpd_start();
    httpd_handle(f->httpd, serve, f);
    (void)snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u", httpd_port(f->httpd));
    return f;
}

void awsfake_close(struct awsfake *f)
{
    httpd_stop(f->httpd);
    pthread_mutex_destroy(&f->lock);
    aws_catalogue_free(f->catalogue);
    VEC_RELEASE(&f->rules);
    VEC_RELEASE(&f->asked);
    arena_free(f->arena);
    free(f);
}

void awsfake_add(struct awsfake *f, const char *rules_json)
{
    struct rule *old = f->rules.items;
    size_t count = f->rules.count;

    pthread_mutex_lock(&f->lock);
    f->rules.items = NULL;
    f->rules.count = f->rules.cap = 0;
    add(f, rules_json);
    for (size_t i = 0; i < count; i++)
        *VEC_PUSH(&f->rules) = old[i];
    free(old);
    pthread_mutex_unlock(&f->lock);
}

void awsfake_otherwise(struct awsfake *f, const char *word)
{
    pthread_mutex_lock(&f->lock);
    f->otherwise = arena_strdup(f->arena, word);
    pthread_mutex_unlock(&f->lock);
}

const char *awsfake_url(const struct awsfake *f)
{
    return f->url;
}

void awsfake_env(const struct awsfake *f)
{
    static const char *const off[] = {"AWS_PROFILE",
                                      "AWS_SESSION_TOKEN",
                                      "AWS_WEB_IDENTITY_TOKEN_FILE",
                                      "AWS_CA_BUNDLE",
                                      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

    for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
        unsetenv(off[i]);
    setenv("AWS_ENDPOINT_URL", f->url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1);
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
}

size_t awsfake_count(struct awsfake *f, const char *operation)
{
    size_t n = 0;

    pthread_mutex_lock(&f->lock);
    VEC_EACH (a, &f->asked) {
        char name[160];

        (void)snprintf(name, sizeof(name), "%s:%s", a->service, a->operation);
        n += !operation || strcmp(name, operation) == 0;
    }
    pthread_mutex_unlock(&f->lock);
    return n;
}

void awsfake_log(struct awsfake *f, struct buf *out)
{
    pthread_mutex_lock(&f->lock);
    VEC_EACH (a, &f->asked)
        buf_addf(out, "%s %s %s %s %s\n", a->service, *a->operation ? a->operation : "-",
                 *a->region ? a->region : "-", a->ruled ? "rule" : "otherwise", a->text);
    pthread_mutex_unlock(&f->lock);
}
