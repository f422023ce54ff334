/* relations.h - what the record of a resource says of others: an instance runs in a subnet, a
 * load balancer routes to a target group. The definitions say where in a record it stands
 * (service.h); what is named is a text, an id, an ARN, a name or a host name, and whether that is
 * a resource that is known is found out where resources are kept (store/inventory.h). Pure. */
#ifndef RUNBOOK_SERVICE_AWS_RELATIONS_H
#define RUNBOOK_SERVICE_AWS_RELATIONS_H

#include "runbook/service/aws/service.h"

/* `alias` is no relation: another name of the resource itself, such as the host name of a load
 * balancer. `allows`: a security group lets in who has another one. */
#define AWS_RELATION_TYPES                                                                         \
    "uses, runs-in, member-of, routes-to, reads-from, depends-on, allows, alias"
const char *aws_relation_type(struct str word); /* of the table, lives for ever; NULL: not known */
/* In words for people: "runs in", and seen from the other one "holds". */
const char *aws_relation_words(const char *type, bool inverse);

struct aws_relation {
    const char *type;
    bool inverse;    /* the other one is that of this one */
    struct str kind; /* of the other one: "ec2:subnet", or "" */
    struct str target;
};
typedef void aws_relation_fn(void *ctx, const struct aws_relation *r);

/* All that an item says; `params` are of the call, or NULL. What is made lives in `arena`. No more
 * than AWS_RELATIONS_MAX; a text that is longer than AWS_TARGET_MAX is none. */
#define AWS_RELATIONS_MAX 500
#define AWS_TARGET_MAX 1000
void aws_relations_read(struct arena *arena, const struct aws_list *l, const struct value *params,
                        const struct value *item, aws_relation_fn *fn, void *ctx);
/* Of `about` lists: the text that names whose relations they are. Empty: none came. */
struct str aws_relation_source(const struct aws_list *l, const struct value *params);

#endif
