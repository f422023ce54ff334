/* demo_model.c - see demo_model.h. */
#include "tests/lib/demo_model.h"

#include <math.h>
#include <stdio.h>

#define T0 INT64_C(1770213731000) /* 2026-02-04T14:02:11Z */
#define BLOB_P99 "5d41402abc4b2a76b9719d911017c592a1b2c3d4e5f60718293a4b5c6d7e8f90"
#define BLOB_LOG "7d793037a0760186574b0282f2f435e7a1b2c3d4e5f60718293a4b5c6d7e8f91"

static const char *const targets[] = {"host:web-3", "prometheus:http://prom:9090"};
static const char *const h11_evidence[] = {"E4", "E7"};
static const char *const affected[] = {"checkout", "cart"};
static const char *const checks[] = {
    "Look at `pg_stat_activity` for sessions idle in transaction",
    "Compare max_connections with the pool sizes of all callers",
};

#define AT(ms) .ts_ms = T0 + (ms)
#define HYP(ms, id_, parent_, text, cat)                                                           \
    {                                                                                              \
        AT(ms), .type = EV_HYPOTHESIS_PROPOSED, .actor = "builtin", .u.hypothesis_proposed = {     \
            .id = id_,                                                                             \
            .parent = parent_,                                                                     \
            .statement = text,                                                                     \
            .kind = "saturation",                                                                  \
            .resource = "rds:payments-db",                                                         \
            .service = "payments",                                                                 \
            .metric = "",                                                                          \
            .pattern = "db.saturated",                                                             \
            .rationale = "p99 of every caller rose in the same minute",                            \
            .refutes = "free connections while latency is high",                                   \
            .category = cat,                                                                       \
            .priority = 1                                                                          \
        }                                                                                          \
    }
#define TESTING(ms, id_)                                                                           \
    {                                                                                              \
        AT(ms), .type = EV_HYPOTHESIS_TESTING, .actor = "builtin", .u.hypothesis_id = {            \
            .id = id_,                                                                             \
            .reason = ""                                                                           \
        }                                                                                          \
    }
#define PRUNED(ms, id_, why)                                                                       \
    {                                                                                              \
        AT(ms), .type = EV_HYPOTHESIS_PRUNED, .actor = "builtin", .u.hypothesis_id = {             \
            .id = id_,                                                                             \
            .reason = why                                                                          \
        }                                                                                          \
    }
#define SCORED(ms, kind, id_, conf, why)                                                           \
    {                                                                                              \
        AT(ms), .type = kind, .actor = "builtin", .u.hypothesis_scored = {                         \
            .id = id_,                                                                             \
            .confidence = conf,                                                                    \
            .terms = "+30 depth 2, +40 corroborating E4 E7, +15 temporal",                         \
            .reason = why                                                                          \
        }                                                                                          \
    }
#define TOOL(ms, call_, tool_, title_, hyp, query_)                                                \
    {                                                                                              \
        AT(ms), .type = EV_TOOL_STARTED, .actor = "builtin", .u.tool_started = {                   \
            .call = call_,                                                                         \
            .tool = tool_,                                                                         \
            .title = title_,                                                                       \
            .hypothesis = hyp,                                                                     \
            .args = {"{\"range\":\"20m\"}", 15},                                                   \
            .query = query_                                                                        \
        }                                                                                          \
    }
#define DONE(ms, call_, status_, summary_, error_, blob_, size, took)                              \
    {                                                                                              \
        AT(ms), .type = EV_TOOL_ENDED, .actor = "builtin", .u.tool_ended = {                       \
            .call = call_,                                                                         \
            .status = status_,                                                                     \
            .summary = summary_,                                                                   \
            .error = error_,                                                                       \
            .blob = blob_,                                                                         \
            .content_type = "application/json",                                                    \
            .size_bytes = size,                                                                    \
            .duration_ms = took,                                                                   \
            .rows = 12                                                                             \
        }                                                                                          \
    }
#define EVIDENCE(ms, id_, call_, hyp, str, text, b, a, unit_, query_)                              \
    {                                                                                              \
        AT(ms), .type = EV_EVIDENCE_ADDED, .actor = "builtin", .u.evidence_added = {               \
            .id = id_,                                                                             \
            .call = call_,                                                                         \
            .hypothesis = hyp,                                                                     \
            .strength = str,                                                                       \
            .statement = text,                                                                     \
            .query = query_,                                                                       \
            .blob = BLOB_P99,                                                                      \
            .service = "payments",                                                                 \
            .metric = "latency_p99",                                                               \
            .resource = "",                                                                        \
            .unit = unit_,                                                                         \
            .before = b,                                                                           \
            .after = a,                                                                            \
            .score = 0.93,                                                                         \
            .window_start_ms = T0 - 1031000,                                                       \
            .window_end_ms = T0 + 169000,                                                          \
            .onset_ms = T0 - 101000,                                                               \
            .direct = false,                                                                       \
            .temporal = true                                                                       \
        }                                                                                          \
    }
