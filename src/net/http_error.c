/* http_error.c - what went wrong with a connection, in one line that says what to look at.
 * Curl's own text is used for TLS and protocol trouble only: in other places it may quote the
 * proxy's or the request's user information. */
#include "src/net/http_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

/* OpenSSL's verification results. Source: openssl/x509_vfy.h (the numbers are its interface). */
enum {
    VERIFY_NOT_YET_VALID = 9,
    VERIFY_EXPIRED = 10,
    VERIFY_SELF_SIGNED = 18,
    VERIFY_SELF_SIGNED_IN_CHAIN = 19,
    VERIFY_NO_LOCAL_ISSUER = 20,
    VERIFY_NO_FIRST = 21,
    VERIFY_REVOKED = 23,
};

enum { CODE_TOO_LARGE = 100 }; /* CURLE_TOO_LARGE, since 8.6 */

/* The peer that curl tried, which is the proxy when there is one: "Failed to connect to H port P".
 */
static void tried_peer(const struct xfer *x, char *out, size_t size)
{
    static const char intro[] = "Failed to connect to ";
    const char *name = strstr(x->curl_text, intro);
    const char *port = name ? strstr(name, " port ") : NULL;
    char peer[300];

    snprintf(out, size, "%s", x->peer);
    if (!port)
        return;
    name += sizeof(intro) - 1;
    snprintf(peer, sizeof(peer), "%.*s:%.*s", (int)(port - name), name,
             (int)strspn(port + 6, "0123456789"), port + 6);
    if (strcasecmp(peer, x->peer) != 0 && strchr(x->peer, '[') == NULL)
        snprintf(out, size, "proxy %s", peer);
}

static enum err_code connect_error(struct xfer *x, struct err *err)
{
    char peer[320];
    long os_errno = 0;

    tried_peer(x, peer, sizeof(peer));
    x->client->api.easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (os_errno) {
        char why[80];

        snprintf(why, sizeof(why), "%s", strerror((int)os_errno));
        why[0] = (char)tolower((unsigned char)why[0]);
        return err_set(err, ERR_NET, "connect to %s: %s", peer, why);
    }
    if (strstr(x->curl_text, "timed out"))
        return err_set(err, ERR_TIMEOUT, "connect to %s: timed out", peer);
    return err_set(err, ERR_NET, "connect to %s: no address answers", peer);
}

static enum err_code certificate_error(struct xfer *x, struct err *err)
{
    long result = 0;

    if (strstr(x->curl_text, "subject name")) /* curl's own check, after OpenSSL's */
        return err_set(err, ERR_NET,
                       "TLS: the certificate of %s is for another name (tls.server_name sets the "
                       "expected one)",
                       x->peer);
    x->client->api.easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    switch (result) {
    case VERIFY_EXPIRED:
        return err_set(err, ERR_NET, "TLS: the certificate of %s has expired", x->peer);
    case VERIFY_NOT_YET_VALID:
        return err_set(err, ERR_NET,
                       "TLS: the certificate of %s is not valid yet (is the clock right?)",
                       x->peer);
    case VERIFY_SELF_SIGNED:
        return err_set(err, ERR_NET,
                       "TLS: the certificate of %s is self-signed: set tls.ca_file to trust it",
                       x->peer);
    case VERIFY_SELF_SIGNED_IN_CHAIN:
    case VERIFY_NO_LOCAL_ISSUER:
    case VERIFY_NO_FIRST:
        return err_set(err, ERR_NET,
                       "TLS: the certificate of %s is signed by an unknown authority: set "
                       "tls.ca_file to trust it",
                       x->peer);
    case VERIFY_REVOKED:
        return err_set(err, ERR_NET, "TLS: the certificate of %s is revoked", x->peer);
    default:
        break;
    }
    return err_set(err, ERR_NET, "TLS: the certificate of %s is refused: %s", x->peer,
                   x->curl_text);
}

static enum err_code tls_error(struct xfer *x, struct err *err)
{
    if (strstr(x->curl_text, "wrong version number") || strstr(x->curl_text, "packet length"))
        return err_set(err, ERR_NET,
                       "TLS: %s does not speak TLS (should the URL begin with http://?)", x->peer);
    if (strstr(x->curl_text, "certificate required") || strstr(x->curl_text, "bad certificate"))
        return err_set(err, ERR_DENIED,
                       "TLS: %s wants a client certificate that it trusts (tls.cert_file)",
                       x->peer);
    return err_set(err, ERR_NET, "TLS with %s failed: %s", x->peer,
                   x->curl_text[0] ? x->curl_text : "no reason given");
}

static enum err_code broken_error(struct xfer *x, struct err *err)
{
    if (strstr(x->curl_text, "alert") || strstr(x->curl_text, "SSL"))
        return tls_error(x, err);
    if (x->answer_bytes)
        return err_set(err, ERR_NET, "the connection to %s broke after %zu bytes of the answer",
                       x->peer, x->answer_bytes);
    return err_set(err, ERR_NET, "the connection to %s broke before the answer came", x->peer);
}

