/* plan_run.c - a plan becomes a procedure for the one runner of steps, and what its primitives
 * found is said in words when the last one has ended: facts first, then what they mean, by code. */
#include "plan_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/llm/llm.h"
#include "src/engine/mutate_priv.h"
#include "src/engine/procedure_priv.h"

#define CARD_MAX ((size_t)256 << 10)
#define RETRY_MS 2000
#define FACTS_ASKED_MAX ((size_t)24 << 10) /* of what a model is asked about */

/* A plan that was shown in this process. */
struct shown {
    struct arena *arena;
    struct plan_intent intent;
    struct plan plan;
    bool made;
};

/* What a person had made last is what /plan run starts; what a model proposed is started by its id
 * only, so that it cannot slip in between a person's look and their word. */
struct plan_live {
    struct shown own, suggested;
    struct playbooks *books;
    bool interpret; /* a model is asked what the facts mean */
};

/* ---- a procedure of it ---- */

static enum err_code add_step(struct procedure *p, const struct plan_step *s, struct err *err)
{
    struct procedure_step *to =
        procedure_add_step(p, &p->steps, s->kind == PLAYBOOK_ACT ? STEP_ACT : STEP_TOOL, s->id);

    to->name = arena_strdup(p->arena, *s->title ? s->title : s->method);
    to->action = arena_strdup(p->arena, s->method);
    to->condition = arena_strdup(p->arena, s->when ? s->when : "");
    to->requires_approval = s->kind != PLAYBOOK_ACT && s->requires_approval;
    to->on_error = s->retries ? ON_ERROR_RETRY : s->go_on ? ON_ERROR_CONTINUE : ON_ERROR_ABORT;
    to->max_retries = s->retries;
    to->backoff_ms = RETRY_MS;
    to->no_undo = !s->undo;
    return json_parse(p->arena, s->params, &to->args, err);
}

enum err_code plan_to_procedure(const struct plan *plan, struct procedure **ret, struct err *err)
{
    struct procedure *p = procedure_new("plan", plan->id);
    const struct playbook *b = plan->playbook;
    enum err_code rc = ERR_OK;

    p->name = arena_strdup(p->arena, b->name);
    p->version = arena_strdup(p->arena, b->version);
    p->description = arena_strdup(p->arena, plan->summary);
    p->source = arena_strdup(p->arena, b->own ? b->file : "built in");
    memcpy(p->sha256, b->hash, sizeof(p->sha256));
    p->risk = RISK_READ;
    for (size_t i = 0; i < plan->step_count && !rc; i++) {
        rc = add_step(p, &plan->steps[i], err);
        if (plan->steps[i].risk > p->risk)
            p->risk = plan->steps[i].risk;
    }
    if (rc) {
        procedure_free(p);
        return rc;
    }
    *ret = p;
    return ERR_OK;
}

/* ---- shown ---- */

static struct plan_live *live(struct engine *e)
{
    if (!e->plan) {
        e->plan = xcalloc(1, sizeof(*e->plan));
        e->plan->own.arena = arena_new(65536);
        e->plan->suggested.arena = arena_new(65536);
    }
    return e->plan;
}

void plan_free(struct engine *e)
{
    if (!e->plan)
        return;
    playbooks_free(e->plan->books);
    arena_free(e->plan->own.arena);
    arena_free(e->plan->suggested.arena);
    free(e->plan);
    e->plan = NULL;
}

static enum err_code books_of(struct engine *e, const struct playbooks **ret, struct err *err)
{
    struct plan_live *pl = live(e);
    enum err_code rc = ERR_OK;

    if (!pl->books && e->opts.open_playbooks)
        rc = e->opts.open_playbooks(e->opts.playbooks_ctx, &pl->books, err);
    else if (!pl->books)
        rc = playbooks_load(NULL, &pl->books, err);
    *ret = pl->books;
    return rc;
}

static void say(struct engine *e, const char *text)
{
    struct event ev = {.type = EV_AGENT_TEXT, .actor = "engine"};

    ev.u.agent_text.text = text;
    ev.u.agent_text.message = "";
    ev.u.agent_text.last = true;
    engine_publish(e, &ev);
}

static void publish_created(struct engine *e, const struct plan *p, const char *actor)
{
    struct buf plan = BUF_INIT(CARD_MAX), intent = BUF_INIT(CARD_MAX);
    struct event ev = {.type = EV_PLAN_CREATED, .actor = actor};
    struct json_writer w;

    json_writer_init(&w, &plan);
    plan_json(p, &w);
    json_writer_init(&w, &intent);
    intent_json(p->of, &w);
    ev.u.plan_created.id = p->id;
    ev.u.plan_created.playbook = p->playbook->name;
    ev.u.plan_created.version = p->playbook->version;
    ev.u.plan_created.sha256 = p->playbook->hash;
    ev.u.plan_created.summary = p->summary;
    ev.u.plan_created.intent = buf_str(&intent);
    ev.u.plan_created.plan = buf_str(&plan);
    engine_publish(e, &ev);
    buf_release(&plan);
    buf_release(&intent);
}

