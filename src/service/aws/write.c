/* write.c - a call as a request: what the protocols have in common, and which writer a body has. */
#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/hash.h"
#include "wire_priv.h"

#define HEADERS_MAX 64

static void where_text(const struct where *at, struct buf *out)
{
    if (!at)
        return;
    where_text(at->up, out);
    if (out->len)
        buf_addc(out, '.');
    if (at->name.len)
        buf_add_str(out, at->name);
    else
        buf_addf(out, "%zu", at->index);
}

enum err_code wrong_type(struct writing *w, const struct where *at, const char *expected,
                         const struct value *v)
{
    struct buf path = BUF_INIT(200);

    where_text(at, &path);
    (void)err_set(w->err, ERR_INPUT, "%.*s: parameter '%s' must be %s, not %s",
                  STR_FMT(w->call->operation->name), buf_cstr(&path), expected,
                  value_type_name(v->type));
    buf_release(&path);
    return ERR_INPUT;
}

static enum err_code unknown_name(struct writing *w, const struct where *at,
                                  const struct aws_shape *s)
{
    struct buf path = BUF_INIT(200), known = BUF_INIT(240);

    where_text(at, &path);
    for (size_t i = 0; i < s->count; i++)
        buf_addf(&known, "%s%.*s", i ? ", " : "", STR_FMT(s->members[i].name));
    (void)err_set(w->err, ERR_INPUT, "%.*s has no parameter '%s'%s%s",
                  STR_FMT(w->call->operation->name), buf_cstr(&path),
                  known.len ? "; there are " : "", buf_cstr(&known));
    buf_release(&path);
    buf_release(&known);
    return ERR_INPUT;
}

enum err_code check_names(struct writing *w, const struct where *at, const struct aws_shape *s,
                          const struct value *v)
{
    if (v->type != VALUE_OBJECT)
        return wrong_type(w, at, "an object", v);
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};

        if (!aws_member(s, it->key))
            return unknown_name(w, &here, s);
    }
    return ERR_OK;
}

const struct value *member_value(struct writing *w, const struct aws_member *m,
                                 const struct value *params)
{
    const struct value *v = NULL;
    struct value *made;

    VALUE_EACH (it, params)
        if (str_eq(it->key, m->name))
            v = it;
    if (v && v->type == VALUE_NULL)
        v = NULL;
    if (v || !m->token || !w->call->token)
        return v;
    made = arena_alloc(w->arena, sizeof(*made));
    *made = (struct value){.type = VALUE_STRING, .u.string = str_from(w->call->token)};
    return made;
}

bool in_body(const struct aws_member *m)
{
    return m->place == AWS_IN_BODY;
}

void time_text(struct buf *out, enum aws_time_form form, double seconds)
{
    int64_t ms = (int64_t)llround(seconds * 1000);
    char text[TIME_TEXT_MAX];
    char number[32];

    switch (form) {
    case AWS_TIME_RFC822:
        time_format_http(ms, text);
        buf_adds(out, text);
        return;
    case AWS_TIME_UNIX:
        num_format_f64((double)ms / 1000, number);
        buf_adds(out, number);
        return;
    default:
        time_format_rfc3339(ms, text);
        if (ms % 1000 == 0)
            memcpy(text + strlen(text) - strlen(".000Z"), "Z", sizeof("Z"));
        buf_adds(out, text);
    }
}

static bool odd_float(struct str s)
{
    return str_eq_c(s, "NaN") || str_eq_c(s, "Infinity") || str_eq_c(s, "-Infinity");
}

static enum err_code time_value(struct writing *w, const struct where *at,
                                const struct aws_member *m, enum aws_time_form fallback,
                                const struct value *v, struct buf *out)
{
    double seconds = 0;
    int64_t ms;

    if (v->type == VALUE_NUMBER)
        seconds = v->u.number;
    else if (v->type == VALUE_STRING && time_parse(v->u.string, &ms))
        seconds = (double)ms / 1000;
    else
        return wrong_type(w, at, "a time (seconds since 1970, or 2026-02-04T10:00:00Z)", v);
    time_text(out, m->time == AWS_TIME_DEFAULT ? fallback : m->time, seconds);
    return ERR_OK;
}

static enum err_code number_text(struct writing *w, const struct where *at,
                                 const struct aws_member *m, const struct value *v, struct buf *out)
{
    bool whole = m->shape->type == AWS_INTEGER || m->shape->type == AWS_LONG;
    char text[32];

    if (!whole && v->type == VALUE_STRING && odd_float(v->u.string)) {
        buf_add_str(out, v->u.string);
        return ERR_OK;
    }
    if (v->type != VALUE_NUMBER || (whole && v->u.number != trunc(v->u.number)))
        return wrong_type(w, at, whole ? "a whole number" : "a number", v);
    num_format_f64(v->u.number, text);
    if (whole)
        buf_addf(out, "%.0f", v->u.number);
    else
        buf_adds(out, text);
    return ERR_OK;
}

enum err_code scalar_text(struct writing *w, const struct where *at, const struct aws_member *m,
                          enum aws_time_form fallback, const struct value *v, struct buf *out)
{
    switch (m->shape->type) {
    case AWS_STRING:
    case AWS_BLOB:
        if (v->type != VALUE_STRING)
            return wrong_type(w, at, "a string", v);
        if (m->shape->type == AWS_BLOB)
            base64_encode(out, v->u.string);
        else
            buf_add_str(out, v->u.string);
        return ERR_OK;
    case AWS_BOOLEAN:
        if (v->type != VALUE_BOOL)
            return wrong_type(w, at, "true or false", v);
        buf_adds(out, v->u.boolean ? "true" : "false");
        return ERR_OK;
    case AWS_TIMESTAMP:
        return time_value(w, at, m, fallback, v, out);
    case AWS_INTEGER:
    case AWS_LONG:
    case AWS_FLOAT:
    case AWS_DOUBLE:
        return number_text(w, at, m, v, out);
    default:
        return wrong_type(w, at, "a single value", v);
    }
}

