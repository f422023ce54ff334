/* rpc.c - JSON-RPC 2.0 messages. Source: jsonrpc.org/specification. */
#include "src/mcp/mcp_priv.h"

#include <math.h>

#include "runbook/base/text.h"

#define ID_MAX 9007199254740991.0 /* whole numbers that a double holds */

void safe_line(struct str s, size_t max, struct buf *out)
{
    struct buf clean = BUF_INIT(s.len * 12 + 64);

    if (s.len > max)
        s.len = max;
    while (s.len && !text_valid(s, &(size_t){0})) /* cut inside of a character */
        s.len--;
    text_sanitize(&clean, s, false, false);
    buf_add_str(out, str_trim(buf_str(&clean)));
    buf_release(&clean);
}

void rpc_request(struct buf *out, uint64_t id, const char *method, struct str params, bool token)
{
    buf_adds(out, "{\"jsonrpc\":\"2.0\"");
    if (id)
        buf_addf(out, ",\"id\":%llu", (unsigned long long)id);
    buf_addf(out, ",\"method\":\"%s\"", method);
    params = str_trim(params);
    if (token) {
        buf_addf(out, ",\"params\":{\"_meta\":{\"progressToken\":%llu}", (unsigned long long)id);
        if (params.len > 2) /* more than {} */
            buf_addf(out, ",%.*s", (int)(params.len - 1), params.ptr + 1);
        else
            buf_addc(out, '}');
    } else if (params.len) {
        buf_addf(out, ",\"params\":%.*s", STR_FMT(params));
    }
    buf_addc(out, '}');
}

static void begin_answer(struct json_writer *w, struct buf *out, const struct value *id)
{
    json_writer_init(w, out);
    json_object_begin(w);
    json_put_cstr(w, "jsonrpc", "2.0");
    json_key(w, "id");
    json_value(w, id);
}

void rpc_result(struct buf *out, const struct value *id, const char *json)
{
    struct json_writer w;

    begin_answer(&w, out, id);
    json_key(&w, "result");
    json_raw(&w, str_from(json));
    json_object_end(&w);
}

void rpc_error(struct buf *out, const struct value *id, int code, const char *message)
{
    struct json_writer w;

    begin_answer(&w, out, id);
    json_key(&w, "error");
    json_object_begin(&w);
    json_put_int(&w, "code", code);
    json_put_cstr(&w, "message", message);
    json_object_end(&w);
    json_object_end(&w);
}

static enum err_code error_code(int64_t code)
{
    return code == -32601 || code == -32002 ? ERR_NOT_FOUND
           : code == -32602                 ? ERR_INPUT
                                            : ERR_REMOTE;
}

static void read_error(const struct value *e, struct err *err)
{
    struct buf text = BUF_INIT(512);
    int64_t code = value_i64_or(e, "code", 0);

    safe_line(value_str_or(e, "message", "no reason given"), 300, &text);
    err_set(err, error_code(code), "%s (code %lld)", buf_cstr(&text), (long long)code);
    buf_release(&text);
}

static uint64_t our_id(const struct value *id)
{
    if (!id || id->type != VALUE_NUMBER || id->u.number < 1 || id->u.number > ID_MAX ||
        id->u.number != floor(id->u.number))
        return 0;
    return (uint64_t)id->u.number;
}

void rpc_read(const struct value *v, struct rpc_message *ret)
{
    const struct value *method = value_get(v, "method"), *error = value_get(v, "error");
    struct rpc_message m = {.id = value_get(v, "id"), .result = value_get(v, "result")};

    if (!str_eq_c(value_str_or(v, "jsonrpc", ""), "2.0")) {
        m.kind = RPC_BAD;
    } else if (method && method->type == VALUE_STRING) {
        m.method = method->u.string.ptr;
        m.params = value_get(v, "params");
        m.kind = m.id && (m.id->type == VALUE_NUMBER || m.id->type == VALUE_STRING)
                     ? RPC_REQUEST
                     : RPC_NOTIFICATION;
    } else if (error && error->type == VALUE_OBJECT) {
        m.kind = RPC_ERROR;
        m.answers = our_id(m.id);
        read_error(error, &m.err);
    } else if (m.result) {
        m.kind = RPC_RESULT;
        m.answers = our_id(m.id);
    }
    *ret = m;
}
