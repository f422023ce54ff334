/* tty_priv.h - the terminal: events in, cells out. Only the tty_*.c files know terminfo and escape
 * sequences. Nothing here waits for the terminal, except that giving it back drains what is queued,
 * for a second at most. */
#ifndef RUNBOOK_UI_TTY_PRIV_H
#define RUNBOOK_UI_TTY_PRIV_H

#include "runbook/base/err.h"
#include "runbook/ui/keymap.h"
#include "runbook/view/canvas.h"
#include "runbook/view/theme.h"
#include "src/ui/tty_decode_priv.h"

struct tty; /* opaque; one in a process */

struct tty_options {
    const struct theme *theme;
    const struct theme *mono; /* its attributes stand for colours where there are none */
    bool no_color, mouse, ascii;
    bool wide_ambiguous; /* East Asian ambiguous characters take two cells here */
    bool no_alt;         /* stay in the normal screen */
    bool slow;
};

/* What can be changed while it runs. */
struct tty_modes {
    bool mouse;
    bool slow;          /* asked for */
    bool slow_measured; /* answers take long */
};

/* Takes over the terminal of fds 0 and 1. On an error it is as it was. */
enum err_code tty_open(const struct tty_options *opts, struct tty **ret, struct err *err);
void tty_close(struct tty *t);   /* NULL is fine */
int tty_fd(const struct tty *t); /* to be watched for reading, and for writing while it waits */
/* Undo what watching did to a shared descriptor: call it after loop_watch(). */
void tty_keep_blocking(const struct tty *t);
enum glyph_set tty_glyphs(const struct tty *t);
bool tty_utf8(const struct tty *t);
void tty_size(struct tty *t, int *ret_cols, int *ret_rows); /* asks the kernel */

/* The next thing that the person did; false when there is nothing (now). */
bool tty_read(struct tty *t, struct tty_event *ret);
int64_t tty_wait_ms(const struct tty *t); /* call tty_read() again after so long; -1: not needed */
bool tty_gone(const struct tty *t);       /* hung up: reading gives the end of file */
/* Neither: the terminal has not told. */
bool tty_focused(const struct tty *t);
bool tty_unfocused(const struct tty *t);

/* Send what differs from what is shown; `all` repaints every cell. A cursor outside is hidden. */
void tty_paint(struct tty *t, const struct canvas *c, int cursor_x, int cursor_y, bool all);
/* Has the terminal kept up? If not, this frame is to be dropped (tty_dropped()) and tried later. */
bool tty_ready(struct tty *t);
void tty_dropped(struct tty *t);
bool tty_waiting(const struct tty *t);  /* bytes are queued: watch for writing, then tty_flush() */
bool tty_writable(const struct tty *t); /* would a write be taken at once? */
void tty_flush(struct tty *t);
void tty_tick(struct tty *t); /* give up on answers that do not come */
bool tty_slow(struct tty *t); /* asked for, or measured */
/* Ask what there is to know: the background (when `background`), synchronized output, and how long
 * an answer takes. Answers come as events or stay here; none is fine. */
void tty_ask(struct tty *t, bool background);
/* Other colours from the next painting on, which must repaint all. */
void tty_set_theme(struct tty *t, const struct theme *theme);
void tty_set_mouse(struct tty *t, bool on);
bool tty_mouse(const struct tty *t);
/* Can a part of some rows be moved? Known when the terminal has answered. */
bool tty_moves_parts(const struct tty *t);
void tty_bell(struct tty *t);
/* Bell and a notification of the desktop where the terminal has any. */
void tty_notify(struct tty *t, const char *text);
void tty_title(struct tty *t, const char *title);

/* The clipboard through OSC 52. False: this terminal knows none, or the text is too long. */
#define TTY_CLIP_MAX_BYTES ((size_t)74994)
bool tty_clip(struct tty *t, struct str text);
bool tty_can_clip(const struct tty *t);
bool tty_in_tmux(const struct tty *t);

/* Give the terminal back, stop the process group as Ctrl-Z does, and take it again afterwards. */
void tty_suspend(struct tty *t);
/* Give it back for another program, and take it again. The caller repaints. */
void tty_leave(struct tty *t);
void tty_resume(struct tty *t);
/* From a signal handler or a dying process: only async-signal-safe calls. */
void tty_restore_now(void);

struct tty_stats {
    uint64_t bytes, painted, dropped, frame_bytes;
    size_t queued;
    int64_t paint_us, rtt_us; /* rtt -1: not known */
    enum color_level level;
    bool sync;
};
void tty_stats(const struct tty *t, struct tty_stats *ret);

#endif
