/* cmd_token.c - "runbook token": the word of a second person as a signed text: the key, the request
 * that is handed over, the token, and what one says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/policy/token.h"
#include "runbook/store/pending.h"
#include "src/app/commands.h"
#include "src/app/policy_open.h"
#include "src/app/second.h"

#define KEY_MAX ((size_t)16 << 10)

/* ---- the key of who approves ---- */

static enum err_code make_key(const char *path, struct sign_key **ret, struct err *err)
{
    struct buf pem = BUF_INIT(KEY_MAX);
    char *dir = path_dir(path);
    enum err_code rc = dir_make(dir, err);

    if (!rc)
        rc = sign_key_make(ret, err);
    if (!rc && (sign_key_write_private(*ret, &pem, err) ||
                file_write_atomic(path, buf_str(&pem), 0600, err))) {
        rc = err->code;
        sign_key_free(*ret);
    }
    if (pem.ptr)
        explicit_bzero(pem.ptr, pem.cap);
    buf_release(&pem);
    free(dir);
    return rc;
}

static enum err_code read_key(const char *path, struct sign_key **ret, struct err *err)
{
    struct buf pem = BUF_INIT(KEY_MAX);
    struct stat st;
    enum err_code rc;

    if (lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_mode & 077))
        return err_set(err, ERR_DENIED, "%s can be read by others: run chmod 600 on it", path);
    rc = file_read(path, &pem, err);
    if (!rc && sign_key_read(buf_str(&pem), ret, err))
        rc = err_wrap(err, "%s", path);
    if (pem.ptr)
        explicit_bzero(pem.ptr, pem.cap);
    buf_release(&pem);
    return rc;
}

static enum err_code open_key(bool make, struct sign_key **ret, struct err *err)
{
    char *home = path_config_home(), *path = home ? path_join(home, "approver.key") : NULL;
    enum err_code rc;

    if (!path)
        rc = err_set(err, ERR_NOT_FOUND, "there is no home folder to keep a key in");
    else if (file_exists(path))
        rc = read_key(path, ret, err);
    else if (make)
        rc = make_key(path, ret, err);
    else
        rc = err_set(err, ERR_NOT_FOUND,
                     "you have no key: 'runbook token key' makes one, for the policy of who asks");
    free(path);
    free(home);
    return rc;
}

static int run_key(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(KEY_MAX * 2), pem = BUF_INIT(KEY_MAX);
    char print[SIGN_FINGERPRINT];
    struct sign_key *key = NULL;
    struct json_writer w;
    struct err err;
    int rc;

    (void)args;
    if (open_key(true, &key, &err) || sign_key_write_public(key, &pem, &err)) {
        sign_key_free(key);
        return app_fail(&err);
    }
    sign_key_fingerprint(key, print);
    if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.token.key/1");
        json_put_cstr(&w, "algorithm", "Ed25519");
        json_put_cstr(&w, "fingerprint", print);
        json_put_str(&w, "public_key", buf_str(&pem));
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else {
        buf_add_str(&out, buf_str(&pem));
    }
    rc = app_print(buf_str(&out));
    sign_key_free(key);
    buf_release(&out);
    buf_release(&pem);
    return rc;
}

static const struct cmd_def key_def = {
    .name = "key",
    .help = "Print your public key for approvals; made at first use.",
    .details = "The private half is approver.key of your configuration folder and never leaves it. "
               "The public half goes to those whose requests you approve: as NAME.pub into the "
               "folder approvers.keys of their policy.yaml, or as 'key' of approvers.people.",
    .run = run_key,
    .examples = "runbook token key > ann.pub",
};

/* ---- the request ---- */

static int run_request(struct app *app, const struct cmd_args *args)
{
    struct buf json = BUF_INIT(PENDING_MAX);
    const char *state, *id = args_pos(args, 0);
    struct second_request r = {0};
    char *box = NULL;
    int64_t uid;
    struct err err;
    int rc;

    if (app_state_dir(app, &state, &err))
        return app_fail(&err);
    box = pending_own(state);
    if (pending_read(box, id, &json, &uid, &err) || second_read(buf_str(&json), id, &r, &err)) {
        rc = app_fail(&err);
    } else {
        buf_addc(&json, '\n');
        rc = app_print(buf_str(&json));
    }
    second_release(&r);
    buf_release(&json);
    free(box);
    return rc;
}

