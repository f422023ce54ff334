/* aws_close.c - what is open, or unencrypted, is closed: each operation sets one switch of AWS to
 * its safe side, and back only as the undo of that. A switch is a row: how it is read, set and
 * said. Source: RDS API Reference, ModifyDBInstance, ModifyDBSnapshotAttribute; EC2 API Reference,
 * ModifySnapshotAttribute, ModifyImageAttribute, EnableEbsEncryptionByDefault; S3 API Reference,
 * PutBucketEncryption. */
#include <string.h>

#include "aws_act.h"

struct toggle {
    const struct act_def *def;
    const char *back; /* the parameter that asks for the open side */
    void (*ask)(struct act *a);
    /* From the answer: is it open? And what it is called. */
    bool (*open)(struct act *a, const struct value *items, bool *ret, struct err *err);
    void (*set)(struct act *a, bool open);
    const char *name; /* the parameter that names it; NULL: resource() does */
    const char *(*resource)(struct act *a);
    const char *(*arn)(struct act *a);
    const char *words[2], *effect[2]; /* of the safe side, of the open one */
    const char *blast, *watch, *cost;
    const char *verb_open; /* what policy calls the way back; NULL: the same */
};

static const struct toggle *toggle_of(const struct act *a);

/* ---- databases ---- */

static void ask_database(struct act *a)
{
    act_aws_ask(a, "rds", "DescribeDBInstances",
                act_aws_params(a, "DBInstanceIdentifier", act_arg(a, "instance"), (char *)NULL));
}

static bool database_open(struct act *a, const struct value *items, bool *ret, struct err *err)
{
    const struct value *v = value_count(items) ? value_at(items, 0) : NULL;
    const char *status = act_aws_text(a, v, "DBInstanceStatus");

    if (!v) {
        err_set(err, ERR_NOT_FOUND, "there is no database %.80s", act_arg(a, "instance"));
        return false;
    }
    act_aws_take_tags(a, v, "TagList");
    *ret = act_aws_flag(a, v, "PubliclyAccessible");
    if (a->after || strcmp(status, "available") == 0)
        return true;
    err_set(err, ERR_DENIED, "it is %.40s: only one that is available can be modified", status);
    return false;
}

static void set_database(struct act *a, bool open)
{
    act_aws_do(a, "rds", "ModifyDBInstance",
               act_aws_params(a, "DBInstanceIdentifier", act_arg(a, "instance"),
                              "PubliclyAccessible:", open ? "true" : "false",
                              "ApplyImmediately:", "true", (char *)NULL));
}

static const char *instance_arn(struct act *a)
{
    return act_aws_arn(a, "rds", arena_printf(a->arena, "db:%s", act_arg(a, "instance")));
}

/* ---- snapshots of databases ---- */

static bool of_cluster(const struct act *a)
{
    return *act_arg(a, "cluster_snapshot") != '\0';
}

static const char *snapshot_name(struct act *a)
{
    return act_arg(a, of_cluster(a) ? "cluster_snapshot" : "snapshot");
}

static const char *snapshot_key(const struct act *a)
{
    return of_cluster(a) ? "DBClusterSnapshotIdentifier" : "DBSnapshotIdentifier";
}

static void ask_snapshot(struct act *a)
{
    act_aws_ask(a, "rds",
                of_cluster(a) ? "DescribeDBClusterSnapshotAttributes"
                              : "DescribeDBSnapshotAttributes",
                act_aws_params(a, snapshot_key(a), snapshot_name(a), (char *)NULL));
}

static bool holds_all(struct act *a, const struct value *attribute)
{
    const struct value *values;
    size_t n = act_aws_list_at(a, attribute, "AttributeValues", &values);

    for (size_t i = 0; i < n; i++)
        if (values[i].type == VALUE_STRING && str_eq_c(values[i].u.string, "all"))
            return true;
    return false;
}

static bool snapshot_open(struct act *a, const struct value *items, bool *ret, struct err *err)
{
    const struct value *v = value_count(items) ? value_at(items, 0) : NULL, *list;
    size_t n;

    if (!v) {
        err_set(err, ERR_NOT_FOUND, "there is no snapshot %.80s", snapshot_name(a));
        return false;
    }
    n = act_aws_list_at(
        a, v, of_cluster(a) ? "DBClusterSnapshotAttributes" : "DBSnapshotAttributes", &list);
    *ret = false;
    for (size_t i = 0; i < n; i++)
        *ret = *ret || (strcmp(act_aws_text(a, &list[i], "AttributeName"), "restore") == 0 &&
                        holds_all(a, &list[i]));
    return true;
}

