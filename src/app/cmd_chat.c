/* cmd_chat.c - `runbook chat`: questions and answers line by line. */
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "src/app/commands.h"
#include "src/app/investigate.h"
#include "src/app/session_ref.h"

bool session_named(struct app *app, const char *name, const char **ret_id, int *ret_code)
{
    struct session_ref ref;
    struct err err;

    if (!name)
        return false;
    if (session_ref_find(app, name, &ref, &err)) {
        *ret_code = app_fail(&err);
        return true;
    }
    if (!ref.id) {
        err_set(&err, ERR_INPUT, "--session: it lies outside the state folder");
        *ret_code = app_fail(&err);
    } else {
        *ret_id = xstrdup(ref.id);
    }
    session_ref_release(&ref);
    return !*ret_id;
}

void session_name_free(const char **id)
{
    union {
        const char *borrowed;
        char *owned;
    } u = {.borrowed = *id};

    free(u.owned);
    *id = NULL;
}

static int run_chat(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct buf text = BUF_INIT(INVESTIGATE_TEXT_MAX);
    int code = EXIT_USAGE;

    if (investigate_request(app, args, &req, &text) &&
        !session_named(app, args_get(args, "session"), &req.resume, &code)) {
        req.chat = true;
        req.answer = true;
        req.wait = !req.text;
        code = plain_session(app, &req);
        if (code == EXIT_NO_CAUSE) /* of an investigation before; the questions were answered */
            code = EXIT_DONE;
    }
    session_name_free(&req.resume);
    investigate_request_release(&req);
    buf_release(&text);
    return code;
}

const struct cmd_def cmd_chat_def = {
    .name = "chat",
    .help = "Ask and be answered line by line, without the screen.",
    .details = "Each line is a question, answered as by `runbook ask`, with all that was said "
               "before. A line that begins with a slash is a command of plain mode: /help lists "
               "them, /quit leaves. Works with a pipe as well.",
    .opts = session_opts,
    .pos =
        (const struct pos_def[]){
            {"QUESTION", ARG_TEXT, .repeat = true, .help = "The first question."}, {NULL}},
    .run = run_chat,
    .examples = "runbook chat\n"
                "runbook chat --session last\n"
                "printf 'list alerts\\nhow do I fix it?\\n' | runbook chat --session last",
};
