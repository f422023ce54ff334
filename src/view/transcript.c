/* transcript.c - pane 1: what happened, in order.
 * Items are only appended, so an item's number is its id and the anchor of the scroll position is
 * (item, line). Heights are computed when an item comes into sight and cached by item, width and
 * content; ten thousand items cost what a screenful costs. */
#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#define HEIGHT_MAX 60000

/* One item, laid out. */
struct entry {
    struct rich rich;
    enum glyph glyph;
    enum style glyph_style;
    bool has_glyph, gap_before;
    char tail[TIME_TEXT_MAX]; /* at the right edge of the first line */
    enum style tail_style;
};

static bool ascii_of(const struct canvas *c)
{
    return c->glyphs == GLYPHS_ASCII;
}

/* ---- which items are shown ---- */

static const char *item_words(const struct model *m, const struct item *it, size_t part)
{
    switch (it->kind) {
    case ITEM_TOOL: {
        const struct tool_run *t = &m->tools.items[it->ref];
        const char *words[] = {t->tool, t->title, t->summary, t->error};
        return part < 4 ? words[part] : NULL;
    }
    case ITEM_EVIDENCE: {
        const struct evidence *e = &m->evidence.items[it->ref];
        const char *words[] = {e->id, e->statement, e->service, e->metric, e->resource};
        return part < 5 ? words[part] : NULL;
    }
    case ITEM_HYPOTHESIS: {
        const struct hypothesis *h = &m->hypotheses.items[it->ref];
        const char *words[] = {h->id, h->statement, it->tag, h->reason};
        return part < 4 ? words[part] : NULL;
    }
    case ITEM_GAP: {
        const struct gap *g = &m->gaps.items[it->ref];
        const char *words[] = {g->what, g->why};
        return part < 2 ? words[part] : NULL;
    }
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
    case ITEM_ERROR:
    case ITEM_CONCLUSION:
        return part < 1 ? it->text : NULL;
    }
    return NULL;
}

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
    s->transcript.shown.count = 0;
    s->transcript.filtered_to = 0;
    s->transcript.top_item = s->transcript.top_line = 0;
    s->transcript.follow = true;
}

size_t transcript_shown(struct screen *s, const struct model *m)
{
    struct str filter = str_from(s->transcript.filter);

    if (!filter.len)
        return m->items.count;
    for (; s->transcript.filtered_to < m->items.count; s->transcript.filtered_to++)
        if (item_matches(m, &m->items.items[s->transcript.filtered_to], filter))
            *VEC_PUSH(&s->transcript.shown) = s->transcript.filtered_to;
    return s->transcript.shown.count;
}

/* Number of the item at a place of what is shown. */
static size_t item_at(const struct screen *s, size_t place)
{
    return *s->transcript.filter ? s->transcript.shown.items[place] : place;
}

/* The place of an item, or of the nearest one before it. */
static size_t place_of(const struct screen *s, size_t item)
{
    size_t lo = 0, hi = s->transcript.shown.count;

    if (!*s->transcript.filter)
        return item;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->transcript.shown.items[mid] <= item)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : 0;
}

/* ---- one item ---- */

