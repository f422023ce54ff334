/* changes_priv.h - what the files of the change marks share.
 *
 *   changes.c         a question, its sources, their ends, the answer
 *   changes_trail.c   CloudTrail
 *   changes_deploy.c  CodeDeploy, CodePipeline, ECS, Lambda
 *   changes_stack.c   CloudFormation
 *   changes_events.c  Config, Auto Scaling, RDS, ElastiCache, Health
 *   changes_merge.c   two sources that speak of one change: pure
 *
 * A source is a row: what it begins with. Its calls end one by one; what a page holds becomes marks
 * at once, so that a source that fails half way has said what it knew. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_CHANGES_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_CHANGES_PRIV_H

#include "runbook/base/map.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/changes.h"

#define NAMES_MAX 24

/* A mark, and what it goes by in other sources. */
struct mark {
    struct aws_change x;
    const char *names[NAMES_MAX]; /* of a CloudTrail event: texts of its request and answer */
    size_t name_count;
    bool trail, gone;
    bool alone; /* nobody's call is behind it: a consequence, or the provider's doing */
};

struct source;
struct source_row {
    const char *name, *service;
    int64_t reach_ms;     /* how far back it remembers; 0: not limited */
    const char *concerns; /* services that it speaks of, "ecs codedeploy"; NULL: any */
    void (*start)(struct source *s);
};
extern const struct source_row changes_trail_row, changes_config_row, changes_codedeploy_row,
    changes_codepipeline_row, changes_ecs_row, changes_lambda_row, changes_stack_row,
    changes_scaling_row, changes_rds_row, changes_elasticache_row, changes_health_row;

struct source {
    struct aws_changes *c;
    const struct source_row *row;
    struct aws_change_source told;
    void *state; /* the row's own, in the arena */
};

struct aws_changes {
    struct aws_changes_query q;
    struct arena *arena;
    struct aws_batch *batch;
    struct source *sources;
    struct aws_change_source *told;
    size_t source_count;
    VEC(struct mark) marks;
    struct aws_change *list;
    size_t count;
    struct map *seen; /* "source id" of marks */
    void (*on_done)(void *ctx);
    void *ctx;
};

/* A mark with the region, the account and empty texts in place; `ts_ms` 0 or outside of the window,
 * or an id that this source said before: NULL. `resource` lives in the arena. */
struct mark *changes_add(struct source *s, int64_t ts_ms, const char *id, const char *resource);
/* A call of the source; `on_page` gets `ctx`; NULL ctx: the source. */
void changes_ask(struct source *s, const char *operation, const char *params,
                 const struct aws_batch_call *how);
/* Where a source is asked from: it refuses what lies before what it remembers. */
int64_t changes_since(const struct source *s);
bool changes_in_window(const struct aws_changes *c, int64_t ts_ms);
/* `"key":"text"` and the like for parameters: a JSON string in quotes. */
const char *changes_quoted(struct arena *a, const char *text);
/* JSON text of an array of strings. */
const char *changes_list(struct arena *a, const char *const *items, size_t count);

void changes_merge(struct mark *marks, size_t count, struct arena *arena); /* sorted by time */

#endif
