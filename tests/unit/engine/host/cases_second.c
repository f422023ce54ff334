/* cases_second.c - the second look: what confirms and what refutes a culprit, just above and just
 * below what is asked of it (R-10). */
#include "cases.h"

#define P(text)                                                                                    \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"app\",\"cpu\":0,\"tree_cpu\":0,"           \
    "\"age_s\":90," text "}]"
#define WATCH(text) "{\"window_s\":2.5,\"ended\":false," text "}"
#define SAMPLES(a, b, c)                                                                           \
    "\"samples\":[{\"state\":\"" a "\"},{\"state\":\"" b "\"},{\"state\":\"" c "\"}]"
#define FULL(processes_)                                                                           \
    {                                                                                              \
        .cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = processes_         \
    }
#define VICTIM                                                                                     \
    "{\"pid\":42,\"ppid\":1,\"session\":42,\"command\":\"app\",\"cpu\":0.1,\"tree_cpu\":0.1,"      \
    "\"wait\":0.5,\"age_s\":900,\"state\":\"S\"}"
#define BURNS(cpu, more)                                                                           \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"worker\",\"cpu\":" cpu                     \
    ",\"tree_cpu\":" cpu ",\"age_s\":90,\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}" more "]"
#define TREE(cpu, used)                                                                            \
    "[{\"pid\":20,\"ppid\":1,\"session\":20,\"command\":\"make\",\"cpu\":0,\"tree_cpu\":" cpu      \
    ",\"children_s\":" used ",\"age_s\":100,\"state\":\"S\"},"                                     \
    "{\"pid\":21,\"ppid\":20,\"session\":20,\"command\":\"cc1\",\"cpu\":" cpu ",\"tree_cpu\":" cpu \
    ",\"age_s\":9,\"state\":\"R\"}"
#define AGAIN(cpu, psi, tree)                                                                      \
    "{\"window_s\":2,\"cpu\":" CPU(cpu, "0") ",\"pressure\":" PSI(psi, "0",                        \
                                                                  "0") ",\"processes\":" tree "}"
#define FORKS(rate) "{\"count\":4,\"busy\":0.5,\"steal\":0,\"max_busy\":1,\"fork_rate\":" rate "}"
#define SPAWNER                                                                                    \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"loop\",\"cpu\":0.4,\"tree_cpu\":0.9,"      \
    "\"system\":0.4,\"reaped_cpu\":0.3,\"slices\":900,\"age_s\":90,\"state\":\"R\"}]"
#define SWAP(in, out)                                                                              \
    "{\"total\":8e9,\"available\":4e9,\"swap_in_rate\":" in ",\"swap_out_rate\":" out "}"
#define SWAPPED(rate)                                                                              \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"db\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":90,\"rss\":1e8," \
    "\"swap\":5e8,\"major_fault_rate\":" rate ",\"state\":\"D\"}]"
#define LEAKY                                                                                      \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"leaky\",\"cpu\":0.1,\"tree_cpu\":0.1,\"age_s\":60,"      \
    "\"rss\":1e8,\"rss_rate\":9e6,\"vm\":5e9,\"vm_rate\":9e6,\"state\":\"S\"}]"
#define SERVICE                                                                                    \
    {                                                                                              \
        .processes = P("\"threads\":4,\"state\":\"S\""),                                           \
        .listeners = "[{\"port\":80,\"queue\":3,\"backlog\":128,\"pid\":7}]"                       \
    }

#define LITTLE(cpu_)                                                                               \
    {                                                                                              \
        .cpu = "{\"count\":1,\"busy\":1,\"steal\":0,\"max_busy\":1,\"running\":9}",                \
        .pressure = PSI("0.5", "0", "0"), .processes = BURNS(cpu_, "")                             \
    }
#define HELD                                                                                       \
    {                                                                                              \
        .memory = "{\"total\":8e9,\"available\":0}",                                               \
        .processes = "[{\"pid\":9,\"ppid\":1,\"command\":\"big\",\"rss\":2e9,\"rss_rate\":0}]"     \
    }

