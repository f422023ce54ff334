/* steer_priv.h - words of a person against words of a catalogue, and what the tests share. */
#ifndef RUNBOOK_ENGINE_STEER_PRIV_H
#define RUNBOOK_ENGINE_STEER_PRIV_H

#include "modules_priv.h"

/* How many telling words of `text` are in `of` ("disk", "full"; not "the", "is"). A word counts
 * when it is the same or both begin with the same four or more letters ("leak", "leaks"). */
int steer_common_words(struct str text, struct str of);

size_t steer_test_host(struct investigation *inv, const char *hyp, bool again);
size_t steer_test_metrics(struct investigation *inv, const char *hyp, bool again);

#endif
