/* tokens.c - see tokens.h. Byte-pair tokenizers agree on the large lines: a common word with its
 * blank is one token, a long or rare one several, digits go by groups, punctuation by marks, and
 * letters outside Latin cost about one each. */
#include "runbook/context/tokens.h"

#include <stdbool.h>

#define LEARN_MIN 1000 /* tokens of a request that teaches something */
#define LEARN_SHARE 0.3
#define FACTOR_MIN 0.5
#define FACTOR_MAX 2.0

/* Tokens of the estimate that a family's tokenizer makes of the same text, and how many digits one
 * holds. The first are calibrated by use; these lean to too many. */
static const struct family {
    const char *marks[4]; /* parts of a model's name */
    double factor;
    unsigned digits;
} families[TOKEN_FAMILIES] = {
    [TOKENS_CLAUDE] = {{"claude", NULL}, 1.25, 2},
    [TOKENS_GPT] = {{"gpt", "codex", NULL}, 1.05, 3},
    [TOKENS_GEMINI] = {{"gemini", "gemma", NULL}, 1.10, 1},
    [TOKENS_LLAMA] = {{"llama", "mistral", "qwen", NULL}, 1.15, 2},
    [TOKENS_OTHER] = {{NULL}, 1.25, 1},
};

enum token_family token_family_of(struct str model)
{
    for (int f = 0; f < TOKENS_OTHER; f++) {
        for (int i = 0; i < 4 && families[f].marks[i]; i++) {
            if (str_ifind(model, str_from(families[f].marks[i])) >= 0)
                return (enum token_family)f;
        }
    }
    if (model.len >= 2 && model.ptr[0] == 'o' && model.ptr[1] >= '1' && model.ptr[1] <= '9')
        return TOKENS_GPT;
    return TOKENS_OTHER;
}

void token_meter_init(struct token_meter *m, enum token_family family)
{
    *m = (struct token_meter){family, 1.0, 0};
}

enum kind { BLANK, LINE, LETTER, DIGIT, MARK, WIDE };

static enum kind kind_of(unsigned char c)
{
    if (c == ' ' || c == '\t' || c == '\r')
        return BLANK;
    if (c == '\n')
        return LINE;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return LETTER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c >= 0x80 ? WIDE : MARK;
}

/* Length of the run at `s` of one kind; a word of letters ends before a capital in its middle. */
static size_t run_length(struct str s, enum kind kind)
{
    size_t n = 1;

    while (n < s.len && kind_of((unsigned char)s.ptr[n]) == kind) {
        if (kind == LETTER && s.ptr[n] <= 'Z' && s.ptr[n - 1] > 'Z')
            break;
        if (kind == MARK && s.ptr[n] != s.ptr[0])
            break;
        n++;
    }
    return n;
}

static double run_tokens(enum kind kind, size_t n, unsigned digits)
{
    switch (kind) {
    case BLANK: /* one belongs to the word that follows */
        return n > 1 ? 1 + (double)n / 16 : 0;
    case LINE:
        return 1;
    case LETTER:
        return n <= 6 ? 1 : 1 + (double)(n - 6) / 3.5;
    case DIGIT:
        n = (n + digits - 1) / digits;
        return (double)n;
    case MARK:
        return 1 + (double)(n - 1) / 8;
    case WIDE: /* bytes of UTF-8: two to four a character */
        return 0.5 + (double)n / 2.4;
    }
    return 1;
}

int64_t token_count(const struct token_meter *m, struct str text)
{
    const struct family *f = &families[m->family];
    double sum = 0;

    while (text.len) {
        enum kind kind = kind_of((unsigned char)text.ptr[0]);
        size_t n = run_length(text, kind);

        sum += run_tokens(kind, n, f->digits);
        text = (struct str){text.ptr + n, text.len - n};
    }
    return (int64_t)(sum * f->factor * m->factor + 0.999);
}

void token_meter_learn(struct token_meter *m, int64_t estimated, int64_t used)
{
    double ratio;

    if (estimated < LEARN_MIN || used < LEARN_MIN)
        return;
    ratio = m->factor * (double)used / (double)estimated;
    m->factor = m->seen ? m->factor + LEARN_SHARE * (ratio - m->factor) : ratio;
    if (m->factor < FACTOR_MIN)
        m->factor = FACTOR_MIN;
    if (m->factor > FACTOR_MAX)
        m->factor = FACTOR_MAX;
    m->seen++;
}
