/* demo_approval.c - see demo_approval.h. */
#include "tests/lib/demo_approval.h"

#include "runbook/model/approval.h"

void demo_approval_event(struct event *ev, const struct ev_approval_requested *r,
                         char fingerprint[SHA256_HEX])
{
    *ev = (struct event){.type = EV_APPROVAL_REQUESTED, .actor = "engine"};
    ev->u.approval_requested = *r;
    event_normalize(ev);
    approval_fingerprint(&ev->u.approval_requested, fingerprint);
    ev->u.approval_requested.fingerprint = fingerprint;
}

struct ev_approval_requested demo_failover(int64_t now_ms)
{
    static const char *const evidence[] = {"E4", "E7"};

    return (struct ev_approval_requested){
        .id = "A1",
        .operation = "rds.failover",
        .resource = "payments-db",
        .account = "123456789012",
        .region = "us-east-1",
        .environment = "prod",
        .risk = APPROVAL_CRITICAL,
        .args = STR_LIT("{\"cluster\":\"payments-db\",\"target\":\"payments-db-2\"}"),
        .why = "the writer holds all connections",
        .hypothesis = "H1.1",
        .evidence = {evidence, 2},
        .effect = "writer moves to payments-db-2, about 30 s without writes",
        .before = "writer payments-db-1, 2 replicas, lag 0.1 s",
        .before_ms = now_ms - 8000,
        .rollback = "rds.failover payments-db, target payments-db-1",
        .policy = "prod-critical: typed confirmation",
        .limits = "mutations 1/5  cooldown 0s",
        .expires_ms = now_ms + 272000};
}

struct ev_approval_requested demo_restart(int64_t now_ms)
{
    return (struct ev_approval_requested){.id = "A2",
                                          .operation = "k8s.restart",
                                          .resource = "deployment/checkout",
                                          .environment = "staging",
                                          .risk = APPROVAL_MEDIUM,
                                          .args = STR_LIT("{\"namespace\":\"shop\"}"),
                                          .why = "its pool is stuck",
                                          .effect = "12 pods restart, two at a time",
                                          .before = "12 of 12 ready",
                                          .before_ms = now_ms - 3000,
                                          .rollback = "none is needed",
                                          .policy = "staging: one key",
                                          .limits = "mutations 0/5",
                                          .expires_ms = now_ms + 300000};
}
