/* cases_network.c - connections, name servers, ports: each pattern just above and just below each
 * of its thresholds. */
#include "cases_network.h"

#define OVERFLOWS(rate) "{\"retransmit_rate\":0,\"out_rate\":100,\"listen_overflow_rate\":" rate "}"
#define DROPS(packets, drops)                                                                      \
    "[{\"name\":\"eth0\",\"rx_packets\":" packets ",\"tx_packets\":0,\"rx_errors\":0,"             \
    "\"tx_errors\":0,\"rx_drops\":" drops ",\"tx_drops\":0}]"

#define LOSES_TO(groups)                                                                           \
    {                                                                                              \
        .network = "{\"retransmit_rate\":60,\"out_rate\":1000}", .more = CONNS(groups)             \
    }
#define LOSES_SYN(rate)                                                                            \
    WITH(network, "{\"retransmit_rate\":60,\"out_rate\":1000,\"syn_retransmit_rate\":" rate "}")
#define LITTLE_LOSS WITH(network, "{\"retransmit_rate\":10,\"out_rate\":1000}")
/* It waits for a peer that computes. */
#define PEER_CPU(cpu)                                                                              \
    CONNS("{\"direction\":\"out\",\"near\":true,\"addr\":\"127.0.0.1\",\"port\":5432,\"count\":4," \
          "\"lasting\":4,\"peer_unread\":5,\"peer_stuck\":1," FRONT ",\"peer\":{\"pid\":9,"        \
          "\"command\":\"db\",\"state\":\"R\",\"cpu\":" cpu "}}")

/* Nobody may see whose these are: a request was taken and another one sent, so long ago. */
#define UNSEEN(owed)                                                                               \
    CONNS("{\"direction\":\"in\",\"near\":false,\"addr\":\"10.0.0.1\",\"port\":80,\"count\":4,"    \
          "\"owed\":"                                                                              \
          "2,\"owed_s\":" owed                                                                     \
          ",\"own\":{\"pid\":0}},{\"direction\":\"out\",\"near\":false,\"addr\":"                  \
          "\"10.0.0.9\",\"port\":443,\"count\":4,\"established\":4,\"unanswered\":1,"              \
          "\"unanswered_s\":5,\"own\":{\"pid\":0}}")

