/* aws_watch.h - what the tools for metrics, alarms, logs and traces share: one account, one region,
 * one window. */
#ifndef RUNBOOK_SRC_TOOL_AWS_WATCH_H
#define RUNBOOK_SRC_TOOL_AWS_WATCH_H

#include "aws_common.h"
#include "aws_tell.h"
#include "tool_priv.h"

#define WATCH_BODY_MAX ((size_t)16 << 20)

#define WATCH_PARAM_SINCE(fallback_text)                                                           \
    {                                                                                              \
        "since", PARAM_STRING, false, fallback_text,                                               \
            .help = "The begin: a time, or how long before the end, such as 3h."                   \
    }
#define WATCH_PARAM_UNTIL                                                                          \
    {                                                                                              \
        "until", PARAM_STRING, .help = "The end: a time; now when not given."                      \
    }
#define WATCH_PARAM_REGION                                                                         \
    {                                                                                              \
        "region", PARAM_STRING, .help = "One region; the account's own when not given."            \
    }
#define WATCH_PARAM_ACCOUNT                                                                        \
    {                                                                                              \
        "account", PARAM_STRING,                                                                   \
            .help = "The account's name or number; the default one when not given."                \
    }

struct watch_place {
    struct aws_estate *estate;
    struct aws_account *account;
    const char *name;   /* the account's */
    const char *region; /* lives as long as the call */
    int64_t since_ms, until_ms;
};
/* An argument that is a time, or how long before `before_ms`; not given: *ret stays. ERR_INPUT. */
enum err_code watch_moment(const struct value *args, const char *name, int64_t before_ms,
                           int64_t *ret, struct err *err);
/* Of the arguments account, region, since and until. ERR_INPUT names what is wrong. */
enum err_code watch_place(struct tool_call *c, struct watch_place *ret, struct err *err);

/* What a call keeps; freed with what is under way when the call ends. */
struct watch_work {
    struct watch_place place;
    struct aws_tell tell; /* its tally goes into the request */
    void *handle;         /* aws_alarms, aws_logs ... */
    void (*release)(void *handle);
    struct arena *arena;
};
/* The work of a call that begins, its place read; `noun` is what comes ("series"). NULL: it has
 * failed already. */
struct watch_work *watch_begin(struct tool_call *c, void (*release)(void *handle),
                               const char *noun);
/* The handle, or *err when NULL: the call ends with it. */
void watch_started(struct tool_call *c, void *handle, const struct err *err);
void watch_end(struct tool_call *c);    /* frees what the call kept */
void watch_cancel(struct tool_call *c); /* of tool_def: ends at once */
/* Texts between commas, trimmed; at most `max`. */
size_t watch_list(struct watch_work *w, const char *text, const char **out, size_t max);

/* " since 3h until 2026-... in eu-west-1 of prod", of what is given: for citations. */
void watch_cite_place(const struct value *args, struct buf *out);
/* Finish with `body` (taken over); what the call kept is freed. ERR_LIMIT of a body that is full.
 */
void watch_finish(struct tool_call *c, struct buf *body, int64_t rows, const char *summary);
/* Finish with what AWS ended an operation with; the same is freed. */
void watch_fail(struct tool_call *c, const char *service, const char *operation, enum aws_end end,
                const char *why);

#endif
