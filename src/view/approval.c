/* approval.c - see approval.h. The box is as wide as what people read at once, as high as it needs
 * to be, and down to 40x8; the body scrolls, what to do stands below it and does not. */
#include "runbook/view/approval.h"

#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/text_tricks.h"
#include "runbook/codec/json.h"
#include "src/view/view_priv.h"

#define BOX_CELLS 78
#define LABEL_CELLS 10
#define FOOT_ROWS 2

static enum style risk_style(enum approval_risk r)
{
    static const enum style styles[APPROVAL_RISKS] = {
        [APPROVAL_LOW] = STYLE_OK,
        [APPROVAL_MEDIUM] = STYLE_ACCENT,
        [APPROVAL_HIGH] = STYLE_WARNING,
        [APPROVAL_CRITICAL] = STYLE_DANGER,
    };

    return styles[r];
}

bool approval_by_key(const struct approval *a)
{
    return a->risk == APPROVAL_LOW || a->risk == APPROVAL_MEDIUM;
}

void approval_challenge(const struct approval *a, struct buf *out)
{
    if (approval_by_key(a))
        buf_addc(out, 'y');
    else if (a->risk == APPROVAL_HIGH)
        buf_adds(out, "yes");
    else
        text_show_tricks(out, str_trim(str_from(*a->resource ? a->resource : a->operation)), true);
}

/* ---- the body ---- */

struct adding {
    struct rich *r;
    enum style style;
};

static void add_part(void *ctx, struct str part, bool trick)
{
    struct adding *a = ctx;

    rich_add(a->r, trick ? STYLE_DANGER : a->style, part);
}

static size_t add_value(struct rich *r, enum style style, const char *text, bool identifier)
{
    struct adding a = {r, style};

    return text_tricks(str_from(text), identifier, add_part, &a);
}

static void label(struct rich *r, const char *text)
{
    rich_para(r, 0, LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, text);
}

static size_t field(struct rich *r, const char *name, const char *text)
{
    if (!*text)
        return 0;
    label(r, name);
    return add_value(r, STYLE_TEXT, text, false);
}

static size_t add_subject(struct rich *r, const struct approval *a)
{
    static const char *const names[] = {"account ", "", "region "};
    const char *const values[] = {a->account, a->environment, a->region};
    size_t tricks = 0;
    bool first = true;

    rich_para(r, 0, 2);
    tricks += add_value(r, STYLE_STRONG, a->operation, true);
    rich_adds(r, STYLE_TEXT, "  ");
    tricks += add_value(r, STYLE_HEADING, a->resource, true);
    for (int i = 0; i < 3; i++) {
        if (!*values[i])
            continue;
        if (first)
            label(r, "where");
        rich_addf(r, STYLE_DIM, "%s%s", first ? "" : "  ", names[i]);
        tricks += add_value(r, STYLE_TEXT, values[i], true);
        first = false;
    }
    return tricks;
}

/* Each parameter on a line; a value that is none of text, number or truth as its JSON. */
static size_t add_args(struct rich *r, const struct approval *a)
{
    struct arena *arena = arena_new(4096);
    const struct value *args = NULL;
    struct err err = ERR_INIT;
    size_t tricks = 0;

    if (json_parse(arena, str_from(a->args), &args, &err) || args->type != VALUE_OBJECT) {
        label(r, "with");
        tricks = add_value(r, STYLE_CODE, a->args, false);
    } else {
        bool first = true;

        VALUE_EACH (v, args) {
            struct buf text = BUF_INIT(BUF_NO_MAX);
            struct json_writer w;

            json_writer_init(&w, &text);
            json_value(&w, v);
            label(r, first ? "with" : "");
            tricks += add_value(r, STYLE_CODE, arena_str(arena, v->key), true);
            rich_adds(r, STYLE_DIM, " = ");
            tricks += add_value(r, STYLE_CODE, buf_cstr(&text), false);
            buf_release(&text);
            first = false;
        }
    }
    arena_free(arena);
    return tricks;
}

