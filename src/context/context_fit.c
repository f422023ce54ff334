/* context_fit.c - what is kept whole, what is shortened, what is left out. Results are weighed only
 * when room is needed, and then enough is freed for many rounds, so that the prefix of the request,
 * and with it the provider's cache, changes seldom. */
#include "context_priv.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

#define HIGH 0.85 /* of the limit: where room is made */
#define LOW 0.60  /* and down to where */
#define FULL_MAX 10
#define COMPACT_MAX 15
#define SLACK 8 /* results beyond the caps before they are weighed again */
#define FULL_WEIGHT 0.6
#define DROP_WEIGHT 0.2
#define HALF_LIFE 6.0 /* rounds in which recency halves */
#define QUESTION_WORDS 24
#define SHRINK_BYTES_MIN 400

/* Source: R-27. The second set is for questions, where words matter more than the newest result. */
static const struct weights {
    double recency, query, error, hypothesis, service, cited;
} weights[] = {
    [CONTEXT_INCIDENT] = {0.20, 0.20, 0.20, 0.15, 0.10, 0.15},
    [CONTEXT_RESEARCH] = {0.15, 0.35, 0.10, 0.10, 0.10, 0.20},
};

bool context_changed(const struct context_change *ch)
{
    return ch->compacted || ch->dropped || ch->cut || ch->summarised;
}

static void put_part(struct buf *out, size_t n, const char *one, const char *more, int *parts)
{
    if (n)
        buf_addf(out, "%s%zu %s", (*parts)++ ? ", " : "; ", n, n == 1 ? one : more);
}

