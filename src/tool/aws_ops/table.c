/* table.c - every kind of the matrix, and how one is found. */
#include <ctype.h>
#include <stdio.h>

#include "ops_priv.h"
#include "runbook/base/text.h"

#define ROW(name) &name,
static const struct ops_kind *const rows[] = {OPS_KINDS(ROW) NULL};
#undef ROW

const struct ops_kind *const *ops_table(void)
{
    return rows;
}

const struct ops_kind *ops_kind_find(struct str service, struct str kind)
{
    for (size_t i = 0; rows[i]; i++)
        if (str_eq_c(service, rows[i]->service) && str_eq_c(kind, rows[i]->kind))
            return rows[i];
    return NULL;
}

static enum err_code not_found(const char *name, struct err *err)
{
    const char *near = NULL;
    unsigned best = 3;

    for (size_t i = 0; rows[i]; i++) {
        unsigned d = text_distance(str_from(name), str_from(rows[i]->service), best);

        if (d < best) {
            best = d;
            near = rows[i]->service;
        }
    }
    return err_set(err, ERR_NOT_FOUND,
                   "the operations matrix has no '%.60s'%s%s%s; see runbook capabilities", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

enum err_code ops_kinds_named(const char *name, const struct ops_kind **ret, size_t max,
                              size_t *ret_count, struct err *err)
{
    const char *colon = strchr(name, ':');
    struct str service = {name, colon ? (size_t)(colon - name) : strlen(name)};
    bool all = strcmp(name, "all") == 0;
    size_t n = 0;

    for (size_t i = 0; rows[i] && n < max; i++) {
        if (!all && !str_eq_c(service, rows[i]->service))
            continue;
        if (!colon || strcmp(colon + 1, rows[i]->kind) == 0)
            ret[n++] = rows[i];
    }
    *ret_count = n;
    return n ? ERR_OK : not_found(name, err);
}

/* ---- which kind an id is of ---- */

/* Whose ids begin so. Source: the services' API references. */
static const struct {
    const char *prefix;
    const struct ops_kind *kind;
} prefixes[] = {
    {"i-", &ops_ec2_instance},      {"vol-", &ops_ec2_volume},
    {"nat-", &ops_ec2_nat_gateway}, {"tgw-", &ops_ec2_transit_gateway},
    {"fs-", &ops_efs_file_system},
};

/* What stands behind the account in ARNs. Source: Service Authorization Reference. */
static const struct {
    const char *service, *begins; /* the third part of an ARN; what its last part begins with */
    const struct ops_kind *kind;
} arns[] = {
    {"ec2", "instance/", &ops_ec2_instance},
    {"ec2", "volume/", &ops_ec2_volume},
    {"ec2", "natgateway/", &ops_ec2_nat_gateway},
    {"ec2", "transit-gateway/", &ops_ec2_transit_gateway},
    {"autoscaling", "autoScalingGroup:", &ops_autoscaling_group},
    {"lambda", "function:", &ops_lambda_function},
    {"ecs", "cluster/", &ops_ecs_cluster},
    {"ecs", "service/", &ops_ecs_service},
    {"eks", "cluster/", &ops_eks_cluster},
    {"eks", "nodegroup/", &ops_eks_nodegroup},
    {"rds", "db:", &ops_rds_instance},
    {"rds", "cluster:", &ops_rds_cluster},
    {"dynamodb", "table/", &ops_dynamodb_table},
    {"elasticache", "cluster:", &ops_elasticache_cluster},
    {"elasticache", "replicationgroup:", &ops_elasticache_replication_group},
    {"es", "domain/", &ops_opensearch_domain},
    {"redshift", "cluster:", &ops_redshift_cluster},
    {"s3", "", &ops_s3_bucket},
    {"elasticfilesystem", "file-system/", &ops_efs_file_system},
    {"backup", "backup-vault:", &ops_backup_vault},
    {"elasticloadbalancing", "loadbalancer/app/", &ops_elbv2_load_balancer},
    {"elasticloadbalancing", "loadbalancer/net/", &ops_elbv2_load_balancer},
    {"elasticloadbalancing", "loadbalancer/", &ops_elb_load_balancer},
    {"elasticloadbalancing", "targetgroup/", &ops_elbv2_target_group},
    {"cloudformation", "stack/", &ops_cloudformation_stack},
    {"route53", "hostedzone/", &ops_route53_hosted_zone},
    {"route53", "healthcheck/", &ops_route53_health_check},
    {"cloudfront", "distribution/", &ops_cloudfront_distribution},
    {"sqs", "", &ops_sqs_queue},
    {"sns", "", &ops_sns_topic},
    {"events", "rule/", &ops_events_rule},
    {"kinesis", "stream/", &ops_kinesis_stream},
    {"kafka", "cluster/", &ops_kafka_cluster},
    {"states", "stateMachine:", &ops_stepfunctions_state_machine},
    {"iam", "user/", &ops_iam_user},
    {"iam", "role/", &ops_iam_role},
    {"acm", "certificate/", &ops_acm_certificate},
};

static const struct ops_kind *of_arn(const char *arn)
{
    struct str rest = str_from(arn), piece[5];

    for (size_t i = 0; i < 5; i++)
        if (!str_split(&rest, ':', &piece[i]))
            return NULL;
    for (size_t i = 0; i < sizeof(arns) / sizeof(arns[0]); i++)
        if (str_eq_c(piece[2], arns[i].service) && str_starts(rest, arns[i].begins))
            return arns[i].kind;
    return NULL;
}

size_t ops_kinds_of(const char *id, const struct ops_kind **ret, size_t max)
{
    const struct ops_kind *k = NULL;

    if (strncmp(id, "arn:", 4) == 0)
        k = of_arn(id);
    for (size_t i = 0; !k && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t n = strlen(prefixes[i].prefix);

        if (strncmp(id, prefixes[i].prefix, n) == 0 && isxdigit((unsigned char)id[n]))
            k = prefixes[i].kind;
    }
    if (!k || !max)
        return 0;
    ret[0] = k;
    return 1;
}

/* ---- how many ---- */

#define COUNTER(what, member)                                                                      \
    size_t ops_count_##what(const struct ops_kind *k)                                              \
    {                                                                                              \
        size_t n = 0;                                                                              \
                                                                                                   \
        while (k->what && k->what[n].member)                                                       \
            n++;                                                                                   \
        return n;                                                                                  \
    }
COUNTER(reads, name)
COUNTER(checks, id)
COUNTER(metrics, id)
#undef COUNTER

size_t ops_count_anomalies(const struct ops_kind *k)
{
    size_t n = 0;

    for (size_t i = 0; k->metrics && k->metrics[i].id; i++)
        n += k->metrics[i].anomaly != OPS_NO_WAY;
    return n;
}
