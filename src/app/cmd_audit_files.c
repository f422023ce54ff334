/* cmd_audit_files.c - the part of "runbook audit verify" that looks at the files of approvals: each
 * chain, that each file goes on where the one before it ended, and the signed heads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/store/audit.h"
#include "src/app/cmd_audit.h"

struct files {
    struct app *app;
    struct json_writer *w;
    struct buf *out;
    size_t *count, *bad;
    struct audit_heads *heads;
    char name[160], hash[SHA256_HEX]; /* of the file before */
    char why[300];
};

/* Says the first line that it continues the file before? */
static bool on_first(void *ctx, const struct journal_record *r)
{
    struct files *f = ctx;
    bool continues = str_eq_c(r->type, "audit.continues");

    if (f->name[0] && (!continues || !str_eq_c(value_str_or(r->data, "file", ""), f->name) ||
                       !str_eq_c(value_str_or(r->data, "hash", ""), f->hash)))
        snprintf(f->why, sizeof(f->why), "does not continue %.120s", f->name);
    return false;
}

static void say(struct files *f, const char *name, const struct journal_report *r)
{
    ++*f->count;
    *f->bad += f->why[0] != '\0';
    if (f->w) {
        json_object_begin(f->w);
        json_put_cstr(f->w, "id", name);
        json_put_bool(f->w, "ok", !f->why[0]);
        json_put_int(f->w, "lines", (int64_t)r->lines);
        json_put_cstr(f->w, "why", f->why[0] ? f->why : NULL);
        json_put_cstr(f->w, "last_hash", r->last_hash);
        json_object_end(f->w);
        return;
    }
    buf_adds(f->out, f->why[0] ? "BROKEN  " : "ok      ");
    text_sanitize(f->out, str_from(name), false, f->app->ascii);
    buf_addf(f->out, "  %llu lines  ", (unsigned long long)r->lines);
    text_sanitize(f->out, str_from(f->why[0] ? f->why : r->last_hash), false, f->app->ascii);
    buf_addc(f->out, '\n');
}

/* The head of a file that is put away has its name, that of the present one is the latest. */
static const struct audit_head *head_of(const struct files *f, const char *path)
{
    char name[64];

    snprintf(name, sizeof(name), "%.40s", path_base(path));
    if (strcmp(name, AUDIT_APPROVALS ".jsonl") == 0)
        return audit_heads_latest(f->heads, AUDIT_APPROVALS "-");
    if (strlen(name) > 6)
        name[strlen(name) - 6] = '\0';
    return audit_heads_last(f->heads, name);
}

static enum err_code one_file(struct files *f, const char *path, struct err *err)
{
    const struct audit_head *head = head_of(f, path);
    struct journal_mark mark = {.line = head ? head->lines : 0};
    struct journal_report r, ignored;
    enum err_code rc;

    f->why[0] = '\0';
    rc = journal_verify(path, &mark, 1, &r, err);
    if (!rc)
        rc = journal_read(path, false, on_first, f, &ignored, err);
    if (rc)
        return rc;
    if (r.bad_line)
        snprintf(f->why, sizeof(f->why), "%.250s", r.why);
    else if (r.torn_bytes)
        snprintf(f->why, sizeof(f->why), "ends in half a line");
    else if (head && !f->why[0])
        audit_head_fits(head, r.lines, mark.hash, f->why, sizeof(f->why));
    else if (!head && !f->why[0])
        snprintf(f->why, sizeof(f->why), "was never signed, or the signature is gone");
    say(f, path_base(path), &r);
    snprintf(f->name, sizeof(f->name), "%s", path_base(path));
    memcpy(f->hash, r.last_hash, SHA256_HEX);
    return ERR_OK;
}

/* A head that the key did not sign: something was added or exchanged. */
static void say_heads(struct files *f)
{
    struct journal_report none = {0};

    if (!audit_heads_bad(f->heads))
        return;
    snprintf(f->why, sizeof(f->why), "%zu heads are not signed by key %s, or not in their place",
             audit_heads_bad(f->heads), audit_heads_fingerprint(f->heads));
    say(f, "heads.jsonl", &none);
}

enum err_code audit_verify_files(struct app *app, const char *dir, struct json_writer *w,
                                 struct buf *out, size_t *count, size_t *bad, struct err *err)
{
    struct files f = {.app = app, .w = w, .out = out, .count = count, .bad = bad};
    struct audit_files list = {NULL, 0};
    enum err_code rc = audit_heads_load(dir, &f.heads, err);

    if (!rc)
        rc = audit_files_list(dir, &list, err);
    for (size_t i = 0; !rc && i < list.count; i++)
        rc = one_file(&f, list.paths[i], err);
    if (!rc)
        say_heads(&f);
    audit_files_release(&list);
    audit_heads_free(f.heads);
    return rc;
}
