/* blacklist.c - what is never done, whoever approves it and whatever the configuration says.
 * A row names operations; `only` narrows it to what makes them unbearable. */
#include <string.h>

#include "policy_priv.h"

static bool everything(const struct operation *op)
{
    return op->flags & OP_ALL || op->targets == 0;
}

static bool forced(const struct operation *op)
{
    return (op->flags & (OP_FORCE | OP_NO_CHECKS)) != 0;
}

static bool without_snapshot(const struct operation *op)
{
    return (op->flags & OP_NO_CHECKS) != 0;
}

/* Process 1, everybody (-1), a whole group (0) or the kernel's own. */
static bool first_process(const struct operation *op)
{
    const char *id = op->resource_id && *op->resource_id ? op->resource_id : op->resource_name;

    return op->flags & OP_ALL || !id || !*id || *id == '-' || strcmp(id, "0") == 0 ||
           strcmp(id, "1") == 0 || strcmp(id, "2") == 0;
}

/* A path that belongs to the system, its boot or its users' names. */
static bool system_path(const struct operation *op)
{
    const char *why;

    for (size_t i = 0; i < op->path_count; i++) {
        if (!command_path_ok(NULL, op->paths[i], true, &why))
            return true;
    }
    return false;
}

static bool secret_path(const struct operation *op)
{
    const char *why;

    for (size_t i = 0; i < op->path_count; i++) {
        if (!command_path_ok(NULL, op->paths[i], false, &why))
            return true;
    }
    return false;
}

/* Far up in the tree: "/", "/var", "/home/x" with all that is below. */
static bool top_of_tree(const struct operation *op)
{
    if (!(op->flags & OP_RECURSIVE))
        return system_path(op);
    for (size_t i = 0; i < op->path_count; i++) {
        struct buf clean = BUF_INIT(BUF_NO_MAX);
        bool ok = command_path_clean(&clean, op->paths[i], NULL);
        int depth = 0;

        for (const char *c = buf_cstr(&clean); *c; c++)
            depth += c[0] == '/' && c[1];
        buf_release(&clean);
        if (!ok || depth < 3)
            return true;
    }
    return system_path(op) || !op->path_count;
}

static bool cluster_namespace(const struct operation *op)
{
    static const char *const names[] = {"kubesystem", "default", "kubepublic", "kubenodelease"};
    const char *const said[] = {op->namespace, op->resource_name, op->resource_id};
    bool found = op->flags & OP_ALL;

    for (size_t k = 0; k < sizeof(said) / sizeof(said[0]); k++) {
        struct buf b = BUF_INIT(POLICY_NAME_MAX);

        operation_fold(&b, str_from(said[k]));
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            found = found || (b.len && strcmp(buf_cstr(&b), names[i]) == 0);
        buf_release(&b);
    }
    return found;
}

