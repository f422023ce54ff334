/* cmd_logs.c - "runbook logs FILE...": what kinds of lines are in these logs, which are errors,
 * which are new, and when they came. */
#include <stdio.h>
#include <unistd.h>

#include "runbook/base/text.h"
#include "src/app/commands.h"
#include "src/app/logs.h"

#define OUT_MAX ((size_t)64 << 20)

static const char *const sorts[] = {"severity", "count", "burst", "first", NULL};
static const char *const levels[] = {"debug", "info",     "notice", "warning",
                                     "error", "critical", NULL};

static size_t index_in(const char *const *names, const char *name)
{
    size_t i = 0;

    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    return i;
}

static void add_file(struct log_report *r, struct logmine *m, const char *path)
{
    bool progress = isatty(STDERR_FILENO) && !r->app->json;
    struct log_file *f = VEC_PUSH(&r->files);
    struct buf clean = BUF_INIT(ERR_MSG_MAX * 2);

    f->path = path;
    log_file_read(f, m, progress);
    if (f->failed) {
        text_sanitize(&clean, str_from(f->why), false, r->app->ascii);
        fprintf(stderr, "runbook: %s\n", buf_cstr(&clean));
    }
    buf_release(&clean);
}

static size_t failed_files(const struct log_report *r)
{
    size_t n = 0;

    VEC_EACH (f, &r->files)
        n += f->failed;
    return n;
}

static int report(struct log_report *r)
{
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (r->app->json)
        log_report_json(r, &out);
    else
        log_report_text(r, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    if (rc == EXIT_DONE && failed_files(r))
        rc = EXIT_FAILED;
    return rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    int64_t now = app->clock->wall_ms(app->clock), started = app->clock->now_ms(app->clock);
    const char *level = args_get(args, "level"), *sort = args_get(args, "sort");
    struct logmine *m;
    struct log_report r = {.app = app,
                           .match = args_get(args, "match"),
                           .top = (size_t)args_int(args, "top", 30),
                           .samples = (size_t)args_int(args, "samples", 1),
                           .width = isatty(STDOUT_FILENO) ? app_width() : 0};
    int rc;

    if (!args_pos_count(args) && isatty(STDIN_FILENO))
        return app_usage(args, "name a log file, or pipe a log in");
    r.least = level ? (enum log_level)(index_in(levels, level) + 1) : LOG_LEVEL_NONE;
    r.sort = sort ? (enum log_sort)index_in(sorts, sort) : LOG_SORT_SEVERITY;
    m = logmine_new(now);
    r.mine = m;
    logmine_range(m, args_time_ms(args, "since", now, INT64_MIN),
                  args_time_ms(args, "until", now, INT64_MAX));
    for (size_t i = 0; i < args_pos_count(args); i++)
        add_file(&r, m, args_pos(args, i));
    if (!args_pos_count(args))
        add_file(&r, m, "-");
    r.wall_ms = app->clock->now_ms(app->clock) - started;
    rc = report(&r);
    VEC_RELEASE(&r.files);
    logmine_free(m);
    return rc;
}

static const struct opt_def opts[] = {
    {"since", 0, ARG_WHEN, .value = "TIME", .help = "Only lines from this time on."},
    {"until", 0, ARG_WHEN, .value = "TIME", .help = "Only lines up to this time."},
    {"level", 'l', ARG_CHOICE, .value = "LEVEL", .choices = levels,
     .help = "Only families of this level or worse; known kinds of trouble count as errors."},
    {"match", 'm', ARG_TEXT, .value = "TEXT", .help = "Only families whose lines hold this text."},
    {"sort", 0, ARG_CHOICE, .value = "ORDER", .choices = sorts,
     .help = "Errors, new families and bursts first (severity), or by count, burst or first line."},
    {"top", 'n', ARG_INT, .value = "N", .min = 1, .max = LOGMINE_FAMILIES_MAX,
     .help = "Show this many families. 30 when not given."},
    {"samples", 0, ARG_INT, .value = "N", .min = 0, .max = 2,
     .help = "Show this many lines of each family: the first, and one later. 1 when not given."},
    {NULL},
};

static const struct pos_def pos[] = {
    {"FILE", ARG_FILE, .repeat = true,
     .help = "Log files, also gzipped; - or none reads what is piped in."},
    {NULL},
};

const struct cmd_def cmd_logs_def = {
    .name = "logs",
    .help = "Sort log lines into families and show which are errors, new, or came in a burst.",
    .details =
        "Numbers, addresses and identifiers are masked and lines of the same words are one family, "
        "so that a million lines become a page. Times are read in the usual forms; a time without "
        "a zone is taken as UTC. JSON lines are read for their message, level and time. A family "
        "is new when its first line is in the second half of the time. Secrets are masked. It "
        "exits with 1 when a file could not be read; the others are still shown.",
    .opts = opts,
    .pos = pos,
    .run = run,
    .examples = "runbook logs /var/log/syslog\n"
                "runbook logs --since 1h --level error /var/log/app/*.log /var/log/app/*.gz\n"
                "journalctl -o short-iso --since today | runbook logs",
};
