/* procedure_report.c - the record of a run: for programs (the keys of C-26), and for people. */
#include <string.h>

#include "procedure_priv.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (*text)
        json_put_cstr(w, key, text);
}

static void put_time(struct json_writer *w, const char *key, int64_t unix_ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(unix_ms, text);
    json_put_cstr(w, key, unix_ms ? text : NULL);
}

static void put_raw(struct json_writer *w, const char *key, const char *json)
{
    if (!*json)
        return;
    json_key(w, key);
    json_raw(w, str_from(json));
}

/* The answer itself when it is small, else where it is kept. */
static void put_output(struct json_writer *w, const struct model *m, const struct step_run *s)
{
    const struct tool_run *t = *s->call ? model_tool(m, s->call) : NULL;

    put_raw(w, "output", s->result);
    if (*s->result || !t)
        return;
    json_key(w, "output");
    json_object_begin(w);
    json_put_cstr(w, "call", t->call);
    json_put_cstr(w, "tool", t->tool);
    json_put_cstr(w, "status", tool_status_name(t->status));
    json_put_cstr(w, "summary", t->summary);
    json_put_int(w, "rows", t->rows);
    put_text(w, "blob", t->blob);
    json_put_int(w, "size_bytes", t->size_bytes);
    json_object_end(w);
}

static void put_step(struct json_writer *w, const struct model *m, const struct step_run *s)
{
    bool bad = s->state == STEP_FAILED || s->state == STEP_REFUSED;

    json_object_begin(w);
    json_put_cstr(w, "step_id", s->id);
    json_put_cstr(w, "name", s->name);
    json_put_cstr(w, "kind", step_kind_name(s->kind));
    put_text(w, "action", s->action);
    put_text(w, *s->parent && s->is_rollback ? "rollback_of" : "group", s->parent);
    json_put_cstr(w, "status", step_state_name(s->state));
    put_time(w, "started_at", s->started_ms);
    put_time(w, "completed_at", s->ended_ms);
    json_put_int(w, "attempts", s->attempt);
    json_put_int(w, "visits", s->visits);
    put_raw(w, "params", s->args);
    put_text(w, "text", s->text);
    json_put_cstr(w, "error", bad ? s->text : NULL);
    put_text(w, "mutation", s->mutation);
    put_text(w, "question", s->state == STEP_WAITING ? s->question : "");
    put_text(w, "answer", s->answer);
    put_text(w, "answered_by", s->answered_by);
    put_output(w, m, s);
    json_object_end(w);
}

void procedure_run_json(const struct model *m, const struct procedure_run *r, struct buf *out)
{
    const struct approval *a = model_procedure_approval(m, r);
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.procedure/1");
    json_put_cstr(&w, "execution_id", r->run);
    json_put_cstr(&w, "plan_id", r->id);
    json_put_cstr(&w, "session", m->id);
    json_put_cstr(&w, "kind", r->kind);
    json_put_cstr(&w, "name", r->name);
    put_text(&w, "version", r->version);
    put_text(&w, "source", r->source);
    put_text(&w, "sha256", r->sha256);
    json_put_cstr(&w, "status",
                  a && !procedure_is_over(r) ? "waiting" : procedure_state_name(r->state));
    put_text(&w, "text", r->text);
    json_put_bool(&w, "dry_run", r->dry_run);
    put_text(&w, "by", r->by);
    put_text(&w, "why", r->why);
    put_text(&w, "failed_step", r->failed);
    put_text(&w, "approval", a ? a->id : "");
    put_time(&w, "started_at", r->started_ms);
    put_time(&w, "completed_at", r->ended_ms);
    put_raw(&w, "params", r->params);
    json_key(&w, "steps");
    json_array_begin(&w);
    VEC_EACH (s, &r->steps)
        put_step(&w, m, s);
    json_array_end(&w);
    json_object_end(&w);
}

static void add(struct buf *out, const char *text)
{
    text_sanitize(out, str_from(text), false, false);
}

/* What a dry run would have done, as a person would type it. */
static void dry_text(const struct model *m, const struct step_run *s, struct buf *out)
{
    const struct mutation *mu = *s->mutation ? model_mutation(m, s->mutation) : NULL;

    if (!mu || mu->state != MUTATION_DRY_RUN)
        return;
    VEC_EACH (c, &mu->calls) {
        buf_adds(out, "              would run  ");
        add(out, *c);
        buf_addc(out, '\n');
    }
}

static void step_text(const struct step_run *s, struct buf *out)
{
    char took[TIME_TEXT_MAX] = "";

    if (s->ended_ms && s->started_ms)
        duration_format(s->ended_ms - s->started_ms, took);
    buf_addf(out, "%s%-11s ", *s->parent ? "    " : "  ",
             s->state == STEP_ROLLED_BACK ? "rolled back" : step_state_name(s->state));
    add(out, s->id);
    if (strcmp(s->id, s->name) != 0) {
        buf_adds(out, "  ");
        add(out, s->name);
    }
    if (s->attempt > 1)
        buf_addf(out, "  (%lld tries)", (long long)s->attempt);
    if (*took && s->ended_ms - s->started_ms >= 100)
        buf_addf(out, "  %s", took);
    if (*s->text) {
        buf_adds(out, ": ");
        add(out, s->text);
    }
    if (*s->mutation)
        buf_addf(out, " [%s]", s->mutation);
    buf_addc(out, '\n');
}

static void waits_text(const struct model *m, const struct procedure_run *r, struct buf *out)
{
    const struct approval *a = model_procedure_approval(m, r);

    if (procedure_is_over(r))
        return;
    VEC_EACH (s, &r->steps) {
        if (s->state != STEP_WAITING)
            continue;
        buf_adds(out, "It asks: ");
        add(out, s->question);
        VEC_EACH (o, &s->options) {
            buf_adds(out, o == s->options.items ? "  (" : " / ");
            add(out, *o);
        }
        buf_addf(out, "%s\n", s->options.count ? ")" : "");
        buf_addf(out, "Answer it with: runbook skill resume %s, at a terminal, or with --answer\n",
                 r->run);
        return;
    }
    if (a)
        buf_addf(out, "It waits for an answer: runbook approve %s, runbook reject %s; then:\n",
                 a->id, a->id);
    buf_addf(out, "runbook skill resume %s goes on with it.\n", r->run);
}

void procedure_run_text(const struct model *m, const struct procedure_run *r, struct buf *out)
{
    buf_addf(out, "%s  %s  ", r->run,
             r->state == PROCEDURE_ROLLED_BACK ? "rolled back"
             : model_procedure_approval(m, r) && !procedure_is_over(r)
                 ? "waiting"
                 : procedure_state_name(r->state));
    buf_addf(out, "%s ", r->kind);
    add(out, r->id);
    if (*r->version) {
        buf_addc(out, ' ');
        add(out, r->version);
    }
    buf_addf(out, "%s\n", r->dry_run ? "  (dry run: nothing is changed)" : "");
    VEC_EACH (s, &r->steps) {
        if (*s->parent && s->state == STEP_PENDING)
            continue;
        step_text(s, out);
        dry_text(m, s, out);
    }
    if (*r->text) {
        buf_adds(out, "  ");
        add(out, r->text);
        buf_addc(out, '\n');
    }
    waits_text(m, r, out);
}
