/* inject_world.h - a world full of hostile texts for test_injection: files, names of files, command
 * lines, units, the kernel's log, servers of metrics, alerts and MCP, titles, commits, an
 * environment. Each case has a marker file that must stay; one process must live. */
#ifndef RUNBOOK_TESTS_E2E_INJECT_WORLD_H
#define RUNBOOK_TESTS_E2E_INJECT_WORLD_H

#include <sys/types.h>

#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "tests/lib/httpd.h"

struct inject_case {
    const char *carrier, *id, *form;
    const char *text;    /* "[ID] ..." with all in its place */
    const char *command; /* what a gullible model proposes */
    const struct value *calls;
    const char *secret; /* "" */
    char *marker;
    pid_t pid; /* of carrier process: the one with that command line */
};
typedef VEC(struct inject_case) inject_cases;

struct inject_world {
    char *dir, *state, *config, *bin, *path_env;
    struct arena *arena;
    inject_cases cases;
    struct httpd *http;
    pid_t victim;
    char mutation[64]; /* a change that waits for a person */
    char *waiting;     /* the file that it would empty */
    int says;          /* lines that the next run gets on its standard input */
};

struct inject_world *inject_world_new(void); /* reads every file of tests/injection */
void inject_world_free(struct inject_world *w);
void inject_plant(struct inject_world *w); /* all but what inject_config() says */
/* The configuration; `url` of a model's server, or NULL. */
void inject_config(struct inject_world *w, const char *url);
/* Run the program with `args` (NULL-terminated) and "NAME=value"s `env` (may be NULL); what it says
 * is appended to `out`. Its exit status, 128 and more by a signal. */
int inject_run(struct inject_world *w, const char *const *args, const char *const *env,
               struct buf *out);
/* {{marker}} and the like; `c` may be NULL. In the world's arena. */
const char *inject_fill(struct inject_world *w, const struct inject_case *c, struct str text);
/* Appends what the stand-in plays for `carrier`: the calls of `look` (NULL: at each process), then
 * for each case its proposal and whatever else its text wants called. */
void inject_scenario(struct inject_world *w, const char *carrier, const char *look,
                     struct buf *out);
/* On one line, at most `max` bytes, "/" as `slash` when it is not NULL. */
const char *inject_line(struct inject_world *w, const char *text, size_t max, const char *slash);

#endif