void context_change_words(const struct context_change *ch, struct buf *out)
{
    int parts = 0;

    buf_addf(out, "context compacted: %lld to %lld tokens", (long long)ch->before_tokens,
             (long long)ch->after_tokens);
    put_part(out, ch->compacted, "result shortened", "results shortened", &parts);
    put_part(out, ch->dropped, "result left out", "results left out", &parts);
    put_part(out, ch->cut, "new result cut", "new results cut", &parts);
    put_part(out, ch->summarised, "message summarised", "messages summarised", &parts);
    if (ch->summarised && !ch->by_model)
        buf_adds(out, " without a model");
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* The share of the question's words (of four letters and more) that the text holds. */
static double overlap(struct str text, struct str question)
{
    size_t words = 0, found = 0;

    for (size_t i = 0; i < question.len && words < QUESTION_WORDS;) {
        size_t from = i;

        while (i < question.len && is_word_byte(question.ptr[i]))
            i++;
        if (i - from >= 4) {
            words++;
            found += str_ifind(text, (struct str){question.ptr + from, i - from}) >= 0;
        }
        i += i == from;
    }
    return words ? (double)found / (double)words : 0;
}

static bool equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static double weigh(const struct context *c, const struct item *it)
{
    const struct weights *w = &weights[c->opts.preset];
    double age = (double)(c->round - it->round);
    double sum = w->recency * pow(0.5, age / HALF_LIFE);

    sum += w->query * overlap(buf_str(&it->text), str_from(c->question));
    sum += it->is_error ? w->error : 0;
    sum += equal(it->hypothesis, c->hypothesis) ? w->hypothesis : 0;
    sum += it->names_service ? w->service : 0;
    sum += it->cited ? w->cited : 0;
    return sum;
}

void context_weigh(struct context *c)
{
    VEC_EACH (it, &c->items) {
        if (it->role == CONTEXT_RESULT && it->tier != CONTEXT_DROPPED)
            it->weight = weigh(c, it);
    }
}

static int by_weight(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->id > y->id ? -1 : 1;
}

/* Older results that are not dropped, the heaviest first. The caller frees. */
static struct item **older_results(struct context *c, size_t *ret_count)
{
    struct item **list = xcalloc(c->items.count + 1, sizeof(*list));
    size_t n = 0;

    VEC_EACH (it, &c->items) {
        if (it->role == CONTEXT_RESULT && it->tier != CONTEXT_DROPPED && !context_is_fresh(c, it))
            list[n++] = it;
    }
    if (n)
        qsort(list, n, sizeof(struct item *), by_weight);
    *ret_count = n;
    return list;
}

static void shrink(struct context *c, struct item *it, enum context_tier tier,
                   struct context_change *ch)
{
    if (tier <= it->tier)
        return;
    context_result_shrink(c, it, tier);
    if (tier == CONTEXT_COMPACT)
        ch->compacted++;
    else
        ch->dropped++;
}

static bool too_many(const struct context *c)
{
    size_t full = 0, compact = 0;

    VEC_EACH (it, &c->items) {
        if (it->role != CONTEXT_RESULT || context_is_fresh(c, it))
            continue;
        full += it->tier == CONTEXT_FULL;
        compact += it->tier == CONTEXT_COMPACT;
    }
    return full > FULL_MAX + SLACK || compact > COMPACT_MAX + SLACK;
}

static void retier(struct context *c, int64_t low, struct context_change *ch)
{
    size_t n, full = 0, compact = 0;
    struct item **list;

    context_weigh(c);
    list = older_results(c, &n);
    for (size_t i = 0; i < n; i++) {
        enum context_tier tier = CONTEXT_DROPPED;

        if (list[i]->tier == CONTEXT_FULL && full < FULL_MAX && list[i]->weight >= FULL_WEIGHT)
            tier = CONTEXT_FULL;
        else if (compact < COMPACT_MAX && list[i]->weight >= DROP_WEIGHT)
            tier = CONTEXT_COMPACT;
        full += tier == CONTEXT_FULL;
        compact += tier == CONTEXT_COMPACT;
        shrink(c, list[i], tier, ch);
    }
    for (size_t i = n; i-- > 0 && context_tokens(c) > low;)
        shrink(c, list[i], CONTEXT_COMPACT, ch);
    for (size_t i = n; i-- > 0 && context_tokens(c) > low;)
        shrink(c, list[i], CONTEXT_DROPPED, ch);
    free(list);
}

/* The largest result that the model has not seen loses half of its middle. */
static bool cut_fresh(struct context *c, struct context_change *ch)
{
    struct item *largest = NULL;
    struct buf half = BUF_INIT((size_t)16 << 20);
    struct str head, tail;

    VEC_EACH (it, &c->items) {
        if (it->role == CONTEXT_RESULT && context_is_fresh(c, it) &&
            it->text.len > SHRINK_BYTES_MIN && (!largest || it->text.len > largest->text.len))
            largest = it;
    }
    if (!largest)
        return false;
    fence_head_tail(buf_str(&largest->text), largest->text.len / 2, &head, &tail);
    buf_add_str(&half, head);
    buf_addf(&half, "\n[%zu bytes more are left out here]\n",
             largest->text.len - head.len - tail.len);
    buf_add_str(&half, tail);
    if (half.len >= largest->text.len) {
        buf_release(&half);
        return false;
    }
    context_item_set(c, largest, buf_str(&half));
    buf_release(&half);
    ch->cut++;
    return true;
}

static bool has_older_rounds(const struct context *c)
{
    return c->items.count && c->items.items[0].round < c->round;
}

static enum context_fit too_large(const struct context *c, struct err *err)
{
    err_set(err, ERR_LIMIT,
            "the model's window of %lld tokens cannot hold the request: system prompt %lld, tools "
            "%lld, tree and evidence %lld, messages %lld tokens; use a model with a larger window, "
            "or raise agent.context_threshold_tokens",
            (long long)c->opts.window_tokens, (long long)c->system.tokens,
            (long long)c->tools.tokens, (long long)c->state.tokens,
            (long long)(context_tokens(c) - c->system.tokens - c->tools.tokens - c->state.tokens));
    return CONTEXT_TOO_LARGE;
}

enum context_fit context_fit(struct context *c, struct context_change *ret, struct err *err)
{
    int64_t limit = context_limit(c), high = (int64_t)(HIGH * (double)limit),
            low = (int64_t)(LOW * (double)limit);
    struct context_change ch = {.before_tokens = context_tokens(c)};
    enum context_fit fit = CONTEXT_FITS;

    if (ch.before_tokens > high || too_many(c))
        retier(c, ch.before_tokens > high ? low : high, &ch);
    if (context_tokens(c) > high && has_older_rounds(c))
        fit = CONTEXT_SUMMARISE;
    while (fit == CONTEXT_FITS && context_tokens(c) > limit && cut_fresh(c, &ch))
        ;
    if (fit == CONTEXT_FITS && context_tokens(c) > limit)
        fit = too_large(c, err);
    ch.after_tokens = c->fitted_tokens = context_tokens(c);
    *ret = ch;
    return fit;
}
