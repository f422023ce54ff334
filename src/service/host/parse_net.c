/* parse_net.c - interfaces, protocol counters, listeners with their accept queues.
 * Source of the formats: Linux Documentation/networking/snmp_counter.rst, proc(5), ss(8). For a
 * listening TCP socket Recv-Q is the connections that wait for accept() and Send-Q the limit of
 * that queue. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define LISTENERS_MAX 2000
#define NICS_MAX 512

/* Two lines, "TcpExt: names" and "TcpExt: values": the value below `key`; NAN when absent. */
static double counter(struct str text, const char *group, const char *key)
{
    struct str names = {NULL, 0}, values = {NULL, 0}, line;

    while (str_line(&text, &line)) {
        if (!str_starts(line, group))
            continue;
        if (!names.ptr) {
            names = line;
        } else {
            values = line;
            break;
        }
    }
    if (!values.ptr)
        return NAN;
    for (struct str n = parse_word(&names); n.len; n = parse_word(&names)) {
        struct str v = parse_word(&values);

        if (str_eq_c(n, key))
            return parse_num(v, NAN);
    }
    return NAN;
}

static double rate_of(struct parse *p, const char *file, const char *group, const char *key)
{
    return parse_rate(p, counter(parse_section(p, file, 0, false), group, key),
                      counter(parse_section(p, file, 1, false), group, key));
}

static double softnet_drops(struct str text)
{
    struct str line;
    double sum = 0;

    while (str_line(&text, &line)) {
        uint64_t v;

        parse_word(&line);
        if (num_u64_base(parse_word(&line), 16, &v))
            sum += (double)v;
    }
    return sum;
}

/* A row of names, then one of hexadecimal counters a processor. Source: Linux
 * net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show. */
static double conntrack_lost(struct str text)
{
    static const char *const names[] = {"insert_failed", "drop", "early_drop"};
    struct str head, line;
    double sum = 0;

    if (!str_line(&text, &head))
        return NAN;
    while (str_line(&text, &line)) {
        struct str columns = head, name, word;
        uint64_t v;

        while ((name = parse_word(&columns)).len && (word = parse_word(&line)).len) {
            for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                if (str_eq_c(name, names[i]) && num_u64_base(word, 16, &v))
                    sum += (double)v;
            }
        }
    }
    return sum;
}

static void parse_counters(struct parse *p, struct host_snapshot *s)
{
    const char *snmp = "proc/net/snmp", *ext = "proc/net/netstat";
    struct str ext1 = parse_section(p, ext, 1, true),
               sock = parse_section(p, "proc/net/sockstat", 1, false);
    struct str tcp = parse_line_of(sock, "TCP:"), word;

    s->tcp_retrans_rate = rate_of(p, snmp, "Tcp:", "RetransSegs");
    s->tcp_out_rate = rate_of(p, snmp, "Tcp:", "OutSegs");
    s->tcp_reset_rate = rate_of(p, snmp, "Tcp:", "OutRsts");
    s->tcp_attempt_fail_rate = rate_of(p, snmp, "Tcp:", "AttemptFails");
    s->tcp_established = counter(parse_section(p, snmp, 1, true), "Tcp:", "CurrEstab");
    s->udp_rcvbuf_err_rate = rate_of(p, snmp, "Udp:", "RcvbufErrors");
    s->udp_in_rate = rate_of(p, snmp, "Udp:", "InDatagrams");
    s->listen_overflow_rate = rate_of(p, ext, "TcpExt:", "ListenOverflows");
    s->listen_drop_rate = rate_of(p, ext, "TcpExt:", "ListenDrops");
    s->listen_overflows = counter(ext1, "TcpExt:", "ListenOverflows");
    s->listen_drops = counter(ext1, "TcpExt:", "ListenDrops");
    s->syn_retrans_rate = rate_of(p, ext, "TcpExt:", "TCPSynRetrans");
    s->softnet_drop_rate =
        parse_rate(p, softnet_drops(parse_section(p, "proc/net/softnet_stat", 0, false)),
                   softnet_drops(parse_section(p, "proc/net/softnet_stat", 1, false)));
    s->conntrack_lost_rate =
        parse_rate(p, conntrack_lost(parse_section(p, "proc/net/stat/nf_conntrack", 0, false)),
                   conntrack_lost(parse_section(p, "proc/net/stat/nf_conntrack", 1, false)));
    s->tcp_syn_cookies_rate = rate_of(p, ext, "TcpExt:", "SyncookiesSent");
    s->tcp_syn_cookies_failed_rate = rate_of(p, ext, "TcpExt:", "SyncookiesFailed");
    s->reqq_full_rate = rate_of(p, ext, "TcpExt:", "TCPReqQFullDrop");
    s->tcp_timeouts_rate = rate_of(p, ext, "TcpExt:", "TCPTimeouts");
    s->tcp_estab_reset_rate = rate_of(p, snmp, "Tcp:", "EstabResets");
    s->tcp_opens_rate = rate_of(p, snmp, "Tcp:", "ActiveOpens");
    s->icmp_unreach_rate = rate_of(p, snmp, "Icmp:", "InDestUnreachs");
    s->frag_fail_rate = rate_of(p, snmp, "Ip:", "FragFails");
    s->tcp_in_use = s->tcp_orphans = s->tcp_time_wait = NAN;
    for (word = parse_word(&tcp); word.len; word = parse_word(&tcp)) {
        double v = parse_num(parse_word(&tcp), NAN);

        if (str_eq_c(word, "inuse"))
            s->tcp_in_use = v;
        else if (str_eq_c(word, "orphan"))
            s->tcp_orphans = v;
        else if (str_eq_c(word, "tw"))
            s->tcp_time_wait = v;
    }
}

