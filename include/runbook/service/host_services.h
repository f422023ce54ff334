/* host_services.h - what the listeners of a machine say when they are spoken to, the certificates
 * of their programs, and the ports that were promised (host.h collects it as HOST_SERVICES). */
#ifndef RUNBOOK_SERVICE_HOST_SERVICES_H
#define RUNBOOK_SERVICE_HOST_SERVICES_H

#include "runbook/service/host.h"

struct host_cert {
    int index; /* 0: the leaf */
    int64_t not_before_ms, not_after_ms;
    bool self_signed;
    const char *subject, *issuer, *names; /* names: joined by commas */
    const char *file;                     /* a file's path; NULL: shown in a handshake */
    int32_t pid;                          /* whose file it is */
    const char *comm;
};

struct host_page {
    const char *path;
    int status; /* 0: no answer within the deadline */
    double ms;
};

struct host_answered {
    const char *addr, *comm; /* comm "": not known */
    int port;
    int32_t pid;         /* 0: not known */
    const char *connect; /* "ok", "refused", "timeout" or why not; "" when nobody tried */
    double connect_ms, greet_ms, answer_ms;
    bool expects_http;
    const char *proto; /* "http", "ssh", ..., "other", "silent"; "" */
    const char *greeting, *say;
    struct host_page pages[4];
    int page_count;
    const char *stuck; /* "accept", "read", "answer": how far a request came; "" */
    double stuck_ms, unread;
    const char *tls; /* "ok" or why not; "" */
    double tls_ms;
    const char *verify; /* what the machine's own store says of the chain; "" */
    VEC(struct host_cert) certs;
};

struct host_want {
    int port;
    int32_t pid;
    const char *comm, *where; /* "its command line" or a file */
    bool listening;           /* something does */
};

struct host_services {
    int64_t now_ms;
    const char *name;
    VEC(struct host_answered) listeners;
    VEC(struct host_cert) files;
    VEC(struct host_want) wants;
    VEC(struct host_gap) gaps;
};
enum err_code host_services_parse(struct host_services *ret, struct arena *arena, struct str bundle,
                                  struct err *err);
void host_services_release(struct host_services *p);

#endif
