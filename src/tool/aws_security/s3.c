/* s3.c - checks of buckets. What blocks public access is looked at first: an ACL or a policy that
 * it overrules makes nothing public. */
#include "security_priv.h"

#define GROUP_ALL "http://acs.amazonaws.com/groups/global/AllUsers"
#define GROUP_ANY "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"

const struct sec_source sec_s3_sources[] = {
    {"s3.buckets", "s3", "ListBuckets", .id = "Name"},
    {"s3.acl", "s3", "GetBucketAcl", .each = "s3.buckets", .param = "Bucket"},
    {"s3.status", "s3", "GetBucketPolicyStatus", .each = "s3.buckets", .param = "Bucket",
     .none = "NoSuchBucketPolicy"},
    {"s3.block", "s3", "GetPublicAccessBlock", .each = "s3.buckets", .param = "Bucket",
     .none = "NoSuchPublicAccessBlockConfiguration"},
    {"s3.encryption", "s3", "GetBucketEncryption", .each = "s3.buckets", .param = "Bucket",
     .none = "ServerSideEncryptionConfigurationNotFoundError"},
    {"s3.logging", "s3", "GetBucketLogging", .each = "s3.buckets", .param = "Bucket"},
    {"s3.account", "s3control", "GetPublicAccessBlock", .with = "{\"AccountId\":\"{account}\"}",
     .none = "NoSuchPublicAccessBlockConfiguration"},
    {NULL},
};

static const char *bucket(struct sec_case *c)
{
    return sec_arn_global(c, "s3", false, c->key);
}

/* Is a switch on, at the bucket or at the account? The account's is told by any region. */
static bool blocked(struct sec_case *c, const char *name)
{
    const struct value *own = sec_first(c, "s3.block");
    const char *region, *key;
    const struct sec_answer *a;
    size_t pos = 0;

    if (sec_is(own, name))
        return true;
    while (sec_facts_next(c->facts, "s3.account", &pos, &region, &key, &a))
        if (a->state == SEC_HAVE)
            return a->items.count && sec_is(a->items.items[0], name);
    return false;
}

static void check_acl(struct sec_case *c)
{
    const struct sec_answer *acl = sec_ask(c, "s3.acl", c->key);

    if (acl->state != SEC_HAVE || blocked(c, "IgnorePublicAcls") || c->unjudged)
        return;
    VEC_EACH (grant, &acl->items) {
        const char *uri = sec_text(c, *grant, "Grantee.URI");

        if (strcmp(uri, GROUP_ALL) != 0 && strcmp(uri, GROUP_ANY) != 0)
            continue;
        sec_found(c, bucket(c), "GetBucketAcl: Grant to %s is %s, and IgnorePublicAcls is off",
                  strcmp(uri, GROUP_ALL) == 0 ? "AllUsers" : "AuthenticatedUsers",
                  sec_text(c, *grant, "Permission"));
    }
}

static void check_policy(struct sec_case *c)
{
    const struct sec_answer *status = sec_ask(c, "s3.status", c->key);
    const struct value *v = status->items.count ? status->items.items[0] : NULL;

    if (status->state != SEC_HAVE)
        return;
    if (!value_get(v, "IsPublic")) { /* no answer of this kind */
        c->unjudged = true;
        return;
    }
    if (!sec_is(v, "IsPublic") || blocked(c, "RestrictPublicBuckets") || c->unjudged)
        return;
    sec_found(c, bucket(c),
              "GetBucketPolicyStatus: IsPublic is true, and RestrictPublicBuckets is off");
}

static const char *const switches[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                       "RestrictPublicBuckets", NULL};

static void check_block(struct sec_case *c)
{
    const struct sec_answer *own = sec_ask(c, "s3.block", c->key);
    const char *off = "";

    for (const char *const *s = switches; *s; s++)
        if (!blocked(c, *s))
            off = sec_printf(c, "%s%s%s", off, *off ? ", " : "", *s);
    if (!*off || c->unjudged)
        return;
    sec_found(c, bucket(c), "GetPublicAccessBlock: %s%s",
              own->state == SEC_NONE ? "the bucket has none, and the account leaves off "
                                     : "off at the bucket and at the account: ",
              off);
}

