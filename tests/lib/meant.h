/* meant.h - which escape sequences the program sends on purpose. */
#ifndef RUNBOOK_TESTS_MEANT_H
#define RUNBOOK_TESTS_MEANT_H

#include <stdbool.h>
#include <stddef.h>

/* Is what stands at text[*at], right behind an Esc, a sequence that this program sends? *at goes to
 * its last byte. One that the end of the text cuts off counts as meant. */
bool meant_escape(const char *text, size_t len, size_t *at);

#endif