static void lay_tool(struct entry *e, const struct tool_run *t)
{
    static const enum glyph glyphs[TOOL_STATUSES] = {
        [TOOL_OK] = GLYPH_OK,       [TOOL_EMPTY] = GLYPH_EMPTY,  [TOOL_ERROR] = GLYPH_PRUNED,
        [TOOL_DENIED] = GLYPH_WARN, [TOOL_TIMEOUT] = GLYPH_WARN, [TOOL_CANCELED] = GLYPH_CANCELED,
    };
    static const enum style styles[TOOL_STATUSES] = {
        [TOOL_OK] = STYLE_OK,          [TOOL_EMPTY] = STYLE_DIM,       [TOOL_ERROR] = STYLE_DANGER,
        [TOOL_DENIED] = STYLE_WARNING, [TOOL_TIMEOUT] = STYLE_WARNING, [TOOL_CANCELED] = STYLE_DIM,
    };
    struct para *p = rich_para(&e->rich, 0, 0);

    e->has_glyph = true;
    e->glyph = t->ended ? glyphs[t->status] : GLYPH_RUNNING;
    e->glyph_style = t->ended ? styles[t->status] : STYLE_ACCENT;
    if (t->ended)
        duration_format(t->duration_ms, e->tail);
    else
        snprintf(e->tail, sizeof(e->tail), "running");
    e->tail_style = t->ended ? STYLE_DIM : STYLE_ACCENT;
    p->whole = true;
    p->tail = (int)strlen(e->tail) + 1;
    rich_adds(&e->rich, STYLE_TOOL, t->tool);
    rich_addf(&e->rich, STYLE_TEXT, "  %s", t->title);
    if (t->ended && t->status == TOOL_OK && *t->summary)
        rich_addf(&e->rich, STYLE_DIM, "  %s", t->summary);
    if (t->ended && t->status == TOOL_EMPTY)
        rich_adds(&e->rich, STYLE_DIM, "  no data");
    if (t->ended && t->status > TOOL_EMPTY) {
        rich_para(&e->rich, 0, 0);
        rich_addf(&e->rich, e->glyph_style, "%s%s%s", tool_status_name(t->status),
                  *t->error ? ": " : "", t->error);
    }
}

static void lay_evidence(struct entry *e, const struct evidence *v)
{
    static const char *const words[STRENGTHS] = {
        [STRENGTH_STRONG] = "strong",
        [STRENGTH_WEAK] = "weak",
        [STRENGTH_NONE] = "no support",
        [STRENGTH_CONTRADICTS] = "contradicts",
    };

    rich_para(&e->rich, 0, (int)strlen(v->id) + 1);
    rich_addf(&e->rich, STYLE_EVIDENCE, "%s ", v->id);
    rich_adds(&e->rich, v->strength == STRENGTH_NONE ? STYLE_DIM : STYLE_TEXT, v->statement);
    rich_addf(&e->rich, strength_style(v->strength), "  %s", words[v->strength]);
    if (*v->hypothesis)
        rich_addf(&e->rich, STYLE_DIM, " %s", v->hypothesis);
}

/* Does one of its evidence say the same? Then it stands right above. */
static bool is_evidence(const struct model *m, const struct hypothesis *h, const char *reason)
{
    for (size_t i = 0; i < h->evidence.count; i++)
        if (strcmp(m->evidence.items[h->evidence.items[i]].statement, reason) == 0)
            return true;
    return false;
}

static void lay_hypothesis(struct entry *e, const struct model *m, const struct hypothesis *h,
                           const char *what, const char *why)
{
    static const struct {
        const char *tag;
        enum hyp_status status;
    } tags[] = {{"proposed", HYP_PENDING}, {"branched", HYP_TESTING},
                {"testing", HYP_TESTING},  {"supported", HYP_SUPPORTED},
                {"pruned", HYP_PRUNED},    {"confirmed", HYP_CONFIRMED},
                {"rejected", HYP_PRUNED},  {"taken back", HYP_TESTING},
                {"promoted", HYP_TESTING}, {"one more test", HYP_TESTING}};
    enum hyp_status status = HYP_PENDING;
    bool proposed;

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (strcmp(tags[i].tag, what) == 0)
            status = tags[i].status;
    proposed = status == HYP_PENDING || status == HYP_TESTING;
    e->has_glyph = true;
    e->glyph = hyp_glyph(status);
    e->glyph_style = hyp_style(status);
    rich_para(&e->rich, 0, (int)strlen(h->id) + 1);
    rich_addf(&e->rich, STYLE_HEADING, "%s ", h->id);
    rich_adds(&e->rich, hyp_style(status), what);
    /* The statement stood where it was proposed, and stands in the tree. */
    if (*why)
        rich_addf(&e->rich, STYLE_TEXT, "  %s", why);
    else if (!proposed && *h->reason && !is_evidence(m, h, h->reason))
        rich_addf(&e->rich, STYLE_TEXT, "  %s", h->reason);
    else
        rich_addf(&e->rich, status == HYP_PRUNED ? STYLE_PRUNED : STYLE_TEXT, "  %s", h->statement);
}

