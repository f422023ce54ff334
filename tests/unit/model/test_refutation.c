/* test_refutation.c - what a node says of its refutation agrees with its state: a pruned one tells
 * why it was pruned, one that stands what speaks for it, one that nobody could look at that it is
 * not ruled out. R-12 R-97 */
#include "tests/lib/unit.h"

#include <stdio.h>

#include "runbook/model/refutation.h"

/* What happened to H1, a letter each:
 *   s w n c  evidence: strong, weak, none, contradicts (E1, E2, ...); f: none, its call failed
 *   q x r    a query of its own: answered, failed, still running
 *   g        a gap    R  a person rejects it    m  (first) a model proposed it
 *   P  pruned because "its reason"    =  pruned in the words of its last evidence
 *   p  pruned without a reason        S C  supported, confirmed */
static const struct {
    const char *happened;
    const char *words;
    bool ruled_out;
} cases[] = {
    /* open */
    {"", "looked for: not yet", false},
    {"r", "looked for: not yet", false},
    {"rg", "looked for: not yet", false},
    {"q", "looked for: not yet", false},
    {"x", "looked for: could not be seen", false},
    {"xq", "looked for: not yet", false},
    {"g", "looked for: could not be seen", false},
    {"s", "looked for: yes, not found; E1 speaks for H1", false},
    {"n", "looked for: yes; E1 does not speak for H1", false},
    {"xf", "looked for: could not be seen", false},
    /* it stands */
    {"sS", "looked for: yes, not found; E1 speaks for H1", false},
    {"wsC", "looked for: yes, not found; E2 speaks for H1", false},
    {"swC", "looked for: yes, not found; E1 speaks for H1", false},
    {"sswS", "looked for: yes, not found; E2 speaks for H1", false},
    {"snC", "looked for: yes, not found; E1 speaks for H1", false}, /* a control that was clean */
    {"scS", "looked for: yes; E2 speaks against H1, E1 for it", false},
    {"csC", "looked for: yes; E1 speaks against H1, E2 for it", false},
    /* a model names what it has read: nobody has looked for the opposite yet */
    {"msS", "looked for: not yet", false},
    {"msqS", "looked for: yes, not found; E1 speaks for H1", false},
    {"msxS", "looked for: could not be seen", false},
    /* pruned */
    {"sP", "looked for: E1 speaks for H1, yet it was pruned: its reason", true},
    {"wP", "looked for: E1 speaks for H1, yet it was pruned: its reason", true},
    {"nsP", "looked for: E2 speaks for H1, yet it was pruned: its reason", true},
    {"s=", "looked for: E1 speaks for H1, yet it was pruned: E1 is so", true},
    {"nP", "looked for: yes; E1 does not speak for H1: its reason", true},
    {"n=", "looked for: yes; E1 does not speak for H1", true},
    {"nn=", "looked for: yes; E2 does not speak for H1", true},
    {"scP", "looked for: yes; E2 speaks against H1: its reason", true},
    {"cn=", "looked for: yes; E1 speaks against H1: E2 is so", true},
    {"c=", "looked for: yes; E1 speaks against H1", true},
    {"P", "looked for: its reason", true},
    {"qP", "looked for: its reason", true},
    {"p", "looked for: not yet", true},
    /* pruned, and nobody has seen anything */
    {"xP", "looked for: could not be seen; it is not ruled out", false},
    {"gP", "looked for: could not be seen; it is not ruled out", false},
    {"xf=", "looked for: could not be seen; it is not ruled out", false},
    {"gnP", "looked for: yes; E1 does not speak for H1: its reason", true},
    {"xqP", "looked for: its reason", true},
    /* rejected by a person */
    {"R", "looked for: no, H1 was rejected first", true},
    {"sR", "looked for: E1 speaks for H1, yet it was rejected: not that", true},
};

struct run {
    struct model m;
    int64_t clock_ms;
    int evidence, calls;
    char last[32]; /* the statement of the last evidence */
    char open[16]; /* the call that failed last */
    bool by_model;
};

static void apply(struct run *r, struct event ev)
{
    event_normalize(&ev);
    if (r->by_model)
        ev.actor = "llm:test";
    ev.seq = r->m.seq + 1;
    ev.ts_ms = r->clock_ms += 10;
    model_apply(&r->m, &ev);
}

