/* risk_rows.h - the parts of the one table; each ends with an empty row. */
#ifndef RUNBOOK_SRC_POLICY_RISK_ROWS_H
#define RUNBOOK_SRC_POLICY_RISK_ROWS_H

#include "runbook/policy/risk.h"

extern const struct risk_row risk_rows_host[];
extern const struct risk_row risk_rows_cloud[];
extern const struct risk_row risk_rows_other[];

#endif
