/* plain_commands.c - the table of plain mode's commands, and those that are few lines; `help` and
 * the man page's list come from it. */
#include "src/ui/plain_priv.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/secret.h"
#include "runbook/base/path.h"
#include "runbook/model/confidence.h"
#include "src/ui/plain_table.h"

#define SECRETS_SHOWN 40

/* ---- asking, stopping, leaving ---- */

/* "@FILE": the question is in a file, as long as it may be. */
static char *question(struct plain *p, struct str args)
{
    struct buf text = BUF_INIT(PLAIN_LINE_MAX);
    struct err err = ERR_INIT;
    char *path, *file;

    if (!args.len)
        return xstrdup("What is wrong?");
    if (args.ptr[0] != '@' || args.len == 1 || memchr(args.ptr, ' ', args.len))
        return plain_keep_word(args);
    path = xstrndup(args.ptr + 1, args.len - 1);
    file = path_expand_home(path);
    if (file_read(file, &text, &err))
        plain_errorf(p, "%s", err.msg);
    free(path);
    free(file);
    path = err.code ? NULL : plain_keep_word(str_trim(buf_str(&text)));
    buf_release(&text);
    return path;
}

static void ask_as(struct plain *p, enum intent_type how, struct str args)
{
    char *text;

    if (!p->opts.intents.submit) {
        plain_errorf(p, "This is a recording: nothing can be asked.");
    } else if (p->model->turn_running && !*p->model->asked) {
        plain_errorf(p, "An investigation is running: stop it first, or wait for it.");
    } else {
        text = question(p, args);
        if (text && args.len)
            plain_keep_question(p, text);
        if (text)
            plain_submit(p, how, text);
        free(text);
    }
}

static void skills(struct plain *p, struct str args)
{
    char *question = xasprintf("list skills%s%.*s", args.len ? " " : "", STR_FMT(args));

    ask_as(p, INTENT_QUESTION, str_from(question));
    free(question);
}

void plain_ask(struct plain *p, struct str args)
{
    ask_as(p, p->opts.chat ? INTENT_QUESTION : INTENT_ASK, args);
}

static void investigate(struct plain *p, struct str args)
{
    ask_as(p, INTENT_INVESTIGATE, args);
}

static void submit_text(struct plain *p, enum intent_type type, struct str args)
{
    char *text = plain_keep_word(args);

    plain_submit(p, type, text);
    free(text);
}

static void on_model(void *to, const char *name, const char *note, bool current)
{
    plain_linef(to, 2, current ? TONE_BOLD : TONE_PLAIN, "%s %s: %s", current ? "*" : " ", name,
                note);
}

static void model(struct plain *p, struct str args)
{
    const struct tui_services *s = p->opts.services;
    size_t before = p->out.len;

    if (args.len) {
        submit_text(p, INTENT_MODEL, args);
        return;
    }
    if (s && s->models)
        s->models(s->ctx, on_model, p);
    if (p->out.len == before)
        plain_linef(p, 0, TONE_PLAIN,
                    "No language model is configured; runbook doctor says what is missing.");
    else
        plain_linef(p, 0, TONE_DIM, "model and a name asks another one, model none asks none.");
}

static void compact(struct plain *p, struct str args)
{
    submit_text(p, INTENT_COMPACT, args);
}

/* "[redacted-1a2b3c4d]": eight digits and the bracket. */
static bool next_mark(struct str *rest, struct str *ret)
{
    ptrdiff_t at = str_find(*rest, STR_LIT(SCREEN_SECRET_MARK));
    size_t len = sizeof(SCREEN_SECRET_MARK) - 1 + 9;

    if (at < 0 || rest->len - (size_t)at < len)
        return false;
    *ret = (struct str){rest->ptr + at, len};
    *rest = (struct str){ret->ptr + len, rest->len - (size_t)at - len};
    return true;
}

