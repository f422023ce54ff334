/* chain.c - does the chain of a journal hold? For the audit page; `runbook audit verify` is the
 * same with more words. */
#include <stdio.h>

#include "runbook/store/journal.h"
#include "src/app/screen.h"

static void verify(const char *path, struct chain_state *ret)
{
    struct journal_report report;
    struct err err;

    *ret = (struct chain_state){.step = CHAIN_GOOD};
    if (journal_read(path, true, NULL, NULL, &report, &err)) {
        ret->step = CHAIN_NO_JOURNAL;
        snprintf(ret->why, sizeof(ret->why), "%.250s", err.msg);
        return;
    }
    ret->lines = report.lines;
    ret->torn_bytes = report.torn_bytes;
    snprintf(ret->last_hash, sizeof(ret->last_hash), "%s", report.last_hash);
    if (report.bad_line) {
        ret->step = CHAIN_BROKEN;
        snprintf(ret->why, sizeof(ret->why), "%.250s", report.why);
    }
}

static const char *engine_path(void *ctx, const char **ret_why)
{
    const char *path = engine_journal_path(ctx);
    const struct err *problem = engine_journal_error(ctx);

    if (!path)
        *ret_why = problem && problem->code ? problem->msg : "nothing was asked yet";
    return path;
}

static const char *replay_path(void *ctx, const char **ret_why)
{
    const struct session_ref *ref = ctx;

    (void)ret_why;
    return ref->path;
}

struct chain_source chain_of_engine(struct engine *e)
{
    return (struct chain_source){e, engine_path, verify};
}

struct chain_source chain_of_replay(struct session_ref *ref)
{
    return (struct chain_source){ref, replay_path, verify};
}
