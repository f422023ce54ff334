/* http_request.c - a request is checked and copied before it is queued, so that what cannot be sent
 * is refused at once and by name, and the caller's memory is free when http_send() returns. */
#include "src/net/http_priv.h"

#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"
#include "runbook/codec/hash.h"

#define DEFAULT_CONNECT_MS 5000
#define DEFAULT_TIMEOUT_MS 30000
#define DEFAULT_BODY_MAX ((size_t)16 << 20)
#define HEAD_MAX ((size_t)128 << 10)
#define URL_MAX ((size_t)64 << 10)

static bool is_token(const char *s) /* Source: RFC 9110, 5.6.2 */
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    if (!*s)
        return false;
    for (; *s; s++) {
        bool alnum =
            (*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');

        if (!alnum && !strchr(marks, *s))
            return false;
    }
    return true;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return true;
    }
    return false;
}

static void add_header(struct xfer *x, const char *name, struct str value)
{
    struct buf line = BUF_INIT(BUF_NO_MAX);
    struct curl_slist *list;

    /* Curl's syntax: "Name;" sends an empty value, "Name:" would take the header out. */
    buf_addf(&line, value.len ? "%s: %.*s" : "%s;", name, STR_FMT(value));
    list = x->client->api.slist_append(x->headers, buf_cstr(&line));
    if (!list)
        mem_fatal("out of memory");
    x->headers = list;
    secret_wipe(line.ptr, line.len);
    buf_release(&line);
}

/* Curl's own default must not be sent. */
static void drop_header(struct xfer *x, const char *name_and_colon)
{
    struct curl_slist *list = x->client->api.slist_append(x->headers, name_and_colon);

    if (!list)
        mem_fatal("out of memory");
    x->headers = list;
}

static enum err_code add_auth(struct xfer *x, const struct http_request *req, struct err *err)
{
    struct buf value = BUF_INIT((size_t)64 << 10), pair = BUF_INIT((size_t)48 << 10);
    struct str secret = secret_reveal(req->secret);
    enum err_code rc = ERR_OK;

    if (req->auth == HTTP_AUTH_NONE)
        return ERR_OK;
    if (req->auth == HTTP_AUTH_BASIC) {
        buf_addf(&pair, "%s:%.*s", req->user ? req->user : "", STR_FMT(secret));
        buf_adds(&value, "Basic ");
        base64_encode(&value, buf_str(&pair));
    } else {
        buf_addf(&value, "Bearer %.*s", STR_FMT(secret));
    }
    if (pair.full || value.full || has_control(buf_str(&value)))
        rc = err_set(err, ERR_INPUT, "the %s for %s holds a line break or is too long",
                     req->auth == HTTP_AUTH_BASIC ? "password" : "token", x->peer);
    else
        add_header(x, "Authorization", buf_str(&value));
    if (pair.ptr)
        secret_wipe(pair.ptr, pair.cap);
    if (value.ptr)
        secret_wipe(value.ptr, value.cap);
    buf_release(&pair);
    buf_release(&value);
    return rc;
}

static enum err_code add_headers(struct xfer *x, const struct http_request *req, struct err *err)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const struct http_header *h = &req->headers[i];

        if (!is_token(h->name))
            return err_set(err, ERR_INPUT, "a request header for %s has a bad name", x->peer);
        if (has_control(str_from(h->value)))
            return err_set(err, ERR_INPUT, "the request header %s holds a line break", h->name);
        add_header(x, h->name, str_from(h->value));
    }
    if (req->content_type && has_control(str_from(req->content_type)))
        return err_set(err, ERR_INPUT, "the content type holds a line break");
    if (req->content_type)
        add_header(x, "Content-Type", str_from(req->content_type));
    else
        drop_header(x, "Content-Type:");
    drop_header(x, "Expect:"); /* would wait a second for 100 Continue */
    return add_auth(x, req, err);
}

