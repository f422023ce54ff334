/* tui_slash.c - Enter in the input: a question with what was pasted, or a command of slash.h. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/ui/slash.h"

/* ---- questions ---- */

static bool busy(struct tui *t)
{
    if (!t->model->turn_running || *t->model->asked)
        return false;
    tui_say(t, false, "An investigation is running: Ctrl-C stops it, then ask again");
    return true;
}

static void ask(struct tui *t, enum intent_type how, const char *text)
{
    struct intent in = {how, text};

    screen_go(&t->screen, ROOT_WAR_ROOM);
    screen_focus(&t->screen, PANE_INVESTIGATION);
    t->screen.depth = 0;
    screen_end(&t->screen, t->model);
    t->screen.transcript.selected = SIZE_MAX;
    t->opts.intents.submit(t->opts.intents.ctx, &in);
}

static void begin_anew(struct tui *t, const char *typed)
{
    tui_keep_history(t, typed);
    lineedit_reset(&t->input);
    vi_restart(&t->comp.vi, &t->input);
    tui_complete_close(t);
}

static void ask_typed(struct tui *t)
{
    char *text, *typed;

    if (busy(t))
        return;
    text = tui_whole_question(t);
    typed = xstrdup(buf_cstr(&t->input.text));
    begin_anew(t, typed);
    tui_clear_pasted(t);
    ask(t, INTENT_ASK, text);
    free(text);
    free(typed);
}

static void run_line(struct tui *t)
{
    char *line = xstrdup(buf_cstr(&t->input.text));
    struct slash_call call;
    struct err err = ERR_INIT;

    if (slash_parse(str_trim(str_from(line)), &call, &err)) {
        tui_say(t, true, "%s", err.msg); /* the line stays, to be mended */
    } else if ((call.def->id == SLASH_INVESTIGATE || call.def->id == SLASH_ASK) && busy(t)) {
        ; /* likewise */
    } else {
        begin_anew(t, line);
        t->screen.input_focus = false;
        tui_slash(t, &call);
    }
    free(line);
}

void tui_submit(struct tui *t)
{
    if (!t->opts.intents.submit)
        return;
    tui_complete_close(t);
    if (slash_is_command(buf_str(&t->input.text)))
        run_line(t);
    else
        ask_typed(t);
    tui_dirty(t, DIRTY_SCREEN);
}

/* ---- commands ---- */

void tui_input_text(struct tui *t, const char *text)
{
    t->screen.input_focus = true;
    t->screen.depth = 0;
    lineedit_set(&t->input, text);
    tui_edited(t);
}

static void ask_this(struct tui *t, enum intent_type how, struct str text)
{
    char *copy = xasprintf("%.*s", STR_FMT(text));

    ask(t, how, copy);
    free(copy);
}

/* A name or a model, which the engine knows. */
static void submit(struct tui *t, enum intent_type type, struct str text)
{
    char *copy = xasprintf("%.*s", STR_FMT(text));
    struct intent in = {type, copy};

    t->opts.intents.submit(t->opts.intents.ctx, &in);
    free(copy);
}

static void never(struct tui *t, struct str what)
{
    char *text = xasprintf("never %.*s", STR_FMT(what));

    submit(t, INTENT_REMEMBER, str_from(text));
    free(text);
}

static void model(struct tui *t, struct str name)
{
    const struct tui_services *s = t->opts.services;

    if (name.len)
        submit(t, INTENT_MODEL, name);
    else if (s && s->models && tui_ask_models(t))
        tui_choose_model(t);
    else
        tui_say(t, false, "No language model is configured; runbook doctor says what is missing");
}

/* The answer is one of the engine's, and in the transcript. */
static void skills(struct tui *t, struct str words)
{
    char *question = xasprintf("list skills%s%.*s", words.len ? " " : "", STR_FMT(words));

    if (!busy(t))
        ask(t, INTENT_QUESTION, question);
    free(question);
}

static void resources(struct tui *t, struct str filter)
{
    char text[SCREEN_FILTER_MAX];

    screen_go(&t->screen, ROOT_RESOURCES);
    snprintf(text, sizeof(text), "%.*s", STR_FMT(filter));
    screen_set_filter(&t->screen, t->model, text);
}

static void export_session(struct tui *t, const struct slash_call *call)
{
    const struct tui_services *s = t->opts.services;
    char *path = xasprintf("%.*s", STR_FMT(call->args[1]));
    char format[16];
    struct buf said = BUF_INIT(1024);
    struct err err = ERR_INIT;

    snprintf(format, sizeof(format), "%.*s", STR_FMT(call->args[0]));
    if (!s || !s->export_session)
        tui_say(t, true, "This screen cannot export");
    else if (!*t->model->id)
        tui_say(t, true, "There is nothing to export yet: ask something first");
    else if (s->export_session(s->ctx, t->model, format, path, &said, &err))
        tui_say(t, false, "%s", buf_cstr(&said));
    else
        tui_say(t, true, "%s", err.msg);
    buf_release(&said);
    free(path);
}

