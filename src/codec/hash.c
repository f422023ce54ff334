/* hash.c - see hash.h. The one-shot functions look the algorithm up at each call (about 0.7 us); a
 * struct sha256 keeps it, which is what a loop over many lines wants. */
#include "runbook/codec/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

/* OpenSSL refuses a hash only for lack of memory or for a broken installation. */
static void must(int ok)
{
    if (ok != 1)
        mem_fatal("OpenSSL cannot compute SHA-256");
}

static const void *bytes_of(struct str s)
{
    return s.ptr ? s.ptr : "";
}

void hash_sha256(struct str data, uint8_t out[SHA256_BYTES])
{
    must(EVP_Digest(bytes_of(data), data.len, out, NULL, EVP_sha256(), NULL));
}

void hash_sha256_hex(struct str data, char out[SHA256_HEX])
{
    uint8_t raw[SHA256_BYTES];

    hash_sha256(data, raw);
    hash_hex(raw, sizeof(raw), out);
}

void hash_md5(struct str data, uint8_t out[MD5_BYTES])
{
    must(EVP_Digest(bytes_of(data), data.len, out, NULL, EVP_md5(), NULL));
}

void hash_sha1_hex(struct str data, char out[SHA1_HEX])
{
    uint8_t raw[(SHA1_HEX - 1) / 2];

    must(EVP_Digest(bytes_of(data), data.len, raw, NULL, EVP_sha1(), NULL));
    hash_hex(raw, sizeof(raw), out);
}

void hash_hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_BYTES])
{
    size_t len = 0;

    must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, bytes_of(key), key.len, bytes_of(data),
                   data.len, out, SHA256_BYTES, &len) != NULL &&
         len == SHA256_BYTES);
}

void hash_hex(const uint8_t *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

struct sha256 {
    EVP_MD_CTX *ctx;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *h = xcalloc(1, sizeof(*h));

    h->ctx = EVP_MD_CTX_new();
    must(h->ctx && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
    return h;
}

void sha256_add(struct sha256 *h, struct str data)
{
    must(EVP_DigestUpdate(h->ctx, bytes_of(data), data.len));
}

void sha256_end(struct sha256 *h, char out_hex[SHA256_HEX])
{
    uint8_t raw[SHA256_BYTES];

    must(EVP_DigestFinal_ex(h->ctx, raw, NULL));
    must(EVP_DigestInit_ex(h->ctx, NULL, NULL)); /* NULL: the same algorithm, not looked up again */
    hash_hex(raw, sizeof(raw), out_hex);
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str data)
{
    const unsigned char *p = bytes_of(data);

    for (size_t i = 0; i < data.len; i += 3) {
        size_t left = data.len - i;
        unsigned v = (unsigned)p[i] << 16;
        char four[4];

        if (left > 1)
            v |= (unsigned)p[i + 1] << 8;
        if (left > 2)
            v |= p[i + 2];
        four[0] = base64_digits[v >> 18];
        four[1] = base64_digits[v >> 12 & 63];
        four[2] = left > 1 ? base64_digits[v >> 6 & 63] : '=';
        four[3] = left > 2 ? base64_digits[v & 63] : '=';
        buf_add(out, four, 4);
    }
}

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;

    return at ? (int)(at - base64_digits) : -1;
}

/* Strict: padded, no blanks, and the bits that no byte uses are zero. Source: RFC 4648, 3.5. */
bool base64_decode(struct buf *out, struct str text)
{
    size_t start = out->len;

    if (text.len % 4)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        const char *p = text.ptr + i;
        size_t pad = i + 4 < text.len ? 0 : (size_t)(p[3] == '=') + (p[3] == '=' && p[2] == '=');
        unsigned v = 0;
        char three[3];

        for (size_t k = 0; k < 4; k++) {
            int d = k >= 4 - pad ? 0 : base64_value(p[k]);

            if (d < 0)
                goto bad;
            v = v << 6 | (unsigned)d;
        }
        if ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff))
            goto bad;
        three[0] = (char)(v >> 16);
        three[1] = (char)(v >> 8 & 255);
        three[2] = (char)(v & 255);
        if (!buf_add(out, three, 3 - pad))
            goto bad;
    }
    return true;
bad:
    buf_truncate(out, start);
    return false;
}
