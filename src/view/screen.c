/* screen.c - the war room's state and what keys do to it. */
#include "src/view/signals_priv.h"
#include "src/view/view_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"

void id_copy(char out[SCREEN_ID_MAX], const char *id)
{
    snprintf(out, SCREEN_ID_MAX, "%s", id);
}

void screen_init(struct screen *s)
{
    *s = (struct screen){.cursor_x = -1, .cursor_y = -1};
    s->transcript.selected = s->transcript.match_item = SIZE_MAX;
    s->transcript.follow = true;
    list_init(&s->resources, &resource_list);
    list_init(&s->signals.list, &signal_list);
    list_init(&s->audit, &audit_list);
    list_init(&s->security, &security_list);
    s->groups = security_groups_new();
    screen_reset_sizes(s);
    buf_init(&s->raw.text, SCREEN_RAW_MAX);
    timeline_init(&s->timeline);
    buf_init(&s->raw.bytes, SERIES_RAW_MAX);
    series_init(&s->raw.series);
}

void screen_release(struct screen *s)
{
    transcript_release(s);
    list_release(&s->resources);
    list_release(&s->audit);
    list_release(&s->security);
    security_groups_free(s->groups);
    signals_release(s);
    services_release(s);
    VEC_RELEASE(&s->raw.lines);
    timeline_release(&s->timeline);
    map_free(s->tree.closed);
    map_free(s->tree.listed);
    map_free(s->tree.why);
    raw_release(s);
    arena_free(s->detail.arena);
}

/* ---- drawing ---- */

static void draw_tiny(struct screen *s, struct canvas *c)
{
    char text[96];

    s->cursor_x = s->cursor_y = -1;
    snprintf(text, sizeof(text), "runbook needs %dx%d, this is %dx%d", SCREEN_MIN_COLS,
             SCREEN_MIN_ROWS, c->width, c->height);
    canvas_cstr(c, 0, 0, c->width, STYLE_WARNING, text);
}

static void draw_notes(struct screen *s, const struct model *m, const struct layout *l,
                       struct canvas *c)
{
    char text[160] = "";

    if (l->panes[PANE_INVESTIGATION].w) {
        transcript_note(s, m, text, sizeof(text));
        draw_note(s, l, c, PANE_INVESTIGATION, text);
    }
    if (l->panes[PANE_RESOURCES].w) {
        resources_note(s, m, text, sizeof(text), l->panes[PANE_RESOURCES].w);
        draw_note(s, l, c, PANE_RESOURCES, text);
    }
}

static void draw_panes(struct screen *s, const struct model *m, const struct layout *l,
                       struct canvas *c)
{
    if (l->answer.h)
        answer_draw(m, c, l->answer);
    if (l->panes[PANE_INVESTIGATION].w)
        transcript_draw(s, m, c, l->panes[PANE_INVESTIGATION]);
    if (l->panes[PANE_HYPOTHESES].w)
        tree_draw(s, m, c, l->panes[PANE_HYPOTHESES]);
    if (l->panes[PANE_RESOURCES].w)
        resources_draw(s, m, c, l->panes[PANE_RESOURCES]);
    draw_notes(s, m, l, c);
}

/* A replay went back: what was computed from later events is wrong now. Selections are ids and
 * numbers, which find their place again or are dropped by their panes. */
void screen_model_moved(struct screen *s, const struct model *m)
{
    if (m->seq < s->drawn_seq || m->epoch != s->drawn_epoch) {
        transcript_forget(s);
        s->transcript.top_item = s->transcript.top_line = 0;
        s->transcript.follow = true;
        if (s->transcript.selected != SIZE_MAX && s->transcript.selected >= m->items.count)
            s->transcript.selected = SIZE_MAX;
        list_forget(&s->resources);
        list_forget(&s->signals.list);
        list_forget(&s->audit);
        list_forget(&s->security);
        services_forget(s);
        s->timeline.stale = true;
    }
    s->drawn_seq = m->seq;
    s->drawn_epoch = m->epoch;
}

void view_draw(struct screen *s, const struct model *m, struct canvas *c)
{
    struct layout l;

    screen_model_moved(s, m);
    s->answer_h = answer_rows(s, m, c->width, c->height);
    s->has_graph = *m->topology_source != '\0';
    s->has_security = m->security.state != SECURITY_NONE || m->findings.count;
    layout_compute(&l, s, c->width, c->height);
    s->layout = l.kind;
    s->body = l.body;
    s->input_h = l.input_h;
    for (int p = 0; p < PANES; p++)
        s->panes[p] = l.panes[p];
    s->late = false;
    canvas_clear(c);
    if (l.kind == LAYOUT_TINY) {
        draw_tiny(s, c);
        if (s->approval)
            approval_draw(s->approval, c); /* too small: it takes note of that */
        return;
    }
    draw_status(s, m, &l, c);
    draw_frame(s, &l, c);
    if (s->depth > 0)
        page_draw(s, m, c, l.body);
    else if (s->root == ROOT_WAR_ROOM)
        draw_panes(s, m, &l, c);
    else
        root_def(s->root)->draw(s, m, c, l.body);
    draw_root_note(s, m, &l, c);
    draw_root_tabs(s, &l, c);
    draw_input(s, m, &l, c);
    draw_hints(s, &l, c);
    draw_popup(s, &l, c);
    draw_palette(s, &l, c);
    if (s->approval) {
        approval_draw(s->approval, c);
        s->cursor_x = s->approval->cursor_x;
        s->cursor_y = s->approval->cursor_y;
    }
    draw_debug(s, c);
}

