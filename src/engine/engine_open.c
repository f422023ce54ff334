/* engine_open.c - a session begins, waits for its first question, is opened again and is closed:
 * its journal is made, folded and ended here. */
#include "engine_priv.h"
#include "inventory_priv.h"
#include "mutate_priv.h"
#include "procedure_priv.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"

void session_make_id(struct rng *rng, int64_t unix_ms, char out[SESSION_ID_MAX])
{
    time_t t = (time_t)(unix_ms / 1000);
    char random[8];
    struct tm tm;

    gmtime_r(&t, &tm);
    rng_id(rng, random, 6);
    snprintf(out, SESSION_ID_MAX, "%04d-%02d-%02d-%02d%02d%02d-%s", (tm.tm_year + 1900) % 10000,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, random);
}

static void start_journal(struct engine *e, const char *id)
{
    char *dir;

    if (!e->opts.state_dir)
        return;
    dir = path_join(e->opts.state_dir, "scratchpad");
    if (journal_create(e->opts.loop, dir, id, &e->journal, &e->journal_err) &&
        e->opts.fallback_dir) {
        free(dir);
        dir = path_join(e->opts.fallback_dir, "scratchpad");
        if (journal_create(e->opts.loop, dir, id, &e->journal, &(struct err)ERR_INIT))
            e->journal = NULL;
    }
    if (e->journal) {
        free(e->journal_path);
        e->journal_path = xstrdup(journal_path(e->journal));
    }
    free(dir);
}

static const char *user_name(void)
{
    const struct passwd *pw = getpwuid(getuid());

    return pw ? pw->pw_name : "";
}

static void publish_opened(struct engine *e, const struct session_spec *spec, const char *id)
{
    struct event ev = {.type = EV_SESSION_OPENED};
    struct ev_session_opened *s = &ev.u.session_opened;
    struct buf title = BUF_INIT(EVENT_MAX), query = BUF_INIT(EVENT_MAX);
    char host[256] = "", cwd[4096];
    size_t n = 0;

    gethostname(host, sizeof(host) - 1);
    while (spec->targets && spec->targets[n])
        n++;
    s->id = id;
    /* What a person typed can hold a secret, here as in the question itself. */
    redactor_apply(e->redactor, &title, str_from(spec->title));
    redactor_apply(e->redactor, &query, str_from(spec->query));
    s->title = buf_cstr(&title);
    s->query = buf_cstr(&query);
    s->version = e->opts.version;
    s->user = user_name();
    s->host = host;
    s->cwd = getcwd(cwd, sizeof(cwd)) ? cwd : "";
    s->targets = (struct strings){spec->targets, n};
    s->now_ms = spec->now_ms;
    engine_publish(e, &ev);
    buf_release(&title);
    buf_release(&query);
}

enum err_code engine_open(struct engine *e, const struct session_spec *spec, struct err *err)
{
    char id[SESSION_ID_MAX];

    if (e->open)
        return err_set(err, ERR_AGAIN, "a session is open already");
    session_make_id(e->opts.rng, loop_wall_ms(e->opts.loop), id);
    e->open = true;
    start_journal(e, id);
    publish_opened(e, spec, id);
    inventory_opened(e);
    if (e->journal_err.code && !e->journal)
        engine_say_error(e, "nothing of this session is kept", &e->journal_err);
    else if (e->journal_err.code)
        engine_say_error(e, "the session is kept in memory-backed storage only", &e->journal_err);
    if (spec->incident) {
        struct event ev = {.type = EV_INCIDENT_LOADED};

        ev.u.incident_loaded = *spec->incident;
        engine_publish(e, &ev);
    }
    if (spec->topology)
        engine_publish_topology(e, spec->topology, spec->topology_source);
    if (e->opts.read_only)
        engine_set_readonly(e, "asked for at the start");
    return ERR_OK;
}