static size_t add_why(struct rich *r, const struct approval *a)
{
    size_t tricks;

    if (!*a->why && !a->evidence.count)
        return 0;
    label(r, "why");
    tricks = add_value(r, STYLE_TEXT, a->why, false);
    if (*a->hypothesis) {
        rich_adds(r, STYLE_DIM, "  ");
        tricks += add_value(r, STYLE_HEADING, a->hypothesis, true);
    }
    for (size_t i = 0; i < a->evidence.count; i++) {
        rich_adds(r, STYLE_DIM, " ");
        tricks += add_value(r, STYLE_EVIDENCE, a->evidence.items[i], true);
    }
    return tricks;
}

/* Whole seconds, as it is drawn anew each second. */
static void age_text(int64_t ms, char *out, size_t size)
{
    int64_t s = ms < 0 ? 0 : ms / 1000;

    if (s < 120)
        snprintf(out, size, "%d s", (int)s);
    else if (s < 7200)
        snprintf(out, size, "%d min", (int)(s / 60));
    else
        snprintf(out, size, "%lld h", (long long)(s / 3600));
}

static size_t add_before(struct rich *r, const struct approval *a, int64_t now_ms)
{
    char age[32];
    size_t tricks;

    label(r, "before");
    if (!*a->before) {
        rich_adds(r, STYLE_WARNING, "the state was not read");
        return 0;
    }
    tricks = add_value(r, STYLE_TEXT, a->before, false);
    if (!a->before_ms) {
        rich_adds(r, STYLE_WARNING, "  (it is not known when this was read)");
        return tricks;
    }
    age_text(now_ms - a->before_ms, age, sizeof(age));
    rich_addf(r, STYLE_DIM, "  (read %s ago)", age);
    return tricks;
}

/* Where one person is not enough: who has said yes so far. */
static size_t add_persons(struct rich *r, const struct approval *a)
{
    size_t tricks = 0;

    if (a->persons < 2)
        return 0;
    label(r, "persons");
    rich_addf(r, STYLE_WARNING, "%d have to say yes: who asked, and %d other%s", a->persons,
              a->persons - 1, a->persons == 2 ? "" : "s");
    VEC_EACH (who, &a->confirmed) {
        label(r, who == a->confirmed.items ? "confirmed" : "");
        tricks += add_value(r, STYLE_OK, *who, false);
    }
    return tricks;
}

void approval_lay(struct rich *r, const struct approval *a, int64_t now_ms)
{
    size_t tricks = add_subject(r, a);

    tricks += add_args(r, a);
    tricks += add_why(r, a);
    tricks += field(r, "effect", a->effect);
    tricks += add_before(r, a, now_ms);
    tricks += field(r, "after", a->after);
    label(r, "rollback");
    if (*a->rollback)
        tricks += add_value(r, STYLE_TEXT, a->rollback, false);
    else
        rich_adds(r, STYLE_DANGER, "none: this cannot be undone");
    tricks += field(r, "blast", a->blast);
    tricks += field(r, "cost", a->cost);
    tricks += field(r, "watch", a->watch);
    VEC_EACH (c, &a->calls) {
        label(r, c == a->calls.items ? "runs" : "");
        tricks += add_value(r, STYLE_CODE, *c, false);
    }
    tricks += field(r, "policy", a->policy);
    tricks += field(r, "limits", a->limits);
    tricks += field(r, "asked by", a->proposer);
    tricks += add_persons(r, a);
    if (a->revision) {
        label(r, "changed");
        rich_addf(r, STYLE_WARNING, "%u time%s since it was first asked", a->revision,
                  a->revision == 1 ? "" : "s");
    }
    if (tricks) {
        label(r, "beware");
        rich_addf(r, STYLE_DANGER, "%zu character%s that may deceive %s spelled out as <U+...>",
                  tricks, tricks == 1 ? "" : "s", tricks == 1 ? "is" : "are");
    }
    label(r, "request");
    rich_addf(r, STYLE_DIM, "%s  fingerprint %.16s", a->id, a->fingerprint);
}

/* ---- the box ---- */

struct drawing {
    struct approval_view *v;
    struct canvas *c;
    struct rect r;
    const struct rich *rich;
    size_t line;
};