bool view_draw_input(struct screen *s, const struct model *m, struct canvas *c)
{
    struct layout l;

    layout_compute(&l, s, c->width, c->height);
    if (l.kind == LAYOUT_TINY || l.input_h != s->input_h || s->approval || s->popup.count ||
        s->palette.open)
        return false;
    draw_input(s, m, &l, c);
    return true;
}

/* ---- moving ---- */

static void war_room_move(struct screen *s, const struct model *m, long rows)
{
    int by = (int)rows;

    switch (s->focus) {
    case PANE_INVESTIGATION:
        transcript_move(s, m, by);
        break;
    case PANE_HYPOTHESES:
        tree_move(s, m, by);
        break;
    case PANE_RESOURCES: /* a list: screen_move() */
    case PANES:
        break;
    }
}

void screen_move(struct screen *s, const struct model *m, int by)
{
    if (s->depth)
        page_move(s, m, by);
    else if (screen_list(s))
        list_move(screen_list(s), screen_list_data(s, m), s->tick_ms, by);
    else
        root_def(s->root)->move(s, m, by);
}

static long halves(int view, int pages_halves)
{
    long lines = (long)(view > 1 ? view - 1 : 1) * pages_halves / 2;

    return lines ? lines : pages_halves > 0 ? 1 : -1;
}

void screen_page(struct screen *s, const struct model *m, int pages_halves)
{
    if (s->depth) {
        bool links = s->page_links > 0;

        page_move(s, m, links ? pages_halves * 2 : halves(s->body.h, pages_halves));
        return;
    }
    if (screen_list(s)) {
        screen_move(s, m, (int)halves(screen_list(s)->view_h, pages_halves));
        return;
    }
    if (s->root != ROOT_WAR_ROOM) {
        const struct root_def *def = root_def(s->root);

        def->move(s, m, halves(def->view_h ? def->view_h(s) : s->body.h, pages_halves));
        return;
    }
    switch (s->focus) {
    case PANE_INVESTIGATION:
        transcript_scroll(s, m, halves(s->transcript.view_h, pages_halves));
        break;
    case PANE_HYPOTHESES:
        tree_scroll(s, m, halves(s->tree.view_h, pages_halves) / 2);
        break;
    case PANE_RESOURCES:
    case PANES:
        break;
    }
}

#define FAR 1000000000

void screen_home(struct screen *s, const struct model *m)
{
    if (s->depth) {
        s->stack[s->depth - 1].top = s->stack[s->depth - 1].row = 0;
        s->stack[s->depth - 1].moved = false;
        screen_sheet_moved(s);
    } else if (screen_in_pane(s, PANE_INVESTIGATION))
        transcript_home(s, m);
    else
        screen_move(s, m, -FAR);
}

void screen_end(struct screen *s, const struct model *m)
{
    if (screen_in_pane(s, PANE_INVESTIGATION))
        transcript_end(s, m);
    else
        screen_move(s, m, FAR);
}

void screen_focus(struct screen *s, enum pane p)
{
    screen_go(s, ROOT_WAR_ROOM);
    s->focus = p;
}

/* Panes in order, then the input line, then the first pane again; on another root page the input
 * line and back. */
void screen_focus_next(struct screen *s, int by)
{
    int stops = s->read_only ? PANES : PANES + 1;
    int at = s->input_focus ? PANES : (int)s->focus;

    if (s->root != ROOT_WAR_ROOM) {
        s->input_focus = !s->read_only && !s->input_focus;
        s->filter_focus = false;
        return;
    }
    at = (at + by + stops) % stops;
    s->input_focus = at == PANES;
    s->filter_focus = false;
    if (at < PANES)
        s->focus = (enum pane)at;
}

/* ---- the tree ---- */

void screen_toggle_node(struct screen *s, const struct model *m)
{
    tree_toggle(s, m);
}

void screen_open_node(struct screen *s, const struct model *m, bool open)
{
    tree_open(s, m, open);
}

/* ---- filters ---- */

static char *war_room_filter(struct screen *s)
{
    return s->focus == PANE_INVESTIGATION ? s->transcript.filter : NULL;
}

static void war_room_refilter(struct screen *s, const struct model *m)
{
    (void)m;
    transcript_refilter(s);
}

static char *filter_of(struct screen *s)
{
    const struct root_def *def = root_def(s->root);

    if (s->depth && screen_on_evidence(s))
        return evidence_search(s);
    if (screen_list(s))
        return screen_list(s)->filter;
    return s->depth || !def->filter ? NULL : def->filter(s);
}

