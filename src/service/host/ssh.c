/* ssh.c - see ssh_priv.h. The shared connection is an ssh of ours that is the master of a control
 * socket in a folder that only we may enter (ssh_config(5), ControlMaster). At its other end a
 * shell waits for the end of its input: so the connection ends with us, however we end. It is open
 * once that shell has answered. Where a master cannot be had (no control sockets, a user's own
 * setting that only works without) each request has a connection of its own, as has one whose
 * session the server refuses (MaxSessions): ssh itself sees to that. */
#include "ssh_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/arena.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"

#define SHARES_MAX 10  /* open at a time; further machines go without (T-08) */
#define LOGIN_MS 10000 /* beyond the time to connect */
#define HELLO "runbook is here"

struct share {
    struct ssh_shares *set;
    struct share *next;
    char *host, *control;
    enum ssh_share state;
    unsigned number;
    int users;
    bool late, was_open;
    loop_id proc, timer; /* timer: until it must be open; then, while nobody uses it, its end */
    struct buf said;
};

struct ssh_shares {
    struct loop *loop;
    const struct ssh_how *how;
    ssh_share_fn *fn;
    void *ctx;
    struct share *list;
    char folder[32]; /* "": none could be made */
    unsigned serial;
};

/* Nothing is asked, nothing is forwarded, and no unknown key is taken, whatever the config says. */
static const char *const options[] = {
    "BatchMode=yes",  "StrictHostKeyChecking=yes", "ClearAllForwardings=yes", "ForwardAgent=no",
    "ForwardX11=no",  "PermitLocalCommand=no",     "RequestTTY=no",           "RemoteCommand=none",
    "LogLevel=ERROR", "ServerAliveInterval=5",     "ServerAliveCountMax=3",
};
#define OPTIONS (sizeof(options) / sizeof(*options))

const char *const *ssh_argv(struct arena *a, const struct ssh_how *how, const char *host,
                            const char *control, bool open)
{
    const char **argv = arena_array(a, 2 * OPTIONS + 16, sizeof(*argv));
    size_t n = 0;

    argv[n++] = how->program;
    if (how->config) {
        argv[n++] = "-F";
        argv[n++] = how->config;
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        argv[n++] = "-o";
        argv[n++] = options[i];
    }
    argv[n++] = "-o";
    argv[n++] = arena_printf(a, "ConnectTimeout=%d", how->connect_s);
    if (control) {
        argv[n++] = "-o";
        argv[n++] = open ? "ControlMaster=yes" : "ControlMaster=no";
        argv[n++] = "-o";
        argv[n++] = arena_printf(a, "ControlPath=%s", control);
        argv[n++] = "-o";
        argv[n++] = "ControlPersist=no";
    }
    argv[n++] = "--";
    argv[n++] = host;
    argv[n++] = "sh -s";
    argv[n] = NULL;
    return argv;
}

/* ---- what went wrong ---- */

static const struct {
    const char *phrase;
    enum err_code code;
    bool last;        /* another attempt gets no further */
    const char *text; /* %s: the host */
} problems[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", ERR_DENIED, true,
     "host %s: its key is not the one that is known. If the change is expected, remove the old key "
     "with "
     "'ssh-keygen -R %s', else somebody may be listening"},
    {"Host key verification failed", ERR_DENIED, true,
     "host %s: its key is not known, so it is not trusted. To accept it, run 'ssh %s' once, "
     "compare the "
     "fingerprint that it shows, and answer yes"},
    {"No matching host key", ERR_DENIED, true,
     "host %s: no host key type in common; 'ssh -v %s' says more"},
    {"Permission denied", ERR_DENIED, false,
     "host %s: no login. 'ssh -o BatchMode=yes %s true' must work without a question: load your "
     "key with "
     "ssh-add, or name it with IdentityFile in the ssh config"},
    {"Could not resolve hostname", ERR_NOT_FOUND, true,
     "host %s: no such name. Is it in your ssh config, or in DNS? Try 'ssh %s true'"},
    {"Connection refused", ERR_NET, true,
     "host %s: nothing listens on its ssh port (connection refused). Try 'ssh %s true'"},
    {"timed out", ERR_TIMEOUT, true,
     "host %s: no answer on its ssh port within the time allowed. Try 'ssh %s true'"},
    {"No route to host", ERR_NET, true, "host %s: no route to it. Try 'ssh %s true'"},
    {"Network is unreachable", ERR_NET, true,
     "host %s: the network is unreachable. Try 'ssh %s true'"},
};

