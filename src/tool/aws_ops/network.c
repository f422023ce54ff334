/* network.c - rows of load balancers, NAT and transit gateways, security groups. */
#include "rows.h"

/* ---- elbv2:load-balancer ---- */

#define ALB_PAGE                                                                                   \
    "User Guide for Application Load Balancers, CloudWatch metrics for your Application Load "     \
    "Balancer"
#define NLB_PAGE                                                                                   \
    "User Guide for Network Load Balancers, CloudWatch metrics for your Network Load Balancer"

static const struct ops_check balancer_checks[] = {
    STATE("", "Elastic Load Balancing API Reference, LoadBalancerState"),
    END,
};

#define ALB                                                                                        \
    .space = "AWS/ApplicationELB", .dimensions = {{"LoadBalancer", "@arn|after:loadbalancer/"}},   \
    .when = "Type=application"
#define NLB                                                                                        \
    .space = "AWS/NetworkELB", .dimensions = {{"LoadBalancer", "@arn|after:loadbalancer/"}},       \
    .when = "Type=network"

static const struct ops_metric balancer_metrics[] = {
    {.id = "requests",
     .what = "requests",
     ALB,
     .name = "RequestCount",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "elb-5xx",
     .what = "requests that it failed (5xx)",
     ALB,
     .name = "HTTPCode_ELB_5XX_Count",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "requests",
     .limits = {WARN(ABOVE, 1, OWN), BAD(AT_LEAST, 20, OWN)}},
    {.id = "target-5xx",
     .what = "requests that targets failed (5xx)",
     ALB,
     .name = "HTTPCode_Target_5XX_Count",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "requests",
     .limits = {WARN(ABOVE, 5, OWN), BAD(AT_LEAST, 20, OWN)}},
    {.id = "target-5xx-count",
     .what = "answers 5xx of targets",
     ALB,
     .name = "HTTPCode_Target_5XX_Count",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_UP,
     .least = 5},
    {.id = "response-time",
     .what = "response time of targets",
     ALB,
     .name = "TargetResponseTime",
     .stat = "Average",
     .unit = "ms",
     .scale = 1000,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 0.05},
    {.id = "rejected",
     .what = "connections rejected",
     ALB,
     .name = "RejectedConnectionCount",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, ALB_PAGE)}},
    {.id = "flows",
     .what = "connections",
     NLB,
     .name = "ActiveFlowCount",
     .stat = "Average",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 20},
    {.id = "port-errors",
     .what = "ports that could not be had",
     NLB,
     .name = "PortAllocationErrorCount",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, NLB_PAGE)}},
    {.id = "target-resets",
     .what = "resets by targets",
     NLB,
     .name = "TCP_Target_Reset_Count",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .anomaly = OPS_UP,
     .least = 100},
    END,
};

static const struct ops_log balancer_logs[] = {
    {.id = "access",
     .what = "access logs are objects in a bucket (access_logs.s3.bucket)",
     .operation = "elbv2 DescribeLoadBalancerAttributes"},
    END,
};

const struct ops_kind ops_elbv2_load_balancer = {
    .service = "elbv2",
    .kind = "load-balancer",
    .title = "Application or Network Load Balancer",
    .checks = balancer_checks,
    .metrics = balancer_metrics,
    .logs = balancer_logs,
    .no_acts = UNCHANGED,
};

/* ---- elbv2:target-group ---- */

static const struct ops_read target_reads[] = {
    {.name = "targets",
     .operation = "DescribeTargetHealth",
     .param = "TargetGroupArn",
     .from = "TargetGroupArn",
     .whole = true},
    {.name = NULL},
};

#define TARGET_PAGE "Elastic Load Balancing API Reference, TargetHealth"

static const struct ops_check target_checks[] = {
    {.id = "unhealthy-targets",
     .what = "unhealthy targets",
     .how = OPS_SHARE,
     .path = "targets.*.TargetHealth.State",
     .words = "unhealthy|unavailable|unhealthy.draining",
     .unit = "%",
     .limits = {WARN(ABOVE, 0, TARGET_PAGE), BAD(AT_LEAST, 50, OWN)}},
    {.id = "no-target",
     .what = "healthy targets",
     .how = OPS_COUNT,
     .path = "targets.*.TargetHealth.State",
     .words = "healthy|initial|unused",
     .when = "#targets.*.TargetHealth.State",
     .limits = {BAD(BELOW, 1, TARGET_PAGE)}},
    END,
};

