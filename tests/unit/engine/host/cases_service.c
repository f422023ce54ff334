/* cases_service.c - services and logs: both sides of each pattern. Thresholds are in
 * test_service.c. */
#include "cases.h"

#define UNIT(members)                                                                              \
    WITH(units, "{\"systemd\":true,\"list\":[{\"name\":\"shop.service\"," members "}]}")
/* A machine that has been up for long. */
#define OLD_UNIT(members)                                                                          \
    {                                                                                              \
        .units = "{\"systemd\":true,\"list\":[{\"name\":\"shop.service\"," members "}]}",          \
        .more = "\"uptime_s\":90000"                                                               \
    }
#define SAYS(cause, is_new)                                                                        \
    WITH(logs, "{\"mined\":[{\"source\":\"unit:shop.service\",\"service\":true,\"level\":"         \
               "\"error\",\"current\":true,\"new\":" is_new ",\"cause\":\"" cause                  \
               "\",\"rise\":{\"after\":9},\"samples\":[\"it broke\"]}]}")
#define ANSWERS(members)                                                                           \
    WITH(services, "{\"now_ms\":1700000000000,\"listeners\":[{\"port\":8080,\"pid\":42,"           \
                   "\"command\":\"app\"," members "}]}")
#define PAGE(status)                                                                               \
    "\"pages\":[{\"path\":\"/\",\"status\":" status                                                \
    ",\"ms\":1},{\"path\":\"/health\",\"status\":" status ",\"ms\":1}]"
#define CERT(until)                                                                                \
    "\"certs\":[{\"index\":0,\"not_before_ms\":1,\"not_after_ms\":" until ",\"names\":\"a\"}]"
/* What it names and does not listen on, a client misses. */
#define WANTS(listening)                                                                           \
    {                                                                                              \
        .logs = "{\"mined\":[{\"cause\":\"refused\",\"current\":true,\"peer\":{\"host\":"          \
                "\"127.0.0.1\",\"port\":5432},\"source\":\"/x\"}]}",                               \
        .services = "{\"listeners\":[],\"wants\":[{\"port\":5432,\"pid\":9,\"command\":\"db\","    \
                    "\"where\":\"its command line\",\"listening\":" listening "}]}"                \
    }

#define CRASHES(count)                                                                             \
    WITH(logs, "{\"mined\":[{\"source\":\"unit:shop.service\",\"service\":true,\"level\":"         \
               "\"warning\",\"current\":true,\"kind\":\"crash\",\"cause\":\"\",\"count\":" count   \
               ",\"samples\":[\"exited: web (exit status 3; not expected)\"]}]}")
/* Clients refused a certificate; the one that is shown now is valid since then, or was before. */
#define REFUSED(since)                                                                             \
    {                                                                                              \
        .logs =                                                                                    \
            "{\"mined\":[{\"source\":\"unit:shop.service\",\"service\":true,\"level\":\"error\","  \
            "\"current\":true,\"new\":true,\"cause\":\"certificate\",\"last_ms\":1699999990000,"   \
            "\"rise\":{\"after\":9},\"peer\":{\"host\":\"127.0.0.1\",\"port\":8443},\"samples\":[" \
            "\"certificate has expired\"]}]}",                                                     \
        .services = "{\"now_ms\":1700000000000,\"listeners\":[{\"port\":8443,\"pid\":42,"          \
                    "\"command\":\"app\",\"certs\":[{\"index\":0,\"not_before_ms\":" since         \
                    ",\"not_after_ms\":1800000000000,\"names\":\"a\"}]}]}"                         \
    }
#define UNIT_NAME "host:web-3/unit:shop.service"

#define UP_FOR(seconds)                                                                            \
    {                                                                                              \
        .units = "{\"systemd\":true,\"list\":[{\"name\":\"shop.service\",\"active\":\"inactive\"," \
                 "\"wanted_by\":\"multi-user.target\",\"file_state\":\"enabled\","                 \
                 "\"changed_ms\":1699999000000}]}",                                                \
        .more = "\"uptime_s\":" seconds                                                            \
    }
#define LINES(is_new, after, rate, was, score, count, all)                                         \
    WITH(logs, "{\"mined\":[{\"source\":\"unit:shop.service\",\"service\":true,\"level\":"         \
               "\"error\",\"current\":true,\"timed\":true,\"new\":" is_new                         \
               ",\"cause\":\"\",\"rise\":{\"after\":" after ",\"after_rate\":" rate                \
               ",\"before_rate\":" was ",\"score\":" score "},\"count\":" count                    \
               ",\"source_lines\":" all ",\"samples\":[\"it broke\"]}]}")
#define PROMISED(age)                                                                              \
    {                                                                                              \
        .logs = "{\"mined\":[{\"cause\":\"refused\",\"current\":true,\"peer\":{\"host\":"          \
                "\"127.0.0.1\",\"port\":5432},\"source\":\"/x\"}]}",                               \
        .services = "{\"listeners\":[],\"wants\":[{\"port\":5432,\"pid\":9,\"command\":\"db\","    \
                    "\"where\":\"its command line\",\"listening\":false}]}",                       \
        .processes = "[{\"pid\":9,\"command\":\"db\",\"age_s\":" age "}]"                          \
    }