static struct str last_line(struct str text)
{
    struct str last = {NULL, 0}, rest = str_trim(text), line;

    while (str_line(&rest, &line)) {
        if (line.len)
            last = line;
    }
    if (last.len > 200)
        last.len = 200;
    return last;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
bool ssh_problem(const struct ssh_how *how, const char *host, const struct proc_result *r,
                 struct err *err)
{
    struct str last = last_line(r->err_out);

    if (r->err.code == ERR_NOT_FOUND) {
        err_set(err, ERR_NOT_FOUND, "host %s: the OpenSSH client '%s' is not installed", host,
                how->program);
        return true;
    }
    for (size_t i = 0; i < sizeof(problems) / sizeof(*problems); i++) {
        if (str_find(r->err_out, str_from(problems[i].phrase)) >= 0) {
            err_set(err, problems[i].code, problems[i].text, host, host);
            return problems[i].last;
        }
    }
    if (r->exit_status == 127)
        err_set(err, ERR_REMOTE, "host %s: it has no POSIX shell (sh) for us", host);
    else
        err_set(err, r->exit_status == 255 ? ERR_NET : ERR_REMOTE,
                "host %s: ssh ended with status %d%s%.*s", host, r->exit_status,
                last.len ? ": " : "", STR_FMT(last));
    return false;
}
#pragma GCC diagnostic pop

/* ---- shared connections ---- */

struct ssh_shares *ssh_shares_new(struct loop *l, const struct ssh_how *how, ssh_share_fn *fn,
                                  void *ctx)
{
    struct ssh_shares *s = xcalloc(1, sizeof(*s));

    s->loop = l;
    s->how = how;
    s->fn = fn;
    s->ctx = ctx;
    return s;
}

static void free_share(struct share *h)
{
    struct share **at = &h->set->list;

    while (*at && *at != h)
        at = &(*at)->next;
    if (*at)
        *at = h->next;
    loop_timer_cancel(h->set->loop, h->timer);
    if (h->control)
        unlink(h->control); /* one that was killed leaves it */
    buf_release(&h->said);
    free(h->control);
    free(h->host);
    free(h);
}

void ssh_shares_free(struct ssh_shares *s)
{
    if (!s)
        return;
    while (s->list) {
        proc_drop(s->loop, s->list->proc);
        free_share(s->list);
    }
    if (*s->folder)
        rmdir(s->folder);
    free(s);
}

static struct share *share_of(const struct ssh_shares *s, const char *host)
{
    struct share *h = s->list;

    while (h && strcmp(h->host, host) != 0)
        h = h->next;
    return h;
}

enum ssh_share ssh_share_state(struct ssh_shares *s, const char *host, const char **ret_control)
{
    const struct share *h = share_of(s, host);
    int count = 0;

