/* plain_priv.h - the state of plain mode, shared by its reading, its commands, lists and pages. */
#ifndef RUNBOOK_SRC_UI_PLAIN_PRIV_H
#define RUNBOOK_SRC_UI_PLAIN_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/model/model.h"
#include "runbook/ui/plain.h"
#include "runbook/view/screen.h"
#include "src/ui/text_priv.h"

#define PLAIN_LINE_MAX ((size_t)64 << 10)
#define PLAIN_OUT_MAX ((size_t)32 << 20)
#define PLAIN_ID_MAX 512

struct plain_list; /* a kind of list: plain_list_priv.h */
struct plain_key;

struct plain {
    struct loop *loop;
    struct plain_options opts;
    const struct model *model;
    struct model empty; /* until there is one */

    /* reading */
    struct buf in, line; /* line: one that goes on after a backslash */
    bool skipping;       /* a line that is too long, to its end */
    bool eof, is_file;   /* a file cannot be polled; reading it does not block */
    loop_id watch, timer;
    VEC(char *) queue; /* lines that wait for the investigation's end */

    /* writing */
    struct buf out;  /* what a command says */
    struct buf page; /* the rest of a text that is paged; from page_at */
    struct buf held; /* events that came meanwhile */
    size_t page_at;
    bool paging, prompted, broken, quit_told, armed_quit;

    /* what numbers mean */
    const struct plain_list *list;
    VEC(size_t) rows;
    VEC(size_t) marks; /* rows of the list, wherever they stand */
    size_t at;         /* number that was opened last; 0: none */
    char filter[256];
    const struct plain_key *sort_key; /* NULL: the list's own order */
    bool sort_reversed;
    char opened[PLAIN_ID_MAX];   /* what is open: an id or a call, "" for nothing */
    char blob[80];               /* its raw result */
    char measured[PLAIN_ID_MAX]; /* a resource whose metrics are asked; "" for none */
    struct arena *measured_arena;

    struct plain_copy *copying; /* while tmux takes it */
    char tones[TONES][48];      /* of a chosen theme */
    const char *tone_list[TONES];
    VEC(char *) asked_before; /* what a number of `history` means */

    struct {
        bool within;                /* a change that was just asked for: said by who asks */
        bool open;                  /* numbers are of a page that the program writes */
        char field[SHEET_NAME_MAX]; /* the next line is written into it; "": none */
        char *said;                 /* what could be chosen when it was said last */
    } sheet;

    /* An approval that was printed and waits for its word. */
    struct {
        char id[256], fingerprint[65]; /* id "": none */
        int64_t since_ms;              /* since when it can be read; 0: not yet */
    } asked;
};

