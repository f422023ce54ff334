/* edge.c - checks of what answers the world: functions, images, clusters, load balancers and
 * distributions. */
#include "security_priv.h"

static bool is_application(const struct value *balancer)
{
    return sec_says(balancer, "Type", "application");
}

const struct sec_source sec_edge_sources[] = {
    {"lambda.functions", "lambda", "ListFunctions", .id = "FunctionName"},
    {"lambda.policy", "lambda", "GetPolicy", .each = "lambda.functions", .param = "FunctionName",
     .none = "ResourceNotFoundException"},
    {"lambda.urls", "lambda", "ListFunctionUrlConfigs", .each = "lambda.functions",
     .param = "FunctionName", .none = "ResourceNotFoundException"},
    {"ecr.repositories", "ecr", "DescribeRepositories", .id = "repositoryName"},
    {"ecr.policy", "ecr", "GetRepositoryPolicy", .each = "ecr.repositories",
     .param = "repositoryName", .none = "RepositoryPolicyNotFoundException"},
    {"eks.names", "eks", "ListClusters", .id = "."},
    {"eks.clusters", "eks", "DescribeCluster", .id = "name", .each = "eks.names", .param = "name"},
    {"elb.balancers", "elbv2", "DescribeLoadBalancers", .id = "LoadBalancerArn"},
    {"elb.listeners", "elbv2", "DescribeListeners", .each = "elb.balancers",
     .param = "LoadBalancerArn"},
    {"elb.attributes", "elbv2", "DescribeLoadBalancerAttributes", .each = "elb.balancers",
     .param = "LoadBalancerArn"},
    {"elb.waf", "wafv2", "GetWebACLForResource", .each = "elb.balancers", .param = "ResourceArn",
     .from = "LoadBalancerArn", .wanted = is_application, .whole = true},
    {"elb.classic", "elb", "DescribeLoadBalancers", .id = "LoadBalancerName"},
    {"cloudfront.distributions", "cloudfront", "ListDistributions", .id = "Id"},
    {NULL},
};

/* ---- Lambda ---- */

static const char *function_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "FunctionArn");

    return *arn ? arn : sec_arn(c, "lambda", sec_printf(c, "function:%s", c->key));
}

static void check_function_policy(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "lambda.policy", c->key);
    const struct value *v = a->items.count ? a->items.items[0] : NULL;
    const struct value *policy = sec_policy_parse(c->report->arena, value_str_or(v, "Policy", ""));
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;

    if (words)
        sec_found(c, function_arn(c), "GetPolicy: %s", words);
}

static void check_function_url(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "lambda.urls", c->key);

    VEC_EACH (url, &a->items)
        if (sec_says(*url, "AuthType", "NONE"))
            sec_found(c, function_arn(c), "ListFunctionUrlConfigs: AuthType of %s is NONE",
                      sec_text(c, *url, "FunctionUrl"));
}

/* ---- ECR ---- */

static const char *repository_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "repositoryArn");

    return *arn ? arn : sec_arn(c, "ecr", sec_printf(c, "repository/%s", c->key));
}

static void check_scan(struct sec_case *c)
{
    if (sec_not(c->item, "imageScanningConfiguration.scanOnPush"))
        sec_found(c, repository_arn(c),
                  "DescribeRepositories: imageScanningConfiguration.scanOnPush is false");
}

static void check_mutable(struct sec_case *c)
{
    if (sec_says(c->item, "imageTagMutability", "MUTABLE"))
        sec_found(c, repository_arn(c), "DescribeRepositories: imageTagMutability is MUTABLE");
}

static void check_repository_policy(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "ecr.policy", c->key);
    const struct value *v = a->items.count ? a->items.items[0] : NULL;
    const struct value *policy =
        sec_policy_parse(c->report->arena, value_str_or(v, "policyText", ""));
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;

    if (words)
        sec_found(c, repository_arn(c), "GetRepositoryPolicy: %s", words);
}

/* ---- EKS ---- */

static const char *cluster_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "arn");

    return *arn ? arn : sec_arn(c, "eks", sec_printf(c, "cluster/%s", c->key));
}

