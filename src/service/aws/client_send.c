/* client_send.c - one request: where it goes, its headers, its signature. */
#include "client_priv.h"

#include <strings.h>

#include "runbook/base/log.h"
#include "runbook/net/sigv4.h"
#include "runbook/service/aws/action.h"

#define HEADERS_MAX 72
#define CONNECT_MS 10000
#define REQUEST_MS 60000

struct sending {
    struct arena *arena;
    struct aws_request q;
    struct aws_endpoint at;
    struct http_header headers[HEADERS_MAX];
    size_t count;
    const char *content_type;
    struct sigv4_header signed_headers[HEADERS_MAX];
    size_t signed_count;
    struct sigv4 sig;
};

static void add(struct sending *s, const char *name, const char *value)
{
    if (s->count < HEADERS_MAX)
        s->headers[s->count++] = (struct http_header){name, value};
}

static void to_sign(struct sending *s, const char *name, const char *value)
{
    if (s->signed_count < HEADERS_MAX)
        s->signed_headers[s->signed_count++] =
            (struct sigv4_header){str_from(name), str_from(value)};
}

static void take_headers(struct sending *s, const struct aws_service *service)
{
    to_sign(s, "host", s->at.host);
    VALUE_EACH (it, service->headers)
        if (it->type == VALUE_STRING) {
            to_sign(s, it->key.ptr, it->u.string.ptr);
            add(s, it->key.ptr, it->u.string.ptr);
        }
    for (size_t i = 0; i < s->q.header_count; i++) {
        const struct aws_header *h = &s->q.headers[i];

        to_sign(s, h->name, h->value);
        if (strcasecmp(h->name, "content-type") == 0)
            s->content_type = h->value;
        else
            add(s, h->name, h->value);
    }
}

static bool is_s3(const struct aws_service *s)
{
    return str_eq_c(s->id, "s3") || str_eq_c(s->id, "s3control");
}

static struct sigv4_options options(struct sending *s, const struct aws_client *c,
                                    const struct aws_service *service, const struct aws_keys *keys)
{
    return (struct sigv4_options){
        .access_key = secret_reveal(keys->access_key),
        .secret_key = secret_reveal(keys->secret_key),
        .session_token = secret_reveal(keys->session_token),
        .region = s->at.signing_region,
        .service = arena_str(s->arena, service->signing),
        .wall_ms = loop_wall_ms(c->loop) + c->skew_ms,
        .keep_path = str_eq_c(service->signing, "s3"),
        .sign_body = is_s3(service) || str_eq_c(service->id, "glacier"),
    };
}

static void sign(struct sending *s, const struct aws_client *c, const struct aws_service *service,
                 const struct aws_keys *keys)
{
    struct sigv4_options o = options(s, c, service, keys);
    struct sigv4_request r = {.method = s->q.method,
                              .target = str_from(s->at.target),
                              .headers = s->signed_headers,
                              .header_count = s->signed_count,
                              .body = s->q.body};

    sigv4_sign(&o, &r, &s->sig);
    add(s, "X-Amz-Date", s->sig.date);
    if (o.session_token.len)
        add(s, "X-Amz-Security-Token", o.session_token.ptr);
    if (o.sign_body)
        add(s, "x-amz-content-sha256", s->sig.body_hash);
    add(s, "Authorization", buf_cstr(&s->sig.authorization));
}

/* The request and where it goes. */
static enum err_code prepare(struct sending *s, struct aws_client *c,
                             const struct aws_service *service, const struct aws_list *list,
                             const struct value *params, const char *region, struct err *err)
{
    struct aws_where w;

    if (aws_closed_guard(service, list, err) ||
        aws_list_request(s->arena, service, list, params, &s->q, err) ||
        aws_call_where(c, service, region, &w, err))
        return err->code;
    return aws_endpoint_make(s->arena, service, &w, s->q.target, s->q.host_prefix, &s->at, err);
}

static void on_done(void *ctx, const struct http_result *r)
{
    struct call *k = ctx;

    k->xfer = 0;
    aws_call_answered(k, r);
}

static void send(struct call *k, struct sending *s)
{
    static const struct http_callbacks callbacks = {.on_done = on_done};
    struct aws_client *c = k->client;
    struct http_request req = {.method = s->q.method,
                               .url = s->at.url,
                               .headers = s->headers,
                               .header_count = s->count,
                               .body = s->q.body,
                               .content_type = s->content_type,
                               .tls = c->has_tls ? &c->tls : NULL,
                               .connect_timeout_ms = CONNECT_MS,
                               .timeout_ms = REQUEST_MS,
                               .max_body_bytes = c->max_body_bytes,
                               .may_repeat = !k->once}; /* reading twice changes nothing */

    k->xfer = http_send(c->http, &req, &callbacks, k);
}

