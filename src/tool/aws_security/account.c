/* account.c - checks of what watches an account, of its keys, certificates and secrets. */
#include "security_priv.h"

#define DAY_MS ((int64_t)86400000)
#define EXPIRES_SOON_DAYS 30 /* FSBP ACM.1 */
#define EXPIRES_NOW_DAYS 7   /* then it is urgent */

static bool is_ours(const struct value *key)
{
    return sec_says(key, "KeyManager", "CUSTOMER");
}

/* AWS turns its own, and those that it cannot turn are no fault. */
static bool can_rotate(const struct value *key)
{
    struct str spec = value_str_or(key, "KeySpec", "SYMMETRIC_DEFAULT");

    return is_ours(key) && sec_says(key, "KeyState", "Enabled") &&
           sec_says(key, "Origin", "AWS_KMS") && str_eq_c(spec, "SYMMETRIC_DEFAULT");
}

const struct sec_source sec_account_sources[] = {
    {"trail.trails", "cloudtrail", "DescribeTrails", .id = "TrailARN"},
    {"trail.status", "cloudtrail", "GetTrailStatus", .each = "trail.trails", .param = "Name"},
    {"config.recorders", "config", "DescribeConfigurationRecorderStatus", .id = "name"},
    {"analyzer.analyzers", "accessanalyzer", "ListAnalyzers", .id = "name"},
    {"guardduty.detectors", "guardduty", "ListDetectors", .id = "."},
    {"kms.ids", "kms", "ListKeys", .id = "KeyId"},
    {"kms.keys", "kms", "DescribeKey", .id = "KeyId", .each = "kms.ids", .param = "KeyId"},
    {"kms.rotation", "kms", "GetKeyRotationStatus", .each = "kms.keys", .param = "KeyId",
     .wanted = can_rotate, .none = "UnsupportedOperationException|KMSInvalidStateException"},
    {"kms.policy", "kms", "GetKeyPolicy", .each = "kms.keys", .param = "KeyId", .wanted = is_ours,
     .with = "{\"PolicyName\":\"default\"}"},
    {"acm.list", "acm", "ListCertificates", .id = "CertificateArn"},
    {"acm.certificates", "acm", "DescribeCertificate", .id = "CertificateArn", .each = "acm.list",
     .param = "CertificateArn"},
    {"secrets.secrets", "secretsmanager", "ListSecrets", .id = "ARN"},
    {NULL},
};

/* ---- what watches ---- */

static const char *place(struct sec_case *c, const char *service, const char *what)
{
    return sec_arn(c, service, what);
}

/* Shadow trails (of another region) count: their events come here, too. */
static void check_trail(struct sec_case *c)
{
    size_t logging = 0, unknown = 0;

    if (c->answer->state == SEC_UNKNOWN)
        c->unjudged = true;
    if (c->answer->state != SEC_HAVE)
        return;
    VEC_EACH (t, &c->answer->items) {
        const char *arn = sec_text(c, *t, "TrailARN");
        const struct sec_answer *s = sec_ask(c, "trail.status", arn);

        logging += s->items.count && sec_is(s->items.items[0], "IsLogging");
        unknown += s->state != SEC_HAVE;
    }
    if (logging || (unknown && c->answer->items.count))
        return;
    sec_found(c, place(c, "cloudtrail", "trail"),
              c->answer->items.count ? "GetTrailStatus: no trail of %zu is logging"
                                     : "DescribeTrails: there are %zu",
              c->answer->items.count);
}

static bool is_home(const struct sec_case *c)
{
    return str_eq_c(value_str_or(c->item, "HomeRegion", c->region), c->region);
}

static void check_trail_validation(struct sec_case *c)
{
    if (is_home(c) && sec_not(c->item, "LogFileValidationEnabled"))
        sec_found(c, c->key, "DescribeTrails: LogFileValidationEnabled is false");
}

static void check_trail_encryption(struct sec_case *c)
{
    if (is_home(c) && !*sec_text(c, c->item, "KmsKeyId"))
        sec_found(c, c->key, "DescribeTrails: no KmsKeyId");
}

static void check_trail_regions(struct sec_case *c)
{
    if (c->answer->state != SEC_HAVE || !c->answer->items.count)
        return;
    VEC_EACH (t, &c->answer->items)
        if (sec_is(*t, "IsMultiRegionTrail") || sec_is(*t, "IsOrganizationTrail"))
            return;
    sec_found(c, place(c, "cloudtrail", "trail"), "DescribeTrails: no IsMultiRegionTrail among %zu",
              c->answer->items.count);
}

