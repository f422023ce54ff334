/* tui_procedures.c - runs of skills and plans on the screen: their page comes up when one begins,
 * questions of steps are answered in the input area, /skill begins, goes on and stops. */
#include "src/ui/tui_priv.h"

#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"

static bool live(const struct tui *t)
{
    return t->opts.intents.submit && !t->opts.replay;
}

static void submit(struct tui *t, enum intent_type type, const char *text, const char *step)
{
    struct intent in = {.type = type, .text = text, .target = step};

    if (live(t))
        t->opts.intents.submit(t->opts.intents.ctx, &in);
    else
        tui_say(t, true, "This is a recording: it runs nothing");
}

/* A run that begins, or goes on, is what the person wants to see. */
void tui_procedure_event(struct tui *t, const struct event *ev)
{
    bool begins = ev->type == EV_PROCEDURE_STARTED || ev->type == EV_PROCEDURE_RESUMED;

    if (begins && live(t) && !t->screen.depth) {
        t->screen.input_focus = false;
        screen_open_procedures(&t->screen, "");
    }
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

/* Whole, or a beginning that only one answer has. */
static const char *option_of(const struct step_run *s, const char *typed)
{
    const char *found = NULL;

    VEC_EACH (o, &s->options) {
        if (strcasecmp(*o, typed) == 0)
            return *o;
        if (*typed && strncasecmp(*o, typed, strlen(typed)) == 0)
            found = found ? "" : *o;
    }
    return found && *found ? found : NULL;
}

static void answer(struct tui *t, const char *typed)
{
    const struct step_run *s = waiting(t->model);
    const char *label = s && typed ? option_of(s, typed) : NULL;

    if (!s)
        tui_say(t, true, "No step asks anything");
    else if (!label)
        tui_say(t, true, "That is none of its answers: %s", typed ? typed : "");
    else
        submit(t, INTENT_PROCEDURE_ANSWER, label, s->id);
}

static void on_answer(void *ctx, const char *typed)
{
    struct tui *t = ctx;

    if (typed)
        answer(t, typed);
}

static void ask(struct tui *t, const struct step_run *s)
{
    struct buf label = BUF_INIT(400);

    buf_addf(&label, "%.200s (", s->question);
    VEC_EACH (o, &s->options)
        buf_addf(&label, "%s%.40s", o == s->options.items ? "" : " / ", *o);
    buf_adds(&label, ")");
    tui_prompt(t, buf_cstr(&label), "", on_answer, t);
    buf_release(&label);
}

bool tui_procedure_ask_selected(struct tui *t)
{
    const struct step_run *s = screen_procedure_step(&t->screen, t->model);

    if (!s || s->state != STEP_WAITING || !live(t))
        return false;
    ask(t, s);
    return true;
}

/* "run ID NAME=VALUE ...", "resume [RUN]", "answer WORD", "cancel". */
void tui_skill(struct tui *t, struct str args)
{
    struct str rest = args, verb;
    char *text;

    if (!str_split(&rest, ' ', &verb))
        verb = rest = (struct str){"", 0};
    rest = str_trim(rest);
    text = xasprintf("%.*s", STR_FMT(rest));
    if (str_eq_c(verb, "run") && *text)
        submit(t, INTENT_PROCEDURE_RUN, text, NULL);
    else if (str_eq_c(verb, "resume"))
        submit(t, INTENT_PROCEDURE_RESUME, text, NULL);
    else if (str_eq_c(verb, "answer") && *text)
        answer(t, text);
    else if (str_eq_c(verb, "answer") && waiting(t->model))
        ask(t, waiting(t->model));
    else if (str_eq_c(verb, "cancel"))
        submit(t, INTENT_CANCEL, "", NULL);
    else
        tui_say(t, true, "/skill run ID [NAME=VALUE ...], resume [RUN], answer WORD or cancel");
    free(text);
}
