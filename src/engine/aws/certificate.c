/* certificate.c - a certificate that is in use has run out, or will in days. Who uses it and why it
 * was not renewed is read afterwards. */
#include <math.h>
#include <string.h>

#include "patterns.h"

#define DAY_MS 86400000.0

static const struct aws_limit limits[] = {
    {"soon", 3.0, "d",
     "ACM renews 60 days ahead: what is left by now does not renew by itself (ACM "
     "User Guide, Managed certificate renewal)"},
    {.name = NULL},
};
#define SOON_MS (LIMIT(0) * DAY_MS)

static bool in_use(const struct value *c)
{
    const struct value *used = value_get(c, "InUse");

    return !used || av_bool(c, "InUse");
}

static void second_look(struct aws_view *v, struct aws_finding *f)
{
    AV_SERIES(s, v, "elb.tls")
    {
        if (!(s->mean > 3 * s->mean_before) || s->total < 10)
            continue;
        f->second =
            arena_printf(v->arena, "handshakes that failed at %s rose to %.0f", s->of, s->total);
        f->second_query = s->query;
        return;
    }
    VEC_EACH (a, &v->alarms) {
        if (!av_has(a->metric, "TLS") && !av_has(a->metric, "DaysToExpiry") &&
            !av_has(a->name, "cert"))
            continue;
        f->second =
            arena_printf(v->arena, "alarm %s is on since %s", a->name, av_clock(v, a->since_ms));
        f->second_query = a->query;
        return;
    }
}

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_doc *d,
                 const struct value *cert)
{
    int64_t end = av_time(cert, "NotAfter");
    const char *name = av_str(cert, "DomainName"), *arn = av_str(cert, "CertificateArn");
    bool expired = end && end <= v->now_ms;
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!end || !in_use(cert) || (double)(end - v->now_ms) > SOON_MS || !(f = aws_find(out)))
        return;
    f->strength = expired ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->severity = expired ? 0.95 : 0.3;
    f->direct = expired;
    f->query = d->query;
    f->at_ms = expired ? end : 0;
    f->metric = "DaysToExpiry";
    f->unit = "d";
    f->value = (double)(end - v->now_ms) / DAY_MS;
    f->resource = av_key(v, "certificate", name);
    f->service = name;
    f->claim = arena_printf(v->arena, "the certificate of %s %s", name,
                            expired ? "has expired" : "expires soon");
    f->evidence = arena_printf(v->arena, "certificate of %s: %s %s%s", name,
                               expired ? "expired" : "expires in", av_ago(v, end - v->now_ms),
                               expired ? " ago" : "");
    second_look(v, f);
    aws_find_name(f, name);
    aws_find_var(f, "domain", name);
    aws_find_var(f, "arn", arn);
    if (!expired) /* nothing is broken yet */
        return;
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "clients of %s get a certificate that has expired", name);
    c->evidence = f->evidence;
    c->name = name;
    c->at_ms = f->at_ms;
    c->ask = (struct aws_follow){
        .service = "acm",
        .operation = "DescribeCertificate",
        .params = arena_printf(v->arena, "{\"CertificateArn\":%s}", aws_json(v, arn)),
        .title = arena_printf(v->arena, "who uses the certificate of %s", name)};
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_DOCS(d, v, "acm.certificates")
    {
        VALUE_EACH (c, d->items)
            look(v, out, d, c);
    }
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const struct value *cert = value_at(items, 0);
    const char *renewal = av_str(cert, "RenewalSummary.RenewalStatus"),
               *why = av_str(cert, "RenewalSummary.RenewalStatusReason"), *user = "";
    size_t users = 0;

    AV_EACH(u, cert, "InUseBy")
    {
        users++;
        user = av_str(u, ".");
    }
    r->strength = users ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->direct = users > 0;
    r->evidence = users ? arena_printf(v->arena, "%zu use%s it: %s%s%s%s%s", users,
                                       users == 1 ? "s" : "", av_tail(user),
                                       *renewal ? "; renewal " : "", renewal, *why ? ", " : "", why)
                        : arena_printf(v->arena, "nobody uses the certificate of %s", c->name);
}

static const char *const needs[] = {"acm.certificates", "elb.tls", "alarms", NULL};
static const char *const words[] = {"certificate", "tls",       "ssl",  "https",
                                    "expired",     "handshake", "x509", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "renew the certificate of {domain}: put its validation record back, or import a new "
               "one",
     .command = "aws acm describe-certificate --certificate-arn {arn} --region {region}",
     .rollback = "none needed",
     .risk = APPROVAL_MEDIUM,
     .watch = "clients connect, DaysToExpiry rises"},
    {.action = NULL},
};
static const char *const checks[] = {"what the endpoint presents: openssl s_client", NULL};

const struct aws_pattern aws_pattern_certificate = {
    .id = "certificate",
    .kind = "certificate",
    .category = CATEGORY_CONFIGURATION,
    .on = ON_TLS,
    .rank = 11,
    .words = words,
    .claim = "a certificate has run out",
    .rationale = "clients break off the handshake with a certificate that is over",
    .refutes = "certificates in use are valid for days",
    .quiet = "certificates in use are valid for days",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
