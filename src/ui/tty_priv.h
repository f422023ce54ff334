/* tty_priv.h - the terminal: keys in, cells out. tty.c is the only file that includes <curses.h>.
 */
#ifndef RUNBOOK_UI_TTY_PRIV_H
#define RUNBOOK_UI_TTY_PRIV_H

#include "runbook/base/err.h"
#include "runbook/ui/keymap.h"
#include "runbook/view/canvas.h"
#include "runbook/view/theme.h"

struct tty; /* opaque; one in a process */

struct tty_options {
    const struct theme *theme;
    const struct theme *mono; /* its attributes stand for colours where there are none */
    bool no_color, mouse, ascii;
};

/* Takes over the terminal of fds 0 and 1. On an error it is as it was. */
enum err_code tty_open(const struct tty_options *opts, struct tty **ret, struct err *err);
void tty_close(struct tty *t); /* NULL is fine */
/* Undo what watching did to the descriptor: call it after loop_watch(). */
void tty_keep_blocking(const struct tty *t);
enum glyph_set tty_glyphs(const struct tty *t);
void tty_size(struct tty *t, int *ret_cols, int *ret_rows); /* asks the kernel */

enum tty_event_kind { TTY_KEY, TTY_PASTE, TTY_CLICK, TTY_WHEEL, TTY_BACKGROUND };
struct tty_event {
    enum tty_event_kind kind;
    key_code key;
    struct str paste; /* borrowed until the next call */
    int x, y, by;     /* by: -1 up, 1 down */
    bool light;       /* TTY_BACKGROUND: dark text is to be drawn on it */
};
/* The next thing that the person did; false when there is nothing (now). */
bool tty_read(struct tty *t, struct tty_event *ret);
bool tty_gone(const struct tty *t); /* hung up: reading gives the end of file */

/* Send what differs from what is shown; `all` repaints every cell. A cursor outside is hidden. */
void tty_paint(struct tty *t, const struct canvas *c, int cursor_x, int cursor_y, bool all);
bool tty_ready(const struct tty *t); /* would a write be taken at once? */
/* Ask the terminal for its background; the answer, if any, comes as TTY_BACKGROUND. Once. */
void tty_ask_background(struct tty *t);
/* Other colours from the next painting on, which must repaint all. */
void tty_set_theme(struct tty *t, const struct theme *theme);
void tty_bell(struct tty *t);
void tty_title(struct tty *t, const char *title);
/* Give the terminal back, stop the process group as Ctrl-Z does, and take it again afterwards. */
void tty_suspend(struct tty *t);
/* After SIGCONT: set the modes again. The caller repaints. */
void tty_resume(struct tty *t);
/* From a signal handler or a dying process: only async-signal-safe calls. */
void tty_restore_now(void);

#endif
