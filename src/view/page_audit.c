/* page_audit.c - the decisions of this session, and whether the chain of its journal holds. */
#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/timefmt.h"

#define CHAIN_ROWS 3 /* over the list, with a blank one */

static const struct decision *at(const void *data, size_t item)
{
    return &((const struct model *)data)->decisions.items[item];
}

/* ---- columns ---- */

static void cell_seq(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_DIM;
    buf_addf(ret->text, "%llu", (unsigned long long)at(data, item)->seq);
}

static double number_seq(const void *data, size_t item)
{
    return (double)at(data, item)->seq;
}

static void cell_time(const void *data, size_t item, int width, struct list_cell *ret)
{
    char text[TIME_TEXT_MAX];

    if (width >= LIST_ID_MAX)
        time_format_rfc3339(at(data, item)->ts_ms, text);
    else
        time_format_hms(at(data, item)->ts_ms, false, text);
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text);
}

static double number_time(const void *data, size_t item)
{
    return (double)at(data, item)->ts_ms;
}

static const char *text_actor(const void *data, size_t item)
{
    return at(data, item)->actor;
}

static void cell_actor(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = strcmp(text_actor(data, item), "user") == 0 ? STYLE_USER : STYLE_DIM;
    buf_adds(ret->text, text_actor(data, item));
}

static const char *text_what(const void *data, size_t item)
{
    return at(data, item)->what;
}

static void cell_what(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct decision *d = at(data, item);

    (void)width;
    ret->style = d->refusal                           ? STYLE_WARNING
                 : d->type == EV_ROOTCAUSE_IDENTIFIED ? STYLE_CONFIRMED
                 : d->type == EV_APPROVAL_GRANTED     ? STYLE_OK
                                                      : STYLE_TEXT;
    buf_adds(ret->text, d->what);
}

static const char *text_text(const void *data, size_t item)
{
    return at(data, item)->text;
}

static void cell_text(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text_text(data, item));
}

static const char *text_type(const void *data, size_t item)
{
    return event_type_name(at(data, item)->type);
}

static void cell_type(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_CODE;
    buf_adds(ret->text, text_type(data, item));
}

static const struct list_column columns[] = {
    {"event", .min = 5, .want = 6, .right = true, .drop = 3, .cell = cell_seq,
     .number = number_seq},
    {"time", .min = 8, .want = 8, .drop = 2, .orders = {"oldest first", "newest first"},
     .cell = cell_time, .number = number_time},
    {"who", .min = 6, .want = 8, .drop = 1, .match = true, .cell = cell_actor, .text = text_actor},
    {"decision", .min = 14, .want = 22, .fuzzy = true, .cell = cell_what, .text = text_what},
    {"words", .min = 10, .want = 24, .grow = 1, .match = true, .cell = cell_text,
     .text = text_text},
    {"type", .min = 18, .want = 20, .drop = 4, .match = true, .cell = cell_type, .text = text_type},
};

/* ---- the list ---- */

static size_t count(const void *data)
{
    return ((const struct model *)data)->decisions.count;
}

static const char *id(const void *data, size_t item)
{
    return at(data, item)->id;
}

static size_t texts(const void *data, size_t item, const char *ret[LIST_TEXTS])
{
    const struct decision *d = at(data, item);

    ret[0] = d->what;
    ret[1] = d->text;
    ret[2] = d->actor;
    ret[3] = event_type_name(d->type);
    return 4;
}

static uint64_t version(const void *data)
{
    return ((const struct model *)data)->decisions.count;
}

static bool changed(const void *data, uint64_t *pos, size_t *ret_item)
{
    (void)data;
    (void)pos;
    (void)ret_item;
    return false; /* decisions are only added */
}

static size_t empty(const void *data, const char *ret[3], enum style *ret_style)
{
    (void)data;
    (void)ret_style;
    ret[0] = "Nothing was decided yet.";
    ret[1] = "What you ask, steer and approve will be listed here.";
    return 2;
}

const struct list_def audit_list = {
    .name = "audit",
    .title = "Decisions",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .sort = -1,
    .count = count,
    .id = id,
    .texts = texts,
    .version = version,
    .changed = changed,
    .empty = empty,
};

/* ---- the page ---- */

