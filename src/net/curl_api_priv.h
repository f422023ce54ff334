/* curl_api_priv.h - libcurl, loaded when the first request is sent.
 * Linking it would map 29 more libraries at every start: 7.5 ms instead of 2.3 ms and 8.4 MB
 * resident instead of 3.9 (Debian 12, measured), also for `runbook --version` and for a host that
 * is investigated without any network. The types are the header's own, so a call that does not fit
 * does not compile. */
#ifndef RUNBOOK_NET_CURL_API_PRIV_H
#define RUNBOOK_NET_CURL_API_PRIV_H

#include <curl/curl.h>

#include "runbook/base/err.h"

/* Every function of libcurl that is used. */
#define CURL_API_FUNCTIONS(X)                                                                      \
    X(global_init)                                                                                 \
    X(global_cleanup)                                                                              \
    X(version_info)                                                                                \
    X(getdate)                                                                                     \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_assign)                                                                                \
    X(multi_setopt)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_info_read)                                                                             \
    X(multi_strerror)                                                                              \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)                                                                                     \
    X(free)

struct curl_api {
    void *lib;
#define X(name) __typeof__(curl_##name) *name;
    CURL_API_FUNCTIONS(X)
#undef X
};

/* Load and initialise: ERR_NOT_FOUND saying which package is missing. */
enum err_code curl_api_load(struct curl_api *ret, struct err *err);
/* The library stays mapped: TLS libraries do not survive being unloaded. */
void curl_api_release(struct curl_api *api);

#endif
