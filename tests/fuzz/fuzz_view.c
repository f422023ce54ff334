/* fuzz_view.c - the whole view under hostile text: the input is a program of events, keys and
 * sizes.
 *
 * Text comes from the input in every place text can come from: what models and tools say, tags, log
 * lines, names of resources, files and queries, statements, filters, raw results, key files, theme
 * files. After each drawing every cell holds one clean cluster of the width it claims, wide ones
 * are whole, links lead nowhere strange; and an emulator that is fed the rows sees printable text
 * alone, no control character and no sequence. A drawing of the same state is the same drawing. */
#include "tests/fuzz/targets.h"

#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/view/theme.h"
#include "tests/fuzz/fuzz_view_priv.h"

#define CELLS_BUDGET ((size_t)900000) /* drawn in one input: many small screens, or a large one */

/* ---- what must hold ---- */

/* Code points that a terminal takes as an order, or that reorder or hide what is read. */
static bool is_order(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == TEXT_BAD || cp == 0x061C ||
           cp == 0x200E || cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB);
}

static void check_cell(const struct canvas *c, int x, int y)
{
    const struct cell *at = canvas_at(c, x, y), *right = canvas_at(c, x + 1, y);
    struct str rest = str_from(at->text), cluster;
    uint32_t cp;
    size_t n;
    int width;

    FUZZ_CHECK(at->width <= 2 && at->style < STYLES && at->overlay < STYLES);
    FUZZ_CHECK(!at->link ||
               (canvas_url(c, at->link) && canvas_url_ok(str_from(canvas_url(c, at->link)))));
    FUZZ_CHECK(at->width != 2 || (right && right->width == 0));
    if (at->width == 0) {
        FUZZ_CHECK(x > 0 && canvas_at(c, x - 1, y)->width == 2 && !rest.len);
        return;
    }
    if (rest.len == 1) {
        FUZZ_CHECK(rest.ptr[0] >= 0x20 && rest.ptr[0] < 0x7F && at->width == 1);
        return;
    }
    FUZZ_CHECK(c->glyphs != GLYPHS_ASCII);
    FUZZ_CHECK(text_width(rest) == at->width);
    while (rest.len) {
        n = text_decode(rest, &cp);
        FUZZ_CHECK(n > 0 && !is_order(cp));
        rest.ptr += n;
        rest.len -= n;
    }
    rest = str_from(at->text);
    FUZZ_CHECK(text_cluster(&rest, &cluster, &width) && !rest.len);
}

#ifdef RB_FUZZ_VTERM
static int on_text(const char *bytes, size_t len, void *user)
{
    (void)bytes;
    (void)user;
    return (int)len;
}

static int on_control(unsigned char control, void *user)
{
    (void)control;
    (void)user;
    FUZZ_CHECK(!"a control character");
    return 1;
}

static int on_escape(const char *bytes, size_t len, void *user)
{
    (void)bytes;
    (void)len;
    (void)user;
    FUZZ_CHECK(!"an escape sequence");
    return 1;
}

static int on_csi(const char *leader, const long args[], int count, const char *intermed,
                  char command, void *user)
{
    (void)leader;
    (void)args;
    (void)count;
    (void)intermed;
    (void)command;
    (void)user;
    FUZZ_CHECK(!"a control sequence");
    return 1;
}

static void emulate(struct fuzz *f)
{
    static const VTermParserCallbacks callbacks = {
        .text = on_text, .control = on_control, .escape = on_escape, .csi = on_csi};
    const struct canvas *c = &f->canvas;

    if (!f->vt) {
        f->vt = vterm_new(24, 80);
        vterm_set_utf8(f->vt, 1);
        vterm_parser_set_callbacks(f->vt, &callbacks, NULL);
    }
    for (int i = 0; i < c->width * c->height; i++)
        vterm_input_write(f->vt, c->cells[i].text, strlen(c->cells[i].text));
}
#else
static void emulate(struct fuzz *f)
{
    (void)f;
}
#endif

static void check_screen(const struct fuzz *f)
{
    const struct screen *s = &f->screen;
    const struct canvas *c = &f->canvas;

    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++)
            check_cell(c, x, y);
    FUZZ_CHECK(s->cursor_x < c->width && s->cursor_y < c->height);
    FUZZ_CHECK(s->depth <= SCREEN_STACK_MAX);
}