void aws_call_send(struct call *k, const struct aws_keys *keys)
{
    struct sending s = {.arena = arena_new(0)};
    struct str id = keys ? secret_reveal(keys->access_key) : STR_LIT("");

    k->state = CALL_SENT;
    k->attempts++;
    (void)memset(k->key_hint, 0, sizeof(k->key_hint));
    if (id.len > 4)
        memcpy(k->key_hint, id.ptr + id.len - 4, 4);
    sigv4_init(&s.sig);
    if (prepare(&s, k->client, k->service, k->list, k->params, k->region, &k->result.err)) {
        aws_call_ended(k, AWS_END_INPUT);
    } else {
        k->result.requests++;
        take_headers(&s, k->service);
        if (keys)
            sign(&s, k->client, k->service, keys);
        LOG(LOG_NET, "aws %.*s %.*s in %s, attempt %u", STR_FMT(k->service->id),
            STR_FMT(k->list->name), k->region, k->attempts);
        send(k, &s);
    }
    sigv4_release(&s.sig);
    arena_free(s.arena);
}

/* ---- streams ---- */

#define STREAM_MS (4 * INT64_C(3600000)) /* a live tail ends by itself after three hours */
#define STREAM_IDLE_MS 300000

enum err_code aws_stream_send(struct aws_client *c, const struct aws_query *q,
                              const struct aws_keys *keys, const struct http_callbacks *cb,
                              void *ctx, xfer_id *ret, struct err *err)
{
    struct sending s = {.arena = arena_new(0)};
    const char *region = q->region ? q->region : aws_client_region(c);

    sigv4_init(&s.sig);
    if (!prepare(&s, c, q->service, q->list, q->params, region, err)) {
        struct http_request req = {.timeout_ms = STREAM_MS,
                                   .idle_timeout_ms = STREAM_IDLE_MS,
                                   .connect_timeout_ms = CONNECT_MS,
                                   .max_body_bytes = SIZE_MAX / 2,
                                   .stream = true};

        take_headers(&s, q->service);
        sign(&s, c, q->service, keys);
        req.method = s.q.method;
        req.url = s.at.url;
        req.headers = s.headers;
        req.header_count = s.count;
        req.body = s.q.body;
        req.content_type = s.content_type;
        req.tls = c->has_tls ? &c->tls : NULL;
        *ret = http_send(c->http, &req, cb, ctx);
    }
    sigv4_release(&s.sig);
    arena_free(s.arena);
    return err->code;
}

/* ---- presigned ---- */

static enum err_code presign(struct sending *s, struct aws_client *c, const struct aws_query *q,
                             const struct aws_keys *keys, unsigned expires_s, struct buf *out,
                             struct err *err)
{
    struct sigv4_options o;
    struct sigv4_request r;
    const char *region = q->region ? q->region : aws_client_region(c);

    if (prepare(s, c, q->service, q->list, q->params, region, err))
        return err->code;
    if (!cstr_eq(s->q.method, "GET") || s->q.body.len)
        return err_set(err, ERR_INPUT, "%.*s %.*s is no GET: it has no address to be signed",
                       STR_FMT(q->service->id), STR_FMT(q->list->name));
    to_sign(s, "host", s->at.host);
    o = options(s, c, q->service, keys);
    o.expires_s = expires_s;
    o.sign_body = false;
    r = (struct sigv4_request){.method = s->q.method,
                               .target = str_from(s->at.target),
                               .headers = s->signed_headers,
                               .header_count = s->signed_count,
                               .body = STR_LIT("")};
    sigv4_presign(&o, &r, &s->sig);
    buf_add(out, s->at.url, strlen(s->at.url) - strlen(s->at.target));
    buf_add_str(out, buf_str(&s->sig.target));
    return buf_check(out, "the address", err);
}

enum err_code aws_presign(struct aws_client *c, const struct aws_query *q, unsigned expires_s,
                          struct buf *out, struct err *err)
{
    struct sending s = {.arena = arena_new(0)};
    struct aws_keys keys;
    enum err_code rc = ERR_OK;

    sigv4_init(&s.sig);
    switch (aws_credentials_peek(c->credentials, &keys, err)) {
    case AWS_KNOWN:
        rc = presign(&s, c, q, &keys, expires_s, out, err);
        break;
    case AWS_ASKING:
        rc = err_set(err, ERR_AGAIN, "the keys of %s are not known yet", keys.from);
        break;
    case AWS_MISSING:
        rc = err->code;
        break;
    }
    sigv4_release(&s.sig);
    arena_free(s.arena);
    return rc;
}