static const char *const *copy_targets(struct arena *a, const char *const *targets)
{
    const char **copy;
    size_t n = 0;

    while (targets && targets[n])
        n++;
    copy = arena_array(a, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = arena_strdup(a, targets[i]);
    return copy;
}

void engine_open_on_ask(struct engine *e, const struct session_spec *spec)
{
    struct arena *a;

    arena_free(e->deferred); /* what was said before is meant no longer */
    a = e->deferred = arena_new(0);
    e->spec = *spec;
    e->spec.title = arena_strdup(a, spec->title);
    e->spec.query = arena_strdup(a, spec->query);
    e->spec.targets = copy_targets(a, spec->targets);
    e->spec.topology_source = arena_strdup(a, spec->topology_source);
    if (spec->incident) {
        struct ev_incident_loaded *i = &e->incident;

        *i = *spec->incident;
        i->id = arena_strdup(a, i->id);
        i->title = arena_strdup(a, i->title);
        i->service = arena_strdup(a, i->service);
        i->metric = arena_strdup(a, i->metric);
        i->direction = arena_strdup(a, i->direction);
        i->source = arena_strdup(a, i->source);
        e->spec.incident = i;
    }
    e->open_on_ask = true;
}

static bool is_target(const struct model *m, const char *target)
{
    VEC_EACH (t, &m->targets) {
        if (strcmp(*t, target) == 0)
            return true;
    }
    return false;
}

void engine_open_asked(struct engine *e, const char *question)
{
    struct arena *a = arena_new(0);
    const char *const *more = NULL;
    struct err err = ERR_INIT;

    if (e->opts.targets_of)
        more = e->opts.targets_of(e->opts.targets_ctx, question, a, &err);
    if (err.code)
        engine_say_error(e, "AWS is not asked", &err);
    if (e->open_on_ask && e->spec.unnamed && more && *more)
        e->spec.targets = more;
    engine_open_deferred(e, question);
    for (; more && *more; more++) {
        struct event ev = {.type = EV_SESSION_TARGET, .u.session_target.target = *more};

        if (!is_target(&e->model, *more))
            engine_publish(e, &ev);
    }
    e->spec.targets = NULL;
    arena_free(a);
}

void engine_open_deferred(struct engine *e, const char *question)
{
    struct session_spec spec = e->spec;
    struct err err;

    if (!e->open_on_ask)
        return;
    e->open_on_ask = false;
    if (!spec.title)
        spec.title = question;
    if (!spec.query)
        spec.query = question;
    if (engine_open(e, &spec, &err))
        engine_say_error(e, "open the session", &err);
}

struct fold_ctx {
    struct engine *e;
    struct arena *arena;
    uint64_t skipped;
};

static void fold_record(void *ctx, const struct journal_record *r)
{
    struct fold_ctx *f = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev;
    struct err err;

    if (type == EV_UNKNOWN)
        return;
    arena_reset(f->arena);
    if (event_decode(type, r->data, f->arena, &ev, &err)) {
        f->skipped++;
        return;
    }
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(f->arena, r->actor);
    model_apply(&f->e->model, &ev);
}

/* A run that was killed left calls without an end, and perhaps half a sentence. */
static void end_what_was_cut(struct engine *e)
{
    for (size_t i = 0; i < e->model.tools.count; i++) {
        struct event ev = {.type = EV_TOOL_ENDED};

        if (e->model.tools.items[i].ended)
            continue;
        ev.u.tool_ended.call = e->model.tools.items[i].call;
        ev.u.tool_ended.status = TOOL_CANCELED;
        ev.u.tool_ended.error = "the program ended before it answered";
        engine_publish(e, &ev);
    }
    for (size_t i = e->model.items.count; i-- > 0;) {
        const struct item *it = &e->model.items.items[i];
        struct event ev = {.type = EV_AGENT_TEXT};

        if (it->kind != ITEM_TEXT || it->whole)
            continue;
        if (i + 1 == e->model.items.count) {
            ev.u.agent_text.message = it->tag;
            ev.u.agent_text.last = true;
            engine_publish(e, &ev);
        }
        return;
    }
}

enum err_code engine_resume(struct engine *e, const char *id, struct journal_report *ret_report,
                            struct err *err)
{
    struct fold_ctx f = {e, NULL, 0};
    enum err_code rc;
    char *dir;

    if (e->open)
        return err_set(err, ERR_AGAIN, "a session is open already");
    if (!e->opts.state_dir)
        return err_set(err, ERR_NOT_FOUND, "there is no state directory to resume from");
    f.arena = arena_new(8192);
    dir = path_join(e->opts.state_dir, "scratchpad");
    rc = journal_open(e->opts.loop, dir, id, fold_record, &f, &e->journal, ret_report, err);
    free(dir);
    arena_free(f.arena);
    if (rc)
        return rc;
    e->first_hypothesis = e->first_evidence = e->first_gap = 0;
    e->open = true;
    free(e->journal_path);
    e->journal_path = xstrdup(journal_path(e->journal));
    end_what_was_cut(e);
    if (e->model.turn_running) {
        struct event ev = {.type = EV_TURN_ENDED};

        ev.u.turn_ended.turn = e->model.turn;
        ev.u.turn_ended.reason = "interrupted";
        engine_publish(e, &ev);
    }
    engine_expire_approvals(e, !e->opts.keep_requests, "the run that asked has ended");
    mutate_resume(e);
    procedure_reopened(e);
    if (e->opts.read_only)
        engine_set_readonly(e, "asked for at the start");
    return ERR_OK;
}

enum err_code engine_close(struct engine *e, const char *reason, int exit_code, struct err *err)
{
    struct event ev = {.type = EV_SESSION_CLOSED};
    char *elsewhere = NULL;
    enum err_code rc = ERR_OK;

    if (!e->open)
        return ERR_OK;
    procedure_stop(e, "the session was closed");
    if (e->inv)
        investigation_cancel(e->inv, "quit");
    engine_expire_approvals(e, !e->opts.keep_requests, "the session was closed");
    ev.u.session_closed.reason = reason;
    ev.u.session_closed.exit_code = exit_code;
    engine_publish(e, &ev);
    e->open = false;
    if (!e->journal)
        return ERR_OK;
    engine_journal_head(e, &e->head_lines, e->head_hash);
    rc = journal_close(e->journal, e->opts.fallback_dir, &elsewhere, err);
    e->journal = NULL;
    if (rc || elsewhere)
        e->head_lines = 0;
    if (rc) {
        e->journal_err = *err;
        free(e->journal_path);
        e->journal_path = NULL;
    }
    if (elsewhere) {
        free(e->journal_path);
        e->journal_path = elsewhere;
    }
    return rc;
}
