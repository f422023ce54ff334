/* session_open.c - what a session is about, and its engine. */
#include "src/app/session_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/incident.h"
#include "runbook/engine/topology.h"
#include "runbook/llm/llm.h"
#include "src/app/audit_log.h"
#include "src/app/cost_setup.h"
#include "src/app/plan_open.h"
#include "src/app/policy_open.h"
#include "src/app/session_aws.h"
#include "src/app/skill_open.h"

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
    session_add_target(s, "topology", path);
    s->topology_source = path;
    if (topology_load(path, s->arena, &s->topology, &err)) {
        s->topology = NULL;
        fprintf(stderr, "runbook: %s; it is not used\n", err.msg);
    }
}

/* The alert: from a file, or from --service, --metric, --at and --since. */
enum err_code session_read_incident(struct session *s, const struct session_request *req,
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

/* What it may do, and how far it may go. */
static enum err_code set_rules(struct session *s, const struct session_request *req,
                               const struct config *c, struct engine_options *opts, struct err *err)
{
    if (policy_open(s->app, NULL, &s->policy, NULL, err))
        return err->code;
    opts->policy = s->policy;
    opts->read_only = req->read_only || policy_limits(s->policy).read_only;
    opts->environment = environment_of(s, req);
    opts->redact_email = config_bool(c, "redact.email");
    read_limits(c, &opts->limits);
    return ERR_OK;
}

/* What a model is told, and what it may cost. Without one nothing is set. */
static enum err_code set_model(struct session *s, const struct config *c,
                               struct engine_options *opts, struct cost_limits *fuses,
                               struct err *err)
{
    const char *small = config_str(c, "llm.small_model");

    opts->llm = s->llm;
    if (!s->llm)
        return ERR_OK;
    cost_limits_of(c, fuses);
    if (cost_prompts_of(c, &s->prompts, err) || cost_prices_of(c, &s->prices, err))
        return err->code;
    opts->small_model = *small ? small : NULL;
    opts->fuses = fuses;
    opts->prompts = s->prompts;
    opts->prices = s->prices;
    return ERR_OK;
}

static void set_sources(struct session *s, const struct session_request *req,
                        struct engine_options *opts)
{
    opts->tools = &s->env;
    opts->skill_folders = skill_folders(s->arena);
    opts->open_playbooks = open_playbooks;
    opts->playbooks_ctx = s;
    if (is_named(req))
        return;
    opts->targets_of = aws_spoken_of;
    opts->targets_ctx = s;
}

static enum err_code make_engine(struct session *s, const struct session_request *req,
                                 struct err *err)
{
    struct engine_options opts = {.loop = s->loop,
                                  .rng = app_rng(s->app),
                                  .state_dir = s->state_dir,
                                  .version = PACKAGE_VERSION,
                                  .interactive = req->interactive,
                                  .reveal = req->interactive,
                                  .loose = req->loose,
                                  .keep_requests = req->keep_requests};
    const struct config *c;
    struct cost_limits fuses;

    opts.fallback_dir = s->fallback_dir = find_fallback_dir();
    set_sources(s, req, &opts);
    if (app_config(s->app, &c, err) || set_rules(s, req, c, &opts, err) ||
        set_model(s, c, &opts, &fuses, err))
        return err->code;
    s->engine = engine_new(&opts);
    s->audit = audit_log_new(s->app, s->engine);
    engine_add_sink(s->engine, &audit_log_ops, s->audit);
    hide_secrets(s, c);
    return ERR_OK;
}

/* The journal begins with the first question. */
static void open_on_ask(struct session *s, const struct session_request *req)
{
    const struct ev_incident_loaded *i = &s->incident;
    struct session_spec spec = {0};

    s->hypotheses = req->hypotheses;
    if (req->text && *req->text)
        s->question = arena_strdup(s->arena, req->text);
    else if (!req->wait)
        s->question = default_question(s);
    *VEC_PUSH(&s->targets) = NULL;
    spec.title = s->has_incident && i->title && *i->title ? i->title : s->question;
    spec.query = s->question;
    spec.targets = s->targets.items;
    spec.unnamed = s->only_local;
    spec.now_ms = s->has_incident ? i->now_ms : 0;
    spec.incident = s->has_incident ? i : NULL;
    spec.topology = s->topology;
    spec.topology_source = s->topology_source;
    engine_open_on_ask(s->engine, &spec);
}

enum err_code session_open_engine(struct session *s, const struct session_request *req,
                                  struct err *err)
{
    struct journal_report report;

    if (make_engine(s, req, err))
        return err->code;
    s->answer = req->answer;
    if (!req->resume) {
        open_on_ask(s, req);
        return ERR_OK;
    }
    if (engine_resume(s->engine, req->resume, &report, err))
        return err->code;
    s->question = req->text && *req->text ? arena_strdup(s->arena, req->text) : NULL;
    return session_reconnect(s, err);
}
