/* cmd_approve.c - `runbook approve`, `reject` and `undo`: answer what another run asked for, at
 * this terminal, by the rules of the dialog; and the way back of what was done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/policy/token.h"
#include "runbook/store/pending.h"
#include "src/app/act.h"
#include "src/app/commands.h"
#include "src/app/investigate.h"
#include "src/app/second.h"

/* As for `act`: how its host or server is reached. */
static const struct opt_def answer_opts[] = {
    ACT_REACH_OPTS,
    {"no-ask", 0, ARG_NONE, .help = "Do not ask here: end with 4 and the id."},
    {NULL},
};

static const struct opt_def approve_opts[] = {
    ACT_REACH_OPTS,
    {"token", 0, ARG_TEXT, .value = "TOKEN",
     .help = "Hand in what a second person signed ('runbook token new')."},
    {NULL},
};

static int print_mutation(struct app *app, const struct model *m, const struct mutation *mu)
{
    struct buf out = BUF_INIT((size_t)4 << 20);
    int rc;

    if (app->json) {
        mutation_json(m, mu, &out);
        buf_addc(&out, '\n');
    } else {
        mutation_text(m, mu, &out);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

int act_ask(struct app *app, const char *session, const char *id, const struct cmd_args *args)
{
    struct buf text = BUF_INIT((size_t)4 << 20);
    int code = EXIT_APPROVAL, rc;
    struct session_request req = {.resume = session, .watch = id, .watch_json = app->json};

    act_request(args, &req);
    req.ret_watched = &text;
    req.ret_code = &code;
    rc = app_plain(app) ? plain_session(app, &req) : screen_session(app, &req);
    if (text.len) {
        if (app->json)
            buf_addc(&text, '\n');
        rc = app_print(buf_str(&text));
    }
    buf_release(&text);
    return rc ? rc : code;
}

/* Both: what is asked must be seen, and what answers must be typed. */
static bool at_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int act_run(struct app *app, struct session *s, const char *id, const struct cmd_args *args)
{
    bool ask = !args_has(args, "no-ask");
    const struct model *m = engine_model(session_engine(s));
    char *session = xstrdup(m->id), *mine = xstrdup(id);
    const struct mutation *mu;
    struct err err;
    int code, rc;

    session_settle(s);
    mu = model_mutation(m, mine);
    code = session_act_code(m, mu);
    ask = ask && code == EXIT_APPROVAL && mu->state == MUTATION_PLANNED && !app->json &&
          at_terminal();
    if (!ask) {
        rc = print_mutation(app, m, mu);
        code = rc ? rc : code;
    }
    if (engine_close(session_engine(s), code == EXIT_APPROVAL ? "waits" : "done", code, &err)) {
        app_fail(&err);
        code = EXIT_FAILED;
        ask = false;
    }
    session_free(s);
    if (ask)
        code = act_ask(app, session, mine, args);
    free(session);
    free(mine);
    return code;
}

/* ---- approve ---- */

/* The session of a mutation; NULL after a message. The caller frees. */
static char *session_of(struct app *app, const char *id)
{
    const char *dir;
    struct err err;
    char *session;

    if (app_state_dir(app, &dir, &err)) {
        app_fail(&err);
        return NULL;
    }
    session = mutate_find_session(dir, id);
    if (!session) {
        err_set(&err, ERR_NOT_FOUND, "there is no request or mutation '%.32s' in %s", id, dir);
        app_fail(&err);
    }
    return session;
}

/* Into the box that the session looks at. */
static enum err_code hand_in(struct app *app, const char *id, const char *token, struct err *err)
{
    const char *state;
    char *box;
    enum err_code rc;

    if (app_state_dir(app, &state, err))
        return err->code;
    box = pending_own(state);
    if (!pending_id_ok(id) || strlen(token) > TOKEN_MAX)
        rc = err_set(err, ERR_INPUT, "it is no id, or no token");
    else
        rc = pending_answer(box, false, id, "token", str_from(token), err);
    free(box);
    return rc;
}

/* Is it open in another process, which has taken the token by now? */
static bool open_elsewhere(struct app *app, const char *session)
{
    const char *state;
    struct err err;
    char *path;
    bool used;

    if (app_state_dir(app, &state, &err))
        return false;
    path = xasprintf("%s/scratchpad/%s.jsonl", state, session);
    used = journal_in_use(path);
    free(path);
    return used;
}

/* Somebody else's request: it is answered beside the session, not in it. */
static bool is_others(struct app *app, const char *id)
{
    struct second_request r = {0};
    char *box = NULL;
    bool shared;
    struct err err;

    if (second_find(app, id, &r, &box, &shared, &err))
        return false;
    second_release(&r);
    free(box);
    return true;
}

static int run_approve(struct app *app, const struct cmd_args *args)
{
    const char *id = args_pos(args, 0), *token = args_get(args, "token");
    struct err err;
    char *session;
    int code;

    if (token && hand_in(app, id, token, &err))
        return app_fail(&err);
    if (!token && is_others(app, id))
        return second_answer(app, id, "", false);

    if (!at_terminal()) {
        err_set(&err, ERR_DENIED,
                "%s is approved by a person at a terminal only: not through a pipe or a file", id);
        app_fail(&err);
        return EXIT_APPROVAL;
    }
    session = session_of(app, id);
    if (!session)
        return EXIT_FAILED;
    if (open_elsewhere(app, session)) {
        code = token ? EXIT_DONE : EXIT_APPROVAL;
        fprintf(stderr, "runbook: %s\n",
                token ? "the token was handed to the session that is open; what it makes of it is "
                        "said there"
                      : "its session is open elsewhere: answer it there");
        free(session);
        return code;
    }
    session_recover(app);
    code = act_ask(app, session, id, args);
    free(session);
    return code;
}

const struct cmd_def cmd_approve_def = {
    .name = "approve",
    .help = "Read a request that waits, and approve it at this terminal; what was approved is then "
            "done.",
    .details =
        "The request is shown as it was asked for. Low and medium risk: one key; high: the word "
        "yes; critical: the name of the resource. What is pasted, piped or typed before it could "
        "be read does not count. Before anything starts, the state is read again: when it is not "
        "what was shown, nothing is done.\n"
        "Where the policy wants two persons, who asked confirms it in the session, and somebody "
        "else runs this at another terminal of the machine, under an account of his own, or signs "
        "a token (see 'runbook token'). The same account, the same person behind sudo, the same "
        "login, terminal or connection of ssh is refused.",
    .opts = approve_opts,
    .pos =
        (const struct pos_def[]){
            {"ID", ARG_TEXT, .required = true, .help = "The request, such as m4k2x9q."}, {NULL}},
    .run = run_approve,
    .examples = "runbook approve m4k2x9q\nrunbook approve m4k2x9q --token rbt1.eyJpZCI6...",
};

/* ---- reject ---- */

static bool reject(struct session *s, const char *id, const char *why, struct err *err)
{
    struct engine *e = session_engine(s);
    const struct approval *a = model_approval(engine_model(e), id);
    struct intent_sink to = engine_intents(e);
    struct intent in = {.type = INTENT_DISAPPROVE, .approval = id, .text = *why ? why : "rejected"};

    if (!a || a->state != APPROVAL_WAITING) {
        err_set(err, ERR_NOT_FOUND, "%s does not wait for an answer%s%s", id, a ? ": it is " : "",
                a ? approval_state_name(a->state) : "");
        return false;
    }
    to.submit(to.ctx, &in);
    return true;
}

/* The session of `id`, open again. NULL after a message: *ret_code. */
static struct session *reopen(struct app *app, const char *id, const struct cmd_args *args,
                              int *ret_code)
{
    char *name = session_of(app, id);
    struct session_request req = {.resume = name};
    struct session *s = NULL;
    struct err err;

    act_request(args, &req);
    *ret_code = EXIT_FAILED;
    if (name && session_new(app, &req, &s, &err)) {
        if (err.code == ERR_AGAIN)
            err_wrap(&err, "%s belongs to a session that is open elsewhere: answer it there", id);
        *ret_code = app_fail(&err);
        s = NULL;
    }
    free(name);
    return s;
}

/* Its session is open in another process, which looks for a refusal in the box. */
static bool reject_elsewhere(struct app *app, const char *id, const char *why, int *ret_code)
{
    const char *state;
    struct err err;
    char *session = app_state_dir(app, &state, &err) ? NULL : mutate_find_session(state, id), *box;
    struct buf json = BUF_INIT(PENDING_MAX);
    bool there = session && open_elsewhere(app, session);

    if (there) {
        box = pending_own(state);
        second_put_answer(id, "", false, why, &json);
        if (pending_answer(box, false, id, "answer", buf_str(&json), &err)) {
            *ret_code = app_fail(&err);
        } else {
            printf("%s: rejected; its session is told\n", id);
            *ret_code = EXIT_DONE;
        }
        free(box);
    }
    buf_release(&json);
    free(session);
    return there;
}

static int run_reject(struct app *app, const struct cmd_args *args)
{
    const char *id = args_pos(args, 0);
    struct buf why = BUF_INIT(4096);
    struct err err;
    struct session *s;
    int code;

    args_pos_text(args, 1, &why);
    if (is_others(app, id)) {
        code = second_answer(app, id, buf_cstr(&why), true);
        buf_release(&why);
        return code;
    }
    if (reject_elsewhere(app, id, buf_cstr(&why), &code)) {
        buf_release(&why);
        return code;
    }
    s = reopen(app, id, args, &code);
    if (!s) {
        buf_release(&why);
        return code;
    }
    if (reject(s, id, buf_cstr(&why), &err)) {
        session_settle(s);
        code = print_mutation(app, engine_model(session_engine(s)),
                              model_mutation(engine_model(session_engine(s)), id));
    } else {
        code = app_fail(&err);
    }
    engine_close(session_engine(s), "done", code, &err);
    session_free(s);
    buf_release(&why);
    return code;
}

const struct cmd_def cmd_reject_def = {
    .name = "reject",
    .help = "Refuse a request that waits.",
    .opts = answer_opts,
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .required = true, .help = "The request."},
                                    {"REASON", ARG_TEXT, .repeat = true,
                                     .help = "Why; kept with the record."},
                                    {NULL}},
    .run = run_reject,
    .examples = "runbook reject m4k2x9q wrong host",
};

/* ---- undo ---- */

static int run_undo(struct app *app, const struct cmd_args *args)
{
    const char *id = args_pos(args, 0), *back;
    struct session *s;
    struct err err;
    int code;

    session_recover(app);
    s = reopen(app, id, args, &code);
    if (!s)
        return code;
    session_settle(s);
    if (engine_undo(session_engine(s), id, &back, &err)) {
        code = app_fail(&err);
        engine_close(session_engine(s), "done", code, &err);
        session_free(s);
        return code;
    }
    return act_run(app, s, back, args);
}

const struct cmd_def cmd_undo_def = {
    .name = "undo",
    .help =
        "Take back what a mutation did, as its plan said; approved and verified like any other.",
    .opts = answer_opts,
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .required = true, .help = "The mutation."},
                                    {NULL}},
    .run = run_undo,
    .examples = "runbook undo m4k2x9q",
};
