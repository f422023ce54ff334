/* transcript_find.c - search in what is drawn: every match is marked, and counted over all items.
 * An item is laid out once for a search and its matches are counted; only items that changed are
 * looked at again. A longer text is looked for only where the shorter one was found. */
#include "src/view/transcript_priv.h"

#include "runbook/base/text.h"

#define HITS_MAX 60000

static bool has_upper(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
            return true;
    return false;
}

/* Capitals mean themselves; a text without any is found in every spelling. */
static ptrdiff_t find_next(struct str hay, struct str needle, bool exact)
{
    return exact ? str_find(hay, needle) : str_ifind(hay, needle);
}

typedef void match_fn(void *ctx, size_t at, size_t len);

static size_t each_match(const struct rich *r, struct str needle, match_fn *fn, void *ctx)
{
    bool exact = has_upper(needle);
    size_t count = 0;

    for (size_t i = 0; i < r->paras.count && needle.len; i++) {
        size_t at = r->paras.items[i].at, end = r->paras.items[i].end;
        ptrdiff_t found;

        while (at < end &&
               (found = find_next((struct str){r->text.ptr + at, end - at}, needle, exact)) >= 0) {
            if (fn)
                fn(ctx, at + (size_t)found, needle.len);
            count++;
            at += (size_t)found + needle.len;
        }
    }
    return count;
}

static void keep_match(void *ctx, size_t at, size_t len)
{
    struct entry *e = ctx;

    *VEC_PUSH(&e->matches) = (struct span){at, len};
}

void find_matches(struct screen *s, struct entry *e)
{
    struct transcript *c = transcript_of(s);

    if (e->search == c->search)
        return;
    e->matches.count = 0;
    e->search = c->search;
    if (*s->transcript.search)
        each_match(&e->rich, str_from(s->transcript.search), keep_match, e);
}

static size_t count_in(struct screen *s, const struct model *m, size_t item)
{
    struct transcript *c = transcript_of(s);
    struct str needle = str_from(s->transcript.search);
    struct entry e;
    size_t n;

    if (item_streams(m, item)) { /* what is laid out already is not laid out again */
        n = each_match(&entry_get(s, m, item)->rich, needle, NULL, NULL);
        return n < HITS_MAX ? n : HITS_MAX;
    }
    entry_lay_once(s, m, item, c->width, c->ascii, &e);
    n = each_match(&e.rich, needle, NULL, NULL);
    entry_release(&e);
    return n < HITS_MAX ? n : HITS_MAX;
}

/* Bring the counts up to date. */
void transcript_count(struct screen *s, const struct model *m)
{
    struct transcript *c = transcript_of(s);

    if (!*s->transcript.search)
        return;
    while (c->hits.count < m->items.count) {
        VEC_PUSH(&c->hits);
        VEC_PUSH(&c->hits_stamps);
    }
    for (size_t i = 0; i < m->items.count; i++) {
        size_t stamp = item_stamp(s, m, i) ^ ((size_t)c->width << 20);

        if (c->hits_stamps.items[i] == stamp)
            continue;
        c->hits.items[i] = (uint16_t)count_in(s, m, i);
        c->hits_stamps.items[i] = stamp;
    }
}

void transcript_find_note(struct screen *s, const struct model *m, size_t *ret_at, size_t *ret_all)
{
    struct transcript *c = transcript_of(s);
    bool filtered = *s->transcript.filter;
    size_t shown = filtered ? transcript_shown(s, m) : m->items.count;

    *ret_at = *ret_all = 0;
    for (size_t p = 0; p < shown; p++) {
        size_t i = filtered ? item_at(s, p) : p;

        if (i >= c->hits.count)
            break;
        if (i == s->transcript.match_item && s->transcript.match_nth < c->hits.items[i])
            *ret_at = *ret_all + s->transcript.match_nth + 1;
        *ret_all += c->hits.items[i];
    }
}

/* ---- going from match to match ---- */

/* The line of an item's n-th match, to be seen. */
static void show_match(struct screen *s, const struct model *m, size_t item, size_t nth)
{
    struct entry *e;
    size_t line = 0, at;

    s->transcript.match_item = item;
    s->transcript.match_nth = nth;
    if (!*s->transcript.filter)
        turn_unfold(s, turn_of(s, m, item));
    transcript_shown(s, m);
    e = entry_get(s, m, item);
    find_matches(s, e);
    if (nth < e->matches.count) {
        at = e->matches.items[nth].at;
        while (line + 1 < e->rich.lines.count && e->rich.lines.items[line + 1].at <= at)
            line++;
    }
    transcript_show_line(s, m, item, line + (e->gap_before && item > 0));
}

