/* wire.h - a call of AWS as an HTTP request, an HTTP answer as values: the five protocols. Pure: no
 * clock, no connection, no signature.
 * Values are trees of codec/value.h: a blob is a string of its bytes (an answer's that is no UTF-8
 * stays base64), a timestamp a number of seconds since 1970, a map an object, and floats that JSON
 * cannot hold are the strings "NaN", "Infinity" and "-Infinity".
 * Source: Smithy, "AWS protocols" (awsQuery, ec2Query, awsJson1_0, awsJson1_1, restJson1, restXml);
 * tested with botocore's protocol cases. */
#ifndef RUNBOOK_SERVICE_AWS_WIRE_H
#define RUNBOOK_SERVICE_AWS_WIRE_H

#include "runbook/service/aws/shape.h"

struct aws_header {
    const char *name, *value;
};

struct aws_call {
    const struct aws_model *model;
    const struct aws_operation *operation;
    const struct value *params; /* an object, or NULL */
    const char *token;          /* for members that want an idempotency token; NULL: none */
};

/* Everything lives in the arena. */
struct aws_request {
    const char *method;
    const char *target;         /* path and query, encoded */
    const char *host_prefix;    /* to be put before the host: "data." or "" */
    struct aws_header *headers; /* without Host and those of the signature */
    size_t header_count;
    struct str body;
};

/* ERR_INPUT names the parameter that is unknown, missing in the path or of another type. */
enum err_code aws_request_build(struct arena *arena, const struct aws_call *call,
                                struct aws_request *ret, struct err *err);

struct aws_answer {
    int status;
    const struct aws_header *headers;
    size_t header_count;
    struct str body;
};

/* Value of the first header of that name (any case), or NULL. */
const char *aws_answer_header(const struct aws_answer *a, const char *name);

/* What an answer of 2xx holds, as an object; members that are not there are absent. ERR_INPUT when
 * it cannot be read, with the start of what came instead. */
enum err_code aws_answer_read(struct arena *arena, const struct aws_model *m,
                              const struct aws_operation *op, const struct aws_answer *a,
                              const struct value **ret, struct err *err);

struct aws_failure {
    struct str code;            /* "ThrottlingException"; never empty: "HTTP 503" at least */
    struct str message;         /* as the service said it, or empty */
    const struct value *fields; /* what its shape says besides, or NULL */
};

/* Any other answer. Never fails: what cannot be read has the status as its code. */
void aws_failure_read(struct arena *arena, const struct aws_model *m,
                      const struct aws_operation *op, const struct aws_answer *a,
                      struct aws_failure *ret);

#endif
