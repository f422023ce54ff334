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

/* A parameter that does not follow the protocol, or a member of one: "Filter.CreatedAfter" goes
 * through lists by itself, "*" is any member. */
struct aws_parameter {
    struct str name, wire;
    struct str items; /* what a list calls its items; empty: as list_items says */
    enum aws_place place;
    bool placed;        /* the file says where; else as the protocol has it */
    enum aws_type type; /* AWS_STRUCTURE: as the value is given */
    bool flat;          /* a list without an element around its items */
};

/* What a member of an item says of another resource. */
struct aws_relation_def {
    struct str path;  /* goes through lists; "@Name": of the call's parameters */
    const char *type; /* "runs-in": a word of relations.h */
    struct str kind;  /* "ec2:subnet"; empty: any, an ARN says it */
    bool inverse;     /* the other one is that of this one: an instance is member of its group */
};

#define AWS_HEAD_MAX 48
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
    struct str resource;    /* "db-instance": a scan asks for it; empty: it does not */
    const struct value *with; /* parameters of a scan, or NULL */
    /* In a scan it is asked once for each item of the list `source`, whose id goes into `each`;
     * with a batch that many at a time, as a list. `carry` are parameters of the source's call.
     * The source may be a list of another service; with a member, that is what goes into `each`,
     * each different value once. */
    struct str each, source, source_service, source_member;
    /* A scan asks for it once with each of these values of the parameter `each`, which then has no
     * source; what is not found for one of them is nothing. NULL: it does not. */
    const struct value *values;
    bool once;          /* a scan asks for it in one region: it answers for all */
    struct str once_in; /* ... in this one, where the partition has it; empty: the scan's first */
    bool aside;         /* it is asked when its kind is named, and not by a scan of the service */
    bool stands_in;     /* its items are resources only where no other list has that ARN */
    double rate; /* requests a second that an account may make in a region; 0: not limited here */
    unsigned batch; /* 0: one at a time, as a plain value */
    const struct str *carry;
    size_t carry_count;
    const struct str *url_encoded; /* members of an item that come percent-encoded */
    size_t url_encoded_count;
    /* Paths in an item; empty: it has none; "." is the item itself. */
    struct str part[AWS_PARTS];
    /* The same of a resource; with "=" it is made of several (aws_item_made). */
    struct str known_by[AWS_PARTS];
    const struct aws_relation_def *relations;
    size_t relation_count;
    /* Its items are no resources, but say relations of one that the call names: its kind, and
     * the parameter. Empty: they do not. */
    struct str about_kind, about;
    /* Further lists of the same answer, with items, parts, resource and relations of their own. */
    const struct aws_list *also;
    size_t also_count;
    /* An answer of bytes: the member that they are, base64 where they are no text; then the answer
     * has no other form. And members that come as headers, {ETag: ETag}: they are all that there
     * is, or stand in front of the body's where the answer itself is the one item. */
    struct str text;
    const struct value *head;
    /* Actions of IAM that it needs; none: PREFIX:Operation. Source: Service Authorization
     * Reference. */
    const struct str *permissions;
    size_t permission_count;
    bool free_for_all; /* nobody can forbid it: it needs no permission */

    /* Of a closed one: why nobody may ask it. Empty: it may be asked. */
    struct str why;
    bool no_keys; /* it is sent without a signature */

    struct str root;  /* of rest-xml: the body's first element, where it is no payload */
    struct str xmlns; /* of the body */
    bool checksum;    /* the body's MD5 goes along */

    /* ---- of a change only ---- */
    bool changes;
    const struct str *acts; /* rows of the mutation engine that do it: "aws.ec2.stop" */
    size_t act_count;
    struct str token;   /* the parameter that makes a second request the same as the first */
    struct str dry_run; /* the flag that only asks whether it would be permitted */
    struct str payload; /* the parameter that is the whole body */
};

