/* session.c - see session.h. Services are made before the engine and freed after it: a tool call
 * that is canceled at the end still reports to the loop. */
#include "src/app/skill_open.h"
#include "src/app/audit_log.h"
#include "src/app/session.h"
#include "src/app/session_aws.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/vec.h"
#include "runbook/engine/incident.h"
#include "runbook/engine/mutate.h"
#include "runbook/engine/topology.h"
#include "runbook/net/http.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/host.h"
#include "runbook/service/prometheus.h"
#include "runbook/store/blob.h"
#include "runbook/tool/toolenv.h"
#include "src/app/aws_open.h"
#include "src/app/kept_open.h"
#include "src/app/backend.h"
#include "src/app/mcp_servers.h"
#include "src/app/cost_setup.h"
#include "src/app/model_open.h"
#include "src/app/plan_open.h"
#include "src/app/policy_open.h"

struct session {
    struct app *app;
    struct loop *loop;
    struct http_client *http;
    struct llm *llm;         /* NULL: none */
    struct prompts *prompts; /* and what it is told and costs; NULL without one */
    struct price_table *prices;
    struct policy *policy;
    struct http_tls prom_tls, alert_tls;
    struct mfa_desk *mfa;
    struct mcp *mcp; /* NULL: nobody would call its tools */
    struct tool_env env;
    struct engine *engine;
    struct audit_log *audit;
    const char *state_dir;
    char *fallback_dir;
    struct arena *arena;       /* what the request was turned into */
    VEC(const char *) targets; /* ends with NULL */
    struct ev_incident_loaded incident;
    bool has_incident;
    const struct topology *topology; /* NULL: none */
    const char *topology_source;
    const char *question;
    const char *const *hypotheses;
    loop_id signals[3];
    bool interrupted, until_quit, asked, answer;
    bool only_local;                     /* nothing was named or configured */
    const struct session_request *watch; /* NULL: no mutation is watched */
    const struct session_request *run;   /* NULL: no procedure is run */
    char *watch_id;
    VEC(const char *) file_roots; /* ends with NULL */
};

static void add_target(struct session *s, const char *kind, const char *value)
{
    *VEC_PUSH(&s->targets) = arena_printf(s->arena, "%s:%s", kind, value);
}

/* Where a journal goes when the state directory cannot be written: memory-backed, private to this
 * user. */
static char *find_fallback_dir(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat st;
    char *dir;

    if (runtime && runtime[0] == '/' && access(runtime, W_OK) == 0)
        return path_join(runtime, "runbook");
    dir = xasprintf("/dev/shm/runbook-%u", (unsigned)getuid());
    if ((mkdir(dir, 0700) == 0 || lstat(dir, &st) == 0) && lstat(dir, &st) == 0 &&
        S_ISDIR(st.st_mode) && st.st_uid == getuid() && (st.st_mode & 077) == 0)
        return dir;
    free(dir);
    return NULL;
}

struct hiding {
    struct session *s;
    const struct config *c;
};

static void hide_key(void *ctx, const char *path, const struct config_key *key)
{
    struct hiding *h = ctx;

    if (key->type == CONFIG_SECRET)
        engine_add_secret(h->s->engine, secret_reveal(config_secret(h->c, path)));
    for (size_t i = 0; key->type == CONFIG_SECRET_MAP && i < config_count(h->c, path); i++)
        engine_add_secret(h->s->engine, secret_reveal(config_item_secret(h->c, path, i)));
}

static void hide_llm_key(void *ctx, struct str key)
{
    engine_add_secret(((struct session *)ctx)->engine, key);
}

/* Tokens and passwords that are known are hidden wherever a server repeats them. */
static void hide_secrets(struct session *s, const struct config *c)
{
    struct hiding h = {s, c};

    config_each(c, false, hide_key, &h);
    for (size_t i = 0; s->env.aws && i < s->env.aws->accounts.count; i++)
        aws_credentials_on_secret(s->env.aws->accounts.items[i].credentials, hide_llm_key, s);
    if (s->llm) /* keys of the environment and of files, too, and later those of commands */
        llm_on_secret(s->llm, hide_llm_key, s);
}

