/* cmd_ask.c - `runbook ask`: one question, answered while it comes, with the sources it rests on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/engine/judge.h"
#include "runbook/ui/json.h"
#include "runbook/ui/text.h"
#include "src/app/commands.h"
#include "src/app/investigate.h"

#define OUT_MAX ((size_t)32 << 20)
#define SOURCES_MAX 10 /* */

struct asking {
    struct app *app;
    struct session *session;
    struct text_options text;
    struct buf answer;   /* all that was said in this turn */
    const char *message; /* that is being said */
    const char *by;      /* who said it last */
    struct arena *arena;
    bool events, investigated, broken;
};

static void write_out(struct asking *a, int fd, struct str text)
{
    struct err err;

    if (text.len && !a->broken)
        a->broken = fd_write_all(fd, text, &err) != ERR_OK;
}

static void take_text(struct asking *a, const struct event *ev)
{
    const struct ev_agent_text *t = &ev->u.agent_text;
    struct buf clean = BUF_INIT(OUT_MAX);
    bool other = !a->message || strcmp(a->message, t->message) != 0;

    if (other && a->answer.len)
        buf_adds(&clean, "\n");
    if (other)
        a->message = arena_strdup(a->arena, t->message);
    text_sanitize(&clean, str_from(t->text), true, a->app->ascii);
    if (t->last)
        buf_addc(&clean, '\n');
    buf_add_str(&a->answer, buf_str(&clean));
    a->by = arena_strdup(a->arena, ev->actor);
    if (!a->app->json)
        write_out(a, STDOUT_FILENO, buf_str(&clean));
    buf_release(&clean);
}

/* What is looked at, and what was not accepted, goes beside the answer. */
static void tell(struct asking *a, const struct model *m, const struct event *ev)
{
    struct buf line = BUF_INIT(OUT_MAX);

    text_event(&a->text, m, ev, &line);
    write_out(a, STDERR_FILENO, buf_str(&line));
    buf_release(&line);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct asking *a = self;
    struct buf line = BUF_INIT(OUT_MAX);

    if (a->events) {
        event_json(ev, &line);
        buf_addc(&line, '\n');
        write_out(a, STDOUT_FILENO, buf_str(&line));
    }
    buf_release(&line);
    if (ev->type == EV_CONCLUSION_REACHED)
        a->investigated = true;
    if (ev->type == EV_AGENT_TEXT)
        take_text(a, ev);
    else if (!a->app->json && ev->type != EV_USER_MESSAGE)
        tell(a, m, ev);
}

static const struct sink_ops ask_sink = {.name = "ask", .event = on_event};

/* ---- sources ---- */

static const struct tool_run *query_of(const struct model *m, const char *id)
{
    const struct evidence *e = model_evidence(m, id);

    return model_tool(m, e ? e->call : id);
}

static void put_source(struct json_writer *w, const struct model *m, const char *id)
{
    const struct evidence *e = model_evidence(m, id);
    const struct tool_run *t = query_of(m, id);

    json_object_begin(w);
    json_put_cstr(w, "id", id);
    json_put_cstr(w, "statement", e ? e->statement : t ? t->summary : NULL);
    json_put_cstr(w, "call", t ? t->call : NULL);
    json_put_cstr(w, "tool", t ? t->tool : NULL);
    json_put_cstr(w, "query", t && *t->query ? t->query : NULL);
    json_put_cstr(w, "blob", t && *t->blob ? t->blob : NULL);
    json_object_end(w);
}

