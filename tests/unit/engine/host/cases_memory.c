/* cases_memory.c - memory: each pattern just above and just below each of its thresholds. */
#include "cases.h"

#define MEMORY(avail, more)                                                                        \
    "{\"total\":8e9,\"available\":" avail ",\"swap_free\":0,\"swap_total\":0" more "}"
#define LEAK(rate, vm_rate, rss, age)                                                              \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"leaky\",\"cpu\":0.1,\"tree_cpu\":0.1,\"age_s\":" age     \
    ",\"rss\":" rss ",\"rss_rate\":" rate ",\"vm\":5e9,\"vm_rate\":" vm_rate ",\"state\":\"S\"}]"
#define GROUP(memory, hits, some)                                                                  \
    "[{\"path\":\"/web\",\"memory\":" memory ",\"memory_limit\":1e8,\"limit_hit_rate\":" hits      \
    ",\"memory_some\":" some "}]"
#define SWAP(in, out) MEMORY("4e9", ",\"swap_in_rate\":" in ",\"swap_out_rate\":" out)
#define SWAPPED                                                                                    \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"db\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":90,\"rss\":1e8," \
    "\"swap\":5e8,\"major_fault_rate\":400,\"state\":\"D\"}]"
#define FAULTS(rate)                                                                               \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"db\",\"cpu\":0,\"tree_cpu\":0,\"age_s\":90,\"rss\":1e8," \
    "\"major_fault_rate\":" rate ",\"state\":\"D\"}]"
#define SHM                                                                                        \
    "[{\"mount\":\"/dev/shm\",\"type\":\"tmpfs\",\"known\":true,\"total\":4e9,\"free\":1e9}]"

#define LARGE(rss)                                                                                 \
    {                                                                                              \
        .memory = MEMORY("0", ""), .processes = "[{\"pid\":9,\"ppid\":1,\"command\":\"big\","      \
                                                "\"rss\":" rss ",\"rss_rate\":0}]"                 \
    }
#define SWAPS(in) MEMORY("2e9", ",\"swap_in_rate\":" in ",\"swap_out_rate\":400")
#define KILL(age) "{\"kind\":\"oom_kill\",\"age_s\":" age ",\"command\":\"java\",\"pid\":5}"
#define GROUP_KILL(age)                                                                            \
    "[{\"kind\":\"oom_kill\",\"age_s\":" age ",\"pid\":5,\"command\":\"java\","                    \
    "\"text\":\"Memory cgroup out of memory: Killed process 5 (java)\"}]"