static enum err_code file_error(const struct xfer *x, const char *key, const char *path,
                                struct err *err)
{
    (void)x;
    return err_set(err, ERR_INPUT, "%s: cannot use %s: %s", key, path ? path : "(none)",
                   x->curl_text[0] ? x->curl_text : "not a readable PEM file");
}

/* A proxy that answered CONNECT with something else than 2xx. */
static bool proxy_refused(struct xfer *x, bool *ret_may_retry, struct err *err)
{
    long code = 0;

    x->client->api.easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &code);
    if (code < 300)
        return false;
    err_set(err, code == 407 ? ERR_DENIED : ERR_NET,
            code == 407 ? "the proxy wants a user and password to reach %s (HTTP %ld)"
                        : "the proxy does not connect to %s: HTTP %ld",
            x->peer, code);
    *ret_may_retry = policy_retry_status(code);
    return true;
}

enum err_code error_describe(struct xfer *x, bool *ret_may_retry, struct err *err)
{
    if (proxy_refused(x, ret_may_retry, err))
        return err->code;
    *ret_may_retry = true;
    switch ((int)x->code) { /* curl's enum grows with its version */
    case CURLE_COULDNT_RESOLVE_HOST:
        return err_set(err, ERR_NET, "resolve %s: no such host name (or no name server answers)",
                       x->name);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return err_set(err, ERR_NET, "resolve the proxy of %s: no such host name", x->peer);
    case CURLE_COULDNT_CONNECT:
        return connect_error(x, err);
    case CURLE_OPERATION_TIMEDOUT:
        return err_set(err, ERR_TIMEOUT, "%s: timed out", x->peer);
    case CURLE_GOT_NOTHING:
        return err_set(err, ERR_NET, "%s closed the connection without an answer", x->peer);
    case CURLE_PARTIAL_FILE:
        return err_set(err, ERR_NET, "the answer of %s was cut off after %zu bytes", x->peer,
                       x->answer_bytes);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return broken_error(x, err);
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return err_set(err, ERR_NET, "HTTP/2 with %s broke: %s", x->peer, x->curl_text);
    default:
        break;
    }
    *ret_may_retry = false;
    switch ((int)x->code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return certificate_error(x, err);
    case CURLE_SSL_CONNECT_ERROR:
        return tls_error(x, err);
    case CURLE_SSL_CACERT_BADFILE:
        return file_error(x, "tls.ca_file", x->tls.ca_file, err);
    case CURLE_SSL_CERTPROBLEM:
        return file_error(x, "tls.cert_file", x->tls.cert_file, err);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return err_set(err, ERR_REMOTE, "%s does not answer in HTTP", x->peer);
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR: /* ours are told by xfer_fail(); what is left is the decoder's */
        return err_set(err, ERR_REMOTE, "the compressed answer of %s is damaged", x->peer);
    case CURLE_OUT_OF_MEMORY: /* what curl says of a header line beyond its own cap, until 8.6 */
    case CODE_TOO_LARGE:
        return err_set(err, ERR_LIMIT, "%s sent too many or too long header lines", x->peer);
    default:
        return err_set(err, ERR_NET, "%s: %s", x->peer, x->client->api.easy_strerror(x->code));
    }
}

/* Which of the steps to a connection did not end. */
static void connect_deadline(const struct xfer *x, const char *within, struct err *err)
{
    const struct curl_api *api = &x->client->api;
    curl_off_t resolved_us = 0;
    long local_port = 0; /* known once TCP stands; the time of that comes after TLS only */

    api->easy_getinfo(x->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
    api->easy_getinfo(x->easy, CURLINFO_LOCAL_PORT, &local_port);
    if (local_port > 0)
        err_set(err, ERR_TIMEOUT, "TLS with %s: no answer within %s", x->peer, within);
    else if (resolved_us > 0)
        err_set(err, ERR_TIMEOUT, "connect to %s: no answer within %s", x->peer, within);
    else
        err_set(err, ERR_TIMEOUT, "resolve %s: no name server answers within %s", x->name, within);
}

void error_connect_deadline(const struct xfer *x, struct err *err)
{
    char within[TIME_TEXT_MAX];

    duration_format(x->connect_timeout_ms, within);
    connect_deadline(x, within, err);
}

void error_deadline(const struct xfer *x, struct err *err)
{
    char within[TIME_TEXT_MAX];

    duration_format(x->timeout_ms, within);
    if (x->state != XFER_ACTIVE)
        err_set(err, ERR_TIMEOUT, "%s: no free connection within %s", x->peer, within);
    else if (!x->connected)
        connect_deadline(x, within, err);
    else if (x->first_byte_ms < 0)
        err_set(err, ERR_TIMEOUT, "%s did not answer within %s", x->peer, within);
    else
        err_set(err, ERR_TIMEOUT, "the answer of %s did not end within %s (%zu bytes came)",
                x->peer, within, x->answer_bytes);
    if (x->last_err.code) {
        struct err whole = ERR_INIT;

        err_set(&whole, ERR_TIMEOUT, "%s (attempt %u, after: %s)", err->msg, x->attempts,
                x->last_err.msg);
        *err = whole;
    }
}
