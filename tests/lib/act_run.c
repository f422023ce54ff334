/* act_run.c - see act_run.h. */
#include "act_run.h"
#include "tmpdir.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/engine/engine.h"
#include "runbook/net/http.h"
#include "runbook/store/journal.h"

static int64_t moved_now(struct clock *c)
{
    return clock_system()->now_ms(clock_system()) + ((struct moved_clock *)c)->now_by;
}

static int64_t moved_wall(struct clock *c)
{
    return clock_system()->wall_ms(clock_system()) + ((struct moved_clock *)c)->wall_by;
}

struct world *world_new(void)
{
    struct world *w = xcalloc(1, sizeof(*w));
    struct err err;

    w->dir = tmpdir_new();
    chmod(w->dir, 0755);
    w->state = path_join(w->dir, "state");
    w->bin = getenv("RB_ACT_BIN") ? xstrdup(getenv("RB_ACT_BIN")) : path_join(w->dir, "bin");
    w->ssh_config = getenv("RB_ACT_SSH_CONFIG");
    snprintf(w->am_url, sizeof(w->am_url), "%s", getenv("RB_ACT_AM") ? getenv("RB_ACT_AM") : "");
    mkdir(w->state, 0700);
    mkdir(w->bin, 0755);
    w->clock.clock = (struct clock){moved_now, moved_wall};
    /* More than the five of a session: one world does many. */
    assert_ok(
        policy_load(STR_LIT("limits: {mutations: 500, mutations_per_resource: 500, cooldown: 0s}"),
                    "policy.yaml", &w->policy, &err),
        &err);
    return w;
}

void world_keep_pid(struct world *w, pid_t pid)
{
    assert_true(w->pid_count < (int)(sizeof(w->pids) / sizeof(*w->pids)));
    w->pids[w->pid_count++] = pid;
}

void world_free(struct world *w)
{
    for (int i = 0; i < w->pid_count; i++) {
        kill(w->pids[i], SIGKILL);
        waitpid(w->pids[i], NULL, 0);
    }
    policy_free(w->policy);
    free(w->state);
    free(w->bin);
    tmpdir_free(w->dir);
    free(w);
}

/* ---- an engine ---- */

/* What the test does when an event is published: somebody else comes in between, or we die. */
static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct world *w = self;

    (void)m;
    if (w->kill_at != EV_UNKNOWN && ev->type == w->kill_at && --w->kill_left == 0)
        kill(getpid(), SIGKILL);
    w->unknowns += ev->type == EV_MUTATION_UNKNOWN;
    if (w->jump && ev->type == EV_MUTATION_UNKNOWN)
        w->clock.now_by += 3600000;
    if (ev->type != EV_MUTATION_ENDED || !w->meanwhile[0] ||
        strcmp(ev->u.mutation_ended.what, "execute") != 0)
        return;
    world_sh("%s", w->meanwhile);
    w->meanwhile[0] = '\0';
    w->clock.now_by += 600000; /* its time is over at the first look */
}

static const struct sink_ops hook_ops = {.name = "hook", .event = on_event};

static void start(struct world *w)
{
    struct host_options hosts = {.ssh_config = w->ssh_config};
    struct engine_options opts = {.tools = &w->env,
                                  .rng = &w->rng,
                                  .state_dir = w->state,
                                  .version = "test",
                                  .environment = w->environment ? w->environment : "dev",
                                  .policy = w->policy,
                                  .loose = true,
                                  .keep_requests = w->keep};
    struct err err;

    w->loop = loop_new(&w->clock.clock);
    rng_seed_system(&w->rng);
    w->env = (struct tool_env){.loop = w->loop, .hosts = host_pool_new(w->loop, &hosts)};
    if (w->am_url[0] || w->aws)
        w->http = http_client_new(
            w->loop, &(struct http_options){.user_agent = "runbook/test", .rng = &w->rng});
    if (w->aws) {
        struct aws_credentials_options keys = {.profile = NULL};

        w->env.aws = aws_estate_new(w->loop, w->http, aws_catalogue_new(NULL, 0));
        aws_estate_add(w->env.aws, &(struct aws_account_options){
                                       .name = "default", .is_default = true, .keys = &keys});
    }
    if (w->am_url[0]) {
        struct alertmanager_options am = {.url = w->am_url};

        assert_ok(alertmanager_new(w->loop, w->http, &am, &w->env.alertmanager, &err), &err);
    }
    opts.loop = w->loop;
    w->engine = engine_new(&opts);
    engine_add_sink(w->engine, &hook_ops, w);
}

