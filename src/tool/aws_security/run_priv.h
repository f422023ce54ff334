/* run_priv.h - a look that is under way: run.c begins and ends it, ask.c asks. */
#ifndef RUNBOOK_SRC_TOOL_AWS_SECURITY_RUN_PRIV_H
#define RUNBOOK_SRC_TOOL_AWS_SECURITY_RUN_PRIV_H

#include "runbook/base/map.h"
#include "security_priv.h"

#define REGIONS_MAX 64

struct sec_account {
    struct security_run *run;
    struct aws_account *is;
    const char *number, *partition;
    const char *regions[REGIONS_MAX];
    size_t region_count;
    bool wants_regions;
    struct sec_facts *facts;
};

/* One call of a source, and what hangs from it. */
struct sec_call {
    struct sec_account *account;
    const struct sec_source *source;
    const struct aws_list *list;
    const char *region, *key;
    const struct value *params; /* in the facts' arena */
    struct sec_answer *answer;
    aws_id id;
    loop_id timer;
    unsigned tries;
    bool over;
};

struct security_run {
    struct security_ask ask;
    struct security_callbacks cb;
    void *ctx;
    struct security_report report;
    struct arena *arena;
    struct sec_account *accounts;
    size_t account_count;
    bool *wanted;        /* checks */
    struct map *sources; /* name -> source: what is asked */
    struct map *cells;   /* -> index + 1 into report.cells */
    VEC(struct sec_call *) asks;
    size_t left, done, known;
    bool canceled, ended, starting;
    loop_id post, late;
    int64_t begun_ms;
};

/* ask.c: a source in a region; `parent` is the call that it hangs from, or NULL. */
void sec_begin_source(struct sec_account *a, const struct sec_source *s, const char *region,
                      const struct sec_call *parent, bool failed);
/* What a call came to, for its cell. */
void sec_note_cell(struct sec_account *a, const char *service, const char *operation,
                   const char *region, const struct aws_result *result, enum aws_end end);
void sec_one_left(struct security_run *r); /* run.c: a call has ended */

#endif
