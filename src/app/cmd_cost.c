/* cmd_cost.c - "runbook cost": what models have cost, by day, session, model or user, how far that
 * is from the limits, and which prices are known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/context/ledger.h"
#include "src/app/commands.h"
#include "src/app/cost_setup.h"

#define OUT_MAX ((size_t)16 << 20)

static const char *const groups[] = {"day", "session", "model", "user", NULL};

struct report {
    struct app *app;
    const struct config *c;
    struct cost_limits limits;
    struct ledger_sum *sums;
    size_t count, bad_lines;
    double today;
    enum ledger_by by;
};

static void put_limit(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    if (v < 0)
        json_null(w);
    else
        json_number(w, v);
}

static void put_limits(struct json_writer *w, const struct cost_limits *l)
{
    json_key(w, "limits");
    json_object_begin(w);
    put_limit(w, "usd_per_incident", l->usd_incident);
    put_limit(w, "usd_per_day", l->usd_day);
    put_limit(w, "tokens_per_incident", (double)l->tokens_incident);
    put_limit(w, "tool_calls_per_incident", (double)l->tool_calls);
    put_limit(w, "minutes_per_incident", (double)l->minutes);
    put_limit(w, "calls_per_minute", (double)l->calls_per_minute);
    json_object_end(w);
}

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, ms ? text : NULL);
}

static void report_json(const struct report *r, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.cost/1");
    json_put_cstr(&w, "by", groups[r->by]);
    json_put_num(&w, "usd_today", r->today);
    put_limits(&w, &r->limits);
    json_key(&w, "rows");
    json_array_begin(&w);
    for (size_t i = 0; i < r->count; i++) {
        const struct ledger_sum *s = &r->sums[i];

        json_object_begin(&w);
        json_put_cstr(&w, "name", s->name);
        json_put_num(&w, "usd", s->usd);
        json_put_int(&w, "calls", s->calls);
        json_put_int(&w, "calls_without_price", s->unknown);
        json_put_int(&w, "calls_without_end", s->booked);
        json_put_int(&w, "input_tokens", s->use.input);
        json_put_int(&w, "output_tokens", s->use.output);
        json_put_int(&w, "cache_read_tokens", s->use.cache_read);
        json_put_int(&w, "cache_write_tokens", s->use.cache_write);
        put_time(&w, "first", s->first_ms);
        put_time(&w, "last", s->last_ms);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_put_int(&w, "unreadable_lines", (int64_t)r->bad_lines);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void name_cell(const struct app *app, const char *name, int width, struct buf *out)
{
    struct buf clean = BUF_INIT(1024), fit = BUF_INIT(1024);
    int pad;

    text_sanitize(&clean, str_from(*name ? name : "-"), false, app->ascii);
    text_ellipsis(&fit, buf_str(&clean), width, app->ascii);
    pad = width - text_width(buf_str(&fit));
    buf_add_str(out, buf_str(&fit));
    buf_addf(out, "%*s", pad > 0 ? pad : 0, "");
    buf_release(&clean);
    buf_release(&fit);
}

static void usd_text(const struct ledger_sum *s, char out[48])
{
    char usd[32];

    cost_format(s->unknown == s->calls && s->calls ? NAN : s->usd, usd);
    snprintf(out, 48, "%s%s", usd, s->unknown && s->unknown < s->calls ? " and more" : "");
}

static void report_text(const struct report *r, struct buf *out)
{
    int width = r->by == LEDGER_DAY ? 10 : 32;
    char usd[48], today[32], limit[32];

    cost_format(r->today, today);
    cost_format(r->limits.usd_day, limit);
    if (r->limits.usd_day < 0)
        buf_addf(out, "Today %s; there is no limit for a day.\n", today);
    else
        buf_addf(out, "Today %s of %s.\n", today, limit);
    if (!r->count) {
        buf_adds(out, "No call to a model is written down.\n");
        return;
    }
    buf_addf(out, "\n%-*s  %6s  %12s  %12s  %12s  %s\n", width, groups[r->by], "calls", "input",
             "cached", "output", "cost");
    for (size_t i = 0; i < r->count; i++) {
        const struct ledger_sum *s = &r->sums[i];
        long long input = s->use.input;

        input += s->use.cache_write;
        usd_text(s, usd);
        name_cell(r->app, s->name, width, out);
        buf_addf(out, "  %6lld  %12lld  %12lld  %12lld  %s\n", (long long)s->calls, input,
                 (long long)s->use.cache_read, (long long)s->use.output, usd);
    }
    if (r->bad_lines)
        buf_addf(out, "\nLines that could not be read and are not counted: %zu.\n", r->bad_lines);
}

static int show(const struct report *r)
{
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (r->app->json)
        report_json(r, &out);
    else
        report_text(r, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

static enum err_code read_today(struct report *r, const char *dir, int64_t now, struct err *err)
{
    struct ledger *l = ledger_new(dir);
    struct cost_spent spent = {0};
    enum err_code rc = ledger_spent(l, now, "", "", &spent, err);

    r->today = spent.usd_day;
    ledger_free(l);
    return rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    struct report r = {.app = app};
    int64_t now = app->clock->wall_ms(app->clock);
    const char *by = args_get(args, "by"), *dir;
    struct err err;
    int rc;

    while (by && strcmp(groups[r.by], by) != 0)
        r.by++;
    if (app_config(app, &r.c, &err) || app_state_dir(app, &dir, &err))
        return app_fail(&err);
    cost_limits_of(r.c, &r.limits);
    if (ledger_report(dir, r.by, args_time_ms(args, "since", now, 0), &r.sums, &r.count,
                      &r.bad_lines, &err) ||
        read_today(&r, dir, now, &err))
        return app_fail(&err);
    rc = show(&r);
    free(r.sums);
    return rc;
}

/* ---- cost prices ---- */