/* Where two drawings of one state part, for the person who looks into it. */
static void tell_parting(const struct fuzz *f)
{
    for (int y = 0; y < f->canvas.height; y++) {
        for (int x = 0; x < f->canvas.width; x++) {
            const struct cell *a = canvas_at(&f->canvas, x, y), *b = canvas_at(&f->again, x, y);

            if (memcmp(a, b, sizeof(*a)) == 0)
                continue;
            fprintf(stderr, "%dx%d root %d depth %d: (%d,%d) was '%s' %d %d, now '%s' %d %d\n",
                    f->canvas.width, f->canvas.height, (int)f->screen.root, (int)f->screen.depth, x,
                    y, a->text, a->style, a->overlay, b->text, b->style, b->overlay);
            return;
        }
    }
}

static void draw(struct fuzz *f)
{
    struct canvas *c = &f->canvas;
    size_t cells = (size_t)c->width * (size_t)c->height;

    f->drawn += 3 * cells;
    if (f->drawn > CELLS_BUDGET) {
        f->in.len = 0;
        return;
    }
    view_draw(&f->screen, &f->model, c);
    check_screen(f);
    emulate(f);
    canvas_resize(&f->again, c->width, c->height);
    view_draw(&f->screen, &f->model, &f->again);
    if (memcmp(c->cells, f->again.cells, cells * sizeof(*c->cells)) != 0)
        tell_parting(f);
    FUZZ_CHECK(memcmp(c->cells, f->again.cells, cells * sizeof(*c->cells)) == 0);
}

/* ---- the screen's commands ---- */

static void resize(struct fuzz *f)
{
    static const int usual[][2] = {{80, 24}, {120, 40}, {200, 50}, {60, 20}, {40, 8}, {1, 1}};
    unsigned i = fuzz_below(f, 12);
    int width = 1 + (int)(fuzz_byte(f) * 4 + fuzz_below(f, 4)) % 1000;
    int height = 1 + (int)(fuzz_byte(f) * 2 + fuzz_below(f, 2)) % 500;

    if (i < 6) {
        width = usual[i][0];
        height = usual[i][1];
    } else if (i < 11) {
        width = 1 + width % 160;
        height = 1 + height % 60;
    }
    canvas_resize(&f->canvas, width, height);
}

static void set_texts(struct fuzz *f)
{
    struct screen *s = &f->screen;

    s->message = fuzz_below(f, 2) ? fuzz_text_of(f) : NULL;
    s->replay_text = fuzz_below(f, 4) == 0 ? fuzz_text_of(f) : NULL;
    s->read_only = fuzz_below(f, 4) == 0;
    s->input = str_from(fuzz_text_of(f));
    s->filter_input = str_from(fuzz_text_of(f));
    s->input_cursor = 0;
    s->input_focus = fuzz_below(f, 2);
    s->filter_focus = !s->input_focus && fuzz_below(f, 4) == 0;
    for (size_t i = 0; i < 3; i++)
        f->hints[i] = (struct hint){fuzz_text_of(f), fuzz_text_of(f)};
}

/* A key file's keys and a theme's colours come from files that somebody else may have written. */
static void read_files(struct fuzz *f)
{
    struct err err = ERR_INIT;
    struct theme theme;
    struct look look;

    if (fuzz_below(f, 2)) {
        if (!keymap_parse(f->keymap, "keys", str_from(fuzz_text_of(f)), &err))
            return;
    } else if (!theme_parse(&theme, "theme", str_from(fuzz_text_of(f)), &err)) {
        for (int style = 0; style < STYLES; style++) {
            look = theme_look(&theme, COLORS_DIRECT, (enum style)style, STYLE_SELECTED);
            FUZZ_CHECK(look.fg >= -1 && look.bg >= -1);
        }
        return;
    }
    *VEC_PUSH(&f->kept) = xasprintf("%s", err.msg);
    f->screen.message = f->kept.items[f->kept.count - 1]; /* it is shown to the person */
}

