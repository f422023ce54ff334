/* policy_doc.c - policy documents of IAM and of resources, read for what they allow too widely.
 * Pure.
 *
 * Only an Allow widens. A Deny of the same document takes back only when it denies everything
 * without a condition. A condition narrows when its operator is a positive one, is asked of a key
 * that names who or where from, and its values are not everything; a condition that everybody can
 * meet does not make a resource private.
 * Source: IAM User Guide, "IAM JSON policy elements reference"; S3 User Guide, "Blocking public
 * access", the meaning of "public". */
#include <ctype.h>

#include "security_priv.h"

#define DOCUMENT_MAX ((size_t)256 << 10)

static int hex(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                        : -1;
}

static void decode(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        int high = i + 2 < s.len && s.ptr[i] == '%' ? hex(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;

        if (low >= 0) {
            buf_addc(out, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_addc(out, s.ptr[i]);
        }
    }
}

const struct value *sec_policy_parse(struct arena *a, struct str text)
{
    struct buf plain = BUF_INIT(DOCUMENT_MAX);
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;

    text = str_trim(text);
    if (text.len && text.ptr[0] != '{')
        decode(&plain, text);
    else
        buf_add_str(&plain, text);
    if (plain.full || !plain.len || json_parse(a, buf_str(&plain), &v, &ignored))
        v = NULL;
    buf_release(&plain);
    return v && v->type == VALUE_OBJECT ? v : NULL;
}

/* ---- elements ---- */

static const struct value *statement(const struct value *policy, size_t *pos)
{
    return sec_each(policy, "Statement", pos);
}

/* Does a string or a list of them hold one of these? NULL ends the words. */
static bool any_of(const struct value *v, const char *const *words)
{
    const struct value *it;

    for (size_t pos = 0; (it = sec_each(v, "", &pos)) != NULL;)
        for (const char *const *w = words; *w && it->type == VALUE_STRING; w++)
            if (str_eq_c(it->u.string, *w))
                return true;
    return false;
}

static const char *const everything[] = {"*", "*:*", NULL};
static const char *const star[] = {"*", NULL};

static bool allows(const struct value *s)
{
    return sec_says(s, "Effect", "Allow");
}

static bool denies_all(const struct value *policy)
{
    const struct value *s;

    for (size_t pos = 0; (s = statement(policy, &pos)) != NULL;)
        if (sec_says(s, "Effect", "Deny") && any_of(value_get(s, "Action"), everything) &&
            any_of(value_get(s, "Resource"), star) && !value_count(value_get(s, "Condition")))
            return true;
    return false;
}

static const char *sid(struct arena *a, const struct value *s, size_t n)
{
    struct str id = value_str_or(s, "Sid", "");

    return id.len ? arena_printf(a, "statement %s", sec_clean(a, id, 80))
                  : arena_printf(a, "statement %zu", n);
}

/* ---- what one's own policies allow ---- */

static bool all_of_service(const struct value *action, struct arena *a, const char **ret)
{
    const struct value *it;

    for (size_t pos = 0; (it = sec_each(action, "", &pos)) != NULL;)
        if (it->type == VALUE_STRING && it->u.string.len > 2 && str_ends(it->u.string, ":*")) {
            *ret = sec_clean(a, it->u.string, 80);
            return true;
        }
    return false;
}

static enum sec_wide wide(struct arena *a, const struct value *s, const char *where,
                          const char **ret)
{
    bool anything = any_of(value_get(s, "Resource"), star) || value_get(s, "NotResource");
    bool guarded = value_count(value_get(s, "Condition")) > 0;
    const char *action = "";

    if (!allows(s) || !anything)
        return SEC_WIDE_NO;
    if (any_of(value_get(s, "Action"), everything)) {
        *ret = arena_printf(a, "%s allows Action * on %s%s", where,
                            value_get(s, "NotResource") ? "everything but its NotResource"
                                                        : "Resource *",
                            guarded ? ", under a Condition" : "");
        return guarded ? SEC_WIDE_GUARDED : SEC_WIDE_ALL;
    }
    if (value_get(s, "NotAction")) {
        *ret = arena_printf(a, "%s allows every action but its NotAction on Resource *%s", where,
                            guarded ? ", under a Condition" : "");
        return guarded ? SEC_WIDE_GUARDED : SEC_WIDE_EXCEPT;
    }
    if (!guarded && all_of_service(value_get(s, "Action"), a, &action)) {
        *ret = arena_printf(a, "%s allows Action %s on Resource *", where, action);
        return SEC_WIDE_SERVICE;
    }
    return SEC_WIDE_NO;
}

enum sec_wide sec_policy_wide(struct arena *a, const struct value *policy, const char **ret_words)
{
    enum sec_wide worst = SEC_WIDE_NO;
    const struct value *s;
    size_t n = 0;

    if (denies_all(policy))
        return worst;
    for (size_t pos = 0; (s = statement(policy, &pos)) != NULL;) {
        const char *words = "";
        enum sec_wide w = wide(a, s, sid(a, s, ++n), &words);

        if (w <= worst)
            continue;
        worst = w;
        *ret_words = words;
    }
    return worst;
}

/* ---- what a resource's policy lets others do ---- */

/* Keys that say who asks or where from. Source: IAM User Guide, "AWS global condition context
 * keys"; S3 User Guide, the meaning of "public". */
static const char *const narrowing[] = {"aws:sourcearn",
                                        "aws:sourceaccount",
                                        "aws:sourceowner",
                                        "aws:sourceorgid",
                                        "aws:sourceorgpaths",
                                        "aws:principalorgid",
                                        "aws:principalorgpaths",
                                        "aws:principalarn",
                                        "aws:principalaccount",
                                        "aws:sourceip",
                                        "aws:vpcsourceip",
                                        "aws:sourcevpc",
                                        "aws:sourcevpce",
                                        "aws:userid",
                                        "kms:calleraccount",
                                        "s3:dataaccesspointaccount",
                                        "s3:dataaccesspointarn",
                                        "lambda:eventsourcetoken",
                                        "sns:endpoint",
                                        "elasticfilesystem:accessedviamounttarget",
                                        NULL};

/* Operators that want a match; those of negation do not narrow. */
static const char *const positive[] = {"stringequals", "stringequalsignorecase",
                                       "stringlike",   "arnequals",
                                       "arnlike",      "ipaddress",
                                       "bool",         NULL};

static bool has_word(const char *const *words, struct str s)
{
    for (; *words; words++)
        if (s.len == strlen(*words) && str_ifind(s, str_from(*words)) == 0)
            return true;
    return false;
}

static struct str operator_of(struct str s)
{
    if (str_ifind(s, STR_LIT("ForAnyValue:")) == 0)
        s = (struct str){s.ptr + 12, s.len - 12};
    return s;
}

static bool is_everything(const struct value *v)
{
    static const char *const all[] = {"*", "0.0.0.0/0", "::/0", "arn:*", "arn:aws:*", "*:*", NULL};

    return any_of(v, all);
}

static bool narrows(const struct value *condition)
{
    VALUE_EACH (op, condition) {
        if (!has_word(positive, operator_of(op->key)))
            continue;
        VALUE_EACH (key, op)
            if (has_word(narrowing, key->key) && !is_everything(key))
                return true;
    }
    return false;
}

static bool is_everybody(const struct value *s)
{
    const struct value *p = value_get(s, "Principal");

    if (value_get(s, "NotPrincipal"))
        return true;
    return any_of(p, star) || any_of(value_get(p, "AWS"), star);
}

static const char *actions(struct arena *a, const struct value *s)
{
    const struct value *list = value_get(s, "Action"), *it;
    const char *words = "";
    size_t n = 0;

    if (!list)
        return "all but its NotAction";
    for (size_t pos = 0; (it = sec_each(list, "", &pos)) != NULL; n++)
        if (n < 3 && it->type == VALUE_STRING)
            words = arena_printf(a, "%s%s%s", words, n ? ", " : "", sec_clean(a, it->u.string, 60));
    return n > 3 ? arena_printf(a, "%s and %zu more", words, n - 3) : words;
}

const char *sec_policy_public(struct arena *a, const struct value *policy)
{
    const struct value *s;
    size_t n = 0;

    if (denies_all(policy))
        return NULL;
    for (size_t pos = 0; (s = statement(policy, &pos)) != NULL;) {
        const char *where = sid(a, s, ++n);

        if (!allows(s) || !is_everybody(s) || narrows(value_get(s, "Condition")))
            continue;
        return arena_printf(
            a, "%s allows %s %s%s", where,
            value_get(s, "NotPrincipal") ? "everybody but its NotPrincipal" : "Principal *",
            actions(a, s),
            value_count(value_get(s, "Condition")) ? ", and its Condition keeps nobody out" : "");
    }
    return NULL;
}

/* Providers whose users are everybody: that a token is meant for AWS says nothing. Source: IAM User
 * Guide, "Identity-provider controls for shared OIDC providers". */
static bool is_shared(struct str provider)
{
    static const char *const shared[] = {"token.actions.githubusercontent.com", "gitlab.com",
                                         "app.terraform.io", "oidc.circleci.com", NULL};

    for (const char *const *s = shared; *s; s++)
        if (str_find(provider, str_from(*s)) >= 0)
            return true;
    return false;
}

static bool asks_subject(const struct value *condition, bool subject_only)
{
    VALUE_EACH (op, condition) {
        if (!has_word(positive, operator_of(op->key)))
            continue;
        VALUE_EACH (key, op)
            if (!is_everything(key) &&
                (str_ends(key->key, ":sub") || (!subject_only && str_ends(key->key, ":aud"))))
                return true;
    }
    return false;
}

const char *sec_policy_open_federation(struct arena *a, const struct value *policy)
{
    const struct value *s;
    size_t n = 0;

    for (size_t pos = 0; (s = statement(policy, &pos)) != NULL;) {
        const struct value *who = value_path(s, "Principal.Federated");
        const char *where = sid(a, s, ++n);
        struct str name = who && who->type == VALUE_STRING ? who->u.string : (struct str){0};

        if (!allows(s) || !who || asks_subject(value_get(s, "Condition"), is_shared(name)))
            continue;
        if (str_find(name, STR_LIT(":oidc-provider/")) < 0 && !any_of(who, star))
            continue; /* SAML's audience is checked by its provider */
        return arena_printf(a, "%s trusts %s without asking whom (its :sub or :aud)", where,
                            name.len ? sec_clean(a, name, 160) : "several providers");
    }
    return NULL;
}
