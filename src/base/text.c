/* text.c - see text.h. */
#include "runbook/base/text.h"
