/* accounts_record.h - what is known of accounts beside services.yaml: when one was verified, as
 * whom, and which permissions were missing (accounts/NAME.json of the state folder), and what scans
 * keep of it (inventory.db). No keys are in it. And how a command tells another program how far it
 * is: --events, one JSON object a line. */
#ifndef RUNBOOK_SRC_APP_ACCOUNTS_RECORD_H
#define RUNBOOK_SRC_APP_ACCOUNTS_RECORD_H

#include "runbook/app/app.h"
#include "runbook/base/map.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"

/* Who the keys of an account are: sts GetCallerIdentity. */
struct account_identity {
    char arn[512], number[16];
};
/* Asks, and returns when it is known. Taking a role on comes before it. ERR_INPUT: the keys are of
 * another account than the one that is configured. a->number is set, in `arena`. */
struct aws_run;
enum err_code account_identity_ask(struct aws_run *r, struct aws_account *a, struct arena *arena,
                                   struct account_identity *ret, struct err *err);

struct account_record {
    const char *name, *number, *arn;
    const char *error; /* "": it can be used */
    const char *const *missing;
    size_t missing_count, lists_read;
};
/* What was kept before is replaced. ERR_IO: it could not be; nothing else depends on it. */
enum err_code account_record_write(struct app *app, const struct account_record *r,
                                   struct err *err);
/* NULL: it was never verified, or the file makes no sense. */
const struct value *account_record_read(struct app *app, const char *name, struct arena *arena);
void account_record_forget(struct app *app, const char *name);

/* What scans keep: by account (name or number) and by service. */
struct account_kept {
    size_t resources;
    int64_t seen_ms; /* the newest of them */
};
struct accounts_kept {
    struct map *by_account; /* of struct account_kept, in `arena` */
    struct map *by_service;
    struct arena *arena;
};
void accounts_kept_read(struct app *app, struct arena *arena, struct accounts_kept *ret);
void accounts_kept_release(struct accounts_kept *k);

/* --events: does this run tell how far it is? Each call prints a line, at once. */
bool events_wanted(const struct app *app);
/* A stage has begun (said NULL), or ended well (`ok`) or not, with what it came to. */
void events_stage(const struct app *app, size_t at, size_t of, const char *stage, bool ok,
                  const char *said);
void events_progress(const struct app *app, size_t done, size_t known, size_t resources,
                     size_t failed);

#endif
