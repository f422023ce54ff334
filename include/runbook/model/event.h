/* event.h - everything that happens, as one table of typed events.
 * Payloads are plain structs whose fields are described once (event_*.c); writing to JSON,
 * reading back, and the list in doc/ARCHITECTURE.md come from that table. A reader skips a type or
 * a field that it does not know; a missing optional field reads as "", 0, NaN or an empty list.
 * Strings are NUL-terminated UTF-8, borrowed: from the publisher when published, from the arena
 * when decoded.
 */
#ifndef RUNBOOK_MODEL_EVENT_H
#define RUNBOOK_MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/codec/value.h"
#include "runbook/model/event_names.h"

enum event_type {
    EV_SESSION_OPENED,
    EV_SESSION_CLOSED,
    EV_USER_MESSAGE,
    EV_INCIDENT_LOADED,
    EV_TOPOLOGY_LOADED,
    EV_TURN_STARTED,
    EV_TURN_ENDED,
    EV_PHASE_CHANGED,
    EV_AGENT_TEXT,
    EV_AGENT_THINKING,
    EV_TOOL_STARTED,
    EV_TOOL_TOLD,
    EV_TOOL_ENDED,
    EV_LIMIT_WARNED,
    EV_EVIDENCE_ADDED,
    EV_HYPOTHESIS_PROPOSED,
    EV_HYPOTHESIS_TESTING,
    EV_HYPOTHESIS_BRANCHED,
    EV_HYPOTHESIS_PRUNED,
    EV_HYPOTHESIS_SUPPORTED,
    EV_HYPOTHESIS_CONFIRMED,
    EV_HYPOTHESIS_STEERED,
    EV_GAP_NOTED,
    EV_CANDIDATE_RANKED,
    EV_ROOTCAUSE_IDENTIFIED,
    EV_REMEDIATION_PROPOSED,
    EV_CONCLUSION_REACHED,
    EV_RESOURCE_SEEN,
    EV_ALERT_SEEN,
    EV_INVENTORY_SEEN,
    EV_FINDING_SEEN,
    EV_SECURITY_LOOKED,
    EV_CHANGE_SEEN,
    EV_COST_UPDATED,
    EV_CONTEXT_MEASURED,
    EV_APPROVAL_REQUESTED,
    EV_APPROVAL_GRANTED,
    EV_APPROVAL_REJECTED,
    EV_APPROVAL_EXPIRED,
    EV_APPROVAL_CONFIRMED,
    EV_APPROVAL_REFUSED,
    EV_RULE_REMEMBERED,
    EV_RULE_REVOKED,
    EV_SESSION_BRANCHED,
    EV_AGENT_ASKED,
    EV_MODEL_CALLED,
    EV_MODEL_SWITCHED,
    EV_CONTEXT_COMPACTED,
    EV_JUDGE_REFUSED,
    EV_SESSION_RENAMED,
    EV_SESSION_TARGET,
    EV_POLICY_DECIDED,
    EV_MUTATION_PROPOSED,
    EV_MUTATION_PLANNED,
    EV_MUTATION_STARTED,
    EV_MUTATION_UNKNOWN,
    EV_MUTATION_ENDED,
    EV_MUTATION_VERIFIED,
    EV_READONLY_SET,
    EV_PLAN_CREATED,
    EV_PROCEDURE_STARTED,
    EV_PROCEDURE_STOPPED,
    EV_PROCEDURE_RESUMED,
    EV_PROCEDURE_FINISHED,
    EV_STEP_STARTED,
    EV_STEP_RETRIED,
    EV_STEP_ASKED,
    EV_STEP_ANSWERED,
    EV_STEP_FINISHED,
    EV_ERROR,
    EV_UNKNOWN, /* from a newer version: kept in the journal, skipped by the fold */
};
#define EV_TYPES EV_UNKNOWN /* how many known ones */

struct strings { /* a borrowed list */
    const char *const *items;
    size_t count;
};

