/* tui_help.c - the help page and the hints of the lower border, from the table of commands. */
#include "src/ui/tui_priv.h"

#include <string.h>

#include "runbook/ui/slash.h"

/* A page without a row in the view's table has no key either. */
bool tui_page_exists(enum command c)
{
    return c < CMD_ROOT_WAR_ROOM || c > CMD_ROOT_SECURITY ||
           screen_has_root((enum root)(c - CMD_ROOT_WAR_ROOM));
}

/* The commands that are written stand first: nobody guesses them. */
static size_t add_slash_help(struct tui *t, size_t at)
{
    const char *where =
        t->opts.intents.submit ? "Written in the input line" : "Chosen from the palette";

    for (size_t i = 0; i < SLASHES; i++) {
        const char *usage = t->help_keys.ptr + at;

        if (!tui_slash_possible(t, &slash_table[i]))
            continue;
        *VEC_PUSH(&t->help) = (struct help_row){where, usage, slash_table[i].help, ""};
        at += strlen(usage) + 1;
    }
    return at;
}

/* Texts are gathered first and pointed into afterwards: the buffer moves while it grows. */
void tui_make_help(struct tui *t)
{
    size_t at = 0;

    buf_clear(&t->help_keys);
    t->help.count = 0;
    for (size_t i = 0; i < SLASHES; i++) {
        if (!tui_slash_possible(t, &slash_table[i]))
            continue;
        buf_addf(&t->help_keys, "/%s%s%s", slash_table[i].name, *slash_table[i].usage ? " " : "",
                 slash_table[i].usage);
        buf_addc(&t->help_keys, '\0');
    }
    for (size_t i = 0; i < command_count(); i++) {
        keymap_keys(t->keymap, command_table[i].command, "  ", &t->help_keys);
        buf_addc(&t->help_keys, '\0');
    }
    at = add_slash_help(t, at);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];
        const char *keys = t->help_keys.ptr + at;

        at += strlen(keys) + 1;
        if (!*keys || (def->context == CONTEXT_REPLAY && !t->opts.replay) ||
            !tui_page_exists(def->command))
            continue;
        *VEC_PUSH(&t->help) =
            (struct help_row){context_name(def->context), keys, def->help, def->name};
    }
    t->screen.help = t->help.items;
    t->screen.help_count = t->help.count;
}

static bool page_hint_fits(struct tui *t, const struct command_def *def)
{
    if (def->context != CONTEXT_PAGE)
        return false;
    if (def->command == CMD_PAGE_OPEN)
        return screen_can_open(&t->screen, t->model);
    if (def->command == CMD_PAGE_AGAIN)
        return tui_can_again(t);
    return def->command != CMD_PAGE_NEXT || screen_has_next_evidence(&t->screen, t->model);
}

static bool hint_fits(struct tui *t, const struct command_def *def)
{
    bool typing = tui_typing(t);

    if (!def->hint)
        return false;
    if (typing)
        return def->context == CONTEXT_INPUT;
    if (def->command == CMD_ANSWER)
        return !t->screen.depth && screen_has_answer(t->model);
    if (tui_steer_is(def->command))
        return tui_steer_fits(t, def->command);
    if (def->context == CONTEXT_EVIDENCE)
        return screen_on_evidence(&t->screen);
    if (t->screen.depth)
        return page_hint_fits(t, def);
    if (def->context == CONTEXT_REPLAY)
        return t->opts.replay && (def->command != CMD_REPLAY_BRANCH || t->opts.replay->branch);
    if (def->context == CONTEXT_TIMELINE)
        return t->screen.root == ROOT_TIMELINE;
    if (def->command == CMD_ASK && !t->opts.intents.submit)
        return false;
    if (def->context == CONTEXT_TRANSCRIPT)
        return tui_in_transcript(t);
    if (def->command == CMD_FILTER && tui_in_transcript(t))
        return false; /* the same key searches there */
    if (def->command == CMD_CLEAR)
        return screen_can_filter(&t->screen) && *screen_filter(&t->screen);
    if (def->command == CMD_FILTER)
        return screen_can_filter(&t->screen) && !screen_list_is_empty(&t->screen, t->model);
    if (def->context == CONTEXT_LIST)
        return screen_in_list(&t->screen) && !screen_list_is_empty(&t->screen, t->model);
    if (def->command == CMD_ZOOM)
        return t->screen.root == ROOT_WAR_ROOM;
    if (def->command == CMD_OPEN || def->command == CMD_EVIDENCE)
        return screen_can_open(&t->screen, t->model);
    return def->context == CONTEXT_PANE || def->context == CONTEXT_GLOBAL;
}

/* Only a command's first key: the others are on the help page. */
static void add_hint_key(struct tui *t, const struct command_def *def)
{
    struct buf keys = BUF_INIT(256);

    keymap_keys(t->keymap, def->command, "\n", &keys);
    if (keys.len && keys.ptr[0] != '\n')
        buf_truncate(&keys, strcspn(keys.ptr, "\n"));
    buf_add(&t->hint_keys, buf_cstr(&keys), keys.len + 1);
    buf_release(&keys);
}

/* Enter keeps a filter or a search; it asks nothing. */
static const char *hint_word(const struct tui *t, const struct command_def *def)
{
    bool keeps = def->command == CMD_INPUT_SUBMIT && t->screen.filter_focus;
    const char *of_sheet = tui_sheet_hint(t, def->command);

    if (of_sheet)
        return of_sheet;
    return keeps ? "keep" : def->hint;
}

/* In what order they stand: the keys of a replay, which one came for; that there is help; what can
 * be done with what is selected; what can be done everywhere. The last ones fall off the edge. */
static int hint_order(const struct command_def *def)
{
    if (def->context == CONTEXT_REPLAY)
        return 0;
    if (def->command == CMD_HELP || def->command == CMD_ANSWER || def->command == CMD_APPROVALS)
        return 1;
    if (def->command == CMD_PAGE_BACK)
        return 2;
    return def->context != CONTEXT_GLOBAL || tui_steer_is(def->command) ? 3 : 4;
}

void tui_make_hints(struct tui *t)
{
    const struct command_def *defs[TUI_HINTS_MAX];
    size_t count = 0, at = 0;

    buf_clear(&t->hint_keys);
    if (tui_layer_hints(t))
        return;
    for (int order = 0; order <= 4; order++)
        for (size_t i = 0; i < command_count() && count < TUI_HINTS_MAX; i++)
            if (hint_order(&command_table[i]) == order && hint_fits(t, &command_table[i])) {
                defs[count++] = &command_table[i];
                add_hint_key(t, &command_table[i]);
            }
    for (size_t i = 0; i < count; i++) {
        t->hints[i] = (struct hint){t->hint_keys.ptr + at, hint_word(t, defs[i])};
        at += strlen(t->hints[i].keys) + 1;
    }
    t->screen.hints = t->hints;
    t->screen.hint_count = count;
}