static void on_line(void *ctx, const struct rich_line *line)
{
    struct drawing *d = ctx;
    size_t at = d->line++;

    if (at >= d->v->top && at < d->v->top + (size_t)d->r.h)
        rich_draw(d->rich, d->c, d->r.x, d->r.y + (int)(at - d->v->top), d->r.w, line);
}

static void draw_border(struct canvas *c, struct rect b, enum style style)
{
    canvas_hline(c, b.x, b.y, b.w, style);
    canvas_hline(c, b.x, b.y + b.h - 1, b.w, style);
    canvas_vline(c, b.x, b.y, b.h, style);
    canvas_vline(c, b.x + b.w - 1, b.y, b.h, style);
    canvas_glyph(c, b.x, b.y, style, GLYPH_TL);
    canvas_glyph(c, b.x + b.w - 1, b.y, style, GLYPH_TR);
    canvas_glyph(c, b.x, b.y + b.h - 1, style, GLYPH_BL);
    canvas_glyph(c, b.x + b.w - 1, b.y + b.h - 1, style, GLYPH_BR);
}

static void draw_title(const struct approval_view *v, struct canvas *c, struct rect b)
{
    static const char *const words[APPROVAL_RISKS] = {[APPROVAL_LOW] = "LOW",
                                                      [APPROVAL_MEDIUM] = "MEDIUM",
                                                      [APPROVAL_HIGH] = "HIGH",
                                                      [APPROVAL_CRITICAL] = "CRITICAL"};
    int64_t left = (v->request->expires_ms - v->now_ms + 999) / 1000;
    int x = b.x + 1, end = b.x + b.w - 1;
    char text[48];

    x += canvas_cstr(c, x, b.y, end - x, STYLE_TITLE_FOCUS, " Approval ");
    x += canvas_glyph(c, x, b.y, risk_style(v->request->risk), GLYPH_H);
    x += canvas_printf(c, x, b.y, end - x, risk_style(v->request->risk), " %s ",
                       words[v->request->risk]);
    if (v->waiting > 1 && end - x > 24)
        canvas_printf(c, x, b.y, end - x, STYLE_DIM, "1 of %zu ", v->waiting);
    left = left < 0 ? 0 : left;
    snprintf(text, sizeof(text), " %d:%02d left ", (int)(left / 60), (int)(left % 60));
    canvas_text_right(c, end, b.y, end - x, left < 60 ? STYLE_WARNING : STYLE_DIM, str_from(text));
}

static void draw_keys(const struct approval_view *v, struct canvas *c, struct rect b)
{
    static const struct hint all[] = {
        {"Esc", "rejects"}, {"Tab", "later"}, {"PgDn", "more"}, {"Ctrl-N", "never again"}};
    bool scrolls = v->lines > v->view_h;
    int x = b.x + 2, end = b.x + b.w - 2, y = b.y + b.h - 1;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if ((i == 2 && !scrolls) || (i == 3 && (scrolls || end - x < 22)))
            continue;
        x += canvas_cstr(c, x, y, end - x, STYLE_KEY, " ");
        x += canvas_cstr(c, x, y, end - x, STYLE_KEY, all[i].keys);
        x += canvas_cstr(c, x, y, end - x, STYLE_DIM, " ");
        x += canvas_cstr(c, x, y, end - x, STYLE_DIM, all[i].text);
        x += canvas_cstr(c, x, y, end - x, STYLE_DIM, " ");
    }
    if (v->lines > v->view_h) {
        char text[48];

        snprintf(text, sizeof(text), " %zu-%zu of %zu ", v->top + 1,
                 v->top + v->view_h < v->lines ? v->top + v->view_h : v->lines, v->lines);
        if (end - x >= text_width(str_from(text)))
            canvas_text_right(c, end + 1, y, end - x, STYLE_DIM, str_from(text));
    }
}

static const char *blocked(const struct approval_view *v)
{
    if (v->request->forged)
        return "It does not match its own fingerprint: it can only be rejected";
    if (v->request->yours)
        return "You confirmed it: another person is waited for";
    if (!v->seen_end && !v->end_shown)
        return "Read to the end first: PgDn";
    return v->armed ? NULL : "Keys do not count yet";
}

