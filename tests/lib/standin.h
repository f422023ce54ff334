/* standin.h - starts the stand-in model server (tests/standin) for a test in C.
 *
 *   struct standin *s = standin_start("turns:\n  - say: [{text: hello}]\n", NULL);
 *   ... a client whose base URL is standin_url(s) and whose key is "test" ...
 *   standin_recorded(s, &lines);
 *   standin_stop(s);
 *
 * The program is found in $RB_BUILDDIR, which `make check` sets, else below the current folder. */
#ifndef RUNBOOK_TESTS_LIB_STANDIN_H
#define RUNBOOK_TESTS_LIB_STANDIN_H

#include "runbook/base/str.h"

struct standin; /* opaque */

/* `scenario` is its text; `options` (NULL-terminated, may be NULL) go before it. A scenario that
 * cannot be read ends the test: the reason is on stderr. */
struct standin *standin_start(const char *scenario, const char *const *options);
void standin_stop(struct standin *s);             /* NULL is fine */
const char *standin_url(const struct standin *s); /* "http://127.0.0.1:PORT" */
/* Append what was recorded so far: JSON lines, see tests/standin/README. */
void standin_recorded(const struct standin *s, struct buf *out);

#endif
