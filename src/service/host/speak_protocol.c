/* speak_protocol.c - which words a listener is spoken to with, and what its answer is. Pure.
 * Source of the ports: IANA service names and the programs' own defaults. */
#include "speak_priv.h"

#include <ctype.h>
#include <string.h>

#include "runbook/base/num.h"

static const struct {
    const char *comm; /* begins with */
    enum speak_first first;
} by_command[] = {
    {"sshd", SPEAK_GREET},
    {"dropbear", SPEAK_GREET},
    {"master", SPEAK_GREET},
    {"exim", SPEAK_GREET},
    {"sendmail", SPEAK_GREET},
    {"smtpd", SPEAK_GREET},
    {"dovecot", SPEAK_GREET},
    {"mysqld", SPEAK_GREET},
    {"mariadbd", SPEAK_GREET},
    {"vsftpd", SPEAK_GREET},
    {"proftpd", SPEAK_GREET},
    {"postgres", SPEAK_POSTGRES},
    {"postmaster", SPEAK_POSTGRES},
    {"redis-server", SPEAK_REDIS},
    {"valkey-server", SPEAK_REDIS},
    {"memcached", SPEAK_MEMCACHED},
    {"p910nd", SPEAK_NEVER},
    {"lpd", SPEAK_NEVER},
    {"cups", SPEAK_NEVER},
    {"gpsd", SPEAK_NEVER},
    {"in.tftpd", SPEAK_NEVER},
    {"Xorg", SPEAK_NEVER},
    {"Xvnc", SPEAK_NEVER},
    {"rpcbind", SPEAK_NEVER},
    {"rpc.", SPEAK_NEVER},
    /* these end with their first connection, or hand what comes to a line or to another machine */
    {"nc.", SPEAK_NEVER},
    {"ncat", SPEAK_NEVER},
    {"netcat", SPEAK_NEVER},
    {"socat", SPEAK_NEVER},
    {"gdbserver", SPEAK_NEVER},
    {"iperf", SPEAK_NEVER},
    {"ser2net", SPEAK_NEVER},
    {"conserver", SPEAK_NEVER},
    {"qemu-", SPEAK_NEVER},
};

static const struct {
    int port;
    enum speak_first first;
} by_port[] = {
    {21, SPEAK_GREET},   {22, SPEAK_GREET},        {25, SPEAK_GREET},   {110, SPEAK_GREET},
    {143, SPEAK_GREET},  {587, SPEAK_GREET},       {3306, SPEAK_GREET}, {5432, SPEAK_POSTGRES},
    {6379, SPEAK_REDIS}, {11211, SPEAK_MEMCACHED}, {443, SPEAK_TLS},    {8443, SPEAK_TLS},
    {9443, SPEAK_TLS},   {6443, SPEAK_TLS},        {993, SPEAK_TLS},    {995, SPEAK_TLS},
    {636, SPEAK_TLS},    {465, SPEAK_TLS},         {111, SPEAK_NEVER},  {515, SPEAK_NEVER},
    {2049, SPEAK_NEVER}, {53, SPEAK_NEVER},        {445, SPEAK_NEVER},  {139, SPEAK_NEVER},
    {3389, SPEAK_NEVER},
};

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

enum speak_first speak_first_of(int port, const char *comm)
{
    if (strcmp(comm, "nc") == 0)
        return SPEAK_NEVER;
    for (size_t i = 0; i < sizeof(by_command) / sizeof(*by_command); i++) {
        if (starts(comm, by_command[i].comm))
            return by_command[i].first;
    }
    for (size_t i = 0; i < sizeof(by_port) / sizeof(*by_port); i++) {
        if (port == by_port[i].port)
            return by_port[i].first;
    }
    return SPEAK_HTTP;
}

bool speak_expects_http(int port, const char *comm)
{
    static const int ports[] = {80,   443,  3000, 4000, 5000, 8000, 8001, 8008, 8080, 8081,
                                8443, 8888, 9000, 9090, 9093, 9100, 9200, 9443, 15672};
    static const char *const words[] = {"http",  "nginx",     "apache",   "caddy",   "traefik",
                                        "envoy", "haproxy",   "gunicorn", "uvicorn", "tomcat",
                                        "jetty", "php-fpm: ", "lighttpd", "web",     "api"};

    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        if (port == ports[i])
            return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strstr(comm, words[i]))
            return true;
    }
    return false;
}

/* Source: RFC 4253, 4.2; RFC 5321, 4.2; RFC 959, 5.4; RFC 3501, 7.1; MySQL's protocol version 10.
 */
const char *speak_greeting(struct str t)
{
    if (str_starts(t, "SSH-"))
        return "ssh";
    if (str_starts(t, "220") || str_starts(t, "421") || str_starts(t, "554"))
        return str_ifind(t, STR_LIT("smtp")) >= 0 || str_ifind(t, STR_LIT("mail")) >= 0 ? "smtp"
                                                                                        : "ftp";
    if (str_starts(t, "* OK") || str_starts(t, "* BYE"))
        return "imap";
    if (str_starts(t, "+OK") || str_starts(t, "-ERR"))
        return "pop3";
    if (t.len > 5 && t.ptr[3] == 0 && (t.ptr[4] == 10 || (unsigned char)t.ptr[4] == 0xff))
        return "mysql";
    return "other";
}

