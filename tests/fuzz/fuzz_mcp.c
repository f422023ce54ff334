/* fuzz_mcp.c - what an MCP server may say: a message, its content, a schema. The first line is the
 * message or the schema, the second one, when there is one, arguments for it. */
#include "tests/fuzz/targets.h"

#include "src/mcp/mcp_priv.h"

/* What is shown of a server's words has no control character. */
static void check_safe(const char *text)
{
    for (; *text; text++)
        FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* What is offered to a model is JSON, and what was well formed stays so. */
static void check_offer(struct arena *a, const struct value *schema)
{
    struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);
    const struct value *v;
    struct err err = ERR_INIT;
    bool good;

    good = mcp_schema_offer(schema, &once);
    FUZZ_CHECK(json_parse(a, buf_str(&once), &v, &err) == ERR_OK);
    FUZZ_CHECK(!good || mcp_schema_offer(v, &twice));
    buf_release(&once);
    buf_release(&twice);
}

void fuzz_mcp(struct str input)
{
    struct arena *a = arena_new(0);
    struct buf body = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    const struct value *v, *args;
    struct rpc_message m;
    struct str line;

    if (str_line(&input, &line) && json_parse(a, line, &v, &err) == ERR_OK) {
        rpc_read(v, &m);
        check_safe(m.err.msg);
        FUZZ_CHECK(m.kind != RPC_RESULT || m.result);
        FUZZ_CHECK(mcp_content(m.result ? m.result : v, &body) != NULL);
        check_offer(a, v);
        if (str_line(&input, &line) && json_parse(a, line, &args, &err) == ERR_OK &&
            mcp_schema_check(v, args, &err))
            check_safe(err.msg);
    }
    buf_release(&body);
    arena_free(a);
}
