/* cases.h - snapshots on both sides of each pattern's threshold. A family has a file of its own,
 * cases_<family>.c, whose table is listed in cases.c; test_patterns.c runs them all. */
#ifndef RUNBOOK_TESTS_HOST_CASES_H
#define RUNBOOK_TESTS_HOST_CASES_H

#include "tests/lib/unit.h"

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "src/engine/host/patterns.h"

/* A healthy machine; a case replaces one part. The parts are put in as JSON text. */
struct parts {
    const char *cpu, *pressure, *memory, *limits, *network, *processes, *filesystems, *disks, *nics,
        *listeners, *cgroups, *units, *events, *clock;
    const char *logs, *services; /* whole documents; NULL: not read */
    const char *more;            /* further members of the snapshot: "\"mounts\":[...]" */
};

extern const struct parts cases_healthy;
/* The document as text. */
void cases_write(struct buf *out, const char *host, const struct parts *p);
const struct value *cases_snapshot(struct arena *a, const struct parts *p);
/* The view of one case. */
struct host_view cases_view(struct arena *a, const struct parts *p, unsigned words);
const struct host_pattern *cases_pattern(const char *id); /* fails when there is none */
struct host_finding cases_run(struct arena *a, const char *id, const struct parts *p,
                              unsigned words);
/* The healthy machine with the parts of `p` in place of its own. */
struct parts cases_merge(const struct parts *p);
/* What the pattern reads in `answer` to its first culprit's follow-up. */
struct host_reading cases_follow(struct arena *a, const struct parts *p, const char *id,
                                 const char *answer);

/* One row: what makes it fire, what is just below, and the resource that is named. */
struct sides {
    const char *id;
    struct parts fires, quiet;
    const char *resource; /* of the finding or of its first culprit */
    bool doubt;           /* `fires` is worth a doubt only: weak evidence */
    unsigned words;       /* of the sentence */
};
/* One row: what a pattern reads in the answer to its first culprit's follow-up. */
struct second {
    const char *id;
    struct parts first; /* fires the pattern */
    const char *answer;
    enum evidence_strength strength;
};

#define WITH(field, text)                                                                          \
    {                                                                                              \
        .field = (text)                                                                            \
    }

/* Ends with a NULL id. */
extern const struct sides cases_kernel[];
extern const struct sides cases_network[];
extern const struct sides cases_cpu[];
extern const struct sides cases_memory[];
extern const struct sides cases_process[];
extern const struct sides cases_service[];
extern const struct sides cases_storage[];
extern const struct sides *const cases_families[]; /* ends with NULL */
extern const struct second cases_second[];
extern const struct second cases_second_network[];
extern const struct second cases_second_storage[];
extern const struct second cases_second_service[];
extern const struct second *const cases_seconds[]; /* ends with NULL */
#define YES STRENGTH_STRONG
#define NO STRENGTH_CONTRADICTS
#define OPEN STRENGTH_NONE
#define MAYBE STRENGTH_WEAK

#define BURNER(cpu, age)                                                                           \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"burn\",\"cpu\":" cpu ",\"tree_cpu\":" cpu                \
    ",\"age_s\":" age ",\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}]"
#define GROWER(rate, vm, limit)                                                                    \
    "[{\"pid\":9,\"ppid\":1,\"command\":\"leaky\",\"cpu\":0.1,\"tree_cpu\":0.1,\"age_s\":60,"      \
    "\"rss\":1e8,\"rss_rate\":" rate ",\"vm\":" vm ",\"vm_rate\":" rate ",\"as_limit\":" limit     \
    ",\"cgroup\":\"/x\",\"state\":\"S\"}]"
#define CPU(busy, steal)                                                                           \
    "{\"count\":4,\"busy\":" busy ",\"steal\":" steal ",\"max_busy\":1,\"load1\":4,\"running\":9}"
#define PSI(cpu, mem, io)                                                                          \
    "{\"cpu\":{\"known\":true,\"some\":" cpu "},\"memory\":{\"known\":true,\"some\":" mem          \
    ",\"full\":" mem "},"                                                                          \
    "\"io\":{\"known\":true,\"some\":" io ",\"full\":" io "}}"
#define FS(used, inodes, ro)                                                                       \
    "[{\"mount\":\"/var\",\"known\":true,\"read_only\":" ro                                        \
    ",\"total\":1e9,\"free\":1,\"available\":1,\"used\":" used ",\"inodes_used\":" inodes "}]"
#define EVENT(kind, age)                                                                           \
    "[{\"kind\":\"" kind "\",\"age_s\":" age ",\"pid\":5,\"command\":\"java\",\"text\":\"boom\"}]"

#define KERNEL(kind, age, text) "[{\"kind\":\"" kind "\",\"age_s\":" age ",\"text\":\"" text "\"}]"
#endif
