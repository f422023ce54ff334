/* fuzz_view.c - the whole view under hostile text: the input is a program of events, keys and
 * sizes.
 *
 * Text comes from the input in every place text can come from: what models and tools say, tags, log
 * lines, names of resources, files and queries, statements, filters, raw results, key files, theme
 * files. After each drawing every cell holds one clean cluster of the width it claims, wide ones
 * are whole, links lead nowhere strange; and an emulator that is fed the rows sees printable text
 * alone, no control character and no sequence. A drawing of the same state is the same drawing. */
#include "tests/fuzz/targets.h"

#include <math.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "runbook/ui/keymap.h"
#include "runbook/view/screen.h"
#include "runbook/view/theme.h"

#ifdef RB_FUZZ_VTERM
#include <vterm.h>
#endif

#define TEXT_MAX 300
#define CELLS_BUDGET ((size_t)900000) /* drawn in one input: many small screens, or a large one */

struct fuzz {
    struct str in;
    struct screen screen;
    struct model model;
    struct canvas canvas, again;
    struct keymap *keymap;
    VEC(char *) kept; /* texts of the input, as C strings */
    VEC(struct help_row) help;
    struct hint hints[3];
    uint64_t seq;
    size_t drawn;
#ifdef RB_FUZZ_VTERM
    VTerm *vt;
#endif
};

/* ---- the input ---- */

static unsigned byte_of(struct fuzz *f)
{
    unsigned c;

    if (!f->in.len)
        return 0;
    c = (unsigned char)*f->in.ptr;
    f->in.ptr++;
    f->in.len--;
    return c;
}

static unsigned below(struct fuzz *f, unsigned limit)
{
    return byte_of(f) % limit;
}

/* Some bytes of the input, without NUL, kept until the end. */
static const char *text_of(struct fuzz *f)
{
    size_t want = byte_of(f), n = 0;
    char *text;

    want = want >= 250 ? TEXT_MAX : want / 4;
    want = want < f->in.len ? want : f->in.len;
    text = xmalloc(want + 1);
    for (size_t i = 0; i < want; i++) {
        unsigned c = byte_of(f);

        if (c)
            text[n++] = (char)c;
    }
    text[n] = '\0';
    *VEC_PUSH(&f->kept) = text;
    return text;
}

/* Ids repeat, or nothing would ever refer to anything. */
static const char *id_of(struct fuzz *f)
{
    static const char *const ids[] = {"H1", "H1.1", "E1", "c1", "c2", "r:1", "m1"};
    unsigned i = below(f, 9);

    return i < 7 ? ids[i] : text_of(f);
}

static double number_of(struct fuzz *f)
{
    static const double numbers[] = {0, 1, -1, NAN, INFINITY, -INFINITY, 1e300, 0.001, 97, 1e-300};

    return numbers[below(f, 10)];
}

static int64_t time_of(struct fuzz *f)
{
    /* The ends are those of what a journal can hold: whole numbers of JSON. */
    static const int64_t times[] = {0,
                                    1,
                                    -1,
                                    INT64_C(9007199254740991),
                                    INT64_C(-9007199254740991),
                                    INT64_C(1770213731000),
                                    INT64_C(1770213731900),
                                    INT64_C(1500000000000),
                                    INT64_C(253402300799000)};

    return times[below(f, 9)];
}

/* ---- events ---- */

static void apply(struct fuzz *f, struct event *ev)
{
    ev->seq = ++f->seq;
    ev->actor = "builtin";
    ev->ts_ms = INT64_C(1770213731000) + (int64_t)f->seq * 40;
    if (below(f, 16) == 0)
        ev->ts_ms = time_of(f);
    event_normalize(ev);
    model_apply(&f->model, ev);
}

static void add_words(struct fuzz *f, struct event *ev)
{
    switch (below(f, 5)) {
    case 0:
        ev->type = EV_USER_MESSAGE;
        ev->u.user_message.text = text_of(f);
        break;
    case 1:
        ev->type = EV_AGENT_THINKING;
        ev->u.agent_thinking.text = text_of(f);
        break;
    case 2:
        ev->type = EV_ERROR;
        ev->u.error =
            (struct ev_error){.text = text_of(f), .code = text_of(f), .doing = text_of(f)};
        break;
    case 3:
        ev->type = EV_LIMIT_WARNED;
        ev->u.limit_warned = (struct ev_limit_warned){.tool = text_of(f), .text = text_of(f)};
        break;
    default:
        ev->type = EV_AGENT_TEXT;
        ev->u.agent_text =
            (struct ev_agent_text){.text = text_of(f), .message = id_of(f), .last = below(f, 2)};
        break;
    }
}