#define TARGETS(space_, condition)                                                                 \
    .space = space_,                                                                               \
    .dimensions = {{"TargetGroup", "@arn|colon"},                                                  \
                   {"LoadBalancer", "LoadBalancerArns.*|after:loadbalancer/"}},                    \
    .when = condition
#define ALB_TARGETS TARGETS("AWS/ApplicationELB", "Protocol=HTTP|HTTPS")
#define NLB_TARGETS TARGETS("AWS/NetworkELB", "Protocol=TCP|TLS|UDP|TCP_UDP")

static const struct ops_metric target_metrics[] = {
    {.id = "unhealthy-hosts",
     .what = "unhealthy hosts",
     ALB_TARGETS,
     .name = "UnHealthyHostCount",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(ABOVE, 0, ALB_PAGE)}},
    {.id = "requests-per-target",
     .what = "requests of each target",
     ALB_TARGETS,
     .name = "RequestCountPerTarget",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "response-time",
     .what = "response time",
     ALB_TARGETS,
     .name = "TargetResponseTime",
     .stat = "Average",
     .unit = "ms",
     .scale = 1000,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 0.05},
    {.id = "unhealthy-hosts-tcp",
     .what = "unhealthy hosts",
     NLB_TARGETS,
     .name = "UnHealthyHostCount",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_LAST,
     .limits = {WARN(ABOVE, 0, NLB_PAGE)}},
    END,
};

static const char *const target_acts[] = {"aws.elb.deregister", "aws.elb.register", NULL};

const struct ops_kind ops_elbv2_target_group = {
    .service = "elbv2",
    .kind = "target-group",
    .title = "target group",
    .reads = target_reads,
    .checks = target_checks,
    .metrics = target_metrics,
    .no_logs = "its load balancer has the access logs: see elbv2:load-balancer",
    .acts = target_acts,
};

/* ---- elb:load-balancer ---- */

static const struct ops_read classic_reads[] = {
    {.name = "instances",
     .operation = "DescribeInstanceHealth",
     .param = "LoadBalancerName",
     .from = "@name",
     .whole = true},
    {.name = NULL},
};

#define CLASSIC_PAGE                                                                               \
    "User Guide for Classic Load Balancers, CloudWatch metrics for your Classic Load Balancer"

static const struct ops_check classic_checks[] = {
    {.id = "out-of-service",
     .what = "instances out of service",
     .how = OPS_SHARE,
     .path = "instances.*.State",
     .words = "OutOfService",
     .unit = "%",
     .limits = {WARN(ABOVE, 0, CLASSIC_PAGE), BAD(AT_LEAST, 50, OWN)}},
    END,
};

#define CLASSIC .space = "AWS/ELB", .dimensions = {{"LoadBalancerName", "@name"}}

static const struct ops_metric classic_metrics[] = {
    {.id = "requests",
     .what = "requests",
     CLASSIC,
     .name = "RequestCount",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .anomaly = OPS_BOTH,
     .least = 50},
    {.id = "elb-5xx",
     .what = "requests that it failed (5xx)",
     CLASSIC,
     .name = "HTTPCode_ELB_5XX",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "requests",
     .limits = {WARN(ABOVE, 1, OWN), BAD(AT_LEAST, 20, OWN)}},
    {.id = "spillover",
     .what = "requests that its full queue refused",
     CLASSIC,
     .name = "SpilloverCount",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, CLASSIC_PAGE)}},
    {.id = "latency",
     .what = "latency",
     CLASSIC,
     .name = "Latency",
     .stat = "Average",
     .unit = "ms",
     .scale = 1000,
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_UP,
     .least = 0.05},
    END,
};

static const struct ops_log classic_logs[] = {
    {.id = "access",
     .what = "access logs are objects in a bucket",
     .operation = "elb DescribeLoadBalancers"},
    END,
};

const struct ops_kind ops_elb_load_balancer = {
    .service = "elb",
    .kind = "load-balancer",
    .title = "Classic Load Balancer",
    .reads = classic_reads,
    .checks = classic_checks,
    .metrics = classic_metrics,
    .logs = classic_logs,
    .no_acts = UNCHANGED,
};

