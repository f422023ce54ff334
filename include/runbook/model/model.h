/* model.h - the state of one investigation, as a fold over its events.
 * Pure: no clock, no I/O, no randomness, so that live, resumed, replayed and attached screens
 * agree. Everything lives in the model's arena; indexes (not pointers) are stable while it grows.
 * Strings are never NULL ("" when unset). Readers outside this folder only read. */
#ifndef RUNBOOK_MODEL_MODEL_H
#define RUNBOOK_MODEL_MODEL_H

#include "runbook/base/map.h"
#include "runbook/base/vec.h"
#include "runbook/model/event.h"
#include "runbook/model/procedure.h"
#include "runbook/model/topology.h"

enum hyp_status { HYP_PENDING, HYP_TESTING, HYP_SUPPORTED, HYP_CONFIRMED, HYP_PRUNED };
#define HYP_STATUSES (HYP_PRUNED + 1)

struct hypothesis {
    const char *id, *parent, *statement, *kind, *resource, *service, *metric, *pattern, *rationale,
        *refutes;
    enum category category;
    int64_t priority;
    enum hyp_status status;
    double confidence; /* 0-1; by default the display score of its state */
    const char *terms, *reason;
    bool by_user;            /* a person added it */
    bool by_model;           /* a language model did */
    const char *rejected_by; /* "" or the id that a person rejected: this one or one above it */
    int promoted;            /* 0: never; the highest is tested first */
    enum hyp_status before_rejection;
    const char *reason_before;
    enum evidence_strength best; /* of its evidence but contradictions; STRENGTH_NONE before any */
    bool contradicted;
    int depth;           /* 1 for H1 */
    size_t parent_index; /* SIZE_MAX for a root */
    int64_t proposed_ms, changed_ms;
    VEC(size_t) children; /* indexes into model.hypotheses, in order of proposal */
    VEC(size_t) evidence; /* indexes into model.evidence */
    VEC(size_t) gaps;     /* indexes into model.gaps */
};

struct evidence {
    const char *id, *call, *hypothesis, *statement, *query, *blob, *service, *metric, *resource,
        *unit;
    enum evidence_strength strength;
    double before, after, score;
    int64_t window_start_ms, window_end_ms, onset_ms, ts_ms;
    bool direct, temporal;
    bool by_model; /* a language model pointed at it; its strength is code's all the same */
};

struct tool_run {
    const char *call, *tool, *title, *hypothesis, *args, *query;
    bool ended, by_model; /* by_model: a language model asked */
    enum tool_status status;
    const char *summary, *error, *blob, *content_type;
    int64_t started_ms, duration_ms, size_bytes, rows;
    /* While it runs (tool.told): calls, 0 when it said nothing; what came; what is wrong. */
    int64_t done, known;
    const char *found, *trouble;
    int64_t said_steps; /* how often it was to be said in words: once in TOOL_SAID_MS */
    bool say;           /* the last tool.told is such a time */
};
#define TOOL_SAID_MS 5000
/* "7 of 11 calls, 43 changes; config throttled, asked again" of one that runs; "" when it said
 * nothing so far, or has ended. Returns whether there is something. */
bool tool_run_told(const struct tool_run *t, char *out, size_t size);

struct gap {
    const char *what, *why, *hypothesis, *code;
};

enum approval_state { APPROVAL_WAITING, APPROVAL_GRANTED, APPROVAL_REJECTED, APPROVAL_EXPIRED };
#define APPROVAL_STATES (APPROVAL_EXPIRED + 1)

/* A mutation that a person was asked about. `fingerprint` is computed here, from what is shown; a
 * request that says another one is `forged` and cannot be approved. */
struct approval {
    const char *id, *operation, *resource, *account, *region, *environment, *args, *why,
        *hypothesis, *effect, *before, *after, *rollback, *blast, *cost, *watch, *policy, *limits;
    enum approval_risk risk;
    VEC(const char *) evidence;
    VEC(const char *) calls;
    int64_t before_ms, requested_ms, expires_ms, decided_ms;
    char fingerprint[65];
    bool forged;
    unsigned revision; /* how often it was asked anew */
    enum approval_state state;
    const char *decided_by, *reason;
    int persons; /* who have to say yes; at least 1 */
    const char *proposer;
    VEC(const char *) confirmed; /* who said yes, in words; a picture, and no permission */
    bool yours;                  /* whoever sits here has confirmed it: others are waited for */
};

/* What a person does not want to be asked again. A picture: the run that was told keeps its own. */
struct kept_rule {
    const char *id, *operation, *resource, *params, *approval, *by;
    bool deny;
    int64_t since_ms;
};

