/* policy_open.h - the policy of this user: policy.yaml, with the configuration put into it; and its
 * answers in words. */
#ifndef RUNBOOK_SRC_APP_POLICY_OPEN_H
#define RUNBOOK_SRC_APP_POLICY_OPEN_H

#include "runbook/app/app.h"
#include "runbook/codec/json.h"
#include "runbook/policy/policy.h"

/* `file`: NULL searches policy.yaml beside the configuration, in the nearest .runbook upward, in
 * the configuration's folder of the user; none of them: the defaults. A file that everybody may
 * write is refused. *ret_file (the caller frees; may be NULL) is what was read, or NULL. */
enum err_code policy_open(struct app *app, const char *file, struct policy **ret, char **ret_file,
                          struct err *err);

/* What is to be decided: an operation, or why a command is none. */
struct policy_case {
    struct operation op;
    const char *line;               /* the command as it was typed; NULL: an operation */
    struct command_problem problem; /* with `rule`: the command was refused */
};
/* Rule by rule. The buffer is for a terminal: outside text in it is sanitised. */
void policy_say(const struct policy_case *c, const struct policy_decision *d, bool ascii,
                struct buf *out);
void policy_json(const struct policy_case *c, const struct policy_decision *d,
                 struct json_writer *w);
/* "provider.service.verb" or "provider.service.verb=resource" into `ret` (in `arena`). */
bool policy_parse_op(struct arena *arena, const char *text, struct operation *ret);

#endif