static void prices_json(const struct price_table *t, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.prices/1");
    json_put_cstr(&w, "updated", price_table_date(t));
    json_key(&w, "models");
    json_array_begin(&w);
    for (size_t i = 0; i < price_table_count(t); i++) {
        const struct price *p = price_table_at(t, i);

        json_object_begin(&w);
        json_put_cstr(&w, "provider", p->provider);
        json_put_cstr(&w, "model", p->model);
        json_put_num(&w, "input", p->input);
        json_put_num(&w, "output", p->output);
        json_put_num(&w, "cache_read", p->cache_read);
        json_put_num(&w, "cache_write", p->cache_write);
        json_put_cstr(&w, "checked", p->checked);
        json_put_cstr(&w, "source", p->source);
        json_put_bool(&w, "yours", p->users);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void prices_text(const struct app *app, const struct price_table *t, struct buf *out)
{
    buf_addf(out,
             "Dollars for a million tokens, as of %s. A model that is not here has no price "
             "that is known.\n\n",
             price_table_date(t));
    buf_addf(out, "%-12s%-22s%8s%9s%9s%9s  %s\n", "provider", "model", "input", "output", "read",
             "write", "checked");
    for (size_t i = 0; i < price_table_count(t); i++) {
        const struct price *p = price_table_at(t, i);

        name_cell(app, p->provider, 12, out);
        name_cell(app, p->model, 22, out);
        buf_addf(out, "%8.3g%9.3g%9.3g%9.3g  %s\n", p->input, p->output, p->cache_read,
                 p->cache_write, p->users ? "yours" : p->checked);
    }
}

static int run_prices(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    struct price_table *t;
    const struct config *c;
    struct err err;
    int rc;

    (void)args;
    if (app_config(app, &c, &err) || cost_prices_of(c, &t, &err))
        return app_fail(&err);
    if (app->json)
        prices_json(t, &out);
    else
        prices_text(app, t, &out);
    rc = app_print(buf_str(&out));
    price_table_free(t);
    buf_release(&out);
    return rc;
}

static const struct cmd_def prices_def = {
    .name = "prices",
    .help = "List the prices that are known, with the day they were looked up.",
    .details = "The file that cost.prices names adds rows and replaces those of the same provider "
               "and model; prices/prices.yaml of the installation shows its shape.",
    .run = run_prices,
};

static const struct cmd_def *const subs[] = {&prices_def, NULL};

static const struct opt_def opts[] = {
    {"by", 'b', ARG_CHOICE, .value = "WHAT", .choices = groups,
     .help = "Sum up by day, session, model or user. By day when not given."},
    {"since", 0, ARG_WHEN, .value = "TIME", .help = "Only calls from this time on."},
    {NULL},
};

const struct cmd_def cmd_cost_def = {
    .name = "cost",
    .help = "Show what language models have cost, and how far the limits are.",
    .details =
        "Every call is written down in the folder costs of the state directory, a file a day "
        "(UTC): before it with what it may cost at most, after it with what it did; one that "
        "never ended counts with the first. Calls to a model whose price is not known count their "
        "tokens and no dollars. The limits are cost.usd_per_incident, cost.usd_per_day and the "
        "other keys of cost; a call that could pass one is not made.",
    .opts = opts,
    .subs = subs,
    .run = run,
    .examples = "runbook cost\n"
                "runbook cost --by session --since 7d\n"
                "runbook cost prices --json",
};
