/* cost.h - what a call to a model costs, and the fuses that are checked before it.
 * Prices are a dated data file (prices/prices.yaml, compiled in) that a file of the user's adds to
 * or replaces; a model that neither lists has no price, and nothing is guessed. Fuses are a pure
 * function of limits, what was spent, and what the next call may cost at most. */
#ifndef RUNBOOK_CONTEXT_COST_H
#define RUNBOOK_CONTEXT_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

/* As providers count: `input` is what was neither read from a cache nor written to one. */
struct token_use {
    int64_t input, output, cache_read, cache_write;
};
void token_use_add(struct token_use *sum, const struct token_use *use);
int64_t token_use_total(const struct token_use *use);

struct price { /* dollars for a million tokens */
    const char *provider, *model;
    double input, output, cache_read, cache_write;
    const char *checked; /* "2026-09-01": when somebody looked it up */
    const char *source;
    bool users; /* from the user's file */
};

struct price_table;                        /* opaque */
struct price_table *price_table_new(void); /* what is compiled in */
void price_table_free(struct price_table *t);
const char *price_table_date(const struct price_table *t); /* "2026-11-21" */
/* Add a file's rows; a row for the same provider and model replaces. ERR_INPUT names file and line;
 * nothing is added then. */
enum err_code price_table_read(struct price_table *t, const char *path, struct str text,
                               struct err *err);
size_t price_table_count(const struct price_table *t);
const struct price *price_table_at(const struct price_table *t, size_t index);
/* NULL: the price is not known. Dates and version suffixes of a model's name are passed over; the
 * provider must be the row's ("*" in a row: any), as resellers have prices of their own. */
const struct price *price_find(const struct price_table *t, const char *provider,
                               const char *model);
/* Dollars; NAN when `p` is NULL. */
double price_of(const struct price *p, const struct token_use *use);
/* The most that a call can cost: nothing of its input comes from a cache, and the answer is as long
 * as it may be. */
double price_at_most(const struct price *p, int64_t input_tokens, int64_t max_output_tokens);
/* "$0.04", "$0.0003", "price not known"; `out` holds 32 bytes. */
void cost_format(double usd, char out[32]);

/* -- fuses ------------------------------------------------------------------------------------ */
#define COST_NO_LIMIT (-1)
struct cost_limits { /* COST_NO_LIMIT: none; 0: nothing may be spent */
    double usd_incident, usd_day;
    int64_t tokens_incident, tool_calls, minutes, calls_per_minute;
    bool refuse_unknown_price;
};
void cost_limits_default(struct cost_limits *l); /* $2, $20, 2 000 000, 200, 60 min, 30 */

struct cost_spent {
    double usd_incident, usd_day; /* of calls whose price is known */
    int64_t tokens_incident, tool_calls, minutes;
    int64_t calls_last_minute,
        oldest_call_ms; /* of this user; how long ago the first of them was */
};
struct cost_projected {
    double usd; /* NAN: the price is not known */
    int64_t tokens;
    int64_t tool_calls;
};
enum fuse {
    FUSE_NONE,
    FUSE_USD_INCIDENT,
    FUSE_USD_DAY,
    FUSE_TOKENS,
    FUSE_TOOL_CALLS,
    FUSE_MINUTES,
    FUSE_RATE,
    FUSE_UNKNOWN_PRICE,
};
const char *fuse_name(enum fuse fuse);
/* May the next call be made? Otherwise which fuse stops it, and *err (ERR_LIMIT; FUSE_RATE:
 * ERR_AGAIN) says in a line how much was spent, what the call may cost, and which key raises the
 * limit. *ret_wait_ms (may be NULL) is how long to wait with FUSE_RATE. */
enum fuse cost_check(const struct cost_limits *l, const struct cost_spent *s,
                     const struct cost_projected *p, int64_t *ret_wait_ms, struct err *err);

#endif