bool screen_can_filter(struct screen *s)
{
    return filter_of(s) != NULL;
}

const char *screen_filter(struct screen *s)
{
    return screen_can_filter(s) ? filter_of(s) : "";
}

void screen_set_filter(struct screen *s, const struct model *m, const char *text)
{
    char *filter = filter_of(s);
    struct str fit = str_from(text);

    if (!filter)
        return;
    while (fit.len >= SCREEN_FILTER_MAX || (fit.len && (fit.ptr[fit.len] & 0xC0) == 0x80))
        fit.len--;
    memcpy(filter, fit.ptr, fit.len);
    filter[fit.len] = '\0';
    if (screen_on_evidence(s))
        evidence_searched(s);
    else if (screen_list(s))
        list_refilter(screen_list(s));
    else
        root_def(s->root)->refilter(s, m);
}

void screen_mark(struct screen *s, const struct model *m, bool all)
{
    struct list *l = screen_list(s);

    if (!l)
        return;
    list_update(l, screen_list_data(s, m), s->tick_ms);
    if (all && !l->choosing)
        list_mark_shown(l, screen_list_data(s, m));
    else if (!all)
        list_mark(l, screen_list_data(s, m));
}

/* ---- pages ---- */

bool screen_push(struct screen *s, enum page page, const char *id)
{
    if (s->depth == SCREEN_STACK_MAX)
        return false;
    s->stack[s->depth] = (struct detail_state){.page = page};
    id_copy(s->stack[s->depth++].id, id);
    s->page_links = s->page_lines = 0;
    if (page == PAGE_RESOURCE) /* what is kept of it is read anew each time it is opened */
        s->detail.of[0] = '\0';
    return true;
}

bool screen_back(struct screen *s)
{
    if (!s->depth)
        return false;
    s->depth--;
    s->page_links = s->page_lines = 0;
    return true;
}

bool screen_open_resource(struct screen *s, const char *key)
{
    return screen_push(s, PAGE_RESOURCE, key);
}

bool screen_open_pasted(struct screen *s, const char *name)
{
    return screen_push(s, PAGE_PASTED, name);
}

void screen_open_help(struct screen *s)
{
    if (s->depth && s->stack[s->depth - 1].page == PAGE_HELP)
        screen_back(s);
    else
        screen_push(s, PAGE_HELP, "");
}

static void open_or_back(struct screen *s, enum page page)
{
    if (s->depth && s->stack[s->depth - 1].page == page)
        screen_back(s);
    else
        screen_push(s, page, "");
}

void screen_open_cost(struct screen *s)
{
    open_or_back(s, PAGE_COST);
}

void screen_open_context(struct screen *s)
{
    open_or_back(s, PAGE_CONTEXT);
}

bool screen_key(const struct screen *s, const char *command, char out[SCREEN_KEY_MAX])
{
    const char *end;

    for (size_t i = 0; i < s->help_count; i++) {
        if (strcmp(s->help[i].name, command) != 0)
            continue;
        end = strstr(s->help[i].keys, "  "); /* keys stand two blanks apart */
        snprintf(out, SCREEN_KEY_MAX, "%.*s",
                 end ? (int)(end - s->help[i].keys) : SCREEN_KEY_MAX - 1, s->help[i].keys);
        return *out != '\0';
    }
    return false;
}

/* ---- mouse ---- */

static void war_room_click(struct screen *s, const struct model *m, int x, int y)
{
    if (s->answer_h && y < s->body.y - 1) {
        if (y > 0)
            screen_open_answer(s, m);
        return;
    }
    for (int p = 0; p < PANES; p++) {
        struct rect r = s->panes[p];

        if (!rect_has(r, x, y))
            continue;
        screen_focus(s, (enum pane)p);
        if (p == PANE_INVESTIGATION)
            transcript_click(s, m, y - r.y);
        else if (p == PANE_HYPOTHESES)
            tree_click(s, m, y - r.y);
        else
            list_click(&s->resources, m, x, y);
    }
}

void screen_click(struct screen *s, const struct model *m, int x, int y)
{
    if (s->layout == LAYOUT_TINY || s->depth)
        return;
    if (s->root != ROOT_WAR_ROOM && rect_has(s->body, x, y))
        s->input_focus = s->filter_focus = false;
    if (s->root != ROOT_WAR_ROOM && screen_list(s))
        list_click(screen_list(s), screen_list_data(s, m), x, y);
    else if (s->root == ROOT_WAR_ROOM || rect_has(s->body, x, y))
        root_def(s->root)->click(s, m, x, y);
}

const struct root_def root_war_room = {
    .name = "War room",
    .number = "1",
    .move = war_room_move,
    .open = war_room_open,
    .open_evidence = war_room_open_evidence,
    .click = war_room_click,
    .filter = war_room_filter,
    .refilter = war_room_refilter,
};
