/* session_aws.c - see session_aws.h. */
#include "src/app/session_aws.h"

#include <string.h>

struct list {
    struct arena *arena;
    const char **items;
    size_t *count;
};

static void add(struct list *l, const struct aws_account *a, const char *region)
{
    if (*l->count < SESSION_AWS_MAX)
        l->items[(*l->count)++] = arena_printf(l->arena, "%s/%s", a->name, region);
}

static enum err_code add_account(struct list *l, const struct aws_account *a, struct err *err)
{
    const char *region = aws_account_region(a);

    for (const char **r = a->regions; r && *r; r++)
        add(l, a, *r);
    if (a->regions && a->regions[0])
        return ERR_OK;
    if (!region || !*region)
        return err_set(err, ERR_INPUT,
                       "no region is known for account %s: AWS_REGION, its profile's region, or "
                       "--aws %s/REGION",
                       a->name, a->name);
    add(l, a, region);
    return ERR_OK;
}

static enum err_code add_named(struct list *l, struct aws_estate *e, const char *name,
                               struct err *err)
{
    const char *slash = strrchr(name, '/');
    const char *account = slash ? arena_strndup(l->arena, name, (size_t)(slash - name)) : name;
    struct aws_account *a;

    if (!e)
        return err_set(err, ERR_NOT_FOUND,
                       "--aws: AWS is not configured: runbook accounts add NAME, "
                       "providers.aws.enabled in config.yaml, or AWS_PROFILE in the environment");
    if (strcmp(account, "default") == 0)
        account = "";
    if (aws_estate_account(e, account, &a, err))
        return err_wrap(err, "--aws");
    if (slash && slash[1]) {
        add(l, a, slash + 1);
        return ERR_OK;
    }
    return add_account(l, a, err);
}

static bool is_configured(struct aws_estate *e, const struct config *c)
{
    return config_bool(c, "providers.aws.enabled") ||
           strcmp(config_str(c, "cloud.primary"), "aws") == 0 || e->accounts.count > 1 ||
           (e->accounts.count && strcmp(e->accounts.items[0].name, "default") != 0);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that are AWS's alone, by themselves. */
static bool speaks_of_aws(const char *text)
{
    static const char *const words[] = {
        "aws",     "arn:",   "ec2",     "rds",        "lambda",
        "ecs",     "eks",    "sqs",     "dynamodb",   "kinesis",
        "elb",     "alb",    "nlb",     "cloudwatch", "cloudformation",
        "fargate", "aurora", "route53", "cloudtrail"};

    for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++) {
        struct str rest = str_from(text);
        ptrdiff_t at;

        while ((at = str_ifind(rest, str_from(words[i]))) >= 0) {
            const char *hit = rest.ptr + at;
            size_t len = strlen(words[i]);

            if ((hit == text || !is_letter(hit[-1])) && !is_letter(hit[len]))
                return true;
            rest = str_from(hit + 1);
        }
    }
    return false;
}

enum err_code session_aws_targets(struct aws_estate *e, const struct config *c,
                                  const char *const *named, const char *text, bool other,
                                  struct arena *arena, const char *ret[SESSION_AWS_MAX],
                                  size_t *ret_count, struct err *err)
{
    struct list l = {arena, ret, ret_count};
    struct aws_account *a;

    *ret_count = 0;
    for (; named && *named; named++) {
        if (add_named(&l, e, *named, err))
            return err->code;
    }
    if (*ret_count || other || !e || (!is_configured(e, c) && !speaks_of_aws(text)))
        return ERR_OK;
    if (aws_estate_account(e, NULL, &a, err))
        return err->code;
    return add_account(&l, a, err);
}
