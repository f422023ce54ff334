/* cmd_security.c - "runbook security": what is not safe in the accounts of AWS. */
#include "src/app/cmd_security.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

#include "src/app/aws_open.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)256 << 20)
#define LIST_MAX 64
#define CELLS_SHOWN 12
#define RESOURCES_SHOWN 5
#define PROGRESS_MS 100

static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};

struct looking {
    struct app *app;
    const struct cmd_args *args;
    struct aws_run aws;
    struct security_run *run;
    struct security_baseline accepted;
    struct security_report *report;
    struct buf notes;
    int64_t shown_ms;
    bool interrupted;
};

/* ---- the file of what is accepted ---- */

static char *accepted_path(const struct cmd_args *args)
{
    const char *given = args_get(args, "accepted");
    char *home, *path;

    if (given)
        return xstrdup(given);
    home = path_config_home();
    path = home ? path_join(home, "security.yaml") : NULL;
    free(home);
    return path;
}

static enum err_code load_accepted(struct looking *l, struct err *err)
{
    char *path = accepted_path(l->args);
    enum err_code rc = ERR_OK;

    if (path && args_get(l->args, "accepted") && access(path, R_OK) != 0)
        rc = err_set(err, ERR_INPUT, "--accepted: %s cannot be read", path);
    if (!rc && path)
        rc = security_baseline_load(path, &l->accepted, err);
    free(path);
    return rc;
}

/* ---- asking ---- */

static void on_progress(void *ctx, size_t done, size_t known)
{
    struct looking *l = ctx;
    int64_t now = loop_now_ms(l->aws.loop);

    if (l->app->json || !isatty(STDERR_FILENO) || now - l->shown_ms < PROGRESS_MS)
        return;
    l->shown_ms = now;
    fprintf(stderr, "\r%zu of %zu calls ", done, known);
    (void)fflush(stderr);
}

static void on_done(void *ctx, struct security_report *r)
{
    struct looking *l = ctx;

    l->report = r;
}

static void on_interrupt(void *ctx, int signo)
{
    struct looking *l = ctx;

    (void)signo;
    l->interrupted = true;
    if (l->run)
        security_cancel(l->run);
}

static size_t options(const struct cmd_args *args, const char *name, const char **out)
{
    size_t n = 0;

    for (size_t i = 0; i < args_count(args, name) && n < LIST_MAX; i++)
        out[n++] = args_at(args, name, i);
    return n;
}

/* A service without a check of ours may still have findings of Security Hub: any definition's. */
static enum err_code check_services(struct looking *l, const struct security_ask *ask,
                                    struct err *err)
{
    for (size_t i = 0; i < ask->service_count; i++) {
        const struct aws_service *s;

        if (aws_catalogue_get(l->aws.catalogue, str_from(ask->services[i]), &s, err))
            return err_wrap(err, "--service");
    }
    return ERR_OK;
}

static enum err_code ask_all(struct looking *l, struct err *err)
{
    static const struct security_callbacks callbacks = {on_progress, on_done};
    const char *regions[LIST_MAX], *services[LIST_MAX], *checks[LIST_MAX];
    struct security_ask ask = {.estate = l->aws.estate,
                               .regions = regions,
                               .services = services,
                               .checks = checks,
                               .own_only = args_has(l->args, "own-only"),
                               .now_ms = l->app->clock->wall_ms(l->app->clock)};

    ask.region_count = options(l->args, "region", regions);
    ask.service_count = options(l->args, "service", services);
    ask.check_count = options(l->args, "check", checks);
    if (check_services(l, &ask, err))
        return err->code;
    (void)loop_signal(l->aws.loop, SIGINT, on_interrupt, l);
    if (security_start(&ask, &callbacks, l, &l->run, err))
        return err->code;
    while (!l->report && loop_turn(l->aws.loop, true))
        ;
    if (l->shown_ms)
        fprintf(stderr, "\r%-40s\r", "");
    security_baseline_apply(&l->accepted, l->report, ask.now_ms, &l->notes);
    return ERR_OK;
}

