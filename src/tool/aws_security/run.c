/* run.c - asks what the checks need, of every account and region at once, and judges it.
 * A source is asked when the one before it has answered; its answers are facts. What a check needs
 * follows from its row, so that one check costs only its own calls. Everything comes from the loop.
 */
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "run_priv.h"

/* ---- what is asked ---- */

static bool in_list(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return count == 0;
}

static void want_source(struct security_run *r, const char *name)
{
    for (const struct sec_source *s = name ? sec_source_find(name) : NULL; s;
         s = s->each ? sec_source_find(s->each) : NULL)
        map_set_c(r->sources, s->name, (void *)(uintptr_t)s);
}

/* A fallback comes with what it hangs from. */
static void want_check(struct security_run *r, const struct sec_check *c)
{
    want_source(r, c->source);
    for (size_t i = 0; i < sizeof(c->needs) / sizeof(c->needs[0]) && c->needs[i]; i++)
        want_source(r, c->needs[i]);
    if (!c->also_source)
        return;
    want_source(r, c->also_source);
    want_source(r, "iam.mfa");
    want_source(r, "iam.login");
    want_source(r, "iam.keys");
}

static void want_others(struct security_run *r)
{
    if (r->ask.own_only || r->ask.check_count)
        return;
    want_source(r, "hub.findings");
    want_source(r, "guardduty.findings");
}

static enum err_code choose_checks(struct security_run *r, struct err *err)
{
    size_t n = security_check_count();

    r->wanted = arena_array(r->arena, n, sizeof(*r->wanted));
    for (size_t i = 0; i < r->ask.check_count; i++)
        if (security_check_find(r->ask.checks[i]) == SIZE_MAX)
            return err_set(err, ERR_INPUT,
                           "no check is called '%.60s' (runbook security --list-checks)",
                           r->ask.checks[i]);
    for (size_t i = 0; i < n; i++) {
        const struct sec_check *c = sec_check_row(i);

        r->wanted[i] = in_list(r->ask.checks, r->ask.check_count, c->is.id) &&
                       in_list(r->ask.services, r->ask.service_count, c->is.service);
        if (!r->wanted[i])
            continue;
        r->report.checks++;
        want_check(r, c);
    }
    want_others(r);
    return ERR_OK;
}

/* ---- an account ---- */

static bool is_global(const struct sec_account *a, const struct sec_source *s)
{
    const struct aws_service *service;
    struct err ignored = ERR_INIT;

    if (strcmp(s->service, "s3") == 0 || strcmp(s->service, "s3control") == 0)
        return true;
    return !aws_catalogue_get(a->run->ask.estate->catalogue, str_from(s->service), &service,
                              &ignored) &&
           service->signing_region.len;
}

static void begin_account(struct sec_account *a)
{
    struct str name;
    void *value;

    for (size_t it = 0; map_next(a->run->sources, &it, &name, &value);) {
        const struct sec_source *s = value;

        if (s->each)
            continue;
        if (is_global(a, s))
            sec_begin_source(a, s, "global", NULL, false);
        else
            for (size_t i = 0; i < a->region_count; i++)
                sec_begin_source(a, s, a->regions[i], NULL, false);
    }
}

/* ---- who, and where ---- */

static void ask_account(struct sec_account *a, bool regions);

static void on_who(void *ctx, const struct value *items)
{
    struct sec_call *k = ctx;
    struct sec_account *a = k->account;

    VALUE_EACH (it, items) {
        struct str number = value_str_or(it, "Account", "");
        struct str name = value_str_or(it, "regionName", "");

        if (number.len == 12)
            a->number = sec_clean(a->run->report.arena, number, 12);
        if (aws_region_valid(name) && a->region_count < REGIONS_MAX)
            a->regions[a->region_count++] = arena_str(a->run->report.arena, name);
    }
}

static void on_who_done(void *ctx, const struct aws_result *result)
{
    struct sec_call *k = ctx;
    struct sec_account *a = k->account;
    bool asked_regions = k->tries == 1;
    bool dead = result->end == AWS_END_KEYS || result->end == AWS_END_CLOCK ||
                result->end == AWS_END_CANCELED || (asked_regions && !a->region_count);

    k->id = 0;
    k->over = true;
    if (result->end != AWS_END_WHOLE)
        sec_note_cell(a, asked_regions ? "ec2" : "sts",
                      asked_regions ? "DescribeRegions" : "GetCallerIdentity", "", result,
                      result->end);
    if (!dead && !a->run->canceled) {
        if (!asked_regions && a->wants_regions)
            ask_account(a, true);
        else
            begin_account(a);
    }
    sec_one_left(a->run);
}

