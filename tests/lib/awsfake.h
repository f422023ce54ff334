/* awsfake.h - AWS inside a test: a server that answers by rules, and keeps what it was asked.
 *
 * Rules are JSON, one object or an array of them; the first that fits answers:
 *   {"service": "ec2", "operation": "DescribeInstances",
 *    "region": "eu-west-1",        only there
 *    "match": "i-1" or [...],      all of these stand in path, query or body (decoded)
 *    "without": "DryRun=true",     and this does not
 *    "after": "ec2:StopInstances", once that was asked, and answered well
 *    "before": "...",              or as long as it was not
 *    "times": 1,                   so often; then the next rule
 *    "trial": true,                it only says that it would: for "after" it was not done
 *    "status": 400, "headers": {"Name": "value"},
 *    "error": "AccessDenied", "message": "...",   an error in the form of the protocol
 *    "json": {...},                the answer; for the XML protocols its members are elements and
 *                                  an array repeats its element: {"reservationSet": {"item": []}}
 *    "root": "ListBucketResult",   name of the root element of rest-xml; the operation's otherwise
 *    "metrics": [{"metric": "AWS/RDS CPUUtilization", "dims": {...}, "before": 1, "after": 2,
 *                 "at_ms": 0}],     of GetMetricData: each series is the first row that fits
 *    "body": "...",                or the bytes themselves
 *    "cut": true}                  it arrives, and the connection ends without an answer
 * Services and operations are those of the definitions; the version and the target tell services
 * that sign alike apart. What no rule fits is answered empty, or as "otherwise" says: "denied",
 * "unknown", "one" (its list with one made-up item). */
#ifndef RUNBOOK_TESTS_AWSFAKE_H
#define RUNBOOK_TESTS_AWSFAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"

struct awsfake; /* opaque */

/* Ends the program with a message when the rules cannot be read. */
struct awsfake *awsfake_open(const char *rules_json);
void awsfake_close(struct awsfake *f);
void awsfake_add(struct awsfake *f, const char *rules_json); /* before those that there are */
void awsfake_otherwise(struct awsfake *f,
                       const char *word); /* "empty", "denied", "unknown", "one" */
const char *awsfake_url(const struct awsfake *f);
/* AWS_ENDPOINT_URL and keys of this process, a region, and no other source of either. */
void awsfake_env(const struct awsfake *f);

/* How often it was asked "ec2:StopInstances"; NULL: anything. */
size_t awsfake_count(struct awsfake *f, const char *operation);
/* A line for each request, in order: "ec2 StopInstances eu-west-1 rule|otherwise TEXT". The text is
 * path, query and body, decoded, on one line. */
void awsfake_log(struct awsfake *f, struct buf *out);

#endif
