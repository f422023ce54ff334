/* ask.c - see ask.h. Accounts are chosen first; those whose regions are not named are asked for
 * them; then every cell is asked at once, and the client holds them to its limits. */
#include "runbook/service/aws/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/regions.h"

#define ITEMS_DEFAULT 100
#define BYTES_DEFAULT ((size_t)4 << 20)
#define TIMEOUT_DEFAULT_MS INT64_C(300000)

struct cell {
    struct aws_ask_cell shown;
    struct aws_ask *ask;
    struct aws_client *client;
    aws_id id; /* 0: it is over */
};

/* An account whose regions are asked for. */
struct finding {
    struct aws_ask *ask;
    struct aws_account *account;
    struct aws_regions *question;
};

struct aws_ask {
    struct aws_ask_options o;
    struct arena *arena;
    aws_ask_fn *fn;
    void *ctx;
    VEC(struct cell *) cells;
    VEC(struct finding *) finding;
    struct aws_ask_cell *shown; /* made at the end */
    int64_t begun_ms;
    size_t finding_left, left, bytes;
    bool canceled;
};

bool aws_ask_cell_failed(const struct aws_ask_cell *c)
{
    return c->end != AWS_END_WHOLE && c->end != AWS_END_CUT && c->end != AWS_END_ABSENT;
}

/* ---- the end ---- */

static void over(struct aws_ask *a)
{
    a->shown = arena_array(a->arena, a->cells.count + 1, sizeof(*a->shown));
    for (size_t i = 0; i < a->cells.count; i++) {
        a->shown[i] = a->cells.items[i]->shown;
        a->cells.items[i]->shown.items = (struct buf)BUF_INIT(0);
    }
    a->fn(a->ctx, a->shown, a->cells.count);
}

static void cell_over(struct aws_ask *a)
{
    if (--a->left == 0 && a->finding_left == 0)
        over(a);
}

/* ---- a cell ---- */

static void on_page(void *ctx, const struct value *items)
{
    struct cell *c = ctx;
    struct aws_ask_cell *s = &c->shown;

    VALUE_EACH (it, items) {
        struct json_writer w;
        size_t before = s->items.len;

        if (s->count >= c->ask->o.max_items || c->ask->bytes >= c->ask->o.max_bytes) {
            s->more = true;
            continue;
        }
        if (s->count)
            buf_addc(&s->items, ',');
        json_writer_init(&w, &s->items);
        json_value(&w, it);
        if (s->items.full) { /* what is too large is not shown in part */
            buf_truncate(&s->items, before);
            s->items.full = false;
            s->more = true;
            continue;
        }
        s->count++;
        c->ask->bytes += s->items.len - before;
    }
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct cell *c = ctx;

    c->id = 0;
    c->shown.end = r->end;
    c->shown.err = r->err;
    c->shown.pages = r->pages;
    c->shown.requests = r->requests;
    c->shown.more = c->shown.more || r->end == AWS_END_CUT;
    (void)snprintf(c->shown.code, sizeof(c->shown.code), "%s", r->code);
    cell_over(c->ask);
}

static struct cell *add_cell(struct aws_ask *a, struct aws_account *account, const char *region)
{
    struct cell *c = xcalloc(1, sizeof(*c));

    c->ask = a;
    c->client = account->client;
    c->shown.account = account->name;
    c->shown.number = account->number;
    c->shown.region = arena_str(a->arena, str_from(region));
    buf_init(&c->shown.items, a->o.max_bytes);
    aws_action_name(a->o.service, a->o.list->name, c->shown.action);
    *VEC_PUSH(&a->cells) = c;
    return c;
}

static int64_t time_left(const struct aws_ask *a)
{
    int64_t used = loop_now_ms(a->o.estate->loop) - a->begun_ms;

    return used < a->o.timeout_ms ? a->o.timeout_ms - used : 1;
}

static void ask_cell(struct aws_ask *a, struct aws_account *account, const char *region)
{
    static const struct aws_callbacks callbacks = {on_page, NULL, on_done};
    bool global = a->o.service->signing_region.len > 0;
    struct cell *c;

    if (a->cells.count >= AWS_ASK_CELLS_MAX)
        return;
    c = add_cell(a, account, global ? "global" : region);
    a->left++;
    c->id = aws_send(account->client,
                     &(struct aws_query){.service = a->o.service,
                                         .list = a->o.list,
                                         .params = a->o.params,
                                         .region = region,
                                         .max_items = a->o.max_items,
                                         .answers = a->o.answers,
                                         .timeout_ms = time_left(a),
                                         .tally = a->o.tally},
                     &callbacks, c);
}

