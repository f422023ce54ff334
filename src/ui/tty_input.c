/* tty_input.c - reading the terminal: bytes as they come, through the decoder. */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/ui/tty_parts_priv.h"

#define ASKED_MS 2000 /* an answer that did not come by then will not */

static bool fill(struct tty *t)
{
    struct pollfd pfd = {.fd = t->in, .events = POLLIN};
    ssize_t n;

    if (t->gone || t->left || poll(&pfd, 1, 0) <= 0)
        return false;
    if (!(pfd.revents & POLLIN)) {
        t->gone = (pfd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        return false;
    }
    n = read(t->in, t->unread, sizeof(t->unread));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        t->gone = true; /* the end of the file, or the line is cut */
        return false;
    }
    t->unread_at = 0;
    t->unread_len = (size_t)n;
    return true;
}

/* Answers to our own questions stay here. */
static bool take(struct tty *t, const struct tty_event *ev)
{
    switch (ev->kind) {
    case TTY_CURSOR:
        tty_fence_answer(t);
        return false;
    case TTY_MODE:
        /* Source: DECRPM: 1 set, 2 reset, 3 and 4 for ever so, 0 not known. */
        if (ev->mode == 2026)
            t->sync = ev->value == 1 || ev->value == 2;
        if (ev->mode == 69)
            tty_know_margins(t, ev->value == 1 || ev->value == 2);
        return false;
    case TTY_FOCUS:
        t->focus = ev->focused ? FOCUS_IN : FOCUS_OUT;
        return true;
    case TTY_KEY:
        t->focus = t->focus == FOCUS_OUT ? FOCUS_IN : t->focus; /* who types looks at it */
        return true;
    case TTY_PASTE:
    case TTY_CLICK:
    case TTY_DRAG:
    case TTY_RELEASE:
    case TTY_WHEEL:
    case TTY_BACKGROUND:
        return true;
    }
    return true;
}

bool tty_read(struct tty *t, struct tty_event *ret)
{
    int64_t now_ms = tty_now_us() / 1000;
    bool have;

    if (t->decoder.expecting && now_ms - t->asked_ms > ASKED_MS)
        t->decoder.expecting = false;
    for (;;) {
        if (t->unread_at == t->unread_len && !fill(t))
            break;
        t->unread_at += tty_decode(&t->decoder, t->unread + t->unread_at,
                                   t->unread_len - t->unread_at, now_ms, ret, &have);
        if (have && take(t, ret))
            return true;
    }
    return tty_decode_pause(&t->decoder, now_ms, ret);
}

int64_t tty_wait_ms(const struct tty *t)
{
    return tty_decode_wait_ms(&t->decoder, tty_now_us() / 1000);
}

bool tty_gone(const struct tty *t)
{
    return t->gone;
}

bool tty_unfocused(const struct tty *t)
{
    return t->focus == FOCUS_OUT;
}

bool tty_focused(const struct tty *t)
{
    return t->focus == FOCUS_IN;
}
