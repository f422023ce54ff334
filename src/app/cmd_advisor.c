/* cmd_advisor.c - "runbook advisor": what Trusted Advisor advises. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/advisor.h"
#include "src/app/aws_progress.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)64 << 20)
#define RESOURCES_SHOWN 10

struct look {
    struct aws_run run;
    struct aws_advisor *advisor;
    bool done, interrupted;
};

static void on_done(void *ctx)
{
    ((struct look *)ctx)->done = true;
}

static void on_interrupt(void *ctx, int signo)
{
    struct look *l = ctx;

    (void)signo;
    l->interrupted = true;
    aws_advisor_cancel(l->advisor);
}

static void print_advice(const struct aws_advice *x, struct buf *out)
{
    buf_addf(out, "%-8s %-18s %s: %.0f of %.0f flagged", x->status, x->category, x->name,
             x->flagged, x->processed);
    if (isfinite(x->savings_usd) && x->savings_usd > 0)
        buf_addf(out, ", AWS estimates %.2f USD a month", x->savings_usd);
    buf_addc(out, '\n');
    for (size_t i = 0; i < x->resource_count && i < RESOURCES_SHOWN; i++)
        buf_addf(out, "         %s %s %s\n", x->resources[i].region, x->resources[i].id,
                 x->resources[i].text);
    if (x->resource_count > RESOURCES_SHOWN)
        buf_addf(out, "         and %zu more; --json lists them\n",
                 x->resource_count - RESOURCES_SHOWN);
}

static void print_rows(const struct look *l, bool all, struct buf *out)
{
    size_t n;
    const struct aws_advice *list = aws_advisor_list(l->advisor, &n);

    for (size_t i = 0; i < n; i++)
        if (all || strcmp(list[i].status, "error") == 0 || strcmp(list[i].status, "warning") == 0)
            print_advice(&list[i], out);
}

static void print_json(const struct look *l, bool all, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.advisor/1");
    json_put_cstr(&w, "account", l->run.estate->accounts.items[0].name);
    json_key(&w, "advisor");
    aws_advisor_write(l->advisor, all, &w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

/* How many of each, or why there are none. */
static bool tell(const struct look *l)
{
    struct buf safe = BUF_INIT(8000);
    struct err err;
    enum aws_end end = aws_advisor_end(l->advisor, &err);
    bool failed = end != AWS_END_WHOLE && end != AWS_END_CUT;
    size_t n, bad = 0;
    const struct aws_advice *list = aws_advisor_list(l->advisor, &n);

    for (size_t i = 0; i < n; i++)
        bad += strcmp(list[i].status, "error") == 0 || strcmp(list[i].status, "warning") == 0;
    text_sanitize(&safe, str_from(err.msg), false, l->run.app->ascii);
    if (!l->run.app->json && failed)
        fprintf(stderr, "runbook: Trusted Advisor: %s: %s\n", aws_end_sentence(end),
                buf_cstr(&safe));
    if (!l->run.app->json && n)
        fprintf(stderr, "%zu checks, %zu not green\n", n, bad);
    buf_release(&safe);
    return failed;
}

static int report(const struct look *l, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    bool failed;
    int rc;

    if (l->run.app->json)
        print_json(l, args_has(args, "all"), &out);
    else
        print_rows(l, args_has(args, "all"), &out);
    rc = aws_print(l->run.app, buf_str(&out));
    buf_release(&out);
    failed = tell(l);
    if (l->interrupted)
        return EXIT_INTERRUPTED;
    return rc == EXIT_DONE && failed ? EXIT_FAILED : rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *account = args_get(args, "account");
    struct aws_pick pick = {
        .names = &account, .count = account != NULL, .profile = args_get(args, "profile")};
    struct look l = {.done = false};
    struct err err = ERR_INIT;
    int rc;

    if (aws_run_open(&l.run, app, &pick, &err)) {
        rc = app_fail(&err);
    } else {
        struct aws_advisor_query q = {.loop = l.run.loop,
                                      .catalogue = l.run.catalogue,
                                      .client = l.run.estate->accounts.items[0].client,
                                      .category = args_get(args, "category"),
                                      .details = (unsigned)args_int(args, "details", 0)};

        aws_progress_begin(&l.run);
        l.advisor = aws_advisor_start(&q, on_done, &l);
        (void)loop_signal(l.run.loop, SIGINT, on_interrupt, &l);
        while (!l.done && loop_turn(l.run.loop, true))
            ;
        aws_progress_end(&l.run);
        rc = report(&l, args);
    }
    aws_advisor_free(l.advisor);
    aws_run_close(&l.run);
    return rc;
}

static const char *const categories[] = {"cost_optimizing",
                                         "fault_tolerance",
                                         "operational_excellence",
                                         "performance",
                                         "security",
                                         "service_limits",
                                         NULL};
static const struct opt_def opts[] = {
    {"category", 0, ARG_CHOICE, .value = "CATEGORY", .choices = categories,
     .help = "Only checks of this category."},
    {"all", 0, ARG_NONE, .help = "Show checks that are green, too."},
    {"details", 0, ARG_INT, .value = "N", .min = 1, .max = 500,
     .help = "Read the resources of so many checks, the worst first; 20 when not given."},
    {"account", 0, ARG_TEXT, .value = "NAME",
     .help = "This account of services.yaml; the default one when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {NULL},
};

const struct cmd_def cmd_advisor_def = {
    .name = "advisor",
    .help = "Show what Trusted Advisor advises, where the support plan allows it.",
    .details =
        "The Support API is asked first, which needs Business Support or higher; where it refuses, "
        "Trusted Advisor's own API. When neither may be asked, that is said and the exit code is "
        "1. "
        "Estimates of savings are AWS's.",
    .opts = opts,
    .run = run,
    .examples = "runbook advisor\n"
                "runbook advisor --category cost_optimizing --json",
};
