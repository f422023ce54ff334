/* mutate_report.c - how a mutation ended, for people and for programs (C-26). */
#include "mutate_priv.h"

#include "runbook/base/text.h"
#include "runbook/codec/json.h"

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (*text)
        json_put_cstr(w, key, text);
}

static void put_calls(struct json_writer *w, const struct mutation *mu)
{
    json_key(w, "calls");
    json_array_begin(w);
    VEC_EACH (c, &mu->calls)
        json_cstring(w, *c);
    json_array_end(w);
}

void mutation_json(const struct model *m, const struct mutation *mu, struct buf *out)
{
    const struct approval *a = model_approval(m, mu->id);
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.mutation/1");
    json_put_cstr(&w, "id", mu->id);
    json_put_cstr(&w, "session", m->id);
    json_put_cstr(&w, "status", mutation_state_name(mu->state));
    json_put_cstr(&w, "operation", mu->operation);
    json_put_cstr(&w, "target", mu->target);
    json_key(&w, "args");
    json_raw(&w, str_from(mu->args));
    put_text(&w, "resource", mu->resource);
    put_text(&w, "why", mu->why);
    put_text(&w, "hypothesis", mu->hypothesis);
    put_text(&w, "proposed_by", mu->by);
    if (*mu->decision) {
        json_put_cstr(&w, "risk", approval_risk_name(mu->risk));
        json_put_cstr(&w, "decision", mu->decision);
        put_text(&w, "rule", mu->decided_by);
    }
    put_text(&w, "effect", mu->effect);
    put_text(&w, "before", mu->before);
    put_text(&w, "after", mu->after);
    json_put_bool(&w, "reversible", *mu->rollback_operation != '\0');
    put_text(&w, "rollback", mu->rollback);
    put_text(&w, "blast", mu->blast);
    put_text(&w, "cost", mu->cost);
    put_text(&w, "watch", mu->watch);
    put_calls(&w, mu);
    if (a) {
        json_key(&w, "approval");
        json_object_begin(&w);
        json_put_cstr(&w, "state", approval_state_name(a->state));
        json_put_cstr(&w, "fingerprint", a->fingerprint);
        json_put_int(&w, "expires_ms", a->expires_ms);
        put_text(&w, "by", a->decided_by);
        json_put_int(&w, "persons", a->persons);
        json_key(&w, "confirmed");
        json_array_begin(&w);
        VEC_EACH (who, &a->confirmed)
            json_cstring(&w, *who);
        json_array_end(&w);
        json_object_end(&w);
    }
    json_put_bool(&w, "started", mu->started);
    json_put_bool(&w, "verified", mu->verified && mu->holds);
    put_text(&w, "text", mu->text);
    put_text(&w, "rolled_back", mu->back_text);
    if (mu->ended_ms)
        json_put_int(&w, "duration_ms", mu->duration_ms);
    json_object_end(&w);
}

static void line(struct buf *out, const char *label, const char *text)
{
    if (!*text)
        return;
    buf_addf(out, "  %-9s ", label);
    text_sanitize(out, str_from(text), false, false);
    buf_addc(out, '\n');
}

void mutation_text(const struct model *m, const struct mutation *mu, struct buf *out)
{
    const struct approval *a = model_approval(m, mu->id);

    buf_addf(out, "%s  %s  ", mu->id, mutation_state_name(mu->state));
    text_sanitize(out, str_from(mu->operation), false, false);
    buf_addc(out, ' ');
    text_sanitize(out, str_from(mu->resource), false, false);
    buf_addc(out, '\n');
    line(out, "effect", mu->effect);
    line(out, "before", mu->before);
    line(out, "after", mu->after);
    if (mu->planned)
        line(out, "rollback", *mu->rollback ? mu->rollback : "none: this cannot be undone");
    line(out, "blast", mu->blast);
    line(out, "cost", mu->cost);
    line(out, "watch", mu->watch);
    VEC_EACH (c, &mu->calls)
        line(out, c == mu->calls.items ? "runs" : "", *c);
    if (*mu->decision) {
        buf_addf(out, "  %-9s %s risk, policy: %s", "policy", approval_risk_name(mu->risk),
                 mu->decision);
        if (*mu->decided_by) {
            buf_adds(out, " (");
            text_sanitize(out, str_from(mu->decided_by), false, false);
            buf_addc(out, ')');
        }
        buf_addc(out, '\n');
    }
    if (a && a->state == APPROVAL_WAITING)
        buf_addf(out, "It waits for an answer: runbook approve %s, runbook reject %s\n", mu->id,
                 mu->id);
    if (a && a->state == APPROVAL_WAITING && a->persons > 1)
        buf_addf(out,
                 "%d persons have to say yes: who asked, and somebody else at another terminal "
                 "(runbook approve %s) or with a token (runbook token --help)\n",
                 a->persons, mu->id);
    line(out, "result", mu->text);
    line(out, "rolled back", mu->back_text);
    if (mu->state == MUTATION_VERIFIED && *mu->rollback_operation && !*mu->undone_by)
        buf_addf(out, "runbook undo %s takes it back\n", mu->id);
}