static void decide(struct engine *e, const struct plan *p, struct policy_decision *ret)
{
    struct policy_counters counters = {.read_only = e->model.read_only || e->opts.read_only};

    plan_decide(p, mutate_policy(e), e->opts.environment, NULL, &counters,
                loop_wall_ms(e->opts.loop), ret);
}

static void say_card(struct engine *e, const struct plan *p, bool suggested)
{
    struct policy_decision *d = xcalloc(p->step_count + 1, sizeof(*d));
    struct buf text = BUF_INIT(CARD_MAX);

    decide(e, p, d);
    plan_markdown(p, d, &text);
    buf_addf(&text,
             suggested ? "%s/plan run %s starts it."
                       : "%s/plan run starts it, /plan dry-run "
                         "shows the exact calls.",
             p->writes ? "What changes something is shown and asked for first. " : "", p->id);
    say(e, buf_cstr(&text));
    buf_release(&text);
    free(d);
}

/* The exact calls; none is made. */
static void say_calls(struct engine *e, const struct plan *p)
{
    struct buf calls = BUF_INIT(CARD_MAX), text = BUF_INIT(CARD_MAX + 256);

    plan_calls(p, &calls);
    for (size_t i = 0; i < calls.len; i++)
        calls.ptr[i] = calls.ptr[i] == '`' ? '\'' : calls.ptr[i];
    buf_addf(&text, "The exact calls of %s; none was made:\n\n```\n%s```", p->id, buf_cstr(&calls));
    say(e, buf_cstr(&text));
    buf_release(&text);
    buf_release(&calls);
}

/* "the disk of web-3": a word that is a machine of this session is where, not what. */
static void settle_host(struct engine *e, struct plan_intent *in, struct arena *a)
{
    const char *name = intent_filter(in, "name");

    if (!name || intent_filter(in, "host"))
        return;
    for (size_t i = 0; i < e->model.targets.count; i++) {
        const char *t = e->model.targets.items[i];

        if (strncmp(t, "host:", 5) == 0 && strcmp(t + 5, name) == 0)
            intent_set_filter(in, a, "host", str_from(name));
    }
}

/* From an intent to a plan that is shown. */
static enum err_code make_shown(struct engine *e, struct shown *s, struct err *err)
{
    const struct playbooks *books;
    const struct playbook *book;
    const char *why;
    enum err_code rc = intent_check_sure(&s->intent, err);

    settle_host(e, &s->intent, s->arena);
    if (!rc)
        rc = books_of(e, &books, err);
    if (!rc)
        rc = playbooks_choose(books, &s->intent, s->arena, &book, &why, err);
    if (!rc)
        rc = plan_make(&s->intent, book, why, s->arena, &s->plan, err);
    s->made = !rc;
    return rc;
}

enum err_code engine_plan(struct engine *e, struct str words, struct err *err)
{
    struct shown *s = &live(e)->own;

    arena_reset(s->arena);
    s->made = false;
    intent_from_words(words, s->arena, &s->intent);
    if (make_shown(e, s, err))
        return err->code;
    publish_created(e, &s->plan, "user");
    say_card(e, &s->plan, false);
    return ERR_OK;
}

enum err_code engine_plan_suggest(struct engine *e, struct str json, const char *actor,
                                  const char **ret_id, struct err *err)
{
    struct shown *s = &live(e)->suggested;

    arena_reset(s->arena);
    s->made = false;
    if (intent_from_json(json, s->arena, &s->intent, err))
        return err->code;
    if (make_shown(e, s, err)) { /* the form is right: what is missing a person can say */
        if (err->code == ERR_INPUT)
            err->code = ERR_DENIED;
        return err->code;
    }
    publish_created(e, &s->plan, actor);
    say_card(e, &s->plan, true);
    *ret_id = s->plan.id;
    return ERR_OK;
}

/* ---- run ---- */

/* In this session; a plan of the command line was shown before there was one. */
static bool was_shown(const struct engine *e, const struct plan *plan)
{
    return e->plan && (plan == &e->plan->own.plan || plan == &e->plan->suggested.plan);
}

enum err_code engine_plan_start(struct engine *e, const struct plan *plan, bool dry_run,
                                const char **ret_run, struct err *err)
{
    struct procedure_request r = {.params = STR_LIT("{}"), .dry_run = dry_run};
    struct procedure *p;
    enum err_code rc = plan_to_procedure(plan, &p, err);

    if (rc)
        return rc;
    rc = procedure_check(p, e->opts.tools, err);
    r.procedure = p;
    r.why = plan->summary;
    if (!rc && !was_shown(e, plan)) {
        engine_open_deferred(e, plan->summary);
        publish_created(e, plan, "user");
    }
    if (!rc)
        rc = engine_procedure_start(e, &r, ret_run, err);
    procedure_free(p);
    return rc;
}