static const struct cmd_def request_def = {
    .name = "request",
    .help = "Print a request that waits, for somebody who approves it elsewhere.",
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .required = true, .help = "The request."},
                                    {NULL}},
    .run = run_request,
    .examples = "runbook token request m4k2x9q > m4k2x9q.request",
};

/* ---- the token ---- */

static enum err_code read_request(struct app *app, const char *what, struct second_request *ret,
                                  struct err *err)
{
    struct buf json = BUF_INIT(PENDING_MAX);
    char *box = NULL;
    bool shared;
    enum err_code rc;

    if (!strchr(what, '/') && !strchr(what, '.') && !file_exists(what)) {
        rc = second_find(app, what, ret, &box, &shared, err);
        free(box);
        return rc;
    }
    rc = file_read(what, &json, err);
    if (!rc)
        rc = second_read(str_trim(buf_str(&json)), what, ret, err);
    buf_release(&json);
    return rc;
}

static enum err_code sign_token(struct app *app, const struct second_request *r, const char *name,
                                int64_t age_ms, struct buf *out, struct err *err)
{
    int64_t now = app->clock->wall_ms(app->clock);
    int64_t until = r->ev.u.approval_requested.expires_ms;
    uint8_t random[TOKEN_ID / 2];
    char number[TOKEN_ID + 1];
    struct sign_key *key = NULL;
    struct identity me;
    struct token t;
    enum err_code rc;

    identity_read(&me);
    for (size_t i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)rng_next(app_rng(app));
    hash_hex(random, sizeof(random), number);
    t = (struct token){.id = number,
                       .mutation = r->id,
                       .fingerprint = r->fingerprint,
                       .approver = name ? name : identity_person(&me),
                       .host = me.host,
                       .issued_ms = now,
                       .expires_ms = now + age_ms < until ? now + age_ms : until};
    if (now >= until)
        return err_set(err, ERR_DENIED, "%s: the time to answer is over", r->id);
    rc = open_key(false, &key, err);
    if (!rc)
        rc = token_write(&t, key, out, err);
    sign_key_free(key);
    return rc;
}

static int run_new(struct app *app, const struct cmd_args *args)
{
    const char *what = args_pos(args, 0), *name = args_get(args, "as");
    int64_t age_ms = args_duration_ms(args, "age", 900000);
    enum second_said said = SECOND_NOTHING;
    struct second_request r = {0};
    struct buf token = BUF_INIT(TOKEN_MAX * 2);
    struct sign_key *key = NULL;
    struct err err;
    int rc;

    /* Before it is read: without a key nothing comes of it. */
    if (open_key(false, &key, &err) || read_request(app, what, &r, &err)) {
        sign_key_free(key);
        return app_fail(&err);
    }
    sign_key_free(key);
    rc = second_ask(app, &r, &said);
    if (!rc && said != SECOND_YES) {
        fprintf(stderr, "runbook: %s was not approved: there is no token\n", r.id);
        rc = EXIT_APPROVAL;
    } else if (!rc && sign_token(app, &r, name, age_ms, &token, &err)) {
        rc = app_fail(&err);
    } else if (!rc) {
        buf_addc(&token, '\n');
        rc = app_print(buf_str(&token));
    }
    second_release(&r);
    buf_release(&token);
    return rc;
}

static const struct cmd_def new_def = {
    .name = "new",
    .help = "Read somebody's request at this terminal, and sign a token that approves it.",
    .details =
        "The request is shown as it was asked for, and approved by the same rules as in the "
        "dialog. "
        "The token is for exactly this request; it is good once, and until its time or that of "
        "the request is over. Who asked gives it to 'runbook approve ID --token'.",
    .opts = (const struct opt_def[]){{"as", 0, ARG_TEXT, .value = "NAME",
                                      .help = "Your name in the policy of who asks, when it is not "
                                              "that of your account."},
                                     {"age", 0, ARG_DURATION, .value = "DURATION",
                                      .help = "How long the token is good, 15m without this."},
                                     {NULL}},
    .pos = (const struct pos_def[]){{"FILE|ID", ARG_FILE, .required = true,
                                     .help = "What 'token request' printed, or a request that "
                                             "waits in the folder of the policy."},
                                    {NULL}},
    .run = run_new,
    .examples = "runbook token new m4k2x9q.request",
};

