/* cmd_skill_run.c - `runbook skill run` and `skill resume`: a skill, step by step. At a terminal on
 * the screen; headless it prints what happens, and ends with 4 where a person is needed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/engine/skill.h"
#include "src/app/act.h"
#include "src/app/cmd_skill.h"
#include "src/app/commands.h"
#include "src/app/faces.h"
#include "src/app/investigate.h"
#include "src/app/procedure_find.h"
#include "src/app/skill_open.h"

#define PARAM_LINE_MAX 8192
#define ASK_AGAIN 3
#define PARAMS_MAX 256

/* ---- the skill ---- */

struct chosen {
    struct skills *skills; /* NULL: it is a file */
    struct skill *file;    /* NULL: it is of the registry */
    const struct skill *skill;
    struct buf params; /* JSON */
};

static void chosen_release(struct chosen *c)
{
    skills_free(c->skills);
    skill_free(c->file);
    buf_release(&c->params);
}

static bool is_file(const char *name)
{
    return strchr(name, '/') || str_ends(str_from(name), ".yaml") ||
           str_ends(str_from(name), ".yml") || str_ends(str_from(name), ".md");
}

static enum err_code choose(const char *name, struct chosen *c, struct err *err)
{
    struct buf problems = BUF_INIT(65536);

    if (!is_file(name)) {
        c->skills = skill_open(NULL);
        return skills_need(c->skills, name, &c->skill, err);
    }
    if (skill_load_file(name, NULL, &c->file, err))
        return err->code;
    c->skill = c->file;
    if (!c->file->broken)
        return ERR_OK;
    skill_problems_text(c->file, &problems);
    fputs(buf_cstr(&problems), stderr);
    buf_release(&problems);
    return err_set(err, ERR_INPUT, "%s has errors: it cannot be run", name);
}

/* ---- parameters ---- */

/* Both: what is asked must be seen, and what answers must be typed. */
static bool at_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static const struct procedure_param *param_of(const struct procedure *p, struct str name)
{
    for (size_t i = 0; i < p->param_count; i++) {
        if (str_eq_c(name, p->params[i].name))
            return &p->params[i];
    }
    return NULL;
}

static void describe(const struct procedure_param *q, struct buf *out)
{
    text_sanitize(out, str_from(q->name), false, false);
    buf_addf(out, " (%s", procedure_type_name(q->type));
    for (size_t i = 0; q->options && q->options[i]; i++) {
        buf_adds(out, i ? ", " : ": ");
        text_sanitize(out, str_from(q->options[i]), false, false);
    }
    buf_adds(out, ")");
    if (*q->description) {
        buf_adds(out, ": ");
        text_sanitize(out, str_from(q->description), false, false);
    }
}

/* "name=what was typed"; NULL: nothing that fits was. The caller frees. */
static char *ask_one(const struct procedure_param *q)
{
    struct buf question = BUF_INIT(4096), json = BUF_INIT((size_t)1 << 20);
    char line[PARAM_LINE_MAX], *found = NULL;
    struct err err = ERR_INIT;

    describe(q, &question);
    for (int i = 0; i < ASK_AGAIN && !found; i++) {
        printf("%s\n> ", buf_cstr(&question));
        fflush(stdout);
        if (!fgets(line, sizeof(line), stdin))
            break;
        line[strcspn(line, "\n")] = '\0';
        buf_clear(&json);
        if (*line && !procedure_param_read(q, str_from(line), &json, &err))
            found = xasprintf("%s=%s", q->name, line);
        else if (*line)
            printf("%s\n", err.msg);
    }
    buf_release(&question);
    buf_release(&json);
    return found;
}

static enum err_code say_missing(const struct procedure *p, struct str missing, struct err *err)
{
    struct str rest = missing, name;
    struct buf list = BUF_INIT(4096);

    while (rest.len && str_split(&rest, ' ', &name)) {
        if (!name.len)
            continue;
        buf_adds(&list, list.len ? "; " : "");
        describe(param_of(p, name), &list);
    }
    err_set(err, ERR_INPUT, "%s needs NAME=VALUE for: %.300s", p->id, buf_cstr(&list));
    buf_release(&list);
    return ERR_INPUT;
}

struct words {
    const char *items[PARAMS_MAX];
    size_t count;
    char *asked[PROCEDURE_PARAMS_MAX]; /* owned */
    size_t asked_count;
};

static void words_release(struct words *w)
{
    for (size_t i = 0; i < w->asked_count; i++)
        free(w->asked[i]);
}

static enum err_code ask_missing(const struct procedure *p, struct str missing, struct words *w,
                                 struct err *err)
{
    struct str rest = missing, name;

