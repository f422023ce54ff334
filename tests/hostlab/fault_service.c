/* fault_service.c - services that answer badly or not at all, certificates, and logs that say what
 * is wrong; and services that are well although they look busy or talkative. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

#define HISTORY_S 2400 /* how far back a log goes */

/* A daemon: of a session of its own, without a terminal, as every supervisor starts one. */
static pid_t daemon_of(const char *name)
{
    pid_t pid = lab_fork();

    if (pid == 0) {
        setsid();
        lab_name(name);
    }
    return pid;
}

/* ---- servers ---- */

enum manner { ANSWER, READ_ONLY, ACCEPT_ONLY };

static _Noreturn void serve(int fd, enum manner how, long wait_ms, const char *status)
{
    char in[4096], out[256];

    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c < 0 || how == ACCEPT_ONLY)
            continue;
        if (recv(c, in, sizeof(in), 0) <= 0) {
            close(c);
            continue;
        }
        if (how == READ_ONLY)
            continue;
        lab_nap_ms(wait_ms);
        snprintf(out, sizeof(out),
                 "HTTP/1.1 %s\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n", status);
        if (send(c, out, strlen(out), MSG_NOSIGNAL) < 0)
            lab_nap_ms(1);
        close(c);
    }
}

static pid_t server(struct lab_run *r, const char *name, enum manner how, long wait_ms,
                    const char *status, int *ret_port)
{
    int fd = lab_listen(16, ret_port);
    pid_t pid;

    if (fd < 0)
        lab_skip(r, "no free port");
    pid = daemon_of(name);
    if (pid == 0)
        serve(fd, how, wait_ms, status);
    close(fd);
    return pid;
}

static _Noreturn void one_server(struct lab_run *r, const char *name, enum manner how, long wait_ms,
                                 const char *status)
{
    int port = 0;
    pid_t pid = server(r, name, how, wait_ms, status, &port);

    if (!r->fault->control) {
        lab_expect_process(r, pid);
        lab_expect(r, "port:%d", port); /* another user does not see whose it is */
    }
    lab_stands(r);
    lab_stay();
}

static void answers_500(struct lab_run *r)
{
    one_server(r, "shop-api", ANSWER, 0, "500 Internal Server Error");
}

static void answers_slowly(struct lab_run *r)
{
    one_server(r, "shop-front", ANSWER, 800, "200 OK");
}

static void hangs(struct lab_run *r)
{
    one_server(r, "http-shop", READ_ONLY, 0, "");
}

static void does_not_read(struct lab_run *r)
{
    one_server(r, "http-ledger", ACCEPT_ONLY, 0, "");
}

static void answers_404(struct lab_run *r)
{
    one_server(r, "files-web", ANSWER, 2, "404 Not Found");
}

/* ---- certificates ---- */

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

/* ---- logs ---- */

struct logger {
    FILE *f;
    unsigned n;
};

static void log_at(struct logger *l, time_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void log_at(struct logger *l, time_t at, const char *fmt, ...)
{
    char stamp[40];
    struct tm tm;
    va_list ap;

    gmtime_r(&at, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
    fprintf(l->f, "%s ", stamp);
    va_start(ap, fmt);
    vfprintf(l->f, fmt, ap);
    va_end(ap);
    fputc('\n', l->f);
    l->n++;
}

/* A user who looks through ssh sees what lies where logs lie, and not what others have open. */
static void log_path(const struct lab_run *r, const char *name, char *path, size_t size)
{
    if (r->ssh)
        snprintf(path, size, "/var/log/%s-%s.log", r->tag, name);
    else
        snprintf(path, size, "%s/%s.log", r->dir, name);
}

static void remove_logs(const struct lab_run *r)
{
    static const char *const names[] = {"jobs",     "ingest",  "orders", "mailer",
                                        "thumbs",   "booking", "front",  "pay",
                                        "shop-web", "events",  "scraper"};
    char path[400];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "/var/log/%s-%s.log", r->tag, names[i]);
        unlink(path);
    }
}

/* A log with an ordinary past: requests, and once in a while a retry that worked. */
static struct logger open_log(const struct lab_run *r, const char *name)
{
    struct logger l = {.n = 0};
    char path[400];
    time_t now = time(NULL);

    log_path(r, name, path, sizeof(path));
    l.f = fopen(path, "a");
    if (!l.f)
        _exit(1);
    for (time_t t = now - HISTORY_S; t < now; t += 4) {
        log_at(&l, t, "INFO served /cart/%ld in %ld ms", (long)(t % 1000), (long)(t % 37));
        if (t % 601 < 4)
            log_at(&l, t, "ERROR worker %ld gave up on job %ld", (long)(t % 5), (long)t);
    }
    fflush(l.f);
    return l;
}

