/* tui.h - the full-screen frontend (ncurses): paints a model that somebody else folds, turns keys
 * into intents. One of it in a process: terminal and signals are the process's.
 *
 * app:  tui_new(loop, &options, &tui, &err)        takes over the terminal
 *       engine_add_sink(engine, tui_sink(), tui)    or any other feeder: a replayer calls the same
 *       tui_show(tui, model)                        before the first event, to paint at once
 *       loop_run(loop)
 *       tui_free(tui)                               before the model goes: restores the terminal
 * and prints the conclusion and the session's id
 *
 * The terminal is restored on every way out: tui_free(), SIGTERM/SIGHUP/SIGINT (through on_quit), a
 * crash (SIGSEGV, SIGABRT ..., then the signal goes on), mem_fatal() (tui_new sets its hook) and
 * Ctrl-Z. Painting: a key at once; events at most 30 times a second and not while the terminal is
 * behind; nothing at all while nothing changes, except the clock of a running turn. */
#ifndef RUNBOOK_UI_TUI_H
#define RUNBOOK_UI_TUI_H

#include "runbook/base/err.h"
#include "runbook/loop/loop.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/view/screen.h"
#include "runbook/view/start.h"

struct tui; /* opaque */

/* What the keys of a replay do (context "replay" of the key table). A function that is NULL is not
 * possible here, and the key says so. */
struct replay_control {
    void *ctx;
    void (*step)(void *ctx);               /* one event further; pauses */
    void (*play)(void *ctx, bool playing); /* false: pause */
    void (*speed)(void *ctx, int by);      /* +1 faster, -1 slower */
    bool (*playing)(void *ctx);
    /* For the status: "event 41 of 230, 4x, paused". Borrowed until the next call. */
    const char *(*text)(void *ctx);
    void (*back)(void *ctx); /* one event back; pauses */
    /* "14:03:10", "+90s", "50%", "#41"; false: *err says what is understood. */
    bool (*jump)(void *ctx, const char *where, struct err *err);
    bool (*branch)(void *ctx, struct err *err); /* a session of one's own from here; NULL: none */
    double (*progress)(void *ctx);              /* 0-1, for a bar; NULL: none */
    const char *label; /* on the screen all the time: "recording of ..."; NULL: none */
};

/* Keeps a small text from one run to the next. */
struct screen_store {
    void *ctx;
    bool (*read)(void *ctx, struct buf *ret); /* false: there is none */
    void (*write)(void *ctx, struct str text);
};

/* Whether the chain of this session's journal holds. `path` says where it is (NULL: *ret_why says
 * why there is none) and runs on the loop; `verify` reads it and runs on a worker. */
struct chain_source {
    void *ctx;
    const char *(*path)(void *ctx, const char **ret_why);
    void (*verify)(const char *path, struct chain_state *ret);
};

struct tui_session {
    const char *id, *title, *note;
};
/* Rows are borrowed for the call; `problem` says why there are none, NULL: all is well. */
typedef void tui_sessions_fn(void *to, const struct tui_session *rows, size_t count,
                             const char *problem);

/* A configured language model: "provider/model", and its health, price and whether it is asked. */
typedef void tui_model_fn(void *to, const char *name, const char *note, bool current);

/* What is kept of a resource, and what came of it since: the screen takes over the arena (which may
 * be the one of the answer before). Not after the screen has gone. */
typedef void tui_detail_fn(void *to, const char *key, struct arena *arena,
                           const struct resource_detail *d);

