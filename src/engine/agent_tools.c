/* agent_tools.c - the model's own tools: the tree, evidence, the conclusion, the person, a
 * proposal. None of them touches a source or changes anything outside the journal. Each text of the
 * model is cut to a bound, and goes to the journal as it is: screens clean what they draw. */
#include "agent_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runbook/codec/json.h"

#define STATEMENT_MAX 400
#define BODY_MAX ((size_t)32 << 20)
#define OBJECTIONS_MAX 2 /* times that a conclusion is sent back */
#define OPTIONS_MAX 6
#define SUPPORT_MAX ((size_t)8 << 10) /* bytes of evidence in a challenge */

static const char *cut(struct agent *a, struct str s, size_t max)
{
    s = str_trim(s);
    while (s.len > max || (s.len && ((unsigned char)s.ptr[s.len - 1] & 0xC0) == 0x80 &&
                           s.len > max - 4 && s.len == max))
        s.len--;
    return arena_str(agent_arena(a), s);
}

static const char *text_arg(struct agent *a, const struct value *args, const char *name, size_t max)
{
    return cut(a, value_str_or(args, name, ""), max);
}

static void say(struct agent_call *c, bool failed, const char *text)
{
    agent_call_answer(c, failed, str_from(text));
}

/* The model made a mistake that it can mend. */
static void object(struct agent_call *c, const char *text)
{
    c->rejected = true;
    say(c, true, text);
}

static const struct hypothesis *need_hypothesis(struct agent_call *c, const char *id)
{
    const struct hypothesis *h = model_hypothesis(inv_model(c->agent->inv), id);

    if (!h)
        object(c, arena_printf(agent_arena(c->agent),
                               "There is no hypothesis '%.40s'. Propose it first, or use an id of "
                               "the tree.",
                               id));
    return h;
}

/* ---- the tree ---- */

static const char *const categories[] = {
    "infrastructure", "application", "dependency", "configuration", "capacity", "unknown", NULL};

static const struct tool_param propose_params[] = {
    {"statement", PARAM_STRING, true, .help = "What would be wrong, in one sentence."},
    {"refutes", PARAM_STRING, true, .help = "What you would see if it were not so."},
    {"service", PARAM_STRING, .help = "The service that it is about, as the sources name it."},
    {"resource", PARAM_STRING, .help = "The host, disk, process or other thing it is about."},
    {"metric", PARAM_STRING, .help = "The metric that would show it."},
    {"category", PARAM_ENUM, .fallback = "unknown", .options = categories, .help = "Its kind."},
    {"parent", PARAM_STRING, .help = "The id of the hypothesis that it would explain."},
    {"rationale", PARAM_STRING, .help = "Why it is worth a test."},
    {"priority", PARAM_INT, .fallback = "3", .min = 1, .max = 5, .help = "1 is tested first."},
    {NULL},
};

static enum category category_of(const struct value *args)
{
    struct str given = value_str_or(args, "category", "unknown");

    for (int i = 0; categories[i]; i++) {
        if (str_eq_c(given, categories[i]))
            return (enum category)i;
    }
    return CATEGORY_UNKNOWN;
}

static void run_propose(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    struct inv_hypothesis h = {.statement = text_arg(a, args, "statement", STATEMENT_MAX),
                               .refutes = text_arg(a, args, "refutes", STATEMENT_MAX),
                               .service = text_arg(a, args, "service", 200),
                               .resource = text_arg(a, args, "resource", 200),
                               .metric = text_arg(a, args, "metric", 200),
                               .parent = text_arg(a, args, "parent", 40),
                               .rationale = text_arg(a, args, "rationale", STATEMENT_MAX),
                               .kind = "",
                               .pattern = "",
                               .category = category_of(args),
                               .priority = (int)value_i64_or(args, "priority", 3)};
    const char *id;

    if (!*h.statement || !*h.refutes)
        object(c, "A hypothesis needs a statement, and what would refute it.");
    else if (!*h.service && !*h.resource && !*h.metric)
        object(c, "Name the service, the resource or the metric that it is about: without one no "
                  "evidence can be held against it.");
    else if (*h.parent && !model_hypothesis(inv_model(a->inv), h.parent))
        object(c, "There is no such parent.");
    else if (!(id = inv_propose_as(a->inv, &h, a->actor)))
        say(c, true, "Declined: the tree says that already, is full, or is as deep as it may be.");
    else
        say(c, false,
            arena_printf(agent_arena(a),
                         "%s is in the tree. Test it: ask a tool with hypothesis "
                         "\"%s\", for it and against it.",
                         id, id));
}

