/* awswire.c - see awswire.h. */
#include "tests/lib/awswire.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/net/sigv4.h"

#define TEXT_MAX ((size_t)16 << 20)

/* ---- requests ---- */

bool awswire_read(struct str request, struct wire_request *ret)
{
    ptrdiff_t end = str_find(request, STR_LIT("\r\n\r\n"));
    struct str rest, line;
    ptrdiff_t at;

    if (end < 0)
        return false;
    *ret = (struct wire_request){.head = {request.ptr, (size_t)end + 2}};
    ret->body = (struct str){request.ptr + end + 4, request.len - (size_t)end - 4};
    rest = ret->head;
    str_line(&rest, &line);
    str_split(&line, ' ', &ret->method);
    str_split(&line, ' ', &ret->target);
    at = str_find(ret->target, STR_LIT("://")); /* to a proxy */
    if (at > 0) {
        ret->target = (struct str){ret->target.ptr + at + 3, ret->target.len - (size_t)at - 3};
        at = str_find(ret->target, STR_LIT("/"));
        ret->target = at < 0 ? STR_LIT("/")
                             : (struct str){ret->target.ptr + at, ret->target.len - (size_t)at};
    }
    ret->query = ret->target;
    str_split(&ret->query, '?', &ret->path);
    return true;
}

struct str awswire_head(const struct wire_request *r, const char *name)
{
    struct str rest = r->head, line, key;

    while (str_line(&rest, &line)) {
        if (!str_split(&line, ':', &key))
            continue;
        if (key.len == strlen(name) && strncasecmp(key.ptr, name, key.len) == 0)
            return str_trim(line);
    }
    return STR_LIT("");
}

static int hex(char c)
{
    return c >= '0' && c <= '9'         ? c - '0'
           : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                        : -1;
}

void awswire_decode(struct buf *out, struct str s, bool plus)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%' && i + 2 < s.len && hex(s.ptr[i + 1]) >= 0 && hex(s.ptr[i + 2]) >= 0) {
            c = (char)(hex(s.ptr[i + 1]) * 16 + hex(s.ptr[i + 2]));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        c = c == '\n' || c == '\r' ? ' ' : c;
        buf_add(out, &c, 1);
    }
}

/* The value of a pair of a query or a form, decoded; "" without one. */
const char *awswire_pair(struct arena *arena, struct str s, const char *name)
{
    struct str piece, key;

    while (str_split(&s, '&', &piece)) {
        struct buf out = BUF_INIT(TEXT_MAX);
        const char *text;

        str_split(&piece, '=', &key);
        if (!str_eq_c(key, name))
            continue;
        awswire_decode(&out, piece, true);
        text = arena_strdup(arena, buf_cstr(&out));
        buf_release(&out);
        return text;
    }
    return "";
}

void awswire_scope(struct arena *arena, const struct wire_request *r, const char **ret_region,
                   const char **ret_signing)
{
    struct str head = awswire_head(r, "Authorization"), piece;
    ptrdiff_t at = str_find(head, STR_LIT("Credential="));

    *ret_region = *ret_signing = "";
    if (at < 0)
        return;
    head = (struct str){head.ptr + at, head.len - (size_t)at};
    str_split(&head, '/', &piece);
    str_split(&head, '/', &piece);
    str_split(&head, '/', &piece);
    *ret_region = arena_str(arena, piece);
    str_split(&head, '/', &piece);
    *ret_signing = arena_str(arena, piece);
}

static void put_text(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '<')
            buf_adds(out, "&lt;");
        else if (s.ptr[i] == '&')
            buf_adds(out, "&amp;");
        else
            buf_add(out, &s.ptr[i], 1);
    }
}

void awswire_xml(struct buf *out, const char *name, const struct value *v)
{
    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (it, v)
            awswire_xml(out, name, it);
        return;
    }
    buf_addf(out, "<%s>", name);
    if (v->type == VALUE_OBJECT) {
        VALUE_EACH (it, v)
            awswire_xml(out, it->key.ptr, it);
    } else if (v->type == VALUE_STRING) {
        put_text(out, v->u.string);
    } else if (v->type == VALUE_NUMBER) {
        buf_addf(out, "%.15g", v->u.number);
    } else if (v->type == VALUE_BOOL) {
        buf_adds(out, v->u.boolean ? "true" : "false");
    }
    buf_addf(out, "</%s>", name);
}