static enum err_code connect_prometheus(struct session *s, const struct config *c,
                                        const char *flag_url, struct err *err)
{
    struct prometheus_options opts = {0};
    struct backend b = {0};

    backend_read(c, "prometheus", flag_url, s->arena, &b);
    if (!b.url)
        return ERR_OK;
    s->prom_tls = b.tls;
    opts.url = b.url;
    opts.auth = b.auth;
    opts.user = b.user;
    opts.secret = b.secret;
    opts.timeout_ms = b.timeout_ms;
    opts.tls = &s->prom_tls;
    if (prometheus_new(s->loop, s->http, &opts, &s->env.prometheus, err))
        return err_wrap(err, flag_url ? "--prometheus" : "prometheus.url");
    add_target(s, "prometheus", prometheus_url(s->env.prometheus));
    return ERR_OK;
}

static enum err_code connect_alertmanager(struct session *s, const struct config *c,
                                          const char *flag_url, struct err *err)
{
    struct alertmanager_options opts = {0};
    struct backend b = {0};

    backend_read(c, "alertmanager", flag_url, s->arena, &b);
    if (!b.url)
        return ERR_OK;
    s->alert_tls = b.tls;
    opts.url = b.url;
    opts.auth = b.auth;
    opts.user = b.user;
    opts.secret = b.secret;
    opts.timeout_ms = b.timeout_ms;
    opts.tls = &s->alert_tls;
    if (alertmanager_new(s->loop, s->http, &opts, &s->env.alertmanager, err))
        return err_wrap(err, flag_url ? "--alertmanager" : "alertmanager.url");
    add_target(s, "alertmanager", b.url);
    return ERR_OK;
}

static enum err_code add_host(struct session *s, const char *name, struct err *err)
{
    if (!host_name_ok(str_from(name)))
        return err_set(err, ERR_INPUT, "--host: '%s' is not a host name that ssh may be given",
                       name);
    add_target(s, "host", name);
    return ERR_OK;
}

static enum err_code choose_hosts(struct session *s, const struct config *c,
                                  const struct session_request *req, struct err *err)
{
    size_t n = 0;

    for (; req->hosts && req->hosts[n]; n++) {
        if (add_host(s, req->hosts[n], err))
            return err->code;
    }
    /* Named sources are what was meant; the configured hosts are for when none is named. */
    if (n || req->prometheus || req->incident || (req->aws && *req->aws))
        return ERR_OK;
    for (size_t i = 0; i < config_count(c, "hosts"); i++) {
        if (add_host(s, config_item(c, "hosts", i), err))
            return err_wrap(err, "hosts");
    }
    s->only_local = s->targets.count == 0;
    if (s->only_local)
        add_target(s, "host", HOST_LOCAL);
    return ERR_OK;
}

/* Only a model calls these tools: without one no server is started. Nothing waits for them. */
static enum err_code connect_mcp(struct session *s, const struct config *c, struct err *err)
{
    if (!config_count(c, "mcp.servers") || !s->llm)
        return ERR_OK;
    s->mcp = mcp_new(s->loop, s->http, app_rng(s->app));
    if (mcp_add_configured(s->mcp, c, err))
        return err->code;
    s->env.more = mcp_rows(s->mcp);
    mcp_start(s->mcp);
    return ERR_OK;
}

/* The configured models, unless this run wants none. What is missing is said when one is asked. */
static enum err_code open_models(struct session *s, const struct config *c, const char *wanted,
                                 struct err *err)
{
    enum err_code rc;

    for (size_t i = 0; i < config_count(c, "agent.file_roots"); i++)
        *VEC_PUSH(&s->file_roots) = config_item(c, "agent.file_roots", i);
    *VEC_PUSH(&s->file_roots) = NULL;
    s->env.file_roots = s->file_roots.items;
    if (wanted && strcmp(wanted, "none") == 0)
        return ERR_OK;
    rc = model_open(c, s->loop, s->http, app_rng(s->app), &s->llm, err);
    if (rc || !wanted)
        return rc;
    if (!s->llm)
        return err_set(err, ERR_NOT_FOUND, "--model: no model is configured (llm.provider)");
    if (!llm_prefer(s->llm, wanted))
        return err_set(err, ERR_NOT_FOUND, "--model: '%s' is not configured", wanted);
    return ERR_OK;
}