static const char *const states[] = {"supported", "confirmed", "refuted", NULL};
static const struct tool_param update_params[] = {
    {"hypothesis", PARAM_STRING, true, .help = "Its id."},
    {"state", PARAM_ENUM, true, .options = states, .help = "What the evidence makes of it."},
    {"reason", PARAM_STRING, true, .help = "Why, in one sentence that names evidence."},
    {NULL},
};

static void tell_confidence(struct agent_call *c, const char *id)
{
    const struct hypothesis *h = model_hypothesis(inv_model(c->agent->inv), id);

    say(c, false,
        arena_printf(agent_arena(c->agent), "%s is %s, confidence %.2f = %s", h->id,
                     hyp_status_words(h), h->confidence, h->terms));
}

/* What speaks for it so far, in a fence: statements quote what sources said. */
static void put_support(struct agent *a, const struct hypothesis *h, struct buf *out)
{
    const struct model *m = inv_model(a->inv);
    struct buf lines = BUF_INIT((size_t)64 << 10);

    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength <= STRENGTH_WEAK)
            buf_addf(&lines, "%s (query %s): %s\n", e->id, e->call, e->statement);
    }
    fence_wrap(&a->inv->engine->fence, out, &(struct fence_source){"evidence", NULL},
               buf_str(&lines), SUPPORT_MAX, NULL);
    buf_release(&lines);
}

/* Once for each hypothesis that only lacks a look for the opposite: that look is asked for, in
 * place of a bare refusal. NULL: this is not the time. */
static const char *challenge(struct agent *a, const struct hypothesis *h)
{
    struct buf support = BUF_INIT((size_t)128 << 10), text = BUF_INIT((size_t)256 << 10);
    struct prompt_var vars[2] = {{"hypothesis", str_from(h ? h->id : "")}};
    const char *words;

    if (!h || a->forced || !judge_unchallenged(inv_model(a->inv), h, agent_arena(a)))
        return NULL;
    VEC_EACH (id, &a->challenged) {
        if (strcmp(*id, h->id) == 0)
            return NULL;
    }
    *VEC_PUSH(&a->challenged) = h->id;
    put_support(a, h, &support);
    vars[1] = (struct prompt_var){"evidence", buf_str(&support)};
    prompts_fill(a->inv->engine->opts.prompts, PROMPT_CHALLENGE, vars, 2, &text);
    words = arena_str(agent_arena(a), buf_str(&text));
    buf_release(&support);
    buf_release(&text);
    return words;
}

static void refuse_state(struct agent_call *c, const struct hypothesis *h, const char *state,
                         const char *why)
{
    struct agent *a = c->agent;
    const char *asked = strcmp(state, "confirmed") == 0 ? challenge(a, h) : NULL;

    agent_refuse(a, arena_printf(agent_arena(a), "%s %s", h->id, state), why, h->id, "", false);
    say(c, true, asked ? asked : arena_printf(agent_arena(a), "Not accepted: %s.", why));
}

static void run_update(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    const struct hypothesis *h = need_hypothesis(c, value_cstr_or(args, "hypothesis", ""));
    const char *state = value_cstr_or(args, "state", ""), *why;
    const char *reason = text_arg(a, args, "reason", STATEMENT_MAX);
    bool refuted = strcmp(state, "refuted") == 0, confirmed = strcmp(state, "confirmed") == 0;

    if (!h)
        return;
    why = refuted     ? judge_unrefuted(inv_model(a->inv), h, agent_arena(a))
          : confirmed ? judge_unproven(inv_model(a->inv), h, agent_arena(a))
          : h->best > STRENGTH_WEAK
              ? arena_printf(agent_arena(a), "no evidence that is recorded speaks for %s", h->id)
              : NULL;
    if (why) {
        refuse_state(c, h, state, why);
    } else if (refuted) {
        inv_prune(a->inv, h->id, reason);
        say(c, false, "It is set aside.");
    } else {
        inv_score_for_model(a->inv, confirmed, h->id, reason);
        tell_confidence(c, h->id);
    }
}

/* ---- evidence ---- */