#define STARTED CHILD_OF("7", "8", "2", "false")
#define CHILD_OF(pid, child, age, gone)                                                            \
    "\"restarts\":[{\"pid\":" pid ",\"command\":\"runsv\",\"child\":" child                        \
    ",\"child_command\":\"billing\",\"age_s\":900,"                                                \
    "\"child_age_s\":" age ",\"ended\":0,\"gone\":" gone "}]"

#define ANEW(child, age, command)                                                                  \
    "\"restarts\":[{\"pid\":7,\"command\":\"keep\",\"child\":" child                               \
    ",\"child_command\":\"billing\",\"age_s\":900,\"child_age_s\":" age                            \
    ",\"ended\":1,\"children\":1,\"cpu\":0,\"child_cmdline\":\"" command "\"}]"
#define ANEW_LATER(text) "{\"taken_ms\":1700000003000," text "}"
#define AT_DOOR(established, waits)                                                                \
    "\"connections\":[{\"direction\":\"in\",\"near\":true,\"addr\":\"127.0.0.1\",\"port\":80,"     \
    "\"count\":5,\"unaccepted\":5,\"established\":" established ",\"unaccepted_s\":" waits         \
    ",\"own\":{\"pid\":0}}]"
#define DOOR "[{\"port\":80,\"queue\":5,\"backlog\":16,\"pid\":0}]"
#define UNSERVED                                                                                   \
    {                                                                                              \
        .listeners = DOOR, .more = AT_DOOR("5", "5")                                               \
    }
#define DOOR_LATER(text) "{\"taken_ms\":1700000003000,\"listeners\":" DOOR "," text "}"