struct ev_session_opened {
    const char *id, *title, *query, *version, *user, *host, *cwd;
    struct strings targets; /* "host:local", "prometheus:http://..." */
    int64_t now_ms;         /* the "now" of the investigation: the alert's time when one is given */
};
struct ev_session_closed {
    const char *reason; /* "done", "user", "interrupted" */
    int64_t exit_code;
};
struct ev_user_message {
    const char *text;
};
struct ev_incident_loaded {
    const char *id, *title, *service, *metric, *direction, *source; /* direction: up, down or "" */
    int64_t started_at_ms, now_ms;
    int64_t window_start_ms, window_end_ms, baseline_start_ms, baseline_end_ms; /* 0: not given */
};
/* The service graph that this session works with. */
struct ev_topology_loaded {
    const char *source; /* the file, or "labels" */
    int64_t nodes, edges;
    struct str graph; /* topology_encode(); {} when it is too large for a line of the journal */
};
struct ev_turn_started {
    int64_t turn;
    const char *investigator; /* "builtin", or "llm": a model beside it */
    const char *kind;         /* "": an investigation; "answer": a question is answered */
};
struct ev_turn_ended {
    int64_t turn;
    const char *reason; /* done, canceled, failed */
};
struct ev_phase_changed {
    int64_t from, to; /* enum phase */
};
struct ev_agent_text {
    const char *text; /* Markdown; pieces of one message carry the same `message` id */
    const char *message;
    bool last;
};
struct ev_agent_thinking {
    const char *text;
    const char *message; /* pieces of one thought carry the same id; "": it is whole */
};
struct ev_tool_started {
    const char *call, *tool, *title, *hypothesis; /* title: one line for people */
    struct str args;                              /* a JSON object */
    const char *query; /* what is cited: the PromQL, the command, the path */
};
/* How far a tool that runs has come. Shown, and not written down: its answer is. */
struct ev_tool_told {
    const char *call;
    int64_t done, known;         /* calls to a server, say: of so many that are known by now */
    const char *found, *trouble; /* "43 changes", "config throttled, asked again"; "" */
};
struct ev_tool_ended {
    const char *call;
    int64_t status; /* enum tool_status */
    const char *summary, *error;
    const char *blob, *content_type; /* "" when there is no result */
    int64_t size_bytes, duration_ms, rows;
};
struct ev_limit_warned {
    const char *tool, *text;
};
struct ev_evidence_added {
    const char *id, *call, *hypothesis;
    int64_t strength; /* enum evidence_strength */
    const char *statement, *query, *blob;
    const char *service, *metric, *resource, *unit;
    double before, after, score; /* NaN when not applicable */
    int64_t window_start_ms, window_end_ms, onset_ms;
    bool direct;   /* shows the cause itself, not a correlate (+20) */
    bool temporal; /* the change is within 5 minutes of the incident's start (+15) */
};
struct ev_hypothesis_proposed {
    const char *id, *parent, *statement, *kind, *resource, *service, *metric;
    const char *pattern;   /* which catalogue row proposed it */
    const char *rationale; /* why it is worth testing */
    const char *refutes;   /* what would refute it */
    int64_t category;      /* enum category */
    int64_t priority;      /* 1 (first) ... 5 */
};
struct ev_hypothesis_id {
    const char *id;
    const char *reason;
};
/* supported and confirmed */
struct ev_hypothesis_scored {
    const char *id;
    double confidence; /* 0-1 */
    const char *terms; /* "+20 corroborating E4, -25 contradicting E9" */
    const char *reason;
};
struct ev_hypothesis_steered {
    const char *id;
    int64_t act;      /* enum steer_act */
    const char *text; /* why, in the person's words; may be "" */
};
struct ev_gap_noted {
    const char *what, *why, *hypothesis; /* what could not be looked at */
    const char *code;                    /* err_code_name: denied, timeout, ... */
};
struct ev_candidate_ranked {
    int64_t rank; /* from 1 */
    const char *service, *metric, *resource, *category, *statement, *hypothesis;
    double score; /* 0-1 */
    struct strings evidence;
};
struct ev_rootcause_identified {
    const char *hypothesis, *statement, *category, *service, *metric, *resource;
    double confidence;
    struct strings evidence;
};
/* What a person could do about the root cause. Text: nothing is executed. */
struct ev_remediation_proposed {
    const char *hypothesis, *action;
    const char *command;  /* "": it is not a command */
    const char *rollback; /* how to undo it, or "none possible" */
    const char *watch;    /* what shows that it helped; may be "" */
    int64_t risk;         /* enum approval_risk */
    const char *act;      /* what the mutation engine can do of it: "host.signal pid=7"; "" */
    const char *skill;    /* the skill that fits: "free-disk-space path=/var"; "" */
};
struct ev_conclusion_reached {
    int64_t verdict; /* enum verdict */
    const char *summary;
    double confidence;
    struct strings affected_services, next_checks;
    struct strings also; /* what else is off in the same way, with what shows it; may be empty */
};
struct ev_resource_seen {
    const char *key;  /* "host:web-3/fs:/var": the same key replaces */
    const char *kind; /* filesystem, process, listener, unit, target, ... */
    const char *name, *parent, *status, *detail;
    int64_t health;            /* enum health */
    double value, limit;       /* NaN when none */
    const char *unit, *metric; /* what value is */
    /* Of a cloud; "" elsewhere. `id` is the end of the key; tags are JSON of an object. */
    const char *service, *region, *account, *id, *created, *tags;
    int64_t seen_ms;    /* when, if not now */
    int64_t changed_ms; /* of a cloud: when it was last seen to be another; 0: as before */
};
/* Where the resources of a cloud come from. They are not in the journal one by one: this says which
 * scan of the inventory they are of. */
