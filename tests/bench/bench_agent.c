/* bench_agent.c - a language model at work, over the stand-in model server: a hundred turns of a
 * chat in which each gets a result of 5 MB, and an answer that streams in at 5,000 tokens a second.
 */
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/bench/bench.h"
#include "tests/lib/httpd.h"
#include "tests/lib/standin.h"

extern char **environ;

#define RESULT_BYTES ((size_t)5 << 20)
#define WINDOW_TEXT "16000"
#define TOKENS 25000
#define TOKENS_TEXT "25000"

static const char talk[] =
    "turns:\n"
    "  - match: {last: 'c[0-9]+ ok'}\n"
    "    times: 0\n"
    "    say: [{text: 'answer {{request}} to all of that'}]\n"
    "  - match: {last: 'ask [0-9]+ now'}\n"
    "    times: 0\n"
    "    say:\n"
    "      - {text: 'I look {{request}} at the series.'}\n"
    "      - tool: prometheus_series\n"
    "        input: {match: 'up{n=\"{{new ask ([0-9]+) now}}\"}', start: '2026-01-01T00:00:00Z'}\n"
    "otherwise: {say: [{text: Nothing more.}]}\n";
static const char stream[] = "turns:\n"
                             "  - times: 0\n"
                             "    faults: {rate: 5000}\n"
                             "    say: [{text: 'word ', repeat: " TOKENS_TEXT "}]\n";

static void path_of(const char *name, char out[400])
{
    snprintf(out, 400, "%s/%s", bench.dir, name);
}

static bool write_file(const char *name, const char *text)
{
    char path[400];
    struct err err;

    path_of(name, path);
    return file_write_atomic(path, str_from(text), 0600, &err) == ERR_OK;
}

static bool write_config(const struct standin *s)
{
    char text[1000];

    snprintf(text, sizeof(text),
             "llm: {provider: anthropic, model: claude-opus-5, api_key: test, base_url: \"%s\"}\n"
             "agent: {context_threshold_tokens: " WINDOW_TEXT "}\n"
             "cost: {usd_per_incident: 100000, usd_per_day: 100000, calls_per_minute: 10000}\n",
             standin_url(s));
    return write_file("agent.yaml", text);
}

