/* tui_transcript.c - the keys of the investigation pane: search, filter, turns, what opens in
 * place.
 */
#include "src/ui/tui_priv.h"

#define EXCERPT_READ_MAX ((size_t)16 << 20)

bool tui_in_transcript(const struct tui *t)
{
    return !t->screen.depth && t->screen.root == ROOT_WAR_ROOM &&
           t->screen.focus == PANE_INVESTIGATION;
}

static void say_found(struct tui *t, enum find_result found, int by)
{
    if (found == FIND_NOTHING)
        tui_say(t, false, "Not found: %s", t->screen.transcript.search);
    else if (found == FIND_WRAPPED)
        tui_say(t, false,
                by > 0 ? "Past the end: from the top again"
                       : "Past the beginning: from the end again");
    else if (found == FIND_NO_SEARCH)
        tui_say(t, false, "Nothing is searched for: / begins");
}

static void begin(struct tui *t, bool searching)
{
    t->screen.searching = searching;
    t->screen.filter_focus = true;
    if (searching)
        screen_search_begin(&t->screen);
    lineedit_set(&t->filter, searching ? "" : screen_filter(&t->screen));
}

void tui_transcript_typed(struct tui *t)
{
    screen_search(&t->screen, t->model, buf_cstr(&t->filter.text));
}

/* Enter keeps it; an empty line repeats nothing and ends the search. */
void tui_transcript_typed_end(struct tui *t, bool keep)
{
    t->screen.filter_focus = t->screen.searching = false;
    if (!keep)
        screen_search(&t->screen, t->model, ""); /* back to where it began */
    if (!keep || !t->filter.text.len)
        screen_search_end(&t->screen);
    else if (t->screen.transcript.match_item == SIZE_MAX)
        say_found(t, FIND_NOTHING, 1);
}

bool tui_transcript_clear(struct tui *t)
{
    if (!tui_in_transcript(t) || !*t->screen.transcript.search)
        return false;
    screen_search_end(&t->screen);
    return true;
}

void tui_transcript_command(struct tui *t, enum command c)
{
    struct screen *s = &t->screen;

    switch ((int)c) {
    case CMD_TEXT_SEARCH:
    case CMD_TEXT_FILTER:
        begin(t, c == CMD_TEXT_SEARCH);
        break;
    case CMD_TEXT_NEXT:
    case CMD_TEXT_PREV: {
        int by = c == CMD_TEXT_NEXT ? 1 : -1;

        say_found(t, screen_search_next(s, t->model, by), by);
        break;
    }
    case CMD_TEXT_TOGGLE:
        if (!screen_toggle_item(s, t->model))
            tui_say(t, false, "This does not open in place: queries, thoughts and questions do");
        break;
    case CMD_TEXT_OPEN_ALL:
        screen_toggle_all(s, t->model);
        break;
    case CMD_TEXT_TURN_PREV:
    case CMD_TEXT_TURN_NEXT:
        screen_turn(s, t->model, c == CMD_TEXT_TURN_NEXT ? 1 : -1);
        break;
    case CMD_TEXT_FOLD:
    case CMD_TEXT_FOLD_ALL:
        if (!screen_fold(s, t->model, c == CMD_TEXT_FOLD_ALL))
            tui_say(t, false,
                    *s->transcript.filter ? "Drop the filter first: Esc"
                                          : "There is no question to fold");
        break;
    default:
        break;
    }
}

/* The first lines of results that opened queries show. True: draw again. */
bool tui_load_excerpts(struct tui *t)
{
    const char *hash;
    bool any = false;

    while ((hash = screen_wants_excerpt(&t->screen)) != NULL) {
        struct buf raw = BUF_INIT(EXCERPT_READ_MAX);
        struct err err = ERR_INIT;

        if (!t->opts.blobs.read)
            screen_set_excerpt(&t->screen, hash, STR_LIT(""), "The result is not kept here.");
        else if (t->opts.blobs.read(t->opts.blobs.ctx, hash, &raw, &err))
            screen_set_excerpt(&t->screen, hash, buf_str(&raw), NULL);
        else
            screen_set_excerpt(&t->screen, hash, STR_LIT(""), err.msg);
        buf_release(&raw);
        any = true;
    }
    return any;
}
