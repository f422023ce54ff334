/* httpd.h - a scriptable HTTP server inside a test: it sends exactly the bytes it was told to,
 * split, slow, cut or wrong as wanted, and keeps what it was asked.
 *
 *   struct httpd *h = httpd_start();
 *   httpd_text(h, "/ok", 200, "", "hello");
 *   ... http://127.0.0.1:PORT/ok through httpd_url(h, "/ok", url) ...
 *   httpd_stop(h);
 *
 * The visit of an investigation by another test (visit.h) is answered with 404 and leaves no trace.
 * It runs in threads of its own (one a connection); every function here may be called from the
 * test's thread at any time. */
#ifndef RUNBOOK_TESTS_HTTPD_H
#define RUNBOOK_TESTS_HTTPD_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"

struct httpd; /* opaque */

#define HTTPD_URL_MAX 256

enum httpd_end {
    HTTPD_KEEP,  /* the connection stays open for the next request */
    HTTPD_CLOSE, /* closed when all is sent */
    HTTPD_RESET, /* RST instead of FIN */
    HTTPD_STALL, /* nothing more, until httpd_release() or httpd_stop() */
};

struct httpd_answer {
    const char *path;   /* of the request, without its query; NULL: any; "*" at the end: a prefix */
    struct str bytes;   /* status line, headers and body, raw; copied */
    size_t piece_bytes; /* a write holds at most that many; 0: all at once */
    int pause_ms;       /* between two writes */
    int hold_ms;        /* before the first byte */
    bool gate;          /* before the first byte: until httpd_release() */
    unsigned times;     /* how often it is given before the next of this path; 0: for ever */
    enum httpd_end end;
};

struct httpd *httpd_start(void); /* on 127.0.0.1, a free port */
void httpd_stop(struct httpd *h);
unsigned httpd_port(const struct httpd *h);
const char *httpd_url(const struct httpd *h, const char *path, char out[HTTPD_URL_MAX]);

/* Answers of one path are given in the order in which they were added. No match: 404. */
void httpd_add(struct httpd *h, const struct httpd_answer *a);
/* What no answer was added for: `fn` appends the raw answer; nothing appended is a 404. It runs in
 * the server's threads, one call at a time. "Connection: close" in it ends the connection, also
 * before all that Content-Length promises. */
typedef void httpd_fn(void *ctx, struct str request, struct buf *out);
void httpd_handle(struct httpd *h, httpd_fn *fn, void *ctx);
/* A correct answer with Content-Length. `headers` is "" or "Name: value\r\n..." */
void httpd_text(struct httpd *h, const char *path, int status, const char *headers,
                const char *body);
/* The same, given `times` times. */
void httpd_text_times(struct httpd *h, unsigned times, const char *path, int status,
                      const char *headers, const char *body);

size_t httpd_count(struct httpd *h); /* requests so far */
/* Append the n-th request (0 is the first), head and body, to `out`. */
bool httpd_request(struct httpd *h, size_t n, struct buf *out);
size_t httpd_connections(struct httpd *h); /* that brought a request */
unsigned httpd_peak(struct httpd *h);      /* most requests under way at once */
void httpd_release(struct httpd *h);       /* opens the gate and ends the stalls, for good */

#endif
