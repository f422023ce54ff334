/* service.h - a service of AWS as a definition file says it is: where it answers, which lists can
 * be read, how they page, and how an item becomes a resource. Pure.
 *
 * A definition names things as they are on the wire; paths go through lists ("reservationSet.item.
 * instancesSet.item"). What a file does not say follows the protocol: parameters travel in the
 * body, in the path where it names them, and for GET in the query. Source: AWS's API references;
 * doc/AWS.md describes the format. */
#ifndef RUNBOOK_SERVICE_AWS_SERVICE_H
#define RUNBOOK_SERVICE_AWS_SERVICE_H

#include "runbook/codec/xml.h"
#include "runbook/service/aws/wire.h"

/* What of an item is what of a resource. */
enum aws_part {
    AWS_PART_ID,
    AWS_PART_NAME,
    AWS_PART_ARN,
    AWS_PART_STATE,
    AWS_PART_CREATED,
    AWS_PART_TAGS,
};
#define AWS_PARTS (AWS_PART_TAGS + 1)
const char *aws_part_name(enum aws_part p); /* "id" */

struct aws_parameter {
    struct str name, wire;
    enum aws_place place;
    enum aws_type type; /* AWS_STRUCTURE: as the value is given */
};

struct aws_list {
    struct str name; /* of the operation */
    struct str method, uri, host_prefix;
    const struct str *needs; /* required parameters */
    size_t need_count;
    const struct aws_parameter *params; /* those that do not follow the protocol */
    size_t param_count;
    /* Page tokens: what is sent, where in an answer it comes. "A || B[-1].C": A, else C of the last
     * B. */
    const struct str *send, *next;
    size_t page_count;
    struct str limit, more; /* parameter of the page size; a flag that says there is more; or "" */
    struct str items;       /* path of the list in an answer; empty: the answer itself */
    struct str resource;    /* "db-instance" */
    const struct str *url_encoded; /* members of an item that come percent-encoded */
    size_t url_encoded_count;
    struct str part[AWS_PARTS]; /* paths in an item; empty: it has none; "." is the item itself */
};

struct aws_service {
    struct str id, name, group;
    struct str host, signing;
    struct str signing_region; /* of a global service; empty: the region of the call */
    struct str host_china, host_gov;
    struct aws_model wire; /* the protocol; no shapes */
    const struct aws_list *lists;
    size_t list_count;
};

/* `name` is the file's, for messages: ERR_INPUT with line, column and what is allowed. */
enum err_code aws_service_load(struct arena *arena, struct str yaml, const char *name,
                               struct aws_service *ret, struct err *err);
const struct aws_list *aws_service_list(const struct aws_service *s, struct str operation);

/* A call of `l`; parameters that are needed and not there are ERR_INPUT. */
enum err_code aws_list_request(struct arena *arena, const struct aws_service *s,
                               const struct aws_list *l, const struct value *params,
                               struct aws_request *ret, struct err *err);

struct aws_page {
    const struct value *items; /* an array, never NULL */
    const struct value *next;  /* parameters of the next page, or NULL: this was the last one */
};

/* `params` are those of the call that was answered. */
enum err_code aws_list_read(struct arena *arena, const struct aws_service *s,
                            const struct aws_list *l, const struct value *params,
                            const struct aws_answer *a, struct aws_page *ret, struct err *err);
/* A part of an item as a value, or NULL. */
const struct value *aws_item_part(const struct aws_list *l, enum aws_part p,
                                  const struct value *item);

/* An element as a value: a leaf is a string, children are members; several of one name, and those
 * named "member" or "item", are an array. */
const struct value *aws_xml_value(struct arena *arena, const struct xml_node *n);

/* "ec2.eu-west-1.amazonaws.com", and the region to sign for. Both in the arena. */
void aws_service_host(struct arena *arena, const struct aws_service *s, const char *region,
                      const char **ret_host, const char **ret_signing_region);

#endif
