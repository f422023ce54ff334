/* judge.c - see judge.h. */
#include "runbook/engine/judge.h"

#include <math.h>
#include <string.h>

#include "runbook/model/refutation.h"

#define IDS_MAX 64

bool judge_evidence(const struct judge_reading *r, bool against, enum evidence_strength *ret,
                    const char **ret_why)
{
    bool changed = r->measured && fabs(r->z) >= JUDGE_WEAK_Z && r->rel >= JUDGE_MIN_REL;

    *ret_why = NULL;
    if (!r->about)
        *ret_why = "the answer names neither the service, the resource nor the metric of the "
                   "hypothesis";
    else if (!r->measured && !r->quoted)
        *ret_why = "nothing in the answer could be measured, and the quotation does not stand in "
                   "it word for word";
    else if (against && changed)
        *ret_why = "what was measured did change, which does not speak against it";
    if (*ret_why)
        return false;
    if (against)
        *ret = r->measured && r->own_metric ? STRENGTH_CONTRADICTS : STRENGTH_NONE;
    else if (changed)
        *ret = fabs(r->z) >= JUDGE_STRONG_Z ? STRENGTH_STRONG : STRENGTH_WEAK;
    else
        *ret = r->measured ? STRENGTH_NONE : STRENGTH_WEAK;
    return true;
}

/* Two pieces of one look are one: the same call, or the same metric of the same thing. */
static bool same_look(const struct evidence *a, const struct evidence *b)
{
    return strcmp(a->call, b->call) == 0 ||
           (*a->metric && strcmp(a->metric, b->metric) == 0 &&
            strcmp(a->service, b->service) == 0 && strcmp(a->resource, b->resource) == 0);
}

struct tally {
    size_t looks, strong, against;
    const struct evidence *contradicts;
};

#define LOOKS_MAX 16 /* two are enough */

static struct tally tally_of(const struct model *m, const struct hypothesis *h)
{
    const struct evidence *looks[LOOKS_MAX];
    struct tally t = {0};

    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];
        bool again = t.looks == LOOKS_MAX;

        if (e->strength == STRENGTH_CONTRADICTS) {
            t.against++;
            t.contradicts = e;
        }
        if (e->strength > STRENGTH_WEAK)
            continue;
        t.strong += e->strength == STRENGTH_STRONG;
        for (size_t k = 0; k < t.looks && !again; k++)
            again = same_look(e, looks[k]);
        if (!again)
            looks[t.looks++] = e;
    }
    return t;
}

static bool speaks_for(const struct model *m, const struct hypothesis *h, const char *call)
{
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength <= STRENGTH_WEAK && strcmp(e->call, call) == 0)
            return true;
    }
    return false;
}

/* A query that was made for it, was answered, and is not what speaks for it: it could have shown
 * the opposite. */
static bool was_looked_for(const struct model *m, const struct hypothesis *h)
{
    VEC_EACH (t, &m->tools) {
        if (strcmp(t->hypothesis, h->id) == 0 && t->ended &&
            (t->status == TOOL_OK || t->status == TOOL_EMPTY) && !speaks_for(m, h, t->call))
            return true;
    }
    return false;
}

/* What is missing besides a look for the opposite; NULL: nothing. */
static const char *unsupported(const struct model *m, const struct hypothesis *h, struct arena *a)
{
    struct tally t = tally_of(m, h);

    if (*h->rejected_by)
        return "the person rejected it";
    if (!t.looks)
        return arena_printf(a, "no evidence is recorded for %s", h->id);
    if (t.against)
        return arena_printf(a, "%s contradicts it: %s", t.contradicts->id,
                            t.contradicts->statement);
    if (t.looks < 2)
        return arena_printf(a, "only one look speaks for %s; a second, different one is needed",
                            h->id);
    if (!t.strong)
        return arena_printf(a, "nothing that speaks for %s was measured; words alone prove nothing",
                            h->id);
    return NULL;
}

bool judge_unchallenged(const struct model *m, const struct hypothesis *h, struct arena *a)
{
    return !unsupported(m, h, a) && !was_looked_for(m, h);
}

const char *judge_unproven(const struct model *m, const struct hypothesis *h, struct arena *a)
{
    const char *why = unsupported(m, h, a);

    if (why || was_looked_for(m, h))
        return why;
    return arena_printf(a,
                        "look for what would refute %s first%s%s%s: ask a tool for it with "
                        "hypothesis \"%s\"",
                        h->id, *h->refutes ? " (" : "", h->refutes, *h->refutes ? ")" : "", h->id);
}

const char *judge_unrefuted(const struct model *m, const struct hypothesis *h, struct arena *a)
{
    struct tally t = tally_of(m, h);

    if (h->by_user && !h->evidence.count)
        return "a person added it: it stays until evidence speaks against it";
    if (t.looks && !t.against)
        return arena_printf(a, "%zu look%s for %s and nothing that is recorded contradicts it",
                            t.looks, t.looks == 1 ? " speaks" : "s speak", h->id);
    if (!h->by_model && !h->evidence.count && !was_looked_for(m, h))
        return arena_printf(a, "nothing was looked at for %s yet", h->id);
    return NULL;
}

