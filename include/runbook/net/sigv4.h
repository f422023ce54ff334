/* sigv4.h - AWS Signature Version 4: a request and credentials become an Authorization header or a
 * signed query. Pure: the time comes in. Signed here and not by libcurl, whose 7.88 signs a path
 * with ":" in it wrongly and leaves out what S3 demands.
 * Source: AWS, "Create a signed AWS API request"; tested with the vectors of aws-c-auth. */
#ifndef RUNBOOK_NET_SIGV4_H
#define RUNBOOK_NET_SIGV4_H

#include "runbook/base/str.h"
#include "runbook/codec/hash.h"

struct sigv4_header {
    struct str name, value;
};

struct sigv4_request {
    const char *method;
    struct str target; /* path and query as they are sent: "/model/a%3A0/invoke?x=1" */
    const struct sigv4_header *headers; /* Host among them; every one is signed */
    size_t header_count;
    struct str body;
};

struct sigv4_options {
    struct str access_key, secret_key;
    struct str session_token; /* empty: none */
    const char *region, *service;
    int64_t wall_ms;
    bool keep_path;     /* S3: no "." or ".." is taken out; every other service: false */
    bool sign_body;     /* add x-amz-content-sha256 */
    bool token_outside; /* the session token is sent, but is not part of what is signed */
    unsigned expires_s; /* of a signed query */
};

struct sigv4 {
    struct buf canonical, to_sign; /* for tests and for finding out why a server refuses */
    char signature[SHA256_HEX];
    char date[17]; /* X-Amz-Date: "20150830T123600Z" */
    char body_hash[SHA256_HEX];
    struct buf authorization; /* of sigv4_sign() */
    struct buf target;        /* of sigv4_presign() */
};
void sigv4_init(struct sigv4 *s);
void sigv4_release(struct sigv4 *s); /* wipes */

/* Header form. To be sent besides the request's own headers: Authorization, X-Amz-Date,
 * X-Amz-Security-Token when there is a token, x-amz-content-sha256 with sign_body. */
void sigv4_sign(const struct sigv4_options *o, const struct sigv4_request *r, struct sigv4 *ret);
/* Query form: `target` is to be requested. */
void sigv4_presign(const struct sigv4_options *o, const struct sigv4_request *r, struct sigv4 *ret);

#endif
