/* regex.h - PCRE2 with limits on match steps and depth, so that no pattern and no line hang us. */
#ifndef RUNBOOK_CODEC_REGEX_H
#define RUNBOOK_CODEC_REGEX_H

#include <stdbool.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define REGEX_GROUPS_MAX 16

enum { REGEX_ICASE = 1, REGEX_MULTILINE = 2 };

struct regex; /* opaque; immutable after compile, one match at a time */

/* UTF mode with invalid bytes matched as such. ERR_INPUT with the offset when it does not compile.
 */
enum err_code regex_compile(const char *pattern, unsigned flags, struct regex **ret,
                            struct err *err);
void regex_free(struct regex *re);

struct regex_match {
    size_t count;                       /* groups set, the whole match included */
    struct str group[REGEX_GROUPS_MAX]; /* borrowed from the subject; ptr NULL when unset */
};

/* Does it match at or after `from` bytes? False also when a limit was hit; then *ret_limited is
 * true (may be NULL). `ret_match` may be NULL. */
bool regex_match(const struct regex *re, struct str subject, size_t from,
                 struct regex_match *ret_match, bool *ret_limited);

#endif
