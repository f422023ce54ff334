/* aws_answer.c - keys out of what a program, a container, a machine, SSO or STS says. Nothing of it
 * is ever repeated in an error. */
#include "src/net/aws_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define MESSAGE_MAX 200

void aws_own_clear(struct aws_own_keys *k)
{
    secret_free(k->access_key);
    secret_free(k->secret_key);
    secret_free(k->session_token);
    *k = (struct aws_own_keys){0};
}

static enum err_code take(struct str id, struct str secret, struct str token, int64_t expires_ms,
                          struct aws_own_keys *ret, struct err *err)
{
    if (!id.len || !secret.len)
        return err_set(err, ERR_INPUT, "the answer holds no keys");
    *ret = (struct aws_own_keys){.access_key = secret_new(id),
                                 .secret_key = secret_new(secret),
                                 .session_token = secret_new(token),
                                 .expires_ms = expires_ms};
    return ERR_OK;
}

/* A time that cannot be read is taken for soon, so that it is asked again rather than refused. */
static int64_t expiry(struct str text)
{
    int64_t ms;

    if (!text.len)
        return 0;
    return time_parse(text, &ms) ? ms : 1;
}

enum err_code aws_read_json(struct str text, struct aws_own_keys *ret, struct err *err)
{
    struct arena *a = arena_new(0);
    struct err ignored = ERR_INIT;
    const struct value *v, *role;
    struct str token;
    enum err_code rc;

    if (json_parse(a, text, &v, &ignored)) {
        rc = err_set(err, ERR_INPUT, "the answer is no JSON");
    } else if ((role = value_get(v, "roleCredentials"))) {
        rc = take(value_str_or(role, "accessKeyId", ""), value_str_or(role, "secretAccessKey", ""),
                  value_str_or(role, "sessionToken", ""), value_i64_or(role, "expiration", 0), ret,
                  err);
    } else {
        token = value_str_or(v, "SessionToken", "");
        if (!token.len)
            token = value_str_or(v, "Token", "");
        rc = take(value_str_or(v, "AccessKeyId", ""), value_str_or(v, "SecretAccessKey", ""), token,
                  expiry(value_str_or(v, "Expiration", "")), ret, err);
    }
    arena_free(a);
    return rc;
}

/* The text of the first element of that name. */
static struct str element(struct str text, const char *name)
{
    struct buf open = BUF_INIT(100), close = BUF_INIT(100);
    struct str found = {"", 0};
    ptrdiff_t from, to;

    buf_addf(&open, "<%s>", name);
    buf_addf(&close, "</%s>", name);
    from = str_find(text, buf_str(&open));
    if (from >= 0) {
        struct str rest = {text.ptr + from + open.len, text.len - (size_t)from - open.len};

        to = str_find(rest, buf_str(&close));
        if (to >= 0)
            found = str_trim((struct str){rest.ptr, (size_t)to});
    }
    buf_release(&open);
    buf_release(&close);
    return found;
}

enum err_code aws_read_sts(struct str text, struct aws_own_keys *ret, struct err *err)
{
    return take(element(text, "AccessKeyId"), element(text, "SecretAccessKey"),
                element(text, "SessionToken"), expiry(element(text, "Expiration")), ret, err);
}

void aws_read_sts_message(struct str text, char *out, size_t size)
{
    struct str said = element(text, "Message");
    struct buf safe = BUF_INIT(MESSAGE_MAX * 12 + 64);

    if (said.len > MESSAGE_MAX)
        said.len = MESSAGE_MAX;
    text_sanitize(&safe, said, false, true);
    snprintf(out, size, "%s", buf_cstr(&safe));
    buf_release(&safe);
}
