/* error_answer.c - a listener answers, and answers with errors. A client's mistake (4xx) is none.
 */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"
#include "several.h"

/* 501 and 505 say that a request is not understood. */
static bool is_failure(double status)
{
    return status == 500 || (status >= 502 && status <= 504) || (status >= 507 && status <= 599);
}

/* How many of its pages fail; which one is shown: a health page says it best. */
static int failures(const struct value *l, const struct value **ret_page, bool *ret_health)
{
    int n = 0;

    *ret_page = NULL;
    *ret_health = false;
    VALUE_EACH (p, value_get(l, "pages")) {
        if (!is_failure(hv_num(p, "status")))
            continue;
        n++;
        if (!*ret_page || strcmp(hv_str(p, "path"), "/") != 0)
            *ret_page = p;
        *ret_health |= strcmp(hv_str(p, "path"), "/") != 0;
    }
    return n;
}

/* Protocols that say in words that they cannot serve. */
static bool says_no(const struct value *l)
{
    static const char *const words[] = {"-LOADING",    "-MISCONF", "-OOM",
                                        "-MASTERDOWN", "-ERR max", "too many clients"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (str_ifind(str_from(hv_str(l, "say")), str_from(words[i])) >= 0)
            return true;
    }
    return false;
}

static const char *owner(struct host_view *v, const struct value *l)
{
    return hv_num(l, "pid") > 0
               ? arena_printf(v->arena, "process %.0f (%s) on port %.0f", hv_num(l, "pid"),
                              hv_str(l, "command"), hv_num(l, "port"))
               : arena_printf(v->arena, "port %.0f", hv_num(l, "port"));
}

static void report(struct host_view *v, struct host_finding *f, const struct value *l,
                   const struct value *page, int count, bool health)
{
    f->value = page ? hv_num(page, "status") : 1;
    f->threshold = 500;
    f->resource = hv_num(l, "pid") > 0
                      ? hv_process_key(v, l)
                      : hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(l, "port")));
    f->pids[0] = hv_num(l, "pid") > 0 ? (int64_t)hv_num(l, "pid") : 0;
    f->claim = arena_printf(v->arena, "%s of %s answers with errors", owner(v, l), v->host);
    if (!page) {
        f->evidence = arena_printf(v->arena, "%s says: %s", owner(v, l), hv_str(l, "say"));
        f->strength = STRENGTH_STRONG;
        f->direct = true;
        f->severity = 0.8;
        f->second =
            arena_printf(v->arena, "a %s that serves does not say that", hv_str(l, "proto"));
        return;
    }
    f->evidence = arena_printf(v->arena, "%s answered %s with %.0f in %.0f ms", owner(v, l),
                               hv_str(page, "path"), hv_num(page, "status"), hv_num(page, "ms"));
    /* A service may have nothing at "/" but an error; its health page is for this question. */
    f->strength = health || count > 1 ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = f->strength == STRENGTH_STRONG;
    f->severity = f->direct ? 0.7 : 0.4;
    if (count > 1)
        f->second = arena_printf(v->arena, "%d of its %zu pages that were asked for fail so", count,
                                 value_count(value_get(l, "pages")));
    else if (health)
        f->second = arena_printf(v->arena, "%s is the page where it says whether it can serve",
                                 hv_str(page, "path"));
}

/* One more request, some seconds later. */
static void suspect(struct host_view *v, struct host_finding *f, const struct value *l)
{
    if (f->strength != STRENGTH_STRONG)
        return;
    hv_add_culprit(f, (struct host_culprit){
                          .statement = arena_printf(v->arena, "%s of %s answers every request so",
                                                    owner(v, l), v->host),
                          .resource = f->resource,
                          .evidence = f->evidence,
                          .strength = STRENGTH_STRONG,
                          .doc = HOST_DOC_SERVICES,
                          .before = NAN,
                          .after = f->value,
                          .threshold = 500,
                          .follow = FOLLOW_SERVICE,
                          .pid = f->pids[0],
                          .port = (int64_t)hv_num(l, "port"),
                          .weight = 1});
}

static void read_again(struct host_view *v, const struct host_culprit *c,
                       const struct value *answer, struct host_reading *r)
{
    const struct value *page;
    bool health;

    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second request: nobody listens on port %lld any more",
                               (long long)c->port);
    VALUE_EACH (l, value_get(answer, "listeners")) {
        if (hv_num(l, "port") != (double)c->port)
            continue;
        r->direct = failures(l, &page, &health) > 0 || says_no(l);
        r->strength = r->direct ? STRENGTH_STRONG : STRENGTH_NONE;
        r->after = page ? hv_num(page, "status") : NAN;
        r->evidence = page ? arena_printf(v->arena, "a second request: %s answered %s with %.0f",
                                          owner(v, l), hv_str(page, "path"), hv_num(page, "status"))
                      : r->direct ? arena_printf(v->arena, "a second request: it says %s again",
                                                 hv_str(l, "say"))
                                  : "a second request was answered without an error";
        return;
    }
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *page;
    int asked = 0;
    bool health;

    f->doc = f->second_doc = HOST_DOC_SERVICES;
    f->metric = "http_status";
    f->value = 0;
    VALUE_EACH (l, value_get(v->services, "listeners")) {
        int n = failures(l, &page, &health);

        asked += value_count(value_get(l, "pages")) > 0;
        if (!n && says_no(l))
            n = 3;
        if (n > 0)
            hv_choose(v, &c, l, n, said_port(v, l), said_listener_named(v, l));
    }
    f->evidence = v->services ? arena_printf(v->arena,
                                             "none of %d listeners that speak HTTP answers with "
                                             "a server's error",
                                             asked)
                              : "the listeners were not asked";
    if (!c.item)
        return;
    f->named = c.named;
    f->one_of = c.identity;
    failures(c.item, &page, &health);
    report(v, f, c.item, page, (int)c.score, health);
    suspect(v, f, c.item);
}

static const struct host_proposal proposals[] = {
    {.action = "read what process {pid} ({command}) logs for these answers",
     .command = "ls -l /proc/{pid}/fd",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "its pages answer without errors"},
    {.action = "restart process {pid} ({command}) by its supervisor, when its log shows no cause "
               "outside of it",
     .command = "",
     .rollback = "none possible: what it was doing is lost",
     .risk = APPROVAL_HIGH,
     .watch = "its pages answer without errors"},
    {.action = NULL},
};

static const char *const checks[] = {
    "what the program logs at the moment of such an answer",
    "what it depends on: ss -tnp of its process, and the health page's text",
    NULL,
};

const struct host_pattern host_pattern_error_answer = {
    .id = "error_answer",
    .kind = "service",
    .doc = HOST_DOC_SERVICES,
    .category = CATEGORY_APPLICATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_DEPLOY,
    .rank = 56,
    .several = HOST_SAME_MAX,
    .claim = "a service of %s answers with errors",
    .rationale = "what a service answers to one plain request, it answers to its users",
    .refutes = "no listener that answers a plain request with a server's error",
    .find = find,
    .read = read_again,
    .checks = checks,
    .proposals = proposals,
};
