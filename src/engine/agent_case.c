/* agent_case.c - what the model is shown: the rules, the conversation so far, the case, and in each
 * round what is new. All that came from outside (statements name services, quote logs and repeat
 * what servers said) stands inside a fence whose mark is random and made anew for each session: a
 * text that does not know the mark cannot end the fence. */
#include "agent_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/timefmt.h"

#define HISTORY_MAX 40 /* messages of earlier turns */
#define HISTORY_BYTES ((size_t)48 << 10)
#define CALLS_SHOWN 40
#define STATE_MAX ((size_t)96 << 10)
#define CANDIDATES_SHOWN 8

/* ---- the case ---- */

static void put_time(struct buf *out, const char *label, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    buf_addf(out, "%s%s\n", label, text);
}

static void put_incident(const struct agent *a, struct buf *out)
{
    const struct model *m = inv_model(a->inv);

    put_time(out, "now: ", inv_now_ms(a->inv));
    for (size_t i = 0; i < m->targets.count; i++)
        buf_addf(out, "source: %s\n", m->targets.items[i]);
    if (!m->has_incident)
        return;
    buf_addf(out, "alert: %s, service %s, metric %s %s\n", m->incident.title, m->incident.service,
             m->incident.metric, m->incident.direction);
    put_time(out, "alert fired: ", m->incident.started_at_ms);
    put_time(out, "window from: ", m->incident.window_start_ms);
    put_time(out, "window until: ", m->incident.window_end_ms);
    put_time(out, "healthy from: ", m->incident.baseline_start_ms);
    put_time(out, "healthy until: ", m->incident.baseline_end_ms);
}

#define EDGES_SHOWN 120

static void put_topology(const struct model *m, struct buf *out)
{
    const struct topology *t = m->topology;

    if (!t)
        return;
    buf_addf(out, "service graph, %zu services (caller -> callee):\n", t->count);
    for (size_t i = 0; i < t->edge_count && i < EDGES_SHOWN; i++)
        buf_addf(out, "  %s -> %s\n", t->nodes[t->edges[i].from].id, t->nodes[t->edges[i].to].id);
}

static void put_evidence(const struct evidence *e, struct buf *out)
{
    buf_addf(out, "  %s %s for %s (query %s): %s\n", e->id, strength_name(e->strength),
             *e->hypothesis ? e->hypothesis : "-", e->call, e->statement);
}

static void put_hypothesis(const struct hypothesis *h, struct buf *out)
{
    buf_addf(out, "%*s%s %s %.2f: %s", h->depth * 2, "", h->id, hyp_status_words(h), h->confidence,
             h->statement);
    if (*h->service || *h->resource || *h->metric)
        buf_addf(out, " (about %s%s%s%s%s)", h->service, *h->service && *h->metric ? " " : "",
                 h->metric, *h->resource ? " " : "", h->resource);
    if (*h->refutes)
        buf_addf(out, "; would be refuted by: %s", h->refutes);
    if (*h->reason)
        buf_addf(out, "; because: %s", h->reason);
    buf_addc(out, '\n');
}

static void put_call(const struct tool_run *t, struct buf *out)
{
    buf_addf(out, "  %s %s [%s] %s: %s\n", t->call, t->tool,
             t->ended ? tool_status_name(t->status) : "running", t->query,
             *t->error ? t->error : t->summary);
}

/* The ranking so far: of this turn, else the one that was concluded with. */
static void put_ranking(const struct agent *a, struct buf *out)
{
    const struct model *m = inv_model(a->inv);
    size_t n = 0;

    VEC_EACH (c, &a->inv->candidates) {
        if (n++ < CANDIDATES_SHOWN)
            buf_addf(out, "  %.2f %s (%s)\n", c->score, c->statement,
                     c->hypothesis ? c->hypothesis : "");
    }
    if (n)
        return;
    VEC_EACH (c, &m->candidates) {
        if (n++ < CANDIDATES_SHOWN)
            buf_addf(out, "  %.2f %s (%s)\n", c->score, c->statement, c->hypothesis);
    }
}

