/* random_run.h - a full-screen program in an emulator, driven by lines of a log: keys, sizes,
 * bursts and checks; for test_random_keys. What must hold after each: the terminal shows what a
 * full drawing gives, and repainting every cell changes nothing. */
#ifndef RUNBOOK_TESTS_E2E_RANDOM_RUN_H
#define RUNBOOK_TESTS_E2E_RANDOM_RUN_H

#include "runbook/base/str.h"
#include "tests/lib/pty.h"

#define RUN_WAIT_MS 60000

struct run {
    struct pty *pty;
    const char *mode; /* of tui_feeder: "live", "vi" or "replay" */
    int fd;           /* the control line */
    int rows, cols;
    char *dir;      /* a home of its own */
    struct buf log; /* actions so far, a line each */
    struct buf want, detail;
    const char *broken; /* what did not hold; NULL: all is well */
    size_t restarts;
    uint64_t state; /* of the drawing in `want`: looks and cursor as well */
};

void run_start(struct run *r);
void run_stop(struct run *r);
/* One line of the log: "keys 6a6b", "resize 80 24", "burst 12 99", "check". False: it broke. */
bool run_act(struct run *r, const char *line);

#endif