/* ---- what one says ---- */

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

static void say_token(struct app *app, const struct token *t, const char *why, struct buf *out)
{
    struct json_writer w;
    char until[TIME_TEXT_MAX];

    if (app->json) {
        json_writer_init(&w, out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.token/1");
        json_put_bool(&w, "good", !why);
        json_put_cstr(&w, "why", why);
        json_put_cstr(&w, "token", t->id);
        json_put_cstr(&w, "request", t->mutation);
        json_put_cstr(&w, "fingerprint", t->fingerprint);
        json_put_cstr(&w, "approver", t->approver);
        json_put_cstr(&w, "host", t->host);
        put_time(&w, "issued", t->issued_ms);
        put_time(&w, "expires", t->expires_ms);
        json_object_end(&w);
        buf_addc(out, '\n');
        return;
    }
    time_format_utc(t->expires_ms, until);
    buf_addf(out, "%s  for ", why ? "refused" : "good");
    text_sanitize(out, str_from(t->mutation), false, app->ascii);
    buf_adds(out, " by ");
    text_sanitize(out, str_from(t->approver), false, app->ascii);
    buf_addf(out, " until %s%s", until, why ? "\n  " : "");
    text_sanitize(out, str_from(why ? why : ""), false, app->ascii);
    buf_addc(out, '\n');
}

static int run_verify(struct app *app, const struct cmd_args *args)
{
    struct arena *arena = arena_new(8192);
    struct buf out = BUF_INIT(65536);
    struct str text = str_from(args_pos(args, 0));
    struct token t = {0};
    struct policy *p = NULL;
    const char *why;
    struct err err = ERR_INIT;
    int rc;

    if (policy_open(app, NULL, &p, NULL, &err) || token_read(text, arena, &t, &err)) {
        policy_free(p);
        arena_free(arena);
        return app_fail(&err);
    }
    why = token_person(p, text, arena, &t, &err);
    if (!why)
        why = token_refused(&t, t.mutation, t.fingerprint, app->clock->wall_ms(app->clock),
                            policy_people(p).token_ms);
    say_token(app, &t, why, &out);
    rc = app_print(buf_str(&out));
    policy_free(p);
    buf_release(&out);
    arena_free(arena);
    return rc ? rc : why ? EXIT_APPROVAL : EXIT_DONE;
}

static const struct cmd_def verify_def = {
    .name = "verify",
    .help = "Say what a token approves, whose it is by the keys of the policy, and whether it is "
            "still good.",
    .details = "Whether it was used before, and whether the request is still the same, is seen "
               "where it is given to the session. Exit code 4 when it is refused.",
    .pos = (const struct pos_def[]){{"TOKEN", ARG_TEXT, .required = true, .help = "The token."},
                                    {NULL}},
    .run = run_verify,
    .examples = "runbook token verify rbt1.eyJpZCI6...",
};

const struct cmd_def cmd_token_def = {
    .name = "token",
    .help = "Approve for somebody at another machine, with a signed token.",
    .details =
        "Where the policy wants two persons, the second one answers at another terminal of the "
        "machine ('runbook approve ID'), or anywhere with a token: who asked hands the request "
        "over "
        "('token request'), the second person reads and signs it ('token new'), and who asked "
        "gives the token to the session ('approve ID --token TOKEN'). Keys of approvers stand in "
        "policy.yaml.",
    .subs = (const struct cmd_def *const[]){&key_def, &request_def, &new_def, &verify_def, NULL},
    .examples = "runbook token request m4k2x9q > m4k2x9q.request\n"
                "runbook token new m4k2x9q.request\n"
                "runbook approve m4k2x9q --token rbt1.eyJpZCI6...",
};
