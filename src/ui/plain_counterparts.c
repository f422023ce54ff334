/* plain_counterparts.c - see plain_counterparts.h. */
#include "src/ui/plain_counterparts.h"

#define ONLY(c) CMD_##c, CMD_NONE
#define FROM_TO(a, b) CMD_##a, CMD_##b

const struct plain_counterpart plain_counterparts[] = {
    {ONLY(HELP), "help", ""},
    {ONLY(QUIT), "quit", ""},
    {ONLY(CANCEL), "stop", "Ctrl-C leaves"},
    {ONLY(SUSPEND), NULL, "Ctrl-Z is the shell's own here"},
    {ONLY(INIT), "init", ""},
    {ONLY(REDRAW), NULL, "what was printed stays as it was printed"},
    {ONLY(COPY), "copy", ""},
    {ONLY(COPY_ALL), "copy all", ""},
    {ONLY(PAGER), "transcript", "it stops after each page"},
    {ONLY(MOUSE), NULL, "there is nothing to point at"},
    {ONLY(DEBUG), NULL, "there are no frames to count"},
    {ONLY(STEER_ADD), "add", ""},
    {ONLY(STEER_REJECT), "reject", "restore takes it back"},
    {ONLY(STEER_PROMOTE), "promote", ""},
    {ONLY(STEER_TEST), "test", ""},
    {ONLY(WHY), "why", ""},
    {ONLY(ANSWER), "conclusion", ""},
    {ONLY(APPROVALS), "approvals", "approve and disapprove answer"},
    {ONLY(PALETTE), "help",
     "a near miss of a command is named; sessions TEXT and resources TEXT find "
     "the rest"},
    {FROM_TO(PANE_NEXT, PANE_PREV), NULL, "there are no panes: each list has a command"},
    {ONLY(PANE_1), "transcript", ""},
    {ONLY(PANE_2), "hypotheses", "tree prints all of it with the evidence"},
    {ONLY(PANE_3), "resources", ""},
    {ONLY(ROOT_WAR_ROOM), "status", ""},
    {ONLY(ROOT_RESOURCES), "resources", ""},
    {ONLY(ROOT_SIGNALS), "signals", ""},
    {ONLY(ROOT_TIMELINE), "timeline", ""},
    {ONLY(ROOT_AUDIT), "audit", ""},
    {ONLY(ROOT_SERVICES), "services", ""},
    {ONLY(ASK), "ask", ""},
    {FROM_TO(DOWN, UP), "open NUMBER", "a number alone does; next and previous go on from it"},
    {FROM_TO(PAGE_DOWN, END), NULL, "a list is printed whole, and stops after each page"},
    {ONLY(OPEN), "open", ""},
    {ONLY(EVIDENCE), "evidence", "evidence H1 lists those of H1"},
    {FROM_TO(TOGGLE, OPEN_NODE), "tree", "all branches are open"},
    {ONLY(FILTER), "filter", ""},
    {FROM_TO(ZOOM, RESET_SIZES), NULL, "there are no panes to size"},
    {ONLY(REFRESH), "refresh", "verify checks the chain"},
    {ONLY(CLEAR), "filter", "alone it drops the filter, unmark the marks"},
    {ONLY(TEXT_SEARCH), "transcript /TEXT", ""},
    {FROM_TO(TEXT_NEXT, TEXT_PREV), NULL, "transcript /TEXT prints every match"},
    {ONLY(TEXT_FILTER), "transcript /TEXT", ""},
    {ONLY(TEXT_TOGGLE), "open", "queries lists them by number"},
    {ONLY(TEXT_OPEN_ALL), NULL, "nothing that was printed is folded"},
    {FROM_TO(TEXT_TURN_PREV, TEXT_TURN_NEXT), "transcript /you:", "prints the questions"},
    {FROM_TO(TEXT_FOLD, TEXT_FOLD_ALL), NULL, "nothing that was printed is folded"},
    {FROM_TO(TIMELINE_IN, TIMELINE_ALL), "timeline TIME",
     "a filter such as 14:03 narrows the time"},
    {ONLY(TIMELINE_CLOCK), "timeline", "both times stand in a line"},
    {FROM_TO(TIMELINE_LANE_PREV, TIMELINE_LANE_NEXT), "timeline TEXT",
     "a filter such as evidence shows one lane; sort kind groups them"},
    {ONLY(LIST_SORT), "sort", ""},
    {ONLY(LIST_REVERSE), "reverse", ""},
    {ONLY(LIST_COLUMNS), NULL, "a line says all that is known of it"},
    {ONLY(LIST_MARK), "mark", ""},
    {ONLY(LIST_MARK_SHOWN), "mark all", ""},
    {ONLY(PAGE_BACK), NULL, "no page covers what was there before"},
    {FROM_TO(PAGE_DOWN_LINE, PAGE_END), NULL,
     "a page is printed whole, and stops after each screen"},
    {ONLY(PAGE_OPEN), "open ID", "the ids stand in the text"},
    {FROM_TO(PAGE_NEXT, PAGE_PREV), "next", "and previous, in the last list"},
    {FROM_TO(CHART_LEFT, CHART_ALL), "raw", "open says the chart in sentences, raw has the points"},
    {ONLY(EVIDENCE_TAB), "raw", ""},
    {ONLY(EVIDENCE_UNFOLD), "open", "a query is printed whole"},
    {ONLY(RAW_SEARCH), "raw /TEXT", ""},
    {FROM_TO(RAW_NEXT, RAW_PREV), NULL, "raw /TEXT prints every match with its line"},
    {ONLY(RAW_HEX), "hex", ""},
    {ONLY(RAW_PRETTY), "verbatim", "raw indents JSON"},
    {ONLY(RAW_WRAP), NULL, "lines are wrapped; copy raw has them as they are"},
    {ONLY(RAW_CLEAR), NULL, "a search ends with its answer"},
    {ONLY(INPUT_SUBMIT), "ask", "Enter sends a line"},
    {ONLY(INPUT_LEAVE), NULL, "there is only the line"},
    {ONLY(INPUT_NEWLINE), "ask", "a line that ends in a backslash goes on"},
    {ONLY(INPUT_COMPLETE), "help", "a near miss of a command is named"},
    {ONLY(INPUT_SEARCH), "history TEXT", "again and its number asks it"},
    {ONLY(INPUT_EDITOR), "ask @FILE", "a file written with any editor"},
    {ONLY(INPUT_PASTED), "ask @FILE", "a long text is best in a file"},
    {FROM_TO(INPUT_UP, INPUT_HISTORY_NEXT), "history", "again asks the last one once more"},
    {FROM_TO(INPUT_LEFT, INPUT_REDO), NULL,
     "the terminal edits the line; rlwrap gives it more keys"},
    {ONLY(REPLAY_STEP), "step", ""},
    {ONLY(REPLAY_BACK), "back", ""},
    {ONLY(REPLAY_PLAY), "play", "pause stops it"},
    {ONLY(REPLAY_FASTER), "faster", ""},
    {ONLY(REPLAY_SLOWER), "slower", ""},
    {ONLY(REPLAY_JUMP), "jump", ""},
    {ONLY(REPLAY_BRANCH), "branch", ""},
};
const size_t plain_counterpart_count = sizeof(plain_counterparts) / sizeof(plain_counterparts[0]);

const struct plain_counterpart *plain_counterpart(enum command c)
{
    for (size_t i = 0; i < plain_counterpart_count; i++) {
        const struct plain_counterpart *p = &plain_counterparts[i];

        if (p->last == CMD_NONE ? c == p->first : c >= p->first && c <= p->last)
            return p;
    }
    return NULL;
}
