/* list_filter.c - which rows match what was typed.
 * The texts of all items lie in one block in lower case, made when the first filter is typed and
 * mended when an item changes. A pass over it in the order of the items writes one byte an item:
 * how it matches. While characters are added to a filter, only what matched before is looked at
 * (fuzzy.h says why that is enough). The rows are then dealt out by rank, in the list's order
 * inside a rank: the best matches first, and what the person sorted by still holds among equals. */
#include "src/view/list_priv.h"

#include <string.h>

#include "runbook/base/mem.h"

#define NAME_MAX_BYTES 500
#define TEXT_MAX_BYTES 250
#define WASTE_MIN 65536

/* ---- the block of texts ---- */

static void make_room(struct list_texts *t, size_t items, size_t bytes)
{
    if (items > t->item_cap) {
        size_t cap = items + items / 4 + 64;

        t->at = xreallocarray(t->at, cap, sizeof(*t->at));
        t->name_len = xreallocarray(t->name_len, cap, sizeof(*t->name_len));
        t->rest_len = xreallocarray(t->rest_len, cap, sizeof(*t->rest_len));
        t->letters = xreallocarray(t->letters, cap, sizeof(*t->letters));
        t->item_cap = cap;
    }
    if (t->len + bytes > t->cap) {
        t->cap = (t->len + bytes) + (t->len + bytes) / 2 + 4096;
        t->bytes = xrealloc(t->bytes, t->cap);
    }
}

