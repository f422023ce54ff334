/* cases_cpu.c - processors: each pattern just above and just below each of its thresholds.
 */
#include "cases.h"

#define RATES(more) "\"irqs\":[" more "]"
#define FORKS(rate) "{\"count\":4,\"busy\":0.5,\"steal\":0,\"max_busy\":1,\"fork_rate\":" rate "}"
#define SPAWNER(reaped, slices)                                                                    \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"loop\",\"cpu\":0.4,\"tree_cpu\":0.9,"      \
    "\"system\":0.4,\"reaped_cpu\":" reaped ",\"slices\":" slices                                  \
    ",\"age_s\":90,\"state\":\"R\"}]"
/* make, with a compiler below it, and a service that waits. */
#define BUILD(used, wait)                                                                          \
    "[{\"pid\":20,\"ppid\":1,\"session\":20,\"command\":\"make\",\"cpu\":0,\"tree_cpu\":3.8,"      \
    "\"children_s\":" used ",\"age_s\":100,\"state\":\"S\"},"                                      \
    "{\"pid\":21,\"ppid\":20,\"session\":20,\"command\":\"cc1\",\"cpu\":3.5,\"tree_cpu\":3.5,"     \
    "\"age_s\":9,\"state\":\"R\"},"                                                                \
    "{\"pid\":42,\"ppid\":1,\"session\":42,\"command\":\"app\",\"cpu\":0.1,\"tree_cpu\":0.1,"      \
    "\"wait\":" wait ",\"age_s\":900,\"state\":\"S\"}]"
#define NICE(nice, wait)                                                                           \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"batch\",\"cpu\":3.8,\"tree_cpu\":3.8,"     \
    "\"nice\":" nice ",\"age_s\":90,\"state\":\"R\"},"                                             \
    "{\"pid\":42,\"ppid\":1,\"session\":42,\"command\":\"app\",\"cpu\":0.1,\"tree_cpu\":0.1,"      \
    "\"wait\":" wait ",\"age_s\":900,\"state\":\"S\"}]"
#define PINNED(wait, cpu)                                                                          \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"a\",\"cpu\":0.5,\"tree_cpu\":0.5,\"wait\":" wait         \
    ",\"allowed\":\"0\",\"age_s\":90,\"state\":\"R\"},"                                            \
    "{\"pid\":8,\"ppid\":1,\"command\":\"b\",\"cpu\":" cpu ",\"tree_cpu\":" cpu                    \
    ",\"wait\":0.1,\"allowed\":\"0\",\"age_s\":90,\"state\":\"R\"}]"
#define CORES(idle)                                                                                \
    "{\"count\":2,\"busy\":0.7,\"steal\":0,\"max_busy\":1,\"running\":2,\"per_cpu\":[1," idle "]}"
#define IRQS(share)                                                                                \
    "{\"count\":2,\"busy\":0.5,\"steal\":0,\"max_busy\":1,\"running\":1,\"per_cpu_irq\":[0."       \
    "01," share "]}"
#define NET_RX RATES("{\"name\":\"NET_RX\",\"soft\":true,\"cpu\":1,\"rate\":90000,\"share\":1}")
#define DISK_IRQ                                                                                   \
    RATES("{\"name\":\"36 nvme0q1\",\"soft\":false,\"cpu\":1,\"rate\":9e4,\"share\":1}")
#define LOC(rate)                                                                                  \
    RATES("{\"name\":\"LOC\",\"soft\":false,\"cpu\":1,\"rate\":" rate ",\"share\":0.9}")
#define TICKER(slices, cpu)                                                                        \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"tick\",\"cpu\":" cpu ",\"tree_cpu\":" cpu                \
    ",\"slices\":" slices ",\"age_s\":90,\"state\":\"R\"}]"
#define CLOCK(mhz, busy, hot)                                                                      \
    "{\"count\":4,\"busy\":" busy ",\"steal\":0,\"max_busy\":0.5,\"running\":1,\"mhz\":" mhz       \
    ",\"mhz_max\":3000,\"thermal_rate\":" hot "}"