enum mutation_state {
    MUTATION_PROPOSED, /* its resource is being read */
    MUTATION_PLANNED,  /* it waits for an answer, or for its turn */
    MUTATION_RUNNING,
    MUTATION_UNKNOWN, /* it was started, and how it ended is not known; `ended`: for good */
    MUTATION_DONE,    /* its calls have ended well; not verified yet */
    MUTATION_VERIFIED,
    MUTATION_FAILED, /* its calls failed, or what was to be reached is not reached */
    MUTATION_ROLLED_BACK,
    MUTATION_REFUSED, /* not started */
    MUTATION_DRY_RUN, /* not to be started */
};
#define MUTATION_STATES (MUTATION_DRY_RUN + 1)

/* Something that was to be changed, from the proposal to what was read afterwards. */
struct mutation {
    const char *id, *operation, *target, *args, *why, *hypothesis, *by, *undo;
    const char *origin; /* the step of a procedure's run; "" */
    const char *who;    /* in whose session, a JSON object */
    VEC(const char *) evidence;
    bool dry_run, ask; /* ask: a person, also where the policy allows it */
    const char *resource, *effect, *before, *after, *rollback, *blast, *cost, *watch, *facts,
        *rollback_operation, *rollback_args, *back_facts;
    VEC(const char *) calls;
    bool planned, rolls_back;
    bool already;                         /* refused because it is as it should be */
    bool started, ended, verified, holds; /* of the execution */
    bool back_started, back_ended;        /* of the rollback */
    const char *decision, *decided_by;    /* of policy; its rules in words */
    enum approval_risk risk;
    enum mutation_state state;
    const char *text, *back_text; /* how it ended, what was read */
    const char *undone_by;        /* the mutation that took it back; "" */
    int64_t proposed_ms, started_ms, ended_ms, duration_ms;
};

struct candidate {
    int64_t rank;
    const char *service, *metric, *resource, *category, *statement, *hypothesis;
    double score;
    VEC(const char *) evidence;
};

/* What only resources of a cloud have. Never NULL, but "". */
struct resource_cloud {
    const char *service, *region, *account, *id;
    const char *tags;   /* "team=payments env=prod" */
    int64_t created_ms; /* 0: not known */
    int64_t changed_ms; /* when a scan last found it to be another; 0: not lately */
};

#define RESOURCE_HISTORY 16
struct resource {
    const char *key, *kind, *name, *parent, *status, *detail, *unit, *metric;
    const struct resource_cloud *cloud; /* NULL: of none */
    enum health health;
    uint8_t history_count;
    double value, limit;
    int64_t seen_ms;
    double *history; /* the last values, oldest first, for a sparkline; NULL: there was none */
};

/* An alert of a server, known by its labels. */
struct alert {
    const char *fingerprint, *name, *severity, *service, *summary, *labels, *source, *call;
    enum alert_state state;
    int64_t started_ms; /* since when it fires; 0: unknown */
    int64_t seen_ms;    /* when it was said last */
};

/* What is not safe, known by its id. */
struct finding {
    const char *id, *check, *service, *source, *resource, *account, *region, *title;
    const char *evidence, *why, *fix, *act, *rollback, *reference, *also, *status, *suppressed;
    const char *call;
    const char *order; /* by service, then severity: what sorting goes by */
    enum finding_severity severity;
    bool gone;
    int64_t first_ms, seen_ms;
};

/* What somebody changed of the system, known by its key. */
struct change {
    const char *key, *kind, *what, *resource, *service, *region, *account, *actor, *text, *outcome,
        *error, *source, *call;
    int64_t at_ms;   /* when it began, as its source says */
    int64_t seen_ms; /* when it was read last */
};

enum item_kind {
    ITEM_USER,
    ITEM_TEXT,
    ITEM_THINKING,
    ITEM_TOOL,
    ITEM_EVIDENCE,
    ITEM_HYPOTHESIS,
    ITEM_GAP,
    ITEM_NOTICE,
    ITEM_ERROR,
    ITEM_CONCLUSION
};

/* One entry of the investigation pane, in order. */
struct item {
    enum item_kind kind;
    int64_t ts_ms;
    uint64_t seq;
    size_t ref; /* index into tools, evidence, hypotheses or gaps, by kind */
    const char
        *text;       /* of user, text (whole message so far), thinking, notice, error, conclusion */
    const char *tag; /* message id of ITEM_TEXT; for ITEM_HYPOTHESIS what happened: "proposed" ...;
                      * "approval" of an ITEM_NOTICE about one */
    size_t len, cap; /* of a text or a thought: bytes, and room in the arena; it only grows */
    bool whole;      /* ITEM_TEXT: the last piece has come */
};

/* An event that somebody may have to answer for later: what a person said or decided, what was
 * refused, what was concluded. In order, with the event's number in the journal. */
