/* run.c - see host_run.h. */
#include "collect_priv.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/loop/proc.h"
#include "runbook/service/host_run.h"
#include "run_priv.h"

#define DEFAULT_MS 30000
#define LATER_GRACE_MS 5000 /* ssh has to connect first */
#define SCRIPT_MAX ((size_t)256 << 10)

struct run {
    struct host_pool *pool;
    struct run *next;
    uint64_t id;
    host_ran_fn *done; /* NULL: canceled */
    void *ctx;
    char *host;
    char token[HOST_TOKEN_LEN + 1];
    int64_t timeout_ms;
    loop_id proc, timer;
    struct host_ran early; /* an answer that is known already */
    char early_text[256];
};

bool host_quote_argv(const char *const *argv, struct buf *out)
{
    size_t from = out->len;

    for (size_t i = 0; argv[i]; i++) {
        if (i)
            buf_addc(out, ' ');
        buf_addc(out, '\'');
        for (const char *c = argv[i]; *c; c++) {
            if (*c == '\'')
                buf_adds(out, "'\\''");
            else
                buf_addc(out, *c);
        }
        buf_addc(out, '\'');
    }
    if (out->full)
        buf_truncate(out, from);
    return !out->full;
}

/* "NAME='value'; export NAME": over the standard input, so that no list of processes shows it. */
static bool put_env(const char *const *env, struct buf *out)
{
    for (; env && *env; env++) {
        const char *eq = strchr(*env, '=');
        const char *const value[] = {eq ? eq + 1 : "", NULL};
        size_t n = eq ? (size_t)(eq - *env) : 0;

        if (!n || strspn(*env, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != n)
            return false;
        buf_addf(out, "%.*s=", (int)n, *env);
        if (!host_quote_argv(value, out))
            return false;
        buf_addf(out, "\nexport %.*s\n", (int)n, *env);
    }
    return true;
}

/* ---- the list of runs ---- */

static struct run *run_new(struct host_pool *p, const char *host, host_ran_fn *done, void *ctx)
{
    struct host_runs *all = host_pool_runs(p);
    struct run *r = xcalloc(1, sizeof(*r));

    r->pool = p;
    r->host = xstrdup(host && *host ? host : HOST_LOCAL);
    r->done = done;
    r->ctx = ctx;
    r->id = ++all->last_id;
    r->next = all->first;
    all->first = r;
    return r;
}

static void run_free(struct run *r)
{
    struct run **at = &host_pool_runs(r->pool)->first;

    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    free(r->host);
    free(r);
}

static void finish(struct run *r, const struct host_ran *ran)
{
    LOG(LOG_HOST, "run on %s: status %d %s", r->host, ran->status, ran->err.msg);
    if (r->done)
        r->done(r->ctx, ran);
    run_free(r);
}

void host_run_cancel(struct host_pool *p, uint64_t id)
{
    for (struct run *r = host_pool_runs(p)->first; r; r = r->next) {
        if (r->id == id)
            r->done = NULL;
    }
}

void host_runs_drop(struct host_pool *p)
{
    struct host_runs *all = host_pool_runs(p);

    while (all->first) {
        struct run *r = all->first;

        proc_drop(host_pool_loop(p), r->proc);
        if (r->timer)
            loop_timer_cancel(host_pool_loop(p), r->timer);
        run_free(r);
    }
}

/* ---- an answer from here ---- */

static void on_early(void *ctx)
{
    struct run *r = ctx;

    r->timer = 0;
    r->early.err_out = str_from(r->early_text);
    finish(r, &r->early);
}

static uint64_t answer_later(struct run *r)
{
    r->timer = loop_timer(host_pool_loop(r->pool), 0, on_early, r);
    return r->id;
}

static uint64_t fail_later(struct run *r, enum err_code code, const char *text)
{
    (void)(err_set)(&r->early.err, code, "%s", text);
    return answer_later(r);
}

/* ---- here ---- */

static void local_done(void *ctx, const struct proc_result *p)
{
    struct run *r = ctx;
    struct host_ran ran = {.out = p->out,
                           .err_out = p->err_out,
                           .status = p->term_signal ? 128 + p->term_signal : p->exit_status,
                           .duration_ms = p->duration_ms};

    r->proc = 0;
    if (p->err.code && !p->term_signal) {
        ran.err = p->err;
        ran.maybe = p->err.code != ERR_NOT_FOUND && p->exit_status != -1;
        if (p->err.code == ERR_TIMEOUT || p->err.code == ERR_CANCELED || p->err.code == ERR_LIMIT)
            ran.maybe = true;
    } else if (p->err.code) { /* a deadline ends it with a signal */
        ran.err = p->err;
        ran.maybe = true;
    }
    finish(r, &ran);
}

static uint64_t run_local(struct run *r, const struct host_command *c)
{
    struct proc_spec spec = {.argv = c->argv,
                             .env = c->env,
                             .timeout_ms = r->timeout_ms,
                             .max_output_bytes = HOST_RUN_OUTPUT_MAX};
    const char **argv = NULL;
    size_t n = 0, at;

    if (c->script) {
        while (c->argv[n])
            n++;
        argv = xcalloc(n + 7, sizeof(*argv));
        if (c->sudo) {
            const char *const first[] = {"sudo", "-n", "sh", "-c", c->script, "sh"};

            memcpy(argv, first, sizeof(first));
            at = 6;
        } else {
            const char *const first[] = {"sh", "-s", "--"};

            memcpy(argv, first, sizeof(first));
            at = 3;
            spec.stdin_data = str_from(c->script);
        }
        for (size_t i = 0; i < n; i++)
            argv[at + i] = c->argv[i];
        spec.argv = argv;
    }
    r->proc = proc_start(host_pool_loop(r->pool), &spec, local_done, r);
    free(argv);
    return r->id;
}

/* ---- there ---- */

/* "begin", the output, "end" and the status: what stands between is the command's. */
static bool cut_marks(const struct run *r, struct host_ran *ran, bool *ret_begun)
{
    struct buf mark = BUF_INIT(128);
    ptrdiff_t at;
    int64_t status;
    struct str rest;
    bool ended = false;

    buf_addf(&mark, "RBRUN %s\n", r->token);
    at = str_find(ran->out, buf_str(&mark));
    *ret_begun = at >= 0;
    if (at >= 0)
        ran->out = (struct str){ran->out.ptr + at + mark.len, ran->out.len - (size_t)at - mark.len};
    buf_clear(&mark);
    buf_addf(&mark, "\nRBEND %s ", r->token);
    at = *ret_begun ? str_find(ran->out, buf_str(&mark)) : -1;
    if (at >= 0) {
        rest = (struct str){ran->out.ptr + at + mark.len, ran->out.len - (size_t)at - mark.len};
        ended = num_i64(str_trim(rest), &status);
        ran->status = ended ? (int)status : -1;
        ran->out.len = (size_t)at;
    }
    buf_release(&mark);
    return ended;
}

static void remote_done(void *ctx, const struct proc_result *p)
{
    struct run *r = ctx;
    struct host_ran ran = {
        .out = p->out, .err_out = p->err_out, .status = -1, .duration_ms = p->duration_ms};
    bool begun, ended = cut_marks(r, &ran, &begun), refused = false;

    r->proc = 0;
    if (!ended) {
        if (p->err.code && p->err.code != ERR_NOT_FOUND)
            ran.err = p->err, err_wrap(&ran.err, "host %s", r->host);
        else
            refused = ssh_problem(host_pool_how(r->pool), r->host, p, &ran.err) &&
                      (p->err.code || p->exit_status == 255);
        /* A connection that was refused carried nothing; of any other nobody knows. */
        ran.maybe = begun || !refused;
    }
    finish(r, &ran);
}

static bool write_remote(const struct run *r, const struct host_command *c, struct buf *out)
{
    if (!put_env(c->env, out))
        return false;
    buf_adds(out, "set -- ");
    if (!host_quote_argv(c->argv, out))
        return false;
    buf_addf(out, "\nprintf 'RBRUN %%s\\n' '%s'\n", r->token);
    if (c->script &&
        c->sudo) /* it is a word for sudo: read as text, so that nothing in it counts */
        buf_addf(out,
                 "s=$(cat <<'RBSCRIPT%s'\n%s\nRBSCRIPT%s\n)\n"
                 "sudo -n sh -c \"$s\" sh \"$@\" </dev/null\n",
                 r->token, c->script, r->token);
    else if (c->script)
        buf_addf(out, "(\n%s\n) </dev/null\n", c->script);
    else /* ended there, when it takes too long: a lost ssh ends nothing (T-08) */
        buf_addf(out,
                 "if command -v timeout >/dev/null 2>&1; then timeout -k 2 %lld \"$@\" </dev/null\n"
                 "else \"$@\" </dev/null; fi\n",
                 (long long)((r->timeout_ms + 999) / 1000));
    buf_addf(out, "printf '\\nRBEND %%s %%s\\n' '%s' $?\n", r->token);
    return !out->full;
}

static uint64_t run_remote(struct run *r, const struct host_command *c)
{
    struct buf script = BUF_INIT(SCRIPT_MAX);
    struct arena *a;
    struct err err = ERR_INIT;

    if (!host_pool_take(r->pool, r->host, &err)) {
        buf_release(&script);
        return fail_later(r, err.code, err.msg);
    }
    host_make_token(r->token);
    if (!write_remote(r, c, &script)) {
        buf_release(&script);
        return fail_later(r, ERR_INPUT,
                          "the command is too long, or its environment has a name that is none");
    }
    a = arena_new(0);
    r->proc = proc_start(
        host_pool_loop(r->pool),
        &(struct proc_spec){.argv = ssh_argv(a, host_pool_how(r->pool), r->host, NULL, false),
                            .stdin_data = buf_str(&script),
                            .timeout_ms = r->timeout_ms + LATER_GRACE_MS,
                            .max_output_bytes = HOST_RUN_OUTPUT_MAX},
        remote_done, r);
    arena_free(a);
    buf_release(&script);
    return r->id;
}

uint64_t host_run(struct host_pool *p, const struct host_command *c, host_ran_fn *done, void *ctx)
{
    struct run *r = run_new(p, c->host, done, ctx);

    r->timeout_ms = c->timeout_ms > 0 ? c->timeout_ms : DEFAULT_MS;
    if (!host_name_ok(str_from(r->host)))
        return fail_later(r, ERR_INPUT, "that is no name of a host");
    if (!c->script && !c->argv[0])
        return fail_later(r, ERR_INPUT, "there is no command");
    return strcmp(r->host, HOST_LOCAL) == 0 ? run_local(r, c) : run_remote(r, c);
}

/* ---- signals ---- */

/* Source: proc(5): field 22, the name in parentheses may hold anything. */
static bool start_time(int32_t pid, uint64_t *ret)
{
    char path[64];
    struct buf text = BUF_INIT(4096);
    struct str rest, piece;
    struct err err;
    ptrdiff_t at = -1;
    int64_t value = 0;
    bool ok = false;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!file_read(path, &text, &err)) {
        for (size_t i = 0; i < text.len; i++)
            at = text.ptr[i] == ')' ? (ptrdiff_t)i : at;
    }
    if (at >= 0 && text.len > (size_t)at + 2) {
        rest = (struct str){text.ptr + at + 2, text.len - (size_t)at - 2};
        for (int i = 3; i <= 22 && str_split(&rest, ' ', &piece); i++)
            ok = i == 22 && num_i64(piece, &value);
    }
    buf_release(&text);
    *ret = (uint64_t)value;
    return ok;
}