static void chain_text(const struct screen *s, char *out, size_t size)
{
    const struct chain_state *c = &s->chain;
    char when[TIME_TEXT_MAX];

    time_format_hms(c->checked_ms, false, when);
    switch (c->step) {
    case CHAIN_UNKNOWN:
        snprintf(out, size, "The journal's chain was not checked yet.");
        break;
    case CHAIN_READING:
        snprintf(out, size, "Reading the journal to check its chain.");
        break;
    case CHAIN_GOOD:
        snprintf(out, size, "The chain holds: %llu lines at %s%s", (unsigned long long)c->lines,
                 when, c->torn_bytes ? ", one more is being written" : "");
        break;
    case CHAIN_BROKEN:
        snprintf(out, size, "The chain is BROKEN after %llu lines: %s",
                 (unsigned long long)c->lines, c->why);
        break;
    case CHAIN_NO_JOURNAL:
        snprintf(out, size, "There is no journal to check: %s", c->why);
        break;
    }
}

/* A check that said yes says so of the lines that were there. */
static void chain_second(const struct screen *s, const struct model *m, char *out, size_t size)
{
    const struct chain_state *c = &s->chain;
    char sign[80] = "not signed yet";

    if (c->signed_lines)
        snprintf(sign, sizeof(sign), "signed to line %llu, key %s",
                 (unsigned long long)c->signed_lines, c->key);
    out[0] = '\0';
    if (c->step == CHAIN_GOOD && m->seq > c->lines)
        snprintf(out, size, "%llu later events are not checked; the same key checks again.",
                 (unsigned long long)(m->seq - c->lines));
    else if (c->step == CHAIN_GOOD)
        snprintf(out, size, "%s, last hash %s", sign, c->last_hash);
    else if (c->step == CHAIN_BROKEN)
        snprintf(out, size, "'runbook audit verify' tells more.");
}

static void draw_chain(const struct screen *s, const struct model *m, struct canvas *c,
                       struct rect r)
{
    static const struct {
        enum glyph glyph;
        enum style style;
    } marks[] = {
        [CHAIN_UNKNOWN] = {GLYPH_UNKNOWN, STYLE_DIM},
        [CHAIN_READING] = {GLYPH_RUNNING, STYLE_ACCENT},
        [CHAIN_GOOD] = {GLYPH_OK, STYLE_OK},
        [CHAIN_BROKEN] = {GLYPH_CRIT, STYLE_DANGER},
        [CHAIN_NO_JOURNAL] = {GLYPH_WARN, STYLE_WARNING},
    };
    char text[400];

    chain_text(s, text, sizeof(text));
    canvas_glyph(c, r.x + 1, r.y, marks[s->chain.step].style, marks[s->chain.step].glyph);
    canvas_cstr(c, r.x + 3, r.y, r.w - 4, s->chain.step == CHAIN_BROKEN ? STYLE_DANGER : STYLE_TEXT,
                text);
    chain_second(s, m, text, sizeof(text));
    canvas_cstr(c, r.x + 3, r.y + 1, r.w - 4, STYLE_DIM, text);
}

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    if (r.h > 2 * CHAIN_ROWS) {
        draw_chain(s, m, c, r);
        r.y += CHAIN_ROWS;
        r.h -= CHAIN_ROWS;
    }
    list_draw(&s->audit, m, s->tick_ms, c, r, screen_in_list(s) && !s->input_focus);
    s->late = s->late || s->audit.late;
}

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    size_t refused = 0;

    list_note(&s->audit, out, size);
    if (*out || !m->decisions.count)
        return;
    VEC_EACH (d, &m->decisions)
        refused += d->refusal;
    snprintf(out, size, "%zu decisions  %zu refused or stopped", m->decisions.count, refused);
}

/* Its place in the investigation, when it has no page of its own. */
static bool jump(struct screen *s, const struct model *m, const struct decision *d)
{
    for (size_t i = m->items.count; i-- > 0;)
        if (m->items.items[i].seq == d->seq)
            return screen_jump_to_item(s, m, i);
    return false;
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct decision *d;
    size_t item;

    list_update(&s->audit, m, s->tick_ms);
    item = list_selected(&s->audit, m);
    if (item == SIZE_MAX)
        return false;
    d = at(m, item);
    if (d->subject_kind == SUBJECT_HYPOTHESIS && model_hypothesis(m, d->subject))
        return screen_push(s, PAGE_HYPOTHESIS, d->subject);
    if (d->subject_kind == SUBJECT_CALL && model_tool(m, d->subject))
        return screen_push(s, PAGE_TOOL, d->subject);
    return jump(s, m, d);
}

static struct list *list(struct screen *s)
{
    return &s->audit;
}

static const void *list_data(struct screen *s, const struct model *m)
{
    (void)s;
    return m;
}

const struct root_def root_audit = {
    .name = "Audit",
    .number = "7",
    .draw = draw,
    .note = note,
    .open = open_selected,
    .list = list,
    .list_data = list_data,
};