static const struct tool_param evidence_params[] = {
    {"hypothesis", PARAM_STRING, true, .help = "The id of the hypothesis that it is about."},
    {"call", PARAM_STRING, true, .help = "The id of the query whose answer shows it, such as c12."},
    {"statement", PARAM_STRING, true, .help = "What the answer shows, in one sentence."},
    {"against", PARAM_BOOL, .fallback = "false", .help = "True when it speaks against it."},
    {"quote", PARAM_STRING,
     .help = "For answers that are no series: the words of the answer, exactly as they stand."},
    {NULL},
};

static void refuse_evidence(struct agent_call *c, const struct hypothesis *h, const char *call,
                            const char *statement, const char *why)
{
    struct agent *a = c->agent;

    agent_refuse(a, arena_printf(agent_arena(a), "evidence \"%s\"", statement), why, h->id, call,
                 false);
    say(c, true, arena_printf(agent_arena(a), "Not recorded: %s.", why));
}

static void record(struct agent_call *c, const struct hypothesis *h, const struct tool_run *t,
                   const char *statement, const struct measured *x, enum evidence_strength strength)
{
    struct agent *a = c->agent;
    const char *hyp = h->id, *id;
    struct inv_evidence e = {.hypothesis = hyp,
                             .strength = strength,
                             .statement = statement,
                             .service = x->reading.measured ? x->service : h->service,
                             .metric = x->metric,
                             .resource = x->reading.measured ? x->labels : h->resource,
                             .unit = "",
                             .before = x->before,
                             .after = x->after,
                             .score = x->reading.measured ? x->reading.z : NAN,
                             .window_start_ms = x->from_ms,
                             .window_end_ms = x->until_ms,
                             .onset_ms = x->onset_ms};
    bool scored = h->status == HYP_SUPPORTED || h->status == HYP_CONFIRMED;

    id = inv_add_cited(a->inv, &e, t, a->actor);
    if (scored && strength != STRENGTH_NONE) /* what speaks against it counts at once */
        inv_score_for_model(a->inv, h->status == HYP_CONFIRMED && strength <= STRENGTH_WEAK, hyp,
                            statement);
    say(c, false,
        arena_printf(
            agent_arena(a), "%s is recorded for %s as %s%s.", id, hyp, strength_name(strength),
            x->reading.measured ? arena_printf(agent_arena(a), ": %.1f usual spreads", x->reading.z)
                                : ": a text is weak evidence at most"));
}

static void run_evidence(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    const struct hypothesis *h = need_hypothesis(c, value_cstr_or(args, "hypothesis", ""));
    const char *call = text_arg(a, args, "call", 40), *why;
    const char *statement = text_arg(a, args, "statement", STATEMENT_MAX);
    const struct tool_run *t = model_tool(inv_model(a->inv), call);
    struct measure_times times = agent_times(a);
    struct buf body = BUF_INIT(BODY_MAX);
    enum evidence_strength strength;
    struct measured x;

    if (!h)
        return;
    if (!t || !t->ended || (t->status != TOOL_OK && t->status != TOOL_EMPTY)) {
        refuse_evidence(c, h, call, statement,
                        t ? "that query gave no answer"
                          : "there is no such "
                            "query");
        return;
    }
    agent_body(a, t, &body);
    measure_answer(h, t, buf_str(&body), value_str_or(args, "quote", ""), &times, agent_arena(a),
                   &x);
    if (judge_evidence(&x.reading, value_bool_or(args, "against", false), &strength, &why))
        record(c, h, t, statement, &x, strength);
    else
        refuse_evidence(c, h, call, statement, why);
    buf_release(&body);
}

/* ---- the conclusion ---- */

static const char *const verdicts[] = {"root_cause", "no_action", "inconclusive", NULL};
static const struct tool_param conclude_params[] = {
    {"verdict", PARAM_ENUM, true, .options = verdicts,
     .help = "inconclusive is a good answer when nothing is proven."},
    {"hypothesis", PARAM_STRING, .help = "The id of the cause, for root_cause."},
    {"claims", PARAM_STRING, true,
     .help = "What you claim, a line each; every line ends with the ids of its evidence: "
             "\"db latency rose from 20 ms to 300 ms at 14:00 [E4]\". Others are dropped."},
    {"next", PARAM_STRING, .help = "What a person should look at next, a line each."},
    {NULL},
};

static void on_refused_claim(void *ctx, struct str line, const char *why)
{
    struct agent *a = ctx;

    agent_refuse(a,
                 arena_printf(agent_arena(a), "claim \"%.*s\"",
                              (int)(line.len < 200 ? line.len : 200), line.ptr),
                 why, "", "", false);
}

