/* tokens.h - how many tokens a text is, for each family of models.
 * Tokenizers are not public or are megabytes of tables, so this is an estimate from the shape of
 * the text (words, digits, punctuation, scripts), with a factor for the family that is corrected by
 * what the model's answers say was used. It leans to too many. Pure. */
#ifndef RUNBOOK_CONTEXT_TOKENS_H
#define RUNBOOK_CONTEXT_TOKENS_H

#include <stdint.h>

#include "runbook/base/str.h"

enum token_family { TOKENS_CLAUDE, TOKENS_GPT, TOKENS_GEMINI, TOKENS_LLAMA, TOKENS_OTHER };
#define TOKEN_FAMILIES (TOKENS_OTHER + 1)

/* By the model's name, whatever the provider puts around it ("us.anthropic.claude-...-v1:0"). */
enum token_family token_family_of(struct str model);

struct token_meter {
    enum token_family family;
    double factor; /* learned: real over estimated, 0.5 ... 2 */
    unsigned seen; /* how many answers taught it */
};

void token_meter_init(struct token_meter *m, enum token_family family); /* nothing learned yet */
/* An estimate of the family's tokenizer, times what was learned; it leans to too many. */
int64_t token_count(const struct token_meter *m, struct str text);
/* A request that was estimated as `estimated` was `used` by the provider's count. Small requests,
 * where what a provider adds weighs most, teach nothing. */
void token_meter_learn(struct token_meter *m, int64_t estimated, int64_t used);

#endif
