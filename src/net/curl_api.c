/* curl_api.c - see curl_api_priv.h. */
#include "src/net/curl_api_priv.h"
#include "runbook/net/http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/fault.h"
#include "runbook/base/log.h"

#define OLDEST_VERSION 0x075000 /* 7.80.0 */

/* The names that the dynamic linkers know; GnuTLS' build has the same interface. */
static const char *const lib_names[] = {
#ifdef __APPLE__
    "libcurl.4.dylib",
#else
    "libcurl.so.4",
    "libcurl-gnutls.so.4",
#endif
};

static void *open_lib(void)
{
    void *lib = NULL;

    for (size_t i = 0; !lib && i < sizeof(lib_names) / sizeof(lib_names[0]); i++)
        lib = dlopen(lib_names[i], RTLD_NOW | RTLD_LOCAL);
    return lib;
}

/* The missing function's name, or NULL. */
static const char *resolve(struct curl_api *api)
{
    void *sym;

#define X(name)                                                                                    \
    sym = dlsym(api->lib, "curl_" #name);                                                          \
    if (!sym)                                                                                      \
        return "curl_" #name;                                                                      \
    memcpy(&api->name, &sym, sizeof(sym)); /* POSIX: a data pointer that holds a function */
    CURL_API_FUNCTIONS(X)
#undef X
    return NULL;
}

enum err_code curl_api_load(struct curl_api *ret, struct err *err)
{
    struct curl_api api = {0};
    const curl_version_info_data *version;
    const char *missing;

    api.lib = FAULT_POINT("http.load") ? NULL : open_lib();
    if (!api.lib)
        return err_set(err, ERR_NOT_FOUND,
                       "HTTP needs libcurl, which is not installed: install the package libcurl4 "
                       "(Debian, Ubuntu) or libcurl (Fedora, Alpine)");
    missing = resolve(&api);
    if (missing)
        return err_set(err, ERR_NOT_FOUND, "HTTP needs libcurl 7.80 or newer: %s is missing",
                       missing);
    version = api.version_info(CURLVERSION_NOW);
    if (version->version_num < OLDEST_VERSION)
        return err_set(err, ERR_NOT_FOUND, "HTTP needs libcurl 7.80 or newer, this is %s",
                       version->version);
    if (api.global_init(CURL_GLOBAL_DEFAULT))
        return err_set(err, ERR_NOT_FOUND, "libcurl %s cannot be initialised", version->version);
    LOG(LOG_NET, "libcurl %s with %s", version->version,
        version->ssl_version ? version->ssl_version : "no TLS");
    *ret = api;
    return ERR_OK;
}

void curl_api_release(struct curl_api *api)
{
    if (api->lib)
        api->global_cleanup();
    *api = (struct curl_api){0};
}

enum err_code http_library_version(char *out, size_t size, struct err *err)
{
    struct curl_api api;
    const curl_version_info_data *v;

    if (curl_api_load(&api, err))
        return err->code;
    v = api.version_info(CURLVERSION_NOW);
    snprintf(out, size, "%s, %s", v->version, v->ssl_version ? v->ssl_version : "no TLS");
    curl_api_release(&api);
    return ERR_OK;
}
