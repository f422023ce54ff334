/* ops_priv.h - how records are read, for the files of this folder. */
#ifndef RUNBOOK_TOOL_AWS_OPS_PRIV_H
#define RUNBOOK_TOOL_AWS_OPS_PRIV_H

#include "runbook/tool/aws_ops.h"

#define GIB 1073741824.0
#define REC "CloudWatch User Guide, Recommended alarms"

typedef void ops_leaf_fn(void *ctx, const struct value *leaf);
/* Each scalar at a path; "*" is every element. */
void ops_visit(const struct ops_record *r, const char *path, ops_leaf_fn *fn, void *ctx);
/* "#path": how many there are. NAN: there is none. */
double ops_number(const struct ops_record *r, const char *path);
/* Unix milliseconds, the earliest there; false: there is none. */
bool ops_time(const struct ops_record *r, const char *path, int64_t *ret);
/* Which read a path begins with; NULL: the item. *ret_index of reads[]. */
const struct ops_read *ops_path_read(const struct ops_kind *k, const char *path, size_t *ret_index);
/* Why what a path needs is not known; NULL: it is known. */
const char *ops_unread(const struct ops_record *r, const char *path);
/* Is this text one of "a|b"? Letters' case does not matter. */
bool ops_is_one_of(struct str s, const char *words);
struct str ops_leaf_text(struct arena *arena, const struct value *leaf);
/* What a database of this class may have of connections by its default parameters; NAN. */
double ops_max_connections(const char *class_name, const char *engine);
double ops_fold_points(const struct ops_points *p, enum ops_fold fold);
/* The region that a bucket's location means. */
const char *ops_bucket_region(const char *location);
struct aws_dimension;
/* What CloudWatch knows a resource by; NULL: the record does not name one of them. */
const struct aws_dimension *ops_dimensions(struct arena *arena, const struct ops_record *r,
                                           const struct ops_metric *m, size_t *ret_count);
/* The first row that asks for the same points as this one: they are asked for, and billed, once. */
size_t ops_same_points(const struct ops_kind *k, size_t row);
double ops_median(double *v, size_t count); /* sorts; NAN of none */

#define OPS_KINDS(X)                                                                               \
    X(ops_ec2_instance)                                                                            \
    X(ops_ec2_security_group)                                                                      \
    X(ops_ec2_volume)                                                                              \
    X(ops_ec2_nat_gateway)                                                                         \
    X(ops_ec2_transit_gateway)                                                                     \
    X(ops_autoscaling_group)                                                                       \
    X(ops_cloudformation_stack)                                                                    \
    X(ops_lambda_function)                                                                         \
    X(ops_ecs_cluster)                                                                             \
    X(ops_ecs_service)                                                                             \
    X(ops_eks_cluster)                                                                             \
    X(ops_eks_nodegroup)                                                                           \
    X(ops_rds_instance)                                                                            \
    X(ops_rds_cluster)                                                                             \
    X(ops_docdb_cluster)                                                                           \
    X(ops_docdb_instance)                                                                          \
    X(ops_dynamodb_table)                                                                          \
    X(ops_elasticache_cluster)                                                                     \
    X(ops_elasticache_replication_group)                                                           \
    X(ops_opensearch_domain)                                                                       \
    X(ops_redshift_cluster)                                                                        \
    X(ops_s3_bucket)                                                                               \
    X(ops_efs_file_system)                                                                         \
    X(ops_backup_vault)                                                                            \
    X(ops_elbv2_load_balancer)                                                                     \
    X(ops_elbv2_target_group)                                                                      \
    X(ops_elb_load_balancer)                                                                       \
    X(ops_apigateway_rest_api)                                                                     \
    X(ops_apigatewayv2_api)                                                                        \
    X(ops_cloudfront_distribution)                                                                 \
    X(ops_route53_hosted_zone)                                                                     \
    X(ops_route53_health_check)                                                                    \
    X(ops_sqs_queue)                                                                               \
    X(ops_sns_topic)                                                                               \
    X(ops_events_rule)                                                                             \
    X(ops_kinesis_stream)                                                                          \
    X(ops_kafka_cluster)                                                                           \
    X(ops_stepfunctions_state_machine)                                                             \
    X(ops_iam_user)                                                                                \
    X(ops_iam_role)                                                                                \
    X(ops_acm_certificate)

#define OPS_EXTERN(name) extern const struct ops_kind name;
OPS_KINDS(OPS_EXTERN)
#undef OPS_EXTERN

#endif