static void call(struct run *r, const char *hyp, bool ends, enum tool_status status)
{
    snprintf(r->open, sizeof(r->open), "c%d", ++r->calls);
    apply(r, (struct event){.type = EV_TOOL_STARTED,
                            .u.tool_started = {
                                .call = r->open, .tool = "look", .hypothesis = hyp, .args = {0}}});
    if (ends)
        apply(r, (struct event){.type = EV_TOOL_ENDED,
                                .u.tool_ended = {.call = r->open, .status = status}});
}

static void evidence(struct run *r, enum evidence_strength s, bool failed)
{
    char id[16];

    if (!failed) /* read from an answer of somebody else's query */
        call(r, "", true, TOOL_OK);
    snprintf(id, sizeof(id), "E%d", ++r->evidence);
    snprintf(r->last, sizeof(r->last), "%s is so", id);
    apply(r, (struct event){.type = EV_EVIDENCE_ADDED,
                            .u.evidence_added = {.id = id,
                                                 .call = r->open,
                                                 .hypothesis = "H1",
                                                 .strength = s,
                                                 .statement = r->last}});
}

static void prune(struct run *r, const char *reason)
{
    apply(r, (struct event){.type = EV_HYPOTHESIS_PRUNED,
                            .u.hypothesis_id = {.id = "H1", .reason = reason}});
}

static void score(struct run *r, enum event_type type)
{
    apply(r, (struct event){
                 .type = type,
                 .u.hypothesis_scored = {.id = "H1", .confidence = 0.9, .reason = r->last}});
}

static void step(struct run *r, char what)
{
    switch (what) {
    case 's':
        evidence(r, STRENGTH_STRONG, false);
        break;
    case 'w':
        evidence(r, STRENGTH_WEAK, false);
        break;
    case 'n':
        evidence(r, STRENGTH_NONE, false);
        break;
    case 'c':
        evidence(r, STRENGTH_CONTRADICTS, false);
        break;
    case 'f':
        evidence(r, STRENGTH_NONE, true);
        break;
    case 'q':
        call(r, "H1", true, TOOL_EMPTY);
        break;
    case 'x':
        call(r, "H1", true, TOOL_DENIED);
        break;
    case 'r':
        call(r, "H1", false, TOOL_OK);
        break;
    case 'g':
        apply(r, (struct event){.type = EV_GAP_NOTED,
                                .u.gap_noted = {.what = "it", .why = "no", .hypothesis = "H1"}});
        break;
    case 'R':
        apply(r, (struct event){.type = EV_HYPOTHESIS_STEERED,
                                .u.hypothesis_steered = {
                                    .id = "H1", .act = STEER_REJECT, .text = "not that"}});
        break;
    case 'P':
        prune(r, "its reason");
        break;
    case 'p':
        prune(r, "");
        break;
    case '=':
        prune(r, r->last);
        break;
    case 'S':
        score(r, EV_HYPOTHESIS_SUPPORTED);
        break;
    case 'C':
        score(r, EV_HYPOTHESIS_CONFIRMED);
        break;
    default:
        fail_msg("no step %c", what);
    }
}

static void test_words(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *at = cases[i].happened;
        struct run r = {.clock_ms = 1000, .by_model = *at == 'm'};
        struct buf words = BUF_INIT(1000);
        const struct hypothesis *h;

        model_init(&r.m);
        apply(&r, (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                                 .u.hypothesis_proposed = {
                                     .id = "H1", .statement = "it", .refutes = "the opposite"}});
        for (at += r.by_model; *at; at++)
            step(&r, *at);
        h = model_hypothesis(&r.m, "H1");
        assert_int_equal(h->by_model, r.by_model);
        hyp_refutation_words(&r.m, h, &words);
        if (strcmp(buf_cstr(&words), cases[i].words) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].happened, buf_cstr(&words), cases[i].words);
        if (hyp_is_ruled_out(&r.m, h) != cases[i].ruled_out)
            fail_msg("%s: ruled out: %d", cases[i].happened, !cases[i].ruled_out);
        buf_release(&words);
        model_release(&r.m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

    return cmocka_run_group_tests_name("refutation", tests, NULL, NULL);
}
