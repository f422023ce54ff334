/* iam.c - checks of users, keys, roles, policies and the root user.
 * The credential report says most in one answer; where it may not be read, users are asked about
 * one by one. Policies come from GetAccountAuthorizationDetails, with every document.
 * Source: IAM User Guide, "Getting credential reports". */
#include "runbook/base/timefmt.h"
#include "runbook/codec/hash.h"
#include "security_priv.h"

#define DAY_MS ((int64_t)86400000)
#define KEY_AGE_DAYS 90   /* FSBP IAM.3 */
#define UNUSED_DAYS 45    /* CIS 3.0 1.12; FSBP IAM.8 says 90, IAM.22 45 */
#define ROOT_USED_DAYS 14 /* CIS 3.0 1.7 wants it for daily tasks never; this long it is news */
#define REPORT_MAX ((size_t)16 << 20)
#define COLUMNS_MAX 40

/* ---- the credential report: base64 of CSV without quotes ---- */

static struct value text_value(struct arena *a, const char *key, struct str s)
{
    struct value v = {.type = VALUE_STRING, .key = str_from(arena_strdup(a, key))};

    v.u.string = (struct str){arena_str(a, s), s.len};
    return v;
}

static size_t split_line(struct str line, struct str out[COLUMNS_MAX])
{
    size_t n = 0;

    while (n < COLUMNS_MAX && str_split(&line, ',', &out[n]))
        n++;
    return n;
}

static struct value report_row(struct arena *a, const struct str *names, size_t count,
                               struct str line)
{
    struct str cells[COLUMNS_MAX];
    size_t n = split_line(line, cells);
    struct value row = {.type = VALUE_OBJECT};

    row.u.list.count = n < count ? n : count;
    row.u.list.items = arena_array(a, row.u.list.count, sizeof(row));
    for (size_t i = 0; i < row.u.list.count; i++)
        row.u.list.items[i] = text_value(a, arena_str(a, names[i]), cells[i]);
    return row;
}

static const struct value *read_report(struct arena *a, const struct value *items)
{
    struct str content = value_str_or(value_at(items, 0), "Content", ""), rest, line;
    struct buf csv = BUF_INIT(REPORT_MAX);
    struct value *list = arena_alloc(a, sizeof(*list));
    struct str names[COLUMNS_MAX];
    size_t count, room = 0;

    list->type = VALUE_ARRAY;
    if (str_starts(content, "user,"))
        buf_add_str(&csv, content); /* decoded already */
    else if (!base64_decode(&csv, content))
        return list;
    rest = buf_str(&csv);
    for (size_t i = 0; i < csv.len; i++)
        room += csv.ptr[i] == '\n';
    list->u.list.items = arena_array(a, room + 1, sizeof(*list));
    count = str_line(&rest, &line) ? split_line(line, names) : 0;
    while (count && list->u.list.count <= room && str_line(&rest, &line))
        if (line.len)
            list->u.list.items[list->u.list.count++] = report_row(a, names, count, line);
    buf_release(&csv);
    return list;
}

const struct sec_source sec_iam_sources[] = {
    {"iam.generate", "iam", "GenerateCredentialReport", .until = "State=COMPLETE"},
    {"iam.report", "iam", "GetCredentialReport", .id = "user", .each = "iam.generate",
     .anyway = true, .read = read_report},
    {"iam.users", "iam", "ListUsers", .id = "UserName", .each = "iam.report", .instead = true},
    {"iam.mfa", "iam", "ListMFADevices", .each = "iam.users", .param = "UserName"},
    {"iam.login", "iam", "GetLoginProfile", .each = "iam.users", .param = "UserName",
     .none = "NoSuchEntity"},
    {"iam.keys", "iam", "ListAccessKeys", .each = "iam.users", .param = "UserName"},
    {"iam.summary", "iam", "GetAccountSummary", .whole = true},
    {"iam.password", "iam", "GetAccountPasswordPolicy", .none = "NoSuchEntity"},
    {"iam.details", "iam", "GetAccountAuthorizationDetails", .whole = true},
    {"iam.certificates", "iam", "ListServerCertificates", .id = "ServerCertificateName"},
    {NULL},
};

/* ---- users ---- */

#define ROOT "<root_account>"

static bool is_root(const struct sec_case *c)
{
    return strcmp(c->key, ROOT) == 0;
}

