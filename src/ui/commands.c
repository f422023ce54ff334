/* commands.c - the table of commands and their default keys. */
#include "runbook/ui/commands.h"

const struct command_def command_table[] = {
    {CMD_HELP, "app.help", CONTEXT_GLOBAL, "?, F1", "show the keys", "keys"},
    {CMD_QUIT, "app.quit", CONTEXT_GLOBAL, "q", "leave; asks while a turn runs", "quit"},
    {CMD_CANCEL, "app.cancel", CONTEXT_GLOBAL, "Ctrl-C", "stop the running turn; twice: leave",
     NULL},
    {CMD_SUSPEND, "app.suspend", CONTEXT_GLOBAL, "Ctrl-Z", "back to the shell; fg returns", NULL},
    {CMD_REDRAW, "app.redraw", CONTEXT_GLOBAL, "Ctrl-L", "paint everything again", NULL},
    {CMD_STEER_ADD, "tree.add", CONTEXT_GLOBAL, "A",
     "add a hypothesis of one's own; \"@host:web-3\" at its end names where", NULL},
    {CMD_STEER_REJECT, "tree.reject", CONTEXT_GLOBAL, "X",
     "reject the hypothesis, with a reason; again: take it back", NULL},
    {CMD_STEER_PROMOTE, "tree.promote", CONTEXT_GLOBAL, "P", "test the hypothesis next", NULL},
    {CMD_STEER_TEST, "tree.test", CONTEXT_GLOBAL, "T", "one more test of the hypothesis", NULL},
    {CMD_APPROVALS, "app.approvals", CONTEXT_GLOBAL, "a",
     "the approvals that wait for an answer, and past ones", NULL},
    {CMD_WHY, "tree.why", CONTEXT_GLOBAL, "w", "show what its confidence is made of", NULL},
    {CMD_PANE_NEXT, "pane.next", CONTEXT_GLOBAL, "Tab", "go to the next pane", "pane"},
    {CMD_PANE_PREV, "pane.prev", CONTEXT_GLOBAL, "Shift-Tab", "go to the previous pane", NULL},
    {CMD_PANE_1, "pane.investigation", CONTEXT_GLOBAL, "1", "war room: the investigation", NULL},
    {CMD_PANE_2, "pane.hypotheses", CONTEXT_GLOBAL, "2", "war room: the hypotheses", NULL},
    {CMD_PANE_3, "pane.resources", CONTEXT_GLOBAL, "3", "war room: the resources", NULL},
    {CMD_ROOT_WAR_ROOM, "page.war_room", CONTEXT_GLOBAL, "F2", "the war room, all three panes",
     NULL},
    {CMD_ROOT_RESOURCES, "page.resources", CONTEXT_GLOBAL, "4, F3", "the page of all resources",
     NULL},
    {CMD_ROOT_SIGNALS, "page.signals", CONTEXT_GLOBAL, "5, F4",
     "the page of anomalies and firing alerts", NULL},
    {CMD_ROOT_TIMELINE, "page.timeline", CONTEXT_GLOBAL, "6, t, F5",
     "the page of every event in time", NULL},
    {CMD_ROOT_AUDIT, "page.audit", CONTEXT_GLOBAL, "7, F6", "the page of decisions and their chain",
     NULL},

    {CMD_ASK, "pane.ask", CONTEXT_PANE, "i", "write a question", "ask"},
    {CMD_DOWN, "list.down", CONTEXT_PANE, "j, Down", "one row down", NULL},
    {CMD_UP, "list.up", CONTEXT_PANE, "k, Up", "one row up", NULL},
    {CMD_PAGE_DOWN, "list.page_down", CONTEXT_PANE, "PgDn, Ctrl-F", "one page down", NULL},
    {CMD_PAGE_UP, "list.page_up", CONTEXT_PANE, "PgUp, Ctrl-B", "one page up", NULL},
    {CMD_HALF_DOWN, "list.half_down", CONTEXT_PANE, "Ctrl-D", "half a page down", NULL},
    {CMD_HALF_UP, "list.half_up", CONTEXT_PANE, "Ctrl-U", "half a page up", NULL},
    {CMD_HOME, "list.home", CONTEXT_PANE, "g, Home", "to the first row", NULL},
    {CMD_END, "list.end", CONTEXT_PANE, "G, End", "to the last row; follow what comes", NULL},
    {CMD_OPEN, "list.open", CONTEXT_PANE, "Enter", "open what is selected", "open"},
    {CMD_EVIDENCE, "list.evidence", CONTEXT_PANE, "e", "open the evidence of what is selected",
     "evidence"},
    {CMD_TOGGLE, "tree.toggle", CONTEXT_PANE, "o, Space", "open or close a branch", NULL},
    {CMD_CLOSE_NODE, "tree.close", CONTEXT_PANE, "h, Left", "close a branch; then to its parent",
     NULL},
    {CMD_OPEN_NODE, "tree.open", CONTEXT_PANE, "l, Right", "open a branch; then into it", NULL},
    {CMD_FILTER, "list.filter", CONTEXT_PANE, "/", "show only rows with a text", "filter"},
    {CMD_ZOOM, "pane.zoom", CONTEXT_PANE, "z", "one pane on the whole screen, and back", "zoom"},
    {CMD_REFRESH, "resources.refresh", CONTEXT_PANE, "r", "read the resources again", NULL},
    {CMD_CLEAR, "list.clear", CONTEXT_PANE, "Esc", "drop the filter", NULL},

    {CMD_TEXT_SEARCH, "text.search", CONTEXT_TRANSCRIPT, "/", "search; every match is marked",
     "search"},
    {CMD_TEXT_NEXT, "text.next", CONTEXT_TRANSCRIPT, "n", "to the next match", NULL},
    {CMD_TEXT_PREV, "text.prev", CONTEXT_TRANSCRIPT, "N", "to the match before", NULL},
    {CMD_TEXT_FILTER, "text.filter", CONTEXT_TRANSCRIPT, "&", "show only entries with a text",
     NULL},
    {CMD_TEXT_TOGGLE, "text.toggle", CONTEXT_TRANSCRIPT, "o, Space",
     "open or close a query, a thought or a turn in place", "unfold"},
    {CMD_TEXT_OPEN_ALL, "text.open_all", CONTEXT_TRANSCRIPT, "O",
     "open or close all queries and thoughts", NULL},
    {CMD_TEXT_TURN_PREV, "text.turn_prev", CONTEXT_TRANSCRIPT, "[", "to the question before", NULL},
    {CMD_TEXT_TURN_NEXT, "text.turn_next", CONTEXT_TRANSCRIPT, "]", "to the next question", NULL},
    {CMD_TEXT_FOLD, "text.fold", CONTEXT_TRANSCRIPT, "f", "fold the turn to one line, and back",
     NULL},
    {CMD_TEXT_FOLD_ALL, "text.fold_all", CONTEXT_TRANSCRIPT, "F", "fold all turns, and back", NULL},

    {CMD_TIMELINE_IN, "timeline.in", CONTEXT_TIMELINE, "+, =", "half the time on the axis",
     "closer"},
    {CMD_TIMELINE_OUT, "timeline.out", CONTEXT_TIMELINE, "-", "twice the time on the axis", NULL},
    {CMD_TIMELINE_LEFT, "timeline.left", CONTEXT_TIMELINE, "h, Left", "earlier on the axis", NULL},
    {CMD_TIMELINE_RIGHT, "timeline.right", CONTEXT_TIMELINE, "l, Right", "later on the axis", NULL},
    {CMD_TIMELINE_ALL, "timeline.all", CONTEXT_TIMELINE, "0", "all of the time again", NULL},
    {CMD_TIMELINE_CLOCK, "timeline.clock", CONTEXT_TIMELINE, "c",
     "data time, investigation time, or both", "clock"},
    {CMD_TIMELINE_LANE_PREV, "timeline.lane_prev", CONTEXT_TIMELINE, "[",
     "the event before in the same lane", NULL},
    {CMD_TIMELINE_LANE_NEXT, "timeline.lane_next", CONTEXT_TIMELINE, "]",
     "the next event in the same lane", "lane"},
    {CMD_LIST_SORT, "list.sort", CONTEXT_LIST, "s", "sort by the next column", "sort"},
    {CMD_LIST_REVERSE, "list.reverse", CONTEXT_LIST, "S", "sort the other way round", NULL},
    {CMD_LIST_COLUMNS, "list.columns", CONTEXT_LIST, "c", "choose the columns", "columns"},
    {CMD_LIST_MARK, "list.mark", CONTEXT_LIST, "Space", "mark a row; show or hide a column",
     "mark"},
    {CMD_LIST_MARK_SHOWN, "list.mark_shown", CONTEXT_LIST, "*", "mark all rows shown, or none",
     NULL},

    {CMD_PAGE_BACK, "page.back", CONTEXT_PAGE, "Esc, Backspace, h, Left, q", "go back", "back"},
    {CMD_PAGE_DOWN_LINE, "page.down", CONTEXT_PAGE, "j, Down", "one line or link down", "down"},
    {CMD_PAGE_UP_LINE, "page.up", CONTEXT_PAGE, "k, Up", "one line or link up", "up"},
    {CMD_PAGE_NEXT_PAGE, "page.page_down", CONTEXT_PAGE, "PgDn, Space, Ctrl-F", "one page down",
     NULL},
    {CMD_PAGE_PREV_PAGE, "page.page_up", CONTEXT_PAGE, "PgUp, b, Ctrl-B", "one page up", NULL},
    {CMD_PAGE_HOME, "page.home", CONTEXT_PAGE, "g, Home", "to the beginning", NULL},
    {CMD_PAGE_END, "page.end", CONTEXT_PAGE, "G, End", "to the end", NULL},
    {CMD_PAGE_OPEN, "page.open", CONTEXT_PAGE, "Enter, e, l, Right", "open the selected evidence",
     "open"},
    {CMD_PAGE_NEXT, "page.next", CONTEXT_PAGE, "], n", "the next evidence of the hypothesis",
     "next"},
    {CMD_PAGE_PREV, "page.prev", CONTEXT_PAGE, "[, p", "the previous evidence of the hypothesis",
     NULL},

    {CMD_CHART_LEFT, "chart.left", CONTEXT_EVIDENCE, "h, Left",
     "the chart's cursor, or cut lines, to the left", "cursor"},
    {CMD_CHART_RIGHT, "chart.right", CONTEXT_EVIDENCE, "l, Right",
     "the chart's cursor, or cut lines, to the right", NULL},
    {CMD_CHART_PAN_LEFT, "chart.pan_left", CONTEXT_EVIDENCE, "H, Shift-Left",
     "half of what is seen to the left", NULL},
    {CMD_CHART_PAN_RIGHT, "chart.pan_right", CONTEXT_EVIDENCE, "L, Shift-Right",
     "half of what is seen to the right", NULL},
    {CMD_CHART_IN, "chart.in", CONTEXT_EVIDENCE, "+", "zoom in on the cursor's time", "zoom"},
    {CMD_CHART_OUT, "chart.out", CONTEXT_EVIDENCE, "-", "zoom out", NULL},
    {CMD_CHART_RESET, "chart.reset", CONTEXT_EVIDENCE, "=, 0", "see all of the time again", NULL},
    {CMD_CHART_ALL, "chart.all", CONTEXT_EVIDENCE, "s",
     "every series of the result, or what the evidence is about", "series"},
    {CMD_EVIDENCE_TAB, "evidence.raw", CONTEXT_EVIDENCE, "Tab, Shift-Tab",
     "from the chart to the raw result and back", "raw"},
    {CMD_RAW_SEARCH, "raw.search", CONTEXT_EVIDENCE, "/", "search the raw result", "search"},
    {CMD_RAW_NEXT, "raw.next", CONTEXT_EVIDENCE, "n", "the next match", NULL},
    {CMD_RAW_PREV, "raw.prev", CONTEXT_EVIDENCE, "N", "the match before", NULL},
    {CMD_RAW_HEX, "raw.hex", CONTEXT_EVIDENCE, "x", "the raw result byte by byte, and back", "hex"},
    {CMD_RAW_PRETTY, "raw.pretty", CONTEXT_EVIDENCE, "p",
     "JSON indented, or as it was recorded", NULL},
    {CMD_RAW_WRAP, "raw.wrap", CONTEXT_EVIDENCE, "w", "wrap long lines, or cut them", NULL},
    {CMD_RAW_CLEAR, "raw.clear", CONTEXT_EVIDENCE, "Esc", "end the search; then go back", NULL},

    {CMD_INPUT_SUBMIT, "input.submit", CONTEXT_INPUT, "Enter", "ask, or keep the filter", "ask"},
    {CMD_INPUT_LEAVE, "input.leave", CONTEXT_INPUT, "Esc", "leave the line; a filter is dropped",
     "leave"},
    {CMD_INPUT_LEFT, "input.left", CONTEXT_INPUT, "Left, Ctrl-B", "one character left", NULL},
    {CMD_INPUT_RIGHT, "input.right", CONTEXT_INPUT, "Right, Ctrl-F", "one character right", NULL},
    {CMD_INPUT_WORD_LEFT, "input.word_left", CONTEXT_INPUT, "Alt-b, Ctrl-Left", "one word left",
     NULL},
    {CMD_INPUT_WORD_RIGHT, "input.word_right", CONTEXT_INPUT, "Alt-f, Ctrl-Right", "one word right",
     NULL},
    {CMD_INPUT_HOME, "input.home", CONTEXT_INPUT, "Home, Ctrl-A", "to the beginning", NULL},
    {CMD_INPUT_END, "input.end", CONTEXT_INPUT, "End, Ctrl-E", "to the end", NULL},
    {CMD_INPUT_BACKSPACE, "input.backspace", CONTEXT_INPUT, "Backspace, Ctrl-H",
     "delete the character before", NULL},
    {CMD_INPUT_DELETE, "input.delete", CONTEXT_INPUT, "Delete, Ctrl-D",
     "delete the character under", NULL},
    {CMD_INPUT_DELETE_WORD, "input.delete_word", CONTEXT_INPUT, "Ctrl-W, Alt-Backspace",
     "delete the word before", NULL},
    {CMD_INPUT_KILL_LEFT, "input.kill_left", CONTEXT_INPUT, "Ctrl-U", "delete all before", NULL},
    {CMD_INPUT_KILL_RIGHT, "input.kill_right", CONTEXT_INPUT, "Ctrl-K", "delete all after", NULL},
    {CMD_INPUT_HISTORY_PREV, "input.history_prev", CONTEXT_INPUT, "Up, Ctrl-P",
     "the question before", "history"},
    {CMD_INPUT_HISTORY_NEXT, "input.history_next", CONTEXT_INPUT, "Down, Ctrl-N",
     "the question after", NULL},

    {CMD_REPLAY_STEP, "replay.step", CONTEXT_REPLAY, "., n", "one event further", "step"},
    {CMD_REPLAY_BACK, "replay.back", CONTEXT_REPLAY, ",", "one event back", "back"},
    {CMD_REPLAY_PLAY, "replay.play", CONTEXT_REPLAY, "Space", "play or pause", "play"},
    {CMD_REPLAY_FASTER, "replay.faster", CONTEXT_REPLAY, "+, =", "faster", "faster"},
    {CMD_REPLAY_SLOWER, "replay.slower", CONTEXT_REPLAY, "-", "slower", "slower"},
    {CMD_REPLAY_JUMP, "replay.jump", CONTEXT_REPLAY, "J", "to a place: 14:03:10, +90s, 50% or #41",
     "jump"},
    {CMD_REPLAY_BRANCH, "replay.branch", CONTEXT_REPLAY, "B", "a new investigation from this event",
     "branch"},
};

size_t command_count(void)
{
    return sizeof(command_table) / sizeof(command_table[0]);
}

const struct command_def *command_find(struct str name)
{
    for (size_t i = 0; i < command_count(); i++)
        if (str_eq_c(name, command_table[i].name))
            return &command_table[i];
    return NULL;
}

const struct command_def *command_def(enum command c)
{
    for (size_t i = 0; i < command_count(); i++)
        if (command_table[i].command == c)
            return &command_table[i];
    return NULL;
}

const char *context_name(enum context c)
{
    static const char *const names[CONTEXTS] = {
        [CONTEXT_GLOBAL] = "Everywhere",
        [CONTEXT_PANE] = "In a pane",
        [CONTEXT_TRANSCRIPT] = "In the investigation",
        [CONTEXT_LIST] = "In a list",
        [CONTEXT_PAGE] = "On a page",
        [CONTEXT_TIMELINE] = "On the timeline",
        [CONTEXT_INPUT] = "In the input line",
        [CONTEXT_REPLAY] = "In a replay",
        [CONTEXT_EVIDENCE] = "On an evidence",
    };

    return names[c];
}
