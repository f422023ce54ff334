/* tui_complete.c - the list of completions over the input, and the theme that it previews. Folders
 * are read by a worker: a dead network drive delays no key. */
#include "src/ui/tui_priv.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define FOLDER_MAX 4000 /* names that are looked at */
#define BIG_MODEL 5000  /* resources; above it the list waits for a pause of the keys */
#define PAUSE_MS 60
#define THEMES_MAX 200 /* files of a folder that are looked at */

/* ---- folders ---- */

static void folder_free(struct folder *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        free(f->names[i]);
    free(f->names);
    free(f->path);
    free(f);
}

static bool is_folder(DIR *dir, const struct dirent *e)
{
    struct stat st;

    if (e->d_type == DT_DIR)
        return true;
    return (e->d_type == DT_LNK || e->d_type == DT_UNKNOWN) &&
           fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* On a worker. */
static void read_folder(void *ctx)
{
    struct folder *f = ctx;
    char *path = path_expand_home(*f->path ? f->path : ".");
    DIR *dir = opendir(path);
    struct dirent *e;

    free(path);
    f->names = xreallocarray(NULL, FOLDER_MAX, sizeof(*f->names));
    for (int i = 0; dir && i < FOLDER_MAX && (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        f->names[f->count++] = xasprintf("%s%s", e->d_name, is_folder(dir, e) ? "/" : "");
        i++;
    }
    if (dir)
        closedir(dir);
    qsort(f->names, f->count, sizeof(*f->names), by_name);
}

static void folder_done(void *ctx, bool canceled)
{
    struct folder *f = ctx;
    struct tui *t = f->tui;

    t->comp.popup.reading = NULL;
    t->comp.popup.job = 0;
    if (canceled) {
        folder_free(f);
        return;
    }
    folder_free(t->comp.popup.folder);
    t->comp.popup.folder = f;
    tui_complete_update(t);
    tui_paint(t);
}

/* One at a time; what is wanted then is asked for when it has come. */
static void want_folder(struct tui *t, struct str path)
{
    struct folder *f = t->comp.popup.folder;

    if (t->comp.popup.reading || (f && str_eq_c(path, f->path)))
        return;
    f = xcalloc(1, sizeof(*f));
    f->tui = t;
    f->path = xasprintf("%.*s", STR_FMT(path));
    t->comp.popup.reading = f;
    t->comp.popup.job = loop_job(t->loop, read_folder, folder_done, f);
}

/* ---- sessions ---- */

static void on_sessions(void *to, const struct tui_session *rows, size_t count, const char *problem)
{
    struct tui *t = to;
    struct composer *c = &t->comp;

    c->sessions_known = true;
    snprintf(c->sessions_problem, sizeof(c->sessions_problem), "%s", problem ? problem : "");
    for (size_t i = 0; i < count; i++)
        *VEC_PUSH(&c->sessions) = (struct known_session){
            xstrdup(rows[i].id), xstrdup(rows[i].title), xstrdup(rows[i].note)};
    VEC_EACH (s, &c->sessions)
        *VEC_PUSH(&c->popup.sessions) = (struct complete_session){s->id, s->title};
    if (c->palette.open)
        tui_palette_update(t);
    else
        tui_complete_update(t);
    tui_paint(t);
}

void tui_ask_sessions(struct tui *t)
{
    const struct tui_services *s = t->opts.services;

    if (t->comp.sessions_asked || !s || !s->sessions)
        return;
    t->comp.sessions_asked = true;
    s->sessions(s->ctx, on_sessions, t);
}

/* ---- models ---- */

static void forget_models(struct composer *c)
{
    VEC_EACH (m, &c->models) {
        free(m->name);
        free(m->note);
    }
    c->models.count = c->popup.models.count = 0;
}

static void on_model(void *to, const char *name, const char *note, bool current)
{
    struct composer *c = to;

    *VEC_PUSH(&c->models) = (struct known_model){xstrdup(name), xstrdup(note), current};
}

/* Their health changes, so they are asked for each time; it costs nothing. */
bool tui_ask_models(struct tui *t)
{
    const struct tui_services *s = t->opts.services;
    struct composer *c = &t->comp;

    forget_models(c);
    if (s && s->models && t->opts.intents.submit)
        s->models(s->ctx, on_model, c);
    VEC_EACH (m, &c->models)
        *VEC_PUSH(&c->popup.models) = (struct complete_session){m->name, m->note};
    return c->models.count > 0;
}

/* ---- the list ---- */

void tui_complete_close(struct tui *t)
{
    struct composer *c = &t->comp;

    if (c->popup.timer)
        loop_timer_cancel(t->loop, c->popup.timer);
    c->popup.timer = 0;
    if (c->popup.found.items.count)
        tui_dirty(t, DIRTY_SCREEN);
    completion_clear(&c->popup.found);
    c->popup.rows.count = 0;
    c->popup.selected = -1;
    tui_preview(t, NULL);
}

static struct complete_sources sources(struct tui *t, bool asked)
{
    struct composer *c = &t->comp;
    struct str folder, text = buf_str(&t->input.text);
    struct complete_sources s = {.model = t->model, .asked = asked};

    if (str_starts(text, "/theme"))
        tui_find_themes(t);
    s.themes = (const char *const *)c->themes.items;
    s.theme_count = c->themes.count;
    if (str_starts(text, "/resume"))
        tui_ask_sessions(t);
    if (str_starts(text, "/model"))
        tui_ask_models(t);
    s.models = c->popup.models.items;
    s.model_count = c->popup.models.count;
    s.sessions = c->popup.sessions.items;
    s.session_count = c->popup.sessions.count;
    if (complete_wants_folder(text, t->input.cursor, &folder)) {
        want_folder(t, folder);
        if (c->popup.folder && str_eq_c(folder, c->popup.folder->path)) {
            s.files = (const char *const *)c->popup.folder->names;
            s.file_count = c->popup.folder->count;
        }
    }
    return s;
}

static void find(struct tui *t, bool asked)
{
    struct composer *c = &t->comp;
    struct complete_sources s = sources(t, asked);
    bool had = c->popup.found.items.count > 0;

    complete_find(&c->popup.found, &s, buf_str(&t->input.text), t->input.cursor);
    if (c->popup.closed && c->popup.found.from == c->popup.closed_from && !asked)
        completion_clear(&c->popup.found);
    else
        c->popup.closed = false;
    c->popup.rows.count = 0;
    VEC_EACH (i, &c->popup.found.items)
        *VEC_PUSH(&c->popup.rows) = (struct popup_row){i->text, i->note};
    c->popup.selected = -1;
    t->screen.popup.top = 0;
    if (had || c->popup.found.items.count)
        tui_dirty(t, DIRTY_SCREEN);
    tui_preview_input(t);
}

static void on_pause(void *ctx)
{
    struct tui *t = ctx;

    t->comp.popup.timer = 0;
    find(t, false);
    tui_paint(t);
}

/* Only at the end of a word, and not while the history is leafed through. */
static bool wanted(struct tui *t)
{
    const struct lineedit *e = &t->input;
    char next = e->cursor < e->text.len ? e->text.ptr[e->cursor] : ' ';

    return t->screen.input_focus && tui_line(t) == e && !t->comp.search.active && e->text.len > 0 &&
           e->at == e->history.count && (next == ' ' || next == '\n') &&
           !(t->opts.vi && !t->comp.vi.insert);
}

void tui_complete_update(struct tui *t)
{
    struct composer *c = &t->comp;
    size_t begin;
    bool command = slash_is_command(buf_str(&t->input.text));
    bool many = t->model->resources.count > BIG_MODEL &&
                (!command || slash_arg_at(buf_str(&t->input.text), t->input.cursor, &begin) ==
                                 SLASH_ARG_RESOURCE);

    if (!wanted(t)) {
        tui_complete_close(t);
        return;
    }
    if (!many) {
        find(t, false);
        return;
    }
    tui_complete_close(t);
    c->popup.timer = loop_timer(t->loop, PAUSE_MS, on_pause, t);
}

static void take(struct tui *t, int which)
{
    struct composer *c = &t->comp;
    const char *chosen = c->popup.found.items.items[which].text;
    size_t len = strlen(chosen);
    bool folder = len && chosen[len - 1] == '/';
    char *text = xasprintf("%s%s", chosen, c->popup.found.add_blank && !folder ? " " : "");

    lineedit_replace(&t->input, c->popup.found.from, c->popup.found.to, str_from(text));
    free(text);
    if (folder)
        tui_complete_update(t); /* what is inside it */
    else
        tui_complete_close(t);
    if (slash_is_command(buf_str(&t->input.text)) && !folder)
        tui_complete_update(t); /* its argument */
    tui_dirty(t, DIRTY_SCREEN);
}

void tui_complete_now(struct tui *t)
{
    struct composer *c = &t->comp;

    if (tui_line(t) != &t->input || !t->input.text.len) {
        if (tui_line(t) == &t->input)
            tui_run(t, CMD_PANE_NEXT);
        return;
    }
    find(t, true);
    if (c->popup.found.items.count == 1)
        take(t, 0);
    else if (!c->popup.found.items.count && !c->popup.reading)
        tui_say(t, false, "Nothing is known that this word could become");
}

static void select_by(struct tui *t, int by)
{
    struct composer *c = &t->comp;
    int n = (int)c->popup.rows.count, at = c->popup.selected;

    c->popup.selected = at < 0 ? (by > 0 ? 0 : n - 1) : (at + n + by) % n;
    tui_preview_input(t);
    tui_dirty(t, DIRTY_SCREEN);
}

/* A chosen theme, session or command needs no second Enter. */
static bool is_last_argument(struct tui *t)
{
    size_t begin;
    enum slash_arg arg = slash_is_command(buf_str(&t->input.text))
                             ? slash_arg_at(buf_str(&t->input.text), t->input.cursor, &begin)
                             : SLASH_ARG_NONE;

    return arg == SLASH_ARG_THEME || arg == SLASH_ARG_SESSION || arg == SLASH_ARG_COMMAND;
}

static bool enter(struct tui *t)
{
    bool last;

    if (t->comp.popup.selected < 0)
        return false;
    last = is_last_argument(t);
    take(t, t->comp.popup.selected);
    if (last)
        tui_submit(t);
    return true;
}

static void close_by_key(struct tui *t)
{
    t->comp.popup.closed = true;
    t->comp.popup.closed_from = t->comp.popup.found.from;
    tui_complete_close(t);
}

bool tui_complete_key(struct tui *t, key_code key)
{
    enum command c = keymap_lookup(t->keymap, CONTEXT_INPUT, key);
    int at = t->comp.popup.selected;

    if (!t->comp.popup.rows.count)
        return false;
    if (c == CMD_INPUT_COMPLETE)
        take(t, at < 0 ? 0 : at);
    else if (c == CMD_INPUT_DOWN || c == CMD_INPUT_HISTORY_NEXT)
        select_by(t, 1);
    else if (c == CMD_INPUT_UP || c == CMD_INPUT_HISTORY_PREV || key == (KEY_NAME_TAB | KEY_SHIFT))
        select_by(t, -1);
    else if (c == CMD_INPUT_LEAVE)
        close_by_key(t);
    else
        return c == CMD_INPUT_SUBMIT && enter(t);
    return !(t->opts.vi && c == CMD_INPUT_LEAVE); /* there it ends the insertion as well */
}

/* A click takes a row, the wheel chooses one; elsewhere the mouse means what it always does. */
bool tui_complete_mouse(struct tui *t, const struct tty_event *ev)
{
    const struct popup *v = &t->screen.popup;
    size_t row = v->top + (size_t)(ev->y - v->rows_at.y);

    if (!t->comp.popup.rows.count || !rect_has(v->rows_at, ev->x, ev->y))
        return false;
    if (ev->kind == TTY_WHEEL)
        select_by(t, ev->by);
    if (ev->kind == TTY_CLICK && row < t->comp.popup.rows.count)
        take(t, (int)row);
    return true;
}

void tui_complete_release(struct tui *t)
{
    struct composer *c = &t->comp;

    if (c->popup.timer)
        loop_timer_cancel(t->loop, c->popup.timer);
    if (c->popup.reading) {
        loop_job_drop(t->loop, c->popup.job);
        folder_free(c->popup.reading);
    }
    folder_free(c->popup.folder);
    completion_release(&c->popup.found);
    VEC_RELEASE(&c->popup.rows);
    VEC_EACH (name, &c->themes)
        free(*name);
    VEC_RELEASE(&c->themes);
    VEC_RELEASE(&c->popup.sessions);
    forget_models(c);
    VEC_RELEASE(&c->models);
    VEC_RELEASE(&c->popup.models);
}

/* ---- themes ---- */

static void add_theme(struct tui *t, const char *name, size_t len)
{
    VEC_EACH (known, &t->comp.themes)
        if (str_eq_c((struct str){name, len}, *known))
            return;
    *VEC_PUSH(&t->comp.themes) = xasprintf("%.*s", (int)len, name);
}

/* Those in the folders of themes, a few files on the local disk; then the built-in ones. Once. */
void tui_find_themes(struct tui *t)
{
    struct dirent *e;

    if (t->comp.themes.count)
        return;
    for (size_t i = 0; i < TUI_THEME_DIRS; i++) {
        DIR *dir = t->theme_dirs[i] ? opendir(t->theme_dirs[i]) : NULL;

        for (int n = 0; dir && n < THEMES_MAX && (e = readdir(dir)); n++)
            if (str_ends(str_from(e->d_name), ".theme") && e->d_name[0] != '.')
                add_theme(t, e->d_name, strlen(e->d_name) - strlen(".theme"));
        if (dir)
            closedir(dir);
    }
    for (size_t i = 0; theme_name_at(i); i++)
        add_theme(t, theme_name_at(i), strlen(theme_name_at(i)));
    if (t->comp.themes.count)
        qsort(t->comp.themes.items, t->comp.themes.count, sizeof(char *), by_name);
}

void tui_preview(struct tui *t, const char *name)
{
    struct composer *c = &t->comp;
    struct err err = ERR_INIT;

    if (!name && c->preview.on) {
        c->preview.on = false;
        tui_theme_restore(t);
    } else if (name && !(c->preview.on && strcmp(name, c->preview.name) == 0) &&
               !tui_theme(t, name, false, &err)) {
        c->preview.on = true;
        snprintf(c->preview.name, sizeof(c->preview.name), "%s", name);
    }
}

/* The selected candidate, else what is written when it is a theme's whole name. */
void tui_preview_input(struct tui *t)
{
    struct composer *c = &t->comp;
    struct str text = buf_str(&t->input.text);
    struct slash_call call;
    struct err err = ERR_INIT;

    if (!str_starts(text, "/theme ")) {
        tui_preview(t, NULL);
        return;
    }
    if (c->popup.selected >= 0) {
        tui_preview(t, c->popup.rows.items[c->popup.selected].text);
        return;
    }
    for (size_t i = 0; i < c->themes.count; i++) {
        if (!slash_parse(text, &call, &err) && str_eq_c(call.args[0], c->themes.items[i])) {
            tui_preview(t, c->themes.items[i]);
            return;
        }
    }
    tui_preview(t, NULL);
}

bool tui_choose_theme(struct tui *t, const char *name)
{
    struct err err = ERR_INIT;

    if (tui_theme(t, name, true, &err)) {
        tui_preview(t, NULL);
        tui_say(t, true, "%s", err.msg);
        return false;
    }
    t->comp.preview.on = false;
    t->ask_background = false; /* chosen: what the terminal says of itself matters no more */
    tui_say(t, false, "Theme %s; \"runbook config set ui.theme %s\" keeps it", name, name);
    return true;
}