static char *decoded(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.len + 1), *to = out;

    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%' && i + 2 < s.len && hex(s.ptr[i + 1]) >= 0 && hex(s.ptr[i + 2]) >= 0) {
            *to++ = (char)(hex(s.ptr[i + 1]) * 16 + hex(s.ptr[i + 2]));
            i += 2;
        } else {
            *to++ = s.ptr[i] == '+' ? ' ' : s.ptr[i];
        }
    }
    return out;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Pairs, decoded, sorted, one a line: "a=" and "a" are the same. */
static char *pairs(struct arena *a, struct str s)
{
    VEC(char *) list = {0};
    struct buf out = BUF_INIT(TEXT_MAX);
    struct str piece, key;
    char *text;

    while (str_split(&s, '&', &piece)) {
        if (!piece.len)
            continue;
        str_split(&piece, '=', &key);
        *VEC_PUSH(&list) = arena_printf(a, "%s=%s", decoded(a, key), decoded(a, piece));
    }
    if (list.count)
        qsort(list.items, list.count, sizeof(*list.items), by_text);
    VEC_EACH (it, &list)
        buf_addf(&out, "%s\n", *it);
    VEC_RELEASE(&list);
    text = arena_strdup(a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static void put_sorted(struct arena *a, struct buf *out, const struct value *v)
{
    VEC(char *) list = {0};
    struct json_writer w;

    if (v->type != VALUE_OBJECT && v->type != VALUE_ARRAY) {
        json_writer_init(&w, out);
        json_value(&w, v);
        return;
    }
    buf_addc(out, v->type == VALUE_OBJECT ? '{' : '[');
    VALUE_EACH (it, v) {
        struct buf one = BUF_INIT(TEXT_MAX);

        if (v->type == VALUE_OBJECT)
            buf_addf(&one, "%.*s:", STR_FMT(it->key));
        put_sorted(a, &one, it);
        *VEC_PUSH(&list) = arena_strdup(a, buf_cstr(&one));
        buf_release(&one);
    }
    if (v->type == VALUE_OBJECT && list.count)
        qsort(list.items, list.count, sizeof(*list.items), by_text);
    VEC_EACH (it, &list)
        buf_addf(out, "%s,", *it);
    VEC_RELEASE(&list);
    buf_addc(out, v->type == VALUE_OBJECT ? '}' : ']');
}

/* A body in one form: JSON with sorted members, else pairs; "{}" is nothing. */
static char *body_form(struct arena *a, struct str body)
{
    const struct value *v;
    struct err ignored;
    struct buf out = BUF_INIT(TEXT_MAX);
    char *text;

    body = str_trim(body);
    if (!body.len || str_eq_c(body, "{}"))
        return arena_strdup(a, "");
    if (*body.ptr != '{' || json_parse(a, body, &v, &ignored))
        return *body.ptr == '<' ? arena_str(a, body) : pairs(a, body);
    put_sorted(a, &out, v);
    text = arena_strdup(a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

/* "/bucket/key", also where the bucket is in the host's name. */
static const char *path_form(struct arena *a, struct str host, const char *path)
{
    struct str rest = host, bucket;

    str_split(&rest, '.', &bucket);
    if (!str_starts(rest, "s3."))
        return path;
    return arena_printf(a, "/%.*s%s", STR_FMT(bucket), strcmp(path, "/") == 0 ? "" : path);
}

bool awswire_same(struct arena *arena, const struct wire_request *r, const struct value *exchange,
                  const char **ret_what)
{
    const struct value *q = value_get(exchange, "request");
    const char *path = path_form(arena, awswire_head(r, "host"), arena_str(arena, r->path));
    const char *wanted =
        path_form(arena, value_str_or(q, "host", ""), value_cstr_or(q, "path", "/"));
    char *query = pairs(arena, r->query),
         *wanted_query = pairs(arena, value_str_or(q, "query", ""));
    char *body = body_form(arena, r->body);
    char *wanted_body = body_form(arena, value_str_or(q, "body", ""));

    *ret_what = NULL;
    if (!str_eq(r->method, value_str_or(q, "method", "")))
        *ret_what = "method";
    else if (strcmp(path, wanted) != 0)
        *ret_what = arena_printf(arena, "path %s, not %s", path, wanted);
    else if (strcmp(query, wanted_query) != 0)
        *ret_what = arena_printf(arena, "query %s, not %s", query, wanted_query);
    else if (strcmp(body, wanted_body) != 0)
        *ret_what = arena_printf(arena, "body %s, not %s", body, wanted_body);
    return !*ret_what;
}

static bool is_ours(struct str name) /* lengths and connections are of this server */
{
    static const char *const names[] = {"content-length", "transfer-encoding", "connection",
                                        "content-encoding"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (name.len == strlen(names[i]) && strncasecmp(name.ptr, names[i], name.len) == 0)
            return true;
    return false;
}

void awswire_answer(const struct value *exchange, const char *more, struct buf *out)
{
    const struct value *a = value_get(exchange, "response");
    struct str body = value_str_or(a, "body", "");

    buf_addf(out, "HTTP/1.1 %d Recorded\r\n", (int)value_i64_or(a, "status", 200));
    VALUE_EACH (it, value_get(a, "headers"))
        if (it->type == VALUE_STRING && !is_ours(it->key))
            buf_addf(out, "%.*s: %.*s\r\n", STR_FMT(it->key), STR_FMT(it->u.string));
    buf_addf(out, "%sContent-Length: %zu\r\n\r\n", more, body.len);
    if (!str_eq_c(value_str_or(value_get(exchange, "request"), "method", ""), "HEAD"))
        buf_add_str(out, body);
}

/* ---- signatures ---- */

/* "20261121T004147Z" as milliseconds. */
static bool date_ms(struct arena *a, struct str d, int64_t *ret)
{
    if (d.len != 16)
        return false;
    return time_parse(str_from(arena_printf(a, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d.ptr, d.ptr + 4,
                                            d.ptr + 6, d.ptr + 9, d.ptr + 11, d.ptr + 13)),
                      ret);
}

bool awswire_signed(struct arena *arena, const struct wire_request *r, const char *secret,
                    const char *token, const char **ret_what)
{
    struct str auth = awswire_head(r, "authorization"), scope, part[5], names, name;
    ptrdiff_t at = str_find(auth, STR_LIT("Credential="));
    struct sigv4_header headers[64];
    struct sigv4_request q = {.headers = headers, .target = r->target, .body = r->body};
    struct sigv4_options o = {.secret_key = str_from(secret), .session_token = str_from(token)};
    struct sigv4 s;
    bool same;

    *ret_what = "no signature";
    if (at < 0 || !date_ms(arena, awswire_head(r, "x-amz-date"), &o.wall_ms))
        return false;
    scope = (struct str){auth.ptr + at + 11, auth.len - (size_t)at - 11};
    str_split(&scope, ',', &name);
    for (size_t i = 0; i < 5; i++)
        str_split(&name, '/', &part[i]);
    at = str_find(auth, STR_LIT("SignedHeaders="));
    names = (struct str){auth.ptr + at + 14, auth.len - (size_t)at - 14};
    str_split(&names, ',', &name);
    names = name;
    while (str_split(&names, ';', &name) && q.header_count < 64) {
        char *n = arena_str(arena, name);

        if (strcmp(n, "x-amz-date") == 0 || strcmp(n, "x-amz-security-token") == 0)
            continue;
        if (strcmp(n, "x-amz-content-sha256") == 0) {
            o.sign_body = true;
            continue;
        }
        headers[q.header_count++] = (struct sigv4_header){name, awswire_head(r, n)};
    }
    o.access_key = part[0];
    o.region = arena_str(arena, part[2]);
    o.service = arena_str(arena, part[3]);
    o.keep_path = strcmp(o.service, "s3") == 0;
    q.method = arena_str(arena, r->method);
    sigv4_init(&s);
    sigv4_sign(&o, &q, &s);
    same = str_eq(auth, buf_str(&s.authorization));
    *ret_what = same ? NULL
                     : arena_printf(arena, "signature %.*s, not %s", STR_FMT(auth),
                                    buf_cstr(&s.authorization));
    if (same && !str_eq_c(awswire_head(r, "x-amz-security-token"), token ? token : ""))
        *ret_what = "another session token";
    sigv4_release(&s);
    return !*ret_what;
}

/* ---- the server ---- */

struct wire {
    struct arena *arena;
    struct map *calls; /* key of a call to its exchange */
    struct map *likes; /* the operation alone */
    struct wire_options o;
    unsigned answered, unknown, throttled, seed;
    struct map *refused; /* requests that were throttled once */
};

/* Service and region of the signature, account's key, and the call. */
static char *key_of(struct arena *a, struct str auth, const char *method, const char *path,
                    struct str query, struct str body, struct str target)
{
    ptrdiff_t at = str_find(auth, STR_LIT("Credential="));
    struct str scope =
        at < 0 ? STR_LIT("") : (struct str){auth.ptr + at + 11, auth.len - (size_t)at - 11};
    struct str key = {0}, date = {0}, region = {0}, service = {0};

    str_split(&scope, '/', &key);
    str_split(&scope, '/', &date);
    str_split(&scope, '/', &region);
    str_split(&scope, '/', &service);
    return arena_printf(a, "%.*s|%.*s|%.*s|%s|%s|%s|%s|%.*s", STR_FMT(key), STR_FMT(region),
                        STR_FMT(service), method, path, pairs(a, query), body_form(a, body),
                        STR_FMT(target));
}

/* The operation alone: its service, and what names it. */
static char *like_of(struct arena *a, struct str auth, const char *method, const char *path,
                     struct str query, struct str body, struct str target)
{
    struct str piece = {0}, form = body.len ? body : query, key, action = {0}, version = {0};
    ptrdiff_t at = str_find(auth, STR_LIT("Credential="));

    if (at < 0)
        return NULL;
    auth = (struct str){auth.ptr + at, auth.len - (size_t)at};
    for (int i = 0; i < 4; i++)
        str_split(&auth, '/', &piece);
    while (!target.len && str_split(&form, '&', &key)) {
        if (str_starts(key, "Action="))
            action = key;
        if (str_starts(key, "Version="))
            version = key;
    }
    return arena_printf(a, "%.*s|%s|%s|%.*s|%.*s|%.*s", STR_FMT(piece), method, path,
                        STR_FMT(target), STR_FMT(action), STR_FMT(version));
}

static bool is_last_page(const struct value *e)
{
    static const char *const words[] = {"oken", "arker", NULL};
    const char *body = value_cstr_or(value_get(e, "response"), "body", "");

    for (const char *const *w = words; *w; w++)
        if (strstr(body, *w))
            return false;
    return true;
}

static struct str recorded_head(const struct value *q, const char *name)
{
    VALUE_EACH (it, value_get(q, "headers"))
        if (it->key.len == strlen(name) && strncasecmp(it->key.ptr, name, it->key.len) == 0 &&
            it->type == VALUE_STRING)
            return it->u.string;
    return STR_LIT("");
}

/* What went well is kept, and what a server said before what was made up. */
static void add(struct wire *w, const struct value *e)
{
    const struct value *q = value_get(e, "request");
    int64_t status = value_i64_or(value_get(e, "response"), "status", 0);
    char *key;

    if (value_get(e, "outcome") || status >= 300 ||
        str_eq_c(value_str_or(e, "source", ""), "forged"))
        return;
    key = key_of(w->arena, recorded_head(q, "authorization"), value_cstr_or(q, "method", ""),
                 path_form(w->arena, value_str_or(q, "host", ""), value_cstr_or(q, "path", "/")),
                 value_str_or(q, "query", ""), value_str_or(q, "body", ""),
                 recorded_head(q, "x-amz-target"));
    if (!map_get_c(w->calls, key))
        map_set_c(w->calls, key, (void *)(uintptr_t)e);
    key = like_of(w->arena, recorded_head(q, "authorization"), value_cstr_or(q, "method", ""),
                  path_form(w->arena, value_str_or(q, "host", ""), value_cstr_or(q, "path", "/")),
                  value_str_or(q, "query", ""), value_str_or(q, "body", ""),
                  recorded_head(q, "x-amz-target"));
    if (key && (is_last_page(e) || !map_get_c(w->likes, key)))
        map_set_c(w->likes, key, (void *)(uintptr_t)e);
}

static int is_json(const struct dirent *d)
{
    return str_ends(str_from(d->d_name), ".json") && *d->d_name != '_';
}

struct wire *awswire_open(const char *shared, const struct wire_options *o)
{
    char *dir = xasprintf("%s/aws-wire", shared);
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_json, alphasort);
    struct wire *w = n > 0 ? xcalloc(1, sizeof(*w)) : NULL;

    for (int i = 0; i < n; i++) {
        char *path = xasprintf("%s/%s", dir, names[i]->d_name);
        struct buf text = BUF_INIT(TEXT_MAX);
        const struct value *v;
        struct err err;

        if (i == 0) {
            w->arena = arena_new((size_t)1 << 20);
            w->calls = map_new();
            w->refused = map_new();
            w->likes = map_new();
            w->o = *o;
        }
        if (!file_read(path, &text, &err) && !json_parse(w->arena, buf_str(&text), &v, &err))
            VALUE_EACH (e, value_get(v, "exchanges"))
                add(w, e);
        buf_release(&text);
        free(path);
        free(names[i]);
    }
    free(names);
    free(dir);
    return w;
}

void awswire_close(struct wire *w)
{
    if (!w)
        return;
    map_free(w->calls);
    map_free(w->likes);
    map_free(w->refused);
    arena_free(w->arena);
    free(w);
}

static void refuse(struct buf *out, int status, const char *code, const char *message)
{
    char body[512];

    (void)snprintf(body, sizeof(body), "{\"__type\":\"%s\",\"message\":\"%s\",\"code\":\"%s\"}",
                   code, message, code);
    buf_addf(out, "HTTP/1.1 %d No\r\nx-amzn-ErrorType: %s\r\nContent-Length: %zu\r\n\r\n%s", status,
             code, strlen(body), body);
}

/* The same requests in every run: by their text, once each. */
static bool throttles(struct wire *w, const char *key)
{
    unsigned h = 2166136261u;

    if (!w->o.throttle_percent || map_has(w->refused, str_from(key)))
        return false;
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    if (h % 100 >= w->o.throttle_percent)
        return false;
    map_set_c(w->refused, key, w);
    return true;
}

void awswire_serve(void *ctx, struct str request, struct buf *out)
{
    struct wire *w = ctx;
    struct arena *a = arena_new(0);
    struct wire_request r;
    const struct value *e;
    char *key;

    if (!awswire_read(request, &r)) {
        arena_free(a);
        return;
    }
    key = key_of(a, awswire_head(&r, "authorization"), arena_str(a, r.method), arena_str(a, r.path),
                 r.query, r.body, awswire_head(&r, "x-amz-target"));
    e = map_get_c(w->calls, key);
    if (!e && w->o.any) {
        const char *like =
            like_of(a, awswire_head(&r, "authorization"), arena_str(a, r.method),
                    arena_str(a, r.path), r.query, r.body, awswire_head(&r, "x-amz-target"));

        e = like ? map_get_c(w->likes, like) : NULL;
    }
    if (throttles(w, key)) {
        w->throttled++;
        refuse(out, 429, "ThrottlingException", "Rate exceeded");
    } else if (e) {
        w->answered++;
        awswire_answer(e, "", out);
    } else {
        w->unknown++;
        if (getenv("WIRE_VERBOSE"))
            fprintf(stderr, "# not recorded: %s\n", key);
        if (getenv("WIRE_DENY"))
            refuse(out, 403, "AccessDeniedException", "not permitted");
        else
            refuse(out, 400, "NotRecorded", "this call is not in the corpus");
    }
    arena_free(a);
}

void awswire_counts(const struct wire *w, unsigned *ret_answered, unsigned *ret_unknown,
                    unsigned *ret_throttled)
{
    *ret_answered = w->answered;
    *ret_unknown = w->unknown;
    *ret_throttled = w->throttled;
}
