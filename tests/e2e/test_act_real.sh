#!/bin/sh
# test_act_real.sh - every operation of the table done for real, on a machine of its own: see act_real.c.
here=${RB_SRCDIR:-.}/tests/e2e
exec sh "$here/../../build-aux/tap-run" sh "$here/act_machine.sh" sh "$here/act_services.sh" "${RB_BUILDDIR:-.}/tests/e2e/act_real" "$@"