    for (const struct share *o = s->list; o; o = o->next)
        count += o->state != SHARE_NONE;
    *ret_control = h && h->state == SHARE_OPEN ? h->control : NULL;
    return h ? h->state : count < SHARES_MAX ? SHARE_CLOSED : SHARE_NONE;
}

int ssh_shares_opening(const struct ssh_shares *s)
{
    int n = 0;

    for (const struct share *h = s->list; h; h = h->next)
        n += h->state == SHARE_OPENING;
    return n;
}

static void on_idle(void *ctx)
{
    struct share *h = ctx;

    h->timer = 0;
    h->state = SHARE_OPENING; /* until it has ended: who comes now waits, and opens the next one */
    proc_cancel(h->set->loop, h->proc);
}

static void on_late(void *ctx)
{
    struct share *h = ctx;

    h->timer = 0;
    h->late = true;
    proc_cancel(h->set->loop, h->proc);
}

static void rest(struct share *h)
{
    if (h->state == SHARE_OPEN && !h->users && !h->timer)
        h->timer = loop_timer(h->set->loop, h->set->how->idle_ms, on_idle, h);
}

static void on_output(void *ctx, struct str piece)
{
    struct share *h = ctx;
    const struct err none = ERR_INIT;

    if (h->was_open)
        return;
    buf_add_str(&h->said, piece);
    if (str_find(buf_str(&h->said), STR_LIT(HELLO "\n")) < 0)
        return;
    loop_timer_cancel(h->set->loop, h->timer);
    h->timer = 0;
    h->was_open = true;
    h->state = SHARE_OPEN;
    rest(h);
    h->set->fn(h->set->ctx, h->host, &none);
}

/* One that was open is opened anew for the next request. */
static void on_end(void *ctx, const struct proc_result *r)
{
    struct share *h = ctx;
    struct ssh_shares *s = h->set;
    char *host = xstrdup(h->host);
    struct err err = ERR_INIT;
    bool last = ssh_problem(s->how, host, r, &err);

    LOG(LOG_HOST, "shared connection to %s: exit %d %s", host, r->exit_status, r->err.msg);
    h->proc = 0;
    if (h->late)
        err_set(&err, ERR_TIMEOUT, "host %s: no login within the time allowed. Try 'ssh %s true'",
                host, host);
    if (h->was_open || !(last || h->late))
        err_clear(&err);
    if (h->was_open || last || h->late) {
        free_share(h);
    } else {
        loop_timer_cancel(s->loop, h->timer);
        h->timer = 0;
        h->state = SHARE_NONE;
    }
    s->fn(s->ctx, host, &err);
    free(host);
}

static bool make_folder(struct ssh_shares *s)
{
    if (!*s->folder) {
        snprintf(s->folder, sizeof(s->folder),
                 "/tmp/runbook-XXXXXX"); /* a socket's name is short */
        if (!mkdtemp(s->folder))
            *s->folder = '\0';
    }
    return *s->folder;
}

void ssh_share_open(struct ssh_shares *s, const char *host)
{
    struct share *h = xcalloc(1, sizeof(*h));
    struct arena *a = arena_new(0);

    h->set = s;
    h->next = s->list;
    s->list = h;
    h->host = xstrdup(host);
    h->state = make_folder(s) ? SHARE_OPENING : SHARE_NONE;
    buf_init(&h->said, 1 << 20);
    if (h->state == SHARE_OPENING) {
        h->number = ++s->serial;
        h->control = xasprintf("%s/%u", s->folder, h->number);
        h->timer = loop_timer(s->loop, (int64_t)s->how->connect_s * 1000 + LOGIN_MS, on_late, h);
        h->proc = proc_start(s->loop,
                             &(struct proc_spec){
                                 .argv = ssh_argv(a, s->how, host, h->control, true),
                                 .stdin_data = STR_LIT("echo; echo " HELLO "\n"),
                                 .keep_input = true,
                                 .max_output_bytes = BUF_NO_MAX,
                                 .on_output = on_output,
                             },
                             on_end, h);
    }
    arena_free(a);
}

unsigned ssh_share_enter(struct ssh_shares *s, const char *host)
{
    struct share *h = share_of(s, host);

    if (!h || h->state != SHARE_OPEN)
        return 0;
    h->users++;
    loop_timer_cancel(s->loop, h->timer);
    h->timer = 0;
    return h->number;
}

void ssh_share_leave(struct ssh_shares *s, unsigned number)
{
    for (struct share *h = s->list; h; h = h->next) {
        if (number && h->number == number) {
            h->users--;
            rest(h);
        }
    }
}
