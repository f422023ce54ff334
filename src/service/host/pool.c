/* pool.c - machines by name, and the collections under way.
 * A local collection is a chain of jobs on the thread pool with timers between them, then one sh
 * for what only commands know; a remote one is one ssh. An entry is freed when its last step has
 * ended, also when nobody waits for it any more. */
#include "collect_priv.h"
#include "run_priv.h"
#include "speak_priv.h"
#include "ssh_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <sys/random.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"

#define DEFAULT_SESSIONS 4
#define DEFAULT_CONNECT_S 10
#define DEFAULT_IDLE_MS INT64_C(1800000)
#define DEFAULT_RATE 240
#define GRACE_MS 20000
#define COMMANDS_MS 15000

struct entry {
    struct host_pool *pool; /* NULL: the pool is gone */
    struct entry *next;
    uint64_t id;
    host_done_fn *done; /* NULL: canceled */
    void *ctx;
    bool remote, running, lost; /* running: an ssh of ours; lost: the machine cannot be reached */
    unsigned share;             /* number of the connection that it goes through; 0: its own */
    char *host, *path;
    struct local local;
    loop_id timer, proc, job;
    int step;
    struct err refused; /* why it was not begun */
};

struct host_pool {
    struct loop *loop;
    char *root, *ssh_program, *ssh_config;
    struct ssh_how how;
    struct ssh_shares *shares;
    struct ssh_rate *rate;
    int max_sessions, sessions;
    bool keep_quiet;
    struct entry *entries; /* in order of their ids */
    uint64_t last_id;
    struct host_runs runs;
};

static void local_step(void *ctx);
static void start_remote(struct host_pool *p);
static void on_share(void *ctx, const char *host, const struct err *err);

bool host_name_ok(struct str name)
{
    if (!name.len || name.len > 255 || name.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (!isalnum(c) && !strchr("._-@:%[]", c))
            return false;
        if (!c)
            return false;
    }
    return true;
}

struct host_pool *host_pool_new(struct loop *l, const struct host_options *opts)
{
    static const struct host_options none;
    struct host_pool *p = xcalloc(1, sizeof(*p));

    if (!opts)
        opts = &none;
    p->loop = l;
    p->keep_quiet = opts->keep_quiet;
    p->root = xstrdup(opts->root ? opts->root : "/");
    p->ssh_program = xstrdup(opts->ssh_program ? opts->ssh_program : "ssh");
    p->ssh_config = opts->ssh_config ? xstrdup(opts->ssh_config) : NULL;
    p->max_sessions = opts->max_sessions > 0 ? opts->max_sessions : DEFAULT_SESSIONS;
    p->how =
        (struct ssh_how){.program = p->ssh_program,
                         .config = p->ssh_config,
                         .connect_s = opts->connect_s > 0 ? opts->connect_s : DEFAULT_CONNECT_S,
                         .idle_ms = opts->idle_ms > 0 ? opts->idle_ms : DEFAULT_IDLE_MS};
    p->rate =
        ssh_rate_new(opts->requests_per_minute > 0 ? opts->requests_per_minute : DEFAULT_RATE);
    p->shares = ssh_shares_new(l, &p->how, on_share, p);
    return p;
}

static void unlink_entry(struct entry *e)
{
    struct entry **at;

    if (!e->pool)
        return;
    for (at = &e->pool->entries; *at; at = &(*at)->next) {
        if (*at == e) {
            *at = e->next;
            return;
        }
    }
}

static void free_entry(struct entry *e)
{
    unlink_entry(e);
    local_release(&e->local);
    free(e->host);
    free(e->path);
    free(e);
}

/* Answer and free. */
static void finish(struct entry *e, struct str bundle, const struct err *err)
{
    struct host_pool *p = e->pool;

    if (e->running && p)
        p->sessions--;
    if (p)
        ssh_share_leave(p->shares, e->share);
    unlink_entry(e);
    e->pool = NULL;
    if (e->done)
        e->done(e->ctx, bundle, err);
    free_entry(e);
    if (p)
        start_remote(p);
}

static void finish_err(struct entry *e, const struct err *err)
{
    finish(e, STR_LIT(""), err);
}

