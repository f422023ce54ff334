/* cases_network.h - pieces of snapshots about connections. */
#ifndef RUNBOOK_TESTS_HOST_CASES_NETWORK_H
#define RUNBOOK_TESTS_HOST_CASES_NETWORK_H

#include "cases.h"

#define FRONT "\"own\":{\"pid\":7,\"command\":\"web\",\"state\":\"S\",\"cpu\":0}"
#define BACK(state) "\"peer\":{\"pid\":9,\"command\":\"db\",\"state\":\"" state "\",\"cpu\":0}"
/* One group of connections of web to port 5432 of this machine. */
#define NEAR(counts, state)                                                                        \
    "{\"direction\":\"out\",\"near\":true,\"addr\":\"127.0.0.1\",\"port\":5432,\"count\":4,"       \
    "\"established\":4," counts "," FRONT "," BACK(state) "}"
#define FAR(counts)                                                                                \
    "{\"direction\":\"out\",\"near\":false,\"addr\":\"10.0.0.9\",\"port\":443,\"count\":4,"        \
    "\"established\":4," counts "," FRONT "}"
#define OWES(seconds)                                                                              \
    "{\"direction\":\"in\",\"near\":false,\"addr\":\"10.0.0.1\",\"port\":80,\"count\":4,"          \
    "\"owed\":2,\"owed_s\":" seconds "," FRONT "}"
#define SERVES(counts, state)                                                                      \
    "{\"direction\":\"in\",\"near\":false,\"addr\":\"10.0.0.1\",\"port\":80,\"count\":4," counts   \
    ",\"own\":{\"pid\":9,\"command\":\"db\",\"state\":\"" state "\",\"cpu\":0}}"
#define CONNS(groups) "\"connections\":[" groups "]"
#define UNIX(queue)                                                                                \
    "\"unix_listeners\":[{\"path\":\"/run/app.sock\",\"queue\":" queue                             \
    ",\"backlog\":5,\"pid\":9,\"command\":\"db\"}]"
#define ASKER(count)                                                                               \
    "\"resolvers\":[\"10.0.0.53\"],\"hosts_dns\":true,\"resolving\":[{\"pid\":7,\"command\":"      \
    "\"web\",\"addr\":\"10.0.0.53\",\"count\":" count "}]"
#define TAKEN(port, ts, text)                                                                      \
    "\"bind_errors\":[{\"port\":" port ",\"ts_ms\":" ts ",\"count\":3,\"text\":\"" text "\"}]"
#define RESETS(failed, opened, resets)                                                             \
    "{\"retransmit_rate\":0,\"out_rate\":100,\"listen_overflow_rate\":0,\"attempt_fail_"           \
    "rate\":" failed ",\"open_rate\":" opened ",\"estab_reset_rate\":" resets                      \
    ",\"reset_rate\":" resets "}"
#define FLOOD(cookies)                                                                             \
    "{\"retransmit_rate\":0,\"out_rate\":100,\"listen_overflow_rate\":0,\"attempt_fail_rate\":0,"  \
    "\"syn_cookies_rate\":" cookies "}"
#define WAITED(count) "\"time_wait\":[{\"addr\":\"10.0.0.9\",\"port\":443,\"count\":" count "}]"

/* `from` waits for `to`, which does not read. */
#define HOP(from, from_name, to, to_name, port, state)                                             \
    "{\"direction\":\"out\",\"near\":true,\"addr\":\"127.0.0.1\",\"port\":" port                   \
    ",\"count\":1,\"lasting\":1,\"peer_unread\":1,\"peer_stuck\":1,\"own\":{\"pid\":" from         \
    ",\"command\":\"" from_name "\",\"state\":\"S\"},\"peer\":{\"pid\":" to                        \
    ",\"command\":\"" to_name "\",\"state\":\"" state "\"}}"

#endif