int speak_http_status(struct str t)
{
    if (t.len < 12 || !str_starts(t, "HTTP/"))
        return 0;
    for (size_t i = 5; i + 3 < t.len && i < 10; i++) {
        if (t.ptr[i] == ' ' && isdigit((unsigned char)t.ptr[i + 1]) &&
            isdigit((unsigned char)t.ptr[i + 2]) && isdigit((unsigned char)t.ptr[i + 3]))
            return (t.ptr[i + 1] - '0') * 100 + (t.ptr[i + 2] - '0') * 10 + (t.ptr[i + 3] - '0');
    }
    return 0;
}

/* ---- ports that are promised ---- */

static void want(struct speak_want *w, int port)
{
    for (int i = 0; i < w->count; i++) {
        if (w->ports[i] == port)
            return;
    }
    if (port > 0 && w->count < 8)
        w->ports[w->count++] = port;
}

/* "8080", ":8080", "0.0.0.0:8080", "[::]:8080", "tcp://127.0.0.1:8080"; -1 when it is none. */
static int port_of(struct str s)
{
    uint64_t v;
    size_t i = s.len;

    while (i && isdigit((unsigned char)s.ptr[i - 1]))
        i--;
    if (i == s.len || (i && s.ptr[i - 1] != ':') ||
        !num_u64((struct str){s.ptr + i, s.len - i}, &v) || v == 0 || v > 65535)
        return -1;
    return (int)v;
}

/* A long option that says where to listen, whole: "--peer-port" is somebody else's. */
static bool is_listen_flag(struct str name)
{
    static const char *const names[] = {
        "listen",      "listen-address", "listen-addr",  "listen_addr", "listen-port",
        "listen_port", "bind",           "bind-address", "bind-addr",   "bind_addr",
        "port",        "http-port",      "http_port",    "https-port",  "http-addr",
        "http.port",   "server.port",    "server-port",  "web-port",    "web.listen-address",
        "grpc-port",   "api-port",       "admin-port",   "metrics-port"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_eq_c(name, names[i]))
            return true;
    }
    return false;
}

static bool is_target_flag(struct str name)
{
    static const char *const names[] = {"host",   "hostname", "connect",  "server", "remote",
                                        "target", "url",      "upstream", "broker", "endpoint"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_eq_c(name, names[i]))
            return true;
    }
    return false;
}

void speak_want_args(struct str cmdline, struct speak_want *ret)
{
    struct str arg, name;
    bool takes = false, first = true;

    ret->count = 0;
    while (cmdline.len) {
        const char *end = memchr(cmdline.ptr, '\0', cmdline.len);
        size_t n = end ? (size_t)(end - cmdline.ptr) : cmdline.len;

        arg = (struct str){cmdline.ptr, n};
        n += end != NULL;
        cmdline.ptr += n;
        cmdline.len -= n;
        if (takes && arg.len && arg.ptr[0] != '-')
            want(ret, port_of(arg));
        takes = false;
        if (!first && str_starts(arg, "-")) {
            while (arg.len && *arg.ptr == '-') {
                arg.ptr++;
                arg.len--;
            }
            if (!str_split(&arg, '=', &name))
                continue;
            if (is_target_flag(name)) {
                ret->count = 0;
                return;
            }
            takes = name.len > 2 && is_listen_flag(name);
            if (takes && arg.ptr && arg.len) {
                want(ret, port_of(arg));
                takes = false;
            }
        }
        first = false;
    }
}

/* "listen 8080 ssl;", "port 6379", "port = 5432", "listen: 127.0.0.1:9000", "bind *:80". */
void speak_want_config(struct str text, struct speak_want *ret)
{
    static const char *const keys[] = {"listen",    "port",   "bind", "listen_port",
                                       "http_port", "Listen", "Port"};
    struct str line;

    ret->count = 0;
    while (str_line(&text, &line)) {
        line = str_trim(line);
        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
            size_t n = strlen(keys[i]);
            struct str v;

            if (!str_starts(line, keys[i]) || line.len <= n || !strchr(" \t=:", line.ptr[n]))
                continue;
            v = (struct str){line.ptr + n, line.len - n};
            while (v.len && strchr(" \t=:\"'", *v.ptr)) {
                v.ptr++;
                v.len--;
            }
            for (n = 0; n < v.len && !strchr(" \t;\"'#,", v.ptr[n]); n++)
                ;
            want(ret, port_of((struct str){v.ptr, n}));
        }
    }
}

bool speak_cert_path(struct str *rest, struct str *ret)
{
    static const char ends[] = " \t\r\n;\"'=,<>()[]{}";
    static const char *const suffixes[] = {".pem", ".crt", ".cer", ".cert"};

    while (rest->len) {
        size_t n = 0;
        struct str word;

        while (n < rest->len && rest->ptr[n] && !strchr(ends, rest->ptr[n]))
            n++;
        word = (struct str){rest->ptr, n};
        n += n < rest->len;
        rest->ptr += n;
        rest->len -= n;
        for (size_t i = 0; i < 4 && word.len > 5 && word.ptr[0] == '/'; i++) {
            if (str_ends(word, suffixes[i])) {
                *ret = word;
                return true;
            }
        }
    }
    return false;
}
