/* logfacts.h - what one line of a log says about the next step: what kind of trouble it names, with
 * whom, and about which file. Phrases of the C library, of common runtimes and of common servers;
 * pure, linear, bounded. */
#ifndef RUNBOOK_CODEC_LOGFACTS_H
#define RUNBOOK_CODEC_LOGFACTS_H

#include <stdbool.h>

#include "runbook/base/str.h"

enum log_cause {
    LOG_CAUSE_NONE,
    LOG_CAUSE_REFUSED,     /* a peer refuses connections or cannot be reached */
    LOG_CAUSE_TIMEOUT,     /* a peer answers too late */
    LOG_CAUSE_NAME,        /* a name is not resolved */
    LOG_CAUSE_PORT_TAKEN,  /* EADDRINUSE */
    LOG_CAUSE_PERMISSION,  /* EACCES, EPERM */
    LOG_CAUSE_MISSING,     /* ENOENT, command not found, a library or module that is not there */
    LOG_CAUSE_POOL,        /* no connection or worker left in a pool */
    LOG_CAUSE_CERTIFICATE, /* verification or a handshake fails */
    LOG_CAUSE_CONFIG,      /* a configuration that cannot be read */
    LOG_CAUSE_SPACE,       /* ENOSPC, EDQUOT, EROFS */
    LOG_CAUSE_FILES,       /* EMFILE, ENFILE */
    LOG_CAUSE_MEMORY,      /* ENOMEM and its relatives */
    LOG_CAUSE_LOGIN,       /* credentials are refused */
};
#define LOG_CAUSES (LOG_CAUSE_LOGIN + 1)
enum log_cause log_cause_of(struct str line);
const char *log_cause_name(enum log_cause c); /* "refused" ...; "" for none */

struct log_peer {
    char host[128]; /* an address or a name */
    int port;       /* 0: not said */
};
/* The peer that a line about a failed connection speaks of ("connect to 10.0.0.3:5432: refused",
 * "at "db" (10.0.0.3), port 5432 failed", "upstream: "http://127.0.0.1:8080/""). False: none. */
bool log_peer_find(struct str line, struct log_peer *ret);
/* The absolute path that a line speaks of; source files of a stack trace are none. */
bool log_path_find(struct str line, char *out, size_t room);
/* The port that a line about EADDRINUSE speaks of; 0: none. */
int log_port_find(struct str line);

#endif
