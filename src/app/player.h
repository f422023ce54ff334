/* player.h - a recorded session, played: its events are decoded once, folded into a model one after
 * the other, by a key or by the clock, forwards and backwards.
 * Going back folds again from the beginning (200,000 events a second and more), so every place is
 * reached through the same fold and no state is undone. A frontend is told through callbacks; the
 * keys of a replay are bound with player_control(). */
#ifndef RUNBOOK_SRC_APP_PLAYER_H
#define RUNBOOK_SRC_APP_PLAYER_H

#include "runbook/loop/loop.h"
#include "runbook/model/model.h"
#include "runbook/store/journal.h"
#include "runbook/ui/tui.h"

struct player; /* opaque */

#define PLAYER_SPEED_MIN 0.25
#define PLAYER_SPEED_MAX 1000

struct player_options {
    double speed; /* 0: 1 */
    bool paused;
    /* Pauses made for reading, not the recorded ones: a run of two seconds cannot be followed. */
    bool reading_pace;
    const char *label; /* "recording of ..."; NULL: none */
    void *ctx;
    void (*event)(void *ctx, const struct model *m, const struct event *ev); /* one was folded */
    void (*moved)(void *ctx); /* the state changed otherwise: jump, back, speed, pause, end */
    /* B: branch from the event `seq`; NULL: not possible. */
    bool (*branch)(void *ctx, uint64_t seq, struct err *err);
};

/* Reads the journal at `path`. What is wrong with it stands in `report`; ERR_OK: it can be played.
 */
enum err_code player_new(struct loop *loop, const char *path, const struct player_options *opts,
                         struct player **ret, struct journal_report *report, struct err *err);
void player_free(struct player *p); /* NULL is fine */
const struct model *player_model(const struct player *p);
struct replay_control *player_control(struct player *p); /* borrowed */
void player_start(struct player *p); /* from now on the clock plays it, unless paused */

size_t player_at(const struct player *p); /* events folded */
size_t player_count(const struct player *p);
uint64_t player_seq(const struct player *p); /* of the last event folded; 0: none */
void player_seek(struct player *p, size_t at);
/* "14:03:10" (time zone of the process), an RFC 3339 time, "+90s" and "-2m" from here, "50%", "#41"
 * (number of an event). ERR_INPUT says what is understood. */
enum err_code player_jump(struct player *p, const char *where, struct err *err);

#endif
