/* proc.c - children are started with posix_spawn (no copy of our memory, errors of exec come back)
 * and watched with SIGCHLD, as the pidfd that would be neater is Linux only.
 *
 * The end of a child is peeked at first (WNOWAIT) and reaped last: as long as the leader is a
 * zombie its group id cannot be given to a stranger, so killing the rest of the group is safe.
 *
 * Life: RUNNING -> (deadline, cap, cancel) TERM -> KILL -> ended, or given up when even KILL does
 * nothing (uninterruptible sleep in a dead file system); done is posted exactly once in each case.
 */
#include "runbook/loop/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/idtab.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/secret.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "src/loop/loop_priv.h"
#include "src/loop/proc_priv.h"

#define TERM_TO_KILL_MS 2000
#define KILL_TO_GIVE_UP_MS 1000
#define STRAY_GRACE_MS 250
#define DEFAULT_OUTPUT_MAX ((size_t)1 << 20)
#define READ_BYTES 16384
#define READS_A_TURN 8 /* then the other descriptors have their turn */

enum stage { STAGE_RUNNING, STAGE_TERM, STAGE_KILL };

/* One end of a child's pipe: ours. */
struct end {
    struct proc *proc;
    enum pipe_no no;
    int fd; /* -1: closed */
    loop_id watch;
    struct buf data; /* IN: what is to be written; else what came */
    size_t bytes;    /* passed through so far */
};

struct proc {
    struct proc_set *set;
    loop_id id;
    char *name; /* for messages: the program's base name */
    pid_t pid;  /* 0: never started, or reaped */
    struct end ends[PIPES];
    size_t max_output_bytes;
    enum stage stage;
    bool ended;    /* the leader is a zombie or reaped */
    bool finished; /* done is posted */
    int exit_status, term_signal;
    loop_id timer; /* deadline, then KILL, then giving up; after the end: the grace for strays */
    int64_t start_ms;
    struct err err;
    bool keep_input; /* stdin stays open when all was written */
    void (*on_output)(void *ctx, struct str piece);
    void (*on_err_output)(void *ctx, struct str piece);
    proc_done_fn *done;
    void *ctx;
};

struct proc_set {
    struct loop *loop;
    struct idtab *procs;
    VEC(pid_t) zombies; /* given up: reaped when they end after all */
    loop_id sigchld;    /* 0 while no child is waited for: it would keep the loop alive */
};

/* ---- ends of pipes ---- */

static void end_close(struct end *e)
{
    if (e->fd < 0)
        return;
    loop_watch_cancel(e->proc->set->loop, e->watch);
    close(e->fd);
    e->fd = -1;
}

static bool outputs_closed(const struct proc *p)
{
    return p->ends[PIPE_OUT].fd < 0 && p->ends[PIPE_ERR].fd < 0;
}

/* ---- ending ---- */

/* Let go of the pid. False when the child has not ended yet. */
static bool reap(struct proc *p)
{
    if (p->pid) {
        kill(-p->pid, SIGKILL); /* strays; the zombie still holds the group's id */
        if (waitpid(p->pid, NULL, p->ended ? 0 : WNOHANG) == 0)
            return false;
    }
    p->pid = 0;
    return true;
}

static void proc_free(struct proc *p)
{
    for (int i = 0; i < PIPES; i++) {
        end_close(&p->ends[i]);
        if (i == PIPE_IN && p->ends[i].data.ptr)
            secret_wipe(p->ends[i].data.ptr, p->ends[i].data.cap);
        buf_release(&p->ends[i].data);
    }
    loop_timer_cancel(p->set->loop, p->timer);
    idtab_remove(p->set->procs, p->id);
    free(p->name);
    free(p);
}

static void deliver(void *ctx)
{
    struct proc *p = ctx;
    struct proc_set *set = p->set;
    struct proc_result r = {
        .err = p->err,
        .exit_status = p->exit_status,
        .term_signal = p->term_signal,
        .out = buf_str(&p->ends[PIPE_OUT].data),
        .err_out = buf_str(&p->ends[PIPE_ERR].data),
        .duration_ms = loop_now_ms(set->loop) - p->start_ms,
    };

    LOG(LOG_LOOP, "child %s ended: status %d signal %d %s", p->name, r.exit_status, r.term_signal,
        r.err.msg);
    p->done(p->ctx, &r);
    proc_free(p);
    if (idtab_count(set->procs) == 0) {
        loop_signal_cancel(set->loop, set->sigchld);
        set->sigchld = 0;
    }
}