void add_header(struct writing *w, struct aws_request *r, const char *name, const char *value)
{
    if (!r->headers)
        r->headers = arena_array(w->arena, HEADERS_MAX, sizeof(*r->headers));
    if (r->header_count < HEADERS_MAX)
        r->headers[r->header_count++] =
            (struct aws_header){arena_strdup(w->arena, name), arena_strdup(w->arena, value)};
}

static enum err_code json_request(struct writing *w, struct aws_request *r, struct buf *body)
{
    const struct aws_model *m = w->call->model;
    const struct aws_operation *op = w->call->operation;
    const struct value none = {.type = VALUE_OBJECT};

    if (m->query_compatible)
        add_header(w, r, "x-amzn-query-mode", "true");
    add_header(w, r, "Content-Type",
               arena_printf(w->arena, "application/x-amz-json-%.*s", STR_FMT(m->json_version)));
    add_header(w, r, "X-Amz-Target",
               arena_printf(w->arena, "%.*s.%.*s", STR_FMT(m->target_prefix), STR_FMT(op->name)));
    if (!op->input.shape) {
        buf_adds(body, "{}");
        return ERR_OK;
    }
    return write_json(w, NULL, &op->input, w->call->params ? w->call->params : &none, body);
}

static enum err_code query_request(struct writing *w, struct aws_request *r, struct buf *body)
{
    add_header(w, r, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    return write_query(w, body);
}

/* "{Bucket}.": labels of the host are members too. */
static enum err_code host_prefix(struct writing *w, struct aws_request *r)
{
    const struct aws_operation *op = w->call->operation;
    struct str rest = op->host_prefix;
    struct buf out = BUF_INIT(255);
    enum err_code rc = ERR_OK;

    while (rest.len && rc == ERR_OK) {
        const char *end = *rest.ptr == '{' ? memchr(rest.ptr, '}', rest.len) : NULL;
        struct str name = {rest.ptr + 1, end ? (size_t)(end - rest.ptr) - 1 : 0};
        const struct aws_member *m = end ? aws_member(op->input.shape, name) : NULL;
        const struct value *v = m ? member_value(w, m, w->call->params) : NULL;
        struct where at = {NULL, name, 0};

        if (!end)
            buf_addc(&out, *rest.ptr);
        else if (!v)
            rc = err_set(w->err, ERR_INPUT, "%.*s needs '%.*s': it is part of the address",
                         STR_FMT(op->name), STR_FMT(name));
        else
            rc = scalar_text(w, &at, m, AWS_TIME_ISO8601, v, &out);
        rest = end ? (struct str){end + 1, rest.len - name.len - 2}
                   : (struct str){rest.ptr + 1, rest.len - 1};
    }
    /* what a parameter says must not become another host */
    for (size_t i = 0; rc == ERR_OK && i < out.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
                    out.ptr[i]))
            rc = err_set(w->err, ERR_INPUT, "%.*s: '%s' cannot be part of a host's name",
                         STR_FMT(op->name), buf_cstr(&out));
    r->host_prefix = arena_strdup(w->arena, buf_cstr(&out));
    buf_release(&out);
    return rc;
}

static enum err_code build(struct writing *w, struct aws_request *r, struct buf *body)
{
    switch (w->call->model->protocol) {
    case AWS_JSON:
        return json_request(w, r, body);
    case AWS_EC2:
    case AWS_QUERY:
        return query_request(w, r, body);
    default:
        return write_rest(w, r);
    }
}

/* S3 refuses some writes without it. */
static void add_checksum(struct writing *w, struct aws_request *r)
{
    uint8_t md5[MD5_BYTES];
    struct buf text = BUF_INIT(64);

    hash_md5(r->body, md5);
    base64_encode(&text, (struct str){(const char *)md5, sizeof(md5)});
    add_header(w, r, "Content-MD5", buf_cstr(&text));
    buf_release(&text);
}

enum err_code aws_request_build(struct arena *arena, const struct aws_call *call,
                                struct aws_request *ret, struct err *err)
{
    struct writing w = {arena, call, err};
    struct buf body = BUF_INIT(BODY_MAX);
    enum err_code rc;

    *ret = (struct aws_request){
        .method = arena_str(arena, call->operation->method), .target = "/", .host_prefix = ""};
    if (call->params && call->params->type != VALUE_OBJECT)
        rc = err_set(err, ERR_INPUT, "%.*s: the parameters must be an object, not %s",
                     STR_FMT(call->operation->name), value_type_name(call->params->type));
    else
        rc = host_prefix(&w, ret);
    if (rc == ERR_OK)
        rc = build(&w, ret, &body);
    if (rc == ERR_OK)
        rc = buf_check(&body, "the request", err);
    if (rc == ERR_OK && body.len)
        ret->body = (struct str){arena_str(arena, buf_str(&body)), body.len};
    if (rc == ERR_OK && call->operation->checksum)
        add_checksum(&w, ret);
    buf_release(&body);
    return rc;
}
