/* catalogue.h - the services of AWS that are known: those compiled in, and files of the user.
 * What is compiled in is a table; a definition is unpacked and parsed when it is asked for, once. A
 * file FOLDER/ID.yaml replaces the definition of that id or adds one; one that says `extends: ID`
 * adds its operations to it. */
#ifndef RUNBOOK_SERVICE_AWS_CATALOGUE_H
#define RUNBOOK_SERVICE_AWS_CATALOGUE_H

#include "runbook/service/aws/service.h"

struct aws_catalogue; /* opaque */

struct aws_entry {
    const char *id, *group, *name;
    const char *file; /* the user's; NULL: compiled in */
};

/* Folders may be NULL or missing; a later one wins. Files are listed, not read. */
struct aws_catalogue *aws_catalogue_new(const char *const *folders, size_t count);
void aws_catalogue_free(struct aws_catalogue *c); /* NULL is fine */

size_t aws_catalogue_count(const struct aws_catalogue *c);
/* Sorted by id. Group and name of a user's file are "" until it was got. */
const struct aws_entry *aws_catalogue_entry(const struct aws_catalogue *c, size_t index);
/* *ret lives as long as `c`. ERR_NOT_FOUND names the nearest id; ERR_INPUT is of a user's file,
 * with line and column; it stays the same however often it is asked. */
enum err_code aws_catalogue_get(struct aws_catalogue *c, struct str id,
                                const struct aws_service **ret, struct err *err);
/* Ids of the services whose ARNs begin "arn:...:SERVICE:", each with blanks around it: " elb elbv2
 * ". Definitions that cannot be read have none. */
void aws_catalogue_of_arns(struct aws_catalogue *c, struct str service, struct buf *out);
/* The operation, in any spelling of its case and with or without dashes ("describe-instances").
 * ERR_NOT_FOUND names the nearest. */
enum err_code aws_catalogue_operation(const struct aws_service *s, struct str name,
                                      const struct aws_list **ret, struct err *err);
/* What changes something, likewise; for the mutation engine. aws_catalogue_operation() answers to
 * its name with ERR_DENIED and says which operation of `runbook act` does it. */
enum err_code aws_catalogue_change(const struct aws_service *s, struct str name,
                                   const struct aws_list **ret, struct err *err);

#endif