/* One busy process; of its core so much in the kernel. */
#define SYSTEM(cpu, system)                                                                        \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"burn\",\"cpu\":" cpu ",\"tree_cpu\":" cpu                \
    ",\"system\":" system ",\"age_s\":90,\"core\":1,\"state\":\"R\"}]"
#define COUNT(n) "{\"count\":" n ",\"busy\":0.2,\"steal\":0,\"max_busy\":1,\"running\":1}"
#define BUSY_OF(n)                                                                                 \
    "{\"count\":" n ",\"busy\":1,\"steal\":0,\"max_busy\":1,\"load1\":4,\"running\":9}"
#define ONE(pid, ppid, cpu, tree, age)                                                             \
    "{\"pid\":" pid ",\"ppid\":" ppid ",\"command\":\"w\",\"cpu\":" cpu ",\"tree_cpu\":" tree      \
    ",\"age_s\":" age ",\"state\":\"R\"}"
#define FULL_WITH(list)                                                                            \
    {                                                                                              \
        .cpu = BUSY_OF("4"), .pressure = PSI("0.5", "0", "0"), .processes = "[" list "]"           \
    }
#define LOOSE WITH(cpu, CPU("0.5", "0"))
#define BOUND(cpu, wait)                                                                           \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"a\",\"cpu\":" cpu ",\"tree_cpu\":" cpu ",\"wait\":" wait \
    ",\"allowed\":\"0\",\"age_s\":90,\"state\":\"R\"}]"
#define LOOPBACK                                                                                   \
    "[{\"name\":\"lo\",\"rx_packets\":90000,\"tx_packets\":90000,\"rx_errors\":0,\"tx_errors\":0," \
    "\"rx_drops\":0,\"tx_drops\":0}]"
#define RUNNER(slices)                                                                             \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"loop\",\"cpu\":0.4,\"tree_cpu\":0.9,"      \
    "\"system\":0.4,\"reaped_cpu\":0.3,\"children_s\":50,\"slices\":" slices                       \
    ",\"age_s\":90,\"state\":\"R\"}]"
/* A job, its step, and who waits for a processor. */
#define JOB(used, age, victim_age, wait)                                                           \
    "[{\"pid\":20,\"ppid\":1,\"session\":20,\"command\":\"make\",\"cpu\":0,\"tree_cpu\":3.8,"      \
    "\"children_s\":" used ",\"age_s\":" age ",\"state\":\"S\"},"                                  \
    "{\"pid\":21,\"ppid\":20,\"session\":20,\"command\":\"cc1\",\"cpu\":3.5,\"tree_cpu\":3.5,"     \
    "\"age_s\":9,\"state\":\"R\"},{\"pid\":42,\"ppid\":1,\"session\":42,\"command\":\"app\","      \
    "\"cpu\":0.1,\"tree_cpu\":0.1,\"wait\":" wait ",\"age_s\":" victim_age ",\"state\":\"S\"}]"
/* Work that somebody wants, and what hides behind it. */
#define HOG(cpu)                                                                                   \
    "{\"pid\":9,\"ppid\":1,\"session\":9,\"command\":\"hog\",\"cpu\":" cpu ",\"tree_cpu\":" cpu    \
    ",\"age_s\":90,\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}"
#define BUILD_AND(hog, used)                                                                       \
    "[{\"pid\":20,\"ppid\":1,\"session\":20,\"command\":\"make\",\"cpu\":0,\"tree_cpu\":" used     \
    ",\"children_s\":300,\"age_s\":100,\"state\":\"S\"},{\"pid\":21,\"ppid\":20,\"session\":20,"   \
    "\"command\":\"cc1\",\"cpu\":" used ",\"tree_cpu\":" used                                      \
    ",\"age_s\":9,\"state\":\"R\"}," HOG(hog) "]"
