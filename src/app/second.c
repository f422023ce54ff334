/* second.c - see second.h. There is no engine here and nothing can be done from here: a model with
 * one request in it, and a frontend over it, whose answer is taken and written down. */
#include "src/app/second.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/model/approval.h"
#include "runbook/policy/token.h"
#include "runbook/store/pending.h"
#include "runbook/ui/plain.h"
#include "src/app/policy_open.h"
#include "src/app/screen.h"

/* ---- reading ---- */

enum err_code second_read(struct str json, const char *name, struct second_request *ret,
                          struct err *err)
{
    struct second_request r = {.arena = arena_new(16384)};
    const struct value *v = NULL;
    struct err why = ERR_INIT;

    if (json_parse(r.arena, json, &v, &why) || v->type != VALUE_OBJECT ||
        !str_eq_c(value_str_or(v, "schema", ""), "runbook.request/1") ||
        !identity_parse(value_get(v, "who"), &r.who) || !value_get(v, "request") ||
        event_decode(EV_APPROVAL_REQUESTED, value_get(v, "request"), r.arena, &r.ev, &why)) {
        arena_free(r.arena);
        return err_set(err, ERR_INPUT, "%.200s is no request of runbook%s%.160s", name,
                       why.code ? ": " : "", why.code ? why.msg : "");
    }
    r.id = value_cstr_or(v, "id", "");
    r.session = value_cstr_or(v, "session", "");
    r.ev.ts_ms = value_i64_or(v, "asked_ms", 0);
    r.ev.actor = "engine";
    event_normalize(&r.ev);
    approval_fingerprint(&r.ev.u.approval_requested, r.fingerprint);
    if (strcmp(r.fingerprint, r.ev.u.approval_requested.fingerprint) != 0 ||
        strcmp(r.id, r.ev.u.approval_requested.id) != 0) {
        arena_free(r.arena);
        return err_set(err, ERR_INPUT, "%.200s does not match its own fingerprint", name);
    }
    *ret = r;
    return ERR_OK;
}

void second_release(struct second_request *r)
{
    if (r->arena)
        arena_free(r->arena);
    r->arena = NULL;
}

/* ---- asking ---- */

struct asking {
    const struct second_request *r;
    struct loop *loop;
    struct model model;
    enum second_said said;
};

static void submit(void *ctx, const struct intent *in)
{
    struct asking *a = ctx;
    bool mine = in->approval && strcmp(in->approval, a->r->id) == 0;

    if (in->type == INTENT_APPROVE && mine && in->fingerprint &&
        strcmp(in->fingerprint, a->r->fingerprint) == 0)
        a->said = SECOND_YES;
    else if (in->type == INTENT_DISAPPROVE && mine)
        a->said = SECOND_NO;
    else if (in->type != INTENT_QUIT)
        return; /* nothing else can be asked here */
    loop_stop(a->loop);
}

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    loop_stop(((struct asking *)ctx)->loop);
}

static enum err_code on_screen(struct app *app, struct asking *a, struct err *err)
{
    struct screen_strings strings;
    struct tui_options o;
    struct tui *tui = NULL;

    if (screen_options(app, &o, &strings, err))
        return err->code;
    o.intents = (struct intent_sink){submit, a};
    o.on_quit = on_quit;
    o.quit_ctx = a;
    o.quiet_exit = true;
    if (!tui_new(a->loop, &o, &tui, err)) {
        tui_show(tui, &a->model);
        loop_run(a->loop);
        tui_free(tui);
    }
    screen_strings_release(&strings);
    return err->code;
}

static enum err_code by_lines(struct app *app, struct asking *a, struct err *err)
{
    struct plain_options o = {.text = {.width = app_width(), .ascii = app->ascii},
                              .in_fd = STDIN_FILENO,
                              .out_fd = STDERR_FILENO, /* what is made goes to stdout */
                              .prompt = true,
                              .intents = {submit, a},
                              .on_quit = on_quit,
                              .quit_ctx = a};
    struct plain *plain = NULL;

    if (!plain_new(a->loop, &o, &plain, err)) {
        plain_show(plain, &a->model);
        loop_run(a->loop);
        plain_free(plain);
    }
    return err->code;
}

int second_ask(struct app *app, const struct second_request *r, enum second_said *ret)
{
    struct asking a = {.r = r};
    struct err err = ERR_INIT;
    bool lines = app_plain(app) || !isatty(STDOUT_FILENO);

    if (!isatty(STDIN_FILENO) || (!isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO))) {
        err_set(&err, ERR_DENIED,
                "%s is answered by a person at a terminal only: not through a pipe or a file",
                r->id);
        app_fail(&err);
        return EXIT_APPROVAL;
    }
    a.loop = loop_new(app->clock);
    model_init(&a.model);
    model_apply(&a.model, &r->ev);
    if (lines)
        by_lines(app, &a, &err);
    else
        on_screen(app, &a, &err);
    model_release(&a.model);
    loop_free(a.loop);
    *ret = a.said;
    return err.code ? app_fail(&err) : EXIT_DONE;
}

