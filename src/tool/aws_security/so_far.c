/* so_far.c - what a look has found while it goes on. A check is judged when everything that it
 * needs of an account has been answered, and not before: half of the answers would call safe what
 * is not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "run_priv.h"

#define PLACES_MAX 256

/* Calls of one service in one place. */
struct place {
    const char *service, *region, *account;
    size_t done, known;
    const struct security_cell *bad; /* why something of it is missing; NULL: nothing is */
};

/* ---- which checks can be judged ---- */

/* Is a call of it out, or of one that it hangs from? */
static bool is_open(const struct map *open, const char *name)
{
    for (const struct sec_source *s = name ? sec_source_find(name) : NULL; s;
         s = s->each ? sec_source_find(s->each) : NULL)
        if (map_get_c(open, s->name))
            return true;
    return false;
}

static bool is_answered(const struct sec_check *c, const struct map *open)
{
    if (is_open(open, c->source) || is_open(open, c->also_source))
        return false;
    for (size_t i = 0; i < sizeof(c->needs) / sizeof(c->needs[0]) && c->needs[i]; i++)
        if (is_open(open, c->needs[i]))
            return false;
    return true;
}

static struct map *open_sources(const struct security_run *r, const struct sec_account *a)
{
    struct map *open = map_new();

    VEC_EACH (k, &r->asks)
        if ((*k)->source && (*k)->account == a && !(*k)->over)
            map_set_c(open, (*k)->source->name, (void *)(uintptr_t)1);
    return open;
}

static void judge_account(struct security_run *r, struct sec_account *a, bool *wanted,
                          struct security_report *ret)
{
    struct map *open = open_sources(r, a);
    struct sec_judge j = {.facts = a->facts,
                          .report = ret,
                          .account = a->number,
                          .account_name = a->is->name,
                          .home = a->region_count ? a->regions[0] : "us-east-1",
                          .partition = a->partition,
                          .now_ms = r->ask.now_ms,
                          .wanted = wanted};

    for (size_t i = 0; i < security_check_count(); i++)
        wanted[i] = r->wanted[i] && is_answered(sec_check_row(i), open);
    sec_judge(&j);
    map_free(open);
}

/* ---- who has answered ---- */

static struct place *place_of(struct place *all, size_t *n, const struct sec_call *k)
{
    const char *account = k->account->number ? k->account->number : "";

    for (size_t i = 0; i < *n; i++)
        if (strcmp(all[i].service, k->source->service) == 0 &&
            strcmp(all[i].region, k->region) == 0 && strcmp(all[i].account, account) == 0)
            return &all[i];
    if (*n == PLACES_MAX)
        return NULL;
    all[*n] =
        (struct place){.service = k->source->service, .region = k->region, .account = account};
    return &all[(*n)++];
}

static void find_bad(const struct security_run *r, struct place *p)
{
    VEC_EACH (c, &r->report.cells)
        if ((security_cell_failed(c) || security_cell_off(c)) &&
            strcmp(c->service, p->service) == 0 && strcmp(c->region, p->region) == 0 &&
            strcmp(c->account, p->account) == 0 && (!p->bad || security_cell_failed(c)))
            p->bad = c;
}

static void put_places(const struct security_run *r, struct json_writer *w)
{
    struct place *all = xcalloc(PLACES_MAX, sizeof(*all)), *p;
    size_t n = 0;

    VEC_EACH (k, &r->asks) {
        p = (*k)->source ? place_of(all, &n, *k) : NULL; /* none: who we are, which regions */
        if (!p)
            continue;
        p->known++;
        p->done += (*k)->over;
    }
    json_key(w, "places");
    json_array_begin(w);
    for (size_t i = 0; i < n; i++) {
        find_bad(r, &all[i]);
        json_object_begin(w);
        json_put_cstr(w, "service", all[i].service);
        json_put_cstr(w, "region", all[i].region);
        json_put_cstr(w, "account", all[i].account);
        json_put_int(w, "done", (int64_t)all[i].done);
        json_put_int(w, "known", (int64_t)all[i].known);
        if (all[i].bad) {
            json_put_cstr(w, "operation", all[i].bad->operation);
            json_put_cstr(w, "end", aws_end_name(all[i].bad->end));
            json_put_cstr(w, "why", all[i].bad->why);
        }
        json_object_end(w);
    }
    json_array_end(w);
    free(all);
}

/* ---- both ---- */

void security_so_far(struct security_run *r, struct security_report *ret)
{
    bool *wanted = xcalloc(security_check_count(), sizeof(*wanted));

    *ret = (struct security_report){.arena = arena_new(0), .left_out = ""};
    for (size_t i = 0; i < r->account_count; i++)
        judge_account(r, &r->accounts[i], wanted, ret);
    sec_report_sort(ret);
    free(wanted);
}

void security_so_far_json(const struct security_run *r, const struct security_report *so_far,
                          size_t max, struct json_writer *w)
{
    size_t n = 0;
    char found[40];

    (void)snprintf(found, sizeof(found), "%zu finding%s", so_far->findings.count,
                   so_far->findings.count == 1 ? "" : "s");
    json_object_begin(w);
    json_put_cstr(w, "schema", "runbook.security-progress/1");
    json_put_cstr(w, "found", so_far->findings.count ? found : "");
    json_put_int(w, "total", (int64_t)so_far->findings.count);
    json_key(w, "findings");
    json_array_begin(w);
    VEC_EACH (f, &so_far->findings)
        if (n++ < max)
            security_finding_json(f, w);
    json_array_end(w);
    put_places(r, w);
    json_object_end(w);
}