/* ---- ec2:nat-gateway, ec2:transit-gateway ---- */

#define NAT_PAGE "Amazon VPC User Guide, NAT gateway metrics and dimensions"

static const struct ops_check nat_checks[] = {
    STATE("deleted|deleting", "Amazon EC2 API Reference, NatGateway"), END};

#define NAT .space = "AWS/NATGateway", .dimensions = {{"NatGatewayId", "@id"}}

static const struct ops_metric nat_metrics[] = {
    {.id = "port-errors",
     .what = "ports that could not be had",
     NAT,
     .name = "ErrorPortAllocation",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, NAT_PAGE)}},
    {.id = "packets-out",
     .what = "packets out",
     NAT,
     .name = "PacketsOutToDestination",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true},
    {.id = "dropped",
     .what = "packets dropped, of those sent",
     NAT,
     .name = "PacketsDropCount",
     .stat = "Sum",
     .unit = "%",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .per = "packets-out",
     .limits = {WARN(ABOVE, 0.01, NAT_PAGE)}},
    {.id = "connections",
     .what = "connections",
     NAT,
     .name = "ActiveConnectionCount",
     .stat = "Maximum",
     HALF_HOUR,
     .fold = OPS_MAX,
     .anomaly = OPS_BOTH,
     .least = 100},
    {.id = "bytes-out",
     .what = "bytes out, in 5 minutes",
     NAT,
     .name = "BytesOutToDestination",
     .stat = "Sum",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 100e6},
    END,
};

static const struct ops_log flow_logs[] = {
    {.id = "flow-logs", .what = "flow logs of its network", .operation = "ec2 DescribeFlowLogs"},
    END,
};

const struct ops_kind ops_ec2_nat_gateway = {
    .service = "ec2",
    .kind = "nat-gateway",
    .title = "NAT gateway",
    .checks = nat_checks,
    .metrics = nat_metrics,
    .logs = flow_logs,
    .no_acts = UNCHANGED,
};

#define TGW_PAGE "AWS Transit Gateway Guide, CloudWatch metrics for your transit gateways"

static const struct ops_check transit_checks[] = {
    STATE("deleted|deleting", "Amazon EC2 API Reference, TransitGateway"), END};

#define TRANSIT .space = "AWS/TransitGateway", .dimensions = {{"TransitGateway", "@id"}}

static const struct ops_metric transit_metrics[] = {
    {.id = "no-route",
     .what = "packets without a route",
     TRANSIT,
     .name = "PacketDropCountNoRoute",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, TGW_PAGE)}},
    {.id = "blackhole",
     .what = "packets into a black hole",
     TRANSIT,
     .name = "PacketDropCountBlackhole",
     .stat = "Sum",
     HALF_HOUR,
     .fold = OPS_SUM,
     .zero = true,
     .limits = {WARN(ABOVE, 0, TGW_PAGE)}},
    {.id = "bytes-in",
     .what = "bytes in, in 5 minutes",
     TRANSIT,
     .name = "BytesIn",
     .stat = "Sum",
     .unit = "bytes",
     HALF_HOUR,
     .fold = OPS_MEAN,
     .anomaly = OPS_BOTH,
     .least = 100e6},
    END,
};

const struct ops_kind ops_ec2_transit_gateway = {
    .service = "ec2",
    .kind = "transit-gateway",
    .title = "transit gateway",
    .checks = transit_checks,
    .metrics = transit_metrics,
    .logs = flow_logs,
    .no_acts = UNCHANGED,
};

/* ---- ec2:security-group ---- */

#define RULES_ONLY "a security group is a list of rules"

static const char *const group_acts[] = {"aws.ec2.revoke-rule", "aws.ec2.authorize-rule", NULL};

const struct ops_kind ops_ec2_security_group = {
    .service = "ec2",
    .kind = "security-group",
    .title = "security group",
    .acts = group_acts,
    .no_health = RULES_ONLY "; who they let in is judged by runbook security",
    .no_metrics = RULES_ONLY,
    .no_logs = "flow logs of its network say what was let in: see ec2:nat-gateway",
    .no_anomalies = RULES_ONLY,
};
