/* source.h - what is read about a region: calls and metrics as tables. A pattern names what it
 * needs; each call is made once, whoever needs it. */
#ifndef RUNBOOK_ENGINE_AWS_SOURCE_H
#define RUNBOOK_ENGINE_AWS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct aws_source {
    const char *name; /* "rds.instances" */
    const char *service, *operation;
    /* A JSON object. {id}: the item's id, {ids}: a list of them, {of}: what the parent's call was
     * asked for, {start}, {end}: the window in seconds since 1970, {start_text}, {end_text}: the
     * same in RFC 3339. */
    const char *params;
    unsigned on;       /* enum aws_on: asked when one of these is meant; 0: always, and first */
    const char *title; /* for people, before "of ACCOUNT in REGION" */
    int most;          /* items that are read */
    const char *each;  /* asked for items of that source, ... */
    const char *id;    /* ... whose id stands there; "." is the item itself */
    int batch;         /* so many in one call; 0: one */
    int calls;         /* at most so many, those that are meant first */
};

enum aws_part_of_arn {
    AWS_WHOLE,
    AWS_TAIL,          /* behind the last slash */
    AWS_TARGET_GROUP,  /* "targetgroup/web/0123": a dimension of CloudWatch */
    AWS_LOAD_BALANCER, /* "app/web/0123" */
};

struct aws_metric {
    const char *name;   /* "rds.connections" */
    const char *source; /* whose items have it */
    const char *space, *metric;
    const char *dimension, *path; /* and where in the item its value stands */
    enum aws_part_of_arn part;
    const char *dimension2, *path2;
    enum aws_part_of_arn part2;
    const char *stat; /* "Sum" */
    const char *unit; /* as num_human() knows it */
    bool zero;        /* what has no sample is 0: CloudWatch keeps no zeros of counts */
    bool usage;       /* the item itself says which metric it is: UsageMetric of a quota */
};

const struct aws_source *aws_source_table(void); /* ends with a NULL name */
const struct aws_source *aws_source_find(const char *name);
const struct aws_metric *aws_metric_table(void); /* the same */
const struct aws_metric *aws_metric_find(const char *name);

#endif