/* ---- boxes ---- */

static bool is_other(const struct second_request *r)
{
    struct identity me;

    identity_read(&me);
    return r->who.uid != me.uid || strcmp(r->who.user, me.user) != 0 ||
           strcmp(r->who.host, me.host) != 0;
}

static enum err_code from_box(const char *box, const char *id, struct second_request *ret,
                              struct err *err)
{
    struct buf json = BUF_INIT(PENDING_MAX);
    int64_t uid = -1;
    enum err_code rc = pending_read(box, id, &json, &uid, err);

    if (!rc)
        rc = second_read(buf_str(&json), id, ret, err);
    if (!rc && (ret->who.uid != uid || strcmp(ret->id, id) != 0)) {
        second_release(ret);
        rc = err_set(err, ERR_DENIED, "the request %.32s in %s is not of the user whom it names",
                     id, box);
    }
    buf_release(&json);
    return rc;
}

enum err_code second_find(struct app *app, const char *id, struct second_request *ret,
                          char **ret_box, bool *ret_shared, struct err *err)
{
    struct policy *p = NULL;
    const char *state, *shared;
    char *box;
    enum err_code rc;

    if (app_state_dir(app, &state, err) || policy_open(app, NULL, &p, NULL, err))
        return err->code;
    box = pending_own(state);
    *ret_shared = false;
    rc = from_box(box, id, ret, err);
    if (!rc && !is_other(ret)) {
        second_release(ret);
        rc = err_set(err, ERR_NOT_FOUND, "%.32s is your own request", id);
    }
    shared = policy_people(p).folder;
    if (rc == ERR_NOT_FOUND && shared) {
        free(box);
        box = xstrdup(shared);
        *ret_shared = true;
        rc = pending_open(box, true, err);
        rc = rc ? rc : from_box(box, id, ret, err);
    }
    policy_free(p);
    if (rc)
        free(box);
    else
        *ret_box = box;
    return rc;
}

void second_put_answer(const char *id, const char *fingerprint, bool yes, const char *why,
                       struct buf *out)
{
    struct identity me;
    struct json_writer w;

    identity_read(&me);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.answer/1");
    json_put_cstr(&w, "id", id);
    json_put_cstr(&w, "fingerprint", fingerprint);
    json_put_cstr(&w, "answer", yes ? "approve" : "reject");
    json_put_cstr(&w, "reason", why);
    json_key(&w, "by");
    identity_json(&me, &w);
    json_object_end(&w);
}

/* Said before somebody reads it all for nothing; who asked looks again. */
static bool may_answer(struct app *app, const struct second_request *r, struct err *err)
{
    struct identity me;
    struct policy_user asked = identity_user(&r->who), other;
    const char *why;

    identity_read(&me);
    other = identity_user(&me);
    if (app->clock->wall_ms(app->clock) >= r->ev.u.approval_requested.expires_ms)
        err_set(err, ERR_DENIED, "%s: the time to answer is over", r->id);
    else if (r->ev.u.approval_requested.persons < 2)
        err_set(err, ERR_DENIED, "%s takes one person: it is answered where it was asked", r->id);
    else if (!policy_second_person(&asked, &other, &why))
        err_set(err, ERR_DENIED, "%s: you cannot approve it: %s", r->id, why);
    else
        return true;
    return false;
}

int second_answer(struct app *app, const char *id, const char *why, bool reject)
{
    enum second_said said = SECOND_NO;
    struct second_request r = {0};
    struct buf json = BUF_INIT(PENDING_MAX);
    char *box = NULL;
    bool shared;
    struct err err = ERR_INIT;
    int code = EXIT_APPROVAL;

    if (second_find(app, id, &r, &box, &shared, &err))
        return app_fail(&err);
    if (!reject && !may_answer(app, &r, &err))
        app_fail(&err);
    else if (reject || !(code = second_ask(app, &r, &said))) {
        code = EXIT_APPROVAL;
        second_put_answer(id, r.fingerprint, said == SECOND_YES, why, &json);
        if (said == SECOND_NOTHING)
            fprintf(stderr, "runbook: %s was not answered\n", id);
        else if (pending_answer(box, shared, id, "answer", buf_str(&json), &err))
            code = app_fail(&err);
        else if (said == SECOND_YES)
            code = (printf("%s: approved; it goes on in the session of %s\n", id, r.who.user),
                    EXIT_DONE);
        else
            code = (printf("%s: rejected\n", id), EXIT_DONE);
    }
    buf_release(&json);
    second_release(&r);
    free(box);
    return code;
}
