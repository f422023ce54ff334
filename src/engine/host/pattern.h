/* pattern.h - failure patterns of a machine: a row reads one snapshot and decides what is worth a
 * hypothesis. A row always says what it saw, also when that is normal: that is the evidence that
 * prunes. Thresholds are chosen so that a machine that merely works hard stays quiet; each stands
 * beside its reason. */
#ifndef RUNBOOK_ENGINE_HOST_PATTERN_H
#define RUNBOOK_ENGINE_HOST_PATTERN_H

#include "view.h"

/* What a person could do about it. Proposals are text; nothing is executed. Words in braces are
 * filled in from the culprit's resource, "host:web-3/process:7(burn)": {host}, {pid}, {command},
 * and by kind {unit} {port} {fs} {file} {disk} {nic} {cgroup} {listener} ...; {name} is what stands
 * behind the kind. One that needs a word that the resource does not have is left out, so that a
 * pattern can list one for each kind of culprit. */
struct host_proposal {
    const char *action;   /* a sentence without a full stop: "stop unit {unit}" */
    const char *command;  /* for a shell of {host}; "": it is not a command */
    const char *rollback; /* how to undo it, "none possible" where nothing does */
    enum approval_risk risk;
    const char *watch; /* what shows that it helped; may be NULL */
    const char *act;   /* the operation of `runbook act` that does it, without host; NULL: what the
                        * command itself says, or none */
};

enum host_follow {
    FOLLOW_NONE,
    FOLLOW_PROCESS, /* host_process of `pid` */
    FOLLOW_TREE,    /* a second, longer snapshot */
    FOLLOW_DISK,    /* host_disk_usage of `path`; the culprit is what the answer names */
    FOLLOW_FILES,   /* host_files of `pid` */
    FOLLOW_LOG,     /* host_log */
    FOLLOW_PEER,    /* `addr`, `port`: that machine's snapshot when it is looked at as well, else
                     * host_probe from here; read() tells them apart by "connections" */
    FOLLOW_SERVICE, /* host_services of `port` */
    FOLLOW_TOOL,    /* `tool` with `args` */
};

/* A step between what is seen and its culprit: a process that waits for the next one. */
struct host_link {
    const char *statement, *resource, *evidence;
};
#define LINKS_MAX 2 /* the tree is four deep: the finding, two links, the culprit */

/* Who or what is to blame, as far as a snapshot tells; a follow-up query confirms or refutes it. */
struct host_culprit {
    const char *statement, *resource, *evidence, *metric, *unit;
    enum evidence_strength strength; /* of `evidence`, from `doc` */
    enum host_doc doc;
    double before, after, threshold;
    enum host_follow follow;
    int64_t pid, port;
    const char *path;
    const char *addr; /* FOLLOW_PEER */
    const char *tool,
        *args; /* FOLLOW_TOOL: args are the members of a JSON object, "host" left out */
    struct host_link links[LINKS_MAX];
    int link_count;
    double weight;                         /* which culprit is the larger one, 0-1 */
    const struct host_proposal *proposals; /* NULL: the pattern's */
};

struct host_finding {
    const struct host_pattern *pattern;
    enum evidence_strength strength; /* NONE: normal */
    double severity;                 /* 0-1 */
    const char *evidence, *metric, *unit, *resource;
    double value, threshold;
    const char *second;            /* another observation of the same, or NULL */
    enum host_doc doc, second_doc; /* where `evidence` and `second` are read from */
    bool direct;                   /* the observation is the failure itself */
    bool named;         /* the question names what it is about; it counts when it is normal, too */
    const char *one_of; /* which of several it is, where its resource does not tell; or NULL */
    const char *mount;  /* the filesystem that it is about; NULL: none */
    bool tentative;     /* a moment proves nothing: it counts when a follow-up sees it last */
    int64_t pids[4];    /* processes it is about, besides its culprits'; 0 ends */
    const char *claim;  /* replaces the pattern's */
    struct host_culprit culprits[2];
    int culprit_count;
    const struct host_proposal *proposals; /* NULL: the pattern's */
    const char *const *checks;             /* NULL: the pattern's */
};

/* How the answer to a follow-up reads. */
struct host_reading {
    enum evidence_strength strength;
    const char *evidence;
    const char *statement, *resource; /* NULL: as the culprit's */
    double before, after;
    bool direct;
    const struct host_proposal *proposals; /* NULL: as the culprit's */
};

struct host_pattern {
    const char *id, *kind;
    enum host_doc doc; /* what it mostly reads: without it the pattern sees nothing */
    enum category category;
    unsigned words;    /* sentences that point here */
    int rank;          /* order among equals, 1 first */
    size_t several;    /* so many may be so at once, at most HOST_SAME_MAX; 0: a machine has one */
    const char *claim; /* with one %s: the host */
    const char *rationale, *refutes;
    const struct host_limit *limits; /* its own, ends with a NULL name; NULL: none */
    void (*find)(struct host_view *v, struct host_finding *f);
    void (*read)(struct host_view *v, const struct host_culprit *c, const struct value *answer,
                 struct host_reading *r);  /* NULL: no follow-up */
    const struct host_proposal *proposals; /* best first, ends with a NULL action; NULL: none */
    const char *const *checks; /* what to look at by hand when it is not proven; ends with NULL */
};

/* The number of a row of the file's table `limits`; a `struct host_view *v` is in scope. */
#define LIMIT(at) hv_limit(v, &limits[at])

void hv_add_culprit(struct host_finding *f, struct host_culprit c); /* beyond two: dropped */
/* A table with a maximum: strong from `limit` of it on. */
void hv_table_full(struct host_view *v, struct host_finding *f, const char *what, double used,
                   double max, double limit);
/* A kernel event of the last five minutes makes the finding strong, one of the last 30 a hint. */
void hv_with_event(struct host_view *v, struct host_finding *f, const char *kind);
/* Fill in the braces of `text` for that resource; NULL when a word is missing. */
const char *host_fill(struct arena *a, const char *text, const char *resource);
/* The same of a proposal's `act`, word by word, so that no name of a file becomes another word. */
const char *host_fill_act(struct arena *a, const char *text, const char *resource);

#endif
