/* doctor.h - the list of checks that "runbook doctor" makes. A check always has a word for its
 * state and a line that says what was seen or what to do. */
#ifndef RUNBOOK_SRC_APP_DOCTOR_H
#define RUNBOOK_SRC_APP_DOCTOR_H

#include "runbook/app/app.h"
#include "runbook/app/config.h"
#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/loop/loop.h"

enum check_state {
    CHECK_OK,
    CHECK_NOTE, /* worth knowing, nothing to do */
    CHECK_WARNING,
    CHECK_FAILED,
    CHECK_ABSENT, /* not configured, or not there and not needed */
};

struct check {
    const char *group, *name, *detail;
    enum check_state state;
    int64_t latency_ms; /* -1: none */
};

struct doctor {
    struct app *app;
    const struct config *config; /* NULL: it could not be read */
    struct arena *arena;
    bool ask_models; /* send each configured model a word */
    VEC(struct check) checks;
};

/* `fmt` makes the detail. Returns the index of the check. */
size_t doctor_add(struct doctor *d, const char *group, const char *name, enum check_state state,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
const char *check_state_name(enum check_state s);

void doctor_libraries(struct doctor *d);
void doctor_files(struct doctor *d);
void doctor_terminal(struct doctor *d);
void doctor_machine(struct doctor *d);  /* what this machine lets us read */
void doctor_models(struct doctor *d);   /* what is configured; asks only with ask_models */
void doctor_mcp(struct doctor *d);      /* starts the configured MCP servers; 8 s at most */
void doctor_backends(struct doctor *d); /* asks servers and machines, all at once, with deadlines */

#endif
