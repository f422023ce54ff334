/* plain_steer.c - steering (U-05) and approvals in plain mode. The rules for an approval are those
 * of the dialog (ui/approval.h) as far as lines go: the whole request is printed first; what was
 * typed or pasted before it could be read is thrown away; Enter alone never approves; the answer
 * carries the fingerprint of what was printed; where nobody sits nothing can be approved. */
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>

#include "runbook/base/mem.h"
#include "runbook/base/text_tricks.h"
#include "runbook/base/timefmt.h"
#include "runbook/ui/approval.h"
#include "src/ui/plain_priv.h"

static char *copy(struct str s)
{
    return xstrndup(s.ptr ? s.ptr : "", s.len);
}

static struct str cut_word(struct str *rest)
{
    struct str s = str_trim(*rest), word = {s.ptr, 0};

    while (word.len < s.len && s.ptr[word.len] != ' ')
        word.len++;
    *rest = str_trim((struct str){s.ptr + word.len, s.len - word.len});
    return word;
}

/* ---- steering ---- */

static bool can_steer(struct plain *p)
{
    if (!p->opts.intents.submit)
        plain_errorf(p, "This is a recording: it cannot be steered.");
    else if (!p->model->items.count)
        plain_errorf(p, "Ask something first: there is nothing to steer.");
    else
        return true;
    return false;
}

static void steer(struct plain *p, enum intent_type type, const char *hypothesis, const char *text,
                  const char *target)
{
    struct intent in = {.type = type, .text = text, .hypothesis = hypothesis, .target = target};

    p->opts.intents.submit(p->opts.intents.ctx, &in);
}

/* "the disk is full @host:db-1": the last word with an @ is where, as on the screen. */
void plain_add(struct plain *p, struct str args)
{
    char *text, *at;

    if (!can_steer(p))
        return;
    if (!args.len) {
        plain_errorf(p, "add what? A statement to test; @host:web-3 at its end names where.");
        return;
    }
    text = copy(args);
    at = strrchr(text, '@');
    if (at && !strchr(at, ' ') && at > text && at[-1] == ' ')
        *at++ = '\0';
    else
        at = NULL;
    steer(p, INTENT_STEER_ADD, NULL, text, at);
    free(text);
}

/* The hypothesis that the first word names, or the one that is open. NULL after a message. */
static const struct hypothesis *named(struct plain *p, struct str *args)
{
    char *id = copy(cut_word(args));
    const struct hypothesis *h = NULL;

    if (can_steer(p)) {
        h = model_hypothesis(p->model, *id ? id : p->opened);
        if (!h)
            plain_errorf(p, "Which hypothesis? Give its id first, such as H1.");
    }
    free(id);
    return h;
}

void plain_reject(struct plain *p, struct str args)
{
    const struct hypothesis *h = named(p, &args);
    char *why;

    if (!h)
        return;
    if (!args.len) {
        plain_errorf(p, "A rejection needs a reason: reject %s REASON", h->id);
        return;
    }
    why = copy(args);
    steer(p, INTENT_STEER_REJECT, h->id, why, NULL);
    free(why);
}

static void wish(struct plain *p, struct str args, enum intent_type type)
{
    const struct hypothesis *h = named(p, &args);

    if (h)
        steer(p, type, h->id, "", NULL);
}

void plain_restore(struct plain *p, struct str args)
{
    wish(p, args, INTENT_STEER_RESTORE);
}

void plain_promote(struct plain *p, struct str args)
{
    wish(p, args, INTENT_STEER_PROMOTE);
}

void plain_test(struct plain *p, struct str args)
{
    wish(p, args, INTENT_STEER_TEST);
}

/* ---- approvals ---- */

/* With what deceives spelled out. */
static void field(struct plain *p, const char *label, const char *value, bool identifier)
{
    struct buf clear = BUF_INIT(1 << 20);

    text_show_tricks(&clear, str_from(value), identifier);
    plain_field(p, label, buf_cstr(&clear));
    buf_release(&clear);
}

static void show_persons(struct plain *p, const struct approval *a)
{
    char text[80];

    if (a->persons < 2)
        return;
    snprintf(text, sizeof(text), "%d have to say yes: who asked, and %d other%s", a->persons,
             a->persons - 1, a->persons == 2 ? "" : "s");
    field(p, "persons", text, false);
    VEC_EACH (who, &a->confirmed)
        field(p, who == a->confirmed.items ? "confirmed" : "", *who, false);
}