const struct sides cases_network[] = {
    {"dependency", WITH(more, UNSEEN("5.099")), WITH(more, UNSEEN("5.104")),
     "host:web-3/peer:10.0.0.9:443", .doubt = true},
    /* A peer that is stopped, and what is unread there. */
    {"dependency", WITH(more, CONNS(NEAR("\"lasting\":4,\"peer_unread\":5,\"peer_stuck\":1", "T"))),
     WITH(more, CONNS(NEAR("\"lasting\":4,\"peer_unread\":0", "T"))), "host:web-3/process:9(db)"},
    {"dependency", WITH(more, CONNS(NEAR("\"lasting\":4,\"peer_unread\":5", "D"))),
     WITH(more, CONNS(NEAR("\"lasting\":4,\"peer_unread\":5", "S"))), "host:web-3/process:9(db)"},
    /* It does not read for the whole window; what came within the window is no sign. */
    {"dependency", WITH(more, CONNS(NEAR("\"lasting\":4,\"peer_unread\":5,\"peer_stuck\":1", "S"))),
     WITH(more, CONNS(NEAR("\"peer_unread\":5,\"peer_stuck\":1", "S"))),
     "host:web-3/process:9(db)"},
    {"dependency", WITH(more, CONNS(FAR("\"syn_sent\":2,\"syn_s\":1"))),
     WITH(more, CONNS(FAR("\"syn_sent\":2,\"syn_s\":0"))), "host:web-3/peer:10.0.0.9:443"},
    /* A server that is stopped, with clients elsewhere. */
    {"dependency", WITH(more, CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "T"))),
     WITH(more, CONNS(SERVES("\"lasting\":3,\"recv_stuck\":2", "S"))), "host:web-3/process:9(db)"},
    {"dependency", WITH(more, CONNS(SERVES("\"lasting\":3,\"unaccepted\":1", "T"))),
     WITH(more, CONNS(SERVES("\"lasting\":3,\"unaccepted\":0", "T"))), "host:web-3/process:9(db)"},
    {"close_wait", WITH(more, CONNS(NEAR("\"close_wait\":50,\"close_wait_lasting\":50", "S"))),
     WITH(more, CONNS(NEAR("\"close_wait\":90,\"close_wait_lasting\":49", "S"))),
     "host:web-3/process:7(web)"},
    {"unix_backlog", WITH(more, UNIX("6")), WITH(more, UNIX("5")), "host:web-3/process:9(db)"},
    {"dns", WITH(more, ASKER("1")), WITH(more, "\"resolving\":[]"),
     "host:web-3/resolver:10.0.0.53"},
    {"port_conflict", WITH(more, TAKEN("8080", "1699999100000", "web[77]: port 8080: in use")),
     WITH(more, TAKEN("8080", "1699999099000", "web[77]: port 8080: in use")),
     "host:web-3/port:8080"},
    {"port_conflict", WITH(more, TAKEN("8080", "0", "web[77]: port 8080: in use")),
     WITH(more, TAKEN("8081", "0", "web[77]: port 8081: in use")), "host:web-3/port:8080"},
    /* The holder itself failed at first and got it later. */
    {"port_conflict", WITH(more, TAKEN("8080", "0", "web[77]: port 8080: in use")),
     WITH(more, TAKEN("8080", "0", "app[42]: port 8080: in use")), "host:web-3/port:8080"},
    {"resets", WITH(network, RESETS("10", "20", "0")), WITH(network, RESETS("9.9", "10", "0")),
     "host:web-3"},
    {"resets", WITH(network, RESETS("10", "20", "0")), WITH(network, RESETS("10", "21", "0")),
     "host:web-3"},
    {"resets", WITH(network, RESETS("0", "5", "20")), WITH(network, RESETS("0", "5", "19")),
     "host:web-3"},
    {"syn_flood",
     {.network = FLOOD("10"), .more = CONNS(SERVES("\"syn_recv\":64", "S"))},
     {.network = FLOOD("10"), .more = CONNS(SERVES("\"syn_recv\":63", "S"))},
     "host:web-3/port:80"},
    {"syn_flood",
     {.network = FLOOD("10"), .more = CONNS(SERVES("\"syn_recv\":64", "S"))},
     {.network = FLOOD("9.6"), .more = CONNS(SERVES("\"syn_recv\":64", "S"))},
     "host:web-3/port:80"},
    {"mtu_blackhole", WITH(more, CONNS(FAR("\"big_stuck\":1,\"retries\":2,\"mss\":1448"))),
     WITH(more, CONNS(FAR("\"big_stuck\":1,\"retries\":1,\"mss\":1448"))),
     "host:web-3/peer:10.0.0.9:443"},
    {"mtu_blackhole", WITH(more, CONNS(FAR("\"big_stuck\":1,\"retries\":2"))),
     WITH(more, CONNS(NEAR("\"big_stuck\":1,\"retries\":2", "S"))), "host:web-3/peer:10.0.0.9:443"},
    /* 28,000 ports: 90 % are 25,200. */
    {"ports", WITH(more, WAITED("25200")), WITH(more, WAITED("25199")),
     "host:web-3/peer:10.0.0.9:443", .doubt = true},
    {"ports", WITH(more, WAITED("25196") "," CONNS(FAR("\"lasting\":4"))),
     WITH(more, WAITED("25195") "," CONNS(FAR("\"lasting\":4"))), "host:web-3/process:7(web)"},
    {"retransmits", WITH(network, "{\"retransmit_rate\":20,\"out_rate\":400}"),
     WITH(network, "{\"retransmit_rate\":19.9,\"out_rate\":100}"), "host:web-3"},
    {"retransmits", WITH(network, "{\"retransmit_rate\":50,\"out_rate\":1000}"),
     WITH(network, "{\"retransmit_rate\":49,\"out_rate\":1000}"), "host:web-3"},
    {"retransmits",
     {.network = "{\"retransmit_rate\":60,\"out_rate\":1000}",
      .more = CONNS(FAR("\"retransmitting\":2") "," NEAR("\"retransmitting\":2", "S"))},
     WITH(network, "{\"retransmit_rate\":40,\"out_rate\":1000}"),
     "host:web-3/peer:10.0.0.9:443"},
    {"conntrack", WITH(limits, "{\"conntrack\":950,\"conntrack_max\":1000}"),
     WITH(limits, "{\"conntrack\":949,\"conntrack_max\":1000}"), "host:web-3"},
    /* Confirmed where entries are lost, or the kernel says so. */
    {"conntrack",
     WITH(limits, "{\"conntrack\":990,\"conntrack_max\":1000,\"conntrack_lost_rate\":1}"),
     WITH(limits, "{\"conntrack\":900,\"conntrack_max\":1000,\"conntrack_lost_rate\":9}"),
     "host:web-3"},
    {"conntrack",
     WITH(limits, "{\"conntrack\":990,\"conntrack_max\":1000,\"conntrack_lost_rate\":0.99}"),
     WITH(limits, "{\"conntrack\":900,\"conntrack_max\":1000}"), "host:web-3"},
    {"nic_errors",
     WITH(nics, "[{\"name\":\"eth0\",\"rx_packets\":1000,\"tx_packets\":0,\"rx_errors\":10,"
                "\"tx_errors\":0,\"rx_drops\":0,\"tx_drops\":0}]"),
     WITH(nics, "[{\"name\":\"eth0\",\"rx_packets\":1000,\"tx_packets\":0,\"rx_errors\":9.9,"
                "\"tx_errors\":0,\"rx_drops\":0,\"tx_drops\":0}]"),
     "host:web-3/nic:eth0"},
    {"accept_backlog",
     WITH(listeners,
          "[{\"port\":8080,\"queue\":128,\"backlog\":128,\"pid\":42,\"command\":\"app\"}]"),
     WITH(listeners, "[{\"port\":8080,\"queue\":127,\"backlog\":128}]"), "host:web-3/port:8080"},
    /* Without ss the limit is not known: then only overflows make a queue suspicious. */
    {"accept_backlog",
     {.listeners = "[{\"port\":8080,\"queue\":6,\"backlog\":null,\"pid\":42,\"command\":\"app\"}]",
      .network = OVERFLOWS("1")},
     {.listeners = "[{\"port\":8080,\"queue\":6,\"backlog\":null}]", .network = OVERFLOWS("0.96")},
     "host:web-3/port:8080"},
    /* Nobody can be named: a doubt. */
    {"accept_backlog", WITH(network, OVERFLOWS("1")), WITH(network, OVERFLOWS("0.96")),
     "host:web-3", .doubt = true},
    {"nic_errors", WITH(nics, DROPS("1000", "10")), WITH(nics, DROPS("1030", "10")),
     "host:web-3/nic:eth0"},
    {"dependency", WITH(more, CONNS(FAR("\"syn_sent\":2,\"syn_s\":1"))),
     WITH(more, CONNS(FAR("\"syn_sent\":2,\"syn_s\":0.95"))), "host:web-3/peer:10.0.0.9:443"},
    {"dependency", WITH(more, PEER_CPU("0.9")), WITH(more, CONNS("")), "host:web-3/process:9(db)"},
    {"dependency", WITH(more, PEER_CPU("0.89")), WITH(more, CONNS("")), "host:web-3/process:9(db)"},
    {"ports", WITH(more, WAITED("27440")), WITH(more, WAITED("25000")),
     "host:web-3/peer:10.0.0.9:443", .doubt = true},
    {"ports", WITH(more, WAITED("27000")), WITH(more, WAITED("25000")),
     "host:web-3/peer:10.0.0.9:443", .doubt = true},
    {"retransmits", LOSES_TO(FAR("\"retransmitting\":2")), LITTLE_LOSS,
     "host:web-3/peer:10.0.0.9:443"},
    {"retransmits", LOSES_TO(FAR("\"retransmitting\":1")), LITTLE_LOSS, "host:web-3"},
    {"retransmits",
     LOSES_TO(FAR("\"retransmitting\":48") "," NEAR("\"retransmitting\":26",
                                                    "S") "," SERVES("\"retransmitting\":26", "S")),
     LITTLE_LOSS, "host:web-3"},
    {"retransmits", LOSES_TO(FAR("\"repeated\":20") "," NEAR("\"repeated\":20", "S")), LITTLE_LOSS,
     "host:web-3/peer:10.0.0.9:443"},
    /* Of several processes, one connection each. */
    {"retransmits",
     LOSES_TO(FAR("\"repeated\":8") "," FAR("\"repeated\":7") "," FAR("\"repeated\":6")),
     LITTLE_LOSS, "host:web-3/peer:10.0.0.9:443"},
    {"retransmits", LOSES_TO(FAR("\"repeated\":19")), LITTLE_LOSS, "host:web-3"},
    {"retransmits",
     LOSES_TO(
         FAR("\"repeated\":19") "," NEAR("\"repeated\":20", "S") "," SERVES("\"repeated\":2", "S")),
     LITTLE_LOSS, "host:web-3"},
    {"retransmits", LOSES_SYN("5"), LITTLE_LOSS, "host:web-3"},
    {"retransmits", LOSES_SYN("4.9"), LITTLE_LOSS, "host:web-3"},
    /* What the kernel said five minutes ago is so; what it said before that was so. */
    {"conntrack", WITH(events, EVENT("conntrack_full", "300")),
     WITH(events, EVENT("conntrack_full", "301")), "host:web-3"},
    {"conntrack", WITH(events, EVENT("conntrack_full", "1800")),
     WITH(events, EVENT("conntrack_full", "1801")), "host:web-3", .doubt = true},
    {.id = NULL},
};