/* A services.yaml that is wrong is told: an incident elsewhere does not wait for it to be mended.
 * What was named by --aws has to be there. */
static enum err_code connect_aws(struct session *s, const struct config *c,
                                 const struct session_request *req, struct err *err)
{
    bool named = req->aws && *req->aws,
         other = (req->hosts && *req->hosts) || req->prometheus || req->incident;
    const char *found[SESSION_AWS_MAX];
    char *home = path_config_home();
    size_t n = 0;

    s->env.aws_accepted = home ? arena_printf(s->arena, "%s/security.yaml", home) : NULL;
    free(home);
    s->mfa = mfa_desk_new(s->app, s->loop);
    if (aws_open_estate(s->app, c, s->loop, s->http, mfa_desk_ops(s->mfa), &s->env.aws, err) ||
        session_aws_targets(s->env.aws, c, req->aws, req->text, other, s->arena, found, &n, err)) {
        if (named)
            return err->code;
        fprintf(stderr, "runbook: AWS is not asked: %s\n", err->msg);
        *err = (struct err)ERR_INIT;
        return ERR_OK;
    }
    for (size_t i = 0; i < n; i++)
        add_target(s, "aws", found[i]);
    return ERR_OK;
}

static enum err_code make_services(struct session *s, const struct session_request *req,
                                   struct err *err)
{
    struct host_options hosts = {0};
    struct http_options http = {0};
    const struct config *c;
    enum err_code rc;

    rc = app_config(s->app, &c, err);
    if (rc)
        return rc;
    http.user_agent = "runbook/" PACKAGE_VERSION;
    http.rng = app_rng(s->app);
    s->http = http_client_new(s->loop, &http);
    hosts.ssh_config = req->ssh_config;
    if (!hosts.ssh_config && *config_str(c, "ssh.config_file"))
        hosts.ssh_config = config_str(c, "ssh.config_file");
    hosts.keep_quiet = !config_bool(c, "hosts_ask_listeners");
    hosts.connect_s = (int)((config_int(c, "ssh.timeout_ms") + 999) / 1000);
    hosts.requests_per_minute = (int)config_int(c, "ssh.requests_per_minute");
    s->env.loop = s->loop;
    s->env.kept = kept_open(s->arena, s->state_dir);
    s->env.hosts = host_pool_new(s->loop, &hosts);
    rc = connect_prometheus(s, c, req->prometheus, err);
    if (!rc)
        rc = connect_alertmanager(s, c, req->alertmanager, err);
    if (!rc)
        rc = connect_aws(s, c, req, err);
    if (!rc)
        rc = choose_hosts(s, c, req, err);
    if (!rc)
        rc = open_models(s, c, req->model, err);
    if (!rc)
        rc = connect_mcp(s, c, err);
    return rc;
}

/* The one that was named, else the project's service-graph.json. A bad one is said and not used: an
 * incident does not wait for a file to be mended. */
static void load_topology(struct session *s, const char *path)
{
    struct err err = ERR_INIT;
    char *found = path ? NULL : topology_find_file(".");

    if (found)
        path = arena_strdup(s->arena, found);
    free(found);
    if (!path)
        return;
    add_target(s, "topology", path);
    s->topology_source = path;
    if (topology_load(path, s->arena, &s->topology, &err)) {
        s->topology = NULL;
        fprintf(stderr, "runbook: %s; it is not used\n", err.msg);
    }
}

/* The alert: from a file, or from --service, --metric, --at and --since. */
static enum err_code read_incident(struct session *s, const struct session_request *req,
                                   struct err *err)
{
    struct ev_incident_loaded *i = &s->incident;
    const char *topology = req->topology;
    const struct config *c;

