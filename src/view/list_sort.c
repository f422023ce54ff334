/* list_sort.c - the order of a list: numbers become 64-bit keys whose order is theirs, and are
 * sorted by radix; texts become rows of such keys, eight bytes at a time, and then a number each:
 * their rank, which is kept as long as the texts are the same, so that a column is read once and
 * the other direction is a sort by number. Of a hundred
 * thousand items few have a kind or a region of their own: a text that is the same pointer as one
 * that was met shortly before is packed and sorted once. Equal items stay in the order in which
 * they came. */
#include "src/view/list_priv.h"

#include <math.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LAST UINT64_MAX
#define LAST_RANK UINT32_MAX
#define FEW 48       /* items that are sorted by insertion */
#define WORDS_MAX 12 /* of a text that are compared: 96 bytes */

struct sorter {
    uint64_t *keys, *spare_keys;
    uint32_t *items, *spare_items;
};

static void insert_sort(uint64_t *keys, uint32_t *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        uint32_t item = items[i];
        size_t k = i;

        for (; k > 0 && keys[k - 1] > key; k--) {
            keys[k] = keys[k - 1];
            items[k] = items[k - 1];
        }
        keys[k] = key;
        items[k] = item;
    }
}

/* One pass over one byte of the keys; false when all have the same there. */
static bool radix_pass(struct sorter *s, size_t n, int shift, const uint32_t counts[256])
{
    uint32_t at[256], sum = 0;

    for (int b = 0; b < 256; b++) {
        if (counts[b] == n)
            return false;
        at[b] = sum;
        sum += counts[b];
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t to = at[s->keys[i] >> shift & 0xFF]++;

        s->spare_keys[to] = s->keys[i];
        s->spare_items[to] = s->items[i];
    }
    return true;
}

/* Sort keys and items together; the result is in the same arrays. */
static void sort_pairs(struct sorter s, size_t n)
{
    uint64_t *home = s.keys;
    uint32_t counts[8][256];

    if (n <= FEW) {
        insert_sort(s.keys, s.items, n);
        return;
    }
    memset(counts, 0, sizeof(counts));
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < 8; b++)
            counts[b][s.keys[i] >> (8 * b) & 0xFF]++;
    for (int b = 0; b < 8; b++)
        if (radix_pass(&s, n, 8 * b, counts[b]))
            s = (struct sorter){s.spare_keys, s.keys, s.spare_items, s.items};
    if (s.keys != home) {
        memcpy(s.spare_keys, s.keys, n * sizeof(*s.keys));
        memcpy(s.spare_items, s.items, n * sizeof(*s.items));
    }
}

/* ---- by number ---- */

static uint64_t key_of(double v, bool falls)
{
    uint64_t bits;

    if (isnan(v))
        return LAST;
    memcpy(&bits, &v, sizeof(bits));
    bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    return falls ? ~bits : bits;
}

static bool falls(const struct list *l)
{
    return l->def->columns[l->sort].falls != l->reverse;
}

void list_make_keys(struct list *l, const void *data, size_t from, size_t to)
{
    const struct list_column *c = l->sort < 0 ? NULL : &l->def->columns[l->sort];
    bool down = c && falls(l);

    if (c && c->number)
        for (size_t i = from; i < to; i++)
            l->work->keys[i] = key_of(c->number(data, i), down);
}

/* ---- by text ---- */

#define MET 1024 /* texts that are remembered while all are looked at; a power of two */

struct words {
    VEC(uint64_t) words;
    uint32_t *at; /* by item; words up to the next one's */
    struct sorter sort;
};

struct packer {
    struct words *w;
    uint64_t word;
    int bytes;
    size_t words;
};

static void pack_byte(struct packer *p, unsigned char c)
{
    p->word |= (uint64_t)c << (56 - 8 * p->bytes);
    if (++p->bytes < 8)
        return;
    if (p->words++ < WORDS_MAX)
        *VEC_PUSH(&p->w->words) = p->word;
    p->word = 0;
    p->bytes = 0;
}

/* A number is written as how many digits it has and then the digits, so that 9 is before 10. */
static const char *pack_number(struct packer *p, const char *text)
{
    size_t digits;

    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        text++;
    digits = strspn(text, "0123456789");
    pack_byte(p, (unsigned char)('0' + (digits < 9 ? digits : 9)));
    for (size_t i = 0; i < digits; i++)
        pack_byte(p, (unsigned char)text[i]);
    return text + digits;
}

/* Texts that are empty have one word that is last. */
static void pack(struct words *w, const char *text)
{
    struct packer p = {w, 0, 0, 0};

    if (!*text) {
        *VEC_PUSH(&w->words) = LAST;
        return;
    }
    while (*text && p.words < WORDS_MAX) {
        unsigned char c = (unsigned char)*text;

        if (c >= '0' && c <= '9') {
            text = pack_number(&p, text);
            continue;
        }
        pack_byte(&p, c >= 'A' && c <= 'Z' ? c + 32 : c);
        text++;
    }
    if (p.words < WORDS_MAX)
        *VEC_PUSH(&w->words) = p.word;
}

