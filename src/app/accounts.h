/* accounts.h - the parts of `runbook accounts` that change services.yaml. */
#ifndef RUNBOOK_SRC_APP_ACCOUNTS_H
#define RUNBOOK_SRC_APP_ACCOUNTS_H

#include "src/app/accounts_file.h"
#include "src/app/commands.h"

extern const struct cmd_def accounts_add_def, accounts_remove_def, accounts_scope_def,
    accounts_regions_def;

/* The file is read, changed and written. */
enum err_code accounts_write(const char *file, const struct new_account *a, struct err *err);
/* What is watched from now on; none: everything. */
enum err_code accounts_write_scope(const char *file, const char *const *services, size_t count,
                                   struct err *err);

/* The account and what is watched from now on, in one write. */
enum err_code accounts_write_watched(const char *file, const struct new_account *a,
                                     const char *const *services, size_t count, struct err *err);

/* The chain: role, permissions, regions, scan, inventory, services, watch. A stage appears once, in
 * order; one that fails is the last, with its cause. Nothing is written before the scan was kept.
 * `services`: what is watched; none: a person is asked, else those in which something was found.
 */
struct onboarding {
    struct app *app;
    const char *file;
    struct new_account account;
    const char *const *services;
    size_t service_count;
    bool all; /* everything is watched */
};
int accounts_onboard(const struct onboarding *o);

#endif