/* What is less severe, and what is accepted, unless it is wanted. */
static void choose_findings(struct looking *l)
{
    struct security_report *r = l->report;
    enum security_severity least = SECURITY_INFO;
    bool all = args_has(l->args, "suppressed") || l->app->json || args_has(l->args, "sarif");
    size_t kept = 0;

    if (args_get(l->args, "severity"))
        (void)security_severity_from(args_get(l->args, "severity"), &least);
    for (size_t i = 0; i < r->findings.count; i++)
        if (r->findings.items[i].severity >= least && (all || !*r->findings.items[i].suppressed))
            r->findings.items[kept++] = r->findings.items[i];
    r->findings.count = kept;
}

/* ---- text ---- */

static void put_wrapped(struct buf *out, const char *label, const char *text)
{
    if (*text)
        buf_addf(out, "    %-10s %s\n", label, text);
}

static void put_finding(struct buf *out, const struct security_finding *f)
{
    buf_addf(out, "%-8s %s  %s\n", security_severity_name(f->severity), f->resource, f->title);
    put_wrapped(out, "evidence", f->evidence);
    put_wrapped(out, "where", *f->region ? f->region : "");
    put_wrapped(out, "account", f->account);
    put_wrapped(out, "why", f->why);
    put_wrapped(out, "fix", f->fix);
    put_wrapped(out, "act", f->act);
    put_wrapped(out, "command", f->command);
    put_wrapped(out, "back", f->rollback);
    put_wrapped(out, "check", f->check);
    put_wrapped(out, "reference", f->reference);
    put_wrapped(out, "also", f->also);
    put_wrapped(out, "accepted", f->suppressed);
}

static int by_service(const void *a, const void *b)
{
    const struct security_finding *x = a, *y = b;
    int c = strcmp(x->service, y->service);

    if (!c)
        c = (int)y->severity - (int)x->severity;
    if (!c)
        c = strcmp(x->check, y->check);
    if (!c)
        c = strcmp(x->resource, y->resource);
    return c ? c : strcmp(x->evidence, y->evidence);
}

static bool alike(const struct security_finding *a, const struct security_finding *b)
{
    return strcmp(a->service, b->service) == 0 && strcmp(a->check, b->check) == 0 &&
           strcmp(a->title, b->title) == 0 && a->severity == b->severity;
}

/* What one check found, as one entry: the evidence of the first, and some of the resources. */
static void put_group(struct buf *out, const struct security_finding *f, size_t count)
{
    buf_addf(out, "%-8s %s", security_severity_name(f->severity), f->title);
    if (count > 1)
        buf_addf(out, ", %zu of them", count);
    buf_addf(out, " (%s)\n", f->check);
    put_wrapped(out, "evidence", f->evidence);
    for (size_t i = 0; i < count && i < RESOURCES_SHOWN; i++)
        put_wrapped(out, i ? "" : "resource", f[i].resource);
    if (count > RESOURCES_SHOWN)
        buf_addf(out, "    %-10s and %zu more: --check %s\n", "", count - RESOURCES_SHOWN,
                 f->source == SECURITY_OWN ? f->check : "ID, or --long");
}

static void print_text(struct looking *l, struct buf *out)
{
    struct security_report *r = l->report;
    const char *service = "";
    bool brief = !args_has(l->args, "long") && !args_count(l->args, "check");

    if (r->findings.count)
        qsort(r->findings.items, r->findings.count, sizeof(*r->findings.items), by_service);
    for (size_t i = 0, n; i < r->findings.count; i += n) {
        const struct security_finding *f = &r->findings.items[i];

        for (n = 1; brief && i + n < r->findings.count && alike(f, f + n);)
            n++;
        if (strcmp(service, f->service) != 0)
            buf_addf(out, "%s%s\n", *service ? "\n" : "", f->service);
        service = f->service;
        if (brief)
            put_group(out, f, n);
        else
            put_finding(out, f);
    }
}

/* ---- what was not read ---- */

