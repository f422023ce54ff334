/* screen_services.c - what the screen asks of the program around it: history, export, other
 * sessions, themes of one's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/context/cost.h"
#include "runbook/llm/llm.h"
#include "runbook/store/index.h"
#include "src/app/desk.h"
#include "src/app/export.h"
#include "src/app/history.h"
#include "src/app/redactor_open.h"
#include "src/app/resource_detail.h"
#include "src/app/screen.h"
#include "src/app/session.h"

#define SESSIONS_LISTED 5000

struct screen_services {
    struct tui_services ops;
    struct app *app;
    struct loop *loop;
    struct session *session; /* NULL: a replay */
    const char *journal;     /* of the replay */
    struct blob_source blobs;
    struct history history;
    char *next;                    /* id of the session that was asked for */
    struct detail_reader *details; /* NULL: a replay */
    struct desk *desk;             /* likewise */

    loop_id job; /* sessions are read by a worker */
    const char *state_dir;
    struct session_list list;
    struct err list_err;
    tui_sessions_fn *answer;
    void *answer_to;
};

/* ---- history ---- */

static bool load_history(void *ctx, void (*each)(void *to, const char *text), void *to,
                         struct err *err)
{
    struct screen_services *s = ctx;

    return history_load(&s->history, each, to, err) == ERR_OK;
}

static bool add_history(void *ctx, const char *text, struct err *err)
{
    struct screen_services *s = ctx;

    return history_add(&s->history, text, loop_wall_ms(s->loop), err) == ERR_OK;
}

/* The folder whose questions belong together: the one that holds .runbook, else this one. */
static char *project_dir(void)
{
    char *found = path_find_project("."), *dir = found ? path_dir(found) : xstrdup(".");
    char *real = realpath(dir, NULL);

    free(found);
    if (!real)
        return dir;
    free(dir);
    return real;
}

/* ---- export ---- */

static bool export_session(void *ctx, const struct model *m, const char *format, const char *path,
                           struct buf *said, struct err *err)
{
    struct screen_services *s = ctx;
    const char *journal = s->session ? engine_journal_path(session_engine(s->session)) : s->journal;
    struct export_options o = {.journal = journal, .blobs = &s->blobs};

    return !export_file(m, &o, format, path, said, err);
}

/* ---- sessions ---- */

/* On a worker. */
static void read_sessions(void *ctx)
{
    struct screen_services *s = ctx;
    struct session_query q = {.limit = SESSIONS_LISTED};

    memset(&s->list, 0, sizeof(s->list));
    err_clear(&s->list_err);
    session_list_load(s->state_dir, &q, &s->list, &s->list_err);
}

static void give_sessions(struct screen_services *s)
{
    size_t n = s->list.items.count;
    struct tui_session *rows = xcalloc(n + 1, sizeof(*rows));

    for (size_t i = 0; i < n; i++) {
        const struct session_info *info = &s->list.items.items[i];

        rows[i] =
            (struct tui_session){info->id, *info->title ? info->title : info->query, info->verdict};
    }
    s->answer(s->answer_to, rows, n, s->list_err.code ? s->list_err.msg : NULL);
    free(rows);
}

static void sessions_read(void *ctx, bool canceled)
{
    struct screen_services *s = ctx;

    s->job = 0;
    if (!canceled)
        give_sessions(s);
    session_list_release(&s->list);
}

static void ask_sessions(void *ctx, tui_sessions_fn *answer, void *to)
{
    struct screen_services *s = ctx;

    s->answer = answer;
    s->answer_to = to;
    if (!s->job)
        s->job = loop_job(s->loop, read_sessions, sessions_read, s);
}

static bool resume(void *ctx, const char *id, struct err *err)
{
    struct screen_services *s = ctx;
    struct session_ref ref;

    if (session_ref_find(s->app, id, &ref, err))
        return false;
    if (!ref.id) {
        err_set(err, ERR_INPUT, "%s lies outside the state folder: 'runbook replay' shows it",
                ref.path);
    } else if (s->session && cstr_eq(ref.id, engine_model(session_engine(s->session))->id)) {
        err_set(err, ERR_INPUT, "%s is the session that is open", ref.id);
    } else {
        free(s->next);
        s->next = xstrdup(ref.id);
        loop_stop(s->loop);
    }
    session_ref_release(&ref);
    return s->next != NULL;
}

/* ---- language models ---- */

static void put_price(const struct price *p, struct buf *out)
{
    if (p)
        buf_addf(out, "$%g in, $%g out a million", p->input, p->output);
    else
        buf_adds(out, "price not known");
}

