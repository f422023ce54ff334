/* host_patterns.h - failure patterns of a machine: const rows that read one snapshot (the JSON
 * document of the host_snapshot tool) and decide what is worth a hypothesis. Pure: no clock, no
 * query, no model. A row always says what it saw, also when that is normal: that is the evidence
 * that prunes. Thresholds are chosen so that a machine that merely works hard stays quiet; each
 * stands beside its reason. */
#ifndef RUNBOOK_ENGINE_HOST_PATTERNS_H
#define RUNBOOK_ENGINE_HOST_PATTERNS_H

#include "runbook/base/arena.h"
#include "runbook/codec/value.h"
#include "runbook/model/event.h"

/* What the user's sentence speaks of. It orders the work and the ranking, it is no evidence.
 */
enum host_words {
    WORDS_LATENCY = 1 << 0,
    WORDS_ERRORS = 1 << 1,
    WORDS_MEMORY = 1 << 2,
    WORDS_CPU = 1 << 3,
    WORDS_NETWORK = 1 << 4,
    WORDS_DEPLOY = 1 << 5,
    WORDS_DATABASE = 1 << 6,
    WORDS_SCALING = 1 << 7,
    WORDS_DISK = 1 << 8,
    WORDS_CLOCK = 1 << 9,
    WORDS_SERVICE = 1 << 10,
};
unsigned host_words(struct str text); /* 0: none, everything is equally likely */

struct host_view {
    struct arena *arena;
    const struct value *snapshot;
    const char *host;
    unsigned words;
};

enum host_follow {
    FOLLOW_NONE,
    FOLLOW_PROCESS, /* host_process of `pid` */
    FOLLOW_TREE,    /* a second, longer snapshot */
    FOLLOW_DISK,    /* host_disk_usage of `path` */
    FOLLOW_LOG,     /* host_log */
};

/* Who or what is to blame, as far as a snapshot tells; a follow-up query confirms or refutes it. */
struct host_culprit {
    const char *statement, *resource, *evidence, *metric, *unit;
    enum evidence_strength strength; /* of `evidence`, from the snapshot */
    double before, after, threshold;
    enum host_follow follow;
    int64_t pid, port;
    const char *path;
    double weight; /* which culprit is the larger one, 0-1 */
};

struct host_finding {
    const struct host_pattern *pattern;
    enum evidence_strength strength; /* NONE: normal */
    double severity;                 /* 0-1 */
    const char *evidence, *metric, *unit, *resource;
    double value, threshold;
    const char *second; /* another observation of the same, or NULL */
    bool direct;        /* the observation is the failure itself */
    bool tentative;     /* a moment proves nothing: it counts when a follow-up sees it last */
    const char *claim;  /* replaces the pattern's */
    struct host_culprit culprits[2];
    int culprit_count;
};

/* How the answer to a follow-up reads. */
struct host_reading {
    enum evidence_strength strength;
    const char *evidence;
    const char *statement, *resource; /* NULL: as the culprit's */
    double before, after;
    bool direct;
};

struct host_pattern {
    const char *id, *kind;
    enum category category;
    unsigned words;    /* sentences that point here */
    int rank;          /* order among equals, 1 first */
    const char *claim; /* with one %s: the host */
    const char *rationale, *refutes;
    void (*find)(struct host_view *v, struct host_finding *f);
    void (*read)(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r); /* NULL: no follow-up */
};

const struct host_pattern *host_pattern_table(void); /* ends with a NULL id */
/* Run one row; fills in what it left open. */
void host_pattern_run(const struct host_pattern *p, struct host_view *v, struct host_finding *ret);
/* Why no filesystem's use is known, in words of the view's arena; NULL when one's is. */
const char *host_filesystems_unasked(const struct host_view *v);

/* For the rows. */
double hv_num(const struct value *v, const char *path); /* NAN when absent or null */
const char *hv_str(const struct value *v, const char *key);
const char *hv_human(struct arena *a, double v, const char *unit);
const char *hv_process_key(struct host_view *v, const struct value *p); /* host:x/process:1(a) */
const char *hv_key(struct host_view *v, const char *kind, const char *name);
const struct value *hv_process(struct host_view *v, double pid);

void pattern_cpu_saturated(struct host_view *v, struct host_finding *f);
void pattern_cpu_core(struct host_view *v, struct host_finding *f);
void pattern_cpu_throttled(struct host_view *v, struct host_finding *f);
void pattern_steal(struct host_view *v, struct host_finding *f);
void read_cpu(struct host_view *v, const struct host_culprit *c, const struct value *answer,
              struct host_reading *r);
void pattern_memory_limit(struct host_view *v, struct host_finding *f);
void pattern_memory_host(struct host_view *v, struct host_finding *f);
void pattern_oom(struct host_view *v, struct host_finding *f);
void read_memory(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r);
void pattern_disk_full(struct host_view *v, struct host_finding *f);
void pattern_disk_io(struct host_view *v, struct host_finding *f);
void read_disk(struct host_view *v, const struct host_culprit *c, const struct value *answer,
               struct host_reading *r);
void pattern_backlog(struct host_view *v, struct host_finding *f);
void read_backlog(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                  struct host_reading *r);
void pattern_conntrack(struct host_view *v, struct host_finding *f);
void pattern_files(struct host_view *v, struct host_finding *f);
void pattern_ports(struct host_view *v, struct host_finding *f);
void pattern_pids(struct host_view *v, struct host_finding *f);
void pattern_retransmits(struct host_view *v, struct host_finding *f);
void pattern_nic(struct host_view *v, struct host_finding *f);
void pattern_clock(struct host_view *v, struct host_finding *f);
void pattern_units(struct host_view *v, struct host_finding *f);
void pattern_stuck(struct host_view *v, struct host_finding *f);
void pattern_kernel(struct host_view *v, struct host_finding *f);

#endif