#define SEEN(ms, key_, kind_, name_, status_, health_, v, lim, unit_, metric_)                     \
    {                                                                                              \
        AT(ms), .type = EV_RESOURCE_SEEN, .actor = "host", .u.resource_seen = {                    \
            .key = key_,                                                                           \
            .kind = kind_,                                                                         \
            .name = name_,                                                                         \
            .parent = "host:web-3",                                                                \
            .status = status_,                                                                     \
            .detail = "",                                                                          \
            .health = health_,                                                                     \
            .value = v,                                                                            \
            .limit = lim,                                                                          \
            .unit = unit_,                                                                         \
            .metric = metric_                                                                      \
        }                                                                                          \
    }
#define SAY(ms, msg, text_, last_)                                                                 \
    {                                                                                              \
        AT(ms), .type = EV_AGENT_TEXT, .actor = "builtin", .u.agent_text = {                       \
            .text = text_,                                                                         \
            .message = msg,                                                                        \
            .last = last_                                                                          \
        }                                                                                          \
    }
#define PHASE(ms, a, b)                                                                            \
    {                                                                                              \
        AT(ms), .type = EV_PHASE_CHANGED, .actor = "engine", .u.phase_changed = {                  \
            .from = a,                                                                             \
            .to = b                                                                                \
        }                                                                                          \
    }

