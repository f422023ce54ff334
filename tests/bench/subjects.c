/* subjects.c - what is measured: this program, and four that users know, in the same harness. */
#include <ftw.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/str.h"
#include "tests/bench/bench.h"
#include "tests/lib/pty.h"

static const char *const htop_argv[] = {"htop", NULL};
static const char *const vim_argv[] = {"vim", "-u", "NONE", NULL};
static const char *lnav_argv[] = {"lnav", NULL, NULL};    /* a log of 100,000 lines */
static const char *tig_argv[] = {"tig", "-C", ".", NULL}; /* -C: filled with the source tree */

static const struct subject others[] = {
    {.name = "htop",
     .title = "htop",
     .argv = htop_argv,
     .ready = "Tasks",
     .key_a = "j",
     .key_b = "k",
     .quit = "q",
     .quiet_ms = 400},
    {.name = "tig", .title = "tig", .argv = tig_argv, .key_a = "j", .key_b = "k", .quit = "Q"},
    {.name = "vim",
     .title = "vim -u NONE",
     .argv = vim_argv,
     .before_keys = "i",
     .key_a = "a",
     .key_b = "b",
     .quit = "\x1b:q!\r"},
    {.name = "lnav",
     .title = "lnav, a log of 100,000 lines",
     .argv = lnav_argv,
     .key_a = "j",
     .key_b = "k",
     .quit = "q",
     .quiet_ms = 1500},
};

static const char *root_argv[] = {NULL, NULL};
static const char *small_argv[] = {NULL, "resume", "bench-10k", NULL};
static const char *large_argv[] = {NULL, "resume", "bench-100k", NULL};

static struct subject empty_screen = {
    .name = "runbook",
    .title = "runbook, empty state",
    .argv = root_argv,
    .ready = "Hypotheses",
    .key_a = "a",
    .key_b = "b",
    .quit = "\x03\x03",
    .budget_first = "<= 10 ms",
    .budget_settled = "<= 15 ms",
    .budget_memory = "<= 4 MB",
    .budget_resident = "<= 14 MB",
};
static struct subject small = {
    .name = "runbook",
    .title = "runbook, an investigation of 10,000 events",
    .argv = small_argv,
    .ready = "H1",
    .key_a = "j",
    .key_b = "k",
    .quit = "\x03\x03",
    .budget_first = "",
    .budget_settled = "<= 60 ms",
    .budget_memory = "",
    .budget_resident = "",
};
static struct subject large = {
    .name = "runbook",
    .title = "runbook, 10,000 events and 100,000 resources",
    .argv = large_argv,
    .before_keys = "\x1b",
    .ready = "H1",
    .key_a = "j",
    .key_b = "k",
    .quit = "\x03\x03",
    .budget_first = "",
    .budget_settled = "",
    .budget_memory = "<= 70 MB",
    .budget_resident = "",
};

/* The same screen with what a scan of a cloud found, and nothing else. */
static struct subject cloud = {
    .name = "runbook",
    .title = "runbook, 100,000 resources from the inventory",
    .argv = root_argv,
    .ready = "of 100000",
    .key_a = "a",
    .key_b = "b",
    .quit = "\x03\x03",
    .budget_first = "<= 10 ms",
    .budget_settled = "",
    .budget_memory = "<= 70 MB",
    .budget_resident = "",
};

