/* redact_priv.h - what makes a name or a value secret; the scanner in redact.c asks. */
#ifndef RUNBOOK_POLICY_REDACT_PRIV_H
#define RUNBOOK_POLICY_REDACT_PRIV_H

#include <stdbool.h>

#include "runbook/base/str.h"

#define REDACT_MARK "[redacted-"

enum key_class {
    KEY_OTHER,
    KEY_WEAK,   /* "key", "auth": secret when the value looks random */
    KEY_STRONG, /* "password": always */
    KEY_HEADER, /* "Authorization", "Cookie": always, and the whole line is the value */
};

enum key_class redact_key_class(struct str ident);
/* Long, of mixed characters, and not a path, a UUID or a word. */
bool redact_looks_random(struct str value);
/* "${X}", "<password>", "****", a placeholder of ours: says where a secret is, and is none. */
bool redact_is_reference(struct str value);
/* "true", "null", "required", "expired" ...: what stands unquoted after a key in logs and schemas.
 */
bool redact_is_plain_word(struct str value);
/* Length of a vendor's key or a JWT at the start of `s`, or 0. */
size_t redact_known_token(struct str s);

static inline bool redact_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool redact_is_word(char c)
{
    return redact_is_alnum(c) || c == '_';
}

#endif
