/* awswire.h - recorded exchanges with AWS: reading them, comparing a request with one, and a server
 * that answers from all of them. Skips where ../shared/aws-wire is not. */
#ifndef RUNBOOK_TESTS_AWSWIRE_H
#define RUNBOOK_TESTS_AWSWIRE_H

#include "runbook/codec/value.h"

/* A request as it came; all borrowed. */
struct wire_request {
    struct str method, target, path, query, body, head; /* head: with the request line */
};
bool awswire_read(struct str request, struct wire_request *ret);
/* Value of a header, or "". */
struct str awswire_head(const struct wire_request *r, const char *name);
/* Appends without the escapes of a URL; line breaks become blanks. `plus`: of a form, + is one. */
void awswire_decode(struct buf *out, struct str s, bool plus);
/* The value of a pair of a query or a form, decoded; "" without one. */
const char *awswire_pair(struct arena *arena, struct str s, const char *name);
/* Whose signature it bears: "Credential=KEY/DATE/REGION/SERVICE/aws4_request"; "" without one. */
void awswire_scope(struct arena *arena, const struct wire_request *r, const char **ret_region,
                   const char **ret_signing);
/* Appends a value as an element; items of a list are elements of the same name. */
void awswire_xml(struct buf *out, const char *name, const struct value *v);

/* The same call, whatever the order of pairs and members; a bucket may stand in the path or in the
 * host. On false *ret_what says where they differ. */
bool awswire_same(struct arena *arena, const struct wire_request *r, const struct value *exchange,
                  const char **ret_what);
/* The answer of an exchange, raw. `more` are header lines of ours. */
void awswire_answer(const struct value *exchange, const char *more, struct buf *out);
/* Is its signature right for the secret key? Recomputed from what was received. */
bool awswire_signed(struct arena *arena, const struct wire_request *r, const char *secret,
                    const char *token, const char **ret_what);

/* ---- a server of them all ---- */

struct wire; /* opaque */
struct wire_options {
    unsigned throttle_percent; /* of the requests are refused first */
    /* What was recorded otherwise only (another region, account or parameters) is answered with
     * that: for scans of more than what was recorded. */
    bool any;
};
struct wire *awswire_open(const char *shared, const struct wire_options *o); /* NULL: not there */
void awswire_close(struct wire *w);
void awswire_serve(void *ctx, struct str request, struct buf *out); /* an httpd_fn; ctx: the wire */
void awswire_counts(const struct wire *w, unsigned *ret_answered, unsigned *ret_unknown,
                    unsigned *ret_throttled);

#endif
