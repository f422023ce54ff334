/* steer_test.c - the tests that a person asks for, and what a rejection takes back.
 * A test waits until the first look around is over (its queries need no hypothesis, ours do), asks
 * every module that has something for it, and is judged when all have answered: from the evidence
 * that was recorded meanwhile, as everything else. When no module has anything, that is said and
 * the hypothesis stays open: not looked at is not refuted. */
#include "investigation_priv.h"
#include "steer_priv.h"

#include <ctype.h>
#include <string.h>

bool inv_is_rejected(const struct investigation *inv, const char *hyp)
{
    const struct hypothesis *h = hyp ? model_hypothesis(inv_model(inv), hyp) : NULL;

    return h && *h->rejected_by;
}

/* ---- words ---- */

/* Words that are in many statements, and say nothing about what to look at. */
static bool is_noise(struct str w)
{
    static const char *const noise[] = {
        "the",  "and",   "for",   "that",  "with",    "has",  "are",  "was",  "its",
        "from", "this",  "not",   "does",  "too",     "all",  "out",  "our",  "use",
        "used", "host",  "some",  "any",   "one",     "into", "have", "been", "because",
        "grow", "grows", "runs",  "keeps", "more",    "less", "than", "slow", "high",
        "low",  "bad",   "wrong", "got",   "process", "away", NULL};

    for (size_t i = 0; noise[i]; i++) {
        if (w.len == strlen(noise[i]) && str_ifind(w, str_from(noise[i])) == 0)
            return true;
    }
    return w.len < 3;
}

static bool next_word(struct str *rest, struct str *ret)
{
    while (rest->len && !isalnum((unsigned char)rest->ptr[0]))
        *rest = (struct str){rest->ptr + 1, rest->len - 1};
    *ret = (struct str){rest->ptr, 0};
    while (ret->len < rest->len && isalnum((unsigned char)rest->ptr[ret->len]))
        ret->len++;
    *rest = (struct str){rest->ptr + ret->len, rest->len - ret->len};
    return ret->len > 0;
}

static bool same_word(struct str a, struct str b)
{
    size_t n = 0;

    while (n < a.len && n < b.len &&
           tolower((unsigned char)a.ptr[n]) == tolower((unsigned char)b.ptr[n]))
        n++;
    return (n == a.len && n == b.len) || (n >= 4 && (n == a.len || n == b.len));
}

int steer_common_words(struct str text, struct str of)
{
    struct str word, other;
    int n = 0;

    while (next_word(&text, &word)) {
        struct str rest = of;
        bool found = false;

        if (is_noise(word))
            continue;
        while (!found && next_word(&rest, &other))
            found = same_word(word, other);
        n += found;
    }
    return n;
}

/* ---- tests ---- */

static struct steer_test *find_test(struct investigation *inv, const char *hyp)
{
    for (size_t i = inv->tests.count; i-- > 0;) {
        if (strcmp(inv->tests.items[i].hypothesis, hyp) == 0)
            return &inv->tests.items[i];
    }
    return NULL;
}

static void say_limit(struct investigation *inv, const char *text)
{
    struct event ev = {.type = EV_LIMIT_WARNED, .actor = "engine"};

    ev.u.limit_warned.tool = "";
    ev.u.limit_warned.text = text;
    engine_publish(inv->engine, &ev);
}

static void on_pump_tests(void *ctx)
{
    struct investigation *inv = ctx;

    inv->test_timer = 0;
    inv_pump_tests(inv);
    inv_maybe_end(inv);
}

void inv_want_test(struct investigation *inv, const char *hyp, bool again)
{
    struct steer_test *t = find_test(inv, hyp);

    if (t && !t->done)
        return; /* it is under way */
    *VEC_PUSH(&inv->tests) = (struct steer_test){.hypothesis = hyp, .again = again};
    inv_wake_tests(inv);
}

void inv_wake_tests(struct investigation *inv)
{
    if (!inv->test_timer && !inv->over && inv->tests.count)
        inv->test_timer = loop_timer(inv_loop(inv), 0, on_pump_tests, inv);
}

bool inv_tests_done(struct investigation *inv)
{
    VEC_EACH (t, &inv->tests) {
        if (!t->done)
            return false;
    }
    return true;
}

/* Nothing can test it: said in words, noted as a gap, left open. */
static void say_untestable(struct investigation *inv, const char *hyp, bool again)
{
    struct err err;

    if (again) {
        say_limit(inv, arena_printf(
                           inv->arena,
                           "no further test for %s: what the tools can ask for it was asked", hyp));
        return;
    }
    err_set(&err, ERR_NOT_FOUND,
            "no pattern of a machine or of AWS and no metric of a server matches its words");
    inv_gap(inv, hyp, arena_printf(inv->arena, "a test of %s", hyp), &err);
}