    if (req->incident) {
        struct incident_file f;

        if (incident_load(req->incident, s->arena, &f, err))
            return err->code;
        *i = f.incident;
        s->has_incident = true;
        if (!topology)
            topology = f.topology;
    }
    if (req->service)
        i->service = req->service;
    if (req->metric)
        i->metric = req->metric;
    if (req->at_ms) {
        i->now_ms = req->at_ms;
        i->started_at_ms = req->at_ms;
    }
    if (req->since_ms)
        i->started_at_ms = req->since_ms;
    s->has_incident = s->has_incident || req->service || req->metric || req->at_ms || req->since_ms;
    if (s->has_incident && !i->source)
        i->source = "options";
    if (app_config(s->app, &c, err))
        return err->code;
    if (!topology && *config_str(c, "topology"))
        topology = config_str(c, "topology");
    load_topology(s, topology);
    return ERR_OK;
}

static const char *default_question(struct session *s)
{
    const struct ev_incident_loaded *i = &s->incident;

    if (s->has_incident && i->title && *i->title)
        return i->title;
    if (s->has_incident && i->service && *i->service)
        return arena_printf(s->arena, "What is wrong with %s?", i->service);
    return arena_printf(s->arena, "What is wrong with %s?", s->targets.items[0]);
}

static bool watched_is_over(const struct session *s)
{
    const struct mutation *mu =
        s->watch ? model_mutation(engine_model(s->engine), s->watch_id) : NULL;

    return mu && mutation_is_over(mu) && !engine_mutating(s->engine);
}

/* What the command line says to questions of steps. It approves no change. */
static void answer_steps(struct session *s)
{
    const struct cmd_args *args = s->run ? s->run->procedure_answers : NULL;
    const struct procedure_run *r = model_procedure_open(engine_model(s->engine));
    const struct step_run *step = r ? procedure_step_run(r, r->at) : NULL;
    struct err err = ERR_INIT;

    if (!args || !step || step->state != STEP_WAITING || engine_procedure_busy(s->engine))
        return;
    for (size_t i = 0; i < args_count(args, "answer"); i++) {
        struct str answer = str_from(args_at(args, "answer", i)), id;

        if (!str_split(&answer, '=', &id) || !str_eq_c(id, step->id))
            continue;
        if (engine_procedure_answer(s->engine, step->id, answer.ptr, &err))
            fprintf(stderr, "runbook: --answer: %s\n", err.msg);
        return;
    }
}

static void settled(void *ctx)
{
    struct session *s = ctx;

    engine_settled(s->engine);
    answer_steps(s);
    if (s->asked && !s->until_quit && !engine_busy(s->engine) && !engine_mutating(s->engine) &&
        !engine_procedure_busy(s->engine))
        loop_stop(s->loop);
    if (watched_is_over(s))
        loop_stop(s->loop);
}

static void read_limits(const struct config *c, struct engine_limits *l)
{
    l->max_depth = (int)config_int(c, "agent.max_hypothesis_depth");
    l->max_hypotheses = (int)config_int(c, "agent.max_hypotheses");
    l->max_parallel = (int)config_int(c, "agent.max_parallel");
    l->threshold = config_num(c, "agent.threshold");
    l->turn_timeout_ms = config_int(c, "agent.timeout_ms");
    l->max_iterations = (int)config_int(c, "agent.max_iterations");
    l->context_tokens = config_int(c, "agent.context_threshold_tokens");
    l->calls_per_tool = (int)config_int(c, "agent.calls_per_tool");
    l->builtin_queries = (int)config_int(c, "agent.builtin_queries");
}

/* A session that is opened again asks the servers that it asked before. */
static enum err_code reconnect(struct session *s, struct err *err)
{
    const struct model *m = engine_model(s->engine);
    const struct config *c;
    enum err_code rc = app_config(s->app, &c, err);

    for (size_t i = 0; !rc && i < m->targets.count; i++) {
        const char *t = m->targets.items[i];

        if (!s->env.prometheus && strncmp(t, "prometheus:", 11) == 0)
            rc = connect_prometheus(s, c, t + 11, err);
        else if (!s->env.alertmanager && strncmp(t, "alertmanager:", 13) == 0)
            rc = connect_alertmanager(s, c, t + 13, err);
    }
    return rc;
}

