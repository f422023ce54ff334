/* redact_kept.c - which secret a placeholder stands for, in memory only. It exists so that the
 * user's own screen can show what the user has typed or would have to copy; there is no way to
 * write it anywhere. */
#include <stdlib.h>

#include "redact_priv.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/secret.h"

#define SECRET_MAX ((size_t)4096)

/* The value of an id is its secret; NULL when two secrets share it. */
struct redact_kept {
    struct map *by_id;
};

struct redact_kept *redact_kept_new(void)
{
    struct redact_kept *k = xcalloc(1, sizeof(*k));

    k->by_id = map_new();
    return k;
}

void redact_kept_free(struct redact_kept *k)
{
    size_t it = 0;
    struct str id;
    void *secret;

    if (!k)
        return;
    while (map_next(k->by_id, &it, &id, &secret))
        secret_free(secret);
    map_free(k->by_id);
    free(k);
}

void redact_kept_add(struct redact_kept *k, struct str id, struct str secret)
{
    struct secret *known = map_get(k->by_id, id);

    if (secret.len > SECRET_MAX || (!known && map_has(k->by_id, id)))
        return;
    if (known) {
        if (str_eq(secret_reveal(known), secret))
            return;
        map_set(k->by_id, id, NULL);
        secret_free(known);
    } else if (map_count(k->by_id) < REDACT_KEPT_MAX) {
        map_set(k->by_id, id, secret_new(secret));
    }
}

void redact_kept_merge(struct redact_kept *k, const struct redact_kept *from)
{
    size_t it = 0;
    struct str id;
    void *secret;

    while (map_next(from->by_id, &it, &id, &secret)) {
        if (secret)
            redact_kept_add(k, id, secret_reveal(secret));
    }
}

size_t redactor_restore(const struct redactor *r, struct buf *out, struct str text)
{
    const struct redact_kept *k = redactor_kept(r);
    size_t count = 0;
    ptrdiff_t at;

    while (k && text.len && (at = str_find(text, STR_LIT(REDACT_MARK))) >= 0) {
        struct str mark = {text.ptr + at, text.len - (size_t)at};
        size_t len = redact_is_placeholder(mark) ? REDACT_MARK_LEN : sizeof(REDACT_MARK) - 1;
        struct str id = {mark.ptr + sizeof(REDACT_MARK) - 1, REDACT_HEX};
        const struct secret *secret = len == REDACT_MARK_LEN ? map_get(k->by_id, id) : NULL;

        buf_add(out, text.ptr, (size_t)at);
        buf_add_str(out, secret ? secret_reveal(secret) : (struct str){mark.ptr, len});
        count += secret != NULL;
        text = (struct str){mark.ptr + len, mark.len - len};
    }
    buf_add_str(out, text);
    return count;
}

const char *redact_kind_name(enum redact_kind kind)
{
    static const char *const names[REDACT_KINDS] = {
        "password",     "secret",      "authorization", "cookie", "url_credentials", "vendor_key",
        "signed_token", "private_key", "password_hash", "card",   "email",           "configured",
    };

    return names[kind];
}