static const char *user_arn(struct sec_case *c)
{
    const char *arn = sec_text(c, c->item, "arn");

    if (!*arn)
        arn = sec_text(c, c->item, "Arn");
    return *arn ? arn : sec_arn_global(c, "iam", true, sec_printf(c, "user/%s", c->key));
}

/* "N/A", "no_information" and "not_supported" are no times. */
static bool days_since(const struct sec_case *c, const char *field, int64_t *ret_days)
{
    int64_t ms;

    if (!sec_time(c->item, field, &ms))
        return false;
    *ret_days = (c->now_ms - ms) / DAY_MS;
    return true;
}

static void check_mfa(struct sec_case *c)
{
    if (!is_root(c) && sec_is(c->item, "password_enabled") && sec_not(c->item, "mfa_active"))
        sec_found(c, user_arn(c),
                  "GetCredentialReport: password_enabled is true, mfa_active is false");
}

static void check_mfa_listed(struct sec_case *c)
{
    const struct sec_answer *login = sec_ask(c, "iam.login", c->key);
    const struct sec_answer *mfa = sec_ask(c, "iam.mfa", c->key);

    if (login->state == SEC_HAVE && mfa->state == SEC_HAVE && !mfa->items.count)
        sec_found(c, user_arn(c), "GetLoginProfile: there is a password; ListMFADevices: none");
}

static const char *const key_active[] = {"access_key_1_active", "access_key_2_active"};
static const char *const key_rotated[] = {"access_key_1_last_rotated", "access_key_2_last_rotated"};
static const char *const key_used[] = {"access_key_1_last_used_date",
                                       "access_key_2_last_used_date"};

static void check_key_age(struct sec_case *c)
{
    int64_t days;

    for (size_t i = 0; i < 2; i++)
        if (!is_root(c) && sec_is(c->item, key_active[i]) && days_since(c, key_rotated[i], &days) &&
            days > KEY_AGE_DAYS)
            sec_found(c, user_arn(c), "GetCredentialReport: %s is %lld days ago", key_rotated[i],
                      (long long)days);
}

static void check_key_age_listed(struct sec_case *c)
{
    const struct sec_answer *keys = sec_ask(c, "iam.keys", c->key);
    int64_t ms;

    if (keys->state != SEC_HAVE)
        return;
    VEC_EACH (k, &keys->items)
        if (sec_says(*k, "Status", "Active") && sec_time(*k, "CreateDate", &ms) &&
            (c->now_ms - ms) / DAY_MS > KEY_AGE_DAYS)
            sec_found(c, user_arn(c), "ListAccessKeys: CreateDate of %s is %lld days ago",
                      sec_text(c, *k, "AccessKeyId"), (long long)((c->now_ms - ms) / DAY_MS));
}

/* Never used counts from when it was made. */
static int64_t idle_days(const struct sec_case *c, const char *used, const char *made)
{
    int64_t days;

    if (days_since(c, used, &days) || days_since(c, made, &days))
        return days;
    return -1;
}

static void check_unused(struct sec_case *c)
{
    const char *what = "";
    int64_t days = idle_days(c, "password_last_used", "password_last_changed");

    if (is_root(c))
        return;
    if (sec_is(c->item, "password_enabled") && days > UNUSED_DAYS)
        what = sec_printf(c, "password_last_used %lld days ago", (long long)days);
    for (size_t i = 0; i < 2; i++) {
        days = idle_days(c, key_used[i], key_rotated[i]);
        if (sec_is(c->item, key_active[i]) && days > UNUSED_DAYS)
            what = sec_printf(c, "%s%s%s %lld days ago", what, *what ? ", " : "", key_used[i],
                              (long long)days);
    }
    if (*what)
        sec_found(c, user_arn(c), "GetCredentialReport: %s", what);
}

/* ---- root ---- */

static const char *root_arn(struct sec_case *c)
{
    return sec_arn_global(c, "iam", true, "root");
}

static double summary(const struct sec_case *c, const char *name)
{
    const struct value *it;

    for (size_t pos = 0; (it = sec_each(c->item, "SummaryMap.entry", &pos)) != NULL;)
        if (str_eq_c(value_str_or(it, "key", ""), name))
            return sec_number(it, "value", -1);
    return -1;
}

static void check_root_mfa(struct sec_case *c)
{
    if (summary(c, "AccountMFAEnabled") == 0)
        sec_found(c, root_arn(c), "GetAccountSummary: AccountMFAEnabled is 0");
}

