/* cmd_audit.c - "runbook audit verify": recompute the chain of journals, and with --blobs the hash
 * of every result they cite. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/store/audit.h"
#include "runbook/store/blob.h"
#include "runbook/store/index.h"
#include "src/app/cmd_audit.h"
#include "src/app/session_ref.h"

#define BLOB_READ_MAX ((size_t)1 << 30)

/* What is found out about one journal. */
struct check {
    struct session_ref ref;
    struct session_memory memory;
    struct journal_report report;
    struct map *blobs; /* hashes that were looked at; NULL without --blobs */
    size_t blob_count, blob_bad;
    char blob_why[256], memory_why[160], sign_why[160];
    struct journal_mark marks[2];  /* where the index and the signed head saw it */
    const struct audit_head *head; /* NULL: not signed */
    const char *key;
};

struct verify {
    struct app *app;
    bool blobs;
    size_t count, bad;
    struct audit_heads *heads; /* of heads_dir */
    char *heads_dir;
    struct json_writer json;
    struct buf out;
};

static void check_blob(struct check *c, struct str hash)
{
    struct buf bytes = BUF_INIT(BLOB_READ_MAX);
    char name[SHA256_HEX];
    struct err err;

    if (hash.len != SHA256_HEX - 1 || map_has(c->blobs, hash))
        return;
    map_set(c->blobs, hash, c->blobs);
    memcpy(name, hash.ptr, hash.len);
    name[hash.len] = '\0';
    c->blob_count++;
    if (blob_get(c->ref.state_dir, name, &bytes, &err)) {
        if (!c->blob_bad++)
            snprintf(c->blob_why, sizeof(c->blob_why), "%.250s", err.msg);
    }
    buf_release(&bytes);
}

static bool on_record(void *ctx, const struct journal_record *r)
{
    struct check *c = ctx;

    check_blob(c, value_str_or(r->data, "blob", ""));
    return true;
}

/* The index saw this journal before: is what it saw still its beginning? */
static void compare_memory(struct check *c)
{
    if (!c->memory.known)
        return;
    if (c->report.lines < c->memory.lines)
        snprintf(c->memory_why, sizeof(c->memory_why), "was cut: it had %llu lines, now %llu",
                 (unsigned long long)c->memory.lines, (unsigned long long)c->report.lines);
    else if (c->memory.lines && strcmp(c->marks[0].hash, c->memory.last_hash) != 0)
        snprintf(c->memory_why, sizeof(c->memory_why), "line %llu was changed after it was written",
                 (unsigned long long)c->memory.lines);
}

static const char *what_is_wrong(const struct check *c)
{
    if (c->report.bad_line)
        return c->report.why;
    if (c->memory_why[0])
        return c->memory_why;
    if (c->sign_why[0])
        return c->sign_why;
    if (c->blob_bad)
        return c->blob_why;
    return NULL;
}

static void print_text(struct verify *v, const struct check *c)
{
    const char *wrong = what_is_wrong(c);
    struct buf *out = &v->out;

    buf_adds(out, wrong ? "BROKEN  " : "ok      ");
    text_sanitize(out, str_from(c->ref.id ? c->ref.id : c->ref.path), false, v->app->ascii);
    buf_addf(out, "  %llu lines", (unsigned long long)c->report.lines);
    if (wrong) {
        buf_adds(out, "  ");
        text_sanitize(out, str_from(wrong), false, v->app->ascii);
    } else {
        buf_addf(out, "  %s", c->report.last_hash);
        if (c->head)
            buf_addf(out, "  signed to line %llu", (unsigned long long)c->head->lines);
    }
    if (c->blobs)
        buf_addf(out, "  %zu of %zu results intact", c->blob_count - c->blob_bad, c->blob_count);
    if (c->report.newer)
        buf_addf(out, "  (%llu lines of a newer version)", (unsigned long long)c->report.newer);
    if (c->report.torn_bytes)
        buf_addf(out, "  (%zu bytes of an incomplete last line%s)", c->report.torn_bytes,
                 journal_in_use(c->ref.path) ? ": it is being written" : "");
    buf_addc(out, '\n');
}

static void print_json(struct verify *v, const struct check *c)
{
    struct json_writer *w = &v->json;
    const char *wrong = what_is_wrong(c);

    json_object_begin(w);
    json_put_cstr(w, "id", c->ref.id);
    json_put_cstr(w, "journal", c->ref.path);
    json_put_bool(w, "ok", !wrong);
    json_put_int(w, "lines", (int64_t)c->report.lines);
    json_key(w, "bad_line");
    if (c->report.bad_line)
        json_int(w, (int64_t)c->report.bad_line);
    else
        json_null(w);
    json_put_cstr(w, "why", wrong);
    json_put_cstr(w, "last_hash", c->report.last_hash);
    json_put_int(w, "torn_bytes", (int64_t)c->report.torn_bytes);
    json_put_int(w, "newer_lines", (int64_t)c->report.newer);
    json_put_int(w, "signed_lines", c->head ? (int64_t)c->head->lines : 0);
    json_put_cstr(w, "key", c->head ? c->key : NULL);
    if (c->blobs) {
        json_put_int(w, "results", (int64_t)c->blob_count);
        json_put_int(w, "results_broken", (int64_t)c->blob_bad);
    }
    json_object_end(w);
}

/* The signed heads of the folder that this journal is in; one folder is read once. */
static enum err_code load_heads(struct verify *v, struct check *c, struct err *err)
{
    const char *dir = c->ref.state_dir;

