/* session_rename.c - "runbook sessions rename": one more line in the journal of a session that
 * nobody has open. The title is redacted like everything that a person types. */
#include "src/app/session_rename.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/loop/loop.h"
#include "runbook/policy/redact.h"
#include "src/app/commands.h"
#include "src/app/session_ref.h"

#define TITLE_MAX 200

/* ERR_INPUT: it cannot be a title. */
static enum err_code clean_title(struct app *app, struct str title, struct buf *out,
                                 struct err *err)
{
    struct redactor *r;
    char salt[16];
    size_t bad;

    title = str_trim(title);
    if (!title.len || title.len > TITLE_MAX)
        return err_set(err, ERR_INPUT, "a title has 1 to %d bytes", TITLE_MAX);
    if (!text_valid(title, &bad))
        return err_set(err, ERR_INPUT, "the title: bad UTF-8 at byte %zu", bad);
    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (char)rng_next(app_rng(app));
    r = redactor_new((struct str){salt, sizeof(salt)});
    redactor_apply(r, out, title);
    redactor_free(r);
    return ERR_OK;
}

static enum err_code append(struct app *app, struct journal *j, const char *title, struct err *err)
{
    struct event ev = {.type = EV_SESSION_RENAMED};
    struct buf line = BUF_INIT(8192);
    enum err_code rc;
    uint64_t seq;

    ev.u.session_renamed.title = title;
    event_normalize(&ev);
    event_encode(&ev, &line);
    rc = journal_append(j, event_type_name(ev.type), "user", app->clock->wall_ms(app->clock),
                        buf_str(&line), NULL, NULL, &seq, err);
    buf_release(&line);
    return rc;
}

static enum err_code rename_session(struct app *app, const struct session_ref *ref,
                                    const char *title, struct err *err)
{
    struct loop *loop = loop_new(app->clock);
    char *dir = path_join(ref->state_dir, "scratchpad");
    struct journal_report report;
    struct journal *j = NULL;
    struct err closing = ERR_INIT;
    enum err_code rc = journal_open(loop, dir, ref->id, NULL, NULL, &j, &report, err);

    if (rc == ERR_AGAIN)
        rc = err_set(err, ERR_AGAIN, "session %s is open somewhere: rename it there, with /rename",
                     ref->id);
    else if (!rc)
        rc = append(app, j, title, err);
    if (j && journal_close(j, NULL, NULL, &closing) && !rc) {
        *err = closing;
        rc = closing.code;
    }
    loop_free(loop);
    free(dir);
    return rc;
}

static int say(const struct app *app, const char *id, const char *title)
{
    struct buf out = BUF_INIT(8192);
    struct json_writer w;
    int rc;

    if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.renamed/1");
        json_put_cstr(&w, "id", id);
        json_put_cstr(&w, "title", title);
        json_object_end(&w);
    } else {
        buf_addf(&out, "%s is now \"", id);
        text_sanitize(&out, str_from(title), false, app->ascii);
        buf_adds(&out, "\"");
    }
    buf_addc(&out, '\n');
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

int session_rename(struct app *app, const struct cmd_args *args)
{
    struct buf words = BUF_INIT(8192), title = BUF_INIT(8192);
    struct session_ref ref = {0};
    struct err err = ERR_INIT;
    int rc;

    args_pos_text(args, 1, &words);
    if (clean_title(app, buf_str(&words), &title, &err) ||
        session_ref_find(app, args_pos(args, 0), &ref, &err))
        rc = app_fail(&err);
    else if (!ref.id)
        rc = app_fail(
            (err_set(&err, ERR_INPUT, "%s lies outside the state folder", ref.path), &err));
    else if (rename_session(app, &ref, buf_cstr(&title), &err))
        rc = app_fail(&err);
    else
        rc = say(app, ref.id, buf_cstr(&title));
    session_ref_release(&ref);
    buf_release(&words);
    buf_release(&title);
    return rc;
}
