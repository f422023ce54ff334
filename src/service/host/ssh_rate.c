/* ssh_rate.c - how often a machine may be asked: so many requests in a minute, whoever asks. A
 * model in a loop, or a plan gone wrong, is no load for the machine that is ill already. */
#include "ssh_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define MINUTE_MS 60000

struct asked {
    struct asked *next;
    char *host;
    int64_t *at_ms; /* a ring of `most` times */
    int count, first;
};

struct ssh_rate {
    int most;
    struct asked *list;
};

struct ssh_rate *ssh_rate_new(int most)
{
    struct ssh_rate *r = xcalloc(1, sizeof(*r));

    r->most = most;
    return r;
}

void ssh_rate_free(struct ssh_rate *r)
{
    while (r && r->list) {
        struct asked *a = r->list;

        r->list = a->next;
        free(a->host);
        free(a->at_ms);
        free(a);
    }
    free(r);
}

static struct asked *asked_of(struct ssh_rate *r, const char *host)
{
    struct asked *a = r->list;

    while (a && strcmp(a->host, host) != 0)
        a = a->next;
    if (a)
        return a;
    a = xcalloc(1, sizeof(*a));
    a->host = xstrdup(host);
    a->at_ms = xcalloc((size_t)r->most, sizeof(*a->at_ms));
    a->next = r->list;
    r->list = a;
    return a;
}

bool ssh_rate_take(struct ssh_rate *r, const char *host, int64_t now_ms, struct err *err)
{
    struct asked *a = asked_of(r, host);

    while (a->count && now_ms - a->at_ms[a->first] >= MINUTE_MS) {
        a->first = (a->first + 1) % r->most;
        a->count--;
    }
    if (a->count == r->most) {
        err_set(err, ERR_AGAIN,
                "host %s was asked %d times within a minute: again in %d s "
                "(ssh.requests_per_minute)",
                host, r->most, (int)((MINUTE_MS - (now_ms - a->at_ms[a->first]) + 999) / 1000));
        return false;
    }
    a->at_ms[(a->first + a->count++) % r->most] = now_ms;
    return true;
}
