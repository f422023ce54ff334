/* init_templates.c - what "runbook init" can write. */
#include "src/app/init.h"

#include <string.h>

#define HEAD                                                                                       \
    "# Configuration of runbook. 'runbook config list --all' shows every key,\n"                   \
    "# 'runbook config validate' checks this file, 'runbook doctor' what it reaches.\n"

#define SAFETY                                                                                     \
    "\n# What may be changed, and who is asked first.\n"                                           \
    "safety:\n"                                                                                    \
    "  require_approval: [low, medium, high, critical]\n"                                          \
    "  max_mutations_per_session: 5\n"                                                             \
    "  cooldown_between_critical_ms: 60000\n"

#define KNOWLEDGE                                                                                  \
    "\n# Your runbooks and post-mortems.\n"                                                        \
    "knowledge:\n"                                                                                 \
    "  sources:\n"                                                                                 \
    "    - type: filesystem\n"                                                                     \
    "      path: .runbook/runbooks\n"                                                              \
    "      watch: true\n"

#define AWS                                                                                        \
    "\nproviders:\n"                                                                               \
    "  aws:\n"                                                                                     \
    "    enabled: true\n"

static const char note_aws[] = "'runbook accounts' says which keys of AWS are used, 'runbook "
                               "accounts add' adds an account.";

#define ASK_HOSTS(fallback)                                                                        \
    {                                                                                              \
        "hosts", "Machines to look at: local, or names that ssh knows, separated by commas",       \
            fallback, NULL                                                                         \
    }
#define ASK_PROMETHEUS(fallback)                                                                   \
    {                                                                                              \
        "prometheus.url", "Address of the Prometheus server", fallback, NULL                       \
    }
#define ASK_ALERTMANAGER                                                                           \
    {                                                                                              \
        "alertmanager.url", "Address of the Alertmanager (empty: none)", "", NULL                  \
    }
#define ASK_REGIONS                                                                                \
    {                                                                                              \
        "providers.aws.regions", "AWS regions, separated by commas", "us-east-1", "AWS_REGION"     \
    }
#define ASK_PROFILE                                                                                \
    {                                                                                              \
        "providers.aws.profile", "AWS profile", "default", "AWS_PROFILE"                           \
    }

static const struct init_question ask_host[] = {ASK_HOSTS("local"), {NULL}};
static const struct init_question ask_prometheus[] = {
    ASK_PROMETHEUS("http://localhost:9090"), ASK_ALERTMANAGER, ASK_HOSTS(""), {NULL}};
static const struct init_question ask_aws[] = {
    ASK_REGIONS, ASK_PROFILE, ASK_PROMETHEUS(""), ASK_HOSTS(""), {NULL}};
static const struct init_question ask_enterprise[] = {
    ASK_REGIONS,
    ASK_PROFILE,
    ASK_PROMETHEUS(""),
    ASK_ALERTMANAGER,
    ASK_HOSTS(""),
    {"incident.slack.default_channel", "Slack channel for incidents (empty: none)", "", NULL},
    {NULL},
};

static const struct init_template templates[] = {
    {"host", "This machine, and others over ssh.", HEAD, NULL, NULL, ask_host},
    {"prometheus", "Services whose metrics a Prometheus server has.", HEAD, NULL, NULL,
     ask_prometheus},
    {"ecs-rds", "Containers on AWS ECS with databases on RDS.", HEAD AWS KNOWLEDGE SAFETY,
     "version: 1\n"
     "compute:\n"
     "  - type: ecs\n"
     "    enabled: true\n"
     "databases:\n"
     "  - type: rds\n"
     "    enabled: true\n"
     "networking:\n"
     "  - type: elb\n"
     "    enabled: true\n"
     "observability:\n"
     "  cloudwatch:\n"
     "    enabled: true\n",
     note_aws, ask_aws},
    {"serverless", "Functions on AWS Lambda with DynamoDB and an API gateway.",
     HEAD AWS KNOWLEDGE SAFETY,
     "version: 1\n"
     "compute:\n"
     "  - type: lambda\n"
     "    enabled: true\n"
     "databases:\n"
     "  - type: dynamodb\n"
     "    enabled: true\n"
     "networking:\n"
     "  - type: apigateway\n"
     "    enabled: true\n"
     "observability:\n"
     "  cloudwatch:\n"
     "    enabled: true\n"
     "  xray:\n"
     "    enabled: true\n",
     note_aws, ask_aws},
    {"enterprise", "Several accounts, Kubernetes, PagerDuty and Slack, with strict approvals.",
     HEAD AWS "  kubernetes:\n"
              "    enabled: false\n"
              "\n# Keys come from the environment, never from this file.\n"
              "incident:\n"
              "  pagerduty:\n"
              "    enabled: false\n"
              "    api_key: ${PAGERDUTY_API_KEY}\n"
              "  slack:\n"
              "    enabled: false\n"
              "    bot_token: ${SLACK_BOT_TOKEN}\n" KNOWLEDGE SAFETY,
     "version: 1\n"
     "compute:\n"
     "  - type: ecs\n"
     "    enabled: true\n"
     "  - type: eks\n"
     "    enabled: true\n"
     "  - type: lambda\n"
     "    enabled: true\n"
     "databases:\n"
     "  - type: rds\n"
     "    enabled: true\n"
     "  - type: dynamodb\n"
     "    enabled: true\n"
     "  - type: elasticache\n"
     "    enabled: true\n"
     "networking:\n"
     "  - type: elb\n"
     "    enabled: true\n"
     "observability:\n"
     "  cloudwatch:\n"
     "    enabled: true\n"
     "incidents:\n"
     "  pagerduty:\n"
     "    enabled: false\n"
     "    api_key: ${PAGERDUTY_API_KEY}\n",
     note_aws, ask_enterprise},
    {NULL},
};

const struct init_template *init_template_table(void)
{
    return templates;
}

const struct init_template *init_template_find(const char *name)
{
    for (const struct init_template *t = templates; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}
