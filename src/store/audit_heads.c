/* audit_heads.c - signed heads of chains, and the key that signs them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_priv.h"
#include "runbook/base/arena.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

#define KEY_MAX ((size_t)16 << 10)

struct audit_heads {
    struct arena *arena;
    struct sign_key *key;
    char fingerprint[SIGN_FINGERPRINT];
    VEC(struct audit_head) heads;
    size_t bad;
};

/* ---- the key ---- */

static enum err_code make_key(const char *state_dir, const char *path, struct sign_key **ret,
                              struct err *err)
{
    struct buf pem = BUF_INIT(KEY_MAX), pub = BUF_INIT(KEY_MAX);
    char *pub_path = audit_path(state_dir, "key.pub");
    enum err_code rc = sign_key_make(ret, err);

    if (!rc && (sign_key_write_private(*ret, &pem, err) ||
                file_write_atomic(path, buf_str(&pem), 0600, err) ||
                sign_key_write_public(*ret, &pub, err) ||
                file_write_atomic(pub_path, buf_str(&pub), 0644, err))) {
        rc = err->code;
        sign_key_free(*ret);
        *ret = NULL;
    }
    if (pem.ptr)
        explicit_bzero(pem.ptr, pem.cap);
    buf_release(&pem);
    buf_release(&pub);
    free(pub_path);
    return rc;
}

static enum err_code read_key(const char *path, struct sign_key **ret, struct err *err)
{
    struct buf pem = BUF_INIT(KEY_MAX);
    struct stat st;
    enum err_code rc;

    if (stat(path, &st) == 0 && st.st_mode & 077)
        return err_set(err, ERR_DENIED, "%s can be read by others: run chmod 600 on it", path);
    rc = file_read(path, &pem, err);
    if (!rc && sign_key_read(buf_str(&pem), ret, err))
        rc = err_wrap(err, "%s", path);
    if (pem.ptr)
        explicit_bzero(pem.ptr, pem.cap);
    buf_release(&pem);
    return rc;
}

/* Made under the lock of the heads, so that two programs do not make two. */
static enum err_code get_key(const char *state_dir, bool make, struct sign_key **ret,
                             struct err *err)
{
    char *path = audit_path(state_dir, "key");
    enum err_code rc;

    if (file_exists(path))
        rc = read_key(path, ret, err);
    else if (make)
        rc = make_key(state_dir, path, ret, err);
    else
        rc = err_set(err, ERR_NOT_FOUND, "there is no key yet: %s", path);
    free(path);
    return rc;
}

static enum err_code open_heads(const char *state_dir, struct audit_chain *ret, struct err *err)
{
    char *dir = audit_path(state_dir, ""), *path = audit_path(state_dir, "heads.jsonl");
    enum err_code rc = dir_make(dir, err);

    if (!rc)
        rc = audit_chain_open(path, ret, err);
    free(path);
    free(dir);
    return rc;
}

enum err_code audit_key(const char *state_dir, bool make, struct sign_key **ret, struct err *err)
{
    struct audit_chain lock = {.fd = -1};
    enum err_code rc = get_key(state_dir, false, ret, err);

    if (rc != ERR_NOT_FOUND || !make)
        return rc;
    rc = open_heads(state_dir, &lock, err);
    if (!rc)
        rc = get_key(state_dir, true, ret, err);
    audit_chain_close(&lock);
    return rc;
}

/* ---- heads ---- */

static void signed_text(struct buf *out, const char *name, uint64_t lines, const char *hash,
                        int64_t ts_ms)
{
    buf_addf(out, "runbook head 1\n%s\n%llu\n%s\n%lld\n", name, (unsigned long long)lines, hash,
             (long long)ts_ms);
}

static enum err_code write_head(struct audit_chain *c, const struct sign_key *key, const char *name,
                                uint64_t lines, const char *hash, int64_t ts_ms, struct err *err)
{
    struct buf text = BUF_INIT(KEY_MAX), data = BUF_INIT(KEY_MAX), sig64 = BUF_INIT(KEY_MAX);
    uint8_t sig[SIGN_BYTES];
    char print[SIGN_FINGERPRINT];
    struct json_writer w;
    enum err_code rc;

    signed_text(&text, name, lines, hash, ts_ms);
    rc = sign_make(key, buf_str(&text), sig, err);
    if (!rc) {
        sign_key_fingerprint(key, print);
        base64_encode(&sig64, (struct str){(const char *)sig, sizeof(sig)});
        json_writer_init(&w, &data);
        json_object_begin(&w);
        json_put_cstr(&w, "name", name);
        json_put_int(&w, "lines", (int64_t)lines);
        json_put_cstr(&w, "hash", hash);
        json_put_int(&w, "at", ts_ms);
        json_put_cstr(&w, "key", print);
        json_put_cstr(&w, "signature", buf_cstr(&sig64));
        json_object_end(&w);
        rc = audit_chain_add(c, "audit.head", "runbook", ts_ms, buf_str(&data), err);
    }
    buf_release(&text);
    buf_release(&data);
    buf_release(&sig64);
    return rc;
}

