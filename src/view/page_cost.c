/* page_cost.c - what a language model has cost, and what fills its window: two pages of numbers. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>

#include "src/view/rich_priv.h"

#define BAR_CELLS 24

/* "12 345" */
static const char *grouped(int64_t n, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)(n < 0 ? 0 : n)), at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ' ';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static const char *dollars(double usd, char out[32])
{
    if (usd > 0 && usd < 0.01)
        snprintf(out, 32, "$%.4f", usd);
    else
        snprintf(out, 32, "$%.2f", isnan(usd) ? 0 : usd);
    return out;
}

static void lay_money(struct rich *r, const char *label, double usd, double limit)
{
    char spent[32], of[32];

    rich_field(r, label, usd > 0.8 * limit && limit >= 0 ? STYLE_WARNING : STYLE_TEXT,
               dollars(usd, spent));
    if (limit >= 0)
        rich_addf(r, STYLE_DIM, " of %s", dollars(limit, of));
    else if (!isnan(limit))
        rich_adds(r, STYLE_DIM, "; no limit");
}

static void lay_tokens(const struct model *m, struct rich *r)
{
    char n[32];

    rich_field(r, "read", STYLE_TEXT, grouped(m->cost.input_tokens, n));
    rich_adds(r, STYLE_TEXT, " tokens");
    if (m->cost.cache_read_tokens)
        rich_addf(r, STYLE_DIM, ", %s of them from the cache",
                  grouped(m->cost.cache_read_tokens, n));
    rich_field(r, "written", STYLE_TEXT, grouped(m->cost.output_tokens, n));
    rich_adds(r, STYLE_TEXT, " tokens");
}

static void heading(struct rich *r, const char *text)
{
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, text);
}

void lay_cost(const struct model *m, struct rich *r)
{
    int64_t tokens = m->cost.input_tokens + m->cost.output_tokens;
    char n[32];

    if (!tokens && !m->cost.calls) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM, "No language model was asked in this session: it cost nothing.");
        return;
    }
    heading(r, "Dollars");
    lay_money(r, "this turn", m->cost.usd - m->cost.usd_turn, NAN);
    lay_money(r, "session", m->cost.usd, m->cost.usd_limit);
    if (!isnan(m->cost.usd_day))
        lay_money(r, "today", m->cost.usd_day, m->cost.usd_day_limit);
    if (m->cost.unpriced) {
        rich_field(r, "not known", STYLE_WARNING, grouped(m->cost.unpriced, n));
        rich_adds(r, STYLE_TEXT,
                  m->cost.unpriced == 1 ? " call has no known price and is in no sum above"
                                        : " calls have no known price and are in no sum above");
    }
    rich_para(r, 0, 0);
    heading(r, "Tokens");
    rich_field(r, "this turn", STYLE_TEXT, grouped(tokens - m->cost.tokens_turn, n));
    lay_tokens(m, r);
    if (m->cost.calls)
        rich_field(r, "calls", STYLE_TEXT, grouped(m->cost.calls, n));
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_DIM,
              "Limits are the keys of cost in the configuration; runbook cost has every day and "
              "session, runbook cost prices the prices that are known.");
}

static void lay_bar(struct rich *r, int64_t part, int64_t all)
{
    int cells = all > 0 ? (int)((double)part * BAR_CELLS / (double)all + 0.5) : 0;

    if (cells < 1 && part > 0)
        cells = 1;
    if (cells > BAR_CELLS)
        cells = BAR_CELLS;
    rich_adds(r, STYLE_BAR, "  ");
    for (int i = 0; i < cells; i++)
        rich_adds(r, STYLE_BAR, r->ascii ? "#" : "\xE2\x96\x88");
}

const char *context_role_words(const char *role)
{
    static const struct {
        const char *role, *words;
    } known[] = {{"system", "instructions"},           {"tools", "descriptions of tools"},
                 {"summary", "summary of earlier"},    {"user", "what you said"},
                 {"assistant", "what the model said"}, {"result", "results"},
                 {"state", "tree and evidence"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].role, role) == 0)
            return known[i].words;
    }
    return role;
}

static void lay_part(const struct model *m, struct rich *r, const struct context_part_seen *p)
{
    char tokens[32], name[64];

    if (*p->tool)
        snprintf(name, sizeof(name), "results of %s", p->tool);
    else
        snprintf(name, sizeof(name), "%s", context_role_words(p->role));
    rich_para(r, 2, 4);
    rich_addf(r, STYLE_TEXT, "%-30.30s", name);
    rich_addf(r, STYLE_STRONG, "%9s", grouped(p->tokens, tokens));
    rich_addf(r, STYLE_DIM, " %3d %%",
              m->context.used_tokens > 0 ? (int)(100 * p->tokens / m->context.used_tokens) : 0);
    lay_bar(r, p->tokens, m->context.used_tokens);
    if (*p->tool && (p->compact || p->dropped))
        rich_addf(r, STYLE_DIM, "  %lld whole, %lld short, %lld left out", (long long)p->full,
                  (long long)p->compact, (long long)p->dropped);
    else if (p->items > 1)
        rich_addf(r, STYLE_DIM, "  %lld messages", (long long)p->items);
}

void lay_context(const struct model *m, struct rich *r)
{
    char used[32], window[32], answer[32];

    rich_para(r, 0, 0);
    if (!m->context.window_tokens) {
        rich_adds(r, STYLE_DIM,
                  "No language model was asked in this session: it was sent nothing.");
        return;
    }
    rich_addf(r, STYLE_STRONG, "%s", grouped(m->context.used_tokens, used));
    rich_addf(r, STYLE_TEXT, " of %s tokens", grouped(m->context.window_tokens, window));
    rich_addf(r, STYLE_DIM, " (%d %%), estimated; %s are kept for the answer",
              (int)(100 * m->context.used_tokens / m->context.window_tokens),
              grouped(m->context.answer_tokens, answer));
    lay_bar(r, m->context.used_tokens, m->context.window_tokens);
    rich_para(r, 0, 0);
    for (size_t i = 0; i < m->context.count; i++)
        lay_part(m, r, &m->context.parts[i]);
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_DIM,
              "When it fills, results are shortened and left out, and older rounds become a "
              "summary; what you said, the tree and the evidence stay. Nothing is lost: the "
              "journal has all of it, and the model can read a result again.");
}
