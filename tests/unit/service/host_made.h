/* host_made.h - bundles of a machine that a test makes up, section by section. */
#ifndef RUNBOOK_TESTS_UNIT_SERVICE_HOST_MADE_H
#define RUNBOOK_TESTS_UNIT_SERVICE_HOST_MADE_H

#include "runbook/service/host.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

struct buf made_begin(void); /* two looks, two seconds apart */
void made_section(struct buf *b, const char *name, int phase, const char *text);
/* Ends the bundle, reads it, releases it. */
void made_parse(struct buf *b, struct arena *a, struct host_snapshot *s);

#endif
