/* agent_compact.c - older rounds become a summary that a model writes: what it got, as data in a
 * fence, with the prompt "compact". What the person said, the tree and the evidence are not its to
 * repeat: code keeps them beside its words. Whatever goes wrong (no model, a fuse, an error, an
 * empty answer) leaves a list of what was done, made by code, and the turn goes on. Nothing is
 * recorded before it is over: a run that is killed in it goes on with the whole conversation. */
#include "agent_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SUMMARY_TOKENS 2048
#define SUMMARY_MAX ((size_t)12000) /* bytes that are kept */
#define MATERIAL_MAX ((size_t)4 << 20)
#define BYTES_A_TOKEN 3 /* of the material, at least */

static bool is_named(const struct llm_target *t, const char *name)
{
    size_t n = strlen(t->provider);

    return strcmp(t->model, name) == 0 || (strncmp(name, t->provider, n) == 0 && name[n] == '/' &&
                                           strcmp(name + n + 1, t->model) == 0);
}

/* The one for small tasks: the configured name, or the cheapest whose price is known. False: who
 * answers does this as well. */
static bool small_model(const struct agent *a, struct llm_target *ret)
{
    const char *wanted = a->inv->engine->opts.small_model;
    bool cheapest = wanted && strcmp(wanted, "cheapest") == 0, found = false;
    double best = INFINITY;
    struct llm_target t;

    for (size_t i = 0; wanted && llm_target(a->llm, i, &t); i++) {
        const struct price *p = price_find(a->inv->engine->opts.prices, t.provider, t.model);
        double usd = !cheapest ? 0 : p ? p->input : NAN;

        if (!t.usable || t.health == LLM_OPEN || !(cheapest ? usd < best : is_named(&t, wanted)))
            continue;
        best = usd;
        *ret = t;
        found = true;
        if (!cheapest)
            break;
    }
    return found;
}

static void take_up(struct agent *a)
{
    a->compacting = false;
    a->actor = a->summary.actor;
    a->provider = a->summary.provider;
    a->model = a->summary.model;
}

/* `words` empty: code makes the list, and `why` says why. A summary that was asked for by hand and
 * could not be made changes nothing. */
static void end(struct agent *a, struct str words, const char *why)
{
    struct context_change ch = {0};
    struct buf clean = BUF_INIT(SUMMARY_MAX * 8);
    const char *by = words.len ? a->actor : "";
    struct str head, tail;
    struct err err = ERR_INIT;

    fence_head_tail(words, SUMMARY_MAX, &head, &tail);
    if (head.len)
        redactor_apply_or_withhold(a->inv->engine->redactor, &clean, head);
    take_up(a);
    if (!clean.len && a->inv->compact) {
        err_set(&err, ERR_REMOTE, "%s", why);
        engine_say_error(a->inv->engine, "not compacted", &err);
    } else {
        context_compact(a->window, buf_str(&clean), &ch);
        agent_say_compacted(a, &ch, by, buf_cstr(&clean), clean.len ? "" : why);
    }
    buf_release(&clean);
    agent_compacted(a);
}

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct agent *a = ctx;
    bool over = a->inv->over || a->state == AGENT_DONE;
    struct str words;

    if (ev->type == LLM_EV_DONE || ev->type == LLM_EV_FAILED || ev->type == LLM_EV_CANCELED) {
        a->call = 0;
        a->inv->jobs--;
    }
    if (over)
        return;
    if (ev->type == LLM_EV_STARTED || ev->type == LLM_EV_SWITCHED) {
        agent_name_model(a, ev->provider, ev->model);
    } else if (ev->type == LLM_EV_TEXT) {
        buf_add_str(&a->summary.text, ev->text);
    } else if (ev->type == LLM_EV_USAGE) {
        a->usage = *ev->usage;
    } else if (ev->type == LLM_EV_DONE) {
        agent_say_called(a, "summary", ev->answer, llm_stop_name(ev->answer->stop), "");
        words = str_trim(buf_str(&a->summary.text));
        if (ev->answer->stop == LLM_STOP_REFUSAL)
            words.len = 0;
        end(a, words, "the model wrote nothing");
    } else if (ev->type == LLM_EV_FAILED) {
        agent_say_called(a, "summary", ev->answer, "failed", ev->err->msg);
        end(a, STR_LIT(""), ev->err->msg);
    } else if (ev->type == LLM_EV_CANCELED) {
        agent_say_called(a, "summary", ev->answer, "canceled", "");
        end(a, STR_LIT(""), "it was canceled");
    }
}

/* What is to be summarised, in a fence, and the prompt around it. */
static void fill(struct agent *a, struct llm_block *system, struct llm_block *user)
{
    struct engine *e = a->inv->engine;
    struct buf material = BUF_INIT(MATERIAL_MAX * 2), text = BUF_INIT(MATERIAL_MAX * 3);
    struct buf rule = BUF_INIT(8192);
    struct prompt_var var = {"fence", {0}};
    size_t most = (size_t)context_limit(a->window) / 2 * BYTES_A_TOKEN;

    fence_rule(&e->fence, &rule);
    var.value = buf_str(&rule);
    prompts_fill(e->opts.prompts, PROMPT_COMPACT, &var, 1, &text);
    *system = (struct llm_block){.type = LLM_TEXT};
    system->text = (struct str){arena_str(agent_arena(a), buf_str(&text)), text.len};
    buf_clear(&text);
    context_material(a->window, &material);
    fence_wrap(&e->fence, &text, &(struct fence_source){"conversation", NULL}, buf_str(&material),
               most, NULL);
    *user = (struct llm_block){.type = LLM_TEXT};
    user->text = (struct str){arena_str(agent_arena(a), buf_str(&text)), text.len};
    buf_release(&material);
    buf_release(&text);
    buf_release(&rule);
}

void agent_compact(struct agent *a)
{
    struct llm_block system, user;
    struct llm_message message = {LLM_USER, &user, 1};
    struct llm_request req = {.system = &system,
                              .system_count = 1,
                              .messages = &message,
                              .message_count = 1,
                              .max_tokens = SUMMARY_TOKENS,
                              .thinking = LLM_THINKING_OFF};
    struct llm_target t;
    struct err err = ERR_INIT;

    a->compacting = true;
    a->summary.actor = a->actor;
    a->summary.provider = a->provider;
    a->summary.model = a->model;
    if (small_model(a, &t)) {
        agent_name_model(a, t.provider, t.model);
        req.model = arena_printf(agent_arena(a), "%s/%s", t.provider, t.model);
    }
    fill(a, &system, &user);
    a->context_tokens = (int64_t)((system.text.len + user.text.len) / BYTES_A_TOKEN);
    if (agent_book(a, &err)) {
        end(a, STR_LIT(""), err.msg);
        return;
    }
    buf_release(&a->summary.text);
    buf_init(&a->summary.text, AGENT_TEXT_MAX);
    agent_begin_message(a);
    a->state = AGENT_SPEAKS;
    a->inv->jobs++;
    a->call = llm_send(a->llm, &req, on_event, a);
}

void agent_compact_clear(struct agent *a)
{
    buf_release(&a->summary.text);
}
