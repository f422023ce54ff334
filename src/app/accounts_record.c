/* accounts_record.c - see accounts_record.h. */
#include "src/app/accounts_record.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/store/inventory.h"
#include "src/app/aws_open.h"
#include "src/app/resources.h"

#define RECORD_MAX ((size_t)1 << 20)

/* ---- who ---- */

struct asking {
    struct account_identity *who;
    struct err err;
    bool waiting;
};

static void on_who(void *ctx, const struct value *items)
{
    struct asking *q = ctx;
    struct str number = value_str_or(value_at(items, 0), "Account", "");
    struct str arn = value_str_or(value_at(items, 0), "Arn", "");

    if (number.len == 12)
        (void)snprintf(q->who->number, sizeof(q->who->number), "%.*s", STR_FMT(number));
    (void)snprintf(q->who->arn, sizeof(q->who->arn), "%.*s", STR_FMT(arn));
}

static void on_who_done(void *ctx, const struct aws_result *r)
{
    struct asking *q = ctx;

    q->waiting = false;
    if (r->err.code)
        q->err = r->err;
}

enum err_code account_identity_ask(struct aws_run *r, struct aws_account *a, struct arena *arena,
                                   struct account_identity *ret, struct err *err)
{
    static const struct aws_callbacks callbacks = {on_who, NULL, on_who_done, NULL};
    struct aws_query q = {.region = aws_account_region(a)};
    struct asking ask = {.who = ret, .waiting = true};

    *ret = (struct account_identity){"", ""};
    if (!q.region)
        q.region = "us-east-1";
    if (aws_catalogue_get(r->catalogue, STR_LIT("sts"), &q.service, err) ||
        aws_catalogue_operation(q.service, STR_LIT("GetCallerIdentity"), &q.list, err))
        return err->code;
    (void)aws_send(a->client, &q, &callbacks, &ask);
    while (ask.waiting && loop_turn(r->loop, true))
        ;
    if (ask.err.code) {
        *err = ask.err;
        return err->code;
    }
    if (*a->number && strcmp(a->number, ret->number) != 0)
        return err_set(err, ERR_INPUT, "the keys are of account %s, not of %s", ret->number,
                       a->number);
    a->number = arena_strdup(arena, ret->number);
    return ERR_OK;
}

/* ---- the record ---- */

/* Names of services.yaml that a person wrote by hand may be any text. */
static char *record_path(struct app *app, const char *name, bool make, struct err *err)
{
    const char *state;
    char *dir, *path = NULL, *file;

    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
            err_set(err, ERR_INPUT, "'%.60s' is no name of a file", name);
            return NULL;
        }
    if (app_state_dir(app, &state, err))
        return NULL;
    dir = path_join(state, "accounts");
    file = xasprintf("%s.json", name);
    if (!make || !dir_make(dir, err))
        path = path_join(dir, file);
    free(file);
    free(dir);
    return path;
}

enum err_code account_record_write(struct app *app, const struct account_record *r, struct err *err)
{
    struct buf out = BUF_INIT(RECORD_MAX);
    struct json_writer w;
    char *path = record_path(app, r->name, true, err);

    if (!path)
        return err->code;
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.account/1");
    json_put_int(&w, "at_ms", app->clock->wall_ms(app->clock));
    json_put_cstr(&w, "account_id", r->number);
    json_put_cstr(&w, "arn", r->arn);
    json_put_cstr(&w, "error", *r->error ? r->error : NULL);
    json_put_int(&w, "lists_read", (int64_t)r->lists_read);
    json_key(&w, "missing");
    json_array_begin(&w);
    for (size_t i = 0; i < r->missing_count; i++)
        json_cstring(&w, r->missing[i]);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(&out, '\n');
    (void)file_write_atomic(path, buf_str(&out), 0600, err);
    buf_release(&out);
    free(path);
    return err->code;
}

const struct value *account_record_read(struct app *app, const char *name, struct arena *arena)
{
    struct buf text = BUF_INIT(RECORD_MAX);
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    char *path = record_path(app, name, false, &err);
    struct str schema;

    if (path && file_exists(path) && !file_read(path, &text, &err) &&
        json_parse(arena, str_from(arena_strdup(arena, buf_cstr(&text))), &v, &err))
        v = NULL;
    schema = value_str_or(v, "schema", "");
    buf_release(&text);
    free(path);
    return str_eq_c(schema, "runbook.account/1") ? v : NULL;
}

void account_record_forget(struct app *app, const char *name)
{
    struct err ignored = ERR_INIT;
    char *path = record_path(app, name, false, &ignored);

    if (path)
        (void)unlink(path);
    free(path);
}

/* ---- what scans keep ---- */

static void count(struct accounts_kept *k, struct map *m, const char *key, int64_t seen_ms)
{
    struct account_kept *at = map_get_c(m, key);

    if (!at) {
        at = arena_alloc(k->arena, sizeof(*at));
        *at = (struct account_kept){0, 0};
        map_set_c(m, arena_strdup(k->arena, key), at);
    }
    at->resources++;
    if (seen_ms > at->seen_ms)
        at->seen_ms = seen_ms;
}

static void on_kept(void *ctx, const struct inv_kept *r)
{
    struct accounts_kept *k = ctx;

    count(k, k->by_account, r->r.account, r->last_ms);
    count(k, k->by_service, r->r.service, r->last_ms);
}

void accounts_kept_read(struct app *app, struct arena *arena, struct accounts_kept *ret)
{
    const char *state;
    struct err ignored = ERR_INIT;
    char *path = NULL;

    *ret = (struct accounts_kept){map_new(), map_new(), arena};
    if (!app_state_dir(app, &state, &ignored))
        path = path_join(state, "inventory.db");
    if (path && file_exists(path))
        (void)inventory_list(path, false, on_kept, ret, &ignored);
    free(path);
}

void accounts_kept_release(struct accounts_kept *k)
{
    map_free(k->by_account);
    map_free(k->by_service);
}

/* ---- how far it is ---- */

bool events_wanted(const struct app *app)
{
    return app->events;
}

static void line_begin(struct json_writer *w, struct buf *out, const char *event)
{
    json_writer_init(w, out);
    json_object_begin(w);
    json_put_cstr(w, "event", event);
}

static void line_end(struct json_writer *w, struct buf *out)
{
    json_object_end(w);
    buf_addc(out, '\n');
    (void)fwrite(out->ptr, 1, out->len, stdout);
    (void)fflush(stdout);
    buf_release(out);
}

void events_stage(const struct app *app, size_t at, size_t of, const char *stage, bool ok,
                  const char *said)
{
    struct buf out = BUF_INIT(RECORD_MAX);
    struct json_writer w;

    if (!app->events)
        return;
    line_begin(&w, &out, said ? "stage" : "begin");
    json_put_int(&w, "at", (int64_t)at);
    json_put_int(&w, "of", (int64_t)of);
    json_put_cstr(&w, "stage", stage);
    if (said) {
        json_put_bool(&w, "ok", ok);
        json_put_cstr(&w, "said", said);
    }
    line_end(&w, &out);
}

void events_progress(const struct app *app, size_t done, size_t known, size_t resources,
                     size_t failed)
{
    struct buf out = BUF_INIT(1024);
    struct json_writer w;

    if (!app->events)
        return;
    line_begin(&w, &out, "progress");
    json_put_int(&w, "done", (int64_t)done);
    json_put_int(&w, "known", (int64_t)known);
    json_put_int(&w, "resources", (int64_t)resources);
    json_put_int(&w, "failed", (int64_t)failed);
    line_end(&w, &out);
}
