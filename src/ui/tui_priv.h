/* tui_priv.h - the state of the full-screen frontend, shared by its painting and its commands. */
#ifndef RUNBOOK_UI_TUI_PRIV_H
#define RUNBOOK_UI_TUI_PRIV_H

#include "runbook/loop/file_watch.h"
#include "runbook/model/model.h"
#include "runbook/ui/approval.h"
#include "runbook/ui/lineedit.h"
#include "runbook/ui/editkeys.h"
#include "runbook/ui/tui.h"
#include "runbook/view/screen.h"
#include "src/ui/composer_priv.h"
#include "src/ui/tty_priv.h"

#define TUI_HINTS_MAX 16
#define TUI_SIGNALS 6
#define TUI_THEME_DIRS 2
#define TUI_DEBUG_LINES 5

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
    int64_t made_ms, input_ms; /* input_ms: of the last key; 0: none yet */
    struct tui_options opts;
    struct tty *tty;
    struct keymap *keymap;
    struct theme theme;
    char theme_name[256];             /* as it was asked for; "" before */
    char *theme_dirs[TUI_THEME_DIRS]; /* where themes of other names are looked for */
    char *theme_file;                 /* that is followed; NULL: a built-in one */
    struct file_watch *theme_watch;
    loop_id theme_timer;
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
        bool hidden;   /* what is typed is not drawn */
        char mask[40]; /* a star for each byte */
    } prompt;
    struct approval_dialog approval;
    struct map *later; /* ids of approvals that were left in the queue */
    loop_id arm_timer, tick_timer;
    char steered[SCREEN_ID_MAX]; /* the hypothesis that a prompt is about */
    struct composer comp;        /* what is behind the input */
    VEC(struct help_row) help;
    struct buf help_keys; /* the text that `help` and `hints` point into */
    struct hint hints[TUI_HINTS_MAX];
    struct buf hint_keys;
    struct chain_job *chain_job; /* while chain_id */
    loop_id chain_id;
    struct buf state; /* what the screen remembered at first */

    loop_id watch, frame_timer, clock_timer, pause_timer;
    loop_id signals[TUI_SIGNALS];
    enum tui_dirty dirty;
    int64_t painted_ms;
    enum tui_armed armed;
    char message[ERR_MSG_MAX];
    char *run_dir; /* for files of this run; NULL: there is none */
    struct copy_job *copy_job;
    loop_id copy_proc;
    struct visit *visit;
    char *pager_file;
    bool debug; /* the overlay is shown */
    char debug_text[TUI_DEBUG_LINES][96];
    const char *debug_lines[TUI_DEBUG_LINES];
    int64_t debug_ms;
    uint64_t debug_bytes, debug_painted, debug_rate, debug_fps;
    loop_id debug_timer;
    bool quit_told;
    bool away;           /* another program has the terminal: nothing is painted, nothing is read */
    bool attention;      /* something waits for a person who does not look: the title says so */
    bool ask;            /* the terminal has not been asked anything yet */
    bool ask_background; /* no theme was chosen: the terminal's background decides */
    char init_key[32];   /* as the first run names it */
    bool was_typing;     /* when the help page was opened: typing goes on after it */
};

/* tui_paint.c */
void tui_dirty(struct tui *t, enum tui_dirty how);
void tui_paint(struct tui *t); /* now */
void tui_paint_when_due(struct tui *t);
void tui_paint_soon(struct tui *t); /* not before the loop's next turn */
int64_t tui_frame_wait_ms(struct tui *t);
/* tui_theme.c: a name or a file; without `keep` it is a preview, which tui_theme_restore() ends. */
enum err_code tui_theme(struct tui *t, const char *name, bool keep, struct err *err);
void tui_theme_restore(struct tui *t);
void tui_on_background(struct tui *t, bool light);
void tui_theme_drop(struct tui *t);
/* tui_copy.c */
void tui_copy(struct tui *t, enum copy_what what);
void tui_copy_text(struct tui *t, struct str text);
void tui_copy_drop(struct tui *t);
/* tui_secrets.c: show or hide what placeholders stand for. */
void tui_secrets_init(struct tui *t);
void tui_secrets_opened(struct tui *t); /* another model is shown: say what stays hidden */
void tui_secrets(struct tui *t);
/* tui_away.c: run a program in the foreground of the terminal, as a shell would; `done` is called
 * with its exit status (128 and more: a signal) and everything is painted again. The loop goes on.
 */
