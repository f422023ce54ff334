/* fuzz_json.c - what parses is written and read again as the same value. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/codec/json.h"

static void write(struct buf *out, const struct value *v)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_value(&w, v);
}

void fuzz_json(struct str input)
{
    struct arena *arena = arena_new(0);
    struct buf once = BUF_INIT(BUF_NO_MAX), pretty = BUF_INIT(BUF_NO_MAX),
               twice = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    const struct value *v = NULL, *again = NULL;

    if (json_parse(arena, input, &v, &err)) {
        FUZZ_CHECK(!v && err.code == ERR_INPUT && str_starts(str_from(err.msg), "JSON line "));
        goto done;
    }
    FUZZ_CHECK(text_valid(input, NULL));
    write(&once, v);
    FUZZ_CHECK(json_parse(arena, buf_str(&once), &again, &err) == ERR_OK);
    write(&twice, again);
    FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
    json_pretty(&pretty, v);
    FUZZ_CHECK(json_parse(arena, buf_str(&pretty), &again, &err) == ERR_OK);
    buf_clear(&twice);
    write(&twice, again);
    FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
done:
    buf_release(&once);
    buf_release(&pretty);
    buf_release(&twice);
    arena_free(arena);
}
