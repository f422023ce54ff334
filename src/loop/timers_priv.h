/* timers_priv.h - one-shot timers ordered by deadline.
 * A timer set never reads the clock and never sleeps: the loop passes the time in, so a test steps
 * it by hand. Equal deadlines fire in the order in which they were armed. */
#ifndef RUNBOOK_LOOP_TIMERS_PRIV_H
#define RUNBOOK_LOOP_TIMERS_PRIV_H

#include <stdbool.h>
#include <stdint.h>

struct timer_set; /* opaque */

struct timer_set *timer_set_new(void);
void timer_set_free(struct timer_set *ts); /* pending timers are dropped, not fired */
uint64_t timer_set_add(struct timer_set *ts, int64_t deadline_ms, void (*fn)(void *ctx), void *ctx);
bool timer_set_cancel(struct timer_set *ts, uint64_t id); /* false: unknown, or already fired */
/* Fire what is due; timers that are added meanwhile wait for the next run. */
void timer_set_run(struct timer_set *ts, int64_t now_ms);
/* The earliest deadline; false when there is none. */
bool timer_set_next(const struct timer_set *ts, int64_t *ret_deadline_ms);

#endif
