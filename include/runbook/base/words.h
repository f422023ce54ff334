/* words.h - a command line as words: what a shell does with blanks, quotes and backslashes, and
 * nothing else of a shell. */
#ifndef RUNBOOK_BASE_WORDS_H
#define RUNBOOK_BASE_WORDS_H

#include "runbook/base/arena.h"

/* Ends with NULL; NULL: a quote does not end. The array and its words live in `a`. */
const char **words_split(struct arena *a, const char *command);

#endif
