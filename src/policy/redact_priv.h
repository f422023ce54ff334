/* redact_priv.h - what makes a name or a value secret; the scanner in redact.c asks. */
#ifndef RUNBOOK_POLICY_REDACT_PRIV_H
#define RUNBOOK_POLICY_REDACT_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/policy/redact.h"

#define REDACT_MARK "[redacted-"
#define REDACT_HEX 8
#define REDACT_MARK_LEN (sizeof(REDACT_MARK) - 1 + REDACT_HEX + 1)

struct redact_kept;

enum key_class {
    KEY_OTHER,
    KEY_WEAK,   /* "key", "auth": secret when the value looks random */
    KEY_PASS,   /* "pass", "pin": when it has letters and digits */
    KEY_STRONG, /* "password": always */
    KEY_HEADER, /* "Authorization", "Cookie": always, and the whole line is the value */
};

enum key_class redact_key_class(struct str ident);
/* Long, of mixed characters, and not a path, a UUID or a word. */
bool redact_looks_random(struct str value);
/* Short, of letters and something else: what a person types as a password. */
bool redact_looks_pass(struct str value);
bool redact_is_placeholder(struct str s); /* does `s` start with one of ours */
/* "${X}", "<password>", "****", a placeholder of ours: says where a secret is, and is none. */
bool redact_is_reference(struct str value);
/* Length of "${X}", "$X", "{{ x }}", "<x>" at the start of `s`, or 0. */
size_t redact_reference_length(struct str s);
/* "true", "null", "required", "expired" ...: what stands unquoted after a key in logs and schemas.
 */
bool redact_is_plain_word(struct str value);
/* Length of a vendor's key or a JWT at the start of `s`, or 0. `first` is what the index says of
 * its first byte, less one; 0 in the index: none begins so. */
size_t redact_known_token(struct str s, size_t first, enum redact_kind *ret_kind);
struct vendor_index {
    unsigned char first[256];
    uint64_t second[256]; /* which second bytes follow each first one, modulo 64 */
};
void redact_vendor_index(struct vendor_index *ret);
static inline uint64_t redact_second_bit(char c)
{
    return UINT64_C(1) << ((unsigned char)c & 63);
}
/* What the value of a key that names a secret is. */
enum redact_kind redact_key_kind(struct str ident);

/* Letters, digits, '_', '-' and '.' only: what a key is made of. */
bool redact_is_name(struct str s);

/* redact.c: append the placeholder of a secret; redact along the text. */
void redact_placeholder(struct redactor *r, struct buf *out, struct str secret,
                        enum redact_kind kind);
void redactor_set_counts(struct redactor *r, const uint64_t counts[REDACT_KINDS]);
const struct redact_kept *redactor_kept(const struct redactor *r); /* NULL: nothing */
size_t redact_text(struct redactor *r, struct buf *out, struct str text);

/* redact_kept.c: placeholders and what they stand for. `id` is the placeholder's digits. */
struct redact_kept *redact_kept_new(void);
void redact_kept_free(struct redact_kept *k); /* wipes; NULL is fine */
void redact_kept_add(struct redact_kept *k, struct str id, struct str secret);
void redact_kept_merge(struct redact_kept *k, const struct redact_kept *from);

/* redact_json.c: does it begin like JSON; is the whole text one JSON value; redact such a text
 * value by value. */
bool redact_may_be_json(struct str text);
bool redact_is_json(struct str text);
size_t redact_json(struct redactor *r, struct buf *out, struct str text);

/* redact_stream.c: a walk is worth it at so many bytes; for a fuzzer, which wants many small ones.
 */
struct redact_stream *redact_stream_new_at(struct redactor *r, size_t walk_at);

/* What a byte can be a part of; a table, because every byte of a log is asked. */
enum { BYTE_ALNUM = 1, BYTE_WORD = 2, BYTE_IDENT = 4 };
extern const unsigned char redact_bytes[256];

static inline bool redact_is_alnum(char c)
{
    return redact_bytes[(unsigned char)c] & BYTE_ALNUM;
}

static inline bool redact_is_word(char c) /* letters, digits and '_' */
{
    return redact_bytes[(unsigned char)c] & BYTE_WORD;
}

#endif
