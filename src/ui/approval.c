/* approval.c - see approval.h. */
#include "runbook/ui/approval.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/text.h"

#define TYPED_MAX 1024

void approval_init(struct approval_dialog *d)
{
    memset(d, 0, sizeof(*d));
    buf_init(&d->typed, TYPED_MAX);
    d->view.message = d->message;
}

void approval_release(struct approval_dialog *d)
{
    buf_release(&d->typed);
}

static void say(struct approval_dialog *d, const char *text)
{
    snprintf(d->message, sizeof(d->message), "%s", text);
}

/* As if it had just been asked: nothing typed, nothing read, keys do not count. */
static void begin(struct approval_dialog *d, const struct approval *a)
{
    snprintf(d->id, sizeof(d->id), "%s", a->id);
    snprintf(d->fingerprint, sizeof(d->fingerprint), "%s", a->fingerprint);
    buf_clear(&d->typed);
    d->quiet_ms = 0;
    d->view.armed = d->view.seen_end = d->view.drawn = d->view.end_shown = false;
    d->view.top = 0;
}

void approval_open(struct approval_dialog *d, const struct approval *a)
{
    begin(d, a);
    say(d, "");
    d->open = true;
}

void approval_close(struct approval_dialog *d)
{
    d->open = false;
    d->view.request = NULL;
    d->view.armed = false;
    d->quiet_ms = 0;
    buf_clear(&d->typed);
}

bool approval_update(struct approval_dialog *d, const struct model *m, int64_t now_ms)
{
    const struct approval *a = d->open ? model_approval(m, d->id) : NULL;

    if (!a || a->state != APPROVAL_WAITING) {
        approval_close(d);
        return false;
    }
    if (strcmp(a->fingerprint, d->fingerprint) != 0) {
        begin(d, a);
        say(d, "The request changed: read it again");
    }
    d->view.request = a;
    d->view.now_ms = now_ms;
    d->view.waiting = model_approvals_waiting(m);
    d->view.typed = buf_str(&d->typed);
    return true;
}

void approval_written(struct approval_dialog *d, int64_t now_ms)
{
    if (!d->open || !d->view.drawn)
        return;
    d->view.seen_end = d->view.seen_end || d->view.end_shown;
    if (!d->quiet_ms)
        d->quiet_ms = now_ms ? now_ms : 1;
}

int64_t approval_arm_at(const struct approval_dialog *d)
{
    return d->open && d->quiet_ms && !d->view.armed ? d->quiet_ms + APPROVAL_ARM_MS : 0;
}

bool approval_arm(struct approval_dialog *d, int64_t now_ms)
{
    int64_t at = approval_arm_at(d);

    if (at && now_ms >= at && d->view.drawn)
        d->view.armed = true;
    return d->view.armed;
}

void approval_disarm(struct approval_dialog *d)
{
    d->view.armed = false;
    d->view.drawn = false;
    d->quiet_ms = 0;
    buf_clear(&d->typed);
}

void approval_refuse(struct approval_dialog *d, const char *what, int64_t now_ms)
{
    say(d, what);
    d->view.armed = false;
    if (d->quiet_ms)
        d->quiet_ms = now_ms;
}

/* ---- keys ---- */

static bool scroll(struct approval_dialog *d, key_code key, bool letters)
{
    size_t view = d->view.view_h > 1 ? d->view.view_h : 1, *top = &d->view.top;

    switch (key) {
    case KEY_NAME_DOWN:
        *top += 1;
        break;
    case KEY_NAME_UP:
        *top -= *top > 0;
        break;
    case KEY_NAME_PGDN:
        *top += view;
        break;
    case KEY_NAME_PGUP:
        *top -= *top < view ? *top : view;
        break;
    case KEY_NAME_HOME:
        *top = 0;
        break;
    case KEY_NAME_END:
        *top = d->view.lines;
        break;
    case KEY_NAME_SPACE:
    case 'j':
    case 'k':
        if (!letters)
            return false;
        if (key == 'k')
            *top -= *top > 0;
        else
            *top += key == 'j' ? 1 : view;
        break;
    default:
        return false;
    }
    if (*top > d->view.lines) /* drawing corrects the rest */
        *top = d->view.lines;
    return true;
}