static void answer_json(struct asking *a, struct buf *out)
{
    const struct model *m = engine_model(session_engine(a->session));
    const char *const *ids;
    struct json_writer w;
    size_t n;

    if (a->investigated) /* what the text says at its end is part of the answer */
        text_conclusion(&(struct text_options){.width = 100, .ascii = a->app->ascii}, m,
                        engine_journal_path(session_engine(a->session)), &a->answer);
    n = judge_citations(buf_str(&a->answer), a->arena, &ids);

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.answer/1");
    json_put_cstr(&w, "id", m->id);
    json_put_cstr(&w, "question", model_last_question(m));
    json_put_str(&w, "answer", str_trim(buf_str(&a->answer)));
    json_put_cstr(&w, "by", a->by ? a->by : "builtin");
    json_key(&w, "sources");
    json_array_begin(&w);
    for (size_t i = 0; i < n; i++) {
        if (judge_exists(m, ids[i]))
            put_source(&w, m, ids[i]);
    }
    json_array_end(&w);
    json_key(&w, "not_found");
    json_array_begin(&w);
    for (size_t i = 0; i < n; i++) {
        if (!judge_exists(m, ids[i]))
            json_cstring(&w, ids[i]);
    }
    json_array_end(&w);
    json_put_cstr(&w, "verdict", a->investigated ? verdict_name(m->conclusion.verdict) : NULL);
    json_put_num(&w, "usd", m->cost.usd);
    json_put_int(&w, "input_tokens", m->cost.input_tokens);
    json_put_int(&w, "output_tokens", m->cost.output_tokens);
    json_put_cstr(&w, "journal", engine_journal_path(session_engine(a->session)));
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void sources_text(struct asking *a, struct buf *out)
{
    const struct model *m = engine_model(session_engine(a->session));
    const char *const *ids;
    size_t n = judge_citations(buf_str(&a->answer), a->arena, &ids), shown = 0;

    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = model_evidence(m, ids[i]);
        const struct tool_run *t = query_of(m, ids[i]);
        const char *line;

        if (!judge_exists(m, ids[i])) {
            if (!a->by || strncmp(a->by, "llm:", 4) != 0)
                continue; /* an example of ours, not what a model claims */
            line = arena_printf(a->arena, "%s does not exist: do not rely on it", ids[i]);
        } else if (shown == SOURCES_MAX) {
            continue;
        } else {
            line = arena_printf(a->arena, "%s %s%s%s%s", ids[i], e ? e->statement : "",
                                e ? ", from " : "", t->tool,
                                *t->query ? arena_printf(a->arena, ": %s", t->query) : "");
        }
        buf_adds(out, shown++ ? "  " : "\nSources:\n  ");
        text_sanitize(out, str_from(line), false, a->app->ascii);
        buf_addc(out, '\n');
    }
    if (!n && a->by && strncmp(a->by, "llm:", 4) == 0)
        buf_adds(out, "\nThis answer cites no source: it is the model's word alone.\n");
}

/* ---- the command ---- */

static int print_end(struct asking *a, int code)
{
    const struct model *m = engine_model(session_engine(a->session));
    const char *journal = engine_journal_path(session_engine(a->session));
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (a->app->json) {
        answer_json(a, &out);
    } else {
        if (a->investigated) {
            buf_addc(&out, '\n');
            text_conclusion(&a->text, m, journal, &out);
        }
        sources_text(a, &out);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return code ? code : rc;
}

static int ask(struct app *app, const struct cmd_args *args, const struct session_request *req)
{
    struct asking a = {.app = app};
    struct err err;
    int code;

    if (session_new(app, req, &a.session, &err))
        return app_fail(&err);
    a.arena = arena_new(0);
    buf_init(&a.answer, OUT_MAX);
    a.text = (struct text_options){
        .width = app_width(), .ascii = app->ascii, .color = app_text_color(app)};
    a.events = app->json && args_has(args, "events");
    engine_add_sink(session_engine(a.session), &ask_sink, &a);
    session_ask(a.session);
    code = session_run(a.session, false);
    if (code == EXIT_NO_CAUSE && !a.investigated)
        code = EXIT_DONE; /* of an investigation before: this question was answered */
    code = print_end(&a, code);
    session_free(a.session);
    buf_release(&a.answer);
    arena_free(a.arena);
    return code;
}

static int run_ask(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct buf text = BUF_INIT(INVESTIGATE_TEXT_MAX);
    int code = EXIT_USAGE;

    if (investigate_request(app, args, &req, &text)) {
        req.answer = true;
        if (!session_named(app, args_get(args, "session"), &req.resume, &code))
            code = ask(app, args, &req);
    }
    session_name_free(&req.resume);
    investigate_request_release(&req);
    buf_release(&text);
    return code;
}

const struct cmd_def cmd_ask_def = {
    .name = "ask",
    .help = "Answer one question, from what is known and from what the sources say now.",
    .details = "A language model answers when one is configured (llm.provider), and cites what it "
               "rests on. Without one the words are read as a command: list, check or show "
               "resources, metrics, logs, alerts, changes, evidence, hypotheses and so on; what is "
               "not understood is asked about. \"Investigate ...\" investigates.\n"
               "The answer is written while it comes, then its sources; what is looked at goes to "
               "stderr. With --json the last line is one object (schema runbook.answer/1).",
    .opts = session_opts,
    .pos = (const struct pos_def[]){{"QUESTION", ARG_TEXT, .required = true, .repeat = true,
                                     .help = "The question; it needs no quotes."},
                                    {NULL}},
    .run = run_ask,
    .examples = "runbook ask \"how full are the disks?\"\n"
                "runbook ask --session last why do you think so\n"
                "runbook ask --host web-3 --json show logs of web-3",
};
