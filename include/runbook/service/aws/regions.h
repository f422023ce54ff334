/* regions.h - the regions that are switched on for an account, as EC2 lists them. */
#ifndef RUNBOOK_SERVICE_AWS_REGIONS_H
#define RUNBOOK_SERVICE_AWS_REGIONS_H

#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"

#define AWS_REGIONS_MAX 64

struct aws_regions; /* opaque: one question */
/* `regions` are borrowed during the call; none: `r` says why. Freeing the question in it is fine.
 */
typedef void aws_regions_fn(void *ctx, const char *const *regions, size_t count,
                            const struct aws_result *r);

/* Asked in `region` (NULL: the credentials', else us-east-1). The answer comes once, from the loop.
 */
struct aws_regions *aws_regions_ask(struct aws_client *client, struct aws_catalogue *catalogue,
                                    const char *region, aws_regions_fn *fn, void *ctx);
void aws_regions_cancel(struct aws_regions *q); /* the answer comes as CANCELED */
void aws_regions_free(struct aws_regions *q);   /* ends silently; NULL is fine */

#endif