static void say_secret(struct plain *p, struct str mark, size_t *count)
{
    const struct tui_services *s = p->opts.services;
    struct buf out = BUF_INIT(65536);
    bool known = s && s->reveal && s->reveal(s->ctx, mark, &out);

    plain_linef(p, 2, TONE_PLAIN, "%.*s %s%s", STR_FMT(mark), known ? "is " : "",
                known ? buf_cstr(&out) : "is of an earlier run: what it stood for is not kept");
    buf_wipe(&out);
    ++*count;
}

static void secrets(struct plain *p, struct str args)
{
    size_t count = 0;

    (void)args;
    VEC_EACH (it, &p->model->items) {
        struct str rest = str_from(it->text), mark;

        while (count < SECRETS_SHOWN && next_mark(&rest, &mark))
            say_secret(p, mark, &count);
    }
    if (!count)
        plain_linef(p, 0, TONE_PLAIN, "Nothing is hidden in this session's words.");
}

static void rename_session(struct plain *p, struct str args)
{
    if (args.len)
        submit_text(p, INTENT_RENAME, args);
    else
        plain_errorf(p, "Give the new title: rename and a few words.");
}

static void stop(struct plain *p, struct str args)
{
    (void)args;
    if ((!p->model->turn_running && !model_procedure_runs(p->model)) || !p->opts.intents.submit) {
        plain_errorf(p, "Nothing is running.");
        return;
    }
    plain_submit(p, INTENT_CANCEL, "");
    plain_linef(p, 0, TONE_PLAIN, "Stopping.");
}

void plain_leave(struct plain *p, struct str args)
{
    (void)args;
    if (p->opts.prompt && p->model->turn_running && p->opts.intents.submit && !p->armed_quit) {
        plain_errorf(p, "An investigation is running: quit once more stops it and leaves.");
        p->armed_quit = true;
        return;
    }
    plain_quit(p, 0);
}

static void refresh(struct plain *p, struct str args)
{
    (void)args;
    if (!p->opts.intents.submit)
        plain_errorf(p, "This is a recording: nothing is read again.");
    plain_submit(p, INTENT_REFRESH, "");
}

/* ---- looking ---- */

static void status(struct plain *p, struct str args)
{
    const struct model *m = p->model;
    const struct replay_control *r = p->opts.replay;

    (void)args;
    if (p->opts.label)
        plain_linef(p, 0, TONE_BOLD, "%s", p->opts.label);
    if (*m->id)
        plain_field(p, "session", m->id);
    plain_field(p, "question", *m->title ? m->title : m->query);
    for (size_t i = 0; i < m->targets.count; i++)
        plain_field(p, i ? "" : "looks at", m->targets.items[i]);
    plain_field(p, "state",
                m->turn_running ? phase_name(m->phase) : text_verdict(m->conclusion.verdict));
    plain_linef(p, 0, TONE_PLAIN,
                "%zu hypotheses, %zu pieces of evidence, %zu queries, %zu resources, "
                "%zu gaps, %zu errors",
                m->hypotheses.count, m->evidence.count, m->tools.count, m->resources.count,
                m->gaps.count, m->errors);
    if (r)
        plain_linef(p, 0, TONE_PLAIN, "replay: %s", r->text(r->ctx));
}

static void conclusion(struct plain *p, struct str args)
{
    const char *journal =
        p->opts.host.journal ? p->opts.host.journal(p->opts.host.ctx) : p->model->id;

    (void)args;
    if (p->model->conclusion.verdict == VERDICT_NONE)
        plain_errorf(p, "There is no conclusion yet.");
    else
        text_conclusion(&p->opts.text, p->model, journal, &p->out);
}

static void tree(struct plain *p, struct str args)
{
    (void)args;
    if (!p->model->hypotheses.count)
        plain_errorf(p, "There are no hypotheses yet.");
    text_tree(&p->opts.text, p->model, &p->out);
}

static void list(struct plain *p, struct str args)
{
    struct str name = plain_first_word(&args);

    if (!plain_list(p, name, args))
        plain_errorf(p,
                     "There is no list '%.*s': hypotheses, evidence, queries, resources, signals, "
                     "services, security, timeline, gaps, audit, approvals or procedures",
                     STR_FMT(name));
}