static void put_health(const struct llm_target *t, int64_t now_ms, struct buf *out)
{
    if (!t->usable)
        buf_addf(out, "not usable: %s", t->missing.msg);
    else if (t->health == LLM_OPEN)
        buf_addf(out, "paused for %lld s: %s",
                 (long long)(t->until_ms > now_ms ? (t->until_ms - now_ms + 999) / 1000 : 0),
                 t->reason.msg);
    else if (t->health == LLM_HALF_OPEN)
        buf_addf(out, "failed before, is tried again: %s", t->reason.msg);
    else
        buf_addf(out, "ready%s", t->local ? ", on this machine" : "");
}

static void models(void *ctx, tui_model_fn *each, void *to)
{
    struct screen_services *s = ctx;
    struct llm *llm = s->session ? session_llm(s->session) : NULL;
    bool off = llm && engine_without_model(session_engine(s->session));
    struct llm_target t;

    for (size_t i = 0; llm && llm_target(llm, i, &t); i++) {
        struct buf name = BUF_INIT(1024), note = BUF_INIT(2048);

        buf_addf(&name, "%s/%s", t.provider, t.model);
        put_price(price_find(session_prices(s->session), t.provider, t.model), &note);
        buf_adds(&note, "; ");
        put_health(&t, loop_wall_ms(s->loop), &note);
        each(to, buf_cstr(&name), buf_cstr(&note), !off && i == llm_first(llm));
        buf_release(&name);
        buf_release(&note);
    }
    if (llm)
        each(to, "none", "the built-in investigator alone; nothing leaves this machine", off);
}

static size_t reveal(void *ctx, struct str text, struct buf *out)
{
    struct screen_services *s = ctx;

    return engine_reveal(session_engine(s->session), text, out);
}

static void ask_resource(void *ctx, const char *key, bool again, tui_detail_fn *answer, void *to)
{
    detail_reader_ask(((struct screen_services *)ctx)->details, key, again, answer, to);
}

/* ---- life ---- */

static enum err_code make(struct app *app, struct screen_services **ret, struct err *err)
{
    struct screen_services *s;
    const struct config *c;
    const char *state_dir;
    char *project;

    if (app_config(app, &c, err) || app_state_dir(app, &state_dir, err))
        return err->code;
    s = xcalloc(1, sizeof(*s));
    s->app = app;
    s->state_dir = state_dir;
    project = project_dir();
    history_init(&s->history, state_dir, project, redactor_open(app, c));
    free(project);
    s->ops = (struct tui_services){
        .ctx = s, .export_session = export_session, .sessions = ask_sessions, .resume = resume};
    *ret = s;
    return ERR_OK;
}

static struct detail_reader *new_details(struct screen_services *s)
{
    const struct config *c;
    struct err ignored;

    if (app_config(s->app, &c, &ignored))
        return NULL;
    return detail_reader_new(s->loop, path_join(s->state_dir, "inventory.db"),
                             redactor_open(s->app, c), session_aws(s->session));
}

enum err_code screen_services_new(struct app *app, struct session *session,
                                  struct screen_services **ret, struct err *err)
{
    enum err_code rc = make(app, ret, err);

    if (rc)
        return rc;
    (*ret)->session = session;
    (*ret)->loop = session_loop(session);
    (*ret)->blobs = session_blobs(session);
    (*ret)->ops.history_load = load_history;
    (*ret)->ops.history_add = add_history;
    (*ret)->ops.models = models;
    (*ret)->ops.reveal = reveal;
    (*ret)->ops.resource = ask_resource;
    (*ret)->details = new_details(*ret);
    (*ret)->desk = desk_new(&(struct desk_options){.app = app, .loop = session_loop(session)});
    (*ret)->ops.sheets = desk_sheets((*ret)->desk);
    return ERR_OK;
}

enum err_code screen_services_replay(struct app *app, struct loop *loop, const char *journal,
                                     const struct blob_source *blobs, struct screen_services **ret,
                                     struct err *err)
{
    enum err_code rc = make(app, ret, err);

    if (rc)
        return rc;
    (*ret)->loop = loop;
    (*ret)->journal = journal;
    (*ret)->blobs = *blobs;
    return ERR_OK;
}

const struct tui_services *screen_services_ops(const struct screen_services *s)
{
    return &s->ops;
}

struct desk *screen_services_desk(const struct screen_services *s)
{
    return s->desk;
}

char *screen_services_next(struct screen_services *s)
{
    char *next = s->next;

    s->next = NULL;
    return next;
}

void screen_services_free(struct screen_services *s)
{
    if (!s)
        return;
    if (s->job) {
        loop_job_drop(s->loop, s->job);
        session_list_release(&s->list);
    }
    detail_reader_free(s->details);
    desk_free(s->desk);
    history_release(&s->history);
    free(s->next);
    free(s);
}
