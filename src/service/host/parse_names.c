/* parse_names.c - who resolves names for this machine and who asks, its own addresses, and the
 * lines of logs that say that a port was taken. */
#include "conns_priv.h"

#include <ctype.h>
#include <stdlib.h>

#include "runbook/base/num.h"

#define RESOLVERS_MAX 8
#define ADDRESSES_MAX 64
#define RESOLVING_MAX 64
#define BIND_ERRORS_MAX 16
#define DNS_PORT 53

static void read_resolvers(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "etc/resolv.conf", 1, true), line;
    struct str order = parse_line_of(parse_section(p, "etc/nsswitch.conf", 1, false), "hosts:");

    while (str_line(&text, &line) && s->resolvers.count < RESOLVERS_MAX) {
        if (str_eq_c(parse_word(&line), "nameserver"))
            *VEC_PUSH(&s->resolvers) = parse_text(p, parse_word(&line), 64);
    }
    s->hosts_dns = !order.ptr || str_find(order, STR_LIT("dns")) >= 0 ||
                   str_find(order, STR_LIT("resolve")) >= 0;
}

static void add_address(struct parse *p, struct host_snapshot *s, struct str addr)
{
    const char *text = parse_text(p, addr, 64);

    VEC_EACH (a, &s->addresses) {
        if (strcmp(*a, text) == 0)
            return;
    }
    if (s->addresses.count < ADDRESSES_MAX && !str_starts(addr, "127."))
        *VEC_PUSH(&s->addresses) = text;
}

/* An address stands on the line before its "/32 host LOCAL". */
static void read_addresses(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "proc/net/fib_trie", 1, false), line, last = {NULL, 0};

    while (str_line(&text, &line)) {
        struct str t = str_trim(line);

        if (str_starts(t, "|-- "))
            last = (struct str){t.ptr + 4, t.len - 4};
        else if (last.ptr && str_starts(t, "/32 host LOCAL"))
            add_address(p, s, last);
    }
}

static const char *v4_of_hex(struct parse *p, struct str hex)
{
    uint64_t v;

    if (hex.len < 8 || !num_u64_base((struct str){hex.ptr + hex.len - 8, 8}, 16, &v))
        return NULL;
    if (hex.len == 32 && !str_starts(hex, "0000000000000000FFFF0000"))
        return NULL; /* a resolver of IPv6 is asked by the probe, its askers are not told */
    return arena_printf(p->arena, "%u.%u.%u.%u", (unsigned)(v & 255), (unsigned)(v >> 8 & 255),
                        (unsigned)(v >> 16 & 255), (unsigned)(v >> 24 & 255));
}

static void add_resolving(struct parse *p, struct host_snapshot *s, int32_t pid, const char *addr)
{
    const struct host_process *pr = host_snapshot_process(s, pid);

    (void)p;
    VEC_EACH (r, &s->resolving) {
        if (r->pid == pid && strcmp(r->addr, addr) == 0) {
            r->count++;
            return;
        }
    }
    if (s->resolving.count < RESOLVING_MAX)
        *VEC_PUSH(&s->resolving) = (struct host_resolving){
            .pid = pid, .comm = pr ? pr->comm : NULL, .addr = addr, .count = 1};
}

static int32_t owner_of(struct parse *p, uint64_t inode)
{
    struct str text = parse_section(p, "sockets", 1, false), line;
    uint64_t v;

    while (inode && str_line(&text, &line)) {
        if (num_u64(parse_word(&line), &v) && v == inode)
            return (int32_t)parse_i64(parse_word(&line), 0);
    }
    return 0;
}

/* Sockets that are connected to a name server: a question is under way. */
static void read_udp(struct parse *p, struct host_snapshot *s, const char *file)
{
    struct str text = parse_section(p, file, 1, false), line, addr;

    while (str_line(&text, &line)) {
        uint64_t port, inode = 0;
        const char *peer;
        struct str rem;

        parse_word(&line);
        parse_word(&line);
        rem = parse_word(&line);
        if (!str_split(&rem, ':', &addr) || !num_u64_base(rem, 16, &port) || port != DNS_PORT)
            continue;
        for (int i = 0; i < 6; i++)
            parse_word(&line);
        num_u64(parse_word(&line), &inode);
        peer = v4_of_hex(p, addr);
        if (peer)
            add_resolving(p, s, owner_of(p, inode), peer);
    }
}

/* ---- ports that were taken ---- */

static int port_in(struct str line, size_t at)
{
    int64_t port = 0;
    size_t digits = 0;

    while (at < line.len && isdigit((unsigned char)line.ptr[at]) && digits < 6) {
        port = port * 10 + (line.ptr[at] - '0');
        at++;
        digits++;
    }
    return digits >= 2 && port > 0 && port < 65536 ? (int)port : 0;
}

/* "0.0.0.0:8080", "[::]:80", "port 8080", "port: 8080". Parts of a time are below 60; what stands
 * behind a bracket or a star is a port, however small. */
static int find_port(struct str line)
{
    int found = 0;

    for (size_t i = 1; i < line.len; i++) {
        char before = line.ptr[i - 1], first = i > 1 ? line.ptr[i - 2] : ' ';
        size_t back = i > 6 ? i - 6 : 0;
        int port = before == ':' || before == ' ' ? port_in(line, i) : 0;

        if (!port)
            continue;
        if (str_ifind((struct str){line.ptr + back, i - back}, STR_LIT("port")) >= 0)
            return port;
        if (before == ':' && (port >= 60 || first == ']' || first == '*'))
            found = port;
    }
    return found;
}

static void read_bind_errors(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "bind", 1, false), line;

    while (str_line(&text, &line)) {
        int port = find_port(line);
        struct host_bind_error *e = NULL;
        struct str rest = line;
        double ts;

        if (!line.len)
            continue;
        ts = parse_num(parse_word(&rest), 0);
        VEC_EACH (old, &s->bind_errors) {
            if (old->port == port)
                e = old;
        }
        if (!e && s->bind_errors.count == BIND_ERRORS_MAX)
            continue;
        if (!e) {
            e = VEC_PUSH(&s->bind_errors);
            e->port = port;
        }
        e->count++;
        e->text = parse_text(p, str_trim(line), 200);
        if (ts > 1e9 && ts < 1e11)
            e->ts_ms = (int64_t)(ts * 1000);
    }
}

void parse_names(struct parse *p, struct host_snapshot *s)
{
    read_resolvers(p, s);
    read_addresses(p, s);
    read_udp(p, s, "proc/net/udp");
    read_udp(p, s, "proc/net/udp6");
    read_bind_errors(p, s);
}
