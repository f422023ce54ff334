/* eval_score.c - what an answer is worth, by the rules that the published figures are computed
 * with, so that they compare. AC@k: the cause is among the first k candidates; Avg@5: the mean of
 * AC@1 to AC@5. A healthy window is answered rightly by no candidate at all. Pure. Sources of the
 * rules of a system: PetShop, Hardt et al., CLeaR 2024 (a repeated service uses up ranks); Sock
 * Shop, Pham et al., ASE 2024, RCAEval (a database counts as its service, repeated services count
 * once); Online Boutique, Yu et al., FSE 2023 (a pod counts as its service). These are about how an
 * answer is counted; the investigator knows none of it. */
#include "src/app/eval.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

enum { KEEP_REPEATS = 1, FOLD_DB = 2, FOLD_POD = 4 };

static const struct {
    const char *system;
    int rules;
} systems[] = {
    {"petshop", KEEP_REPEATS},
    {"sock-shop", FOLD_DB},
    {"online-boutique", FOLD_POD},
};

static int rules_of(const char *system)
{
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
        if (strcmp(systems[i].system, system) == 0)
            return systems[i].rules;
    }
    return 0;
}

/* "-7f8b9c-x2x4z": a replica set's hash and a pod's five letters. */
static size_t pod_suffix(struct str s)
{
    size_t at = s.len, n = 0;

    while (at && isalnum((unsigned char)s.ptr[at - 1]) && !isupper((unsigned char)s.ptr[at - 1]))
        at--, n++;
    if (n != 5 || !at || s.ptr[at - 1] != '-')
        return 0;
    for (at--, n = 0;
         at && isxdigit((unsigned char)s.ptr[at - 1]) && !isupper((unsigned char)s.ptr[at - 1]);
         at--)
        n++;
    return n && at && s.ptr[at - 1] == '-' ? s.len - at + 1 : 0;
}

static void fold(int rules, const char *service, struct buf *out)
{
    struct str s = str_trim(str_from(service)), db = STR_LIT("-db");
    ptrdiff_t at;

    if (rules & FOLD_POD)
        s.len -= pod_suffix(s);
    while ((rules & FOLD_DB) && (at = str_find(s, db)) >= 0) {
        buf_add(out, s.ptr, (size_t)at);
        s.ptr += at + 3;
        s.len -= (size_t)at + 3;
    }
    buf_add_str(out, s);
    buf_adds(out, "");
}

static bool is_right(const struct eval_truth *t, struct str name)
{
    if (str_eq_c(name, t->service))
        return true;
    for (size_t i = 0; i < t->accept_count; i++) {
        if (str_eq_c(name, t->accept[i]))
            return true;
    }
    return false;
}

/* Is candidate `at` one whose folded name came before? */
static bool repeated(int rules, const struct eval_answer *a, size_t at, struct str name)
{
    struct buf other = BUF_INIT(4096);
    bool same = false;

    for (size_t i = 0; i < at && !same; i++) {
        buf_clear(&other);
        fold(rules, a->candidates[i].service, &other);
        same = str_eq(buf_str(&other), name);
    }
    buf_release(&other);
    return same;
}

/* The rank, from 1, at which the service stands; 0: nowhere. */
static int service_rank(const struct eval_truth *t, const struct eval_answer *a)
{
    int rules = rules_of(t->system), rank = 0, found = 0;
    struct buf name = BUF_INIT(4096);

    for (size_t i = 0; i < a->candidate_count && !found; i++) {
        buf_clear(&name);
        fold(rules, a->candidates[i].service, &name);
        if (!(rules & KEEP_REPEATS) && repeated(rules, a, i, buf_str(&name)))
            continue;
        rank++;
        if (is_right(t, buf_str(&name)))
            found = rank;
    }
    buf_release(&name);
    return found;
}

const char *eval_metric_class(const char *name)
{
    static const struct {
        const char *class, *word;
        bool at_end;
    } words[] = {
        {"cpu", "cpu", false},    {"mem", "mem", false},
        {"lat", "lat", false},    {"lat", "duration_seconds", true},
        {"lod", "lod", false},    {"lod", "load", false},
        {"lod", "_count", false}, {"lod", "requests", false},
        {"err", "err", false},
    };
    struct str s = str_from(name);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        ptrdiff_t at = str_ifind(s, str_from(words[i].word));
        size_t end = at < 0 ? 0 : (size_t)at + strlen(words[i].word);

        if (at >= 0 && (!words[i].at_end || end == s.len || s.ptr[end] == '{'))
            return words[i].class;
    }
    return name;
}

static int metric_rank(const struct eval_truth *t, const struct eval_answer *a)
{
    for (size_t i = 0; i < a->candidate_count; i++) {
        const struct eval_candidate *c = &a->candidates[i];

        if (str_eq_c(str_trim(str_from(c->service)), t->service) &&
            strcmp(eval_metric_class(c->metric), t->metric) == 0)
            return (int)i + 1;
    }
    return 0;
}

