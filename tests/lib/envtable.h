/* envtable.h - an environment of a test's own, for what asks by a function of the kind of getenv().
 */
#ifndef RUNBOOK_TESTS_LIB_ENVTABLE_H
#define RUNBOOK_TESTS_LIB_ENVTABLE_H

void envtable_clear(void);
void envtable_set(const char *name, const char *value); /* borrowed; NULL: it is not set */
char *envtable_get(const char *name);

#endif