static void put_section(const char *title, struct buf *body, struct buf *out)
{
    if (body->len)
        buf_addf(out, "%s\n%s", title, buf_cstr(body));
    buf_clear(body);
}

static void put_known(struct agent *a, struct buf *out)
{
    const struct model *m = inv_model(a->inv);
    struct buf part = BUF_INIT((size_t)128 << 10);
    size_t first_call = m->tools.count > CALLS_SHOWN ? m->tools.count - CALLS_SHOWN : 0;

    put_incident(a, out);
    put_topology(m, out);
    VEC_EACH (h, &m->hypotheses)
        put_hypothesis(h, &part);
    put_section("hypotheses:", &part, out);
    VEC_EACH (e, &m->evidence)
        put_evidence(e, &part);
    put_section("evidence:", &part, out);
    put_ranking(a, &part);
    put_section("ranking of the built-in investigator:", &part, out);
    for (size_t i = first_call; i < m->tools.count; i++)
        put_call(&m->tools.items[i], &part);
    put_section("queries:", &part, out);
    VEC_EACH (g, &m->gaps)
        buf_addf(&part, "  %s: %s\n", g->what, g->why);
    put_section("could not be looked at:", &part, out);
    if (*m->conclusion.summary)
        buf_addf(out, "verdict so far: %s: %s\n", verdict_name(m->conclusion.verdict),
                 m->conclusion.summary);
    buf_release(&part);
}

/* The case as the model sees it at the end of each request; names and statements in it come from
 * outside as well, so it is fenced. */
static void set_state(struct agent *a)
{
    struct buf known = BUF_INIT(STATE_MAX), all = BUF_INIT(STATE_MAX * 2);
    struct fence_source source = {"case", NULL};

    put_known(a, &known);
    buf_adds(&all, "The case as it is now:\n");
    fence_wrap(&a->inv->engine->fence, &all, &source, buf_str(&known), STATE_MAX, NULL);
    context_set_state(a->window, buf_str(&all));
    buf_release(&known);
    buf_release(&all);
}

/* ---- the conversation ---- */

static bool is_said(const struct item *it)
{
    return (it->kind == ITEM_USER || it->kind == ITEM_TEXT || it->kind == ITEM_CONCLUSION) &&
           *it->text;
}

/* Where to begin, so that all from there to `end` fits. */
static size_t first_item(const struct model *m, size_t end)
{
    size_t bytes = 0, count = 0, i = end;

    while (i > 0 && count < HISTORY_MAX && bytes < HISTORY_BYTES) {
        i--;
        if (!is_said(&m->items.items[i]))
            continue;
        bytes += strlen(m->items.items[i].text);
        count++;
    }
    return i;
}

/* A summary stands for what was said before it, except for the last answer, which it can have come
 * in the middle of. */
static size_t behind_summary(const struct model *m)
{
    size_t i = *m->compacted.summary ? m->compacted.items : 0;

    while (i > 0 && i <= m->items.count && m->items.items[i - 1].kind != ITEM_USER &&
           m->items.items[i - 1].kind != ITEM_TEXT && m->items.items[i - 1].kind != ITEM_CONCLUSION)
        i--;
    return i > 0 && m->items.items[i - 1].kind != ITEM_USER ? i - 1 : i;
}

/* What is not sent as it was: the person's words are, in one piece, and a summary if there is one.
 */
static void put_older(struct agent *a, size_t end)
{
    const struct model *m = inv_model(a->inv);
    struct buf said = BUF_INIT((size_t)1 << 20);

    for (size_t i = 0; i < end; i++) {
        const struct item *it = &m->items.items[i];

        if (it->kind == ITEM_USER && *it->text)
            buf_addf(&said, "%s\"\"\"\n%s\n\"\"\"", said.len ? "\n" : "", it->text);
    }
    context_resume(a->window, buf_str(&said), str_from(m->compacted.summary));
    buf_release(&said);
}