static char *url_part(const struct curl_api *api, CURLU *u, CURLUPart part)
{
    char *text = NULL, *copy;

    if (api->url_get(u, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return NULL;
    copy = xstrdup(text);
    api->free(text);
    return copy;
}

static enum err_code bad_url(const char *url, const char *why, struct err *err)
{
    struct buf shown = BUF_INIT(URL_MAX);
    enum err_code rc;

    url_redact(&shown, url);
    rc = err_set(err, ERR_INPUT, "\"%.200s\" %s", buf_cstr(&shown), why);
    buf_release(&shown);
    return rc;
}

static void forget_url(struct xfer *x)
{
    free(x->url);
    free(x->scheme);
    free(x->name);
    free(x->port);
    free(x->peer);
    x->url = x->scheme = x->name = x->port = x->peer = NULL;
}

enum err_code request_set_url(struct xfer *x, const char *url, struct err *err)
{
    const struct curl_api *api = &x->client->api;
    CURLU *u = api->url();
    enum err_code rc = ERR_OK;

    forget_url(x);
    x->url = xstrdup(url);
    if (strlen(url) >= URL_MAX || has_control(str_from(url)) || !u ||
        api->url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        rc = bad_url(url, "is not a URL: write http://host:port/ or https://host/", err);
    } else {
        x->scheme = url_part(api, u, CURLUPART_SCHEME);
        x->name = url_part(api, u, CURLUPART_HOST);
        x->port = url_part(api, u, CURLUPART_PORT);
        if (!x->scheme || (strcmp(x->scheme, "http") != 0 && strcmp(x->scheme, "https") != 0))
            rc = bad_url(url, "is neither http nor https", err);
        else if (!x->name || !*x->name || !x->port)
            rc = bad_url(url, "names no host", err);
    }
    if (!rc)
        x->peer = xasprintf("%s:%s", x->name, x->port);
    api->url_cleanup(u);
    return rc;
}

/* Ask for the certificate's name instead of the address: the URL carries the name, CONNECT_TO leads
 * to the address, and the Host header stays the address. */
static enum err_code apply_server_name(struct xfer *x, struct err *err)
{
    const struct curl_api *api = &x->client->api;
    const char *name = x->tls.server_name;
    char *entry, *peer;
    CURLU *u;
    char *text = NULL;
    enum err_code rc = ERR_OK;

    if (!name || !*name || strcmp(x->scheme, "https") != 0 || strcasecmp(name, x->name) == 0)
        return ERR_OK;
    u = api->url();
    if (!u || api->url_set(u, CURLUPART_URL, x->url, 0) != CURLUE_OK ||
        api->url_set(u, CURLUPART_HOST, name, 0) != CURLUE_OK ||
        api->url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        rc = err_set(err, ERR_INPUT, "tls.server_name \"%.200s\" is not a host name", name);
    } else {
        peer = xstrdup(x->peer);
        entry = xasprintf("%s:%s:%s:%s", name, x->port, x->name, x->port);
        x->connect_to = api->slist_append(NULL, entry);
        add_header(x, "Host", str_from(peer));
        rc = request_set_url(x, text, err);
        free(x->peer);
        x->peer = peer; /* messages name what the user wrote */
        free(entry);
    }
    api->free(text);
    api->url_cleanup(u);
    return rc;
}

static void copy_tls(struct http_tls *to, const struct http_tls *from)
{
    if (!from)
        return;
    to->ca_file = from->ca_file ? xstrdup(from->ca_file) : NULL;
    to->cert_file = from->cert_file ? xstrdup(from->cert_file) : NULL;
    to->key_file = from->key_file ? xstrdup(from->key_file) : NULL;
    to->server_name = from->server_name ? xstrdup(from->server_name) : NULL;
    to->insecure = from->insecure;
}

static void copy_numbers(struct xfer *x, const struct http_request *req)
{
    x->connect_timeout_ms =
        req->connect_timeout_ms > 0 ? req->connect_timeout_ms : DEFAULT_CONNECT_MS;
    x->timeout_ms = req->timeout_ms > 0 ? req->timeout_ms : DEFAULT_TIMEOUT_MS;
    x->idle_timeout_ms = req->idle_timeout_ms;
    x->max_body_bytes = req->max_body_bytes ? req->max_body_bytes : DEFAULT_BODY_MAX;
    x->retries = req->retries;
    x->stream = req->stream;
    x->follow = req->follow_redirects;
    x->direct = req->direct;
    x->repeatable =
        req->may_repeat || strcmp(x->method, "GET") == 0 || strcmp(x->method, "HEAD") == 0;
    buf_init(&x->head, HEAD_MAX);
    buf_init(&x->answer, x->max_body_bytes);
    buf_init(&x->piece, x->max_body_bytes);
}

enum err_code request_copy(struct xfer *x, const struct http_request *req, struct err *err)
{
    enum err_code rc;

    x->method = xstrdup(req->method ? req->method : "GET");
    buf_init(&x->body, BUF_NO_MAX);
    buf_add_str(&x->body, req->body);
    copy_tls(&x->tls, req->tls);
    copy_numbers(x, req);
    rc = wire_open(x->client, err);
    if (rc)
        return rc;
    if (!is_token(x->method))
        return err_set(err, ERR_INPUT, "\"%.40s\" is not an HTTP method", x->method);
    rc = request_set_url(x, req->url, err);
    if (!rc)
        rc = add_headers(x, req, err);
    if (!rc)
        rc = apply_server_name(x, err);
    return rc;
}

void request_release(struct xfer *x)
{
    for (struct curl_slist *s = x->headers; s; s = s->next)
        secret_wipe(s->data, strlen(s->data));
    if (x->headers)
        x->client->api.slist_free_all(x->headers);
    if (x->connect_to)
        x->client->api.slist_free_all(x->connect_to);
    x->headers = x->connect_to = NULL;
    if (x->url)
        secret_wipe(x->url, strlen(x->url)); /* may hold user information */
    forget_url(x);
    free(x->method);
    buf_release(&x->body);
    buf_release(&x->head);
    buf_release(&x->answer);
    buf_release(&x->piece);
    free((void *)(uintptr_t)x->tls.ca_file); /* our copies behind the caller's const type */
    free((void *)(uintptr_t)x->tls.cert_file);
    free((void *)(uintptr_t)x->tls.key_file);
    free((void *)(uintptr_t)x->tls.server_name);
}