static void add_tool(struct fuzz *f, struct event *ev)
{
    if (below(f, 2)) {
        ev->type = EV_TOOL_STARTED;
        ev->u.tool_started = (struct ev_tool_started){.call = id_of(f),
                                                      .tool = text_of(f),
                                                      .title = text_of(f),
                                                      .hypothesis = id_of(f),
                                                      .args = str_from(text_of(f)),
                                                      .query = text_of(f)};
        return;
    }
    ev->type = EV_TOOL_ENDED;
    ev->u.tool_ended = (struct ev_tool_ended){.call = id_of(f),
                                              .status = (int64_t)below(f, TOOL_STATUSES),
                                              .summary = text_of(f),
                                              .error = text_of(f),
                                              .blob = text_of(f),
                                              .content_type = text_of(f),
                                              .size_bytes = time_of(f),
                                              .duration_ms = time_of(f),
                                              .rows = time_of(f)};
}

static void add_evidence(struct fuzz *f, struct event *ev)
{
    ev->type = EV_EVIDENCE_ADDED;
    ev->u.evidence_added = (struct ev_evidence_added){.id = id_of(f),
                                                      .call = id_of(f),
                                                      .hypothesis = id_of(f),
                                                      .strength = (int64_t)below(f, STRENGTHS),
                                                      .statement = text_of(f),
                                                      .query = text_of(f),
                                                      .blob = text_of(f),
                                                      .service = text_of(f),
                                                      .metric = text_of(f),
                                                      .resource = text_of(f),
                                                      .unit = text_of(f),
                                                      .before = number_of(f),
                                                      .after = number_of(f),
                                                      .score = number_of(f),
                                                      .window_start_ms = time_of(f),
                                                      .window_end_ms = time_of(f),
                                                      .onset_ms = time_of(f)};
}

static void add_hypothesis(struct fuzz *f, struct event *ev)
{
    static const enum event_type changes[] = {EV_HYPOTHESIS_TESTING, EV_HYPOTHESIS_BRANCHED,
                                              EV_HYPOTHESIS_PRUNED, EV_HYPOTHESIS_SUPPORTED,
                                              EV_HYPOTHESIS_CONFIRMED};
    unsigned i = below(f, 9);

    if (i < 3) {
        ev->type = changes[i];
        ev->u.hypothesis_id = (struct ev_hypothesis_id){.id = id_of(f), .reason = text_of(f)};
    } else if (i < 5) {
        ev->type = changes[i];
        ev->u.hypothesis_scored = (struct ev_hypothesis_scored){
            .id = id_of(f), .confidence = number_of(f), .terms = text_of(f), .reason = text_of(f)};
    } else {
        ev->type = EV_HYPOTHESIS_PROPOSED;
        ev->u.hypothesis_proposed =
            (struct ev_hypothesis_proposed){.id = id_of(f),
                                            .parent = id_of(f),
                                            .statement = text_of(f),
                                            .kind = text_of(f),
                                            .resource = text_of(f),
                                            .service = text_of(f),
                                            .metric = text_of(f),
                                            .pattern = text_of(f),
                                            .rationale = text_of(f),
                                            .refutes = text_of(f),
                                            .category = (int64_t)below(f, CATEGORIES),
                                            .priority = time_of(f)};
    }
}

static void add_resource(struct fuzz *f, struct event *ev)
{
    ev->type = EV_RESOURCE_SEEN;
    ev->u.resource_seen = (struct ev_resource_seen){.key = id_of(f),
                                                    .kind = text_of(f),
                                                    .name = text_of(f),
                                                    .parent = text_of(f),
                                                    .status = text_of(f),
                                                    .detail = text_of(f),
                                                    .health = (int64_t)below(f, HEALTHS),
                                                    .value = number_of(f),
                                                    .limit = number_of(f),
                                                    .unit = text_of(f),
                                                    .metric = text_of(f)};
}

static void add_incident(struct fuzz *f, struct event *ev)
{
    ev->type = EV_INCIDENT_LOADED;
    ev->u.incident_loaded = (struct ev_incident_loaded){.id = text_of(f),
                                                        .title = text_of(f),
                                                        .service = text_of(f),
                                                        .metric = text_of(f),
                                                        .direction = text_of(f),
                                                        .source = text_of(f),
                                                        .started_at_ms = time_of(f),
                                                        .now_ms = time_of(f),
                                                        .window_start_ms = time_of(f),
                                                        .window_end_ms = time_of(f),
                                                        .baseline_start_ms = time_of(f),
                                                        .baseline_end_ms = time_of(f)};
}

