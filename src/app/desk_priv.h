/* desk_priv.h - what the files of the desk share: pages, rows, the child that is under way. */
#ifndef RUNBOOK_SRC_APP_DESK_PRIV_H
#define RUNBOOK_SRC_APP_DESK_PRIV_H

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "src/app/desk.h"
#include "src/app/found.h"

#define DESK_DEPTH 6
#define DESK_ARG_MAX 80
#define DESK_FIELD_MAX 1400 /* bytes of a field; AWS takes external ids of 1224 */
#define DESK_ARGS_MAX 320

/* A page: what it says, what a choice on it does, what Esc does there. One row of a table each. */
struct desk_page {
    const char *name, *title;
    void (*lay)(struct desk *d, const char *arg);
    /* False: the field has a problem. */
    bool (*choose)(struct desk *d, const char *arg, const char *id, const char *text);
    bool (*back)(struct desk *d, const char *arg); /* true: that was all; NULL: it is closed */
};
extern const struct desk_page page_accounts, page_account, page_remove, page_watch, page_add,
    page_run, page_setup;

struct desk_shown {
    const struct desk_page *page;
    char arg[DESK_ARG_MAX];
    char at[SHEET_NAME_MAX]; /* the row that was chosen last: it is selected on the way back */
};

/* ---- a child ---- */

struct desk_stage {
    const char *name;
    enum sheet_state state;
    const char *said; /* in the job's arena */
};
#define DESK_STAGES 8

struct desk_job {
    loop_id proc; /* 0: none is under way */
    char title[160];
    const char *stopped; /* what is said when it was stopped: constant */
    struct desk_stage stages[DESK_STAGES];
    size_t stage_count;
    bool counted; /* progress came */
    int64_t done, known, resources, failed, begun_ms;
    struct arena *arena;
    struct buf line, out, problem; /* of stdout without events; of stderr */
    const struct value *result;    /* the last line, where it is JSON; NULL */
    bool events, shown, over, canceled;
    int exit;
    const char *argv[DESK_ARGS_MAX]; /* copied into `arena`, for trying again */
    const char *input;
    void (*then)(struct desk *d);
};

struct desk_start {
    const char *title, *stopped;
    const char *const *stages;    /* NULL-terminated; NULL: none */
    const char *const *args;      /* behind the program and its global options; NULL-terminated */
    const char *input;            /* for its stdin; NULL */
    void (*then)(struct desk *d); /* it ended well or not; NULL */
};
/* The page of what is under way comes up. False: another one is under way. */
bool desk_start(struct desk *d, const struct desk_start *s);
void desk_cancel(struct desk *d);
bool desk_job_runs(const struct desk *d);
bool desk_job_well(const struct desk *d); /* it is over, with exit code 0 */
void desk_job_release(struct desk *d);
/* argv of this program with this run's --config and --state-dir; returns how many there are. */
size_t desk_program(struct desk *d, const char **argv);
const char *desk_self(void);
/* What a child wrote to stderr, without the program's name: one line. */
const char *desk_problem(struct arena *a, struct str text);

/* ---- the form of an account ---- */

enum desk_field_id {
    FIELD_NAME,
    FIELD_ROLE,
    FIELD_EXTERNAL,
    FIELD_PROFILE,
    FIELD_DEVICE,
    FIELD_DIGITS, /* what the device shows now */
    FIELD_REGIONS,
    FIELDS
};
struct desk_form {
    char text[FIELDS][DESK_FIELD_MAX];
    char problem[FIELDS][ERR_MSG_MAX];
    bool is_default;
};

/* ---- the setup ---- */