static const struct event script[] = {
    {AT(-1000), .type = EV_SESSION_OPENED, .actor = "user",
     .u.session_opened = {.id = "20260204-140210-k3x9",
                          .title = "INC-4211 checkout p99 latency",
                          .query = "checkout is slow since 14:00",
                          .version = "0.1.0",
                          .user = "ada",
                          .host = "bastion-1",
                          .cwd = "/home/ada",
                          .targets = {targets, 2},
                          .now_ms = T0}},
    {AT(0), .type = EV_USER_MESSAGE, .actor = "user",
     .u.user_message = {.text = "checkout is slow since 14:00"}},
    {AT(10), .type = EV_TURN_STARTED, .actor = "engine",
     .u.turn_started = {.turn = 1, .investigator = "builtin"}},
    PHASE(20, PHASE_IDLE, PHASE_TRIAGE),
    TOOL(100, "c1", "prometheus.range", "p99 by service", "",
         "histogram_quantile(0.99, sum by (le, service) "
         "(rate(http_request_duration_seconds_bucket[5m])))"),
    TOOL(120, "c2", "host.processes", "top processes by CPU over 1 s", "", "/proc"),
    TOOL(140, "c3", "host.filesystems", "filesystems and inodes", "", "/proc/self/mountinfo"),
    SEEN(300, "host:web-3/fs:/", "filesystem", "/", "ext4", HEALTH_OK, 41, 100, "percent", "used"),
    SEEN(300, "host:web-3/fs:/var", "filesystem", "/var", "ext4", HEALTH_WARNING, 91, 100,
         "percent", "used"),
    SEEN(310, "host:web-3/proc:4242", "process", "postgres: payments", "running", HEALTH_CRITICAL,
         97, 100, "percent", "cpu"),
    SEEN(310, "host:web-3/proc:99", "process", "nginx", "sleeping", HEALTH_OK, 3.5, 100, "percent",
         "cpu"),
    SEEN(320, "host:web-3/listen:443", "listener", "0.0.0.0:443", "nginx", HEALTH_OK, 3, 511,
         "count", "accept queue"),
    SEEN(320, "host:web-3/unit:payments.service", "unit", "payments.service", "active", HEALTH_OK,
         NAN, NAN, "", ""),
    SEEN(330, "prom:target:checkout", "target", "checkout:9100", "up", HEALTH_OK, 0.21, NAN,
         "seconds", "scrape time"),
    SEEN(330, "prom:target:cart", "target", "cart:9100", "down", HEALTH_CRITICAL, NAN, NAN, "",
         "connection refused"),
    DONE(420, "c2", TOOL_OK, "214 processes", "", BLOB_LOG, 18231, 300),
    DONE(430, "c3", TOOL_OK, "9 filesystems", "", "", 0, 12),
    DONE(1300, "c1", TOOL_OK, "12 series, 240 points each", "", BLOB_P99, 4301, 1200),
    SAY(1400, "m1",
        "Five services slowed down **in the same minute**; the only thing they share is ", false),
    SAY(1500, "m1",
        "`payments-db`.\n\n- p99 of *payments* rose first, at 14:00:30\n- nothing was deployed in "
        "the "
        "hour before\n",
        true),
    PHASE(1600, PHASE_TRIAGE, PHASE_HYPOTHESIZE),
    HYP(1700, "H1", "", "payments-db is saturated", CATEGORY_CAPACITY),
    HYP(1710, "H2", "", "the deployment at 13:58 made checkout slower", CATEGORY_APPLICATION),
    HYP(1720, "H3", "", "a certificate on the path has expired", CATEGORY_CONFIGURATION),
    PHASE(1800, PHASE_HYPOTHESIZE, PHASE_INVESTIGATE),
    TESTING(1810, "H1"),
    TESTING(1810, "H2"),
    TOOL(1900, "c4", "prometheus.range", "connections in use of payments-db", "H1",
         "pg_stat_activity_count{db=\"payments\"}"),
    TOOL(1910, "c5", "host.journal", "errors of payments.service since 13:45", "H1",
         "journalctl -u payments --since 13:45"),
    TOOL(1920, "c6", "prometheus.instant", "deployments in the last hour", "H2",
         "changes(build_info[1h])"),
    DONE(2600, "c4", TOOL_OK, "1 series", "", BLOB_P99, 912, 700),
    EVIDENCE(2610, "E4", "c1", "H1", STRENGTH_STRONG,
             "payments p99 rose from 0.21 s to 3.9 s at 14:00:30", 0.21, 3.9, "seconds",
             "histogram_quantile(0.99, …)"),
    HYP(2650, "H1.1", "H1", "the connection pool of payments is exhausted", CATEGORY_CAPACITY),
    HYP(2660, "H1.2", "H1", "one slow query holds the locks", CATEGORY_APPLICATION),
    DONE(2700, "c5", TOOL_OK, "38 lines", "", BLOB_LOG, 2201, 780),
    EVIDENCE(
        2710, "E7", "c5", "H1.1", STRENGTH_STRONG,
        "payments.service logged \xE2\x80\x9Cpool timeout\xE2\x80\x9D 38 times, first at 14:00:31",
        0, 38, "count", "journalctl -u payments --since 13:45"),
    DONE(2800, "c6", TOOL_EMPTY, "", "", "", 0, 210),
    EVIDENCE(2810, "E8", "c6", "H2", STRENGTH_CONTRADICTS,
             "no build changed in the hour before the onset", NAN, 0, "count",
             "changes(build_info[1h])"),
    PRUNED(2900, "H2", "nothing was deployed between 13:00 and 14:02"),
    TOOL(2950, "c7", "host.dmesg", "kernel messages since 13:45", "H3", "dmesg --since 13:45"),
    DONE(2990, "c7", TOOL_DENIED, "", "read kernel buffer: Operation not permitted", "", 0, 2),
    {AT(3000), .type = EV_GAP_NOTED, .actor = "engine",
     .u.gap_noted = {.what = "kernel messages of web-3",
                     .why = "permission denied; run as root to read them",
                     .hypothesis = "H3",
                     .code = "denied"}},
    SAY(3100, "m2",
        "A log line from outside: \x1b[31mred\x1b[0m \xE2\x80\xAEgnp.exe and "
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E, caf\xC3\xA9.\n",
        true),
    TESTING(3200, "H1.1"),
    TESTING(3210, "H1.2"),
    TOOL(3300, "c8", "prometheus.range", "waits of payments-db by type", "H1.2", "pg_wait_events"),
    SCORED(3400, EV_HYPOTHESIS_SUPPORTED, "H1", 0.91, "latency and connections rose together"),
    SCORED(3450, EV_HYPOTHESIS_SUPPORTED, "H1.1", 0.88, "pool timeouts begin with the latency"),
    {AT(3500), .type = EV_ERROR, .actor = "engine",
     .u.error = {.text = "connect to prom:9090: Connection refused",
                 .code = "net",
                 .doing = "prometheus.range"}},
    DONE(3510, "c8", TOOL_ERROR, "", "connect to prom:9090: Connection refused", "", 0, 30),
    PRUNED(3600, "H1.2", "no lock waits in the window"),
    PRUNED(3610, "H3", "no evidence"),
    SCORED(3650, EV_HYPOTHESIS_CONFIRMED, "H1.1", 0.92, "pool timeouts begin with the latency"),
    PHASE(3700, PHASE_INVESTIGATE, PHASE_EVALUATE),
    PHASE(3710, PHASE_EVALUATE, PHASE_CONCLUDE),
    {AT(3720), .type = EV_ROOTCAUSE_IDENTIFIED, .actor = "builtin",
     .u.rootcause_identified = {.hypothesis = "H1.1",
                                .statement =
                                    "The connection pool of payments is exhausted since 14:00:30",
                                .category = "capacity",
                                .service = "payments",
                                .metric = "latency_p99",
                                .resource = "rds:payments-db",
                                .confidence = 0.92,
                                .evidence = {h11_evidence, 2}}},
    {AT(3800), .type = EV_CONCLUSION_REACHED, .actor = "builtin",
     .u.conclusion_reached =
         {.verdict = VERDICT_ROOT_CAUSE,
          .summary = "All 20 connections of the pool are held by sessions that are **idle in "
                     "transaction**; callers wait 3.7 s for a free one.",
          .confidence = 0.92,
          .affected_services = {affected, 2},
          .next_checks = {checks, 2}}},
    PHASE(3810, PHASE_CONCLUDE, PHASE_COMPLETE),
    {AT(3820), .type = EV_COST_UPDATED, .actor = "engine",
     .u.cost_updated = {.usd = 0.04,
                        .input_tokens = 9120,
                        .output_tokens = 801,
                        .usd_day = NAN,
                        .usd_limit = NAN,
                        .usd_day_limit = NAN}},
    {AT(3900), .type = EV_TURN_ENDED, .actor = "engine",
     .u.turn_ended = {.turn = 1, .reason = "done"}},
};

