/* speak_priv.h - what listeners of this machine say when they are spoken to.
 * Each gets at most one request of a kind that its protocol has for the purpose, all within three
 * seconds, over loopback or the machine's own address. The result is text, one fact a line, fields
 * separated by tabs, so that the script for other machines can write the same:
 *   target ADDR PORT PID COMMAND     begins a listener; PID 0 and COMMAND - when not known
 *   connect ok|refused|timeout|TEXT MS
 *   expect http                      its command or port promise it
 *   greet MS TEXT                    what it said first
 *   proto NAME                       ssh smtp ftp imap mysql http postgres redis memcached other
 * silent say TEXT                         its answer, where the protocol has no number http PATH
 * STATUS MS              STATUS 0: none within the deadline stuck accept|read|answer MS BYTES tls
 * ok|TEXT MS, then cert and verify lines (net/tls_look.h) certfile PATH PID COMMAND, then cert
 * lines want PORT PID COMMAND WHERE      a port that a command line or configuration names gap TEXT
 */
#ifndef RUNBOOK_SERVICE_HOST_SPEAK_PRIV_H
#define RUNBOOK_SERVICE_HOST_SPEAK_PRIV_H

#include <netinet/in.h>

#include "collect_priv.h"

/* What a listener's own log shows of us: who asks, and what for. RFC 9110, 10.1.5: a product and a
 * comment. */
#define SPEAK_AGENT "runbook/" PACKAGE_VERSION " (investigation: does this listener answer)"

#define SPEAK_MAX 48
#define SPEAK_DEADLINE_MS 1000
#define SPEAK_GREETING_MS 150
#define SPEAK_SLOW_MS 400

struct speak_target {
    char addr[INET6_ADDRSTRLEN];
    int port;
    bool six;
    int32_t pid;
    char comm[32];
    uint64_t inode;
    bool aside; /* of the sessions that we were started from: named, not asked for pages */
};

/* Talk to all of them side by side and append the lines above to `out`. */
void speak_run(struct speak_target *targets, size_t count, int64_t deadline_ms, const char *name,
               struct buf *out);

enum speak_first {
    SPEAK_HTTP,  /* a GET; what answers otherwise tells what it is */
    SPEAK_TLS,   /* a handshake, then a GET */
    SPEAK_GREET, /* it speaks first */
    SPEAK_POSTGRES,
    SPEAK_REDIS,
    SPEAK_MEMCACHED,
    SPEAK_NEVER, /* what it gets it prints, or worse */
};
enum speak_first speak_first_of(int port, const char *comm);
bool speak_expects_http(int port, const char *comm);
/* The protocol of something that spoke first: "ssh", "smtp" ..., or "other". */
const char *speak_greeting(struct str text);
/* Status of "HTTP/1.1 503 ..."; 0 when it is none (yet). */
int speak_http_status(struct str text);

/* Ports that a command line or a configuration text promises to listen on. */
struct speak_want {
    int ports[8];
    int count;
};
void speak_want_args(struct str cmdline, struct speak_want *ret); /* NUL between arguments */
void speak_want_config(struct str text, struct speak_want *ret);
/* Next path of a certificate in `text` (of a configuration, or arguments with NUL between), off
 * *rest; false when none is left. */
bool speak_cert_path(struct str *rest, struct str *ret);

void local_services(struct local *l);

#endif