typedef void tui_away_fn(void *ctx, int status);
enum err_code tui_go_away(struct tui *t, const char *const *argv, tui_away_fn *done, void *ctx,
                          struct err *err);
void tui_away_drop(struct tui *t);
void tui_pager(struct tui *t);
/* tui_term.c */
void tui_terminal_command(struct tui *t, enum command c);
/* Something waits for a person: bell, notification and title when nobody looks; the bell alone
 * where the terminal does not tell. */
void tui_call(struct tui *t, const char *text);
void tui_notice_event(struct tui *t, const struct event *ev);
void tui_on_focus(struct tui *t, bool focused);
void tui_make_debug(struct tui *t);
/* tui.c */
void tui_watch(struct tui *t);
void tui_quit(struct tui *t, int signo);
/* tui_keys.c */
void tui_event(struct tui *t, const struct tty_event *ev);
/* tui_commands.c */
void tui_say(struct tui *t, bool danger, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tui_load_raw(struct tui *t);
bool tui_can_again(const struct tui *t); /* the page is of a resource that can be read again */
/* tui_help.c */
bool tui_page_exists(enum command c); /* other commands always do */
void tui_make_help(struct tui *t);
void tui_make_hints(struct tui *t);
/* tui_steer.c */
void tui_steer(struct tui *t, enum command c);
bool tui_steer_is(enum command c);                  /* one of these commands */
bool tui_steer_fits(struct tui *t, enum command c); /* is it worth a hint now? */
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
void tui_approval_begin(struct tui *t);
void tui_act(struct tui *t, enum command c); /* propose the answer's step; read-only */
void tui_approval_draw(struct tui *t);       /* before a drawing */
void tui_approval_painted(struct tui *t);    /* after its painting */
/* What the person did belongs to the dialog. */
bool tui_approval_input(struct tui *t, const struct tty_event *ev);
/* The selected one of the queue waits: show its dialog. */
bool tui_approval_ask_selected(struct tui *t);
/* tui_sheet.c: pages that the program around the screen writes */
void tui_open_sheet(struct tui *t, const char *which);
bool tui_has_sheets(const struct tui *t);
void tui_sheet_refresh(struct tui *t); /* it wrote another one, or closed it */
bool tui_sheet_choose(struct tui *t);  /* Enter; false: no sheet is shown */
const char *tui_sheet_hint(const struct tui *t, enum command c); /* NULL: the command's own */
bool tui_sheet_switch(const struct tui *t); /* what is selected is switched on and off */
bool tui_sheet_stop(struct tui *t);         /* Ctrl-C; false: nothing is under way there */
void tui_sheet_write(struct tui *t);        /* begins to write the selected field, if it is one */
bool tui_sheet_back(struct tui *t);         /* Esc; likewise */
/* tui_procedures.c */
void tui_procedure_event(struct tui *t, const struct event *ev);
bool tui_procedure_ask_selected(struct tui *t);
void tui_skill(struct tui *t, struct str args);
void tui_approval_free(struct tui *t);
void tui_begin_filter(struct tui *t);
void tui_back(struct tui *t); /* from a page */
/* tui_evidence.c: commands of CONTEXT_EVIDENCE */
void tui_run_evidence(struct tui *t, enum command c);
/* tui_audit.c */
void tui_check_chain(struct tui *t);
void tui_drop_chain(struct tui *t);
/* tui_layout.c */
void tui_layout(struct tui *t, enum command c);
bool tui_drag(struct tui *t, const struct tty_event *ev);
void tui_list(struct tui *t, enum command c);
void tui_load_state(struct tui *t);
void tui_save_state(struct tui *t);
void tui_run(struct tui *t, enum command c);
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
/* tui_start.c */
void tui_start_init(struct tui *t); /* what a first run shows */
/* tui_replay.c */
void tui_replay(struct tui *t, enum command c);
void tui_replay_state(struct tui *t); /* text, bar and label for the next drawing */

/* tui_timeline.c */
void tui_timeline_command(struct tui *t, enum command c);

#endif
