/* pty.h - a program in a pseudo-terminal whose screen is kept by libvterm.
 * Tests and benchmarks type keys, resize, and wait for a condition of the screen with a deadline;
 * nothing here sleeps. Every byte that the program writes is counted. A struct pty is used from one
 * thread. When the program is gone, a crash or a sanitizer's report is said on standard error. */
#ifndef RUNBOOK_TESTS_PTY_H
#define RUNBOOK_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PTY_RAW_KEPT ((size_t)64 * 1024)

struct pty; /* opaque */

struct pty_options {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-terminated "K=V" put over the environment; may be NULL */
    const char *term;        /* TERM; NULL: xterm-256color */
    int rows, cols;          /* 0: 24x80 */
};

/* NULL when it cannot be started. The program runs in a session of its own. */
struct pty *pty_spawn(const struct pty_options *opts);
void pty_free(struct pty *p); /* kills the program when it still runs; NULL is fine */
pid_t pty_pid(const struct pty *p);

bool pty_send(struct pty *p,
              const char *keys); /* all bytes of a C string; false: the program is gone */
bool pty_send_bytes(struct pty *p, const void *data, size_t len);
void pty_resize(struct pty *p, int rows,
                int cols); /* the screen here and the kernel's size: SIGWINCH */

/* Read what is there, waiting up to `timeout_ms` for the first byte. Returns the bytes read, 0 when
 * nothing came, -1 when the terminal was closed. */
ssize_t pty_pump(struct pty *p, int timeout_ms);
/* Pump until `cond` holds; false at the deadline or when the program closed the terminal. */
typedef bool pty_cond(struct pty *p, void *ctx);
bool pty_wait(struct pty *p, pty_cond *cond, void *ctx, int timeout_ms);
bool pty_wait_text(struct pty *p, const char *text, int timeout_ms); /* somewhere on the screen */
bool pty_wait_no_text(struct pty *p, const char *text, int timeout_ms); /* nowhere any more */
/* Until no byte came for `quiet_ms`. */
bool pty_wait_quiet(struct pty *p, int quiet_ms, int timeout_ms);
/* Until the program has ended; *ret_status as of waitpid(). */
bool pty_wait_exit(struct pty *p, int timeout_ms, int *ret_status);

/* Close our end, as a lost connection does. The program goes on or ends by itself. */
void pty_hang_up(struct pty *p);

size_t pty_bytes(const struct pty *p);          /* written by the program so far */
int64_t pty_first_byte_ns(const struct pty *p); /* monotonic, 0: none yet */
int64_t pty_last_byte_ns(const struct pty *p);
int64_t pty_spawned_ns(const struct pty *p);
int64_t pty_now_ns(void);

int pty_rows(const struct pty *p);
int pty_cols(const struct pty *p);
/* Text of a row, trailing blanks cut; borrowed until the next call for the same struct. */
const char *pty_row(struct pty *p, int row);
bool pty_has(struct pty *p, const char *text);
/* The whole screen as text; with `styles` each cell's attributes and colours too. The caller frees.
 */
char *pty_screen(struct pty *p, bool styles);
void pty_cursor(const struct pty *p, int *ret_row, int *ret_col, bool *ret_visible);
bool pty_alt_screen(const struct pty *p);   /* the program shows the alternate screen */
const char *pty_title(const struct pty *p); /* "" when never set */
/* What the line discipline does: are ECHO, ICANON and ISIG all on? */
bool pty_cooked(const struct pty *p);
/* Everything written since the last call, at most the last 64 KiB. NUL-terminated; borrowed. */
const char *pty_raw(struct pty *p, size_t *ret_len);

#endif
