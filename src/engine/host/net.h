/* net.h - what the network patterns share: who is at the ends of a group of connections. */
#ifndef RUNBOOK_ENGINE_HOST_NET_H
#define RUNBOOK_ENGINE_HOST_NET_H

#include "pattern.h"

double net_count(const struct value *group, const char *key); /* 0 when absent */
bool net_is_in(const struct value *group);                    /* a listener here took them */
const char *net_place(struct host_view *v, const struct value *group); /* "10.0.0.1:5432" */
/* `end`: the group's "own" or "peer". "process 7 (web)", or "a process that cannot be seen". */
const char *net_who(struct host_view *v, const struct value *end);
/* host:x/process:7(web); without a process host:x/peer:10.0.0.1:5432, or the
 * port that it listens on */
const char *net_key(struct host_view *v, const struct value *end, const struct value *group);
int64_t net_pid(const struct value *end); /* 0 not known */
bool net_has_state(const struct value *end, char state);
/* The listener of that port, or NULL. */
const struct value *net_listener(const struct value *snapshot, double port);
bool net_queue_full(const struct value *listener);
bool net_is_stuck(const struct value *end); /* stopped, held by a debugger, stuck in the kernel */
const char *net_condition(struct host_view *v, const struct value *peer); /* "is stopped" ... */

extern const struct host_limit net_limits[]; /* ends with a NULL name */
#define NET_SOFT_S hv_limit(v, &net_limits[0])
/* The answer of FOLLOW_PEER: that machine's snapshot, or a connection tried from here. The path of
 * the culprit is "hard" (nothing came back), "soft" (a request without an answer, for `threshold`
 * seconds) or "said" (a log says so). */
void net_read_peer(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                   struct host_reading *r);

#endif
