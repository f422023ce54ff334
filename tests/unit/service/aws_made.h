/* aws_made.h - an answer made from an operation's output shape, with every member down to the
 * innermost one, in the protocol's form; and what is to be read of it. */
#ifndef RUNBOOK_TESTS_UNIT_SERVICE_AWS_MADE_H
#define RUNBOOK_TESTS_UNIT_SERVICE_AWS_MADE_H

#include "runbook/service/aws/service.h"

#define HEADERS_MAX 64

struct place {
    char shown[1000], wire[1000];
};

/* An answer while it is made, and when it is made. */
struct making {
    struct arena *arena;
    const struct aws_service *service;
    const struct aws_list *list;
    enum aws_protocol protocol;
    struct buf body;
    struct buf want; /* "path=text", one a line, as it is to be read */
    struct buf wire; /* the same with every element on the way, as definitions name them */
    struct aws_header headers[HEADERS_MAX];
    size_t header_count, per_list;
    unsigned n;
    struct place at;
    bool xml;
    unsigned leaves;
    const char *lost; /* a member that travels in a header and is not read */
};

/* The caller sets arena, list, protocol, the buffers and per_list: how many items each list has. */
void made_answer(struct making *k, const struct aws_operation *op);
/* ".NAME" behind a path; nothing for an empty name. */
void made_append(char *path, size_t size, struct str name);

#endif
