/* endpoint.c - see endpoint.h. */
#include "runbook/service/aws/endpoint.h"

#include <ctype.h>

#define HOST_MAX ((size_t)255)
#define URL_MAX ((size_t)32 << 10)
#define REGION_MAX 30

/* Source: botocore's partitions, August 2026. */
static const struct partition {
    const char *name, *prefix; /* of region names; the first that fits */
    const char *suffix;        /* of hosts' names */
    const char *dual;          /* the same, of dual-stack ones */
    const char *global;        /* what global services are signed for */
} partitions[] = {
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
};
#define COMMERCIAL "amazonaws.com"

bool aws_region_valid(struct str region)
{
    size_t dashes = 0;

    if (region.len < 5 || region.len > REGION_MAX || !islower((unsigned char)*region.ptr) ||
        !isdigit((unsigned char)region.ptr[region.len - 1]))
        return false;
    for (size_t i = 0; i < region.len; i++) {
        unsigned char c = (unsigned char)region.ptr[i];

        if (c == '-')
            dashes++;
        else if (!islower(c) && !isdigit(c))
            return false;
    }
    return dashes >= 2;
}

static const struct partition *partition_of(struct str region)
{
    const struct partition *p = partitions;

    while (!str_starts(region, p->prefix)) /* the last fits always */
        p++;
    return p;
}

const char *aws_partition(struct str region)
{
    return partition_of(region)->name;
}

const char *aws_service_sdk_id(struct arena *arena, const struct aws_service *s)
{
    char *id = arena_str(arena, s->sdk.len ? s->sdk : s->id);

    for (char *c = id; *c; c++)
        *c = *c == '-' || *c == ' ' ? '_' : (char)tolower((unsigned char)*c);
    return id;
}

/* ---- host names ---- */

static bool is_s3(const struct aws_service *s)
{
    return str_eq_c(s->id, "s3");
}

static void put_template(struct buf *out, struct str host, const char *region)
{
    static const char mark[] = "{region}";
    ptrdiff_t at = str_find(host, str_from(mark));

    if (at < 0) {
        buf_add_str(out, host);
        return;
    }
    buf_add(out, host.ptr, (size_t)at);
    buf_adds(out, region);
    buf_add(out, host.ptr + at + sizeof(mark) - 1, host.len - (size_t)at - (sizeof(mark) - 1));
}

/* The commercial name's end becomes the partition's. */
static void replace_suffix(struct buf *host, const char *suffix)
{
    if (!str_ends(buf_str(host), COMMERCIAL))
        return;
    buf_truncate(host, host->len - strlen(COMMERCIAL));
    buf_adds(host, suffix);
}

/* "api.sagemaker" to "api-fips.sagemaker". */
static struct str fips_template(struct arena *arena, struct str host)
{
    struct str label, rest = host;

    if (!str_split(&rest, '.', &label))
        return host;
    return str_from(arena_printf(arena, "%.*s-fips.%.*s", STR_FMT(label), STR_FMT(rest)));
}

static struct str dual_template(struct arena *arena, const struct aws_service *s, struct str host,
                                const struct partition *p)
{
    struct str label, rest = host;

    if (is_s3(s) && str_split(&rest, '.', &label))
        return str_from(arena_printf(arena, "%.*s.dualstack.%.*s", STR_FMT(label), STR_FMT(rest)));
    if (!str_ends(host, "." COMMERCIAL))
        return host;
    host.len -= strlen(COMMERCIAL);
    return str_from(arena_printf(arena, "%.*s%s", STR_FMT(host), p->dual));
}

static void put_host(struct arena *arena, const struct aws_service *s, const struct aws_where *w,
                     struct buf *out)
{
    const struct partition *p = partition_of(str_from(w->region));
    bool china = cstr_eq(p->name, "aws-cn") && s->host_china.len;
    bool gov = cstr_eq(p->name, "aws-us-gov") && s->host_gov.len;
    struct str host = china ? s->host_china : gov ? s->host_gov : s->host;

    if (w->fips)
        host = s->host_fips.len ? s->host_fips : fips_template(arena, host);
    if (w->dualstack)
        host = s->host_dualstack.len ? s->host_dualstack : dual_template(arena, s, host, p);
    put_template(out, host, w->region);
    if (!china)
        replace_suffix(out, p->suffix);
}

/* A global service of another partition is signed for the region in its host's name, or for the
 * partition's own. */
static const char *signing_region(struct arena *arena, const struct aws_service *s,
                                  const char *region, struct str host)
{
    const struct partition *p = partition_of(str_from(region));
    struct str label;

    if (!s->signing_region.len)
        return arena_strdup(arena, region);
    if (cstr_eq(p->name, "aws"))
        return arena_str(arena, s->signing_region);
    while (str_split(&host, '.', &label))
        if (aws_region_valid(label) && partition_of(label) == p)
            return arena_str(arena, label);
    return p->global;
}

/* ---- S3 ---- */

