/* aws_s3.c - the public-access block of a bucket, and of a whole account. It is only ever made
 * stricter; milder only by taking back what made it stricter. Source: S3 API Reference,
 * PutPublicAccessBlock; S3 User Guide, "Blocking public access to your Amazon S3 storage". */
#include <string.h>

#include "aws_act.h"

static const struct {
    const char *param, *member;
} flags[] = {
    {"block_acls", "BlockPublicAcls"},
    {"ignore_acls", "IgnorePublicAcls"},
    {"block_policy", "BlockPublicPolicy"},
    {"restrict", "RestrictPublicBuckets"},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static const struct tool_param block_params[] = {
    {"bucket", PARAM_STRING, true, NULL, 0, 0, NULL, "The bucket's name."},
    {"block_acls", PARAM_BOOL, false, "true", 0, 0, NULL, "Refuse new ACLs that open it."},
    {"ignore_acls", PARAM_BOOL, false, "true", 0, 0, NULL, "Ignore the ACLs that open it."},
    {"block_policy", PARAM_BOOL, false, "true", 0, 0, NULL, "Refuse a new policy that opens it."},
    {"restrict", PARAM_BOOL, false, "true", 0, 0, NULL,
     "Let nobody from outside in by a policy that opens it."},
    AWS_PLACE_PARAMS,
    {NULL},
};

static bool of_account(const struct act *a)
{
    return a->def == &act_s3_account_block;
}

static enum err_code read_block(struct act *a, struct err *err)
{
    struct act_call *c;

    if (of_account(a))
        return act_aws_begin(a, err);
    if (act_aws_word_ok("bucket", act_arg(a, "bucket"), err) || act_aws_begin(a, err))
        return err->code;
    if (strpbrk(act_arg(a, "bucket"), "/:@+="))
        return err_set(err, ERR_INPUT, "'%.80s' is no name of a bucket", act_arg(a, "bucket"));
    c = act_aws_ask(a, "s3", "GetPublicAccessBlock",
                    act_aws_params(a, "Bucket", act_arg(a, "bucket"), (char *)NULL));
    c->aws.whole = true;
    c->aws.may_miss = "NoSuchPublicAccessBlockConfiguration";
    return ERR_OK;
}

/* Of the plan, where it is not asked for again. */
static const char *number(struct act *a)
{
    return *act_aws_number(a) ? act_aws_number(a) : a->facts ? act_fact(a, "account") : "";
}

/* Of an account by its number, which is known once it was asked for. */
static void more_block(struct act *a)
{
    struct act_call *c;

    if (!of_account(a) || a->reads.count != 1 || !*number(a))
        return;
    c = act_aws_ask(a, "s3control", "GetPublicAccessBlock",
                    act_aws_params(a, "AccountId", number(a), (char *)NULL));
    c->aws.whole = true;
    c->aws.may_miss = "NoSuchPublicAccessBlockConfiguration";
}

/* What is blocked now; a bucket without a block blocks nothing. */
static bool have(struct act *a, bool ret[FLAGS], struct err *err)
{
    const struct value *items, *v;

    if (of_account(a) && !*number(a)) {
        err_set(err, ERR_NOT_FOUND, "sts GetCallerIdentity did not say which account it is");
        return false;
    }
    items = act_aws_items(a, 1, err);
    if (!items)
        return false;
    v = value_count(items) ? value_at(items, 0) : NULL;
    for (size_t i = 0; i < FLAGS; i++)
        ret[i] = act_aws_flag(a, v, flags[i].member);
    return true;
}

static const char *words(struct act *a, const bool on[FLAGS])
{
    struct buf out = BUF_INIT(400);
    const char *text;

    for (size_t i = 0; i < FLAGS; i++)
        if (on[i])
            buf_addf(&out, "%s%s", out.len ? ", " : "", flags[i].member);
    text = out.len ? arena_strdup(a->arena, buf_cstr(&out)) : "nothing is blocked";
    buf_release(&out);
    return text;
}

static const char *word(bool on)
{
    return on ? "true" : "false";
}

static enum err_code plan_block(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    bool now[FLAGS], want[FLAGS], milder = false, same = true;
    const char *all;

    if (!have(a, now, err))
        return err->code;
    for (size_t i = 0; i < FLAGS; i++) {
        want[i] = act_arg_bool(a, flags[i].param);
        milder = milder || (now[i] && !want[i]);
        same = same && now[i] == want[i];
    }
    if (milder && !a->undo && !a->back)
        return err_set(err, ERR_DENIED,
                       "it would open the bucket: only what was blocked from here is taken back");
    if (of_account(a))
        act_aws_place(a, arena_printf(a->arena, "all buckets of %s", act_aws_number(a)),
                      arena_printf(a->arena, "arn:aws:s3::%s:account", act_aws_number(a)));
    else
        act_aws_place(a, act_arg(a, "bucket"),
                      arena_printf(a->arena, "arn:aws:s3:::%s", act_arg(a, "bucket")));
    if (same)
        p->already = "it is blocked so already";
    p->before = words(a, now);
    p->after = words(a, want);
    p->effect = milder
                    ? "what was blocked is let in again"
                    : "who came in by an ACL or a policy that opens the bucket does not any more";
    p->blast = of_account(a) ? "readers of every bucket who are not of this account: web sites, "
                               "partners, CDNs without an origin access control"
                             : "readers of the bucket who are not of this account: web sites, "
                               "partners, CDNs without an origin access control";
    p->cost = "no money";
    p->watch = of_account(a) ? "403 answers of public buckets" : "403 answers of the bucket";
    p->facts = act_object(a, "account", act_aws_number(a), "before", words(a, now), (char *)NULL);
    p->rollback = arena_printf(a->arena, "back: %s", words(a, now));
    p->rollback_operation = a->def->name;
    p->rollback_args =
        act_aws_back_args(a, "block_acls:", word(now[0]), "ignore_acls:", word(now[1]),
                          "block_policy:", word(now[2]), "restrict:", word(now[3]), "bucket",
                          of_account(a) ? NULL : act_arg(a, "bucket"), (char *)NULL);
    p->duration_ms = 5000;
    all = act_aws_params(a, "BlockPublicAcls:", word(want[0]), "IgnorePublicAcls:", word(want[1]),
                         "BlockPublicPolicy:", word(want[2]),
                         "RestrictPublicBuckets:", word(want[3]), (char *)NULL);
    act_aws_do(a, of_account(a) ? "s3control" : "s3", "PutPublicAccessBlock",
               act_aws_params(a, of_account(a) ? "AccountId" : "Bucket",
                              of_account(a) ? act_aws_number(a) : act_arg(a, "bucket"),
                              "PublicAccessBlockConfiguration:", all, (char *)NULL));
    return ERR_OK;
}

static enum act_check verify_block(struct act *a)
{
    struct err err = ERR_INIT;
    bool now[FLAGS], same = true;

    if (!have(a, now, &err)) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    for (size_t i = 0; i < FLAGS; i++)
        same = same && now[i] == act_arg_bool(a, flags[i].param);
    a->said = words(a, now);
    return same ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_s3_block = {
    .name = "aws.s3.public-access-block",
    .risk = "aws.s3.put-public-access-block",
    .uses = AWS_USES("s3:GetPublicAccessBlock", "s3:PutPublicAccessBlock"),
    .help = "Block public access to a bucket.",
    .undo = "what was blocked before is blocked again, and no more",
    .resource_type = "bucket",
    .params = block_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_block,
    .plan = plan_block,
    .verify = verify_block,
    .available = act_aws_available,
};

static const struct tool_param account_params[] = {
    {"block_acls", PARAM_BOOL, false, "true", 0, 0, NULL, "Refuse new ACLs that open a bucket."},
    {"ignore_acls", PARAM_BOOL, false, "true", 0, 0, NULL, "Ignore the ACLs that open one."},
    {"block_policy", PARAM_BOOL, false, "true", 0, 0, NULL, "Refuse a new policy that opens one."},
    {"restrict", PARAM_BOOL, false, "true", 0, 0, NULL,
     "Let nobody from outside in by a policy that opens one."},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_s3_account_block = {
    .name = "aws.s3.account-public-access-block",
    .risk = "aws.s3.put-public-access-block",
    .uses = AWS_USES("s3control:GetPublicAccessBlock", "s3control:PutPublicAccessBlock"),
    .help = "Block public access to all buckets of an account.",
    .undo = "what was blocked before is blocked again, and no more",
    .resource_type = "account",
    .params = account_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_block,
    .more = more_block,
    .plan = plan_block,
    .verify = verify_block,
    .available = act_aws_available,
};