static void draw_prompt(struct approval_view *v, struct canvas *c, struct rect f)
{
    struct buf word = BUF_INIT(8192);
    const char *stop = blocked(v);
    int x = f.x;

    approval_challenge(v->request, &word);
    if (approval_by_key(v->request)) {
        x += canvas_cstr(c, x, f.y, f.w, STYLE_KEY, "y");
        x += canvas_cstr(c, x, f.y, f.x + f.w - x, STYLE_TEXT, " approves, Enter does not");
        if (v->request->persons < 2 && f.x + f.w - x > 22) {
            x += canvas_cstr(c, x, f.y, f.x + f.w - x, STYLE_TEXT, "; ");
            x += canvas_cstr(c, x, f.y, f.x + f.w - x, STYLE_KEY, "s");
            canvas_cstr(c, x, f.y, f.x + f.w - x, STYLE_TEXT, " for this session");
        }
    } else {
        x += canvas_cstr(c, x, f.y, f.w, STYLE_TEXT, "Type ");
        x += canvas_text(c, x, f.y, f.x + f.w - x, STYLE_KEY, buf_str(&word));
        canvas_cstr(c, x, f.y, f.x + f.w - x, STYLE_TEXT,
                    f.x + f.w - x < 21 ? ", then Enter" : " and Enter to approve");
    }
    x = f.x;
    if (*v->message) {
        canvas_cstr(c, x, f.y + 1, f.w, STYLE_WARNING, v->message);
    } else if (stop) {
        canvas_cstr(c, x, f.y + 1, f.w, STYLE_WARNING, stop);
    } else if (!approval_by_key(v->request)) {
        struct str tail = v->typed, cluster;
        int width = text_width(tail), w;

        x += canvas_glyph(c, x, f.y + 1, STYLE_ACCENT, GLYPH_PROMPT) + 1;
        while (width > f.w - 4 && text_cluster(&tail, &cluster, &w))
            width -= w;
        x += canvas_text(c, x, f.y + 1, f.x + f.w - x, STYLE_INPUT, tail);
        v->cursor_x = x;
        v->cursor_y = f.y + 1;
    }
    buf_release(&word);
}

static void scroll(struct approval_view *v)
{
    if (v->top + v->view_h > v->lines)
        v->top = v->lines > v->view_h ? v->lines - v->view_h : 0;
    v->end_shown = v->top + v->view_h >= v->lines;
}

void approval_draw(struct approval_view *v, struct canvas *c)
{
    int w = c->width > BOX_CELLS + 2 ? BOX_CELLS : c->width, h;
    struct rect box, was;
    struct rich rich;
    struct drawing d = {.v = v, .c = c, .rich = &rich};

    v->drawn = c->width >= SCREEN_MIN_COLS && c->height >= SCREEN_MIN_ROWS;
    v->end_shown = false;
    v->cursor_x = v->cursor_y = -1;
    if (!v->drawn)
        return;
    rich_init(&rich, c->glyphs == GLYPHS_ASCII);
    approval_lay(&rich, v->request, v->now_ms);
    v->lines = rich_lines(&rich, w - 4, NULL, NULL);
    h = (int)(v->lines < 200 ? v->lines : 200) + FOOT_ROWS + 3;
    h = h > c->height ? c->height : h;
    box = (struct rect){(c->width - w) / 2, (c->height - h) / 2, w, h};
    d.r = (struct rect){box.x + 2, box.y + 1, w - 4, h - 2 - FOOT_ROWS - (h > 12)};
    v->view_h = (size_t)d.r.h;
    scroll(v);
    was = canvas_clip(c, box);
    canvas_fill(c, box, STYLE_TEXT);
    draw_border(c, box, risk_style(v->request->risk));
    draw_title(v, c, box);
    draw_keys(v, c, box);
    rich_lines(&rich, w - 4, on_line, &d);
    draw_prompt(v, c, (struct rect){box.x + 2, box.y + h - 1 - FOOT_ROWS, w - 4, FOOT_ROWS});
    canvas_unclip(c, was);
    draw_scroll(c, d.r, v->top, v->view_h, v->lines);
    rich_release(&rich);
}