/* Stop what runs; true when the entry can be freed now. */
static bool stop_entry(struct host_pool *p, struct entry *e)
{
    e->done = NULL;
    e->local.deadline_ms = 0;
    if (e->timer) {
        loop_timer_cancel(p->loop, e->timer);
        e->timer = 0;
        return true;
    }
    if (e->proc)
        proc_cancel(p->loop, e->proc);
    return !e->proc && !e->job;
}

void host_pool_free(struct host_pool *p)
{
    if (!p)
        return;
    host_runs_drop(p);
    while (p->entries) {
        struct entry *e = p->entries;

        p->entries = e->next;
        e->pool = NULL;
        e->local.deadline_ms = 0; /* so that one under way ends soon: the drop waits for it */
        loop_job_drop(p->loop, e->job);
        proc_drop(p->loop, e->proc);
        e->job = e->proc = 0;
        if (stop_entry(p, e))
            free_entry(e);
    }
    ssh_shares_free(p->shares);
    ssh_rate_free(p->rate);
    free(p->root);
    free(p->ssh_program);
    free(p->ssh_config);
    free(p);
}

void host_cancel(struct host_pool *p, uint64_t id)
{
    for (struct entry *e = p->entries; e; e = e->next) {
        if (e->id != id)
            continue;
        if (stop_entry(p, e))
            finish_err(e, &(struct err)ERR_INIT);
        return;
    }
}

void host_make_token(char token[HOST_TOKEN_LEN + 1])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    unsigned char raw[HOST_TOKEN_LEN];

    if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
        mem_fatal("no randomness");
    for (int i = 0; i < HOST_TOKEN_LEN; i++)
        token[i] = digits[raw[i] & 31];
    token[HOST_TOKEN_LEN] = '\0';
}

/* ---- this machine ---- */

static int sample_count(const struct host_request *r)
{
    return r->what == HOST_SNAPSHOT || r->what == HOST_FILES ? 2
           : r->what == HOST_WATCH                           ? r->samples
                                                             : 1;
}

static void local_work(void *ctx)
{
    struct entry *e = ctx;
    struct local *l = &e->local;
    bool last = e->step + 1 >= sample_count(&l->req);

    switch (l->req.what) {
    case HOST_SNAPSHOT:
        local_snapshot_phase(l, e->step);
        break;
    case HOST_WATCH:
        local_watch_sample(l);
        if (last)
            local_watch_end(l);
        break;
    case HOST_FILES:
        local_files(l, e->step);
        break;
    case HOST_DISK:
        local_disk(l);
        break;
    case HOST_LOG:
        local_log(l);
        break;
    case HOST_PROBE:
        local_probe(l);
        break;
    case HOST_RESOLVE:
        local_resolve(l);
        break;
    case HOST_CHANGES:
        local_changes(l);
        break;
    case HOST_SERVICES:
        if (local_is_real(l))
            local_services(l);
        else
            local_conf(l);
        break;
    }
}

static void local_end(struct entry *e)
{
    struct err err = ERR_INIT;

    if (e->local.out.full) {
        err_set(&err, ERR_LIMIT, "look at this machine: more than %zu MiB of state",
                HOST_BUNDLE_MAX >> 20);
        finish_err(e, &err);
        return;
    }
    finish(e, buf_str(&e->local.out), &err);
}

static void commands_done(void *ctx, const struct proc_result *r)
{
    struct entry *e = ctx;

    e->proc = 0;
    LOG(LOG_HOST, "commands: exit %d %s", r->exit_status, r->err.msg);
    buf_add_str(&e->local.out, r->out);
    if (r->err.code || r->exit_status) /* whatever is cut is a gap; the files are all there */
        host_bundle_section(&e->local.out, e->local.token, "commands", 1,
                            r->err.code ? r->err.code : ERR_IO);
    host_bundle_end(&e->local.out, e->local.token);
    local_end(e);
}

