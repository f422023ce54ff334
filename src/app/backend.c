/* backend.c - see backend.h. */
#include "src/app/backend.h"

#include <string.h>

static const char *text(const struct config *c, struct arena *a, const char *section,
                        const char *key)
{
    const char *v = config_str(c, arena_printf(a, "%s.%s", section, key));

    return *v ? v : NULL;
}

static void read_tls(const struct config *c, struct arena *a, const char *section,
                     struct http_tls *tls)
{
    tls->ca_file = text(c, a, section, "tls.ca_file");
    tls->cert_file = text(c, a, section, "tls.cert_file");
    tls->key_file = text(c, a, section, "tls.key_file");
    tls->server_name = text(c, a, section, "tls.server_name");
    tls->insecure = config_bool(c, arena_printf(a, "%s.tls.insecure", section));
}

void backend_read(const struct config *c, const char *section, const char *flag_url,
                  struct arena *a, struct backend *ret)
{
    const char *configured = text(c, a, section, "url");
    const char *secret;

    *ret = (struct backend){.url = flag_url ? flag_url : configured, .from_flag = flag_url != NULL};
    ret->timeout_ms = config_int(c, arena_printf(a, "%s.timeout_ms", section));
    read_tls(c, a, section, &ret->tls);
    if (!configured || (flag_url && strcmp(flag_url, configured) != 0))
        return;
    ret->user = text(c, a, section, "auth.username");
    secret = arena_printf(a, "%s.auth.%s", section, ret->user ? "password" : "token");
    ret->secret = config_secret(c, secret);
    if (ret->secret)
        ret->auth = ret->user ? HTTP_AUTH_BASIC : HTTP_AUTH_BEARER;
}
