/* lookalike.c - letters of other alphabets as the ASCII letter that they look like, and what a name
 * says about where its thing stands. Source of the pairs: Unicode TS 39, confusables, the subset
 * that looks alike in common fonts. */
#include "policy_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint32_t cp;
    char ascii;
} pairs[] = {
    {0x00D8, 'o'}, {0x00F8, 'o'}, {0x0110, 'd'}, {0x0111, 'd'}, {0x0131, 'i'}, {0x0141, 'l'},
    {0x0142, 'l'}, {0x0251, 'a'}, {0x0261, 'g'}, {0x0269, 'i'}, {0x026A, 'i'}, {0x028B, 'u'},
    {0x01C0, 'l'}, {0x03B1, 'a'}, {0x03B3, 'y'}, {0x03B5, 'e'}, {0x03B7, 'n'}, {0x03B9, 'i'},
    {0x03BA, 'k'}, {0x03BC, 'm'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C3, 'o'},
    {0x03C4, 't'}, {0x03C5, 'u'}, {0x03C7, 'x'}, {0x03C9, 'w'}, {0x03B2, 'b'}, {0x03B6, 'z'},
    {0x03F2, 'c'}, {0x03F3, 'j'}, {0x0430, 'a'}, {0x0431, 'b'}, {0x0432, 'b'}, {0x0433, 'r'},
    {0x0435, 'e'}, {0x043A, 'k'}, {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x043F, 'n'},
    {0x0440, 'p'}, {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x044C, 'b'},
    {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0475, 'v'}, {0x04AF, 'y'}, {0x04BB, 'h'},
    {0x04CF, 'l'}, {0x0501, 'd'}, {0x051B, 'q'}, {0x051D, 'w'}, {0x0561, 'w'}, {0x0563, 'q'},
    {0x0566, 'q'}, {0x0570, 'h'}, {0x0578, 'n'}, {0x057D, 'u'}, {0x0581, 'g'}, {0x0584, 'f'},
    {0x0585, 'o'}, {0x13AA, 'a'}, {0x13DA, 's'}, {0x13A2, 'p'}, {0x13D2, 'r'}, {0x13DF, 'c'},
    {0x13E2, 'p'}, {0x13A0, 'd'}, {0xA4D0, 'b'}, {0xA4D1, 'p'}, {0xA4D3, 'd'}, {0xA4E3, 'r'},
    {0xA4F3, 'o'}, {0x1D0F, 'o'}, {0x1D18, 'p'}, {0x0280, 'r'}, {0x1D05, 'd'}, {0x0585, 'o'},
};

uint32_t policy_lookalike(uint32_t cp)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].cp == cp)
            return (uint32_t)(unsigned char)pairs[i].ascii;
    }
    return 0;
}

/* ---- scopes ---- */

static const struct {
    const char *word;
    enum op_scope scope;
} usual[] = {
    {"prod", SCOPE_PROD},   {"production", SCOPE_PROD},       {"prd", SCOPE_PROD},
    {"live", SCOPE_PROD},   {"staging", SCOPE_STAGING},       {"stage", SCOPE_STAGING},
    {"stg", SCOPE_STAGING}, {"preprod", SCOPE_STAGING},       {"uat", SCOPE_STAGING},
    {"qa", SCOPE_STAGING},  {"preproduction", SCOPE_STAGING}, {"nonprod", SCOPE_STAGING},
    {"dev", SCOPE_DEV},     {"development", SCOPE_DEV},       {"test", SCOPE_DEV},
    {"testing", SCOPE_DEV}, {"sandbox", SCOPE_DEV},           {"local", SCOPE_DEV},
    {"lab", SCOPE_DEV},
};

static void skeleton(struct str s, char out[POLICY_NAME_MAX])
{
    struct buf b = BUF_INIT(POLICY_NAME_MAX - 1);

    if (s.len > 4 * POLICY_NAME_MAX)
        s.len = 4 * POLICY_NAME_MAX;
    operation_skeleton(&b, s);
    snprintf(out, POLICY_NAME_MAX, "%s", buf_cstr(&b));
    buf_release(&b);
}

