/* eval_run.c - each case through its stages: its samples as one file (a worker), the database
 * (promtool), a server of its own on a free port of the loopback, and this program's own
 * `investigate --json` against it. Several cases side by side. All children run through
 * `runbook __guard`, and all files are in one folder that goes at the end, whatever the end is. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/loop/proc.h"
#include "runbook/net/http.h"
#include "src/app/eval.h"
#include "src/app/eval_run_priv.h"

#define ANSWER_MAX ((size_t)32 << 20)

static void begin_next(struct runner *r);

char *eval_in_dir(const struct slot *s, const char *name)
{
    return path_join(s->dir, name);
}

/* ---- children ---- */

void eval_arg(struct argv *a, const char *text)
{
    if (a->count < ARGS_MAX - 1)
        a->items[a->count++] = text;
}

void eval_guard_args(const struct slot *s, struct argv *a, const char *usage)
{
    eval_arg(a, s->r->self);
    eval_arg(a, "__guard");
    eval_arg(a, "--parent");
    eval_arg(a, s->r->parent);
    eval_arg(a, "--remove");
    eval_arg(a, s->r->work);
    eval_arg(a, "--chdir");
    eval_arg(a, s->dir);
    if (usage) {
        eval_arg(a, "--usage");
        eval_arg(a, usage);
    }
    eval_arg(a, "--");
}

/* What a tool said last, for a message: its last line that is not empty. */
struct str eval_last_words(struct str text)
{
    struct str line, last = STR_LIT("it said nothing");

    while (str_line(&text, &line)) {
        if (str_trim(line).len)
            last = str_trim(line);
    }
    if (last.len > 300)
        last.len = 300;
    return last;
}

/* ---- the end of a case ---- */

static void finish(struct slot *s)
{
    struct runner *r = s->r;
    struct eval_case *c = s->c;

    eval_remove_tree(s->dir);
    c->loaded_ms = s->asked_ms ? s->asked_ms - s->from_ms : 0;
    if (s->err.code) {
        c->state = EVAL_FAILED;
        c->error = arena_strdup(r->ev->arena, s->err.msg);
    } else {
        c->state = EVAL_ANSWERED;
    }
    eval_score(c);
    free(s->dir);
    free(s->url);
    s->dir = s->url = NULL;
    s->c = NULL;
    r->running--;
    r->done(r->ev, s->index);
    begin_next(r);
}

/* No server runs any more: the case is over. */
void eval_close_slot(struct slot *s)
{
    s->closing = true;
    loop_timer_cancel(s->r->loop, s->poll);
    if (s->xfer)
        http_abandon(s->r->http, s->xfer);
    s->xfer = 0;
    if (s->tool)
        proc_cancel(s->r->loop, s->tool);
    if (s->server)
        proc_cancel(s->r->loop, s->server);
    if (!s->tool && !s->server && !s->job)
        finish(s);
}

/* ---- the investigation ---- */

static void read_answer(struct slot *s, const struct proc_result *p)
{
    struct arena *a = s->r->ev->arena;
    const struct value *v;
    struct str last = eval_last_words(p->err_out), line, rest = p->out, answer = {0};
    struct err err;

    while (str_line(&rest, &line)) {
        if (line.len)
            answer = line;
    }
    if (p->err.code) {
        s->err = p->err;
        err_wrap(&s->err, "investigate");
    } else if (p->term_signal) {
        (err_set)(&s->err, ERR_IO, "investigate was ended by signal %d", p->term_signal);
    } else if (!answer.len || json_parse(a, answer, &v, &err) ||
               !eval_answer_read(a, v, &s->c->answer)) {
        (err_set)(&s->err, ERR_IO, "investigate ended with %d without an answer: %.*s",
                  p->exit_status, STR_FMT(last));
    } else if (strcmp(s->c->answer.verdict, "failed") == 0) {
        (err_set)(&s->err, ERR_IO, "the investigation failed: %.*s",
                  STR_FMT(value_str_or(v, "summary", "")));
    }
}

static void read_usage(struct slot *s)
{
    struct buf text = BUF_INIT(64);
    char *path = eval_in_dir(s, "peak");
    struct err err;

    if (!file_read(path, &text, &err))
        num_i64(str_trim(buf_str(&text)), &s->c->peak_bytes);
    free(path);
    buf_release(&text);
}

