/* policy.h - may this be done, and who has to say yes? policy.yaml, the defaults, the limits and
 * the built-in blacklist. Pure: the file's text, the user, the time and the counters are arguments.
 * Order: the blacklist and read-only mode deny, whatever else says; the limits deny; then the
 * defaults, or the rules of the file that match. Of these the strictest wins, so their order does
 * not matter. A rule that fits only when spelling tricks are looked through can make the answer
 * stricter, never milder. Below a floor no rule gets: critical is typed, high is approved, a
 * deletion in production is typed. No environment counts as production. */
#ifndef RUNBOOK_POLICY_POLICY_H
#define RUNBOOK_POLICY_POLICY_H

#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/policy/command.h"
#include "runbook/policy/risk.h"

/* In order: a greater one is stricter. */
enum policy_act { POLICY_ALLOW, POLICY_APPROVE, POLICY_TYPED, POLICY_TWO_PERSON, POLICY_DENY };
#define POLICY_ACTS (POLICY_DENY + 1)
const char *policy_act_name(enum policy_act a); /* "allow" ... "two_person", "deny" */
bool policy_act_from_name(struct str name, enum policy_act *ret);

/* What a person has to enter. */
enum policy_confirm { CONFIRM_NONE, CONFIRM_KEY, CONFIRM_YES, CONFIRM_NAME };

/* Who wants it, or who approves it. */
struct policy_user {
    const char *name, *host, *tty, *ssh_client, *sudo_user;
    const char *login_user; /* who logged in, whatever he became since: Linux' loginuid */
    int64_t uid;            /* -1: not known */
};

/* What was remembered of earlier answers: this operation on this resource, for this session, or
 * never. A yes counts only for exactly these parameters, a no for all, and for what looks alike. */
struct policy_remembered {
    const char *operation; /* operation_name() */
    const char *resource;  /* a pattern: * and ? */
    const char *argv;      /* the arguments joined by LF; "": any that no flag is set of */
    const char *params;    /* operation.params, when it is for these; NULL or "": argv says */
    bool deny;
};

/* What was done before; whoever runs mutations keeps it, durable across restarts. */
struct policy_counters {
    size_t session_mutations;
    size_t resource_mutations; /* of this resource, in this session */
    int64_t last_critical_ms;  /* 0: none; of any resource */
    bool read_only;            /* by flag, configuration or key */
    const struct policy_remembered *remembered;
    size_t remembered_count;
};

#define POLICY_FIRED_MAX 24
struct policy_fired {
    char rule[64];
    enum policy_act act; /* what this rule says */
    bool decided;        /* the answer is from here */
    char why[200];
};

struct policy_decision {
    enum policy_act act;
    enum policy_confirm confirm;
    const char *confirm_text; /* what is to be typed: "yes", or the resource's name; else "" */
    int persons;              /* who have to say yes, whoever asked included: 0 to 3 */
    int tier;                 /* 0 reads, 1 low, 2 takes a token, 3 two others */
    const char *level;        /* "L0" ... "L3"; "": denied */
    int64_t retry_ms;         /* a cooldown ends in so long; 0: waiting does not help */
    int64_t expires_ms;       /* how long an answer is waited for */
    size_t mutations_left;    /* of this session, before this one */
    struct risk_result risk;  /* with the freeze of this policy in it */
    struct policy_fired fired[POLICY_FIRED_MAX];
    size_t count;
};

struct policy; /* opaque, immutable once it is set up */

/* An empty text gives the defaults. `name` is for messages: "policy.yaml line 4 column 7: ...". */
enum err_code policy_load(struct str text, const char *name, struct policy **ret, struct err *err);
void policy_free(struct policy *p); /* NULL is fine */

struct policy_limits {
    size_t mutations;          /* of a session */
    size_t resource_mutations; /* of one resource in a session */
    size_t targets;            /* of one operation */
    int64_t cooldown_ms;       /* between critical ones */
    int64_t expires_ms;        /* how long an answer is waited for */
    bool read_only;
};
struct policy_limits policy_limits(const struct policy *p);
/* From the configuration and the command line, before the first decision. Limits only get stricter:
 * the smaller count, the longer pause; 0 cooldown and SIZE_MAX counts change nothing. */
void policy_restrict(struct policy *p, const struct policy_limits *l);
/* A word that means this scope (policy.scopes.prod). */
void policy_add_scope(struct policy *p, enum op_scope scope, const char *word);
/* A rule of the configuration: `what` is an operation's pattern, or the name of a risk or a kind.
 * One that allows counts as if it stood in the file, any other only makes an answer stricter. */
void policy_add_rule(struct policy *p, const char *name, const char *what, enum policy_act act);
/* What typed commands may be, and which paths are out of bounds. */
const struct command_limits *policy_commands(const struct policy *p);

/* `facts` as for risk_classify(), `who` and `counters` may be NULL: nothing is known. `now_ms` is
 * Unix time. */
void policy_decide_facts(const struct policy *p, const struct operation *op,
                         const struct risk_facts *facts, const struct policy_user *who,
                         int64_t now_ms, const struct policy_counters *counters,
                         struct policy_decision *ret);

/* Name of the change freeze that is on at `now_ms` for this operation's environment, or NULL. */
const char *policy_freeze(const struct policy *p, const struct operation *op, int64_t now_ms);

/* May `approver` approve what `proposer` asked for? Never the same person: same name, same user id
 * on the same host, one behind the other's sudo or login, the same terminal, the same connection of
 * ssh; and never root whom nobody stands behind. False says why. */
bool policy_second_person(const struct policy_user *proposer, const struct policy_user *approver,
                          const char **ret_why);

/* "approvers" of policy.yaml: who may be a second person, and how their word comes. */
struct policy_approver {
    const char *name; /* of the account, and of the token */
    const char *key;  /* the public key as PEM; "": a file of the folder, or none */
    bool senior;      /* where there are any, one of them is the second person (A-29, L3) */
};
struct policy_people {
    const struct policy_approver *list; /* none: anybody who is somebody else */
    size_t count;
    const char *keys, *folder; /* NAME.pub of each; where requests lie; NULL: none */
    int64_t token_ms;          /* how long a token may live */
    bool tiers;                /* the tiers of A-30 say how many, and by which way */
};
struct policy_people policy_people(const struct policy *p);
const struct policy_approver *policy_approver(const struct policy *p,
                                              const char *name); /* or NULL */

/* The built-in blacklist: why this is never done, or NULL. No configuration lifts it. */
const char *policy_blacklisted(const struct operation *op, const char **ret_rule);

#endif