static enum err_code open_playbooks(void *ctx, struct playbooks **ret, struct err *err)
{
    return plan_open_playbooks(((struct session *)ctx)->app, NULL, ret, err);
}

/* What policy calls this place. Where nobody says, it counts as production. */
static const char *environment_of(struct session *s, const struct session_request *req)
{
    const struct config *c;
    struct err err;

    if (req->environment && *req->environment)
        return arena_strdup(s->arena, req->environment);
    if (app_config(s->app, &c, &err) || !*config_str(c, "environment"))
        return NULL;
    return config_str(c, "environment");
}

/* Sources that are named are what is meant, whatever a question says. */
static bool is_named(const struct session_request *req)
{
    return (req->aws && *req->aws) || (req->hosts && *req->hosts) || req->prometheus ||
           req->incident;
}

static const char *const *aws_spoken_of(void *ctx, const char *question, struct arena *a,
                                        struct err *err)
{
    struct session *s = ctx;
    const char *found[SESSION_AWS_MAX], **targets;
    const struct config *c;
    size_t n = 0;

    if (app_config(s->app, &c, err) ||
        session_aws_targets(s->env.aws, c, NULL, question, false, a, found, &n, err))
        return NULL;
    targets = arena_array(a, n + 1, sizeof(*targets));
    for (size_t i = 0; i < n; i++)
        targets[i] = arena_printf(a, "aws:%s", found[i]);
    return targets;
}

static enum err_code open_engine(struct session *s, const struct session_request *req,
                                 struct err *err)
{
    struct session_spec spec = {0};
    const struct config *c;
    struct journal_report report;
    struct engine_options opts = {0};
    struct cost_limits fuses;

    opts.loop = s->loop;
    opts.rng = app_rng(s->app);
    opts.tools = &s->env;
    opts.state_dir = s->state_dir;
    opts.fallback_dir = s->fallback_dir = find_fallback_dir();
    opts.version = PACKAGE_VERSION;
    opts.llm = s->llm;
    opts.interactive = req->interactive;
    opts.reveal = req->interactive;
    if (policy_open(s->app, NULL, &s->policy, NULL, err))
        return err->code;
    opts.policy = s->policy;
    opts.skill_folders = skill_folders(s->arena);
    opts.open_playbooks = open_playbooks;
    opts.playbooks_ctx = s;
    opts.read_only = req->read_only || policy_limits(s->policy).read_only;
    opts.environment = environment_of(s, req);
    if (!is_named(req)) {
        opts.targets_of = aws_spoken_of;
        opts.targets_ctx = s;
    }
    opts.loose = req->loose;
    opts.keep_requests = req->keep_requests;
    s->answer = req->answer;
    if (app_config(s->app, &c, err))
        return err->code;
    read_limits(c, &opts.limits);
    opts.redact_email = config_bool(c, "redact.email");
    if (s->llm) {
        cost_limits_of(c, &fuses);
        if (cost_prompts_of(c, &s->prompts, err) || cost_prices_of(c, &s->prices, err))
            return err->code;
        opts.small_model =
            *config_str(c, "llm.small_model") ? config_str(c, "llm.small_model") : NULL;
        opts.fuses = &fuses;
        opts.prompts = s->prompts;
        opts.prices = s->prices;
    }
    s->engine = engine_new(&opts);
    s->audit = audit_log_new(s->app, s->engine);
    engine_add_sink(s->engine, &audit_log_ops, s->audit);
    hide_secrets(s, c);
    loop_on_settled(s->loop, settled, s);
    if (req->resume) {
        if (engine_resume(s->engine, req->resume, &report, err))
            return err->code;
        s->question = req->text && *req->text ? arena_strdup(s->arena, req->text) : NULL;
        return reconnect(s, err);
    }
    s->hypotheses = req->hypotheses;
    if (req->text && *req->text)
        s->question = arena_strdup(s->arena, req->text);
    else if (!req->wait)
        s->question = default_question(s);
    *VEC_PUSH(&s->targets) = NULL;
    spec.title = s->has_incident && s->incident.title && *s->incident.title ? s->incident.title
                                                                            : s->question;
    spec.query = s->question;
    spec.targets = s->targets.items;
    spec.unnamed = s->only_local;
    spec.now_ms = s->has_incident ? s->incident.now_ms : 0;
    spec.incident = s->has_incident ? &s->incident : NULL;
    spec.topology = s->topology;
    spec.topology_source = s->topology_source;
    engine_open_on_ask(s->engine, &spec);
    return ERR_OK;
}

