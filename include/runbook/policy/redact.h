/* redact.h - find secrets in text from outside and put placeholders in their place.
 * Everything that goes to the journal, to a blob, to a screen or to a model passes here. Known by
 * their shape: values of keys that name a secret (key=value, JSON, YAML, headers, command line
 * flags, URL queries), user info of URLs, bearer and basic credentials, AWS and other vendors' key
 * formats, JWTs, private key blocks, password hashes, payment cards, and random-looking values
 * beside a word such as "key"; e-mail addresses when asked for. References (${VAR}, <x>, true,
 * null) stay. A placeholder is "[redacted-" + 8 hex digits + "]", the digits a hash of the salt and
 * the secret: the same secret always gets the same one, so that two lines can still be compared.
 * Redacting twice changes nothing more; JSON stays JSON. One pass; time is linear in the text. */
#ifndef RUNBOOK_POLICY_REDACT_H
#define RUNBOOK_POLICY_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/str.h"

struct redactor; /* opaque; one thread at a time */

/* What kind of secret a placeholder stands for, for counts. */
enum redact_kind {
    REDACT_PASSWORD,      /* value of a key that names a password */
    REDACT_SECRET,        /* value of a key that names a key, token or secret */
    REDACT_AUTHORIZATION, /* an Authorization header, bearer and basic credentials */
    REDACT_COOKIE,
    REDACT_URL,         /* user info of a URL: connection strings */
    REDACT_VENDOR,      /* a key whose form its vendor made recognisable */
    REDACT_JWT,         /* a signed token */
    REDACT_PRIVATE_KEY, /* a PEM block, also inside base64 */
    REDACT_HASH,        /* a password hash */
    REDACT_CARD,        /* a payment card's number */
    REDACT_EMAIL,
    REDACT_CONFIGURED, /* redactor_add() */
};
#define REDACT_KINDS (REDACT_CONFIGURED + 1)
const char *redact_kind_name(enum redact_kind kind); /* "private_key" */

/* `salt` (copied): random bytes that stay on this machine and are never journaled, so that nobody
 * can try out guesses against the placeholders. */
struct redactor *redactor_new(struct str salt);
void redactor_free(struct redactor *r); /* wipes; NULL is fine */

/* A value that is known to be secret (from the configuration) and is hidden wherever it stands.
 * Copied; one shorter than 6 bytes is ignored, as it would tear ordinary text. */
void redactor_add(struct redactor *r, struct str secret);
void redactor_set_email(struct redactor *r, bool on); /* off at the start */

/* Append `text` to `out` with its secrets replaced. Returns how many were. When `out` fills up, its
 * `full` flag is set and the rest is missing; nothing is ever appended unredacted. */
size_t redactor_apply(struct redactor *r, struct buf *out, struct str text);

/* For text that leaves the machine: all of it, redacted, or (when `out` has no room for all, or
 * `r` is NULL) REDACT_WITHHELD in its place and false. Never a part, never the original. */
#define REDACT_WITHHELD "[withheld: this text could not be redacted]"
bool redactor_apply_or_withhold(struct redactor *r, struct buf *out, struct str text);

/* How many secrets of each kind were replaced since it was made. */
void redactor_counts(const struct redactor *r, uint64_t ret[REDACT_KINDS]);

/* Remember from now on which secret a placeholder stands for, in memory only, so that the user's
 * own screen can show it. The map is never written anywhere and is wiped with the redactor. At most
 * REDACT_KEPT_MAX secrets of up to 4 KiB; two secrets with one placeholder are both forgotten. */
#define REDACT_KEPT_MAX 4096
void redactor_keep(struct redactor *r);
/* Take over what another one (a worker's, of the same salt) remembers. */
void redactor_learn(struct redactor *r, const struct redactor *from);
/* Append `text` with the placeholders that are known put back; only for a screen. Returns how many
 * were. */
size_t redactor_restore(const struct redactor *r, struct buf *out, struct str text);

/* Text that comes in pieces, however it is cut: what is appended to `out` is what
 * redactor_apply() makes of the whole, except that a JSON document larger than what is held back
 * (64 KiB) is treated as text. A piece is held back until it is certain that no secret goes on in
 * the next one; a secret that is longer than REDACT_HELD_MAX ends in one placeholder, and nothing
 * of it is appended. Borrows `r`, which is not to be used for other text meanwhile. */
#define REDACT_HELD_MAX ((size_t)1 << 20)
struct redact_stream; /* opaque */
struct redact_stream *redact_stream_new(struct redactor *r);
void redact_stream_free(struct redact_stream *s); /* wipes what was held back; NULL is fine */
size_t redact_stream_feed(struct redact_stream *s, struct buf *out, struct str piece);
size_t redact_stream_end(struct redact_stream *s, struct buf *out); /* and starts over */

#endif
