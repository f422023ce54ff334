/* bench.c - budgets beside what is measured here.
 * Each program runs as its user runs it: in a pseudo-terminal of 120x40 that answers nothing. Times
 * are wall time on this machine, medians of many runs unless a percentile is named; nothing here is
 * a test, a slow machine prints slow figures. Programs that users know run through the same code,
 * so that a figure can be compared with theirs.
 *
 *   bench --runbook PROGRAM [--linked PROGRAM] [--store PROGRAM] [--screen PROGRAM]
 *         [--quick] [SECTION...]
 *   sections: start screen open keys stream store inventory logs redact investigate hosts
 *   agent */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/num.h"
#include "runbook/base/str.h"
#include "tests/bench/bench.h"
#include "tests/lib/pty.h"

struct bench bench;

void bench_row(const char *what, const char *budget, const char *fmt, ...)
{
    va_list ap;
    char value[160];

    va_start(ap, fmt);
    vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    printf("%-46s %-22s %s\n", what, budget, value);
    fflush(stdout);
}

void bench_head(const char *title)
{
    printf("\n%-46s %-22s %s\n", title, "budget", "measured");
    fflush(stdout);
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_percentile(double *values, size_t count, double p)
{
    size_t i;

    if (count == 0)
        return 0;
    qsort(values, count, sizeof(*values), compare_double);
    i = (size_t)(p * (double)(count - 1) + 0.5);
    return values[i];
}

double bench_now_ms(void)
{
    return (double)pty_now_ns() / 1e6;
}

/* Run to its end with output thrown away; wall milliseconds, or -1. */
double bench_run_ms(const char *const *argv)
{
    posix_spawn_file_actions_t files;
    double from = bench_now_ms();
    pid_t pid;
    int status, rc;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc || waitpid(pid, &status, 0) < 0)
        return -1;
    return bench_now_ms() - from;
}

static double median_run_ms(const char *const *argv, int runs)
{
    double *ms = calloc((size_t)runs, sizeof(*ms)), median;

    for (int i = 0; i < runs; i++) {
        ms[i] = bench_run_ms(argv);
        if (ms[i] < 0) {
            free(ms);
            return -1;
        }
    }
    median = bench_percentile(ms, (size_t)runs, 0.5);
    free(ms);
    return median;
}

static void bench_start(void)
{
    const char *version[] = {bench.runbook, "--version", NULL};
    const char *nothing[] = {"true", NULL};
    const char *linked[] = {bench.linked, NULL};
    int runs = bench.quick ? 50 : 200;

    bench_head("Start, run to its end");
    bench_row("runbook --version", "<= 6 ms", "%.2f ms", median_run_ms(version, runs));
    if (bench.linked)
        bench_row("a program that only links the libraries", "(4.8 ms)", "%.2f ms",
                  median_run_ms(linked, runs));
    bench_row("true", "(0.8 ms)", "%.2f ms", median_run_ms(nothing, runs));
}

/* One number after a word of a /proc file, in kB; -1 when it is not there. */
static double proc_kb(pid_t pid, const char *file, const char *word)
{
    char path[64], line[256];
    double kb = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    f = fopen(path, "r");
    while (f && kb < 0 && fgets(line, sizeof(line), f)) {
        struct str rest = str_from(line), number;

        if (!str_starts(rest, word))
            continue;
        rest.ptr += strlen(word);
        rest.len -= strlen(word);
        rest = str_trim(rest);
        if (str_split(&rest, ' ', &number))
            num_f64(number, &kb);
    }
    if (f)
        fclose(f);
    return kb;
}

/* CPU seconds used so far: fields 14 to `last` of /proc/PID/stat, after the name's last
 * parenthesis.
 */
static double stat_cpu_s(pid_t pid, int last)
{
    char path[64], text[1024];
    struct str rest, word;
    double sum = 0, v;
    size_t n;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return -1;
    n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = 0;
    rest = str_from(strrchr(text, ')') ? strrchr(text, ')') + 2 : "");
    for (int i = 3; i <= last && str_split(&rest, ' ', &word); i++) {
        if (i >= 14 && num_f64(word, &v))
            sum += v;
    }
    return sum / (double)sysconf(_SC_CLK_TCK);
}

