/* cases_process.c - processes: each pattern just above and just below each of its thresholds
 * (R-10). */
#include "cases.h"

#define IDLE_APP "[{\"pid\":42,\"ppid\":1,\"command\":\"app\",\"cpu\":0,\"tree_cpu\":0}]"
#define P(text)                                                                                    \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"app\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":" \
    "90," text "}]"
#define CRASH(name, age)                                                                           \
    "{\"kind\":\"segfault\",\"age_s\":" age ",\"text\":\"" name "[12]: segfault at 10 ip 0\"}"
#define FLAKY                                                                                      \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"runsv\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":900},"        \
    "{\"pid\":8,\"ppid\":7,\"command\":\"flaky\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":0.4}]"
#define RUN(pid, age, cpu, tty)                                                                    \
    "{\"pid\":" pid ",\"ppid\":3,\"session\":" pid ",\"uid\":5,\"same\":3,\"tty\":" tty            \
    ",\"command\":\"sh\",\"cmdline\":\"sh report.sh\",\"cpu\":" cpu ",\"tree_cpu\":" cpu           \
    ",\"age_s\":" age ",\"rss\":1e6}"
#define RUNS(age, cpu, tty)                                                                        \
    "[" RUN("11", age, cpu, tty) "," RUN("12", "2", "0.1", tty) "," RUN("13", "1", "0.1", tty) "]"
#define LOCK(waiter) "{\"holder\":42,\"waiter\":" waiter ",\"type\":\"FLOCK\",\"inode\":9}"
#define SILENT(queue)                                                                              \
    "[{\"port\":80,\"queue\":" queue ",\"backlog\":128,\"pid\":7,\"command\":\"app\"}]"
#define QUIET(cpu, threads)                                                                        \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"app\",\"cpu\":" cpu ",\"threads\":" threads              \
    ",\"state\":\"S\",\"age_s\":90}]"
#define USER(uid, tasks)                                                                           \
    P("\"uid\":" uid ",\"task_limit\":100,\"tasks_of_user\":" tasks ",\"children\":5,\"threads\":" \
      "1")

#define HEAVY(pid, age, rss)                                                                       \
    "{\"pid\":" pid ",\"ppid\":3,\"session\":" pid ",\"uid\":5,\"same\":3,\"tty\":false,"          \
    "\"command\":\"sh\",\"cmdline\":\"sh report.sh\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":" age      \
    ",\"rss\":" rss "}"
#define HEAVY_RUNS(rss)                                                                            \
    "[" HEAVY("11", "9", rss) "," HEAVY("12", "5", rss) "," HEAVY("13", "1", rss) "]"
#define OPENS(age)                                                                                 \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"app\",\"cpu\":0,\"fds\":500,\"fd_limit\":1000,"          \
    "\"fd_rate\":1,\"age_s\":" age "}]"
#define REFUSED(age) "[{\"kind\":\"pids_limit\",\"age_s\":" age ",\"text\":\"fork rejected\"}]"
#define ENDED(zombies)                                                                             \
    "{\"threads\":900,\"pid_max\":1000,\"threads_max\":60000,\"zombies\":" zombies "}"
#define CRASHED(a, b, c) "[" CRASH("flaky", a) "," CRASH("flaky", b) "," CRASH("flaky", c) "]"

#define CHILD(keeper, name, age)                                                                   \
    "\"restarts\":[{\"pid\":7,\"command\":\"" keeper "\",\"child\":8,\"child_command\":\"" name    \
    "\",\"age_s\":900,\"child_age_s\":" age ",\"ended\":1}]"
#define LINES(count)                                                                               \
    "{\"mined\":[{\"source\":\"/x\",\"level\":\"error\",\"current\":true,\"count\":" count         \
    ",\"samples\":[\"billing[5]: ERROR no\"]}]}"
/* A shell starts it; what it says decides. */
#define SAID_BY_SHELL(name, count)                                                                 \
    {                                                                                              \
        .more = CHILD("sh", name, "1"), .logs = LINES(count)                                       \
    }

#define FORKED(by)                                                                                 \
    {                                                                                              \
        .more = CHILD(by, "billing", "1"), .logs = LINES("4")                                      \
    }

/* One of no renown starts it, and it says nothing: what else it does decides. */
#define ANEW(by, age, ended, others)                                                               \
    WITH(more, "\"restarts\":[{\"pid\":7,\"command\":\"" by "\",\"child\":8,"                      \
               "\"child_command\":\"billing\",\"age_s\":900,\"child_age_s\":" age                  \
               ",\"ended\":" ended "," others "}]")
