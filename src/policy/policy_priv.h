/* policy_priv.h - what the files of policy share. */
#ifndef RUNBOOK_SRC_POLICY_POLICY_PRIV_H
#define RUNBOOK_SRC_POLICY_POLICY_PRIV_H

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/codec/value.h"
#include "runbook/policy/policy.h"

#define POLICY_NAME_MAX 256 /* of a name after folding; what is longer is cut */

/* The ASCII letter that a letter of another alphabet looks like, or 0. */
uint32_t policy_lookalike(uint32_t cp);

/* A time of the week, or a span of time. */
struct time_rule {
    bool any;
    unsigned days;          /* bit 0: Sunday */
    int from_min, to_min;   /* of the day; from > to goes over midnight; 0 and 1440: all day */
    int64_t offset_ms;      /* of the local time to UTC */
    int64_t from_ms, to_ms; /* a span; 0: none */
};
bool time_rule_matches(const struct time_rule *t, int64_t now_ms);

struct text_list {
    const char **items;
    size_t count;
};

struct policy_tag {
    const char *key;
    struct text_list values;
};

/* One rule of the file. An empty list matches anything. */
struct policy_rule {
    const char *name, *reason;
    enum policy_act act;
    struct text_list risk, provider, service, operation, kind, environment, resource, user, account;
    struct policy_tag *tags;
    size_t tag_count;
    struct time_rule time;
    size_t min_targets; /* 0: any */
    unsigned line;
    bool adds; /* never stands in for a default */
};

struct freeze {
    const char *name;
    struct text_list environment;
    struct time_rule time;
    bool deny;
};

struct policy {
    struct arena *arena;
    const char *name;
    VEC(struct policy_rule) rules;
    VEC(struct freeze) freezes;
    struct policy_limits limits;
    VEC(const char *) scopes[OP_SCOPES]; /* the last one is NULL */
    struct scope_words words;
    struct command_limits commands;
    struct {
        VEC(struct policy_approver) list;
        const char *keys, *folder;
        int64_t token_ms;
        bool tiers;
    } people;
};
enum err_code policy_read_approvers(struct policy *p, const struct value *v, struct err *err);

enum policy_fit { FIT_NONE, FIT_LOOSE, FIT_EXACT };
enum policy_fit policy_rule_fit(const struct policy_rule *r, const struct operation *op,
                                const struct risk_result *risk, const struct policy_user *who,
                                int64_t now_ms, const struct scope_words *words);
bool policy_freeze_fits(const struct freeze *f, enum op_scope scope, int64_t now_ms);

/* * and ?; bytewise. */
bool policy_glob(struct str pattern, struct str text);
enum policy_fit policy_text_fit(const struct text_list *l, const char *text);

/* What one word means; SCOPE_UNKNOWN: nothing. */
enum op_scope policy_scope_of_word(struct str word, const struct scope_words *words);
/* Do the words of `name` hold one that means production? ... SCOPE_UNKNOWN: none of them. */
enum op_scope policy_scope_of_name(struct str name, const struct scope_words *words);

#endif
