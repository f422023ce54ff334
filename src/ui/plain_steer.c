/* plain_steer.c - plain mode's wishes for the tree (U-05) and its answers to approvals.
 * `approve` prints the whole request; the answer repeats the beginning of the fingerprint that was
 * printed, which nobody can have typed before, and, for what is critical, the name. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text_tricks.h"
#include "runbook/view/approval.h"
#include "src/ui/plain_priv.h"

#define CODE_CHARS 8 /* of the fingerprint */

/* The first word; the rest follows. */
static char *take_word(struct str *args)
{
    struct str word = {args->ptr, 0};

    while (word.len < args->len && !isspace((unsigned char)word.ptr[word.len]))
        word.len++;
    *args = str_trim((struct str){word.ptr + word.len, args->len - word.len});
    return xasprintf("%.*s", STR_FMT(word));
}

static bool may_submit(struct plain *p)
{
    if (!p->opts.intents.submit)
        plain_errorf(p, "This is a recording: nothing can be changed or answered.");
    else if (!p->model->items.count)
        plain_errorf(p, "Ask something first: there is nothing to steer.");
    else
        return true;
    return false;
}

static void submit(struct plain *p, const struct intent *in)
{
    p->opts.intents.submit(p->opts.intents.ctx, in);
}

void plain_add(struct plain *p, struct str args)
{
    struct intent in = {.type = INTENT_STEER_ADD};
    char *text;

    if (!may_submit(p))
        return;
    text = xasprintf("%.*s", STR_FMT(args));
    in.text = text;
    submit(p, &in);
    free(text);
}

static void wish(struct plain *p, enum intent_type type, struct str args)
{
    struct intent in = {.type = type};
    char *id = take_word(&args), *text = xasprintf("%.*s", STR_FMT(args));

    in.hypothesis = *id ? id : p->opened;
    in.text = text;
    if (!may_submit(p))
        ;
    else if (model_index(p->model, 'h', in.hypothesis) == SIZE_MAX)
        plain_errorf(p, "Which hypothesis? Give its id, such as H1.");
    else if (type == INTENT_STEER_REJECT && !args.len)
        plain_errorf(p, "A rejection needs a reason: reject %s REASON", in.hypothesis);
    else
        submit(p, &in);
    free(id);
    free(text);
}

void plain_reject(struct plain *p, struct str args)
{
    wish(p, INTENT_STEER_REJECT, args);
}

void plain_restore(struct plain *p, struct str args)
{
    wish(p, INTENT_STEER_RESTORE, args);
}

void plain_promote(struct plain *p, struct str args)
{
    wish(p, INTENT_STEER_PROMOTE, args);
}

void plain_test(struct plain *p, struct str args)
{
    wish(p, INTENT_STEER_TEST, args);
}

/* ---- approvals ---- */

static void safe_field(struct plain *p, const char *label, const char *value, bool identifier)
{
    struct buf shown = BUF_INIT(BUF_NO_MAX);

    text_show_tricks(&shown, str_from(value), identifier);
    plain_field(p, label, buf_cstr(&shown));
    buf_release(&shown);
}

static void print_request(struct plain *p, const struct approval *a)
{
    plain_linef(p, 0, TONE_BOLD, "%s %s, %s risk", a->id, approval_state_name(a->state),
                approval_risk_name(a->risk));
    safe_field(p, "operation", a->operation, true);
    safe_field(p, "resource", a->resource, true);
    safe_field(p, "account", a->account, true);
    safe_field(p, "environment", a->environment, true);
    safe_field(p, "region", a->region, true);
    safe_field(p, "with", a->args, false);
    safe_field(p, "why", a->why, false);
    safe_field(p, "effect", a->effect, false);
    safe_field(p, "before", *a->before ? a->before : "the state was not read", false);
    safe_field(p, "rollback", *a->rollback ? a->rollback : "none: this cannot be undone", false);
    safe_field(p, "policy", a->policy, false);
    safe_field(p, "limits", a->limits, false);
}

void plain_approvals(struct plain *p, struct str args)
{
    (void)args;
    if (!p->model->approvals.count)
        plain_linef(p, 0, TONE_PLAIN,
                    "Nothing was asked for. What this version can do only reads, so nothing will "
                    "be.");
    VEC_EACH (a, &p->model->approvals)
        print_request(p, a);
}

static void say_how(struct plain *p, const struct approval *a, const char *word)
{
    plain_linef(p, 0, TONE_PLAIN, "To approve exactly this, write: approve %s %.*s%s%s", a->id,
                CODE_CHARS, a->fingerprint, a->risk == APPROVAL_CRITICAL ? " " : "",
                a->risk == APPROVAL_CRITICAL ? word : "");
}

void plain_approve(struct plain *p, struct str args)
{
    char *id = take_word(&args), *code = take_word(&args);
    const struct approval *a = model_approval(p->model, id);
    struct intent in = {.type = INTENT_APPROVE, .approval = id};
    struct buf word = BUF_INIT(8192);

    if (!may_submit(p)) {
        ;
    } else if (!a || a->state != APPROVAL_WAITING) {
        plain_errorf(p, "No request %s waits for an answer.", *id ? id : "of that name");
    } else {
        approval_challenge(a, &word);
        if (strlen(code) != CODE_CHARS || strncmp(code, a->fingerprint, CODE_CHARS) != 0 ||
            (a->risk == APPROVAL_CRITICAL && !str_eq(args, buf_str(&word)))) {
            print_request(p, a);
            say_how(p, a, buf_cstr(&word));
        } else {
            in.fingerprint = a->fingerprint;
            submit(p, &in);
        }
    }
    buf_release(&word);
    free(id);
    free(code);
}

void plain_disapprove(struct plain *p, struct str args)
{
    char *id = take_word(&args), *text = xasprintf("%.*s", STR_FMT(args));
    struct intent in = {.type = INTENT_DISAPPROVE, .approval = id, .text = text};
    const struct approval *a = model_approval(p->model, id);

    if (!may_submit(p))
        ;
    else if (!a || a->state != APPROVAL_WAITING)
        plain_errorf(p, "No request %s waits for an answer.", *id ? id : "of that name");
    else
        submit(p, &in);
    free(id);
    free(text);
}
