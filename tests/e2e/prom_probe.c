/* prom_probe.c - every call of the Prometheus and Alertmanager clients once against real servers;
 * one line each for the shell test around it. usage: prom_probe PROMETHEUS-URL ALERTMANAGER-URL */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/service/alertmanager.h"

static int waiting;

static void on_prom(void *ctx, const struct prom_reply *r)
{
    static const char *const states[] = {"data", "empty", "error"};

    printf("%s %s rows=%zu samples=%zu %s\n", (const char *)ctx, states[r->state], r->rows,
           r->samples, r->err.msg);
    waiting--;
}

static void on_am(void *ctx, const struct am_reply *r)
{
    static const char *const states[] = {"data", "empty", "error"};

    printf("%s %s rows=%zu %s\n", (const char *)ctx, states[r->state], r->rows, r->err.msg);
    waiting--;
}

static void ask(struct prometheus *p, const char *what, struct prom_request q)
{
    char *name = (char *)(uintptr_t)what;

    waiting++;
    prometheus_send(p, &q, on_prom, name);
}

static void ask_am(struct alertmanager *am, const char *what, enum am_api api)
{
    char *name = (char *)(uintptr_t)what;

    waiting++;
    alertmanager_send(am, &(struct am_request){.api = api}, on_am, name);
}

int main(int argc, char **argv)
{
    static const char *const match = "up";
    struct loop *l = loop_new(clock_system());
    int64_t now = clock_system()->wall_ms(clock_system());
    struct http_client *http = http_client_new(l, NULL);
    struct prometheus_options po = {.url = argc > 1 ? argv[1] : NULL};
    struct alertmanager_options ao = {.url = argc > 2 ? argv[2] : NULL};
    struct prometheus *p;
    struct alertmanager *am;
    struct err err;

    if (prometheus_new(l, http, &po, &p, &err) || alertmanager_new(l, http, &ao, &am, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    ask(p, "query", (struct prom_request){PROM_API_QUERY, .query = "up"});
    ask(p, "scalar", (struct prom_request){PROM_API_QUERY, .query = "scalar(vector(1))"});
    ask(p, "nothing", (struct prom_request){PROM_API_QUERY, .query = "up{job=\"none\"}"});
    ask(p, "bad", (struct prom_request){PROM_API_QUERY, .query = "up{"});
    ask(p, "range",
        (struct prom_request){PROM_API_RANGE, .query = "up", .start_ms = now - 3600000,
                              .end_ms = now});
    ask(p, "series", (struct prom_request){PROM_API_SERIES, .matches = &match, .match_count = 1});
    ask(p, "labels", (struct prom_request){PROM_API_LABELS});
    ask(p, "values", (struct prom_request){PROM_API_LABEL_VALUES, .label = "job"});
    ask(p, "metadata", (struct prom_request){PROM_API_METADATA, .limit = 3});
    ask(p, "alerts", (struct prom_request){PROM_API_ALERTS});
    ask(p, "rules", (struct prom_request){PROM_API_RULES});
    ask(p, "targets", (struct prom_request){PROM_API_TARGETS});
    ask(p, "build", (struct prom_request){PROM_API_BUILD});
    ask_am(am, "am-alerts", AM_API_ALERTS);
    ask_am(am, "am-groups", AM_API_GROUPS);
    ask_am(am, "am-silences", AM_API_SILENCES);
    ask_am(am, "am-status", AM_API_STATUS);
    while (waiting && loop_turn(l, true))
        ;
    alertmanager_free(am);
    prometheus_free(p);
    http_client_free(http);
    loop_free(l);
    return 0;
}
