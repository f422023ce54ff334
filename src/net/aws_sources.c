/* aws_sources.c - where keys can be: environment, files and what kind of place this is. Only small
 * files of the user's are read; nobody is asked. */
#include "src/net/aws_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/json.h"

#define FILE_MAX_BYTES ((size_t)256 << 10)
#define MACHINE_FILE "/sys/class/dmi/id/sys_vendor"

const char *aws_env(const struct aws_credentials *c, const char *name)
{
    const char *v = c->env(name);

    return v && *v ? v : NULL;
}

/* ---- files ---- */

static void read_user_file(const char *path, struct buf *out)
{
    struct err ignored = ERR_INIT;
    char *full = path_expand_home(path);

    if (file_read(full, out, &ignored))
        buf_clear(out);
    free(full);
}

static void wipe(struct buf *b)
{
    if (b->ptr)
        secret_wipe(b->ptr, b->cap);
    buf_release(b);
}

struct secret *aws_token_file(const char *path)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct secret *token;

    read_user_file(path, &text);
    token = secret_new(str_trim(buf_str(&text)));
    wipe(&text);
    return token;
}

const char *aws_profile_name(const struct aws_credentials *c)
{
    const char *name = c->profile ? c->profile : aws_env(c, "AWS_PROFILE");

    return name ? name : "default";
}

void aws_config_text(const struct aws_credentials *c, struct buf *out)
{
    const char *config = aws_env(c, "AWS_CONFIG_FILE");

    read_user_file(config ? config : "~/.aws/config", out);
}

void aws_profile_of(const struct aws_credentials *c, struct arena *arena, struct aws_profile *ret)
{
    const char *keys = aws_env(c, "AWS_SHARED_CREDENTIALS_FILE");
    struct buf a = BUF_INIT(FILE_MAX_BYTES), b = BUF_INIT(FILE_MAX_BYTES);

    read_user_file(keys ? keys : "~/.aws/credentials", &a);
    aws_config_text(c, &b);
    aws_profile_read(arena, buf_str(&a), buf_str(&b), aws_profile_name(c), ret);
    wipe(&a);
    wipe(&b);
}

static void read_profile(const struct aws_credentials *c, struct aws_plan *plan)
{
    aws_profile_of(c, plan->arena, &plan->p);
}

/* ---- SSO ---- */

enum err_code aws_sso_token(const struct aws_credentials *c, const struct aws_plan *p,
                            struct secret **ret, struct err *err)
{
    const char *key = p->p.sso_session ? p->p.sso_session : p->p.sso_start_url;
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct arena *a = arena_new(0);
    struct err ignored = ERR_INIT;
    const struct value *v = NULL;
    char name[SHA1_HEX];
    int64_t until_ms = 0;
    struct str token;

    hash_sha1_hex(str_from(key), name);
    read_user_file(arena_printf(a, "~/.aws/sso/cache/%s.json", name), &text);
    if (text.len && json_parse(a, buf_str(&text), &v, &ignored))
        v = NULL;
    token = value_str_or(v, "accessToken", "");
    if (!token.len || !time_parse(value_str_or(v, "expiresAt", ""), &until_ms) ||
        until_ms <= loop_wall_ms(c->loop))
        err_set(err, ERR_DENIED, "the login has ended; run: aws sso login --profile %s",
                aws_profile_name(c));
    else
        *ret = secret_new(token);
    wipe(&text);
    arena_free(a);
    return err->code;
}

/* ---- what kind of place ---- */

/* The firmware of a machine that AWS runs says so; anywhere else nobody is asked, as that would
 * only be waited for. */
