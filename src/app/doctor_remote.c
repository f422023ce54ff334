/* doctor_remote.c - asks every configured server and machine at once; each has a deadline, so the
 * whole takes as long as the slowest one may. */
#include "src/app/doctor.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"
#include "runbook/net/http.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/host.h"
#include "runbook/service/prometheus.h"
#include "src/app/backend.h"

#define ASK_TIMEOUT_MS 8000
#define PROC_OUTPUT_MAX 65536

struct asking {
    struct doctor *d;
    struct loop *loop;
    struct http_client *http;
    struct prometheus *prometheus;
    struct alertmanager *alertmanager;
    size_t waiting;
};

struct ask { /* one question under way */
    struct asking *a;
    size_t check; /* index of the check that it answers */
    void (*read)(struct ask *q, const struct proc_result *r);
};

static struct ask *ask_new(struct asking *a, size_t check)
{
    struct ask *q = xcalloc(1, sizeof(*q));

    q->a = a;
    q->check = check;
    a->waiting++;
    return q;
}

static void answer(struct ask *q, enum check_state state, int64_t ms, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void answer(struct ask *q, enum check_state state, int64_t ms, const char *fmt, ...)
{
    struct check *c = &q->a->d->checks.items[q->check];
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    c->detail = arena_strdup(q->a->d->arena, text);
    c->state = state;
    c->latency_ms = ms;
    free(text);
    if (--q->a->waiting == 0)
        loop_stop(q->a->loop);
    free(q);
}

/* ---- Prometheus ---- */

static void on_targets(void *ctx, const struct prom_reply *r)
{
    struct ask *q = ctx;

    if (r->state == PROM_ERROR)
        answer(q, CHECK_WARNING, r->duration_ms, "targets cannot be read: %s", r->err.msg);
    else
        answer(q, r->state == PROM_EMPTY ? CHECK_WARNING : CHECK_OK, r->duration_ms,
               "%zu targets%s", r->rows, r->state == PROM_EMPTY ? ": it scrapes nothing" : "");
}

static void on_build(void *ctx, const struct prom_reply *r)
{
    struct ask *q = ctx;
    const char *url = prometheus_url(q->a->prometheus);
    struct arena *arena;
    struct prom_build b;
    struct err err;

    if (r->state == PROM_ERROR) {
        answer(q, CHECK_FAILED, r->duration_ms, "%s", r->err.msg);
        return;
    }
    arena = arena_new(0);
    if (prom_decode_build(buf_str(r->body), arena, &b, &err))
        answer(q, CHECK_WARNING, r->duration_ms, "%s: %s", url, err.msg);
    else
        answer(q, CHECK_OK, r->duration_ms, "%s, version %s", url, b.version);
    arena_free(arena);
}

static void ask_prometheus(struct asking *a, const struct backend *b)
{
    struct doctor *d = a->d;
    struct prometheus_options opts = {.url = b->url,
                                      .auth = b->auth,
                                      .user = b->user,
                                      .secret = b->secret,
                                      .tls = &b->tls,
                                      .timeout_ms = ASK_TIMEOUT_MS};
    struct prom_request build = {.api = PROM_API_BUILD}, targets = {.api = PROM_API_TARGETS};
    struct err err;

    if (!b->url) {
        doctor_add(d, "backends", "Prometheus", CHECK_ABSENT,
                   "not configured; 'runbook config set prometheus.url http://...'");
        return;
    }
    if (prometheus_new(a->loop, a->http, &opts, &a->prometheus, &err)) {
        doctor_add(d, "backends", "Prometheus", CHECK_FAILED, "prometheus.url: %s", err.msg);
        return;
    }
    prometheus_send(a->prometheus, &build, on_build,
                    ask_new(a, doctor_add(d, "backends", "Prometheus", CHECK_FAILED, "no answer")));
    prometheus_send(
        a->prometheus, &targets, on_targets,
        ask_new(a, doctor_add(d, "backends", "Prometheus targets", CHECK_FAILED, "no answer")));
    if (b->tls.insecure)
        doctor_add(d, "backends", "Prometheus TLS", CHECK_WARNING,
                   "the certificate is not verified (prometheus.tls.insecure)");
}

/* ---- Alertmanager ---- */

static void on_status(void *ctx, const struct am_reply *r)
{
    struct ask *q = ctx;
    const char *url = alertmanager_url(q->a->alertmanager);
    struct arena *arena;
    struct am_status s;
    struct err err;

    if (r->state == PROM_ERROR) {
        answer(q, CHECK_FAILED, r->duration_ms, "%s", r->err.msg);
        return;
    }
    arena = arena_new(0);
    if (am_decode_status(buf_str(r->body), arena, &s, &err))
        answer(q, CHECK_FAILED, r->duration_ms, "%s: %s", url, err.msg);
    else
        answer(q, CHECK_OK, r->duration_ms, "%s, version %s, cluster %s", url, s.version,
               s.cluster);
    arena_free(arena);
}

static void ask_alertmanager(struct asking *a, const struct backend *b)
{
    struct doctor *d = a->d;
    struct alertmanager_options opts = {.url = b->url,
                                        .auth = b->auth,
                                        .user = b->user,
                                        .secret = b->secret,
                                        .tls = &b->tls,
                                        .timeout_ms = ASK_TIMEOUT_MS};
    struct am_request req = {.api = AM_API_STATUS};
    struct err err;

    if (!b->url) {
        doctor_add(d, "backends", "Alertmanager", CHECK_ABSENT, "not configured");
        return;
    }
    if (alertmanager_new(a->loop, a->http, &opts, &a->alertmanager, &err)) {
        doctor_add(d, "backends", "Alertmanager", CHECK_FAILED, "alertmanager.url: %s", err.msg);
        return;
    }
    alertmanager_send(
        a->alertmanager, &req, on_status,
        ask_new(a, doctor_add(d, "backends", "Alertmanager", CHECK_FAILED, "no answer")));
}

/* ---- programs and machines ---- */

static struct str last_line(struct str text)
{
    struct str line, last = {"", 0};

    while (str_line(&text, &line))
        if (str_trim(line).len)
            last = str_trim(line);
    return last;
}

static void on_proc(void *ctx, const struct proc_result *r)
{
    struct ask *q = ctx;

    q->read(q, r);
}

static void ask_proc(struct asking *a, const char *group, const char *name, const char *const *argv,
                     void (*read)(struct ask *q, const struct proc_result *r))
{
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = ASK_TIMEOUT_MS, .max_output_bytes = PROC_OUTPUT_MAX};
    struct ask *q = ask_new(a, doctor_add(a->d, group, name, CHECK_FAILED, "no answer"));

    q->read = read;
    proc_start(a->loop, &spec, on_proc, q);
}