/* A word of one's own, compared by what it looks like. */
static bool own_word(const char *word, const char *looks)
{
    char mine[POLICY_NAME_MAX];

    skeleton(str_from(word), mine);
    return *mine && strcmp(mine, looks) == 0;
}

enum op_scope policy_scope_of_word(struct str word, const struct scope_words *words)
{
    char looks[POLICY_NAME_MAX];
    enum op_scope found = SCOPE_UNKNOWN;
    bool any = false;

    skeleton(word, looks);
    if (!*looks)
        return SCOPE_UNKNOWN;
    for (int s = SCOPE_PROD; words && s >= SCOPE_DEV; s--) {
        for (const char *const *w = words->items[s]; w && *w; w++) {
            if (own_word(*w, looks) && (!any || (enum op_scope)s > found)) {
                found = (enum op_scope)s;
                any = true;
            }
        }
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        /* letters alone look like themselves */
        if (strcmp(looks, usual[i].word) == 0 && (!any || usual[i].scope > found)) {
            found = usual[i].scope;
            any = true;
        }
    }
    return any ? found : SCOPE_UNKNOWN;
}

/* "prod" anywhere in what the name looks like, unless it is the beginning of "product" or the end
 * of "nonprod" and "preprod". */
static bool holds_prod(const char *looks)
{
    for (const char *at = looks; (at = strstr(at, "prod")); at++) {
        bool other = strncmp(at, "produc", 6) == 0 && strncmp(at, "production", 10) != 0;
        bool before =
            at - looks >= 3 && (strncmp(at - 3, "non", 3) == 0 || strncmp(at - 3, "pre", 3) == 0);

        if (!other && !before)
            return true;
    }
    return false;
}

enum op_scope policy_scope_of_name(struct str name, const struct scope_words *words)
{
    char looks[POLICY_NAME_MAX];
    bool staging = false;

    skeleton(name, looks);
    if (holds_prod(looks))
        return SCOPE_PROD;
    for (size_t i = 0, from = 0; i <= name.len; i++) {
        if (i < name.len && (isalnum((unsigned char)name.ptr[i]) || name.ptr[i] & 0x80))
            continue;
        enum op_scope s = policy_scope_of_word((struct str){name.ptr + from, i - from}, words);

        if (s == SCOPE_PROD)
            return s;
        staging = staging || s == SCOPE_STAGING;
        from = i + 1;
    }
    return staging ? SCOPE_STAGING : SCOPE_UNKNOWN;
}

static bool says_where(const char *key)
{
    static const char *const keys[] = {"environment", "env", "stage", "tier", "deployment"};
    struct buf b = BUF_INIT(POLICY_NAME_MAX);
    bool found = false;

    operation_fold(&b, str_from(key));
    for (size_t i = 0; !found && i < sizeof(keys) / sizeof(keys[0]); i++)
        found = strcmp(buf_cstr(&b), keys[i]) == 0;
    buf_release(&b);
    return found;
}

static enum op_scope worse(enum op_scope a, enum op_scope b, bool *known)
{
    enum op_scope r = *known && a > b ? a : b;

    *known = true;
    return r;
}

enum op_scope operation_scope(const struct operation *op, const struct scope_words *words)
{
    const char *const names[] = {op->resource_name, op->resource_id, op->account, op->namespace};
    enum op_scope scope = SCOPE_UNKNOWN;
    bool known = false;

    if (op->environment && *op->environment)
        scope = worse(scope, policy_scope_of_word(str_from(op->environment), words), &known);
    if (known && scope == SCOPE_UNKNOWN &&
        policy_scope_of_name(str_from(op->environment), words) == SCOPE_PROD)
        scope = SCOPE_PROD;
    for (size_t i = 0; i < op->tag_count; i++) {
        if (op->tags[i].key && op->tags[i].value && says_where(op->tags[i].key))
            scope = worse(scope, policy_scope_of_word(str_from(op->tags[i].value), words), &known);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum op_scope s =
            names[i] ? policy_scope_of_name(str_from(names[i]), words) : SCOPE_UNKNOWN;

        if (s == SCOPE_PROD || (s == SCOPE_STAGING && known && scope == SCOPE_DEV))
            scope = s;
    }
    return scope;
}