/* "run", "run ID": which one. NULL: there is none, which is said. */
static const struct plan *named(struct engine *e, struct str id)
{
    const struct plan_live *pl = e->plan;

    if (pl && pl->own.made && (!id.len || str_eq_c(id, pl->own.plan.id)))
        return &pl->own.plan;
    if (pl && pl->suggested.made && str_eq_c(id, pl->suggested.plan.id))
        return &pl->suggested.plan;
    say(e, id.len ? "There is no such plan in this session: make it anew."
                  : "There is no plan yet: /plan WHAT IS WRONG, or what is to be done, makes one.");
    return NULL;
}

void plan_intent_in(struct engine *e, const struct intent *in)
{
    struct str text = str_trim(str_from(in->text ? in->text : "")), rest = text, verb = {0};
    const struct plan *plan;
    const char *run;
    struct err err = ERR_INIT;

    str_split(&rest, ' ', &verb);
    rest = str_trim(rest);
    if (str_eq_c(verb, "run") && (!rest.len || str_starts(rest, "plan-"))) {
        plan = named(e, rest);
        if (plan && engine_plan_start(e, plan, false, &run, &err))
            engine_say_error(e, "the plan", &err);
    } else if (str_eq_c(verb, "dry-run") && (!rest.len || str_starts(rest, "plan-"))) {
        plan = named(e, rest);
        if (plan)
            say_calls(e, plan);
    } else if (!text.len) {
        say(e, "Say what is wrong, or what is to be done: /plan checkout is slow");
    } else if (engine_plan(e, text, &err)) {
        say(e, err.msg);
    }
}

/* ---- what it found ---- */

enum { RESULTS_MAX = PLAN_STEPS_MAX };

static void say_failed(const struct procedure_run *r, struct buf *out)
{
    size_t n = 0;

    VEC_EACH (s, &r->steps) {
        if (s->state != STEP_FAILED && s->state != STEP_REFUSED)
            continue;
        buf_addf(out, "%s- %s: %s\n", n++ ? "" : "Steps that failed:\n\n", s->name, s->text);
    }
    if (n)
        buf_addc(out, '\n');
}

size_t plan_results(const struct procedure_run *r, plan_answer_fn *answer, void *ctx,
                    struct arena *a, const struct value **ret, size_t max)
{
    size_t n = 0;

    VEC_EACH (s, &r->steps) {
        const struct value *v = NULL;
        struct err err;

        if (n == max || !primitive_find(s->action) || s->state != STEP_DONE || !*s->call)
            continue;
        if (!answer(ctx, s->call, a, &v, &err) && v)
            ret[n++] = v;
    }
    return n;
}

void plan_facts_text(const struct procedure_run *r, const struct value *const *results,
                     size_t count, struct buf *out)
{
    if (count)
        facts_interpret(NULL, results, count, out);
    say_failed(r, out);
}

void engine_plan_interpret(struct engine *e, bool on)
{
    live(e)->interpret = on;
}

/* Words of logs and names of others are in the facts: a fence says that they are data. */
static void ask_model(struct engine *e, const struct procedure_run *r, struct str facts)
{
    const struct fence_source from = {.tool = "plan", .id = r->run};
    struct event ev = {.type = EV_USER_MESSAGE, .actor = "engine"};
    struct buf text = BUF_INIT(CARD_MAX);

    if (!e->plan || !e->plan->interpret || e->inv || e->ended || !e->opts.llm || e->llm_off ||
        !llm_count(e->opts.llm))
        return;
    buf_adds(&text,
             "Below are the facts that a plan has gathered. Interpret these facts and nothing "
             "else: ask no tool. Name the likely cause with the facts that it rests on, what "
             "speaks against it, and what is missing.\n\n");
    fence_wrap(&e->fence, &text, &from, facts, FACTS_ASKED_MAX, NULL);
    ev.u.user_message.text = buf_cstr(&text);
    engine_publish(e, &ev);
    investigation_answer(e);
    buf_release(&text);
}

static enum err_code answer_of(void *ctx, const char *call, struct arena *a,
                               const struct value **ret, struct err *err)
{
    return procedure_answer_value(ctx, call, a, ret, err);
}

void plan_over(struct procedure_live *pl)
{
    const struct procedure_run *r = procedure_of(pl);
    const struct value *results[RESULTS_MAX];
    struct buf out = BUF_INIT(CARD_MAX);
    struct arena *a;
    size_t n;

    if (strcmp(r->kind, "plan") != 0)
        return;
    a = arena_new(65536);
    n = plan_results(r, answer_of, pl, a, results, RESULTS_MAX);
    plan_facts_text(r, results, n, &out);
    if (out.len)
        say(pl->e, buf_cstr(&out));
    if (n)
        ask_model(pl->e, r, buf_str(&out));
    buf_release(&out);
    arena_free(a);
}
