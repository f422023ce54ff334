/* backend.h - address, credentials and TLS of one HTTP source, from flag and configuration. */
#ifndef RUNBOOK_SRC_APP_BACKEND_H
#define RUNBOOK_SRC_APP_BACKEND_H

#include "runbook/app/config.h"
#include "runbook/base/arena.h"
#include "runbook/net/http.h"

struct backend {
    const char *url; /* NULL: not configured */
    bool from_flag;
    enum http_auth auth;
    const char *user;
    const struct secret *secret; /* the configuration's */
    struct http_tls tls;
    int64_t timeout_ms;
};

/* `section` is "prometheus" or "alertmanager". The flag's URL wins; credentials are the
 * configuration's, and are sent to the configured URL only. Strings live as long as `c` and `a`. */
void backend_read(const struct config *c, const char *section, const char *flag_url,
                  struct arena *a, struct backend *ret);

#endif