static size_t failures(const struct security_report *r)
{
    size_t n = 0;

    VEC_EACH (c, &r->cells)
        n += security_cell_failed(c);
    return n;
}

static void print_cells(const struct looking *l)
{
    size_t shown = 0, failed = failures(l->report);

    VEC_EACH (c, &l->report->cells) {
        bool off = security_cell_off(c) &&
                   (strcmp(c->service, "securityhub") == 0 || strcmp(c->service, "guardduty") == 0);

        if (off)
            fprintf(stderr, "%s is not enabled in %s of %s\n",
                    strcmp(c->service, "securityhub") == 0 ? "Security Hub" : "GuardDuty",
                    c->region, c->account);
        if (!security_cell_failed(c) || shown++ >= CELLS_SHOWN)
            continue;
        fprintf(stderr, "not read: %s %s in %s of %s (%zu of %zu calls): %s\n", c->service,
                c->operation, *c->region ? c->region : "any region",
                *c->account ? c->account : "the account", c->failed, c->asked,
                *c->why ? c->why : aws_end_sentence(c->end));
    }
    if (failed > CELLS_SHOWN)
        fprintf(stderr, "and %zu more (--json lists all)\n", failed - CELLS_SHOWN);
}

static void print_summary(const struct looking *l)
{
    const struct security_report *r = l->report;
    size_t counts[SECURITY_SEVERITIES] = {0}, accepted = 0;
    char took[TIME_TEXT_MAX];

    VEC_EACH (f, &r->findings) {
        counts[f->severity] += !*f->suppressed;
        accepted += *f->suppressed != '\0';
    }
    duration_format(r->took_ms, took);
    if (l->notes.len)
        fprintf(stderr, "security.yaml: %s", buf_cstr(&l->notes));
    print_cells(l);
    if (*r->left_out)
        fprintf(stderr, "left out: %s\n", r->left_out);
    fprintf(stderr,
            "%zu critical, %zu high, %zu medium, %zu low, %zu info%s; %zu checks, %zu resources "
            "judged, %zu not, %zu calls in %s%s\n",
            counts[SECURITY_CRITICAL], counts[SECURITY_HIGH], counts[SECURITY_MEDIUM],
            counts[SECURITY_LOW], counts[SECURITY_INFO], accepted ? " (and accepted ones)" : "",
            r->checks, r->judged, r->unjudged, r->requests, took,
            l->interrupted ? ", interrupted" : "");
}

/* ---- the whole ---- */

static int print_report(struct looking *l)
{
    struct buf out = BUF_INIT(OUT_MAX);
    bool sarif = args_has(l->args, "sarif"), csv = args_has(l->args, "csv");
    bool data = sarif || csv || l->app->json;
    struct json_writer w;
    int rc;

    if (sarif) {
        security_sarif(l->report, &out);
    } else if (csv) {
        security_csv(l->report, &out);
    } else if (l->app->json) {
        json_writer_init(&w, &out);
        security_json(l->report, 0, &w);
        buf_addc(&out, '\n');
    } else {
        print_text(l, &out);
    }
    rc = aws_print_as(l->app, buf_str(&out), data);
    buf_release(&out);
    return rc;
}

/* 1: something was not read; 3: with --fail-on, there is what was named; else 0. */
static int exit_of(const struct looking *l)
{
    enum security_severity least;

    if (l->interrupted)
        return EXIT_INTERRUPTED;
    if (failures(l->report))
        return EXIT_FAILED;
    if (!args_get(l->args, "fail-on") ||
        !security_severity_from(args_get(l->args, "fail-on"), &least))
        return EXIT_DONE;
    VEC_EACH (f, &l->report->findings)
        if (f->severity >= least && !*f->suppressed)
            return EXIT_NO_CAUSE;
    return EXIT_DONE;
}

