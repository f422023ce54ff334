/* provenance.c - does what a model proposes stand in data only? Texts are compared as lists of
 * words, so that quoting, case, markup and line breaks hide nothing. Memory is bounded: words of a
 * text are read on the fly, only those of the proposal are kept. */
#include "runbook/context/fence.h"

#include "runbook/base/text.h"

#define WORDS_MAX 64
#define WORD_MIN 3    /* shorter words say nothing about where a sentence is from */
#define NEAR_WORDS 96 /* "close together" */

struct words {
    struct str item[WORDS_MAX];
    size_t count;
};

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80 || (c && strchr("_-./:@%+=,", c));
}

/* Characters of words that are no part of it at its ends: "payments-db." */
static bool is_trim(char c)
{
    return c && strchr("-./:,+=@", c);
}

static bool next_word(struct str *rest, struct str *ret)
{
    size_t from = 0, to;

    for (;;) {
        while (from < rest->len && !is_word_byte(rest->ptr[from]))
            from++;
        if (from == rest->len)
            return false;
        for (to = from; to < rest->len && is_word_byte(rest->ptr[to]);)
            to++;
        *ret = (struct str){rest->ptr + from, to - from};
        while (ret->len && is_trim(ret->ptr[0]))
            *ret = (struct str){ret->ptr + 1, ret->len - 1};
        while (ret->len && is_trim(ret->ptr[ret->len - 1]))
            ret->len--;
        if (ret->len) {
            *rest = (struct str){rest->ptr + to, rest->len - to};
            return true;
        }
        from = to;
    }
}

static bool same(struct str a, struct str b)
{
    return a.len == b.len && str_ifind(a, b) == 0;
}

static void split(struct str text, struct words *w)
{
    w->count = 0;
    while (w->count < WORDS_MAX && next_word(&text, &w->item[w->count]))
        w->count++;
}

/* All words of `w`, in order and without others between them. */
static bool holds_whole(struct str text, const struct words *w)
{
    struct str rest = text, word;

    while (next_word(&rest, &word)) {
        struct str after = rest;
        size_t i = 1;

        if (!same(word, w->item[0]))
            continue;
        while (i < w->count && next_word(&after, &word) && same(word, w->item[i]))
            i++;
        if (i == w->count)
            return true;
    }
    return false;
}

static bool counts(struct str word)
{
    return word.len >= WORD_MIN;
}

/* Every word that counts, in any order, within NEAR_WORDS words. */
static bool holds_words(struct str text, const struct words *w)
{
    size_t last[WORDS_MAX] = {0}, at = 0, wanted = 0;
    struct str rest = text, word;

    for (size_t i = 0; i < w->count; i++)
        wanted += counts(w->item[i]);
    if (wanted < 2)
        return false;
    while (next_word(&rest, &word)) {
        size_t near = 0;

        at++;
        for (size_t i = 0; i < w->count; i++) {
            if (counts(w->item[i]) && same(word, w->item[i]))
                last[i] = at;
            near += counts(w->item[i]) && last[i] && at - last[i] < NEAR_WORDS;
        }
        if (near == wanted)
            return true;
    }
    return false;
}

static bool find(const struct provenance_text *texts, size_t count, bool fenced,
                 const struct words *w, bool (*holds)(struct str, const struct words *),
                 size_t *ret_text)
{
    for (size_t i = 0; i < count; i++) {
        if (texts[i].fenced == fenced && holds(texts[i].text, w)) {
            if (ret_text)
                *ret_text = i;
            return true;
        }
    }
    return false;
}

enum provenance provenance_of(struct str words, const struct provenance_text *texts, size_t count,
                              size_t *ret_text)
{
    struct words w;

    split(words, &w);
    if (w.count == 0)
        return PROVENANCE_NOWHERE;
    if (find(texts, count, false, &w, holds_whole, ret_text))
        return PROVENANCE_TRUSTED;
    if (find(texts, count, true, &w, holds_whole, ret_text))
        return PROVENANCE_FENCED;
    if (find(texts, count, false, &w, holds_words, ret_text))
        return PROVENANCE_TRUSTED;
    if (find(texts, count, true, &w, holds_words, ret_text))
        return PROVENANCE_FENCED;
    return PROVENANCE_NOWHERE;
}
