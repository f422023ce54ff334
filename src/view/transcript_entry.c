/* transcript_entry.c - items laid out, kept while they are in sight. See transcript_priv.h.
 * The item that streams goes on where it was; every other one is laid anew when what it says has
 * changed. */
#include "src/view/transcript_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

struct transcript *transcript_of(struct screen *s)
{
    if (!s->transcript.cache)
        s->transcript.cache = xcalloc(1, sizeof(*s->transcript.cache));
    return s->transcript.cache;
}

void entry_release(struct entry *e)
{
    rich_release(&e->rich);
    md_stream_release(&e->md);
    VEC_RELEASE(&e->matches);
    *e = (struct entry){.used = false};
}

static void drop_entries(struct transcript *c)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        if (!c->entries[i])
            continue;
        entry_release(c->entries[i]);
        free(c->entries[i]);
        c->entries[i] = NULL;
    }
    c->heights.count = c->stamps.count = 0;
}

void transcript_release(struct screen *s)
{
    struct transcript *c = s->transcript.cache;

    if (!c)
        return;
    drop_entries(c);
    VEC_RELEASE(&c->heights);
    VEC_RELEASE(&c->stamps);
    VEC_RELEASE(&c->flags);
    VEC_RELEASE(&c->turns);
    VEC_RELEASE(&c->folded);
    VEC_RELEASE(&c->shown);
    VEC_RELEASE(&c->hits);
    VEC_RELEASE(&c->hits_stamps);
    for (size_t i = 0; i < EXCERPTS; i++)
        buf_release(&c->excerpts[i].text);
    free(c);
    s->transcript.cache = NULL;
}

/* Another investigation, or a replay that went back: nothing of before holds. */
static void forget(struct transcript *c)
{
    drop_entries(c);
    c->flags.count = c->turns.count = c->folded.count = 0;
    c->turns_to = c->folded_count = c->shown_to = c->seen = 0;
    c->shown.count = c->hits.count = c->hits_stamps.count = 0;
    c->shown_stale = true;
    c->want_count = 0;
}

void transcript_forget(struct screen *s)
{
    forget(transcript_of(s));
    s->transcript.match_item = SIZE_MAX;
}

void transcript_fit(struct screen *s, const struct model *m, int width, bool ascii)
{
    struct transcript *c = transcript_of(s);

    if (strcmp(c->session, m->id) != 0 || c->flags.count > m->items.count) {
        forget(c);
        snprintf(c->session, sizeof(c->session), "%s", m->id);
    }
    if (c->width != width || c->ascii != ascii) {
        c->heights.count = c->stamps.count = 0;
        c->width = width;
        c->ascii = ascii;
    }
    while (c->flags.count < m->items.count)
        VEC_PUSH(&c->flags);
    while (c->heights.count < m->items.count) {
        VEC_PUSH(&c->heights);
        VEC_PUSH(&c->stamps);
    }
}

bool item_opened(struct screen *s, size_t index)
{
    struct transcript *c = transcript_of(s);
    uint8_t flags = index < c->flags.count ? c->flags.items[index] : 0;

    return c->open_all ? !(flags & ITEM_CLOSED) : flags & ITEM_OPENED;
}

/* ---- what an item's drawing depends on ---- */

static size_t mix(size_t stamp, size_t v)
{
    return (stamp ^ v) * (size_t)UINT64_C(0x9e3779b97f4a7c15) + (stamp >> 17);
}

static size_t tool_stamp(const struct tool_run *t)
{
    size_t stamp = (t->ended ? 2 + (size_t)t->status : 1) + 64 * (size_t)(t->duration_ms & 0xFFFF);

    if (t->ended)
        return stamp;
    stamp = mix(stamp, (size_t)t->done * 100003 + (size_t)t->known);
    return mix(mix(stamp, (size_t)(uintptr_t)t->found), (size_t)(uintptr_t)t->trouble);
}

