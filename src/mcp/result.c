/* result.c - what a server answered, as one body. */
#include "src/mcp/mcp_priv.h"

#include "runbook/codec/hash.h"

/* Types that a body may carry; all else is bytes. */
static const char *known_type(struct str type)
{
    static const char *const types[] = {
        "image/png", "image/jpeg",    "image/gif",        "image/webp", "image/svg+xml",
        "audio/wav", "audio/mpeg",    "application/json", "text/plain", "application/pdf",
        "text/html", "text/markdown", "text/csv"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (str_eq_c(type, types[i]))
            return types[i];
    }
    return "application/octet-stream";
}

static void put_line(struct buf *out)
{
    if (out->len && out->ptr[out->len - 1] != '\n')
        buf_addc(out, '\n');
}

/* "[image image/png, 120 bytes]" */
static void put_note(const char *what, struct str type, size_t bytes, struct buf *out)
{
    put_line(out);
    buf_addf(out, "[%s ", what);
    safe_line(type, 60, out);
    buf_addf(out, ", %zu bytes]\n", bytes);
}

static void put_data(const char *what, struct str type, struct str base64, struct buf *out)
{
    struct buf data = BUF_INIT(MCP_MESSAGE_MAX);

    if (!base64_decode(&data, base64))
        buf_addf(out, "[%s that is not what it says it is]\n", what);
    else
        put_note(what, type, data.len, out);
    buf_release(&data);
}

static void put_link(const struct value *item, struct buf *out)
{
    put_line(out);
    buf_adds(out, "[resource ");
    safe_line(value_str_or(item, "uri", ""), 400, out);
    buf_adds(out, "]\n");
}

/* The text or the bytes of a resource. */
static void put_resource(const struct value *r, struct buf *out)
{
    const struct value *text = value_get(r, "text"), *blob = value_get(r, "blob");

    put_link(r, out);
    if (text && text->type == VALUE_STRING)
        buf_add_str(out, text->u.string);
    else if (blob && blob->type == VALUE_STRING)
        put_data("data", value_str_or(r, "mimeType", ""), blob->u.string, out);
}

static void put_item(const struct value *item, struct buf *out)
{
    struct str type = value_str_or(item, "type", "");

    if (str_eq_c(type, "text")) {
        put_line(out);
        buf_add_str(out, value_str_or(item, "text", ""));
    } else if (str_eq_c(type, "image") || str_eq_c(type, "audio")) {
        put_data(str_eq_c(type, "image") ? "image" : "audio", value_str_or(item, "mimeType", ""),
                 value_str_or(item, "data", ""), out);
    } else if (str_eq_c(type, "resource")) {
        put_resource(value_get(item, "resource"), out);
    } else if (str_eq_c(type, "resource_link")) {
        put_link(item, out);
    } else {
        put_line(out);
        buf_adds(out, "[content of type ");
        safe_line(type, 40, out);
        buf_adds(out, ", which is not supported]\n");
    }
}

/* One item alone that is data: its bytes are the body. NULL: it is not so. */
static const char *whole_body(const struct value *item, struct buf *out)
{
    const struct value *data = value_get(item, "data");
    struct buf bytes = BUF_INIT(out->max - out->len);
    const char *type = NULL;

    if (!data)
        data = value_get(item, "blob");
    if (data && data->type == VALUE_STRING && base64_decode(&bytes, data->u.string) &&
        buf_add_str(out, buf_str(&bytes)))
        type = known_type(value_str_or(item, "mimeType", ""));
    buf_release(&bytes);
    return type;
}

static void put_message(const struct value *m, struct buf *out)
{
    put_line(out);
    safe_line(value_str_or(m, "role", ""), 20, out);
    buf_adds(out, ":\n");
    put_item(value_get(m, "content"), out);
}

const char *mcp_content(const struct value *result, struct buf *out)
{
    const struct value *content = value_get(result, "content");
    const struct value *structured = value_get(result, "structuredContent");
    const struct value *resources = value_get(result, "contents");
    const struct value *only = value_count(content) == 1     ? value_at(content, 0)
                               : value_count(resources) == 1 ? value_at(resources, 0)
                                                             : NULL;
    const char *type = only ? whole_body(only, out) : NULL;

    if (type)
        return type;
    if (only && only == value_at(resources, 0)) {
        buf_add_str(out, value_str_or(only, "text", ""));
        return known_type(value_str_or(only, "mimeType", "text/plain"));
    }
    if (structured && !value_count(content)) {
        json_pretty(out, structured);
        return "application/json";
    }
    VALUE_EACH (item, content)
        put_item(item, out);
    VALUE_EACH (item, resources)
        put_resource(item, out);
    VALUE_EACH (m, value_get(result, "messages"))
        put_message(m, out);
    return "text/plain";
}
