/* scan_params.h - the parameters of a scan's call (inventory.c), made one by one. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_SCAN_PARAMS_H
#define RUNBOOK_SRC_SERVICE_AWS_SCAN_PARAMS_H

#include "runbook/service/aws/service.h"

struct scan_params {
    struct arena *arena; /* whoever takes the parameters takes it, too */
    struct value *object;
    size_t room;
};

void scan_params_init(struct scan_params *p, size_t room);
struct value *scan_params_add(struct scan_params *p, struct str key);
void scan_params_text(struct scan_params *p, struct value *v, struct str text);
/* `with` of the definition; "{account}" is the account's number. False: it is not known. */
bool scan_params_with(struct scan_params *p, const char *account, const struct aws_list *l);

#endif
