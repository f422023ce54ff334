/* bench_store.c - journals: their speed, and test data for the other benchmarks.
 *   bench_store rates DIR EVENTS               append and replay rates
 *   bench_store make STATE ID EVENTS RESOURCES an investigation of that size in STATE/scratchpad */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/loop/loop.h"
#include "runbook/model/model.h"
#include "runbook/store/journal.h"

static double now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int fail(const char *doing, const struct err *err)
{
    fprintf(stderr, "bench_store: %s: %s\n", doing, err->msg);
    return 1;
}

static void row(const char *what, const char *budget, double value)
{
    printf("%-46s %-22s %.0f\n", what, budget, value);
}

struct writer {
    struct loop *loop;
    struct journal *journal;
    struct buf json;
    uint64_t written;
    int64_t ts_ms;
    char calls[4][24];
    bool failed;
};

static void put(struct writer *w, struct event *ev)
{
    struct err err = ERR_INIT;

    buf_clear(&w->json);
    event_encode(ev, &w->json);
    if (journal_append(w->journal, event_type_name(ev->type), "builtin", w->ts_ms++,
                       buf_str(&w->json), NULL, NULL, NULL, &err)) {
        if (!w->failed)
            fail("append", &err);
        w->failed = true;
    }
    if (++w->written % 256 == 0)
        loop_turn(w->loop, false); /* as in the program: syncs go on beside the appends */
}

static void put_opened(struct writer *w, const char *id)
{
    struct event ev = {.type = EV_SESSION_OPENED};

    ev.u.session_opened = (struct ev_session_opened){.id = id,
                                                     .title = "checkout p99 latency",
                                                     .query = "checkout is slow since 14:00",
                                                     .version = PACKAGE_VERSION,
                                                     .user = "oncall",
                                                     .host = "bastion",
                                                     .cwd = "/",
                                                     .now_ms = w->ts_ms};
    put(w, &ev);
    ev = (struct event){.type = EV_TURN_STARTED};
    ev.u.turn_started = (struct ev_turn_started){.turn = 1, .investigator = "builtin"};
    put(w, &ev);
    for (int i = 1; i <= 5; i++) {
        char name[8], text[64];

        snprintf(name, sizeof(name), "H%d", i);
        snprintf(text, sizeof(text), "service-%d is saturated", i);
        ev = (struct event){.type = EV_HYPOTHESIS_PROPOSED};
        ev.u.hypothesis_proposed =
            (struct ev_hypothesis_proposed){.id = name,
                                            .statement = text,
                                            .kind = "saturation",
                                            .service = "checkout",
                                            .metric = "http_request_duration_seconds",
                                            .pattern = "saturation",
                                            .rationale = "its latency moved first",
                                            .category = CATEGORY_CAPACITY,
                                            .priority = i};
        put(w, &ev);
    }
}

/* A query, its answer, and what it showed: three events, about as large as real ones. */
static void put_query(struct writer *w, unsigned n)
{
    char *call = w->calls[n % 4], evidence[24], hyp[8], text[128];
    struct event ev = {.type = EV_TOOL_STARTED};

    snprintf(call, sizeof(w->calls[0]), "c%u", n);
    snprintf(evidence, sizeof(evidence), "E%u", n);
    snprintf(hyp, sizeof(hyp), "H%u", 1 + n % 5);
    ev.u.tool_started = (struct ev_tool_started){
        .call = call,
        .tool = "prometheus.range",
        .title = "p99 of checkout by pod",
        .hypothesis = hyp,
        .args = STR_LIT("{\"query\":\"histogram_quantile(0.99, rate(x_bucket[5m]))\"}"),
        .query = "histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m]))"};
    put(w, &ev);
    ev = (struct event){.type = EV_TOOL_ENDED};
    ev.u.tool_ended = (struct ev_tool_ended){.call = call,
                                             .status = TOOL_OK,
                                             .summary = "12 series, 360 points",
                                             .content_type = "application/json",
                                             .size_bytes = 18234,
                                             .duration_ms = 12,
                                             .rows = 12};
    put(w, &ev);
    snprintf(text, sizeof(text), "payments p99 rose from 0.21 s to 3.9 s (%u)", n);
    ev = (struct event){.type = EV_EVIDENCE_ADDED};
    ev.u.evidence_added = (struct ev_evidence_added){.id = evidence,
                                                     .call = call,
                                                     .hypothesis = hyp,
                                                     .strength = STRENGTH_WEAK,
                                                     .statement = text,
                                                     .query = "histogram_quantile(0.99, x)",
                                                     .service = "payments",
                                                     .metric = "p99",
                                                     .unit = "seconds",
                                                     .before = 0.21,
                                                     .after = 3.9,
                                                     .score = 7.5,
                                                     .window_start_ms = w->ts_ms - 600000,
                                                     .window_end_ms = w->ts_ms,
                                                     .onset_ms = w->ts_ms - 30000};
    put(w, &ev);
}

