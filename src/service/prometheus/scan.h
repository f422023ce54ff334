/* scan.h - a pull scanner over JSON bytes that builds nothing.
 * For answers too big for a tree: the caller walks the shape it expects and skips what it does not
 * know; all of it is checked (RFC 8259 syntax, UTF-8, depth). The first failure sticks: every later
 * call fails too, so a walk checks once a loop. Private to this folder. */
#ifndef RUNBOOK_SERVICE_PROMETHEUS_SCAN_H
#define RUNBOOK_SERVICE_PROMETHEUS_SCAN_H

#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define SCAN_DEPTH_MAX 64

struct scan {
    const char *begin, *at, *end;
    struct err *err; /* filled at the first failure */
    bool failed;
    int depth;
};

/* A string as it stands in the text, without the quotes; `escapes` when it holds a backslash. */
struct scan_text {
    struct str raw;
    bool escapes;
};

void scan_init(struct scan *s, struct str text, struct err *err);
/* Fails and says where: "byte 812: expected ...". Returns false, so `return scan_fail(...)` reads
 * well. */
bool scan_fail(struct scan *s, const char *what);
char scan_peek(struct scan *s);         /* next byte after blanks; '\0' at the end */
bool scan_byte(struct scan *s, char c); /* this byte must come */
bool scan_string(struct scan *s, struct scan_text *ret);
bool scan_number(struct scan *s, struct str *ret);
/* Seconds, as a JSON number, to milliseconds. */
bool scan_time_ms(struct scan *s, int64_t *ret);
bool scan_skip(struct scan *s); /* any value */
bool scan_end(struct scan *s);  /* nothing but blanks is left */
/* Walk an object or an array: bool first = true; while (scan_member(s, &first, &key)) ... The
 * closing bracket is taken; false at the end and after a failure. */
bool scan_object(struct scan *s);
bool scan_member(struct scan *s, bool *first, struct scan_text *ret_key);
bool scan_array(struct scan *s);
bool scan_item(struct scan *s, bool *first);

/* The string with its escapes resolved appended to `out`. The text was checked by scan_string(). */
void scan_unescape(struct buf *out, struct scan_text t);
bool scan_text_eq(struct scan_text t, const char *s); /* for keys, which Prometheus never escapes */

#endif