struct ev_inventory_seen {
    int64_t step;                           /* enum inventory_step */
    int64_t scan;                           /* its number; 0: none */
    int64_t at_ms;                          /* when it was scanned */
    int64_t resources, done, known, failed; /* lists that ended, that there are, that failed */
    const char *source;                     /* "inventory.db" */
    const char *text;                       /* what is wrong, or to be done */
    const char *watched; /* what is looked at by itself: "ec2 rds every 5m"; "" */
};
/* What an alert server said of one alert. The same fingerprint again replaces. */
struct ev_alert_seen {
    const char *fingerprint; /* of its labels: 16 hex digits */
    const char *name, *severity, *service, *summary;
    const char *labels; /* {a="b",c="d"} */
    const char *source; /* the tool that said so */
    const char *call;   /* in which answer */
    int64_t state;      /* enum alert_state */
    int64_t started_ms; /* since when; 0: unknown */
};
/* What is not safe. The same id again replaces. */
struct ev_finding_seen {
    const char *id;    /* 16 hex digits */
    const char *check; /* "s3-public-acl" */
    const char *service, *source, *resource, *account, *region, *title;
    const char *evidence, *why, *fix;
    const char *act; /* a line that proposes the fix; "" */
    const char *rollback, *reference, *also, *status;
    const char *suppressed; /* by whom and why; "" */
    const char *call;       /* in which answer */
    int64_t severity;       /* enum finding_severity */
    bool gone;              /* it was looked for again and is not there */
};
/* How far a look for them came. */
struct ev_security_looked {
    int64_t state;    /* enum security_state */
    const char *text; /* what was not read, or why nothing was; lines */
    const char *off;  /* what is not enabled: "Security Hub in eu-west-1"; lines */
    const char *call;
    int64_t checks, judged, unjudged, failed, left_out; /* left_out: findings beyond the bound */
    /* While it goes on: calls answered, of those known; what each place has said, a string each:
     * service, region, account, done, known, end ("" or "denied"), operation, why, with tabs. */
    int64_t done, known;
    struct strings places;
};
/* Somebody changed something of the system that is looked at: a deployment, a call, an event of the
 * provider. The same key again replaces. */