    while (rest.len && str_split(&rest, ' ', &name)) {
        const struct procedure_param *q = name.len ? param_of(p, name) : NULL;
        char *answer = q ? ask_one(q) : NULL;

        if (!q)
            continue;
        if (!answer || w->count == PARAMS_MAX) {
            free(answer);
            return say_missing(p, missing, err);
        }
        w->asked[w->asked_count++] = answer;
        w->items[w->count++] = answer;
    }
    return ERR_OK;
}

/* What was given on the command line, and what is missing asked for at a terminal. */
static enum err_code read_params(struct app *app, const struct cmd_args *args, struct chosen *c,
                                 struct err *err)
{
    const struct procedure *p = c->skill->procedure;
    struct buf missing = BUF_INIT(8192);
    struct words w = {.count = 0};
    enum err_code rc;

    for (size_t i = 1; i < args_pos_count(args) && w.count < PARAMS_MAX; i++)
        w.items[w.count++] = args_pos(args, i);
    rc = procedure_params(p, w.items, w.count, &c->params, &missing, err);
    if (!rc && missing.len) {
        rc = app->json || args_has(args, "no-ask") || !at_terminal()
                 ? say_missing(p, buf_str(&missing), err)
                 : ask_missing(p, buf_str(&missing), &w, err);
        buf_clear(&c->params);
        rc = rc ? rc : procedure_params(p, w.items, w.count, &c->params, NULL, err);
    }
    words_release(&w);
    buf_release(&missing);
    return rc;
}

/* ---- running ---- */

static void fill_request(const struct cmd_args *args, struct session_request *req)
{
    req->wait = true;
    req->loose = true;
    req->keep_requests = true;
    req->ssh_config = args_get(args, "ssh-config");
    req->prometheus = args_get(args, "prometheus");
    req->alertmanager = args_get(args, "alertmanager");
    req->model = args_get(args, "model");
    req->read_only = args_has(args, "read-only");
    req->environment = args_get(args, "environment");
    req->procedure_answers = args;
}

static int headless(struct app *app, const struct cmd_args *args,
                    const struct session_request *asked)
{
    struct buf record = BUF_INIT((size_t)16 << 20);
    struct session_request req = *asked;
    int code = EXIT_FAILED, rc;
    struct faces f = {0};
    struct session *s;
    struct err err;

    req.ret_watched = &record;
    req.ret_code = &code;
    req.watch_json = app->json;
    if (session_new(app, &req, &s, &err)) {
        buf_release(&record);
        return app_fail(&err);
    }
    faces_add(&f, app, args, s);
    session_ask(s);
    rc = session_run(s, false);
    if (record.len) {
        if (app->json)
            buf_addc(&record, '\n');
        else
            printf("\n");
        fflush(stdout);
        app_print(buf_str(&record));
        rc = rc == EXIT_INTERRUPTED ? rc : code;
    } else {
        rc = rc ? rc : code;
    }
    session_free(s);
    faces_release(&f);
    buf_release(&record);
    return rc;
}

/* On the screen or line by line, until it is left; then how the run stands. */
static int with_person(struct app *app, const struct session_request *asked)
{
    struct buf record = BUF_INIT((size_t)16 << 20);
    struct session_request req = *asked;
    int code = EXIT_FAILED, rc;

    req.ret_watched = &record;
    req.ret_code = &code;
    rc = app_plain(app) ? plain_session(app, &req) : screen_session(app, &req);
    if (record.len)
        app_print(buf_str(&record));
    buf_release(&record);
    return rc ? rc : code;
}

static int run(struct app *app, const struct cmd_args *args, const struct session_request *req)
{
    session_recover(app);
    if (app->json || args_has(args, "no-ask") || !at_terminal())
        return headless(app, args, req);
    return with_person(app, req);
}

static int run_run(struct app *app, const struct cmd_args *args)
{
    struct chosen c = {.params = BUF_INIT((size_t)1 << 20)};
    struct session_request req = {0};
    struct err err = ERR_INIT;
    int code;

    fill_request(args, &req);
    if (choose(args_pos(args, 0), &c, &err) || read_params(app, args, &c, &err)) {
        code = app_fail(&err);
        code = err.code == ERR_INPUT || err.code == ERR_NOT_FOUND ? EXIT_USAGE : code;
    } else {
        req.procedure = c.skill->procedure;
        req.procedure_params = buf_str(&c.params);
        req.procedure_why = args_get(args, "why");
        req.dry_run = args_has(args, "dry-run");
        code = run(app, args, &req);
    }
    chosen_release(&c);
    return code;
}

static int run_resume(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    char *session, *name;
    struct err err = ERR_INIT;
    int code;

    fill_request(args, &req);
    if (procedure_find_run(app, args_pos(args, 0), &session, &name, &err))
        return app_fail(&err);
    req.resume = session;
    req.procedure_resume = name;
    code = run(app, args, &req);
    free(session);
    free(name);
    return code;
}

