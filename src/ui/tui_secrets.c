/* tui_secrets.c - placeholders drawn as the secrets that they stand for, on this screen alone. What
 * they stand for is in the memory of the run that saw the secret, and nowhere else: a session that
 * was opened again keeps its placeholders, and that is said. */
#include "src/ui/tui_priv.h"

#include "runbook/base/secret.h"

struct known {
    size_t shown, lost;
};

static size_t count_marks(struct str text)
{
    size_t n = 0;
    ptrdiff_t at;

    while ((at = str_find(text, STR_LIT(SCREEN_SECRET_MARK))) >= 0) {
        n++;
        text.ptr += at + 1;
        text.len -= (size_t)at + 1;
    }
    return n;
}

static struct known count(const struct tui *t)
{
    const struct screen_reveal *r = &t->screen.reveal;
    struct known k = {0};

    VEC_EACH (it, &t->model->items) {
        struct buf out = BUF_INIT(BUF_NO_MAX);
        size_t marks = count_marks(str_from(it->text)), found;

        if (!marks)
            continue;
        found = r->fn ? r->fn(r->ctx, str_from(it->text), &out) : 0;
        k.shown += found;
        k.lost += marks > found ? marks - found : 0;
        buf_wipe(&out);
    }
    return k;
}

void tui_secrets_init(struct tui *t)
{
    const struct tui_services *s = t->opts.services;

    if (s && s->reveal)
        t->screen.reveal = (struct screen_reveal){s->ctx, s->reveal, t->opts.show_secrets};
}

void tui_secrets_opened(struct tui *t)
{
    struct known k = t->screen.reveal.on ? count(t) : (struct known){0};

    if (k.lost)
        tui_say(t, false, "%zu hidden value%s of an earlier run: what %s stood for is not kept",
                k.lost, k.lost == 1 ? " is" : "s are", k.lost == 1 ? "it" : "they");
}

void tui_secrets(struct tui *t)
{
    struct known k = count(t);

    if (!t->screen.reveal.fn) {
        tui_say(t, true, "This screen knows no secret that it could show");
        return;
    }
    t->screen.reveal.on = !t->screen.reveal.on;
    if (!t->screen.reveal.on)
        tui_say(t, false, "Secrets are hidden again");
    else
        tui_say(t, false, "%zu secret%s shown, on this screen only%s%s", k.shown,
                k.shown == 1 ? " is" : "s are",
                k.lost ? "; others are of an earlier run, and " : "",
                k.lost ? "what they stood for is not kept" : "");
    tui_dirty(t, DIRTY_SCREEN);
}
