/* err.h - what failed, in one readable line.
 * A function that can fail returns enum err_code (0 is success) and fills its last argument, which
 * is never NULL. Inner layers say what failed, callers wrap it with what they were doing. A struct
 * err owns nothing: failing allocates nothing, and errors copy between threads. */
#ifndef RUNBOOK_BASE_ERR_H
#define RUNBOOK_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define ERR_MSG_MAX 512

/* Codes name what a caller can do about it. */
enum err_code {
    ERR_OK = 0,
    ERR_AGAIN,     /* try the same again later */
    ERR_CANCELED,  /* somebody asked for it */
    ERR_TIMEOUT,   /* a deadline passed */
    ERR_NOT_FOUND, /* the thing does not exist */
    ERR_DENIED,    /* exists, but not for us: permission, credentials, policy */
    ERR_INPUT,     /* what we were given is malformed */
    ERR_LIMIT,     /* larger than a cap of ours */
    ERR_NET,       /* no connection, cut, TLS */
    ERR_REMOTE,    /* the other side answered with an error */
    ERR_IO,        /* disk, pipe, child process */
};

struct err {
    enum err_code code;
    char msg[ERR_MSG_MAX]; /* always NUL-terminated; cut at a character boundary */
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        ERR_OK, ""                                                                                 \
    }

/* Set code and message; returns `code`, so `return err_set(err, ERR_INPUT, ...)` reads well. */
enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Put "context: " before the message; returns the code that is there. */
enum err_code err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Lets the compiler see that the result is not ERR_OK, so that it does not warn about what is set
 * on success. */
static inline enum err_code err_same(enum err_code code)
{
    return code;
}
#define err_set(err, code, ...) ((void)(err_set)((err), (code), __VA_ARGS__), err_same(code))
/* From an errno value: maps it to a code and appends strerror(): "open x: Permission denied". */
enum err_code err_errno(struct err *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void err_clear(struct err *err);
/* "timeout", "denied" ...: the stable lower-case name used in JSON output and journals. */
const char *err_code_name(enum err_code code);
bool err_code_from_name(const char *name, enum err_code *ret_code);

#endif