static const struct {
    const char *rule, *provider, *service, *verb; /* as in the table of risks, "*" any */
    bool (*only)(const struct operation *op);     /* NULL: always */
    const char *why;
} rows[] = {
    {"never.power", "host", "machine", "power-off", NULL, "the machine would not come back"},
    {"never.power", "host", "machine", "halt", NULL, "the machine would not come back"},
    {"never.power", "host", "machine", "suspend", NULL, "the machine would not come back"},
    {"never.format", "host", "disk", "*", NULL, "a disk is not written to directly"},
    {"never.format", "host", "filesystem", "make", NULL, "a file system is not made anew"},
    {"never.format", "host", "filesystem", "format", NULL, "a file system is not made anew"},
    {"never.kill-all", "host", "process", "kill-all", NULL, "it ends more than was looked at"},
    {"never.first-process", "host", "process", "signal", first_process,
     "it would end the machine, or more than one process"},
    {"never.first-process", "host", "process", "kill", first_process,
     "it would end the machine, or more than one process"},
    {"never.first-process", "host", "process", "terminate", first_process,
     "it would end the machine, or more than one process"},
    {"never.first-process", "host", "process", "stop", first_process,
     "it would halt the machine, or more than one process"},
    {"never.system-files", "host", "file", "*", system_path,
     "the system's own files, its boot and its users are not touched"},
    {"never.private-files", "host", "file", "read", secret_path,
     "what lets somebody in is not shown"},
    {"never.tree", "host", "file", "delete-tree", top_of_tree, "it is too far up in the tree"},
    {"never.tree", "host", "file", "delete", top_of_tree, "it is too far up in the tree"},
    {"never.system-files", "host", "log", "*", system_path,
     "the system's own files, its boot and its users are not touched"},
    {"never.kernel", "host", "module", "load", NULL, "no code goes into the kernel"},
    {"never.kernel", "host", "module", "unload", NULL, "no code leaves the kernel"},
    {"never.users", "host", "user", "add", NULL, "who may log in is not changed from here"},
    {"never.users", "host", "user", "change", NULL, "who may log in is not changed from here"},
    {"never.users", "host", "user", "password", NULL, "who may log in is not changed from here"},
    {"never.users", "host", "user", "delete", NULL, "who may log in is not changed from here"},
    {"never.firewall", "host", "firewall", "flush", NULL, "nothing would be held back any more"},
    {"never.container", "host", "container", "prune", NULL, "it removes more than was looked at"},
    {"never.history", "git", "branch", "push", forced, "history that others have is not replaced"},
    {"never.history", "git", "branch", "rebase", NULL, "history is not rewritten"},
    {"never.history", "git", "branch", "reset", NULL, "history is not rewritten"},
    {"never.silence-all", "alertmanager", "silence", "create", everything,
     "a silence that fits every alert makes everybody deaf"},
    {"never.silence-all", "alertmanager", "silence", "update", everything,
     "a silence that fits every alert makes everybody deaf"},
    {"never.measurements", "prometheus", "*", "delete-series", everything,
     "all that was measured would be gone"},
    {"never.organisation", "aws", "organizations", "*", NULL, "it is about every account at once"},
    {"never.organisation", "aws", "account", "*", NULL, "it is about the whole account"},
    {"never.identity", "aws", "iam", "*", NULL, "who may do what is not changed from here"},
    {"never.record", "aws", "cloudtrail", "*", NULL, "what is recorded is not changed from here"},
    {"never.record", "aws", "guardduty", "delete-detector", NULL, "watching is not switched off"},
    {"never.record", "aws", "config", "stop-configuration-recorder", NULL,
     "watching is not switched off"},
    {"never.keys", "aws", "kms", "schedule-key-deletion", NULL,
     "what is encrypted with it would be lost"},
    {"never.keys", "aws", "kms", "disable-key", NULL,
     "what is encrypted with it would be out of "
     "reach"},
    {"never.no-snapshot", "aws", "rds", "delete-db-instance", without_snapshot,
     "a database is not deleted without a last copy"},
    {"never.no-snapshot", "aws", "rds", "delete-db-cluster", without_snapshot,
     "a database is not deleted without a last copy"},
    {"never.bucket", "aws", "s3", "delete-bucket", forced,
     "a bucket is not deleted with its "
     "content"},
    {"never.public", "aws", "s3", "delete-public-access-block", NULL,
     "data is not made readable for everybody"},
    {"never.cluster", "kubernetes", "namespace", "delete", cluster_namespace,
     "the cluster itself lives there"},
    {"never.cluster", "kubernetes", "*", "delete", cluster_namespace,
     "the cluster itself lives there, or it is everything of its kind"},
    {"never.cluster", "kubernetes", "*", "delete-collection", everything,
     "it is everything of its kind"},
    {"never.cluster", "kubernetes", "role", "*", NULL, "who may do what is not changed from here"},
    {"never.drop", "database", "*", "drop", NULL, "data is not dropped"},
    {"never.drop", "database", "*", "truncate", NULL, "data is not dropped"},
    {"never.own-record", "runbook", "journal", "*", NULL, "what happened stays on record"},
    {"never.own-rules", "runbook", "policy", "change", NULL,
     "the rules are not changed by what "
     "they rule"},
    {"never.own-approval", "runbook", "approval", "grant", NULL, "only a person approves"},
};

/* A word of the table and a folded one: "delete-db-cluster" and "deletedbcluster". */
static bool names(const char *row, const char *folded)
{
    if (strcmp(row, "*") == 0)
        return true;
    for (; *row; row++) {
        if (*row == '-')
            continue;
        if (*row != *folded)
            return false;
        folded++;
    }
    return !*folded;
}

const char *policy_blacklisted(const struct operation *op, const char **ret_rule)
{
    const char *const said[] = {op->provider, op->service, op->verb};
    struct buf folded[3] = {BUF_INIT(BUF_NO_MAX), BUF_INIT(BUF_NO_MAX), BUF_INIT(BUF_NO_MAX)};
    const struct risk_row *known = risk_find(op);
    const char *why = NULL;

    for (size_t i = 0; i < 3; i++)
        operation_fold(&folded[i], str_from(said[i]));
    *ret_rule = NULL;
    for (size_t i = 0; !why && i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool any_verb = strcmp(rows[i].verb, "*") == 0;

        if (!names(rows[i].provider, buf_cstr(&folded[0])) ||
            !names(rows[i].service, buf_cstr(&folded[1])) ||
            !names(rows[i].verb, buf_cstr(&folded[2])))
            continue;
        if (any_verb && known && known->kind == OP_READ)
            continue; /* to look is not to touch */
        if (rows[i].only && !rows[i].only(op))
            continue;
        *ret_rule = rows[i].rule;
        why = rows[i].why;
    }
    for (size_t i = 0; i < 3; i++)
        buf_release(&folded[i]);
    return why;
}
