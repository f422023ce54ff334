/* demo_approval.h - requests for tests: nothing in the program asks for approvals yet. */
#ifndef RUNBOOK_TESTS_DEMO_APPROVAL_H
#define RUNBOOK_TESTS_DEMO_APPROVAL_H

#include "runbook/codec/hash.h"
#include "runbook/model/event.h"

struct ev_approval_requested demo_failover(int64_t now_ms); /* critical */
struct ev_approval_requested demo_restart(int64_t now_ms);  /* medium */
/* The event of a request, with its fingerprint, which is written to the caller's array. */
void demo_approval_event(struct event *ev, const struct ev_approval_requested *r,
                         char fingerprint[SHA256_HEX]);

#endif
