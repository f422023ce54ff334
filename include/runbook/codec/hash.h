/* hash.h - SHA-256, HMAC-SHA-256, hex, base64 (OpenSSL). */
#ifndef RUNBOOK_CODEC_HASH_H
#define RUNBOOK_CODEC_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"

#define SHA256_BYTES 32
#define SHA256_HEX 65 /* with the NUL */

void hash_sha256(struct str data, uint8_t out[SHA256_BYTES]);
void hash_sha256_hex(struct str data, char out[SHA256_HEX]);
/* MD5, where a protocol wants it against damage on the way; never for security. */
#define MD5_BYTES 16
void hash_md5(struct str data, uint8_t out[MD5_BYTES]);
/* SHA-1, for names that others chose by it; never for security. */
#define SHA1_HEX 41
void hash_sha1_hex(struct str data, char out[SHA1_HEX]);
void hash_hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_BYTES]);
void hash_hex(const uint8_t *data, size_t len, char *out); /* out: 2 * len + 1, lower case */

/* A running hash, for what does not fit in memory. */
struct sha256; /* opaque */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, struct str data);
void sha256_end(struct sha256 *h, char out_hex[SHA256_HEX]); /* and starts over */
void sha256_free(struct sha256 *h);

void base64_encode(struct buf *out, struct str data);
bool base64_decode(struct buf *out, struct str text); /* strict; false and nothing appended */

#endif