void tui_resume(struct tui *t, const char *id)
{
    const struct tui_services *s = t->opts.services;
    struct err err = ERR_INIT;

    if (!s || !s->resume)
        tui_say(t, true, "This screen cannot open another session");
    else if (t->model->turn_running)
        tui_say(t, true, "An investigation is running: Ctrl-C stops it, then resume another one");
    else if (!s->resume(s->ctx, id, &err))
        tui_say(t, true, "%s", err.msg);
}

static void theme(struct tui *t, struct str name)
{
    char text[64];

    bool input = t->opts.intents.submit != NULL;

    if (!name.len) {
        if (input)
            tui_input_text(t, "/theme ");
        else
            tui_open_palette(t, "theme ");
        return;
    }
    snprintf(text, sizeof(text), "%.*s", STR_FMT(name));
    if (!tui_choose_theme(t, text) && input)
        tui_input_text(t, "/theme ");
}

static void help(struct tui *t, struct str name)
{
    const struct slash_def *def;

    if (name.len && name.ptr[0] == '/')
        name = (struct str){name.ptr + 1, name.len - 1};
    def = slash_find(name);
    if (!name.len)
        screen_open_help(&t->screen);
    else if (def)
        tui_say(t, false, "/%s %s: %s", def->name, def->usage, def->help);
    else
        tui_say(t, true, "no such command /%.*s: /help lists them", STR_FMT(name));
}

bool tui_slash_possible(const struct tui *t, const struct slash_def *def)
{
    const struct tui_services *s = t->opts.services;

    if (t->opts.intents.submit)
        return true;
    switch (def->id) {
    case SLASH_ACCOUNTS:
    case SLASH_SETUP:
    case SLASH_INVESTIGATE:
    case SLASH_ASK:
    case SLASH_MODEL:
    case SLASH_COMPACT:
    case SLASH_SKILLS:
    case SLASH_SKILL:
    case SLASH_PLAN:
    case SLASH_SECRETS:
    case SLASH_RENAME:
    case SLASH_FORGET:
    case SLASH_NEVER:
        return false;
    case SLASH_EXPORT:
        return s && s->export_session;
    case SLASH_RESUME:
        return s && s->resume;
    default:
        return true;
    }
}

static void on_arguments(void *ctx, const char *text)
{
    struct tui *t = ctx;
    struct slash_call call;
    struct err err = ERR_INIT;
    char *line = text ? xasprintf("/%s %s", t->comp.asked->name, text) : NULL;

    if (line && slash_parse(str_trim(str_from(line)), &call, &err))
        tui_say(t, true, "%s", err.msg);
    else if (line)
        tui_slash(t, &call);
    free(line);
}

void tui_slash_prompt(struct tui *t, const struct slash_def *def)
{
    char label[64];

    snprintf(label, sizeof(label), "/%s %s", def->name, def->usage);
    t->comp.asked = def;
    tui_prompt(t, label, "", on_arguments, t);
}

void tui_slash(struct tui *t, const struct slash_call *call)
{
    char *id;

    switch (call->def->id) {
    case SLASH_INVESTIGATE:
        ask_this(t, INTENT_INVESTIGATE, call->args[0]);
        break;
    case SLASH_ASK:
        ask_this(t, INTENT_QUESTION, call->args[0]);
        break;
    case SLASH_PLAN:
        ask_this(t, INTENT_PLAN, call->args[0]);
        break;
    case SLASH_MODEL:
        model(t, call->args[0]);
        break;
    case SLASH_COMPACT:
        submit(t, INTENT_COMPACT, STR_LIT(""));
        break;
    case SLASH_SECRETS:
        tui_secrets(t);
        break;
    case SLASH_RENAME:
        submit(t, INTENT_RENAME, call->args[0]);
        break;
    case SLASH_FORGET:
        submit(t, INTENT_FORGET, call->args[0]);
        break;
    case SLASH_NEVER:
        never(t, call->args[0]);
        break;
    case SLASH_RESOURCES:
        resources(t, call->args[0]);
        break;
    case SLASH_EXPORT:
        export_session(t, call);
        break;
    case SLASH_RESUME:
        id = xasprintf("%.*s", STR_FMT(call->args[0]));
        if (*id)
            tui_resume(t, id);
        else
            tui_open_palette(t, "session ");
        free(id);
        break;
    case SLASH_SKILLS:
        skills(t, call->args[0]);
        break;
    case SLASH_ACCOUNTS:
        tui_run(t, CMD_ACCOUNTS);
        break;
    case SLASH_SETUP:
        tui_run(t, CMD_INIT);
        break;
    case SLASH_PROCEDURES:
        tui_run(t, CMD_PROCEDURES);
        break;
    case SLASH_SKILL:
        tui_skill(t, call->args[0]);
        break;
    case SLASH_THEME:
        theme(t, call->args[0]);
        break;
    case SLASH_CONTEXT:
        tui_run(t, CMD_CONTEXT);
        break;
    case SLASH_COST:
        tui_run(t, CMD_COST);
        break;
    case SLASH_KEYS:
        screen_open_help(&t->screen);
        break;
    case SLASH_HELP:
        help(t, call->args[0]);
        break;
    case SLASH_QUIT:
        tui_run(t, CMD_QUIT);
        break;
    case SLASHES:
        break;
    }
    tui_dirty(t, DIRTY_SCREEN);
}
