/* tui_priv.h - the state of the full-screen frontend, shared by its painting and its commands. */
#ifndef RUNBOOK_UI_TUI_PRIV_H
#define RUNBOOK_UI_TUI_PRIV_H

#include "runbook/model/model.h"
#include "runbook/ui/approval.h"
#include "runbook/ui/lineedit.h"
#include "runbook/ui/tui.h"
#include "runbook/view/screen.h"
#include "src/ui/tty_priv.h"

#define TUI_HINTS_MAX 16
#define TUI_SIGNALS 6

enum tui_dirty { DIRTY_NOTHING, DIRTY_INPUT, DIRTY_SCREEN, DIRTY_ALL /* every cell again */ };
enum tui_armed {
    ARMED_NOTHING,
    ARMED_QUIT,
    ARMED_CANCEL
}; /* what the same key would do once more */

/* What was written, or NULL when the person left it. */
typedef void tui_prompt_fn(void *ctx, const char *text);

struct tui {
    struct loop *loop;
    struct tui_options opts;
    struct tty *tty;
    struct keymap *keymap;
    struct theme theme;
    struct canvas canvas;
    struct screen screen;
    const struct model *model;
    struct model empty; /* shown until there is one */
    struct lineedit input, filter;
    struct {
        char label[96];
        struct lineedit line;
        tui_prompt_fn *done; /* NULL: nothing is asked */
        void *ctx;
    } prompt;
    struct approval_dialog approval;
    struct map *later; /* ids of approvals that were left in the queue */
    loop_id arm_timer, tick_timer;
    char steered[SCREEN_ID_MAX]; /* the hypothesis that a prompt is about */
    VEC(struct help_row) help;
    struct buf help_keys; /* the text that `help` and `hints` point into */
    struct hint hints[TUI_HINTS_MAX];
    struct buf hint_keys;

    loop_id watch, frame_timer, clock_timer, pause_timer;
    loop_id signals[TUI_SIGNALS];
    enum tui_dirty dirty;
    int64_t painted_ms;
    enum tui_armed armed;
    char message[ERR_MSG_MAX];
    bool quit_told;
    bool away;           /* another program has the terminal: nothing is painted, nothing is read */
    bool attention;      /* something waits for a person who does not look: the title says so */
    bool ask;            /* the terminal has not been asked anything yet */
    bool ask_background; /* no theme was chosen: the terminal's background decides */
    bool was_typing;     /* when the help page was opened: typing goes on after it */
};

/* tui_paint.c */
void tui_dirty(struct tui *t, enum tui_dirty how);
void tui_paint(struct tui *t); /* now */
void tui_paint_when_due(struct tui *t);
void tui_paint_soon(struct tui *t); /* not before the loop's next turn */
int64_t tui_frame_wait_ms(struct tui *t);
/* tui.c */
void tui_watch(struct tui *t);
void tui_quit(struct tui *t, int signo);
/* tui_commands.c */
void tui_event(struct tui *t, const struct tty_event *ev);
void tui_say(struct tui *t, bool danger, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tui_make_help(struct tui *t);
void tui_make_hints(struct tui *t);
void tui_load_raw(struct tui *t);
/* tui_steer.c */
void tui_steer(struct tui *t, enum command c);
/* tui_transcript.c */
bool tui_in_transcript(const struct tui *t);
void tui_transcript_command(struct tui *t, enum command c);
void tui_transcript_typed(struct tui *t); /* into the search */
void tui_transcript_typed_end(struct tui *t, bool keep);
bool tui_transcript_clear(struct tui *t); /* false: no search */
bool tui_load_excerpts(struct tui *t);
/* tui_approval.c */
void tui_approvals(struct tui *t); /* the queue */
void tui_approval_event(struct tui *t, const struct event *ev);
void tui_approval_draw(struct tui *t);    /* before a drawing */
void tui_approval_painted(struct tui *t); /* after its painting */
/* What the person did belongs to the dialog. */
bool tui_approval_input(struct tui *t, const struct tty_event *ev);
/* The selected one of the queue waits: show its dialog. */
bool tui_approval_ask_selected(struct tui *t);
void tui_approval_free(struct tui *t);
void tui_begin_filter(struct tui *t);
void tui_back(struct tui *t); /* from a page */
/* tui_evidence.c: commands of CONTEXT_EVIDENCE */
void tui_run_evidence(struct tui *t, enum command c);
/* tui_input.c */
struct lineedit *tui_line(struct tui *t); /* where typed text goes */
bool tui_typing(const struct tui *t);     /* are keys text now? */
void tui_edited(struct tui *t);           /* after that text changed */
void tui_run_input(struct tui *t, enum command c);
bool tui_type_key(struct tui *t, key_code key);
void tui_paste(struct tui *t, struct str text);
/* Ask for one line in the input area, over whatever is shown: `label` stands before it ("Reject H2,
 * because"). Enter gives the text (also an empty one), Esc and Ctrl-C NULL; called once, unless the
 * screen goes away first. A second prompt takes the place of the first, which ends with NULL. */
void tui_prompt(struct tui *t, const char *label, const char *initial, tui_prompt_fn *done,
                void *ctx);
void tui_prompt_end(struct tui *t, bool keep);
/* tui_replay.c */
void tui_replay(struct tui *t, enum command c);
void tui_replay_state(struct tui *t); /* text, bar and label for the next drawing */

/* tui_timeline.c */
void tui_timeline_command(struct tui *t, enum command c);

#endif
