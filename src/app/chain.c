/* chain.c - does the chain of a journal hold? For the audit page; `runbook audit verify` is the
 * same with more words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/path.h"
#include "runbook/store/audit.h"
#include "runbook/store/journal.h"
#include "src/app/screen.h"

/* <state>/scratchpad/<id>.jsonl: the id, and where signed heads of it would be. */
static char *state_of(const char *path, char *ret_id, size_t size)
{
    char *folder = path_dir(path), *state = path_dir(folder);

    snprintf(ret_id, size, "%s", path_base(path));
    if (str_ends(str_from(ret_id), ".jsonl"))
        ret_id[strlen(ret_id) - 6] = '\0';
    free(folder);
    return state;
}

/* Does it end where its signed head says? */
static void compare_head(const struct audit_heads *h, const struct audit_head *head,
                         const struct journal_mark *mark, struct chain_state *ret)
{
    if (!head)
        return;
    if (!audit_head_fits(head, ret->lines, mark->hash, ret->why, sizeof(ret->why))) {
        ret->step = CHAIN_BROKEN;
        return;
    }
    ret->signed_lines = head->lines;
    snprintf(ret->key, sizeof(ret->key), "%s", audit_heads_fingerprint(h));
}

static void verify(const char *path, struct chain_state *ret)
{
    struct journal_report report;
    struct journal_mark mark = {0};
    struct audit_heads *heads = NULL;
    const struct audit_head *head = NULL;
    char id[160], *state = state_of(path, id, sizeof(id));
    struct err err;

    *ret = (struct chain_state){.step = CHAIN_GOOD};
    if (!audit_heads_load(state, &heads, &err))
        head = audit_heads_last(heads, id);
    mark.line = head ? head->lines : 0;
    if (journal_verify(path, &mark, 1, &report, &err)) {
        ret->step = CHAIN_NO_JOURNAL;
        snprintf(ret->why, sizeof(ret->why), "%.250s", err.msg);
    } else {
        ret->lines = report.lines;
        ret->torn_bytes = report.torn_bytes;
        snprintf(ret->last_hash, sizeof(ret->last_hash), "%s", report.last_hash);
        compare_head(heads, head, &mark, ret);
        if (report.bad_line) {
            ret->step = CHAIN_BROKEN;
            snprintf(ret->why, sizeof(ret->why), "%.250s", report.why);
        }
    }
    audit_heads_free(heads);
    free(state);
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