void world_open(struct world *w)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    start(w);
    assert_ok(engine_open(w->engine, &spec, &err), &err);
}

void world_resume(struct world *w, const char *session)
{
    struct journal_report report;
    struct err err;

    start(w);
    assert_ok(engine_resume(w->engine, session, &report, &err), &err);
    if (w->jump)
        w->clock.now_by += 3600000;
    world_settle(w);
}

void world_close(struct world *w)
{
    engine_free(w->engine);
    host_pool_free(w->env.hosts);
    alertmanager_free(w->env.alertmanager);
    aws_estate_free(w->env.aws);
    if (w->http)
        http_client_free(w->http);
    w->http = NULL;
    loop_free(w->loop);
    w->engine = NULL;
}

void world_settle(struct world *w)
{
    int64_t end = clock_system()->now_ms(clock_system()) + ACT_DEADLINE_MS;

    while (engine_mutating(w->engine) && clock_system()->now_ms(clock_system()) < end) {
        loop_turn(w->loop, true);
        if (w->turned)
            w->turned(w->turned_ctx);
    }
    assert_false(engine_mutating(w->engine));
}

const char *world_propose(struct world *w, const char *operation, const char *args, bool dry,
                          struct err *err)
{
    struct mutate_request r = {.operation = operation,
                               .args = str_from(args ? args : w->args),
                               .why = "a test",
                               .dry_run = dry};
    const char *id = NULL;

    if (engine_propose(w->engine, &r, &id, err))
        return NULL;
    world_settle(w);
    return id;
}

const struct mutation *world_mutation(struct world *w, const char *id)
{
    const struct mutation *mu = model_mutation(engine_model(w->engine), id);

    assert_non_null(mu);
    return mu;
}

void world_approve(struct world *w, const char *id)
{
    const struct approval *a = model_approval(engine_model(w->engine), id);
    struct intent_sink to = engine_intents(w->engine);
    struct intent in = {.type = INTENT_APPROVE, .approval = id};
    char print[65];

    if (!a)
        fail_msg("nobody is asked: %s", world_mutation(w, id)->text);
    memcpy(print, a->fingerprint, sizeof(print));
    in.fingerprint = print;
    to.submit(to.ctx, &in);
    world_settle(w);
}

char *world_unfinished(const struct world *w)
{
    size_t n = 0;
    char **list = mutate_unfinished(w->state, &n), *found = n ? xstrdup(list[0]) : NULL;

    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
    return found;
}

/* ---- programs in front of the real ones ---- */

void world_shim(struct world *w, const char *const *names)
{
    for (; *names; names++) {
        char *there = path_join(w->bin, *names);
        bool made = file_exists(there);
        const char *real =
            made ? "" : world_line("PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v %s", *names);
        char *path = there, *text; /* a shim is made once */
        struct err err;

        if (*real == '/') {
            text = xasprintf("#!/bin/sh\n"
                             "printf '%%s' \"%s $*\" | /usr/bin/tr '\\n' ' ' >>'%s/log'; echo "
                             ">>'%s/log'\n"
                             "real=%s\n"
                             "if [ -f '%s/spoil-%s' ]; then . '%s/spoil-%s'; fi\n"
                             "%s \"$@\"\ns=$?\n"
                             "if [ -f '%s/kill-%s' ]; then read -r p <'%s/kill-%s'; /bin/rm "
                             "'%s/kill-%s'; kill -9 \"$p\"; fi\n"
                             "exit $s\n",
                             *names, w->bin, w->bin, real, w->bin, *names, w->bin, *names, real,
                             w->bin, *names, w->bin, *names, w->bin, *names);
            assert_ok(file_write_atomic(path, str_from(text), 0755, &err), &err);
            chmod(path, 0755);
            free(text);
        }
        free(path);
    }
    world_sh(": >>'%s/log'; chmod 0666 '%s/log'", w->bin, w->bin);
}