static void publish_claims(struct agent *a, struct str claims)
{
    struct event ev = {.type = EV_AGENT_TEXT, .actor = a->actor};
    struct buf text = BUF_INIT(AGENT_TEXT_MAX);
    struct str line;
    char id[48];

    while (str_line(&claims, &line))
        buf_addf(&text, "- %.*s\n", STR_FMT(line));
    snprintf(id, sizeof(id), "%s.c", a->message);
    ev.u.agent_text.text = buf_cstr(&text);
    ev.u.agent_text.message = id;
    ev.u.agent_text.last = true;
    inv_publish(a->inv, &ev);
    buf_release(&text);
}

/* Why the model's cause is not one yet; NULL: it is. */
static const char *why_no_cause(struct agent *a, const char *id)
{
    const struct hypothesis *h = model_hypothesis(inv_model(a->inv), id);

    if (!h)
        return *id ? "there is no such hypothesis" : "a root cause needs the id of its hypothesis";
    if (h->status == HYP_CONFIRMED && !*h->rejected_by && !h->by_model)
        return NULL; /* the built-in investigator proved it */
    return judge_unproven(inv_model(a->inv), h, agent_arena(a));
}

/* It can mend that: its words go back to it. False: that was tried, or there is no time. */
static bool send_back(struct agent_call *c, const char *id, const char *why)
{
    struct agent *a = c->agent;
    const struct hypothesis *h = model_hypothesis(inv_model(a->inv), id);
    const char *asked = challenge(a, h);

    agent_refuse(
        a, arena_printf(agent_arena(a), "conclusion that %s is the cause", *id ? id : "something"),
        why, h ? id : "", "", false);
    if (asked)
        say(c, true, asked);
    else if (a->objections++ < OBJECTIONS_MAX && !a->forced)
        say(c, true,
            arena_printf(agent_arena(a),
                         "Not accepted: %s. Mend that, or conclude \"inconclusive\".", why));
    else
        return false;
    return true;
}

static void accept(struct agent_call *c, const char *cause, struct str claims, struct str next)
{
    struct agent *a = c->agent;
    struct str line;

    a->concluded = true;
    if (cause) {
        const struct hypothesis *h = model_hypothesis(inv_model(a->inv), cause);

        if (h->status != HYP_CONFIRMED)
            inv_score_for_model(a->inv, true, cause, "concluded, and judged to be proven");
        a->cause = h->id;
    }
    if (claims.len)
        publish_claims(a, claims);
    while (str_line(&next, &line)) {
        if (str_trim(line).len)
            inv_check(a->inv, a->cause ? a->cause : "", cut(a, line, STATEMENT_MAX));
    }
    say(c, false, "Accepted.");
}

static void run_conclude(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    const char *verdict = value_cstr_or(args, "verdict", ""), *why = NULL;
    const char *id = text_arg(a, args, "hypothesis", 40);
    bool names_cause = strcmp(verdict, "root_cause") == 0;
    struct buf claims = BUF_INIT(AGENT_TEXT_MAX);
    struct str next = value_str_or(args, "next", "");
    size_t kept = judge_claims(inv_model(a->inv), value_str_or(args, "claims", ""), &claims,
                               on_refused_claim, a);

    if (names_cause)
        why = why_no_cause(a, id);
    if (names_cause && !why && !kept)
        why = "none of the claims cites evidence that exists";
    if (!why || !send_back(c, id, why))
        accept(c, names_cause && !why ? id : NULL, buf_str(&claims), next);
    buf_release(&claims);
}

/* ---- the person ---- */

static const struct tool_param ask_params[] = {
    {"question", PARAM_STRING, true, .help = "One question that only a person can answer."},
    {"options", PARAM_STRING, .help = "Answers to choose from, a line each."},
    {NULL},
};

static void run_ask(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    struct event ev = {.type = EV_AGENT_ASKED, .actor = a->actor};
    struct str options = value_str_or(args, "options", ""), line;
    const char *list[OPTIONS_MAX];
    size_t n = 0;

    if (!a->inv->engine->opts.interactive) {
        say(c, true, "Nobody is there to answer. Go on with what can be looked at.");
        return;
    }
    if (a->state == AGENT_ASKS) {
        say(c, true, "Ask one question at a time.");
        return;
    }
    while (n < OPTIONS_MAX && str_line(&options, &line)) {
        if (str_trim(line).len)
            list[n++] = cut(a, line, 120);
    }
    ev.u.agent_asked.id = c->id;
    ev.u.agent_asked.text = text_arg(a, args, "question", STATEMENT_MAX);
    ev.u.agent_asked.options = (struct strings){list, n};
    a->state = AGENT_ASKS;
    inv_publish(a->inv, &ev);
    inv_hold_time(a->inv);
}