static void finish(struct proc *p)
{
    if (p->finished)
        return;
    p->finished = true;
    for (int i = 0; i < PIPES; i++)
        end_close(&p->ends[i]);
    loop_timer_cancel(p->set->loop, p->timer);
    if (!reap(p))
        *VEC_PUSH(&p->set->zombies) = p->pid;
    loop_post(p->set->loop, deliver, p);
}

static void next_stage(void *ctx);

static void arm(struct proc *p, int64_t delay_ms, void (*fn)(void *ctx))
{
    loop_timer_cancel(p->set->loop, p->timer);
    p->timer = loop_timer(p->set->loop, delay_ms, fn, p);
}

/* TERM now, KILL later; what made it necessary is in p->err. */
static void terminate(struct proc *p)
{
    if (p->stage != STAGE_RUNNING || p->ended || p->finished)
        return;
    p->stage = STAGE_TERM;
    kill(-p->pid, SIGTERM);
    kill(-p->pid, SIGCONT); /* a stopped one would not see it */
    arm(p, TERM_TO_KILL_MS, next_stage);
}

static void next_stage(void *ctx)
{
    struct proc *p = ctx;

    if (p->stage == STAGE_TERM) {
        p->stage = STAGE_KILL;
        kill(-p->pid, SIGKILL);
        arm(p, KILL_TO_GIVE_UP_MS, next_stage);
        return;
    }
    LOG(LOG_LOOP, "child %s (%d) did not end after KILL", p->name, (int)p->pid);
    finish(p);
}

static void on_deadline(void *ctx)
{
    struct proc *p = ctx;
    char text[TIME_TEXT_MAX];

    duration_format(loop_now_ms(p->set->loop) - p->start_ms, text);
    err_set(&p->err, ERR_TIMEOUT, "%s did not end within %s", p->name, text);
    terminate(p);
}

void proc_cancel(struct loop *l, loop_id id)
{
    struct proc_set *set = *loop_procs(l);
    struct proc *p = set ? idtab_get(set->procs, id) : NULL;

    if (!p || p->finished || p->stage != STAGE_RUNNING)
        return;
    err_set(&p->err, ERR_CANCELED, "%s was canceled", p->name);
    if (p->ended)
        finish(p); /* only strays are left */
    else
        terminate(p);
}

static void ignore_result(void *ctx, const struct proc_result *result)
{
    (void)ctx;
    (void)result;
}

void proc_drop(struct loop *l, loop_id id)
{
    struct proc_set *set = *loop_procs(l);
    struct proc *p = set ? idtab_get(set->procs, id) : NULL;

    if (!p)
        return;
    p->done = ignore_result; /* also when it is posted already */
    proc_cancel(l, id);      /* what it still writes is not handed out any more */
}

/* ---- input and output ---- */

static void take(struct end *e, struct str piece)
{
    struct proc *p = e->proc;
    size_t room = p->max_output_bytes - e->bytes;
    bool over = piece.len > room;

    if (p->err.code == ERR_CANCELED) /* nobody wants to hear of it */
        return;
    if (over)
        piece.len = room;
    e->bytes += piece.len;
    if (e->no == PIPE_OUT && p->on_output) {
        if (piece.len)
            p->on_output(p->ctx, piece);
    } else if (e->no == PIPE_ERR && p->on_err_output) {
        if (piece.len)
            p->on_err_output(p->ctx, piece);
    } else {
        buf_add_str(&e->data, piece);
    }
    if (!over || p->finished)
        return;
    if (!p->err.code)
        err_set(&p->err, ERR_LIMIT, "%s wrote more than %zu bytes to its %s", p->name,
                p->max_output_bytes, e->no == PIPE_OUT ? "standard output" : "standard error");
    end_close(e);
    terminate(p);
}