/* What the screen asks of the program around it; each may be NULL: then that is not offered. */
struct tui_services {
    void *ctx;
    /* What was asked before, oldest first; and one more. Both are quick. */
    bool (*history_load)(void *ctx, void (*each)(void *to, const char *text), void *to,
                         struct err *err);
    bool (*history_add)(void *ctx, const char *text, struct err *err);
    /* Write the investigation: `format` and `path` may be "". Appends what was done, for people. */
    bool (*export_session)(void *ctx, const struct model *m, const char *format, const char *path,
                           struct buf *said, struct err *err);
    /* Sessions, newest first; `answer` comes once, later, and not at all when the screen goes. */
    void (*sessions)(void *ctx, tui_sessions_fn *answer, void *to);
    /* The configured language models, in order, and "none"; nothing when there is none. */
    void (*models)(void *ctx, tui_model_fn *each, void *to);
    /* Append `text` with its placeholders put back where the secret is still known; returns how
     * many were. Only for this person's screen. */
    size_t (*reveal)(void *ctx, struct str text, struct buf *out);
    /* The record, relations, changes and metrics of a resource; `answer` comes at once and again
     * when more is known. A question for another one ends the answers for this one. `again`: what
     * was asked before is asked anew. */
    void (*resource)(void *ctx, const char *key, bool again, tui_detail_fn *answer, void *to);
    const struct sheet_source *sheets; /* pages that the program writes; NULL: none */
    /* Leave this session for that one (an id or a unique beginning): the screen is freed soon. */
    bool (*resume)(void *ctx, const char *id, struct err *err);
};

struct tui_options {
    const char *theme; /* name or file; NULL or "auto": dark or light, as the terminal answers */
    const char *theme_dirs[2]; /* where files of themes are, the user's first; NULL: none */
    const char *keymap_path;   /* NULL or an absent file: the default keys */
    bool ascii;                /* also set when the locale is not UTF-8 */
    bool no_color;             /* --no-color; NO_COLOR is read here */
    bool mouse;
    bool no_alt_screen;  /* stay in the normal screen; the last frame remains in its scrollback */
    bool slow;           /* a slow line: fewer and smaller updates; also measured */
    bool wide_ambiguous; /* the terminal draws ambiguous characters two cells wide */
    bool bell;        /* ring when a root cause is found or an approval waits, and nobody looks */
    bool notify;      /* tell the desktop as well */
    const char *copy; /* "auto", "terminal", "tmux" or "file"; NULL: auto */
    const char *run_dir; /* for what is copied to a file, and the pager's text; NULL: neither */
    bool show_secrets;   /* draw placeholders as what they stand for, where that is known */
    bool vi;             /* edit with vi's modes, not with emacs' keys */
    bool quiet_exit;     /* print nothing on the normal screen at the end */
    struct blob_source blobs;
    struct chain_source chain;           /* path NULL: there is no journal */
    struct screen_store state;           /* sizes of panes and such; read NULL: not kept */
    struct intent_sink intents;          /* submit NULL: nothing can be asked (replay) */
    const struct replay_control *replay; /* NULL: live; borrowed */
    const struct start *start;           /* a first run: shown until something is asked; borrowed */
    const struct tui_services *services; /* NULL: none; borrowed */
    /* The person leaves (signo 0) or a signal says so; called once, after INTENT_QUIT was
     * submitted. Typically loop_stop(). */
    void (*on_quit)(void *ctx, int signo);
    void *quit_ctx;
};

/* Errors: no terminal, TERM unknown or without cursor movement (says to use --plain), a theme or
 * keymap file that does not parse. On an error the terminal is as it was. */
enum err_code tui_new(struct loop *loop, const struct tui_options *opts, struct tui **ret,
                      struct err *err);
void tui_free(struct tui *t); /* NULL is fine */
/* For engine_add_sink(engine, tui_sink(), tui). */
const struct sink_ops *tui_sink(void);
/* Show this model (borrowed until tui_free() or the next call) and paint now. */
void tui_show(struct tui *t, const struct model *m);
/* Print nothing on the normal screen at the end: another screen follows. */
void tui_leave_quietly(struct tui *t);
/* The replayer changed its state (speed, pause): its text is painted again. */
void tui_refresh(struct tui *t);
/* Since the last key, click or paste; at first since the screen was made. */
int64_t tui_idle_ms(const struct tui *t);
/* One line in the lower border until the next key: "no such session". */
void tui_message(struct tui *t, const char *text, bool danger);
/* Ask a person for a few characters that are not drawn, kept or put into the history. `done` comes
 * once: what was typed (wiped behind it), or NULL when the person left it. False: something else is
 * being asked; try again later. tui_ask_end(): not wanted any more, `done` does not come. */
typedef void tui_hidden_fn(void *ctx, const char *text);
bool tui_ask_hidden(struct tui *t, const char *label, tui_hidden_fn *done, void *ctx);
void tui_ask_end(struct tui *t, void *ctx);

#endif