static void check_root_keys(struct sec_case *c)
{
    double n = summary(c, "AccountAccessKeysPresent");

    if (n > 0)
        sec_found(c, root_arn(c), "GetAccountSummary: AccountAccessKeysPresent is %.0f", n);
}

static void check_root_used(struct sec_case *c)
{
    static const char *const fields[] = {"password_last_used", "access_key_1_last_used_date",
                                         "access_key_2_last_used_date"};
    int64_t days;

    for (size_t i = 0; is_root(c) && i < 3; i++)
        if (days_since(c, fields[i], &days) && days >= 0 && days <= ROOT_USED_DAYS) {
            sec_found(c, root_arn(c), "GetCredentialReport: %s of the root user is %lld days ago",
                      fields[i], (long long)days);
            return;
        }
}

/* ---- the password policy ---- */

#define PASSWORD_LENGTH 14 /* CIS 3.0 1.8 */

static void check_password(struct sec_case *c)
{
    const struct value *v = c->answer->items.count ? c->answer->items.items[0] : NULL;
    double length = sec_number(v, "MinimumPasswordLength", 6);
    const char *who = sec_arn_global(c, "iam", true, "account-password-policy");

    if (c->answer->state == SEC_UNKNOWN ||
        (c->answer->state == SEC_HAVE && !value_path(v, "MinimumPasswordLength")))
        c->unjudged = true;
    if (c->answer->state == SEC_NONE)
        sec_found(c, who, "GetAccountPasswordPolicy: there is none");
    else if (!c->unjudged && c->answer->state == SEC_HAVE && length < PASSWORD_LENGTH)
        sec_found(c, who, "GetAccountPasswordPolicy: MinimumPasswordLength is %.0f", length);
}

/* ---- policies ---- */

/* Documents of an answer's lists: where each stands, and whose it is. */
struct documents {
    const char *owners, *arn, *list, *document, *name;
    bool attached_only, default_only;
};
static const struct documents documents[] = {
    {"UserDetailList.member", "Arn", "UserPolicyList.member", "PolicyDocument", "PolicyName", false,
     false},
    {"GroupDetailList.member", "Arn", "GroupPolicyList.member", "PolicyDocument", "PolicyName",
     false, false},
    {"RoleDetailList.member", "Arn", "RolePolicyList.member", "PolicyDocument", "PolicyName", false,
     false},
    {"Policies.member", "Arn", "PolicyVersionList.member", "Document", "VersionId", true, true},
};

static bool is_aws_managed(const char *arn)
{
    return strstr(arn, ":iam::aws:policy/") != NULL;
}

typedef void document_fn(struct sec_case *c, const char *arn, const char *name,
                         const struct value *policy);

static void each_policy(struct sec_case *c, const struct documents *d, const struct value *owner,
                        document_fn *fn)
{
    const char *arn = sec_text(c, owner, d->arn);
    const struct value *it;

    if (is_aws_managed(arn) || (d->attached_only && sec_number(owner, "AttachmentCount", 1) < 1))
        return;
    for (size_t pos = 0; (it = sec_each(owner, d->list, &pos)) != NULL;) {
        const struct value *policy =
            sec_policy_parse(c->report->arena, value_str_or(it, d->document, ""));

        if (d->default_only && !sec_is(it, "IsDefaultVersion"))
            continue;
        if (policy)
            fn(c, arn, sec_text(c, it, d->name), policy);
        else
            c->unjudged = true;
    }
}

static void each_document(struct sec_case *c, document_fn *fn)
{
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        const struct value *owner;

        for (size_t pos = 0; (owner = sec_each(c->item, documents[i].owners, &pos)) != NULL;)
            each_policy(c, &documents[i], owner, fn);
    }
}

static void found_wide(struct sec_case *c, const char *arn, const char *name, const char *words)
{
    sec_found(c, arn, "GetAccountAuthorizationDetails: %s, %s", name, words);
}

static void all_allowed(struct sec_case *c, const char *arn, const char *name,
                        const struct value *policy)
{
    const char *words = "";
    enum sec_wide w = sec_policy_wide(c->report->arena, policy, &words);

    if (w == SEC_WIDE_GUARDED)
        c->severity = SECURITY_MEDIUM;
    if (w == SEC_WIDE_ALL || w == SEC_WIDE_GUARDED)
        found_wide(c, arn, name, words);
}

static void except_allowed(struct sec_case *c, const char *arn, const char *name,
                           const struct value *policy)
{
    const char *words = "";

    if (sec_policy_wide(c->report->arena, policy, &words) == SEC_WIDE_EXCEPT)
        found_wide(c, arn, name, words);
}

