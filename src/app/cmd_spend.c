/* cmd_spend.c - "runbook spend": what AWS costs, by day and service, what is unusual in it, and
 * what is paid for and stands idle. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/cost.h"
#include "runbook/service/aws/idle.h"
#include "src/app/aws_progress.h"
#include "src/app/aws_places.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)64 << 20)
#define DAYS_SHOWN 14
#define SERVICES_SHOWN 20
#define IDLE_SHOWN 40
#define BAR_CELLS 30

#define ACCOUNTS_MAX 64
#define AT_ONCE 8 /* accounts and places together; the rest wait */

struct look {
    struct aws_run run;
    struct aws_places places;
    const struct cmd_args *args;
    struct aws_cost **cost;        /* one an account; NULL: not asked for, or not begun */
    struct aws_idle_search **idle; /* one a place */
    size_t costs, idles;           /* how many there are to be */
    size_t begun, running;
    bool interrupted;
};

static void begin_one(struct look *l, size_t n);

/* The next ones begin, as many as may run. */
static void begin(struct look *l)
{
    while (l->running < AT_ONCE && l->begun < l->costs + l->idles && !l->interrupted) {
        l->running++;
        begin_one(l, l->begun++);
    }
}

static void on_done(void *ctx)
{
    ((struct look *)ctx)->running--;
}

static void on_interrupt(void *ctx, int signo)
{
    struct look *l = ctx;

    (void)signo;
    l->interrupted = true;
    for (size_t i = 0; i < l->costs; i++)
        if (l->cost[i])
            aws_cost_cancel(l->cost[i]);
    for (size_t i = 0; i < l->idles; i++)
        if (l->idle[i])
            aws_idle_cancel(l->idle[i]);
}

static const char *account_name(const struct look *l, size_t i)
{
    return l->run.estate->accounts.items[i].name;
}

/* ---- bars ---- */

static void put_bar(struct buf *out, double part, int cells, bool ascii)
{
    int n = isfinite(part) ? (int)lround(part * cells) : 0;

    n = n < 0 ? 0 : n > cells ? cells : n;
    if (part > 0 && n == 0)
        n = 1;
    for (int i = 0; i < cells; i++)
        buf_adds(out, i < n ? (ascii ? "#" : "█") : " ");
}

static void put_spark(struct buf *out, const double *usd, size_t count, bool ascii)
{
    static const char *const full[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, usd[i]);
    for (size_t i = 0; i < count; i++) {
        double part = most > 0 && usd[i] > 0 ? usd[i] / most : 0;
        int level = part > 0 ? 1 + (int)lround(part * 7) : 0;

        buf_adds(out, ascii ? plain[level] : full[level]);
    }
}

/* ---- costs ---- */