#define BACKUP_AND(hog, used)                                                                      \
    "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"backup\",\"cpu\":" used                    \
    ",\"tree_cpu\":" used ",\"nice\":19,\"age_s\":90,\"state\":\"R\"}," HOG(hog) "]"
#define SATURATED(list)                                                                            \
    {                                                                                              \
        .cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = list               \
    }

const struct sides cases_cpu[] = {
    {"cpu_saturated",
     {.cpu = CPU("0.90", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BURNER("3.5", "90")},
     {.cpu = CPU("0.899", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BURNER("3.5", "90")},
     "host:web-3/process:7(burn)"},
    {"cpu_saturated",
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.1", "0", "0"), .processes = BURNER("3.5", "90")},
     {.cpu = CPU("0.98", "0"),
      .pressure = PSI("0.099", "0", "0"),
      .processes = BURNER("3.5", "90")},
     "host:web-3/process:7(burn)"},
    /* A build is blamed when, and only when, something outside of it waits. */
    {"cpu_saturated",
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BUILD("300", "0.2")},
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BUILD("300", "0.19")},
     "host:web-3/process:20(make)"},
    /* One that runs no job is blamed without that. */
    {"cpu_saturated",
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BUILD("24", "0")},
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = BUILD("25", "0")},
     "host:web-3/process:21(cc1)"},
    /* Nice work is blamed when who is not nice waits all the same. */
    {"cpu_saturated",
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = NICE("10", "0.3")},
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = NICE("10", "0.1")},
     "host:web-3/process:7(batch)"},
    {"cpu_saturated",
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = NICE("9", "0")},
     {.cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = NICE("10", "0")},
     "host:web-3/process:7(batch)"},
    /* A build, and a backup that gives way, do not hide what burns beside them. */
    {"cpu_saturated", SATURATED(BUILD_AND("0.48", "3.2")), SATURATED(BUILD_AND("0.47", "3.2")),
     "host:web-3/process:9(hog)"},
    {"cpu_saturated", SATURATED(BACKUP_AND("0.48", "3.2")), SATURATED(BACKUP_AND("0.47", "3.2")),
     "host:web-3/process:9(hog)"},
    {"cpu_core", WITH(processes, BUILD_AND("0.9", "1.0")),
     WITH(processes, BUILD_AND("0.89", "1.0")), "host:web-3/process:9(hog)"},
    {"cpu_core", WITH(processes, BACKUP_AND("0.9", "1.1")),
     WITH(processes, BACKUP_AND("0.89", "1.1")), "host:web-3/process:9(hog)"},
    {"cpu_core", WITH(processes, BURNER("0.9", "90")), WITH(processes, BURNER("0.899", "90")),
     "host:web-3/process:7(burn)"},
    {"cpu_core", WITH(processes, BURNER("0.99", "3")), WITH(processes, BURNER("0.99", "2.9")),
     "host:web-3/process:7(burn)"},
    {"cpu_core", WITH(processes, BURNER("1.15", "90")), WITH(processes, BURNER("1.16", "90")),
     "host:web-3/process:7(burn)"},
    {"cpu_throttled",
     WITH(cgroups,
          "[{\"path\":\"/web\",\"throttled\":0.25,\"throttled_rate\":0.4,\"cpu_quota\":1}]"),
     WITH(cgroups,
          "[{\"path\":\"/web\",\"throttled\":0.249,\"throttled_rate\":1,\"cpu_quota\":1}]"),
     "host:web-3/cgroup:/web"},
    {"steal", WITH(cpu, CPU("0.3", "0.1")), WITH(cpu, CPU("0.3", "0.099")), "host:web-3"},
    {"steal",
     {.cpu = CPU("0.3", "0.1"), .pressure = PSI("0.1", "0", "0")},
     WITH(cpu, CPU("0.3", "0.099")),
     "host:web-3"},
    {"fork_churn",
     {.cpu = FORKS("800"), .processes = SPAWNER("0.3", "700")},
     {.cpu = FORKS("799"), .processes = SPAWNER("0.3", "700")},
     "host:web-3/process:7(loop)"},
    {"fork_churn",
     {.cpu = FORKS("1000"), .processes = SPAWNER("0.05", "700")},
     {.cpu = FORKS("1000"), .processes = SPAWNER("0.048", "700")},
     "host:web-3/process:7(loop)"},
    {"cpu_pinned",
     {.cpu = CORES("0.1"), .processes = PINNED("0.3", "0.4")},
     {.cpu = CORES("0.1"), .processes = PINNED("0.29", "0.4")},
     "host:web-3/process:7(a)"},
    {"cpu_pinned",
     {.cpu = CORES("0.5"), .processes = PINNED("0.4", "0.6")},
     {.cpu = CORES("0.51"), .processes = PINNED("0.4", "0.6")},
     "host:web-3/process:8(b)"},
    {"irq_load",
     {.cpu = IRQS("0.4"), .more = NET_RX},
     {.cpu = IRQS("0.39"), .more = NET_RX},
     "host:web-3/nic:eth0"},
    {"irq_load",
     {.cpu = IRQS("0.9"), .more = DISK_IRQ},
     {.cpu = IRQS("0"), .more = DISK_IRQ},
     "host:web-3/irq:36 nvme0q1"},
    {"timers",
     {.processes = TICKER("3000", "0.1"), .more = LOC("2100")},
     {.processes = TICKER("2999", "0.1"), .more = LOC("9000")},
     "host:web-3/process:7(tick)"},
    {"timers",
     {.processes = TICKER("9000", "0.1"), .more = LOC("6300")},
     {.processes = TICKER("9000", "0.1"), .more = LOC("6200")},
     "host:web-3/process:7(tick)"},
    {"timers",
     {.processes = TICKER("9000", "0.05"), .more = LOC("9000")},
     {.processes = TICKER("9000", "0.049"), .more = LOC("9000")},
     "host:web-3/process:7(tick)"},
    {"cpu_frequency", WITH(cpu, CLOCK("2900", "0.1", "0.5")), WITH(cpu, CLOCK("1700", "0.79", "0")),
     "host:web-3"},
    {"cpu_frequency", WITH(cpu, CLOCK("2900", "0.1", "1")), WITH(cpu, CLOCK("1800", "0.9", "0")),
     "host:web-3"},
    /* Half of the machine, by one process; on a larger machine only when somebody complains. */
    {"cpu_core", WITH(processes, BURNER("2.0", "90")), WITH(processes, BURNER("1.9", "90")),
     "host:web-3/process:7(burn)"},
    {"cpu_core",
     {.cpu = COUNT("4"), .processes = BURNER("1", "90")},
     {.cpu = COUNT("5"), .processes = BURNER("1", "90")},
     "host:web-3/process:7(burn)"},
    {"cpu_core",
     {.cpu = COUNT("5"), .processes = BURNER("1", "90")},
     {.cpu = COUNT("5"), .processes = BURNER("0.89", "90")},
     "host:web-3/process:7(burn)",
     .words = WORDS_LATENCY},
    {"cpu_core", WITH(processes, SYSTEM("1", "0.7")), WITH(processes, SYSTEM("0.89", "0.7")),
     "host:web-3/process:7(burn)"},
    {"cpu_core", WITH(processes, SYSTEM("1", "0.69")), WITH(processes, SYSTEM("0.89", "0.6")),
     "host:web-3/process:7(burn)"},
    {"cpu_frequency", WITH(cpu, CLOCK("1790", "0.8", "0")), WITH(cpu, CLOCK("1790", "0.79", "0")),
     "host:web-3", .doubt = true},
    {"cpu_pinned",
     {.cpu = CORES("0.1"), .processes = BOUND("0.1", "0.4")},
     {.cpu = CORES("0.1"), .processes = BOUND("0.095", "0.4")},
     "host:web-3/process:7(a)"},
    /* Which process, or which tree of processes, takes all four cores. */
    {"cpu_saturated", FULL_WITH(ONE("7", "1", "0.48", "0.48", "90")), LOOSE,
     "host:web-3/process:7(w)"},
    {"cpu_saturated", FULL_WITH(ONE("7", "1", "0.47", "0.47", "90")), LOOSE, "host:web-3"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "2", "90") "," ONE("8", "7", "0.8", "0.8", "90") "," ONE(
         "9", "7", "0.7", "0.7", "90") "," ONE("10", "7", "0.5", "0.5", "90")),
     LOOSE, "host:web-3/process:8(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "1.9", "90") "," ONE("8", "7", "0.8", "0.8", "90") "," ONE(
         "9", "7", "0.7", "0.7", "90") "," ONE("10", "7", "0.4", "0.4", "90")),
     LOOSE, "host:web-3/process:8(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "0.8", "90") "," ONE("8", "7", "0.4", "0.4",
                                                       "90") "," ONE("9", "7", "0.4", "0.4", "90")),
     LOOSE, "host:web-3/process:7(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "0.78", "90") "," ONE("8", "7", "0.4", "0.4", "90") "," ONE(
         "9", "7", "0.38", "0.38", "90")),
     LOOSE, "host:web-3"},
    /* Its own use is most of its tree's: then it is named once. */
    {"cpu_saturated", FULL_WITH(ONE("7", "1", "3.2", "4", "90")), LOOSE, "host:web-3/process:7(w)"},
    {"cpu_saturated", FULL_WITH(ONE("7", "1", "3.3", "4", "90")), LOOSE, "host:web-3/process:7(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "4", "90") "," ONE("8", "7", "2.8", "2.8", "90")), LOOSE,
     "host:web-3/process:8(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "4", "90") "," ONE("8", "7", "2.7", "2.7", "90")), LOOSE,
     "host:web-3/process:8(w)"},
    /* Half of what a tree uses lasts. */
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "4", "90") "," ONE("8", "7", "2", "2", "3") "," ONE("9", "7", "2",
                                                                                      "2", "1")),
     LOOSE, "host:web-3/process:8(w)"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "4", "90") "," ONE("8", "7", "2", "2",
                                                     "2.9") "," ONE("9", "7", "2", "2", "1")),
     LOOSE, "host:web-3"},
    {"cpu_saturated",
     FULL_WITH(ONE("7", "1", "0", "4", "90") "," ONE("8", "7", "1.9", "1.9",
                                                     "90") "," ONE("9", "7", "2.1", "2.1", "1")),
     LOOSE, "host:web-3/process:8(w)"},
    /* A short command is no job; a young process is no victim. */
    {"cpu_saturated", SATURATED(JOB("0.95", "3", "900", "0")), SATURATED(JOB("1", "3", "900", "0")),
     "host:web-3/process:21(cc1)"},
    {"cpu_saturated", SATURATED(JOB("300", "100", "5", "0.2")),
     SATURATED(JOB("300", "100", "4.9", "0.2")), "host:web-3/process:20(make)"},
    /* Who starts a process each time it wakes starts them itself, whatever job it runs. */
    {"fork_churn",
     {.cpu = FORKS("1000"), .processes = RUNNER("400")},
     {.cpu = FORKS("1000"), .processes = RUNNER("390")},
     "host:web-3/process:7(loop)"},
    /* Packets of the machine itself have a sender. */
    {"irq_load",
     {.cpu = IRQS("0.9"), .more = NET_RX, .nics = LOOPBACK, .processes = SYSTEM("0.5", "0.1")},
     {.cpu = IRQS("0.39"), .more = NET_RX},
     "host:web-3/process:7(burn)"},
    {"irq_load",
     {.cpu = IRQS("0.9"), .more = NET_RX, .nics = LOOPBACK, .processes = SYSTEM("0.5", "0.095")},
     {.cpu = IRQS("0.39"), .more = NET_RX},
     "host:web-3/nic:lo"},
    {.id = NULL},
};
