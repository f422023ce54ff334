/* session_end.c - what a session comes to: its exit code, and what is printed of a mutation or a
 * run that a command waits for. */
#include "src/app/session_priv.h"

#include <string.h>

#include "runbook/engine/mutate.h"

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

void session_report_run(struct session *s)
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
void session_report_watched(struct session *s)
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
