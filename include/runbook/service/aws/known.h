/* known.h - which resources of an account were told already, so that what stands in two lists comes
 * once: by its ARN, or by service, region and id where its list names no ARN. Only numbers made of
 * them are kept (64 bits, FNV-1a): 16 bytes for a name. */
#ifndef RUNBOOK_SERVICE_AWS_KNOWN_H
#define RUNBOOK_SERVICE_AWS_KNOWN_H

#include "runbook/service/aws/inventory.h"

struct aws_known; /* opaque */
struct aws_known *aws_known_new(void);
void aws_known_free(struct aws_known *k); /* NULL is fine */

/* True: that text was not there. */
bool aws_known_add(struct aws_known *k, struct str text);
/* A resource of a list that does not stand in. False: the same kind of it was told before. */
bool aws_known_note(struct aws_known *k, const struct aws_resource *r);
/* Is it what an ARN names? "arn:aws:ec2:eu-west-1:1:instance/i-1" is the i-1 of a service whose
 * ARNs begin so, in that region or without one. */
bool aws_known_has_arn(const struct aws_known *k, struct str arn);

#endif