const struct second cases_second[] = {
    {"restart_loop", WITH(more, ANEW("8", "0.3", "billing -d")),
     ANEW_LATER(ANEW("9", "0.2", "billing -d")), YES},
    {"restart_loop", WITH(more, ANEW("8", "0.3", "")), ANEW_LATER(ANEW("9", "0.2", "billing")),
     YES},
    /* The next one has ended as well, and the one after it is on its way. */
    {"restart_loop", WITH(more, ANEW("8", "0.3", "billing -d")),
     ANEW_LATER("\"restarts\":[{\"pid\":7,\"command\":\"keep\",\"child\":9,\"child_command\":"
                "\"billing\",\"child_age_s\":1.6,\"ended\":1,\"children\":0,\"cpu\":0,"
                "\"gone\":true}]"),
     YES},
    /* Another job; one that lasts; none at that moment. */
    {"restart_loop", WITH(more, ANEW("8", "0.3", "billing -d")),
     ANEW_LATER(ANEW("9", "0.2", "billing -e")), NO},
    {"restart_loop", WITH(more, ANEW("8", "0.3", "billing -d")),
     ANEW_LATER(ANEW("9", "1.1", "billing -d")), NO},
    {"restart_loop", WITH(more, ANEW("8", "0.3", "billing -d")), ANEW_LATER("\"restarts\":[]"), NO},
    /* The first in the queue is the one that it was; or it is another one. */
    {"deadlock", UNSERVED, DOOR_LATER(AT_DOOR("5", "7.1")), YES},
    {"deadlock", UNSERVED, DOOR_LATER(AT_DOOR("5", "7")), NO},
    /* The clock is read later than the connections: two seconds are between these. */
    {"deadlock",
     {.listeners = DOOR, .more = AT_DOOR("5", "5") ",\"uptime_s\":100"},
     DOOR_LATER(AT_DOOR("5", "6.5") ",\"uptime_s\":102"),
     YES},
    {"deadlock", UNSERVED, DOOR_LATER(AT_DOOR("6", "8")), NO},
    {"deadlock", UNSERVED, DOOR_LATER("\"connections\":[]"), NO},
    {"restart_loop", WITH(more, STARTED),
     "{\"taken_ms\":1700000003000," CHILD_OF("7", "9", "1", "false") "}", YES},
    {"restart_loop", WITH(more, STARTED),
     "{\"taken_ms\":1700000003000," CHILD_OF("7", "9", "1", "true") "}", YES},
    {"restart_loop", WITH(more, STARTED),
     "{\"taken_ms\":1700000003000," CHILD_OF("7", "8", "5", "false") "}", NO},
    {"restart_loop", WITH(more, STARTED),
     "{\"taken_ms\":1700000003000," CHILD_OF("7", "8", "5", "true") "}", YES},
    /* Not listed: it has ended when it would be listed still, else nobody knows. */
    {"restart_loop", WITH(more, STARTED), "{\"taken_ms\":1700000005000,\"restarts\":[]}", YES},
    {"restart_loop", WITH(more, STARTED), "{\"taken_ms\":1700000005100,\"restarts\":[]}", NO},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.75,\"cpu_min\":0.02"),
     YES},
    {"cpu_core", {.processes = BURNS("0.99", "")}, WATCH("\"cpu_mean\":0.74,\"cpu_min\":0.02"), NO},
    {"cpu_core", {.processes = BURNS("0.99", "")}, WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.01"), NO},
    {"cpu_core",
     {.processes = BURNER("0.99", "3.5")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9"),
     YES},
    {"cpu_core",
     {.processes = BURNER("0.99", "3.4")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9"),
     OPEN},
    /* What moves data, or hands it on, is at work ... */
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9,\"moved_rate\":262144"),
     OPEN},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9,\"moved_rate\":262143"),
     YES},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9,\"slice_rate\":100"),
     OPEN},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.9,\"slice_rate\":99"),
     YES},
    /* A packer's bytes that nobody may see; those that can be seen, and are none, tell. */
    {"cpu_core",
     WITH(processes, "[{\"pid\":7,\"ppid\":1,\"command\":\"gzip\",\"cpu\":0.99,\"tree_cpu\":0.99,"
                     "\"age_s\":90,\"cpu_mean\":0.9,\"state\":\"R\"}]"),
     WATCH("\"cpu_mean\":0.99,\"cpu_min\":0.99"), OPEN},
    {"cpu_core",
     WITH(processes, "[{\"pid\":7,\"ppid\":1,\"command\":\"gzip\",\"cpu\":0.99,\"tree_cpu\":0.99,"
                     "\"age_s\":90,\"cpu_mean\":0.9,\"state\":\"R\"}]"),
     WATCH("\"cpu_mean\":0.99,\"cpu_min\":0.99,\"moved_rate\":0"), YES},
    /* ... unless it takes much and somebody waits for it. */
    {"cpu_saturated", FULL(BURNS("2.0", "," VICTIM)),
     WATCH("\"cpu_mean\":1.59,\"cpu_min\":0.9,\"moved_rate\":1e9"), OPEN},
    {"cpu_saturated", FULL(BURNS("2.0", "," VICTIM)),
     WATCH("\"cpu_mean\":1.6,\"cpu_min\":0.9,\"moved_rate\":1e9"), YES},
    /* A small part of a full machine, by one whose bytes cannot be seen, proves nothing. */
    {"cpu_saturated", FULL(BURNS("2.0", "," VICTIM)), WATCH("\"cpu_mean\":1.59,\"cpu_min\":0.9"),
     OPEN},
    {"cpu_saturated", FULL(BURNS("2.0", "," VICTIM)), WATCH("\"cpu_mean\":1.6,\"cpu_min\":0.9"),
     YES},
    {"cpu_saturated", FULL(BURNS("2.0", "," VICTIM)),
     WATCH("\"cpu_mean\":1.5,\"cpu_min\":0.9,\"moved_rate\":0"), YES},
    {"cpu_saturated", FULL(TREE("3.8", "300") "," VICTIM "]"),
     AGAIN("0.9", "0.1", TREE("1.9", "300") "," VICTIM "]"), YES},
    {"cpu_saturated", FULL(TREE("3.8", "300") "," VICTIM "]"),
     AGAIN("0.9", "0.1", TREE("1.8", "300") "," VICTIM "]"), NO},
    {"cpu_saturated", FULL(TREE("3.8", "300") "," VICTIM "]"),
     AGAIN("0.89", "0.1", TREE("3.8", "300") "," VICTIM "]"), NO},
    {"cpu_saturated", FULL(TREE("3.8", "300") "," VICTIM "]"),
     AGAIN("0.9", "0.1", TREE("3.8", "300") "]"), OPEN},
    {"fork_churn",
     {.cpu = FORKS("900"), .processes = SPAWNER},
     "{\"window_s\":2,\"cpu\":" FORKS("300") ",\"processes\":" SPAWNER "}",
     YES},
    {"fork_churn",
     {.cpu = FORKS("900"), .processes = SPAWNER},
     "{\"window_s\":2,\"cpu\":" FORKS("299") ",\"processes\":" SPAWNER "}",
     NO},
    {"fork_churn",
     {.cpu = FORKS("900"), .processes = SPAWNER},
     "{\"window_s\":2,\"cpu\":" FORKS("900") ",\"processes\":[]}",
     NO},
    {"memory_leak",
     {.processes = LEAKY},
     WATCH("\"rss_rate\":65536,\"rss_rising\":0.5,\"rss_start\":1,\"rss\":2"),
     YES},
    {"memory_leak",
     {.processes = LEAKY},
     WATCH("\"rss_rate\":65535,\"rss_rising\":0.5,\"rss_start\":1,\"rss\":2"),
     NO},
    {"memory_leak",
     {.processes = LEAKY},
     WATCH("\"rss_rate\":9e6,\"rss_rising\":0.4,\"rss_start\":1,\"rss\":2"),
     NO},
    {"swap_thrash",
     {.memory = SWAP("300", "300"), .processes = SWAPPED("400")},
     "{\"window_s\":2,\"memory\":" SWAP("200", "200") ",\"processes\":" SWAPPED("1") "}",
     YES},
    {"swap_thrash",
     {.memory = SWAP("300", "300"), .processes = SWAPPED("400")},
     "{\"window_s\":2,\"memory\":" SWAP("200", "199") ",\"processes\":" SWAPPED("1") "}",
     NO},
    {"swap_thrash",
     {.memory = SWAP("300", "300"), .processes = SWAPPED("400")},
     "{\"window_s\":2,\"memory\":" SWAP("200", "200") ",\"processes\":" SWAPPED("0") "}",
     NO},
    {"stopped", {.processes = P("\"state\":\"T\"")}, WATCH(SAMPLES("T", "T", "T")), YES},
    {"stopped", {.processes = P("\"state\":\"T\"")}, WATCH(SAMPLES("T", "S", "T")), NO},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\"")},
     WATCH("\"cpu_mean\":0.019,\"moved_rate\":0," SAMPLES("D", "D", "D")),
     YES},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\""), .disks = "[{\"name\":\"vda\",\"iops\":0.99}]"},
     WATCH("\"cpu_mean\":0," SAMPLES("D", "D", "D")),
     YES},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\""), .disks = "[{\"name\":\"vda\",\"iops\":1.0}]"},
     WATCH("\"cpu_mean\":0," SAMPLES("D", "D", "D")),
     MAYBE},
    /* Its bytes are for root to see, its turns on a processor are not. */
    {"stuck_processes",
     {.processes = P("\"state\":\"D\""), .disks = "[{\"name\":\"vda\",\"iops\":1.0}]"},
     WATCH("\"cpu_mean\":0,\"slice_rate\":0.5," SAMPLES("D", "D", "D")),
     YES},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\""), .disks = "[{\"name\":\"vda\",\"iops\":1.0}]"},
     WATCH("\"cpu_mean\":0,\"slice_rate\":0.51," SAMPLES("D", "D", "D")),
     NO},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\"")},
     WATCH("\"cpu_mean\":0.02," SAMPLES("D", "D", "D")),
     NO},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\"")},
     WATCH("\"cpu_mean\":0,\"moved_rate\":1," SAMPLES("D", "D", "D")),
     NO},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\"")},
     WATCH("\"cpu_mean\":0," SAMPLES("D", "R", "D")),
     NO},
    {"file_handles",
     {.processes = P("\"fds\":600,\"fd_limit\":1000,\"fd_rate\":9")},
     WATCH("\"fds_start\":600,\"fds\":620,\"fd_limit\":1000,\"fd_rate\":8,\"fd_rising\":0.6"),
     YES},
    {"file_handles",
     {.processes = P("\"fds\":600,\"fd_limit\":1000,\"fd_rate\":9")},
     WATCH("\"fds_start\":600,\"fds\":620,\"fd_limit\":1000,\"fd_rate\":8,\"fd_rising\":0.5"),
     NO},
    {"file_handles",
     {.processes = P("\"fds\":600,\"fd_limit\":1000,\"fd_rate\":9")},
     WATCH("\"fds_start\":950,\"fds\":950,\"fd_limit\":1000,\"fd_rate\":0,\"fd_rising\":0"),
     YES},
    {"file_handles",
     {.processes = P("\"fds\":600,\"fd_limit\":1000,\"fd_rate\":9")},
     WATCH("\"fds\":null,\"fd_limit\":1000"),
     OPEN},
    {"threads",
     {.processes = P("\"threads\":300,\"thread_rate\":20")},
     WATCH("\"threads_start\":300,\"threads\":310,\"thread_rate\":2.5"),
     YES},
    {"threads",
     {.processes = P("\"threads\":300,\"thread_rate\":20")},
     WATCH("\"threads_start\":300,\"threads\":301,\"thread_rate\":2.4"),
     NO},
    {"deadlock", SERVICE, WATCH("\"cpu_mean\":0.005,\"tasks_asked\":2,\"tasks_in_futex\":2"), YES},
    {"deadlock", SERVICE, WATCH("\"cpu_mean\":0.006,\"tasks_asked\":2,\"tasks_in_futex\":2"), NO},
    {"deadlock", SERVICE, WATCH("\"cpu_mean\":0,\"tasks_asked\":3,\"tasks_in_futex\":2"), NO},
    {"deadlock", SERVICE, WATCH("\"cpu_mean\":0,\"tasks_asked\":1,\"tasks_in_futex\":1"), NO},
    {"deadlock", SERVICE, WATCH("\"cpu_mean\":0,\"tasks_asked\":0,\"tasks_in_futex\":0"), OPEN},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.99,\"cpu_min\":0.97,\"slice_rate\":200"),
     YES},
    {"cpu_core", {.processes = BURNS("0.99", "")}, WATCH("\"cpu_mean\":0.9,\"cpu_min\":0.019"), NO},
    /* Of a machine with one processor: a tenth of it. */
    {"cpu_saturated", LITTLE("0.15"), WATCH("\"cpu_mean\":0.1,\"cpu_min\":0.05,\"moved_rate\":0"),
     YES},
    {"cpu_saturated", LITTLE("0.15"), WATCH("\"cpu_mean\":0.095,\"cpu_min\":0.05,\"moved_rate\":0"),
     NO},
    /* Being large is its part. */
    {"memory_host", HELD, WATCH("\"rss_start\":2e9,\"rss\":1.6e9"), YES},
    {"memory_host", HELD, WATCH("\"rss_start\":2e9,\"rss\":1.55e9"), OPEN},
    {"memory_leak",
     {.processes = LEAKY},
     WATCH("\"rss_rate\":9e6,\"rss_rising\":0.48,\"rss_start\":1,\"rss\":2"),
     NO},
    {"memory_leak", {.processes = LEAKY}, "{\"window_s\":1,\"ended\":true,\"rss_rate\":0}", OPEN},
    {"file_handles",
     {.processes = P("\"fds\":600,\"fd_limit\":1000,\"fd_rate\":9")},
     WATCH("\"fds_start\":600,\"fds\":620,\"fd_limit\":1000,\"fd_rate\":8,\"fd_rising\":0.58"),
     NO},
    {"stuck_processes",
     {.processes = P("\"state\":\"D\"")},
     WATCH("\"cpu_mean\":0,\"samples\":[{\"state\":\"D\"},{\"state\":\"D\"}]"),
     NO},
    {"cpu_core",
     {.processes = BURNS("0.99", "")},
     WATCH("\"cpu_mean\":0.99,\"cpu_min\":0.96,\"slice_rate\":200"),
     OPEN},
    {"cpu_saturated", FULL(TREE("3.8", "300") "," VICTIM "]"),
     AGAIN("0.9", "0.1", TREE("1.85", "300") "," VICTIM "]"), NO},
    {.id = NULL},
};