/* May anything approve it now? */
static bool may_approve(struct approval_dialog *d)
{
    if (d->view.request->forged)
        say(d, "It does not match its own fingerprint: it can only be rejected");
    else if (d->view.request->yours)
        say(d, "You confirmed it: another person is waited for");
    else if (!d->view.seen_end)
        say(d, "Read to the end first: PgDn");
    else
        return true;
    return false;
}

static enum approval_answer by_key(struct approval_dialog *d, key_code key)
{
    if (key == 'y')
        return may_approve(d) ? APPROVAL_APPROVE : APPROVAL_NOTHING;
    if (key == 's' && d->view.request->persons < 2)
        return may_approve(d) ? APPROVAL_SESSION : APPROVAL_NOTHING;
    if (key == 'n')
        return APPROVAL_REJECT;
    say(d, key == KEY_NAME_ENTER ? "Enter does not approve: y does, Esc rejects"
                                 : "y approves, Esc rejects, Tab leaves it for later");
    return APPROVAL_NOTHING;
}

static enum approval_answer submit_typed(struct approval_dialog *d)
{
    struct buf want = BUF_INIT(8192);
    bool same;

    approval_challenge(d->view.request, &want);
    same = want.len && str_eq(buf_str(&d->typed), buf_str(&want));
    buf_release(&want);
    if (same && may_approve(d))
        return APPROVAL_APPROVE;
    if (!same)
        say(d,
            d->typed.len ? "That is not it: nothing was approved" : "Enter alone approves nothing");
    buf_clear(&d->typed); /* also what came too early: it is typed anew, not behind it */
    return APPROVAL_NOTHING;
}

static void erase_last(struct buf *b)
{
    size_t len = b->len;

    while (len > 0 && ((unsigned char)b->ptr[len - 1] & 0xC0) == 0x80)
        len--;
    buf_truncate(b, len ? len - 1 : 0);
}

static enum approval_answer by_word(struct approval_dialog *d, key_code key)
{
    if (key == KEY_NAME_ENTER)
        return submit_typed(d);
    if (key == KEY_NAME_BACKSPACE || key == (KEY_CTRL | 'h'))
        erase_last(&d->typed);
    else if (key == (KEY_CTRL | 'u') || key == (KEY_CTRL | 'w'))
        buf_clear(&d->typed);
    else if (key == KEY_NAME_SPACE)
        buf_addc(&d->typed, ' ');
    else if (key >= 0x20 && key < 0x7F) /* the word is ASCII: anything else cannot be in it */
        buf_addc(&d->typed, (char)key);
    else
        say(d, "Esc rejects, Tab leaves it for later");
    return APPROVAL_NOTHING;
}

/* Three at once are no typing, and what approves comes alone. */
static bool came_at_once(struct approval_dialog *d, key_code key, int64_t now_ms)
{
    bool close = d->key_ms && now_ms - d->key_ms < APPROVAL_BURST_MS;
    bool approves =
        key == KEY_NAME_ENTER || ((key == 'y' || key == 's') && approval_by_key(d->view.request));

    d->burst = close ? d->burst + 1 : 1;
    d->key_ms = now_ms;
    return d->burst >= 3 || (d->burst == 2 && approves);
}

enum approval_answer approval_key(struct approval_dialog *d, key_code key, int64_t now_ms)
{
    if (!d->open || !d->view.request)
        return APPROVAL_NOTHING;
    if (!d->view.armed || !d->view.drawn) { /* typed before it could have been read */
        if (d->quiet_ms)
            d->quiet_ms = now_ms;
        return APPROVAL_NOTHING;
    }
    say(d, "");
    if (key == KEY_NAME_ESC || key == (KEY_CTRL | 'c'))
        return APPROVAL_REJECT;
    if (key == KEY_NAME_TAB)
        return APPROVAL_LATER;
    if (key == (KEY_CTRL | 'n'))
        return APPROVAL_NEVER;
    if (scroll(d, key, approval_by_key(d->view.request)))
        return APPROVAL_NOTHING;
    if (came_at_once(d, key, now_ms)) {
        buf_clear(&d->typed);
        approval_refuse(d, "That came all at once: type it, key by key", now_ms);
        return APPROVAL_NOTHING;
    }
    return approval_by_key(d->view.request) ? by_key(d, key) : by_word(d, key);
}
