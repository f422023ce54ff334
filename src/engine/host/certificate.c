/* certificate.c - a certificate that a listener shows, or that a program was given, has ended, is
 * not valid yet, or ends soon; and one that clients refuse. */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"
#include "several.h"

#define DAY_MS 86400000.0
static const struct host_limit limits[] = {
    {"soon_days", 7.0, "days", "less than renewals are planned ahead by"},
    {.name = NULL},
};
#define SOON_DAYS LIMIT(0)

static const char *days(struct host_view *v, double ms)
{
    return fabs(ms) >= DAY_MS ? arena_printf(v->arena, "%.1f days", fabs(ms) / DAY_MS)
                              : arena_printf(v->arena, "%.1f hours", fabs(ms) / 3600000);
}

struct worst {
    const struct value *owner, *cert; /* owner: the listener, or the file itself */
    double left_ms;                   /* until it ends, or since it begins (negative: too early) */
    bool early, named;
};

/* Which one it is, wherever it is shown: a file and the listener that reads it have one to renew.
 */
static const char *which(struct host_view *v, const struct value *cert)
{
    return arena_printf(v->arena, "%s for %s until %.0f", hv_str(cert, "subject"),
                        hv_str(cert, "names"), hv_num(cert, "not_after_ms"));
}

/* By its port, its program, its file or a name that it is for. */
static bool is_named(struct host_view *v, const struct value *owner, const struct value *cert)
{
    const char *path, *name = hv_str(cert, "names");

    for (size_t at = 0; hv_next_path(v, v->arena, &at, &path);) {
        if (strcmp(path, hv_str(owner, "path")) == 0)
            return true;
    }
    for (size_t n; *name; name += n) { /* they stand with blanks and commas between them */
        n = strcspn(name, ", ");
        if (n > 3 && hv_names(v, arena_strndup(v->arena, name, n)))
            return true;
        n += strspn(name + n, ", ");
    }
    return owner != cert && said_listener_named(v, owner);
}

static void weigh(struct host_view *v, struct worst *w, const struct value *owner,
                  const struct value *cert, double now)
{
    double left = hv_num(cert, "not_after_ms") - now, begun = now - hv_num(cert, "not_before_ms");
    bool early = begun < 0, named, better;

    if (early)
        left = begun;
    named = is_named(v, owner, cert);
    better = !w->cert || (named != w->named ? named : left < w->left_ms);
    if (isnan(left) || !better || hv_taken(v, which(v, cert)))
        return;
    *w = (struct worst){owner, cert, left, early, named};
}

/* A trust store is full of roots that have ended, and means nothing by it. */
static bool is_store(const struct value *file)
{
    return value_bool_or(file, "self_signed", false) && !*hv_str(file, "names");
}

static struct worst worst_of(struct host_view *v, bool files)
{
    double now = hv_num(v->services, "now_ms");
    struct worst w = {.cert = NULL};

    VALUE_EACH (l, value_get(v->services, "listeners")) {
        VALUE_EACH (c, value_get(l, "certs")) {
            if (!files)
                weigh(v, &w, l, c, now);
        }
    }
    VALUE_EACH (c, value_get(v->services, "files")) {
        if (files && hv_num(c, "index") == 0 && !is_store(c))
            weigh(v, &w, c, c, now);
    }
    return w;
}

static const char *whose(struct host_view *v, const struct worst *w)
{
    const struct value *o = w->owner;
    const char *who = hv_num(o, "pid") > 0 ? arena_printf(v->arena, " of process %.0f (%s)",
                                                          hv_num(o, "pid"), hv_str(o, "command"))
                                           : "";

    return w->owner == w->cert
               ? arena_printf(v->arena, "the certificate %s%s", hv_str(o, "path"), who)
               : arena_printf(v->arena, "the certificate on port %.0f%s", hv_num(o, "port"), who);
}

static const char *key(struct host_view *v, const struct worst *w)
{
    if (hv_num(w->owner, "pid") > 0)
        return hv_process_key(v, w->owner);
    return w->owner == w->cert
               ? hv_key(v, "file", hv_str(w->owner, "path"))
               : hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(w->owner, "port")));
}

static const char *state(struct host_view *v, const struct worst *w)
{
    if (w->early)
        return arena_printf(v->arena, "is not valid for another %s", days(v, w->left_ms));
    if (w->left_ms < 0)
        return arena_printf(v->arena, "ended %s ago", days(v, w->left_ms));
    return arena_printf(v->arena, "ends in %s", days(v, w->left_ms));
}

static void report(struct host_view *v, struct host_finding *f, const struct worst *w, bool shown)
{
    f->value = w->left_ms / DAY_MS;
    f->resource = key(v, w);
    f->one_of = which(v, w->cert);
    f->named = w->named;
    f->pids[0] = hv_num(w->owner, "pid") > 0 ? (int64_t)hv_num(w->owner, "pid") : 0;
    f->evidence = arena_printf(v->arena, "%s %s", whose(v, w), state(v, w));
    f->claim = arena_printf(v->arena, "%s of %s %s", whose(v, w), v->host, state(v, w));
    if (w->left_ms >= 0) {
        f->strength = STRENGTH_WEAK;
        f->severity = 0.2;
        return;
    }
    f->strength = shown ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = shown;
    f->severity = shown ? 0.9 : 0.5;
    f->second = arena_printf(v->arena, "it is for %s (%s), from %s",
                             *hv_str(w->cert, "names") ? hv_str(w->cert, "names") : "no name",
                             hv_str(w->cert, "subject"), hv_str(w->cert, "issuer"));
}

