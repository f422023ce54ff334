/* text_model.c - see text_model.h. */
#include "tests/lib/text_model.h"

#include <math.h>

#define T0 INT64_C(1770213731000) /* 2026-02-04T14:02:11Z */

static const char answer[] =
    "## What happened\n"
    "Latency of **payments** rose *first*, at `14:00:30`; the callers followed.\n"
    "\n"
    "| service | before | after | reading |\n"
    "|:--------|-------:|------:|:--------|\n"
    "| payments | 0.21 s | 3.9 s | the pool is exhausted |\n"
    "| checkout | 0.30 s | 4.2 s | waits for payments in every request that it makes |\n"
    "\n"
    "1. Count who holds a connection:\n"
    "   ```sql\n"
    "   SELECT state, count(*) FROM pg_stat_activity\n"
    "   WHERE datname = 'payments' GROUP BY 1; -- by state\n"
    "   ```\n"
    "2. Compare with the [dashboard](https://grafana.example.com/d/payments).\n"
    "\n"
    "> Sessions idle in transaction hold the pool.\n";

static const char unfinished[] = "The **second** look says:\n\n- the pool is `free\n";

static const char long_question[] =
    "And now? The log says:\nline 1\nline 2\nline 3\nline 4\nline 5\n"
    "line 6\nline 7\nline 8\nline 9\nline 10";

void text_apply(struct model *m, int64_t ms, struct event ev)
{
    ev.seq = m->seq + 1;
    ev.ts_ms = T0 + ms;
    ev.actor = "builtin";
    event_normalize(&ev);
    model_apply(m, &ev);
}

void text_say(struct model *m, int64_t ms, const char *message, const char *text, bool last)
{
    text_apply(m, ms,
               (struct event){.type = EV_AGENT_TEXT,
                              .u.agent_text = {.text = text, .message = message, .last = last}});
}

void text_ask(struct model *m, int64_t ms, const char *text)
{
    text_apply(m, ms, (struct event){.type = EV_USER_MESSAGE, .u.user_message = {.text = text}});
    text_apply(m, ms,
               (struct event){.type = EV_TURN_STARTED,
                              .u.turn_started = {.turn = m->turn + 1, .investigator = "builtin"}});
}

static void start_query(struct model *m, int64_t ms, const char *call, const char *title)
{
    text_apply(
        m, ms,
        (struct event){
            .type = EV_TOOL_STARTED,
            .u.tool_started = {
                .call = call,
                .tool = "prometheus.range",
                .title = title,
                .hypothesis = "H1",
                .args =
                    STR_LIT("{\"service\":\"payments\",\"window_s\":1800,\"labels\":[\"code\"]}"),
                .query = "histogram_quantile(0.99, sum by (le) (rate(http_seconds_bucket[1m])))"}});
}

void text_query(struct model *m, int64_t ms, const char *call, const char *title,
                const char *summary)
{
    start_query(m, ms, call, title);
    text_apply(m, ms + 700,
               (struct event){.type = EV_TOOL_ENDED,
                              .u.tool_ended = {.call = call,
                                               .status = TOOL_OK,
                                               .summary = summary,
                                               .blob = TEXT_BLOB,
                                               .content_type = "application/json",
                                               .size_bytes = 5321,
                                               .duration_ms = 700,
                                               .rows = 3}});
}

static void first_turn(struct model *m)
{
    text_ask(m, 0, "Why is checkout slow since 14:00?");
    text_apply(m, 100,
               (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                              .u.hypothesis_proposed = {.id = "H1",
                                                        .statement = "payments-db is saturated",
                                                        .priority = 1}});
    text_query(m, 200, "c1", "p99 of payments and its callers", "3 series");
    text_apply(m, 1000,
               (struct event){.type = EV_EVIDENCE_ADDED,
                              .u.evidence_added = {.id = "E1",
                                                   .call = "c1",
                                                   .hypothesis = "H1",
                                                   .strength = STRENGTH_STRONG,
                                                   .statement = "p99 of payments 0.21 to 3.9 s",
                                                   .blob = TEXT_BLOB,
                                                   .before = 0.21,
                                                   .after = 3.9,
                                                   .score = NAN}});
    text_query(m, 1100, "c2", "connections in use of payments-db", "1 series");
    text_say(m, 2000, "m1", answer, true);
    text_apply(
        m, 2100,
        (struct event){.type = EV_TURN_ENDED, .u.turn_ended = {.turn = 1, .reason = "done"}});
}

void text_model(struct model *m, bool second_turn)
{
    model_init(m);
    text_apply(m, 0,
               (struct event){.type = EV_SESSION_OPENED,
                              .u.session_opened = {.id = "20260204-140211-text",
                                                   .title = "checkout is slow",
                                                   .now_ms = T0}});
    first_turn(m);
    if (!second_turn)
        return;
    text_ask(m, 60000, long_question);
    text_apply(m, 60100,
               (struct event){.type = EV_AGENT_THINKING,
                              .u.agent_thinking = {.text = "The pool was named before.\nLook at it "
                                                           "again, and at what holds it."}});
    start_query(m, 60200, "c3", "connections in use, once more");
    text_say(m, 60300, "m2", unfinished, false);
}

const char *text_blob(const char *hash)
{
    if (strcmp(hash, TEXT_BLOB) != 0)
        return NULL;
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
           "\"service\":\"payments\"},\"values\":[[1770213600,\"0.21\"],[1770213660,\"3.9\"]]}]}}";
}
