/* sign.h - Ed25519 signatures (OpenSSL). Source: RFC 8032. */
#ifndef RUNBOOK_CODEC_SIGN_H
#define RUNBOOK_CODEC_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define SIGN_BYTES 64
#define SIGN_FINGERPRINT 17 /* 16 hex digits of the SHA-256 of the raw public key, and the NUL */

struct sign_key; /* opaque: a private key, or a public one that only verifies */

enum err_code sign_key_make(struct sign_key **ret, struct err *err);
/* PEM, PKCS #8 or SubjectPublicKeyInfo. ERR_INPUT when it is no Ed25519 key. */
enum err_code sign_key_read(struct str pem, struct sign_key **ret, struct err *err);
void sign_key_free(struct sign_key *k); /* wipes; NULL is fine */
/* Append the PEM. The private one: ERR_INPUT when there is none. Wipe the buffer after use. */
enum err_code sign_key_write_private(const struct sign_key *k, struct buf *out, struct err *err);
enum err_code sign_key_write_public(const struct sign_key *k, struct buf *out, struct err *err);
void sign_key_fingerprint(const struct sign_key *k, char ret[SIGN_FINGERPRINT]);
enum err_code sign_make(const struct sign_key *k, struct str text, uint8_t ret[SIGN_BYTES],
                        struct err *err);
bool sign_check(const struct sign_key *k, struct str text, struct str signature);

#endif