struct decision {
    uint64_t seq;
    int64_t ts_ms;
    enum event_type type;
    char id[24]; /* seq as text: what a selection remembers */
    const char *actor;
    const char *what;    /* "rejected H2", "asked", "refused": one or two words and an id */
    const char *text;    /* the words that belong to it, or "" */
    const char *subject; /* id of a hypothesis, a call or an approval, or "" */
    enum { SUBJECT_NONE, SUBJECT_HYPOTHESIS, SUBJECT_CALL, SUBJECT_APPROVAL } subject_kind;
    bool refusal; /* something was not done */
};

struct remediation {
    const char *hypothesis, *action, *command, *rollback, *watch, *act, *skill;
    enum approval_risk risk;
};

struct conclusion {
    enum verdict verdict;
    const char *summary;
    double confidence;
    bool has_root_cause;
    struct {
        const char *hypothesis, *statement, *category, *service, *metric, *resource;
        double confidence;
        VEC(const char *) evidence;
    } root_cause;
    VEC(const char *) affected_services, next_checks;
    VEC(const char *) also; /* what else is off in the same way, each with what shows it */
    VEC(struct remediation) remediation; /* proposals, best first */
    /* Who can feel the cause, by the service graph (A-42, realistic); node SIZE_MAX: not known. */
    struct {
        size_t node, affected, affected_fully, total; /* fully: if every edge passed all of it on */
        double ratio;
        bool entry;
        VEC(const char *) services; /* by share, then distance; the cause is not among them */
    } impact;
};

/* What a look for findings asked of one service in one place. */
struct security_place {
    const char *service, *region, *account;
    const char *end, *operation, *why; /* end "": nothing is missing; "denied", "throttled", ... */
    int64_t done, known;               /* calls */
};
#define SECURITY_PLACES_MAX 256

/* What fills a model's window: one role, of results one tool. */
#define CONTEXT_PARTS_SEEN_MAX 48
struct context_part_seen {
    const char *role, *tool; /* tool "": of no tool */
    int64_t items, full, compact, dropped, tokens;
};

struct model {
    struct arena *arena;
    const char *id, *title, *query, *version, *user, *host, *cwd;
    VEC(const char *) targets;
    int64_t now_ms; /* the investigation's "now"; 0 before it is known */
    int64_t opened_ms, closed_ms, last_ms;
    uint64_t seq; /* of the last event applied */
    /* Who begins anew with this struct, as a replay that goes back, gives another number: what was
     * remembered of its rows and texts is then of something that is gone. */
    uint64_t epoch;
    bool closed;
    int64_t exit_code;
    enum phase phase;
    int64_t turn;
    bool turn_running;
    const char *investigator;
    const char *turn_kind; /* "": an investigation; "answer": a question is answered */
    const char *asked;     /* what the model wants to know of the person; "": nothing */
    VEC(const char *) asked_options;
    const char *llm; /* the model that spoke last; "": none */
    struct {         /* a model wrote a summary of what was said before; "": none did */
        const char *summary;
        size_t items; /* so many items there were */
    } compacted;
    size_t llm_calls, llm_tools, refusals; /* llm_tools: queries that a model asked for */
    int64_t turn_started_ms, turn_ended_ms;
    const struct topology *topology;        /* NULL: none, or too large for the journal */
    const char *topology_source;            /* "" : none */
    int64_t topology_nodes, topology_edges; /* also of one that is too large */
    bool has_incident;
    struct {
        const char *id, *title, *service, *metric, *direction, *source;
        int64_t loaded_ms; /* when it was read, wall time */
        int64_t started_at_ms, now_ms, window_start_ms, window_end_ms, baseline_start_ms,
            baseline_end_ms;
    } incident;
    VEC(struct hypothesis) hypotheses;
    VEC(struct evidence) evidence;
    VEC(struct tool_run) tools;
    VEC(struct gap) gaps;
    VEC(struct approval) approvals;       /* in order of asking */
    VEC(struct kept_rule) kept;           /* remembered answers */
    VEC(struct mutation) mutations;       /* in order of proposal */
    bool read_only;                       /* nothing is changed from here on */
    VEC(struct procedure_run) procedures; /* in order of their start */
    VEC(struct candidate) candidates;     /* by rank */
    VEC(struct resource) resources;       /* in order of first sight */
    size_t cloud_resources;               /* of these from a cloud */
    struct {
        enum inventory_step step;
        int64_t scan, at_ms, resources, done, known, failed;
        const char *source, *text, *watched;
    } inventory;
    struct map *words;               /* texts that come again and again: kept once */
    size_t resource_health[HEALTHS]; /* how many of each */
    uint64_t resources_version;      /* another number after each sight of one */
    /* Which ones were seen again, oldest first, so that a list need not look at all of them. The
     * first kept is number resource_changes_from of all there ever were. */
    VEC(uint32_t) resource_changes;
    uint64_t resource_changes_from;
    VEC(struct item) items;
    VEC(struct decision) decisions;
    struct conclusion conclusion;
    /* NaN: not told. `turn`: what the session had cost when the turn began. */
    struct {
        double usd, usd_turn, usd_day, usd_limit, usd_day_limit;
        int64_t input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, calls, unpriced;
        int64_t tokens_turn;
    } cost;
    struct {
        int64_t window_tokens, answer_tokens, used_tokens;      /* window 0: not measured yet */
        struct context_part_seen parts[CONTEXT_PARTS_SEEN_MAX]; /* the largest first */
        size_t count;
        int64_t measured_ms;
    } context;
    size_t errors;
    int promotions;
    size_t hyp_tested, hyp_total; /* for "testing 3/5" */
    VEC(struct alert) alerts;     /* in order of first sight */
    VEC(struct change) changes;   /* likewise */
    VEC(struct finding) findings; /* the same */
    struct {
        enum security_state state;
        const char *text, *off, *call;
        int64_t checks, judged, unjudged, failed, left_out, looked_ms;
        int64_t done, known, begun_ms; /* of the look that goes on, or went on last */
        VEC(struct security_place) places;
        uint64_t changes; /* another number whenever a finding came or changed */
    } security;
    /* hypotheses, evidence, tool calls, resources, alerts, findings, changes:
     * id -> index + 1 */
    struct map *by_id[7];
};