static void ask_account(struct sec_account *a, bool regions)
{
    static const struct aws_callbacks callbacks = {on_who, NULL, on_who_done};
    const char *own = aws_account_region(a->is);
    struct aws_query q = {.region = own ? own : a->region_count ? a->regions[0] : "us-east-1"};
    struct err ignored = ERR_INIT;
    struct sec_call *k = xcalloc(1, sizeof(*k));

    *k = (struct sec_call){.account = a, .tries = regions};
    *VEC_PUSH(&a->run->asks) = k;
    if (aws_catalogue_get(a->run->ask.estate->catalogue, regions ? STR_LIT("ec2") : STR_LIT("sts"),
                          &q.service, &ignored) ||
        aws_catalogue_operation(q.service,
                                regions ? STR_LIT("DescribeRegions") : STR_LIT("GetCallerIdentity"),
                                &q.list, &ignored))
        mem_fatal("a definition that the program needs is missing");
    a->run->left++;
    a->run->known++;
    k->id = aws_send(a->is->client, &q, &callbacks, k);
}

static enum err_code choose_regions(struct sec_account *a, struct err *err)
{
    const struct security_ask *q = &a->run->ask;
    const char *own = aws_account_region(a->is);

    for (size_t i = 0; i < q->region_count && a->region_count < REGIONS_MAX; i++) {
        if (strcmp(q->regions[i], "all") == 0)
            a->wants_regions = true;
        else if (aws_region_check(q->regions[i], err))
            return err->code;
        else
            a->regions[a->region_count++] = arena_strdup(a->run->report.arena, q->regions[i]);
    }
    if (a->wants_regions)
        a->region_count = 0;
    for (size_t i = 0; !q->region_count && a->is->regions[i] && i < REGIONS_MAX; i++)
        a->regions[a->region_count++] = a->is->regions[i];
    if (!a->region_count && !a->wants_regions && own)
        a->regions[a->region_count++] = own;
    if (!a->region_count && !a->wants_regions)
        return err_set(err, ERR_INPUT,
                       "no region for account %s: name one (--region, or --region all), or set "
                       "AWS_REGION",
                       a->is->name);
    a->partition = a->region_count ? aws_partition(str_from(a->regions[0])) : "aws";
    return ERR_OK;
}

/* ---- the end ---- */

static void read_others(struct security_run *r, struct sec_account *a, const char *source, bool hub)
{
    const struct sec_answer *answer;
    const char *region, *key;

    for (size_t pos = 0; sec_facts_next(a->facts, source, &pos, &region, &key, &answer);)
        VEC_EACH (it, &answer->items) {
            bool open = hub ? sec_hub_read(&r->report, *it, a->number, region)
                            : sec_guardduty_read(&r->report, *it, a->number, region);

            r->report.closed += !open;
        }
}

/* Services that were not asked for are left out of what others found. */
static void drop_services(struct security_run *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->report.findings.count; i++)
        if (in_list(r->ask.services, r->ask.service_count, r->report.findings.items[i].service))
            r->report.findings.items[kept++] = r->report.findings.items[i];
    r->report.findings.count = kept;
}

static void conclude(struct security_run *r)
{
    for (size_t i = 0; i < r->account_count; i++) {
        struct sec_account *a = &r->accounts[i];
        struct sec_judge j = {.facts = a->facts,
                              .report = &r->report,
                              .account = a->number,
                              .account_name = a->is->name,
                              .home = a->region_count ? a->regions[0] : "us-east-1",
                              .partition = a->partition,
                              .now_ms = r->ask.now_ms,
                              .wanted = r->wanted};

        sec_judge(&j);
        read_others(r, a, "hub.findings", true);
        read_others(r, a, "guardduty.findings", false);
    }
    drop_services(r);
    sec_merge(&r->report);
    sec_report_sort(&r->report);
    r->report.canceled = r->canceled;
    r->report.took_ms = loop_now_ms(r->ask.estate->loop) - r->begun_ms;
    r->ended = true;
    r->cb.on_done(r->ctx, &r->report);
}

