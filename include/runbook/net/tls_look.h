/* tls_look.h - a TLS handshake that looks: it takes whatever certificate is shown, verifies nothing
 * away, and says what was shown. For diagnosis only; nothing secret is ever sent over it. libssl is
 * loaded on first use, as most runs need none. The socket is non-blocking and stays the caller's;
 * everything here may run on a worker thread. */
#ifndef RUNBOOK_NET_TLS_LOOK_H
#define RUNBOOK_NET_TLS_LOOK_H

#include <stddef.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"

struct tls_look;      /* opaque: the library and its settings */
struct tls_look_conn; /* opaque: one handshake */

enum tls_step { TLS_STEP_DONE, TLS_STEP_READ, TLS_STEP_WRITE, TLS_STEP_FAILED };

/* NULL and ERR_NOT_FOUND, naming the package, where libssl 3 is not installed. */
struct tls_look *tls_look_new(struct err *err);
void tls_look_free(struct tls_look *t);

/* `name` goes out as server name (RFC 6066, 3); NULL or an address: none. NULL when out of memory.
 */
struct tls_look_conn *tls_look_open(struct tls_look *t, int fd, const char *name);
void tls_look_close(struct tls_look_conn *c);
enum tls_step tls_look_handshake(struct tls_look_conn *c);
/* *ret_len bytes were moved when DONE; a read of 0 bytes with DONE is the end. */
enum tls_step tls_look_write(struct tls_look_conn *c, struct str data, size_t *ret_len);
enum tls_step tls_look_read(struct tls_look_conn *c, char *out, size_t room, size_t *ret_len);
const char *tls_look_error(const struct tls_look_conn *c); /* why it failed; "" when it did not */

/* What the peer showed, a line each: "cert" lines from the leaf on as below, then
 * "verify<TAB>TEXT": "ok", or what the machine's own store says against the chain. */
void tls_look_describe(struct tls_look_conn *c, struct buf *out);
/* Each certificate of a PEM text, at most `max`:
 * "cert<TAB>INDEX<TAB>NOT_BEFORE<TAB>NOT_AFTER<TAB>self|issued<TAB>SUBJECT<TAB>ISSUER<TAB>NAMES":
 * times in Unix seconds, names joined by commas. Returns how many; no field holds a tab, a line
 * feed or a control character. */
size_t tls_look_pem(struct str pem, size_t max, struct buf *out);

#endif
