/* choose.h - services by their names, by a category, or all; what was chosen to be watched is all
 * that a category or "all" means. Pure. */
#ifndef RUNBOOK_SERVICE_AWS_CHOOSE_H
#define RUNBOOK_SERVICE_AWS_CHOOSE_H

#include "runbook/service/aws/estate.h"

#define AWS_CHOICE_MAX 256
struct aws_choice {
    const char *services[AWS_CHOICE_MAX]; /* ids, or "ec2:instance"; each once */
    size_t count;
};

/* A service that is named is chosen also when it is not watched. ERR_NOT_FOUND names the nearest;
 * ERR_INPUT the kinds that there are. `name` lives as long as the choice. */
enum err_code aws_choose_service(const struct aws_estate *e, struct aws_choice *c, const char *name,
                                 struct err *err);
/* ERR_INPUT lists the categories. */
enum err_code aws_choose_category(const struct aws_estate *e, struct aws_choice *c,
                                  const char *category, struct err *err);
void aws_choose_all(const struct aws_estate *e, struct aws_choice *c);
/* Is it watched? Everything is when nothing was chosen. */
bool aws_watched(const struct aws_estate *e, const char *service);

#endif