/* Read what is there. The end may close in between: the cap, or a callback that cancels. */
static void drain(struct end *e, int reads)
{
    char chunk[READ_BYTES];

    while (e->fd >= 0 && reads-- > 0) {
        ssize_t n =
            FAULT_POINT("proc.read") ? (errno = EIO, -1) : read(e->fd, chunk, sizeof(chunk));

        if (n > 0) {
            take(e, (struct str){chunk, (size_t)n});
        } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            if (n < 0 && !e->proc->err.code) {
                err_errno(&e->proc->err, errno, "read the output of %s", e->proc->name);
                end_close(e);
                terminate(e->proc);
            }
            end_close(e);
        }
    }
}

static void on_output_ready(void *ctx, unsigned events)
{
    struct end *e = ctx;

    (void)events;
    drain(e, READS_A_TURN);
    if (e->proc->ended && outputs_closed(e->proc))
        finish(e->proc);
}

static bool watch_end(struct end *e);

static void on_input_ready(void *ctx, unsigned events)
{
    struct end *e = ctx;
    ssize_t n = write(e->fd, e->data.ptr + e->bytes, e->data.len - e->bytes);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        e->bytes += (size_t)n;
    /* An error is EPIPE: the child does not want more, which is its right. */
    if (n < 0 || (e->bytes == e->data.len && !e->proc->keep_input)) {
        end_close(e);
    } else if (e->bytes == e->data.len) {
        secret_wipe(e->data.ptr, e->data.len);
        buf_clear(&e->data);
        e->bytes = 0;
        loop_watch_cancel(e->proc->set->loop, e->watch); /* until there is more */
        e->watch = 0;
    }
}

static struct proc *find(struct loop *l, loop_id id)
{
    struct proc_set *set = *loop_procs(l);

    return set ? idtab_get(set->procs, id) : NULL;
}

bool proc_write(struct loop *l, loop_id id, struct str data)
{
    struct proc *p = find(l, id);
    struct end *e = p ? &p->ends[PIPE_IN] : NULL;

    if (!e || e->fd < 0 || !p->keep_input)
        return true;
    if (e->data.len - e->bytes + data.len > PROC_INPUT_MAX)
        return false;
    if (e->bytes > PROC_INPUT_MAX) { /* what was read already */
        buf_cut(&e->data, 0, e->bytes);
        e->bytes = 0;
    }
    buf_add_str(&e->data, data);
    return e->watch || watch_end(e);
}

void proc_end_input(struct loop *l, loop_id id)
{
    struct proc *p = find(l, id);

    if (!p)
        return;
    p->keep_input = false;
    if (p->ends[PIPE_IN].fd >= 0 && !p->ends[PIPE_IN].data.len)
        end_close(&p->ends[PIPE_IN]);
}

/* ---- SIGCHLD ---- */

static void on_grace_over(void *ctx)
{
    struct proc *p = ctx;

    drain(&p->ends[PIPE_OUT], READS_A_TURN);
    drain(&p->ends[PIPE_ERR], READS_A_TURN);
    finish(p);
}

static void on_ended(struct proc *p, const siginfo_t *info)
{
    p->ended = true;
    if (info->si_code == CLD_EXITED)
        p->exit_status = info->si_status;
    else
        p->term_signal = info->si_status;
    end_close(&p->ends[PIPE_IN]);
    if (outputs_closed(p))
        finish(p);
    else
        arm(p, STRAY_GRACE_MS, on_grace_over);
}

static void check_child(struct proc *p)
{
    siginfo_t info = {0};

    if (p->ended || p->finished)
        return;
    if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0) {
        if (info.si_pid == p->pid)
            on_ended(p, &info);
    } else if (errno == ECHILD) { /* somebody else waited for it: how it ended is lost */
        p->pid = 0;
        p->ended = true;
        if (!p->err.code)
            err_errno(&p->err, ECHILD, "wait for %s", p->name);
        finish(p);
    }
}

