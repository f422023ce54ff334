/* tui_approval.c - the approval dialog between the model, the terminal and the loop: shows what is
 * asked for, arms when its frame is on the terminal and the input is silent, and hands answers on.
 * The rules themselves are in approval.c. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITTEN_AGAIN_MS 20 /* look again whether the terminal has taken the frame */

static void cancel(struct tui *t, loop_id *timer)
{
    if (*timer)
        loop_timer_cancel(t->loop, *timer);
    *timer = 0;
}

static void wait_to_arm(struct tui *t);

/* Throw away what waits unread. True: there was something, so it is not silent yet. */
static bool drain(struct tui *t)
{
    struct tty_event ev;
    bool typed = false;

    while (tty_read(t->tty, &ev)) {
        bool from_person = ev.kind == TTY_KEY || ev.kind == TTY_PASTE;

        typed = typed || from_person;
        if (!from_person && ev.kind != TTY_CLICK && ev.kind != TTY_WHEEL)
            tui_event(t, &ev); /* an answer of the terminal */
    }
    return typed;
}

static void on_arm(void *ctx)
{
    struct tui *t = ctx;
    int64_t now = loop_now_ms(t->loop);

    t->arm_timer = 0;
    if (!t->approval.open)
        return;
    if (drain(t))
        approval_refuse(&t->approval, "", now);
    if (approval_arm(&t->approval, now)) {
        tui_dirty(t, DIRTY_SCREEN);
        tui_paint(t);
    } else {
        wait_to_arm(t);
    }
}

static void wait_to_arm(struct tui *t)
{
    int64_t at = approval_arm_at(&t->approval), now = loop_now_ms(t->loop);

    cancel(t, &t->arm_timer);
    if (at)
        t->arm_timer = loop_timer(t->loop, at > now ? at - now : 0, on_arm, t);
}

/* ---- which one is shown ---- */

static const struct approval *next_waiting(struct tui *t)
{
    VEC_EACH (a, &t->model->approvals) {
        if (a->state == APPROVAL_WAITING && !(t->later && map_has(t->later, str_from(a->id))))
            return a;
    }
    return NULL;
}

static void show(struct tui *t, const struct approval *a)
{
    approval_open(&t->approval, a);
    cancel(t, &t->arm_timer);
    tui_dirty(t, DIRTY_SCREEN);
}

static void leave_for_later(struct tui *t)
{
    if (!t->later)
        t->later = map_new();
    map_set_c(t->later, t->approval.id, t);
    approval_close(&t->approval);
}

/* Confirmed here, and not enough: the dialog goes, the request waits in the queue. */
static void wait_for_others(struct tui *t, const char *id)
{
    const struct approval *a = model_approval(t->model, id);

    if (!t->approval.open || strcmp(t->approval.id, id) != 0 || !a || !a->yours)
        return;
    tui_say(t, false, "%s is confirmed and waits for another person: runbook approve %s", id, id);
    leave_for_later(t);
}

void tui_approval_event(struct tui *t, const struct event *ev)
{
    const struct approval *a;

    if (ev->type < EV_APPROVAL_REQUESTED || ev->type > EV_APPROVAL_REFUSED)
        return;
    if (!t->opts.intents.submit || t->opts.replay) /* a recording asks nobody */
        return;
    if (ev->type == EV_APPROVAL_CONFIRMED)
        wait_for_others(t, ev->u.approval_decided.id);
    if (ev->type == EV_APPROVAL_REQUESTED && t->later)
        map_remove(t->later, str_from(ev->u.approval_requested.id));
    if (t->approval.open && approval_update(&t->approval, t->model, loop_wall_ms(t->loop)))
        return;
    a = next_waiting(t);
    if (a)
        show(t, a);
}

/* A session that is opened to answer what waits in it. */
void tui_approval_begin(struct tui *t)
{
    const struct approval *a = next_waiting(t);

    if (a && t->opts.intents.submit && !t->opts.replay)
        show(t, a);
}

void tui_act(struct tui *t, enum command c)
{
    struct intent in = {.type = c == CMD_READONLY ? INTENT_READONLY : INTENT_PROPOSE};
    const struct finding *finding;

    if (!t->opts.intents.submit || t->opts.replay) {
        tui_say(t, true, "This is a recording: it changes nothing");
        return;
    }
    if (c == CMD_FIX && (finding = screen_finding(&t->screen, t->model)) != NULL) {
        if (!*finding->act) {
            tui_say(t, false, "No operation of this program fixes it: the page says what does");
            return;
        }
        in.text = finding->act;
    }
    for (size_t i = 0; c == CMD_FIX && !in.text && i < t->model->conclusion.remediation.count;
         i++) {
        const struct remediation *r = &t->model->conclusion.remediation.items[i];

        if (*r->act) {
            in.text = r->act;
            in.hypothesis = r->hypothesis;
        }
    }
    if (c == CMD_FIX && !in.text) {
        tui_say(t, false, "No step of the answer can be done from here: 'runbook act --list'");
        return;
    }
    t->opts.intents.submit(t->opts.intents.ctx, &in);
}

void tui_approvals(struct tui *t)
{
    screen_open_approvals(&t->screen);
}