static bool is_last_conclusion(const struct model *m, size_t index)
{
    for (size_t i = index + 1; i < m->items.count; i++)
        if (m->items.items[i].kind == ITEM_CONCLUSION)
            return false;
    return m->conclusion.verdict != VERDICT_NONE;
}

static void lay_root_cause(struct entry *e, const struct model *m)
{
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_CONFIRMED, m->conclusion.root_cause.statement);
    rich_para(&e->rich, 0, 0);
    rich_addf(&e->rich, STYLE_DIM, "%s  ", m->conclusion.root_cause.hypothesis);
    VEC_EACH (id, &m->conclusion.root_cause.evidence)
        rich_addf(&e->rich, STYLE_EVIDENCE, "%s ", *id);
}

static void lay_conclusion(struct entry *e, const struct model *m, size_t index, const char *text)
{
    static const char *const words[VERDICTS] = {
        [VERDICT_NONE] = "Conclusion",
        [VERDICT_ROOT_CAUSE] = "Root cause",
        [VERDICT_INCONCLUSIVE] = "Inconclusive",
        [VERDICT_NO_ACTION] = "Nothing wrong found",
        [VERDICT_FAILED] = "The investigation failed",
    };
    bool last = is_last_conclusion(m, index);
    enum verdict v = last ? m->conclusion.verdict : VERDICT_NONE;
    const char *statement = m->conclusion.root_cause.statement;

    e->gap_before = true;
    e->has_glyph = true;
    e->glyph = verdict_glyph(v);
    e->glyph_style = v == VERDICT_NONE ? STYLE_HEADING : verdict_style(v);
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_HEADING, words[v]);
    if (v == VERDICT_ROOT_CAUSE)
        rich_addf(&e->rich, STYLE_HEADING, "  %.0f %%", m->conclusion.confidence * 100);
    if (last && m->conclusion.has_root_cause && !strstr(text, statement))
        lay_root_cause(e, m);
    rich_markdown(&e->rich, STYLE_TEXT, 0, str_from(text));
    if (last && m->conclusion.next_checks.count) {
        rich_para(&e->rich, 0, 0);
        rich_adds(&e->rich, STYLE_HEADING, "Next checks");
        VEC_EACH (check, &m->conclusion.next_checks)
            rich_bullet(&e->rich, STYLE_TEXT, 0, str_from(*check));
    }
}

static void lay_line(struct entry *e, enum glyph glyph, enum style style, const char *text)
{
    e->has_glyph = true;
    e->glyph = glyph;
    e->glyph_style = style;
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, style, text);
}

static void lay_user(struct entry *e, const char *text)
{
    struct str rest = str_from(text), line;

    e->gap_before = true;
    e->has_glyph = true;
    e->glyph = GLYPH_PROMPT;
    e->glyph_style = STYLE_USER;
    while (str_line(&rest, &line)) {
        rich_para(&e->rich, 0, 0);
        rich_add(&e->rich, STYLE_USER, line);
    }
}

static void lay_gap(struct entry *e, const struct gap *g)
{
    e->has_glyph = true;
    e->glyph = GLYPH_UNKNOWN;
    e->glyph_style = STYLE_WARNING;
    rich_para(&e->rich, 0, 0);
    rich_adds(&e->rich, STYLE_WARNING, "not looked at: ");
    rich_adds(&e->rich, STYLE_TEXT, g->what);
    if (*g->why)
        rich_addf(&e->rich, STYLE_DIM, "  %s", g->why);
}

static void entry_init(struct entry *e, bool ascii)
{
    *e = (struct entry){.has_glyph = false};
    rich_init(&e->rich, ascii);
}

