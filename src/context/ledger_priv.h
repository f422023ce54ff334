/* ledger_priv.h - a day's file of the ledger, read into calls. */
#ifndef RUNBOOK_CONTEXT_LEDGER_PRIV_H
#define RUNBOOK_CONTEXT_LEDGER_PRIV_H

#include "runbook/base/arena.h"
#include "runbook/base/map.h"
#include "runbook/base/vec.h"
#include "runbook/context/ledger.h"

#define LEDGER_DIR "costs"
#define LEDGER_NAME_MAX 24 /* "2026-11-21.jsonl" */

/* One call to a model: the booking, overwritten by what it did cost. */
struct ledger_call {
    const char *id, *session, *user, *provider, *model;
    int64_t ts_ms, turn;
    double usd;
    struct token_use use;
    bool booked;
};

struct ledger_day {
    char name[LEDGER_NAME_MAX];
    struct arena *arena;
    struct map *by_id; /* "session/id": index + 1 */
    VEC(struct ledger_call) calls;
    uint64_t read_bytes; /* whole lines up to here are known */
    size_t bad_lines;
};

void ledger_day_init(struct ledger_day *d, const char *name);
void ledger_day_release(struct ledger_day *d);
/* Take over what was appended since. A missing file is an empty one. */
enum err_code ledger_day_read(struct ledger_day *d, const char *path, struct err *err);

#endif
