/* aws_settings.c - what the environment and the profile say besides keys: whom to ask, how often.
 */
#include "src/net/aws_priv.h"

#include <ctype.h>
#include <stdio.h>

#include "runbook/base/num.h"

#define CONFIG_MAX ((size_t)256 << 10)
#define ATTEMPTS_MAX 20

static bool is_true(const char *s)
{
    struct str t = str_from(s);

    return t.len == 4 && str_ifind(t, STR_LIT("true")) == 0;
}

/* The variable wins, also with "false". */
static bool flag(const struct aws_credentials *c, const char *variable, const char *field)
{
    const char *said = aws_env(c, variable);

    return is_true(said ? said : field);
}

static bool has_path_style(struct aws_credentials *c, struct arena *a)
{
    struct buf text = BUF_INIT(CONFIG_MAX);
    const char *name = aws_profile_name(c), *style;

    aws_config_text(c, &text);
    style = aws_profile_nested(a, buf_str(&text), "profile", name, "s3", "addressing_style");
    if (!style && strcmp(name, "default") == 0)
        style = aws_profile_nested(a, buf_str(&text), "", name, "s3", "addressing_style");
    buf_release(&text);
    return style && strcmp(style, "path") == 0;
}

void aws_credentials_settings(struct aws_credentials *c, struct aws_settings *ret)
{
    struct arena *a = arena_new(0);
    const char *attempts = aws_env(c, "AWS_MAX_ATTEMPTS");
    struct aws_profile p = {0};
    uint64_t n;

    aws_profile_of(c, a, &p);
    *ret = (struct aws_settings){0};
    ret->fips = flag(c, "AWS_USE_FIPS_ENDPOINT", p.use_fips_endpoint);
    ret->dualstack = flag(c, "AWS_USE_DUALSTACK_ENDPOINT", p.use_dualstack_endpoint);
    ret->path_style = has_path_style(c, a);
    attempts = attempts ? attempts : p.max_attempts;
    if (attempts && num_u64(str_from(attempts), &n) && n > 0)
        ret->attempts = n > ATTEMPTS_MAX ? ATTEMPTS_MAX : (unsigned)n;
    arena_free(a);
}

static const char *of_environment(const struct aws_credentials *c, const char *service)
{
    char name[96] = "AWS_ENDPOINT_URL_";
    size_t at = strlen(name);
    const char *url;

    for (const char *s = service; *s && at < sizeof(name) - 1; s++)
        name[at++] = (char)toupper((unsigned char)*s);
    name[at] = '\0';
    url = aws_env(c, name);
    return url ? url : aws_env(c, "AWS_ENDPOINT_URL");
}

const char *aws_credentials_endpoint(struct aws_credentials *c, const char *service)
{
    struct arena *a = arena_new(0);
    struct buf text = BUF_INIT(CONFIG_MAX);
    struct aws_profile p = {0};
    const char *url = NULL;

    aws_profile_of(c, a, &p);
    if (!flag(c, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", p.ignore_configured_endpoint_urls))
        url = of_environment(c, service);
    if (!url && p.services) {
        aws_config_text(c, &text);
        url =
            aws_profile_nested(a, buf_str(&text), "services", p.services, service, "endpoint_url");
        buf_release(&text);
    }
    if (!url)
        url = p.endpoint_url;
    if (flag(c, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", p.ignore_configured_endpoint_urls))
        url = NULL;
    url = arena_strdup(c->arena, url);
    arena_free(a);
    return url;
}
