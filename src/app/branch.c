/* branch.c - see branch.h. */
#include "src/app/branch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/loop/loop.h"
#include "runbook/store/blob.h"
#include "runbook/store/journal.h"

struct copy {
    const struct branch_request *req;
    struct journal *to;
    const char *id;        /* of the new session */
    const char *state_dir; /* where its blobs go; NULL: they are there already */
    struct buf line, blob;
    uint64_t copied;
    char hash[SHA256_HEX]; /* of the last line that is copied */
    struct err err;
};

/* The data of a record as it was, but for the id in the first one. */
static void write_data(struct copy *c, const struct journal_record *r)
{
    bool opened = str_eq_c(r->type, "session.opened");
    struct json_writer w;

    buf_clear(&c->line);
    json_writer_init(&w, &c->line);
    if (!opened || !r->data || r->data->type != VALUE_OBJECT) {
        json_value(&w, r->data);
        return;
    }
    json_object_begin(&w);
    json_put_cstr(&w, "id", c->id);
    VALUE_EACH (member, r->data) {
        if (str_eq_c(member->key, "id"))
            continue;
        json_key_str(&w, member->key);
        json_value(&w, member);
    }
    json_object_end(&w);
}

/* A result that cannot be copied is missing in the new session as it is in the old one. */
static void copy_blob(struct copy *c, const struct journal_record *r)
{
    const char *hash = value_cstr_or(r->data, "blob", "");
    char stored[SHA256_HEX];
    struct err err;

    if (!c->state_dir || !blob_hash_valid(hash))
        return;
    buf_clear(&c->blob);
    if (blob_get(c->req->from->state_dir, hash, &c->blob, &err) == ERR_OK)
        blob_put(c->state_dir, buf_str(&c->blob), stored, &err);
}

static bool copy_record(void *ctx, const struct journal_record *r)
{
    struct copy *c = ctx;
    char *type, *actor;
    uint64_t seq;

    if (r->seq > c->req->seq) {
        snprintf(c->hash, sizeof(c->hash), "%.*s", STR_FMT(r->prev));
        return false;
    }
    type = xstrndup(r->type.ptr, r->type.len);
    actor = xstrndup(r->actor.ptr, r->actor.len);
    write_data(c, r);
    copy_blob(c, r);
    journal_append(c->to, type, actor, r->ts_ms, buf_str(&c->line), NULL, NULL, &seq, &c->err);
    free(type);
    free(actor);
    c->copied = r->seq;
    return c->err.code == ERR_OK;
}

static enum err_code append_origin(struct copy *c, int64_t now_ms, struct err *err)
{
    struct event ev = {.type = EV_SESSION_BRANCHED};
    uint64_t seq;

    ev.u.session_branched = (struct ev_session_branched){
        .from = c->req->name,
        .event = (int64_t)c->req->seq,
        .hash = c->hash,
    };
    event_normalize(&ev);
    buf_clear(&c->line);
    event_encode(&ev, &c->line);
    return journal_append(c->to, event_type_name(ev.type), "user", now_ms, buf_str(&c->line), NULL,
                          NULL, &seq, err);
}

static enum err_code copy_events(struct copy *c, int64_t now_ms, struct err *err)
{
    struct journal_report rep;

    if (journal_read(c->req->from->path, true, copy_record, c, &rep, err))
        return err->code;
    if (c->err.code) {
        *err = c->err;
        return err->code;
    }
    if (c->copied < c->req->seq)
        return rep.bad_line
                   ? err_set(err, ERR_INPUT, "%s: %s", c->req->from->path, rep.why)
                   : err_set(err, ERR_INPUT, "there is no event %llu: the last one is %llu",
                             (unsigned long long)c->req->seq, (unsigned long long)rep.lines);
    if (!*c->hash)
        memcpy(c->hash, rep.last_hash, sizeof(c->hash));
    return append_origin(c, now_ms, err);
}

enum err_code branch_session(struct app *app, const struct branch_request *req,
                             char ret_id[SESSION_ID_MAX], struct err *err)
{
    int64_t now_ms = app->clock->wall_ms(app->clock);
    struct copy c = {.req = req,
                     .line = BUF_INIT(JOURNAL_LINE_MAX),
                     .blob = BUF_INIT(BLOB_MAX),
                     .err = ERR_INIT};
    char id[SESSION_ID_MAX], *dir, *path;
    struct err closing = ERR_INIT;
    const char *state_dir;
    struct loop *loop;
    enum err_code rc;

    if (req->seq == 0)
        return err_set(err, ERR_INPUT, "events count from 1");
    if (app_state_dir(app, &state_dir, err))
        return err->code;
    session_make_id(app_rng(app), now_ms, id);
    c.id = id;
    c.state_dir = strcmp(state_dir, req->from->state_dir) != 0 ? state_dir : NULL;
    dir = path_join(state_dir, "scratchpad");
    loop = loop_new(app->clock);
    rc = journal_create(loop, dir, id, &c.to, err);
    if (!rc) {
        rc = copy_events(&c, now_ms, err);
        path = xstrdup(journal_path(c.to));
        if (journal_close(c.to, NULL, NULL, &closing) && !rc)
            rc = (*err = closing).code;
        if (rc)
            unlink(path);
        free(path);
    }
    loop_free(loop);
    free(dir);
    buf_release(&c.line);
    buf_release(&c.blob);
    if (!rc)
        memcpy(ret_id, id, sizeof(id));
    return rc;
}
