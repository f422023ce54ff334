/* screen.h - what the screen of a live session and that of a replay share. */
#ifndef RUNBOOK_SRC_APP_SCREEN_H
#define RUNBOOK_SRC_APP_SCREEN_H

#include "runbook/app/app.h"
#include "runbook/engine/engine.h"
#include "runbook/ui/tui.h"
#include "src/app/session_ref.h"

struct screen_strings { /* what the options borrow until tui_new() has returned */
    char *keys, *themes, *run;
    char *notice; /* to be told on the screen; NULL: nothing */
};

/* Theme, keys, colours, bell and mouse from the command line and the configuration. A theme is
 * looked for in themes/ of the user's configuration folder, then among the installed ones; keys are
 * in keys.yaml beside it, or in keys.conf, as earlier versions had it. `strings` is to be released
 * in any case. */
enum err_code screen_options(struct app *app, struct tui_options *ret,
                             struct screen_strings *strings, struct err *err);
void screen_strings_release(struct screen_strings *s);

/* Whether the journal of a live session, or of one that is replayed, is as it was written. */
struct chain_source chain_of_engine(struct engine *e);
struct chain_source chain_of_replay(struct session_ref *ref);

/* History, export, other sessions: for tui_options.services. Borrows both; freed after the screen
 * and before the session. */
struct session;
struct screen_services; /* opaque */
enum err_code screen_services_new(struct app *app, struct session *session,
                                  struct screen_services **ret, struct err *err);
/* Of a replay: no history, as nothing is asked there. Borrows all but *blobs. */
enum err_code screen_services_replay(struct app *app, struct loop *loop, const char *journal,
                                     const struct blob_source *blobs, struct screen_services **ret,
                                     struct err *err);
void screen_services_free(struct screen_services *s); /* NULL is fine */
const struct tui_services *screen_services_ops(const struct screen_services *s);
struct desk;
struct desk *screen_services_desk(const struct screen_services *s); /* NULL: of a replay */
/* The session that the person wants in place of this one; NULL: none. The caller frees. */
char *screen_services_next(struct screen_services *s);

struct replay_request {
    double speed;     /* 0: as it happened */
    bool step;        /* paused at the beginning */
    const char *from; /* where to begin, as player_jump() reads it; NULL: at the beginning */
    /* Of a recording that ships with the program: */
    bool reading_pace, no_branch, quiet;
    const char *label;               /* on the screen all the time */
    const struct blob_source *blobs; /* NULL: the session's own */
};
struct player_options;
/* What a request means for the player; its callbacks are the frontend's. */
void replay_player_options(const struct replay_request *req, struct player_options *ret);
/* Play a recorded session on the screen. Returns the exit code. */
int replay_screen(struct app *app, struct session_ref *ref, const struct replay_request *req);
/* The same line by line. */
int plain_replay(struct app *app, struct session_ref *ref, const struct replay_request *req);
/* On the screen, line by line, or printed: whatever this run was asked for and can do. */
int replay_any(struct app *app, struct session_ref *ref, const struct replay_request *req);
/* Open a session again on the screen. */
int screen_resume(struct app *app, const char *id);

#endif
