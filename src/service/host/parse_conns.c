/* parse_conns.c - TCP connections at both ends of the window, as ss(8) or /proc/net/tcp write them.
 * Source of the formats: ss(8), Linux Documentation/networking/proc_net_tcp.rst. */
#include "conns_priv.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "runbook/base/num.h"

#define CONNS_MAX 20000
#define TIME_WAITS_MAX 64
#define UNIX_MAX 500

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool conn_end_read(struct str text, struct conn_end *ret)
{
    char addr[64];
    size_t at = text.len, len;
    int64_t port;

    while (at && text.ptr[at - 1] != ':')
        at--;
    port = parse_i64((struct str){text.ptr + at, text.len - at}, -1);
    if (at < 2 || at > sizeof(addr) || port < 0 || port > 65535)
        return false;
    text.len = at - 1;
    if (text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = (struct str){text.ptr + 1, text.len - 2};
    for (len = 0; len < text.len && text.ptr[len] != '%'; len++)
        addr[len] = text.ptr[len];
    addr[len] = '\0';
    ret->port = (uint16_t)port;
    memcpy(ret->addr, mapped, sizeof(mapped));
    return inet_pton(AF_INET, addr, ret->addr + 12) == 1 ||
           inet_pton(AF_INET6, addr, ret->addr) == 1;
}

const char *conn_addr_text(struct parse *p, const struct conn_end *e)
{
    char text[INET6_ADDRSTRLEN] = "?";

    if (memcmp(e->addr, mapped, sizeof(mapped)) == 0)
        inet_ntop(AF_INET, e->addr + 12, text, sizeof(text));
    else
        inet_ntop(AF_INET6, e->addr, text, sizeof(text));
    return arena_strdup(p->arena, text);
}

bool conn_is_loopback(const struct conn_end *e)
{
    static const uint8_t six[16] = {[15] = 1};

    return (memcmp(e->addr, mapped, sizeof(mapped)) == 0 && e->addr[12] == 127) ||
           memcmp(e->addr, six, sizeof(six)) == 0;
}

int conn_end_cmp(const struct conn_end *a, const struct conn_end *b)
{
    int c = memcmp(a->addr, b->addr, sizeof(a->addr));

    return c ? c : (a->port > b->port) - (a->port < b->port);
}

static bool state_of(struct str word, enum conn_state *ret)
{
    static const struct {
        const char *name, *hex;
        enum conn_state state;
    } table[] = {
        {"ESTAB", "01", CONN_ESTABLISHED},   {"SYN-SENT", "02", CONN_SYN_SENT},
        {"SYN-RECV", "03", CONN_SYN_RECV},   {"FIN-WAIT-1", "04", CONN_FIN_WAIT},
        {"FIN-WAIT-2", "05", CONN_FIN_WAIT}, {"CLOSE-WAIT", "08", CONN_CLOSE_WAIT},
        {"LAST-ACK", "09", CONN_LAST_ACK},   {"CLOSING", "0B", CONN_OTHER},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (str_eq_c(word, table[i].name) || str_eq_c(word, table[i].hex)) {
            *ret = table[i].state;
            return true;
        }
    }
    return false;
}

/* "200ms", "1.2sec", "1min20sec". */
static double timer_ms(struct str text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"sec", 1000}, {"min", 60000}, {"hour", 3600000}};
    double sum = 0;

    while (text.len) {
        size_t digits = 0, unit = 0;
        double v;

        while (digits < text.len &&
               (text.ptr[digits] == '.' || (text.ptr[digits] >= '0' && text.ptr[digits] <= '9')))
            digits++;
        while (digits + unit < text.len && text.ptr[digits + unit] >= 'a' &&
               text.ptr[digits + unit] <= 'z')
            unit++;
        if (!digits || !unit)
            return sum;
        v = parse_num((struct str){text.ptr, digits}, 0);
        for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
            if (str_eq_c((struct str){text.ptr + digits, unit}, units[i].unit))
                sum += v * units[i].ms;
        }
        text = (struct str){text.ptr + digits + unit, text.len - digits - unit};
    }
    return sum;
}