const struct sides cases_service[] = {
    {"flapping_unit", UNIT("\"active\":\"activating\",\"sub\":\"auto-restart\",\"restarts\":4"),
     UNIT("\"active\":\"active\",\"sub\":\"running\",\"restarts\":2"), UNIT_NAME},
    {"failed_unit", UNIT("\"active\":\"failed\",\"sub\":\"failed\",\"changed_ms\":1699996400000"),
     UNIT("\"active\":\"failed\",\"sub\":\"failed\",\"changed_ms\":1699996399999"), UNIT_NAME},
    {"activating_unit",
     UNIT("\"active\":\"activating\",\"sub\":\"start\",\"type\":\"notify\",\"started_ms\":"
          "1699999940000"),
     UNIT("\"active\":\"activating\",\"sub\":\"start\",\"type\":\"notify\",\"started_ms\":"
          "1699999940001"),
     UNIT_NAME},
    {"stopped_unit",
     OLD_UNIT("\"active\":\"inactive\",\"wanted_by\":\"multi-user.target\",\"file_state\":"
              "\"enabled\",\"changed_ms\":1699999000000"),
     OLD_UNIT("\"active\":\"inactive\",\"wanted_by\":\"multi-user.target\",\"file_state\":"
              "\"enabled\",\"type\":\"oneshot\",\"changed_ms\":1699999000000"),
     UNIT_NAME},
    {"log_config", SAYS("config", "true"), SAYS("config", "false"), UNIT_NAME},
    {"log_errors", SAYS("", "true"), SAYS("", "false"), UNIT_NAME},
    {"log_missing", SAYS("missing", "true"), SAYS("missing", "false"), UNIT_NAME},
    {"log_permission", SAYS("permission", "true"), SAYS("permission", "false"), UNIT_NAME},
    {"log_pool", SAYS("pool", "true"), SAYS("pool", "false"), UNIT_NAME},
    {"log_port_taken", SAYS("port_taken", "true"), SAYS("port_taken", "false"), UNIT_NAME},
    {"log_dependency", SAYS("refused", "true"), SAYS("refused", "false"), UNIT_NAME},
    {"error_answer", ANSWERS(PAGE("500")), ANSWERS(PAGE("404")), "host:web-3/process:42(app)"},
    {"slow_answer",
     ANSWERS("\"stuck\":\"read\",\"expects_http\":true,\"unread\":60,\"stuck_ms\":1000"),
     ANSWERS("\"stuck\":\"answer\",\"stuck_ms\":1000"), "host:web-3/process:42(app)"},
    {"certificate", ANSWERS(CERT("1699999999999")), ANSWERS(CERT("1800000000000")),
     "host:web-3/process:42(app)"},
    {"not_listening", WANTS("false"), WANTS("true"), "host:web-3/process:9(db)"},
    {"flapping_unit",
     UNIT("\"active\":\"active\",\"sub\":\"running\",\"restarts\":3,\"changed_ms\":1699999000000"),
     UNIT("\"active\":\"active\",\"sub\":\"running\",\"restarts\":2,\"changed_ms\":1699999000000"),
     UNIT_NAME},
    {"stopped_unit", UP_FOR("600"), UP_FOR("599"), UNIT_NAME},
    {"not_listening", PROMISED("20"), PROMISED("19.9"), "host:web-3/process:9(db)"},
    {"log_errors", LINES("true", "5", "1", "0", "50", "9", "900"),
     LINES("true", "4", "1", "0", "50", "9", "900"), UNIT_NAME},
    {"log_errors", LINES("false", "20", "3", "1", "10", "9", "900"),
     LINES("false", "19", "3", "1", "10", "9", "900"), UNIT_NAME},
    {"log_errors", LINES("false", "20", "3", "1", "10", "9", "900"),
     LINES("false", "20", "2.9", "1", "10", "9", "900"), UNIT_NAME},
    {"log_errors", LINES("false", "20", "3", "1", "10", "9", "900"),
     LINES("false", "20", "3", "1", "9.9", "9", "900"), UNIT_NAME},
    {"log_errors", LINES("false", "0", "0", "0", "0", "10", "20"),
     LINES("false", "0", "0", "0", "0", "10", "21"), UNIT_NAME},
    {"log_errors", LINES("false", "0", "0", "0", "0", "10", "20"),
     LINES("false", "0", "0", "0", "0", "9", "9"), UNIT_NAME},
    {"certificate", REFUSED("1699999990000"), REFUSED("1699999990001"),
     "host:web-3/process:42(app)"},
    {"log_errors", CRASHES("3"), CRASHES("2"), UNIT_NAME},
    {"certificate", ANSWERS(CERT("1700604799999")), ANSWERS(CERT("1700604800000")),
     "host:web-3/process:42(app)", .doubt = true},
    {.id = NULL},
};
