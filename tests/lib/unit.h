/* unit.h - what every unit test includes: cmocka in the order it wants, and a main. */
#ifndef RUNBOOK_TESTS_UNIT_H
#define RUNBOOK_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

/* Fail with the message of `err` when `rc` is not ERR_OK. */
#define assert_ok(rc, err)                                                                         \
    do {                                                                                           \
        if ((rc) != ERR_OK)                                                                        \
            fail_msg("%s: %s", #rc, (err)->msg);                                                   \
    } while (0)
#define assert_str(s, expected)                                                                    \
    do {                                                                                           \
        struct str s_ = (s);                                                                       \
        if (!str_eq_c(s_, (expected)))                                                             \
            fail_msg("%s is \"%.*s\", not \"%s\"", #s, STR_FMT(s_), (expected));                   \
    } while (0)

#endif