static double proc_cpu_s(pid_t pid)
{
    return stat_cpu_s(pid, 15);
}

double bench_tree_cpu_s(pid_t pid)
{
    return stat_cpu_s(pid, 17);
}

struct pty *bench_open(const struct subject *s)
{
    struct pty_options opts = {
        .argv = s->argv, .env = bench.env, .term = "xterm-256color", .rows = 40, .cols = 120};
    struct pty *p = pty_spawn(&opts);

    if (!p)
        return NULL;
    if (s->ready ? !pty_wait_text(p, s->ready, 20000) : !pty_wait_quiet(p, 300, 10000)) {
        pty_free(p);
        return NULL;
    }
    pty_wait_quiet(p, 150, s->quiet_ms ? s->quiet_ms : 5000);
    return p;
}

void bench_close(struct pty *p, const struct subject *s)
{
    int status;

    if (s->quit && pty_send(p, s->quit))
        pty_wait_exit(p, 2000, &status);
    pty_free(p);
}

static double since_spawn_ms(struct pty *p, int64_t ns)
{
    return (double)(ns - pty_spawned_ns(p)) / 1e6;
}

/* First byte and last byte of the first screen, median of several starts. */
static bool measure_start(const struct subject *s, double *ret_first, double *ret_settled)
{
    double first[64], settled[64];
    size_t n = bench.quick ? 5 : 12, have = 0;

    for (size_t i = 0; i < n; i++) {
        struct pty *p = bench_open(s);

        if (!p)
            return false;
        first[have] = since_spawn_ms(p, pty_first_byte_ns(p));
        settled[have++] = since_spawn_ms(p, pty_last_byte_ns(p));
        bench_close(p, s);
    }
    *ret_first = bench_percentile(first, have, 0.5);
    *ret_settled = bench_percentile(settled, have, 0.5);
    return true;
}

/* What an untouched screen costs over `ms`: per cent of a core, and bytes to the terminal. */
static void measure_idle(struct pty *p, int ms, double *ret_percent, size_t *ret_bytes)
{
    double cpu = proc_cpu_s(pty_pid(p)), from = bench_now_ms(), took;
    size_t bytes = pty_bytes(p);

    while (bench_now_ms() - from < ms && pty_pump(p, 100) >= 0)
        ;
    took = bench_now_ms() - from;
    *ret_percent = 100 * (proc_cpu_s(pty_pid(p)) - cpu) / (took / 1000);
    *ret_bytes = pty_bytes(p) - bytes;
}

/* What is read in the background has come: the process asked for no CPU in between, and sent
 * nothing. A screen that never rests does not get there. */
static bool loading_is_over(struct pty *p, void *ctx)
{
    size_t bytes = pty_bytes(p);
    double cpu = proc_cpu_s(pty_pid(p));

    (void)ctx;
    return !pty_has(p, "loading") && pty_pump(p, 1000) == 0 && pty_bytes(p) == bytes &&
           proc_cpu_s(pty_pid(p)) <= cpu;
}

void bench_screen_of(const struct subject *s, bool ours)
{
    double first, settled, percent;
    size_t bytes;
    struct pty *p;

    bench_head(s->title);
    if (!measure_start(s, &first, &settled)) {
        bench_row("start", "", "did not show its screen");
        return;
    }
    bench_row("first byte", ours ? s->budget_first : "", "%.1f ms", first);
    bench_row("settled first screen", ours ? s->budget_settled : "", "%.1f ms", settled);
    p = bench_open(s);
    if (!p)
        return;
    if (ours && !pty_wait(p, loading_is_over, NULL, 30000))
        bench_row("the end of loading", "", "did not come");
    bench_row("private memory (RssAnon)", ours ? s->budget_memory : "", "%.1f MB",
              proc_kb(pty_pid(p), "status", "RssAnon:") / 1024);
    bench_row("resident memory (VmRSS)", ours ? s->budget_resident : "", "%.1f MB",
              proc_kb(pty_pid(p), "status", "VmRSS:") / 1024);
    measure_idle(p, bench.quick ? 2000 : 5000, &percent, &bytes);
    bench_row("idle: CPU", ours ? "0.0 %" : "", "%.1f %%", percent);
    bench_row("idle: bytes to the terminal", ours ? "0" : "", "%zu", bytes);
    bench_close(p, s);
}