/* plain.c */
void plain_measure(struct plain *p, const char *key); /* plain_metrics.c: of a resource of AWS */
void plain_write(struct plain *p);                    /* p->out, page by page */
void plain_let_go(struct plain *p);                   /* p->held, unless a text is being paged */
void plain_prompt(struct plain *p);                   /* when nothing runs and none is shown */
bool plain_busy(const struct plain *p);               /* a turn or a replay runs */
void plain_quit(struct plain *p, int signo);
void plain_after(struct plain *p); /* something that held lines back has ended */
/* plain_dispatch.c */
void plain_command(struct plain *p, struct str line);
void plain_help(struct plain *p, struct str args);
/* plain_commands.c */
void plain_ask(struct plain *p, struct str args);
void plain_open(struct plain *p, struct str args);
void plain_leave(struct plain *p, struct str args);
/* plain_words.c */
struct str plain_first_word(struct str *rest); /* cut off *rest, which is trimmed */
char *plain_keep_word(struct str s);           /* the caller frees */
void plain_errorf(struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void plain_linef(struct plain *p, int indent, enum tone tone, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void plain_field(struct plain *p, const char *label, const char *value); /* nothing when "" */
void plain_submit(struct plain *p, enum intent_type type, const char *text);
/* plain_rows.c: one line of what happened; false: nothing to say */
bool plain_item_words(const struct model *m, size_t index, struct buf *out);
/* plain_lists.c: false when there is no list of that name */
bool plain_list(struct plain *p, struct str name, struct str filter);
void plain_list_again(struct plain *p, struct str filter);
/* Numbers mean these choices from now on. */
void plain_list_start(struct plain *p);
bool plain_open_row(struct plain *p, size_t number); /* from 1 */
/* What is marked, or all rows of the last list, a line each; false: nothing. */
bool plain_rows_text(struct plain *p, bool all, struct buf *out);
void plain_sort(struct plain *p, struct str args);
void plain_reverse(struct plain *p, struct str args);
void plain_mark(struct plain *p, struct str args);
void plain_unmark(struct plain *p, struct str args);
void plain_next(struct plain *p, struct str args);
void plain_previous(struct plain *p, struct str args);
/* plain_more.c */
void plain_copy(struct plain *p, struct str args);
void plain_copy_drop(struct plain *p);
void plain_transcript(struct plain *p, struct str args);
/* plain_cost.c */
void plain_cost(struct plain *p, struct str args);
void plain_context(struct plain *p, struct str args);
void plain_theme(struct plain *p, struct str args);
void plain_color(struct plain *p, struct str args);
void plain_history(struct plain *p, struct str args);
void plain_verify(struct plain *p, struct str args);
void plain_keys(struct plain *p, struct str args);
void plain_again(struct plain *p, struct str args);
void plain_keep_question(struct plain *p, const char *text);
/* plain_sheet.c */
void plain_accounts(struct plain *p, struct str args);
void plain_setup(struct plain *p, struct str args);
bool plain_sheet_line(struct plain *p, struct str line); /* false: it is for others */
bool plain_sheet_busy(const struct plain *p);
void plain_sheet_release(struct plain *p);
/* plain_start.c */
void plain_welcome(struct plain *p);
/* plain_replay.c */
void plain_play(struct plain *p, struct str args);
void plain_halt(struct plain *p, struct str args);
void plain_step(struct plain *p, struct str args);
void plain_back(struct plain *p, struct str args);
void plain_faster(struct plain *p, struct str args);
void plain_slower(struct plain *p, struct str args);
void plain_jump(struct plain *p, struct str args);
void plain_branch(struct plain *p, struct str args);
/* plain_steer.c */
void plain_add(struct plain *p, struct str args);
void plain_reject(struct plain *p, struct str args);
void plain_restore(struct plain *p, struct str args);
void plain_promote(struct plain *p, struct str args);
void plain_test(struct plain *p, struct str args);
void plain_approve(struct plain *p, struct str args);
void plain_disapprove(struct plain *p, struct str args);
void plain_approval_written(struct plain *p);
void plain_approval_begin(struct plain *p);
void plain_act(struct plain *p, struct str args);
void plain_plan(struct plain *p, struct str args);
void plain_skill(struct plain *p, struct str args); /* plain_procedures.c */
void plain_open_procedure(struct plain *p, const struct procedure_run *r);
void plain_undo(struct plain *p, struct str args);
void plain_remember(struct plain *p, struct str args);
void plain_never(struct plain *p, struct str args);
void plain_forget(struct plain *p, struct str args);
void plain_kept(struct plain *p);
void plain_readonly(struct plain *p, struct str args);
bool plain_approval_line(struct plain *p, struct str line, bool alone);
bool plain_open_approval(struct plain *p, const char *id);
/* plain_pages.c */
bool plain_open_id(struct plain *p, const char *id);
void plain_open_item(struct plain *p, const struct item *it);
enum plain_raw { PLAIN_RAW_PRETTY, PLAIN_RAW_AS_IS, PLAIN_RAW_HEX };
void plain_raw(struct plain *p, struct str search, enum plain_raw how);

#endif