/* All that was said before the last question; `all`: and it. The first has to be the person's. */
static void put_history(struct agent *a, bool all)
{
    const struct model *m = inv_model(a->inv);
    size_t end = m->items.count, first, from = behind_summary(m);
    bool begun = false;

    while (!all && end > 0 && m->items.items[end - 1].kind != ITEM_USER)
        end--;
    end -= !all && end > 0;
    first = first_item(m, end);
    first = first > from ? first : from < end ? from : end;
    put_older(a, first);
    for (size_t i = first; i < end; i++) {
        const struct item *it = &m->items.items[i];
        struct context_assistant said = {.text = str_from(it->text), .words = str_from(it->text)};

        if (!is_said(it) || (!begun && it->kind != ITEM_USER))
            continue;
        begun = true;
        if (it->kind == ITEM_USER)
            context_add_user(a->window, str_from(it->text));
        else
            context_add_assistant(a->window, &said);
    }
}

/* ---- the window ---- */

static void set_system(struct agent *a)
{
    struct engine *e = a->inv->engine;
    struct buf fence = BUF_INIT(8192), sources = BUF_INIT(8192), limits = BUF_INIT(1024);
    struct buf text = BUF_INIT((size_t)256 << 10);
    char now[TIME_TEXT_MAX];
    struct prompt_var vars[4];

    fence_rule(&e->fence, &fence);
    VEC_EACH (t, &inv_model(a->inv)->targets) {
        buf_adds(&sources, sources.len ? ", " : "");
        fence_clean_line(&e->fence, &sources, str_from(*t), 200);
    }
    buf_addf(&limits, "%d rounds of calls, %d calls of one tool are usual, %d run side by side",
             e->opts.limits.max_iterations, e->opts.limits.calls_per_tool,
             e->opts.limits.max_parallel);
    time_format_rfc3339(inv_now_ms(a->inv), now);
    vars[0] = (struct prompt_var){"fence", buf_str(&fence)};
    vars[1] = (struct prompt_var){"sources", buf_str(&sources)};
    vars[2] = (struct prompt_var){"limits", buf_str(&limits)};
    vars[3] = (struct prompt_var){"now", str_from(now)};
    prompts_fill(e->opts.prompts, a->inv->answer ? PROMPT_ASK : PROMPT_INVESTIGATE, vars, 4, &text);
    context_set_system(a->window, buf_str(&text));
    buf_release(&fence);
    buf_release(&sources);
    buf_release(&limits);
    buf_release(&text);
}

static void set_tools(struct agent *a)
{
    struct buf all = BUF_INIT((size_t)1 << 20);

    VEC_EACH (t, &a->tools)
        buf_addf(&all, "%s %s %.*s\n", t->name, t->help, STR_FMT(t->schema_json));
    context_set_tools(a->window, buf_str(&all));
    buf_release(&all);
}

void agent_open_window(struct agent *a)
{
    struct engine *e = a->inv->engine;
    const struct model *m = inv_model(a->inv);
    const char *question = model_last_question(m);
    struct context_options opts = {.window_tokens = e->opts.limits.context_tokens,
                                   .preset = a->inv->answer ? CONTEXT_RESEARCH : CONTEXT_INCIDENT,
                                   .family = token_family_of(str_from(a->model)),
                                   .redactor = e->redactor,
                                   .fence = &e->fence};

    a->window = context_new(&opts);
    set_system(a);
    set_tools(a);
    put_history(a, a->inv->compact);
    if (a->inv->compact) {
        context_end_round(a->window);
        return;
    }
    context_add_user(a->window, str_from(question));
    context_focus(a->window, question, NULL, m->has_incident ? m->incident.service : NULL);
}

