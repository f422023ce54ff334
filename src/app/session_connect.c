/* session_connect.c - the services of a session: those that are named, else the configured ones. */
#include "src/app/session_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/path.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/host.h"
#include "runbook/service/prometheus.h"
#include "src/app/aws_open.h"
#include "src/app/backend.h"
#include "src/app/kept_open.h"
#include "src/app/mcp_servers.h"
#include "src/app/model_open.h"
#include "src/app/session_aws.h"

void session_add_target(struct session *s, const char *kind, const char *value)
{
    *VEC_PUSH(&s->targets) = arena_printf(s->arena, "%s:%s", kind, value);
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
    session_add_target(s, "prometheus", prometheus_url(s->env.prometheus));
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
    session_add_target(s, "alertmanager", b.url);
    return ERR_OK;
}

static enum err_code add_host(struct session *s, const char *name, struct err *err)
{
    if (!host_name_ok(str_from(name)))
        return err_set(err, ERR_INPUT, "--host: '%s' is not a host name that ssh may be given",
                       name);
    session_add_target(s, "host", name);
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
        session_add_target(s, "host", HOST_LOCAL);
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
        session_add_target(s, "aws", found[i]);
    return ERR_OK;
}

enum err_code session_connect(struct session *s, const struct session_request *req, struct err *err)
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

/* A session that is opened again asks the servers that it asked before. */
enum err_code session_reconnect(struct session *s, struct err *err)
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