struct nic_counts {
    double v[16];
};

static bool nic_line(struct str line, struct str *ret_name, struct nic_counts *c)
{
    ptrdiff_t at = -1;

    for (size_t i = 0; i < line.len;
         i++) /* an alias may hold a colon: the last one before a blank */
        if (line.ptr[i] == ':')
            at = (ptrdiff_t)i;
    if (at < 0)
        return false;
    *ret_name = str_trim((struct str){line.ptr, (size_t)at});
    line = (struct str){line.ptr + at + 1, line.len - (size_t)at - 1};
    for (int i = 0; i < 16; i++)
        c->v[i] = parse_next(&line);
    return ret_name->len > 0;
}

static void set_nic(struct parse *p, struct host_nic *nic, struct str name,
                    const struct nic_counts *a, const struct nic_counts *b)
{
    double w = p->window_s > 0 ? p->window_s : 1, d[16];

    for (int i = 0; i < 16; i++)
        d[i] = fmax(0, b->v[i] - a->v[i]) / w;
    *nic = (struct host_nic){.name = parse_text(p, name, 32),
                             .rx_bps = d[0],
                             .rx_pps = d[1],
                             .rx_errors = d[2],
                             .rx_drops = d[3] + d[4],
                             .tx_bps = d[8],
                             .tx_pps = d[9],
                             .tx_errors = d[10],
                             .tx_drops = d[11]};
}

static void parse_nics(struct parse *p, struct host_snapshot *s)
{
    struct str t0 = parse_section(p, "proc/net/dev", 0, false), line, name, old;
    struct str t1 = parse_section(p, "proc/net/dev", 1, true);
    struct nic_counts a, b;

    while (str_line(&t1, &line) && s->nics.count < NICS_MAX) {
        struct str all = t0, was;
        bool found = false;

        if (!nic_line(line, &name, &b))
            continue;
        while (!found && str_line(&all, &was))
            found = nic_line(was, &old, &a) && str_eq(old, name);
        set_nic(p, VEC_PUSH(&s->nics), name, found ? &a : &b, &b);
    }
}

static bool split_addr(struct str text, struct str *ret_addr, int *ret_port)
{
    size_t at = text.len;
    int64_t port;

    while (at && text.ptr[at - 1] != ':')
        at--;
    if (at < 2)
        return false;
    port = parse_i64((struct str){text.ptr + at, text.len - at}, -1);
    *ret_addr = (struct str){text.ptr, at - 1};
    *ret_port = (int)port;
    return port > 0 && port < 65536;
}