/* ---- where ---- */

static void on_regions(void *ctx, const char *const *regions, size_t count,
                       const struct aws_result *r)
{
    struct finding *f = ctx;
    struct aws_ask *a = f->ask;

    a->finding_left--;
    for (size_t i = 0; !a->canceled && i < count; i++)
        ask_cell(a, f->account, regions[i]);
    if (!count || a->canceled) {
        struct cell *c = add_cell(a, f->account, "");

        c->shown.end = a->canceled ? AWS_END_CANCELED : r->end;
        c->shown.err = r->err;
        (void)snprintf(c->shown.code, sizeof(c->shown.code), "%s", r->code);
        (void)snprintf(c->shown.action, sizeof(c->shown.action), "ec2:DescribeRegions");
    }
    if (!a->left && !a->finding_left)
        over(a);
}

static void find_regions(struct aws_ask *a, struct aws_account *account)
{
    struct finding *f = xcalloc(1, sizeof(*f));

    f->ask = a;
    f->account = account;
    *VEC_PUSH(&a->finding) = f;
    a->finding_left++;
    f->question = aws_regions_ask(account->client, a->o.estate->catalogue,
                                  aws_account_region(account), on_regions, f);
}

static bool is_all(const char *s)
{
    return s && strcmp(s, "all") == 0;
}

/* A service without regions is asked once, wherever that is. */
static const char *home(const struct aws_ask *a, const struct aws_account *account)
{
    const char *own = aws_account_region(account);

    return own || !a->o.service->signing_region.len ? own : "us-east-1";
}

static enum err_code check_regions(const struct aws_ask *a, struct aws_account *account,
                                   struct err *err)
{
    struct str rest = str_from(a->o.region), one;

    if (!rest.len && !home(a, account))
        return err_set(err, ERR_INPUT,
                       "no region for account %s: name one, or \"all\", or set AWS_REGION",
                       account->name);
    while (rest.len && !is_all(a->o.region) && str_split(&rest, ',', &one))
        if (aws_region_check(arena_str(a->arena, str_trim(one)), err))
            return err->code;
    return ERR_OK;
}

static void ask_account(struct aws_ask *a, struct aws_account *account)
{
    struct str rest = str_from(a->o.region), one;

    if (a->o.service->signing_region.len || !rest.len) {
        ask_cell(a, account,
                 rest.len && !is_all(a->o.region)
                     ? arena_str(a->arena, str_trim((str_split(&rest, ',', &one), one)))
                     : home(a, account));
        return;
    }
    if (is_all(a->o.region)) {
        find_regions(a, account);
        return;
    }
    while (str_split(&rest, ',', &one))
        ask_cell(a, account, arena_str(a->arena, str_trim(one)));
}

/* ---- who ---- */

typedef VEC(struct aws_account *) account_list;

static enum err_code choose_accounts(struct aws_ask *a, account_list *chosen, struct err *err)
{
    struct str rest = str_from(a->o.account), one;
    struct aws_account *account;

    if (is_all(a->o.account) && a->o.estate->accounts.count) {
        VEC_EACH (it, &a->o.estate->accounts)
            *VEC_PUSH(chosen) = it;
        return ERR_OK;
    }
    if (!rest.len || is_all(a->o.account)) {
        if (aws_estate_account(a->o.estate, NULL, &account, err))
            return err->code;
        *VEC_PUSH(chosen) = account;
        return ERR_OK;
    }
    while (str_split(&rest, ',', &one)) {
        if (aws_estate_account(a->o.estate, arena_str(a->arena, str_trim(one)), &account, err))
            return err->code;
        *VEC_PUSH(chosen) = account;
    }
    return ERR_OK;
}

static struct aws_ask *ask_new(const struct aws_ask_options *o, aws_ask_fn *fn, void *ctx)
{
    struct aws_ask *a = xcalloc(1, sizeof(*a));

