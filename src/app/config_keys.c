/* config_keys.c - the tables of config.yaml and services.yaml: the one place that knows a key.
 * Canonical spelling is snake_case; "llm.apiKey" is found as "llm.api_key" (config.c). A row serves
 * reading, checking, "config get/set/list/validate", the environment's RUNBOOK_* names and
 * doc/CONFIGURATION.md. */
#include "runbook/app/config.h"

#define V1 "0.1"
#define TEXT(p, help)                                                                              \
    {                                                                                              \
        p, CONFIG_STRING, NULL, 0, 0, NULL, help, V1                                               \
    }
#define TEXT_D(p, d, help)                                                                         \
    {                                                                                              \
        p, CONFIG_STRING, d, 0, 0, NULL, help, V1                                                  \
    }
#define SECRET(p, help)                                                                            \
    {                                                                                              \
        p, CONFIG_SECRET, NULL, 0, 0, NULL, help, V1                                               \
    }
#define FLAG(p, d, help)                                                                           \
    {                                                                                              \
        p, CONFIG_BOOL, d, 0, 0, NULL, help, V1                                                    \
    }
#define INT(p, d, lo, hi, help)                                                                    \
    {                                                                                              \
        p, CONFIG_INT, d, lo, hi, NULL, help, V1                                                   \
    }
#define NUM(p, d, lo, hi, help)                                                                    \
    {                                                                                              \
        p, CONFIG_NUMBER, d, lo, hi, NULL, help, V1                                                \
    }
#define ENUM(p, d, c, help)                                                                        \
    {                                                                                              \
        p, CONFIG_ENUM, d, 0, 0, c, help, V1                                                       \
    }
#define PATHS(p, help)                                                                             \
    {                                                                                              \
        p, CONFIG_PATH, NULL, 0, 0, NULL, help, V1                                                 \
    }
#define URLS(p, help)                                                                              \
    {                                                                                              \
        p, CONFIG_URL, NULL, 0, 0, NULL, help, V1                                                  \
    }
#define LIST(p, help)                                                                              \
    {                                                                                              \
        p, CONFIG_STRINGS, NULL, 0, 0, NULL, help, V1                                              \
    }
#define LIST_OF(p, c, help)                                                                        \
    {                                                                                              \
        p, CONFIG_STRINGS, NULL, 0, 0, c, help, V1                                                 \
    }
#define MAP(p, help)                                                                               \
    {                                                                                              \
        p, CONFIG_MAP, NULL, 0, 0, NULL, help, V1                                                  \
    }
#define SECRET_MAP(p, help)                                                                        \
    {                                                                                              \
        p, CONFIG_SECRET_MAP, NULL, 0, 0, NULL, help, V1                                           \
    }

#define DAY_MS 86400000.0

static const char *const edit_modes[] = {"emacs", "vi", NULL};
static const char *const llm_providers[] = {
    "none",       "anthropic", "openai",   "google", "mistral",  "groq",   "xai",
    "openrouter", "bedrock",   "azure",    "vertex", "cerebras", "github", "ollama",
    "deepseek",   "vllm",      "lmstudio", "local",  NULL};
static const char *const llm_wires[] = {"anthropic", "openai_chat", "openai_responses", "bedrock",
                                        NULL};
static const char *const key_sources[] = {"env", "keychain", "skip", NULL};
static const char *const copy_ways[] = {"auto", "terminal", "tmux", "file", NULL};
static const char *const reasonings[] = {"fast", "balanced", "deep", NULL};
static const char *const clouds[] = {"aws", "azure", "gcp", "kubernetes", NULL};
static const char *const adapters[] = {"none",   "sourcegraph", "entireio", "runbook_context",
                                       "custom", NULL};
static const char *const slack_modes[] = {"http", "socket", NULL};
static const char *const source_types[] = {
    "filesystem", "confluence", "google_drive", "notion", "github", "api", NULL};