static bool is_metric_tool(const struct model *m, const char *call)
{
    const struct tool_run *t = model_tool(m, call);

    return t && strncmp(t->tool, "prometheus_", 11) == 0;
}

double judge_ceiling(const struct model *m, const struct hypothesis *h,
                     const struct judge_ranked *ranking, size_t count)
{
    double best = 0;

    if (!h->by_model || !count)
        return 1;
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength == STRENGTH_STRONG && !is_metric_tool(m, e->call))
            return 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (*h->service && strcmp(ranking[i].service, h->service) == 0)
            best = fmax(best, ranking[i].probability);
    }
    return best > 0 ? best : JUDGE_NOT_RANKED;
}

bool judge_same_line(const struct model *m, const struct hypothesis *a, const struct hypothesis *b)
{
    for (const struct hypothesis *p = a; p;
         p = p->parent_index == SIZE_MAX ? NULL : &m->hypotheses.items[p->parent_index]) {
        if (p == b)
            return true;
    }
    for (const struct hypothesis *p = b; p;
         p = p->parent_index == SIZE_MAX ? NULL : &m->hypotheses.items[p->parent_index]) {
        if (p == a)
            return true;
    }
    return false;
}

static bool is_proven(const struct hypothesis *h, double threshold)
{
    return h && h->status == HYP_CONFIRMED && h->confidence >= threshold - 1e-9;
}

enum judge_choice judge_between(const struct model *m, const struct hypothesis *builtin,
                                const struct hypothesis *model, double threshold,
                                const char **ret_why, struct arena *a)
{
    *ret_why = NULL;
    if (!model || model == builtin)
        return JUDGE_BUILTIN;
    if (!is_proven(model, threshold)) {
        *ret_why = arena_printf(a, "%s is not proven (%s, %.2f)", model->id,
                                hyp_status_words(model), model->confidence);
        return JUDGE_BUILTIN;
    }
    if (!is_proven(builtin, threshold))
        return JUDGE_MODEL;
    if (judge_same_line(m, builtin, model)) /* the culprit is below its symptom */
        return model->depth > builtin->depth ? JUDGE_MODEL : JUDGE_BUILTIN;
    if (model->confidence >= builtin->confidence + JUDGE_MARGIN)
        return JUDGE_MODEL;
    *ret_why = arena_printf(a, "what is recorded for %s (%.2f) does not clearly outweigh %s (%.2f)",
                            model->id, model->confidence, builtin->id, builtin->confidence);
    return JUDGE_BUILTIN;
}

/* ---- citations ---- */

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

/* Length of an id at the beginning of `s`, or 0. */
static size_t id_length(struct str s)
{
    size_t n = 1;

    if (!s.len || (s.ptr[0] != 'E' && s.ptr[0] != 'c'))
        return 0;
    while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
        n++;
    if (n == 1 || n > 9)
        return 0;
    if (n < s.len && s.ptr[n] == '.' && (n + 1 == s.len || !is_word(s.ptr[n + 1])))
        return n; /* the end of a sentence */
    return n < s.len && is_word(s.ptr[n]) ? 0 : n;
}

size_t judge_citations(struct str text, struct arena *a, const char *const **ret)
{
    const char **ids = arena_array(a, IDS_MAX, sizeof(*ids));
    size_t count = 0;

    for (size_t i = 0; i < text.len && count < IDS_MAX; i++) {
        size_t n =
            i && is_word(text.ptr[i - 1]) ? 0 : id_length((struct str){text.ptr + i, text.len - i});
        bool known = false;

        for (size_t k = 0; n && k < count && !known; k++)
            known = str_eq_c((struct str){text.ptr + i, n}, ids[k]);
        if (n && !known)
            ids[count++] = arena_strndup(a, text.ptr + i, n);
    }
    *ret = ids;
    return count;
}

bool judge_exists(const struct model *m, const char *id)
{
    const struct tool_run *t;

    if (id[0] == 'E')
        return model_evidence(m, id) != NULL;
    t = model_tool(m, id);
    return t && t->ended && (t->status == TOOL_OK || t->status == TOOL_EMPTY);
}

static const char *why_refused(const struct model *m, struct str line, struct arena *a)
{
    const char *const *ids;
    size_t n = judge_citations(line, a, &ids);

    for (size_t i = 0; i < n; i++) {
        if (judge_exists(m, ids[i]))
            return NULL;
    }
    return n ? arena_printf(a, "%s does not exist", ids[0]) : "it cites no evidence";
}

size_t judge_claims(const struct model *m, struct str text, struct buf *out,
                    judge_refused_fn *refused, void *ctx)
{
    struct arena *a = arena_new(0);
    struct str line;
    size_t kept = 0;

    while (str_line(&text, &line)) {
        const char *why;

        line = str_trim(line);
        if (!line.len)
            continue;
        why = why_refused(m, line, a);
        if (why) {
            refused(ctx, line, why);
            continue;
        }
        buf_addf(out, "%s", out->len ? "\n" : "");
        buf_add_str(out, line);
        kept++;
    }
    arena_free(a);
    return kept;
}
