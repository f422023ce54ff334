/* token.c - see token.h. */
#include "runbook/policy/token.h"

#include <string.h>

#include "runbook/codec/hash.h"
#include "runbook/codec/json.h"

#define PREFIX "rbt1."
#define DOMAIN_WORDS "runbook-token-1 "

static void encode_url(struct buf *out, struct str data)
{
    size_t from = out->len;

    base64_encode(out, data);
    while (out->len > from && out->ptr[out->len - 1] == '=')
        buf_truncate(out, out->len - 1);
    for (size_t i = from; i < out->len; i++)
        out->ptr[i] = out->ptr[i] == '+' ? '-' : out->ptr[i] == '/' ? '_' : out->ptr[i];
}

static bool decode_url(struct buf *out, struct str text)
{
    struct buf b = BUF_INIT(TOKEN_MAX * 2);
    bool ok = text.len > 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        ok = ok && c != '+' && c != '/' && c != '=';
        buf_addc(&b, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (b.len % 4)
        buf_addc(&b, '=');
    ok = ok && !b.full && base64_decode(out, buf_str(&b));
    buf_release(&b);
    return ok;
}

static void signed_text(struct buf *out, struct str payload)
{
    buf_adds(out, DOMAIN_WORDS);
    buf_add_str(out, payload);
}

static void put_payload(const struct token *t, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "id", t->id);
    json_put_cstr(&w, "mutation", t->mutation);
    json_put_cstr(&w, "fingerprint", t->fingerprint);
    json_put_cstr(&w, "approver", t->approver);
    json_put_cstr(&w, "host", t->host ? t->host : "");
    json_put_int(&w, "issued_ms", t->issued_ms);
    json_put_int(&w, "expires_ms", t->expires_ms);
    json_object_end(&w);
}

static bool is_hex(const char *s, size_t len)
{
    return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

static bool is_whole(const struct token *t)
{
    return is_hex(t->id, TOKEN_ID) && is_hex(t->fingerprint, SHA256_HEX - 1) && *t->mutation &&
           *t->approver && t->issued_ms > 0 && t->expires_ms > t->issued_ms;
}

enum err_code token_write(const struct token *t, const struct sign_key *key, struct buf *out,
                          struct err *err)
{
    struct buf payload = BUF_INIT(TOKEN_MAX), text = BUF_INIT(TOKEN_MAX * 2);
    uint8_t sig[SIGN_BYTES];
    enum err_code rc;

    put_payload(t, &payload);
    signed_text(&text, buf_str(&payload));
    if (!is_whole(t) || payload.full)
        rc = err_set(err, ERR_INPUT, "a token needs an id, a request, an approver and a time");
    else
        rc = sign_make(key, buf_str(&text), sig, err);
    if (!rc) {
        buf_adds(out, PREFIX);
        encode_url(out, buf_str(&payload));
        buf_addc(out, '.');
        encode_url(out, (struct str){(const char *)sig, sizeof(sig)});
    }
    buf_release(&payload);
    buf_release(&text);
    return rc;
}

/* The payload's bytes and the signature's. */
static bool take_apart(struct str text, struct buf *payload, struct buf *sig)
{
    struct str rest = str_trim(text), part;

    if (rest.len > TOKEN_MAX || !str_starts(rest, PREFIX))
        return false;
    rest.ptr += sizeof(PREFIX) - 1;
    rest.len -= sizeof(PREFIX) - 1;
    return str_split(&rest, '.', &part) && decode_url(payload, part) && decode_url(sig, rest) &&
           sig->len == SIGN_BYTES;
}

enum err_code token_read(struct str text, struct arena *arena, struct token *ret, struct err *err)
{
    struct buf payload = BUF_INIT(TOKEN_MAX), sig = BUF_INIT(TOKEN_MAX);
    const struct value *v = NULL;
    enum err_code rc = ERR_OK;
    struct err why;
    struct token t;

    if (!take_apart(text, &payload, &sig)) {
        rc = err_set(err, ERR_INPUT, "it is no token: one begins with " PREFIX " and is one word");
    } else if (json_parse(arena, buf_str(&payload), &v, &why) || v->type != VALUE_OBJECT) {
        rc = err_set(err, ERR_INPUT, "what the token holds cannot be read");
    } else {
        t = (struct token){value_cstr_or(v, "id", ""),          value_cstr_or(v, "mutation", ""),
                           value_cstr_or(v, "fingerprint", ""), value_cstr_or(v, "approver", ""),
                           value_cstr_or(v, "host", ""),        value_i64_or(v, "issued_ms", 0),
                           value_i64_or(v, "expires_ms", 0)};
        if (!is_whole(&t))
            rc = err_set(err, ERR_INPUT, "a field of the token is missing or no good");
        else
            *ret = t;
    }
    buf_release(&payload);
    buf_release(&sig);
    return rc;
}

bool token_signed_by(struct str text, const struct sign_key *key)
{
    struct buf payload = BUF_INIT(TOKEN_MAX), sig = BUF_INIT(TOKEN_MAX);
    struct buf whole = BUF_INIT(TOKEN_MAX * 2);
    bool ok = take_apart(text, &payload, &sig);

    signed_text(&whole, buf_str(&payload));
    ok = ok && sign_check(key, buf_str(&whole), buf_str(&sig));
    buf_release(&payload);
    buf_release(&sig);
    buf_release(&whole);
    return ok;
}

const char *token_refused(const struct token *t, const char *mutation, const char *fingerprint,
                          int64_t now_ms, int64_t max_ms)
{
    if (strcmp(t->mutation, mutation) != 0)
        return "the token is for another request";
    if (strcmp(t->fingerprint, fingerprint) != 0)
        return "the token is for another version of the request: it changed since";
    if (now_ms >= t->expires_ms)
        return "the token has expired";
    if (t->issued_ms > now_ms + TOKEN_EARLY_MS)
        return "the token is from the future: a clock is wrong";
    if (t->expires_ms - t->issued_ms > max_ms)
        return "the token would live longer than the policy lets one";
    return NULL;
}
