/* logfacts.c - see logfacts.h.
 * Sources of the phrases: strerror(3) of glibc and musl, the error texts of Go's net package, of
 * Node's libuv, of the JVM, of libpq, of nginx, HAProxy and of connection pools (HikariCP,
 * pgbouncer, SQLAlchemy). */
#include "runbook/codec/logfacts.h"

#include <ctype.h>
#include <stdio.h>

#include "runbook/base/num.h"

#define LINE_MAX_BYTES 2048

static const struct {
    const char *phrase;
    enum log_cause cause;
} phrases[] = {
    {"address already in use", LOG_CAUSE_PORT_TAKEN},
    {"eaddrinuse", LOG_CAUSE_PORT_TAKEN},
    {"port is already allocated", LOG_CAUSE_PORT_TAKEN},
    {"only one usage of each socket address", LOG_CAUSE_PORT_TAKEN},
    {"certificate verify failed", LOG_CAUSE_CERTIFICATE},
    {"certificate has expired", LOG_CAUSE_CERTIFICATE},
    {"certificate is not yet valid", LOG_CAUSE_CERTIFICATE},
    {"certificate is not valid for", LOG_CAUSE_CERTIFICATE},
    {"hostname mismatch", LOG_CAUSE_CERTIFICATE},
    {"self-signed certificate", LOG_CAUSE_CERTIFICATE},
    {"self signed certificate", LOG_CAUSE_CERTIFICATE},
    {"unable to get local issuer", LOG_CAUSE_CERTIFICATE},
    {"x509:", LOG_CAUSE_CERTIFICATE},
    {"pkix path", LOG_CAUSE_CERTIFICATE},
    {"sslhandshakeexception", LOG_CAUSE_CERTIFICATE},
    {"tlsv1 alert", LOG_CAUSE_CERTIFICATE},
    {"sslv3 alert", LOG_CAUSE_CERTIFICATE},
    {"connection pool exhausted", LOG_CAUSE_POOL},
    {"pool exhausted", LOG_CAUSE_POOL},
    {"pool is exhausted", LOG_CAUSE_POOL},
    {"pool timeout", LOG_CAUSE_POOL},
    {"queuepool limit", LOG_CAUSE_POOL},
    {"timed out waiting for a connection from the pool", LOG_CAUSE_POOL},
    {"timeout waiting for connection from pool", LOG_CAUSE_POOL},
    {"connection is not available, request timed out", LOG_CAUSE_POOL},
    {"remaining connection slots are reserved", LOG_CAUSE_POOL},
    {"too many clients already", LOG_CAUSE_POOL},
    {"too many connections", LOG_CAUSE_POOL},
    {"no more connections allowed", LOG_CAUSE_POOL},
    {"max number of clients reached", LOG_CAUSE_POOL},
    {"rejectedexecutionexception", LOG_CAUSE_POOL},
    {"worker_connections are not enough", LOG_CAUSE_POOL},
    {"server reached pm.max_children", LOG_CAUSE_POOL},
    {"server reached maxrequestworkers", LOG_CAUSE_POOL},
    {"no space left on device", LOG_CAUSE_SPACE},
    {"disk quota exceeded", LOG_CAUSE_SPACE},
    {"read-only file system", LOG_CAUSE_SPACE},
    {"enospc", LOG_CAUSE_SPACE},
    {"too many open files", LOG_CAUSE_FILES},
    {"emfile", LOG_CAUSE_FILES},
    {"cannot allocate memory", LOG_CAUSE_MEMORY},
    {"out of memory", LOG_CAUSE_MEMORY},
    {"outofmemoryerror", LOG_CAUSE_MEMORY},
    {"std::bad_alloc", LOG_CAUSE_MEMORY},
    {"heap limit", LOG_CAUSE_MEMORY},
    {"name or service not known", LOG_CAUSE_NAME},
    {"temporary failure in name resolution", LOG_CAUSE_NAME},
    {"could not resolve host", LOG_CAUSE_NAME},
    {"could not translate host name", LOG_CAUSE_NAME},
    {"no such host", LOG_CAUSE_NAME},
    {"nodename nor servname", LOG_CAUSE_NAME},
    {"unknownhostexception", LOG_CAUSE_NAME},
    {"enotfound", LOG_CAUSE_NAME},
    {"eai_again", LOG_CAUSE_NAME},
    {"host not found in upstream", LOG_CAUSE_NAME},
    {"connection refused", LOG_CAUSE_REFUSED},
    {"econnrefused", LOG_CAUSE_REFUSED},
    {"no route to host", LOG_CAUSE_REFUSED},
    {"network is unreachable", LOG_CAUSE_REFUSED},
    {"ehostunreach", LOG_CAUSE_REFUSED},
    {"connection reset by peer", LOG_CAUSE_REFUSED},
    {"econnreset", LOG_CAUSE_REFUSED},
    {"no live upstreams", LOG_CAUSE_REFUSED},
    {"has no server available", LOG_CAUSE_REFUSED},
    {"server closed the connection unexpectedly", LOG_CAUSE_REFUSED},
    {"can't connect to", LOG_CAUSE_REFUSED},
    {"could not connect to", LOG_CAUSE_REFUSED},
    {"failed to connect to", LOG_CAUSE_REFUSED},
    {"connection timed out", LOG_CAUSE_TIMEOUT},
    {"connect timeout", LOG_CAUSE_TIMEOUT},
    {"etimedout", LOG_CAUSE_TIMEOUT},
    {"i/o timeout", LOG_CAUSE_TIMEOUT},
    {"read timed out", LOG_CAUSE_TIMEOUT},
    {"read timeout", LOG_CAUSE_TIMEOUT},
    {"upstream timed out", LOG_CAUSE_TIMEOUT},
    {"context deadline exceeded", LOG_CAUSE_TIMEOUT},
    {"sockettimeoutexception", LOG_CAUSE_TIMEOUT},
    {"operation timed out", LOG_CAUSE_TIMEOUT},
    {"request timed out", LOG_CAUSE_TIMEOUT},
    {"no response from", LOG_CAUSE_TIMEOUT},
    {"password authentication failed", LOG_CAUSE_LOGIN},
    {"authentication failed", LOG_CAUSE_LOGIN},
    {"access denied for user", LOG_CAUSE_LOGIN},
    {"noauth authentication required", LOG_CAUSE_LOGIN},
    {"invalid credentials", LOG_CAUSE_LOGIN},
    {"wrongpass", LOG_CAUSE_LOGIN},
    {"invalid configuration", LOG_CAUSE_CONFIG},
    {"configuration error", LOG_CAUSE_CONFIG},
    {"config error", LOG_CAUSE_CONFIG},
    {"bad config", LOG_CAUSE_CONFIG},
    {"error in config", LOG_CAUSE_CONFIG},
    {"failed to parse config", LOG_CAUSE_CONFIG},
    {"error parsing config", LOG_CAUSE_CONFIG},
    {"failed to load config", LOG_CAUSE_CONFIG},
    {"unknown directive", LOG_CAUSE_CONFIG},
    {"unknown configuration", LOG_CAUSE_CONFIG},
    {"unrecognized configuration", LOG_CAUSE_CONFIG},
    {"[emerg]", LOG_CAUSE_CONFIG},
    {"permission denied", LOG_CAUSE_PERMISSION},
    {"eacces", LOG_CAUSE_PERMISSION},
    {"operation not permitted", LOG_CAUSE_PERMISSION},
    {"accessdeniedexception", LOG_CAUSE_PERMISSION},
    {"no such file or directory", LOG_CAUSE_MISSING},
    {"enoent", LOG_CAUSE_MISSING},
    {"command not found", LOG_CAUSE_MISSING},
    {"executable file not found", LOG_CAUSE_MISSING},
    {"cannot open shared object file", LOG_CAUSE_MISSING},
    {"filenotfoundexception", LOG_CAUSE_MISSING},
    {"filenotfounderror", LOG_CAUSE_MISSING},
    {"cannot find module", LOG_CAUSE_MISSING},
    {"modulenotfounderror", LOG_CAUSE_MISSING},
    {"noclassdeffounderror", LOG_CAUSE_MISSING},
    {"classnotfoundexception", LOG_CAUSE_MISSING},
};

