/* accounts_file.h - accounts of services.yaml, added and removed as text: comments and all else
 * stay as they are. What would be read back otherwise than it was meant is not written. */
#ifndef RUNBOOK_SRC_APP_ACCOUNTS_FILE_H
#define RUNBOOK_SRC_APP_ACCOUNTS_FILE_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"

struct new_account {
    const char *name;
    const char *number; /* the 12 digits; "" or NULL: those of the role, if there is one */
    const char *profile, *role_arn, *external_id, *mfa_serial; /* NULL: none */
    const char *const *regions;
    size_t region_count;
    bool is_default;
};

/* Are they of the form that they have to be? ERR_INPUT names the option. */
enum err_code account_check(const struct new_account *a, struct err *err);
/* One field of it, as it was typed; the message names none. */
enum err_code account_check_name(const char *name, struct err *err);
enum err_code account_check_role(const char *arn, struct err *err);
enum err_code account_check_device(const char *serial, struct err *err);
/* `file` for messages. Appends the new text to `out`. ERR_INPUT: there is one of that name, or the
 * layout is one that is not changed here (with the line). With is_default the others are not it
 * any more. */
enum err_code accounts_add_text(const char *file, struct str text, const struct new_account *a,
                                struct buf *out, struct err *err);
/* By name or number. ERR_NOT_FOUND. */
enum err_code accounts_remove_text(const char *file, struct str text, const char *name,
                                   struct buf *out, struct err *err);
/* Where that account is looked at; none: the list is empty, and its keys' region is it. */
enum err_code accounts_regions_text(const char *file, struct str text, const char *name,
                                    const char *const *regions, size_t count, struct buf *out,
                                    struct err *err);
/* What is watched: aws.services; none: the list is empty, which is everything. */
enum err_code accounts_scope_text(const char *file, struct str text, const char *const *services,
                                  size_t count, struct buf *out, struct err *err);

#endif