/* "affects 4 of 13 services, the entry among them"; nothing when the impact is not known. */
void model_impact_words(const struct model *m, struct buf *out);

void model_init(struct model *m);
void model_release(struct model *m);
/* Fold one event (normalized or decoded: no NULL strings). Never fails: an event that refers to
 * something unknown, or an illegal phase change, becomes a notice item. */
void model_apply(struct model *m, const struct event *ev);

const char *model_last_question(const struct model *m); /* what the person said last; "" */

/* NULL when not there. */
const struct hypothesis *model_hypothesis(const struct model *m, const char *id);
const struct evidence *model_evidence(const struct model *m, const char *id);
const struct tool_run *model_tool(const struct model *m, const char *call);
const struct resource *model_resource(const struct model *m, const char *key);
/* Index by id; kind is 'h', 'e', 'c' (tool call), 'r', 'a' (alert), 'f' (finding) or 'k' (change).
 * SIZE_MAX: not
 * there. */
size_t model_index(const struct model *m, char kind, const char *id);

const struct finding *model_finding(const struct model *m, const char *id);
/* Those that count: neither gone nor accepted; by severity. */
void model_findings_count(const struct model *m, size_t ret[FINDING_SEVERITIES]);
const struct alert *model_alert(const struct model *m, const char *fingerprint);
/* 3: critical; 2: no or another word; 1: for information; 0: none. */
int alert_severity(const struct alert *a);
/* Is it what this investigation is about? */
bool alert_is_incident(const struct model *m, const struct alert *a);
/* The hypothesis that explains it: the root cause when it is the incident or of its service, else
 * the best candidate of its service. NULL: none yet. */
const struct hypothesis *alert_cause(const struct model *m, const struct alert *a);

const struct approval *model_approval(const struct model *m, const char *id);
size_t model_approvals_waiting(const struct model *m);
/* A run that ended takes what was confirmed in it along. */
void model_forget_confirmed(struct model *m);
const char *approval_state_name(enum approval_state s);
const struct mutation *model_mutation(const struct model *m, const char *id);
const char *mutation_state_name(enum mutation_state s); /* "verified", "rolled back" */
/* Of a step: the last one that it proposed. NULL: none. */
const struct mutation *model_mutation_of(const struct model *m, const char *origin);
const struct procedure_run *model_procedure(const struct model *m, const char *run);
/* One is under way, or waits for a person, in the process whose model this is. */
bool model_procedure_runs(const struct model *m);
/* The last one that is not over; NULL: none. */
const struct procedure_run *model_procedure_open(const struct model *m);
/* What a run waits for: a request of one of its mutations. NULL: none. */
const struct approval *model_procedure_approval(const struct model *m,
                                                const struct procedure_run *r);
const struct step_run *procedure_step_run(const struct procedure_run *r, const char *step);
/* Is nothing more to come of it? */
bool mutation_is_over(const struct mutation *mu);

/* May the investigation go from one phase to another? */
bool phase_may_change(enum phase from, enum phase to);
const char *hyp_status_name(enum hyp_status s);
const char *hyp_status_words(const struct hypothesis *h); /* the same, or "rejected" */
/* the display score of a state, 0-100, for a node whose confidence was not computed. */
int hyp_default_score(enum hyp_status s, enum evidence_strength best, bool has_evidence);

#endif