static void add_session(struct fuzz *f, struct event *ev)
{
    static const char *targets[2];

    targets[0] = text_of(f);
    targets[1] = text_of(f);
    ev->type = EV_SESSION_OPENED;
    ev->u.session_opened = (struct ev_session_opened){.id = text_of(f),
                                                      .title = text_of(f),
                                                      .query = text_of(f),
                                                      .version = text_of(f),
                                                      .user = text_of(f),
                                                      .host = text_of(f),
                                                      .cwd = text_of(f),
                                                      .targets = {targets, 2},
                                                      .now_ms = time_of(f)};
}

static void add_answer(struct fuzz *f, struct event *ev)
{
    static const char *list[2];

    list[0] = text_of(f);
    list[1] = id_of(f);
    if (below(f, 2)) {
        ev->type = EV_ROOTCAUSE_IDENTIFIED;
        ev->u.rootcause_identified = (struct ev_rootcause_identified){.hypothesis = id_of(f),
                                                                      .statement = text_of(f),
                                                                      .category = text_of(f),
                                                                      .service = text_of(f),
                                                                      .metric = text_of(f),
                                                                      .resource = text_of(f),
                                                                      .confidence = number_of(f),
                                                                      .evidence = {list, 2}};
        return;
    }
    ev->type = EV_CONCLUSION_REACHED;
    ev->u.conclusion_reached =
        (struct ev_conclusion_reached){.verdict = (int64_t)below(f, VERDICTS),
                                       .summary = text_of(f),
                                       .confidence = number_of(f),
                                       .affected_services = {list, 2},
                                       .next_checks = {list, 2}};
}

static void add_state(struct fuzz *f, struct event *ev)
{
    switch (below(f, 6)) {
    case 0:
        ev->type = EV_TURN_STARTED;
        ev->u.turn_started = (struct ev_turn_started){.turn = 1, .investigator = text_of(f)};
        break;
    case 1:
        ev->type = EV_TURN_ENDED;
        ev->u.turn_ended = (struct ev_turn_ended){.turn = 1, .reason = text_of(f)};
        break;
    case 2:
        ev->type = EV_PHASE_CHANGED;
        ev->u.phase_changed = (struct ev_phase_changed){.from = (int64_t)below(f, PHASES),
                                                        .to = (int64_t)below(f, PHASES)};
        break;
    case 3:
        ev->type = EV_COST_UPDATED;
        ev->u.cost_updated = (struct ev_cost_updated){number_of(f), time_of(f) / 4, time_of(f) / 4};
        break;
    case 4:
        ev->type = EV_SESSION_CLOSED;
        ev->u.session_closed = (struct ev_session_closed){text_of(f), 0};
        break;
    default:
        ev->type = EV_GAP_NOTED;
        ev->u.gap_noted = (struct ev_gap_noted){
            .what = text_of(f), .why = text_of(f), .hypothesis = id_of(f), .code = text_of(f)};
        break;
    }
}

static void add_approval(struct fuzz *f, struct event *ev)
{
    static const char *list[2];

    list[0] = text_of(f);
    list[1] = id_of(f);
    if (below(f, 3) == 0) {
        ev->type = below(f, 2) ? EV_APPROVAL_REJECTED : EV_APPROVAL_EXPIRED;
        ev->u.approval_decided = (struct ev_approval_decided){.id = id_of(f), .reason = text_of(f)};
        return;
    }
    ev->type = EV_APPROVAL_REQUESTED;
    ev->u.approval_requested = (struct ev_approval_requested){.id = id_of(f),
                                                              .operation = text_of(f),
                                                              .account = text_of(f),
                                                              .region = text_of(f),
                                                              .environment = text_of(f),
                                                              .args = str_from(text_of(f)),
                                                              .why = text_of(f),
                                                              .hypothesis = id_of(f),
                                                              .before_ms = time_of(f),
                                                              .fingerprint = text_of(f),
                                                              .resource = text_of(f),
                                                              .effect = text_of(f),
                                                              .before = text_of(f),
                                                              .rollback = text_of(f),
                                                              .policy = text_of(f),
                                                              .limits = text_of(f),
                                                              .risk = (int64_t)below(f, 4),
                                                              .expires_ms = time_of(f),
                                                              .evidence = {list, 2}};
}