#define RUN_OPTS                                                                                   \
    {"ssh-config",                                                                                 \
     0,                                                                                            \
     ARG_FILE,                                                                                     \
     .value = "FILE",                                                                              \
     .env = "RUNBOOK_SSH_CONFIG",                                                                  \
     .help = "Give this configuration file to ssh instead of the user's."},                        \
        {"prometheus",                                                                             \
         'p',                                                                                      \
         ARG_URL,                                                                                  \
         .value = "URL",                                                                           \
         .env = "RUNBOOK_PROMETHEUS_URL",                                                          \
         .help = "Read metrics from this Prometheus server."},                                     \
        {"alertmanager",                                                                           \
         0,                                                                                        \
         ARG_URL,                                                                                  \
         .value = "URL",                                                                           \
         .env = "RUNBOOK_ALERTMANAGER_URL",                                                        \
         .help = "Read alerts from this Alertmanager, and silence them there."},                   \
        {"model",                                                                                  \
         0,                                                                                        \
         ARG_TEXT,                                                                                 \
         .value = "NAME",                                                                          \
         .env = "RUNBOOK_MODEL",                                                                   \
         .help = "Ask this one of the configured language models first; none: ask no model."},     \
        {"environment",                                                                            \
         0,                                                                                        \
         ARG_TEXT,                                                                                 \
         .value = "NAME",                                                                          \
         .env = "RUNBOOK_ENVIRONMENT",                                                             \
         .help = "What the policy calls this place: prod, staging, dev, or a word of "             \
                 "policy.scopes."},                                                                \
        {"read-only", 0, ARG_NONE, .env = "RUNBOOK_READ_ONLY",                                     \
         .help = "Change nothing, whatever the steps say."},                                       \
        {"answer",                                                                                 \
         0,                                                                                        \
         ARG_TEXT,                                                                                 \
         .repeat = true,                                                                           \
         .value = "STEP=ANSWER",                                                                   \
         .help = "What a step's question is answered with; it approves no change."},               \
        {"no-ask", 0, ARG_NONE, .help = "Ask nothing here: end with 4 where a person is needed."}, \
    {                                                                                              \
        "events", 0, ARG_NONE,                                                                     \
            .help = "With --json, write every event as a line before the "                         \
                    "record."                                                                      \
    }

const struct cmd_def skill_run_def = {
    .name = "run",
    .help = "Run a skill, step by step.",
    .details =
        "Its parameters are given as NAME=VALUE; what is missing is asked for at a terminal, else "
        "named. Tools of steps only read. What a step changes is proposed like any other change: "
        "read first, shown, judged by the policy, approved by a person, done once, verified. When "
        "a step fails, the steps that were done are taken back, the last one first, as far as they "
        "can be.\n"
        "At a terminal it runs on the screen; with --plain line by line. Headless it ends with 4 "
        "where a person is needed, and says how to go on; with --json the last line is the record "
        "of the run (schema runbook.procedure/1).\n"
        "Exit codes: 0 completed, or a dry run; 1 failed, in part or rolled back; 2 usage; 4 a "
        "person is needed, or said no; 5 refused by policy; 130 canceled.",
    .opts =
        (const struct opt_def[]){
            {"dry-run", 0, ARG_NONE,
             .help = "Read, and show the exact calls of every change; make none of them."},
            {"why", 0, ARG_TEXT, .value = "TEXT", .help = "What it is for; kept with the record."},
            RUN_OPTS,
            {NULL}},
    .pos =
        (const struct pos_def[]){
            {"SKILL", ARG_SKILL, .required = true, .help = "Its id, or a file."},
            {"NAME=VALUE", ARG_TEXT, .repeat = true, .help = "Its parameters."},
            {NULL}},
    .run = run_run,
    .examples = "runbook skill run free-disk-space path=/var --dry-run\n"
                "runbook skill run ./restart-checkout.yaml --json",
};

const struct cmd_def skill_resume_def = {
    .name = "resume",
    .help = "Go on with a run that was cut, or that waits for a person, at its step.",
    .details = "What was done is not done again. A change whose end is not known is found out by "
               "reading first; one that was not started is asked for again.",
    .opts = (const struct opt_def[]){RUN_OPTS, {NULL}},
    .pos = (const struct pos_def[]){{"RUN", ARG_TEXT, .required = true,
                                     .help = "The run, such as r4k2x9q, or its session."},
                                    {NULL}},
    .run = run_resume,
    .examples = "runbook skill resume r4k2x9q\n"
                "runbook skill resume r4k2x9q --answer sure=yes --json",
};