static void sort_words(struct words *w, size_t from, size_t n, size_t depth)
{
    struct sorter s = {w->sort.keys + from, w->sort.spare_keys + from, w->sort.items + from,
                       w->sort.spare_items + from};
    bool same = true;

    for (size_t i = 0; i < n; i++) {
        size_t at = w->at[s.items[i]] + depth;

        s.keys[i] = at < w->at[s.items[i] + 1] ? w->words.items[at] : 0;
        same = same && s.keys[i] == s.keys[0];
    }
    if (!same) /* most texts begin alike */
        sort_pairs(s, n);
    if (depth + 1 >= WORDS_MAX)
        return;
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t key = s.keys[i];

        for (end = i + 1; end < n && s.keys[end] == key; end++)
            ;
        if (end - i > 1 && key != 0 && key != LAST)
            sort_words(w, from + i, end - i, depth + 1);
    }
}

struct met {
    const char *text[MET];
    uint32_t word[MET]; /* which of the words that are sorted */
};

static size_t place_of(const char *text)
{
    return (size_t)(((uint64_t)(uintptr_t)text * UINT64_C(0x9E3779B97F4A7C15)) >> 54);
}

/* Each text that is not known becomes one of the words; */
static size_t collect_words(struct list *l, const void *data, struct words *w, uint32_t *word_of)
{
    const struct list_column *c = &l->def->columns[l->sort];
    struct met *met = xcalloc(1, sizeof(*met));
    size_t n = 0;

    for (size_t i = 0; i < l->work->count; i++) {
        const char *text = c->text(data, i);
        size_t at = place_of(text);

        if (met->text[at] != text) {
            met->text[at] = text;
            met->word[at] = (uint32_t)n;
            w->at[n++] = (uint32_t)w->words.count;
            pack(w, text);
        }
        word_of[i] = met->word[at];
    }
    w->at[n] = (uint32_t)w->words.count;
    free(met);
    return n;
}

static bool same_words(const struct words *w, uint32_t a, uint32_t b)
{
    size_t n = w->at[a + 1] - w->at[a];

    return n == w->at[b + 1] - w->at[b] &&
           memcmp(w->words.items + w->at[a], w->words.items + w->at[b],
                  n * sizeof(*w->words.items)) == 0;
}

/* The rank of each item's text among all; LAST_RANK of an empty one. */
static void make_ranks(struct list *l, const void *data, struct sorter s)
{
    struct list_work *work = l->work;
    struct words w = {.sort = s};
    uint32_t *rank, *word_of = xreallocarray(NULL, work->count, sizeof(*word_of)), at = 0;
    size_t n;

    w.at = xreallocarray(NULL, work->count + 1, sizeof(*w.at));
    n = collect_words(l, data, &w, word_of);
    for (size_t i = 0; i < n; i++)
        s.items[i] = (uint32_t)i;
    sort_words(&w, 0, n, 0);
    rank = xreallocarray(NULL, n, sizeof(*rank));
    for (size_t i = 0; i < n; i++) {
        at += i && !same_words(&w, s.items[i - 1], s.items[i]);
        rank[s.items[i]] = w.words.items[w.at[s.items[i]]] == LAST ? LAST_RANK : at;
    }
    work->ranks[l->sort] = xreallocarray(NULL, work->count, sizeof(**work->ranks));
    for (size_t i = 0; i < work->count; i++)
        work->ranks[l->sort][i] = rank[word_of[i]];
    VEC_RELEASE(&w.words);
    free(w.at);
    free(word_of);
    free(rank);
}

void list_drop_ranks(struct list_work *w)
{
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        free(w->ranks[i]);
        w->ranks[i] = NULL;
    }
}

static void keys_by_text(struct list *l, const void *data, struct sorter s)
{
    struct list_work *w = l->work;
    bool down = falls(l);

    if (!w->ranks[l->sort])
        make_ranks(l, data, s);
    for (size_t i = 0; i < w->count; i++) {
        uint32_t rank = w->ranks[l->sort][i];

        s.keys[i] = rank == LAST_RANK ? LAST_RANK : down ? LAST_RANK - 1 - rank : rank;
    }
    for (size_t i = 0; i < w->count; i++)
        s.items[i] = (uint32_t)i;
}

/* ---- */

void list_make_order(struct list *l, const void *data)
{
    struct list_work *w = l->work;
    const struct list_column *c = l->sort < 0 ? NULL : &l->def->columns[l->sort];
    size_t n = w->count;
    struct sorter s = {.items = w->order};

    for (size_t i = 0; i < n; i++)
        w->order[i] = (uint32_t)i;
    if (!c || n < 2)
        return;
    s.keys = xreallocarray(NULL, n, sizeof(*s.keys));
    s.spare_keys = xreallocarray(NULL, n, sizeof(*s.spare_keys));
    s.spare_items = xreallocarray(NULL, n, sizeof(*s.spare_items));
    if (c->number)
        memcpy(s.keys, w->keys, n * sizeof(*s.keys));
    else
        keys_by_text(l, data, s);
    sort_pairs(s, n);
    free(s.keys);
    free(s.spare_keys);
    free(s.spare_items);
}