/* ---- a proposal ---- */

static const char *const risks[] = {"low", "medium", "high", "critical", NULL};
static const struct tool_param action_params[] = {
    {"action", PARAM_STRING, true, .help = "What a person could do, in one sentence."},
    {"hypothesis", PARAM_STRING, true, .help = "The id of the hypothesis that it would mend."},
    {"evidence", PARAM_STRING, true, .help = "The ids of the evidence that it rests on."},
    {"rollback", PARAM_STRING, true, .help = "How to undo it, or \"none possible\"."},
    {"risk", PARAM_ENUM, true, .options = risks, .help = "How much it may break."},
    {"command", PARAM_STRING, .help = "The command, when it is one. Nothing here runs it."},
    {"watch", PARAM_STRING, .help = "What shows that it helped."},
    {NULL},
};

/* NULL: evidence that code measured stands behind it. */
static const char *why_suspect(struct agent *a, const struct value *args)
{
    const struct model *m = inv_model(a->inv);
    const char *const *ids;
    size_t n = judge_citations(value_str_or(args, "evidence", ""), agent_arena(a), &ids);
    bool exists = false;

    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = model_evidence(m, ids[i]);

        exists = exists || judge_exists(m, ids[i]);
        if (e && e->strength <= STRENGTH_WEAK && (!e->by_model || !isnan(e->score)))
            return NULL;
    }
    return exists ? "its only support is text that a tool returned, and anybody can have written "
                    "that; nothing was done"
                  : "no evidence stands behind it; nothing was done";
}

static void run_action(struct agent_call *c, const struct value *args)
{
    struct agent *a = c->agent;
    struct ev_remediation_proposed s = {.action = text_arg(a, args, "action", STATEMENT_MAX),
                                        .hypothesis = text_arg(a, args, "hypothesis", 40),
                                        .rollback = text_arg(a, args, "rollback", STATEMENT_MAX),
                                        .command = text_arg(a, args, "command", STATEMENT_MAX),
                                        .watch = text_arg(a, args, "watch", STATEMENT_MAX)};
    const char *why = why_suspect(a, args), *risk = value_cstr_or(args, "risk", "high");

    if (!why)
        why = agent_only_in_data(a, s.command);

    for (int i = 0; risks[i]; i++) {
        if (strcmp(risk, risks[i]) == 0)
            s.risk = i;
    }
    if (why) {
        agent_refuse(a,
                     arena_printf(agent_arena(a), "the model proposes \"%s\"%s%s", s.action,
                                  *s.command ? ": " : "", s.command),
                     why, "", "", true);
        say(c, true, arena_printf(agent_arena(a), "Not proposed: %s. The person was warned.", why));
        return;
    }
    if (!need_hypothesis(c, s.hypothesis))
        return;
    inv_propose_step(a->inv, &s);
    say(c, false,
        "It is shown to the person when that hypothesis turns out to be the cause. "
        "Nothing is run.");
}

/* ---- the table ---- */

#define ROW(row, tool, words, parameters, runs, only)                                              \
    static const struct agent_tool row = {                                                         \
        {.name = tool, .help = words, .params = parameters, .risk = RISK_READ}, runs, only}

ROW(propose, "hypothesis_propose", "Put a hypothesis into the tree, to be tested.", propose_params,
    run_propose, true);
ROW(update, "hypothesis_update",
    "Say what the evidence makes of a hypothesis; code checks it and computes the confidence.",
    update_params, run_update, true);
ROW(evidence, "evidence_record",
    "Record what an answer shows about a hypothesis; code reads the answer and sets the strength.",
    evidence_params, run_evidence, true);
ROW(conclude, "conclude", "End the investigation with a verdict and claims that cite evidence.",
    conclude_params, run_conclude, true);
ROW(ask, "ask_user", "Ask the person one question, when only a person can know.", ask_params,
    run_ask, false);
ROW(action, "propose_action",
    "Propose something that a person could do about a cause; nothing is run.", action_params,
    run_action, false);

static const struct agent_tool *const table[] = {
    &propose, &update,           &evidence,        &conclude, &ask,
    &action,  &agent_skill_list, &agent_tool_plan, NULL};

const struct agent_tool *const *agent_tool_table(void)
{
    return table;
}