/* Key to echo: from the write of a key to the first byte back; then until nothing follows. */
void bench_keys_of(const struct subject *s, const char *budget, const char *action)
{
    enum { KEYS_MAX = 250 };
    static double ms[KEYS_MAX], bytes[KEYS_MAX];
    size_t keys = bench.quick ? 100 : KEYS_MAX, n = 0;
    struct pty *p = bench_open(s);
    char what[96];

    if (!p) {
        bench_row(s->title, "", "did not show its screen");
        return;
    }
    for (const char *k = s->before_keys; k && *k; k++) {
        pty_send_bytes(p, k, 1); /* one at a time: Esc with a key right behind it means Alt */
        pty_wait_quiet(p, 60, 500);
    }
    pty_wait_quiet(p, 200, s->quiet_ms ? s->quiet_ms : 3000);
    for (size_t i = 0; i < keys; i++) {
        size_t had = pty_bytes(p);
        double from = bench_now_ms();
        ssize_t got;

        if (!pty_send(p, i % 2 ? s->key_b : s->key_a))
            break;
        got = pty_pump(p, 500);
        if (got <= 0)
            continue;
        ms[n] = bench_now_ms() - from;
        pty_wait_quiet(p, 4, s->quiet_ms ? 4 : 40);
        bytes[n++] = (double)(pty_bytes(p) - had);
    }
    snprintf(what, sizeof(what), "%s: %s", s->name, action);
    if (n == 0)
        bench_row(what, "", "no key was echoed");
    else
        bench_row(what, budget, "p50 %.2f ms, p95 %.2f ms, %.0f bytes",
                  bench_percentile(ms, n, 0.5), bench_percentile(ms, n, 0.95),
                  bench_percentile(bytes, n, 0.5));
    bench_close(p, s);
}

static bool wanted(const char *section)
{
    if (bench.sections == 0)
        return true;
    for (size_t i = 0; i < bench.sections; i++)
        if (cstr_eq(bench.section[i], section))
            return true;
    return false;
}

static bool take_option(int argc, char **argv, int *i)
{
    const struct {
        const char *name;
        const char **to;
    } options[] = {{"--runbook", &bench.runbook},
                   {"--linked", &bench.linked},
                   {"--store", &bench.store},
                   {"--screen", &bench.screen},
                   {"--inventory", &bench.inventory}};

    if (cstr_eq(argv[*i], "--quick")) {
        bench.quick = true;
        return true;
    }
    for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++) {
        if (cstr_eq(argv[*i], options[k].name) && *i + 1 < argc) {
            *options[k].to = argv[++*i];
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (take_option(argc, argv, &i))
            continue;
        if (argv[i][0] == '-' ||
            bench.sections == sizeof(bench.section) / sizeof(bench.section[0])) {
            fprintf(stderr, "bench: unknown argument %s\n", argv[i]);
            return 2;
        }
        bench.section[bench.sections++] = argv[i];
    }
    if (!bench.runbook) {
        fprintf(stderr, "usage: bench --runbook PROGRAM [--linked PROGRAM] [--store PROGRAM] "
                        "[--screen PROGRAM] "
                        "[--quick] [SECTION...]\n");
        return 2;
    }
    if (!bench_workspace_make())
        return 1;
    if (wanted("start"))
        bench_start();
    if (wanted("screen"))
        bench_screens();
    if (wanted("open"))
        bench_opens();
    if (wanted("keys"))
        bench_keys();
    if (wanted("stream"))
        bench_streams();
    if (wanted("store"))
        bench_stores();
    if (wanted("inventory"))
        bench_inventories();
    if (wanted("redact"))
        bench_redact();
    if (wanted("logs"))
        bench_logs();
    if (wanted("investigate"))
        bench_investigates();
    if (wanted("hosts"))
        bench_hosts();
    if (wanted("agent"))
        bench_agent();
    bench_workspace_remove();
    return 0;
}
