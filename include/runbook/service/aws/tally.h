/* tally.h - what the calls of one question came to so far: how many of how many have ended, what
 * came, what was throttled, denied or failed, by service and region. The client keeps it, whoever
 * asked reads it at any time. Pure.
 *
 * A tally is named in the query (aws_query.tally) and borrowed until the call has ended or was
 * abandoned. Calls that a question makes later are known when they are made: `known` grows. */
#ifndef RUNBOOK_SERVICE_AWS_TALLY_H
#define RUNBOOK_SERVICE_AWS_TALLY_H

#include "runbook/codec/json.h"
#include "runbook/service/aws/client.h"

#define AWS_TALLY_PLACES_MAX 128 /* services and regions; further ones are only counted */

struct aws_tally_place {
    char service[40], region[40]; /* region "": global, or the account's own */
    char operation[64];           /* of the call that ended so badly; "" */
    size_t done, known;           /* calls */
    size_t waiting;               /* that wait, throttled, to be sent again */
    size_t bad;                   /* calls that neither came nor are absent there */
    enum aws_end end;             /* the worst */
};

struct aws_tally {
    size_t done, known;
    size_t items, pages;
    size_t throttled; /* answers that said so, also when the call came in the end */
    struct aws_tally_place places[AWS_TALLY_PLACES_MAX];
    size_t place_count;
    void (*on_change)(void *ctx); /* after each change, from the loop; NULL: nobody listens */
    void *ctx;
};

/* For the client: a call was made, a page came, it waits to be sent again, it has ended. `t` NULL:
 * nobody counts. */
void aws_tally_begin(struct aws_tally *t, struct str service, const char *region);
void aws_tally_page(struct aws_tally *t, size_t items);
void aws_tally_again(struct aws_tally *t, struct str service, const char *region, bool throttled);
void aws_tally_sent(struct aws_tally *t, struct str service, const char *region);
void aws_tally_end(struct aws_tally *t, struct str service, const char *region,
                   struct str operation, enum aws_end end);

/* "7 of 11 calls", and behind that what is wrong, the worst first: "; cloudtrail LookupEvents not
 * permitted; config throttled, asked again". */
void aws_tally_words(const struct aws_tally *t, struct buf *out);
void aws_tally_trouble(const struct aws_tally *t, struct buf *out); /* the second half alone */
/* Members of an object that is open: done, known, items, pages, throttled, places. */
void aws_tally_json(const struct aws_tally *t, struct json_writer *w);

#endif