enum err_code audit_sign(const char *state_dir, const char *name, uint64_t lines, const char *hash,
                         int64_t ts_ms, struct err *err)
{
    struct sign_key *key = NULL;
    struct audit_chain c = {.fd = -1};
    enum err_code rc = open_heads(state_dir, &c, err);

    if (!rc)
        rc = get_key(state_dir, true, &key, err);
    if (!rc)
        rc = write_head(&c, key, name, lines, hash, ts_ms, err);
    audit_chain_close(&c);
    sign_key_free(key);
    return rc ? err_wrap(err, "sign the head of %s", name) : ERR_OK;
}

static bool good(const struct audit_heads *h, const struct audit_head *head, struct str sig64)
{
    struct buf text = BUF_INIT(KEY_MAX), sig = BUF_INIT(KEY_MAX);
    bool ok;

    signed_text(&text, head->name, head->lines, head->hash, head->ts_ms);
    ok = h->key && base64_decode(&sig, sig64) && sign_check(h->key, buf_str(&text), buf_str(&sig));
    buf_release(&text);
    buf_release(&sig);
    return ok;
}

static bool on_head(void *ctx, const struct journal_record *r)
{
    struct audit_heads *h = ctx;
    struct str hash = value_str_or(r->data, "hash", "");
    int64_t lines = value_i64_or(r->data, "lines", -1);
    struct audit_head head = {.name = arena_str(h->arena, value_str_or(r->data, "name", "")),
                              .lines = (uint64_t)lines,
                              .ts_ms = value_i64_or(r->data, "at", 0)};

    snprintf(head.hash, sizeof(head.hash), "%.*s", STR_FMT(hash));
    if (lines < 0 || !good(h, &head, value_str_or(r->data, "signature", "")))
        h->bad++;
    else
        *VEC_PUSH(&h->heads) = head;
    return true;
}

enum err_code audit_heads_load(const char *state_dir, struct audit_heads **ret, struct err *err)
{
    struct audit_heads *h = xcalloc(1, sizeof(*h));
    char *path = audit_path(state_dir, "heads.jsonl");
    struct journal_report report;
    enum err_code rc = audit_key(state_dir, false, &h->key, err);

    h->arena = arena_new(0);
    if (rc == ERR_NOT_FOUND)
        rc = ERR_OK; /* then no head is good */
    if (!rc && h->key)
        sign_key_fingerprint(h->key, h->fingerprint);
    if (!rc && file_exists(path)) {
        rc = journal_read(path, true, on_head, h, &report, err);
        h->bad += !rc && report.bad_line;
    }
    free(path);
    if (rc)
        audit_heads_free(h);
    else
        *ret = h;
    return rc;
}

void audit_heads_free(struct audit_heads *h)
{
    if (!h)
        return;
    sign_key_free(h->key);
    VEC_RELEASE(&h->heads);
    arena_free(h->arena);
    free(h);
}

size_t audit_heads_bad(const struct audit_heads *h)
{
    return h->bad;
}

const char *audit_heads_fingerprint(const struct audit_heads *h)
{
    return h->fingerprint;
}

const struct audit_head *audit_heads_last(const struct audit_heads *h, const char *name)
{
    const struct audit_head *last = NULL;

    VEC_EACH (head, &h->heads) {
        if (strcmp(head->name, name) == 0 && (!last || head->lines >= last->lines))
            last = head;
    }
    return last;
}

const struct audit_head *audit_heads_latest(const struct audit_heads *h, const char *prefix)
{
    const struct audit_head *last = NULL;

    VEC_EACH (head, &h->heads) {
        if (str_starts(str_from(head->name), prefix))
            last = head;
    }
    return last;
}

bool audit_head_fits(const struct audit_head *head, uint64_t lines, const char *seen, char *why,
                     size_t size)
{
    if (lines < head->lines)
        snprintf(why, size, "was cut: %llu lines were signed, there are %llu",
                 (unsigned long long)head->lines, (unsigned long long)lines);
    else if (strcmp(seen, head->hash) != 0)
        snprintf(why, size, "line %llu is not the one that was signed",
                 (unsigned long long)head->lines);
    else
        return true;
    return false;
}