static void print_days(const struct aws_cost_answer *a, bool ascii, struct buf *out)
{
    size_t first = a->day_count > DAYS_SHOWN ? a->day_count - DAYS_SHOWN : 0;
    double most = 0;

    for (size_t i = first; i < a->day_count; i++)
        most = fmax(most, a->total[i]);
    for (size_t i = first; i < a->day_count; i++) {
        buf_addf(out, "%s %12.2f ", a->days[i], a->total[i]);
        put_bar(out, most > 0 ? a->total[i] / most : 0, BAR_CELLS, ascii);
        while (out->len && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_adds(out, i + 1 == a->day_count && a->last_is_part ? "  not over\n" : "\n");
    }
}

static void print_services(const struct aws_cost_answer *a, bool ascii, struct buf *out)
{
    size_t first = a->day_count > DAYS_SHOWN ? a->day_count - DAYS_SHOWN : 0;
    size_t yesterday = a->day_count > 1 ? a->day_count - 2 : 0;
    int width = 7;
    double rest = 0;
    char head[32];

    for (size_t i = 0; i < a->spend_count && i < SERVICES_SHOWN; i++)
        aws_widen(&width, a->spend[i].service, 44);
    (void)snprintf(head, sizeof(head), "%zu days", a->day_count);
    buf_addf(out, "\n%-*s %12s  %-*s %12s\n", width, "service", head, DAYS_SHOWN, "by day",
             "yesterday");
    for (size_t i = 0; i < a->spend_count; i++) {
        const struct aws_spend *s = &a->spend[i];

        if (i >= SERVICES_SHOWN) {
            rest += s->total;
            continue;
        }
        aws_put_cell(out, s->service, width, ascii);
        buf_addf(out, "%12.2f  ", s->total);
        put_spark(out, s->usd + first, a->day_count - first, ascii);
        buf_addf(out, " %12.2f\n", s->usd[yesterday]);
    }
    if (a->spend_count > SERVICES_SHOWN)
        buf_addf(out, "%-*s %12.2f\n", width, "others", rest);
}

static void print_anomalies(const struct aws_cost_answer *a, struct buf *out)
{
    if (a->anomaly_count)
        buf_adds(out, "\nunusual\n");
    for (size_t i = 0; i < a->anomaly_count; i++) {
        const struct aws_spend_anomaly *x = &a->anomalies[i];

        buf_addf(out, "%s  %s: %.2f", x->from, x->service, x->usd);
        if (isfinite(x->expected_usd))
            buf_addf(out, " where %.2f was expected", x->expected_usd);
        if (isfinite(x->z))
            buf_addf(out, " (%+.1f deviations)", x->z);
        else
            buf_addf(out, " (%s%s%s)", x->source, *x->cause ? ": " : "", x->cause);
        buf_addc(out, '\n');
    }
}

static void print_cost(const struct look *l, size_t account, struct buf *out)
{
    struct aws_cost_answer a;
    bool ascii = l->run.app->ascii;

    if (!l->cost[account])
        return;
    aws_cost_answer(l->cost[account], &a);
    if (!a.spend_count)
        return;
    buf_addf(out, "%s%s of account %s, days in UTC, not blended\n", out->len ? "\n" : "", a.unit,
             account_name(l, account));
    if (isfinite(a.month_to_date))
        buf_addf(out, "%s so far %.2f", a.month, a.month_to_date);
    if (isfinite(a.forecast))
        buf_addf(out, ", the rest of the month about %.2f (%.2f to %.2f)", a.forecast,
                 a.forecast_low, a.forecast_high);
    buf_adds(out, isfinite(a.month_to_date) || isfinite(a.forecast) ? "\n\n" : "\n");
    print_days(&a, ascii, out);
    print_services(&a, ascii, out);
    print_anomalies(&a, out);
}

/* ---- idle ---- */

/* Was anything read? */
static bool idle_known(const struct look *l, size_t place)
{
    size_t n;
    const struct aws_idle_part *parts = l->idle[place] ? aws_idle_parts(l->idle[place], &n) : NULL;

    for (size_t k = 0; parts && k < n; k++)
        if (parts[k].end == AWS_END_WHOLE)
            return true;
    return false;
}

static void print_idle_of(const struct look *l, size_t place, struct buf *out)
{
    const struct aws_spot *p = &l->places.list.items[place];
    size_t n;
    const struct aws_idle *list;

    if (!idle_known(l, place)) /* what went wrong is told of each call */
        return;
    list = aws_idle_list(l->idle[place], &n);
    buf_addf(out, "%sidle in %s of account %s: %zu, an estimate of %.2f USD a month\n",
             out->len ? "\n" : "", p->region, p->account->name, n, aws_idle_sum(l->idle[place]));
    for (size_t i = 0; i < n && i < IDLE_SHOWN; i++) {
        const struct aws_idle *x = &list[i];
        char usd[32] = "?";

        if (isfinite(x->usd_month))
            (void)snprintf(usd, sizeof(usd), "%s%.2f", x->at_most ? "<= " : "", x->usd_month);
        buf_addf(out, "%12s  %-14s %s%s%s  %s  (%s)\n", usd, x->kind, x->id,
                 *x->name && strcmp(x->name, x->id) != 0 ? " " : "",
                 strcmp(x->name, x->id) != 0 ? x->name : "", x->why, x->formula);
    }
    if (n > IDLE_SHOWN)
        buf_addf(out, "%12s  and %zu more; --json lists every one\n", "", n - IDLE_SHOWN);
}

static void print_idle(const struct look *l, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < l->idles; i++) {
        print_idle_of(l, i, out);
        any = any || idle_known(l, i);
    }
    if (any)
        buf_adds(out, "Estimates by list prices of " AWS_PRICES_REGION " of " AWS_PRICES_DATE
                      ", without discounts and taxes; no bill.\n");
}

static void put_cost_json(const struct look *l, size_t account, struct json_writer *w)
{
    if (account < l->costs && l->cost[account])
        aws_cost_write(l->cost[account], w);
    else
        json_null(w);
}

