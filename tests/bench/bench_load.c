/* bench_load.c - sections of the benchmark that need a load or a server: keys while text streams,
 * bytes a streamed byte, and one recorded incident. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/str.h"
#include "tests/bench/bench.h"
#include "tests/lib/pty.h"

#define RATE "2000" /* tokens a second */

/* ---- keys and bytes under a stream ---- */

static struct pty *start_stream(const char *rate, const char *tokens, const char *resources)
{
    const char *argv[] = {bench.screen, rate, tokens, resources, NULL};
    struct pty *p = pty_spawn(&(struct pty_options){
        .argv = argv, .env = bench.env, .term = "xterm-256color", .rows = 40, .cols = 120});

    if (!p || !pty_wait_text(p, "Hypotheses", 10000)) {
        pty_free(p);
        return NULL;
    }
    pty_wait_quiet(p, 150, 5000);
    return p;
}

static bool cursor_moved(struct pty *p, void *ctx)
{
    int row, col, *was = ctx;
    bool visible;

    pty_cursor(p, &row, &col, &visible);
    return visible && (col != was[1] || row != was[0]);
}

/* Characters are typed while the text streams: how long until the cursor has moved on. The line is
 * emptied before it is full. */
static size_t time_keys(struct pty *p, double *ms, size_t max)
{
    size_t n = 0;

    pty_send(p, "i");
    pty_pump(p, 50);
    while (n < max && !pty_has(p, "stream over")) {
        int was[2];
        bool visible;
        double from;

        pty_cursor(p, &was[0], &was[1], &visible);
        from = bench_now_ms();
        pty_send(p, n % 40 == 39 ? "\025" : "x");
        if (!pty_wait(p, cursor_moved, was, 1000))
            continue;
        ms[n++] = (double)pty_last_byte_ns(p) / 1e6 - from;
        pty_pump(p, 5);
    }
    return n;
}

static void keys_while_streaming(void)
{
    enum { KEYS = 800 };
    static double ms[KEYS];
    struct pty *p = start_stream(RATE, bench.quick ? "8000" : "20000", "100000");
    size_t n;

    if (!p) {
        bench_row("typing while text streams", "", "did not show its screen");
        return;
    }
    pty_send(p, "go\r");
    pty_pump(p, 100);
    n = time_keys(p, ms, bench.quick ? 200 : KEYS);
    bench_row("typing, " RATE " tokens/s, 100,000 resources load", "p50 0.5, p95 3",
              "p50 %.2f ms, p95 %.2f ms (%d keys)", bench_percentile(ms, n, 0.5),
              bench_percentile(ms, n, 0.95), (int)n);
    pty_free(p);
}

static void bytes_of_a_stream(void)
{
    double tokens = bench.quick ? 6000 : 12000, bytes;
    struct pty *p = start_stream(RATE, bench.quick ? "6000" : "12000", "0");
    size_t before;

    if (!p) {
        bench_row("bytes a streamed byte", "", "did not show its screen");
        return;
    }
    before = pty_bytes(p);
    pty_send(p, "go\r");
    if (!pty_wait_text(p, "stream over", 20000)) {
        bench_row("bytes a streamed byte", "", "the stream did not end");
        pty_free(p);
        return;
    }
    pty_wait_quiet(p, 100, 1000);
    bytes = (double)(pty_bytes(p) - before);
    bench_row("bytes to the terminal per streamed byte", "<= 2.5", "%.2f (%.0f for %.0f)",
              bytes / (tokens * BENCH_TOKEN_BYTES), bytes, tokens * BENCH_TOKEN_BYTES);
    pty_free(p);
}

/* From a key in the palette to the byte that moved its cursor: commands, themes and 100,000
 * resources are looked through. */
static void palette_keys(void)
{
    static const char typed[] = "worker-77 process e zzqw 9";
    double worst = 0, sum = 0;
    struct pty *p = start_stream("100000", "1000", "100000");
    int n = 0;

    if (!p) {
        bench_row("palette, 100,000 resources", "", "did not show its screen");
        return;
    }
    pty_send(p, "go\r");
    pty_wait_text(p, "stream over", 20000);
    pty_wait_quiet(p, 200, 5000);
    pty_send(p, ":");
    pty_wait_text(p, "Palette", 5000);
    pty_wait_quiet(p, 100, 2000);
    for (const char *c = typed; *c; c++) {
        char key[2] = {*c, '\0'};
        int was[2];
        bool visible;
        double from, took;

        pty_cursor(p, &was[0], &was[1], &visible);
        from = bench_now_ms();
        pty_send(p, key);
        if (!pty_wait(p, cursor_moved, was, 1000))
            continue;
        took = (double)pty_last_byte_ns(p) / 1e6 - from;
        worst = took > worst ? took : worst;
        sum += took;
        n++;
        pty_wait_quiet(p, 30, 500);
    }
    bench_row("palette, 100,000 resources: a key", "worst 16", "mean %.1f ms, worst %.1f ms",
              sum / n, worst);
    pty_free(p);
}

