/* secret.c - see secret.h. */
#include "runbook/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

struct secret {
    size_t len;
    char *value;
};

struct secret *secret_new(struct str value)
{
    struct secret *s;

    if (value.len == 0)
        return NULL;
    s = xcalloc(1, sizeof(*s));
    s->len = value.len;
    s->value = xstrndup(value.ptr, value.len);
    return s;
}

struct secret *secret_dup(const struct secret *s)
{
    return s ? secret_new(secret_reveal(s)) : NULL;
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    secret_wipe(s->value, s->len);
    free(s->value);
    free(s);
}

struct str secret_reveal(const struct secret *s)
{
    return s ? (struct str){s->value, s->len} : STR_LIT("");
}

void secret_wipe(void *ptr, size_t len)
{
    if (ptr)
        explicit_bzero(ptr, len);
}

void buf_wipe(struct buf *b)
{
    secret_wipe(b->ptr, b->len);
    buf_release(b);
}

void secret_mask(struct str value, char out[16])
{
    memcpy(out, "****", 5);
    if (value.len >= 12) {
        for (size_t i = 0; i < 2; i++) {
            char c = value.ptr[value.len - 2 + i];

            out[4 + i] = c > ' ' && c < 0x7F ? c : '*';
        }
        out[6] = '\0';
    }
}