#define LIST_COMMAND(fn, name)                                                                     \
    static void fn(struct plain *p, struct str args)                                               \
    {                                                                                              \
        plain_list(p, STR_LIT(name), args);                                                        \
    }
LIST_COMMAND(hypotheses, "hypotheses")
LIST_COMMAND(evidence, "evidence")
LIST_COMMAND(queries, "queries")
LIST_COMMAND(resources, "resources")
LIST_COMMAND(signals, "signals")
LIST_COMMAND(services, "services")
LIST_COMMAND(timeline, "timeline")
LIST_COMMAND(gaps, "gaps")
LIST_COMMAND(procedures, "procedures")
LIST_COMMAND(approvals_list, "approvals")

static void approvals(struct plain *p, struct str args)
{
    approvals_list(p, args);
    plain_kept(p);
}

LIST_COMMAND(audit, "audit")
LIST_COMMAND(findings, "security")

/* "security": the list; nobody looked yet, or "security again": AWS is asked. */
static void security(struct plain *p, struct str args)
{
    bool again = str_eq_c(str_trim(args), "again");

    if (!again && p->model->security.state != SECURITY_NONE) {
        findings(p, args);
        return;
    }
    if (!p->opts.intents.submit) {
        plain_errorf(p, "This is a recording: nothing is asked.");
        return;
    }
    plain_submit(p, INTENT_SECURITY, "");
    plain_linef(p, 0, TONE_DIM, "AWS is asked; 'security' lists what is not safe.");
}

static void filter(struct plain *p, struct str args)
{
    if (p->list)
        plain_list_again(p, args);
    else
        plain_errorf(p, "There is no list yet: name one first, such as evidence.");
}

void plain_open(struct plain *p, struct str args)
{
    uint64_t number;
    char *id;

    if (num_u64(args, &number)) {
        if (!plain_open_row(p, (size_t)number))
            plain_errorf(p, "%s",
                         p->list ? "The list has no such number."
                                 : "A number means a line of a list: name one first.");
        return;
    }
    id = plain_keep_word(args);
    if (!*id)
        plain_errorf(p, "Open what? A number of the last list, or an id such as E4 or H1.2.");
    else if (!plain_open_id(p, id))
        plain_errorf(p, "There is no %s here.", id);
    free(id);
}

/* "raw", "raw 3", "raw E4 /text" */
static void raw_as(struct plain *p, struct str args, enum plain_raw how)
{
    struct str search = {NULL, 0};
    struct str what = args;

    for (size_t i = 0; i < args.len; i++)
        if (args.ptr[i] == '/' && (i == 0 || args.ptr[i - 1] == ' ')) {
            what = str_trim((struct str){args.ptr, i});
            search = str_trim((struct str){args.ptr + i + 1, args.len - i - 1});
            break;
        }
    if (what.len) {
        plain_open(p, what);
        buf_clear(&p->out); /* only for what is open now */
    }
    plain_raw(p, search, how);
}

static void raw(struct plain *p, struct str args)
{
    raw_as(p, args, PLAIN_RAW_PRETTY);
}

static void hex(struct plain *p, struct str args)
{
    raw_as(p, args, PLAIN_RAW_HEX);
}

static void verbatim(struct plain *p, struct str args)
{
    raw_as(p, args, PLAIN_RAW_AS_IS);
}

static void why(struct plain *p, struct str args)
{
    char *id = args.len ? plain_keep_word(args) : xstrdup(p->opened);
    size_t at = model_index(p->model, 'h', id);
    struct confidence_input in;
    struct buf terms = BUF_INIT(65536);

    if (at == SIZE_MAX) {
        plain_errorf(p, "why of which hypothesis? Give its id, such as H1.");
    } else {
        confidence_gather(p->model, at, &in);
        confidence_terms(p->model, at, &in, &terms);
        plain_linef(p, 0, TONE_PLAIN, "%s: confidence %.0f %% = %s", id,
                    p->model->hypotheses.items[at].confidence * 100,
                    *p->model->hypotheses.items[at].terms ? p->model->hypotheses.items[at].terms
                                                          : buf_cstr(&terms));
    }
    buf_release(&terms);
    free(id);
}

