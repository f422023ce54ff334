/* session_ref.c - see session_ref.h. */
#include "src/app/session_ref.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/store/blob.h"
#include "runbook/store/index.h"

enum err_code session_ref_find(struct app *app, const char *text, struct session_ref *ret,
                               struct err *err)
{
    const char *state_dir;
    char *id, *folder;

    memset(ret, 0, sizeof(*ret));
    if (strchr(text, '/') || str_ends(str_from(text), ".jsonl")) {
        if (!file_exists(text))
            return err_set(err, ERR_NOT_FOUND, "there is no file %s", text);
        folder = path_dir(text);
        ret->path = xstrdup(text);
        ret->state_dir = strcmp(folder, ".") == 0 ? xstrdup("..") : path_dir(folder);
        free(folder);
        return ERR_OK;
    }
    if (app_state_dir(app, &state_dir, err) || session_find(state_dir, text, &id, err))
        return err->code;
    ret->id = id;
    ret->path = session_path(state_dir, id);
    ret->state_dir = xstrdup(state_dir);
    return ERR_OK;
}

void session_ref_release(struct session_ref *r)
{
    free(r->id);
    free(r->path);
    free(r->state_dir);
    memset(r, 0, sizeof(*r));
}

const char *session_ref_name(const struct session_ref *r)
{
    const char *slash = strrchr(r->path, '/');

    return r->id ? r->id : slash ? slash + 1 : r->path;
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    struct session_ref *r = ctx;

    return blob_get(r->state_dir, hash, out, err) == ERR_OK;
}

void session_ref_blobs(struct session_ref *r, struct blob_source *ret)
{
    *ret = (struct blob_source){.read = read_blob, .ctx = r};
}

struct folding {
    struct model *model;
    struct arena *arena;
    fold_fn *each;
    void *ctx;
};

static bool fold_record(void *ctx, const struct journal_record *r)
{
    struct folding *f = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev = {.type = type};
    struct err err;

    if (type == EV_UNKNOWN)
        return true;
    arena_reset(f->arena);
    if (event_decode(type, r->data, f->arena, &ev, &err)) {
        ev = (struct event){.type = EV_ERROR};
        ev.u.error = (struct ev_error){
            .text = arena_printf(f->arena, "line %llu of the journal: %s",
                                 (unsigned long long)r->seq, err.msg),
            .code = err_code_name(err.code),
            .doing = "",
        };
    }
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(f->arena, r->actor);
    model_apply(f->model, &ev);
    return !f->each || f->each(f->ctx, f->model, &ev);
}

enum err_code journal_fold(const char *path, bool verify, struct model *m, fold_fn *each, void *ctx,
                           struct journal_report *report, struct err *err)
{
    struct folding f = {m, arena_new(0), each, ctx};
    enum err_code rc = journal_read(path, verify, fold_record, &f, report, err);

    arena_free(f.arena);
    return rc;
}