static void on_sigchld(void *ctx, int signo)
{
    struct proc_set *set = ctx;
    struct proc *p;
    size_t it = 0;

    (void)signo;
    while ((p = idtab_next(set->procs, &it)))
        check_child(p);
    for (size_t i = set->zombies.count; i-- > 0;) {
        if (waitpid(set->zombies.items[i], NULL, WNOHANG) != 0)
            set->zombies.items[i] = set->zombies.items[--set->zombies.count];
    }
}

/* ---- starting ---- */

static bool watch_end(struct end *e)
{
    struct loop *l = e->proc->set->loop;
    bool in = e->no == PIPE_IN;

    if (e->fd < 0 || (in && !e->data.len))
        return true;
    e->watch = loop_watch(l, e->fd, in ? LOOP_WRITE : LOOP_READ,
                          in ? on_input_ready : on_output_ready, e, &e->proc->err);
    return e->watch != 0;
}

static void start(struct proc *p, const struct proc_spec *spec)
{
    int theirs[PIPES] = {-1, -1, -1};
    int rc = 0;

    for (int i = spec->stdin_data.len || spec->keep_input ? PIPE_IN : PIPE_OUT; i < PIPES && !rc;
         i++) {
        if (!proc_make_pipe((enum pipe_no)i, &p->ends[i].fd, &theirs[i]))
            rc = errno;
    }
    if (!rc)
        rc = proc_spawn(spec, theirs, &p->pid);
    for (int i = 0; i < PIPES; i++) {
        if (theirs[i] >= 0)
            close(theirs[i]);
    }
    if (rc) {
        p->pid = 0;
        err_errno(&p->err, rc, "start %s", spec->argv[0]);
        if (rc == ENOENT)
            err_set(&p->err, ERR_NOT_FOUND, "start %s: no such program in PATH", spec->argv[0]);
        finish(p);
        return;
    }
    for (int i = 0; i < PIPES; i++) {
        if (!watch_end(&p->ends[i])) {
            err_wrap(&p->err, "start %s", p->name);
            terminate(p);
            return;
        }
    }
    if (spec->timeout_ms > 0)
        arm(p, spec->timeout_ms, on_deadline);
}

static struct proc_set *set_of(struct loop *l)
{
    struct proc_set **at = loop_procs(l);

    if (!*at) {
        *at = xcalloc(1, sizeof(**at));
        (*at)->loop = l;
        (*at)->procs = idtab_new();
    }
    if (!(*at)->sigchld) /* before the child can end */
        (*at)->sigchld = loop_signal(l, SIGCHLD, on_sigchld, *at);
    return *at;
}

loop_id proc_start(struct loop *l, const struct proc_spec *spec, proc_done_fn *done, void *ctx)
{
    struct proc *p = xcalloc(1, sizeof(*p));

    p->set = set_of(l);
    p->id = idtab_add(p->set->procs, p);
    p->name = xstrdup(path_base(spec->argv[0]));
    p->max_output_bytes = spec->max_output_bytes ? spec->max_output_bytes : DEFAULT_OUTPUT_MAX;
    p->exit_status = -1;
    p->start_ms = loop_now_ms(l);
    p->keep_input = spec->keep_input;
    p->on_output = spec->on_output;
    p->on_err_output = spec->on_err_output;
    p->done = done;
    p->ctx = ctx;
    for (int i = 0; i < PIPES; i++) {
        p->ends[i] = (struct end){.proc = p, .no = (enum pipe_no)i, .fd = -1};
        buf_init(&p->ends[i].data, i == PIPE_IN ? BUF_NO_MAX : p->max_output_bytes);
    }
    buf_add_str(&p->ends[PIPE_IN].data, spec->stdin_data);
    start(p, spec);
    return p->id;
}

void proc_set_free(struct proc_set *set)
{
    struct proc *p;
    size_t it = 0;

    if (!set)
        return;
    while ((p = idtab_next(set->procs, &it))) {
        for (int tries = 0; !reap(p) && tries < 200; tries++)
            poll(NULL, 0, 1); /* killed: it ends at once, but for a sleep in a dead file system */
        proc_free(p);
    }
    loop_signal_cancel(set->loop, set->sigchld);
    VEC_RELEASE(&set->zombies);
    idtab_free(set->procs);
    free(set);
}