static void on_signal(void *ctx, int signo)
{
    struct session *s = ctx;
    struct intent_sink to = engine_intents(s->engine);
    struct intent in = {INTENT_QUIT, "signal"};

    if (signo == SIGINT && !s->interrupted &&
        (engine_busy(s->engine) || engine_procedure_busy(s->engine)))
        in.type = INTENT_CANCEL;
    /* Where one stays after the answer, stopping it is nothing special. */
    if (in.type == INTENT_QUIT || !s->until_quit)
        s->interrupted = true;
    to.submit(to.ctx, &in);
}

enum err_code session_new(struct app *app, const struct session_request *req, struct session **ret,
                          struct err *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct session *s;
    enum err_code rc;

    signal(SIGPIPE, SIG_IGN);
    if (!req->recovering)
        session_recover(app);
    s = xcalloc(1, sizeof(*s));
    s->app = app;
    s->arena = arena_new(0);
    s->loop = loop_new(app->clock);
    rc = app_state_dir(app, &s->state_dir, err);
    if (!rc)
        s->env.bundles = arena_printf(s->arena, "%s/bundles", s->state_dir);
    if (!rc)
        rc = make_services(s, req, err);
    if (!rc)
        rc = read_incident(s, req, err);
    if (!rc)
        rc = open_engine(s, req, err);
    if (rc) {
        session_free(s);
        return rc;
    }
    for (size_t i = 0; i < 3; i++)
        s->signals[i] = loop_signal(s->loop, signals[i], on_signal, s);
    if (req->procedure || req->procedure_resume)
        s->run = req;
    if (req->watch) {
        s->watch = req;
        s->watch_id = xstrdup(req->watch);
    }
    *ret = s;
    return ERR_OK;
}

void session_free(struct session *s)
{
    struct err err;

    if (!s)
        return;
    for (size_t i = 0; i < 3; i++) {
        if (s->signals[i])
            loop_signal_cancel(s->loop, s->signals[i]);
    }
    if (s->audit && s->engine) {
        engine_close(s->engine, "done", EXIT_DONE, &err); /* where nobody did */
        audit_log_end(s->audit);
    }
    if (s->loop) /* MCP servers are ended by turns of the loop, and there is no engine then */
        loop_on_settled(s->loop, NULL, NULL);
    for (size_t i = 0; s->env.aws && i < s->env.aws->accounts.count; i++)
        aws_credentials_on_secret(s->env.aws->accounts.items[i].credentials, NULL, NULL);
    engine_free(s->engine);
    audit_log_free(s->audit);
    mcp_free(s->mcp);
    llm_free(s->llm);
    prompts_free(s->prompts);
    price_table_free(s->prices);
    policy_free(s->policy);
    alertmanager_free(s->env.alertmanager);
    prometheus_free(s->env.prometheus);
    aws_estate_free(s->env.aws);
    mfa_desk_free(s->mfa);
    host_pool_free(s->env.hosts);
    http_client_free(s->http);
    loop_free(s->loop);
    VEC_RELEASE(&s->targets);
    VEC_RELEASE(&s->file_roots);
    arena_free(s->arena);
    free(s->fallback_dir);
    free(s->watch_id);
    free(s);
}

struct aws_estate *session_aws(const struct session *s)
{
    return s->env.aws;
}

struct mfa_desk *session_mfa(struct session *s)
{
    return s->mfa;
}