/* As slowly as people read: then each line that comes moves the pane by one, beside other panes. */
static void bytes_a_second(void)
{
    double seconds = bench.quick ? 5 : 12, from, bytes;
    struct pty *p = start_stream("100", "3000", "0");
    size_t before;

    if (!p) {
        bench_row("bytes/s at 100 tokens/s", "", "did not show its screen");
        return;
    }
    pty_send(p, "go\r");
    pty_pump(p, 8000); /* until the pane is full and scrolls */
    before = pty_bytes(p);
    from = bench_now_ms();
    while (bench_now_ms() - from < seconds * 1000)
        pty_pump(p, 50);
    bytes = (double)(pty_bytes(p) - before);
    bench_row("bytes/s at 100 tokens/s, 120x40", "", "%.0f (%.1f for a byte of text)",
              bytes / seconds, bytes / seconds / (100 * BENCH_TOKEN_BYTES));
    pty_free(p);
}

void bench_streams(void)
{
    if (!bench.screen)
        return;
    bench_head("While text streams");
    keys_while_streaming();
    bytes_of_a_stream();
    bytes_a_second();
    palette_keys();
}

/* ---- one incident ---- */

static int free_port(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&addr, &len) == 0)
        port = ntohs(addr.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

/* Does Prometheus answer that it is ready? */
static bool is_ready(int port)
{
    static const char ask[] = "GET /-/ready HTTP/1.0\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[13] = "";
    bool ready = fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
                 write(fd, ask, sizeof(ask) - 1) > 0 &&
                 recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 0 && strstr(answer, " 200");

    if (fd >= 0)
        close(fd);
    return ready;
}

static bool becomes_ready(int port)
{
    for (double from = bench_now_ms(); bench_now_ms() - from < 30000;) {
        if (is_ready(port))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return false;
}

static pid_t spawn(const char *const *argv)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    pid_t pid = -1;

    posix_spawn_file_actions_init(&files);
    for (int fd = 0; fd < 3; fd++)
        posix_spawn_file_actions_addopen(&files, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP); /* a group, to be ended as one */
    if (posix_spawnp(&pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv, environ))
        pid = -1;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

static void investigate(const char *incident, int port)
{
    char file[400], url[64];
    struct rusage use;
    double from;
    int status;
    pid_t pid;

    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    snprintf(file, sizeof(file), "%s/incident.json", incident);
    const char *argv[] = {bench.runbook, "investigate",  "--json", "--incident",
                          file,          "--prometheus", url,      NULL};

    from = bench_now_ms();
    pid = spawn(argv);
    if (pid < 0 || wait4(pid, &status, 0, &use) != pid || !WIFEXITED(status)) {
        bench_row("one recorded incident", "", "could not be run");
        return;
    }
    bench_row("one recorded incident, Prometheus on this machine", "<= 2 s, <= 100 MB",
              "%.2f s, %.0f MB, exit %d", (bench_now_ms() - from) / 1000,
              (double)use.ru_maxrss / 1024, WEXITSTATUS(status));
}

void bench_incident(void)
{
    const char *shared = getenv("RUNBOOK_SHARED"), *src = getenv("RB_SRCDIR");
    char folder[320], pattern[400], loader[400], port_text[16];
    int port = free_port();
    glob_t found;
    pid_t server;

    snprintf(folder, sizeof(folder), "%s%s/incidents",
             shared ? shared
             : src  ? src
                    : ".",
             shared ? "" : "/../shared");
    snprintf(loader, sizeof(loader), "%s/load-incident", folder);
    snprintf(pattern, sizeof(pattern), "%s/visible/ps-*", folder);
    snprintf(port_text, sizeof(port_text), "%d", port);
    if (access(loader, X_OK) != 0 || glob(pattern, 0, NULL, &found)) {
        bench_row("one recorded incident", "<= 2 s, <= 100 MB", "no recordings beside the sources");
        return;
    }
    const char *argv[] = {loader, "-p", port_text, found.gl_pathv[0], NULL};

    server = spawn(argv);
    if (server < 0 || !becomes_ready(port))
        bench_row("one recorded incident", "<= 2 s, <= 100 MB", "no Prometheus could be started");
    else
        investigate(found.gl_pathv[0], port);
    if (server > 0) {
        kill(-server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    globfree(&found);
}