enum setup_step { SETUP_HERE, SETUP_MODEL, SETUP_ACCOUNT, SETUP_LOOK, SETUP_DONE };
struct desk_setup {
    enum setup_step step;
    struct found *found;
    bool project; /* the configuration is this folder's, not the user's */
    bool scan, with_account, by_environment;
    char prometheus[DESK_FIELD_MAX], prometheus_problem[ERR_MSG_MAX];
    char provider[32], model[DESK_FIELD_MAX], key_file[DESK_FIELD_MAX];
    char model_problem[ERR_MSG_MAX], key_problem[ERR_MSG_MAX], account_problem[ERR_MSG_MAX];
    char *preview; /* what would be written; NULL: not asked yet */
    char preview_problem[ERR_MSG_MAX];
    char *said; /* what was written, by the children */
    bool wrote, account_written, account_failed;
    loop_id proc;
};

struct desk {
    struct desk_options o;
    struct sheet_source source;
    struct desk_shown stack[DESK_DEPTH];
    size_t depth;

    struct arena *frame; /* of the sheet that is shown */
    VEC(struct sheet_row) rows;
    struct sheet sheet;
    char sheet_name[SHEET_NAME_MAX];
    char select[SHEET_NAME_MAX]; /* the row to go to in the next sheet; "": none */
    bool stale;
    uint64_t version;

    struct { /* `accounts list --json` */
        struct arena *arena;
        const struct value *v; /* NULL: not read */
        loop_id proc;
        char problem[ERR_MSG_MAX];
    } list;
    bool changed; /* since the session was opened: it does not know */

    struct desk_job job;
    struct desk_form form;
    struct { /* what is to be watched */
        struct arena *arena;
        VEC(struct desk_service) services;
        bool all;
        char problem[ERR_MSG_MAX];
    } watch;
    char digits[8]; /* of an account's device */
    char regions_problem[ERR_MSG_MAX];
    struct desk_setup setup;
};
struct desk_service {
    const char *name;
    int64_t found;
    bool on;
};

/* ---- desk.c ---- */
void desk_open(struct desk *d, const struct desk_page *page, const char *arg);
void desk_close(struct desk *d); /* the page on top */
void desk_select(struct desk *d, const char *id);
void desk_dirty(struct desk *d); /* lay it again, and tell the screen */
void desk_read(struct desk *d);  /* the accounts, anew */
const struct value *desk_account(const struct desk *d, const char *name);

/* ---- rows: in the order in which they are added. Text is copied. ---- */
struct sheet_row *desk_row(struct desk *d, enum sheet_kind kind, enum style style,
                           const char *text);
void desk_blank(struct desk *d);
void desk_heading(struct desk *d, const char *text);
/* A list "a, b, c" that would push the end of a page out of sight: its beginning "and N more".
 * Until the page is laid again. */
const char *desk_in_short(struct desk *d, const char *said);
void desk_text(struct desk *d, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void desk_fact(struct desk *d, const char *label, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
struct sheet_row *desk_go(struct desk *d, const char *id, const char *text, const char *note);
struct sheet_row *desk_field(struct desk *d, const char *id, const char *label, const char *text,
                             const char *note, const char *problem);
struct sheet_row *desk_check(struct desk *d, const char *id, bool on, const char *text,
                             const char *note);
/* "5 min ago" */
const char *desk_ago(struct desk *d, int64_t at_ms);

/* ---- desk_form.c ---- */
void form_clear(struct desk *d);
void form_lay(struct desk *d);
/* False: no such row, or (with *ret_bad) it has a problem. */
bool form_choose(struct desk *d, const char *id, const char *text, bool *ret_bad);
bool form_check(struct desk *d); /* all of it; problems stand at their fields */
/* `accounts add ...` of what is written there, into `args`; *ret_input for its stdin. */
void form_args(struct desk *d, bool scan, const char **args, struct arena *a,
               const char **ret_input);
void form_add(struct desk *d, bool scan, void (*then)(struct desk *d));

/* ---- desk_setup.c ---- */
void setup_begin(struct desk *d);
void setup_release(struct desk *d);
/* ---- desk_watch.c ---- */
void desk_watch_begin(struct desk *d);

#endif