/* A whole number behind blanks. */
static double whole_number(struct str s)
{
    double n = 0;

    s = str_trim(s);
    for (size_t i = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        n = n * 10 + (s.ptr[i] - '0');
    return n;
}

static double number_after(struct str text, const char *key)
{
    ptrdiff_t at = str_find(text, str_from(key));
    size_t skip = strlen(key);

    if (at < 0)
        return 0;
    skip += (size_t)at;
    return whole_number((struct str){text.ptr + skip, text.len - skip});
}

struct used {
    double ms, cpu_ms, peak_mb;
};

/* The most that it held at once, so far. (wait4() would count what we hold, too: it is forked.) */
static double peak_mb(pid_t pid)
{
    struct buf text = BUF_INIT(65536);
    char path[64];
    struct err err;
    double kb = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (file_read(path, &text, &err) == ERR_OK)
        kb = number_after(buf_str(&text), "VmHWM:");
    buf_release(&text);
    return kb / 1024;
}

static bool wait_for(pid_t pid, int *ret_status, struct rusage *ret, double *ret_peak)
{
    pid_t got;

    *ret_peak = 0;
    while ((got = wait4(pid, ret_status, WNOHANG, ret)) == 0) {
        double now = peak_mb(pid);

        *ret_peak = now > *ret_peak ? now : *ret_peak;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return got == pid;
}

/* Run with its input from a file; what it used. */
static bool run(const char *const *argv, const char *input, struct used *ret)
{
    posix_spawn_file_actions_t files;
    double from = bench_now_ms();
    char in[400], out[400];
    struct rusage use;
    int status = -1, rc;
    pid_t pid;

    path_of(input, in);
    path_of("agent.out", out);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, in, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (rc || !wait_for(pid, &status, &use, &ret->peak_mb))
        return false;
    ret->ms = bench_now_ms() - from;
    ret->cpu_ms = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
                  (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- what the journal says ---- */

struct told {
    size_t asked, answered, large;
    double most_tokens;
};

static void read_line(struct str line, struct told *t)
{
    double tokens = number_after(line, "\"input_tokens\":");

    if (str_find(line, STR_LIT("\"type\":\"user.message\"")) >= 0)
        t->asked += str_find(line, STR_LIT("ask ")) >= 0;
    else if (str_find(line, STR_LIT("\"type\":\"agent.text\"")) >= 0)
        t->answered += str_find(line, STR_LIT("to all of that")) >= 0;
    else if (str_find(line, STR_LIT("\"type\":\"tool.ended\"")) >= 0)
        t->large += number_after(line, "\"size_bytes\":") >= (double)RESULT_BYTES;
    else if (str_find(line, STR_LIT("\"type\":\"model.called\"")) >= 0 && tokens > t->most_tokens)
        t->most_tokens = tokens;
}

static bool read_journal(struct told *ret)
{
    struct buf text = BUF_INIT((size_t)1 << 30);
    struct str rest, line;
    char pattern[400];
    struct err err;
    glob_t found;
    bool ok;

    *ret = (struct told){0};
    path_of("agent.state/scratchpad/*.jsonl", pattern);
    if (glob(pattern, 0, NULL, &found))
        return false;
    ok = file_read(found.gl_pathv[0], &text, &err) == ERR_OK;
    globfree(&found);
    rest = buf_str(&text);
    while (ok && str_line(&rest, &line))
        read_line(line, ret);
    buf_release(&text);
    return ok;
}

/* ---- a hundred turns ---- */

static void serve_series(struct httpd *h)
{
    struct buf body = BUF_INIT(RESULT_BYTES * 2), all = BUF_INIT(RESULT_BYTES * 2);

    buf_adds(&body, "{\"status\":\"success\",\"data\":[");
    for (size_t i = 0; body.len < RESULT_BYTES + (RESULT_BYTES >> 3); i++)
        buf_addf(&body,
                 "%s{\"__name__\":\"http_requests_total\",\"instance\":\"10.0.%zu.%zu:9090\","
                 "\"path\":\"/api/v1/orders/%zu\",\"pod\":\"checkout-%zx\"}",
                 i ? "," : "", i / 250, i % 250, i, i * 2654435761u);
    buf_adds(&body, "]}");
    buf_addf(&all,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             body.len);
    buf_add_str(&all, buf_str(&body));
    httpd_add(h, &(struct httpd_answer){.path = "*", .bytes = buf_str(&all)});
    buf_release(&body);
    buf_release(&all);
}

static bool write_questions(size_t turns)
{
    struct buf text = BUF_INIT(1 << 20);
    bool ok;

    for (size_t i = 1; i <= turns; i++)
        buf_addf(&text, "ask %zu now, and never touch node-%zu\n", i, i);
    ok = write_file("agent.in", buf_cstr(&text));
    buf_release(&text);
    return ok;
}

static void many_turns(void)
{
    size_t turns = bench.quick ? 20 : 100;
    struct standin *s = standin_start(talk, NULL);
    struct httpd *h = httpd_start();
    char url[HTTPD_URL_MAX], config[400], state[400], what[80];
    const char *argv[] = {bench.runbook, "chat",         "--config", config, "--state-dir",
                          state,         "--prometheus", url,        NULL};
    struct used use;
    struct told told;

    serve_series(h);
    httpd_url(h, "", url);
    path_of("agent.yaml", config);
    path_of("agent.state", state);
    snprintf(what, sizeof(what), "%zu turns, 5 MB in each", turns);
    if (!write_config(s) || !write_questions(turns) || !run(argv, "agent.in", &use) ||
        !read_journal(&told)) {
        bench_row(what, "", "could not be run");
    } else {
        bench_row(what, "<= 60 MB", "%.0f MB, %.2f s", use.peak_mb, use.ms / 1000);
        bench_row("the largest request, tokens", "<= " WINDOW_TEXT, "%.0f", told.most_tokens);
        bench_row("questions, results of 5 MB and answers in the journal", "all",
                  "%zu, %zu and %zu of %zu", told.asked, told.large, told.answered, turns);
    }
    httpd_stop(h);
    standin_stop(s);
}

/* ---- streaming ---- */

static void streamed(void)
{
    struct standin *s = standin_start(stream, NULL);
    char config[400], state[400];
    const char *argv[] = {bench.runbook, "ask",   "--config", config,      "--state-dir", state,
                          "--host",      "local", "say",      "something", NULL};
    struct used use;

    path_of("agent.yaml", config);
    path_of("agent.state2", state);
    if (!write_config(s) || !write_file("agent.in", "") || !run(argv, "agent.in", &use)) {
        bench_row("an answer of " TOKENS_TEXT " tokens", "", "could not be run");
    } else {
        bench_row("an answer at 5,000 tokens/s", "<= 15 % of a core",
                  "%.1f %% of a core, %.0f tokens/s, %.0f MB", 100 * use.cpu_ms / use.ms,
                  TOKENS / use.ms * 1000, use.peak_mb);
    }
    standin_stop(s);
}

void bench_agent(void)
{
    bench_head("A language model at work");
    many_turns();
    streamed();
}