size_t demo_count(void)
{
    return sizeof(script) / sizeof(script[0]);
}

bool demo_event(size_t index, struct event *ret)
{
    if (index >= demo_count())
        return false;
    *ret = script[index];
    ret->seq = index + 1;
    return true;
}

static const double cpu[] = {4, 5, 4, 31, 64, 92, 95, 97};

void demo_model(struct model *m, size_t count)
{
    struct event ev;

    model_init(m);
    for (size_t i = 0; i < count && demo_event(i, &ev); i++) {
        model_apply(m, &ev);
        /* A resource that was sampled again and again has a history. */
        if (ev.type == EV_RESOURCE_SEEN && ev.u.resource_seen.health == HEALTH_CRITICAL &&
            ev.u.resource_seen.value > 0)
            for (size_t k = 0; k < sizeof(cpu) / sizeof(cpu[0]); k++) {
                ev.u.resource_seen.value = cpu[k];
                model_apply(m, &ev);
            }
    }
}

static void bulk_resource(struct model *m, size_t i)
{
    char key[64], name[64];
    struct event ev = {.type = EV_RESOURCE_SEEN, .ts_ms = T0, .seq = m->seq + 1, .actor = "host"};

    snprintf(key, sizeof(key), "host:web-3/proc:%zu", 100000 + i);
    snprintf(name, sizeof(name), "worker-%zu", i);
    ev.u.resource_seen = (struct ev_resource_seen){.key = key,
                                                   .kind = "process",
                                                   .name = name,
                                                   .parent = "",
                                                   .status = "sleeping",
                                                   .detail = "",
                                                   .health = i % 97 ? HEALTH_OK : HEALTH_WARNING,
                                                   .value = (double)(i % 100),
                                                   .limit = 100,
                                                   .unit = "percent",
                                                   .metric = "cpu"};
    model_apply(m, &ev);
}

static void bulk_tool(struct model *m, size_t i)
{
    char call[32], title[64];
    struct event ev = {.type = EV_TOOL_STARTED,
                       .ts_ms = T0 + (int64_t)i * 50,
                       .seq = m->seq + 1,
                       .actor = "builtin"};

    snprintf(call, sizeof(call), "b%zu", i / 2);
    snprintf(title, sizeof(title), "query number %zu", i / 2);
    if (i % 2 == 0) {
        ev.u.tool_started = (struct ev_tool_started){.call = call,
                                                     .tool = "prometheus.range",
                                                     .title = title,
                                                     .hypothesis = "",
                                                     .args = STR_LIT("{}"),
                                                     .query = "up"};
    } else {
        ev.type = EV_TOOL_ENDED;
        ev.u.tool_ended = (struct ev_tool_ended){.call = call,
                                                 .status = TOOL_OK,
                                                 .summary = "3 series",
                                                 .error = "",
                                                 .blob = "",
                                                 .content_type = "",
                                                 .duration_ms = 12};
    }
    model_apply(m, &ev);
}