static void entry_lay(struct entry *e, const struct model *m, size_t index)
{
    const struct item *it = &m->items.items[index];

    switch (it->kind) {
    case ITEM_USER:
        lay_user(e, it->text);
        break;
    case ITEM_TEXT:
        rich_markdown(&e->rich, STYLE_TEXT, 0, str_from(it->text));
        break;
    case ITEM_THINKING:
        lay_line(e, GLYPH_UNKNOWN, STYLE_DIM, it->text);
        break;
    case ITEM_TOOL:
        lay_tool(e, &m->tools.items[it->ref]);
        break;
    case ITEM_EVIDENCE:
        lay_evidence(e, &m->evidence.items[it->ref]);
        break;
    case ITEM_HYPOTHESIS:
        lay_hypothesis(e, m, &m->hypotheses.items[it->ref], it->tag, it->text);
        break;
    case ITEM_GAP:
        lay_gap(e, &m->gaps.items[it->ref]);
        break;
    case ITEM_NOTICE:
        lay_line(e, GLYPH_UNKNOWN, STYLE_DIM, it->text);
        break;
    case ITEM_ERROR:
        lay_line(e, GLYPH_CRIT, STYLE_DANGER, it->text);
        break;
    case ITEM_CONCLUSION:
        lay_conclusion(e, m, index, it->text);
        break;
    }
}

/* Cells for the time, before the symbol. */
static int time_width(int width)
{
    return width >= 56 ? 9 : width >= 44 ? 6 : 0;
}

static int text_room(int width)
{
    int room = width - time_width(width) - 4;

    return room < 8 ? 8 : room;
}

/* ---- heights ---- */

/* Changes when an item's content does. */
static size_t content_stamp(const struct model *m, size_t index)
{
    const struct item *it = &m->items.items[index];

    if (it->kind == ITEM_TOOL)
        return m->tools.items[it->ref].ended ? 2 : 1;
    if (it->kind == ITEM_CONCLUSION)
        return (size_t)m->conclusion.verdict + 1 + m->conclusion.next_checks.count * 8 +
               (is_last_conclusion(m, index) ? 4096 : 0);
    return (size_t)(uintptr_t)it->text | 1;
}

static void heights_fit(struct screen *s, const struct model *m, int width)
{
    if (s->transcript.heights_width != width) {
        s->transcript.heights.count = s->transcript.heights_len.count = 0;
        s->transcript.heights_width = width;
    }
    while (s->transcript.heights.count < m->items.count) {
        VEC_PUSH(&s->transcript.heights);
        VEC_PUSH(&s->transcript.heights_len);
    }
}

static size_t height_of(struct screen *s, const struct model *m, size_t index)
{
    size_t stamp = content_stamp(m, index), lines;
    struct entry e;

    if (s->transcript.heights.items[index] && s->transcript.heights_len.items[index] == stamp)
        return s->transcript.heights.items[index];
    entry_init(&e, s->transcript.ascii);
    entry_lay(&e, m, index);
    lines = rich_lines(&e.rich, text_room(s->transcript.heights_width), NULL, NULL);
    lines = lines ? lines : 1;
    lines += e.gap_before && index > 0;
    rich_release(&e.rich);
    lines = lines > HEIGHT_MAX ? HEIGHT_MAX : lines;
    s->transcript.heights.items[index] = (uint16_t)lines;
    s->transcript.heights_len.items[index] = stamp;
    return lines;
}

/* ---- scroll position ---- */

/* Put the end at the lower edge. */
static void to_end(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t sum = 0, place = shown;

    while (place > 0 && sum < view)
        sum += height_of(s, m, item_at(s, --place));
    s->transcript.top_item = place;
    s->transcript.top_line = sum > view ? sum - view : 0;
}

/* Is the lower edge at or below the end? */
static bool at_end(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t sum = 0;

    for (size_t p = s->transcript.top_item; p < shown; p++) {
        sum += height_of(s, m, item_at(s, p));
        if (sum > view + s->transcript.top_line)
            return false;
    }
    return true;
}

static void settle(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    if (s->transcript.top_item >= shown)
        s->transcript.follow = true;
    if (!s->transcript.follow) {
        size_t h = height_of(s, m, item_at(s, s->transcript.top_item));

        if (s->transcript.top_line >= h)
            s->transcript.top_line = h - 1;
    }
    if (s->transcript.follow || at_end(s, m, shown, view))
        to_end(s, m, shown, view);
}