static const char *const store_types[] = {"local", "pinecone", "weaviate", "qdrant", NULL};
static const char *const risks[] = {"low_risk", "high_risk", "low", "medium",
                                    "high",     "critical",  NULL};
static const char *const tool_risks[] = {"read", "low", "medium", "high", "critical", NULL};
static const char *const backends[] = {"local", "s3", NULL};

static const struct config_key config_keys[] = {
    PATHS("state_dir", "Folder of sessions, journals and blobs; without it the project's .runbook, "
                       "else the XDG state folder."),

    /* where to look */
    URLS("prometheus.url", "Prometheus server that is asked for metrics."),
    TEXT("prometheus.auth.username", "User name for HTTP basic authentication."),
    SECRET("prometheus.auth.password", "Password for HTTP basic authentication."),
    SECRET("prometheus.auth.token", "Bearer token; used instead of a user name."),
    PATHS("prometheus.tls.ca_file", "PEM file of the certificate authorities to trust."),
    PATHS("prometheus.tls.cert_file", "PEM file of the client certificate."),
    PATHS("prometheus.tls.key_file", "PEM file of the client certificate's key."),
    TEXT("prometheus.tls.server_name", "Name to verify when it differs from the URL's host."),
    FLAG("prometheus.tls.insecure", "false", "Do not verify the server's certificate."),
    INT("prometheus.timeout_ms", "30000", 100, 600000, "Deadline of one query, retries included."),
    URLS("alertmanager.url", "Alertmanager that is asked for alerts and silences."),
    TEXT("alertmanager.auth.username", "User name for HTTP basic authentication."),
    SECRET("alertmanager.auth.password", "Password for HTTP basic authentication."),
    SECRET("alertmanager.auth.token", "Bearer token; used instead of a user name."),
    PATHS("alertmanager.tls.ca_file", "PEM file of the certificate authorities to trust."),
    PATHS("alertmanager.tls.cert_file", "PEM file of the client certificate."),
    PATHS("alertmanager.tls.key_file", "PEM file of the client certificate's key."),
    TEXT("alertmanager.tls.server_name", "Name to verify when it differs from the URL's host."),
    FLAG("alertmanager.tls.insecure", "false", "Do not verify the server's certificate."),
    INT("alertmanager.timeout_ms", "10000", 100, 600000, "Deadline of one request."),
    LIST("hosts", "Machines to investigate: local, or names that ssh understands."),
    FLAG("hosts_ask_listeners", "true",
         "Ask each listener of a machine for a page or a greeting, to see how it answers."),
    PATHS("ssh.config_file", "OpenSSH client configuration to use instead of the user's own."),
    INT("ssh.requests_per_minute", "240", 1, 100000, "Requests to one machine within a minute."),
    INT("ssh.timeout_ms", "10000", 500, 600000, "Deadline of connecting to a machine."),
    PATHS("topology", "Topology or service-graph file: which service calls which."),

    /* the screen */
    TEXT_D("ui.theme", "auto",
           "Colour theme: a file name in themes without its ending; auto is dark or light."),
    FLAG("ui.mouse", "false", "Take mouse clicks and the wheel."),
    FLAG("ui.ascii", "false", "Draw with ASCII characters only."),
    FLAG("ui.plain", "false", "Lines of text in place of the screen, for screen readers."),
    ENUM("ui.edit_mode", "emacs", edit_modes,
         "Keys of the input line: emacs or vi with its modes."),
    FLAG("ui.bell", "true", "Ring when a root cause is found or an approval waits."),
    FLAG("ui.notify", "true", "Tell the desktop as well, where the terminal can."),
    FLAG("ui.alt_screen", "true", "Use the terminal's second screen; false keeps the scrollback."),
    FLAG("ui.slow", "false", "Draw less often, for a slow line; a slow one is noticed as well."),
    INT("ui.ambiguous_width", "1", 1, 2,
        "Cells of characters that East Asian terminals draw wide."),
    ENUM("ui.copy", "auto", copy_ways, "Where copied text goes."),
    FLAG("ui.show_secrets", "true",
         "Show what placeholders of secrets stand for, on the screen only; /secrets changes it."),

    /* the model */
    ENUM("llm.provider", "none", llm_providers,
         "Language model provider; none investigates without a model."),
    TEXT("llm.model", "Name of the model."),
    TEXT("llm.small_model",
         "Model for small tasks such as summaries: the name of a configured one, or cheapest; "
         "without it the one that answers."),
    SECRET("llm.api_key", "Key of the provider; best written as ${VAR}."),
    URLS("llm.base_url", "Address of the provider's API when it is not the usual one."),
    TEXT("llm.region", "Region of a cloud provider."),
    TEXT("llm.api_key_cmd", "Command whose first line of output is the key; no shell runs it."),
    PATHS("llm.api_key_file", "File that holds the key; only its owner may read it."),
    TEXT("llm.api_key_env", "Environment variable that holds the key."),
    ENUM("llm.api_key_source", NULL, key_sources, "Where the key comes from."),
    ENUM("llm.wire", NULL, llm_wires, "How the model is spoken to when it is not the usual way."),
    TEXT("llm.api_version", "Version of Anthropic's API; 2026-10-21 when not given."),
    INT("llm.max_tokens", "4096", 1, 1000000, "Largest answer of the model, in tokens."),
    NUM("llm.temperature", NULL, 0, 2,
        "Sampling temperature; not sent to models that refuse one, such as Anthropic's."),
    INT("llm.retries", "2", 0, 10, "How often a request that failed is sent again."),
    INT("llm.first_byte_timeout_ms", "120000", 100, 3600000,
        "How long to wait for the first byte of an answer."),
    INT("llm.idle_timeout_ms", "60000", 100, 3600000,
        "How long an answer may stand still before it counts as lost."),
    INT("llm.timeout_ms", "900000", 1000, DAY_MS, "Deadline of one request to a model."),
    ENUM("llm.fallback[].provider", NULL, llm_providers,
         "Provider of a model that is asked when those before it fail; the first one's when not "
         "given."),
    TEXT("llm.fallback[].model", "Name of that model."),
    SECRET("llm.fallback[].api_key", "Its key; best written as ${VAR}."),
    TEXT("llm.fallback[].api_key_cmd", "Command whose first line of output is its key."),
    PATHS("llm.fallback[].api_key_file", "File that holds its key."),
    TEXT("llm.fallback[].api_key_env", "Environment variable that holds its key."),
    ENUM("llm.fallback[].api_key_source", NULL, key_sources, "Where its key comes from."),
    URLS("llm.fallback[].base_url", "Address of its API when it is not the usual one."),
    TEXT("llm.fallback[].region", "Region of its cloud provider."),
    ENUM("llm.fallback[].wire", NULL, llm_wires, "How it is spoken to."),
    TEXT("llm.fallback[].api_version", "Version of Anthropic's API."),
    ENUM("ai.provider", NULL, llm_providers,
         "The same as llm.provider, in another document's shape."),
    TEXT("ai.model", "The same as llm.model."),
    ENUM("ai.reasoning", NULL, reasonings, "How long the model may think."),
    ENUM("ai.credentials.source", NULL, key_sources, "Where the key comes from."),
    TEXT("ai.credentials.env_var", "Environment variable that holds the key."),
    URLS("ai.base_url", "The same as llm.base_url."),
    TEXT("ai.region", "The same as llm.region."),

    /* what a model may cost; -1: no limit */
    NUM("cost.usd_per_incident", "2", -1, 1e6,
        "Dollars that one incident may cost; 0 asks no model, -1 is no limit."),
    NUM("cost.usd_per_day", "20", -1, 1e6, "Dollars that all incidents of a day may cost."),
    INT("cost.tokens_per_incident", "2000000", -1, 1e12, "Tokens that one incident may take."),
    INT("cost.tool_calls_per_incident", "200", -1, 1e6,
        "Queries that a model may make in one incident."),
    INT("cost.minutes_per_incident", "60", -1, 1e6, "Minutes that a model may work on one."),
    INT("cost.calls_per_minute", "30", -1, 1e6, "Calls to a model in a minute, for one user."),
    FLAG("cost.refuse_unknown_price", "false", "Make no call to a model whose price is not known."),
    PATHS("cost.prices", "File with prices of your own; its rows replace the known ones."),
    PATHS("prompts.folder", "Folder with texts for models; a file replaces the one of its name."),
    PATHS("playbooks.folder", "Folder with playbooks of your own; one replaces that of its name."),
    FLAG("redact.email", "false", "Hide e-mail addresses as well, wherever secrets are hidden."),

    /* the investigation */
    INT("agent.max_iterations", "10", 1, 1000, "Rounds of queries in one investigation."),
    INT("agent.max_hypothesis_depth", "4", 1, 10, "How deep the tree of hypotheses may grow."),
    INT("agent.max_hypotheses", "10", 1, 100,
        "How many hypotheses may be open; findings of one kind that are sure, such as full disks, "
        "count as one."),
    INT("agent.max_parallel", "8", 1, 64, "Queries that run at the same time."),
    NUM("agent.threshold", "0.7", 0.01, 1, "Confidence below which a verdict is inconclusive."),
    INT("agent.timeout_ms", "120000", 1000, DAY_MS, "Deadline of one investigation."),
    INT("agent.calls_per_tool", "5", 1, 1000,
        "Calls of one tool in a turn after which a model is warned."),
    INT("agent.builtin_queries", "2000", 1, 1000000,
        "Queries of the built-in investigator in one turn; more are declined."),
    LIST("agent.file_roots", "Folders below which a model may read files; none when empty."),
    INT("agent.context_threshold_tokens", "100000", 1000, 10000000,
        "Size of a model's context; before it is full, older rounds are summarised."),

    /* safety */
    LIST_OF("safety.require_approval", risks, "Risks of actions that need an approval."),
    INT("safety.max_mutations_per_session", "5", 0, 10000, "Changes allowed in one session."),
    INT("safety.cooldown_between_critical_ms", "60000", 0, DAY_MS,
        "Pause between two critical changes."),
    FLAG("safety.read_only", "false", "Change nothing, whatever is approved."),
    TEXT("environment", "What the policy calls this place: prod, staging, dev; nothing: prod."),
    LIST("policy.require_approval_for", "Kinds of action that need an approval."),
    LIST("policy.auto_approve", "Kinds of action that need none."),
    LIST("policy.scopes.prod", "What counts as production."),
    LIST("policy.scopes.staging", "What counts as staging."),
    LIST("policy.scopes.dev", "What counts as development."),

    /* audit */
    INT("audit.keep_days", "2557", 1, 36500, "How long files of approvals are kept."),
    TEXT("audit.syslog", "Socket of a syslog that gets each approval too, such as /dev/log."),
    TEXT("audit.journald",
         "Socket of journald that gets each approval too, such as /run/systemd/journal/socket."),

    /* providers */
    FLAG("providers.aws.enabled", "false", "Look at AWS."),
    LIST("providers.aws.regions", "Regions to look at."),
    TEXT("providers.aws.profile", "Profile of the AWS configuration."),
    FLAG("providers.kubernetes.enabled", "false", "Look at a Kubernetes cluster."),
    TEXT("providers.kubernetes.context", "Context of the kubeconfig."),
    TEXT("providers.kubernetes.namespace", "Namespace to look at; all when empty."),
    PATHS("providers.kubernetes.kubeconfig", "The kubeconfig file."),
    FLAG("providers.github.enabled", "false", "Look at changes in GitHub."),
    SECRET("providers.github.token", "GitHub token."),
    TEXT("providers.github.repository", "Repository as owner/name."),
    URLS("providers.github.base_url", "API address of a GitHub Enterprise server."),
    INT("providers.github.timeout_ms", "10000", 100, 600000, "Deadline of one request."),
    FLAG("providers.gitlab.enabled", "false", "Look at changes in GitLab."),
    SECRET("providers.gitlab.token", "GitLab token."),
    TEXT("providers.gitlab.project", "Project as group/name or its number."),
    URLS("providers.gitlab.base_url", "Address of a GitLab server."),
    INT("providers.gitlab.timeout_ms", "10000", 100, 600000, "Deadline of one request."),
    FLAG("providers.operability_context.enabled", "false", "Use an operability context service."),
    ENUM("providers.operability_context.adapter", "none", adapters, "Kind of that service."),
    URLS("providers.operability_context.base_url", "Address of that service."),
    SECRET("providers.operability_context.api_key", "Key of that service."),
    INT("providers.operability_context.timeout_ms", "5000", 100, 600000,
        "Deadline of one request."),
    SECRET_MAP("providers.operability_context.request_headers", "Headers sent with each request."),
    ENUM("cloud.primary", NULL, clouds, "The cloud that is looked at first."),
    FLAG("cloud.use_real_apis", "true", "Ask the cloud's APIs."),
    TEXT("cloud.aws.role_arn", "Role that is assumed."),
    INT("cloud.aws.session_duration", "3600", 900, 43200, "Seconds that the role is held."),
    INT("cloud.aws.poll_seconds", "300", 0, 86400,
        "How often the screen asks for the services of `runbook accounts scope` by itself; below "
        "30 is 30, 0 is never. Without a scope nothing is asked."),
    INT("cloud.aws.poll_idle_minutes", "30", 1, 1440,
        "So long after the last key the screen asks nothing by itself."),

    /* incidents */
    FLAG("incident.pagerduty.enabled", "false", "Read incidents from PagerDuty."),
    SECRET("incident.pagerduty.api_key", "PagerDuty key."),
    FLAG("incident.opsgenie.enabled", "false", "Read alerts from OpsGenie."),
    SECRET("incident.opsgenie.api_key", "OpsGenie key."),
    FLAG("incident.slack.enabled", "false", "Talk to Slack."),
    SECRET("incident.slack.bot_token", "Bot token (xoxb-...)."),
    SECRET("incident.slack.app_token", "App token for socket mode (xapp-...)."),
    SECRET("incident.slack.signing_secret", "Secret that signs Slack's requests."),
    TEXT("incident.slack.default_channel", "Channel that is written to."),
    FLAG("incident.slack.events.enabled", "false", "Receive events from Slack."),
    ENUM("incident.slack.events.mode", "http", slack_modes, "How events arrive."),
    INT("incident.slack.events.port", "3001", 1, 65535, "Port of the HTTP receiver."),
    LIST("incident.slack.events.alert_channels", "Channels whose messages are alerts."),
    LIST("incident.slack.events.allowed_users", "Users who may give commands."),
    FLAG("incident.slack.events.require_threaded_mentions", "false",
         "Answer only mentions inside a thread."),

    /* knowledge */
    ENUM("knowledge.sources[].type", "filesystem", source_types, "Kind of source."),
    PATHS("knowledge.sources[].path", "Folder or file of a filesystem source."),
    FLAG("knowledge.sources[].watch", "false", "Read again when a file changes."),
    TEXT("knowledge.sources[].sync_schedule", "When to read again, as a cron line."),
    TEXT("knowledge.sources[].repo", "Repository as owner/name."),
    TEXT("knowledge.sources[].branch", "Branch of the repository."),
    TEXT("knowledge.sources[].space_key", "Confluence space."),
    LIST("knowledge.sources[].labels", "Labels a page must have."),
    TEXT("knowledge.sources[].database_id", "Notion database."),
    URLS("knowledge.sources[].endpoint", "Address of an API source."),
    URLS("knowledge.sources[].base_url", "Address of the service."),
    TEXT("knowledge.sources[].auth.email", "Account of the service."),
    SECRET("knowledge.sources[].auth.api_token", "Token of that account."),
    LIST("knowledge.sources[].folder_ids", "Google Drive folders."),
    TEXT("knowledge.sources[].client_id", "OAuth client."),
    SECRET("knowledge.sources[].client_secret", "Secret of the OAuth client."),
    SECRET("knowledge.sources[].refresh_token", "OAuth refresh token."),
    LIST("knowledge.sources[].mime_types", "Kinds of document to read."),
    FLAG("knowledge.sources[].include_subfolders", "true", "Read folders below as well."),
    TEXT("knowledge.sources[].last_sync_time", "When it was last read."),
    ENUM("knowledge.store.type", "local", store_types, "Where the index is kept."),
    PATHS("knowledge.store.path", "File of a local index."),
    TEXT("knowledge.store.embedding_model", "Model that makes embeddings."),
    INT("knowledge.retrieval.top_k", "10", 1, 1000, "Passages that a search returns."),
    FLAG("knowledge.retrieval.rerank", "true", "Order the passages a second time."),

    /* servers of the Model Context Protocol; also as a mapping of names */
    TEXT("mcp.servers[].name", "Name of the server; as a mapping, the key."),
    FLAG("mcp.servers[].enabled", "true", "Connect to it."),
    TEXT("mcp.servers[].command", "Program that speaks MCP over its standard input and output."),
    LIST("mcp.servers[].args", "Arguments of that program."),
    LIST("mcp.servers[].roots", "Folders that the server is told it may work in."),
    SECRET_MAP("mcp.servers[].env", "Environment variables for that program; of runbook's own it "
                                    "gets PATH, HOME, the locale and "
                                    "the proxies only."),
    URLS("mcp.servers[].url", "Address of a streamable HTTP endpoint, in place of a program."),
    SECRET("mcp.servers[].token", "Bearer token for that address."),
    SECRET_MAP("mcp.servers[].headers", "More headers for that address."),
    INT("mcp.servers[].start_timeout_ms", "30000", 100, 600000, "Deadline of getting ready."),
    INT("mcp.servers[].timeout_ms", "60000", 100, 3600000,
        "Deadline of a request; a sign of progress begins it anew."),
    TEXT("mcp.servers[].tools[].name", "Name of a tool; as a mapping, the key."),
    ENUM("mcp.servers[].tools[].risk", "high", tool_risks,
         "How risky you judge that tool; high until you say so."),

    /* integrations */
    ENUM("integrations.claude.session_storage.backend", "local", backends,
         "Where session records are kept."),
    FLAG("integrations.claude.session_storage.mirror_local", "true", "Keep a local copy as well."),
    PATHS("integrations.claude.session_storage.local_base_dir", "Folder of the local copy."),
    TEXT("integrations.claude.session_storage.s3.bucket", "S3 bucket."),
    TEXT("integrations.claude.session_storage.s3.prefix", "Prefix of object names."),
    TEXT("integrations.claude.session_storage.s3.region", "Region of the bucket."),
    URLS("integrations.claude.session_storage.s3.endpoint", "Address of an S3-like service."),
    FLAG("integrations.claude.session_storage.s3.force_path_style", "false",
         "Put the bucket into the path instead of the host name."),
    {NULL},
};

