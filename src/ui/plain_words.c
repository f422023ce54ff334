/* plain_words.c - what commands of plain mode say, and the words that they are given. */
#include "src/ui/plain_priv.h"

#include <stdarg.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

void plain_linef(struct plain *p, int indent, enum tone tone, const char *fmt, ...)
{
    va_list ap;
    char *line;

    va_start(ap, fmt);
    line = xvasprintf(fmt, ap);
    va_end(ap);
    text_add_wrapped(&p->opts.text, &p->out, indent, tone, line);
    free(line);
}

void plain_errorf(struct plain *p, const char *fmt, ...)
{
    va_list ap;
    char *line;

    va_start(ap, fmt);
    line = xvasprintf(fmt, ap);
    va_end(ap);
    text_add_wrapped(&p->opts.text, &p->out, 0, TONE_WARN, line);
    free(line);
}

void plain_field(struct plain *p, const char *label, const char *value)
{
    if (*value)
        text_add_label(&p->opts.text, &p->out, label, TONE_PLAIN, value);
}

void plain_submit(struct plain *p, enum intent_type type, const char *text)
{
    struct intent in = {.type = type, .text = text};

    if (p->opts.intents.submit)
        p->opts.intents.submit(p->opts.intents.ctx, &in);
}

/* The first word of *rest, which is cut off. */
struct str plain_first_word(struct str *rest)
{
    struct str s = str_trim(*rest), word = {s.ptr, 0};

    while (word.len < s.len && s.ptr[word.len] != ' ' && s.ptr[word.len] != '\t')
        word.len++;
    *rest = str_trim((struct str){s.ptr + word.len, s.len - word.len});
    return word;
}

char *plain_keep_word(struct str s)
{
    return xstrndup(s.ptr ? s.ptr : "", s.len);
}
