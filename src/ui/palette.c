/* palette.c - everything that can be done or opened, found by a few letters: each command of both
 * tables, the themes, the sessions, the resources. Matching looks at the text, its name and its
 * kind; the best come first. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/ui/slash.h"
#include "runbook/view/fuzzy.h"

#define SHOWN_MAX 200

static const char *const kind_names[] = {
    [PALETTE_COMMAND] = "key",     [PALETTE_SLASH] = "command", [PALETTE_THEME] = "theme",
    [PALETTE_SESSION] = "session", [PALETTE_MODEL] = "model",   [PALETTE_RESOURCE] = "resource"};

/* ---- what there is ---- */

static const char *kind_name(const struct palette_entry *e)
{
    bool page = e->kind == PALETTE_COMMAND && e->note && strncmp(e->note, "page.", 5) == 0 &&
                command_table[e->index].context == CONTEXT_GLOBAL;

    return page ? "page" : kind_names[e->kind];
}

static void add(struct palette *p, enum palette_kind kind, size_t index, const char *text,
                const char *note, char *keys)
{
    *VEC_PUSH(&p->entries) = (struct palette_entry){kind, index, text, note, keys};
}

static void add_commands(struct tui *t, struct palette *p)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];
        struct buf keys = BUF_INIT(256);

        if (def->command == CMD_PALETTE || !tui_page_exists(def->command) ||
            (def->context == CONTEXT_REPLAY && !t->opts.replay) ||
            (!t->opts.intents.submit && def->context == CONTEXT_INPUT))
            continue;
        keymap_keys(t->keymap, def->command, " ", &keys);
        add(p, PALETTE_COMMAND, i, def->help, def->name, buf_detach(&keys));
    }
}

static void add_slashes(struct tui *t, struct palette *p)
{
    for (size_t i = 0; i < SLASHES; i++)
        if (tui_slash_possible(t, &slash_table[i]))
            add(p, PALETTE_SLASH, i, slash_table[i].help, slash_table[i].name,
                xasprintf("/%s", slash_table[i].name));
}

static void clear_entries(struct palette *p)
{
    VEC_EACH (e, &p->entries)
        free(e->keys);
    p->entries.count = 0;
}

static void gather(struct tui *t)
{
    struct palette *p = &t->comp.palette;

    clear_entries(p);
    add_slashes(t, p);
    add_commands(t, p);
    tui_find_themes(t);
    for (size_t i = 0; i < t->comp.themes.count; i++)
        add(p, PALETTE_THEME, i, t->comp.themes.items[i], NULL, NULL);
    for (size_t i = 0; i < t->comp.models.count; i++) {
        const struct known_model *m = &t->comp.models.items[i];

        add(p, PALETTE_MODEL, i, m->name, m->note, m->current ? xstrdup("asked") : NULL);
    }
    for (size_t i = 0; i < t->comp.sessions.count; i++) {
        const struct known_session *s = &t->comp.sessions.items[i];

        add(p, PALETTE_SESSION, i, s->id, s->title, NULL);
    }
}

/* ---- what fits ---- */

static enum fuzzy_rank lesser(enum fuzzy_rank r, enum fuzzy_rank most)
{
    return r > most ? most : r;
}

/* The worst of its terms; each may be in the text, the name or the kind. */
static enum fuzzy_rank rank_of(const struct fuzzy *f, const struct palette_entry *e)
{
    enum fuzzy_rank worst = FUZZY_WHOLE;

    for (size_t i = 0; i < f->count; i++) {
        const struct fuzzy_term *term = &f->terms[i];
        enum fuzzy_rank r = fuzzy_match(term, str_from(e->text), true), other;

        other = e->note ? fuzzy_match(term, str_from(e->note), false) : FUZZY_NO;
        r = other > r ? other : r;
        other = lesser(fuzzy_match(term, str_from(kind_name(e)), false), FUZZY_FIELD);
        r = other > r ? other : r;
        worst = r < worst ? r : worst;
    }
    return worst;
}

struct shelf { /* what was found, by how well it fits */
    VEC(struct palette_entry) ranks[FUZZY_RANKS];
    size_t total;
};

static void look_at_entries(struct palette *p, const struct fuzzy *f, struct shelf *shelf)
{
    VEC_EACH (e, &p->entries) {
        enum fuzzy_rank r = rank_of(f, e);

        if (p->models_only && e->kind != PALETTE_MODEL)
            continue;
        shelf->total++;
        if (r != FUZZY_NO)
            *VEC_PUSH(&shelf->ranks[r]) = *e;
    }
}

struct shelved {
    const struct model *m;
    struct shelf *shelf;
};

static void on_resource(void *ctx, size_t at, enum fuzzy_rank rank)
{
    struct shelved *f = ctx;
    const struct resource *r = &f->m->resources.items[at];

    *VEC_PUSH(&f->shelf->ranks[rank]) =
        (struct palette_entry){PALETTE_RESOURCE, at, r->name, r->kind, NULL};
}

