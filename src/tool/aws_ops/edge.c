/* edge.c - rows of API Gateway, CloudFront and Route 53. */
#include "rows.h"

/* ---- apigateway:rest-api ---- */

static const struct ops_read rest_reads[] = {
    {.name = "stages",
     .operation = "GetStages",
     .param = "restApiId",
     .from = "@id",
     .whole = true},
    {.name = NULL},
};

static const struct ops_check rest_checks[] = {
    {.id = "stages",
     .what = "stages",
     .how = OPS_COUNT,
     .path = "stages.*.stageName",
     .limits = {WARN(BELOW, 1, "API Gateway Developer Guide, Deploy REST APIs in API Gateway")}},
    END,
};

#define REST .space = "AWS/ApiGateway", .dimensions = {{"ApiName", "@name"}}

static const struct ops_metric rest_metrics[] = {
    {.id = "requests",
     .what = "requests",
     REST,
     .name = "Count",
     .stat = "SampleCount",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "errors-4xx",
     .what = "requests refused (4xx)",
     REST,
     .name = "4XXError",
     .stat = "Average",
     .unit = "%",
     .scale = 100,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 5, REC)}},
    {.id = "errors-5xx",
     .what = "requests failed (5xx)",
     REST,
     .name = "5XXError",
     .stat = "Average",
     .unit = "%",
     .scale = 100,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 5, REC), BAD(AT_LEAST, 20, OWN)}},
    {.id = "latency",
     .what = "latency (p90)",
     REST,
     .name = "Latency",
     .stat = "p90",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(AT_LEAST, 2500, REC)},
     .anomaly = OPS_UP,
     .least = 100},
    {.id = "integration-latency",
     .what = "latency of what is behind it (p90)",
     REST,
     .name = "IntegrationLatency",
     .stat = "p90",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(AT_LEAST, 2000, REC)}},
    END,
};

static const struct ops_log rest_logs[] = {
    {.id = "execution",
     .what = "execution log of its first stage",
     .group = "API-Gateway-Execution-Logs_{id}/{stages.*.stageName}",
     .when = "#stages.*.stageName"},
    {.id = "access",
     .what = "access log",
     .from = "stages.*.accessLogSettings.destinationArn|group"},
    END,
};

const struct ops_kind ops_apigateway_rest_api = {
    .service = "apigateway",
    .kind = "rest-api",
    .title = "API Gateway REST API",
    .reads = rest_reads,
    .checks = rest_checks,
    .metrics = rest_metrics,
    .logs = rest_logs,
    .no_acts = UNCHANGED,
};

/* ---- apigatewayv2:api ---- */

static const struct ops_read api_reads[] = {
    {.name = "stages", .operation = "GetStages", .param = "ApiId", .from = "@id", .whole = true},
    {.name = NULL},
};

static const struct ops_check api_checks[] = {
    {.id = "stages",
     .what = "stages",
     .how = OPS_COUNT,
     .path = "stages.*.stageName",
     .limits = {WARN(BELOW, 1, "API Gateway Developer Guide, Stages for HTTP APIs")}},
    END,
};

#define API .space = "AWS/ApiGateway", .dimensions = {{"ApiId", "@id"}}

static const struct ops_metric api_metrics[] = {
    {.id = "requests",
     .what = "requests",
     API,
     .name = "Count",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "errors-4xx",
     .what = "requests refused (4xx)",
     API,
     .name = "4xx",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "requests",
     .limits = {WARN(ABOVE, 5, REC)}},
    {.id = "errors-5xx",
     .what = "requests failed (5xx)",
     API,
     .name = "5xx",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "requests",
     .limits = {WARN(ABOVE, 5, REC), BAD(AT_LEAST, 20, OWN)}},
    {.id = "latency",
     .what = "latency (p90)",
     API,
     .name = "Latency",
     .stat = "p90",
     .unit = "ms",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(AT_LEAST, 2500, REC)},
     .anomaly = OPS_UP,
     .least = 100},
    END,
};

static const struct ops_log api_logs[] = {
    {.id = "access",
     .what = "access log",
     .from = "stages.*.accessLogSettings.destinationArn|group"},
    END,
};

const struct ops_kind ops_apigatewayv2_api = {
    .service = "apigatewayv2",
    .kind = "api",
    .title = "API Gateway HTTP or WebSocket API",
    .reads = api_reads,
    .checks = api_checks,
    .metrics = api_metrics,
    .logs = api_logs,
    .no_acts = UNCHANGED,
};

