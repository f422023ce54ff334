/* start.h - what a first run shows while nothing is configured and nothing was asked: what was
 * found here, what can be asked, and where a configuration is made. The text is from outside (names
 * in files of others): it is made safe where it is drawn. */
#ifndef RUNBOOK_VIEW_START_H
#define RUNBOOK_VIEW_START_H

#include <stdbool.h>
#include <stddef.h>

#define START_ROWS_MAX 8
#define START_TEXT_MAX 256

struct start_row {
    char what[24]; /* "ssh hosts" */
    char text[START_TEXT_MAX];
    bool usable; /* false: it is there, but this program cannot use it yet */
};

struct start {
    struct start_row rows[START_ROWS_MAX];
    size_t count;
    const char *const *examples; /* questions and commands, each with what it does; NULL-terminated,
                                  * two strings a row */
};

/* The examples that fit any machine. */
extern const char *const start_examples[];
/* Those where keys or profiles of AWS were found. */
extern const char *const start_examples_aws[];

#endif