struct tally {
    size_t strong, weak, against, none;
    const char *last; /* statement of the last one */
};

static struct tally count_new(const struct investigation *inv, const struct hypothesis *h,
                              size_t first)
{
    const struct model *m = inv_model(inv);
    struct tally t = {.last = ""};

    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (h->evidence.items[i] < first)
            continue;
        t.strong += e->strength == STRENGTH_STRONG;
        t.weak += e->strength == STRENGTH_WEAK;
        t.against += e->strength == STRENGTH_CONTRADICTS;
        t.none += e->strength == STRENGTH_NONE;
        t.last = e->statement;
    }
    return t;
}

static void add_candidate(struct investigation *inv, const struct hypothesis *h)
{
    struct ev_candidate_ranked c = {.service = h->service,
                                    .metric = h->metric,
                                    .resource = h->resource,
                                    .category = h->kind,
                                    .statement = h->statement,
                                    .hypothesis = h->id,
                                    .score = h->confidence};

    for (size_t i = 0; i < inv->candidates.count; i++) {
        if (strcmp(inv->candidates.items[i].hypothesis, h->id) == 0) {
            inv->candidates.items[i].score = h->confidence;
            return;
        }
    }
    inv_candidate(inv, &c);
}

/* Two strong observations and none against confirm; the confidence still has its own threshold. */
static void judge_test(struct investigation *inv, const struct steer_test *t)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *h = model_hypothesis(m, t->hypothesis);
    struct tally now = count_new(inv, h, t->first_evidence), all = count_new(inv, h, 0);
    bool confirm = (all.strong >= 2 || h->status == HYP_CONFIRMED) && !now.against;

    if (*h->rejected_by)
        return;
    if (!now.strong && !now.weak && !now.against && !now.none) {
        if (!h->gaps.count || t->again)
            say_untestable(inv, t->hypothesis, t->again);
    } else if (!all.strong && !all.weak) {
        if (h->status != HYP_PRUNED)
            inv_prune(inv, h->id, now.last);
    } else {
        inv_publish_scored(inv, confirm, h->id, now.last);
        add_candidate(inv, model_hypothesis(m, t->hypothesis));
    }
}

void inv_test_more(struct investigation *inv, const char *hyp, size_t answers)
{
    struct steer_test *t = find_test(inv, hyp);

    if (t && !t->done)
        t->waiting += answers;
}

void inv_test_done(struct investigation *inv, const char *hyp)
{
    struct steer_test *t = find_test(inv, hyp);

    if (!t || t->done || !t->waiting || --t->waiting)
        return;
    judge_test(inv, t);
    t = find_test(inv, hyp); /* judging may have moved them */
    if (t)
        t->done = true;
    inv_wake_tests(inv); /* the caller is inside a callback of its query: end the turn later */
}

static void start_test(struct investigation *inv, size_t at)
{
    const char *hyp = inv->tests.items[at].hypothesis;
    bool again = inv->tests.items[at].again;
    size_t asked = 0;

    inv->tests.items[at].started = true;
    inv->tests.items[at].waiting = 1; /* holds it open while the modules ask */
    inv->tests.items[at].first_evidence = inv_model(inv)->evidence.count;
    for (const struct inv_module *const *m = inv->engine_modules; *m; m++) {
        if ((*m)->test && (*m)->applies(inv) && !inv_is_rejected(inv, hyp))
            asked += (*m)->test(inv, hyp, again);
    }
    inv->tests.items[at].waiting += asked;
    inv_test_done(inv, hyp);
}

void inv_pump_tests(struct investigation *inv)
{
    /* Modules that still look around ask without a hypothesis, which a later phase refuses. */
    if (inv->over || inv->starting || (inv->active && inv_model(inv)->phase <= PHASE_TRIAGE))
        return;
    for (size_t i = 0; i < inv->tests.count && !inv->over; i++) {
        if (!inv->tests.items[i].started)
            start_test(inv, i);
    }
}

/* ---- rejection ---- */

static bool only_rejected(const struct investigation *inv, const struct query *q)
{
    for (size_t i = 0; i < q->askers.count; i++) {
        if (!inv_is_rejected(inv, q->askers.items[i].hypothesis))
            return false;
    }
    return q->askers.count > 0;
}

void inv_cancel_rejected(struct investigation *inv)
{
    for (size_t i = 0; i < inv->queries.count; i++) {
        struct query *q = inv->queries.items[i];

        if (q->state == QUERY_DONE || !only_rejected(inv, q))
            continue;
        if (q->run)
            tool_run_cancel(inv->engine->runner, q->run); /* its askers hear TOOL_CANCELED */
        else if (q->state == QUERY_WAITING)
            inv_drop_waiting(inv, q);
    }
}