/* What only programs know: units, the journal, rpm. */
static void local_commands(struct entry *e)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    struct buf script = BUF_INIT(65536);
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = COMMANDS_MS, .max_output_bytes = HOST_BUNDLE_MAX / 2};

    if (!local_is_real(&e->local) || !script_make(&script, &e->local.req, e->local.token, true)) {
        host_bundle_end(&e->local.out, e->local.token);
        local_end(e);
    } else {
        spec.stdin_data = buf_str(&script);
        e->proc = proc_start(e->pool->loop, &spec, commands_done, e);
    }
    buf_release(&script);
}

static void local_done(void *ctx, bool canceled)
{
    struct entry *e = ctx;
    struct local *l = &e->local;
    int count = sample_count(&l->req);

    e->job = 0;
    if (!e->done || !e->pool || canceled) {
        struct err err = ERR_INIT;

        err_set(&err, ERR_CANCELED, "canceled");
        finish_err(e, &err);
        return;
    }
    if (++e->step < count)
        e->timer = loop_timer(e->pool->loop, l->req.window_ms / (count > 2 ? count - 1 : 1),
                              local_step, e);
    else
        local_commands(e);
}

static void local_step(void *ctx)
{
    struct entry *e = ctx;

    e->timer = 0;
    e->job = loop_job(e->pool->loop, local_work, local_done, e);
}

/* ---- another machine ---- */

/* A login may print before our header. */
static struct str bundle_of(const struct entry *e, struct str out)
{
    struct buf mark = BUF_INIT(128);
    ptrdiff_t at;

    buf_addf(&mark, "RBHOST1 %s\n", e->local.token);
    at = str_find(out, buf_str(&mark));
    buf_release(&mark);
    return at < 0 ? (struct str){NULL, 0} : (struct str){out.ptr + at, out.len - (size_t)at};
}

/* Is there enough of it to be read although it was cut? */
static bool usable(const struct entry *e, struct str bundle)
{
    struct buf mark = BUF_INIT(128);
    bool ok;

    buf_addf(&mark, "\n%s 1 ok %s\n", e->local.token,
             e->local.req.what == HOST_SNAPSHOT ? "procs" : "clock");
    ok = str_find(bundle, buf_str(&mark)) >= 0;
    buf_release(&mark);
    return ok;
}

static void remote_done(void *ctx, const struct proc_result *r)
{
    struct entry *e = ctx;
    struct str bundle = bundle_of(e, r->out);
    struct err err = ERR_INIT;

    e->proc = 0;
    LOG(LOG_HOST, "ssh %s: exit %d, %zu bytes, %lld ms %s", e->host, r->exit_status, r->out.len,
        (long long)r->duration_ms, r->err.msg);
    if (bundle.ptr && usable(e, bundle))
        err_clear(&err);
    else if (r->err.code == ERR_TIMEOUT)
        err_set(&err, ERR_TIMEOUT, "host %s: not finished within %lld s", e->host,
                (long long)(e->local.req.timeout_ms / 1000));
    else if (e->pool && (!r->err.code || r->err.code == ERR_NOT_FOUND))
        ssh_problem(&e->pool->how, e->host, r, &err);
    else
        err = r->err, err_wrap(&err, "host %s", e->host);
    finish(e, err.code ? STR_LIT("") : bundle, &err);
}

struct host_runs *host_pool_runs(struct host_pool *p)
{
    return &p->runs;
}

struct loop *host_pool_loop(struct host_pool *p)
{
    return p->loop;
}

const struct ssh_how *host_pool_how(const struct host_pool *p)
{
    return &p->how;
}

static void run_ssh(struct host_pool *p, struct entry *e, const char *control)
{
    struct arena *a = arena_new(0);
    struct buf script = BUF_INIT(65536);

    script_make(&script, &e->local.req, e->local.token, false);
    e->running = true;
    p->sessions++;
    e->share = control ? ssh_share_enter(p->shares, e->host) : 0;
    e->proc = proc_start(p->loop,
                         &(struct proc_spec){.argv = ssh_argv(a, &p->how, e->host, control, false),
                                             .stdin_data = buf_str(&script),
                                             .timeout_ms = e->local.req.timeout_ms,
                                             .max_output_bytes = HOST_BUNDLE_MAX},
                         remote_done, e);
    buf_release(&script);
    arena_free(a);
}

