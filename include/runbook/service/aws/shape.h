/* shape.h - what goes into a call of AWS and what comes out of it: shapes, members, operations.
 * Read from a description (a tree of the names that AWS's own service models use) into an arena;
 * nothing changes afterwards. What a description does not say has the protocol's default.
 * Source: botocore's service models; the Smithy specifications of the AWS protocols. */
#ifndef RUNBOOK_SERVICE_AWS_SHAPE_H
#define RUNBOOK_SERVICE_AWS_SHAPE_H

#include "runbook/codec/value.h"

enum aws_protocol { AWS_EC2, AWS_QUERY, AWS_JSON, AWS_REST_JSON, AWS_REST_XML };
#define AWS_PROTOCOLS (AWS_REST_XML + 1)
const char *aws_protocol_name(enum aws_protocol p); /* "rest-json" */
bool aws_protocol_from_name(struct str name, enum aws_protocol *ret);

enum aws_type {
    AWS_STRUCTURE,
    AWS_LIST,
    AWS_MAP,
    AWS_STRING,
    AWS_INTEGER,
    AWS_LONG,
    AWS_FLOAT,
    AWS_DOUBLE,
    AWS_BOOLEAN,
    AWS_TIMESTAMP,
    AWS_BLOB,
};

enum aws_place {
    AWS_IN_BODY,
    AWS_IN_PATH,
    AWS_IN_QUERY,
    AWS_IN_HEADER,
    AWS_IN_HEADERS, /* a map; `wire` is the prefix of their names */
    AWS_IN_STATUS,  /* the status code of an answer */
};

enum aws_time_form { AWS_TIME_DEFAULT, AWS_TIME_ISO8601, AWS_TIME_RFC822, AWS_TIME_UNIX };

struct aws_shape;

/* A shape where it is used: what is said here wins over what the shape says of itself. */
struct aws_member {
    struct str name;       /* the model's */
    struct str wire;       /* locationName; empty: the name */
    struct str query_name; /* of the ec2 protocol; empty: none */
    const struct aws_shape *shape;
    enum aws_place place;
    enum aws_time_form time;
    struct str ns_uri, ns_prefix; /* xmlNamespace; empty: none */
    bool flattened, attribute, host_label, json_value, token;
};

struct aws_shape {
    struct str name;
    enum aws_type type;
    struct aws_member *members; /* of a structure */
    size_t count;
    struct aws_member item;           /* of a list; of a map the value */
    struct aws_member key;            /* of a map */
    const struct aws_member *payload; /* the member that is the whole body, or NULL */
    struct str error_code;            /* of an exception on the wire; empty: its name */
    enum aws_time_form time;
    struct str wire, ns_uri, ns_prefix;
    bool flattened, document, one_of;
};

struct aws_operation {
    struct str name;
    struct str method, uri; /* "/": of the protocols that always post there */
    struct str host_prefix;
    struct aws_member input, output; /* shape NULL: none */
    const struct aws_shape **errors;
    size_t error_count;
    bool checksum; /* the body's MD5 goes along */
};

struct aws_model {
    enum aws_protocol protocol;
    struct str api_version, json_version, target_prefix;
    bool query_compatible; /* errors carry their older code in a header */
    struct aws_shape *shapes;
    size_t shape_count;
};

/* `metadata` and `shapes` as in a service model. ERR_INPUT names the shape and the member. */
enum err_code aws_model_load(struct arena *arena, const struct value *metadata,
                             const struct value *shapes, struct aws_model *ret, struct err *err);
/* One member of a service model's "operations". */
enum err_code aws_operation_load(struct arena *arena, const struct aws_model *m,
                                 const struct value *operation, struct aws_operation *ret,
                                 struct err *err);
const struct aws_shape *aws_shape(const struct aws_model *m, struct str name);
const struct aws_member *aws_member(const struct aws_shape *s, struct str name);
/* The name on the wire. */
struct str aws_wire_name(const struct aws_member *m);

#endif
