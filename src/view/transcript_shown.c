/* transcript_shown.c - which items are shown: those that the filter finds, or all but what folded
 * turns hide. A turn begins where a person asked. Without filter and folds a place is an item's
 * number, and nothing is kept. */
#include "src/view/transcript_priv.h"

static bool item_matches(const struct model *m, const struct item *it, struct str filter)
{
    const char *words;

    for (size_t part = 0; (words = item_words(m, it, part)) != NULL; part++)
        if (text_matches(words, filter))
            return true;
    return false;
}

void transcript_refilter(struct screen *s)
{
    transcript_of(s)->shown_stale = true;
    s->transcript.top_item = s->transcript.top_line = 0;
    s->transcript.follow = true;
}

/* ---- turns ---- */

static void find_turns(struct transcript *c, const struct model *m)
{
    if (c->turns_to > m->items.count)
        c->turns_to = c->turns.count = c->folded.count = c->folded_count = 0;
    for (; c->turns_to < m->items.count; c->turns_to++)
        if (m->items.items[c->turns_to].kind == ITEM_USER) {
            *VEC_PUSH(&c->turns) = c->turns_to;
            VEC_PUSH(&c->folded);
        }
}

size_t turn_of(struct screen *s, const struct model *m, size_t item)
{
    struct transcript *c = transcript_of(s);
    size_t lo = 0, hi;

    find_turns(c, m);
    hi = c->turns.count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->turns.items[mid] <= item)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : SIZE_MAX;
}

size_t turn_end(struct screen *s, const struct model *m, size_t turn)
{
    struct transcript *c = transcript_of(s);

    find_turns(c, m);
    return turn != SIZE_MAX && turn + 1 < c->turns.count ? c->turns.items[turn + 1]
                                                         : m->items.count;
}

bool turn_is_folded(struct screen *s, size_t turn)
{
    struct transcript *c = transcript_of(s);

    return turn < c->folded.count && c->folded.items[turn] && !*s->transcript.filter;
}

static void set_folded(struct screen *s, size_t turn, bool folded)
{
    struct transcript *c = transcript_of(s);

    if (turn >= c->folded.count || c->folded.items[turn] == folded)
        return;
    c->folded.items[turn] = folded;
    c->folded_count += folded ? 1 : SIZE_MAX; /* one less */
    c->shown_stale = true;
}

void turn_unfold(struct screen *s, size_t turn)
{
    set_folded(s, turn, false);
}

/* ---- places ---- */

static bool is_mapped(struct screen *s)
{
    return *s->transcript.filter || transcript_of(s)->folded_count;
}

static bool is_shown(struct screen *s, const struct model *m, size_t item)
{
    struct str filter = str_from(s->transcript.filter);
    size_t turn;

    if (filter.len)
        return item_matches(m, &m->items.items[item], filter);
    turn = turn_of(s, m, item);
    return !turn_is_folded(s, turn) || transcript_of(s)->turns.items[turn] == item;
}

size_t transcript_shown(struct screen *s, const struct model *m)
{
    struct transcript *c = transcript_of(s);

    find_turns(c, m);
    if (!is_mapped(s)) {
        c->shown_stale = true; /* for when it is needed again */
        return m->items.count;
    }
    if (c->shown_stale || c->shown_to > m->items.count) {
        c->shown.count = c->shown_to = 0;
        c->shown_stale = false;
    }
    for (; c->shown_to < m->items.count; c->shown_to++)
        if (is_shown(s, m, c->shown_to))
            *VEC_PUSH(&c->shown) = c->shown_to;
    return c->shown.count;
}

size_t item_at(struct screen *s, size_t place)
{
    return is_mapped(s) ? transcript_of(s)->shown.items[place] : place;
}

size_t place_of(struct screen *s, size_t item)
{
    struct transcript *c = transcript_of(s);
    size_t lo = 0, hi = c->shown.count;

    if (!is_mapped(s))
        return item;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->shown.items[mid] <= item)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : 0;
}

/* ---- keys ---- */

/* The item that keys are about: the selected one, else the end that is followed, else the first in
 * sight. */
static size_t current_item(struct screen *s, const struct model *m, size_t shown)
{
    if (s->transcript.selected < m->items.count)
        return s->transcript.selected;
    if (s->transcript.follow)
        return item_at(s, shown - 1);
    return item_at(s, s->transcript.top_item < shown ? s->transcript.top_item : shown - 1);
}

/* The same item stays at the upper edge when items above it go or come. */
static void keep_top(struct screen *s, const struct model *m, size_t top, size_t selected)
{
    size_t shown = transcript_shown(s, m), at = place_of(s, top);

    if (!shown)
        return;
    if (item_at(s, at) != top)
        s->transcript.top_line = 0;
    s->transcript.top_item = at;
    if (selected < m->items.count)
        s->transcript.selected = item_at(s, place_of(s, selected));
}

bool screen_fold(struct screen *s, const struct model *m, bool all)
{
    struct transcript *c = transcript_of(s);
    size_t shown = transcript_shown(s, m), turn, top;
    bool fold;

    if (!shown || !c->turns.count || *s->transcript.filter)
        return false;
    top = item_at(s, s->transcript.top_item < shown ? s->transcript.top_item : shown - 1);
    turn = turn_of(s, m, current_item(s, m, shown));
    if (turn == SIZE_MAX)
        return false;
    fold = all ? c->folded_count < c->turns.count : !c->folded.items[turn];
    if (fold)
        s->transcript.selected = c->turns.items[turn];
    for (size_t i = 0; i < c->turns.count; i++)
        if (all || i == turn)
            set_folded(s, i, fold);
    keep_top(s, m, top, s->transcript.selected);
    s->transcript.follow = s->transcript.follow && !fold;
    return true;
}

void screen_turn(struct screen *s, const struct model *m, int by)
{
    struct transcript *c = transcript_of(s);
    size_t shown = transcript_shown(s, m), item, turn;

    if (!shown || !c->turns.count)
        return;
    item = current_item(s, m, shown);
    turn = turn_of(s, m, item);
    if (by > 0)
        turn = turn == SIZE_MAX ? 0 : turn + 1;
    else if (turn == SIZE_MAX || item == c->turns.items[turn])
        turn = turn && turn != SIZE_MAX ? turn - 1 : 0;
    if (turn >= c->turns.count) {
        transcript_end(s, m);
        return;
    }
    transcript_show_line(s, m, c->turns.items[turn], 0);
    s->transcript.top_item = place_of(s, c->turns.items[turn]);
    s->transcript.top_line = 0;
}

bool screen_toggle_item(struct screen *s, const struct model *m)
{
    struct transcript *c = transcript_of(s);
    size_t shown = transcript_shown(s, m), item;

    if (!shown)
        return false;
    transcript_fit(s, m, c->width, c->ascii);
    item = current_item(s, m, shown);
    s->transcript.selected = item;
    if (!item_can_open(m, &m->items.items[item]))
        return m->items.items[item].kind == ITEM_USER && screen_fold(s, m, false);
    c->flags.items[item] = item_opened(s, item) ? ITEM_CLOSED : ITEM_OPENED;
    transcript_show_item(s, m, item);
    return true;
}

void screen_toggle_all(struct screen *s, const struct model *m)
{
    struct transcript *c = transcript_of(s);

    transcript_fit(s, m, c->width, c->ascii);
    c->open_all = !c->open_all;
    for (size_t i = 0; i < c->flags.count; i++)
        c->flags.items[i] = 0;
    if (s->transcript.selected < m->items.count)
        transcript_show_line(s, m, s->transcript.selected, 0);
}
