/* demo_model.h - a scripted investigation for screen tests: hostile text, all kinds of items and
 * states. */
#ifndef RUNBOOK_TESTS_DEMO_MODEL_H
#define RUNBOOK_TESTS_DEMO_MODEL_H

#include <stddef.h>

#include "runbook/model/model.h"

/* One of the script's events at a time; false after the last. `index` counts from 0. The strings
 * are constants. */
bool demo_event(size_t index, struct event *ret);
size_t demo_count(void);
/* Fold the first `count` events (SIZE_MAX: all) into a fresh model. */
void demo_model(struct model *m, size_t count);
/* `count` more tool and evidence events, and `resources` resources. */
void demo_bulk(struct model *m, size_t count, size_t resources);
/* The raw result of the script's blobs. */
const char *demo_blob(const char *hash);

#endif