void agent_say_compacted(struct agent *a, const struct context_change *ch, const char *by,
                         const char *summary, const char *why)
{
    struct event ev = {.type = EV_CONTEXT_COMPACTED, .actor = *by ? by : "engine"};
    struct buf words = BUF_INIT(2000);

    if (!context_changed(ch))
        return;
    context_change_words(ch, &words);
    if (*why)
        buf_addf(&words, ": %s", why);
    ev.u.context_compacted.before_tokens = ch->before_tokens;
    ev.u.context_compacted.after_tokens = ch->after_tokens;
    ev.u.context_compacted.limit_tokens = context_limit(a->window);
    ev.u.context_compacted.text = buf_cstr(&words);
    ev.u.context_compacted.summary = summary;
    inv_publish(a->inv, &ev);
    buf_release(&words);
}

/* What fills the window, for the screen. */
static void say_measured(struct agent *a)
{
    struct event ev = {.type = EV_CONTEXT_MEASURED, .actor = "engine"};
    struct buf json = BUF_INIT((size_t)64 << 10);
    struct context_usage u;
    struct json_writer w;

    context_measure(a->window, &u);
    json_writer_init(&w, &json);
    context_usage_parts(&u, &w);
    ev.u.context_measured.window_tokens = u.window_tokens;
    ev.u.context_measured.answer_tokens = u.answer_tokens;
    ev.u.context_measured.used_tokens = u.used_tokens;
    ev.u.context_measured.parts = buf_str(&json);
    inv_publish(a->inv, &ev);
    buf_release(&json);
}

enum context_fit agent_fit(struct agent *a, struct err *err)
{
    struct context_change ch = {0};
    enum context_fit fit;

    VEC_EACH (e, &inv_model(a->inv)->evidence)
        context_cite(a->window, e->call);
    set_state(a);
    fit = context_fit(a->window, &ch, err);
    agent_say_compacted(a, &ch, "", "", "");
    a->context_tokens = context_tokens(a->window);
    if (fit == CONTEXT_FITS)
        say_measured(a);
    return fit;
}

static void fill_block(const struct context_message *m, struct llm_block *b)
{
    b->type = m->role == CONTEXT_RESULT ? LLM_TOOL_RESULT : LLM_TEXT;
    b->text = m->text;
    b->cache = m->cache_mark;
    if (m->role == CONTEXT_RESULT) {
        b->id = str_from(m->wire_call);
        b->name = str_from(m->tool);
        b->is_error = m->is_error;
    }
}

void agent_fill_request(struct agent *a, struct llm_request *req)
{
    size_t n = context_count(a->window), count = 0;
    struct llm_message *all;
    struct llm_block *blocks, *system = NULL;

    arena_free(a->request);
    a->request = arena_new(0);
    all = arena_array(a->request, n, sizeof(*all));
    blocks = arena_array(a->request, n, sizeof(*blocks));
    for (size_t i = 0; i < n; i++) {
        struct context_message m;

        context_at(a->window, i, &m);
        if (m.role == CONTEXT_TOOLS)
            continue;
        fill_block(&m, &blocks[i]);
        if (m.role == CONTEXT_SYSTEM)
            system = &blocks[i];
        else if (m.role == CONTEXT_ASSISTANT && m.data)
            all[count++] = *(const struct llm_message *)m.data;
        else if (m.role == CONTEXT_ASSISTANT)
            all[count++] = (struct llm_message){LLM_ASSISTANT, &blocks[i], 1};
        else if (count && all[count - 1].role == LLM_USER &&
                 all[count - 1].blocks + all[count - 1].count == &blocks[i])
            all[count - 1].count++; /* results of one answer go back in one message */
        else
            all[count++] = (struct llm_message){LLM_USER, &blocks[i], 1};
    }
    req->system = system;
    req->system_count = system != NULL;
    req->messages = all;
    req->message_count = count;
}