static bool is_aws_machine(const struct aws_credentials *c)
{
    const char *off = aws_env(c, "AWS_EC2_METADATA_DISABLED");
    struct buf vendor = BUF_INIT(4096);
    struct err ignored = ERR_INIT;
    bool found;

    if (off && str_eq_c(str_from(off), "true"))
        return false;
    if (aws_env(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT"))
        return true;
    found = !file_read(c->machine_file ? c->machine_file : MACHINE_FILE, &vendor, &ignored) &&
            str_ifind(buf_str(&vendor), STR_LIT("amazon")) >= 0;
    buf_release(&vendor);
    return found;
}

static bool has_container(const struct aws_credentials *c)
{
    return aws_env(c, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
           aws_env(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

/* ---- the plan ---- */

static bool by_environment(const struct aws_credentials *c, struct aws_plan *plan)
{
    const char *id = aws_env(c, "AWS_ACCESS_KEY_ID");
    const char *secret = aws_env(c, "AWS_SECRET_ACCESS_KEY");

    if (!id || !secret)
        return false;
    plan->way = AWS_BY_KEYS;
    plan->keys = (struct aws_own_keys){
        .access_key = secret_new(str_trim(str_from(id))),
        .secret_key = secret_new(str_trim(str_from(secret))),
        .session_token = secret_new(str_trim(str_from(aws_env(c, "AWS_SESSION_TOKEN")))),
    };
    snprintf(plan->from, sizeof(plan->from), "AWS_ACCESS_KEY_ID");
    return true;
}

static bool by_web_identity(const struct aws_credentials *c, struct aws_plan *plan)
{
    const char *file = aws_env(c, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = aws_env(c, "AWS_ROLE_ARN");

    if (!file || !role)
        return false;
    plan->way = AWS_BY_WEB_IDENTITY;
    plan->p = (struct aws_profile){
        .web_identity_token_file = arena_strdup(plan->arena, file),
        .role_arn = arena_strdup(plan->arena, role),
        .role_session_name = arena_strdup(plan->arena, aws_env(c, "AWS_ROLE_SESSION_NAME")),
    };
    snprintf(plan->from, sizeof(plan->from), "AWS_WEB_IDENTITY_TOKEN_FILE");
    return true;
}

static bool cannot(struct aws_plan *plan, const char *profile, const char *why)
{
    err_set(&plan->err, ERR_INPUT, "profile %.80s of the AWS configuration: %s", profile, why);
    return true;
}

static bool by_keys(struct aws_plan *plan)
{
    const struct aws_profile *p = &plan->p;

    if (!p->aws_access_key_id || !p->aws_secret_access_key)
        return false;
    plan->way = AWS_BY_KEYS;
    plan->keys = (struct aws_own_keys){
        .access_key = secret_new(str_from(p->aws_access_key_id)),
        .secret_key = secret_new(str_from(p->aws_secret_access_key)),
        .session_token = secret_new(str_from(p->aws_session_token)),
    };
    return true;
}

/* True: the profile decides, be it that it cannot be used. */
static bool by_profile(const struct aws_credentials *c, struct aws_plan *plan)
{
    const struct aws_profile *p = &plan->p;
    const char *name = aws_profile_name(c);
    /* A role may name its own profile as the source: then that one's keys are meant. */
    bool role = p->role_arn && !(c->depth && by_keys(plan));

    snprintf(plan->from, sizeof(plan->from), "profile %.80s", name);
    if (plan->way == AWS_BY_KEYS)
        return true;
    if (role && c->depth >= AWS_DEPTH_MAX)
        return cannot(plan, name, "its roles lead over too many profiles");
    if (role && !p->source_profile && !p->credential_source && !p->web_identity_token_file)
        return cannot(plan, name, "role_arn needs source_profile or credential_source");
    if (role && p->web_identity_token_file)
        plan->way = AWS_BY_WEB_IDENTITY;
    else if (role)
        plan->way = AWS_BY_ROLE;
    else if (p->sso_start_url && p->sso_region && p->sso_account_id && p->sso_role_name)
        plan->way = AWS_BY_SSO;
    else if (p->sso_session || p->sso_start_url)
        return cannot(plan, name, "sso needs start_url, region, account_id and role_name");
    else if (!by_keys(plan) && p->credential_process)
        plan->way = AWS_BY_PROCESS;
    return plan->way != AWS_BY_NOTHING;
}

static bool by_place(const struct aws_credentials *c, struct aws_plan *plan, bool container,
                     bool machine)
{
    if (container && has_container(c)) {
        plan->way = AWS_BY_CONTAINER;
        snprintf(plan->from, sizeof(plan->from), "this container's role");
    } else if (machine && is_aws_machine(c)) {
        plan->way = AWS_BY_MACHINE;
        snprintf(plan->from, sizeof(plan->from), "this machine's role");
    }
    return plan->way != AWS_BY_NOTHING;
}

static bool by_forced(const struct aws_credentials *c, struct aws_plan *plan)
{
    if (strcmp(c->forced, "Environment") == 0)
        return by_environment(c, plan);
    return by_place(c, plan, strcmp(c->forced, "EcsContainer") == 0,
                    strcmp(c->forced, "Ec2InstanceMetadata") == 0);
}

/* One half of a pair, and the name of the other one; or NULL. */
static const char *half_of_pair(const struct aws_credentials *c, const struct aws_plan *plan,
                                const char **ret_missing)
{
    const char *id = aws_env(c, "AWS_ACCESS_KEY_ID"), *key = aws_env(c, "AWS_SECRET_ACCESS_KEY");
    const struct aws_profile *p = &plan->p;

    if (!id != !key) {
        *ret_missing = id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
        return id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
    }
    if (!p->found || !p->aws_access_key_id == !p->aws_secret_access_key)
        return NULL;
    *ret_missing = p->aws_access_key_id ? "aws_secret_access_key" : "aws_access_key_id";
    return p->aws_access_key_id ? "aws_access_key_id" : "aws_secret_access_key";
}

static void none_found(const struct aws_credentials *c, struct aws_plan *plan)
{
    const char *missing, *half = half_of_pair(c, plan, &missing);

    if (c->forced)
        err_set(&plan->err, ERR_NOT_FOUND, "credential_source %.40s: there are no keys there",
                c->forced);
    else if ((c->profile || aws_env(c, "AWS_PROFILE")) && !plan->p.found)
        err_set(&plan->err, ERR_INPUT,
                "the AWS configuration has no profile '%.80s' (~/.aws/config, ~/.aws/credentials)",
                aws_profile_name(c));
    else if (half)
        err_set(&plan->err, ERR_NOT_FOUND, "no AWS credentials: %s is there without %s", half,
                missing);
    else
        err_set(&plan->err, ERR_NOT_FOUND,
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile "
                "(AWS_PROFILE)");
}

/* A role that was asked for by name, with whatever keys are found without it. */
static void by_named_role(const struct aws_credentials *c, struct aws_plan *plan)
{
    plan->way = AWS_BY_ROLE;
    plan->p = (struct aws_profile){.role_arn = c->role_arn,
                                   .external_id = c->external_id,
                                   .mfa_serial = c->mfa_serial,
                                   .source_profile = c->profile};
    snprintf(plan->from, sizeof(plan->from), "role %.80s", c->role_arn);
}

void aws_plan_make(const struct aws_credentials *c, struct aws_plan *ret)
{
    *ret = (struct aws_plan){.arena = arena_new(0)};
    if (c->role_arn) {
        by_named_role(c, ret);
        return;
    }
    if (c->forced) {
        if (!by_forced(c, ret))
            none_found(c, ret);
        return;
    }
    if (!c->profile && (by_environment(c, ret) || by_web_identity(c, ret)))
        return;
    read_profile(c, ret);
    if (!by_profile(c, ret) && !(!c->depth && by_place(c, ret, true, true)))
        none_found(c, ret);
}

void aws_plan_release(struct aws_plan *p)
{
    aws_own_clear(&p->keys);
    arena_free(p->arena);
    *p = (struct aws_plan){0};
}

struct aws_credentials *aws_credentials_source(const struct aws_credentials *c,
                                               const struct aws_plan *p)
{
    struct aws_credentials_options o = {.profile = p->p.source_profile,
                                        .region = c->region,
                                        .env = c->env,
                                        .machine_file = c->machine_file,
                                        .mfa = c->mfa,
                                        .mfa_ctx = c->mfa_ctx,
                                        .desk = c->desk};
    struct aws_credentials *s = aws_credentials_new(c->loop, c->http, &o);

    aws_credentials_on_secret(s, c->on_secret, c->secret_ctx);
    s->depth = c->role_arn ? 0 : c->depth + 1;
    if (!p->p.source_profile && p->p.credential_source)
        s->forced = arena_strdup(s->arena, p->p.credential_source);
    return s;
}

const char *aws_credentials_region(struct aws_credentials *c)
{
    const char *region = c->region ? c->region : aws_env(c, "AWS_REGION");
    struct aws_plan plan;

    if (!region)
        region = aws_env(c, "AWS_DEFAULT_REGION");
    if (region || c->found_region)
        return region ? region : c->found_region;
    plan = (struct aws_plan){.arena = arena_new(0)};
    read_profile(c, &plan);
    c->found_region = arena_strdup(c->arena, plan.p.region);
    aws_plan_release(&plan);
    return c->found_region;
}
