/* fuzz_command_priv.h - commands that must not pass, and ways to say them otherwise. */
#ifndef RUNBOOK_TESTS_FUZZ_FUZZ_COMMAND_PRIV_H
#define RUNBOOK_TESTS_FUZZ_FUZZ_COMMAND_PRIV_H

#include <stdbool.h>

#include "runbook/base/str.h"

/* What a fuzzer's input decides, byte after byte; zeroes when it is over. */
struct choices {
    struct str left;
};
unsigned choose(struct choices *c, unsigned below);

extern const char *const command_bases[]; /* ends with NULL */

/* What can be said of the changed line. */
enum told {
    TOLD_SAME,    /* a shell, or whoever reads it, takes it for the same command, or for more */
    TOLD_REFUSED, /* a shell would act on something in it: it has to be refused */
};
/* `base`, said otherwise. Appends. */
enum told command_retell(struct choices *c, const char *base, struct buf *out);

#endif
