/* endpoint.h - where a call of AWS goes and what it is signed for. Pure.
 *
 * Partitions (China, GovCloud, the isolated ones) differ in their names' end; FIPS and dual-stack
 * addresses follow a rule that a definition can override. S3's bucket stands in the host's name
 * where it can. What a parameter says never becomes another host.
 * Source: AWS General Reference, "AWS service endpoints"; AWS SDKs and Tools Reference Guide,
 * "Service-specific endpoints", "Dual-stack and FIPS endpoints"; S3 User Guide, "Virtual hosting".
 */
#ifndef RUNBOOK_SERVICE_AWS_ENDPOINT_H
#define RUNBOOK_SERVICE_AWS_ENDPOINT_H

#include "runbook/service/aws/service.h"

struct aws_where {
    const char *region;
    const char *url; /* asked instead of AWS: "http://127.0.0.1:9000"; NULL or "": none */
    bool fips, dualstack;
    bool path_style; /* S3: the bucket always stands in the path */
};

struct aws_endpoint {
    const char *host;   /* as it is signed: "bucket.s3.eu-west-1.amazonaws.com", with a port */
    const char *target; /* path and query */
    const char *url;    /* scheme, host and target */
    const char *signing_region;
};

/* "eu-west-1": letters, digits and dashes of the form that regions have. */
bool aws_region_valid(struct str region);
/* Is it one of those that there are, or could it be a newer one: an area, a direction, a number
 * ("nz-north-1"), and not one letter away from one that there is? A name that was typed is asked
 * this; one that stands in services.yaml is taken as it is. ERR_INPUT names the nearest.
 * Source: AWS General Reference, "AWS service endpoints"; the partitions' lists of August 2026. */
enum err_code aws_region_check(const char *region, struct err *err);
/* "aws", "aws-cn", "aws-us-gov", ... of a region's name. */
const char *aws_partition(struct str region);

/* `target` and `host_prefix` are a request's. ERR_INPUT: no region, or a URL that is none. Strings
 * live in the arena. */
enum err_code aws_endpoint_make(struct arena *arena, const struct aws_service *s,
                                const struct aws_where *w, const char *target,
                                const char *host_prefix, struct aws_endpoint *ret, struct err *err);

/* "cloudwatch_logs": the service's name in AWS_ENDPOINT_URL_... and in the configuration. */
const char *aws_service_sdk_id(struct arena *arena, const struct aws_service *s);

#endif
