/* host_logs.h - the log lines of a collection (HOST_LOG) sorted into families, source by source:
 * who writes them, since when they come more often, and what they say about the next step. */
#ifndef RUNBOOK_SERVICE_HOST_LOGS_H
#define RUNBOOK_SERVICE_HOST_LOGS_H

#include "runbook/codec/logfacts.h"
#include "runbook/codec/logmine.h"
#include "runbook/codec/logshift.h"
#include "runbook/service/host.h"

struct host_log_source {
    const char *name; /* a path; "unit:NAME" or "journal:NAME" of the journal */
    const char *comm; /* who writes it; "" when nobody has it open */
    int32_t pid;      /* 0: not known */
    bool service;     /* it is written by a service, not by a person's or a build's command */
    int64_t lines, bytes, errors;
    bool timed;                /* its lines have times */
    int64_t first_ms, last_ms; /* Unix, corrected for a local zone; 0 not known */
    double age_s;              /* since its last line, or since it was written; NAN not known */
};

struct host_mined {
    int source;                    /* index */
    const char *text, *samples[3]; /* at most 200 bytes a sample, as R-21 has it */
    enum log_level level;
    const struct host_family *kind; /* NULL: none of the eleven */
    enum log_cause cause;
    int64_t count, first_ms, last_ms;
    bool risen;            /* `shift` holds */
    struct logshift shift; /* without times: thirds of the lines stand for time */
    bool fresh;            /* new: never before, although there were lines before */
    bool current;          /* it still comes */
    struct log_peer peer;  /* host "": none */
    const char *path;      /* "": none */
    int port;              /* of an address in use; 0: none */
};

struct host_mining {
    int64_t now_ms, from_ms, lines, bytes;
    VEC(struct host_log_source) sources;
    VEC(struct host_mined)
    families; /* errors and warnings first, new and risen ones before others */
    VEC(struct host_gap) gaps;
};
enum err_code host_mining_parse(struct host_mining *ret, struct arena *arena, struct str bundle,
                                struct err *err);
void host_mining_release(struct host_mining *m);

#endif