static void set_snapshot(struct act *a, bool open)
{
    act_aws_do(a, "rds",
               of_cluster(a) ? "ModifyDBClusterSnapshotAttribute" : "ModifyDBSnapshotAttribute",
               act_aws_params(a, snapshot_key(a), snapshot_name(a), "AttributeName", "restore",
                              open ? "ValuesToAdd[]" : "ValuesToRemove[]", "all", (char *)NULL));
}

static const char *snapshot_arn(struct act *a)
{
    return act_aws_arn(a, "rds",
                       arena_printf(a->arena, "%s:%s",
                                    of_cluster(a) ? "cluster-snapshot" : "snapshot",
                                    snapshot_name(a)));
}

/* ---- snapshots and images of EC2 ---- */

static void ask_volume_snapshot(struct act *a)
{
    act_aws_ask(a, "ec2", "DescribeSnapshotAttribute",
                act_aws_params(a, "SnapshotId", act_arg(a, "snapshot"), "Attribute",
                               "createVolumePermission", (char *)NULL));
}

static bool volume_snapshot_open(struct act *a, const struct value *items, bool *ret,
                                 struct err *err)
{
    (void)err;
    *ret = false;
    VALUE_EACH (it, items)
        *ret = *ret || strcmp(act_aws_text(a, it, "group"), "all") == 0;
    return true;
}

static void set_volume_snapshot(struct act *a, bool open)
{
    act_aws_try_and_do(a, "ec2", "ModifySnapshotAttribute",
                       act_aws_params(a, "SnapshotId", act_arg(a, "snapshot"), "Attribute",
                                      "createVolumePermission", "OperationType",
                                      open ? "add" : "remove", "UserGroup[]", "all", (char *)NULL));
}

static const char *volume_snapshot_arn(struct act *a)
{
    return arena_printf(a->arena, "arn:aws:ec2:%s::snapshot/%s", act_arg(a, "region"),
                        act_arg(a, "snapshot"));
}

static void ask_image(struct act *a)
{
    act_aws_ask(a, "ec2", "DescribeImages",
                act_aws_params(a, "ImageIds[]", act_arg(a, "image"), (char *)NULL));
}

static bool image_open(struct act *a, const struct value *items, bool *ret, struct err *err)
{
    const struct value *v = value_count(items) ? value_at(items, 0) : NULL;

    if (!v) {
        err_set(err, ERR_NOT_FOUND, "there is no image %.80s", act_arg(a, "image"));
        return false;
    }
    act_aws_take_tags(a, v, "tagSet");
    *ret = act_aws_flag(a, v, "isPublic");
    return true;
}

static void set_image(struct act *a, bool open)
{
    act_aws_try_and_do(a, "ec2", "ModifyImageAttribute",
                       act_aws_params(a, "ImageId", act_arg(a, "image"), "Attribute",
                                      "launchPermission", "OperationType", open ? "add" : "remove",
                                      "UserGroup[]", "all", (char *)NULL));
}

static const char *image_arn(struct act *a)
{
    return arena_printf(a->arena, "arn:aws:ec2:%s::image/%s", act_arg(a, "region"),
                        act_arg(a, "image"));
}

/* ---- encryption ---- */

static void ask_default(struct act *a)
{
    struct act_call *c = act_aws_ask(a, "ec2", "GetEbsEncryptionByDefault", "{}");

    c->aws.whole = true;
}

static bool default_open(struct act *a, const struct value *items, bool *ret, struct err *err)
{
    (void)err;
    *ret =
        !act_aws_flag(a, value_count(items) ? value_at(items, 0) : NULL, "ebsEncryptionByDefault");
    return true;
}

static void set_default(struct act *a, bool open)
{
    act_aws_try_and_do(
        a, "ec2", open ? "DisableEbsEncryptionByDefault" : "EnableEbsEncryptionByDefault", "{}");
}

static const char *region_name(struct act *a)
{
    return arena_printf(a->arena, "EBS in %s", act_arg(a, "region"));
}

static const char *region_arn(struct act *a)
{
    return act_aws_arn(a, "ec2", "account-attribute/ebs-encryption-by-default");
}

