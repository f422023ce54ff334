/* str.c - see str.h. */
#include "runbook/base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_eq_c(struct str a, const char *b)
{
    return str_eq(a, str_from(b));
}

bool str_starts(struct str s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len >= len && memcmp(s.ptr ? s.ptr : "", prefix, len) == 0;
}

bool str_ends(struct str s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len >= len && (len == 0 || memcmp(s.ptr + s.len - len, suffix, len) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (c)
        return c;
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool str_split(struct str *rest, char sep, struct str *ret_piece)
{
    const char *at;

    if (!rest->ptr)
        return false;
    at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
    if (!at) {
        *ret_piece = *rest;
        *rest = (struct str){NULL, 0};
        return true;
    }
    *ret_piece = (struct str){rest->ptr, (size_t)(at - rest->ptr)};
    rest->len -= ret_piece->len + 1;
    rest->ptr = at + 1;
    return true;
}

bool str_line(struct str *rest, struct str *ret_line)
{
    if (rest->len == 0)
        return false;
    if (!str_split(rest, '\n', ret_line))
        return false;
    if (ret_line->len && ret_line->ptr[ret_line->len - 1] == '\r')
        ret_line->len--;
    return true;
}

ptrdiff_t str_find(struct str hay, struct str needle)
{
    const char *at;

    if (needle.len == 0)
        return 0;
    if (hay.len < needle.len)
        return -1;
    at = memmem(hay.ptr, hay.len, needle.ptr, needle.len);
    return at ? at - hay.ptr : -1;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

ptrdiff_t str_ifind(struct str hay, struct str needle)
{
    char first = needle.len ? fold(needle.ptr[0]) : 0;

    for (size_t i = 0; i + needle.len <= hay.len; i++) {
        size_t k = 1;

        if (needle.len && fold(hay.ptr[i]) != first)
            continue;
        while (k < needle.len && fold(hay.ptr[i + k]) == fold(needle.ptr[k]))
            k++;
        if (k >= needle.len)
            return (ptrdiff_t)i;
    }
    return -1;
}

bool cstr_eq(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf)BUF_INIT(max_bytes);
}

void buf_release(struct buf *b)
{
    free(b->ptr);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    buf_truncate(b, 0);
    b->full = false;
}

char *buf_reserve(struct buf *b, size_t len)
{
    size_t need, cap;

    if (len > b->max || b->len > b->max - len) {
        b->full = true;
        return NULL;
    }
    need = b->len + len + 1;
    if (need > b->cap) {
        cap = b->cap ? b->cap : 64;
        while (cap < need)
            cap *= 2;
        b->ptr = xrealloc(b->ptr, cap);
        b->cap = cap;
        b->ptr[b->len] = '\0';
    }
    return b->ptr + b->len;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
    char *at = buf_reserve(b, len);

    if (!at)
        return false;
    if (len)
        memcpy(at, data, len);
    b->len += len;
    b->ptr[b->len] = '\0';
    return true;
}

bool buf_adds(struct buf *b, const char *cstr)
{
    return buf_add(b, cstr, strlen(cstr));
}

bool buf_add_str(struct buf *b, struct str s)
{
    return buf_add(b, s.ptr, s.len);
}

bool buf_addc(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

bool buf_addv(struct buf *b, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    bool ok;
    int n;

    va_copy(again, ap);
    n = vsnprintf(small, sizeof(small), fmt, ap);
    if (n < 0) {
        ok = false;
    } else if ((size_t)n < sizeof(small)) {
        ok = buf_add(b, small, (size_t)n);
    } else {
        char *at = buf_reserve(b, (size_t)n);

        ok = at != NULL;
        if (ok) {
            vsnprintf(at, (size_t)n + 1, fmt, again);
            b->len += (size_t)n;
        }
    }
    va_end(again);
    return ok;
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    bool ok;

    va_start(ap, fmt);
    ok = buf_addv(b, fmt, ap);
    va_end(ap);
    return ok;
}

void buf_cut(struct buf *b, size_t from, size_t len)
{
    if (from >= b->len)
        return;
    if (len > b->len - from)
        len = b->len - from;
    memmove(b->ptr + from, b->ptr + from + len, b->len - from - len);
    buf_truncate(b, b->len - len);
}

void buf_truncate(struct buf *b, size_t len)
{
    if (len < b->len || (len == 0 && b->len == 0)) {
        b->len = len;
        if (b->ptr)
            b->ptr[len] = '\0';
    }
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->ptr, b->len};
}

const char *buf_cstr(const struct buf *b)
{
    return b->ptr ? b->ptr : "";
}

char *buf_detach(struct buf *b)
{
    char *ptr = b->ptr ? b->ptr : xstrdup("");

    buf_init(b, b->max);
    return ptr;
}

enum err_code buf_check(const struct buf *b, const char *what, struct err *err)
{
    if (!b->full)
        return ERR_OK;
    return err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", what, b->max);
}