const char *log_cause_name(enum log_cause c)
{
    static const char *const names[LOG_CAUSES] = {
        "",     "refused",     "timeout", "name",  "port_taken", "permission", "missing",
        "pool", "certificate", "config",  "space", "files",      "memory",     "login"};

    return names[c];
}

static struct str bounded(struct str line)
{
    return (struct str){line.ptr, line.len < LINE_MAX_BYTES ? line.len : LINE_MAX_BYTES};
}

static size_t lower(struct str line, char *out)
{
    for (size_t i = 0; i < line.len; i++)
        out[i] = (char)tolower((unsigned char)line.ptr[i]);
    return line.len;
}

/* The table's order is the order of precedence: a pool that times out is no slow peer. */
enum log_cause log_cause_of(struct str line)
{
    char low[LINE_MAX_BYTES];
    struct str text = bounded(line);

    text = (struct str){low, lower(text, low)};
    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
        if (str_find(text, str_from(phrases[i].phrase)) >= 0)
            return phrases[i].cause;
    }
    return LOG_CAUSE_NONE;
}

/* ---- peers ---- */

static bool host_char(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

static struct str from(struct str s, size_t at)
{
    return at < s.len ? (struct str){s.ptr + at, s.len - at} : (struct str){s.ptr + s.len, 0};
}

/* Digits at the front as a port; 0 when they are none or go on. */
static int port_at(struct str s)
{
    size_t n = 0;
    uint64_t v = 0;

    while (n < s.len && n < 6 && isdigit((unsigned char)s.ptr[n]))
        n++;
    if (!n || n > 5 || !num_u64((struct str){s.ptr, n}, &v) || v > 65535)
        return 0;
    if (n < s.len && (isalpha((unsigned char)s.ptr[n]) || s.ptr[n] == '_' ||
                      (s.ptr[n] == ':' && n + 1 < s.len && isdigit((unsigned char)s.ptr[n + 1])) ||
                      (s.ptr[n] == '.' && n + 1 < s.len && isdigit((unsigned char)s.ptr[n + 1]))))
        return 0;
    return (int)v;
}

static bool is_source_file(struct str name)
{
    static const char *const ends[] = {".c",   ".h",    ".go",  ".py",    ".js",  ".ts",
                                       ".rb",  ".rs",   ".cc",  ".cpp",   ".hpp", ".java",
                                       ".kt",  ".php",  ".cs",  ".scala", ".sh",  ".pl",
                                       ".lua", ".conf", ".log", ".exs",   ".ex"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        if (str_ends(name, ends[i]))
            return true;
    }
    return false;
}

static bool is_no_host(struct str name)
{
    static const char *const words[] = {"line",  "port",  "pid",    "errno", "code",   "status",
                                        "error", "err",   "in",     "at",    "level",  "id",
                                        "count", "retry", "size",   "col",   "column", "row",
                                        "time",  "took",  "attempt"};
    bool letters = false, dots = false;

    for (size_t i = 0; i < name.len; i++) {
        letters |= isalpha((unsigned char)name.ptr[i]) != 0;
        dots |= name.ptr[i] == '.';
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (name.len == strlen(words[i]) && str_ifind(name, str_from(words[i])) == 0)
            return true;
    }
    return !name.len || is_source_file(name) || (!letters && !dots) ||
           !isalnum((unsigned char)name.ptr[0]);
}

/* What is said just before the token: the client's own address is not the peer. */
static bool is_ours(struct str line, size_t at)
{
    static const char *const before[] = {
        "client: ", "client=",  "from ",         "host: \"",  "host=\"",
        "server: ", "remote: ", "listening on ", "listen on "};

    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        size_t n = strlen(before[i]);

        if (at >= n && strncmp(line.ptr + at - n, before[i], n) == 0)
            return true;
    }
    return false;
}