static void signal_here(struct run *r, int32_t pid, uint64_t start, int signo)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0), problem = errno;
    uint64_t now;

    r->early.status = 1;
    if (fd < 0 && problem == ESRCH)
        r->early.status = 3;
    else if (fd < 0)
        snprintf(r->early_text, sizeof(r->early_text), "process %d: %s", (int)pid,
                 strerror(problem));
    else if (!start_time(pid, &now) || now != start)
        r->early.status = 3; /* the descriptor holds the one that was read just now */
    else if (syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) == 0)
        r->early.status = 0;
    else
        snprintf(r->early_text, sizeof(r->early_text), "process %d: %s", (int)pid, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* $1 pid, $2 start time, $3 signal. Nothing but builtins between the look and the signal. */
static const char signal_script[] = "IFS= read -r l <\"/proc/$1/stat\" || exit 3\n"
                                    "p=$1 s=$2 n=$3\n"
                                    "l=${l##*) }\n"
                                    "set -- $l\n"
                                    "shift 19\n"
                                    "[ \"$1\" = \"$s\" ] || exit 3\n"
                                    "kill -\"$n\" \"$p\" || exit 1\n";

uint64_t host_signal(struct host_pool *p, const char *host, int32_t pid, uint64_t start, int signo,
                     host_ran_fn *done, void *ctx)
{
    char a[16], b[24], c[16];
    const char *const argv[] = {a, b, c, NULL};
    struct run *r;

    if (pid <= 1)
        return fail_later(run_new(p, host, done, ctx), ERR_DENIED,
                          "process 1 and groups of processes are not signalled");
    if (host && *host && strcmp(host, HOST_LOCAL) != 0) {
        snprintf(a, sizeof(a), "%d", (int)pid);
        snprintf(b, sizeof(b), "%llu", (unsigned long long)start);
        snprintf(c, sizeof(c), "%d", signo);
        return host_run(p,
                        &(struct host_command){.host = host, .argv = argv, .script = signal_script},
                        done, ctx);
    }
    r = run_new(p, HOST_LOCAL, done, ctx);
    signal_here(r, pid, start, signo);
    return answer_later(r);
}