struct aws_service {
    struct str id, name, group;
    struct str host, signing;
    struct str signing_region; /* of a global service; empty: the region of the call */
    struct str host_china, host_gov;
    struct str host_fips, host_dualstack; /* empty: as most services have it */
    const struct value *list_items;     /* what items of a parameter\'s list are called; or NULL */
    const struct value *headers;        /* that every request carries; or NULL */
    const struct aws_parameter *params; /* of all operations that do not say otherwise */
    size_t param_count;
    bool path_tail;        /* what goes into the path is cut to what is behind its last slash */
    struct str sdk;        /* what the SDKs' settings call it: "cloudwatch_logs"; empty: the id */
    struct str arn;        /* in ARNs; empty: `signing` */
    struct aws_model wire; /* the protocol; no shapes */
    struct str iam;        /* prefix of its actions in IAM; empty: `arn`, else `signing` */
    struct str same_as;    /* it is another form of that service: what it lists is that one's */
    struct str off;        /* what it means that it is switched off: "no support plan"; or empty */
    const struct aws_list *lists;
    size_t list_count;
    /* What changes something: sent by the mutation engine alone, by aws_change(). */
    const struct aws_list *changes;
    size_t change_count;
    /* What is known and asked by nobody, as it gives keys or passwords or takes messages away: no
     * call of the client sends it, no list of operations has it. */
    const struct aws_list *closed;
    size_t closed_count;
};

/* `name` is the file's, for messages: ERR_INPUT with line, column and what is allowed. */
enum err_code aws_service_load(struct arena *arena, struct str yaml, const char *name,
                               struct aws_service *ret, struct err *err);
/* The same for a file that says `extends: ID`: its operations come before those of `base`, which
 * is loaded already and lives as long. */
enum err_code aws_service_extend(struct arena *arena, struct str yaml, const char *name,
                                 const struct aws_service *base, struct aws_service *ret,
                                 struct err *err);
/* The id that a file extends; empty: none. A file that cannot be read has none. */
struct str aws_service_base(struct arena *arena, struct str yaml);
const struct aws_list *aws_service_list(const struct aws_service *s, struct str operation);
const struct aws_list *aws_service_change(const struct aws_service *s, struct str operation);
const struct aws_list *aws_service_closed(const struct aws_service *s, struct str operation);
/* The n-th action of IAM that an operation or change needs: "ec2:StopInstances". False: there are
 * no more. */
bool aws_service_action(const struct aws_service *s, const struct aws_list *l, size_t n,
                        struct buf *out);

/* A call of `l`; parameters that are needed and not there are ERR_INPUT. */
enum err_code aws_list_request(struct arena *arena, const struct aws_service *s,
                               const struct aws_list *l, const struct value *params,
                               struct aws_request *ret, struct err *err);

struct aws_page {
    const struct value *items;       /* an array, never NULL */
    const struct value *const *also; /* as many as the list has; NULL: it has none */
    const struct value *next; /* parameters of the next page, or NULL: this was the last one */
    const struct value *json; /* the whole answer, in one of the two forms */
    const struct xml_node *xml;
};

/* `params` are those of the call that was answered. */
enum err_code aws_list_read(struct arena *arena, const struct aws_service *s,
                            const struct aws_list *l, const struct value *params,
                            const struct aws_answer *a, struct aws_page *ret, struct err *err);
/* A part of an item as a value, or NULL. */
const struct value *aws_item_part(const struct aws_list *l, enum aws_part p,
                                  const struct value *item);

/* The member at a path, or NULL: "a.b". */
const struct value *aws_value_at(const struct value *v, struct str path);
/* A part of an item that is made of several, "={ServiceNamespace}/{ResourceId}"; "{arn:tail}" is
 * what stands behind the last slash or colon. False: a member of it is missing. */
bool aws_item_made(struct buf *out, struct str form, const struct value *item);
/* What stands behind the last slash or colon. */
struct str aws_tail(struct str s);

/* An element as a value: a leaf is a string; children of one name alone, when they are several or
 * named "member" or "item", are an array; else attributes and children are members, and what comes
 * several times is an array. */
const struct value *aws_xml_value(struct arena *arena, const struct xml_node *n);

#endif