/* The next item with a match from `place` on, round and round; SIZE_MAX: none. */
static size_t next_with(struct screen *s, size_t place, int by, size_t shown, bool filtered,
                        bool *ret_wrapped)
{
    struct transcript *c = transcript_of(s);

    for (size_t n = 0; n < shown; n++) {
        size_t item = filtered ? item_at(s, place) : place;

        if (item < c->hits.count && c->hits.items[item])
            return item;
        if (by > 0 ? place + 1 == shown : place == 0)
            *ret_wrapped = true;
        place = by > 0 ? (place + 1) % shown : place ? place - 1 : shown - 1;
    }
    return SIZE_MAX;
}

static enum find_result go(struct screen *s, const struct model *m, size_t from, size_t nth, int by,
                           bool first)
{
    struct transcript *c = transcript_of(s);
    bool filtered = *s->transcript.filter, wrapped = false;
    size_t shown = filtered ? transcript_shown(s, m) : m->items.count, item, place;

    if (!shown)
        return FIND_NOTHING;
    /* Another one in the same item? */
    if (!first && from < c->hits.count &&
        (by > 0 ? nth + 1 < c->hits.items[from] : nth > 0 && nth <= c->hits.items[from])) {
        show_match(s, m, from, by > 0 ? nth + 1 : nth - 1);
        return FIND_FOUND;
    }
    place = filtered ? place_of(s, from) : from < shown ? from : shown - 1;
    if (!first) {
        wrapped = by > 0 ? place + 1 == shown : place == 0;
        place = by > 0 ? (place + 1) % shown : place ? place - 1 : shown - 1;
    }
    item = next_with(s, place, by, shown, filtered, &wrapped);
    if (item == SIZE_MAX)
        return FIND_NOTHING;
    show_match(s, m, item, by > 0 ? 0 : c->hits.items[item] - 1u);
    return wrapped ? FIND_WRAPPED : FIND_FOUND;
}

static void set_text(char out[SCREEN_FILTER_MAX], const char *text)
{
    struct str fit = str_from(text);

    while (fit.len >= SCREEN_FILTER_MAX || (fit.len && (fit.ptr[fit.len] & 0xC0) == 0x80))
        fit.len--;
    memcpy(out, fit.ptr, fit.len);
    out[fit.len] = '\0';
}

/* What contains the longer text contains the shorter one: other items need not be looked at. */
static void narrow(struct screen *s, const char *text)
{
    struct transcript *c = transcript_of(s);
    const char *old = s->transcript.search;
    bool longer = *old && strncmp(text, old, strlen(old)) == 0 &&
                  (has_upper(str_from(text)) || !has_upper(str_from(old)));

    for (size_t i = 0; i < c->hits.count; i++)
        if (!longer || c->hits.items[i])
            c->hits_stamps.items[i] = 0;
}

void screen_search_begin(struct screen *s)
{
    s->transcript.origin_item = s->transcript.top_item;
    s->transcript.origin_line = s->transcript.top_line;
    s->transcript.origin_follow = s->transcript.follow;
}

enum find_result screen_search(struct screen *s, const struct model *m, const char *text)
{
    struct transcript *c = transcript_of(s);
    size_t shown = transcript_shown(s, m), from;

    narrow(s, text);
    set_text(s->transcript.search, text);
    c->search++;
    s->transcript.match_item = SIZE_MAX;
    s->transcript.top_item = s->transcript.origin_item;
    s->transcript.top_line = s->transcript.origin_line;
    s->transcript.follow = s->transcript.origin_follow;
    if (!*text || !shown || !c->width)
        return FIND_NOTHING;
    transcript_fit(s, m, c->width, c->ascii);
    transcript_count(s, m);
    from = item_at(s, s->transcript.top_item < shown ? s->transcript.top_item : shown - 1);
    return go(s, m, from, 0, 1, true);
}

enum find_result screen_search_next(struct screen *s, const struct model *m, int by)
{
    struct transcript *c = transcript_of(s);
    size_t shown = transcript_shown(s, m), from = s->transcript.match_item;
    bool fresh = from >= m->items.count;

    if (!*s->transcript.search || !shown || !c->width)
        return FIND_NO_SEARCH;
    transcript_fit(s, m, c->width, c->ascii);
    transcript_count(s, m);
    if (fresh)
        from = item_at(s, s->transcript.top_item < shown ? s->transcript.top_item : shown - 1);
    return go(s, m, from, fresh ? 0 : s->transcript.match_nth, by, fresh);
}

void screen_search_end(struct screen *s)
{
    s->transcript.search[0] = '\0';
    s->transcript.match_item = SIZE_MAX;
    transcript_of(s)->search++;
}
