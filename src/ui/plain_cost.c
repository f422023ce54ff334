/* plain_cost.c - what a language model has cost, and what fills its window, as lines. */
#include "src/ui/plain_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/view/screen.h"

static void money(struct plain *p, const char *label, double usd, double limit)
{
    if (limit >= 0)
        plain_linef(p, 0, TONE_PLAIN, "%s: $%.4g of $%.4g", label, usd, limit);
    else
        plain_linef(p, 0, TONE_PLAIN, "%s: $%.4g%s", label, usd, isnan(limit) ? "" : ", no limit");
}

void plain_cost(struct plain *p, struct str args)
{
    const struct model *m = p->model;
    int64_t tokens = m->cost.input_tokens + m->cost.output_tokens;

    (void)args;
    if (!tokens && !m->cost.calls) {
        plain_linef(p, 0, TONE_PLAIN,
                    "No language model was asked in this session: it cost nothing.");
        return;
    }
    money(p, "this turn", m->cost.usd - m->cost.usd_turn, NAN);
    money(p, "session", m->cost.usd, m->cost.usd_limit);
    if (!isnan(m->cost.usd_day))
        money(p, "today", m->cost.usd_day, m->cost.usd_day_limit);
    if (m->cost.unpriced)
        plain_linef(p, 0, TONE_PLAIN, "without a known price, in no sum: %lld of %lld calls",
                    (long long)m->cost.unpriced, (long long)m->cost.calls);
    plain_linef(p, 0, TONE_PLAIN, "tokens: %lld read, %lld of them from the cache, %lld written",
                (long long)m->cost.input_tokens, (long long)m->cost.cache_read_tokens,
                (long long)m->cost.output_tokens);
    plain_linef(p, 0, TONE_DIM, "runbook cost has every day and session.");
}

void plain_context(struct plain *p, struct str args)
{
    const struct model *m = p->model;

    (void)args;
    if (!m->context.window_tokens) {
        plain_linef(p, 0, TONE_PLAIN,
                    "No language model was asked in this session: it was sent nothing.");
        return;
    }
    plain_linef(p, 0, TONE_PLAIN, "%lld of %lld tokens, estimated; %lld are kept for the answer",
                (long long)m->context.used_tokens, (long long)m->context.window_tokens,
                (long long)m->context.answer_tokens);
    for (size_t i = 0; i < m->context.count; i++) {
        const struct context_part_seen *part = &m->context.parts[i];

        if (*part->tool)
            plain_linef(p, 2, TONE_PLAIN,
                        "%lld tokens: results of %s, %lld whole, %lld short, %lld left out",
                        (long long)part->tokens, part->tool, (long long)part->full,
                        (long long)part->compact, (long long)part->dropped);
        else
            plain_linef(p, 2, TONE_PLAIN, "%lld tokens: %s", (long long)part->tokens,
                        context_role_words(part->role));
    }
}
