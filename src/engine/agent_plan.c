/* agent_plan.c - a model turns words into an intent, and that is all it does to a plan. The intent
 * is checked field by field and what is wrong is told with a pointer to the field; the playbook,
 * the steps, their risk and their way back come from code. The plan is shown to the person and not
 * started: /plan run ID is theirs, and each step that changes something asks. */
#include "agent_priv.h"

#include "runbook/engine/plan.h"

#define INTENT_TEXT_MAX ((size_t)16 << 10)

static const struct tool_param params[] = {
    {"intent", PARAM_STRING, true,
     .help =
         "A JSON object: {\"intent_type\": investigate, remediate, describe or list; \"target\": "
         "{\"resource_type\": host, service, unit, process, filesystem, file, cgroup, network, "
         "certificate, alert, silence, repository, database, kubernetes_cluster, ec2_instance, "
         "security_group, cost or deployment; \"scope\": prod, staging, dev or \"\"; \"filters\": "
         "{\"host\", \"name\", \"pid\", \"unit\", \"path\", \"class\", \"action\" ... as texts}}; "
         "\"goal\": identify_root_cause, optimize, audit, understand or restore; \"constraints\": "
         "{\"read_only\": true or false}; \"confidence\": 0 to 1, how sure you are that this is "
         "what the person wants}."},
    {NULL},
};

static void run(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    struct str json = value_str_or(args, "intent", "");
    const char *id = NULL, *text;
    struct err err = ERR_INIT;

    if (json.len > INTENT_TEXT_MAX)
        err_set(&err, ERR_LIMIT, "the intent is longer than %zu bytes", INTENT_TEXT_MAX);
    else
        engine_plan_suggest(a->inv->engine, json, a->actor, &id, &err);
    c->rejected = err.code == ERR_INPUT;
    text = err.code
               ? arena_printf(agent_arena(a), "No plan: %s", err.msg)
               : arena_printf(agent_arena(a),
                              "%s is shown to the person, who can start it. Nothing was run.", id);
    agent_call_answer(c, err.code != ERR_OK, str_from(text));
}

const struct agent_tool agent_tool_plan = {
    {.name = "propose_plan",
     .help = "Propose a plan: say what is wanted as an intent; rules choose the playbook, and the "
             "person starts it.",
     .params = params,
     .risk = RISK_READ},
    run,
    false,
};
