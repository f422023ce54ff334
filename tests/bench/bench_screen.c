/* bench_screen.c - the full-screen frontend under load, for the benchmark of keys and bytes.
 *   bench_screen RATE TOKENS RESOURCES
 * Streams TOKENS pieces of text of BENCH_TOKEN_BYTES each, RATE a second, as a model does, while
 * RESOURCES resources are seen in the same time; begins at the first key, and says "stream over" at
 * the end. The input line has the focus. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/loop/loop.h"
#include "runbook/model/model.h"
#include "runbook/ui/tui.h"
#include "tests/bench/bench.h"

#define STEP_MS 5
#define MESSAGE_TOKENS 400 /* of one message; then another begins */

struct load {
    struct loop *loop;
    struct tui *tui;
    struct model model;
    uint64_t rate, tokens, resources;
    uint64_t told, seen; /* so far */
    int64_t began_ms;
    bool begun;
};

static void feed(struct load *l, struct event *ev)
{
    ev->seq = l->model.seq + 1;
    ev->ts_ms = loop_wall_ms(l->loop);
    ev->actor = "model";
    event_normalize(ev);
    model_apply(&l->model, ev);
    if (l->tui)
        tui_sink()->event(l->tui, &l->model, ev);
}

static void tell(struct load *l)
{
    static const char *const words[] = {"disk ", "pool ", "time ", "wait ", "load ", "lock ",
                                        "rate ", "host ", "node ", "text ", "user ", "slow\n"};
    char message[32];
    struct event ev = {.type = EV_AGENT_TEXT};

    snprintf(message, sizeof(message), "m%d", (int)(l->told / MESSAGE_TOKENS));
    ev.u.agent_text = (struct ev_agent_text){.text = words[l->told % 12], .message = message};
    feed(l, &ev);
    l->told++;
}

static void see(struct load *l)
{
    char key[32], name[32];
    struct event ev = {.type = EV_RESOURCE_SEEN};

    snprintf(key, sizeof(key), "r:%d", (int)l->seen);
    snprintf(name, sizeof(name), "worker-%d", (int)l->seen);
    ev.u.resource_seen =
        (struct ev_resource_seen){.key = key,
                                  .kind = "process",
                                  .name = name,
                                  .status = "running",
                                  .health = l->seen % 97 ? HEALTH_OK : HEALTH_WARNING,
                                  .value = (double)(l->seen % 100),
                                  .limit = 100,
                                  .unit = "percent",
                                  .metric = "cpu"};
    feed(l, &ev);
    l->seen++;
}

static void on_step(void *ctx)
{
    struct load *l = ctx;
    uint64_t due = (uint64_t)(loop_now_ms(l->loop) - l->began_ms) * l->rate / 1000;
    struct event ev = {.type = EV_USER_MESSAGE};

    due = due < l->tokens ? due : l->tokens;
    while (l->told < due)
        tell(l);
    while (l->seen < l->resources * due / l->tokens)
        see(l);
    if (due < l->tokens) {
        loop_timer(l->loop, STEP_MS, on_step, l);
        return;
    }
    ev.u.user_message.text = "stream over";
    feed(l, &ev);
}

static void on_start(void *ctx)
{
    struct load *l = ctx;
    struct event ev = {.type = EV_TURN_STARTED};

    ev.u.turn_started = (struct ev_turn_started){.turn = 1, .investigator = "bench"};
    feed(l, &ev);
    l->began_ms = loop_now_ms(l->loop);
    on_step(l);
}

static void submit(void *ctx, const struct intent *in)
{
    struct load *l = ctx;

    if (in->type == INTENT_ASK && !l->begun) { /* Enter begins */
        l->begun = true;
        loop_timer(l->loop, STEP_MS, on_start, l);
    }
}

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    loop_stop(((struct load *)ctx)->loop);
}

int main(int argc, char **argv)
{
    struct load l = {.loop = NULL};
    struct tui_options opts = {
        .intents = {submit, &l}, .on_quit = on_quit, .quit_ctx = &l, .quiet_exit = true};
    struct err err = ERR_INIT;

    if (argc != 4 || !num_u64(str_from(argv[1]), &l.rate) ||
        !num_u64(str_from(argv[2]), &l.tokens) || !num_u64(str_from(argv[3]), &l.resources) ||
        !l.tokens) {
        fprintf(stderr, "usage: bench_screen RATE TOKENS RESOURCES\n");
        return 2;
    }
    model_init(&l.model);
    l.loop = loop_new(clock_system());
    if (tui_new(l.loop, &opts, &l.tui, &err)) {
        fprintf(stderr, "bench_screen: %s\n", err.msg);
        return 1;
    }
    tui_show(l.tui, &l.model);
    loop_run(l.loop);
    tui_free(l.tui);
    loop_free(l.loop);
    model_release(&l.model);
    return 0;
}