static void read_journalctl(struct ask *q, const struct proc_result *r)
{
    if (r->err.code == ERR_NOT_FOUND)
        answer(q, CHECK_ABSENT, -1, "no journalctl here: log files are read instead");
    else if (r->err.code)
        answer(q, CHECK_WARNING, r->duration_ms, "journalctl: %s", r->err.msg);
    else if (r->exit_status || !str_trim(r->out).len)
        answer(q, CHECK_NOTE, r->duration_ms, "no entries can be read%s%.*s",
               str_trim(r->err_out).len ? ": " : "; the group systemd-journal may read it",
               STR_FMT(last_line(r->err_out)));
    else
        answer(q, CHECK_OK, r->duration_ms, "readable");
}

static void read_ssh_version(struct ask *q, const struct proc_result *r)
{
    if (r->err.code == ERR_NOT_FOUND)
        answer(q, CHECK_NOTE, -1, "not installed: only this machine can be looked at");
    else if (r->err.code)
        answer(q, CHECK_WARNING, r->duration_ms, "%s", r->err.msg);
    else
        answer(q, CHECK_OK, r->duration_ms, "%.*s", STR_FMT(last_line(r->err_out)));
}

static void read_machine(struct ask *q, const struct proc_result *r)
{
    struct str said = last_line(r->err_out);

    if (r->err.code)
        answer(q, CHECK_FAILED, r->duration_ms, "%s", r->err.msg);
    else if (r->exit_status == 0)
        answer(q, CHECK_OK, r->duration_ms, "%.*s", STR_FMT(last_line(r->out)));
    else if (str_ifind(r->err_out, STR_LIT("host key verification failed")) >= 0)
        answer(q, CHECK_FAILED, r->duration_ms,
               "its host key is not known; log in once with ssh and compare the fingerprint");
    else
        answer(q, CHECK_FAILED, r->duration_ms, "%.*s", STR_FMT(said));
}

static void ask_machine(struct asking *a, const char *host)
{
    struct doctor *d = a->d;
    const char *file = config_str(d->config, "ssh.config_file");
    const char *argv[16];
    size_t n = 0;

    if (strcmp(host, HOST_LOCAL) == 0)
        return;
    if (!host_name_ok(str_from(host))) {
        doctor_add(d, "machines", host, CHECK_FAILED, "not a name that ssh may be given");
        return;
    }
    argv[n++] = "ssh";
    if (*file) {
        argv[n++] = "-F";
        argv[n++] = file;
    }
    argv[n++] = "-oBatchMode=yes";
    argv[n++] = "-oConnectTimeout=5";
    argv[n++] = "-oStrictHostKeyChecking=yes";
    argv[n++] = "-T";
    argv[n++] = "--";
    argv[n++] = host;
    argv[n++] = "uname -sr";
    argv[n] = NULL;
    ask_proc(a, "machines", host, argv, read_machine);
}

void doctor_backends(struct doctor *d)
{
    static const char *const journalctl[] = {"journalctl", "-q", "-n1", "--no-pager", NULL};
    static const char *const ssh[] = {"ssh", "-V", NULL};
    struct asking a = {.d = d, .loop = loop_new(d->app->clock)};
    struct http_options http = {.user_agent = "runbook/" PACKAGE_VERSION, .rng = app_rng(d->app)};
    struct backend prom, alert;

    ask_proc(&a, "this machine", "journal", journalctl, read_journalctl);
    ask_proc(&a, "this machine", "ssh client", ssh, read_ssh_version);
    if (d->config) {
        a.http = http_client_new(a.loop, &http);
        backend_read(d->config, "prometheus", NULL, d->arena, &prom);
        backend_read(d->config, "alertmanager", NULL, d->arena, &alert);
        ask_prometheus(&a, &prom);
        ask_alertmanager(&a, &alert);
        for (size_t i = 0; i < config_count(d->config, "hosts"); i++)
            ask_machine(&a, config_item(d->config, "hosts", i));
    }
    if (a.waiting)
        loop_run(a.loop);
    alertmanager_free(a.alertmanager);
    prometheus_free(a.prometheus);
    if (a.http)
        http_client_free(a.http);
    loop_free(a.loop);
}