static void on_investigated(void *ctx, const struct proc_result *p)
{
    struct slot *s = ctx;

    s->tool = 0;
    s->c->took_ms = p->duration_ms;
    if (!s->err.code)
        read_answer(s, p);
    read_usage(s);
    eval_close_slot(s);
}

void eval_investigate(struct slot *s)
{
    const struct eval *ev = s->r->ev;
    char *usage = eval_in_dir(s, "peak"), *state = eval_in_dir(s, "state"),
         *config = eval_in_dir(s, "empty.yaml");
    const char *given = args_get(ev->app->args, "config");
    char *full = given ? realpath(given, NULL) : NULL;
    struct proc_spec spec = {.timeout_ms = ev->limit_ms, .max_output_bytes = ANSWER_MAX};
    struct argv a = {.count = 0};

    eval_guard_args(s, &a, usage);
    eval_arg(&a, s->r->self);
    eval_arg(&a, "investigate");
    eval_arg(&a, "--json");
    eval_arg(&a, "--state-dir");
    eval_arg(&a, ev->keep ? ev->keep : state);
    eval_arg(&a, "--config");
    eval_arg(&a, full ? full : config);
    eval_arg(&a, "--incident");
    eval_arg(&a, s->c->incident);
    eval_arg(&a, "--prometheus");
    eval_arg(&a, s->url);
    if (s->c->topology) {
        eval_arg(&a, "--topology");
        eval_arg(&a, s->c->topology);
    }
    spec.argv = a.items;
    s->asked_ms = loop_now_ms(s->r->loop);
    s->tool = proc_start(s->r->loop, &spec, on_investigated, s);
    free(usage);
    free(state);
    free(config);
    free(full);
}

static void write_work(void *ctx)
{
    struct slot *s = ctx;
    char *samples = eval_in_dir(s, "samples.om"), *data = eval_in_dir(s, "data"),
         *config = eval_in_dir(s, "prometheus.yml"), *empty = eval_in_dir(s, "empty.yaml");
    enum err_code rc;

    if (s->c->source == EVAL_RCAEVAL)
        rc = eval_rcaeval_convert(s->c, samples, s->c->incident, &s->err);
    else
        rc = eval_load_metrics(s->c, samples, &s->err);
    if (!rc && mkdir(data, 0700))
        rc = err_errno(&s->err, errno, "make %s", data);
    if (!rc)
        rc = file_write_atomic(config, STR_LIT("global:\n  scrape_interval: 1m\n"), 0600, &s->err);
    if (!rc)
        rc = file_write_atomic(empty, STR_LIT("{}\n"), 0600, &s->err);
    free(samples);
    free(data);
    free(config);
    free(empty);
}

static void on_written(void *ctx, bool canceled)
{
    struct slot *s = ctx;

    s->job = 0;
    if (canceled && !s->err.code)
        (err_set)(&s->err, ERR_CANCELED, "it was canceled");
    if (s->err.code || s->closing)
        eval_close_slot(s);
    else
        eval_serve(s);
}

/* ---- all of them ---- */

static void start_case(struct runner *r, struct slot *s, size_t index)
{
    struct eval_case *c = &r->ev->cases.items[index];

    *s = (struct slot){.r = r, .c = c, .index = index, .from_ms = loop_now_ms(r->loop)};
    s->dir = xasprintf("%s/%zu", r->work, index);
    c->state = EVAL_RUNNING;
    r->running++;
    if (c->source == EVAL_RCAEVAL)
        c->incident = arena_printf(r->ev->arena, "%s/incident.json", s->dir);
    if (mkdir(s->dir, 0700))
        err_errno(&s->err, errno, "make %s", s->dir);
    if (s->err.code)
        eval_close_slot(s);
    else
        s->job = loop_job(r->loop, write_work, on_written, s);
}

static void begin_next(struct runner *r)
{
    while (!r->canceled && r->next < r->ev->cases.count && r->running < (size_t)r->ev->jobs) {
        size_t at = r->next++, slot = 0;

        if (r->ev->cases.items[at].state != EVAL_WAITING) { /* the fixture had its answer */
            eval_score(&r->ev->cases.items[at]);
            r->done(r->ev, at);
            continue;
        }
        while (r->slots[slot].c)
            slot++;
        start_case(r, &r->slots[slot], at);
    }
    if (!r->running)
        loop_stop(r->loop);
}