static void check_cluster_public(struct sec_case *c)
{
    const struct value *vpc = value_get(c->item, "resourcesVpcConfig"), *it;

    if (!sec_is(vpc, "endpointPublicAccess"))
        return;
    for (size_t pos = 0; (it = sec_each(vpc, "publicAccessCidrs", &pos)) != NULL;)
        if (it->type == VALUE_STRING &&
            (str_eq_c(it->u.string, "0.0.0.0/0") || str_eq_c(it->u.string, "::/0"))) {
            sec_found(c, cluster_arn(c),
                      "DescribeCluster: endpointPublicAccess is true, publicAccessCidrs holds %s",
                      sec_clean(c->report->arena, it->u.string, 60));
            return;
        }
}

static void check_cluster_secrets(struct sec_case *c)
{
    const struct value *it, *r;

    if (!value_get(c->item, "resourcesVpcConfig")) /* not a whole record */
        return;
    for (size_t pos = 0; (it = sec_each(c->item, "encryptionConfig", &pos)) != NULL;)
        for (size_t k = 0; (r = sec_each(it, "resources", &k)) != NULL;)
            if (r->type == VALUE_STRING && str_eq_c(r->u.string, "secrets"))
                return;
    sec_found(c, cluster_arn(c), "DescribeCluster: encryptionConfig does not name secrets");
}

static bool logs(const struct value *cluster, const char *kind)
{
    const struct value *it, *type;

    for (size_t pos = 0; (it = sec_each(cluster, "logging.clusterLogging", &pos)) != NULL;)
        for (size_t k = 0; sec_is(it, "enabled") && (type = sec_each(it, "types", &k)) != NULL;)
            if (type->type == VALUE_STRING && str_eq_c(type->u.string, kind))
                return true;
    return false;
}

static void check_cluster_audit(struct sec_case *c)
{
    if (value_get(c->item, "logging") && !logs(c->item, "audit"))
        sec_found(c, cluster_arn(c), "DescribeCluster: logging.clusterLogging has no audit");
}

/* ---- load balancers ---- */

/* Policies that still speak TLS 1.0 or 1.1. Source: Application Load Balancers, "Security policies
 * for your Application Load Balancer". */
static const char *const old_policies[] = {"ELBSecurityPolicy-2016-08",
                                           "ELBSecurityPolicy-2015-05",
                                           "ELBSecurityPolicy-TLS-1-0-2015-04",
                                           "ELBSecurityPolicy-TLS-1-1-2017-01",
                                           "ELBSecurityPolicy-FS-2018-06",
                                           "ELBSecurityPolicy-FS-1-1-2019-08",
                                           "ELBSecurityPolicy-TLS13-1-0-2021-06",
                                           "ELBSecurityPolicy-TLS13-1-1-2021-06",
                                           NULL};

static bool is_public(const struct sec_case *c)
{
    return sec_says(c->item, "Scheme", "internet-facing");
}

static bool redirects(const struct value *listener)
{
    const struct value *a;

    for (size_t pos = 0; (a = sec_each(listener, "DefaultActions.member", &pos)) != NULL;)
        if (sec_says(a, "Type", "redirect") && sec_says(a, "RedirectConfig.Protocol", "HTTPS"))
            return true;
    return false;
}

static void check_listener_tls(struct sec_case *c)
{
    const struct sec_answer *a = is_public(c) ? sec_ask(c, "elb.listeners", c->key) : NULL;

    for (size_t i = 0; a && i < a->items.count; i++) {
        const struct value *l = a->items.items[i];

        if (sec_says(l, "Protocol", "HTTP") && !redirects(l))
            sec_found(
                c, c->key,
                "DescribeListeners: Protocol of port %.0f is HTTP, and it does not redirect to "
                "HTTPS",
                sec_number(l, "Port", 0));
    }
}

static void check_listener_policy(struct sec_case *c)
{
    const struct sec_answer *a = is_public(c) ? sec_ask(c, "elb.listeners", c->key) : NULL;

    for (size_t i = 0; a && i < a->items.count; i++) {
        const char *policy = sec_text(c, a->items.items[i], "SslPolicy");

        for (const char *const *p = old_policies; *p; p++)
            if (strcmp(*p, policy) == 0)
                sec_found(c, c->key, "DescribeListeners: SslPolicy of port %.0f is %s",
                          sec_number(a->items.items[i], "Port", 0), policy);
    }
}

static void check_balancer_logs(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "elb.attributes", c->key);

    VEC_EACH (it, &a->items)
        if (sec_says(*it, "Key", "access_logs.s3.enabled") && sec_not(*it, "Value"))
            sec_found(c, c->key, "DescribeLoadBalancerAttributes: access_logs.s3.enabled is false");
}