/* timer:(on,200ms,3) */
static void read_timer(struct str word, struct conn *c)
{
    struct str rest = {word.ptr + 7, word.len - 7}, kind, when;

    if (rest.len && rest.ptr[rest.len - 1] == ')')
        rest.len--;
    if (!str_split(&rest, ',', &kind) || !str_split(&rest, ',', &when))
        return;
    c->timer_on = str_eq_c(kind, "on");
    c->timer_ms = timer_ms(when);
    c->retries = (int)parse_i64(rest, 0);
}

static bool after(struct str word, const char *key, struct str *ret)
{
    size_t n = strlen(key);

    if (!str_starts(word, key))
        return false;
    *ret = (struct str){word.ptr + n, word.len - n};
    return true;
}

/* users:(("nginx",pid=42,fd=6),...): the name is not believed. */
static void read_pid(struct str word, struct conn *c)
{
    ptrdiff_t at = str_find(word, STR_LIT(",pid="));
    struct str pid, digits;

    if (at < 0 || c->pid)
        return;
    pid = (struct str){word.ptr + at + 5, word.len - (size_t)at - 5};
    str_split(&pid, ',', &digits);
    c->pid = (int32_t)parse_i64(digits, 0);
}

static void read_extra(struct str word, struct conn *c)
{
    struct str v, first;

    if (str_starts(word, "timer:("))
        read_timer(word, c);
    else if (after(word, "uid:", &v))
        c->uid = parse_i64(v, -1);
    else if (after(word, "ino:", &v))
        num_u64(v, &c->inode);
    else if (after(word, "bytes_received:", &v))
        c->received = parse_num(v, NAN);
    else if (after(word, "bytes_acked:", &v))
        c->acked = parse_num(v, NAN);
    else if (after(word, "mss:", &v))
        c->mss = (int)parse_i64(v, 0);
    else if (after(word, "pmtu:", &v))
        c->pmtu = (int)parse_i64(v, 0);
    else if (after(word, "unacked:", &v))
        c->unacked = parse_num(v, 0);
    else if (after(word, "lastsnd:", &v))
        c->last_sent_ms = parse_num(v, NAN);
    else if (after(word, "lastrcv:", &v))
        c->last_received_ms = parse_num(v, NAN);
    else if (after(word, "retrans:", &v) && str_split(&v, '/', &first))
        c->retransmits = parse_num(v, 0);
    else
        read_pid(word, c);
}

static const struct conn fresh = {.uid = -1,
                                  .recv_before = NAN,
                                  .send_before = NAN,
                                  .retransmits = NAN,
                                  .retransmits_before = NAN,
                                  .unacked = NAN,
                                  .last_sent_ms = NAN,
                                  .last_received_ms = NAN,
                                  .timer_ms = NAN,
                                  .received = NAN,
                                  .acked = NAN,
                                  .received_before = NAN,
                                  .acked_before = NAN,
                                  .state_before = -1};

/* As `ss -Htanoepi`: "STATE recv-q send-q addr:port peer:port extras", details perhaps indented on
 * a line of their own. */
static void read_ss(struct str text, conn_vec *out)
{
    struct conn *last = NULL;
    struct str line, word;

    while (str_line(&text, &line) && out->count < CONNS_MAX) {
        struct conn c = fresh;

        if (line.len && (line.ptr[0] == '\t' || line.ptr[0] == ' ') && last) {
            for (word = parse_word(&line); word.len; word = parse_word(&line))
                read_extra(word, last);
            continue;
        }
        last = NULL;
        if (!state_of(parse_word(&line), &c.state))
            continue;
        c.recv_queue = parse_next(&line);
        c.send_queue = parse_next(&line);
        if (!conn_end_read(parse_word(&line), &c.local) ||
            !conn_end_read(parse_word(&line), &c.peer))
            continue;
        if (str_find(line, STR_LIT(" lastsnd:")) >= 0) /* ss leaves zeros out */
            c.last_received_ms = 0;
        else if (str_find(line, STR_LIT(" lastrcv:")) >= 0)
            c.last_sent_ms = 0;
        if (str_find(line, STR_LIT(" pmtu:")) >= 0) { /* the same for these */
            c.received = 0;
            c.acked = 0;
        }
        for (word = parse_word(&line); word.len; word = parse_word(&line))
            read_extra(word, &c);
        last = VEC_PUSH(out);
        *last = c;
    }
}

