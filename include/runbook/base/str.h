/* str.h - borrowed strings (struct str) and owned, capped byte buffers (struct buf).
 * A buf is always NUL-terminated once it holds memory, so buf_cstr() is safe for C APIs; its `max`
 * is the cap that makes input from outside bounded: reaching it is ERR_LIMIT, never a larger
 * buffer. */
#ifndef RUNBOOK_BASE_STR_H
#define RUNBOOK_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "runbook/base/err.h"

struct str {
    const char *ptr; /* not NUL-terminated; may be NULL when len is 0 */
    size_t len;
};

#define STR_LIT(s) ((struct str){(s), sizeof(s) - 1})
#define STR_FMT(s) (int)(s).len, ((s).ptr ? (s).ptr : "") /* for "%.*s" */

static inline struct str str_from(const char *cstr)
{
    return (struct str){cstr, cstr ? strlen(cstr) : 0};
}
bool str_eq(struct str a, struct str b);
bool str_eq_c(struct str a, const char *b);
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
int str_cmp(struct str a, struct str b); /* bytewise, shorter first */
struct str str_trim(struct str s);       /* ASCII white space at both ends */
/* Cut the next piece off *rest at `sep`; false when nothing is left. "a,,b" gives a, "", b. */
bool str_split(struct str *rest, char sep, struct str *ret_piece);
/* Next line without its LF or CRLF; false at the end. */
bool str_line(struct str *rest, struct str *ret_line);
/* Position of `needle`, or -1. `str_ifind` folds ASCII case. */
ptrdiff_t str_find(struct str hay, struct str needle);
ptrdiff_t str_ifind(struct str hay, struct str needle);
bool cstr_eq(const char *a, const char *b); /* NULL equals NULL only */

struct buf {
    char *ptr;
    size_t len; /* bytes, without the NUL */
    size_t cap;
    size_t max; /* `len` never exceeds this */
    bool full;  /* an append was refused: check once at the end instead of at every call */
};

#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        NULL, 0, 0, (max_bytes), false                                                             \
    }
#define BUF_NO_MAX ((size_t)1 << 40)

void buf_init(struct buf *b, size_t max_bytes); /* empty, nothing allocated; see BUF_NO_MAX */
void buf_release(struct buf *b); /* frees; the struct can be reused with the same max */
void buf_clear(struct buf *b);   /* len = 0, keeps the memory */
/* Appends are all or nothing; false (and b->full) when the cap would be passed. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_adds(struct buf *b, const char *cstr);
bool buf_add_str(struct buf *b, struct str s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_addv(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Room for `len` more bytes at the end, to be filled by the caller and claimed by adding to b->len;
 * NULL when the cap forbids it. */
char *buf_reserve(struct buf *b, size_t len);
void buf_cut(struct buf *b, size_t from, size_t len); /* remove a range */
void buf_truncate(struct buf *b, size_t len);         /* no-op when already shorter */
struct str buf_str(const struct buf *b);              /* borrowed until the next change */
const char *buf_cstr(const struct buf *b);            /* "" when empty */
char *buf_detach(struct buf *b);                      /* the caller frees; b is empty again */
/* ERR_LIMIT naming `what` and the cap when an append was refused, else ERR_OK. */
enum err_code buf_check(const struct buf *b, const char *what, struct err *err);

#endif