    a->o = *o;
    a->arena = arena_new(0);
    a->fn = fn;
    a->ctx = ctx;
    a->o.account = o->account ? arena_str(a->arena, str_from(o->account)) : "";
    a->o.region = o->region ? arena_str(a->arena, str_from(o->region)) : "";
    if (!o->max_items)
        a->o.max_items = ITEMS_DEFAULT;
    if (!o->max_bytes)
        a->o.max_bytes = BYTES_DEFAULT;
    if (!o->timeout_ms)
        a->o.timeout_ms = TIMEOUT_DEFAULT_MS;
    a->begun_ms = loop_now_ms(o->estate->loop);
    return a;
}

enum err_code aws_ask_start(const struct aws_ask_options *o, aws_ask_fn *fn, void *ctx,
                            struct aws_ask **ret, struct err *err)
{
    struct aws_ask *a = ask_new(o, fn, ctx);
    account_list chosen = {0};
    enum err_code rc = aws_read_guard(o->service, o->list, o->params, err);

    if (!rc)
        rc = choose_accounts(a, &chosen, err);
    for (size_t i = 0; !rc && i < chosen.count; i++)
        rc = check_regions(a, chosen.items[i], err);
    for (size_t i = 0; !rc && i < chosen.count; i++)
        ask_account(a, chosen.items[i]);
    VEC_RELEASE(&chosen);
    if (rc)
        aws_ask_free(a);
    else
        *ret = a;
    return rc;
}

void aws_ask_cancel(struct aws_ask *a)
{
    a->canceled = true;
    for (size_t i = 0; i < a->finding.count; i++)
        aws_regions_cancel(a->finding.items[i]->question);
    for (size_t i = 0; i < a->cells.count; i++)
        if (a->cells.items[i]->id)
            aws_cancel(a->cells.items[i]->client, a->cells.items[i]->id);
}

void aws_ask_free(struct aws_ask *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->finding.count; i++) {
        aws_regions_free(a->finding.items[i]->question);
        free(a->finding.items[i]);
    }
    for (size_t i = 0; i < a->cells.count; i++) {
        if (a->cells.items[i]->id)
            aws_abandon(a->cells.items[i]->client, a->cells.items[i]->id);
        buf_release(&a->cells.items[i]->shown.items);
        free(a->cells.items[i]);
        if (a->shown)
            buf_release(&a->shown[i].items);
    }
    VEC_RELEASE(&a->finding);
    VEC_RELEASE(&a->cells);
    arena_free(a->arena);
    free(a);
}

/* ---- as JSON ---- */

static void put_cell(struct json_writer *w, const struct aws_ask_cell *c)
{
    json_put_cstr(w, "account", c->account);
    json_put_cstr(w, "account_id", *c->number ? c->number : NULL);
    json_put_cstr(w, "region", *c->region ? c->region : NULL);
    json_put_cstr(w, "end", aws_end_name(c->end));
    json_put_bool(w, "more", c->more);
    json_put_int(w, "count", (int64_t)c->count);
    json_put_int(w, "pages", c->pages);
    if (c->err.code) {
        json_put_cstr(w, "error", c->err.msg);
        json_put_cstr(w, "code", *c->code ? c->code : NULL);
    }
    if (c->end == AWS_END_DENIED)
        json_put_cstr(w, "action", c->action);
    json_key(w, "items");
    json_array_begin(w);
    json_array_end(w);
    buf_truncate(w->out, w->out->len - 1);
    buf_add_str(w->out, buf_str(&c->items));
    buf_addc(w->out, ']');
}

static const char *end_of_all(const struct aws_ask_cell *cells, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++)
        failed += aws_ask_cell_failed(&cells[i]);
    return !failed ? "whole" : failed < count ? "partial" : "failed";
}

void aws_ask_json(const struct aws_ask_options *o, const struct aws_ask_cell *cells, size_t count,
                  struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_str(&w, "service", o->service->id);
    json_put_str(&w, "operation", o->list->name);
    if (count == 1) {
        put_cell(&w, &cells[0]);
        json_object_end(&w);
        return;
    }
    json_put_cstr(&w, "end", end_of_all(cells, count));
    json_key(&w, "cells");
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(&w);
        put_cell(&w, &cells[i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}
