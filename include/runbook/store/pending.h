/* pending.h - boxes in which requests wait for persons at other terminals: a folder with
 * ID.request, what is asked, and ID.XXXX.answer or ID.XXXX.token, what somebody else put there.
 * The box of one's own is <state>/pending, 0700. A shared one belongs to root or to oneself; where
 * others may write in it, it has the sticky bit, so that nobody takes another's file away.
 * What a file says of its author is his word; whom it belongs to is the kernel's. A file counts
 * only when it is an ordinary one, has one name, and nobody but its owner can write it. These calls
 * block, briefly. */
#ifndef RUNBOOK_STORE_PENDING_H
#define RUNBOOK_STORE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/base/vec.h"

#define PENDING_MAX ((size_t)256 << 10) /* of one file */

char *pending_own(const char *state_dir); /* the caller frees */
bool pending_id_ok(const char *id);       /* "m4k2x9q": what may be in a name */
/* Made when it is one's own and missing; else why it cannot be trusted. */
enum err_code pending_open(const char *box, bool shared, struct err *err);

/* Say what is asked. An earlier file of this name goes. */
enum err_code pending_ask(const char *box, bool shared, const char *id, struct str json,
                          struct err *err);
/* What is asked, and the user id that it belongs to. ERR_NOT_FOUND: nothing of this name. */
enum err_code pending_read(const char *box, const char *id, struct buf *out, int64_t *ret_uid,
                           struct err *err);
/* Put an answer there; `kind` is "answer" or "token". */
enum err_code pending_answer(const char *box, bool shared, const char *id, const char *kind,
                             struct str text, struct err *err);
/* It was answered: request and answers go, as far as they are one's own. */
void pending_drop(const char *box, const char *id);

struct pending_file {
    char name[64], id[16];
    bool token;  /* else an answer */
    int64_t uid; /* of its owner */
    uint64_t inode;
    int64_t mtime_ns;
    struct buf text;
};
struct pending_files {
    VEC(struct pending_file) list;
};
/* Answers and tokens of all requests; those that do not count are left out. */
void pending_answers(const char *box, struct pending_files *ret);
void pending_files_release(struct pending_files *f);
/* The ids of what is asked, sorted. The caller frees each and the list. */
char **pending_asked(const char *box, size_t *ret_count);

/* Use a token's number up. False: it was used before, or that cannot be noted. */
bool pending_use_token(const char *state_dir, const char *token, struct err *err);

#endif