static void put_resource(struct writer *w, uint64_t n)
{
    static const char *const kinds[] = {"pod", "process", "filesystem", "listener"};
    char key[64], name[48];
    struct event ev = {.type = EV_RESOURCE_SEEN};

    snprintf(key, sizeof(key), "prom/pod:checkout-%06llu", (unsigned long long)n);
    snprintf(name, sizeof(name), "checkout-%06llu", (unsigned long long)n);
    ev.u.resource_seen = (struct ev_resource_seen){.key = key,
                                                   .kind = kinds[n % 4],
                                                   .name = name,
                                                   .parent = "prod us-east-1",
                                                   .status = n % 97 ? "running" : "restarting",
                                                   .detail = "",
                                                   .health = n % 97 ? HEALTH_OK : HEALTH_WARNING,
                                                   .value = (double)(n % 101),
                                                   .limit = 100,
                                                   .unit = "percent",
                                                   .metric = "cpu"};
    put(w, &ev);
}

static bool write_journal(const char *dir, const char *id, uint64_t events, uint64_t resources)
{
    struct writer w = {
        .loop = loop_new(clock_system()), .json = BUF_INIT(1 << 20), .ts_ms = 1770199200000};
    struct err err = ERR_INIT;
    bool ok = !journal_create(w.loop, dir, id, &w.journal, &err);

    if (ok) {
        put_opened(&w, id);
        for (unsigned n = 1; w.written + 3 <= events; n++)
            put_query(&w, n);
        for (uint64_t n = 0; n < resources; n++)
            put_resource(&w, n);
        ok = !journal_close(w.journal, NULL, NULL, &err) && !w.failed;
    }
    if (!ok)
        fail("write the journal", &err);
    buf_release(&w.json);
    loop_free(w.loop);
    return ok;
}

struct fold {
    struct model model;
    struct arena *arena;
    uint64_t applied;
};

static bool fold_record(void *ctx, const struct journal_record *r)
{
    struct fold *f = ctx;
    struct event ev = {.seq = r->seq, .ts_ms = r->ts_ms, .actor = "builtin"};
    struct err err = ERR_INIT;
    enum event_type type = event_type_from_name(r->type);

    arena_reset(f->arena);
    if (event_decode(type, r->data, f->arena, &ev, &err))
        return fail("decode", &err) == 0;
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = "builtin";
    model_apply(&f->model, &ev);
    f->applied++;
    return true;
}

static int rates(const char *dir, uint64_t events)
{
    struct fold f = {.arena = arena_new(4096)};
    struct journal_report report;
    struct err err = ERR_INIT;
    double from = now_s(), took;
    char path[512];
    int rc = 0;

    if (!write_journal(dir, "rates", events, 0))
        return 1;
    took = now_s() - from;
    row("events appended a second (grouped sync)", ">= 50,000", (double)events / took);
    snprintf(path, sizeof(path), "%s/rates.jsonl", dir);
    from = now_s();
    if (journal_read(path, true, NULL, NULL, &report, &err))
        rc = fail("verify", &err);
    took = now_s() - from;
    row("lines verified a second (hash chain; a million in 5 s)", ">= 200,000",
        (double)report.lines / took);
    model_init(&f.model);
    from = now_s();
    if (journal_read(path, false, fold_record, &f, &report, &err))
        rc = fail("replay", &err);
    took = now_s() - from;
    row("events replayed a second (read, decode, fold)", ">= 200,000", (double)f.applied / took);
    model_release(&f.model);
    arena_free(f.arena);
    return rc;
}

int main(int argc, char **argv)
{
    uint64_t events, resources;

    if (argc == 4 && cstr_eq(argv[1], "rates") && num_u64(str_from(argv[3]), &events))
        return rates(argv[2], events);
    if (argc == 6 && cstr_eq(argv[1], "make") && num_u64(str_from(argv[4]), &events) &&
        num_u64(str_from(argv[5]), &resources)) {
        char dir[512];

        snprintf(dir, sizeof(dir), "%s/scratchpad", argv[2]);
        return write_journal(dir, argv[3], events, resources) ? 0 : 1;
    }
    fprintf(stderr, "usage: bench_store rates DIR EVENTS | make STATE ID EVENTS RESOURCES\n");
    return 2;
}
