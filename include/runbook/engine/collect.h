/* collect.h - what a scan of AWS found, until it is kept (store/inventory.h): resources, what they
 * say of each other, their records packed, and which places were read whole. Filled on the loop;
 * saving may run on a worker, as it touches nothing else. */
#ifndef RUNBOOK_ENGINE_COLLECT_H
#define RUNBOOK_ENGINE_COLLECT_H

#include "runbook/service/aws/inventory.h"
#include "runbook/store/inventory.h"

struct collect; /* opaque */
struct collect *collect_new(void);
void collect_free(struct collect *c); /* NULL is fine */

/* `account`: the 12 digits, or the name where they are not known. All is copied. */
void collect_resource(struct collect *c, const char *account, const struct aws_resource *r);
void collect_about(struct collect *c, const char *account, const struct aws_resource *r);
void collect_cell(struct collect *c, const char *account, const struct aws_cell *cell);
/* "ec2 rds in eu-west-1", for people. */
void collect_scope(struct collect *c, const char *text);
size_t collect_count(const struct collect *c);
/* The places of the cells so far, and how many were not read whole. */
size_t collect_places(const struct collect *c, size_t *ret_spoiled);

/* Was every list of resources of that service read to its end there? */
bool collect_is_whole(const struct collect *c, const char *account, const char *region,
                      const char *service);

/* Blocks. Errors as inventory_save(). */
enum err_code collect_save(struct collect *c, const char *path, int64_t begun_ms, int64_t ended_ms,
                           struct inv_outcome *ret, struct err *err);

#endif