/* ---- sessions ---- */

static void export_it(struct plain *p, struct str args)
{
    const struct plain_host *h = &p->opts.host;
    char *format = plain_keep_word(plain_first_word(&args)), *path = plain_keep_word(args);
    struct buf said = BUF_INIT(8192);
    struct err err = ERR_INIT;

    if (!h->export)
        plain_errorf(p, "Nothing can be exported here.");
    else if (!*format)
        plain_errorf(p, "export FORMAT [FILE]: the format is md, json or html.");
    else if (!h->export(h->ctx, format, path, &said, &err))
        plain_errorf(p, "%s", err.msg);
    else
        plain_linef(p, 0, TONE_PLAIN, "%s", buf_cstr(&said));
    buf_release(&said);
    free(format);
    free(path);
}

static void sessions(struct plain *p, struct str args)
{
    const struct plain_host *h = &p->opts.host;
    struct buf list = BUF_INIT(1 << 20);
    char *words = plain_keep_word(args);
    struct err err = ERR_INIT;

    if (!h->sessions)
        plain_errorf(p, "Sessions cannot be listed here.");
    else if (!h->sessions(h->ctx, words, &list, &err))
        plain_errorf(p, "%s", err.msg);
    else
        text_add_wrapped(&p->opts.text, &p->out, 0, TONE_PLAIN, buf_cstr(&list));
    buf_release(&list);
    free(words);
}

static void resume(struct plain *p, struct str args)
{
    const struct plain_host *h = &p->opts.host;
    char *id = plain_keep_word(args);
    struct err err = ERR_INIT;

    if (!h->resume)
        plain_errorf(p, "No other session can be opened here.");
    else if (!*id)
        plain_errorf(p, "resume which? Give an id of `sessions`, or last.");
    else if (!h->resume(h->ctx, id, &err))
        plain_errorf(p, "%s", err.msg);
    else
        plain_quit(p, 0);
    free(id);
}

static void init(struct plain *p, struct str args)
{
    const struct plain_host *h = &p->opts.host;
    struct err err = ERR_INIT;

    (void)args;
    if (!h->init)
        plain_errorf(p, "Leave, and run 'runbook init'.");
    else if (!h->init(h->ctx, &err))
        plain_errorf(p, "%s", err.msg);
    else
        plain_quit(p, 0);
}

/* ---- the table ---- */

