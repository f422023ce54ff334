/* tty_out.c - bytes on their way to the terminal.
 * Nothing here waits: what the kernel does not take stays in a queue, and the loop says when there
 * is room again. While the queue holds anything, or the terminal has not yet answered the fence
 * that was sent two windows ago, it is behind, and frames are dropped instead of queued: a slow
 * line shows the newest state, never a backlog. Over ssh the kernel's queue alone says nothing, as
 * megabytes wait in sockets; the fence is what tells. */
#include "src/ui/tty_parts_priv.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_MAX ((size_t)32 << 20)
#define KERNEL_MAX 4096    /* bytes that a serial line may still hold */
#define WINDOW_BYTES 16384 /* a fence for so much output */
#define FENCE_LOST_US 3000000
#define SLOW_US 200000
#define QUICK_US 100000

int64_t tty_now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void tty_flush(struct tty *t)
{
    size_t at = 0;

    while (at < t->queue.len && !t->gone) {
        size_t len = t->queue.len - at;
        ssize_t n;

        if (t->fd < 0 && !tty_writable(t)) /* a shared descriptor would block */
            break;
        if (t->fd < 0 && len > 512)
            len = 512;
        n = write(t->out, t->queue.ptr + at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            t->gone = true;
        if (n <= 0)
            break;
        at += (size_t)n;
        t->meter.bytes += (uint64_t)n;
    }
    if (t->gone)
        buf_clear(&t->queue);
    else if (at)
        buf_cut(&t->queue, 0, at);
}

void tty_send_buf(struct tty *t, struct str s)
{
    if (!t->queue.max)
        buf_init(&t->queue, QUEUE_MAX);
    buf_add_str(&t->queue, s);
    tty_flush(t);
}

void tty_send(struct tty *t, const char *s)
{
    tty_send_buf(t, str_from(s));
}

bool tty_waiting(const struct tty *t)
{
    return t->queue.len > 0 && !t->gone;
}

bool tty_writable(const struct tty *t)
{
    struct pollfd pfd = {.fd = t->out, .events = POLLOUT};
    int held = 0;

    if (poll(&pfd, 1, 0) <= 0 || !(pfd.revents & POLLOUT))
        return false;
    return ioctl(t->out, TIOCOUTQ, &held) != 0 || held < KERNEL_MAX;
}

/* ---- fences ---- */

/* Source: ECMA-48 8.3.35: DSR 6 asks for the cursor's place. */
void tty_fence(struct tty *t)
{
    if (!t->caps.xterm_like || t->fences_fail || t->left || t->gone || t->fences > 0)
        return;
    t->fences = 1;
    t->decoder.expecting = true;
    t->fence_us = tty_now_us();
    t->asked_ms = t->fence_us / 1000;
    tty_send(t, "\033[6n");
    t->fence_bytes = t->meter.bytes + t->queue.len;
}

void tty_fence_answer(struct tty *t)
{
    int64_t us = tty_now_us() - t->fence_us;
    bool first = !t->fences_work;

    if (t->fences == 0)
        return;
    t->fences = 0;
    t->fences_work = true;
    t->decoder.expecting = false;
    t->rtt_us = first || us < t->rtt_last_us ? us : t->rtt_last_us;
    t->rtt_last_us = us;
    if (first && us > SLOW_US)
        tty_fence(t); /* the first one also waited for the first painting */
}

/* An answer that does not come: the terminal gives none, or it lost it. */
void tty_tick(struct tty *t)
{
    if (t->fences > 0 && tty_now_us() - t->fence_us > FENCE_LOST_US) {
        t->fences = 0;
        t->decoder.expecting = false;
        t->fences_fail = !t->fences_work;
    }
}

bool tty_ready(struct tty *t)
{
    uint64_t since;

    tty_flush(t);
    tty_tick(t);
    if (tty_waiting(t) || !tty_writable(t))
        return false;
    since = t->meter.bytes - t->fence_bytes;
    if (!t->fences_work || since <= WINDOW_BYTES)
        return true;
    if (t->fences > 0)
        return false; /* two windows without an answer */
    tty_fence(t);
    return true;
}

void tty_dropped(struct tty *t)
{
    t->meter.dropped++;
}

bool tty_slow(struct tty *t)
{
    if (t->fences_work && t->rtt_us > SLOW_US)
        t->modes.slow_measured = true;
    else if (t->fences_work && t->rtt_us < QUICK_US)
        t->modes.slow_measured = false;
    return t->modes.slow || t->modes.slow_measured;
}

void tty_stats(const struct tty *t, struct tty_stats *ret)
{
    *ret = (struct tty_stats){.bytes = t->meter.bytes,
                              .queued = t->queue.len,
                              .painted = t->meter.painted,
                              .dropped = t->meter.dropped,
                              .paint_us = t->meter.paint_us,
                              .frame_bytes = t->meter.frame_bytes,
                              .rtt_us = t->fences_work ? t->rtt_us : -1,
                              .level = t->level,
                              .sync = t->sync};
}