#define ONLY "\"children\":1,\"cpu\":0.05"
/* Connections to port 80 of another user's service, and its queue. */
#define AT_DOOR(established, waits, queue, pid)                                                    \
    {                                                                                              \
        .listeners = "[{\"port\":80,\"queue\":" queue ",\"backlog\":16,\"pid\":" pid "}]",         \
        .more = "\"connections\":[{\"direction\":\"in\",\"near\":true,\"addr\":\"127.0.0.1\","     \
                "\"port\":80,\"count\":5,\"unaccepted\":5,\"established\":" established            \
                ",\"unaccepted_s\":" waits ",\"own\":{\"pid\":0}}]"                                \
    }

const struct sides cases_process[] = {
    {"restart_loop", WITH(more, CHILD("runsv", "billing", "4")),
     WITH(more, CHILD("runsv", "billing", "4.1")), "host:web-3/process:7(runsv)"},
    {"restart_loop", WITH(more, CHILD("supervisord", "billing", "3.9")),
     WITH(more, CHILD("bash", "billing", "1")), "host:web-3/process:7(supervisord)"},
    {"restart_loop", SAID_BY_SHELL("billing", "3"), SAID_BY_SHELL("billing", "2"),
     "host:web-3/process:7(sh)"},
    {"restart_loop", SAID_BY_SHELL("billing", "4"), SAID_BY_SHELL("curl", "9"),
     "host:web-3/process:7(sh)"},
    {"restart_loop", ANEW("keep", "1", "1", ONLY), ANEW("keep", "1.04", "1", ONLY),
     "host:web-3/process:7(keep)"},
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY), ANEW("keep", "0.2", "0", ONLY),
     "host:web-3/process:7(keep)"},
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY),
     ANEW("keep", "0.2", "1", "\"children\":2,\"cpu\":0"), "host:web-3/process:7(keep)"},
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY),
     ANEW("keep", "0.2", "1", "\"children\":1,\"cpu\":0.052"), "host:web-3/process:7(keep)"},
    /* Runs that work are jobs: a copy that is repeated. */
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY ",\"reaped_cpu\":0.1"),
     ANEW("keep", "0.2", "1", ONLY ",\"reaped_cpu\":0.104"), "host:web-3/process:7(keep)"},
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY), ANEW("make", "0.2", "1", ONLY),
     "host:web-3/process:7(keep)"},
    {"restart_loop", ANEW("keep", "0.2", "1", ONLY),
     ANEW("keep", "0.2", "1", ONLY ",\"gone\":true"), "host:web-3/process:7(keep)"},
    /* A server that forks itself for each connection (sshd, a database) is not started again. */
    {"restart_loop", FORKED("sh"), FORKED("billing"), "host:web-3/process:7(sh)"},
    {"zombies", WITH(processes, P("\"zombies\":20")), WITH(processes, P("\"zombies\":19")),
     "host:web-3/process:7(app)"},
    {"stopped", WITH(processes, P("\"state\":\"T\",\"tty\":false")),
     WITH(processes, P("\"state\":\"T\",\"tty\":true")), "host:web-3/process:7(app)"},
    /* Somebody's editor in the background is no fault, but a service is. */
    {"stopped",
     {.processes = P("\"state\":\"T\",\"tty\":true"), .listeners = SILENT("0")},
     WITH(processes, P("\"state\":\"S\",\"tty\":false")),
     "host:web-3/process:7(app)"},
    {"stopped", WITH(processes, P("\"state\":\"t\",\"tracer\":9")),
     WITH(processes, P("\"state\":\"R\"")), "host:web-3/process:7(app)"},
    {"stuck_processes", WITH(processes, P("\"state\":\"D\",\"wchan\":\"rpc_wait\"")),
     WITH(processes, P("\"state\":\"D\",\"fresh\":true")), "host:web-3/process:7(app)"},
    {"stuck_processes", WITH(processes, P("\"state\":\"D\"")),
     WITH(processes, P("\"state\":\"D\",\"kernel\":true")), "host:web-3/process:7(app)"},
    /* Who moves bytes waits for its disk, and goes on. */
    {"stuck_processes", WITH(processes, P("\"state\":\"D\",\"write_rate\":0")),
     WITH(processes, P("\"state\":\"D\",\"write_rate\":4096")), "host:web-3/process:7(app)"},
    /* Of two the one that did not run at all, not the older one. */
    {"stuck_processes",
     WITH(processes,
          "[{\"pid\":6,\"command\":\"db\",\"state\":\"D\",\"cpu\":0,\"age_s\":900,\"slices\":30},"
          "{\"pid\":7,\"command\":\"app\",\"state\":\"D\",\"cpu\":0,\"age_s\":9,\"slices\":0}]"),
     WITH(processes, P("\"state\":\"S\"")), "host:web-3/process:7(app)"},
    {"stuck_processes", WITH(events, EVENT("hung_task", "1800")),
     WITH(events, EVENT("hung_task", "1801")), "host:web-3/process:5(java)"},
    {"file_handles", WITH(processes, P("\"fds\":950,\"fd_limit\":1000")),
     WITH(processes, P("\"fds\":949,\"fd_limit\":1000")), "host:web-3/process:7(app)"},
    {"file_handles", WITH(processes, P("\"fds\":500,\"fd_limit\":1000,\"fd_rate\":1")),
     WITH(processes, P("\"fds\":499,\"fd_limit\":1000,\"fd_rate\":1")),
     "host:web-3/process:7(app)"},
    {"file_handles", WITH(processes, P("\"fds\":100,\"fd_limit\":4600,\"fd_rate\":5")),
     WITH(processes, P("\"fds\":100,\"fd_limit\":4601,\"fd_rate\":5")),
     "host:web-3/process:7(app)"},
    {"file_handles", WITH(processes, P("\"fds\":100,\"fd_limit\":1000,\"fd_rate\":5")),
     WITH(processes, P("\"fds\":100,\"fd_limit\":1000,\"fd_rate\":4.9")),
     "host:web-3/process:7(app)"},
    {"file_handles", WITH(processes, P("\"fds\":16,\"fd_limit\":16")),
     WITH(processes, P("\"fds\":15,\"fd_limit\":15")), "host:web-3/process:7(app)"},
    {"threads", WITH(processes, P("\"threads\":200,\"thread_rate\":5")),
     WITH(processes, P("\"threads\":199,\"thread_rate\":50")), "host:web-3/process:7(app)"},
    {"threads", WITH(processes, P("\"threads\":900,\"thread_rate\":5")),
     WITH(processes, P("\"threads\":900,\"thread_rate\":4.9")), "host:web-3/process:7(app)"},
    {"processes", WITH(limits, "{\"threads\":900,\"pid_max\":1000,\"threads_max\":60000}"),
     WITH(limits, "{\"threads\":899,\"pid_max\":1000,\"threads_max\":60000}"), "host:web-3"},
    {"processes", WITH(cgroups, "[{\"path\":\"/web\",\"pids\":95,\"pids_limit\":100}]"),
     WITH(cgroups, "[{\"path\":\"/web\",\"pids\":94,\"pids_limit\":100}]"),
     "host:web-3/cgroup:/web"},
    {"processes", WITH(processes, USER("5", "95")), WITH(processes, USER("5", "94")),
     "host:web-3/process:7(app)"},
    {"processes", WITH(processes, USER("1", "95")), WITH(processes, USER("0", "99")),
     "host:web-3/process:7(app)"},
    {"crash_loop",
     {.events = "[" CRASH("flaky", "600") "," CRASH("flaky", "300") "," CRASH("flaky", "120") "]",
      .processes = FLAKY},
     {.events = "[" CRASH("flaky", "601") "," CRASH("flaky", "300") "," CRASH("flaky", "120") "]",
      .processes = FLAKY},
     "host:web-3/process:7(runsv)"},
    {"crash_loop",
     WITH(events, "[" CRASH("flaky", "30") "," CRASH("flaky", "20") "," CRASH("flaky", "9") "]"),
     WITH(events, "[" CRASH("flaky", "30") "," CRASH("other", "20") "," CRASH("flaky", "10") "]"),
     "host:web-3/program:flaky"},
    {"crash_loop",
     WITH(events,
          "[" CRASH("flaky", "520") "," CRASH("flaky", "320") "," CRASH("flaky", "120") "]"),
     WITH(events,
          "[" CRASH("flaky", "521") "," CRASH("flaky", "321") "," CRASH("flaky", "121") "]"),
     "host:web-3/program:flaky"},
    {"lock_pileup",
     {.more = "\"locks\":[" LOCK("7") "," LOCK("8") "," LOCK("9") "]", .processes = IDLE_APP},
     {.more = "\"locks\":[" LOCK("7") "," LOCK("8") "]", .processes = IDLE_APP},
     "host:web-3/process:42(app)"},
    {"lock_pileup",
     {.more = "\"locks\":[" LOCK("7") "," LOCK("8") "," LOCK("9") "]",
      .processes = "[{\"pid\":42,\"command\":\"app\",\"tree_cpu\":0.0095,\"cpu\":0}]"},
     {.more = "\"locks\":[" LOCK("7") "," LOCK("8") "," LOCK("9") "]",
      .processes = "[{\"pid\":42,\"command\":\"app\",\"tree_cpu\":0.01,\"cpu\":0}]"},
     "host:web-3/process:42(app)"},
    {"duplicate_runs", WITH(processes, RUNS("3", "0.3", "false")),
     WITH(processes, RUNS("2.9", "0.3", "false")), "host:web-3/process:11(sh)"},
    {"duplicate_runs", WITH(processes, RUNS("9", "0.3", "false")),
     WITH(processes, RUNS("9", "0.29", "false")), "host:web-3/process:11(sh)"},
    {"duplicate_runs", WITH(processes, RUNS("9", "0.9", "false")),
     WITH(processes, RUNS("9", "0.9", "true")), "host:web-3/process:11(sh)"},
    {"deadlock",
     {.processes = QUIET("0.005", "2"), .listeners = SILENT("1")},
     {.processes = QUIET("0.0051", "2"), .listeners = SILENT("1")},
     "host:web-3/process:7(app)"},
    {"deadlock",
     {.processes = QUIET("0", "2"), .listeners = SILENT("1")},
     {.processes = QUIET("0", "2"), .listeners = SILENT("0")},
     "host:web-3/process:7(app)"},
    {"deadlock",
     {.processes = QUIET("0", "2"), .listeners = SILENT("1")},
     {.processes = QUIET("0", "1"), .listeners = SILENT("1")},
     "host:web-3/process:7(app)"},
    {"deadlock", AT_DOOR("5", "2", "5", "0"), AT_DOOR("5", "1.95", "5", "0"), "host:web-3/port:80"},
    /* Somebody was accepted; the queue is full; it is seen whose it is. */
    {"deadlock", AT_DOOR("5", "9", "5", "0"), AT_DOOR("6", "9", "5", "0"), "host:web-3/port:80"},
    {"deadlock", AT_DOOR("5", "9", "15", "0"), AT_DOOR("5", "9", "16", "0"), "host:web-3/port:80"},
    {"deadlock", AT_DOOR("5", "9", "5", "0"), AT_DOOR("5", "9", "5", "42"), "host:web-3/port:80"},
    /* It came every 10 s, and has not for three times that. */
    {"crash_loop", WITH(events, CRASHED("50", "40", "30")), WITH(events, "[]"),
     "host:web-3/program:flaky"},
    {"crash_loop", WITH(events, CRASHED("51", "41", "31")), WITH(events, "[]"),
     "host:web-3/program:flaky", .doubt = true},
    {"crash_loop", WITH(events, CRASHED("1", "1", "1")), WITH(events, "[]"),
     "host:web-3/program:flaky"},
    {"crash_loop", WITH(events, CRASHED("1.05", "1.05", "1.05")), WITH(events, "[]"),
     "host:web-3/program:flaky", .doubt = true},
    {"duplicate_runs", WITH(processes, RUNS("9", "0.9", "false")),
     WITH(processes, "[" RUN("11", "9", "0.9", "false") "," RUN("12", "2", "0.9", "false") "]"),
     "host:web-3/process:11(sh)"},
    {"duplicate_runs", WITH(processes, HEAVY_RUNS("2.7e8")), WITH(processes, HEAVY_RUNS("2.6e8")),
     "host:web-3/process:11(sh)"},
    {"file_handles", WITH(processes, OPENS("3")), WITH(processes, OPENS("2.9")),
     "host:web-3/process:7(app)"},
    {"processes", WITH(events, REFUSED("10")), WITH(events, REFUSED("10.5")), "host:web-3"},
    {"processes", WITH(limits, ENDED("100")), WITH(limits, "{\"threads\":1}"), "host:web-3"},
    {"processes", WITH(limits, ENDED("99")), WITH(limits, "{\"threads\":1}"), "host:web-3"},
    {.id = NULL},
};
