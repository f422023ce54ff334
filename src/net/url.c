/* url.c - percent-encoding, and URLs that may be shown. */
#include "runbook/net/http.h"

#include <stdio.h>

/* Query parameters whose value is a secret by name. Compared without case. */
static const char *const secret_params[] = {
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "application_key",
    "auth",
    "key",
    "password",
    "secret",
    "signature",
    "sig",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
};

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void url_encode(struct buf *out, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (is_unreserved(c)) {
            buf_addc(out, (char)c);
        } else {
            char triple[3] = {'%', hex[c >> 4], hex[c & 15]};

            buf_add(out, triple, sizeof(triple));
        }
    }
}

static bool has_secret_name(struct str param)
{
    const char *eq = param.len ? memchr(param.ptr, '=', param.len) : NULL;

    if (!eq)
        return false;
    param.len = (size_t)(eq - param.ptr);
    for (size_t i = 0; i < sizeof(secret_params) / sizeof(secret_params[0]); i++) {
        if (param.len == strlen(secret_params[i]) &&
            str_ifind(param, str_from(secret_params[i])) == 0)
            return true;
    }
    return false;
}

static void redact_query(struct buf *out, struct str query)
{
    struct str param;
    bool first = true;

    while (str_split(&query, '&', &param)) {
        if (!first)
            buf_addc(out, '&');
        first = false;
        if (has_secret_name(param)) {
            buf_add(out, param.ptr,
                    (size_t)((const char *)memchr(param.ptr, '=', param.len) - param.ptr) + 1);
            buf_adds(out, "****");
        } else {
            buf_add_str(out, param);
        }
    }
}

/* Is what stands behind the host's colon something else than a port? Then the colon belongs to user
 * information whose '@' is hidden behind a slash in the password. */
static bool looks_like_user(struct str authority)
{
    const char *colon = authority.len ? memchr(authority.ptr, ':', authority.len) : NULL;

    if (!colon || authority.ptr[0] == '[')
        return false;
    for (const char *p = colon + 1; p < authority.ptr + authority.len; p++) {
        if (*p < '0' || *p > '9')
            return true;
    }
    return false;
}

static size_t user_info_len(struct str rest)
{
    struct str authority = rest, upto;

    authority.len = 0;
    while (authority.len < rest.len && !strchr("/?#", rest.ptr[authority.len]))
        authority.len++;
    upto = looks_like_user(authority) ? rest : authority;
    while (upto.len > 0 && upto.ptr[upto.len - 1] != '@')
        upto.len--;
    return upto.len;
}

void url_redact(struct buf *out, const char *url)
{
    struct str rest = str_from(url);
    ptrdiff_t scheme = str_find(rest, STR_LIT("://"));
    size_t skip;
    ptrdiff_t mark;

    if (scheme >= 0) {
        buf_add(out, rest.ptr, (size_t)scheme + 3);
        rest.ptr += scheme + 3;
        rest.len -= (size_t)scheme + 3;
    }
    skip = user_info_len(rest);
    rest.ptr += skip;
    rest.len -= skip;
    mark = str_find(rest, STR_LIT("?"));
    if (mark < 0) {
        buf_add_str(out, rest);
        return;
    }
    buf_add(out, rest.ptr, (size_t)mark + 1);
    redact_query(out, (struct str){rest.ptr + mark + 1, rest.len - (size_t)mark - 1});
}
