/* token.h - the word of a second person as a text that can be handed on: signed with the key of who
 * approves (Ed25519), for exactly one request, until a time. Pure: the keys, the time and what was
 * used before are the caller's.
 * "rbt1.PAYLOAD.SIGNATURE", both base64url without padding; the payload is a JSON object of the
 * fields of struct token, the signature is over "runbook-token-1 " and the payload's bytes. */
#ifndef RUNBOOK_POLICY_TOKEN_H
#define RUNBOOK_POLICY_TOKEN_H

#include "runbook/base/arena.h"
#include "runbook/codec/sign.h"

#define TOKEN_MAX ((size_t)4096)
#define TOKEN_ID 24          /* hex digits of a number that is used once */
#define TOKEN_EARLY_MS 60000 /* how far the clock of another machine may be ahead */

struct token {
    const char *id;          /* TOKEN_ID hex digits; used once */
    const char *mutation;    /* "m4k2x9q" */
    const char *fingerprint; /* of the request, 64 hex digits */
    const char *approver;    /* as the policy names him */
    const char *host;        /* where it was made */
    int64_t issued_ms, expires_ms;
};

/* Append it, signed. ERR_INPUT: a field is missing, or the key has no private half. */
enum err_code token_write(const struct token *t, const struct sign_key *key, struct buf *out,
                          struct err *err);
/* Read it without believing it: strings go to `arena`. ERR_INPUT says what is wrong. */
enum err_code token_read(struct str text, struct arena *arena, struct token *ret, struct err *err);
/* Is it of this key? `text` as for token_read(). */
bool token_signed_by(struct str text, const struct sign_key *key);
/* Does it answer this request at this time? NULL: yes; else why not. `max_ms`: how long a token may
 * live. */
const char *token_refused(const struct token *t, const char *mutation, const char *fingerprint,
                          int64_t now_ms, int64_t max_ms);

#endif
