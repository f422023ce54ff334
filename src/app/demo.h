/* demo.h - recorded investigations that ship with the program: which there are, where they lie, and
 * their raw results, which stand one after the other in one file. */
#ifndef RUNBOOK_SRC_APP_DEMO_H
#define RUNBOOK_SRC_APP_DEMO_H

#include "runbook/base/err.h"
#include "runbook/model/intent.h"

struct demo {
    const char *name;
    const char *title;  /* what one sees, for the list */
    const char *source; /* of the data */
};

const struct demo *demo_table(void); /* ends with a NULL name; the first is the default */
const struct demo *demo_find(const char *name); /* NULL: there is none */
/* RUNBOOK_DEMO_DIR, the installed ones, or those beside the sources of a program that was not
 * installed. The caller frees. ERR_NOT_FOUND names the places. */
enum err_code demo_path(const struct demo *d, char **ret_journal, struct err *err);

struct demo_blobs;                                      /* opaque */
struct demo_blobs *demo_blobs_new(const char *journal); /* NAME.blobs beside NAME.jsonl */
void demo_blobs_free(struct demo_blobs *b);
struct blob_source demo_blobs_source(struct demo_blobs *b);

#endif
