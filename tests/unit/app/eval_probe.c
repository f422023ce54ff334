/* eval_probe.c - the scores of `runbook eval` for given predictions, for a comparison with
 * score.py: eval_probe PREDICTIONS TRUTH prints "GROUP top1 top3 top5 avg5 metric1 healthy", a line
 * each. */
#include <stdio.h>

#include "src/app/eval.h"

static void add_case(struct eval *ev, const struct value *truth, const struct value *said)
{
    struct eval_case c = {.id = arena_str(ev->arena, truth->key), .expects = ""};
    const struct value *ranked = NULL;
    struct eval_candidate *all;

    VALUE_EACH (v, said) {
        if (str_eq(v->key, truth->key))
            ranked = v;
    }
    c.state = ranked ? EVAL_ANSWERED : EVAL_FAILED;
    c.answer = (struct eval_answer){.verdict = "", .cause = "", .service = ""};
    all = arena_array(ev->arena, value_count(ranked) + 1, sizeof(*all));
    VALUE_EACH (v, ranked) {
        all[c.answer.candidate_count].service =
            arena_str(ev->arena, value_str_or(v, "service", ""));
        all[c.answer.candidate_count++].metric =
            arena_str(ev->arena, value_str_or(v, "metric", ""));
    }
    c.answer.candidates = all;
    c.truth.kind = str_eq_c(value_str_or(truth, "kind", ""), "healthy") ? EVAL_HEALTHY : EVAL_FAULT;
    c.truth.system = value_cstr_or(truth, "system", "");
    c.truth.group = value_cstr_or(truth, "group", "");
    c.truth.service = value_cstr_or(truth, "service", NULL);
    c.truth.metric = value_cstr_or(truth, "metric", NULL);
    eval_score(&c);
    *VEC_PUSH(&ev->cases) = c;
}

int main(int argc, char **argv)
{
    struct eval ev = {.arena = arena_new(0)};
    const struct value *said, *truth;
    struct str text;
    struct err err;

    if (argc != 3 || eval_json_file(&ev, argv[1], &text, &said, &err) ||
        eval_json_file(&ev, argv[2], &text, &truth, &err)) {
        fprintf(stderr, "eval_probe: %s\n", argc == 3 ? err.msg : "PREDICTIONS TRUTH");
        return 2;
    }
    VALUE_EACH (t, truth)
        add_case(&ev, t, said);
    eval_sum(&ev);
    VEC_EACH (t, &ev.totals) {
        printf("%s", t->name);
        for (int f = EVAL_TOP1; f <= EVAL_HEALTHY_SHARE; f++)
            printf(" %.3f", eval_figure_of(t, (enum eval_figure)f));
        printf("\n");
    }
    VEC_RELEASE(&ev.cases);
    VEC_RELEASE(&ev.totals);
    arena_free(ev.arena);
    return 0;
}