const struct config_schema config_schema = {"config.yaml", config_keys, "RUNBOOK_"};

static const char *const compute_ids[] = {"ec2",       "ecs",     "eks",   "lambda", "lightsail",
                                          "apprunner", "amplify", "batch", "ecr",    NULL};
static const char *const database_ids[] = {"rds",     "dynamodb", "elasticache", "docdb",
                                           "neptune", "redshift", "memorydb",    NULL};
static const char *const storage_ids[] = {"s3", "efs", "fsx", "backup", NULL};
static const char *const network_ids[] = {"vpc",        "elb",     "cloudfront", "route53",
                                          "apigateway", "apigwv2", NULL};

static const struct config_key services_keys[] = {
    INT("version", "1", 1, 1, "Version of this file's shape."),
    TEXT("aws.accounts[].name", "Name of the account."),
    TEXT("aws.accounts[].account_id", "The 12 digits, in quotes."),
    TEXT("aws.accounts[].profile", "Profile of the AWS configuration."),
    TEXT("aws.accounts[].role_arn", "Role that is assumed."),
    SECRET("aws.accounts[].external_id", "External id for assuming the role."),
    TEXT("aws.accounts[].mfa_serial", "Device whose 6 digits are asked for."),
    LIST("aws.accounts[].regions", "Regions to look at."),
    FLAG("aws.accounts[].is_default", "false", "Used when no account is named."),
    TEXT("aws.default_region", "Region when none is named."),
    LIST("aws.services", "Services that are watched; all when empty."),
    ENUM("compute[].type", NULL, compute_ids, "AWS service."),
    FLAG("compute[].enabled", "true", "Look at it."),
    LIST("compute[].clusters", "Clusters to look at; all when empty."),
    LIST("compute[].services", "Services to look at; all when empty."),
    LIST("compute[].functions", "Functions to look at; all when empty."),
    MAP("compute[].tags", "Tags a resource must have."),
    ENUM("databases[].type", NULL, database_ids, "AWS service."),
    FLAG("databases[].enabled", "true", "Look at it."),
    LIST("databases[].instances", "Instances to look at; all when empty."),
    LIST("databases[].clusters", "Clusters to look at; all when empty."),
    LIST("databases[].tables", "Tables to look at; all when empty."),
    MAP("databases[].tags", "Tags a resource must have."),
    ENUM("storage[].type", NULL, storage_ids, "AWS service."),
    FLAG("storage[].enabled", "true", "Look at it."),
    LIST("storage[].buckets", "Buckets to look at; all when empty."),
    MAP("storage[].tags", "Tags a resource must have."),
    ENUM("networking[].type", NULL, network_ids, "AWS service."),
    FLAG("networking[].enabled", "true", "Look at it."),
    MAP("networking[].tags", "Tags a resource must have."),
    FLAG("observability.cloudwatch.enabled", "true", "Ask CloudWatch."),
    LIST("observability.cloudwatch.log_groups", "Log groups to search."),
    LIST("observability.cloudwatch.alarm_prefixes", "Alarms whose names begin so."),
    FLAG("observability.xray.enabled", "false", "Ask X-Ray."),
    FLAG("observability.datadog.enabled", "false", "Ask Datadog."),
    SECRET("observability.datadog.api_key", "Datadog API key."),
    SECRET("observability.datadog.app_key", "Datadog application key."),
    TEXT_D("observability.datadog.site", "datadoghq.com", "Datadog site."),
    FLAG("incidents.pagerduty.enabled", "false", "Read incidents from PagerDuty."),
    SECRET("incidents.pagerduty.api_key", "PagerDuty key."),
    TEXT("incidents.pagerduty.default_email", "Whom changes are made as."),
    FLAG("incidents.opsgenie.enabled", "false", "Read alerts from OpsGenie."),
    SECRET("incidents.opsgenie.api_key", "OpsGenie key."),
    TEXT("custom[].name", "Name of a service of your own."),
    TEXT("custom[].type", "Kind of that service."),
    URLS("custom[].endpoint", "Its address."),
    TEXT("custom[].health_check", "Path or address that tells whether it is healthy."),
    MAP("custom[].tags", "Tags of that service."),
    {NULL},
};

const struct config_schema services_schema = {"services.yaml", services_keys, NULL};