const struct sides cases_memory[] = {
    {"memory_limit", WITH(processes, GROWER("65536", "3.5e8", "4e8")),
     WITH(processes, GROWER("65535", "3.5e8", "4e8")), "host:web-3/process:9(leaky)"},
    {"memory_limit", WITH(processes, GROWER("1e5", "3.11e8", "4e8")),
     WITH(processes, GROWER("1e5", "3.09e8", "4e8")), "host:web-3/process:9(leaky)"},
    /* 6e9 left: 8 MiB a second use it up in 12 minutes. */
    {"memory_leak", WITH(processes, LEAK("8388608", "8388608", "1e8", "60")),
     WITH(processes, LEAK("8388607", "8388608", "1e8", "60")), "host:web-3/process:9(leaky)"},
    {"memory_leak", WITH(processes, LEAK("9e6", "4.5e6", "1e8", "60")),
     WITH(processes, LEAK("9e6", "4.4e6", "1e8", "60")), "host:web-3/process:9(leaky)"},
    {"memory_leak", WITH(processes, LEAK("9e6", "9e6", "1e8", "3")),
     WITH(processes, LEAK("9e6", "9e6", "1e8", "2.9")), "host:web-3/process:9(leaky)"},
    {"memory_leak",
     {.processes = LEAK("1e7", "1e7", "1e8", "60"), .memory = MEMORY("1.8e10", "")},
     {.processes = LEAK("1e7", "1e7", "1e8", "60"), .memory = MEMORY("1.81e10", "")},
     "host:web-3/process:9(leaky)"},
    /* The slow kind: its whole life at this speed. */
    {"memory_leak", WITH(processes, LEAK("2e5", "2e5", "4e8", "2000")),
     WITH(processes, LEAK("2e5", "2e5", "3.9e8", "2000")), "host:web-3/process:9(leaky)"},
    {"memory_leak", WITH(processes, LEAK("1e6", "1e6", "6e8", "600")),
     WITH(processes, LEAK("1e6", "1e6", "6e8", "599")), "host:web-3/process:9(leaky)"},
    {"memory_leak", WITH(processes, LEAK("6e5", "6e5", "4e8", "2000")),
     WITH(processes, LEAK("6.1e5", "6.1e5", "4e8", "2000")), "host:web-3/process:9(leaky)"},
    {"memory_host", WITH(memory, MEMORY("3.99e8", "")), WITH(memory, MEMORY("4.01e8", "")),
     "host:web-3"},
    {"memory_host",
     {.memory = MEMORY("7.9e8", ""), .pressure = PSI("0", "0.1", "0")},
     {.memory = MEMORY("8.1e8", ""), .pressure = PSI("0", "0.1", "0")},
     "host:web-3"},
    {"memory_host",
     {.memory = MEMORY("2.35e9", ""), .pressure = PSI("0", "0.2", "0")},
     {.memory = MEMORY("2.35e9", ""), .pressure = PSI("0", "0.19", "0")},
     "host:web-3"},
    /* With so much available it is a group that stalls. */
    {"memory_host",
     {.memory = MEMORY("2.35e9", ""), .pressure = PSI("0", "0.5", "0")},
     {.memory = MEMORY("2.45e9", ""), .pressure = PSI("0", "0.5", "0")},
     "host:web-3"},
    {"oom_kill", WITH(events, EVENT("oom_kill", "120")), WITH(events, EVENT("oom_kill", "901")),
     "host:web-3/process:5(java)"},
    {"oom_kill",
     WITH(cgroups, "[{\"path\":\"/web\",\"oom_kill_rate\":1,\"oom_kills\":3,\"memory\":1,"
                   "\"memory_limit\":2}]"),
     WITH(cgroups, "[{\"path\":\"/web\",\"oom_kill_rate\":0,\"oom_kills\":3,\"memory\":1,"
                   "\"memory_limit\":2}]"),
     "host:web-3/cgroup:/web"},
    {"memory_group", WITH(cgroups, GROUP("9e7", "10", "0")),
     WITH(cgroups, GROUP("8.9e7", "10", "0")), "host:web-3/cgroup:/web"},
    {"memory_group", WITH(cgroups, GROUP("9.5e7", "10", "0")),
     WITH(cgroups, GROUP("9.5e7", "9.6", "0")), "host:web-3/cgroup:/web"},
    {"memory_group", WITH(cgroups, GROUP("1e7", "1", "0.1")),
     WITH(cgroups, GROUP("1e7", "1", "0.096")), "host:web-3/cgroup:/web"},
    {"memory_cache",
     {.memory = MEMORY("4e9", ",\"refault_rate\":500"),
      .pressure = PSI("0", "0.1", "0"),
      .processes = FAULTS("51")},
     {.memory = MEMORY("4e9", ",\"refault_rate\":499"), .pressure = PSI("0", "0.1", "0")},
     "host:web-3/process:9(db)"},
    {"memory_cache",
     {.memory = MEMORY("4e9", ",\"refault_rate\":900"),
      .pressure = PSI("0", "0.1", "0"),
      .processes = FAULTS("50")},
     {.memory = MEMORY("4e9", ",\"refault_rate\":900"), .pressure = PSI("0", "0.096", "0")},
     "host:web-3"},
    /* The kernel counts no stall, and yet one process waits all the time. */
    {"memory_cache",
     {.memory = MEMORY("4e9", ",\"refault_rate\":2000"), .processes = FAULTS("1000")},
     {.memory = MEMORY("4e9", ",\"refault_rate\":2000"), .processes = FAULTS("999")},
     "host:web-3/process:9(db)"},
    {"memory_cache",
     {.memory = MEMORY("4e9", ",\"refault_rate\":2000"), .processes = FAULTS("1000")},
     {.memory = MEMORY("4e9", ",\"refault_rate\":1999"), .processes = FAULTS("1000")},
     "host:web-3/process:9(db)"},
    {"swap_thrash",
     {.memory = SWAP("200", "200"), .processes = SWAPPED},
     {.memory = SWAP("199", "900"), .processes = SWAPPED},
     "host:web-3/process:9(db)"},
    {"swap_thrash",
     {.memory = SWAP("900", "200"), .processes = SWAPPED},
     {.memory = SWAP("900", "199"), .processes = SWAPPED},
     "host:web-3/process:9(db)"},
    {"memory_kernel",
     {.memory = MEMORY("1.5e9", ",\"shmem\":3.2e9"), .filesystems = SHM},
     {.memory = MEMORY("1.5e9", ",\"shmem\":3.1e9"), .filesystems = SHM},
     "host:web-3/fs:/dev/shm"},
    {"memory_kernel",
     {.memory = MEMORY("1.59e9", ",\"shmem\":5e9"),
      .more = "\"shm\":[{\"id\":4,\"creator\":42,\"bytes\":4e9,\"attached\":1}]"},
     {.memory = MEMORY("1.6e9", ",\"shmem\":5e9")},
     "host:web-3/process:42(app)"},
    {"memory_kernel", WITH(memory, MEMORY("1.8e9", ",\"shmem\":1e9,\"shmem_rate\":2e6")),
     WITH(memory, MEMORY("1.81e9", ",\"shmem\":1e9,\"shmem_rate\":2e6")), "host:web-3"},
    /* a small machine that is nearly full: what grows there by a little is not what filled it */
    {"memory_kernel", WITH(memory, MEMORY("1e8", ",\"slab\":1e8,\"slab_rate\":2e6")),
     WITH(memory, MEMORY("1e8", ",\"slab\":1e8,\"slab_rate\":1.99e6")), "host:web-3"},
    {"memory_kernel", WITH(memory, MEMORY("4e9", ",\"slab\":2e9")),
     WITH(memory, MEMORY("4e9", ",\"slab\":1.9e9")), "host:web-3"},
    {"memory_kernel", WITH(memory, MEMORY("1.8e9", ",\"slab\":1e9,\"slab_rate\":2e6")),
     WITH(memory, MEMORY("1.81e9", ",\"slab\":1e9,\"slab_rate\":2e6")), "host:web-3"},
    {"memory_kernel",
     WITH(memory, MEMORY("4e9", ",\"overcommit\":2,\"committed\":9.5,\"commit_limit\":10")),
     WITH(memory, MEMORY("4e9", ",\"overcommit\":2,\"committed\":9.4,\"commit_limit\":10")),
     "host:web-3"},
    {"memory_kernel",
     WITH(memory, MEMORY("4e9", ",\"overcommit\":2,\"committed\":11,\"commit_limit\":10")),
     WITH(memory, MEMORY("4e9", ",\"overcommit\":0,\"committed\":11,\"commit_limit\":10")),
     "host:web-3"},
    {"memory_kernel",
     WITH(memory, MEMORY("1.5e9", ",\"huge_bytes\":2e6,\"huge_free\":2500,\"huge_reserved\":500")),
     WITH(memory, MEMORY("1.5e9", ",\"huge_bytes\":2e6,\"huge_free\":2500,\"huge_reserved\":510")),
     "host:web-3"},
    {"compaction",
     {.memory = MEMORY("4e9", ",\"compact_stall_rate\":50"), .pressure = PSI("0", "0.1", "0")},
     {.memory = MEMORY("4e9", ",\"compact_stall_rate\":49"), .pressure = PSI("0", "0.1", "0")},
     "host:web-3"},
    {"compaction",
     {.memory = MEMORY("4e9", ",\"compact_stall_rate\":50"), .pressure = PSI("0", "0.1", "0")},
     {.memory = MEMORY("4e9", ",\"compact_stall_rate\":50"), .pressure = PSI("0", "0.096", "0")},
     "host:web-3"},
    {"memory_host",
     {.memory = MEMORY("7.9e8", ""), .pressure = PSI("0", "0.1", "0")},
     {.memory = MEMORY("7.9e8", ""), .pressure = PSI("0", "0.095", "0")},
     "host:web-3"},
    {"memory_host",
     {.memory = SWAPS("600"), .pressure = PSI("0", "0.05", "0")},
     {.memory = SWAPS("550"), .pressure = PSI("0", "0.05", "0")},
     "host:web-3"},
    {"memory_host",
     {.memory = SWAPS("600"), .pressure = PSI("0", "0.05", "0")},
     {.memory = SWAPS("600"), .pressure = PSI("0", "0.048", "0")},
     "host:web-3"},
    /* A quarter of what is used: then it is that one. */
    {"memory_host", LARGE("2e9"), WITH(memory, MEMORY("4e9", "")), "host:web-3/process:9(big)"},
    {"memory_host", LARGE("1.9e9"), WITH(memory, MEMORY("4e9", "")), "host:web-3"},
    /* 6e9 left: a day at 69 kB a second. */
    {"memory_leak", WITH(processes, LEAK("69445", "69445", "4e8", "5760")),
     WITH(processes, LEAK("69000", "69000", "4e8", "5760")), "host:web-3/process:9(leaky)"},
    /* In a group that is still there, or in one that is gone with it. */
    {"oom_kill",
     {.events = GROUP_KILL("60"),
      .cgroups = "[{\"path\":\"/web\",\"oom_kill_rate\":0,\"oom_kills\":1,\"memory_limit\":2}]"},
     {.events = GROUP_KILL("60"),
      .cgroups = "[{\"path\":\"/web\",\"oom_kill_rate\":0,\"oom_kills\":0,\"memory_limit\":2}]"},
     "host:web-3/process:5(java)"},
    {"oom_kill", WITH(events, EVENT("oom_kill", "900")), WITH(events, EVENT("oom_kill", "901")),
     "host:web-3/process:5(java)", .doubt = true},
    {"oom_kill", WITH(events, EVENT("oom_kill", "121")), WITH(events, EVENT("oom_kill", "901")),
     "host:web-3/process:5(java)", .doubt = true},
    /* They came every 100 s, and have not for three times that. */
    {"oom_kill", WITH(events, "[" KILL("500") "," KILL("400") "," KILL("300") "]"),
     WITH(events, "[]"), "host:web-3/process:5(java)"},
    {"oom_kill", WITH(events, "[" KILL("510") "," KILL("410") "," KILL("310") "]"),
     WITH(events, "[]"), "host:web-3/process:5(java)", .doubt = true},
    {.id = NULL},
};
