/* data_priv.h - the definitions that are compiled in: made by embed.sh. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_DATA_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_DATA_PRIV_H

#include "runbook/base/str.h"

struct aws_data {
    const char *id, *group, *name, *signing;
    unsigned at, size; /* of aws_data_bytes, packed by gzip */
};
extern const struct aws_data aws_data[]; /* sorted as the files; ends with a NULL id */
extern const unsigned char aws_data_bytes[];

#endif