static void give_raw(struct fuzz *f)
{
    const char *hash = screen_wants_blob(&f->screen, &f->model);

    if (hash)
        screen_set_raw(&f->screen, hash, str_from(fuzz_text_of(f)),
                       fuzz_below(f, 4) == 0 ? fuzz_text_of(f) : NULL);
}

static void go_about(struct fuzz *f)
{
    struct screen *s = &f->screen;
    const struct model *m = &f->model;

    switch (fuzz_below(f, 14)) {
    case 0:
        screen_focus_next(s, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 1:
        screen_focus(s, (enum pane)fuzz_below(f, PANES));
        break;
    case 2:
        screen_go(s, (enum root)fuzz_below(f, ROOTS));
        break;
    case 3:
        screen_toggle_node(s, m);
        break;
    case 4:
        screen_open_node(s, m, fuzz_below(f, 2));
        break;
    case 5:
        screen_open(s, m);
        break;
    case 6:
        screen_open_evidence(s, m);
        break;
    case 7:
        if (fuzz_below(f, 2))
            screen_open_answer(s, m);
        else
            screen_open_help(s);
        break;
    case 8:
    case 9:
        screen_back(s);
        break;
    case 10:
        screen_next_evidence(s, m, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 11:
        s->zoomed = !s->zoomed;
        break;
    case 12:
        screen_jump_to_item(s, m, fuzz_byte(f));
        break;
    default:
        screen_click(s, m, (int)fuzz_byte(f) - 3, (int)fuzz_byte(f) - 3);
        break;
    }
}

/* What is copied is text: a terminal's paste runs what stands in it. */
static void check_copy(struct fuzz *f)
{
    struct buf out = BUF_INIT((size_t)4 << 20);

    if (view_copy_text(&f->screen, &f->model, &f->canvas, (enum copy_what)fuzz_below(f, 3), &out))
        for (size_t i = 0; i < out.len; i++)
            FUZZ_CHECK((unsigned char)out.ptr[i] >= 0x20 || strchr("\n\t", out.ptr[i]));
    buf_release(&out);
}

static void look_through(struct fuzz *f)
{
    struct screen *s = &f->screen;
    const struct model *m = &f->model;
    const char *hash = screen_wants_excerpt(s);

    switch (fuzz_below(f, 10)) {
    case 0:
        screen_search_begin(s);
        screen_search(s, m, fuzz_text_of(f));
        break;
    case 1:
        screen_search_next(s, m, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 2:
        screen_search_end(s);
        break;
    case 3:
        screen_turn(s, m, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 4:
        screen_fold(s, m, fuzz_below(f, 2));
        break;
    case 5:
        screen_toggle_item(s, m);
        break;
    case 6:
        screen_toggle_all(s, m);
        break;
    case 7:
        screen_tree_why(s, m);
        break;
    case 8:
        check_copy(f);
        break;
    default:
        if (hash)
            screen_set_excerpt(s, hash, str_from(fuzz_text_of(f)),
                               fuzz_below(f, 4) == 0 ? fuzz_text_of(f) : NULL);
        break;
    }
}

static void look_at_evidence(struct fuzz *f)
{
    struct screen *s = &f->screen;

    switch (fuzz_below(f, 8)) {
    case 0:
        screen_chart_zoom(s, (int)fuzz_below(f, 3) - 1);
        break;
    case 1:
        screen_evidence_side(s, fuzz_below(f, 2) ? 1 : -1, fuzz_below(f, 2));
        break;
    case 2:
        screen_evidence_tab(s);
        break;
    case 3:
        screen_chart_all(s);
        break;
    case 4:
        screen_raw_hex(s);
        break;
    case 5:
        screen_raw_pretty(s);
        break;
    case 6:
        screen_raw_wrap(s);
        break;
    default:
        screen_raw_match(s, fuzz_below(f, 2) ? 1 : -1);
        break;
    }
}

static void use_list(struct fuzz *f)
{
    struct list *l = screen_list(&f->screen);

    if (!l)
        return;
    switch (fuzz_below(f, 5)) {
    case 0:
        list_sort_next(l);
        break;
    case 1:
        list_sort_reverse(l);
        break;
    case 2:
        list_choose(l, fuzz_below(f, 2));
        break;
    default:
        screen_mark(&f->screen, &f->model, fuzz_below(f, 2));
        break;
    }
}

/* The dialog over everything, or its queue. */
static void ask_approval(struct fuzz *f)
{
    size_t count = f->model.approvals.count;

    if (fuzz_below(f, 3) == 0)
        screen_open_approvals(&f->screen);
    f->screen.approval = NULL;
    if (!count || fuzz_below(f, 3) == 0)
        return;
    f->dialog = (struct approval_view){.request = &f->model.approvals.items[fuzz_byte(f) % count],
                                       .typed = str_from(fuzz_text_of(f)),
                                       .armed = fuzz_below(f, 2),
                                       .message = fuzz_text_of(f),
                                       .now_ms = f->screen.now_ms,
                                       .waiting = count,
                                       .top = fuzz_byte(f)};
    f->screen.approval = &f->dialog;
}

static void move(struct fuzz *f)
{
    struct screen *s = &f->screen;
    const struct model *m = &f->model;

    switch (fuzz_below(f, 8)) {
    case 0:
        screen_page(s, m, (int)fuzz_below(f, 5) - 2);
        break;
    case 1:
        screen_home(s, m);
        break;
    case 2:
        screen_end(s, m);
        break;
    case 3:
        timeline_zoom(&s->timeline, m, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 4:
        timeline_pan(&s->timeline, m, fuzz_below(f, 2) ? 1 : -1);
        break;
    case 5:
        timeline_set_clock(&s->timeline, (enum timeline_clock)fuzz_below(f, TIMELINE_CLOCKS));
        break;
    default:
        screen_move(s, m, (int)fuzz_byte(f) - 128);
        break;
    }
}

static void step(struct fuzz *f)
{
    switch (fuzz_below(f, 20)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        f->screen.approval = NULL; /* its request may move */
        fuzz_add_event(f);
        return; /* many events before a drawing */
    case 6:
        resize(f);
        break;
    case 7:
        set_texts(f);
        break;
    case 8:
        screen_set_filter(&f->screen, &f->model, fuzz_text_of(f));
        break;
    case 9:
        read_files(f);
        break;
    case 10:
        give_raw(f);
        break;
    case 11:
        look_through(f);
        break;
    case 12:
        look_at_evidence(f);
        break;
    case 13:
        use_list(f);
        break;
    case 14:
        ask_approval(f);
        break;
    case 15:
    case 16:
        move(f);
        break;
    default:
        go_about(f);
        break;
    }
    draw(f);
}

/* ---- life ---- */

static void begin(struct fuzz *f)
{
    enum glyph_set glyphs = (enum glyph_set)fuzz_below(f, GLYPH_SETS);

    screen_init(&f->screen);
    model_init(&f->model);
    canvas_init(&f->canvas, glyphs);
    canvas_init(&f->again, glyphs);
    canvas_resize(&f->canvas, 80, 24);
    f->keymap = keymap_new();
    for (size_t i = 0; i < 3; i++) {
        *VEC_PUSH(&f->help) =
            (struct help_row){fuzz_text_of(f), fuzz_text_of(f), fuzz_text_of(f), fuzz_text_of(f)};
        f->hints[i] = (struct hint){fuzz_text_of(f), fuzz_text_of(f)};
    }
    f->screen.help = f->help.items;
    f->screen.help_count = f->help.count;
    f->screen.hints = f->hints;
    f->screen.hint_count = 3;
    f->screen.now_ms = INT64_C(1770213803000);
}

static void end(struct fuzz *f)
{
    screen_release(&f->screen);
    model_release(&f->model);
    canvas_release(&f->canvas);
    canvas_release(&f->again);
    keymap_free(f->keymap);
    VEC_RELEASE(&f->help);
    VEC_EACH (text, &f->kept)
        free(*text);
    VEC_RELEASE(&f->kept);
#ifdef RB_FUZZ_VTERM
    if (f->vt)
        vterm_free(f->vt);
#endif
}

void fuzz_view(struct str input)
{
    struct fuzz f = {.in = input};

    begin(&f);
    draw(&f);
    while (f.in.len)
        step(&f);
    draw(&f);
    end(&f);
}
