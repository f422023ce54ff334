/* screen_poll.c - see screen_poll.h. */
#include "src/app/screen_poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LONGEST 8          /* intervals, while AWS throttles */
#define LOOK_AGAIN_MS 1000 /* while an answer is awaited, or nobody is there */
#define NAMED 4            /* services that are said by name */

struct screen_poll {
    struct screen_poll_options o;
    int64_t wait_ms, due_ms;
    bool asked, paused;
    loop_id timer;
};

int64_t screen_poll_wait_ms(int64_t every_ms, int64_t before_ms, bool throttled)
{
    int64_t longest = every_ms * LONGEST;

    if (!throttled)
        return every_ms;
    return before_ms * 2 < longest ? before_ms * 2 : longest;
}

/* "ec2 rds every 5m", "ec2 rds lambda sqs and 3 more, throttled: every 10m". */
static void say(struct screen_poll *p)
{
    const char *const *scope = p->o.estate->scope;
    char every[40];
    struct buf text = BUF_INIT(4096);
    size_t n = 0;

    for (; scope[n]; n++)
        if (n < NAMED)
            buf_addf(&text, "%s%s", n ? " " : "", scope[n]);
    if (n > NAMED)
        buf_addf(&text, " and %zu more", n - NAMED);
    (void)snprintf(every, sizeof(every), p->wait_ms % 60000 ? "%lld s" : "%lld min",
                   (long long)(p->wait_ms % 60000 ? p->wait_ms / 1000 : p->wait_ms / 60000));
    if (p->paused)
        buf_adds(&text, " when a key is pressed again");
    else
        buf_addf(&text, "%s every %s", p->wait_ms > p->o.every_ms ? ", throttled:" : "", every);
    engine_say_watched(p->o.engine, buf_cstr(&text));
    buf_release(&text);
}

static void tick(void *ctx);

static void again(struct screen_poll *p, int64_t ms)
{
    p->timer = loop_timer(p->o.loop, ms, tick, p);
}

/* The look that was begun is over: when is the next one? */
static void settle(struct screen_poll *p, int64_t now_ms)
{
    p->asked = false;
    p->wait_ms =
        screen_poll_wait_ms(p->o.every_ms, p->wait_ms, engine_inventory_throttled(p->o.engine));
    p->due_ms = now_ms + p->wait_ms;
    say(p);
}

static void tick(void *ctx)
{
    struct screen_poll *p = ctx;
    int64_t now = loop_now_ms(p->o.loop);
    bool idle = p->o.idle_for_ms(p->o.screen) >= p->o.idle_ms;

    p->timer = 0;
    if (engine_inventory_busy(p->o.engine)) {
        again(p, LOOK_AGAIN_MS);
        return;
    }
    if (p->asked)
        settle(p, now);
    if (p->paused != (idle && now >= p->due_ms)) {
        p->paused = !p->paused;
        say(p);
    }
    if (p->paused || now < p->due_ms) {
        again(p, p->paused ? LOOK_AGAIN_MS : p->due_ms - now);
        return;
    }
    p->asked = engine_watch_scope(p->o.engine);
    again(p, LOOK_AGAIN_MS);
}

struct screen_poll *screen_poll_new(const struct screen_poll_options *o)
{
    struct screen_poll *p;

    if (!o->estate || !o->estate->scope || !o->estate->scope[0] || o->every_ms <= 0)
        return NULL;
    p = xcalloc(1, sizeof(*p));
    p->o = *o;
    p->wait_ms = o->every_ms;
    p->due_ms = loop_now_ms(o->loop);
    say(p);
    again(p, 0);
    return p;
}

void screen_poll_free(struct screen_poll *p)
{
    if (!p)
        return;
    if (p->timer)
        loop_timer_cancel(p->o.loop, p->timer);
    free(p);
}