/* ---- cloudfront:distribution ---- */

static const struct ops_check distribution_checks[] = {
    STATE("", "Amazon CloudFront API Reference, DistributionSummary"),
    {.id = "enabled",
     .what = "switched on",
     .how = OPS_WORDS,
     .path = "Enabled",
     .words = "false",
     .state = OPS_WARNING,
     .source = "Amazon CloudFront API Reference, DistributionSummary"},
    END,
};

#define DISTRIBUTION                                                                               \
    .space = "AWS/CloudFront", .dimensions = {{"DistributionId", "@id"}, {"Region", "=Global"}}

static const struct ops_metric distribution_metrics[] = {
    {.id = "requests",
     .what = "requests in 5 minutes",
     DISTRIBUTION,
     .name = "Requests",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "errors-5xx",
     .what = "requests failed (5xx)",
     DISTRIBUTION,
     .name = "5xxErrorRate",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .limits = {WARN(ABOVE, 5, OWN), BAD(AT_LEAST, 20, OWN)}},
    {.id = "errors-4xx",
     .what = "requests refused (4xx)",
     DISTRIBUTION,
     .name = "4xxErrorRate",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 5},
    END,
};

static const struct ops_log distribution_logs[] = {
    {.id = "access",
     .what = "standard logs are objects in a bucket (Logging.Bucket)",
     .operation = "cloudfront GetDistributionConfig"},
    END,
};

const struct ops_kind ops_cloudfront_distribution = {
    .service = "cloudfront",
    .kind = "distribution",
    .title = "CloudFront distribution",
    .checks = distribution_checks,
    .metrics = distribution_metrics,
    .logs = distribution_logs,
    .no_acts = UNCHANGED,
    .metrics_region = "us-east-1",
};

/* ---- route53:hosted-zone, route53:health-check ---- */

#define ZONE .space = "AWS/Route53", .dimensions = {{"HostedZoneId", "@id"}}

static const struct ops_metric zone_metrics[] = {
    {.id = "queries",
     .what = "queries in 5 minutes",
     ZONE,
     .name = "DNSQueries",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 100},
    END,
};

static const struct ops_log zone_logs[] = {
    {.id = "queries",
     .what = "query log, where it is on",
     .operation = "route53 ListQueryLoggingConfigs"},
    END,
};

static const char *const zone_acts[] = {"aws.route53.weight", NULL};

const struct ops_kind ops_route53_hosted_zone = {
    .service = "route53",
    .kind = "hosted-zone",
    .title = "hosted zone",
    .metrics = zone_metrics,
    .logs = zone_logs,
    .acts = zone_acts,
    .no_health = "a zone has no state; what it points at has: see route53:health-check",
    .metrics_region = "us-east-1",
};

#define PROBE .space = "AWS/Route53", .dimensions = {{"HealthCheckId", "@id"}}
#define PROBE_PAGE "Amazon Route 53 Developer Guide, Monitoring health checks using CloudWatch"

static const struct ops_check probe_checks[] = {
    {.id = "disabled",
     .what = "switched off",
     .how = OPS_WORDS,
     .path = "HealthCheckConfig.Disabled",
     .words = "true",
     .state = OPS_WARNING,
     .source = "Amazon Route 53 API Reference, HealthCheckConfig"},
    END,
};

static const struct ops_metric probe_metrics[] = {
    {.id = "status",
     .what = "healthy (1), or not (0)",
     PROBE,
     .name = "HealthCheckStatus",
     .stat = "Minimum",
     .period_s = MINUTES(1),
     .window_s = MINUTES(5),
     .fold = OPS_LAST,
     .limits = {BAD(BELOW, 1, PROBE_PAGE)}},
    {.id = "percentage",
     .what = "checkers that find it healthy",
     PROBE,
     .name = "HealthCheckPercentageHealthy",
     .stat = "Average",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(AT_MOST, 18,
                     "Amazon Route 53 Developer Guide, How Amazon "
                     "Route 53 determines whether a health check "
                     "is healthy")},
     .anomaly = OPS_DOWN,
     .least = 20},
    END,
};

const struct ops_kind ops_route53_health_check = {
    .service = "route53",
    .kind = "health-check",
    .title = "Route 53 health check",
    .checks = probe_checks,
    .metrics = probe_metrics,
    .no_logs = "a health check writes no logs; its status is a metric",
    .no_acts = UNCHANGED,
    .metrics_region = "us-east-1",
};
