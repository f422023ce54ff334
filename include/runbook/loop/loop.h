/* loop.h - one thread owns all state; libuv waits; nothing else in it blocks.
 * A turn waits for events, whose callbacks read, decode and post; then due timers fire; then what
 * was posted before this moment runs in loop_post()'s order, the one place where state changes;
 * then on_settled is told, so that a frontend paints at most once a turn. What is posted meanwhile
 * waits for the next turn, which looks at the descriptors first: long work that posts itself piece
 * by piece never holds back a key. A loop is used from its own thread only. */
#ifndef RUNBOOK_LOOP_LOOP_H
#define RUNBOOK_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/clock.h"
#include "runbook/base/err.h"

struct loop; /* opaque */
struct uv_loop_s;
typedef uint64_t loop_id; /* of a timer, watch or job; 0 is never valid, never reused */

/* Borrows `clock` (clock_system() in the program). SIGPIPE is ignored from then on; children get
 * the default back. */
struct loop *loop_new(struct clock *clock);
/* Cancels what is left (callbacks do not run, jobs under way are waited for) and frees. What owns
 * handles on loop_uv() is freed before. */
void loop_free(struct loop *l);
/* Until loop_stop() or until nothing is left to wait for: posts, timers, watches, signals, jobs. */
void loop_run(struct loop *l);
/* One turn; with `wait` it may sleep until something happens, but not while posts or due timers are
 * there. False when nothing is left: a test says while (!done && loop_turn(l, true)). */
bool loop_turn(struct loop *l, bool wait);
void loop_stop(struct loop *l);
int64_t loop_now_ms(const struct loop *l);  /* monotonic; stands still within a turn's work */
int64_t loop_wall_ms(const struct loop *l); /* Unix time */
struct uv_loop_s *loop_uv(struct loop *l);  /* for net, proc and the terminal only */

/* Called at the end of each turn, just before the loop looks for events again or sleeps. One of it.
 */
void loop_on_settled(struct loop *l, void (*fn)(void *ctx), void *ctx);

/* Run `fn` later on the loop's thread, in order. Bounded: at 65,536 waiting entries it is our bug.
 */
void loop_post(struct loop *l, void (*fn)(void *ctx), void *ctx);

/* One-shot timer on the loop's clock. A delay of 0 fires on the next turn. With a clock that is
 * stepped by hand, step it and call loop_turn(l, false): all that is due fires, in order of
 * deadline, then of arming; a sleeping turn still waits for real time and then sees what the clock
 * says. */
loop_id loop_timer(struct loop *l, int64_t delay_ms, void (*fn)(void *ctx), void *ctx);
bool loop_timer_cancel(struct loop *l, loop_id id); /* false: unknown, or already fired */

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
/* Level-triggered until canceled, which comes before the fd is closed. The fd stays the caller's;
 * one watch an fd. An fd in error is reported once, with all of `events`: reading or writing says
 * what it is. 0 and *err when it cannot be polled (a regular file). */
loop_id loop_watch(struct loop *l, int fd, unsigned events, void (*fn)(void *ctx, unsigned events),
                   void *ctx, struct err *err);
void loop_watch_events(struct loop *l, loop_id id, unsigned events); /* from now on these */
void loop_watch_cancel(struct loop *l, loop_id id);
/* Until canceled; 0 for a signal that cannot be caught. */
loop_id loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx);
void loop_signal_cancel(struct loop *l, loop_id id);

/* A job for the thread pool: `work` runs on a worker and touches only what `ctx` owns; `done` runs
 * on the loop's thread, exactly once, with canceled = true when work never ran. */
loop_id loop_job(struct loop *l, void (*work)(void *ctx), void (*done)(void *ctx, bool canceled),
                 void *ctx);
/* Ask: a job that has not started is done with canceled = true on the next turn. */
void loop_job_cancel(struct loop *l, loop_id id);
/* For an owner that goes away now: a job that has not started never runs, one that runs is waited
 * for; `done` does not run, and `ctx` is the caller's again on return. */
void loop_job_drop(struct loop *l, loop_id id);

#endif