static size_t conclusion_stamp(const struct model *m, size_t index)
{
    size_t stamp = (size_t)m->conclusion.verdict + 1 + m->conclusion.next_checks.count * 8 +
                   m->conclusion.remediation.count * 131072 + m->conclusion.also.count * 16777216;

    for (size_t i = index + 1; i < m->items.count; i++)
        if (m->items.items[i].kind == ITEM_CONCLUSION)
            return stamp;
    return stamp + 4096;
}

size_t item_stamp(struct screen *s, const struct model *m, size_t index)
{
    const struct item *it = &m->items.items[index];
    size_t stamp = mix((size_t)it->seq * 16 + (size_t)it->kind, (size_t)(uintptr_t)it->text), turn;

    stamp = mix(stamp, s->reveal.on);
    stamp = mix(stamp, it->len * 4 + item_opened(s, index) * 2u + item_streams(m, index));
    if (it->kind == ITEM_TOOL) {
        stamp = mix(stamp, tool_stamp(&m->tools.items[it->ref]));
        if (item_opened(s, index))
            stamp = mix(stamp, excerpt_stamp(s, m->tools.items[it->ref].blob));
    } else if (it->kind == ITEM_CONCLUSION) {
        stamp = mix(stamp, conclusion_stamp(m, index));
    } else if (it->kind == ITEM_HYPOTHESIS) {
        stamp = mix(stamp, m->hypotheses.items[it->ref].evidence.count);
        stamp = mix(stamp, (size_t)(uintptr_t)m->hypotheses.items[it->ref].reason);
    } else if (it->kind == ITEM_USER) {
        turn = turn_of(s, m, index);
        stamp = mix(stamp, turn_is_folded(s, turn) ? turn_end(s, m, turn) + 1 : 0);
    }
    return stamp | 1;
}

/* ---- laying ---- */

static int text_room(int width)
{
    int room = width - transcript_time_width(width) - 4;

    return room < 8 ? 8 : room;
}

static void entry_begin(struct entry *e, size_t index, int width, bool ascii)
{
    *e = (struct entry){.used = true, .index = index, .width = width, .ascii = ascii};
    rich_init(&e->rich, ascii);
    e->rich.width = text_room(width);
    md_stream_init(&e->md, STYLE_TEXT, 0);
}

void entry_lay_once(struct screen *s, const struct model *m, size_t index, int width, bool ascii,
                    struct entry *ret)
{
    entry_begin(ret, index, width, ascii);
    item_lay(s, m, ret);
}

struct entry *entry_get(struct screen *s, const struct model *m, size_t index)
{
    struct transcript *c = transcript_of(s);
    struct entry **slot = &c->entries[index % ENTRIES], *e = *slot;
    size_t stamp = item_stamp(s, m, index);
    bool same = e && e->used && e->index == index && e->width == c->width && e->ascii == c->ascii;

    if (same && e->stamp == stamp)
        return e;
    if (!e)
        e = *slot = xcalloc(1, sizeof(*e));
    if (!same || m->items.items[index].kind != ITEM_TEXT || !e->rich.reveal != !s->reveal.on) {
        entry_release(e);
        entry_begin(e, index, c->width, c->ascii);
        e->rich.reveal = s->reveal.fn && s->reveal.on ? &s->reveal : NULL;
    }
    item_lay(s, m, e);
    rich_wrap(&e->rich, text_room(c->width));
    if (!e->rich.lines.count) { /* an item is never nothing */
        rich_para(&e->rich, 0, 0);
        rich_wrap(&e->rich, text_room(c->width));
    }
    e->stamp = stamp;
    e->search = 0;
    return e;
}

size_t entry_lines(struct screen *s, const struct model *m, size_t index)
{
    struct transcript *c = transcript_of(s);
    size_t stamp = item_stamp(s, m, index), lines;
    struct entry *e;

    if (c->heights.items[index] && c->stamps.items[index] == stamp)
        return c->heights.items[index];
    e = entry_get(s, m, index);
    lines = e->rich.lines.count + (e->gap_before && index > 0);
    c->heights.items[index] = (uint32_t)lines;
    c->stamps.items[index] = stamp;
    return lines;
}