void demo_bulk(struct model *m, size_t count, size_t resources)
{
    for (size_t i = 0; i < count; i++)
        bulk_tool(m, i);
    for (size_t i = 0; i < resources; i++)
        bulk_resource(m, i);
}

const char *demo_blob(const char *hash)
{
    if (strcmp(hash, BLOB_P99) == 0)
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric"
               "\":{\"__name__\":\"latency_p99\",\"service\":\"payments\"},\"values\":[[1770212700"
               ",\"0.21\"],[1770212730,\"0.22\"],[1770212760,\"0.20\"],[1770212790,\"0.21\"],[1770"
               "212820,\"0.22\"],[1770212850,\"0.20\"],[1770212880,\"0.21\"],[1770212910,\"0.22\"]"
               ",[1770212940,\"0.20\"],[1770212970,\"0.21\"],[1770213000,\"0.22\"],[1770213030,\"0"
               ".20\"],[1770213060,\"1.11\"],[1770213090,\"0.22\"],[1770213120,\"0.20\"],[17702131"
               "50,\"0.21\"],[1770213180,\"0.22\"],[1770213210,\"0.20\"],[1770213240,\"0.21\"],[17"
               "70213270,\"0.22\"],[1770213300,\"0.20\"],[1770213330,\"0.21\"],[1770213360,\"0.22"
               "\"],[1770213390,\"0.20\"],[1770213420,\"0.21\"],[1770213450,\"0.22\"],[1770213480,"
               "\"0.20\"],[1770213510,\"0.21\"],[1770213540,\"0.22\"],[1770213570,\"0.20\"],[17702"
               "13600,\"0.21\"],[1770213630,\"3.81\"],[1770213660,\"3.56\"],[1770213690,\"3.64\"],"
               "[1770213720,\"3.85\"],[1770213750,\"3.71\"],[1770213780,\"3.55\"],[1770213810,\"3."
               "72\"],[1770213840,\"3.83\"],[1770213870,\"3.66\"],[1770213900,\"3.58\"]]},{\"metri"
               "c\":{\"__name__\":\"latency_p99\",\"service\":\"checkout\"},\"values\":[[177021270"
               "0,\"0.40\"],[1770212730,\"0.45\"],[1770212760,\"0.43\"],[1770212790,\"0.37\"],[177"
               "0212820,\"0.36\"],[1770212850,\"0.41\"],[1770212880,\"0.45\"],[1770212910,\"0.42\""
               "],[1770212940,\"0.36\"],[1770212970,\"0.36\"],[1770213000,\"0.42\"],[1770213030,\""
               "0.45\"],[1770213060,\"0.41\"],[1770213090,\"0.35\"],[1770213120,\"0.37\"],[1770213"
               "150,\"0.43\"],[1770213180,\"0.45\"],[1770213210,\"0.39\"],[1770213240,\"0.35\"],[1"
               "770213270,\"0.38\"],[1770213300,\"0.44\"],[1770213330,\"0.44\"],[1770213360,\"0.38"
               "\"],[1770213390,\"0.35\"],[1770213420,\"0.39\"],[1770213450,\"0.44\"],[1770213480,"
               "\"0.43\"],[1770213510,\"0.37\"],[1770213540,\"0.35\"],[1770213570,\"0.40\"],[17702"
               "13600,\"0.45\"],[1770213630,\"0.43\"],[1770213660,\"2.87\"],[1770213690,\"2.86\"],"
               "[1770213720,\"2.91\"],[1770213750,\"2.95\"],[1770213780,\"2.92\"],[1770213810,\"2."
               "86\"],[1770213840,\"2.86\"],[1770213870,\"2.92\"],[1770213900,\"2.95\"]]},{\"metri"
               "c\":{},\"values\":[]}]}}";
    if (strcmp(hash, BLOB_LOG) == 0)
        return "14:00:31 payments: pool timeout after 3000 ms\n14:00:31 payments: "
               "\x1b]0;title\x07pool "
               "timeout after 3000 ms\n";
    return NULL;
}
