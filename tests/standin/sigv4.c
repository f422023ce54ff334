/* sigv4.c - is a request's AWS signature right? The path is signed encoded once more than it was
 * sent, query pairs sorted, header values with inner blanks as one. Written from the description of
 * Signature Version 4, not from the program's signer. Source: AWS, IAM user guide, "Create a signed
 * request". */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "runbook/codec/hash.h"
#include "tests/standin/standin.h"

struct parts {
    struct str key_id, date, region, service, names, signature;
};

/* "Name=value" in the Authorization header. */
static struct str field(const char *auth, const char *name)
{
    struct str rest = str_from(auth), piece;

    rest.ptr += 16; /* AWS4-HMAC-SHA256 */
    rest.len -= 16;
    while (str_split(&rest, ',', &piece)) {
        piece = str_trim(piece);
        if (str_starts(piece, name)) {
            piece.ptr += strlen(name);
            piece.len -= strlen(name);
            return piece;
        }
    }
    return (struct str){"", 0};
}

static bool read_parts(const char *auth, struct parts *p)
{
    struct str scope = field(auth, "Credential=");

    p->names = field(auth, "SignedHeaders=");
    p->signature = field(auth, "Signature=");
    return str_split(&scope, '/', &p->key_id) && str_split(&scope, '/', &p->date) &&
           str_split(&scope, '/', &p->region) && str_split(&scope, '/', &p->service) &&
           str_eq_c(scope, "aws4_request") && p->signature.len == 64;
}

static void encode_path(struct buf *out, const char *path)
{
    for (; *path; path++) {
        char c = *path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/", c);

        if (plain)
            buf_addc(out, c);
        else
            buf_addf(out, "%%%02X", (unsigned char)c);
    }
}

static int compare_pairs(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void canonical_query(struct buf *out, const char *query)
{
    struct str rest = str_from(query), pairs[64], piece;
    size_t n = 0;

    while (n < 64 && str_split(&rest, '&', &piece)) {
        if (piece.len)
            pairs[n++] = piece;
    }
    qsort(pairs, n, sizeof(pairs[0]), compare_pairs);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_addc(out, '&');
        buf_add_str(out, pairs[i]);
        if (str_find(pairs[i], STR_LIT("=")) < 0)
            buf_addc(out, '=');
    }
}

static void canonical_value(struct buf *out, const char *value)
{
    struct str v = str_trim(str_from(value));

    for (size_t i = 0; i < v.len; i++) {
        if (v.ptr[i] != ' ' || (i && v.ptr[i - 1] != ' '))
            buf_addc(out, v.ptr[i]);
    }
}

static bool canonical_request(const struct request *r, const struct parts *p, struct buf *out,
                              char why[200])
{
    const char *declared = request_header(r, "x-amz-content-sha256");
    char body_hash[SHA256_HEX];
    struct str names = p->names, name;

    hash_sha256_hex(r->body, body_hash);
    if (declared && strcmp(declared, "UNSIGNED-PAYLOAD") != 0 && strcmp(declared, body_hash) != 0) {
        snprintf(why, 200, "x-amz-content-sha256 is not the body's");
        return false;
    }
    buf_addf(out, "%s\n", r->method);
    encode_path(out, r->path);
    buf_addc(out, '\n');
    canonical_query(out, r->query);
    buf_addc(out, '\n');
    while (str_split(&names, ';', &name)) {
        const char *value = request_header(r, arena_str(r->arena, name));

        if (!value) {
            snprintf(why, 200, "the signed header %.*s is not there", STR_FMT(name));
            return false;
        }
        buf_addf(out, "%.*s:", STR_FMT(name));
        canonical_value(out, value);
        buf_addc(out, '\n');
    }
    buf_addf(out, "\n%.*s\n%s", STR_FMT(p->names), declared ? declared : body_hash);
    return true;
}

static void chain(uint8_t key[SHA256_BYTES], struct str data)
{
    uint8_t next[SHA256_BYTES];

    hash_hmac_sha256((struct str){(const char *)key, SHA256_BYTES}, data, next);
    memcpy(key, next, sizeof(next));
}

static void sign(const struct request *r, const struct parts *p, const char *secret,
                 struct str canonical, char out_hex[SHA256_HEX])
{
    const char *date = request_header(r, "x-amz-date");
    char *first = arena_printf(r->arena, "AWS4%s", secret), hash[SHA256_HEX];
    const char *to_sign;
    uint8_t key[SHA256_BYTES];

    hash_sha256_hex(canonical, hash);
    to_sign = arena_printf(r->arena, "AWS4-HMAC-SHA256\n%s\n%.*s/%.*s/%.*s/aws4_request\n%s",
                           date ? date : "", STR_FMT(p->date), STR_FMT(p->region),
                           STR_FMT(p->service), hash);
    hash_hmac_sha256(str_from(first), p->date, key);
    chain(key, p->region);
    chain(key, p->service);
    chain(key, STR_LIT("aws4_request"));
    chain(key, str_from(to_sign));
    hash_hex(key, sizeof(key), out_hex);
}

bool sigv4_ok(const struct request *r, const char *secret, char why[200])
{
    struct parts p = {0};
    struct buf canonical = BUF_INIT((size_t)1 << 20);
    char expected[SHA256_HEX];
    bool good;

    if (!read_parts(request_header(r, "authorization"), &p)) {
        snprintf(why, 200, "the Authorization header is not complete");
        return false;
    }
    good = canonical_request(r, &p, &canonical, why);
    if (good) {
        sign(r, &p, secret, buf_str(&canonical), expected);
        good = str_eq_c(p.signature, expected);
        if (!good)
            snprintf(why, 200, "canonical request begins with %.100s", buf_cstr(&canonical));
    }
    buf_release(&canonical);
    return good;
}
