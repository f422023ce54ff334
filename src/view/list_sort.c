/* list_sort.c - the order of a list: numbers become 64-bit keys whose order is theirs, and are
 * sorted by radix; texts become rows of such keys, eight bytes at a time. Equal items stay in the
 * order in which they came. */
#include "src/view/list_priv.h"

#include <math.h>
#include <string.h>

#include "runbook/base/mem.h"

#define LAST UINT64_MAX
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

/* Texts that are empty have one word that is last in either direction. */
static void pack(struct words *w, const char *text, bool down)
{
    struct packer p = {w, 0, 0, 0};
    size_t from = w->words.count;

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
    for (size_t i = from; down && i < w->words.count; i++)
        w->words.items[i] = ~w->words.items[i];
}

static void sort_words(struct words *w, size_t from, size_t n, size_t depth, uint64_t none)
{
    struct sorter s = {w->sort.keys + from, w->sort.spare_keys + from, w->sort.items + from,
                       w->sort.spare_items + from};

    for (size_t i = 0; i < n; i++) {
        size_t at = w->at[s.items[i]] + depth;

        s.keys[i] = at < w->at[s.items[i] + 1] ? w->words.items[at] : none;
    }
    sort_pairs(s, n);
    if (depth + 1 >= WORDS_MAX)
        return;
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t key = s.keys[i];

        for (end = i + 1; end < n && s.keys[end] == key; end++)
            ;
        if (end - i > 1 && key != none && key != LAST)
            sort_words(w, from + i, end - i, depth + 1, none);
    }
}

static void order_by_text(struct list *l, const void *data, struct sorter s)
{
    const struct list_column *c = &l->def->columns[l->sort];
    struct words w = {.sort = s};
    bool down = falls(l);
    size_t n = l->work->count;

    w.at = xreallocarray(NULL, n + 1, sizeof(*w.at));
    for (size_t i = 0; i < n; i++) {
        w.at[i] = (uint32_t)w.words.count;
        pack(&w, c->text(data, i), down);
    }
    w.at[n] = (uint32_t)w.words.count;
    sort_words(&w, 0, n, 0, down ? UINT64_MAX - 1 : 0);
    VEC_RELEASE(&w.words);
    free(w.at);
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
    if (c->number) {
        memcpy(s.keys, w->keys, n * sizeof(*s.keys));
        sort_pairs(s, n);
    } else {
        order_by_text(l, data, s);
    }
    free(s.keys);
    free(s.spare_keys);
    free(s.spare_items);
}
