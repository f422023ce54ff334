/* err.c - see err.h. Messages are cut at a UTF-8 character boundary, never in the middle of one. */
#include "runbook/base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [ERR_OK] = "ok",
    [ERR_AGAIN] = "again",
    [ERR_CANCELED] = "canceled",
    [ERR_TIMEOUT] = "timeout",
    [ERR_NOT_FOUND] = "not_found",
    [ERR_DENIED] = "denied",
    [ERR_INPUT] = "input",
    [ERR_LIMIT] = "limit",
    [ERR_NET] = "net",
    [ERR_REMOTE] = "remote",
    [ERR_IO] = "io",
};

static void cut_at_character(char *msg, size_t wanted)
{
    size_t len;

    if (wanted < ERR_MSG_MAX)
        return;
    len = ERR_MSG_MAX - 1;
    while (len > 0 && ((unsigned char)msg[len - 1] & 0xC0) == 0x80)
        len--;
    if (len > 0 && (unsigned char)msg[len - 1] >= 0xC0)
        len--;
    msg[len] = '\0';
}

static void __attribute__((format(printf, 2, 0)))
set_msg(struct err *err, const char *fmt, va_list ap)
{
    int n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);

    cut_at_character(err->msg, n < 0 ? 0 : (size_t)n);
}

enum err_code(err_set)(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_msg(err, fmt, ap);
    va_end(ap);
    err->code = code;
    return code;
}

enum err_code err_wrap(struct err *err, const char *fmt, ...)
{
    struct err inner = *err;
    va_list ap;
    size_t len;
    int n;

    va_start(ap, fmt);
    set_msg(err, fmt, ap);
    va_end(ap);
    len = strlen(err->msg);
    n = snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", inner.msg);
    cut_at_character(err->msg, len + (n < 0 ? 0 : (size_t)n));
    return err->code;
}

static enum err_code code_from_errno(int errnum)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
        return ERR_NOT_FOUND;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case EAGAIN:
    case EINTR:
        return ERR_AGAIN;
    case ECANCELED:
        return ERR_CANCELED;
    case EFBIG:
    case E2BIG:
    case ENAMETOOLONG:
        return ERR_LIMIT;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return ERR_NET;
    default:
        return ERR_IO;
    }
}

enum err_code err_errno(struct err *err, int errnum, const char *fmt, ...)
{
    va_list ap;
    size_t len;
    int n;

    va_start(ap, fmt);
    set_msg(err, fmt, ap);
    va_end(ap);
    len = strlen(err->msg);
    n = snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", strerror(errnum));
    cut_at_character(err->msg, len + (n < 0 ? 0 : (size_t)n));
    err->code = code_from_errno(errnum);
    return err->code;
}

void err_clear(struct err *err)
{
    err->code = ERR_OK;
    err->msg[0] = '\0';
}

const char *err_code_name(enum err_code code)
{
    return code_names[code];
}

bool err_code_from_name(const char *name, enum err_code *ret_code)
{
    for (size_t i = 0; i < sizeof(code_names) / sizeof(code_names[0]); i++) {
        if (strcmp(code_names[i], name) == 0) {
            *ret_code = (enum err_code)i;
            return true;
        }
    }
    return false;
}