/* A daemon with such a log; in the child *l is open and 0 is returned. */
static pid_t logging(struct lab_run *r, const char *name, struct logger *l)
{
    pid_t pid = daemon_of(name);

    if (pid == 0) {
        *l = open_log(r, name);
        return 0;
    }
    lab_expect_process(r, pid);
    if (r->ssh) {
        char path[400];

        log_path(r, name, path, sizeof(path));
        lab_expect(r, "file:%s", path);
    }
    return pid;
}

#define FOR_EVER(l, ms) for (;; fflush((l).f), lab_nap_ms(ms))

static _Noreturn void stands(struct lab_run *r)
{
    lab_nap_ms(2500); /* so that there is something to see */
    lab_stands(r);
    lab_stay();
}

static void log_burst(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "jobs", &l) == 0) {
        FOR_EVER(l, 40)
        log_at(&l, time(NULL), "ERROR worker %u gave up on job %u", l.n % 5, l.n);
    }
    stands(r);
}

static void log_new_error(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "ingest", &l) == 0) {
        FOR_EVER(l, 150)
        log_at(&l, time(NULL), "ERROR record %u has a bad checksum %08x, left out", l.n,
               l.n * 2654435761u);
    }
    stands(r);
}

static void log_refused(struct lab_run *r)
{
    int port = 0, fd = lab_listen(1, &port);
    struct logger l;

    close(fd);
    if (daemon_of("orders") == 0) {
        l = open_log(r, "orders");
        FOR_EVER(l, 200)
        {
            fd = lab_connect(port);
            if (fd < 0)
                log_at(&l, time(NULL), "ERROR cannot reach stock: connect to 127.0.0.1:%d: %s",
                       port, strerror(errno));
            else
                close(fd);
        }
    }
    lab_expect(r, "port:%d", port);
    stands(r);
}

static void log_denied(struct lab_run *r)
{
    struct logger l;
    char path[400];

    snprintf(path, sizeof(path), "%s/spool", r->dir);
    if (!lab_write(path, "x\n"))
        lab_skip(r, "no file could be made");
    if (chmod(path, 0000))
        lab_skip(r, "the file's mode cannot be changed");
    if (logging(r, "mailer", &l) == 0) {
        if (lab_root() && setuid(65534))
            _exit(1);
        FOR_EVER(l, 200)
        {
            int fd = open(path, O_RDWR);

            if (fd < 0)
                log_at(&l, time(NULL), "ERROR open %s: %s", path, strerror(errno));
            else
                close(fd);
        }
    }
    stands(r);
}

static void log_missing(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "thumbs", &l) == 0) {
        FOR_EVER(l, 200)
        {
            execl("/opt/lab/bin/convert-none", "convert", (char *)NULL);
            log_at(&l, time(NULL), "ERROR cannot start /opt/lab/bin/convert-none: %s",
                   strerror(errno));
        }
    }
    stands(r);
}

static void log_pool(struct lab_run *r)
{
    struct logger l;

    if (logging(r, "booking", &l) == 0) {
        FOR_EVER(l, 150)
        log_at(&l, time(NULL),
               "ERROR request %u: connection pool exhausted, 20 of 20 in use for 30 s", l.n);
    }
    stands(r);
}

static void log_port_taken(struct lab_run *r)
{
    int port = 0, fd = lab_listen(4, &port);
    struct logger l;
    pid_t holder;

    if (fd < 0)
        lab_skip(r, "no free port");
    holder = daemon_of("leftover");
    if (holder == 0)
        serve(fd, ANSWER, 0, "200 OK");
    close(fd);
    lab_expect_process(r, holder);
    lab_expect(r, "port:%d", port);
    if (logging(r, "front", &l) == 0) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

        FOR_EVER(l, 500)
        {
            fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
                log_at(&l, time(NULL), "ERROR bind 127.0.0.1:%d: %s", port, strerror(errno));
            close(fd);
        }
    }
    stands(r);
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
    stands(r);
}

/* Its command line names a port; it waits for something else instead of listening. */
static void not_listening(struct lab_run *r)
{
    int port = 0, fd = lab_listen(1, &port);
    char arg[32];
    struct logger l;
    pid_t pid;

    close(fd);
    snprintf(arg, sizeof(arg), "--port=%d", port);
    pid = daemon_of("stock");
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "while :; do sleep 100; done", "stock", arg, (char *)NULL);
        _exit(127);
    }
    lab_expect_process(r, pid);
    lab_expect(r, "port:%d", port);
    if (daemon_of("orders") == 0) {
        l = open_log(r, "orders");
        FOR_EVER(l, 200)
        {
            fd = lab_connect(port);
            if (fd < 0)
                log_at(&l, time(NULL), "ERROR connect to 127.0.0.1:%d: %s", port, strerror(errno));
            else
                close(fd);
        }
    }
    lab_nap_ms(21000); /* a young process may still be starting */
    stands(r);
}

/* ---- healthy ---- */

