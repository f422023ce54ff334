/* risk.c - see risk.h. */
#include "runbook/model/risk.h"

static const char *const names[RISKS] = {[RISK_READ] = "read",
                                         [RISK_LOW] = "low",
                                         [RISK_MEDIUM] = "medium",
                                         [RISK_HIGH] = "high",
                                         [RISK_CRITICAL] = "critical"};

const char *risk_name(enum risk r)
{
    return names[r];
}

bool risk_from_name(struct str name, enum risk *ret)
{
    if (str_ends(name, "_risk"))
        name.len -= sizeof("_risk") - 1;
    for (int i = 0; i < RISKS; i++) {
        if (!str_eq_c(name, names[i]))
            continue;
        *ret = (enum risk)i;
        return true;
    }
    return false;
}