/* The first request to a machine opens the connection that it and the others go through. */
static void start_one(struct host_pool *p, struct entry *e)
{
    const char *control;

    switch (ssh_share_state(p->shares, e->host, &control)) {
    case SHARE_CLOSED:
        ssh_share_open(p->shares, e->host);
        break;
    case SHARE_OPENING:
        break;
    case SHARE_OPEN:
    case SHARE_NONE:
        run_ssh(p, e, control);
        break;
    }
}

static void start_remote(struct host_pool *p)
{
    for (struct entry *e = p->entries;
         e && p->sessions + ssh_shares_opening(p->shares) < p->max_sessions; e = e->next) {
        if (e->remote && !e->running && !e->lost)
            start_one(p, e);
    }
}

static struct entry *next_lost(const struct host_pool *p)
{
    struct entry *e = p->entries;

    while (e && !e->lost)
        e = e->next;
    return e;
}

/* All that wait for it are marked first: what is told of one may begin another. */
static void on_share(void *ctx, const char *host, const struct err *err)
{
    struct host_pool *p = ctx;
    struct entry *e;

    for (e = p->entries; err->code && e; e = e->next)
        e->lost = e->lost || (e->remote && !e->running && strcmp(e->host, host) == 0);
    while ((e = next_lost(p)))
        finish_err(e, err);
    start_remote(p);
}

static void bad_name(void *ctx)
{
    struct entry *e = ctx;
    struct err err = ERR_INIT;

    e->timer = 0;
    err_set(&err, ERR_INPUT,
            "'%.80s' is no host name: letters, digits and . _ - @ : %% [ ] are allowed", e->host);
    finish_err(e, &err);
}

static void turned_off(void *ctx)
{
    struct entry *e = ctx;
    struct err err = ERR_INIT;

    e->timer = 0;
    err_set(&err, ERR_DENIED,
            "listeners are not asked: hosts_ask_listeners is false in the configuration");
    finish_err(e, &err);
}

static void too_many(void *ctx)
{
    struct entry *e = ctx;
    struct err err = e->refused;

    e->timer = 0;
    finish_err(e, &err);
}

bool host_pool_take(struct host_pool *p, const char *host, struct err *err)
{
    return ssh_rate_take(p->rate, host, loop_now_ms(p->loop), err);
}

static void set_request(struct entry *e, const struct host_request *req)
{
    struct host_request *r = &e->local.req;

    *r = *req;
    e->host = xstrdup(req->host && *req->host ? req->host : HOST_LOCAL);
    e->path = req->path ? xstrdup(req->path) : NULL;
    r->host = e->host;
    r->path = e->path;
    if (r->window_ms < 0 || r->window_ms > 600000)
        r->window_ms = 1000;
    if (r->timeout_ms <= 0)
        r->timeout_ms = r->window_ms + GRACE_MS;
    if (r->samples < 2)
        r->samples = 2;
    if (r->samples > 60)
        r->samples = 60;
}

uint64_t host_collect(struct host_pool *p, const struct host_request *req, host_done_fn *done,
                      void *ctx)
{
    struct entry *e = xcalloc(1, sizeof(*e)), **end;

    set_request(e, req);
    e->pool = p;
    e->id = ++p->last_id;
    e->done = done;
    e->ctx = ctx;
    e->local.root = p->root;
    e->remote = strcmp(e->host, HOST_LOCAL) != 0;
    host_make_token(e->local.token);
    for (end = &p->entries; *end; end = &(*end)->next)
        ;
    *end = e;
    local_init(&e->local);
    e->local.deadline_ms = local_now_ms() + e->local.req.timeout_ms;
    if (!host_name_ok(str_from(e->host))) {
        e->remote = false;
        e->timer = loop_timer(p->loop, 0, bad_name, e);
    } else if (req->what == HOST_SERVICES && p->keep_quiet) {
        e->remote = false;
        e->timer = loop_timer(p->loop, 0, turned_off, e);
    } else if (e->remote && !host_pool_take(p, e->host, &e->refused)) {
        e->remote = false;
        e->timer = loop_timer(p->loop, 0, too_many, e);
    } else if (e->remote) {
        start_remote(p);
    } else {
        local_step(e);
    }
    return e->id;
}