bool tui_approval_ask_selected(struct tui *t)
{
    const struct approval *a = screen_approval(&t->screen, t->model);

    if (!a)
        return false;
    if (a->state == APPROVAL_WAITING && t->opts.intents.submit && !t->opts.replay)
        show(t, a);
    else if (t->screen.stack[t->screen.depth - 1].page == PAGE_APPROVALS)
        screen_open_approval(&t->screen, a->id);
    return true;
}

/* ---- drawing ---- */

void tui_approval_draw(struct tui *t)
{
    bool open = t->approval.open && approval_update(&t->approval, t->model, loop_wall_ms(t->loop));

    t->screen.approval = open ? &t->approval.view : NULL;
    if (!open) {
        cancel(t, &t->arm_timer);
        cancel(t, &t->tick_timer);
    }
}

static void on_written(void *ctx)
{
    struct tui *t = ctx;

    t->arm_timer = 0;
    tui_approval_painted(t);
}

static void on_tick(void *ctx)
{
    struct tui *t = ctx;

    t->tick_timer = 0;
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint(t);
}

/* The seconds that are left: one frame of a few cells a second, none while it is closed. */
static void wait_to_tick(struct tui *t)
{
    int64_t left = t->approval.view.request->expires_ms - loop_wall_ms(t->loop);

    if (!t->tick_timer && left > 0)
        t->tick_timer = loop_timer(t->loop, (left - 1) % 1000 + 1, on_tick, t);
}

void tui_approval_painted(struct tui *t)
{
    if (!t->approval.open || !t->screen.approval)
        return;
    wait_to_tick(t);
    if (!t->approval.view.drawn) {
        approval_disarm(&t->approval);
        return;
    }
    if (tty_waiting(t->tty) || !tty_ready(t->tty)) { /* nobody has seen it yet */
        cancel(t, &t->arm_timer);
        t->arm_timer = loop_timer(t->loop, WRITTEN_AGAIN_MS, on_written, t);
        return;
    }
    approval_written(&t->approval, loop_now_ms(t->loop));
    if (!t->arm_timer)
        wait_to_arm(t);
}

/* ---- answers ---- */

static void answer(struct tui *t, enum intent_type type)
{
    char id[sizeof(t->approval.id)], fingerprint[sizeof(t->approval.fingerprint)];
    struct intent in = {.type = type, .approval = id, .fingerprint = fingerprint};

    memcpy(id, t->approval.id, sizeof(id));
    memcpy(fingerprint, t->approval.fingerprint, sizeof(fingerprint));
    approval_disarm(&t->approval); /* one answer; if it does not count, it begins anew */
    t->opts.intents.submit(t->opts.intents.ctx, &in);
}

/* Keys that arrive together were not typed by somebody who read: a paste without brackets. */
static bool came_alone(struct tui *t)
{
    if (!drain(t))
        return true;
    approval_refuse(&t->approval, "Other keys came with it: nothing was approved",
                    loop_now_ms(t->loop));
    return false;
}

/* Asked for with the answer; the engine decides whether it is kept. */
static void remember(struct tui *t, const char *id, const char *what)
{
    struct intent in = {.type = INTENT_REMEMBER, .approval = id, .text = what};

    t->opts.intents.submit(t->opts.intents.ctx, &in);
}

static void on_key(struct tui *t, key_code key)
{
    char id[sizeof(t->approval.id)];

    memcpy(id, t->approval.id, sizeof(id));
    switch (approval_key(&t->approval, key, loop_now_ms(t->loop))) {
    case APPROVAL_NOTHING:
        break;
    case APPROVAL_APPROVE:
        if (came_alone(t))
            answer(t, INTENT_APPROVE);
        break;
    case APPROVAL_SESSION:
        if (came_alone(t)) {
            answer(t, INTENT_APPROVE);
            remember(t, id, "session");
        }
        break;
    case APPROVAL_NEVER:
        remember(t, id, "never");
        answer(t, INTENT_DISAPPROVE);
        break;
    case APPROVAL_REJECT:
        answer(t, INTENT_DISAPPROVE);
        break;
    case APPROVAL_LATER:
        tui_say(t, false, "%s waits in the queue: a opens it", t->approval.id);
        leave_for_later(t);
        break;
    }
}

bool tui_approval_input(struct tui *t, const struct tty_event *ev)
{
    int64_t now = loop_now_ms(t->loop);

    if (!t->approval.open)
        return false;
    switch (ev->kind) {
    case TTY_KEY:
        if (ev->key == (KEY_CTRL | 'l') || ev->key == (KEY_CTRL | 'z'))
            return false;
        on_key(t, ev->key);
        break;
    case TTY_PASTE:
        approval_refuse(&t->approval, "Pasted text is no answer: type it", now);
        break;
    case TTY_CLICK:
    case TTY_WHEEL:
    case TTY_DRAG:
    case TTY_RELEASE:
        approval_refuse(&t->approval, "The mouse does not answer: use the keys", now);
        break;
    case TTY_FOCUS: /* what gave the focus may have been a key or a click */
        approval_refuse(&t->approval, "", now);
        wait_to_arm(t);
        return false;
    case TTY_BACKGROUND:
    case TTY_CURSOR:
    case TTY_MODE:
        return false;
    }
    wait_to_arm(t);
    tui_dirty(t, DIRTY_SCREEN);
    return true;
}

void tui_approval_free(struct tui *t)
{
    cancel(t, &t->arm_timer);
    cancel(t, &t->tick_timer);
    approval_release(&t->approval);
    map_free(t->later);
}
