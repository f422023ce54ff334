/* fuzz_policy.c - any policy.yaml: it loads or says where it is wrong, and whatever it says, the
 * blacklist and the floors hold. A-31 C-30 */
#include "tests/fuzz/targets.h"

#include <string.h>

#include "runbook/policy/policy.h"

static enum policy_act act(const struct policy *p, const struct operation *op, int64_t now)
{
    struct policy_user who = {.name = "alice", .uid = 1000};
    struct policy_decision d;

    policy_decide_facts(p, op, NULL, &who, now, NULL, &d);
    FUZZ_CHECK(d.count > 0 && d.count <= POLICY_FIRED_MAX);
    return d.act;
}

void fuzz_policy(struct str input)
{
    const struct operation power = {.provider = "host",
                                    .service = "machine",
                                    .verb = "power-off",
                                    .resource_name = "x",
                                    .environment = "dev",
                                    .targets = 1};
    const struct operation drop = {.provider = "aws",
                                   .service = "rds",
                                   .verb = "delete-db-instance",
                                   .resource_name = "db",
                                   .environment = "production",
                                   .targets = 1};
    const struct operation read = {.provider = "host",
                                   .service = "unit",
                                   .verb = "status",
                                   .resource_name = "x",
                                   .targets = 1};
    struct policy *p;
    struct err err;

    if (policy_load(input, "p.yaml", &p, &err)) {
        FUZZ_CHECK(err.msg[0] && strstr(err.msg, "p.yaml"));
        return;
    }
    for (int64_t now = 0; now < 8 * 86400000LL; now += 86400000LL) {
        FUZZ_CHECK(act(p, &power, now) == POLICY_DENY);
        FUZZ_CHECK(act(p, &drop, now) >= POLICY_TYPED);
        act(p, &read, now);
    }
    policy_free(p);
}
