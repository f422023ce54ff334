/* operation.h - something that is to be done, parsed. Risk and policy look at this alone, never at
 * free text; a card that a person approves is written from it.
 * All strings are borrowed and may be NULL, which reads as "". Whoever makes one fills in what it
 * knows; what is missing counts as the worse case: no environment as production where policy
 * decides, no count of targets as many, no row in the table as high. */
#ifndef RUNBOOK_POLICY_OPERATION_H
#define RUNBOOK_POLICY_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"
#include "runbook/model/risk.h"

/* What kind of verb it is (C-06). Unknown counts as a deletion. */
enum op_kind { OP_READ, OP_WRITE, OP_DELETE, OP_UNKNOWN };
#define OP_KINDS (OP_UNKNOWN + 1)
/* Where it happens, the worst that the environment, the tags and the name say. */
enum op_scope { SCOPE_DEV, SCOPE_STAGING, SCOPE_UNKNOWN, SCOPE_PROD };
#define OP_SCOPES (SCOPE_PROD + 1)

enum op_flags {
    OP_FORCE = 1,      /* asks to override what would refuse: --force, -f */
    OP_RECURSIVE = 2,  /* with all that is below it */
    OP_ALL = 4,        /* everything of its kind: --all, a matcher that matches anything */
    OP_NO_CHECKS = 8,  /* leaves a safeguard out: --no-verify, --skip-final-snapshot */
    OP_PRIVILEGED = 16 /* as root or as somebody else: sudo, doas */
};

struct op_tag {
    const char *key, *value;
};

struct operation {
    const char *provider; /* "host", "alertmanager", "git", "aws" */
    const char *service;  /* "unit", "silence", "rds" */
    const char *verb;     /* "restart", "delete-db-instance", "DeleteDBInstance" */
    const char *resource_type, *resource_id, *resource_name;
    const char *environment; /* "prod"; "" when nobody said */
    const char *account, *region, *namespace;
    const struct op_tag *tags;
    size_t tag_count;
    size_t targets;  /* how many resources it touches; 0: not counted */
    bool reversible; /* it can be undone, and the plan says how */
    unsigned flags;  /* enum op_flags */
    enum risk floor; /* of the provider's own row: risk is never below it */
    /* A verb that the table does not know and that the user's configuration classifies (a tool of
     * an MCP server). */
    bool classified;
    enum risk classified_as;
    /* What is run or sent: an argument vector, or a request. Either may be empty. */
    const char *const *argv;
    size_t argc;
    const char *method, *url;
    const char *act;    /* the name under which it was proposed, when it is another; NULL: none */
    const char *params; /* all parameters, one JSON object in a fixed order; NULL: not known */
    const char *const *paths; /* files that it touches, as they were given or resolved */
    size_t path_count;
};

/* "host.unit.restart", in the table's spelling. Appends. */
void operation_name(const struct operation *op, struct buf *out);
/* "nginx.service": the name, else the id, else "". */
const char *operation_resource(const struct operation *op);
const char *op_kind_name(enum op_kind k);   /* "read", "write", "delete", "unknown" */
const char *op_scope_name(enum op_scope s); /* "dev", "staging", "unknown", "prod" */
bool op_scope_from_name(struct str name, enum op_scope *ret);

/* Spelling. Both append.
 * operation_fold: a verb as the table writes it: "DeleteDBInstance", "delete_db_instance" and
 * " DELETE-DB-INSTANCE" all become "deletedbinstance".
 * operation_skeleton: what a name looks like: full-width, mathematical, Cyrillic and Greek letters
 * and digits that stand for letters become these, invisible characters and separators go. False
 * when the name held characters that an identifier has no business with. */
void operation_fold(struct buf *out, struct str word);
bool operation_skeleton(struct buf *out, struct str name);

#endif