static bool take(struct log_peer *ret, struct str host, int port)
{
    if (!host.len || host.len >= sizeof(ret->host))
        return false;
    snprintf(ret->host, sizeof(ret->host), "%.*s", STR_FMT(host));
    ret->port = port;
    return true;
}

/* "[::1]:8080" at `at` */
static bool bracketed(struct str line, size_t at, struct log_peer *ret)
{
    size_t end = at + 1;
    int port;

    while (end < line.len &&
           (isxdigit((unsigned char)line.ptr[end]) || line.ptr[end] == ':' || line.ptr[end] == '.'))
        end++;
    if (end - at < 3 || end + 2 >= line.len || line.ptr[end] != ']' || line.ptr[end + 1] != ':')
        return false;
    port = port_at(from(line, end + 2));
    return port && take(ret, (struct str){line.ptr + at + 1, end - at - 1}, port);
}

/* A "host:port" that starts at or after `at`; the first that fits. */
static bool token(struct str line, size_t at, struct log_peer *ret)
{
    for (size_t i = at; i < line.len; i++) {
        size_t end = i;
        int port;

        if (line.ptr[i] == '[' && bracketed(line, i, ret))
            return true;
        if (!host_char(line.ptr[i]) || (i && host_char(line.ptr[i - 1])))
            continue;
        while (end < line.len && host_char(line.ptr[end]))
            end++;
        if (end + 1 < line.len && line.ptr[end] == ':' &&
            (port = port_at(from(line, end + 1))) != 0 && !(i && line.ptr[i - 1] == ':') &&
            !is_no_host((struct str){line.ptr + i, end - i}) && !is_ours(line, i) &&
            !(i && line.ptr[i - 1] == '/' && i > 1 && line.ptr[i - 2] != '/'))
            return take(ret, (struct str){line.ptr + i, end - i}, port);
        i = end;
    }
    return false;
}

