/* bench.h - what the files of the benchmark share. */
#ifndef RUNBOOK_TESTS_BENCH_H
#define RUNBOOK_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty;

#define BENCH_TOKEN_BYTES 5 /* of what bench_screen streams */

/* A program that is measured, and how it is used. */
struct subject {
    const char *name, *title;
    const char *const *argv;
    const char *ready;       /* text that says the first screen is there; NULL: quiet for a while */
    const char *before_keys; /* typed before the keys that are timed */
    const char *key_a, *key_b;
    const char *quit;
    int quiet_ms; /* 0: it becomes quiet; else it never does, so give up after this */
    const char *budget_first, *budget_settled, *budget_memory, *budget_resident;
};

struct bench {
    const char *runbook, *linked, *store, *screen, *inventory; /* programs */
    bool quick;
    const char *section[10];
    size_t sections;
    char dir[256];       /* a folder of our own: home, state, test data */
    const char *env[16]; /* given to every program: nothing of the user's is read or changed */
    char env_text[8][320];
};

extern struct bench bench;

void bench_row(const char *what, const char *budget, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void bench_head(const char *title);
double bench_percentile(double *values, size_t count, double p); /* sorts them */
double bench_now_ms(void);
double bench_run_ms(const char *const *argv);
double bench_tree_cpu_s(pid_t pid); /* used so far, with the children that ended; -1: gone */
struct pty *bench_open(const struct subject *s); /* started and settled; NULL: no screen came */
void bench_close(struct pty *p, const struct subject *s);
void bench_screen_of(const struct subject *s, bool ours);
void bench_keys_of(const struct subject *s, const char *budget, const char *action);

bool bench_workspace_make(void);
void bench_workspace_remove(void);
/* The sections (subjects.c). */
void bench_screens(void);
void bench_opens(void);
void bench_keys(void);
void bench_stores(void);
void bench_inventories(void);
void bench_investigates(void);
void bench_hosts(void); /* bench_hosts.c */
/* bench_load.c */
void bench_streams(void);
void bench_incident(void);
/* bench_logs.c */
void bench_logs(void);
/* bench_redact.c */
void bench_redact(void);
/* bench_agent.c */
void bench_agent(void);

#endif