static void ask_bucket(struct act *a)
{
    struct act_call *c =
        act_aws_ask(a, "s3", "GetBucketEncryption",
                    act_aws_params(a, "Bucket", act_arg(a, "bucket"), (char *)NULL));

    c->aws.may_miss = "ServerSideEncryptionConfigurationNotFoundError";
}

static bool bucket_open(struct act *a, const struct value *items, bool *ret, struct err *err)
{
    (void)a;
    (void)err;
    *ret = value_count(items) == 0;
    return true;
}

#define AES256 "{\"Rule\":{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}}"

static void set_bucket(struct act *a, bool open)
{
    act_aws_do(a, "s3", open ? "DeleteBucketEncryption" : "PutBucketEncryption",
               act_aws_params(a, "Bucket", act_arg(a, "bucket"),
                              "ServerSideEncryptionConfiguration:", open ? NULL : AES256,
                              (char *)NULL));
}

static const char *bucket_arn(struct act *a)
{
    return arena_printf(a->arena, "arn:aws:s3:::%s", act_arg(a, "bucket"));
}

/* ---- every switch ---- */

static const struct toggle toggles[] = {
    {.def = &act_rds_public,
     .back = "public",
     .ask = ask_database,
     .open = database_open,
     .set = set_database,
     .name = "instance",
     .arn = instance_arn,
     .words = {"not publicly accessible", "publicly accessible"},
     .effect = {"its name leads to a private address from outside; who connects from the internet "
                "cannot any more",
                "its name leads to a public address again"},
     .blast = "clients that connect from outside its VPC without a peering or a VPN",
     .watch = "connections, errors of its clients",
     .cost = "no money"},
    {.def = &act_rds_sharing,
     .back = "share",
     .ask = ask_snapshot,
     .open = snapshot_open,
     .set = set_snapshot,
     .resource = snapshot_name,
     .arn = snapshot_arn,
     .words = {"nobody outside can restore it by 'all'", "everybody can restore it"},
     .effect =
         {"accounts that are not named cannot restore it any more; copies that were made stay",
          "everybody can restore it again"},
     .blast = "who copies or restores this snapshot from another account",
     .watch = "copies of it (CloudTrail: CopyDBSnapshot)",
     .cost = "no money"},
    {.def = &act_ec2_snapshot_sharing,
     .back = "share",
     .ask = ask_volume_snapshot,
     .open = volume_snapshot_open,
     .set = set_volume_snapshot,
     .name = "snapshot",
     .arn = volume_snapshot_arn,
     .words = {"not shared with everybody", "everybody can restore it"},
     .effect = {"accounts that are not named cannot use it any more; copies that were made stay",
                "everybody can use it again"},
     .blast = "who makes volumes of this snapshot in another account",
     .watch = "calls of other accounts on it (CloudTrail: SharedSnapshotVolumeCreated)",
     .cost = "no money"},
    {.def = &act_ec2_image_sharing,
     .back = "share",
     .ask = ask_image,
     .open = image_open,
     .set = set_image,
     .name = "image",
     .arn = image_arn,
     .words = {"not public", "public"},
     .effect = {"accounts that are not named cannot start it any more; what runs goes on",
                "everybody can start it again"},
     .blast = "who starts instances of this image in another account",
     .watch = "launches that fail elsewhere",
     .cost = "no money"},
    {.def = &act_ec2_encryption,
     .back = "off",
     .ask = ask_default,
     .open = default_open,
     .set = set_default,
     .resource = region_name,
     .arn = region_arn,
     .words = {"new volumes are encrypted", "new volumes are not encrypted by default"},
     .effect = {"volumes and copies of snapshots that are made from now on are encrypted; what is "
                "there stays as it is",
                "what is made from now on is encrypted only where it is asked for"},
     .blast = "who starts instances without the right to use the key; instance types that know no "
              "encryption",
     .watch = "launches that fail (Client.InternalError)",
     .cost = "no money with AWS's own key",
     .verb_open = "disable-ebs-encryption-by-default"},
    {.def = &act_s3_encryption,
     .back = "off",
     .ask = ask_bucket,
     .open = bucket_open,
     .set = set_bucket,
     .name = "bucket",
     .arn = bucket_arn,
     .words = {"encrypted by default", "no default encryption"},
     .effect =
         {"objects that are written from now on are encrypted with AES256; what is there stays "
          "as it is",
          "the rule is taken away"},
     .blast = "nobody: who may read an object reads it as before",
     .watch = "writes of the bucket",
     .cost = "no money",
     .verb_open = "delete-bucket-encryption"},
};