/* users:(("nginx",pid=42,fd=6),...) or ino:123; the name is not believed, the pid's stat has it. */
static void listener_extras(struct str rest, struct host_listener *l)
{
    struct str word;

    for (word = parse_word(&rest); word.len; word = parse_word(&rest)) {
        ptrdiff_t at = str_find(word, STR_LIT(",pid="));

        if (str_starts(word, "ino:"))
            num_u64((struct str){word.ptr + 4, word.len - 4}, &l->inode);
        if (at >= 0 && !l->pid) {
            struct str pid = {word.ptr + at + 5, word.len - (size_t)at - 5};
            struct str digits;

            str_split(&pid, ',', &digits);
            l->pid = (int32_t)parse_i64(digits, 0);
        }
    }
}

/* As `ss -Hltne[p]`: "LISTEN recv-q send-q addr:port peer:port extras". */
static void parse_ss(struct parse *p, struct host_snapshot *s, struct str text)
{
    struct str line;

    while (str_line(&text, &line) && s->listeners.count < LISTENERS_MAX) {
        struct host_listener l = {.proto = "tcp"};
        struct str addr;

        if (!str_eq_c(parse_word(&line), "LISTEN"))
            continue;
        l.queue = parse_i64(parse_word(&line), -1);
        l.backlog = parse_i64(parse_word(&line), -1);
        if (!split_addr(parse_word(&line), &addr, &l.port))
            continue;
        if (addr.len && addr.ptr[0] == '[')
            l.proto = "tcp6";
        l.addr = parse_text(p, addr, 64);
        parse_word(&line);
        listener_extras(line, &l);
        *VEC_PUSH(&s->listeners) = l;
    }
}

static const char *hex_addr(struct parse *p, struct str hex)
{
    uint64_t v;

    if (hex.len == 8 && num_u64_base(hex, 16, &v))
        return arena_printf(p->arena, "%u.%u.%u.%u", (unsigned)(v & 255), (unsigned)(v >> 8 & 255),
                            (unsigned)(v >> 16 & 255), (unsigned)(v >> 24 & 255));
    return "*";
}

/* /proc/net/tcp and tcp6: without ss there is the current queue, but not its limit. */
static void parse_proc_tcp(struct parse *p, struct host_snapshot *s, const char *file,
                           const char *proto)
{
    struct str text = parse_section(p, file, 1, false), line;

    while (str_line(&text, &line) && s->listeners.count < LISTENERS_MAX) {
        struct host_listener l = {.proto = proto, .backlog = -1};
        struct str local, queues, piece;
        uint64_t port, q;

        parse_word(&line);
        local = parse_word(&line);
        parse_word(&line);
        if (!str_eq_c(parse_word(&line), "0A"))
            continue;
        queues = parse_word(&line);
        if (!str_split(&local, ':', &piece) || !num_u64_base(local, 16, &port) || !port ||
            port > 65535)
            continue;
        l.addr = hex_addr(p, piece);
        l.port = (int)port;
        l.queue = str_split(&queues, ':', &piece) && num_u64_base(queues, 16, &q) ? (int64_t)q : -1;
        for (int i = 0; i < 4; i++)
            parse_word(&line);
        num_u64(parse_word(&line), &l.inode);
        *VEC_PUSH(&s->listeners) = l;
    }
}

/* "inode pid" a line. */
static void parse_owners(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "sockets", 1, false), line;

    while (str_line(&text, &line)) {
        uint64_t inode = 0;
        int64_t pid;

        if (!num_u64(parse_word(&line), &inode))
            continue;
        pid = parse_i64(parse_word(&line), 0);
        VEC_EACH (l, &s->listeners) {
            if (l->inode == inode && inode && !l->pid)
                l->pid = (int32_t)pid;
        }
    }
}

void parse_network(struct parse *p, struct host_snapshot *s)
{
    struct str listen = parse_section(p, "listen", 1, false);

    parse_counters(p, s);
    parse_nics(p, s);
    parse_ss(p, s, listen);
    if (!s->listeners.count) {
        parse_proc_tcp(p, s, "proc/net/tcp", "tcp");
        parse_proc_tcp(p, s, "proc/net/tcp6", "tcp6");
        if (s->listeners.count)
            parse_gap(p, "limits of accept queues", ERR_NOT_FOUND,
                      "neither sock_diag nor ss is available");
    }
    parse_owners(p, s);
    VEC_EACH (l, &s->listeners) {
        const struct host_process *pr = l->pid > 0 ? host_snapshot_process(s, l->pid) : NULL;

        l->comm = pr ? pr->comm : NULL;
    }
}