/* "0100007F:1F90"; IPv6 is four words of that kind. */
static bool hex_end(struct str text, struct conn_end *ret)
{
    struct str addr;
    uint64_t port, v;

    if (!str_split(&text, ':', &addr) || (addr.len != 8 && addr.len != 32) ||
        !num_u64_base(text, 16, &port) || port > 65535)
        return false;
    memcpy(ret->addr, mapped, sizeof(mapped));
    for (size_t i = 0; i < addr.len / 8; i++) {
        size_t at = addr.len == 8 ? 12 : i * 4;

        if (!num_u64_base((struct str){addr.ptr + i * 8, 8}, 16, &v))
            return false;
        for (size_t k = 0; k < 4; k++)
            ret->addr[at + k] = (uint8_t)(v >> (8 * k));
    }
    ret->port = (uint16_t)port;
    return true;
}

static void hex_pair(struct str text, double *a, double *b)
{
    struct str first;
    uint64_t v;

    *a = *b = 0;
    if (!str_split(&text, ':', &first))
        return;
    *a = num_u64_base(first, 16, &v) ? (double)v : 0;
    *b = num_u64_base(text, 16, &v) ? (double)v : 0;
}

/* sl local peer st tx:rx tr:when retrnsmt uid timeout inode; `when` in ticks. */
static void read_proc(struct parse *p, struct str text, conn_vec *out)
{
    struct str line;

    while (str_line(&text, &line) && out->count < CONNS_MAX) {
        struct conn c = fresh;
        double timer, when;
        uint64_t retries;

        parse_word(&line);
        if (!hex_end(parse_word(&line), &c.local) || !hex_end(parse_word(&line), &c.peer) ||
            !state_of(parse_word(&line), &c.state))
            continue;
        hex_pair(parse_word(&line), &c.send_queue, &c.recv_queue);
        hex_pair(parse_word(&line), &timer, &when);
        c.timer_on = timer == 1;
        c.timer_ms = when * 1000 / p->hz;
        c.retries = num_u64_base(parse_word(&line), 16, &retries) ? (int)(retries & 0xFFFF) : 0;
        c.uid = parse_i64(parse_word(&line), -1);
        parse_word(&line);
        num_u64(parse_word(&line), &c.inode);
        *VEC_PUSH(out) = c;
    }
}

static bool read_phase(struct parse *p, int phase, conn_vec *out)
{
    if (host_bundle_find(&p->bundle, "conns", phase)) {
        read_ss(parse_section(p, "conns", phase, true), out);
        return true;
    }
    read_proc(p, parse_section(p, "proc/net/tcp", phase, false), out);
    read_proc(p, parse_section(p, "proc/net/tcp6", phase, false), out);
    return host_bundle_find(&p->bundle, "proc/net/tcp", phase) != NULL;
}

static int by_ends(const void *a, const void *b)
{
    const struct conn *x = a, *y = b;
    int c = conn_end_cmp(&x->local, &y->local);

    return c ? c : conn_end_cmp(&x->peer, &y->peer);
}

static void join_phases(conn_vec *now, conn_vec *before)
{
    if (!before->count)
        return;
    qsort(before->items, before->count, sizeof(*before->items), by_ends);
    VEC_EACH (c, now) {
        const struct conn *was =
            bsearch(c, before->items, before->count, sizeof(*before->items), by_ends);

        if (was) {
            c->recv_before = was->recv_queue;
            c->send_before = was->send_queue;
            c->received_before = was->received;
            c->acked_before = was->acked;
            c->retransmits_before = was->retransmits;
            c->state_before = (int)was->state;
        }
    }
}

