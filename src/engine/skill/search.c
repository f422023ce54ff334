/* search.c - which skills fit some words. */
#include <ctype.h>
#include <stdlib.h>

#include "src/engine/skill/skill_priv.h"

#define WORDS_MAX 32
#define SUGGEST_MIN 3 /* a hit in a name or a tag, or two in a description */

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' ||
           ((unsigned char)c & 0x80U);
}

static bool next_word(struct str *rest, struct str *ret)
{
    size_t n = 0;

    while (rest->len && !word_char(*rest->ptr)) {
        rest->ptr++;
        rest->len--;
    }
    while (n < rest->len && word_char(rest->ptr[n]))
        n++;
    *ret = (struct str){rest->ptr, n};
    rest->ptr += n;
    rest->len -= n;
    return n > 0;
}

static int in_text(const char *text, struct str word, int points)
{
    return str_ifind(str_from(text), word) >= 0 ? points : 0;
}

static int in_texts(const struct skill_texts *t, struct str word, int points)
{
    for (size_t i = 0; i < t->count; i++) {
        if (str_ifind(str_from(t->items[i]), word) >= 0)
            return points;
    }
    return 0;
}

static int word_fits(const struct skill *s, struct str word)
{
    return in_text(s->id, word, 4) + in_text(s->name, word, 3) + in_texts(&s->tags, word, 4) +
           in_texts(&s->services, word, 4) + in_texts(&s->triggers, word, 3) +
           in_text(s->description, word, 2);
}

int skill_match(const struct skill *s, const char *words)
{
    struct str rest = str_from(words), word;
    int sum = 0;

    while (next_word(&rest, &word)) {
        int points = word_fits(s, word);

        if (!points)
            return 0;
        sum += points;
    }
    return sum;
}

/* Words that say nothing of what is wrong. */
static bool idle(struct str w)
{
    static const char *const words[] = {"the", "and", "for",  "has", "was",  "are",  "our", "with",
                                        "not", "why", "what", "how", "this", "that", "from"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (w.len == strlen(words[i]) && str_ifind(w, str_from(words[i])) == 0)
            return true;
    }
    return w.len < 3;
}

struct fit {
    const struct skill *skill;
    int points;
};

static int by_points(const void *a, const void *b)
{
    const struct fit *x = a, *y = b;

    return x->points != y->points ? y->points - x->points : strcmp(x->skill->id, y->skill->id);
}

static int points_of(const struct skill *s, const char *said)
{
    struct str rest = str_from(said), word;
    int sum = 0;

    for (int n = 0; n < WORDS_MAX && next_word(&rest, &word); n++)
        sum += idle(word) ? 0 : word_fits(s, word);
    return sum;
}

size_t skills_suggest(const struct skills *r, const char *said, const struct skill **ret,
                      size_t max)
{
    VEC(struct fit) fits = {0};
    size_t n = 0;

    for (size_t i = 0; i < skills_count(r); i++) {
        const struct skill *s = skills_at(r, i);
        int points = s->broken ? 0 : points_of(s, said);

        if (points >= SUGGEST_MIN)
            *VEC_PUSH(&fits) = (struct fit){s, points};
    }
    if (fits.count)
        qsort(fits.items, fits.count, sizeof(*fits.items), by_points);
    for (; n < fits.count && n < max; n++)
        ret[n] = fits.items[n].skill;
    VEC_RELEASE(&fits);
    return n;
}
