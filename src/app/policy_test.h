/* policy_test.h - cases for a policy, in a file. */
#ifndef RUNBOOK_SRC_APP_POLICY_TEST_H
#define RUNBOOK_SRC_APP_POLICY_TEST_H

#include "src/app/policy_open.h"

/* A line for each case into `out`, or objects into `w`. ERR_INPUT names file, line and field. */
enum err_code policy_test_file(struct app *app, const struct policy *p, const char *path,
                               struct buf *out, struct json_writer *w, size_t *ret_count,
                               size_t *ret_bad, struct err *err);

#endif