const struct plain_command plain_commands[] = {
    {"ask", "a", "[TEXT or @FILE]", PLAIN_LIVE,
     "investigate what is wrong, or answer a question about what is known", plain_ask},
    {"investigate", "", "TEXT", PLAIN_LIVE, "investigate, whatever the words could mean besides",
     investigate},
    {"model", "", "[NAME]", PLAIN_LIVE,
     "ask this language model from now on, none: no model; without a name list them", model},
    {"secrets", "", "", PLAIN_LIVE, "say what placeholders of secrets stand for, to this terminal",
     secrets},
    {"compact", "", "", PLAIN_LIVE,
     "let the language model summarise what was said, so that less of it is sent", compact},
    {"skills", "", "[WORDS]", PLAIN_LIVE,
     "list the skills, those that fit WORDS, or show the one with that id", skills},
    {"rename", "", "TITLE", PLAIN_LIVE, "give the session another title", rename_session},
    {"history", "", "[TEXT]", PLAIN_LIVE, "list what was asked before", plain_history},
    {"again", "", "[NUMBER]", PLAIN_LIVE, "ask it again; without a number the last question",
     plain_again},
    {"stop", "", "", PLAIN_LIVE, "stop the investigation that runs", stop},
    {"status", "", "", PLAIN_ALWAYS, "say where the investigation stands", status},
    {"conclusion", "c", "", PLAIN_ALWAYS, "say the verdict with its evidence", conclusion},
    {"tree", "", "", PLAIN_ALWAYS, "print the tree of hypotheses with their evidence", tree},
    {"hypotheses", "h", "[FILTER]", PLAIN_ALWAYS, "list the hypotheses", hypotheses},
    {"evidence", "e", "[FILTER]", PLAIN_ALWAYS, "list the evidence", evidence},
    {"queries", "", "[FILTER]", PLAIN_ALWAYS, "list what was asked of the sources", queries},
    {"resources", "r", "[FILTER]", PLAIN_ALWAYS, "list the resources, the worst first", resources},
    {"signals", "", "[FILTER]", PLAIN_ALWAYS, "list anomalies and alerts that fire", signals},
    {"services", "", "[FILTER]", PLAIN_ALWAYS, "list the service graph: who calls whom", services},
    {"security", "", "[FILTER or again]", PLAIN_ALWAYS,
     "list what is not safe in AWS, by service; again asks anew", security},
    {"timeline", "t", "[FILTER]", PLAIN_ALWAYS, "list everything that happened", timeline},
    {"transcript", "v", "[/TEXT]", PLAIN_ALWAYS,
     "print all that happened as one text, or only entries with TEXT", plain_transcript},
    {"cost", "", "", PLAIN_ALWAYS, "say what the language model has cost, and the limits",
     plain_cost},
    {"context", "", "", PLAIN_ALWAYS, "say what fills the language model's window", plain_context},
    {"gaps", "", "[FILTER]", PLAIN_ALWAYS, "list what could not be looked at", gaps},
    {"audit", "", "[FILTER]", PLAIN_ALWAYS, "list who decided what", audit},
    {"verify", "", "", PLAIN_ALWAYS, "check the chain of the journal", plain_verify},
    {"list", "", "NAME [FILTER]", PLAIN_ALWAYS, "list by name, as the commands above", list},
    {"filter", "/", "[TEXT]", PLAIN_ALWAYS, "the last list again, only lines with TEXT", filter},
    {"sort", "s", "[KEY]", PLAIN_ALWAYS,
     "sort the last list; the same key again the other way round; alone: by what it can be",
     plain_sort},
    {"reverse", "S", "", PLAIN_ALWAYS, "the last list the other way round", plain_reverse},
    {"mark", "*", "NUMBERS", PLAIN_ALWAYS, "mark lines of the last list: 2 4-6, or all",
     plain_mark},
    {"unmark", "", "[NUMBERS]", PLAIN_ALWAYS, "take marks away; alone: all of them", plain_unmark},
    {"copy", "y", "[ID, all or raw]", PLAIN_ALWAYS,
     "copy what is marked, else what is open, else the last list", plain_copy},
    {"open", "o", "NUMBER or ID", PLAIN_ALWAYS,
     "open a line of the last list; a number alone does the same", plain_open},
    {"next", "]", "", PLAIN_ALWAYS, "open the next line of the last list", plain_next},
    {"previous", "[", "", PLAIN_ALWAYS, "open the line before", plain_previous},
    {"raw", "", "[NUMBER or ID] [/TEXT]", PLAIN_ALWAYS,
     "print the raw result of what is open, or only lines with TEXT", raw},
    {"hex", "", "[NUMBER or ID]", PLAIN_ALWAYS, "print it as bytes, so that nothing is hidden",
     hex},
    {"verbatim", "", "[NUMBER or ID] [/TEXT]", PLAIN_ALWAYS,
     "the raw result as it was recorded; raw indents JSON", verbatim},
    {"why", "w", "[ID]", PLAIN_ALWAYS, "the terms of a hypothesis' confidence", why},
    {"add", "A", "STATEMENT [@WHERE]", PLAIN_LIVE, "add a hypothesis of one's own", plain_add},
    {"reject", "X", "ID REASON", PLAIN_LIVE, "reject a hypothesis, and those below it",
     plain_reject},
    {"restore", "", "ID", PLAIN_LIVE, "take a rejection back", plain_restore},
    {"promote", "P", "ID", PLAIN_LIVE, "test a hypothesis next", plain_promote},
    {"test", "T", "ID", PLAIN_LIVE, "ask for one more test of a hypothesis", plain_test},
    {"approvals", "", "[FILTER]", PLAIN_ALWAYS, "list what waits for an answer, or had one",
     approvals},
    {"procedures", "", "[FILTER]", PLAIN_ALWAYS, "list the runs of skills and plans", procedures},
    {"skill", "", "run ID [NAME=VALUE ...]", PLAIN_LIVE,
     "run a skill; resume, answer WORD and cancel are for the one that runs", plain_skill},
    {"approve", "", "[ID]", PLAIN_LIVE, "read a request, then type its word to allow it",
     plain_approve},
    {"act", "", "[OPERATION NAME=VALUE ...]", PLAIN_LIVE,
     "propose to change something; alone, the first step of the answer that can be done from here",
     plain_act},
    {"plan", "", "TEXT", PLAIN_LIVE,
     "make a plan of what is wrong or to be done; run starts the last one, dry-run shows its calls",
     plain_plan},
    {"remember", "", "ID", PLAIN_LIVE,
     "do not ask again in this session for what was just approved", plain_remember},
    {"never", "", "ID or OPERATION [PATTERN]", PLAIN_LIVE,
     "refuse this operation on this resource from here on, in later sessions, too", plain_never},
    {"forget", "", "NAME", PLAIN_LIVE, "take back what is remembered, such as R1 or N2",
     plain_forget},
    {"undo", "", "ID", PLAIN_LIVE, "propose to take a mutation back", plain_undo},
    {"read-only", "", "", PLAIN_LIVE,
     "change nothing in this session from here on; there is no way back", plain_readonly},
    {"disapprove", "", "[ID] [REASON]", PLAIN_LIVE, "refuse a request", plain_disapprove},
    {"refresh", "", "", PLAIN_LIVE, "read the resources again", refresh},
    {"step", ".", "", PLAIN_REPLAY, "one event further; Enter alone does the same", plain_step},
    {"back", ",", "", PLAIN_REPLAY, "one event back", plain_back},
    {"play", "", "", PLAIN_REPLAY, "play the recording", plain_play},
    {"pause", "", "", PLAIN_REPLAY, "stop playing", plain_halt},
    {"faster", "+", "", PLAIN_REPLAY, "play faster", plain_faster},
    {"slower", "-", "", PLAIN_REPLAY, "play slower", plain_slower},
    {"jump", "J", "PLACE", PLAIN_REPLAY, "go to 14:03:10, +90s, -2m, 50% or #41", plain_jump},
    {"branch", "B", "", PLAIN_REPLAY, "a new investigation from this event", plain_branch},
    {"export", "", "FORMAT [FILE]", PLAIN_ALWAYS, "write the session as md, json or html",
     export_it},
    {"sessions", "", "[TEXT]", PLAIN_ALWAYS, "list the sessions that are kept", sessions},
    {"resume", "", "ID", PLAIN_ALWAYS, "open another session", resume},
    {"theme", "", "[NAME]", PLAIN_ALWAYS, "take the colours of a theme; alone: which there are",
     plain_theme},
    {"color", "", "[on or off]", PLAIN_ALWAYS, "use colours, or none", plain_color},
    {"keys", "", "[TEXT]", PLAIN_ALWAYS, "what each key of the screen is here", plain_keys},
    {"accounts", "", "", PLAIN_LIVE,
     "the accounts of AWS: verify, scan, add, remove, and what is watched", plain_accounts},
    {"setup", "", "", PLAIN_LIVE,
     "set up step by step: a configuration, a language model, an account of AWS", plain_setup},
    {"init", "", "", PLAIN_LIVE, "make a configuration of a template, by questions", init},
    {"help", "?", "[COMMAND]", PLAIN_ALWAYS, "list the commands, or explain one", plain_help},
    {"quit", "q", "", PLAIN_ALWAYS, "leave", plain_leave},
};

size_t plain_command_count(void)
{
    return sizeof(plain_commands) / sizeof(plain_commands[0]);
}