static void show_request(struct plain *p, const struct approval *a)
{
    char when[TIME_TEXT_MAX];

    plain_linef(p, 0, TONE_BOLD, "Approval %s, risk %s", a->id, approval_risk_name(a->risk));
    field(p, "operation", a->operation, true);
    field(p, "resource", a->resource, true);
    field(p, "account", a->account, true);
    field(p, "region", a->region, true);
    field(p, "environment", a->environment, true);
    field(p, "arguments", a->args, false);
    field(p, "why", a->why, false);
    field(p, "supported by", a->hypothesis, true);
    for (size_t i = 0; i < a->evidence.count; i++)
        field(p, i ? "" : "evidence", a->evidence.items[i], true);
    field(p, "effect", a->effect, false);
    field(p, "before", *a->before ? a->before : "the state was not read", false);
    field(p, "after", a->after, false);
    field(p, "rollback", *a->rollback ? a->rollback : "none: this cannot be undone", false);
    field(p, "blast", a->blast, false);
    field(p, "cost", a->cost, false);
    field(p, "watch", a->watch, false);
    VEC_EACH (c, &a->calls)
        field(p, c == a->calls.items ? "runs" : "", *c, false);
    field(p, "policy", a->policy, false);
    field(p, "limits", a->limits, false);
    field(p, "asked by", a->proposer, false);
    show_persons(p, a);
    if (a->expires_ms) {
        time_format_rfc3339(a->expires_ms, when);
        plain_field(p, "expires", when);
    }
    plain_field(p, "fingerprint", a->fingerprint);
}

/* By id, or the only one that waits. */
static const struct approval *waiting(struct plain *p, struct str word)
{
    char *id = copy(word);
    const struct approval *a = model_approval(p->model, id);

    if (!*id)
        VEC_EACH (it, &p->model->approvals)
            if (it->state == APPROVAL_WAITING)
                a = a ? a : it;
    if (!a)
        plain_errorf(p, *id ? "There is no approval %s." : "No approval waits.%s", id);
    else if (a->state != APPROVAL_WAITING)
        plain_errorf(p, "%s is %s already.", a->id, approval_state_name(a->state));
    free(id);
    return a && a->state == APPROVAL_WAITING ? a : NULL;
}

static void decide(struct plain *p, enum intent_type type, const struct approval *a,
                   const char *fingerprint, const char *why)
{
    struct intent in = {.type = type, .text = why, .approval = a->id, .fingerprint = fingerprint};

    p->opts.intents.submit(p->opts.intents.ctx, &in);
}

static void ask_word(struct plain *p, const struct approval *a)
{
    struct buf want = BUF_INIT(8192);

    approval_challenge(a, &want);
    if (a->forged)
        plain_errorf(p, "It does not match its own fingerprint: it can only be rejected.");
    else
        plain_linef(p, 0, TONE_WARN,
                    "Type %s and Enter to approve; anything else leaves it waiting; "
                    "disapprove %s rejects it.",
                    buf_cstr(&want), a->id);
    buf_release(&want);
}

void plain_approve(struct plain *p, struct str args)
{
    const struct approval *a = waiting(p, cut_word(&args));

    if (!a)
        return;
    show_request(p, a);
    if (!p->opts.prompt || !p->opts.intents.submit) {
        plain_errorf(p, "It is approved by a person at a terminal only.");
        return;
    }
    ask_word(p, a);
    if (a->forged)
        return;
    snprintf(p->asked.id, sizeof(p->asked.id), "%s", a->id);
    snprintf(p->asked.fingerprint, sizeof(p->asked.fingerprint), "%s", a->fingerprint);
    p->asked.since_ms = 0; /* until it has been written */
}

/* A session that is opened to answer what waits in it. */
void plain_approval_begin(struct plain *p)
{
    if (!p->opts.intents.submit || !model_approvals_waiting(p->model))
        return;
    plain_approve(p, (struct str){NULL, 0});
}

void plain_disapprove(struct plain *p, struct str args)
{
    const struct approval *a = waiting(p, cut_word(&args));
    char *why;

    if (!a)
        return;
    if (!p->opts.intents.submit) {
        plain_errorf(p, "This is a recording.");
        return;
    }
    why = copy(args);
    decide(p, INTENT_DISAPPROVE, a, a->fingerprint, *why ? why : NULL);
    free(why);
}

static void submit(struct plain *p, const struct intent *in)
{
    if (p->opts.intents.submit)
        p->opts.intents.submit(p->opts.intents.ctx, in);
    else
        plain_errorf(p, "This is a recording.");
}

