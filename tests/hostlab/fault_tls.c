/* fault_tls.c - certificates that have ended or that clients refuse, and such that are fine. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "logs.h"

static bool save(const char *dir, EVP_PKEY *key, X509 *cert)
{
    char path[400];
    FILE *f;

    snprintf(path, sizeof(path), "%s/tls.pem", dir);
    f = fopen(path, "w");
    if (!f)
        return false;
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_X509(f, cert);
    return fclose(f) == 0;
}

/* A certificate of its own making for `name`, from and until so many days from now. */
static bool make_certificate(const char *dir, const char *name, int from_days, int until_days)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    char names[200];
    X509_EXTENSION *ext;
    bool ok = key && cert;

    snprintf(names, sizeof(names), "DNS:%s", name);
    if (ok) {
        X509_set_version(cert, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
        X509_gmtime_adj(X509_getm_notBefore(cert), 86400L * from_days);
        X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * until_days);
        X509_set_pubkey(cert, key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                   (const unsigned char *)name, -1, -1, 0);
        X509_set_issuer_name(cert, X509_get_subject_name(cert));
        ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
        X509_add_ext(cert, ext, -1);
        X509_EXTENSION_free(ext);
        ok = X509_sign(cert, key, EVP_sha256()) > 0 && save(dir, key, cert);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return ok;
}

static const char *need_openssl(void)
{
    return lab_has("openssl") ? NULL : "there is no openssl";
}

static pid_t tls_server(struct lab_run *r, int *ret_port)
{
    char at[32];
    int fd = lab_listen(4, ret_port);
    pid_t pid;

    if (fd < 0)
        lab_skip(r, "no free port");
    close(fd);
    pid = daemon_of("tls");
    if (pid == 0) {
        snprintf(at, sizeof(at), "127.0.0.1:%d", *ret_port);
        fd = open("/dev/null", O_RDWR);
        for (int i = 0; i < 3; i++)
            dup2(fd, i);
        if (chdir(r->dir) == 0)
            execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-accept", at, "-key",
                   "tls.pem", "-cert", "tls.pem", (char *)NULL);
        _exit(127);
    }
    while ((fd = lab_connect(*ret_port)) < 0) /* the keeper ends us when it never comes */
        lab_nap_ms(20);
    close(fd);
    return pid;
}

static void certificate_ended(struct lab_run *r)
{
    int port;

    if (!make_certificate(r->dir, "shop.example", -90, -2))
        lab_skip(r, "no certificate could be made");
    lab_expect_process(r, tls_server(r, &port));
    lab_expect(r, "port:%d", port);
    lab_stands(r);
    lab_stay();
}

static void certificate_valid(struct lab_run *r)
{
    int port;

    if (!make_certificate(r->dir, "shop.example", -30, 60))
        lab_skip(r, "no certificate could be made");
    tls_server(r, &port);
    lab_stands(r);
    lab_stay();
}

static void certificate_refused(struct lab_run *r)
{
    struct logger l;
    int port;

    if (!make_certificate(r->dir, "other.example", -30, 60))
        lab_skip(r, "no certificate could be made");
    lab_expect_process(r, tls_server(r, &port));
    lab_expect(r, "port:%d", port);
    if (daemon_of("pay") == 0) {
        l = open_log(r, "pay");
        FOR_EVER(l, 200)
        log_at(&l, time(NULL),
               "ERROR TLS to 127.0.0.1:%d: certificate verify failed: Hostname mismatch, "
               "certificate is not valid for 'pay.example'",
               port);
    }
    log_stands(r);
}

/* The old one lies beside it, and the server was told to read the new one. */
static void certificate_renewed(struct lab_run *r)
{
    struct logger l;
    char old[400], kept[400];
    int port;

    if (!make_certificate(r->dir, "shop.example", -90, -1))
        lab_skip(r, "no certificate could be made");
    snprintf(old, sizeof(old), "%s/tls.pem", r->dir);
    snprintf(kept, sizeof(kept), "%s/tls.pem.old", r->dir);
    if (rename(old, kept) || !make_certificate(r->dir, "shop.example", 0, 90))
        lab_skip(r, "no certificate could be made");
    tls_server(r, &port);
    if (daemon_of("search") == 0) {
        l = open_log(r, "search");
        for (int i = 0; i < 3; i++)
            log_at(&l, time(NULL) - 60 + i,
                   "WARN TLS to 127.0.0.1:%d: certificate has expired, next try in 1 s", port);
        FOR_EVER(l, 1000)
        log_at(&l, time(NULL), "INFO TLS to 127.0.0.1:%d: fine", port);
    }
    log_stands(r);
}

const struct lab_fault tls_faults[] = {
    {.id = "certificate-ended",
     .family = "service",
     .sentence = "users say that it does not work",
     .kinds = "certificate",
     .need = need_openssl,
     .start = certificate_ended},
    {.id = "certificate-refused",
     .family = "service",
     .sentence = "users say that it does not work",
     .kinds = "certificate",
     .need = need_openssl,
     .start = certificate_refused,
     .stop = remove_logs},
    {.id = NULL},
};

const struct lab_fault tls_controls[] = {
    {.id = "certificate-60-days",
     .family = "control",
     .control = true,
     .sentence = "users say that it does not work",
     .need = need_openssl,
     .start = certificate_valid},
    {.id = "certificate-renewed",
     .family = "control",
     .control = true,
     .sentence = "users say that it did not work",
     .need = need_openssl,
     .start = certificate_renewed,
     .stop = remove_logs},
    {.id = NULL},
};