/* It always warns, in words of trouble, at one rate. */
static void always_warns(struct lab_run *r)
{
    time_t now = time(NULL);
    struct logger l;
    char path[400];

    if (daemon_of("scraper") == 0) {
        log_path(r, "scraper", path, sizeof(path));
        l = (struct logger){.f = fopen(path, "a")};
        for (time_t t = now - HISTORY_S; l.f && t < now; t += 2)
            log_at(&l, t, "WARN target %ld: connection timed out, next try in 30 s", (long)(t % 9));
        FOR_EVER(l, 2000)
        log_at(&l, time(NULL), "WARN target %u: connection timed out, next try in 30 s", l.n % 9);
    }
    stands(r);
}

/* A deployment has just restarted it: new lines, a few connections that broke, and all is well. */
static void restarted(struct lab_run *r)
{
    int port = 0, fd = lab_listen(16, &port);
    struct logger l;

    if (fd < 0)
        lab_skip(r, "no free port");
    if (daemon_of("shop-web") == 0) {
        l = open_log(r, "shop-web");
        log_at(&l, time(NULL), "INFO stopping, 3 connections are open");
        for (int i = 0; i < 3; i++)
            log_at(&l, time(NULL), "WARN client %d: connection reset by peer", i);
        log_at(&l, time(NULL), "INFO version 1.8.0 starts");
        log_at(&l, time(NULL), "INFO listening on 127.0.0.1:%d", port);
        fflush(l.f);
        serve(fd, ANSWER, 1, "200 OK");
    }
    close(fd);
    stands(r);
}

/* Far more lines than before, all of them fine. */
static void talks_much(struct lab_run *r)
{
    struct logger l;

    if (daemon_of("events") == 0) {
        l = open_log(r, "events");
        for (int i = 0; i < 20000; i++) {
            log_at(&l, time(NULL), "INFO event %u taken, 0 errors, 0 failed", l.n);
            if (i % 50 == 0) {
                fflush(l.f);
                lab_nap_ms(100);
            }
        }
        lab_stay();
    }
    stands(r);
}

const struct lab_fault service_faults[] = {
    {.id = "answers-500",
     .family = "service",
     .sentence = "users say that something is broken",
     .kinds = "service",
     .start = answers_500},
    {.id = "answers-slowly",
     .family = "service",
     .sentence = "users say it is slow",
     .kinds = "latency",
     .start = answers_slowly},
    {.id = "hangs",
     .family = "service",
     .sentence = "users say it hangs",
     .kinds = "latency",
     .start = hangs},
    {.id = "does-not-read",
     .family = "service",
     .sentence = "users say it hangs",
     .kinds = "latency",
     .start = does_not_read},
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
    {.id = "not-listening",
     .family = "service",
     .sentence = "users say that it does not work",
     .kinds = "service|dependency",
     .start = not_listening,
     .stop = remove_logs},
    {.id = "port-taken",
     .family = "service",
     .sentence = "users say that it is down",
     .kinds = "service|network",
     .start = log_port_taken,
     .stop = remove_logs},
    {.id = "log-burst",
     .family = "logs",
     .sentence = "users say that it fails now and then",
     .kinds = "service",
     .start = log_burst,
     .stop = remove_logs},
    {.id = "log-new",
     .family = "logs",
     .sentence = "users say that data is missing",
     .kinds = "service",
     .start = log_new_error,
     .stop = remove_logs},
    {.id = "log-refused",
     .family = "logs",
     .sentence = "users say that orders fail",
     .kinds = "dependency",
     .start = log_refused,
     .stop = remove_logs},
    {.id = "log-denied",
     .family = "logs",
     .sentence = "users say that it fails",
     .kinds = "configuration",
     .start = log_denied,
     .stop = remove_logs},
    {.id = "log-missing",
     .family = "logs",
     .sentence = "users say that it fails",
     .kinds = "configuration",
     .start = log_missing,
     .stop = remove_logs},
    {.id = "log-pool",
     .family = "logs",
     .sentence = "users say that it fails now and then",
     .kinds = "limits",
     .start = log_pool,
     .stop = remove_logs},
    {.id = NULL},
};

const struct lab_fault service_controls[] = {
    {.id = "always-warns",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .start = always_warns,
     .stop = remove_logs},
    {.id = "web-404",
     .family = "control",
     .control = true,
     .sentence = "users say that something is broken",
     .start = answers_404},
    {.id = "certificate-60-days",
     .family = "control",
     .control = true,
     .sentence = "users say that it does not work",
     .need = need_openssl,
     .start = certificate_valid},
    {.id = "redeployed",
     .family = "control",
     .control = true,
     .sentence = "users say that it fails now and then",
     .start = restarted,
     .stop = remove_logs},
    {.id = "talks-much",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .start = talks_much,
     .stop = remove_logs},
    {.id = NULL},
};
