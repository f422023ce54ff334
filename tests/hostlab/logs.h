/* logs.h - daemons of the lab with logs that have a past. */
#ifndef RUNBOOK_TESTS_LOGS_H
#define RUNBOOK_TESTS_LOGS_H

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

#define HISTORY_S 2400 /* how far back a log goes */

struct logger {
    FILE *f;
    unsigned n; /* lines written */
};

/* A daemon: of a session of its own, without a terminal, as every supervisor starts one. */
pid_t daemon_of(const char *name);
void log_at(struct logger *l, time_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A user who looks through ssh sees what lies where logs lie, and not what others have open. */
void log_path(const struct lab_run *r, const char *name, char *path, size_t size);
void remove_logs(const struct lab_run *r);
/* A log with an ordinary past: requests, and once in a while a retry that worked. */
struct logger open_log(const struct lab_run *r, const char *name);
/* A daemon with such a log; in the child *l is open and 0 is returned. */
pid_t logging(struct lab_run *r, const char *name, struct logger *l);
_Noreturn void log_stands(struct lab_run *r); /* after a while, so that there is something to see */

#define FOR_EVER(l, ms) for (;; fflush((l).f), lab_nap_ms(ms))

/* fault_service.c: an HTTP server that answers so. */
enum manner { ANSWER, READ_ONLY, ACCEPT_ONLY };
_Noreturn void serve_http(int fd, enum manner how, long wait_ms, const char *status);

#endif
