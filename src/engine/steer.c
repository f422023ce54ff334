/* steer.c - what a person wants of the tree (U-05): checked, journaled, obeyed.
 * Each wish is an event before anything follows from it. During a turn it takes effect at once;
 * after the conclusion it starts a turn that goes on from there and concludes anew. */
#include "investigation_priv.h"

#include <string.h>

#include "runbook/base/text.h"

#define STEER_TEXT_MAX 2000
#define USER_HYPOTHESES_MAX 20

static void refuse(struct engine *e, enum err_code code, const char *text)
{
    struct err err;

    err_set(&err, code, "%s", text);
    engine_say_error(e, "not steered", &err);
}

/* Why nothing can be steered at all, or NULL. */
static const char *not_now(const struct engine *e, const struct intent *in)
{
    size_t bad;

    if (!e->open)
        return "ask something first: there is no investigation yet";
    if (engine_refreshing(e))
        return "the resources are being read again: try again in a moment";
    if (!e->inv && e->ended)
        return "the last turn is just ending: try again";
    if (in->text && strlen(in->text) > STEER_TEXT_MAX)
        return "the text is longer than 2000 bytes";
    if (in->text && !text_valid(str_from(in->text), &bad))
        return "the text is not UTF-8";
    return NULL;
}

/* The running turn, or one that goes on after the last conclusion. */
static struct investigation *turn_of(struct engine *e)
{
    if (!e->inv)
        investigation_continue(e);
    return e->inv;
}

static const char *why_not_added(const struct engine *e, struct str statement)
{
    size_t users = 0;

    if (!statement.len)
        return "a hypothesis needs a statement";
    VEC_EACH (h, &e->model.hypotheses) {
        users += h->by_user;
        if (str_eq_c(statement, h->statement))
            return arena_printf(e->model.arena, "%s says that already", h->id);
    }
    return users >= USER_HYPOTHESES_MAX ? "20 hypotheses were added already" : NULL;
}

static void add(struct engine *e, const struct intent *in, struct str statement)
{
    const char *why = why_not_added(e, statement);
    struct inv_hypothesis h = {.kind = "",
                               .resource = in->target ? in->target : "",
                               .service = "",
                               .metric = "",
                               .pattern = "",
                               .rationale = "you asked for it",
                               .refutes = "nothing of the kind where it is looked for",
                               .category = CATEGORY_UNKNOWN,
                               .priority = 1};
    struct investigation *inv;

    if (why) {
        refuse(e, ERR_INPUT, why);
        return;
    }
    inv = turn_of(e);
    h.statement = arena_str(inv->arena, statement);
    inv_want_test(inv, inv_propose_user(inv, &h), false);
}

static void publish(struct engine *e, enum steer_act act, const char *id, struct str text)
{
    struct event ev = {.type = EV_HYPOTHESIS_STEERED, .actor = "user"};
    struct buf words = BUF_INIT(STEER_TEXT_MAX + 1);

    buf_add_str(&words, text);
    ev.u.hypothesis_steered.id = id;
    ev.u.hypothesis_steered.act = act;
    ev.u.hypothesis_steered.text = buf_cstr(&words);
    engine_publish(e, &ev);
    buf_release(&words);
}

static bool has_open_query(const struct investigation *inv, const char *hyp)
{
    for (size_t i = 0; i < inv->queries.count; i++) {
        const struct query *q = inv->queries.items[i];

        if (q->state != QUERY_DONE && strcmp(q->hypothesis, hyp) == 0)
            return true;
    }
    return false;
}

static void follow(struct engine *e, const struct intent *in, const char *id)
{
    struct investigation *inv = turn_of(e);

    switch (in->type) {
    case INTENT_STEER_REJECT:
        inv_cancel_rejected(inv);
        break;
    case INTENT_STEER_RESTORE:
    case INTENT_STEER_TEST:
        inv_want_test(inv, id, true);
        break;
    case INTENT_STEER_PROMOTE: /* what is under way comes first now; without, it is tested */
        if (!has_open_query(inv, id))
            inv_want_test(inv, id, true);
        break;
    case INTENT_ASK:
    case INTENT_INVESTIGATE:
    case INTENT_QUESTION:
    case INTENT_RENAME:
    case INTENT_MODEL:
    case INTENT_COMPACT:
    case INTENT_CANCEL:
    case INTENT_QUIT:
    case INTENT_REFRESH:
    case INTENT_SECURITY:
    case INTENT_STEER_ADD:
    case INTENT_APPROVE:
    case INTENT_DISAPPROVE:
    case INTENT_REMEMBER:
    case INTENT_FORGET:
    case INTENT_PROPOSE:
    case INTENT_UNDO:
    case INTENT_PROCEDURE_RUN:
    case INTENT_PROCEDURE_ANSWER:
    case INTENT_PROCEDURE_RESUME:
    case INTENT_PLAN:
    case INTENT_READONLY:
        break;
    }
}

static enum steer_act act_of(enum intent_type type)
{
    return type == INTENT_STEER_REJECT    ? STEER_REJECT
           : type == INTENT_STEER_RESTORE ? STEER_RESTORE
           : type == INTENT_STEER_PROMOTE ? STEER_PROMOTE
                                          : STEER_TEST;
}

static const char *why_not(const struct hypothesis *h, enum steer_act act)
{
    bool rejected = *h->rejected_by;

    if (act == STEER_REJECT && rejected)
        return "it is rejected already";
    if (act == STEER_RESTORE && strcmp(h->rejected_by, h->id) != 0)
        return rejected ? "what is above it is rejected: take that back" : "it is not rejected";
    if ((act == STEER_PROMOTE || act == STEER_TEST) && rejected)
        return "it is rejected: take that back first";
    return NULL;
}

void engine_steer(struct engine *e, const struct intent *in)
{
    const struct hypothesis *h = model_hypothesis(&e->model, in->hypothesis);
    const char *why = not_now(e, in), *id;
    struct buf clean = BUF_INIT(STEER_TEXT_MAX * 4);

    if (why) {
        refuse(e, ERR_INPUT, why);
        return;
    }
    redactor_apply(e->redactor, &clean, str_trim(str_from(in->text ? in->text : "")));
    if (in->type == INTENT_STEER_ADD) {
        add(e, in, buf_str(&clean));
    } else if (!h) {
        refuse(e, ERR_NOT_FOUND, "there is no such hypothesis");
    } else if ((why = why_not(h, act_of(in->type)))) {
        refuse(e, ERR_INPUT, why);
    } else {
        id = h->id;
        publish(e, act_of(in->type), id, buf_str(&clean));
        follow(e, in, id);
    }
    buf_release(&clean);
}
