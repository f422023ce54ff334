/* linked.c - does nothing, but is linked with every library that runbook links (libcurl is loaded
 * on first use): what loading them costs before the first line of a program runs. */
#include <cjson/cJSON.h>
#include <curses.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <utf8proc.h>
#include <uv.h>
#include <yaml.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Named, not called, so that the linker keeps each library. */
static void *const used[] = {
    (void *)(size_t)cJSON_Version,           (void *)(size_t)curses_version,
    (void *)(size_t)OpenSSL_version_num,     (void *)(size_t)sqlite3_libversion,
    (void *)(size_t)utf8proc_version,        (void *)(size_t)uv_version,
    (void *)(size_t)yaml_get_version_string, (void *)(size_t)pcre2_config,
};

int main(void)
{
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
        if (!*(void *const volatile *)&used[i])
            return 1;
    return 0;
}