void eval_score(struct eval_case *c)
{
    const struct eval_truth *t = &c->truth;
    bool answered = c->state == EVAL_ANSWERED;
    int metric = 0;

    c->rank = 0;
    c->quiet = answered && c->answer.candidate_count == 0;
    if (answered && t->kind == EVAL_FAULT) {
        c->rank = service_rank(t, &c->answer);
        metric = t->metric ? metric_rank(t, &c->answer) : 0;
    }
    for (int k = 0; k < EVAL_RANKS; k++) {
        c->hit[k] = c->rank && c->rank <= k + 1;
        c->metric_hit[k] = metric && metric <= k + 1;
    }
    if (*c->expects)
        eval_fixture_score(c);
}

static struct eval_total *total_of(struct eval *ev, const char *name)
{
    VEC_EACH (t, &ev->totals) {
        if (strcmp(t->name, name) == 0)
            return t;
    }
    *VEC_PUSH(&ev->totals) = (struct eval_total){.name = name};
    return &ev->totals.items[ev->totals.count - 1];
}

static bool cause_is_right(const struct eval_case *c)
{
    struct buf name = BUF_INIT(4096);
    bool right;

    fold(rules_of(c->truth.system), c->answer.service, &name);
    right = is_right(&c->truth, buf_str(&name));
    buf_release(&name);
    return right;
}

static void add(struct eval_total *t, const struct eval_case *c)
{
    bool named = strcmp(c->answer.verdict, "root_cause") == 0 && c->state == EVAL_ANSWERED;

    if (*c->expects) {
        t->fixtures++;
        t->passed += c->passed;
    }
    if (c->truth.kind == EVAL_UNKNOWN)
        return;
    t->named += named;
    if (c->truth.kind == EVAL_HEALTHY) {
        t->healthy++;
        t->quiet += c->quiet;
        return;
    }
    t->named_right += named && cause_is_right(c);
    t->faults++;
    t->metrics += c->truth.metric != NULL;
    for (int k = 0; k < EVAL_RANKS; k++) {
        t->hits[k] += c->hit[k];
        t->metric_hits[k] += c->metric_hit[k];
    }
}

static int by_name(const void *a, const void *b)
{
    const struct eval_total *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void eval_sum(struct eval *ev)
{
    struct eval_total all = {.name = "all"};

    ev->totals.count = 0;
    VEC_EACH (c, &ev->cases) {
        add(&all, c);
        if (c->truth.kind == EVAL_UNKNOWN || !*c->truth.system)
            continue;
        add(total_of(ev, c->truth.system), c);
        if (*c->truth.group)
            add(total_of(ev, arena_printf(ev->arena, "%s %s", c->truth.system, c->truth.group)), c);
    }
    if (ev->totals.count)
        qsort(ev->totals.items, ev->totals.count, sizeof(*ev->totals.items), by_name);
    *VEC_PUSH(&ev->totals) = all;
}

static double share(size_t n, size_t of)
{
    return of ? (double)n / (double)of : NAN;
}

double eval_figure_of(const struct eval_total *t, enum eval_figure f)
{
    double sum = 0;

    switch (f) {
    case EVAL_TOP1:
        return share(t->hits[0], t->faults);
    case EVAL_TOP3:
        return share(t->hits[2], t->faults);
    case EVAL_TOP5:
        return share(t->hits[4], t->faults);
    case EVAL_AVG5:
        for (int k = 0; k < EVAL_RANKS; k++)
            sum += share(t->hits[k], t->faults);
        return sum / EVAL_RANKS;
    case EVAL_METRIC1:
        return share(t->metric_hits[0], t->metrics);
    case EVAL_HEALTHY_SHARE:
        return share(t->quiet, t->healthy);
    case EVAL_PASS:
        return share(t->passed, t->fixtures);
    case EVAL_FIGURES:
        break;
    }
    return NAN;
}

static const char *const figure_names[EVAL_FIGURES] = {
    [EVAL_TOP1] = "top1", [EVAL_TOP3] = "top3",       [EVAL_TOP5] = "top5",
    [EVAL_AVG5] = "avg5", [EVAL_METRIC1] = "metric1", [EVAL_HEALTHY_SHARE] = "healthy",
    [EVAL_PASS] = "pass",
};

const char *eval_figure_name(enum eval_figure f)
{
    return figure_names[f];
}

bool eval_figure_find(struct str name, enum eval_figure *ret)
{
    for (int i = 0; i < EVAL_FIGURES; i++) {
        if (str_eq_c(name, figure_names[i])) {
            *ret = (enum eval_figure)i;
            return true;
        }
    }
    return false;
}

bool eval_check_bars(struct eval *ev)
{
    bool met = true;

    VEC_EACH (b, &ev->bars) {
        b->got = NAN;
        VEC_EACH (t, &ev->totals) {
            if (strcmp(t->name, *b->group ? b->group : "all") == 0)
                b->got = eval_figure_of(t, b->figure);
        }
        b->met = b->got >= b->want - 1e-9; /* not a number is under every bar */
        met = met && b->met;
    }
    return met;
}
