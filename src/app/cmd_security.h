/* cmd_security.h - how `runbook security` writes what it found. */
#ifndef RUNBOOK_SRC_APP_CMD_SECURITY_H
#define RUNBOOK_SRC_APP_CMD_SECURITY_H

#include "runbook/tool/aws_security.h"

/* SARIF 2.1.0: the checks that have a finding are rules; a finding is a result whose logical
 * location is the resource and whose artifact is its ARN as a URI. Source: OASIS, "Static Analysis
 * Results Interchange Format (SARIF) Version 2.1.0". */
void security_sarif(const struct security_report *r, struct buf *out);
/* RFC 4180; what a spreadsheet would take for a formula gets a quote before it. */
void security_csv(const struct security_report *r, struct buf *out);

#endif