void world_spoil(struct world *w, const char *name, const char *fmt, ...)
{
    char *path = xasprintf("%s/spoil-%s", w->bin, name), *text;
    struct buf out = BUF_INIT(8192);
    va_list ap;
    struct err err;

    va_start(ap, fmt);
    buf_addv(&out, fmt, ap);
    va_end(ap);
    text = xasprintf("spoiled() { /bin/rm -f '%s'; }\n%s\n", path, buf_cstr(&out));
    assert_ok(file_write_atomic(path, str_from(text), 0644, &err), &err);
    chmod(path, 0644);
    buf_release(&out);
    free(text);
    free(path);
}

void world_kill_after(struct world *w, const char *name, pid_t pid)
{
    char *path = xasprintf("%s/kill-%s", w->bin, name), *text = xasprintf("%d\n", (int)pid);
    struct err err;

    assert_ok(file_write_atomic(path, str_from(text), 0644, &err), &err);
    free(text);
    free(path);
}

void world_unspoil(struct world *w)
{
    world_sh("rm -f '%s'/spoil-* '%s'/kill-*", w->bin, w->bin);
}

int world_count(const struct world *w, const char *words)
{
    char *path = path_join(w->bin, "log");
    struct buf text = BUF_INIT((size_t)4 << 20);
    struct str rest, line;
    struct err err;
    int n = 0;

    assert_ok(file_read(path, &text, &err), &err);
    rest = buf_str(&text);
    while (str_line(&rest, &line))
        n += str_find(line, str_from(words)) >= 0;
    buf_release(&text);
    free(path);
    return n;
}

void world_clear_log(const struct world *w)
{
    world_sh(": >'%s/log'", w->bin);
}

/* ---- a look of its own ---- */

/* /bin/sh -c; what it prints goes to `out`, or to the standard error of the test. */
static int run_shell(const char *line, struct buf *out)
{
    char piece[4096];
    int fds[2], status;
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(out ? fds[1] : STDERR_FILENO, STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    close(fds[1]);
    while (out && (n = read(fds[0], piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)n);
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int world_sh(const char *fmt, ...)
{
    va_list ap;
    char *line;
    int status;

    va_start(ap, fmt);
    line = xvasprintf(fmt, ap);
    va_end(ap);
    status = run_shell(line, NULL);
    free(line);
    return status;
}

const char *world_line(const char *fmt, ...)
{
    static char text[4096];
    struct buf out = BUF_INIT((size_t)1 << 20);
    va_list ap;
    char *line;

    va_start(ap, fmt);
    line = xvasprintf(fmt, ap);
    va_end(ap);
    run_shell(line, &out);
    snprintf(text, sizeof(text), "%s", buf_cstr(&out));
    text[strcspn(text, "\n")] = '\0';
    buf_release(&out);
    free(line);
    return text;
}

int world_number(const char *text)
{
    int64_t n;

    return num_i64(str_trim(str_from(text)), &n) ? (int)n : -1;
}

static int64_t patience_ms = ACT_DEADLINE_MS;

void world_patience(int64_t ms)
{
    patience_ms = ms ? ms : ACT_DEADLINE_MS;
}

bool world_wait(const char *fmt, ...)
{
    int64_t end = clock_system()->now_ms(clock_system()) + patience_ms;
    bool is = false;
    va_list ap;
    char *line;

    va_start(ap, fmt);
    line = xvasprintf(fmt, ap);
    va_end(ap);
    while (!is && clock_system()->now_ms(clock_system()) < end) {
        is = run_shell(line, NULL) == 0;
        if (!is)
            poll(NULL, 0, 20);
    }
    free(line);
    return is;
}