static const struct toggle *toggle_of(const struct act *a)
{
    size_t i = sizeof(toggles) / sizeof(toggles[0]) - 1;

    while (i && toggles[i].def != a->def)
        i--;
    return &toggles[i];
}

/* Its names are words, and where two are possible one is there. */
static enum err_code names_ok(struct act *a, struct err *err)
{
    size_t named = 0, either = 0;

    for (const struct tool_param *p = a->def->params; p->name; p++) {
        if (p->type != PARAM_STRING || strcmp(p->name, "region") == 0 ||
            strcmp(p->name, "account") == 0)
            continue;
        either += !p->required;
        if (!*act_arg(a, p->name))
            continue;
        named += !p->required;
        if (act_aws_word_ok(p->name, act_arg(a, p->name), err))
            return err->code;
        if (strcmp(p->name, "bucket") == 0 && strpbrk(act_arg(a, p->name), "/:@+="))
            return err_set(err, ERR_INPUT, "'%.80s' is no name of a bucket", act_arg(a, p->name));
    }
    return either && named != 1
               ? err_set(err, ERR_INPUT, "name the snapshot, or the cluster_snapshot")
               : ERR_OK;
}

static enum err_code read_toggle(struct act *a, struct err *err)
{
    const struct toggle *t = toggle_of(a);

    if (names_ok(a, err) || act_aws_begin(a, err))
        return err->code;
    t->ask(a);
    return ERR_OK;
}

static bool is_open(struct act *a, bool *ret, struct err *err)
{
    const struct value *items = act_aws_items(a, 1, err);

    return items && toggle_of(a)->open(a, items, ret, err);
}

/* The same names with the other side. */
static const char *back_args(struct act *a, const char *side, bool open)
{
    static const char *const names[] = {"instance", "snapshot", "cluster_snapshot", "image",
                                        "bucket"};
    const char *name = NULL;

    for (size_t i = 0; !name && i < sizeof(names) / sizeof(names[0]); i++)
        if (*act_arg(a, names[i]))
            name = names[i];
    side = arena_printf(a->arena, "%s:", side);
    if (!name)
        return act_aws_back_args(a, side, open ? "true" : "false", (char *)NULL);
    return act_aws_back_args(a, name, act_arg(a, name), side, open ? "true" : "false",
                             (char *)NULL);
}

static enum err_code plan_toggle(struct act *a, struct err *err)
{
    const struct toggle *t = toggle_of(a);
    struct act_plan *p = &a->plan;
    bool want = act_arg_bool(a, t->back), open = false;

    if (!is_open(a, &open, err))
        return err->code;
    if (want && !open && !a->undo && !a->back)
        return err_set(err, ERR_DENIED,
                       "it would be opened: only what was closed from here is taken back");
    act_aws_place(a, t->name ? act_arg(a, t->name) : t->resource(a), t->arn(a));
    if (open == want)
        p->already = arena_printf(a->arena, "it is so already: %s", t->words[want]);
    p->before = t->words[open];
    p->after = t->words[want];
    p->effect = t->effect[want];
    p->blast = t->blast;
    p->watch = t->watch;
    p->cost = t->cost;
    p->facts = act_object(a, "account", act_aws_number(a), "before", t->words[open], (char *)NULL);
    p->rollback = arena_printf(a->arena, "back: %s", t->words[open]);
    p->rollback_operation = a->def->name;
    p->rollback_args = back_args(a, t->back, open);
    p->verb = want ? t->verb_open : NULL;
    p->duration_ms = 10000;
    t->set(a, want);
    return ERR_OK;
}

static enum act_check verify_toggle(struct act *a)
{
    const struct toggle *t = toggle_of(a);
    struct err err = ERR_INIT;
    bool open = false;

    if (!is_open(a, &open, &err)) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    a->said = t->words[open];
    return open == act_arg_bool(a, t->back) ? ACT_HOLDS : ACT_NOT_YET;
}

/* ---- the rows ---- */

#define BACK "Its open side again: only as the undo of what closed it."
#define CLOSES                                                                                     \
    .look_ms = AWS_LOOK_MS, .read = read_toggle, .plan = plan_toggle, .verify = verify_toggle,     \
    .available = act_aws_available