static void check_balancer_waf(struct sec_case *c)
{
    const struct sec_answer *a =
        is_public(c) && is_application(c->item) ? sec_ask(c, "elb.waf", c->key) : NULL;

    if (!a || (a->state != SEC_HAVE && a->state != SEC_NONE))
        return;
    if (a->state == SEC_NONE || !a->items.count || !value_get(a->items.items[0], "WebACL"))
        sec_found(c, c->key, "GetWebACLForResource: no WebACL");
}

static void check_classic_tls(struct sec_case *c)
{
    const struct value *it;

    if (!is_public(c))
        return;
    for (size_t pos = 0;
         (it = sec_each(c->item, "ListenerDescriptions.member.Listener", &pos)) != NULL;)
        if (sec_says(it, "Protocol", "HTTP"))
            sec_found(c,
                      sec_arn(c, "elasticloadbalancing", sec_printf(c, "loadbalancer/%s", c->key)),
                      "DescribeLoadBalancers: Protocol of port %.0f is HTTP",
                      sec_number(it, "LoadBalancerPort", 0));
}

/* ---- CloudFront ---- */

static const char *distribution_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "ARN");

    return *arn ? arn
                : sec_arn_global(c, "cloudfront", true, sec_printf(c, "distribution/%s", c->key));
}

static void check_distribution_http(struct sec_case *c)
{
    static const char *const paths[] = {"DefaultCacheBehavior",
                                        "CacheBehaviors.Items.CacheBehavior"};
    const struct value *it;

    for (size_t i = 0; i < 2; i++)
        for (size_t pos = 0; (it = sec_each(c->item, paths[i], &pos)) != NULL;)
            if (sec_says(it, "ViewerProtocolPolicy", "allow-all")) {
                sec_found(c, distribution_arn(c),
                          "ListDistributions: ViewerProtocolPolicy of %s is allow-all",
                          i ? sec_text(c, it, "PathPattern") : "DefaultCacheBehavior");
                return;
            }
}

static void check_distribution_waf(struct sec_case *c)
{
    if (value_get(c->item, "WebACLId") && !value_str_or(c->item, "WebACLId", "").len)
        sec_found(c, distribution_arn(c), "ListDistributions: WebACLId is empty");
}

static void check_distribution_tls(struct sec_case *c)
{
    const char *version = sec_text(c, c->item, "ViewerCertificate.MinimumProtocolVersion");

    if (sec_is(c->item, "ViewerCertificate.CloudFrontDefaultCertificate"))
        return; /* its minimum cannot be chosen */
    if (strcmp(version, "SSLv3") == 0 || strcmp(version, "TLSv1") == 0 ||
        strcmp(version, "TLSv1_2016") == 0 || strcmp(version, "TLSv1.1_2016") == 0)
        sec_found(c, distribution_arn(c),
                  "ListDistributions: ViewerCertificate.MinimumProtocolVersion is %s", version);
}

