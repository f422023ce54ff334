/* aws_ask_all.c - sends every read operation of the definitions once to AWS_ENDPOINT_URL, through
 * the client, with made-up values for what it needs: for test_iam_wire.sh. Prints "SERVICE
 * OPERATION" of each that was sent; one that could not be is said on standard error, and the status
 * is 1. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/rng.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/estate.h"

#define AT_ONCE 200 /* under way */
#define PAGES 1

struct all {
    struct loop *loop;
    struct aws_estate *estate;
    struct aws_client *client;
    size_t service, operation; /* the next one */
    size_t under_way, wrong;
    bool over;
};

struct one {
    struct all *all;
    struct arena *arena;
    char name[200];
};

static void fill(struct all *a);

static void on_page(void *ctx, const struct value *items)
{
    (void)ctx;
    (void)items;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct one *o = ctx;
    struct all *a = o->all;

    if (r->requests) {
        puts(o->name);
    } else {
        fprintf(stderr, "%s: %s\n", o->name, r->err.msg);
        a->wrong++;
    }
    arena_free(o->arena);
    free(o);
    a->under_way--;
    fill(a);
}

static const char *made_up(const struct aws_service *s, const struct aws_list *l, struct str name)
{
    for (size_t i = 0; i < l->param_count + s->param_count; i++) {
        const struct aws_parameter *p =
            i < l->param_count ? &l->params[i] : &s->params[i - l->param_count];

        if (str_eq(p->name, name) && p->type == AWS_TIMESTAMP)
            return "2026-01-01T00:00:00Z";
    }
    return "one-1";
}

static const struct value *params_of(struct arena *arena, const struct aws_service *s,
                                     const struct aws_list *l)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; i < l->need_count; i++) {
        json_key_str(&w, l->needs[i]);
        json_cstring(&w, made_up(s, l, l->needs[i]));
    }
    json_object_end(&w);
    if (json_parse(arena, str_from(arena_str(arena, buf_str(&out))), &v, &err))
        fprintf(stderr, "aws_ask_all: %s\n", err.msg);
    buf_release(&out);
    return v;
}

static void send_one(struct all *a, const struct aws_service *s, const struct aws_list *l)
{
    static const struct aws_callbacks callbacks = {on_page, NULL, on_done, NULL};
    struct one *o = xcalloc(1, sizeof(*o));
    struct aws_query q = {.service = s, .list = l, .region = "us-east-1", .max_pages = PAGES};

    o->all = a;
    o->arena = arena_new(4096);
    snprintf(o->name, sizeof(o->name), "%.*s %.*s", STR_FMT(s->id), STR_FMT(l->name));
    q.params = params_of(o->arena, s, l);
    a->under_way++;
    aws_send(a->client, &q, &callbacks, o);
}

/* As many as may be under way. */
static void fill(struct all *a)
{
    struct aws_catalogue *c = a->estate->catalogue;
    const struct aws_service *s = NULL;
    struct err err = ERR_INIT;

    while (a->under_way < AT_ONCE && a->service < aws_catalogue_count(c)) {
        if (aws_catalogue_get(c, str_from(aws_catalogue_entry(c, a->service)->id), &s, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            a->wrong++;
        }
        if (!s || a->operation >= s->list_count) {
            a->service++;
            a->operation = 0;
        } else {
            send_one(a, s, &s->lists[a->operation++]);
        }
        s = NULL;
    }
    a->over = !a->under_way;
}

int main(void)
{
    struct aws_credentials_options keys = {.profile = NULL};
    struct all a = {.loop = loop_new(clock_system())};
    struct rng rng;
    struct http_client *http;

    rng_seed_system(&rng);
    http =
        http_client_new(a.loop, &(struct http_options){.user_agent = "runbook/test", .rng = &rng});
    a.estate = aws_estate_new(a.loop, http, aws_catalogue_new(NULL, 0));
    aws_estate_add(a.estate, &(struct aws_account_options){
                                 .name = "default", .is_default = true, .keys = &keys});
    a.client = a.estate->accounts.items[0].client;
    fill(&a);
    while (!a.over)
        loop_turn(a.loop, true);
    aws_estate_free(a.estate);
    http_client_free(http);
    loop_free(a.loop);
    return a.wrong ? 1 : 0;
}