    if (!dir || !c->ref.id)
        return ERR_OK;
    if (!v->heads_dir || strcmp(v->heads_dir, dir) != 0) {
        audit_heads_free(v->heads);
        v->heads = NULL;
        free(v->heads_dir);
        v->heads_dir = xstrdup(dir);
        if (audit_heads_load(dir, &v->heads, err))
            return err->code;
    }
    if (v->heads) {
        c->head = audit_heads_last(v->heads, c->ref.id);
        c->key = audit_heads_fingerprint(v->heads);
    }
    return ERR_OK;
}

static enum err_code check_chain(struct verify *v, struct check *c, struct err *err)
{
    struct journal_report again;
    enum err_code rc = load_heads(v, c, err);

    if (rc)
        return rc;
    c->marks[0].line = c->memory.known ? c->memory.lines : 0;
    c->marks[1].line = c->head ? c->head->lines : 0;
    rc = journal_verify(c->ref.path, c->marks, 2, &c->report, err);
    if (!rc && v->blobs)
        rc = journal_read(c->ref.path, true, on_record, c, &again, err);
    if (rc || c->report.bad_line)
        return rc;
    compare_memory(c);
    if (c->head)
        audit_head_fits(c->head, c->report.lines, c->marks[1].hash, c->sign_why,
                        sizeof(c->sign_why));
    return ERR_OK;
}

static enum err_code verify_one(struct verify *v, const char *name, struct err *err)
{
    struct check c = {.key = NULL};
    enum err_code rc = session_ref_find(v->app, name, &c.ref, err);

    if (rc)
        return rc;
    if (c.ref.id)
        session_recall(c.ref.state_dir, c.ref.id, &c.memory);
    if (v->blobs)
        c.blobs = map_new();
    rc = check_chain(v, &c, err);
    if (!rc) {
        v->count++;
        v->bad += what_is_wrong(&c) != NULL;
        if (v->app->json)
            print_json(v, &c);
        else
            print_text(v, &c);
    }
    map_free(c.blobs);
    session_ref_release(&c.ref);
    return rc;
}

/* Every session of the state folder. Listing brings the index up to date, but of a journal that
 * does not fit it keeps what it saw before. */
static enum err_code verify_all(struct verify *v, struct err *err)
{
    struct session_query q = {0};
    struct session_list l;
    const char *dir;
    enum err_code rc = ERR_OK;

    if (app_state_dir(v->app, &dir, err) || session_list_load(dir, &q, &l, err))
        return err->code;
    for (size_t i = 0; !rc && i < l.items.count; i++)
        rc = verify_one(v, l.items.items[i].id, err);
    session_list_release(&l);
    return rc ? rc
              : audit_verify_files(v->app, dir, v->app->json ? &v->json : NULL, &v->out, &v->count,
                                   &v->bad, err);
}

static enum err_code verify_named(struct verify *v, const struct cmd_args *args, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; !rc && i < args_pos_count(args); i++)
        rc = verify_one(v, args_pos(args, i), err);
    return rc;
}

static void begin(struct verify *v)
{
    if (!v->app->json)
        return;
    json_writer_init(&v->json, &v->out);
    json_object_begin(&v->json);
    json_put_cstr(&v->json, "schema", "runbook.audit/1");
    json_key(&v->json, "journals");
    json_array_begin(&v->json);
}

static void end(struct verify *v)
{
    if (v->app->json) {
        json_array_end(&v->json);
        json_put_bool(&v->json, "ok", v->bad == 0);
        json_object_end(&v->json);
        buf_addc(&v->out, '\n');
    } else if (v->count == 0) {
        buf_adds(&v->out, "There are no journals to verify.\n");
    } else if (v->count > 1) {
        buf_addf(&v->out, "%zu journals, %zu broken\n", v->count, v->bad);
    }
}

static int run_verify(struct app *app, const struct cmd_args *args)
{
    struct verify v = {
        .app = app, .blobs = args_has(args, "blobs"), .out = BUF_INIT((size_t)256 << 20)};
    enum err_code failed;
    struct err err;
    int rc;

    begin(&v);
    failed = args_pos_count(args) ? verify_named(&v, args, &err) : verify_all(&v, &err);
    end(&v);
    rc = app_print(buf_str(&v.out));
    buf_release(&v.out);
    audit_heads_free(v.heads);
    free(v.heads_dir);
    if (failed)
        return app_fail(&err);
    return rc ? rc : v.bad ? EXIT_FAILED : EXIT_DONE;
}

static const struct cmd_def verify_def = {
    .name = "verify",
    .help = "Recompute the hash chain of journals and name the first line that does not fit.",
    .details =
        "Without arguments every session is verified. A journal that ends earlier than the "
        "index remembers, or whose last line differs from what it saw, is broken too, and so is "
        "one that does not have the lines that were signed at its session's end. Without arguments "
        "the files of approvals and the signed heads are verified as well. Exit code 1 when "
        "anything is broken.",
    .opts = (const struct opt_def[]){{"blobs", 0, ARG_NONE,
                                      .help = "Also check the raw results that the journals cite."},
                                     {NULL}},
    .pos = (const struct pos_def[]){{"ID|FILE", ARG_SESSION, .repeat = true,
                                     .help = "Sessions, or paths of journals."},
                                    {NULL}},
    .run = run_verify,
    .examples = "runbook audit verify\nrunbook audit verify --blobs last",
};

const struct cmd_def cmd_audit_def = {
    .name = "audit",
    .help = "Check and show the records of what was done.",
    .details =
        "Answers to requests for approval are kept in audit/approvals.jsonl of the state folder, a "
        "file a day, chained like the journals. The heads of all chains are signed with a key that "
        "is made at first use. audit.syslog and audit.journald send each answer to another log.",
    .subs = (const struct cmd_def *const[]){&verify_def, &audit_show_def, &audit_export_def,
                                            &audit_key_def, NULL},
    .examples = "runbook audit verify\nrunbook audit show --last 24h",
};
