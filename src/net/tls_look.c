/* tls_look.c - see tls_look.h.
 * Certificates are read with libcrypto, which is linked; only libssl's sixteen functions come from
 * dlopen. Verification runs, so that its verdict can be told, and never ends the handshake. */
#include "runbook/net/tls_look.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runbook/base/mem.h"

#define CHAIN_MAX 8
#define NAMES_MAX 40
#define FIELD_MAX 300

/* name, result, arguments */
#define FUNCTIONS(X)                                                                               \
    X(TLS_client_method, const SSL_METHOD *, (void))                                               \
    X(SSL_CTX_new, SSL_CTX *, (const SSL_METHOD *))                                                \
    X(SSL_CTX_free, void, (SSL_CTX *))                                                             \
    X(SSL_CTX_set_default_verify_paths, int, (SSL_CTX *))                                          \
    X(SSL_CTX_ctrl, long, (SSL_CTX *, int, long, void *))                                          \
    X(SSL_CTX_set_cipher_list, int, (SSL_CTX *, const char *))                                     \
    X(SSL_new, SSL *, (SSL_CTX *))                                                                 \
    X(SSL_free, void, (SSL *))                                                                     \
    X(SSL_set_fd, int, (SSL *, int))                                                               \
    X(SSL_set_verify, void, (SSL *, int, SSL_verify_cb))                                           \
    X(SSL_ctrl, long, (SSL *, int, long, void *))                                                  \
    X(SSL_connect, int, (SSL *))                                                                   \
    X(SSL_read, int, (SSL *, void *, int))                                                         \
    X(SSL_write, int, (SSL *, const void *, int))                                                  \
    X(SSL_get_error, int, (const SSL *, int))                                                      \
    X(SSL_get_verify_result, long, (const SSL *))                                                  \
    X(SSL_get_peer_cert_chain, STACK_OF(X509) *, (const SSL *))

struct tls_look {
    void *lib;
    SSL_CTX *ctx;
#define X(name, result, args) result(*name) args;
    FUNCTIONS(X)
#undef X
};

struct tls_look_conn {
    struct tls_look *t;
    SSL *ssl;
    char why[160];
};

