/* aws_act.h - what the rows of AWS share: calls, answers, tags, places. A row asks and plans; what
 * goes out is sent by mutate_aws.c. */
#ifndef RUNBOOK_ENGINE_MUTATE_AWS_ACT_H
#define RUNBOOK_ENGINE_MUTATE_AWS_ACT_H

#include "act.h"

/* The region is named, or nothing is done: there is no other to fall back to. */
#define AWS_PLACE_PARAMS                                                                           \
    {"region", PARAM_STRING, true, NULL, 0, 0, NULL, "The region; it is never guessed."},          \
    {                                                                                              \
        "account", PARAM_STRING, false, "", 0, 0, NULL,                                            \
            "The account of services.yaml; needed where there are several."                        \
    }

/* What a row asks and changes; its keys' owner is asked by all. */
#define AWS_USES(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        "sts:GetCallerIdentity", __VA_ARGS__, NULL                                                 \
    }

#define AWS_LOOK_MS 5000 /* between two looks at AWS, at the most */
#define AWS_MINUTE 60000

bool act_aws_available(const struct tool_env *env, struct err *err);

/* First of every read(): is the region one, and whose keys are they? The answer is reads[0]. */
enum err_code act_aws_begin(struct act *a, struct err *err);
/* Of a service without regions. */
enum err_code act_aws_begin_global(struct act *a, struct err *err);
/* A name that goes into a call: letters, digits and -_./:+=@ only. */
enum err_code act_aws_word_ok(const char *what, const char *word, struct err *err);

/* {"name":...} of pairs that end with NULL. "name" takes a text, "name[]" a list of one text,
 * "name:" JSON as it is; one whose value is NULL is left out. In the arena. */
const char *act_aws_params(struct act *a, const char *name, ...) __attribute__((sentinel));
struct act_call *act_aws_ask(struct act *a, const char *service, const char *operation,
                             const char *params);
struct act_call *act_aws_do(struct act *a, const char *service, const char *operation,
                            const char *params);
/* Two calls: AWS says whether it would be permitted, then it does it. `params` without DryRun. */
void act_aws_try_and_do(struct act *a, const char *service, const char *operation,
                        const char *params);

/* What was answered to a read: its items. NULL: it failed, and *err says how. */
const struct value *act_aws_items(struct act *a, size_t call, struct err *err);
/* The first of them. ERR_NOT_FOUND: "there is no WHAT". */
const struct value *act_aws_one(struct act *a, size_t call, const char *what, struct err *err);
/* Text, number or flag at a path, as text; "" when there is none. */
const char *act_aws_text(struct act *a, const struct value *v, const char *path);
int64_t act_aws_int(struct act *a, const struct value *v, const char *path, int64_t fallback);
bool act_aws_flag(struct act *a, const struct value *v, const char *path);
/* A list at a path, however its protocol writes it; *ret items live in the arena. */
size_t act_aws_list_at(struct act *a, const struct value *v, const char *path,
                       const struct value **ret);
/* Tags of a resource, for policy; and the one that is called so, or "". */
void act_aws_take_tags(struct act *a, const struct value *v, const char *path);
const char *act_aws_tag(struct act *a, const char *key);

/* Where it is: account, region, one target. `facts` of a plan begin with act_act_aws_number(). */
void act_aws_place(struct act *a, const char *resource, const char *id);
const char *act_aws_number(struct act *a); /* of the account: 12 digits, or "" */
const char *act_aws_arn(struct act *a, const char *service, const char *rest);
/* The arguments of the same place: {"region":..,"account":.., NAME: VALUE ...}. */
const char *act_aws_back_args(struct act *a, const char *name, ...) __attribute__((sentinel));
/* In read() and verify(), after the calls: they are not known to have ended well. */
bool act_aws_answer_lost(const struct act *a);
/* What CloudTrail recorded about a resource since this was proposed; it comes within 15 minutes.
 * Source: CloudTrail User Guide, "How CloudTrail works". */
struct act_call *act_aws_ask_trail(struct act *a, const char *resource);
bool act_aws_trail_has(struct act *a, size_t call, const char *event);
/* In verify(): it is neither as it was nor as it was to be, so somebody else set it since. Nothing
 * is taken back by itself then, and a->said says so. */
void act_aws_others(struct act *a, const char *now, const char *before, const char *wanted);
/* The newest "Date" of events whose Message holds `word` and `also`; "" when there is none, NULL
 * when they could not be read. Dates are AWS's own, so that they can be compared whatever our clock
 * says, and an event that is too old to be listed any more makes no difference. */
const char *act_aws_last_event(struct act *a, size_t call, const char *word, const char *also);
/* A count as text. */
const char *act_aws_num(struct act *a, int64_t n);

#endif
