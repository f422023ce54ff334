/* steer_priv.h - words of a person against words of a catalogue, and what the tests share. */
#ifndef RUNBOOK_ENGINE_STEER_PRIV_H
#define RUNBOOK_ENGINE_STEER_PRIV_H

#include "modules_priv.h"

/* How many telling words of `text` are in `of` ("disk", "full"; not "the", "is"). A word counts
 * when it is the same or both begin with the same four or more letters ("leak", "leaks"). */
int steer_common_words(struct str text, struct str of);

/* steer_host_said.c: logs and changes of one machine, when the words mean them. */
size_t steer_ask_said(struct investigation *inv, const char *hyp, const char *host, bool again);
size_t steer_test_host(struct investigation *inv, const char *hyp, bool again);
size_t steer_test_metrics(struct investigation *inv, const char *hyp, bool again);

#endif
