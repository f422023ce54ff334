/* mutate.h - changing something: the one way in which this program does.
 * propose -> read the resource -> plan -> policy -> a person's answer -> read and plan again: the
 * same? -> a place in the ledger -> mutation.started, synced -> execute once -> read until what was
 * to be reached is reached, or the time is over -> roll back when the plan said so.
 * Nothing is ever started twice: what crashed or ran out of time is found out by reading. What has
 * no journal is not started at all. A model can call engine_propose() through its tool, like a
 * person; neither of them can skip a step. */
#ifndef RUNBOOK_ENGINE_MUTATE_H
#define RUNBOOK_ENGINE_MUTATE_H

#include "runbook/codec/json.h"
#include "runbook/engine/engine.h"
#include "runbook/policy/policy.h"

/* One operation, a row of the table in engine/mutate/table.c. */
struct act_def;
const struct act_def *const *act_table(void); /* NULL-terminated */
const struct act_def *act_find(const char *name);
const char *act_name(const struct act_def *d); /* "host.process.signal" */
const char *act_help(const struct act_def *d);
const char *act_undo_help(const struct act_def *d); /* how it is undone, in words */
enum risk act_floor(const struct act_def *d);
/* What policy and the table of risks call it: "aws.ec2.stop-instances"; mostly its name. */
const char *act_risk_name(const struct act_def *d);
const struct tool_param *act_params(const struct act_def *d);
/* What it asks and changes in AWS: "ec2:StopInstances"; NULL-terminated, or NULL: nothing. */
const char *const *act_uses(const struct act_def *d);

/* "host.unit.restart host=web-3 unit=nginx.service" from the words of a command line: words[0] is
 * the operation. *ret_args is a JSON object, unchecked. ERR_INPUT, ERR_NOT_FOUND with the nearest
 * name. */
enum err_code act_parse_words(const char *const *words, size_t count, const struct act_def **ret,
                              struct buf *ret_args, struct err *err);
/* The same from one line, as act_from_command() writes it: words with blanks are quoted. */
enum err_code act_parse_line(const char *line, const struct act_def **ret, struct buf *ret_args,
                             struct err *err);
/* The operation that does what this command line of a proposal does on `host`, as a line for
 * act_parse_line(). False: none does, and nothing is appended. */
bool act_from_command(const char *command, const char *host, struct buf *out);

struct mutate_request {
    const char *operation;
    struct str args; /* a JSON object; "": {} */
    const char *why, *hypothesis;
    struct strings evidence;
    const char *actor;  /* NULL: "user" */
    const char *undo;   /* the id of the mutation that this one takes back; NULL: none */
    const char *origin; /* the step of a procedure's run that wants it; NULL: none */
    bool dry_run;       /* the calls are shown, none is made */
    bool ask;           /* a person is asked also where the policy allows it */
};

/* *ret_id lives as long as the model. What follows is told by events. ERR_INPUT, ERR_NOT_FOUND:
 * nothing was proposed; ERR_DENIED: the session is read-only. */
enum err_code engine_propose(struct engine *e, const struct mutate_request *r, const char **ret_id,
                             struct err *err);
/* Propose what takes `id` back. ERR_INPUT: nothing does, or it was not done. */
enum err_code engine_undo(struct engine *e, const char *id, const char **ret_id, struct err *err);
/* The same for a step of a procedure's run. */
enum err_code engine_undo_for(struct engine *e, const char *id, const char *origin,
                              const char **ret_id, struct err *err);
bool engine_mutating(const struct engine *e); /* something is read, executed or verified */
/* From here on nothing is changed; there is no way back in this session. */
void engine_set_readonly(struct engine *e, const char *why);

/* How it ended, as one JSON object (schema runbook.mutation/1), and as text for people. */
void mutation_json(const struct model *m, const struct mutation *mu, struct buf *out);
void mutation_text(const struct model *m, const struct mutation *mu, struct buf *out);

/* Mutations that were started by a process that has ended since, and whose end is not recorded: ids
 * of their sessions, for engine_resume(). The caller frees each and the list. */
char **mutate_unfinished(const char *state_dir, size_t *ret_count);
/* Where a mutation was proposed: the session's id; NULL: unknown. The caller frees. */
char *mutate_find_session(const char *state_dir, const char *id);

/* Answers that count again: "never" from never.json of the state folder, and in an engine also yes
 * for its session. */
struct remembered {
    char *id, *operation, *resource, *params, *by;
    int64_t since_ms;
    bool deny;
};
struct never {
    VEC(struct remembered) rules;
};
enum err_code never_load(const char *state_dir, struct never *ret, struct err *err);
enum err_code never_save(const char *state_dir, const struct never *n, struct err *err);
struct remembered *never_add(struct never *n, bool deny, const char *operation,
                             const char *resource, const char *params, const char *by, int64_t ms);
bool never_drop(struct never *n, const char *id); /* false: there is none */
void never_release(struct never *n);

/* Whose token is it, by the keys that the policy names? NULL: *ret->approver's; else why it is
 * nobody's. Strings go to `arena`; what it is for is not looked at. */
struct token;
const char *token_person(const struct policy *p, struct str text, struct arena *arena,
                         struct token *ret, struct err *err);

/* The person: "ann@web-3 pts/4 ssh 10.0.0.7 sudo bob". */
struct identity {
    char user[128], host[128], tty[64], ssh[80], sudo_user[128];
    char login_user[128]; /* who logged in, where the kernel kept it */
    int64_t uid;
};
void identity_read(struct identity *ret); /* of this process; "" is not known */
void identity_words(const struct identity *id, struct buf *out);
void identity_json(const struct identity *id, struct json_writer *w);
/* What somebody wrote of himself. False: it is no identity. */
bool identity_parse(const struct value *v, struct identity *ret);
struct policy_user identity_user(const struct identity *id); /* borrows `id` */
/* The person behind it: who came by sudo, else who logged in, when the account is root's. */
const char *identity_person(const struct identity *id);

#endif