struct ev_change_seen {
    const char *key;  /* who says so, and its own id */
    const char *kind; /* deployment, scaling, access, network, ... provider */
    const char *what; /* a short name: "web" */
    const char *resource, *service, *region, *account;
    const char *actor;   /* who; "" */
    const char *text;    /* a sentence */
    const char *outcome; /* ok, running, failed, rolled-back */
    const char *error;   /* why it failed; "" */
    const char *source;  /* "ecs:DescribeServices" */
    const char *call;    /* the query in whose answer it stood */
    int64_t at_ms;       /* when it began */
};
/* Of the session so far. Dollars are of the calls whose price is known; NaN: not told. */
struct ev_cost_updated {
    double usd;
    int64_t input_tokens, output_tokens;           /* input: with what was read from a cache */
    int64_t cache_read_tokens, cache_write_tokens; /* part of the input */
    int64_t calls, unpriced;                       /* unpriced: their price is not known */
    double usd_day, usd_limit, usd_day_limit;      /* negative limit: none */
};
/* What fills the window of the model, before a call. */
struct ev_context_measured {
    int64_t window_tokens, answer_tokens, used_tokens;
    struct str parts; /* [{"role","tool","items","full","compact","dropped","tokens"}] */
};
/* What policy says of a mutation, and by which rules. */
struct ev_policy_decided {
    const char *mutation;
    int64_t risk;         /* enum approval_risk */
    const char *decision; /* allow, approve, typed, two_person, deny */
    struct strings risk_rules, rules;
    const char *limits; /* "mutations 1/5  cooldown 0s" */
};
/* Somebody wants something changed. Nothing has been looked at yet. */
struct ev_mutation_proposed {
    const char *id, *operation; /* "host.signal" */
    const char *target;         /* where: "local", a host, the address of a server */
    struct str args;            /* a JSON object, checked, with its defaults */
    const char *why, *hypothesis;
    struct strings evidence;
    const char *by;     /* the person and the terminal */
    const char *undo;   /* the mutation that this one takes back; "" */
    const char *origin; /* the step of a procedure's run that wants it; "" */
    bool dry_run;
    bool ask;       /* a person is asked also where the policy allows it */
    struct str who; /* the person in whose session it is: identity_json() */
};
/* What was read, and what exactly would be done. From the parsed request only. */
struct ev_mutation_planned {
    const char *id, *resource;
    const char *effect, *before, *after, *rollback, *blast, *cost, *watch;
    int64_t before_ms;
    struct strings calls; /* the exact calls, one a line, as a person would type them */
    struct str facts;     /* what identifies the resource and its state before: a JSON object */
    const char *rollback_operation; /* "" : nothing takes it back */
    struct str rollback_args;
    bool rolls_back; /* by itself, when what was to be reached is not reached */
    int64_t duration_ms;
};
/* Written and synced before the first call leaves. */
struct ev_mutation_started {
    const char *id, *what; /* what: "execute" or "rollback" */
    const char *token;     /* the same for one attempt, where the other side knows such a thing */
    struct str facts;      /* what is compared with afterwards: a JSON object */
    struct strings calls;
};
/* It was started, and whether it came to its end is not known: it is found out by reading. */
struct ev_mutation_unknown {
    const char *id, *what, *why;
};
/* The calls have ended, or it was not started at all. */
struct ev_mutation_ended {
    const char *id, *what;
    /* done, failed, refused, dry_run; already: it is as it should be; unknown: it stays so */
    const char *outcome;
    const char *text;
    int64_t duration_ms;
};
/* What the resource says afterwards. */
struct ev_mutation_verified {
    const char *id, *what;
    bool holds;       /* what was to be reached is reached */
    const char *text; /* the state that was read */
    int64_t duration_ms;
};
/* A plan was made of a sentence and shown: engine/plan.h. */
struct ev_plan_created {
    const char *id, *playbook, *version, *sha256, *summary;
    struct str intent, plan; /* JSON objects */
};
/* From here on this session changes nothing. It is not taken back. */
struct ev_readonly_set {
    const char *why;
};
/* A procedure (a skill, an SOP, a plan) is run from here on. */
struct ev_procedure_started {
    const char *run, *kind, *id, *name, *version, *source, *sha256;
    const char *by, *why, *hypothesis;
    struct str definition; /* engine/procedure.h, procedure_encode() */
    struct str params;     /* a JSON object */
    bool dry_run, mutates; /* mutates: it has steps that change something */
};
/* stopped: its process ended, or will; resumed: at its step, by whom. */
struct ev_procedure_moved {
    const char *run, *why, *by;
};
struct ev_procedure_finished {
    const char *run;
    int64_t state; /* enum procedure_state */
    const char *text;
    int64_t duration_ms;
};
/* One try of a step begins; with `rollback` it is taken back. */
struct ev_step_started {
    const char *run, *step;
    int64_t visit, attempt; /* from 1 */
    bool rollback;
    struct str args; /* a JSON object, its templates filled in */
};
/* A try failed, and another one follows. */
struct ev_step_retried {
    const char *run, *step, *text;
    int64_t attempt, wait_ms;
};
/* It waits for a person. */
struct ev_step_asked {
    const char *run, *step, *question;
    struct strings options;
};
struct ev_step_answered {
    const char *run, *step, *answer, *by;
};
struct ev_step_finished {
    const char *run, *step;
    int64_t state; /* enum step_state */
    bool rollback;
    const char *text, *call, *mutation;
    struct str result; /* JSON, when it is small; else it is the answer of `call` */
    /* What follows: "" the next one; a step; "end"; "fail": what was done is taken back; "stop":
     * nothing is. */
    const char *next;
    int64_t duration_ms;
};
/* A mutation that waits for a person. All of it comes from the parsed request and from policy, none
 * from a model's words but `why`. The same id again replaces what was asked. */
