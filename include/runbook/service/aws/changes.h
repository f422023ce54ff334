/* changes.h - what was changed in a region of an account within a time: marks of CloudTrail,
 * Config, CodeDeploy, CodePipeline, ECS, Lambda, CloudFormation, Auto Scaling, RDS, ElastiCache and
 * Health, merged into one list. What two sources say of one change is one mark: the deployment's
 * own record says how it ended, CloudTrail who did it. A source that was denied, failed, was cut or
 * does not reach so far back says so. Only what reads is asked. Everything comes from the loop. */
#ifndef RUNBOOK_SERVICE_AWS_CHANGES_H
#define RUNBOOK_SERVICE_AWS_CHANGES_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/batch.h"

enum aws_outcome {
    AWS_OUTCOME_OK,
    AWS_OUTCOME_RUNNING,
    AWS_OUTCOME_FAILED,
    AWS_OUTCOME_ROLLED_BACK,
};
#define AWS_OUTCOMES (AWS_OUTCOME_ROLLED_BACK + 1)
const char *aws_outcome_name(enum aws_outcome o); /* "rolled-back" */

/* Texts are never NULL, as they came: sanitise before drawing. */
struct aws_change {
    int64_t ts_ms;    /* when it began */
    const char *kind; /* deployment, scaling, access, network, operation, creation, deletion,
                         configuration, event, provider */
    const char *actor, *from; /* who, and the address it came from; "" */
    const char *resource;     /* id or ARN as it came; "" */
    const char *name;         /* the resource's short name: what is behind the last : or / */
    const char *service, *region, *account; /* the catalogue's id; the account's number or name */
    const char *summary;
    const char *source; /* "ecs:DescribeServices", "ecs:DescribeServices + cloudtrail:..." */
    const char *call;   /* of CloudTrail: "UpdateService"; "" */
    const char *error;  /* why it failed; "" */
    const char *id;     /* the source's own */
    enum aws_outcome outcome;
};

struct aws_change_source {
    const char *name, *service; /* "cloudtrail" */
    enum aws_end end;           /* the worst of its calls; WHOLE: all was read */
    const char *why, *code;     /* "" */
    size_t marks, routine;      /* routine: events that change nothing for anybody, left out */
    unsigned requests;
    bool asked;
};

struct aws_changes_query {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client;    /* all borrowed until the end; the rest is copied */
    const char *account, *number; /* its name; the 12 digits or "" */
    const char *region;           /* NULL: the credentials' */
    int64_t since_ms, until_ms;   /* until 0: now */
    const char *resource;         /* id, name or ARN: only what concerns it; NULL */
    const char *service;          /* the catalogue's id: only what concerns it; NULL */
    const char *const *sources;   /* names, NULL-terminated: only these; NULL: all */
    unsigned trail_pages;         /* of CloudTrail, 50 events each, two a second; 0: 20 */
    struct aws_tally *tally;      /* where its calls are counted, borrowed; NULL */
};

struct aws_changes; /* opaque */
/* ERR_INPUT: no region, a window that is none, an unknown source. `on_done` comes once, from the
 * loop; freeing in it is fine. */
enum err_code aws_changes_start(const struct aws_changes_query *q, void (*on_done)(void *ctx),
                                void *ctx, struct aws_changes **ret, struct err *err);
void aws_changes_cancel(struct aws_changes *c); /* on_done comes soon, with what is there */
void aws_changes_free(struct aws_changes *c);   /* NULL is fine */

/* Marks so far, before two of one change are merged: for a progress line. */
size_t aws_changes_so_far(const struct aws_changes *c);
/* After on_done: the newest first; of what the window, the resource and the service leave. */
const struct aws_change *aws_changes_list(const struct aws_changes *c, size_t *ret_count);
const struct aws_change_source *aws_changes_sources(const struct aws_changes *c, size_t *ret_count);
/* Did a source end otherwise than it should? What is absent, switched off or cut did not fail. */
bool aws_change_source_failed(const struct aws_change_source *s);
/* "not permitted: ..." in one line; "" when all is well. */
void aws_change_source_words(const struct aws_change_source *s, struct buf *out);

/* One object: account, region, since, until, total, changes (at most `max`, newest first), sources,
 * gaps. */
void aws_changes_write(const struct aws_changes *c, size_t max, struct json_writer *w);
void aws_change_write(const struct aws_change *x, struct json_writer *w);

/* ---- pure, for tests and those who read marks ---- */

/* What is behind the last '/' or ':' of an id or ARN, without a version of Lambda. */
struct str aws_resource_tail(struct str id);
/* Does `text` hold `name` as a whole word (not inside a longer name)? */
bool aws_text_mentions(struct str text, struct str name);

#endif
