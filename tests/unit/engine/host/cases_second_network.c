/* cases_second_network.c - the second look at a peer, a name server, a queue: just above and just
 * below what is asked of it. */
#include "cases_network.h"

#define STOPPED CONNS(NEAR("\"lasting\":4,\"peer_unread\":5,\"peer_stuck\":1", "T"))
#define UNREACHED CONNS(FAR("\"syn_sent\":2,\"syn_s\":3"))
#define SOFT(s) CONNS(FAR("\"unanswered\":2,\"unanswered_s\":" s) "," OWES("9"))
#define LEAK(n) CONNS(NEAR("\"close_wait_lasting\":" n, "S"))
#define BIG CONNS(FAR("\"big_stuck\":1,\"retries\":3"))
#define DNS(result, ms) "{\"servers\":[{\"addr\":\"a\",\"result\":\"" result "\",\"ms\":" ms "}]}"
#define REACHED(result, ms) "{\"result\":\"" result "\",\"ms\":" ms "}"
#define LATER(parts) "{\"window_s\":2," parts "}"
#define QUEUE(n) "\"listeners\":[{\"port\":8080,\"queue\":" n ",\"backlog\":128,\"pid\":42}]"
#define UNLIMITED(n) "\"listeners\":[{\"port\":8080,\"queue\":" n ",\"pid\":42}]"
#define FULL                                                                                       \
    WITH(listeners,                                                                                \
         "[{\"port\":8080,\"queue\":129,\"backlog\":128,\"pid\":42,\"command\":\"app\"}]")

#define LOSING                                                                                     \
    WITH(nics, "[{\"name\":\"eth0\",\"rx_packets\":1000,\"tx_packets\":0,\"rx_errors\":10,"        \
               "\"tx_errors\":0,\"rx_drops\":0,\"tx_drops\":0}]")
#define LOST(name, errors)                                                                         \
    "\"nics\":[{\"name\":\"" name "\",\"rx_packets\":1000,\"tx_packets\":0,\"rx_errors\":" errors  \
    ",\"tx_errors\":0,\"rx_drops\":0,\"tx_drops\":0}]"

const struct second cases_second_network[] = {
    {"nic_errors", LOSING, LATER(LOST("eth0", "10")), YES},
    {"nic_errors", LOSING, LATER(LOST("eth0", "9.9")), NO},
    {"nic_errors", LOSING, LATER(LOST("eth1", "10")), NO},
    {"dependency", WITH(more, STOPPED), LATER(STOPPED), YES},
    {"dependency", WITH(more, STOPPED), LATER(CONNS(NEAR("\"lasting\":4", "S"))), NO},
    {"dependency", WITH(more, CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "T"))),
     LATER(CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "T"))), YES},
    {"dependency", WITH(more, CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "T"))),
     LATER(CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "S"))), NO},
    {"dependency", WITH(more, UNREACHED), REACHED("timeout", "2000"), YES},
    {"dependency", WITH(more, UNREACHED), REACHED("connected", "199"), NO},
    {"dependency", WITH(more, UNREACHED), REACHED("connected", "200"), YES},
    {"dependency", WITH(more, UNREACHED), REACHED("failed", "1"), OPEN},
    {"dependency", WITH(more, SOFT("2")), REACHED("connected", "1"), YES},
    {"dependency", WITH(more, SOFT("1.9")), REACHED("connected", "1"), NO},
    {"dns", WITH(more, ASKER("1")), DNS("timeout", "2000"), YES},
    {"dns", WITH(more, ASKER("1")), DNS("unreachable", "2"), YES},
    {"dns", WITH(more, ASKER("1")), DNS("servfail", "2"), YES},
    {"dns", WITH(more, ASKER("1")), DNS("answered", "500"), YES},
    {"dns", WITH(more, ASKER("1")), DNS("answered", "499"), NO},
    {"dns", WITH(more, ASKER("1")), "{\"servers\":[]}", OPEN},
    {"unix_backlog", WITH(more, UNIX("6")), LATER(UNIX("6")), YES},
    {"unix_backlog", WITH(more, UNIX("6")), LATER(UNIX("5")), NO},
    {"unix_backlog", WITH(more, UNIX("6")), LATER("\"unix_listeners\":[]"), NO},
    {"close_wait", WITH(more, LEAK("60")), LATER(LEAK("54")), YES},
    {"close_wait", WITH(more, LEAK("60")), LATER(LEAK("53")), NO},
    {"close_wait", WITH(more, LEAK("50")), LATER(LEAK("50")), YES},
    {"close_wait", WITH(more, LEAK("50")), LATER(LEAK("49")), NO},
    {"mtu_blackhole", WITH(more, BIG), REACHED("connected", "500"), YES},
    {"mtu_blackhole", WITH(more, BIG), REACHED("connected", "501"), NO},
    {"mtu_blackhole", WITH(more, BIG), REACHED("timeout", "2000"), NO},
    {"mtu_blackhole", WITH(more, BIG), "{}", OPEN},
    {"accept_backlog", FULL, LATER(QUEUE("128")), YES},
    {"accept_backlog", FULL, LATER(QUEUE("127")), OPEN},
    {"accept_backlog", FULL, LATER(UNLIMITED("1")), YES},
    {"accept_backlog", FULL, LATER(UNLIMITED("0")), OPEN},
    {"accept_backlog", FULL, LATER("\"listeners\":[]"), NO},
    {.id = NULL},
};
