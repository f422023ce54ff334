/* sigv4.c - see sigv4.h. Paths are encoded once more than they were sent, except for S3; query
 * pairs are sorted after encoding; header values are trimmed and inner runs of blanks become one.
 */
#include "runbook/net/sigv4.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TEXT_MAX ((size_t)1 << 20)

struct pair {
    char *name, *value;
    size_t order; /* repeated names keep theirs */
};
struct pairs {
    VEC(struct pair) list;
};

static void pairs_release(struct pairs *p)
{
    VEC_EACH (it, &p->list) {
        free(it->name);
        free(it->value);
    }
    VEC_RELEASE(&p->list);
}

static void pairs_add(struct pairs *p, char *name, char *value)
{
    size_t order = p->list.count;

    *VEC_PUSH(&p->list) = (struct pair){name, value, order};
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Percent-encode; `keep` stays as well, and with `keep_escapes` what is encoded already. */
static void encode(struct buf *out, struct str s, char keep, bool keep_escapes)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool escape = keep_escapes && c == '%' && i + 2 < s.len && is_hex(s.ptr[i + 1]) &&
                      is_hex(s.ptr[i + 2]);

        if (is_unreserved(c) || (keep && c == keep) || escape)
            buf_addc(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

/* "/a/./b//../c/" to "/a/c/". Source: RFC 3986, 5.2.4, and double slashes become one. */
static void normalize(struct buf *out, struct str path)
{
    struct str rest = path, piece;
    bool slash = path.len && path.ptr[path.len - 1] == '/';

    while (str_split(&rest, '/', &piece)) {
        bool last = !rest.len;

        if (!piece.len || str_eq_c(piece, ".") || str_eq_c(piece, "..")) {
            if (str_eq_c(piece, ".."))
                while (out->len && out->ptr[--out->len] != '/')
                    ;
            slash = slash || (last && piece.len);
            continue;
        }
        buf_addc(out, '/');
        buf_add_str(out, piece);
    }
    if (!out->len || (slash && out->ptr[out->len - 1] != '/'))
        buf_addc(out, '/');
}

static void put_path(struct buf *out, const struct sigv4_options *o, struct str path)
{
    struct buf plain = BUF_INIT(TEXT_MAX);

    if (o->keep_path)
        buf_add_str(&plain, path.len ? path : STR_LIT("/"));
    else
        normalize(&plain, path);
    encode(out, buf_str(&plain), '/', cstr_eq(o->service, "s3"));
    buf_release(&plain);
}

static char *encoded(struct str s)
{
    struct buf b = BUF_INIT(TEXT_MAX);

    encode(&b, s, 0, true);
    return b.ptr ? buf_detach(&b) : xstrdup("");
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = strcmp(x->name, y->name);

    return c ? c : strcmp(x->value, y->value);
}

static int by_name_and_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int c = strcmp(x->name, y->name);

    return c ? c : (x->order > y->order) - (x->order < y->order);
}

static void sort(struct pairs *p, int (*cmp)(const void *, const void *))
{
    if (p->list.count)
        qsort(p->list.items, p->list.count, sizeof(*p->list.items), cmp);
}

static void read_query(struct pairs *p, struct str query)
{
    struct str piece, name;

    while (str_split(&query, '&', &piece)) {
        if (!piece.len)
            continue;
        if (!str_split(&piece, '=', &name))
            name = piece;
        pairs_add(p, encoded(name), encoded(piece));
    }
}

static void put_query(struct buf *out, struct pairs *p)
{
    sort(p, by_name_and_value);
    VEC_EACH (it, &p->list)
        buf_addf(out, "%s%s=%s", it == p->list.items ? "" : "&", it->name, it->value);
}

/* ---- headers ---- */

static char *lower(struct str s)
{
    char *copy = xstrndup(s.ptr ? s.ptr : "", s.len);

    for (char *p = copy; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return copy;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Trimmed, runs of blanks (a folded line's too) become one. */
static char *squeezed(struct str s)
{
    struct buf b = BUF_INIT(TEXT_MAX);

    s = str_trim(s);
    for (size_t i = 0; i < s.len; i++) {
        if (!is_blank(s.ptr[i]))
            buf_addc(&b, s.ptr[i]);
        else if (!is_blank(s.ptr[i - 1]))
            buf_addc(&b, ' ');
    }
    return b.ptr ? buf_detach(&b) : xstrdup("");
}

static bool has(const struct pairs *p, const char *name)
{
    VEC_EACH (it, &p->list)
        if (strcmp(it->name, name) == 0)
            return true;
    return false;
}

static void add_own(struct pairs *p, const char *name, struct str value)
{
    if (!has(p, name))
        pairs_add(p, xstrdup(name), xstrndup(value.ptr, value.len));
}

static void read_headers(struct pairs *p, const struct sigv4_request *r)
{
    for (size_t i = 0; i < r->header_count; i++)
        pairs_add(p, lower(r->headers[i].name), squeezed(r->headers[i].value));
}

static void put_headers(struct buf *out, const struct pairs *p)
{
    for (size_t i = 0; i < p->list.count; i++) {
        const struct pair *it = &p->list.items[i];

        if (i && strcmp(it->name, it[-1].name) == 0)
            buf_addf(out, ",%s", it->value);
        else
            buf_addf(out, "%s%s:%s", i ? "\n" : "", it->name, it->value);
    }
    buf_addc(out, '\n');
}

static void put_names(struct buf *out, const struct pairs *p)
{
    for (size_t i = 0; i < p->list.count; i++) {
        const struct pair *it = &p->list.items[i];

        if (!i || strcmp(it->name, it[-1].name) != 0)
            buf_addf(out, "%s%s", i ? ";" : "", it->name);
    }
}

/* ---- the signature ---- */

static void hmac(const uint8_t *key, size_t key_len, struct str data, uint8_t out[SHA256_BYTES])
{
    hash_hmac_sha256((struct str){(const char *)key, key_len}, data, out);
}

static void sign_text(const struct sigv4_options *o, struct str day, struct str text,
                      char out[SHA256_HEX])
{
    struct buf secret = BUF_INIT(TEXT_MAX);
    uint8_t k[SHA256_BYTES];

    buf_adds(&secret, "AWS4");
    buf_add_str(&secret, o->secret_key);
    hmac((const uint8_t *)buf_cstr(&secret), secret.len, day, k);
    hmac(k, sizeof(k), str_from(o->region), k);
    hmac(k, sizeof(k), str_from(o->service), k);
    hmac(k, sizeof(k), STR_LIT("aws4_request"), k);
    hmac(k, sizeof(k), text, k);
    hash_hex(k, sizeof(k), out);
    secret_wipe(k, sizeof(k));
    secret_wipe(secret.ptr, secret.cap);
    buf_release(&secret);
}

/* "2015-08-30T12:36:00.000Z" without what stands between the digits. */
static void format_date(int64_t wall_ms, char out[17])
{
    char text[TIME_TEXT_MAX];
    size_t n = 0;

    time_format_rfc3339(wall_ms, text);
    for (const char *p = text; *p && *p != '.' && n < 15; p++)
        if ((*p >= '0' && *p <= '9') || *p == 'T')
            out[n++] = *p;
    out[n++] = 'Z';
    out[n] = '\0';
}

static char *scope_of(const struct sigv4_options *o, const struct sigv4 *s)
{
    return xasprintf("%.8s/%s/%s/aws4_request", s->date, o->region, o->service);
}

static void split_target(struct str target, struct str *ret_path, struct str *ret_query)
{
    ptrdiff_t at = str_find(target, STR_LIT("?"));
    size_t path = at < 0 ? target.len : (size_t)at;

    *ret_path = (struct str){target.ptr, path};
    *ret_query =
        at < 0 ? (struct str){"", 0} : (struct str){target.ptr + path + 1, target.len - path - 1};
}

static void put_canonical(const struct sigv4_options *o, const struct sigv4_request *r,
                          struct pairs *query, const struct pairs *headers, struct sigv4 *s)
{
    struct str path, rest;

    split_target(r->target, &path, &rest);
    buf_addf(&s->canonical, "%s\n", r->method);
    put_path(&s->canonical, o, path);
    buf_addc(&s->canonical, '\n');
    put_query(&s->canonical, query);
    buf_addc(&s->canonical, '\n');
    put_headers(&s->canonical, headers);
    buf_addc(&s->canonical, '\n');
    put_names(&s->canonical, headers);
    buf_addf(&s->canonical, "\n%s", s->body_hash);
}

static void finish(const struct sigv4_options *o, const char *scope, struct sigv4 *s)
{
    char hash[SHA256_HEX];

    hash_sha256_hex(buf_str(&s->canonical), hash);
    buf_addf(&s->to_sign, ALGORITHM "\n%s\n%s\n%s", s->date, scope, hash);
    sign_text(o, (struct str){s->date, 8}, buf_str(&s->to_sign), s->signature);
}

void sigv4_init(struct sigv4 *s)
{
    memset(s, 0, sizeof(*s));
    buf_init(&s->canonical, 4 * TEXT_MAX);
    buf_init(&s->to_sign, TEXT_MAX);
    buf_init(&s->authorization, TEXT_MAX);
    buf_init(&s->target, TEXT_MAX);
}

void sigv4_release(struct sigv4 *s)
{
    struct buf *bufs[] = {&s->canonical, &s->to_sign, &s->authorization, &s->target};

    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        if (bufs[i]->ptr) /* a session token stands in it */
            secret_wipe(bufs[i]->ptr, bufs[i]->cap);
        buf_release(bufs[i]);
    }
    secret_wipe(s->signature, sizeof(s->signature));
}

void sigv4_sign(const struct sigv4_options *o, const struct sigv4_request *r, struct sigv4 *ret)
{
    struct pairs headers = {0}, query = {0};
    struct str path, rest;
    char *scope;

    format_date(o->wall_ms, ret->date);
    hash_sha256_hex(r->body, ret->body_hash);
    scope = scope_of(o, ret);
    read_headers(&headers, r);
    add_own(&headers, "x-amz-date", str_from(ret->date));
    if (o->session_token.len && !o->token_outside)
        add_own(&headers, "x-amz-security-token", o->session_token);
    if (o->sign_body)
        add_own(&headers, "x-amz-content-sha256", str_from(ret->body_hash));
    sort(&headers, by_name_and_order);
    split_target(r->target, &path, &rest);
    read_query(&query, rest);
    put_canonical(o, r, &query, &headers, ret);
    finish(o, scope, ret);
    buf_addf(&ret->authorization,
             ALGORITHM " Credential=%.*s/%s, SignedHeaders=", STR_FMT(o->access_key), scope);
    put_names(&ret->authorization, &headers);
    buf_addf(&ret->authorization, ", Signature=%s", ret->signature);
    free(scope);
    pairs_release(&headers);
    pairs_release(&query);
}

static void add_param(struct buf *target, struct pairs *query, const char *name, struct str value)
{
    char *text = encoded(value);

    buf_addf(target, "%c%s=%s", memchr(target->ptr, '?', target->len) ? '&' : '?', name, text);
    if (query)
        pairs_add(query, xstrdup(name), text);
    else
        free(text);
}

void sigv4_presign(const struct sigv4_options *o, const struct sigv4_request *r, struct sigv4 *ret)
{
    struct pairs headers = {0}, query = {0};
    struct buf names = BUF_INIT(TEXT_MAX);
    struct str path, rest;
    char *scope, *credential, expires[24];

    format_date(o->wall_ms, ret->date);
    if (cstr_eq(o->service, "s3")) /* who will send what is not known yet */
        snprintf(ret->body_hash, sizeof(ret->body_hash), "UNSIGNED-PAYLOAD");
    else
        hash_sha256_hex(r->body, ret->body_hash);
    scope = scope_of(o, ret);
    credential = xasprintf("%.*s/%s", STR_FMT(o->access_key), scope);
    snprintf(expires, sizeof(expires), "%u", o->expires_s);
    read_headers(&headers, r);
    sort(&headers, by_name_and_order);
    put_names(&names, &headers);
    split_target(r->target, &path, &rest);
    read_query(&query, rest);
    buf_add_str(&ret->target, r->target);
    add_param(&ret->target, &query, "X-Amz-Algorithm", STR_LIT(ALGORITHM));
    add_param(&ret->target, &query, "X-Amz-Credential", str_from(credential));
    add_param(&ret->target, &query, "X-Amz-Date", str_from(ret->date));
    add_param(&ret->target, &query, "X-Amz-SignedHeaders", buf_str(&names));
    add_param(&ret->target, &query, "X-Amz-Expires", str_from(expires));
    if (o->session_token.len)
        add_param(&ret->target, o->token_outside ? NULL : &query, "X-Amz-Security-Token",
                  o->session_token);
    put_canonical(o, r, &query, &headers, ret);
    finish(o, scope, ret);
    add_param(&ret->target, NULL, "X-Amz-Signature", str_from(ret->signature));
    free(scope);
    free(credential);
    buf_release(&names);
    pairs_release(&headers);
    pairs_release(&query);
}