/* Nothing of a kind is there, or the service itself is switched off. */
static bool is_missing(struct sec_case *c)
{
    if (c->answer->state == SEC_UNKNOWN)
        c->unjudged = true;
    return c->answer->state == SEC_NONE ||
           (c->answer->state == SEC_HAVE && !c->answer->items.count);
}

static void check_recorder(struct sec_case *c)
{
    if (is_missing(c)) {
        sec_found(c, place(c, "config", "config-recorder"),
                  "DescribeConfigurationRecorderStatus: there is none");
        return;
    }
    VEC_EACH (r, &c->answer->items)
        if (sec_is(*r, "recording"))
            return;
    if (c->answer->state == SEC_HAVE)
        sec_found(c, place(c, "config", "config-recorder"),
                  "DescribeConfigurationRecorderStatus: recording is false");
}

static void check_analyzer(struct sec_case *c)
{
    if (is_missing(c))
        sec_found(c, place(c, "access-analyzer", "analyzer"), "ListAnalyzers: there is none");
}

static void check_detector(struct sec_case *c)
{
    if (is_missing(c))
        sec_found(c, place(c, "guardduty", "detector"), "ListDetectors: there is none");
}

/* ---- keys ---- */

static const char *key_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "Arn");

    return *arn ? arn : sec_arn(c, "kms", sec_printf(c, "key/%s", c->key));
}

static void check_rotation(struct sec_case *c)
{
    const struct value *v = can_rotate(c->item) ? sec_first(c, "kms.rotation") : NULL;

    if (!v || !sec_not(v, "KeyRotationEnabled"))
        return;
    sec_found(c, key_arn(c), "GetKeyRotationStatus: KeyRotationEnabled is false (%s)",
              sec_text(c, c->item, "Description"));
}

static void check_key_deletion(struct sec_case *c)
{
    if (sec_says(c->item, "KeyState", "PendingDeletion"))
        sec_found(c, key_arn(c), "DescribeKey: KeyState is PendingDeletion (%s)",
                  sec_text(c, c->item, "Description"));
}

static void check_key_public(struct sec_case *c)
{
    const struct value *v = is_ours(c->item) ? sec_first(c, "kms.policy") : NULL;
    const struct value *policy = sec_policy_parse(c->report->arena, value_str_or(v, "Policy", ""));
    const char *words = policy ? sec_policy_public(c->report->arena, policy) : NULL;

    if (words)
        sec_found(c, key_arn(c), "GetKeyPolicy: %s", words);
}

/* ---- certificates and secrets ---- */

static void check_certificate(struct sec_case *c)
{
    int64_t ms, days;

    if (!sec_time(c->item, "NotAfter", &ms) || sec_says(c->item, "Status", "REVOKED"))
        return;
    days = (ms - c->now_ms) / DAY_MS;
    if (ms - c->now_ms >= EXPIRES_SOON_DAYS * DAY_MS)
        return;
    if (days < EXPIRES_NOW_DAYS && value_count(value_get(c->item, "InUseBy")))
        c->severity = SECURITY_HIGH;
    if (ms < c->now_ms)
        sec_found(c, c->key, "DescribeCertificate: NotAfter was %lld days ago (%s)",
                  (long long)((c->now_ms - ms) / DAY_MS), sec_text(c, c->item, "DomainName"));
    else
        sec_found(c, c->key, "DescribeCertificate: NotAfter is in %lld days (%s)", (long long)days,
                  sec_text(c, c->item, "DomainName"));
}

static void check_secret(struct sec_case *c)
{
    if (!sec_is(c->item, "RotationEnabled") && !value_get(c->item, "OwningService"))
        sec_found(c, c->key, "ListSecrets: RotationEnabled is not true");
}