static void on_signal(void *ctx, int signo)
{
    struct runner *r = ctx;

    (void)signo;
    if (r->canceled)
        return;
    r->canceled = true;
    for (int i = 0; i < r->ev->jobs; i++) {
        struct slot *s = &r->slots[i];

        if (!s->c)
            continue;
        (err_set)(&s->err, ERR_CANCELED, "it was interrupted");
        eval_close_slot(s);
    }
    if (!r->running)
        loop_stop(r->loop);
}

static bool on_path(const char *program)
{
    struct str rest = str_from(getenv("PATH")), dir;
    bool found = false;

    while (!found && str_split(&rest, ':', &dir)) {
        char *folder = xstrndup(dir.ptr, dir.len), *path = path_join(folder, program);

        found = access(path, X_OK) == 0;
        free(folder);
        free(path);
    }
    return found;
}

static bool any_waits(const struct eval *ev)
{
    VEC_EACH (c, &ev->cases) {
        if (c->state == EVAL_WAITING)
            return true;
    }
    return false;
}

static enum err_code need_tools(struct err *err)
{
    static const char *const tools[] = {"promtool", "prometheus"};

    for (size_t i = 0; i < 2; i++) {
        if (!on_path(tools[i]))
            return err_set(
                err, ERR_NOT_FOUND,
                "%s is not on PATH, and recorded incidents are served by it: install the "
                "package prometheus (2.42 or newer), which has promtool and prometheus",
                tools[i]);
    }
    return ERR_OK;
}

static void ignore_end(void *ctx, const struct proc_result *p)
{
    (void)ctx;
    (void)p;
}

/* Between the children of the cases nobody would remove the folder after kill -9: this one does. */
static void start_watcher(struct runner *r)
{
    const char *argv[] = {r->self, "__guard", "--parent", r->parent, "--remove", r->work, NULL};
    struct proc_spec spec = {.argv = argv};

    r->watcher = proc_start(r->loop, &spec, ignore_end, r);
}

static enum err_code make_work(struct runner *r, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0)
        return err_errno(err, errno, "find this program");
    r->self = xstrndup(self, (size_t)n);
    r->parent = xasprintf("%ld", (long)getpid());
    r->work = xasprintf("%s/runbook-eval-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(r->work)) {
        err_errno(err, errno, "make the work folder %s", r->work);
        free(r->work);
        r->work = NULL;
        return err->code;
    }
    return ERR_OK;
}

static void run_loop(struct runner *r)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct http_options http = {.user_agent = "runbook/" PACKAGE_VERSION,
                                .rng = app_rng(r->ev->app)};

    r->loop = loop_new(r->ev->app->clock);
    r->http = http_client_new(r->loop, &http);
    for (size_t i = 0; i < 3; i++)
        r->signals[i] = loop_signal(r->loop, signals[i], on_signal, r);
    start_watcher(r);
    begin_next(r);
    while (r->running)
        loop_run(r->loop);
    for (size_t i = 0; i < 3; i++)
        loop_signal_cancel(r->loop, r->signals[i]);
    proc_drop(r->loop, r->watcher);
    http_client_free(r->http);
    loop_free(r->loop);
}

enum err_code eval_run(struct eval *ev, void (*done)(struct eval *ev, size_t index),
                       struct err *err)
{
    struct runner r = {.ev = ev, .done = done};
    int64_t from = ev->app->clock->now_ms(ev->app->clock);
    enum err_code rc;

    if (!any_waits(ev)) {
        for (size_t i = 0; i < ev->cases.count; i++) {
            eval_score(&ev->cases.items[i]);
            done(ev, i);
        }
        return ERR_OK;
    }
    rc = need_tools(err);
    if (!rc)
        rc = make_work(&r, err);
    if (!rc) {
        r.slots = xcalloc((size_t)ev->jobs, sizeof(*r.slots));
        run_loop(&r);
        eval_remove_tree(r.work);
        free(r.slots);
    }
    ev->wall_ms = ev->app->clock->now_ms(ev->app->clock) - from;
    if (!rc && r.canceled)
        rc = err_set(err, ERR_CANCELED, "interrupted; the cases that ended are shown");
    free(r.self);
    free(r.work);
    free(r.parent);
    return rc;
}