/* Lower case, digits and dashes: with a dot in it, TLS certificates would not fit the name. */
static bool bucket_fits_host(struct str b)
{
    if (b.len < 3 || b.len > 63 || b.ptr[0] == '-' || b.ptr[b.len - 1] == '-')
        return false;
    for (size_t i = 0; i < b.len; i++)
        if (!islower((unsigned char)b.ptr[i]) && !isdigit((unsigned char)b.ptr[i]) &&
            b.ptr[i] != '-')
            return false;
    return true;
}

static bool is_address(struct str host)
{
    bool digits = host.len > 0;

    if (str_starts(host, "[") || str_starts(host, "localhost"))
        return true;
    for (size_t i = 0; i < host.len && host.ptr[i] != ':'; i++)
        digits = digits && (isdigit((unsigned char)host.ptr[i]) || host.ptr[i] == '.');
    return digits;
}

/* "/bucket/key?x" to "bucket." before the host and "/key?x". */
static const char *move_bucket(struct arena *arena, const char *target, const char **ret_prefix)
{
    struct str rest = str_from(target + 1), bucket = rest;

    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] == '/' || rest.ptr[i] == '?') {
            bucket.len = i;
            break;
        }
    if (!bucket_fits_host(bucket))
        return target;
    rest = (struct str){rest.ptr + bucket.len, rest.len - bucket.len};
    *ret_prefix = arena_printf(arena, "%.*s.", STR_FMT(bucket));
    return arena_printf(arena, "%s%.*s", str_starts(rest, "/") ? "" : "/", STR_FMT(rest));
}

/* ---- the whole ---- */

/* "http://host:port/base" as scheme, host and path. */
static enum err_code split_url(const char *url, struct str *ret_scheme, struct str *ret_host,
                               struct str *ret_path, struct err *err)
{
    struct str s = str_trim(str_from(url));
    ptrdiff_t at = str_find(s, STR_LIT("://"));
    size_t n = 0;

    *ret_scheme = (struct str){s.ptr, at > 0 ? (size_t)at : 0};
    if (!str_eq_c(*ret_scheme, "http") && !str_eq_c(*ret_scheme, "https"))
        return err_set(err, ERR_INPUT, "endpoint '%.100s' is no URL: write https://host", url);
    s = (struct str){s.ptr + at + 3, s.len - (size_t)at - 3};
    while (n < s.len && !strchr("/?#", s.ptr[n]))
        n++;
    *ret_host = (struct str){s.ptr, n};
    *ret_path = (struct str){s.ptr + n, s.len - n};
    while (ret_path->len && ret_path->ptr[ret_path->len - 1] == '/')
        ret_path->len--;
    if (!ret_host->len || memchr(ret_host->ptr, '@', ret_host->len) ||
        memchr(ret_path->ptr, '?', ret_path->len) || memchr(ret_path->ptr, '#', ret_path->len))
        return err_set(err, ERR_INPUT,
                       "endpoint '%.100s': only https://host:port/path, without user and query",
                       url);
    if (str_eq_c(*ret_scheme, "https") && str_ends(*ret_host, ":443"))
        ret_host->len -= strlen(":443");
    if (str_eq_c(*ret_scheme, "http") && str_ends(*ret_host, ":80"))
        ret_host->len -= strlen(":80");
    return ERR_OK;
}

enum err_code aws_endpoint_make(struct arena *arena, const struct aws_service *s,
                                const struct aws_where *w, const char *target,
                                const char *host_prefix, struct aws_endpoint *ret, struct err *err)
{
    struct str scheme = STR_LIT("https"), base = {"", 0}, given = {0};
    struct buf host = BUF_INIT(HOST_MAX), url = BUF_INIT(URL_MAX);
    bool own = w->url && *w->url;
    enum err_code rc = ERR_OK;

    if (!w->region || !aws_region_valid(str_from(w->region)))
        return err_set(err, ERR_INPUT, "'%.40s' is no region of AWS; one is eu-west-1",
                       w->region ? w->region : "");
    if (own && split_url(w->url, &scheme, &given, &base, err))
        return err->code;
    if (own)
        buf_add_str(&host, given);
    else
        put_host(arena, s, w, &host);
    ret->signing_region = signing_region(arena, s, w->region, own ? STR_LIT("") : buf_str(&host));
    if (is_s3(s) && !w->path_style && !is_address(buf_str(&host)))
        target = move_bucket(arena, target, &host_prefix);
    /* Somebody else's server has one name. */
    ret->host = arena_printf(arena, "%s%s", own && !is_s3(s) ? "" : host_prefix, buf_cstr(&host));
    ret->target = arena_printf(arena, "%.*s%s", STR_FMT(base), target);
    buf_addf(&url, "%.*s://%s%s", STR_FMT(scheme), ret->host, ret->target);
    if (host.full || strlen(ret->host) > HOST_MAX)
        rc = err_set(err, ERR_INPUT, "the host's name would be too long");
    else
        rc = buf_check(&url, "the address", err);
    ret->url = arena_strdup(arena, buf_cstr(&url));
    buf_release(&host);
    buf_release(&url);
    return rc;
}