struct ev_approval_requested {
    const char *id, *operation, *resource, *account, *region, *environment;
    int64_t risk;    /* enum approval_risk */
    struct str args; /* the parameters, a JSON object */
    const char *why, *hypothesis;
    struct strings evidence;
    const char *effect;      /* what changes */
    const char *before;      /* the state that was read, and when */
    int64_t before_ms;       /* 0: not read */
    const char *after;       /* the state that is to be reached */
    const char *rollback;    /* "" : there is none */
    const char *blast;       /* who or what feels it */
    const char *cost;        /* how long it takes, and what it costs */
    const char *watch;       /* what shows that it helped */
    struct strings calls;    /* what exactly is run */
    const char *policy;      /* which rule asks, in words */
    const char *limits;      /* "mutations 1/5  cooldown 0s" */
    const char *fingerprint; /* of all this: model/approval.h */
    int64_t expires_ms;
    int64_t persons;      /* who have to say yes; 0 and 1: whoever is asked */
    const char *proposer; /* who asked, in words: "ann@web-3 pts/4", "llm:..." */
};
/* granted, rejected, expired; confirmed: one of several persons has said yes; refused: somebody
 * said yes whose word does not count, and `reason` says why. */
struct ev_approval_decided {
    const char *id, *fingerprint; /* of what the person saw */
    const char *reason;
    const char *by;         /* the person and the terminal: identity_words() */
    struct strings seconds; /* granted: the other persons, and how their word came */
};
/* A person does not want to be asked again: yes for this session, or never. revoked: only `id`. */
struct ev_rule {
    const char *id, *operation, *resource; /* resource: a pattern */
    struct str params; /* a yes: for exactly these, a JSON object; {}: any without flags */
    bool deny;
    const char *approval; /* the answer that it came with; "" */
    const char *by;
};
/* What stands before it was copied from another session; what follows is this one's own. */
struct ev_session_branched {
    const char *from; /* id of that session, or the name of its recording */
    int64_t event;    /* its last event that was copied */
    const char *hash; /* of that event's line there */
};
/* The model wants to know something of the person; the next message of the user is the answer. */
struct ev_agent_asked {
    const char *id, *text;
    struct strings options; /* answers that it thinks of; may be empty */
};
/* One request to a language model has ended. */
struct ev_model_called {
    const char *message; /* the id of what it said */
    const char *purpose; /* "": it answers; "summary": of the conversation, for its own window */
    const char *provider, *model;
    const char *prompt; /* version of the prompts */
    const char *stop;   /* end_turn, tool_use, max_tokens, canceled, failed ... */
    const char *error;  /* "": none */
    int64_t input_tokens, output_tokens, cache_read_tokens, cache_write_tokens;
    int64_t context_tokens; /* estimate of what was sent, before it was */
    int64_t duration_ms, first_ms,
        tools;  /* first: until its first word; tools: calls it asked for */
    double usd; /* NaN: the price is not known */
};
/* Another model goes on, or, with `to` "builtin", none does. */
struct ev_model_switched {
    const char *from, *to, *why;
};
/* Older parts of the conversation were summarised to fit the model's window. */
struct ev_context_compacted {
    int64_t before_tokens, after_tokens, limit_tokens;
    const char *text;    /* one line: what was done */
    const char *summary; /* what the model is told in place of it */
};
/* Code did not accept what the model wanted: a claim, an evidence, a confirmation, a call. */
struct ev_judge_refused {
    const char *what, *why;
    const char *hypothesis, *call; /* "" when it is about none */
    bool warning;                  /* a person should know: it may have been told to by a text */
};
struct ev_session_renamed {
    const char *title;
};
/* A question spoke of something that was no target of the session before. */
struct ev_session_target {
    const char *target; /* "aws:default/eu-west-1" */
};
struct ev_error {
    const char *text, *code, *doing;
};