static void service_allowed(struct sec_case *c, const char *arn, const char *name,
                            const struct value *policy)
{
    const char *words = "";

    if (sec_policy_wide(c->report->arena, policy, &words) == SEC_WIDE_SERVICE)
        found_wide(c, arn, name, words);
}

static void check_wildcard(struct sec_case *c)
{
    each_document(c, all_allowed);
}

static void check_not_action(struct sec_case *c)
{
    each_document(c, except_allowed);
}

static void check_service_wildcard(struct sec_case *c)
{
    each_document(c, service_allowed);
}

/* AWS's own policy that allows everything, given to somebody. */
static void check_admin_users(struct sec_case *c)
{
    static const char *const lists[] = {"UserDetailList.member", "GroupDetailList.member",
                                        "RoleDetailList.member"};
    const struct value *owner, *p;

    for (size_t i = 0; i < 3; i++)
        for (size_t pos = 0; (owner = sec_each(c->item, lists[i], &pos)) != NULL;)
            for (size_t k = 0; (p = sec_each(owner, "AttachedManagedPolicies.member", &k)) != NULL;)
                if (str_ends(value_str_or(p, "PolicyArn", ""),
                             ":iam::aws:policy/AdministratorAccess"))
                    sec_found(c, sec_text(c, owner, "Arn"),
                              "GetAccountAuthorizationDetails: AdministratorAccess is attached");
}

static void check_user_policies(struct sec_case *c)
{
    const struct value *user;

    for (size_t pos = 0; (user = sec_each(c->item, "UserDetailList.member", &pos)) != NULL;) {
        size_t own = 0, attached = 0;

        for (size_t k = 0; sec_each(user, "UserPolicyList.member", &k);)
            own++;
        for (size_t k = 0; sec_each(user, "AttachedManagedPolicies.member", &k);)
            attached++;
        if (own + attached)
            sec_found(c, sec_text(c, user, "Arn"),
                      "GetAccountAuthorizationDetails: %zu policies of its own, %zu attached", own,
                      attached);
    }
}

static void each_trust(struct sec_case *c, bool federation)
{
    const struct value *role;

    for (size_t pos = 0; (role = sec_each(c->item, "RoleDetailList.member", &pos)) != NULL;) {
        struct str text = value_str_or(role, "AssumeRolePolicyDocument", "");
        struct arena *a = c->report->arena;
        const struct value *policy = sec_policy_parse(a, text);
        const char *words = NULL;

        if (policy)
            words =
                federation ? sec_policy_open_federation(a, policy) : sec_policy_public(a, policy);
        else if (text.len)
            c->unjudged = true;
        if (words)
            sec_found(c, sec_text(c, role, "Arn"),
                      "GetAccountAuthorizationDetails: AssumeRolePolicyDocument, %s", words);
    }
}

static void check_role_trust(struct sec_case *c)
{
    each_trust(c, false);
}

static void check_federation(struct sec_case *c)
{
    each_trust(c, true);
}

/* ---- certificates ---- */

static void check_certificate(struct sec_case *c)
{
    int64_t ms;

    if (sec_time(c->item, "Expiration", &ms) && ms < c->now_ms)
        sec_found(c, sec_text(c, c->item, "Arn"),
                  "ListServerCertificates: Expiration was %lld days ago",
                  (long long)((c->now_ms - ms) / DAY_MS));
}

#define PUT_BACK "Put the earlier version of the policy back."

