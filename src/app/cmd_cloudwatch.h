/* cmd_cloudwatch.h - what the commands below `runbook cloudwatch` share: one account and region, a
 * request that is waited for, output that is masked and safe for a terminal. */
#ifndef RUNBOOK_SRC_APP_CMD_CLOUDWATCH_H
#define RUNBOOK_SRC_APP_CMD_CLOUDWATCH_H

#include "runbook/policy/redact.h"
#include "src/app/aws_open.h"
#include "src/app/commands.h"

struct cw {
    struct app *app;
    const struct cmd_args *args;
    struct aws_run run;
    struct aws_account *account;
    const char *name; /* the account's */
    const char *region;
    int64_t now_ms, since_ms, until_ms;
    struct buf out;
    struct redactor *redactor;
    /* The request: what was started, how Ctrl-C ends it (NULL: at once), and whether it is over. */
    void *handle;
    void (*stop)(struct cw *c);
    bool done, interrupted;
    int code;             /* to exit with */
    const char *progress; /* the line on stderr; NULL: none */
};

/* --region, --account, --profile, --since and --until of the command. */
enum err_code cw_open(struct cw *c, struct app *app, const struct cmd_args *args, int64_t window_ms,
                      struct err *err);
/* Turn the loop until `done`; Ctrl-C stops. */
void cw_wait(struct cw *c);
/* Print what is in `out`, masked; frees all. Returns the exit code. */
int cw_close(struct cw *c);
/* Mask, make safe, print, and empty `out`: before anything is said on stderr about it. */
void cw_flush(struct cw *c);

/* A cell of a table: cut, or filled up to `width`. */
void cw_cell(struct buf *out, const char *s, int width, bool ascii);
void cw_widen(int *w, const char *s, int most);
/* RFC 4180; what a spreadsheet would take for a formula gets a quote before it. */
void cw_csv(struct buf *out, const char *s, bool last);
/* "2026-11-21 00:10:00"; "-" of 0. */
const char *cw_time(int64_t ms, char out[40]);
/* How it ended, on stderr and as the exit code: nothing of WHOLE, that there is more of CUT. */
void cw_ended(struct cw *c, const char *what, enum aws_end end, const struct err *err);
/* A line of progress on stderr, over the one before; only for people at a terminal. */
void cw_progress(struct cw *c, const char *text);

#define CW_OPTS                                                                                    \
    {"region", 'r', ARG_TEXT, .value = "REGION",                                                   \
     .help = "Ask in this region; without it the account's, or the environment's."},               \
        {"account", 0, ARG_TEXT, .value = "NAME", .help = "An account of services.yaml."},         \
    {                                                                                              \
        "profile", 0, ARG_TEXT, .value = "NAME", .help = "A profile of the AWS configuration."     \
    }
#define CW_WINDOW                                                                                  \
    {"since", 0, ARG_WHEN, .value = "WHEN", .help = "From this time, or so long ago: 2h."},        \
    {                                                                                              \
        "until", 0, ARG_WHEN, .value = "WHEN", .help = "Up to this time; now when not given."      \
    }

extern const struct cmd_def cloudwatch_metrics_def, cloudwatch_list_def;
extern const struct cmd_def cloudwatch_alarms_def, cloudwatch_history_def;
extern const struct cmd_def cloudwatch_groups_def, cloudwatch_logs_def;
extern const struct cmd_def cloudwatch_insights_def, cloudwatch_tail_def;
extern const struct cmd_def cloudwatch_traces_def, cloudwatch_map_def;

#endif