static size_t put_lower(struct list_texts *t, const char *text, size_t max)
{
    size_t n = strnlen(text, max);

    for (size_t i = 0; i < n; i++) {
        char c = text[i];

        t->bytes[t->len + i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    t->len += n;
    return n;
}

void list_texts_put(struct list *l, const void *data, size_t item)
{
    struct list_texts *t = &l->work->texts;
    const char *texts[LIST_TEXTS];
    size_t n = l->def->texts(data, item, texts), from;

    make_room(t, item + 1, NAME_MAX_BYTES + LIST_TEXTS * (TEXT_MAX_BYTES + 1) + 2);
    if (item < t->count)
        t->waste += (size_t)t->name_len[item] + t->rest_len[item] + 2;
    else
        t->count = item + 1;
    from = t->len;
    if (from > UINT32_MAX - 8192) { /* four gigabytes of names: such an item matches nothing */
        t->at[item] = 0;
        t->name_len[item] = t->rest_len[item] = 0;
        t->letters[item] = 0;
        return;
    }
    t->at[item] = (uint32_t)from;
    t->name_len[item] = (uint16_t)(n ? put_lower(t, texts[0], NAME_MAX_BYTES) : 0);
    t->bytes[t->len++] = '\0';
    for (size_t i = 1; i < n; i++) {
        if (i > 1)
            t->bytes[t->len++] = '\001';
        put_lower(t, texts[i], TEXT_MAX_BYTES);
    }
    t->rest_len[item] = (uint16_t)(t->len - from - t->name_len[item] - 1);
    t->letters[item] = fuzzy_letters((struct str){t->bytes + from, t->len - from});
    t->bytes[t->len++] = '\0';
}

void list_texts_fill(struct list *l, const void *data)
{
    struct list_texts *t = &l->work->texts;

    if (t->count > l->work->count || (t->waste > WASTE_MIN && t->waste > t->len / 2))
        t->count = t->len = t->waste = 0;
    while (t->count < l->work->count)
        list_texts_put(l, data, t->count);
}

void list_texts_release(struct list_texts *t)
{
    free(t->bytes);
    free(t->at);
    free(t->name_len);
    free(t->rest_len);
    free(t->letters);
    *t = (struct list_texts){0};
}

/* ---- matching ---- */

/* A term with capitals is looked for in the texts as they are; the block says first whether it is
 * worth it. */
static enum fuzzy_rank rank_term(const struct fuzzy_term *t, struct str name, struct str rest)
{
    enum fuzzy_rank r = fuzzy_match_lower(t, name, false);

    if (r == FUZZY_NO && memmem(rest.ptr, rest.len, t->text, t->len))
        r = FUZZY_FIELD;
    return r == FUZZY_NO ? fuzzy_match_lower(t, name, true) : r;
}

static enum fuzzy_rank rank_term_exactly(const struct list *l, const void *data, size_t item,
                                         const struct fuzzy_term *t)
{
    const char *texts[LIST_TEXTS];
    size_t n = l->def->texts(data, item, texts);
    struct str name = n ? str_from(texts[0]) : STR_LIT("");
    enum fuzzy_rank r = fuzzy_match(t, name, false);

    for (size_t i = 1; i < n && r == FUZZY_NO; i++)
        if (fuzzy_match(t, str_from(texts[i]), false))
            r = FUZZY_FIELD;
    return r == FUZZY_NO ? fuzzy_match(t, name, true) : r;
}

/* ---- "region:eu" ---- */

static const struct list_field *field_of(const struct list *l, struct str word,
                                         struct str *ret_value)
{
    struct str rest = word, name;

    if (!memchr(word.ptr, ':', word.len) || !str_split(&rest, ':', &name))
        return NULL;
    for (size_t i = 0; i < l->def->field_count; i++)
        if (str_eq_c(name, l->def->fields[i].name)) {
            *ret_value = rest.ptr ? rest : STR_LIT("");
            return &l->def->fields[i];
        }
    return NULL;
}

/* Words that name a field are taken out of the filter, the others stay. */
static void split_filter(struct list *l, char others[LIST_FILTER_MAX])
{
    struct list_work *w = l->work;
    struct str rest, word;
    size_t n = 0;

    for (size_t i = 0; i < LIST_FILTER_MAX; i++)
        w->terms_text[i] =
            l->filter[i] >= 'A' && l->filter[i] <= 'Z' ? (char)(l->filter[i] + 32) : l->filter[i];
    w->field_count = 0;
    rest = str_from(l->filter);
    while (str_split(&rest, ' ', &word)) {
        size_t at = (size_t)(word.ptr - l->filter);
        struct str lower = {w->terms_text + at, word.len}, value = {0};
        const struct list_field *f = word.len ? field_of(l, lower, &value) : NULL;

        if (f && w->field_count < LIST_FIELD_TERMS) {
            w->fields[w->field_count++] = (struct list_field_term){f, value};
        } else if (word.len && n + word.len + 2 < LIST_FILTER_MAX) {
            if (n)
                others[n++] = ' ';
            memcpy(others + n, word.ptr, word.len);
            n += word.len;
        }
    }
    others[n] = '\0';
}

static bool fields_hold(const struct list *l, const void *data, size_t item)
{
    const struct list_work *w = l->work;

    for (size_t i = 0; i < w->field_count; i++) {
        const struct list_field_term *t = &w->fields[i];

        if (t->value.len && str_ifind(str_from(t->field->text(data, item)), t->value) < 0)
            return false;
    }
    return true;
}

static enum fuzzy_rank rank_item(const struct list *l, const void *data, size_t item)
{
    const struct list_work *w = l->work;
    const struct list_texts *t = &w->texts;
    enum fuzzy_rank worst = FUZZY_WHOLE;

    if (w->field_count && !fields_hold(l, data, item))
        return FUZZY_NO;
    for (size_t i = 0; i < w->fuzzy.count && worst; i++) {
        const struct fuzzy_term *term = &w->fuzzy.terms[i];
        const char *at = t->bytes + t->at[item];
        enum fuzzy_rank r = FUZZY_NO;

        if ((t->letters[item] & term->letters) == term->letters)
            r = term->exact_case
                    ? rank_term_exactly(l, data, item, term)
                    : rank_term(term, (struct str){at, t->name_len[item]},
                                (struct str){at + t->name_len[item] + 1, t->rest_len[item]});
        if (r < worst)
            worst = r;
    }
    return worst;
}

void list_match_item(struct list *l, const void *data, size_t item)
{
    l->work->hits[item] = (uint8_t)rank_item(l, data, item);
}

/* Was something only added at the end of the filter that `hits` answers? */
static bool is_narrower(const struct list *l)
{
    const struct list_work *w = l->work;

    size_t had = strlen(w->hits_of);

    /* "region" looks everywhere, "region:" does not any more. */
    return w->hits_known && strncmp(l->filter, w->hits_of, had) == 0 &&
           !strchr(l->filter + had, ':');
}

static void match_all(struct list *l, const void *data)
{
    struct list_work *w = l->work;
    bool narrower = is_narrower(l);
    char others[LIST_FILTER_MAX];

    if (w->hits_known && strcmp(l->filter, w->hits_of) == 0)
        return;
    list_texts_fill(l, data);
    split_filter(l, others);
    fuzzy_parse(&w->fuzzy, str_from(others));
    for (size_t i = 0; i < w->count; i++)
        if (!narrower || w->hits[i])
            w->hits[i] = (uint8_t)rank_item(l, data, i);
    memcpy(w->hits_of, l->filter, sizeof(w->hits_of));
    w->hits_known = true;
}

/* A fold changes no text: what is hidden is looked at anew each time. */
static void hide_items(struct list *l, const void *data)
{
    struct list_work *w = l->work;
    bool grouped = list_is_grouped(l);

    for (size_t i = 0; l->def->shown && i < w->count; i++)
        if (w->hits[i] && !l->def->shown(data, i, grouped))
            w->hits[i] = FUZZY_NO;
    w->hits_known = w->hits_known && !l->def->shown;
}

void list_make_rows(struct list *l, const void *data)
{
    struct list_work *w = l->work;
    size_t counts[FUZZY_RANKS] = {0}, at[FUZZY_RANKS], sum = 0;

    w->row_count = w->count;
    w->filtered = *l->filter || l->def->shown;
    if (!*l->filter)
        w->hits_known = false;
    if (!w->filtered)
        return;
    if (*l->filter)
        match_all(l, data);
    else if (w->count)
        memset(w->hits, FUZZY_WHOLE, w->count * sizeof(*w->hits));
    hide_items(l, data);
    for (size_t i = 0; i < w->count; i++)
        counts[w->hits[i]]++;
    for (int r = FUZZY_RANKS - 1; r > FUZZY_NO; r--) {
        at[r] = sum;
        sum += counts[r];
    }
    for (size_t i = 0; i < w->count; i++) {
        uint32_t item = w->order[i];

        if (w->hits[item])
            w->rows[at[w->hits[item]]++] = item;
    }
    w->row_count = sum;
}
