/* where.h - a condition over resources (codec/expr.h): state == "stopped" and tags.team == "x".
 * Fields: service, kind, id, name, arn, state, health, region, account, account_id, created (texts,
 * "" when there is none), tags.KEY (null when the tag is not there), record.PATH (all that AWS
 * said; what a record does not have does not fit). Values of XML services are texts, also where
 * they look like numbers. */
#ifndef RUNBOOK_SERVICE_AWS_WHERE_H
#define RUNBOOK_SERVICE_AWS_WHERE_H

#include "runbook/codec/value.h"

struct aws_where; /* opaque */
/* ERR_INPUT: "column 9: there is no field 'stat'; there are ..." */
enum err_code aws_where_new(struct str text, struct aws_where **ret, struct err *err);
void aws_where_free(struct aws_where *w); /* NULL is fine */
bool aws_where_uses_tags(const struct aws_where *w);
bool aws_where_uses_record(const struct aws_where *w);

struct aws_where_row {
    struct str service, kind, id, name, arn, state, health, region, account, number, created;
    const struct value *tags, *record; /* objects, or NULL */
};
enum aws_fit { AWS_FIT_NO, AWS_FIT_YES, AWS_FIT_UNDECIDED };
/* UNDECIDED: types do not go together; *err says which, with the column. Not reentrant. */
enum aws_fit aws_where_holds(struct aws_where *w, const struct aws_where_row *row, struct err *err);

/* All that a person can ask for at once; what is NULL or none holds for everything. */
struct aws_filter {
    const char *const *tags; /* "team=payments", "team": all of them */
    size_t tag_count;
    const char *match;    /* text in id, name or arn, in any case */
    const char *mentions; /* text in the record */
    const char *health;   /* its name */
    struct aws_where *where;
};
enum aws_fit aws_filter_fits(const struct aws_filter *f, const struct aws_where_row *row,
                             struct err *err);

#endif
