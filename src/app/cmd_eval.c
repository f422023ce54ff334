/* cmd_eval.c - `runbook eval DIR`: how good are the answers on incidents whose cause is known? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/text.h"
#include "src/app/commands.h"
#include "src/app/eval.h"

#define OUT_MAX ((size_t)64 << 20)
#define JOBS_MAX 32
#define FALL_MAX 0.05 /* more than this below the run before is an alarm */

static const char *const formats[] = {"auto", "rootly", "tracerca", NULL};

struct showing {
    size_t ended, shown;
    bool *over;
    bool progress;
};

static struct showing showing; /* one evaluation a process */

/* Lines come in the order of the cases, whichever ends first. */
static void show_case(struct eval *ev, size_t index)
{
    struct buf line = BUF_INIT(65536);

    showing.ended++;
    showing.over[index] = true;
    while (!ev->app->json && showing.shown < ev->cases.count && showing.over[showing.shown])
        eval_print_case(ev, &ev->cases.items[showing.shown++], &line);
    if (showing.progress)
        fprintf(stderr, "\r\033[K");
    app_print(buf_str(&line));
    fflush(stdout);
    if (showing.progress && showing.ended < ev->cases.count)
        fprintf(stderr, "%zu of %zu", showing.ended, ev->cases.count);
    fflush(stderr);
    buf_release(&line);
}

/* Say on stderr what is not followed and not an error. */
static void print_notes(const struct eval *ev)
{
    VEC_EACH (n, &ev->notes) {
        struct buf clean = BUF_INIT(4096);

        text_sanitize(&clean, str_from(*n), false, ev->app->ascii);
        fprintf(stderr, "runbook: note: %s\n", buf_cstr(&clean));
        buf_release(&clean);
    }
}

/* The pass rate of an earlier --json run. */
static enum err_code read_before(struct eval *ev, const char *path, struct err *err)
{
    const struct value *root, *totals;
    struct str text;

    if (eval_json_file(ev, path, &text, &root, err))
        return err->code;
    totals = value_get(root, "totals");
    VALUE_EACH (t, totals) {
        if (!str_eq_c(value_str_or(t, "name", ""), "all"))
            continue;
        ev->before = value_num_or(t, "pass", NAN);
        if (isnan(ev->before))
            ev->before = value_num_or(t, "top1", NAN);
    }
    if (isnan(ev->before))
        return err_set(err, ERR_INPUT, "%s is not what `runbook eval --json` writes", path);
    return ERR_OK;
}

static bool fell(const struct eval *ev)
{
    const struct eval_total *all = &ev->totals.items[ev->totals.count - 1];
    double now = eval_figure_of(all, all->fixtures ? EVAL_PASS : EVAL_TOP1);
    bool is = !isnan(ev->before) && !(now >= ev->before - FALL_MAX - 1e-9);

    if (is)
        fprintf(stderr, "runbook: fell from %.3f to %.3f since the run before\n", ev->before, now);
    return is;
}

static enum err_code write_predictions(const struct eval *ev, const char *path, struct err *err)
{
    struct buf out = BUF_INIT(OUT_MAX);
    enum err_code rc;

    eval_print_predictions(ev, &out);
    rc = file_write_atomic(path, buf_str(&out), 0644, err);
    buf_release(&out);
    return rc;
}

