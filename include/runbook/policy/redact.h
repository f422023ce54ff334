/* redact.h - find secrets in text from outside and put placeholders in their place.
 * Everything that goes to the journal, to a blob, to a screen or to a model passes here. Known by
 * their shape: values of keys that name a secret (key=value, JSON, YAML, headers, command line
 * flags, URL queries), user info of URLs, bearer and basic credentials, AWS and other vendors' key
 * formats, JWTs, private key blocks, and random-looking values beside a word such as "key".
 * References (${VAR}, <x>, true, null) stay. A placeholder is "[redacted-" + 8 hex digits + "]",
 * the digits a hash of the salt and the secret: the same secret always gets the same one, so that
 * two lines can still be compared. Redacting twice changes nothing more; JSON stays JSON. One pass;
 * time is linear in the text. */
#ifndef RUNBOOK_POLICY_REDACT_H
#define RUNBOOK_POLICY_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"

struct redactor; /* opaque; one thread at a time */

/* `salt` (copied): random bytes that stay on this machine and are never journaled, so that nobody
 * can try out guesses against the placeholders. */
struct redactor *redactor_new(struct str salt);
void redactor_free(struct redactor *r); /* wipes; NULL is fine */

/* A value that is known to be secret (from the configuration) and is hidden wherever it stands.
 * Copied; one shorter than 6 bytes is ignored, as it would tear ordinary text. */
void redactor_add(struct redactor *r, struct str secret);

/* Append `text` to `out` with its secrets replaced. Returns how many were. When `out` fills up, its
 * `full` flag is set and the rest is missing; nothing is ever appended unredacted. */
size_t redactor_apply(struct redactor *r, struct buf *out, struct str text);

/* Does this name ("db_password", "apiKey", "X-Auth-Token") promise a secret value? For what shows
 * settings by name. */
bool redact_is_secret_key(struct str key);

#endif