const struct sec_check sec_account_checks[] = {
    {{"acm-expiring", "acm", SECURITY_MEDIUM, "A certificate expires within 30 days, or has",
      "Its clients refuse what shows it from that second on.",
      "Make ACM renew it (its DNS records must still be there), or import the new one.",
      "Attach the earlier certificate again.", "FSBP ACM.1"},
     "acm.certificates",
     check_certificate},
    {{"accessanalyzer-missing", "accessanalyzer", SECURITY_LOW,
      "Nothing looks for resources that others can use",
      "Access Analyzer says which policies let somebody outside in.",
      "accessanalyzer create-analyzer --type ACCOUNT, in each region.",
      "accessanalyzer delete-analyzer.", "FSBP IAM.28, CIS 3.0 1.20"},
     "analyzer.analyzers",
     .once = check_analyzer},
    {{"cloudtrail-missing", "cloudtrail", SECURITY_HIGH,
      "What is done in the account is not recorded",
      "After an incident nobody can tell who did what.",
      "Make a trail of all regions into a bucket of another account, and start it.",
      "cloudtrail stop-logging.", "FSBP CloudTrail.1, CIS 3.0 3.1"},
     "trail.trails",
     .once = check_trail,
     .needs = {"trail.status"}},
    {{"cloudtrail-one-region", "cloudtrail", SECURITY_MEDIUM, "No trail records all regions",
      "What is done in a region that nobody uses is not seen.",
      "cloudtrail update-trail --is-multi-region-trail.",
      "cloudtrail update-trail --no-is-multi-region-trail.", "FSBP CloudTrail.1, CIS 3.0 3.1"},
     "trail.trails",
     .once = check_trail_regions},
    {{"cloudtrail-unencrypted", "cloudtrail", SECURITY_LOW, "A trail is not encrypted with a key",
      "Who may read the bucket reads the trail.", "cloudtrail update-trail --kms-key-id.",
      "cloudtrail update-trail --kms-key-id \"\".", "FSBP CloudTrail.2, CIS 3.0 3.5"},
     "trail.trails",
     check_trail_encryption},
    {{"cloudtrail-validation", "cloudtrail", SECURITY_LOW, "A trail's files are not signed",
      "Somebody can take lines out of them and nobody notices.",
      "cloudtrail update-trail --enable-log-file-validation.",
      "cloudtrail update-trail --no-enable-log-file-validation.", "FSBP CloudTrail.4, CIS 3.0 3.2"},
     "trail.trails",
     check_trail_validation},
    {{"config-missing", "config", SECURITY_MEDIUM, "AWS Config records nothing here",
      "What was changed, and when, cannot be looked up.",
      "Make a recorder and start it (configservice put-configuration-recorder).",
      "configservice stop-configuration-recorder.", "FSBP Config.1, CIS 3.0 3.3"},
     "config.recorders",
     .once = check_recorder},
    {{"guardduty-missing", "guardduty", SECURITY_MEDIUM, "GuardDuty is not switched on here",
      "Stolen keys, miners and scans are not noticed.", "guardduty create-detector --enable.",
      "guardduty update-detector --no-enable.", "FSBP GuardDuty.1"},
     "guardduty.detectors",
     .once = check_detector},
    {{"kms-pending-deletion", "kms", SECURITY_HIGH, "A key waits to be deleted",
      "All that is encrypted with it is lost when it goes.",
      "Find out who uses it (CloudTrail); kms cancel-key-deletion, then enable-key.",
      "kms schedule-key-deletion.", "FSBP KMS.3"},
     "kms.keys",
     check_key_deletion},
    {{"kms-public", "kms", SECURITY_CRITICAL, "A key's policy lets everybody in",
      "Anybody with an AWS account can use the key as its policy permits.",
      "Name the accounts in Principal, or ask for kms:CallerAccount.",
      "Put the earlier policy back.", "FSBP KMS.5"},
     "kms.keys",
     check_key_public,
     {"kms.policy"}},
    {{"kms-rotation", "kms", SECURITY_MEDIUM, "A key is not turned every year",
      "The longer one key is used, the more a leak of it opens.",
      "kms enable-key-rotation; old data stays readable.", "kms disable-key-rotation.",
      "FSBP KMS.4, CIS 3.0 3.6"},
     "kms.keys",
     check_rotation,
     {"kms.rotation"}},
    {{"secretsmanager-rotation", "secretsmanager", SECURITY_MEDIUM, "A secret is never turned",
      "A secret that leaked long ago still works.",
      "secretsmanager rotate-secret with a function that changes it at its service.",
      "secretsmanager cancel-rotate-secret.", "FSBP SecretsManager.1"},
     "secrets.secrets",
     check_secret},
    {{NULL}},
};