/* They may be very many: only for a typed text, and a few of each rank. */
static void look_at_resources(struct tui *t, const struct fuzzy *f, struct shelf *shelf)
{
    struct palette *p = &t->comp.palette;
    struct shelved found = {t->model, shelf};

    shelf->total += palette_find_resources(&p->resources, t->model, f, buf_str(&p->line.text),
                                           on_resource, &found);
}

static void say_why_empty(struct tui *t, size_t total)
{
    struct palette *p = &t->comp.palette;
    bool reading = t->comp.sessions_asked && !t->comp.sessions_known;
    int len = p->line.text.len > 40 ? 40 : (int)p->line.text.len;

    if (*t->comp.sessions_problem)
        snprintf(p->empty, sizeof(p->empty),
                 "Nothing has \"%.*s\"; sessions cannot be read: %.120s", len,
                 buf_cstr(&p->line.text), t->comp.sessions_problem);
    else
        snprintf(p->empty, sizeof(p->empty),
                 "None of %zu commands, themes, sessions and resources has \"%.*s\"%s", total, len,
                 buf_cstr(&p->line.text), reading ? "; sessions are being read" : "");
}

/* Point the view's rows at what was found. */
static void show(struct tui *t)
{
    struct palette *p = &t->comp.palette;

    p->rows.count = 0;
    VEC_EACH (e, &p->shown)
        *VEC_PUSH(&p->rows) = (struct palette_row){kind_name(e), e->text, e->note, e->keys};
    t->screen.palette.rows = p->rows.items;
    t->screen.palette.count = p->rows.count;
}

static void preview_selected(struct tui *t)
{
    struct palette *p = &t->comp.palette;
    const struct palette_entry *e =
        p->selected < p->shown.count ? &p->shown.items[p->selected] : NULL;

    tui_preview(t, e && e->kind == PALETTE_THEME && p->line.text.len ? e->text : NULL);
}

void tui_palette_update(struct tui *t)
{
    struct palette *p = &t->comp.palette;
    struct shelf shelf = {0};
    struct fuzzy f;
    bool better = false;

    gather(t);
    fuzzy_parse(&f, buf_str(&p->line.text));
    look_at_entries(p, &f, &shelf);
    if (!p->models_only)
        look_at_resources(t, &f, &shelf);
    p->shown.count = 0;
    for (int r = FUZZY_RANKS - 1; r > FUZZY_NO; r--) {
        VEC_EACH (e, &shelf.ranks[r]) /* letters far apart: only when nothing else has them */
            if (p->shown.count < SHOWN_MAX && (r > FUZZY_SCATTERED || !better))
                *VEC_PUSH(&p->shown) = *e;
        better = p->shown.count > 0;
        VEC_RELEASE(&shelf.ranks[r]);
    }
    say_why_empty(t, shelf.total);
    p->selected = 0;
    t->screen.palette.top = 0;
    t->screen.palette.total = shelf.total;
    show(t);
    preview_selected(t);
    tui_dirty(t, DIRTY_SCREEN);
}

/* ---- opening and running ---- */

void tui_choose_model(struct tui *t)
{
    tui_open_palette(t, "");
    t->comp.palette.models_only = true;
    tui_palette_update(t);
}

void tui_open_palette(struct tui *t, const char *typed)
{
    struct palette *p = &t->comp.palette;

    tui_complete_close(t);
    tui_ask_sessions(t);
    tui_ask_models(t);
    p->open = true;
    p->models_only = false;
    lineedit_reset(&p->line);
    lineedit_set(&p->line, typed);
    tui_palette_update(t);
}

void tui_close_palette(struct tui *t)
{
    t->comp.palette.open = false;
    palette_resources_release(&t->comp.palette.resources);
    tui_preview(t, NULL);
    tui_dirty(t, DIRTY_SCREEN);
}

/* Go where the command means something; false: there is no such place now. */
static bool go_to(struct tui *t, enum context context)
{
    struct screen *s = &t->screen;

    if (context == CONTEXT_PAGE || context == CONTEXT_EVIDENCE)
        return context == CONTEXT_PAGE ? s->depth > 0 : screen_on_evidence(s);
    if (context == CONTEXT_GLOBAL || context == CONTEXT_REPLAY)
        return true;
    s->depth = 0;
    s->input_focus = context == CONTEXT_INPUT;
    if (context == CONTEXT_TIMELINE)
        return screen_go(s, ROOT_TIMELINE);
    if (context == CONTEXT_TRANSCRIPT || (context == CONTEXT_LIST && !screen_in_list(s))) {
        screen_go(s, ROOT_WAR_ROOM);
        screen_focus(s, context == CONTEXT_LIST ? PANE_RESOURCES : PANE_INVESTIGATION);
    }
    return true;
}

static void run_command(struct tui *t, const struct command_def *def)
{
    if (go_to(t, def->context))
        tui_run(t, def->command);
    else
        tui_say(t, false, "%s only: %s", context_name(def->context), def->help);
}

