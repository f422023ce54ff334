/* mutate_aws.c - the calls of a mutation that go to AWS. A read is one of the definition's
 * operations, what is executed is one of its changes, and neither can be taken for the other. A
 * change goes out once: an answer that got lost leaves it open, and the state is read. */
#include "mutate_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/toolenv.h"

#define ANSWER_MAX ((size_t)8 << 20)
#define READ_MS 60000

struct live_aws {
    struct aws_client *client;
    struct aws_account *account;
    aws_id id;
    struct arena *arena; /* of the parameters */
    struct buf items;    /* JSON, joined by commas */
    bool silent;         /* of a change whose answer has nothing to be told */
};

static void drop(struct live *l)
{
    struct live_aws *k = l->aws;

    if (!k)
        return;
    arena_free(k->arena);
    buf_release(&k->items);
    free(k);
    l->aws = NULL;
}

void live_aws_stop(struct live *l)
{
    if (l->aws && l->aws->id)
        aws_abandon(l->aws->client, l->aws->id);
    drop(l);
}

static void on_page(void *ctx, const struct value *items)
{
    struct live *l = ctx;
    struct json_writer w;

    VALUE_EACH (it, items) {
        if (l->aws->silent)
            break;
        if (l->aws->items.len)
            buf_addc(&l->aws->items, ',');
        json_writer_init(&w, &l->aws->items);
        json_value(&w, it);
    }
}

/* AWS answers a trial with a refusal that says what would have been. Source: EC2 API Reference,
 * "DryRun". */
static void judge_trial(const struct aws_result *r, struct act_answer *a)
{
    if (strcmp(r->code, "DryRunOperation") == 0) {
        a->err = (struct err)ERR_INIT;
        a->maybe = false;
        a->out = STR_LIT("");
    } else if (r->end == AWS_END_WHOLE &&
               r->status != 204) { /* 204: so Lambda says that it would */
        a->maybe = true;
        err_set(&a->err, ERR_REMOTE, "AWS was asked whether it would do it, and did it");
    }
}

/* A change's answer may hold secrets; what the definition names of it is told. */
static void judge_change(const struct act_call *c, const struct aws_result *r, struct act_answer *a)
{
    a->maybe = r->maybe;
    if (c->aws.trial)
        judge_trial(r, a);
}

/* An account that is named by its 12 digits. */
static bool is_number(const char *name)
{
    return strlen(name) == 12 && strspn(name, "0123456789") == 12;
}

/* Whose keys they are is said before anything is done with them; that it cannot be asked hinders
 * nothing. */
static void judge_who(struct live *l, const struct act_call *c, struct act_answer *a)
{
    struct aws_account *account = l->aws->account;
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;
    const char *said;

    if (a->err.code && is_number(c->aws.account) && !*account->number)
        return; /* whether it is that one is not known */
    if (a->err.code || json_parse(l->aws->arena, buf_str(&l->aws->items), &v, &ignored)) {
        a->err = (struct err)ERR_INIT;
        a->out = STR_LIT("[]");
        return;
    }
    said = value_cstr_or(v, "Account", "");
    if (!*account->number)
        account->number = arena_strdup(l->e->opts.tools->aws->arena, said);
    else if (*said && strcmp(said, account->number) != 0)
        err_set(&a->err, ERR_DENIED, "the keys of account %s belong to %.20s, not to %s",
                account->name, said, account->number);
    if (!a->err.code && is_number(c->aws.account) && strcmp(account->number, c->aws.account) != 0)
        err_set(&a->err, ERR_DENIED, "the keys of account %s belong to %.20s, not to %s",
                account->name, account->number, c->aws.account);
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct live *l = ctx;
    const struct act_call *c = &l->list->items[l->at];
    struct act_answer a = {.err = r->err};
    struct buf out = BUF_INIT(ANSWER_MAX + 2);

    l->aws->id = 0;
    if (l->aws->items.full && !r->err.code)
        err_set(&a.err, ERR_LIMIT, "the answer is too large");
    if (a.err.code)
        err_wrap(&a.err, "%s %s", c->aws.service, c->aws.operation);
    buf_addf(&out, live_executes(l) ? "%s" : "[%s]", buf_cstr(&l->aws->items));
    a.out = buf_str(&out);
    if (live_executes(l))
        judge_change(c, r, &a);
    else if (c->aws.who)
        judge_who(l, c, &a);
    else if (c->aws.may_miss && strcmp(r->code, c->aws.may_miss) == 0)
        a.err = (struct err)ERR_INIT;
    l->act.skew_ms = aws_client_skew_ms(l->aws->client);
    drop(l);
    live_answered(l, &a);
    buf_release(&out);
}

/* Of several accounts none is the one that is meant. */
static enum err_code find_account(struct aws_estate *e, const char *name, struct aws_account **ret,
                                  struct err *err)
{
    struct buf names = BUF_INIT(400);

    if (is_number(name) && e->accounts.count == 1 && !*e->accounts.items[0].number) {
        *ret = &e->accounts.items[0]; /* the first answer says whether it is that one */
        return ERR_OK;
    }
    if (*name || e->accounts.count < 2)
        return aws_estate_account(e, name, ret, err);
    VEC_EACH (a, &e->accounts)
        buf_addf(&names, "%s%s", names.len ? ", " : "", a->name);
    err_set(err, ERR_INPUT, "which account? account= one of %s", buf_cstr(&names));
    buf_release(&names);
    return err->code;
}

static enum err_code start(struct live *l, const struct act_call *c, struct err *err)
{
    static const struct aws_callbacks callbacks = {on_page, NULL, on_done};
    struct aws_estate *e = l->e->opts.tools->aws;
    struct live_aws *k = l->aws;
    bool change = live_executes(l);
    struct aws_query q = {.region = *c->aws.region ? c->aws.region : NULL,
                          .timeout_ms = change ? c->timeout_ms : READ_MS,
                          .whole = c->aws.whole,
                          .max_items = c->aws.most};

    if (find_account(e, c->aws.account, &k->account, err) ||
        aws_catalogue_get(e->catalogue, str_from(c->aws.service), &q.service, err) ||
        (change ? aws_catalogue_change(q.service, str_from(c->aws.operation), &q.list, err)
                : aws_catalogue_operation(q.service, str_from(c->aws.operation), &q.list, err)) ||
        json_parse(k->arena, str_from(c->aws.params), &q.params, err))
        return err->code;
    k->client = k->account->client;
    k->silent = change && !q.list->items.len;
    k->id =
        change ? aws_change(k->client, &q, &callbacks, l) : aws_send(k->client, &q, &callbacks, l);
    return ERR_OK;
}

void live_aws(struct live *l, const struct act_call *c)
{
    struct act_answer a = {.maybe = false};

    if (!l->e->opts.tools->aws) {
        err_set(&a.err, ERR_INPUT, "no account of AWS is configured any more");
        live_answered(l, &a);
        return;
    }
    if (c->aws.who && (l->step == LIVE_VERIFY || l->step == LIVE_BACK_VERIFY)) {
        a.out = STR_LIT("[]");
        live_answered(l, &a);
        return;
    }
    l->aws = xcalloc(1, sizeof(*l->aws));
    l->aws->arena = arena_new(0);
    buf_init(&l->aws->items, ANSWER_MAX);
    if (start(l, c, &a.err)) {
        a.err.code = ERR_INPUT; /* nothing was asked: that is no answer that it does not exist */
        drop(l);
        live_answered(l, &a);
    }
}