static int list_checks(struct app *app)
{
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    int rc;

    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.security_checks/1");
        json_key(&w, "checks");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < security_check_count(); i++) {
        struct security_check c;

        security_check_at(i, &c);
        if (!app->json) {
            buf_addf(&out, "%-32s %-8s %s (%s)\n", c.id, security_severity_name(c.severity),
                     c.title, c.reference);
            continue;
        }
        json_object_begin(&w);
        json_put_cstr(&w, "id", c.id);
        json_put_cstr(&w, "service", c.service);
        json_put_cstr(&w, "severity", security_severity_name(c.severity));
        json_put_cstr(&w, "title", c.title);
        json_put_cstr(&w, "why", c.why);
        json_put_cstr(&w, "fix", c.fix);
        json_put_cstr(&w, "act", c.act);
        json_put_cstr(&w, "command", c.command);
        json_put_cstr(&w, "rollback", c.rollback);
        json_put_cstr(&w, "reference", c.reference);
        json_object_end(&w);
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *accounts[LIST_MAX];
    struct aws_pick pick = {
        .names = accounts, .all = true, .scan = true, .profile = args_get(args, "profile")};
    struct looking l = {.app = app, .args = args, .notes = BUF_INIT(65536)};
    struct err err = ERR_INIT;
    int rc, written;

    if (args_has(args, "list-checks"))
        return list_checks(app);
    pick.count = options(args, "account", accounts);
    if (aws_run_open(&l.aws, app, &pick, &err) || load_accepted(&l, &err) || ask_all(&l, &err)) {
        rc = app_fail(&err);
    } else {
        rc = exit_of(&l);
        choose_findings(&l);
        written = print_report(&l);
        print_summary(&l);
        rc = written ? written : rc;
    }
    security_free(l.run);
    security_baseline_release(&l.accepted);
    aws_run_close(&l.aws);
    buf_release(&l.notes);
    return rc;
}

static const struct opt_def opts[] = {
    {"service", 's', ARG_TEXT, .repeat = true, .value = "SERVICE",
     .help = "Only checks and findings of this service, such as s3."},
    {"severity", 0, ARG_CHOICE, .value = "SEVERITY", .choices = severities,
     .help = "Only what is at least so severe."},
    {"check", 0, ARG_TEXT, .repeat = true, .value = "ID",
     .help = "Only this check; Security Hub and GuardDuty are not asked then."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; all: in every one that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "Only this account of services.yaml; all of them when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {"own-only", 0, ARG_NONE, .help = "Do not ask Security Hub and GuardDuty."},
    {"accepted", 0, ARG_TEXT, .value = "FILE",
     .help = "Findings that are accepted; security.yaml of the configuration when not given."},
    {"suppressed", 0, ARG_NONE, .help = "Show accepted findings, too."},
    {"fail-on", 0, ARG_CHOICE, .value = "SEVERITY", .choices = severities,
     .help = "End with exit code 3 when something so severe is not accepted."},
    {"long", 'l', ARG_NONE,
     .help = "Each finding by itself, with why it matters, the fix and the way back."},
    {"sarif", 0, ARG_NONE, .help = "Write SARIF 2.1.0."},
    {"csv", 0, ARG_NONE, .help = "Write CSV."},
    {"list-checks", 0, ARG_NONE, .help = "List the checks; nothing is asked."},
    {NULL},
};

const struct cmd_def cmd_security_def = {
    .name = "security",
    .help = "List what is not safe in AWS, with evidence and a fix for each finding.",
    .details =
        "Own checks read what the services say (--list-checks); Security Hub and GuardDuty are "
        "asked for their findings where they are switched on, and what both say of one resource "
        "stands once. Nothing is changed: a fix is proposed, and carried out only after an "
        "approval "
        "(runbook act). What was denied, throttled or not reached is named and never taken for "
        "good. Accepted findings stand in security.yaml of the configuration folder with a reason "
        "and a day on which they count again. Exit codes: 0 everything was read, 1 something was "
        "not, 3 --fail-on found something, 130 interrupted.",
    .opts = opts,
    .run = run,
    .examples = "runbook security --severity high\n"
                "runbook security --service s3 --service iam --region all --long\n"
                "runbook security --sarif --fail-on critical >findings.sarif",
};
