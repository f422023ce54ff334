#!/bin/sh
# test_act_faults.sh - what goes wrong while something is changed, on a machine of its own: see act_faults.c.
here=${RB_SRCDIR:-.}/tests/e2e
exec sh "$here/../../build-aux/tap-run" sh "$here/act_machine.sh" sh "$here/act_services.sh" "${RB_BUILDDIR:-.}/tests/e2e/act_faults" "$@"