struct owner {
    uint64_t inode;
    int32_t pid;
};
typedef VEC(struct owner) owner_vec;

static int by_inode(const void *a, const void *b)
{
    const struct owner *x = a, *y = b;

    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static void read_owners(struct parse *p, owner_vec *out)
{
    struct str text = parse_section(p, "sockets", 1, false), line;

    while (str_line(&text, &line)) {
        struct owner o = {0};

        if (num_u64(parse_word(&line), &o.inode) && o.inode) {
            o.pid = (int32_t)parse_i64(parse_word(&line), 0);
            *VEC_PUSH(out) = o;
        }
    }
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), by_inode);
}

/* The first holder: a parent that handed a socket on was there before. */
static int32_t owner_of(const owner_vec *owners, uint64_t inode)
{
    size_t lo = 0, hi = owners->count;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (owners->items[mid].inode < inode)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < owners->count && owners->items[lo].inode == inode ? owners->items[lo].pid : 0;
}

static void read_time_waits(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "timewait", 1, false), line;

    while (str_line(&text, &line) && s->time_waits.count < TIME_WAITS_MAX) {
        struct host_time_wait w = {.count = parse_next(&line), .addr = ""};
        struct conn_end peer;

        if (conn_end_read(parse_word(&line), &peer)) {
            w.addr = conn_addr_text(p, &peer);
            w.port = peer.port;
        }
        *VEC_PUSH(&s->time_waits) = w;
    }
}

/* "LISTEN queue backlog name ... ino:1 users:(...)" */
static void read_unix(struct parse *p, struct host_snapshot *s, const owner_vec *owners)
{
    struct str text = parse_section(p, "unix", 1, false), line, word;

    while (str_line(&text, &line) && s->unix_listeners.count < UNIX_MAX) {
        struct host_unix_listener u = {0};
        struct conn c = fresh;

        if (!str_eq_c(parse_word(&line), "LISTEN"))
            continue;
        u.queue = parse_next(&line);
        u.backlog = parse_next(&line);
        u.path = parse_text(p, parse_word(&line), 120);
        for (word = parse_word(&line); word.len; word = parse_word(&line))
            read_extra(word, &c);
        u.inode = c.inode;
        u.pid = c.pid ? c.pid : owner_of(owners, c.inode);
        u.comm = host_snapshot_process(s, u.pid) ? host_snapshot_process(s, u.pid)->comm : NULL;
        *VEC_PUSH(&s->unix_listeners) = u;
    }
}

static void note_denied(struct parse *p)
{
    struct str text = parse_section(p, "sockets/denied", 1, false);
    double n = parse_next(&text);

    if (n > 0)
        parse_gap(p, "who holds which socket", ERR_DENIED,
                  arena_printf(p->arena,
                               "the open files of %.0f processes of other users cannot be read: "
                               "look as root",
                               n));
    if (host_bundle_find(&p->bundle, "conns/cut", 1))
        parse_gap(p, "some connections", ERR_LIMIT, "there are more than 20000");
}

void parse_connections(struct parse *p, struct host_snapshot *s)
{
    conn_vec now = {0}, before = {0};
    owner_vec owners = {0};
    bool known = read_phase(p, 1, &now);

    read_phase(p, 0, &before);
    join_phases(&now, &before);
    read_owners(p, &owners);
    VEC_EACH (c, &now) {
        if (!c->pid && c->inode)
            c->pid = owner_of(&owners, c->inode);
    }
    s->tcp_conns = known ? (double)now.count : NAN;
    conns_group(p, s, &now);
    read_time_waits(p, s);
    read_unix(p, s, &owners);
    note_denied(p);
    VEC_RELEASE(&now);
    VEC_RELEASE(&before);
    VEC_RELEASE(&owners);
}
