/* words.c - see words.h. */
#include "runbook/base/words.h"

#define WORD_MAX_BYTES ((size_t)64 << 10)

const char **words_split(struct arena *a, const char *command)
{
    size_t max = strlen(command) / 2 + 2, n = 0;
    const char **words = arena_array(a, max + 1, sizeof(*words));
    struct buf word = BUF_INIT(WORD_MAX_BYTES);
    bool open = false;
    char quote = 0;

    for (const char *p = command; *p; p++) {
        if (!quote && (*p == ' ' || *p == '\t')) {
            if (open)
                words[n++] = arena_str(a, buf_str(&word));
            buf_clear(&word);
            open = false;
            continue;
        }
        open = true;
        if (*p == '\\' && quote != '\'' && p[1])
            buf_addc(&word, *++p);
        else if (quote ? *p == quote : (*p == '\'' || *p == '"'))
            quote = quote ? 0 : *p;
        else
            buf_addc(&word, *p);
    }
    if (open)
        words[n++] = arena_str(a, buf_str(&word));
    buf_release(&word);
    return quote ? NULL : words;
}