static bool in_path(const char *name)
{
    struct str rest = str_from(getenv("PATH")), dir;
    char path[512];

    while (str_split(&rest, ':', &dir)) {
        snprintf(path, sizeof(path), "%.*s/%s", STR_FMT(dir), name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* Run a helper; its standard output goes to ours when `show`. */
static bool run_helper(const char *const *argv, bool show)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (!show)
            (void)!freopen("/dev/null", "w", stdout);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool make_data(const char *id, const char *events, const char *resources)
{
    char state[320];

    snprintf(state, sizeof(state), "%s/state", bench.dir);
    const char *argv[] = {bench.store, "make", state, id, events, resources, NULL};

    char journal[400];

    snprintf(journal, sizeof(journal), "%s/scratchpad/%s.jsonl", state, id);
    return bench.store && (access(journal, R_OK) == 0 || run_helper(argv, false));
}

static bool mkdir_state(void)
{
    char state[320];

    snprintf(state, sizeof(state), "%s/state", bench.dir);
    return mkdir(state, 0700) == 0 || access(state, W_OK) == 0;
}

static bool make_log(void)
{
    static char path[320];
    FILE *f;

    snprintf(path, sizeof(path), "%s/app.log", bench.dir);
    f = fopen(path, "w");
    if (!f) {
        perror(path);
        return false;
    }
    for (int i = 0; i < 100000; i++)
        fprintf(f, "2026-02-04T14:%02d:%02d.%03d INFO checkout request %d took %d ms\n",
                i / 1667 % 60, i / 28 % 60, i % 1000, i, i * 7 % 900);
    lnav_argv[1] = path;
    return fclose(f) == 0;
}

bool bench_workspace_make(void)
{
    static const char *const vars[] = {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME",
                                       "RUNBOOK_STATE_DIR"};
    static const char *const places[] = {"", "/config", "/xdg-state", "/state"};
    const char *tmp = getenv("TMPDIR");

    snprintf(bench.dir, sizeof(bench.dir), "%s/runbook-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(bench.dir)) {
        perror("bench: make a folder for test data");
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        snprintf(bench.env_text[i], sizeof(bench.env_text[i]), "%s=%s%s", vars[i], bench.dir,
                 places[i]);
        bench.env[i] = bench.env_text[i];
    }
    bench.env[4] = "LC_ALL=C.UTF-8";
    bench.env[5] = NULL;
    if (!make_log())
        return false;
    if (getenv("RB_SRCDIR"))
        tig_argv[2] = getenv("RB_SRCDIR");
    root_argv[0] = small_argv[0] = large_argv[0] = bench.runbook;
    return true;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void bench_workspace_remove(void)
{
    nftw(bench.dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void bench_screens(void)
{
    bench_screen_of(&empty_screen, true);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (in_path(others[i].argv[0]))
            bench_screen_of(&others[i], false);
}

void bench_opens(void)
{
    if (make_data("bench-10k", "10000", "0"))
        bench_screen_of(&small, true);
    if (make_data("bench-100k", "10000", "100000"))
        bench_screen_of(&large, true);
}

#define ECHO_BUDGET "p50 0.5, p95 3, 20 B"
#define MOVE_BUDGET "p50 0.5, p95 3"

/* The same program after other keys: what is timed is another one. */
static void keys_after(const struct subject *s, const char *before, const char *a, const char *b,
                       const char *budget, const char *action)
{
    struct subject other = *s;

    other.before_keys = before;
    other.key_a = a;
    other.key_b = b;
    bench_keys_of(&other, budget, action);
}

void bench_keys(void)
{
    bench_head("Keys");
    bench_keys_of(&empty_screen, ECHO_BUDGET, "typing");
    if (make_data("bench-100k", "10000", "100000")) {
        keys_after(&large, "i", "a", "b", ECHO_BUDGET, "typing, 100,000 resources");
        keys_after(&large,
                   "\x1b"
                   "2",
                   "j", "k", MOVE_BUDGET, "moving a selection (a row changes)");
        keys_after(&large,
                   "\x1b"
                   "4",
                   "j", "k", MOVE_BUDGET, "moving in 100,000 resources");
        keys_after(&large,
                   "\x1b"
                   "3/",
                   "1", "\x7f", "16 ms", "filtering 100,000 resources");
        keys_after(&large,
                   "\x1b"
                   "4",
                   "s", "S", "16 ms", "sorting 100,000 resources");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (in_path(others[i].argv[0]))
            bench_keys_of(&others[i], "",
                          cstr_eq(others[i].name, "vim") ? "typing" : "moving a selection");
}

void bench_stores(void)
{
    char dir[320];
    const char *argv[] = {bench.store, "rates", dir, bench.quick ? "20000" : "100000", NULL};

    if (!bench.store)
        return;
    snprintf(dir, sizeof(dir), "%s/rates", bench.dir);
    bench_head("Journal");
    run_helper(argv, true);
}

/* The file is there for these rows only: other screens are to start empty. */
void bench_inventories(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[400];
    const char *argv[] = {bench.inventory, path, "100000", NULL};

    if (!bench.inventory)
        return;
    snprintf(path, sizeof(path), "%s/state/inventory.db", bench.dir);
    bench_head("Inventory of a cloud");
    if (mkdir_state() && run_helper(argv, true)) {
        bench_screen_of(&cloud, true);
        bench_keys_of(&cloud, ECHO_BUDGET, "typing, 100,000 of a cloud");
        keys_after(&cloud,
                   "\x1b"
                   "4",
                   "j", "k", MOVE_BUDGET, "moving in 100,000 of a cloud");
        keys_after(&cloud,
                   "\x1b"
                   "4/",
                   "1", "\x7f", "16 ms", "filtering 100,000 of a cloud");
        keys_after(&cloud,
                   "\x1b"
                   "4/tag:team-1",
                   "1", "\x7f", "16 ms", "filtering by tag, 100,000 of a cloud");
        keys_after(&cloud,
                   "\x1b"
                   "4",
                   "s", "S", "16 ms", "sorting 100,000 of a cloud");
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s/state/inventory.db%s", bench.dir, ends[i]);
        (void)unlink(path);
    }
}

void bench_investigates(void)
{
    const char *argv[] = {bench.runbook, "investigate", "--host", "local", "--json", NULL};

    bench_head("Investigations");
    bench_row("this host, builtin investigator", "", "%.2f s", bench_run_ms(argv) / 1000);
    bench_incident();
}
