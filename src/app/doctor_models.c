/* doctor_models.c - the language models that are configured, and what is missing. Nothing is asked
 * unless wanted: a word to a model costs money. */
#include "src/app/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/net/http.h"
#include "src/app/model_open.h"

#define GROUP "language models"
#define ASK_MS 20000

struct asking {
    struct doctor *d;
    struct loop *loop;
    struct llm *llm;
    size_t waiting;
};

struct ask {
    struct asking *a;
    size_t check;
};

static void set(struct ask *q, enum check_state state, int64_t ms, const char *detail)
{
    struct check *c = &q->a->d->checks.items[q->check];

    c->state = state;
    c->latency_ms = ms;
    c->detail = arena_printf(q->a->d->arena, "%s; %s", c->detail, detail);
}

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct ask *q = ctx;

    if (ev->type == LLM_EV_DONE)
        set(q, CHECK_OK, ev->answer->duration_ms, "it answers");
    else if (ev->type == LLM_EV_FAILED)
        set(q, CHECK_FAILED, ev->answer->duration_ms, ev->err->msg);
    else if (ev->type == LLM_EV_CANCELED)
        set(q, CHECK_FAILED, -1, "it did not answer in time");
    else
        return;
    if (--q->a->waiting == 0)
        loop_stop(q->a->loop);
}

static void ask(struct asking *a, const struct llm_target *t, size_t check)
{
    struct llm_block block = {.type = LLM_TEXT, .text = STR_LIT("Reply with the word ok.")};
    struct llm_message message = {LLM_USER, &block, 1};
    struct llm_request req = {.model = arena_printf(a->d->arena, "%s/%s", t->provider, t->model),
                              .messages = &message,
                              .message_count = 1,
                              .max_tokens = 64,
                              .no_fallback = true};
    struct ask *q = arena_alloc(a->d->arena, sizeof(*q));

    *q = (struct ask){a, check};
    a->waiting++;
    llm_send(a->llm, &req, on_event, q);
}

/* A key that goes to another machine in the clear is as good as told. */
static bool in_the_clear(const struct llm_target *t)
{
    return *t->key_from && !t->local && strncmp(t->base_url, "http://", 7) == 0;
}

static void show(struct asking *a, size_t index)
{
    struct doctor *d = a->d;
    struct llm_target t;
    char *name;
    size_t check = 0;

    if (!llm_target(a->llm, index, &t))
        return;
    name = xasprintf("%s%s", index ? "then " : "", t.provider);
    if (!t.usable)
        doctor_add(d, GROUP, name, index ? CHECK_WARNING : CHECK_FAILED, "%s: %s", t.model,
                   t.missing.msg);
    else
        check = doctor_add(d, GROUP, name, in_the_clear(&t) ? CHECK_WARNING : CHECK_OK,
                           "%s at %s%s, %s%s%s%s", t.model, t.base_url,
                           in_the_clear(&t) ? " (without TLS: the key can be read on the way)" : "",
                           *t.key_from ? "key from " : "no key is sent", t.key_from,
                           t.local ? "; it runs on this machine" : "",
                           d->ask_models ? "" : "; it was not asked (--ask-models asks)");
    if (t.usable && d->ask_models)
        ask(a, &t, check);
    free(name);
}

static void on_timeout(void *ctx)
{
    struct asking *a = ctx;

    loop_stop(a->loop);
}

static void show_all(struct asking *a)
{
    for (size_t i = 0; i < llm_count(a->llm); i++)
        show(a, i);
    if (!a->waiting)
        return;
    loop_timer(a->loop, ASK_MS, on_timeout, a);
    loop_run(a->loop);
    if (a->waiting) /* the check says so already: it stands as not answered */
        doctor_add(a->d, GROUP, "waiting", CHECK_FAILED, "%zu did not answer within %d s",
                   a->waiting, ASK_MS / 1000);
}

void doctor_models(struct doctor *d)
{
    struct asking a = {.d = d};
    struct http_options options = {.user_agent = "runbook/" PACKAGE_VERSION,
                                   .rng = app_rng(d->app)};
    struct http_client *http;
    struct err err = ERR_INIT;

    if (!d->config)
        return;
    if (strcmp(model_provider(d->config), "none") == 0) {
        doctor_add(d, GROUP, "provider", CHECK_ABSENT,
                   "none: the built-in investigator needs none");
        return;
    }
    a.loop = loop_new(d->app->clock);
    http = http_client_new(a.loop, &options);
    if (model_open(d->config, a.loop, http, app_rng(d->app), &a.llm, &err))
        doctor_add(d, GROUP, model_provider(d->config), CHECK_FAILED, "%s", err.msg);
    else
        show_all(&a);
    llm_free(a.llm);
    http_client_free(http);
    loop_free(a.loop);
}