const struct sec_check sec_edge_checks[] = {
    {{"cloudfront-http", "cloudfront", SECURITY_MEDIUM, "A distribution answers without TLS",
      "What visitors send and get can be read and changed on the way.",
      "Set ViewerProtocolPolicy to redirect-to-https.", "Set it back to allow-all.",
      "FSBP CloudFront.3"},
     "cloudfront.distributions",
     check_distribution_http},
    {{"cloudfront-no-waf", "cloudfront", SECURITY_LOW, "A distribution has no web ACL",
      "Floods and known attacks reach the origin.",
      "Associate a web ACL of WAF (scope CLOUDFRONT).", "Take the association away.",
      "FSBP CloudFront.6"},
     "cloudfront.distributions",
     check_distribution_waf},
    {{"cloudfront-old-tls", "cloudfront", SECURITY_MEDIUM, "A distribution speaks old TLS",
      "SSLv3, TLS 1.0 and 1.1 can be broken.", "Set MinimumProtocolVersion to TLSv1.2_2021.",
      "Set the earlier version.", "FSBP CloudFront.10"},
     "cloudfront.distributions",
     check_distribution_tls},
    {{"ecr-mutable-tags", "ecr", SECURITY_LOW, "Tags of a repository can be moved",
      "What runs as a tag today may be another image tomorrow.",
      "ecr put-image-tag-mutability --image-tag-mutability IMMUTABLE.", "The same with MUTABLE.",
      "FSBP ECR.2"},
     "ecr.repositories",
     check_mutable},
    {{"ecr-no-scan", "ecr", SECURITY_MEDIUM, "Images are not scanned when they are pushed",
      "Known holes come with the image, unnoticed.",
      "ecr put-image-scanning-configuration scanOnPush=true, or scanning of the registry.",
      "The same with false.", "FSBP ECR.1"},
     "ecr.repositories",
     check_scan},
    {{"ecr-public", "ecr", SECURITY_HIGH, "A repository's policy lets everybody in",
      "Anybody with an AWS account can pull, or push, as it permits.",
      "Name the accounts in Principal.", "Put the earlier policy back.", "FSBP ECR.5"},
     "ecr.repositories",
     check_repository_policy,
     {"ecr.policy"}},
    {{"eks-no-audit-log", "eks", SECURITY_MEDIUM, "A cluster keeps no audit log",
      "Who did what with the cluster cannot be looked up.",
      "eks update-cluster-config --logging with the type audit.", "The same with enabled=false.",
      "FSBP EKS.8"},
     "eks.clusters",
     check_cluster_audit},
    {{"eks-public-endpoint", "eks", SECURITY_HIGH, "A cluster's API answers everybody",
      "One stolen token or one hole of the API server, and the cluster is somebody else's.",
      "eks update-cluster-config: endpointPrivateAccess=true, publicAccessCidrs to your networks.",
      "Put the earlier publicAccessCidrs back.", "FSBP EKS.1"},
     "eks.clusters",
     check_cluster_public},
    {{"eks-secrets-unencrypted", "eks", SECURITY_MEDIUM, "A cluster's secrets have no key of yours",
      "Secrets of Kubernetes are encrypted with AWS's key only.",
      "eks associate-encryption-config with a KMS key.", "It cannot be taken back.", "FSBP EKS.3"},
     "eks.clusters",
     check_cluster_secrets},
    {{"elb-classic-no-tls", "elb", SECURITY_MEDIUM, "A public load balancer answers without TLS",
      "What visitors send and get can be read and changed on the way.",
      "Give it an HTTPS listener, then take the HTTP one away.", "Make the HTTP listener again.",
      "FSBP ELB.3"},
     "elb.classic",
     check_classic_tls},
    {{"elb-no-logs", "elbv2", SECURITY_LOW, "A load balancer writes no access logs",
      "Who asked for what cannot be looked up.",
      "elbv2 modify-load-balancer-attributes access_logs.s3.enabled=true.", "The same with false.",
      "FSBP ELB.5"},
     "elb.balancers",
     check_balancer_logs,
     {"elb.attributes"}},
    {{"elb-no-tls", "elbv2", SECURITY_MEDIUM, "A public load balancer answers without TLS",
      "What visitors send and get can be read and changed on the way.",
      "Make the HTTP listener redirect to HTTPS.", "Put the earlier default action back.",
      "FSBP ELB.1"},
     "elb.balancers",
     check_listener_tls,
     {"elb.listeners"}},
    {{"elb-no-waf", "elbv2", SECURITY_LOW, "A public load balancer has no web ACL",
      "Floods and known attacks reach the service.", "Associate a web ACL of WAF (scope REGIONAL).",
      "wafv2 disassociate-web-acl.", "FSBP ELB.16"},
     "elb.balancers",
     check_balancer_waf,
     {"elb.waf"}},
    {{"elb-old-tls", "elbv2", SECURITY_MEDIUM, "A public load balancer speaks old TLS",
      "TLS 1.0 and 1.1 can be broken.",
      "elbv2 modify-listener --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06.",
      "The same with the earlier policy.", "FSBP ELB.17"},
     "elb.balancers",
     check_listener_policy,
     {"elb.listeners"}},
    {{"lambda-public", "lambda", SECURITY_CRITICAL, "A function's policy lets everybody in",
      "Anybody can run it, at your cost and with its role.",
      "lambda remove-permission for that statement; name who may in a new one.",
      "lambda add-permission with the same statement.", "FSBP Lambda.1"},
     "lambda.functions",
     check_function_policy,
     {"lambda.policy"}},
    {{"lambda-url-open", "lambda", SECURITY_HIGH, "A function's URL asks nobody who he is",
      "Anybody who knows the URL can run it.",
      "lambda update-function-url-config --auth-type AWS_IAM, or an API before it.",
      "The same with --auth-type NONE.", "Lambda Developer Guide, function URLs"},
     "lambda.functions",
     check_function_url,
     {"lambda.urls"}},
    {{NULL}},
};
