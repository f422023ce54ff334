/* ledger.h - what was spent, on disk: <state dir>/costs/YYYY-MM-DD.jsonl (UTC), a line a booking.
 * A call books what it may cost at most before it leaves, and what it did cost after; the sums take
 * the second where there is one, so that a crash in between counts as spent. Lines are appended
 * with O_APPEND, so that several runs share the day's limit, and are synced before the call. A line
 * that cannot be read is counted and skipped. Nothing secret is in it: ids, names, numbers.
 * Blocking, a few hundred microseconds; the sums of a day are read once and then kept up to date.
 */
#ifndef RUNBOOK_CONTEXT_LEDGER_H
#define RUNBOOK_CONTEXT_LEDGER_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/context/cost.h"

struct ledger; /* opaque */

struct ledger_entry {
    int64_t ts_ms;
    const char *id;      /* of the call, unique in the session */
    const char *session; /* its incident */
    const char *user, *provider, *model;
    int64_t turn;
    bool booked; /* the projection: no answer came yet, or none ever will */
    double usd;  /* NAN: price not known */
    struct token_use use;
};

/* `state_dir` is made when the first line is written. */
struct ledger *ledger_new(const char *state_dir);
void ledger_free(struct ledger *l); /* NULL is fine */
/* Before a call, with what it may cost at most; after it, with what it did. Durable on ERR_OK. */
enum err_code ledger_book(struct ledger *l, const struct ledger_entry *e, struct err *err);
enum err_code ledger_settle(struct ledger *l, const struct ledger_entry *e, struct err *err);
/* Fills the day's, the session's and the user's part of `ret`; tool_calls and minutes are the
 * caller's. */
enum err_code ledger_spent(struct ledger *l, int64_t now_ms, const char *session, const char *user,
                           struct cost_spent *ret, struct err *err);

struct ledger_sum {
    char name[64]; /* a day, a session, a model or a user */
    double usd;    /* of the calls whose price is known */
    struct token_use use;
    int64_t calls, unknown; /* of them without a known price */
    int64_t booked;         /* of them that never ended */
    int64_t first_ms, last_ms;
};
enum ledger_by { LEDGER_DAY, LEDGER_SESSION, LEDGER_MODEL, LEDGER_USER };
/* Sum up all days from `since_ms` on; the caller frees *ret. In order of first booking. */
enum err_code ledger_report(const char *state_dir, enum ledger_by by, int64_t since_ms,
                            struct ledger_sum **ret, size_t *ret_count, size_t *ret_bad_lines,
                            struct err *err);

#endif