static const struct tool_param public_params[] = {
    {"instance", PARAM_STRING, true, NULL, 0, 0, NULL, "The database instance's name."},
    {"public", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_rds_public = {
    .name = "aws.rds.public-access",
    .risk = "aws.rds.modify-db-instance",
    .uses = AWS_USES("rds:DescribeDBInstances", "rds:ModifyDBInstance"),
    .help = "Make a database instance not publicly accessible.",
    .undo = "it is publicly accessible again",
    .resource_type = "database",
    .params = public_params,
    .floor = RISK_HIGH,
    .verify_ms = 15 * AWS_MINUTE,
    CLOSES,
};

static const struct tool_param sharing_params[] = {
    {"snapshot", PARAM_STRING, false, "", 0, 0, NULL, "The database snapshot's name,"},
    {"cluster_snapshot", PARAM_STRING, false, "", 0, 0, NULL, "Or that of an Aurora cluster."},
    {"share", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_rds_sharing = {
    .name = "aws.rds.snapshot-sharing",
    .risk = "aws.rds.modify-db-snapshot-attribute",
    .uses = AWS_USES("rds:DescribeDBClusterSnapshotAttributes", "rds:DescribeDBSnapshotAttributes",
                     "rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"),
    .help = "Stop sharing a database snapshot with everybody.",
    .undo = "it is shared with everybody again",
    .resource_type = "snapshot",
    .params = sharing_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    CLOSES,
};

static const struct tool_param snapshot_params[] = {
    {"snapshot", PARAM_STRING, true, NULL, 0, 0, NULL, "The snapshot's id, such as snap-0123."},
    {"share", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_ec2_snapshot_sharing = {
    .name = "aws.ec2.snapshot-sharing",
    .risk = "aws.ec2.modify-snapshot-attribute",
    .uses = AWS_USES("ec2:DescribeSnapshotAttribute", "ec2:ModifySnapshotAttribute"),
    .help = "Stop sharing a snapshot of a volume with everybody.",
    .undo = "it is shared with everybody again",
    .resource_type = "snapshot",
    .params = snapshot_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    CLOSES,
};

static const struct tool_param image_params[] = {
    {"image", PARAM_STRING, true, NULL, 0, 0, NULL, "The image's id, such as ami-0123."},
    {"share", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_ec2_image_sharing = {
    .name = "aws.ec2.image-sharing",
    .risk = "aws.ec2.modify-image-attribute",
    .uses = AWS_USES("ec2:DescribeImages", "ec2:ModifyImageAttribute"),
    .help = "Stop sharing a machine image with everybody.",
    .undo = "everybody can start it again",
    .resource_type = "image",
    .params = image_params,
    .floor = RISK_CRITICAL,
    .verify_ms = AWS_MINUTE,
    CLOSES,
};

static const struct tool_param default_params[] = {
    {"off", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_ec2_encryption = {
    .name = "aws.ec2.ebs-encryption",
    .risk = "aws.ec2.enable-ebs-encryption-by-default",
    .uses = AWS_USES("ec2:DisableEbsEncryptionByDefault", "ec2:EnableEbsEncryptionByDefault",
                     "ec2:GetEbsEncryptionByDefault"),
    .help = "Encrypt new EBS volumes of a region by default.",
    .undo = "new volumes are encrypted only where it is asked for",
    .resource_type = "region",
    .params = default_params,
    .floor = RISK_MEDIUM,
    .verify_ms = AWS_MINUTE,
    CLOSES,
};

static const struct tool_param bucket_params[] = {
    {"bucket", PARAM_STRING, true, NULL, 0, 0, NULL, "The bucket's name."},
    {"off", PARAM_BOOL, false, "false", 0, 0, NULL, BACK},
    AWS_PLACE_PARAMS,
    {NULL},
};

const struct act_def act_s3_encryption = {
    .name = "aws.s3.encryption",
    .risk = "aws.s3.put-bucket-encryption",
    .uses =
        AWS_USES("s3:DeleteBucketEncryption", "s3:GetBucketEncryption", "s3:PutBucketEncryption"),
    .help = "Encrypt what is written to a bucket by default (AES256).",
    .undo = "the rule is taken away",
    .resource_type = "bucket",
    .params = bucket_params,
    .floor = RISK_MEDIUM,
    .verify_ms = AWS_MINUTE,
    CLOSES,
};