static const char *resolve(struct tls_look *t)
{
    void *sym;

#define X(name, result, args)                                                                      \
    sym = dlsym(t->lib, #name);                                                                    \
    if (!sym)                                                                                      \
        return #name;                                                                              \
    memcpy(&t->name, &sym, sizeof(sym)); /* POSIX: a data pointer that holds a function */
    FUNCTIONS(X)
#undef X
    return NULL;
}

struct tls_look *tls_look_new(struct err *err)
{
    struct tls_look *t = xcalloc(1, sizeof(*t));
    const char *missing;

    t->lib = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    if (!t->lib) {
        err_set(err, ERR_NOT_FOUND,
                "looking at certificates needs libssl 3, which is not installed: install the "
                "package libssl3 (Debian, Ubuntu) or openssl-libs (Fedora)");
        free(t);
        return NULL;
    }
    missing = resolve(t);
    if (missing) {
        err_set(err, ERR_NOT_FOUND, "this libssl cannot be used: %s is missing", missing);
        free(t);
        return NULL;
    }
    t->ctx = t->SSL_CTX_new(t->TLS_client_method());
    if (!t->ctx) {
        err_set(err, ERR_NOT_FOUND, "libssl cannot be initialised");
        free(t);
        return NULL;
    }
    t->SSL_CTX_set_default_verify_paths(t->ctx);
    /* What an old server speaks is worth seeing too. */
    t->SSL_CTX_ctrl(t->ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, 0, NULL);
    t->SSL_CTX_set_cipher_list(t->ctx, "ALL:@SECLEVEL=0");
    return t;
}

void tls_look_free(struct tls_look *t)
{
    if (!t)
        return;
    t->SSL_CTX_free(t->ctx); /* the library stays: unloading it would break its thread data */
    free(t);
}

static int accept_all(int ok, X509_STORE_CTX *ctx)
{
    return 1;
}

static bool is_address(const char *name)
{
    unsigned char raw[16];

    return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

struct tls_look_conn *tls_look_open(struct tls_look *t, int fd, const char *name)
{
    struct tls_look_conn *c = xcalloc(1, sizeof(*c));
    char host[256];

    c->t = t;
    c->ssl = t->SSL_new(t->ctx);
    if (!c->ssl || !t->SSL_set_fd(c->ssl, fd)) {
        tls_look_close(c);
        return NULL;
    }
    t->SSL_set_verify(c->ssl, SSL_VERIFY_PEER, accept_all);
    if (name && *name && !is_address(name)) {
        snprintf(host, sizeof(host), "%s", name);
        t->SSL_ctrl(c->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host);
    }
    return c;
}

void tls_look_close(struct tls_look_conn *c)
{
    if (!c)
        return;
    if (c->ssl)
        c->t->SSL_free(c->ssl);
    free(c);
}

static enum tls_step step_of(struct tls_look_conn *c, int rc)
{
    unsigned long code;

    switch (c->t->SSL_get_error(c->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return TLS_STEP_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_STEP_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_STEP_DONE;
    default:
        code = ERR_get_error();
        snprintf(c->why, sizeof(c->why), "%s",
                 code ? ERR_reason_error_string(code) ? ERR_reason_error_string(code) : "TLS error"
                      : "the connection was closed");
        ERR_clear_error();
        return TLS_STEP_FAILED;
    }
}

enum tls_step tls_look_handshake(struct tls_look_conn *c)
{
    int rc;

    ERR_clear_error();
    rc = c->t->SSL_connect(c->ssl);
    return rc == 1 ? TLS_STEP_DONE : step_of(c, rc);
}

enum tls_step tls_look_write(struct tls_look_conn *c, struct str data, size_t *ret_len)
{
    int rc;

    ERR_clear_error();
    rc = c->t->SSL_write(c->ssl, data.ptr, (int)data.len);
    *ret_len = rc > 0 ? (size_t)rc : 0;
    return rc > 0 ? TLS_STEP_DONE : step_of(c, rc);
}

enum tls_step tls_look_read(struct tls_look_conn *c, char *out, size_t room, size_t *ret_len)
{
    int rc;

    ERR_clear_error();
    rc = c->t->SSL_read(c->ssl, out, (int)room);
    *ret_len = rc > 0 ? (size_t)rc : 0;
    return rc > 0 ? TLS_STEP_DONE : step_of(c, rc);
}

const char *tls_look_error(const struct tls_look_conn *c)
{
    return c->why;
}

/* ---- certificates ---- */

static void add_clean(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len && i < FIELD_MAX; i++) {
        unsigned char ch = (unsigned char)text[i];

        buf_addc(out, ch < 0x20 || ch == 0x7f ? '?' : (char)ch);
    }
}

static void add_name(struct buf *out, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        len = BIO_get_mem_data(bio, &text);
        if (len > 0)
            add_clean(out, text, (size_t)len);
    }
    BIO_free(bio);
}

static void add_time(struct buf *out, const ASN1_TIME *at)
{
    struct tm tm;

    buf_addf(out, "\t%lld", ASN1_TIME_to_tm(at, &tm) ? (long long)timegm(&tm) : 0LL);
}

static void add_names(struct buf *out, X509 *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int count = names ? sk_GENERAL_NAME_num(names) : 0;
    bool first = true;

    for (int i = 0; i < count && i < NAMES_MAX; i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        const ASN1_STRING *s = n->type == GEN_DNS ? n->d.dNSName : n->d.iPAddress;
        char addr[INET6_ADDRSTRLEN] = "";

        if (n->type != GEN_DNS && n->type != GEN_IPADD)
            continue;
        if (n->type == GEN_IPADD)
            inet_ntop(ASN1_STRING_length(s) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s),
                      addr, sizeof(addr));
        buf_adds(out, first ? "" : ",");
        first = false;
        if (n->type == GEN_IPADD)
            buf_adds(out, addr);
        else
            add_clean(out, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
    }
    GENERAL_NAMES_free(names);
}

static void describe(X509 *cert, int index, struct buf *out)
{
    buf_addf(out, "cert\t%d", index);
    add_time(out, X509_get0_notBefore(cert));
    add_time(out, X509_get0_notAfter(cert));
    buf_addf(out, "\t%s\t", X509_self_signed(cert, 0) == 1 ? "self" : "issued");
    add_name(out, X509_get_subject_name(cert));
    buf_addc(out, '\t');
    add_name(out, X509_get_issuer_name(cert));
    buf_addc(out, '\t');
    add_names(out, cert);
    buf_addc(out, '\n');
}

void tls_look_describe(struct tls_look_conn *c, struct buf *out)
{
    STACK_OF(X509) *chain = c->t->SSL_get_peer_cert_chain(c->ssl);
    long verdict = c->t->SSL_get_verify_result(c->ssl);

    for (int i = 0; chain && i < sk_X509_num(chain) && i < CHAIN_MAX; i++)
        describe(sk_X509_value(chain, i), i, out);
    buf_addf(out, "verify\t%s\n",
             verdict == X509_V_OK ? "ok" : X509_verify_cert_error_string(verdict));
}

size_t tls_look_pem(struct str pem, size_t max, struct buf *out)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    size_t n = 0;
    X509 *cert;

    while (bio && n < max && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        describe(cert, (int)n, out);
        X509_free(cert);
        n++;
    }
    ERR_clear_error();
    BIO_free(bio);
    return n;
}