static void add_event(struct fuzz *f)
{
    static void (*const makers[])(struct fuzz * f, struct event * ev) = {
        add_words,    add_words,   add_tool,   add_evidence, add_hypothesis, add_resource,
        add_incident, add_session, add_answer, add_state,    add_approval};
    struct event ev = {.type = EV_ERROR};

    makers[below(f, sizeof(makers) / sizeof(makers[0]))](f, &ev);
    apply(f, &ev);
}

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
    unsigned i = below(f, 12);
    int width = 1 + (int)(byte_of(f) * 4 + below(f, 4)) % 1000;
    int height = 1 + (int)(byte_of(f) * 2 + below(f, 2)) % 500;

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

    s->message = below(f, 2) ? text_of(f) : NULL;
    s->replay_text = below(f, 4) == 0 ? text_of(f) : NULL;
    s->read_only = below(f, 4) == 0;
    s->input = str_from(text_of(f));
    s->filter_input = str_from(text_of(f));
    s->input_cursor = 0;
    s->input_focus = below(f, 2);
    s->filter_focus = !s->input_focus && below(f, 4) == 0;
    for (size_t i = 0; i < 3; i++)
        f->hints[i] = (struct hint){text_of(f), text_of(f)};
}

/* A key file's keys and a theme's colours come from files that somebody else may have written. */
static void read_files(struct fuzz *f)
{
    struct err err = ERR_INIT;
    struct theme theme;
    struct look look;

    if (below(f, 2)) {
        if (!keymap_parse(f->keymap, "keys", str_from(text_of(f)), &err))
            return;
    } else if (!theme_parse(&theme, "theme", str_from(text_of(f)), &err)) {
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
        screen_set_raw(&f->screen, hash, str_from(text_of(f)),
                       below(f, 4) == 0 ? text_of(f) : NULL);
}

static void go_about(struct fuzz *f)
{
    struct screen *s = &f->screen;
    const struct model *m = &f->model;

    switch (below(f, 14)) {
    case 0:
        screen_focus_next(s, below(f, 2) ? 1 : -1);
        break;
    case 1:
        screen_focus(s, (enum pane)below(f, PANES));
        break;
    case 2:
        screen_go(s, (enum root)below(f, ROOTS));
        break;
    case 3:
        screen_toggle_node(s, m);
        break;
    case 4:
        screen_open_node(s, m, below(f, 2));
        break;
    case 5:
        screen_open(s, m);
        break;
    case 6:
        screen_open_evidence(s, m);
        break;
    case 7:
        screen_open_help(s);
        break;
    case 8:
    case 9:
        screen_back(s);
        break;
    case 10:
        screen_next_evidence(s, m, below(f, 2) ? 1 : -1);
        break;
    case 11:
        s->zoomed = !s->zoomed;
        break;
    case 12:
        screen_jump_to_item(s, m, byte_of(f));
        break;
    default:
        screen_click(s, m, (int)byte_of(f) - 3, (int)byte_of(f) - 3);
        break;
    }
}

static void move(struct fuzz *f)
{
    struct screen *s = &f->screen;
    const struct model *m = &f->model;

    switch (below(f, 8)) {
    case 0:
        screen_page(s, m, (int)below(f, 5) - 2);
        break;
    case 1:
        screen_home(s, m);
        break;
    case 2:
        screen_end(s, m);
        break;
    case 3:
        timeline_zoom(&s->timeline, m, below(f, 2) ? 1 : -1);
        break;
    case 4:
        timeline_pan(&s->timeline, m, below(f, 2) ? 1 : -1);
        break;
    case 5:
        timeline_set_clock(&s->timeline, (enum timeline_clock)below(f, TIMELINE_CLOCKS));
        break;
    default:
        screen_move(s, m, (int)byte_of(f) - 128);
        break;
    }
}

static void step(struct fuzz *f)
{
    switch (below(f, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        add_event(f);
        return; /* many events before a drawing */
    case 6:
        resize(f);
        break;
    case 7:
        set_texts(f);
        break;
    case 8:
        screen_set_filter(&f->screen, &f->model, text_of(f));
        break;
    case 9:
        read_files(f);
        break;
    case 10:
        give_raw(f);
        break;
    case 11:
    case 12:
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
    enum glyph_set glyphs = (enum glyph_set)below(f, GLYPH_SETS);

    screen_init(&f->screen);
    model_init(&f->model);
    canvas_init(&f->canvas, glyphs);
    canvas_init(&f->again, glyphs);
    canvas_resize(&f->canvas, 80, 24);
    f->keymap = keymap_new();
    for (size_t i = 0; i < 3; i++) {
        *VEC_PUSH(&f->help) = (struct help_row){text_of(f), text_of(f), text_of(f), text_of(f)};
        f->hints[i] = (struct hint){text_of(f), text_of(f)};
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
