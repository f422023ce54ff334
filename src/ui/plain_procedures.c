/* plain_procedures.c - runs of skills and plans in plain mode: read one, begin, answer, stop. */
#include "src/ui/plain_priv.h"

#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

static void step_line(struct plain *p, const struct step_run *s)
{
    char took[TIME_TEXT_MAX] = "";
    enum tone tone = s->state == STEP_FAILED                                ? TONE_BAD
                     : s->state == STEP_WAITING || s->state == STEP_REFUSED ? TONE_WARN
                     : s->state == STEP_DONE                                ? TONE_GOOD
                                                                            : TONE_PLAIN;

    if (s->ended_ms && s->started_ms)
        duration_format(s->ended_ms - s->started_ms, took);
    plain_linef(p, *s->parent ? 4 : 2, tone, "%s %s%s%s%s%s%s%s", s->id,
                s->state == STEP_ROLLED_BACK ? "rolled back" : step_state_name(s->state),
                *took ? " in " : "", took, *s->text ? ": " : "", s->text,
                *s->mutation ? ", change "
                : *s->call   ? ", query "
                             : "",
                *s->mutation ? s->mutation : s->call);
}

void plain_open_procedure(struct plain *p, const struct procedure_run *r)
{
    plain_linef(p, 0, TONE_BOLD, "%s: %s %s %s%s", r->run, r->kind, r->name,
                r->state == PROCEDURE_ROLLED_BACK ? "rolled back" : procedure_state_name(r->state),
                r->dry_run ? ", a dry run" : "");
    plain_field(p, "because", r->text);
    plain_field(p, "by", r->by);
    plain_field(p, "why", r->why);
    VEC_EACH (s, &r->steps) {
        if (!s->is_rollback || s->state != STEP_PENDING)
            step_line(p, s);
    }
    VEC_EACH (s, &r->steps) {
        if (s->state != STEP_WAITING || procedure_is_over(r))
            continue;
        plain_field(p, "it asks", s->question);
        VEC_EACH (o, &s->options)
            plain_field(p, o == s->options.items ? "answers" : "", *o);
        plain_linef(p, 0, TONE_WARN, "skill answer and one of these words answers it.");
    }
    if (r->state == PROCEDURE_STOPPED)
        plain_linef(p, 0, TONE_WARN, "skill resume goes on with it.");
}

static const struct step_run *waiting(const struct model *m)
{
    const struct procedure_run *r = model_procedure_open(m);

    for (size_t i = 0; r && i < r->steps.count; i++) {
        if (r->steps.items[i].state == STEP_WAITING)
            return &r->steps.items[i];
    }
    return NULL;
}

static void submit(struct plain *p, enum intent_type type, const char *text, const char *step)
{
    struct intent in = {.type = type, .text = text, .target = step};

    p->opts.intents.submit(p->opts.intents.ctx, &in);
}

static void answer(struct plain *p, const char *typed)
{
    const struct step_run *s = waiting(p->model);

    if (!s) {
        plain_errorf(p, "No step asks anything.");
        return;
    }
    VEC_EACH (o, &s->options) {
        if (strcasecmp(*o, typed) == 0) {
            submit(p, INTENT_PROCEDURE_ANSWER, *o, s->id);
            return;
        }
    }
    plain_errorf(p, "That is none of its answers: procedures lists the run, open it.");
}

void plain_skill(struct plain *p, struct str args)
{
    struct str rest = args, verb;
    char *text;

    if (!p->opts.intents.submit) {
        plain_errorf(p, "This is a recording: it runs nothing.");
        return;
    }
    if (!str_split(&rest, ' ', &verb))
        verb = rest = (struct str){"", 0};
    rest = str_trim(rest);
    text = xasprintf("%.*s", STR_FMT(rest));
    if (str_eq_c(verb, "run") && *text)
        submit(p, INTENT_PROCEDURE_RUN, text, NULL);
    else if (str_eq_c(verb, "resume"))
        submit(p, INTENT_PROCEDURE_RESUME, text, NULL);
    else if (str_eq_c(verb, "answer"))
        answer(p, text);
    else if (str_eq_c(verb, "cancel"))
        submit(p, INTENT_CANCEL, "", NULL);
    else
        plain_errorf(p, "skill run ID NAME=VALUE ..., resume, answer WORD or cancel.");
    free(text);
}
