/* demo.c - see demo.h. */
#include "src/app/demo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/base/str.h"
#include "runbook/codec/hash.h"

#define BLOBS_MAX ((size_t)4 << 20)

static const struct demo demos[] = {
    {"petshop-latency", "A pet shop answers slowly: 44 components, one of them is the origin.",
     "PetShop data set, Amazon, CC-BY-4.0"},
    {"disk-full", "Orders cannot be exported: a program fills a filesystem of this machine.",
     "recorded on a machine with a real fault"},
    {"sockshop-memory", "A sock shop is degraded: the leak is not where the alert is.",
     "Sock Shop 1 of RCAEval, MIT licence"},
    {"petshop-healthy", "An alert about nothing: the answer is that there is nothing to do.",
     "PetShop data set, Amazon, CC-BY-4.0"},
    {NULL, NULL, NULL},
};

const struct demo *demo_table(void)
{
    return demos;
}

const struct demo *demo_find(const char *name)
{
    for (const struct demo *d = demos; d->name; d++)
        if (strcmp(d->name, name) == 0)
            return d;
    return NULL;
}

/* The folder of the running program; NULL when the system does not say. */
static char *program_dir(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (n <= 0)
        return NULL;
    path[n] = '\0';
    return path_dir(path);
}

static bool look_in(const char *dir, const struct demo *d, char **ret)
{
    char *path = dir ? xasprintf("%s/%s.jsonl", dir, d->name) : NULL;

    if (path && file_exists(path)) {
        *ret = path;
        return true;
    }
    free(path);
    return false;
}

enum err_code demo_path(const struct demo *d, char **ret_journal, struct err *err)
{
    const char *given = getenv("RUNBOOK_DEMO_DIR");
    char *program = program_dir();
    char *beside = program ? path_join(program, "demos") : NULL;
    char *above = program ? path_join(program, "../demos") : NULL;
    bool found = given && *given
                     ? look_in(given, d, ret_journal)
                     : look_in(RB_DATADIR "/demos", d, ret_journal) ||
                           look_in(beside, d, ret_journal) || look_in(above, d, ret_journal);

    free(program);
    free(beside);
    free(above);
    if (found)
        return ERR_OK;
    return err_set(err, ERR_NOT_FOUND, "the recording %s.jsonl is not in %s", d->name,
                   given && *given ? given : RB_DATADIR "/demos");
}

/* ---- raw results: "blob SHA256 BYTES", the bytes, a line's end; and so on ---- */

struct demo_blobs {
    char *path;
};

struct demo_blobs *demo_blobs_new(const char *journal)
{
    struct demo_blobs *b = xcalloc(1, sizeof(*b));
    size_t len = strlen(journal) - strlen(".jsonl");

    b->path = xasprintf("%.*s.blobs", (int)len, journal);
    return b;
}

void demo_blobs_free(struct demo_blobs *b)
{
    if (!b)
        return;
    free(b->path);
    free(b);
}

/* The next blob of `rest`; false at the end, or where the file is not one of ours. */
static bool next_blob(struct str *rest, struct str *ret_hash, struct str *ret_bytes)
{
    struct str line, word;
    uint64_t n;

    if (!str_line(rest, &line) || !str_split(&line, ' ', &word) || !str_eq_c(word, "blob") ||
        !str_split(&line, ' ', ret_hash) || !num_u64(line, &n) || n > rest->len)
        return false;
    *ret_bytes = (struct str){rest->ptr, (size_t)n};
    rest->ptr += n;
    rest->len -= (size_t)n;
    str_line(rest, &line);
    return true;
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    struct demo_blobs *b = ctx;
    struct buf all = BUF_INIT(BLOBS_MAX);
    struct str rest, name, bytes;
    char real[SHA256_HEX];
    bool found = false;

    if (file_read(b->path, &all, err)) {
        buf_release(&all);
        return false;
    }
    for (rest = buf_str(&all); !found && next_blob(&rest, &name, &bytes);)
        found = str_eq_c(name, hash);
    if (found)
        hash_sha256_hex(bytes, real);
    if (!found)
        err_set(err, ERR_NOT_FOUND, "the recording is kept small: this result is not in it");
    else if (strcmp(real, hash) != 0)
        found = err_set(err, ERR_INPUT, "%s: the bytes of %.12s are not those that were kept",
                        b->path, hash) == ERR_OK;
    else
        buf_add_str(out, bytes);
    buf_release(&all);
    return found;
}

struct blob_source demo_blobs_source(struct demo_blobs *b)
{
    return (struct blob_source){read_blob, b};
}
