/* wire_priv.h - what the writers and readers of this folder share. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_WIRE_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_WIRE_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/codec/xml.h"
#include "runbook/service/aws/wire.h"

#define BODY_MAX ((size_t)64 << 20)

/* Where we are in the parameters: for messages. */
struct where {
    const struct where *up;
    struct str name;
    size_t index; /* of an item of a list; name is empty */
};

struct writing {
    struct arena *arena;
    const struct aws_call *call;
    struct err *err;
};

struct aws_service;
bool aws_speaks_json(const struct aws_service *s); /* else XML */

/* "Filters.0.Name must be a string, not a number". */
enum err_code wrong_type(struct writing *w, const struct where *at, const char *expected,
                         const struct value *v);
/* ERR_INPUT for a parameter that no member of `s` is. */
enum err_code check_names(struct writing *w, const struct where *at, const struct aws_shape *s,
                          const struct value *v);
/* The member's value: what is given, else a token where one belongs; NULL: not there. */
const struct value *member_value(struct writing *w, const struct aws_member *m,
                                 const struct value *params);
/* Is it part of the body? */
bool in_body(const struct aws_member *m);

/* A scalar as text; blobs as base64. */
enum err_code scalar_text(struct writing *w, const struct where *at, const struct aws_member *m,
                          enum aws_time_form fallback, const struct value *v, struct buf *out);
void time_text(struct buf *out, enum aws_time_form form, double seconds);

enum err_code write_query(struct writing *w, struct buf *body);
/* Body of `m`'s structure; members that travel elsewhere are left out. */
enum err_code write_json(struct writing *w, const struct where *at, const struct aws_member *m,
                         const struct value *v, struct buf *body);
enum err_code write_xml(struct writing *w, const struct where *at, const struct aws_member *m,
                        struct str root, const struct value *v, struct buf *body);
/* Path, query, headers and body of the rest protocols. */
enum err_code write_rest(struct writing *w, struct aws_request *ret);
void add_header(struct writing *w, struct aws_request *r, const char *name, const char *value);

/* ---- reading ---- */

/* Path and query are of requests only: in an answer such a member is in the body. */
bool in_answer_body(const struct aws_member *m);

/* An object or an array that grows. */
struct values {
    VEC(struct value) list;
};

struct reading {
    struct arena *arena;
    const struct aws_model *model;
    struct err *err;
};

/* A new value at the end; its key is copied. */
struct value *values_add(struct reading *r, struct values *vs, struct str key);
/* Moves them into the arena and frees the rest. */
void values_end(struct reading *r, struct values *vs, enum value_type type, struct value *ret);
/* A string of valid UTF-8 without NUL. */
void set_string(struct reading *r, struct value *v, struct str s);
/* A scalar from text (headers, XML): false when it is none. */
bool scalar_read(struct reading *r, const struct aws_member *m, enum aws_time_form fallback,
                 struct str text, struct value *ret);
bool time_read(struct str text, enum aws_time_form form, double *ret_seconds);

/* `ret` keeps its key. The members of a structure that are not of the body are left out. */
enum err_code read_json(struct reading *r, const struct aws_member *m, const struct value *v,
                        struct value *ret);
enum err_code read_xml(struct reading *r, const struct aws_member *m, const struct xml_node *n,
                       struct value *ret);
/* Members of the structure into `vs`. */
enum err_code read_xml_members(struct reading *r, const struct aws_shape *s,
                               const struct xml_node *n, struct values *vs);
enum err_code read_json_members(struct reading *r, const struct aws_shape *s, const struct value *v,
                                struct values *vs);
/* Headers and the status. */
enum err_code read_heads(struct reading *r, const struct aws_shape *s, const struct aws_answer *a,
                         struct values *vs);

#endif
