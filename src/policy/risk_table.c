/* risk_table.c - finding the row of an operation. The most specific row counts: this service before
 * any service, the whole verb before its beginning, a longer beginning before a shorter one. A
 * beginning that only reads ("describe*") does not cover a verb that goes on to destroy, or that
 * hands out a secret. */
#include <string.h>

#include "policy_priv.h"
#include "risk_rows.h"

static const struct risk_row *const parts[] = {risk_rows_host, risk_rows_cloud, risk_rows_other};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

const struct risk_row *risk_row(size_t i)
{
    for (size_t p = 0; p < PARTS; p++) {
        for (const struct risk_row *r = parts[p]; r->provider; r++) {
            if (i-- == 0)
                return r;
        }
    }
    return NULL;
}

/* Does a word of the table ("delete-db-*") fit a folded one? How many letters of it count, -1: no.
 */
static int fit(const char *pattern, const char *folded)
{
    int n = 0;

    for (; *pattern && *pattern != '*'; pattern++) {
        if (*pattern == '-')
            continue;
        if (*pattern != folded[n])
            return -1;
        n++;
    }
    return *pattern == '*' || !folded[n] ? n : -1;
}

/* "describe-deleted-things" reads, "describe-and-delete" and "get-secret" do more. */
static bool more_than_reads(const char *folded)
{
    static const char *const words[] = {"delete", "terminate", "destroy",  "purge",
                                        "remove", "wipe",      "truncate", "revoke"};
    static const char *const secrets[] = {"secret", "password", "credential", "token"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *at = strstr(folded, words[i]);

        if (at && at[strlen(words[i])] != 'd')
            return true;
    }
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        if (strstr(folded, secrets[i]))
            return true;
    }
    return false;
}

static void fold(char out[POLICY_NAME_MAX], const char *word)
{
    struct buf b = BUF_INIT(POLICY_NAME_MAX - 1);

    operation_fold(&b, str_from(word));
    out[0] = '\0';
    if (!b.full && b.len) /* what is too long is in no row */
        memcpy(out, b.ptr, b.len + 1);
    buf_release(&b);
}

/* Of a row whose provider fits. */
static int score(const struct risk_row *r, const char *service, const char *verb)
{
    bool any = r->service[0] == '*', whole;
    int n;

    if (!any && fit(r->service, service) < 0)
        return -1;
    n = fit(r->verb, verb);
    if (n < 0)
        return -1;
    whole = !strchr(r->verb, '*');
    if (!whole && r->kind == OP_READ && more_than_reads(verb))
        return -1;
    return n + (whole ? 1 << 10 : 0) + (any ? 0 : 1 << 11);
}

const struct risk_row *risk_find(const struct operation *op)
{
    char provider[POLICY_NAME_MAX], service[POLICY_NAME_MAX], verb[POLICY_NAME_MAX];
    const struct risk_row *best = NULL, *last = NULL;
    bool fits = false;
    int most = -1;

    fold(provider, op->provider);
    fold(service, op->service);
    fold(verb, op->verb);
    if (!*provider || !*service || !*verb)
        return NULL;
    for (size_t p = 0; p < PARTS; p++) {
        for (const struct risk_row *r = parts[p]; r->provider; r++) {
            int s;

            /* Rows of one provider stand together. */
            if (!last || strcmp(r->provider, last->provider) != 0)
                fits = fit(r->provider, provider) >= 0;
            last = r;
            s = fits ? score(r, service, verb) : -1;
            if (s > most) {
                most = s;
                best = r;
            }
        }
    }
    return best;
}