struct event {
    uint64_t seq; /* given by the journal */
    int64_t ts_ms;
    enum event_type type;
    const char *actor; /* builtin, user, engine, or "llm:" and a model's name */
    union {
        struct ev_session_opened session_opened;
        struct ev_session_closed session_closed;
        struct ev_user_message user_message;
        struct ev_incident_loaded incident_loaded;
        struct ev_topology_loaded topology_loaded;
        struct ev_turn_started turn_started;
        struct ev_turn_ended turn_ended;
        struct ev_phase_changed phase_changed;
        struct ev_agent_text agent_text;
        struct ev_agent_thinking agent_thinking;
        struct ev_tool_started tool_started;
        struct ev_tool_told tool_told;
        struct ev_tool_ended tool_ended;
        struct ev_limit_warned limit_warned;
        struct ev_evidence_added evidence_added;
        struct ev_hypothesis_proposed hypothesis_proposed;
        struct ev_hypothesis_id hypothesis_id; /* testing, branched, pruned */
        struct ev_hypothesis_scored hypothesis_scored;
        struct ev_hypothesis_steered hypothesis_steered;
        struct ev_gap_noted gap_noted;
        struct ev_candidate_ranked candidate_ranked;
        struct ev_rootcause_identified rootcause_identified;
        struct ev_remediation_proposed remediation_proposed;
        struct ev_conclusion_reached conclusion_reached;
        struct ev_resource_seen resource_seen;
        struct ev_alert_seen alert_seen;
        struct ev_inventory_seen inventory_seen;
        struct ev_finding_seen finding_seen;
        struct ev_security_looked security_looked;
        struct ev_change_seen change_seen;
        struct ev_cost_updated cost_updated;
        struct ev_context_measured context_measured;
        struct ev_approval_requested approval_requested;
        struct ev_approval_decided approval_decided; /* granted, rejected, expired */
        struct ev_rule rule;
        struct ev_session_branched session_branched;
        struct ev_agent_asked agent_asked;
        struct ev_model_called model_called;
        struct ev_model_switched model_switched;
        struct ev_context_compacted context_compacted;
        struct ev_judge_refused judge_refused;
        struct ev_session_renamed session_renamed;
        struct ev_session_target session_target;
        struct ev_policy_decided policy_decided;
        struct ev_mutation_proposed mutation_proposed;
        struct ev_mutation_planned mutation_planned;
        struct ev_mutation_started mutation_started;
        struct ev_mutation_unknown mutation_unknown;
        struct ev_mutation_ended mutation_ended;
        struct ev_mutation_verified mutation_verified;
        struct ev_readonly_set readonly_set;
        struct ev_plan_created plan_created;
        struct ev_procedure_started procedure_started;
        struct ev_procedure_moved procedure_moved; /* stopped, resumed */
        struct ev_procedure_finished procedure_finished;
        struct ev_step_started step_started;
        struct ev_step_retried step_retried;
        struct ev_step_asked step_asked;
        struct ev_step_answered step_answered;
        struct ev_step_finished step_finished;
        struct ev_error error;
    } u;
};

const char *event_type_name(enum event_type type);     /* "evidence.added" */
enum event_type event_type_from_name(struct str name); /* EV_UNKNOWN when not known */
/* A decision or a mutation must be on disk before the program goes on. */
bool event_is_durable(enum event_type type);
/* Set strings that the publisher left NULL to "": readers and the fold rely on it. Numbers that are
 * "not applicable" must be NAN already (a zeroed struct says 0). */
void event_normalize(struct event *ev);
/* Append the payload's JSON object to `out`. */
void event_encode(const struct event *ev, struct buf *out);
/* Fill `ret` from a payload; strings go to `arena`. Wrong types of known fields are ERR_INPUT. Seq,
 * time and actor are the caller's. */
enum err_code event_decode(enum event_type type, const struct value *data, struct arena *arena,
                           struct event *ret, struct err *err);

#endif
