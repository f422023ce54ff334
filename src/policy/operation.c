/* operation.c - see operation.h: names, scopes, and what spelling hides. */
#include "runbook/policy/operation.h"

#include <ctype.h>
#include <string.h>

#include <utf8proc.h>

#include "policy_priv.h"
#include "runbook/base/text.h"

static const char *const kind_names[OP_KINDS] = {
    [OP_READ] = "read", [OP_WRITE] = "write", [OP_DELETE] = "delete", [OP_UNKNOWN] = "unknown"};
static const char *const scope_names[OP_SCOPES] = {[SCOPE_DEV] = "dev",
                                                   [SCOPE_STAGING] = "staging",
                                                   [SCOPE_UNKNOWN] = "unknown",
                                                   [SCOPE_PROD] = "prod"};

const char *op_kind_name(enum op_kind k)
{
    return kind_names[k];
}

const char *op_scope_name(enum op_scope s)
{
    return scope_names[s];
}

bool op_scope_from_name(struct str name, enum op_scope *ret)
{
    for (int i = 0; i < OP_SCOPES; i++) {
        if (!str_eq_c(name, scope_names[i]))
            continue;
        *ret = (enum op_scope)i;
        return true;
    }
    return false;
}

const char *operation_resource(const struct operation *op)
{
    if (op->resource_name && *op->resource_name)
        return op->resource_name;
    return op->resource_id ? op->resource_id : "";
}

/* "DeleteDBInstance" as "delete-db-instance". */
static void add_words(struct buf *out, const char *word)
{
    struct str s = str_trim(str_from(word));
    bool word_start = true;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool upper = isupper(c) != 0;
        bool after_lower = i && islower((unsigned char)s.ptr[i - 1]);
        bool before_lower = i + 1 < s.len && islower((unsigned char)s.ptr[i + 1]);

        if (c == '_' || c == ' ' || c == '-') {
            if (!word_start)
                buf_addc(out, '-');
            word_start = true;
            continue;
        }
        if (upper && !word_start && (after_lower || before_lower))
            buf_addc(out, '-');
        buf_addc(out, (char)tolower(c));
        word_start = false;
    }
}

void operation_name(const struct operation *op, struct buf *out)
{
    const char *const parts[] = {op->provider, op->service, op->verb};

    for (size_t i = 0; i < 3; i++) {
        if (i)
            buf_addc(out, '.');
        if (parts[i] && *parts[i])
            add_words(out, parts[i]);
        else
            buf_addc(out, '?');
    }
}

/* What an invisible, full-width or accented letter is at heart; 0: nothing is left of it. */
static uint32_t plain(uint32_t cp, bool *ret_trick)
{
    utf8proc_int32_t parts[32];
    int bound = 0;
    utf8proc_ssize_t n;

    if (cp < 0x80)
        return cp;
    *ret_trick = true;
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 32,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE |
                                    UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD,
                                &bound);
    if (n < 1)
        return 0;
    return parts[0] < 0x80 ? (uint32_t)parts[0] : policy_lookalike((uint32_t)parts[0]);
}

void operation_fold(struct buf *out, struct str word)
{
    bool trick = false;

    while (word.len) {
        uint32_t cp;
        size_t n = text_decode(word, &cp);

        cp = cp == TEXT_BAD ? 0 : plain(cp, &trick);
        if (cp < 0x80 && isalnum((int)cp))
            buf_addc(out, (char)tolower((int)cp));
        word.ptr += n;
        word.len -= n;
    }
}

static char unleet(char c)
{
    static const char from[] = "0134578@$!|", to[] = "oleastbasil";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : c;
}

bool operation_skeleton(struct buf *out, struct str name)
{
    bool trick = false;

    while (name.len) {
        uint32_t cp;
        size_t n = text_decode(name, &cp);

        trick = trick || cp == TEXT_BAD || cp < 0x20 || cp == 0x7F;
        cp = cp == TEXT_BAD ? 0 : plain(cp, &trick);
        if (cp && cp < 0x80) {
            char c = unleet((char)tolower((int)cp));

            if (isalnum((unsigned char)c))
                buf_addc(out, c);
        }
        name.ptr += n;
        name.len -= n;
    }
    return !trick;
}