static void print_json(const struct look *l, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.spend/1");
    json_put_cstr(&w, "account", account_name(l, 0));
    json_put_bool(&w, "interrupted", l->interrupted);
    json_key(&w, "cost");
    put_cost_json(l, 0, &w);
    json_key(&w, "costs");
    json_array_begin(&w);
    for (size_t i = 0; i < l->costs; i++) {
        json_object_begin(&w);
        json_put_cstr(&w, "account", account_name(l, i));
        json_key(&w, "cost");
        put_cost_json(l, i, &w);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "idle");
    json_array_begin(&w);
    for (size_t i = 0; i < l->idles; i++) {
        json_object_begin(&w);
        json_put_cstr(&w, "account", l->places.list.items[i].account->name);
        json_put_cstr(&w, "region", l->places.list.items[i].region);
        json_key(&w, "found");
        if (l->idle[i])
            aws_idle_write(l->idle[i], &w);
        else
            json_null(&w);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

/* ---- what went wrong ---- */

static void say_wrong(const struct look *l, const char *what, enum aws_end end, const char *why)
{
    struct buf safe = BUF_INIT(8000);

    text_sanitize(&safe, str_from(why), false, l->run.app->ascii);
    if (!l->run.app->json)
        fprintf(stderr, "runbook: %s: %s%s%s\n", what, aws_end_sentence(end), safe.len ? ": " : "",
                buf_cstr(&safe));
    buf_release(&safe);
}

static bool cost_failed(const struct look *l, size_t account)
{
    struct aws_cost_answer a;
    bool failed = false;
    char what[200];

    if (!l->cost[account])
        return false;
    aws_cost_answer(l->cost[account], &a);
    for (size_t i = 0; i < sizeof(a.parts) / sizeof(a.parts[0]); i++) {
        if (!a.parts[i].what || a.parts[i].end == AWS_END_WHOLE)
            continue;
        (void)snprintf(what, sizeof(what), "%s%s%.100s", a.parts[i].what,
                       l->costs > 1 ? " of account " : "",
                       l->costs > 1 ? account_name(l, account) : "");
        say_wrong(l, what, a.parts[i].end, a.parts[i].err.msg);
        failed = true;
    }
    return failed;
}

static bool costs_failed(const struct look *l)
{
    struct aws_cost_answer a;
    unsigned requests = 0;
    double paid = 0;
    bool failed = false;

    for (size_t i = 0; i < l->costs; i++) {
        failed = cost_failed(l, i) || failed;
        if (!l->cost[i])
            continue;
        aws_cost_answer(l->cost[i], &a);
        requests += a.requests;
        paid += a.paid_usd;
    }
    if (l->costs && !l->run.app->json)
        fprintf(stderr, "%u requests to Cost Explorer, %.2f USD\n", requests, paid);
    return failed;
}

static bool idle_failed(const struct look *l)
{
    bool failed = false;

    for (size_t i = 0; i < l->idles; i++) {
        size_t n;
        const struct aws_idle_part *parts = l->idle[i] ? aws_idle_parts(l->idle[i], &n) : NULL;

        for (size_t k = 0; parts && k < n; k++) {
            if (parts[k].end == AWS_END_WHOLE || parts[k].end == AWS_END_ABSENT)
                continue;
            say_wrong(l, parts[k].operation, parts[k].end, parts[k].why);
            failed = true;
        }
    }
    return failed;
}

static int report(struct look *l)
{
    struct buf out = BUF_INIT(OUT_MAX);
    bool failed;
    int rc;

    if (l->run.app->json) {
        print_json(l, &out);
    } else {
        for (size_t i = 0; i < l->costs; i++)
            print_cost(l, i, &out);
        if (l->idles)
            print_idle(l, &out);
    }
    rc = aws_print(l->run.app, buf_str(&out));
    buf_release(&out);
    failed = costs_failed(l);
    failed = idle_failed(l) || failed;
    if (l->interrupted)
        return EXIT_INTERRUPTED;
    return rc == EXIT_DONE && failed ? EXIT_FAILED : rc;
}

/* ---- the question ---- */

static struct aws_cost_query cost_query(const struct look *l, size_t account)
{
    return (struct aws_cost_query){.loop = l->run.loop,
                                   .catalogue = l->run.catalogue,
                                   .client = l->run.estate->accounts.items[account].client,
                                   .days = (unsigned)args_int(l->args, "days", 0),
                                   .service = args_get(l->args, "service"),
                                   .forecast = !args_has(l->args, "no-forecast"),
                                   .anomalies = !args_has(l->args, "no-anomalies")};
}

/* First the accounts, then the places. */
static void begin_one(struct look *l, size_t n)
{
    if (n < l->costs) {
        struct aws_cost_query q = cost_query(l, n);

        l->cost[n] = aws_cost_start(&q, on_done, l);
    } else {
        const struct aws_spot *p = &l->places.list.items[n - l->costs];
        struct aws_idle_query q = {.loop = l->run.loop,
                                   .catalogue = l->run.catalogue,
                                   .client = p->account->client,
                                   .region = p->region};

        l->idle[n - l->costs] = aws_idle_start(&q, on_done, l);
    }
}

/* What it will cost is said before. */
static void say_price(const struct look *l)
{
    struct aws_cost_query q = cost_query(l, 0);
    unsigned n = aws_cost_requests_of(&q) * (unsigned)l->costs;

    if (l->costs && !l->run.app->json)
        fprintf(stderr,
                "Cost Explorer takes %.2f USD a request: this asks %u, %.2f USD (more for many "
                "services)\n",
                AWS_COST_REQUEST_USD, n, n * AWS_COST_REQUEST_USD);
}

static int look(struct look *l)
{
    const char *only = args_get(l->args, "only");

    (void)loop_signal(l->run.loop, SIGINT, on_interrupt, l);
    l->costs = !only || strcmp(only, "cost") == 0 ? l->run.estate->accounts.count : 0;
    l->idles = !only || strcmp(only, "idle") == 0 ? l->places.list.count : 0;
    l->cost = arena_array(l->run.arena, l->costs + 1, sizeof(struct aws_cost *));
    l->idle = arena_array(l->run.arena, l->idles + 1, sizeof(struct aws_idle_search *));
    say_price(l);
    aws_progress_begin(&l->run);
    for (begin(l); l->running && loop_turn(l->run.loop, true); begin(l))
        ;
    aws_progress_end(&l->run);
    return report(l);
}

static void release(struct look *l)
{
    for (size_t i = 0; i < l->costs; i++)
        aws_cost_free(l->cost[i]);
    for (size_t i = 0; i < l->idles; i++)
        aws_idle_free(l->idle[i]);
    aws_places_release(&l->places);
    aws_run_close(&l->run);
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *accounts[ACCOUNTS_MAX] = {NULL}, *only = args_get(args, "only");
    struct aws_pick pick = {.names = accounts, .profile = args_get(args, "profile")};
    struct look l = {.args = args};
    struct err err = ERR_INIT;
    int rc;

    for (size_t i = 0; i < args_count(args, "account") && pick.count < ACCOUNTS_MAX; i++)
        accounts[pick.count++] = args_at(args, "account", i);
    if (pick.count == 1 && strcmp(accounts[0], "all") == 0) {
        pick.all = true;
        pick.count = 0;
    }
    if (aws_run_open(&l.run, app, &pick, &err) ||
        ((!only || strcmp(only, "idle") == 0) && aws_places_find(&l.places, &l.run, args, &err)))
        rc = app_fail(&err);
    else
        rc = look(&l);
    release(&l);
    return rc;
}

static const char *const parts[] = {"cost", "idle", NULL};
static const struct opt_def opts[] = {
    {"days", 0, ARG_INT, .value = "N", .min = 8, .max = AWS_COST_DAYS_MAX,
     .help = "So many days until today; 35 when not given."},
    {"service", 's', ARG_TEXT, .value = "TEXT",
     .help = "Only services with this in their name, as Cost Explorer calls them."},
    {"only", 0, ARG_CHOICE, .value = "PART", .choices = parts,
     .help = "Only the costs, or only what stands idle (which costs nothing to ask)."},
    {"no-forecast", 0, ARG_NONE, .help = "Do not ask for the forecast: a request less."},
    {"no-anomalies", 0, ARG_NONE, .help = "Do not ask for AWS's anomalies: a request less."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look for idle resources here; all: in every region that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "This account of services.yaml; all: every one; the default one when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {.name = NULL},
};

const struct cmd_def cmd_spend_def = {
    .name = "spend",
    .help = "Show what AWS costs by day and service, what is unusual, and what stands idle.",
    .details =
        "Costs are Cost Explorer's, unblended, by days of UTC; each request to it costs 0.01 USD, "
        "which is said before and counted. A day is unusual when it is more than 3.5 robust "
        "standard deviations (median absolute deviation) and more than 1 USD from the median of up "
        "to 28 days before it; the last 7 whole days are judged, and what AWS's own Cost Anomaly "
        "Detection found stands beside. Idle are volumes attached to nothing or to a stopped "
        "instance, addresses associated with nothing, load balancers without a target, and "
        "snapshots older than 180 days; each with an estimate and its formula, by a table of list "
        "prices, never as a bill.",
    .opts = opts,
    .run = run,
    .examples = "runbook spend\n"
                "runbook spend --account all --no-anomalies\n"
                "runbook spend --only idle --region all\n"
                "runbook spend --days 90 --service relational --json",
};
