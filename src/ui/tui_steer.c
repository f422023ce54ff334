/* tui_steer.c - the person's wishes for the tree (U-05): keys to prompts to intents. What becomes
 * of a wish, and why one is refused, is said by the engine's events. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <string.h>

static void submit(struct tui *t, enum intent_type type, const char *hyp, const char *text,
                   const char *target)
{
    struct intent in = {.type = type, .text = text, .hypothesis = hyp, .target = target};

    t->opts.intents.submit(t->opts.intents.ctx, &in);
    tui_dirty(t, DIRTY_SCREEN);
}

/* "the disk is full @host:db-1": the last word with an @ is where. */
static void on_added(void *ctx, const char *text)
{
    struct tui *t = ctx;
    const char *at = text ? strrchr(text, '@') : NULL;
    char statement[2048];

    if (!text || !*text)
        return;
    if (!at || strchr(at, ' ') || (at != text && at[-1] != ' ')) {
        submit(t, INTENT_STEER_ADD, NULL, text, NULL);
        return;
    }
    snprintf(statement, sizeof(statement), "%.*s", (int)(at - text), text);
    submit(t, INTENT_STEER_ADD, NULL, statement, at + 1);
}

static void on_reason(void *ctx, const char *text)
{
    struct tui *t = ctx;

    if (text && *text)
        submit(t, INTENT_STEER_REJECT, t->steered, text, NULL);
    else
        tui_say(t, false, "%s is not rejected: that needs a reason", t->steered);
}

static void reject(struct tui *t, const struct hypothesis *h)
{
    char label[96];

    if (strcmp(h->rejected_by, h->id) == 0) {
        submit(t, INTENT_STEER_RESTORE, h->id, "", NULL);
        tui_say(t, false, "The rejection of %s is taken back", t->steered);
        return;
    }
    if (*h->rejected_by) {
        tui_say(t, false, "%s is rejected with %s: take that back", h->id, h->rejected_by);
        return;
    }
    snprintf(label, sizeof(label), "Reject %.40s, because", h->id);
    tui_prompt(t, label, "", on_reason, t);
}

static void wish(struct tui *t, enum command c, const struct hypothesis *h)
{
    snprintf(t->steered, sizeof(t->steered), "%s", h->id);
    if (c == CMD_STEER_REJECT) {
        reject(t, h);
        return;
    }
    if (*h->rejected_by) {
        tui_say(t, false, "%s is rejected: X takes that back", h->id);
        return;
    }
    submit(t, c == CMD_STEER_PROMOTE ? INTENT_STEER_PROMOTE : INTENT_STEER_TEST, t->steered, "",
           NULL);
    tui_say(t, false, c == CMD_STEER_PROMOTE ? "%s is tested next" : "One more test of %s",
            t->steered);
}

static void say_select(struct tui *t)
{
    char key[SCREEN_KEY_MAX];
    bool known = screen_key(&t->screen, "pane.hypotheses", key);

    tui_say(t, false, "Select a hypothesis first%s%s%s", known ? ": " : "", known ? key : "",
            known ? " goes to the tree" : "");
}

void tui_steer(struct tui *t, enum command c)
{
    const struct hypothesis *h = screen_hypothesis(&t->screen, t->model);

    if (c == CMD_WHY) {
        if (!screen_tree_why(&t->screen, t->model))
            say_select(t);
        return;
    }
    if (!t->opts.intents.submit) {
        tui_say(t, false, "This is a recording: it cannot be steered");
        return;
    }
    if (!t->model->items.count) {
        tui_say(t, false, "Ask something first: there is no tree to steer");
        return;
    }
    if (c == CMD_STEER_ADD)
        tui_prompt(t, "Add a hypothesis", "", on_added, t);
    else if (!h)
        say_select(t);
    else
        wish(t, c, h);
}

bool tui_steer_is(enum command c)
{
    return (c >= CMD_STEER_ADD && c <= CMD_WHY) || c == CMD_APPROVALS;
}

/* Where the tree is looked at; the queue of approvals when something waits in it. */
bool tui_steer_fits(struct tui *t, enum command c)
{
    if (c == CMD_APPROVALS)
        return !t->screen.depth && model_approvals_waiting(t->model) > 0;
    if (c != CMD_WHY && !t->opts.intents.submit)
        return false;
    return screen_hypothesis(&t->screen, t->model) != NULL;
}