/* "http://db/path" without a port */
static bool url(struct str line, struct log_peer *ret)
{
    ptrdiff_t at = str_find(line, STR_LIT("://"));
    size_t begin, end;
    bool secure;

    if (at < 1)
        return false;
    begin = end = (size_t)at + 3;
    while (end < line.len && host_char(line.ptr[end]))
        end++;
    secure = line.ptr[at - 1] == 's';
    return end > begin && take(ret, (struct str){line.ptr + begin, end - begin}, secure ? 443 : 80);
}

/* "at "db" (10.0.0.3), port 5432", "host db port 5432", "host=db port=5432" */
static bool port_word(struct str line, struct log_peer *ret)
{
    ptrdiff_t at = str_ifind(line, STR_LIT("port"));
    size_t end, p;
    int port;

    if (at < 4)
        return false;
    p = (size_t)at + 4;
    while (p < line.len && strchr(" =:", line.ptr[p]))
        p++;
    port = port_at(from(line, p));
    for (end = (size_t)at; end && strchr(" ,()\"'", line.ptr[end - 1]); end--)
        ;
    for (p = end; p && host_char(line.ptr[p - 1]); p--)
        ;
    return port && end > p && !is_no_host((struct str){line.ptr + p, end - p}) &&
           take(ret, (struct str){line.ptr + p, end - p}, port);
}

bool log_peer_find(struct str line, struct log_peer *ret)
{
    static const char *const leads[] = {
        "upstream: \"",   "->",          "connecting to ", "connect to ",
        "connection to ", "dial tcp ",   "dial ",          "econnrefused ",
        "etimedout ",     "refused to ", "reach "};

    line = bounded(line);
    for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
        ptrdiff_t at = str_ifind(line, str_from(leads[i]));
        struct str piece;

        if (at < 0)
            continue;
        piece = from(line, (size_t)at + strlen(leads[i]));
        if (token(piece, 0, ret) || port_word(piece, ret) || url(piece, ret))
            return true;
    }
    return port_word(line, ret) || token(line, 0, ret) || url(line, ret);
}

int log_port_find(struct str line)
{
    struct log_peer peer;
    ptrdiff_t at;

    line = bounded(line);
    if (token(line, 0, &peer))
        return peer.port;
    at = str_ifind(line, STR_LIT("port"));
    if (at >= 0) {
        struct str rest = from(line, (size_t)at + 4);

        while (rest.len && strchr(" =:#", *rest.ptr))
            rest = from(rest, 1);
        if (port_at(rest))
            return port_at(rest);
    }
    for (size_t i = 0; i + 1 < line.len; i++) { /* ":::8080", "*:80" */
        if (line.ptr[i] == ':' && i && strchr(": *]", line.ptr[i - 1]) &&
            port_at(from(line, i + 1)))
            return port_at(from(line, i + 1));
    }
    return 0;
}

/* ---- files ---- */

static bool path_char(char c)
{
    return (unsigned char)c > 0x20 && !strchr("\"'`,;()<>[]{}|", c) && c != 0x7f;
}

bool log_path_find(struct str line, char *out, size_t room)
{
    line = bounded(line);
    for (size_t i = 0; i < line.len; i++) {
        size_t end = i;

        if (line.ptr[i] != '/' ||
            (i && (path_char(line.ptr[i - 1]) && line.ptr[i - 1] != '=' && line.ptr[i - 1] != ':')))
            continue;
        while (end < line.len && path_char(line.ptr[end]))
            end++;
        while (end > i + 1 && strchr(":.0123456789", line.ptr[end - 1]) &&
               memchr(line.ptr + i, ':', end - i)) /* "main.go:12:" */
            end--;
        while (end > i + 1 && strchr(":.", line.ptr[end - 1]))
            end--;
        if (end - i > 2 && end - i < room && (i == 0 || line.ptr[i - 1] != ':' || i < 2) &&
            !is_source_file((struct str){line.ptr + i, end - i})) {
            snprintf(out, room, "%.*s", (int)(end - i), line.ptr + i);
            return true;
        }
        i = end;
    }
    return false;
}