void plain_act(struct plain *p, struct str args)
{
    char *line = copy(args);
    struct intent in = {.type = INTENT_PROPOSE, .text = *line ? line : NULL};

    VEC_EACH (r, &p->model->conclusion.remediation) {
        if (!in.text && *r->act) {
            in.text = r->act;
            in.hypothesis = r->hypothesis;
        }
    }
    if (in.text)
        submit(p, &in);
    else
        plain_errorf(p, "No step of the answer can be done from here: 'runbook act --list'.");
    free(line);
}

void plain_plan(struct plain *p, struct str args)
{
    char *text = copy(args);

    submit(p, &(struct intent){.type = INTENT_PLAN, .text = text});
    free(text);
}

/* What was just approved is not asked again in this session. */
void plain_remember(struct plain *p, struct str args)
{
    char *id = copy(cut_word(&args));

    if (*id)
        submit(p, &(struct intent){.type = INTENT_REMEMBER, .approval = id, .text = "session"});
    else
        plain_errorf(p, "remember which? The id of what was just approved.");
    free(id);
}

void plain_never(struct plain *p, struct str args)
{
    char *rest = copy(args), *text = xasprintf("never %s", rest);

    if (model_approval(p->model, rest))
        submit(p, &(struct intent){.type = INTENT_REMEMBER, .approval = rest, .text = "never"});
    else
        submit(p, &(struct intent){.type = INTENT_REMEMBER, .text = text});
    free(rest);
    free(text);
}

void plain_forget(struct plain *p, struct str args)
{
    char *id = copy(args);

    submit(p, &(struct intent){.type = INTENT_FORGET, .text = id});
    free(id);
}

/* What is remembered, behind the list of approvals. */
void plain_kept(struct plain *p)
{
    VEC_EACH (k, &p->model->kept) {
        plain_linef(p, 0, TONE_BOLD, "%s %s", k->id,
                    k->deny ? "never" : "not asked again in this session");
        field(p, "operation", k->operation, true);
        field(p, "resource", k->resource, true);
        if (!k->deny)
            field(p, "with", k->params, false);
    }
}

void plain_undo(struct plain *p, struct str args)
{
    char *id = copy(args);

    submit(p, &(struct intent){.type = INTENT_UNDO, .text = id});
    free(id);
}

void plain_readonly(struct plain *p, struct str args)
{
    (void)args;
    submit(p, &(struct intent){.type = INTENT_READONLY});
}

/* It can be read from now on; what was typed before is no answer. */
void plain_approval_written(struct plain *p)
{
    if (!*p->asked.id || p->asked.since_ms || p->paging)
        return;
    p->asked.since_ms = loop_now_ms(p->loop) + 1;
    tcflush(p->opts.in_fd, TCIFLUSH);
    buf_clear(&p->in);
    buf_clear(&p->line);
}

/* To look at, without answering. */
bool plain_open_approval(struct plain *p, const char *id)
{
    const struct approval *a = model_approval(p->model, id);

    if (!a)
        return false;
    show_request(p, a);
    plain_field(p, "state", approval_state_name(a->state));
    field(p, "reason", a->reason, false);
    if (a->state == APPROVAL_WAITING)
        plain_linef(p, 0, TONE_WARN, "approve %s, or disapprove %s and a reason, answers it.",
                    a->id, a->id);
    return true;
}

/* A line while an approval is asked for. True: it was for that. `alone`: nothing came with it. */
bool plain_approval_line(struct plain *p, struct str line, bool alone)
{
    const struct approval *a = *p->asked.id ? model_approval(p->model, p->asked.id) : NULL;
    struct buf want = BUF_INIT(8192);
    bool early = p->asked.since_ms && loop_now_ms(p->loop) < p->asked.since_ms + APPROVAL_ARM_MS;

    if (!*p->asked.id)
        return false;
    if (!a || a->state != APPROVAL_WAITING) {
        plain_errorf(p, "%s waits no longer.", p->asked.id);
        *p->asked.id = '\0';
    } else if (early || !alone || !p->asked.since_ms) {
        plain_errorf(p, "That came too soon or too much at once to be an answer: nothing was "
                        "approved. Read it, then type the word.");
        p->asked.since_ms = 0;
    } else if (strcmp(a->fingerprint, p->asked.fingerprint) != 0) {
        plain_errorf(p, "The request changed: approve %s shows it anew.", a->id);
        *p->asked.id = '\0';
    } else {
        approval_challenge(a, &want);
        if (line.len && want.len && str_eq(line, buf_str(&want)))
            decide(p, INTENT_APPROVE, a, p->asked.fingerprint, NULL);
        else
            plain_errorf(p, "Nothing was approved; %s still waits.", a->id);
        *p->asked.id = '\0';
    }
    buf_release(&want);
    return true;
}
