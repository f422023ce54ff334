/* palette_resources.c - resources in the palette. There may be very many, and a key must be quick:
 * names are kept in small letters with the set of their letters, which tells at once what cannot
 * match; and what was typed further is looked for only among what matched before, as a longer text
 * never matches more. */
#include "src/ui/tui_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/view/fuzzy.h"

#define KEPT_OF_A_RANK 60

/* ---- what is known of their names ---- */

static void add_lower(struct buf *out, const char *s)
{
    size_t from = out->len;

    buf_adds(out, s);
    for (char *c = out->ptr + from; *s; c++, s++)
        if (*c >= 'A' && *c <= 'Z')
            *c ^= 0x20;
}

static void know(struct palette_resources *k, size_t i, const struct resource *r)
{
    struct palette_resource *p = &k->items.items[i];

    p->name = r->name;
    p->kind = r->kind;
    p->at = (uint32_t)k->lower.len;
    add_lower(&k->lower, r->name);
    p->name_len = (uint32_t)(k->lower.len - p->at);
    add_lower(&k->lower, r->kind);
    p->kind_len = (uint32_t)(k->lower.len - p->at - p->name_len);
    p->letters = fuzzy_letters((struct str){k->lower.ptr + p->at, p->name_len + p->kind_len});
}

/* Names of the model as it is now. Texts of earlier names stay behind until there are too many. */
static void refresh(struct palette_resources *k, const struct model *m)
{
    size_t n = m->resources.count < PALETTE_RESOURCES ? m->resources.count : PALETTE_RESOURCES;

    if (!k->lower.max)
        buf_init(&k->lower, BUF_NO_MAX);
    if (k->model == m && k->version == m->resources_version && k->items.count == n)
        return;
    if (k->model != m || k->items.count > n || k->lower.len > k->least * 2 + 65536) {
        k->items.count = 0;
        buf_clear(&k->lower);
        k->lower.full = false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct resource *r = &m->resources.items[i];

        if (i == k->items.count)
            *VEC_PUSH(&k->items) = (struct palette_resource){0};
        if (k->items.items[i].name != r->name || k->items.items[i].kind != r->kind)
            know(k, i, r);
    }
    if (!k->least || k->lower.len < k->least)
        k->least = k->lower.len;
    k->model = m;
    k->version = m->resources_version;
    k->typed_len = SIZE_MAX; /* what matched before may not match now */
}

/* ---- what fits ---- */

/* The worst of the terms; each may be in the name, the kind, or the word "resource". */
static enum fuzzy_rank rank_of(const struct palette_resources *k, const struct palette_resource *p,
                               const struct fuzzy *f, const enum fuzzy_rank *word)
{
    struct str name = {k->lower.ptr + p->at, p->name_len},
               kind = {name.ptr + name.len, p->kind_len};
    enum fuzzy_rank worst = FUZZY_WHOLE;

    for (size_t i = 0; i < f->count && worst; i++) {
        const struct fuzzy_term *t = &f->terms[i];
        enum fuzzy_rank r = word[i], other;

        if ((t->letters & ~p->letters) == 0) {
            other = t->exact_case ? fuzzy_match(t, str_from(p->name), true)
                                  : fuzzy_match_lower(t, name, true);
            r = other > r ? other : r;
            other = t->exact_case ? fuzzy_match(t, str_from(p->kind), false)
                                  : fuzzy_match_lower(t, kind, false);
            r = other > r ? other : r;
        }
        worst = r < worst ? r : worst;
    }
    return worst;
}

/* Is it what was typed before, and more behind it? */
static bool goes_on(const struct palette_resources *k, struct str typed)
{
    return k->typed_len != SIZE_MAX && k->typed_len && typed.len >= k->typed_len &&
           memcmp(typed.ptr, k->typed, k->typed_len) == 0;
}

static void remember(struct palette_resources *k, struct str typed)
{
    k->typed_len = typed.len <= sizeof(k->typed) ? typed.len : SIZE_MAX;
    if (k->typed_len != SIZE_MAX)
        memcpy(k->typed, typed.ptr, typed.len);
}

size_t palette_find_resources(struct palette_resources *k, const struct model *m,
                              const struct fuzzy *f, struct str typed, palette_found_fn *found,
                              void *ctx)
{
    enum fuzzy_rank word[FUZZY_TERMS];
    size_t kept[FUZZY_RANKS] = {0}, n, matches = 0;
    bool again;

    refresh(k, m);
    if (!f->count)
        return k->items.count;
    for (size_t i = 0; i < f->count; i++) {
        word[i] = fuzzy_match(&f->terms[i], STR_LIT("resource"), false);
        word[i] = word[i] > FUZZY_FIELD ? FUZZY_FIELD : word[i];
    }
    again = goes_on(k, typed);
    n = again ? k->matched.count : k->items.count;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = again ? k->matched.items[i] : (uint32_t)i;
        enum fuzzy_rank r = rank_of(k, &k->items.items[at], f, word);

        if (r == FUZZY_NO)
            continue;
        if (matches == k->matched.count)
            *VEC_PUSH(&k->matched) = at;
        else
            k->matched.items[matches] = at;
        matches++;
        if (kept[r]++ < KEPT_OF_A_RANK)
            found(ctx, at, r);
    }
    k->matched.count = matches;
    remember(k, typed);
    return k->items.count;
}

void palette_resources_release(struct palette_resources *k)
{
    VEC_RELEASE(&k->items);
    VEC_RELEASE(&k->matched);
    buf_release(&k->lower);
    *k = (struct palette_resources){0};
}