static void run_slash(struct tui *t, const struct slash_def *def)
{
    struct slash_call call = {.def = def};
    char text[64];

    if (def->args[0] == SLASH_ARG_NONE || def->id == SLASH_RESUME || def->id == SLASH_HELP) {
        tui_slash(t, &call);
        return;
    }
    if (!t->opts.intents.submit) {
        tui_slash_prompt(t, def);
        return;
    }
    snprintf(text, sizeof(text), "/%s ", def->name);
    tui_input_text(t, text);
}

static void run_entry(struct tui *t, struct palette_entry e)
{
    char name[64];

    switch (e.kind) {
    case PALETTE_COMMAND:
        run_command(t, &command_table[e.index]);
        break;
    case PALETTE_SLASH:
        run_slash(t, &slash_table[e.index]);
        break;
    case PALETTE_THEME:
        snprintf(name, sizeof(name), "%s", e.text);
        tui_choose_theme(t, name);
        break;
    case PALETTE_MODEL:
        t->opts.intents.submit(
            t->opts.intents.ctx,
            &(struct intent){.type = INTENT_MODEL, .text = t->comp.models.items[e.index].name});
        break;
    case PALETTE_SESSION:
        tui_resume(t, t->comp.sessions.items[e.index].id);
        break;
    case PALETTE_RESOURCE:
        if (e.index < t->model->resources.count)
            screen_open_resource(&t->screen, t->model->resources.items[e.index].key);
        t->screen.input_focus = false;
        break;
    }
}

static void move(struct tui *t, long by)
{
    struct palette *p = &t->comp.palette;
    long to = (long)p->selected + by, last = (long)p->shown.count - 1;

    p->selected = to < 0 || last < 0 ? 0 : to > last ? (size_t)last : (size_t)to;
    preview_selected(t);
    tui_dirty(t, DIRTY_SCREEN);
}

static void enter(struct tui *t)
{
    struct palette *p = &t->comp.palette;
    struct palette_entry e;

    if (p->selected >= p->shown.count)
        return;
    e = p->shown.items[p->selected];
    tui_close_palette(t);
    run_entry(t, e);
    tui_load_raw(t); /* of a page that it may have opened */
}

bool tui_palette_key(struct tui *t, key_code key)
{
    enum command c = keymap_lookup(t->keymap, CONTEXT_INPUT, key);
    enum command everywhere = keymap_lookup(t->keymap, CONTEXT_GLOBAL, key);
    long page = t->screen.palette.view_h > 1 ? t->screen.palette.view_h - 1 : 1;

    if (c == CMD_INPUT_DOWN || c == CMD_INPUT_HISTORY_NEXT || key == KEY_NAME_TAB)
        move(t, 1);
    else if (c == CMD_INPUT_UP || c == CMD_INPUT_HISTORY_PREV || key == (KEY_NAME_TAB | KEY_SHIFT))
        move(t, -1);
    else if (key == KEY_NAME_PGDN || key == KEY_NAME_PGUP)
        move(t, key == KEY_NAME_PGDN ? page : -page);
    else if (c == CMD_INPUT_SUBMIT)
        enter(t);
    else if (c == CMD_INPUT_LEAVE || everywhere == CMD_CANCEL)
        tui_close_palette(t);
    else if (c != CMD_NONE)
        tui_run_input(t, c);
    else if (!tui_type_key(t, key))
        return everywhere == CMD_REDRAW || everywhere == CMD_SUSPEND ? false : true;
    return true;
}

/* A click on a row runs it, one beside the palette closes it; the wheel moves the selection. */
bool tui_palette_mouse(struct tui *t, const struct tty_event *ev)
{
    const struct palette_view *v = &t->screen.palette;
    size_t row = v->top + (size_t)(ev->y - v->rows_at.y);

    if (!t->comp.palette.open)
        return false;
    if (ev->kind == TTY_WHEEL) {
        move(t, ev->by);
    } else if (ev->kind == TTY_CLICK && rect_has(v->rows_at, ev->x, ev->y)) {
        if (row < t->comp.palette.shown.count) {
            t->comp.palette.selected = row;
            enter(t);
        }
    } else if (ev->kind == TTY_CLICK && v->box.w && !rect_has(v->box, ev->x, ev->y)) {
        tui_close_palette(t);
    }
    return true;
}

void tui_palette_forget(struct tui *t)
{
    palette_resources_release(&t->comp.palette.resources);
    if (t->comp.palette.open)
        tui_palette_update(t);
}

void tui_palette_release(struct tui *t)
{
    struct palette *p = &t->comp.palette;

    clear_entries(p);
    palette_resources_release(&p->resources);
    VEC_RELEASE(&p->entries);
    VEC_RELEASE(&p->shown);
    VEC_RELEASE(&p->rows);
    lineedit_release(&p->line);
}