const struct sec_check sec_iam_checks[] = {
    {{"iam-admin-attached", "iam", SECURITY_MEDIUM, "AdministratorAccess is given away",
      "Whoever has these keys can do everything in the account.",
      "Give the permissions that are used (Access Analyzer makes such a policy from CloudTrail); "
      "keep "
      "one role for emergencies.",
      "Attach AdministratorAccess again.", "CIS 3.0 1.16"},
     "iam.details",
     check_admin_users},
    {{"iam-certificate-expired", "iam", SECURITY_MEDIUM, "A server certificate has expired",
      "What still shows it is refused by its clients; what does not is left over.",
      "Move its users to ACM; then delete it.", "Upload it again.", "FSBP IAM.26, CIS 3.0 1.19"},
     "iam.certificates",
     check_certificate},
    {{"iam-key-old", "iam", SECURITY_MEDIUM, "An access key is older than 90 days",
      "A key that leaked long ago still opens the account.",
      "Make a second key, move its users over, deactivate the old one, delete it a week later.",
      "iam update-access-key --status Active, until it is deleted.", "FSBP IAM.3, CIS 3.0 1.14"},
     "iam.report",
     check_key_age,
     .also_source = "iam.users",
     .also_run = check_key_age_listed},
    {{"iam-not-action", "iam", SECURITY_HIGH, "A policy allows everything but a list (NotAction)",
      "Actions of services that come later are allowed, too, and often those of IAM.",
      "Name what is allowed in Action.", PUT_BACK, "IAM User Guide, NotAction with Allow"},
     "iam.details",
     check_not_action},
    {{"iam-password-policy", "iam", SECURITY_MEDIUM, "Passwords may be short",
      "Short passwords are guessed.",
      "iam update-account-password-policy --minimum-password-length 14.",
      "The same with the earlier length.", "FSBP IAM.7, CIS 3.0 1.8"},
     "iam.password",
     .once = check_password},
    {{"iam-role-open-federation", "iam", SECURITY_CRITICAL,
      "A role trusts every user of an identity provider",
      "Any workflow of anybody who uses that provider can take the role.",
      "Ask for :sub in the trust policy's Condition.", PUT_BACK,
      "IAM User Guide, shared OIDC providers"},
     "iam.details",
     check_federation},
    {{"iam-role-public", "iam", SECURITY_CRITICAL, "A role is trusted by everybody",
      "Anybody with an AWS account can take the role.",
      "Name the accounts in Principal, or ask for aws:PrincipalOrgID.", PUT_BACK,
      "IAM User Guide, trust policies"},
     "iam.details",
     check_role_trust},
    {{"iam-root-keys", "iam", SECURITY_CRITICAL, "The root user has access keys",
      "They can do everything, and no policy holds them back.",
      "Delete them, as root, under 'My security credentials'.", "Keys cannot be brought back.",
      "FSBP IAM.4, CIS 3.0 1.4"},
     "iam.summary",
     check_root_keys},
    {{"iam-root-mfa", "iam", SECURITY_CRITICAL, "The root user has no MFA",
      "Its password alone opens everything.", "Add an MFA device to it, as root.",
      "Take the device away, as root.", "FSBP IAM.9, CIS 3.0 1.5"},
     "iam.summary",
     check_root_mfa},
    {{"iam-root-used", "iam", SECURITY_HIGH, "The root user was used",
      "It is for a handful of tasks; anything else with it may be somebody else.",
      "Look in CloudTrail (userIdentity.type Root) what was done; use a role for it.",
      "Nothing is changed.", "CIS 3.0 1.7"},
     "iam.report",
     check_root_used},
    {{"iam-service-wildcard", "iam", SECURITY_LOW, "A policy allows a whole service on everything",
      "A mistake or a stolen key reaches every resource of that service.",
      "Name actions and resources.", PUT_BACK, "FSBP IAM.21"},
     "iam.details",
     check_service_wildcard},
    {{"iam-unused", "iam", SECURITY_MEDIUM, "A password or key was not used for 45 days",
      "Nobody would notice that somebody else uses it.", "Deactivate it; delete it later.",
      "iam update-access-key --status Active.", "FSBP IAM.22, CIS 3.0 1.12"},
     "iam.report",
     check_unused},
    {{"iam-user-mfa", "iam", SECURITY_HIGH, "A user has a password and no MFA",
      "The password alone opens the console.",
      "Add an MFA device; deny what is not MFA until it is there (aws:MultiFactorAuthPresent).",
      "Take the device away.", "FSBP IAM.5, CIS 3.0 1.10"},
     "iam.report",
     check_mfa,
     .also_source = "iam.users",
     .also_run = check_mfa_listed},
    {{"iam-user-policies", "iam", SECURITY_LOW, "A user has policies of its own",
      "What each user may do is then in as many places as there are users.",
      "Put the user into a group that has them.", "Attach the policy to the user again.",
      "FSBP IAM.2, CIS 3.0 1.15"},
     "iam.details",
     check_user_policies},
    {{"iam-wildcard-policy", "iam", SECURITY_HIGH, "A policy allows everything on everything",
      "Whoever it is given to is an administrator.",
      "Name actions and resources; Access Analyzer makes a policy from what was used.", PUT_BACK,
      "FSBP IAM.1, CIS 3.0 1.16"},
     "iam.details",
     check_wildcard},
    {{NULL}},
};
