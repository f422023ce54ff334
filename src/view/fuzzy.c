/* fuzzy.c - see fuzzy.h. One pass forward finds where a scattered match ends as early as possible,
 * one backward pulls its beginning as close to that end as it goes. */
#include "runbook/view/fuzzy.h"

#include <string.h>

#include "src/view/view_priv.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || (c & 0x80);
}

/* a-z and 0-9 have a bit each, all else shares the other 28. */
static uint64_t letter_bit(char c)
{
    c = lower(c);
    if (c >= 'a' && c <= 'z')
        return UINT64_C(1) << (c - 'a');
    if (is_digit(c))
        return UINT64_C(1) << (26 + c - '0');
    return UINT64_C(1) << (36 + (unsigned char)c % 28);
}

uint64_t fuzzy_letters(struct str text)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < text.len; i++)
        bits |= letter_bit(text.ptr[i]);
    return bits;
}

static bool is_tail(char c) /* of a character of several bytes */
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the term from `i` on that stay together. */
static size_t unit_len(const struct fuzzy_term *t, size_t i)
{
    size_t n = 1;

    if (is_digit(t->text[i]))
        while (i + n < t->len && is_digit(t->text[i + n]))
            n++;
    else
        while (i + n < t->len && is_tail(t->text[i + n]))
            n++;
    return n;
}

static void add_term(struct fuzzy *f, struct str word)
{
    struct fuzzy_term *t = &f->terms[f->count++];

    *t = (struct fuzzy_term){.len = word.len < FUZZY_TERM_MAX ? word.len : FUZZY_TERM_MAX};
    for (size_t i = 0; i < t->len; i++)
        t->exact_case = t->exact_case || (word.ptr[i] >= 'A' && word.ptr[i] <= 'Z');
    for (size_t i = 0; i < t->len; i++)
        t->text[i] = t->exact_case ? word.ptr[i] : lower(word.ptr[i]);
    for (size_t i = 0; i < t->len; i += t->units[t->unit_count++])
        t->units[t->unit_count] = (uint8_t)unit_len(t, i);
    t->letters = fuzzy_letters((struct str){t->text, t->len});
}

void fuzzy_parse(struct fuzzy *f, struct str typed)
{
    struct str word;

    f->count = 0;
    while (f->count < FUZZY_TERMS && str_split(&typed, ' ', &word))
        if (word.len)
            add_term(f, word);
}

static bool same(const struct fuzzy_term *t, char term_char, char c)
{
    return term_char == (t->exact_case ? c : lower(c));
}

/* ---- a part ---- */

static size_t find_part(const struct fuzzy_term *t, struct str text)
{
    for (size_t at = 0; at + t->len <= text.len; at++) {
        size_t i = 0;

        while (i < t->len && same(t, t->text[i], text.ptr[at + i]))
            i++;
        if (i == t->len)
            return at;
    }
    return SIZE_MAX;
}

static enum fuzzy_rank rank_part(const struct fuzzy_term *t, struct str text, size_t at)
{
    if (at == 0)
        return text.len == t->len ? FUZZY_WHOLE : FUZZY_PREFIX;
    return is_word(text.ptr[at - 1]) && is_word(text.ptr[at]) ? FUZZY_INSIDE : FUZZY_WORD;
}

/* ---- scattered ---- */

static bool unit_at(const struct fuzzy_term *t, size_t i, size_t n, struct str text, size_t at)
{
    if (is_digit(t->text[i]) && at > 0 && is_digit(text.ptr[at - 1]))
        return false; /* inside a number */
    for (size_t k = 0; k < n; k++)
        if (!same(t, t->text[i + k], text.ptr[at + k]))
            return false;
    return true;
}

/* The end of the earliest scattered match, SIZE_MAX: none. */
static size_t scan_forward(const struct fuzzy_term *t, struct str text)
{
    size_t at = 0, i = 0;

    for (size_t u = 0; u < t->unit_count; u++) {
        size_t n = t->units[u];

        while (at + n <= text.len && !unit_at(t, i, n, text, at))
            at++;
        if (at + n > text.len)
            return SIZE_MAX;
        at += n;
        i += n;
    }
    return at;
}

/* From that end back: the latest beginning. Marks what it passes when `hit` is not NULL. The same
 * units as forward, so that each of them is found again before the text begins. */
static size_t scan_backward(const struct fuzzy_term *t, struct str text, size_t end, bool *hit)
{
    size_t at = end, i = t->len;

    for (size_t u = t->unit_count; u > 0; u--) {
        size_t n = t->units[u - 1];

        i -= n;
        if (at < n)
            return 0;
        at -= n;
        while (at > 0 && !unit_at(t, i, n, text, at))
            at--;
        for (size_t k = 0; hit && k < n; k++)
            hit[at + k] = true;
    }
    return at;
}

static enum fuzzy_rank rank_scattered(const struct fuzzy_term *t, struct str text)
{
    size_t end = scan_forward(t, text);

    if (end == SIZE_MAX)
        return FUZZY_NO;
    return end - scan_backward(t, text, end, NULL) <= t->len + t->len / 2 ? FUZZY_TIGHT
                                                                          : FUZZY_SCATTERED;
}

/* ---- both ---- */

enum fuzzy_rank fuzzy_match(const struct fuzzy_term *t, struct str text, bool scattered)
{
    size_t at = find_part(t, text);

    if (at != SIZE_MAX)
        return rank_part(t, text, at);
    return scattered ? rank_scattered(t, text) : FUZZY_NO;
}

enum fuzzy_rank fuzzy_match_lower(const struct fuzzy_term *t, struct str text, bool scattered)
{
    const char *at = memmem(text.ptr, text.len, t->text, t->len);

    if (at)
        return rank_part(t, text, (size_t)(at - text.ptr));
    return scattered ? rank_scattered(t, text) : FUZZY_NO;
}

enum fuzzy_rank fuzzy_match_all(const struct fuzzy *f, struct str text)
{
    enum fuzzy_rank worst = FUZZY_WHOLE;

    for (size_t i = 0; i < f->count && worst; i++) {
        enum fuzzy_rank r = fuzzy_match(&f->terms[i], text, true);

        if (r < worst)
            worst = r;
    }
    return worst;
}

void fuzzy_mark(const struct fuzzy_term *t, struct str text, bool scattered, bool *hit)
{
    size_t at = find_part(t, text);

    if (at != SIZE_MAX) {
        memset(hit + at, true, t->len);
        return;
    }
    at = scattered ? scan_forward(t, text) : SIZE_MAX;
    if (at != SIZE_MAX)
        scan_backward(t, text, at, hit);
}

bool text_matches(const char *text, struct str filter)
{
    struct fuzzy_term t = {.len = filter.len < FUZZY_TERM_MAX ? filter.len : FUZZY_TERM_MAX};

    for (size_t i = 0; i < t.len; i++)
        t.text[i] = lower(filter.ptr[i]);
    return find_part(&t, str_from(text)) != SIZE_MAX;
}