static size_t view_lines(const struct screen *s)
{
    return s->transcript.view_h > 0 ? (size_t)s->transcript.view_h : 1;
}

void transcript_scroll(struct screen *s, const struct model *m, long lines)
{
    size_t shown = transcript_shown(s, m);

    if (!shown || !s->transcript.heights_width)
        return;
    heights_fit(s, m, s->transcript.heights_width);
    s->transcript.follow = false;
    if (s->transcript.top_item >= shown)
        to_end(s, m, shown, view_lines(s));
    for (; lines < 0; lines++) {
        if (s->transcript.top_line > 0) {
            s->transcript.top_line--;
        } else if (s->transcript.top_item > 0) {
            s->transcript.top_item--;
            s->transcript.top_line = height_of(s, m, item_at(s, s->transcript.top_item)) - 1;
        }
    }
    for (; lines > 0; lines--) {
        if (at_end(s, m, shown, view_lines(s))) {
            s->transcript.follow = true;
            break;
        }
        if (++s->transcript.top_line >= height_of(s, m, item_at(s, s->transcript.top_item))) {
            s->transcript.top_item++;
            s->transcript.top_line = 0;
        }
    }
}

/* Scroll as little as shows the whole item (or its first line, when it is taller than the pane). */
static void reveal(struct screen *s, const struct model *m, size_t place, size_t shown)
{
    size_t view = view_lines(s), sum = 0, h = height_of(s, m, item_at(s, place));

    if (place < s->transcript.top_item ||
        (place == s->transcript.top_item && s->transcript.top_line > 0)) {
        s->transcript.top_item = place;
        s->transcript.top_line = 0;
        return;
    }
    for (size_t p = s->transcript.top_item; p <= place && p < shown; p++)
        sum += height_of(s, m, item_at(s, p));
    sum -= s->transcript.top_line;
    if (sum <= view)
        return;
    s->transcript.top_item = place;
    s->transcript.top_line = 0;
    for (size_t room = view > h ? view - h : 0; room > 0 && s->transcript.top_item > 0;) {
        size_t above = height_of(s, m, item_at(s, s->transcript.top_item - 1));

        s->transcript.top_item--;
        if (above > room) {
            s->transcript.top_line = above - room;
            break;
        }
        room -= above;
    }
}

void transcript_move(struct screen *s, const struct model *m, int by)
{
    size_t shown = transcript_shown(s, m), place;

    if (!shown || !s->transcript.heights_width)
        return;
    heights_fit(s, m, s->transcript.heights_width);
    if (s->transcript.selected == SIZE_MAX || s->transcript.selected >= m->items.count) {
        place = shown - 1;
    } else {
        place = place_of(s, s->transcript.selected);
        if (by < 0)
            place -= (size_t)-by < place ? (size_t)-by : place;
        else
            place = place + (size_t)by < shown ? place + (size_t)by : shown - 1;
    }
    s->transcript.selected = item_at(s, place);
    s->transcript.follow = place == shown - 1;
    if (!s->transcript.follow)
        reveal(s, m, place, shown);
}

void transcript_home(struct screen *s, const struct model *m)
{
    if (!transcript_shown(s, m))
        return;
    s->transcript.follow = false;
    s->transcript.top_item = s->transcript.top_line = 0;
    s->transcript.selected = item_at(s, 0);
}

void transcript_end(struct screen *s, const struct model *m)
{
    size_t shown = transcript_shown(s, m);

    s->transcript.follow = true;
    s->transcript.selected = shown ? item_at(s, shown - 1) : SIZE_MAX;
}

void transcript_click(struct screen *s, const struct model *m, int row)
{
    size_t shown = transcript_shown(s, m), sum = 0;

    if (!s->transcript.heights_width)
        return;
    heights_fit(s, m, s->transcript.heights_width);
    for (size_t p = s->transcript.top_item; p < shown; p++) {
        sum += height_of(s, m, item_at(s, p));
        if (sum > (size_t)row + s->transcript.top_line) {
            s->transcript.selected = item_at(s, p);
            s->transcript.follow = p == shown - 1;
            return;
        }
    }
}

