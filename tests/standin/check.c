/* check.c - what the checks of all wires share, and how each vendor says an error. */
#include <stdarg.h>
#include <stdio.h>

#include "tests/standin/standin.h"

int refuse(struct refusal *f, int status, const char *type, const char *fmt, ...)
{
    va_list ap;

    f->status = status;
    f->type = type;
    va_start(ap, fmt);
    vsnprintf(f->message, sizeof(f->message), fmt, ap);
    va_end(ap);
    return status;
}

bool one_of(struct str s, const char *const *names)
{
    for (; *names; names++) {
        if (str_eq_c(s, *names))
            return true;
    }
    return false;
}

const struct value *first_unknown(const struct value *v, const char *const *names)
{
    VALUE_EACH (item, v) {
        if (v->type == VALUE_OBJECT && !one_of(item->key, names))
            return item;
    }
    return NULL;
}

bool tool_name_ok(struct str s, size_t max)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return s.len && s.len <= max;
}

/* The vendor's word for a status, when a scenario does not say one. */
static const char *usual_type(enum wire w, int status)
{
    static const struct {
        int status;
        const char *anthropic, *openai, *bedrock;
    } table[] = {
        {400, "invalid_request_error", "invalid_request_error", "ValidationException"},
        {401, "authentication_error", "invalid_request_error", "UnrecognizedClientException"},
        {402, "billing_error", "insufficient_quota", "AccessDeniedException"},
        {403, "permission_error", "invalid_request_error", "AccessDeniedException"},
        {404, "not_found_error", "invalid_request_error", "ResourceNotFoundException"},
        {408, "timeout_error", "server_error", "ModelTimeoutException"},
        {409, "conflict_error", "server_error", "ConflictException"},
        {413, "request_too_large", "invalid_request_error", "ValidationException"},
        {429, "rate_limit_error", "requests", "ThrottlingException"},
        {503, "api_error", "server_error", "ServiceUnavailableException"},
        {504, "timeout_error", "server_error", "ModelTimeoutException"},
        {529, "overloaded_error", "server_error", "ServiceUnavailableException"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].status == status)
            return w == WIRE_ANTHROPIC ? table[i].anthropic
                   : w == WIRE_BEDROCK ? table[i].bedrock
                                       : table[i].openai;
    }
    return w == WIRE_ANTHROPIC ? "api_error"
           : w == WIRE_BEDROCK ? "InternalServerException"
                               : "server_error";
}

static const char *type_of(enum wire w, const struct refusal *f)
{
    return f->type && *f->type ? f->type : usual_type(w, f->status);
}

void error_body(enum wire w, const struct refusal *f, const char *request_id, struct buf *out)
{
    struct json_writer j;

    json_writer_init(&j, out);
    json_object_begin(&j);
    if (w == WIRE_BEDROCK) {
        json_put_cstr(&j, "message", f->message);
        json_object_end(&j);
        return;
    }
    if (w == WIRE_ANTHROPIC)
        json_put_cstr(&j, "type", "error");
    json_key(&j, "error");
    json_object_begin(&j);
    if (w == WIRE_ANTHROPIC)
        json_put_cstr(&j, "type", type_of(w, f));
    json_put_cstr(&j, "message", f->message);
    if (w != WIRE_ANTHROPIC) {
        json_put_cstr(&j, "type", type_of(w, f));
        json_put_cstr(&j, "param", f->param);
        json_put_cstr(&j, "code",
                      f->code            ? f->code
                      : f->status == 401 ? "invalid_api_key"
                      : f->status == 429 ? "rate_limit_exceeded"
                                         : NULL);
    }
    json_object_end(&j);
    if (w == WIRE_ANTHROPIC)
        json_put_cstr(&j, "request_id", request_id);
    json_object_end(&j);
}

void error_headers(enum wire w, const struct refusal *f, const char *request_id, struct buf *out)
{
    if (w == WIRE_BEDROCK)
        buf_addf(out, "x-amzn-ErrorType: %s\r\nx-amzn-RequestId: %s\r\n", type_of(w, f),
                 request_id);
    else
        buf_addf(out, "%s: %s\r\n", w == WIRE_ANTHROPIC ? "request-id" : "x-request-id",
                 request_id);
}