struct engine *session_engine(struct session *s)
{
    return s->engine;
}

struct llm *session_llm(struct session *s)
{
    return s->llm;
}

const struct price_table *session_prices(const struct session *s)
{
    return s->prices;
}

struct loop *session_loop(struct session *s)
{
    return s->loop;
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    struct session *s = ctx;

    return blob_get(s->state_dir, hash, out, err) == ERR_OK;
}

struct blob_source session_blobs(struct session *s)
{
    return (struct blob_source){read_blob, s};
}

/* ERR is said by an event, as in a session that somebody sits in. */
static void begin_run(struct session *s)
{
    const struct session_request *req = s->run;
    struct procedure_request r = {.procedure = req->procedure,
                                  .params = req->procedure_params,
                                  .why = req->procedure_why,
                                  .dry_run = req->dry_run};
    struct err err = ERR_INIT;
    const char *run;

    if (req->procedure ? engine_procedure_start(s->engine, &r, &run, &err)
                       : engine_procedure_resume(s->engine, req->procedure_resume, &err)) {
        fprintf(stderr, "runbook: %s\n", err.msg);
        *req->ret_code = err.code == ERR_INPUT ? EXIT_USAGE : EXIT_FAILED;
    }
}

void session_ask(struct session *s)
{
    struct intent_sink to = engine_intents(s->engine);
    struct intent in = {s->answer ? INTENT_QUESTION : INTENT_INVESTIGATE, s->question};

    if (s->question)
        to.submit(to.ctx, &in);
    for (size_t i = 0; s->question && s->hypotheses && s->hypotheses[i]; i++) {
        struct intent add = {.type = INTENT_STEER_ADD, .text = s->hypotheses[i]};

        to.submit(to.ctx, &add);
    }
    if (s->run)
        begin_run(s);
    s->asked = true;
}

void session_settle(struct session *s)
{
    while ((engine_mutating(s->engine) || engine_procedure_busy(s->engine)) &&
           loop_turn(s->loop, true))
        engine_settled(s->engine);
}

static void recover_one(struct app *app, const char *id)
{
    struct session_request req = {
        .resume = id, .wait = true, .model = "none", .loose = true, .recovering = true};
    struct session *s;
    struct err err;

    if (session_new(app, &req, &s, &err)) {
        fprintf(stderr, "runbook: a mutation of session %s did not come to its end: %s\n", id,
                err.msg);
        return;
    }
    session_settle(s);
    VEC_EACH (mu, &engine_model(s->engine)->mutations) {
        if (mu->started)
            fprintf(stderr, "runbook: %s of session %s was cut off: now %s: %s\n", mu->id, id,
                    mutation_state_name(mu->state), mu->text);
    }
    engine_close(s->engine, "recovered", EXIT_DONE, &err);
    session_free(s);
}

void session_recover(struct app *app)
{
    const char *dir;
    struct err err;
    size_t n = 0;
    char **ids;

    if (app->recovered || app_state_dir(app, &dir, &err))
        return;
    app->recovered = true;
    ids = mutate_unfinished(dir, &n);
    for (size_t i = 0; i < n; i++) {
        recover_one(app, ids[i]);
        free(ids[i]);
    }
    free(ids);
}

int session_verdict_code(const struct session *s)
{
    switch (engine_model(s->engine)->conclusion.verdict) {
    case VERDICT_INCONCLUSIVE:
        return EXIT_NO_CAUSE;
    case VERDICT_FAILED:
        return EXIT_FAILED;
    case VERDICT_NONE:
    case VERDICT_ROOT_CAUSE:
    case VERDICT_NO_ACTION:
        break;
    }
    return EXIT_DONE;
}

