/* sign.c - see sign.h. */
#include "runbook/codec/sign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "runbook/base/mem.h"
#include "runbook/codec/hash.h"

#define RAW_BYTES 32

struct sign_key {
    EVP_PKEY *key;
    bool is_private;
};

static struct sign_key *wrap(EVP_PKEY *key, bool is_private)
{
    struct sign_key *k = xcalloc(1, sizeof(*k));

    k->key = key;
    k->is_private = is_private;
    return k;
}

enum err_code sign_key_make(struct sign_key **ret, struct err *err)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if (!key)
        return err_set(err, ERR_IO, "make a key: the crypto library refuses");
    *ret = wrap(key, true);
    return ERR_OK;
}

enum err_code sign_key_read(struct str pem, struct sign_key **ret, struct err *err)
{
    bool is_private = str_find(pem, STR_LIT("PRIVATE KEY")) >= 0;
    BIO *in = BIO_new_mem_buf(pem.ptr, (int)(pem.len > 65536 ? 65536 : pem.len));
    EVP_PKEY *key = NULL;

    if (in)
        key = is_private ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL)
                         : PEM_read_bio_PUBKEY(in, NULL, NULL, NULL);
    BIO_free(in);
    if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        return err_set(err, ERR_INPUT, "this is no Ed25519 key in PEM");
    }
    *ret = wrap(key, is_private);
    return ERR_OK;
}

void sign_key_free(struct sign_key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->key);
    free(k);
}

static enum err_code write_pem(const struct sign_key *k, bool is_private, struct buf *out,
                               struct err *err)
{
    BIO *to = BIO_new(is_private ? BIO_s_secmem() : BIO_s_mem());
    char *bytes = NULL;
    long n = 0;
    bool ok = to && (is_private ? PEM_write_bio_PrivateKey(to, k->key, NULL, NULL, 0, NULL, NULL)
                                : PEM_write_bio_PUBKEY(to, k->key)) == 1;

    if (ok)
        n = BIO_get_mem_data(to, &bytes);
    ok = ok && n > 0 && buf_add(out, bytes, (size_t)n);
    BIO_free(to);
    return ok ? ERR_OK : err_set(err, ERR_IO, "write a key: the crypto library refuses");
}

enum err_code sign_key_write_private(const struct sign_key *k, struct buf *out, struct err *err)
{
    if (!k->is_private)
        return err_set(err, ERR_INPUT, "this is a public key only");
    return write_pem(k, true, out, err);
}

enum err_code sign_key_write_public(const struct sign_key *k, struct buf *out, struct err *err)
{
    return write_pem(k, false, out, err);
}

void sign_key_fingerprint(const struct sign_key *k, char ret[SIGN_FINGERPRINT])
{
    uint8_t raw[RAW_BYTES] = {0}, digest[SHA256_BYTES];
    size_t n = sizeof(raw);

    EVP_PKEY_get_raw_public_key(k->key, raw, &n);
    hash_sha256((struct str){(const char *)raw, sizeof(raw)}, digest);
    hash_hex(digest, (SIGN_FINGERPRINT - 1) / 2, ret);
}

enum err_code sign_make(const struct sign_key *k, struct str text, uint8_t ret[SIGN_BYTES],
                        struct err *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = SIGN_BYTES;
    bool ok = ctx && k->is_private && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->key) == 1 &&
              EVP_DigestSign(ctx, ret, &n, (const unsigned char *)text.ptr, text.len) == 1 &&
              n == SIGN_BYTES;

    EVP_MD_CTX_free(ctx);
    return ok ? ERR_OK : err_set(err, ERR_IO, "sign: the crypto library refuses");
}

bool sign_check(const struct sign_key *k, struct str text, struct str signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && signature.len == SIGN_BYTES &&
              EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->key) == 1 &&
              EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                               (const unsigned char *)text.ptr, text.len) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}