/* ---- drawing ---- */

struct drawing {
    struct canvas *c;
    struct rect r;
    const struct entry *e;
    int y;       /* of the item's first text line; may be above the pane */
    int x, room; /* of the text */
};

static void draw_line(void *ctx, const struct rich_line *line)
{
    struct drawing *d = ctx;

    if (d->y >= d->r.y && d->y < d->r.y + d->r.h)
        rich_draw(&d->e->rich, d->c, d->x, d->y, d->room, line);
    d->y++;
}

static void draw_time(struct canvas *c, struct rect r, int y, const struct model *m, size_t index,
                      size_t before)
{
    char text[TIME_TEXT_MAX], earlier[TIME_TEXT_MAX] = "";
    int cells = time_width(r.w);

    if (cells == 0)
        return;
    time_format_hms(m->items.items[index].ts_ms, false, text);
    if (before != SIZE_MAX)
        time_format_hms(m->items.items[before].ts_ms, false, earlier);
    text[cells - 1] = earlier[cells - 1] = '\0';
    if (strcmp(text, earlier) != 0 || m->items.items[index].kind == ITEM_USER)
        canvas_cstr(c, r.x + 1, y, cells - 1, STYLE_DIM, text);
}

/* Draw an item whose first line is at y (which may be above the pane). Returns its height. */
static int draw_item(struct screen *s, const struct model *m, struct canvas *c, struct rect r,
                     int y, size_t index, size_t before)
{
    int height = (int)height_of(s, m, index), lead = 1 + time_width(r.w);
    struct entry e;
    struct drawing d = {c, r, &e, y, r.x + lead + 2, text_room(r.w)};

    entry_init(&e, ascii_of(c));
    entry_lay(&e, m, index);
    d.y += e.gap_before && index > 0;
    y = d.y;
    draw_time(c, r, y, m, index, before);
    if (e.has_glyph)
        canvas_glyph(c, r.x + lead, y, e.glyph_style, e.glyph);
    rich_lines(&e.rich, d.room, draw_line, &d);
    if (e.tail[0])
        canvas_text_right(c, r.x + r.w - 1, y, 12, e.tail_style, str_from(e.tail));
    rich_release(&e.rich);
    return height;
}

static void draw_none(const struct screen *s, const struct model *m, struct canvas *c,
                      struct rect r)
{
    static const char *const fresh[] = {"Nothing has been asked yet.", "",
                                        "Say what is wrong, for example",
                                        "checkout is slow since 14:00", "and press Enter."};
    static const char *const opening[] = {"Starting the investigation."};
    static const char *const unmatched[] = {"Nothing matches the filter.", "Esc clears it."};

    if (*s->transcript.filter)
        draw_empty(c, r, unmatched, 2);
    else if (m->turn_running || s->read_only)
        draw_empty(c, r, opening, 1);
    else
        draw_empty(c, r, fresh, 5);
}

void transcript_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    size_t shown = transcript_shown(s, m), place, first;
    bool focused = s->focus == PANE_INVESTIGATION && !s->input_focus;
    struct rect was = canvas_clip(c, r);
    int y;

    s->transcript.view_h = r.h;
    s->transcript.ascii = ascii_of(c);
    heights_fit(s, m, r.w);
    if (shown == 0) {
        draw_none(s, m, c, r);
        canvas_unclip(c, was);
        return;
    }
    settle(s, m, shown, (size_t)r.h);
    first = s->transcript.top_item;
    y = r.y - (int)s->transcript.top_line;
    for (place = first; place < shown && y < r.y + r.h; place++) {
        size_t index = item_at(s, place);
        size_t before = place > first ? item_at(s, place - 1) : SIZE_MAX;
        int h = draw_item(s, m, c, r, y, index, before);

        if (index == s->transcript.selected && focused)
            canvas_overlay(c, (struct rect){r.x, y, r.w, h}, STYLE_SELECTED);
        y += h;
    }
    canvas_unclip(c, was);
    draw_scroll(c, r, first, place - first, shown);
}
