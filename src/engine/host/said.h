/* said.h - what the logs of a machine say (the JSON document of host_log), as patterns ask for it:
 * a family of lines that speaks of trouble, that is new or has become frequent, and that goes on.
 */
#ifndef RUNBOOK_ENGINE_HOST_SAID_H
#define RUNBOOK_ENGINE_HOST_SAID_H

#include "pattern.h"
#include "runbook/codec/logfacts.h"

#define SAID(cause) (1u << (cause))
/* Causes that have a pattern of their own. */
#define SAID_DEPENDENCY                                                                            \
    (SAID(LOG_CAUSE_REFUSED) | SAID(LOG_CAUSE_TIMEOUT) | SAID(LOG_CAUSE_NAME) |                    \
     SAID(LOG_CAUSE_LOGIN))
#define SAID_OWN                                                                                   \
    (SAID_DEPENDENCY | SAID(LOG_CAUSE_PORT_TAKEN) | SAID(LOG_CAUSE_PERMISSION) |                   \
     SAID(LOG_CAUSE_MISSING) | SAID(LOG_CAUSE_POOL) | SAID(LOG_CAUSE_CERTIFICATE) |                \
     SAID(LOG_CAUSE_CONFIG))

extern const struct host_limit said_limits[]; /* ends with a NULL name */

enum said_how {
    SAID_NOT,
    SAID_BURST,  /* it was there before, and comes much more often now */
    SAID_NEW,    /* none like it before */
    SAID_ALWAYS, /* most of what a young log holds */
};
enum said_how said_how_of(struct host_view *v, const struct value *family);
/* The family of one of `causes` that says most; NULL: none. `how` may be NULL. */
const struct value *said_worst(struct host_view *v, unsigned causes, enum said_how *ret_how);
/* Is the writer a service: a unit, a daemon, or something that listens? */
bool said_by_service(struct host_view *v, const struct value *family);
/* "process 7 (shopd)", "unit shop.service", "/var/log/x" */
const char *said_by(struct host_view *v, const struct value *family);
const char *said_key(struct host_view *v, const struct value *family); /* as a resource */
int64_t said_pid(const struct value *family);    /* who has the log open; 0: not known */
int64_t said_writer(const struct value *family); /* or else the process that its line names */
const char *said_sample(struct host_view *v, const struct value *family);
/* Fill in evidence, numbers, strength and resource of a finding from that family. */
void said_report(struct host_view *v, struct host_finding *f, const struct value *family,
                 enum said_how how);
/* The whole of a pattern that needs nothing but a family: `claim` takes who says it. */
void said_find(struct host_view *v, struct host_finding *f, unsigned causes, const char *quiet,
               const char *claim);

/* Listeners of the machine: of the snapshot, and what they answered; NULL: none there. */
const struct value *said_listener(struct host_view *v, double port);
const struct value *said_answer(struct host_view *v, double port);
bool said_is_local(const char *host);
const char *said_port(struct host_view *v, const struct value *listener); /* which one it is */
/* Does the question name its port or its program? */
bool said_listener_named(struct host_view *v, const struct value *listener);

#endif