int session_act_code(const struct model *m, const struct mutation *mu)
{
    const struct approval *a = model_approval(m, mu->id);

    switch (mu->state) {
    case MUTATION_VERIFIED:
    case MUTATION_DRY_RUN:
        return EXIT_DONE;
    case MUTATION_PLANNED:
        return EXIT_APPROVAL;
    case MUTATION_REFUSED:
        if (strcmp(mu->decision, "deny") == 0)
            return EXIT_REFUSED;
        if (a && (a->state == APPROVAL_REJECTED || a->state == APPROVAL_EXPIRED))
            return EXIT_APPROVAL;
        return mu->already ? EXIT_DONE : EXIT_FAILED;
    case MUTATION_PROPOSED:
    case MUTATION_RUNNING:
    case MUTATION_UNKNOWN:
    case MUTATION_DONE:
    case MUTATION_FAILED:
    case MUTATION_ROLLED_BACK:
        break;
    }
    return EXIT_FAILED;
}

/* What refused a step: the policy, or a person. */
static bool refused_by_policy(const struct model *m, const struct procedure_run *r)
{
    const struct step_run *s = procedure_step_run(r, r->failed);
    const struct mutation *mu = s ? model_mutation(m, s->mutation) : NULL;

    return m->read_only || (mu && strcmp(mu->decision, "deny") == 0);
}

int session_procedure_code(const struct model *m, const struct procedure_run *r)
{
    switch (r->state) {
    case PROCEDURE_COMPLETED:
        return EXIT_DONE;
    case PROCEDURE_RUNNING:
    case PROCEDURE_WAITING:
    case PROCEDURE_STOPPED:
        return EXIT_APPROVAL;
    case PROCEDURE_REFUSED:
        return refused_by_policy(m, r) ? EXIT_REFUSED : EXIT_APPROVAL;
    case PROCEDURE_CANCELED:
        return EXIT_INTERRUPTED;
    case PROCEDURE_PARTIAL:
    case PROCEDURE_FAILED:
    case PROCEDURE_ROLLED_BACK:
        break;
    }
    return EXIT_FAILED;
}

static void report_run(struct session *s)
{
    const struct model *m = engine_model(s->engine);
    const char *name = s->run->procedure_resume;
    const struct procedure_run *r = name && *name ? model_procedure(m, name) : NULL;

    if (!r && m->procedures.count)
        r = &m->procedures.items[m->procedures.count - 1];
    if (!r)
        return;
    *s->run->ret_code = session_procedure_code(m, r);
    if (s->run->watch_json)
        procedure_run_json(m, r, s->run->ret_watched);
    else
        procedure_run_text(m, r, s->run->ret_watched);
}

/* What became of the mutation that is watched. */
static void report_watched(struct session *s)
{
    const struct model *m = engine_model(s->engine);
    const struct mutation *mu = s->watch ? model_mutation(m, s->watch_id) : NULL;

    if (!mu)
        return;
    *s->watch->ret_code = session_act_code(m, mu);
    if (s->watch->watch_json)
        mutation_json(m, mu, s->watch->ret_watched);
    else
        mutation_text(m, mu, s->watch->ret_watched);
}

int session_run(struct session *s, bool until_quit)
{
    struct err err = ERR_INIT;
    int code;

    s->until_quit = until_quit;
    loop_run(s->loop);
    if (s->run)
        report_run(s);
    report_watched(s);
    code = s->interrupted ? EXIT_INTERRUPTED : until_quit ? EXIT_DONE : session_verdict_code(s);
    if (engine_close(s->engine, s->interrupted ? "interrupted" : "done", code, &err)) {
        fprintf(stderr, "runbook: the journal of this session could not be written: %s\n", err.msg);
        return EXIT_FAILED;
    }
    audit_log_end(s->audit);
    if (!*engine_model(s->engine)->id)
        return code; /* nothing was asked */
    if (!engine_journal_path(s->engine)) {
        fprintf(stderr, "runbook: nothing of this session is kept: %s\n",
                engine_journal_error(s->engine)->msg);
        return code == EXIT_DONE ? EXIT_FAILED : code;
    }
    if (strncmp(engine_journal_path(s->engine), s->state_dir, strlen(s->state_dir)) != 0)
        fprintf(stderr, "runbook: the session is kept in %s, which a reboot clears, because: %s\n",
                engine_journal_path(s->engine), engine_journal_error(s->engine)->msg);
    return code;
}
