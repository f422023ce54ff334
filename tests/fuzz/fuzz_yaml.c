/* fuzz_yaml.c - parse, and set "llm.model" to what follows the first NUL byte. An edit that
 * succeeds reads back. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/codec/yaml.h"

static void edit(struct arena *arena, struct str text, struct str value)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    const struct value *v;

    if (yaml_edit(&out, text, "llm.model", value, &err)) {
        FUZZ_CHECK(out.len == 0 && err.code != ERR_OK);
    } else {
        FUZZ_CHECK(yaml_parse(arena, buf_str(&out), &v, &err) == ERR_OK);
        FUZZ_CHECK(value_path(v, "llm.model") != NULL);
    }
    buf_release(&out);
}

void fuzz_yaml(struct str input)
{
    struct arena *arena = arena_new(0);
    struct str value = STR_LIT("new"), text = input;
    const char *nul = input.len ? memchr(input.ptr, '\0', input.len) : NULL;
    struct err err = ERR_INIT;
    const struct value *v = NULL;

    if (nul) {
        text.len = (size_t)(nul - input.ptr);
        value = (struct str){nul + 1, input.len - text.len - 1};
    }
    if (yaml_parse(arena, text, &v, &err))
        FUZZ_CHECK(!v && err.code != ERR_OK);
    else
        FUZZ_CHECK(text_valid(text, NULL));
    edit(arena, text, value);
    arena_free(arena);
}
