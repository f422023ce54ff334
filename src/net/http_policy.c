/* http_policy.c - when to try again, how long to wait, where a redirect may lead. */
#include "src/net/http_priv.h"

#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 20000
#define RETRY_AFTER_MAX_MS 60000
#define REDIRECTS_MAX 3

bool policy_retry_status(long status)
{
    /* 529 is what some providers say when they are overloaded. */
    static const long retry_statuses[] = {408, 425, 429, 500, 502, 503, 504, 529};

    for (size_t i = 0; i < sizeof(retry_statuses) / sizeof(retry_statuses[0]); i++) {
        if (retry_statuses[i] == status)
            return true;
    }
    return false;
}

/* Full jitter: anything between nothing and the exponential step, so that clients which failed
 * together do not come back together. */
int64_t policy_backoff_ms(unsigned attempt, struct rng *rng)
{
    int64_t step_ms = BACKOFF_FIRST_MS;

    while (attempt-- > 1 && step_ms < BACKOFF_MAX_MS)
        step_ms *= 2;
    if (step_ms > BACKOFF_MAX_MS)
        step_ms = BACKOFF_MAX_MS;
    return (int64_t)rng_below(rng, (uint64_t)step_ms + 1);
}

/* Source: RFC 9110, 10.2.3: seconds, or a date in one of three forms. */
bool policy_retry_after(const struct curl_api *api, const char *value, int64_t wall_ms,
                        int64_t *ret_wait_ms)
{
    uint64_t seconds;
    int64_t wait_ms;
    time_t date;

    if (!value)
        return false;
    if (num_u64(str_trim(str_from(value)), &seconds)) {
        wait_ms =
            seconds > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : (int64_t)seconds * 1000;
    } else {
        date = api->getdate(value, NULL);
        if (date == (time_t)-1)
            return false;
        wait_ms = (int64_t)date * 1000 - wall_ms;
    }
    if (wait_ms < 0)
        wait_ms = 0;
    *ret_wait_ms = wait_ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : wait_ms;
    return true;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The target as an absolute URL, or NULL; the caller frees. */
static char *resolve(const struct curl_api *api, const char *base, const char *location)
{
    CURLU *u = api->url();
    char *text = NULL, *copy = NULL;

    if (u && api->url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK &&
        api->url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK &&
        api->url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
        copy = xstrdup(text);
    api->free(text);
    api->url_cleanup(u);
    return copy;
}

/* The same service: same name, and the same scheme and port, or the step from http to https on the
 * default ports. */
static bool same_host(const char *scheme, const char *name, const char *port, const struct xfer *to)
{
    if (strcasecmp(name, to->name) != 0)
        return false;
    if (strcmp(scheme, to->scheme) == 0)
        return strcmp(port, to->port) == 0;
    return strcmp(scheme, "http") == 0 && strcmp(port, "80") == 0 && strcmp(to->port, "443") == 0;
}

static bool take_target(struct xfer *x, const char *target, struct err *err)
{
    char *scheme = xstrdup(x->scheme), *name = xstrdup(x->name), *port = xstrdup(x->port);
    char *from = xstrdup(x->peer);
    struct err why = ERR_INIT;
    bool ok = false;

    if (request_set_url(x, target, &why)) {
        err_set(err, ERR_REMOTE, "%s redirects to %s", from, why.msg);
    } else if (!same_host(scheme, name, port, x)) {
        err_set(err, ERR_REMOTE, "%s redirects to %s://%s, which is another host: not followed",
                from, x->scheme, x->peer);
    } else {
        ok = true;
    }
    free(scheme);
    free(name);
    free(port);
    free(from);
    return ok;
}

bool policy_redirect(struct xfer *x, struct err *err)
{
    const char *location = wire_header(x, "location");
    char *target;
    bool ok;

    if (!x->follow || !is_redirect(x->status) || !location)
        return false;
    if (x->redirects == REDIRECTS_MAX) {
        err_set(err, ERR_REMOTE, "%s redirects more than %d times", x->peer, REDIRECTS_MAX);
        return false;
    }
    target = resolve(&x->client->api, x->url, location);
    if (!target) {
        err_set(err, ERR_REMOTE, "%s redirects to a place that is not a URL", x->peer);
        return false;
    }
    ok = take_target(x, target, err);
    free(target);
    if (!ok)
        return false;
    x->redirects++;
    /* Source: RFC 9110, 15.4: 303 asks for GET; 301 and 302 turn POST into GET in practice. */
    if (x->status == 303 ? strcmp(x->method, "HEAD") != 0
                         : (x->status < 303 && strcmp(x->method, "POST") == 0)) {
        free(x->method);
        x->method = xstrdup("GET");
        buf_clear(&x->body);
        x->repeatable = true;
    }
    return true;
}
