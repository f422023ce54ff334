/* data_priv.h - the text files that are compiled in: prompts and prices. */
#ifndef RUNBOOK_CONTEXT_DATA_PRIV_H
#define RUNBOOK_CONTEXT_DATA_PRIV_H

struct context_data {
    const char *name, *text; /* the file's name without folder and ending */
};
extern const struct context_data context_data[]; /* made by embed.awk; ends with a NULL name */
const char *context_text(const char *name);      /* a name that is not there is a bug */

#endif