/* Clients that refuse a certificate say where. */
static bool refused(struct host_view *v, struct host_finding *f)
{
    enum said_how how;
    const struct value *fam = said_worst(v, SAID(LOG_CAUSE_CERTIFICATE), &how), *a, *cert;
    const struct host_finding quiet = *f;
    double port;

    if (!fam)
        return false;
    said_report(v, f, fam, how);
    f->severity = 0.8;
    f->claim = arena_printf(v->arena, "%s of %s refuses a certificate", said_by(v, fam), v->host);
    port = hv_num(fam, "peer.port");
    a = said_is_local(value_cstr_or(fam, "peer.host", "")) ? said_answer(v, port) : NULL;
    cert = value_at(value_get(a, "certs"), 0);
    if (!cert)
        return true;
    if (hv_num(cert, "not_before_ms") > hv_num(fam, "last_ms")) { /* they refused another one */
        *f = quiet;
        return false;
    }
    f->second_doc = HOST_DOC_SERVICES;
    f->second = arena_printf(v->arena, "port %.0f shows a certificate for %s (%s)%s%s", port,
                             *hv_str(cert, "names") ? hv_str(cert, "names") : "no name",
                             hv_str(cert, "subject"), strcmp(hv_str(a, "verify"), "ok") ? ": " : "",
                             strcmp(hv_str(a, "verify"), "ok") ? hv_str(a, "verify") : "");
    f->claim = arena_printf(v->arena, "the certificate on port %.0f of %s is refused by %s", port,
                            v->host, said_by(v, fam));
    f->resource = hv_num(a, "pid") > 0 ? hv_process_key(v, a)
                                       : hv_key(v, "port", arena_printf(v->arena, "%.0f", port));
    f->pids[1] = hv_num(a, "pid") > 0 ? (int64_t)hv_num(a, "pid") : 0;
    return true;
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct worst shown = worst_of(v, false), file = worst_of(v, true);

    f->doc = f->second_doc = HOST_DOC_SERVICES;
    f->metric = "certificate_days";
    f->unit = "days";
    f->threshold = 0;
    f->value = NAN;
    f->evidence = !v->services ? "the listeners were not asked"
                  : shown.cert ? arena_printf(v->arena, "the next certificate to end does so in %s",
                                              days(v, shown.left_ms))
                               : "no listener shows a certificate";
    if (shown.cert && shown.named) {
        f->evidence = arena_printf(v->arena, "%s %s", whose(v, &shown), state(v, &shown));
        f->resource = key(v, &shown);
        f->one_of = which(v, shown.cert);
        f->named = true;
    }
    if (shown.cert && shown.left_ms < 0)
        report(v, f, &shown, true);
    else if (refused(v, f))
        return;
    else if (file.cert && file.left_ms < 0)
        report(v, f, &file, false);
    else if (shown.cert && shown.left_ms < SOON_DAYS * DAY_MS)
        report(v, f, &shown, true);
    else if (file.cert && file.left_ms < SOON_DAYS * DAY_MS)
        report(v, f, &file, false);
}

static const struct host_proposal proposals[] = {
    {.action = "renew the certificate and let process {pid} ({command}) read it again",
     .command = "",
     .rollback = "put the old file back and let it be read again",
     .risk = APPROVAL_MEDIUM,
     .watch = "the new date: openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout "
              "-dates"},
    {.action = "renew the certificate that port {port} shows",
     .command = "",
     .rollback = "put the old file back and let it be read again",
     .risk = APPROVAL_MEDIUM,
     .watch = "openssl s_client -connect 127.0.0.1:{port} </dev/null | openssl x509 -noout -dates"},
    {.action = "renew {file} and let its program read it again",
     .command = "openssl x509 -in {file} -noout -dates -subject -issuer",
     .rollback = "put the old file back and let it be read again",
     .risk = APPROVAL_MEDIUM,
     .watch = "the new date"},
    {.action = NULL},
};

static const char *const checks[] = {
    "does the renewal run on {host}: systemctl list-timers | grep -i -e certbot -e acme",
    "the clock of {host} and of the clients: a wrong one ends certificates too",
    NULL,
};

const struct host_pattern host_pattern_certificate = {
    .id = "certificate",
    .kind = "certificate",
    .doc = HOST_DOC_SERVICES,
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_NETWORK | WORDS_CLOCK | WORDS_SERVICE,
    .rank = 57,
    .several = HOST_SAME_MAX,
    .claim = "a certificate of %s is not valid",
    .rationale = "clients break off the handshake when a certificate has ended or is for another "
                 "name",
    .refutes = "certificates that are valid for more than a week, and no client that refuses one",
    .limits = limits,
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
