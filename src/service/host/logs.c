/* logs.c - the families of error lines, as a table of phrases.
 * Phrases and not expressions: a million hostile lines cost one pass each, with no backtracking.
 * The order is the order of precedence. */
#include "runbook/service/host.h"

static const struct host_family families[] = {
    {"oom", "critical", "a process or a group ran out of memory"},
    {"disk", "critical", "a disk is full or fails"},
    {"dns", "high", "names cannot be resolved"},
    {"ssl", "high", "a TLS handshake or a certificate fails"},
    {"database", "high", "a database refuses, deadlocks or has no connections left"},
    {"connection", "high", "a peer cannot be reached or answers too late"},
    {"rate_limit", "medium", "a rate limit or a quota is hit"},
    {"auth", "high", "credentials or permissions are refused"},
    {"kubernetes", "high", "containers fail to start or are restarted"},
    {"crash", "critical", "a program crashes"},
    {"service_error", "high", "a service answers with errors"},
    {NULL, NULL, NULL},
};

static const struct {
    const char *phrase;
    const char *family;
} phrases[] = {
    {"out of memory", "oom"},
    {"oom-kill", "oom"},
    {"oomkilled", "oom"},
    {"outofmemoryerror", "oom"},
    {"cannot allocate memory", "oom"},
    {"memory cgroup out of", "oom"},
    {"heap out of memory", "oom"},
    {"std::bad_alloc", "oom"},
    {"no space left on device", "disk"},
    {"disk full", "disk"},
    {"disk quota exceeded", "disk"},
    {"read-only file system", "disk"},
    {"i/o error", "disk"},
    {"input/output error", "disk"},
    {"enospc", "disk"},
    {"too many open files", "disk"},
    {"ext4-fs error", "disk"},
    {"xfs_error", "disk"},
    {"name or service not known", "dns"},
    {"temporary failure in name resolution", "dns"},
    {"could not resolve host", "dns"},
    {"no such host", "dns"},
    {"nxdomain", "dns"},
    {"servfail", "dns"},
    {"enotfound", "dns"},
    {"getaddrinfo failed", "dns"},
    {"certificate has expired", "ssl"},
    {"certificate verify failed", "ssl"},
    {"certificate is not yet valid", "ssl"},
    {"x509:", "ssl"},
    {"ssl handshake", "ssl"},
    {"tls handshake", "ssl"},
    {"ssl_error", "ssl"},
    {"too many connections", "database"},
    {"too many clients already", "database"},
    {"deadlock detected", "database"},
    {"deadlock found", "database"},
    {"lock wait timeout", "database"},
    {"connection pool exhausted", "database"},
    {"database is locked", "database"},
    {"sqlstate", "database"},
    {"connection timed out", "connection"},
    {"connection timeout", "connection"},
    {"connect timeout", "connection"},
    {"connection refused", "connection"},
    {"connection reset", "connection"},
    {"econnrefused", "connection"},
    {"etimedout", "connection"},
    {"econnreset", "connection"},
    {"no route to host", "connection"},
    {"network is unreachable", "connection"},
    {"read timed out", "connection"},
    {"deadline exceeded", "connection"},
    {"upstream timed out", "connection"},
    {"i/o timeout", "connection"},
    {"rate limit", "rate_limit"},
    {"ratelimit", "rate_limit"},
    {"too many requests", "rate_limit"},
    {"throttlingexception", "rate_limit"},
    {"request throttled", "rate_limit"},
    {"quota exceeded", "rate_limit"},
    {"authentication fail", "auth"},
    {"failed password", "auth"},
    {"access denied", "auth"},
    {"unauthorized", "auth"},
    {"invalid credentials", "auth"},
    {"token expired", "auth"},
    {"permission denied", "auth"},
    {"crashloopbackoff", "kubernetes"},
    {"imagepullbackoff", "kubernetes"},
    {"errimagepull", "kubernetes"},
    {"failedscheduling", "kubernetes"},
    {"liveness probe failed", "kubernetes"},
    {"readiness probe failed", "kubernetes"},
    {"evicted", "kubernetes"},
    {"segfault", "crash"},
    {"segmentation fault", "crash"},
    {"core dumped", "crash"},
    {"panic:", "crash"},
    {"kernel panic", "crash"},
    {"fatal error", "crash"},
    {"stack overflow", "crash"},
    {"terminated by signal", "crash"},
    {"main process exited", "crash"},
    {"traceback (most recent call last)", "crash"},
    {"uncaught exception", "crash"},
    {"; not expected)", "crash"}, /* supervisor: "exited: web (exit status 3; not expected)" */
    {"entered fatal state", "crash"},
    {"start request repeated too quickly", "crash"},
    {"internal server error", "service_error"},
    {"service unavailable", "service_error"},
    {"bad gateway", "service_error"},
    {"gateway timeout", "service_error"},
    {"unhandled exception", "service_error"},
    {" 500 ", "service_error"},
    {" 502 ", "service_error"},
    {" 503 ", "service_error"},
};

const struct host_family *host_family_table(void)
{
    return families;
}

static int index_of(const char *name)
{
    for (int i = 0; families[i].name; i++) {
        if (strcmp(families[i].name, name) == 0)
            return i;
    }
    return -1;
}

static size_t lower(struct str line, char *out, size_t room)
{
    size_t n = line.len < room ? line.len : room;

    for (size_t i = 0; i < n; i++) {
        char c = line.ptr[i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return n;
}

int host_family_of(struct str line)
{
    char low[1024];
    struct str text = {low, lower(line, low, sizeof(low))};
    int best = -1;

    for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
        int at;

        if (str_find(text, str_from(phrases[i].phrase)) < 0)
            continue;
        at = index_of(phrases[i].family);
        if (best < 0 || at < best)
            best = at;
    }
    return best;
}