static int report(struct eval *ev, const char *predictions)
{
    struct buf out = BUF_INIT(OUT_MAX);
    size_t unanswered = 0;
    struct err err;
    bool met;
    int rc;

    eval_sum(ev);
    met = eval_check_bars(ev) && !fell(ev);
    VEC_EACH (c, &ev->cases)
        unanswered += c->state != EVAL_ANSWERED;
    if (ev->app->json)
        eval_print_json(ev, met, &out);
    else
        eval_print_totals(ev, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    if (predictions && write_predictions(ev, predictions, &err))
        rc = app_fail(&err);
    return rc == EXIT_DONE && (!met || unanswered) ? EXIT_FAILED : rc;
}

static int read_args(struct eval *ev, const struct cmd_args *args, struct err *err)
{
    const char *format = args_get(args, "format"), *keep = args_get(args, "keep"), *before;

    ev->truth_file = args_get(args, "truth");
    ev->only = args_get(args, "only");
    ev->jobs = (int)args_int(args, "jobs", 1);
    ev->limit_ms = args_duration_ms(args, "limit", 120000);
    ev->before = NAN;
    if (format && strcmp(format, "auto") != 0)
        return err_set(err, ERR_INPUT,
                       "--format %s: incidents of this kind are not supported yet; recorded "
                       "incidents, RCAEval folders and eval fixtures are",
                       format);
    for (size_t i = 0; i < args_count(args, "bar"); i++) {
        if (!eval_bar_parse(ev, str_from(args_at(args, "bar", i)), err))
            return err->code;
    }
    before = args_get(args, "against");
    if (before && read_before(ev, before, err))
        return err->code;
    if (keep) {
        char *full;

        if (dir_make(keep, err))
            return err->code;
        full = realpath(keep, NULL);
        ev->keep = arena_strdup(ev->arena, full ? full : keep);
        free(full);
    }
    return eval_read(ev, args_pos(args, 0), err);
}

/* A fixture without a bar of its own: every case passes. */
static void default_bar(struct eval *ev)
{
    bool fixtures = false;

    VEC_EACH (c, &ev->cases)
        fixtures = fixtures || *c->expects;
    if (fixtures && !ev->bars.count)
        *VEC_PUSH(&ev->bars) = (struct eval_bar){.group = "", .figure = EVAL_PASS, .want = 1};
}

static int run_eval(struct app *app, const struct cmd_args *args)
{
    struct eval ev = {.app = app, .arena = arena_new(0)};
    struct err err = ERR_INIT;
    int code;

    if (read_args(&ev, args, &err)) {
        code = app_fail(&err);
        goto done;
    }
    default_bar(&ev);
    print_notes(&ev);
    showing = (struct showing){.progress = isatty(STDERR_FILENO) && !app->plain,
                               .over = calloc(ev.cases.count, sizeof(bool))};
    if (eval_run(&ev, show_case, &err) && err.code != ERR_CANCELED) {
        code = app_fail(&err);
        goto done;
    }
    code = report(&ev, args_get(args, "predictions"));
    if (err.code == ERR_CANCELED) {
        app_fail(&err);
        code = EXIT_INTERRUPTED;
    }
done:
    free(showing.over);
    showing.over = NULL;
    VEC_RELEASE(&ev.cases);
    VEC_RELEASE(&ev.totals);
    VEC_RELEASE(&ev.bars);
    VEC_RELEASE(&ev.notes);
    arena_free(ev.arena);
    return code;
}

static const struct opt_def opts[] = {
    {"bar", 'b', ARG_TEXT, .repeat = true, .value = "BAR",
     .help = "Fail when a share is lower: top1=0.8, or for one system or group petshop:top1=0.8. "
             "Figures are top1, top3, top5, avg5, metric1, healthy and pass."},
    {"only", 0, ARG_TEXT, .value = "ID,ID", .help = "Only these cases."},
    {"jobs", 'j', ARG_INT, .value = "N", .min = 1, .max = JOBS_MAX,
     .help = "Run this many at once. 1 when not given, so that times mean something."},
    {"limit", 0, ARG_DURATION, .value = "TIME",
     .help = "Give up building, serving or investigating a case after this. 2m when not given."},
    {"truth", 0, ARG_FILE, .value = "FILE",
     .help =
         "What is known of the incidents; without it truth.json in the folder, beside it, or in "
         "each incident."},
    {"against", 0, ARG_FILE, .value = "FILE",
     .help =
         "Fail when the pass rate (without fixtures: top1) is more than 0.05 below this earlier "
         "--json result."},
    {"keep", 0, ARG_DIR, .value = "DIR",
     .help = "Keep the journals of the investigations in this state folder, to look at them."},
    {"predictions", 0, ARG_FILE, .value = "FILE",
     .help = "Write the ranked candidates of each incident to this file, as JSON by id."},
    {"format", 0, ARG_CHOICE, .value = "FORMAT", .choices = formats,
     .help = "What the folder holds; auto looks. Rootly and TraceRCA are not supported yet."},
    {NULL},
};

static const struct pos_def pos[] = {
    {"DIR", ARG_DIR, .required = true,
     .help = "A folder of incidents, one incident, or an eval fixture (a JSON file)."},
    {NULL},
};

const struct cmd_def cmd_eval_def = {
    .name = "eval",
    .help = "Investigate incidents whose cause is known, and score the answers.",
    .details =
        "A recorded incident is a folder with incident.json and OpenMetrics files; each is served "
        "by "
        "a Prometheus server of its own on a free port of this machine (promtool and prometheus "
        "must "
        "be on PATH) and investigated by this program. A folder with data.csv and inject_time.txt "
        "is "
        "read as RCAEval lays it out. A JSON file with \"cases\" is an eval fixture, scored from "
        "its "
        "mockResult, or from the recorded incident that its incidentId names.\n"
        "truth.json says by id what is known: \"kind\" (fault or healthy), \"service\", "
        "\"metric\", "
        "\"accept\" (services that are right as well), \"system\", \"group\". eval.json in the "
        "folder "
        "may hold \"bars\", a list like those of --bar.\n"
        "top1 is the share of faults whose cause is the first candidate, avg5 the mean of top1 to "
        "top5, metric1 service and metric both right at first, healthy the share of healthy "
        "windows "
        "that were left alone, pass the share of fixture cases that passed. A case without an "
        "answer "
        "counts as wrong.\n"
        "Exit codes: 0 all bars are met; 1 a bar is missed, or a case has no answer; 2 a file or "
        "an "
        "option is wrong; 130 interrupted.",
    .opts = opts,
    .pos = pos,
    .run = run_eval,
    .examples = "runbook eval incidents\n"
                "runbook eval --jobs 2 --bar top1=0.8 --bar healthy=0.85 incidents\n"
                "runbook eval --json incidents/checkout-latency\n"
                "runbook eval fixture.json",
};