static void check_account(struct sec_case *c)
{
    const struct value *v = c->answer->items.count ? c->answer->items.items[0] : NULL;
    const char *off = "";

    if (c->answer->state == SEC_UNKNOWN)
        c->unjudged = true;
    if (c->answer->state != SEC_NONE && c->answer->state != SEC_HAVE)
        return;
    for (const char *const *s = switches; *s; s++)
        if (!sec_is(v, *s))
            off = sec_printf(c, "%s%s%s", off, *off ? ", " : "", *s);
    if (*off)
        sec_found(c, sec_printf(c, "arn:%s:s3:::account/%s", c->partition, c->account),
                  "s3control GetPublicAccessBlock: %s%s",
                  c->answer->state == SEC_NONE ? "the account has none: " : "off: ", off);
}

static void check_encryption(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "s3.encryption", c->key);

    if (a->state == SEC_NONE || (a->state == SEC_HAVE && !a->items.count))
        sec_found(c, bucket(c), "GetBucketEncryption: the bucket has no rule");
}

static void check_logging(struct sec_case *c)
{
    const struct sec_answer *a = sec_ask(c, "s3.logging", c->key);
    const struct value *v = a->items.count ? a->items.items[0] : NULL;

    if (a->state == SEC_NONE || (a->state == SEC_HAVE && !value_get(v, "LoggingEnabled")))
        sec_found(c, bucket(c), "GetBucketLogging: LoggingEnabled is not there");
}

#define UNBLOCK                                                                                    \
    "Put the earlier PublicAccessBlock back (s3api put-public-access-block), or delete it."

const struct sec_check sec_s3_checks[] = {
    {{"s3-account-public-access-block", "s3", SECURITY_MEDIUM,
      "The account does not block public access to buckets",
      "One bucket whose ACL or policy is too wide is public at once; the account's switches "
      "overrule "
      "every bucket.",
      "Switch all four settings on for the account (s3control put-public-access-block), after the "
      "buckets that are meant to be public moved behind CloudFront.",
      UNBLOCK, "FSBP S3.1, CIS 3.0 2.1.4"},
     "s3.account",
     .once = check_account},
    {{"s3-encryption", "s3", SECURITY_MEDIUM, "The bucket has no default encryption",
      "Objects that are written without naming a key lie unencrypted.",
      "Set a default encryption (s3api put-bucket-encryption, AES256 or a KMS key); objects that "
      "are "
      "there stay as they are until they are copied.",
      "s3api delete-bucket-encryption.", "FSBP S3.4, CIS 3.0 2.1.1"},
     "s3.buckets",
     check_encryption,
     {"s3.encryption"}},
    {{"s3-logging", "s3", SECURITY_LOW, "Requests to the bucket are not logged",
      "After an incident nobody can tell who read what.",
      "Switch server access logging on, or data events of CloudTrail for this bucket.",
      "s3api put-bucket-logging with an empty status.", "FSBP S3.9"},
     "s3.buckets",
     check_logging,
     {"s3.logging"}},
    {{"s3-public-access-block", "s3", SECURITY_MEDIUM, "The bucket does not block public access",
      "Whoever may write an ACL or a policy of it can make it public.",
      "Switch all four settings on for the bucket.", UNBLOCK, "FSBP S3.8, CIS 3.0 2.1.4"},
     "s3.buckets",
     check_block,
     {"s3.block", "s3.account"}},
    {{"s3-public-acl", "s3", SECURITY_CRITICAL, "The bucket's ACL lets everybody in",
      "Anybody on the internet can use what the grant permits: read, or change what is stored.",
      "Block public access to the bucket; then take the grant out of its ACL.", UNBLOCK,
      "FSBP S3.2, FSBP S3.3"},
     "s3.buckets",
     check_acl,
     {"s3.acl", "s3.block", "s3.account"}},
    {{"s3-public-policy", "s3", SECURITY_CRITICAL, "The bucket's policy lets everybody in",
      "Anybody on the internet can use what the policy permits.",
      "Block public access to the bucket; then narrow its policy.", UNBLOCK, "FSBP S3.2"},
     "s3.buckets",
     check_policy,
     {"s3.status", "s3.block", "s3.account"}},
    {{NULL}},
};