static void on_late(void *ctx)
{
    struct security_run *r = ctx;

    r->late = 0;
    r->report.left_out = "the time was over before everything was asked";
    security_cancel(r);
}

static void on_ended(void *ctx)
{
    struct security_run *r = ctx;

    r->post = 0;
    conclude(r);
}

void sec_one_left(struct security_run *r)
{
    r->left--;
    r->done++;
    if (r->cb.on_progress)
        r->cb.on_progress(r->ctx, r->done, r->known);
    if (!r->left && !r->post && !r->ended)
        r->post = loop_timer(r->ask.estate->loop, 0, on_ended, r);
}

/* ---- start and end ---- */

static enum err_code choose_accounts(struct security_run *r, struct err *err)
{
    struct aws_estate *e = r->ask.estate;
    size_t n = r->ask.account_count ? r->ask.account_count : e->accounts.count;

    r->accounts = arena_array(r->arena, n + 1, sizeof(*r->accounts));
    for (size_t i = 0; i < n; i++) {
        struct sec_account *a = &r->accounts[i];

        a->run = r;
        if (!r->ask.account_count)
            a->is = &e->accounts.items[i];
        else if (aws_estate_account(e, r->ask.accounts[i], &a->is, err))
            return err->code;
        a->number = a->is->number;
        a->facts = sec_facts_new();
        r->account_count++;
        if (choose_regions(a, err))
            return err->code;
    }
    return ERR_OK;
}

static const char *const *keep_list(struct security_run *r, const char *const *list, size_t count)
{
    const char **kept = arena_array(r->arena, count + 1, sizeof(*kept));

    for (size_t i = 0; i < count; i++)
        kept[i] = arena_strdup(r->arena, list[i]);
    return kept;
}

enum err_code security_start(const struct security_ask *ask, const struct security_callbacks *cb,
                             void *ctx, struct security_run **ret, struct err *err)
{
    struct security_run *r = xcalloc(1, sizeof(*r));

    r->ask = *ask;
    r->cb = *cb;
    r->ctx = ctx;
    r->arena = arena_new(0);
    r->report.arena = arena_new(0);
    r->report.left_out = "";
    r->sources = map_new();
    r->cells = map_new();
    r->begun_ms = loop_now_ms(ask->estate->loop);
    r->ask.services = keep_list(r, ask->services, ask->service_count);
    r->ask.checks = keep_list(r, ask->checks, ask->check_count);
    if (choose_checks(r, err) || choose_accounts(r, err)) {
        security_free(r);
        return err->code;
    }
    if (ask->timeout_ms)
        r->late = loop_timer(ask->estate->loop, ask->timeout_ms, on_late, r);
    r->left = 1; /* until all have begun */
    for (size_t i = 0; i < r->account_count; i++)
        ask_account(&r->accounts[i], false);
    r->known++;
    sec_one_left(r);
    *ret = r;
    return ERR_OK;
}

void security_cancel(struct security_run *r)
{
    r->canceled = true;
    for (size_t i = 0; i < r->asks.count; i++) {
        struct sec_call *k = r->asks.items[i];

        if (k->id)
            aws_cancel(k->account->is->client, k->id);
        if (!k->timer)
            continue;
        loop_timer_cancel(r->ask.estate->loop, k->timer);
        k->timer = 0;
        sec_one_left(r);
    }
}

void security_free(struct security_run *r)
{
    if (!r)
        return;
    if (r->post)
        loop_timer_cancel(r->ask.estate->loop, r->post);
    if (r->late)
        loop_timer_cancel(r->ask.estate->loop, r->late);
    VEC_EACH (k, &r->asks) {
        if ((*k)->timer)
            loop_timer_cancel(r->ask.estate->loop, (*k)->timer);
        if ((*k)->id)
            aws_abandon((*k)->account->is->client, (*k)->id);
        free(*k);
    }
    VEC_RELEASE(&r->asks);
    for (size_t i = 0; i < r->account_count; i++)
        sec_facts_free(r->accounts[i].facts);
    map_free(r->sources);
    map_free(r->cells);
    security_report_release(&r->report);
    arena_free(r->arena);
    free(r);
}
