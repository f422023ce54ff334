/* fuzz_redact.c - a known secret is gone, JSON stays JSON, and however a text is cut into pieces,
 * the same comes out and no planted secret is left. */
#include "tests/fuzz/targets.h"

#include "runbook/base/arena.h"
#include "runbook/codec/json.h"
#include "runbook/policy/redact.h"
#include "src/policy/redact_priv.h"

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

#define FILL 12000 /* more than a rule looks ahead, and than what the first walk waits for */

static void put_filler(struct buf *out)
{
    while (out->len % FILL || !out->len)
        buf_addc(out, out->len % 64 == 63 ? '\n' : 'x');
    buf_addc(out, '\n');
}

/* The input between long stretches of nothing, with a secret on a line of its own behind it. */
static void plant(struct str input, struct buf *out)
{
    put_filler(out);
    buf_add_str(out, input);
    buf_adds(out, "\nAuthorization: Bearer PlantedBearer0123456789\nghp_Planted0123456789abcdefghij"
                  "0123456789\n-----BEGIN PRIVATE KEY-----\nPlantedKey0123456789\n-----END PRIVATE "
                  "KEY-----\nDB_PASSWORD=PlantedPassword1\n");
    buf_add_str(out, input);
    buf_addc(out, '\n');
    put_filler(out);
}

static void check_pieces(struct redactor *r, struct str input)
{
    struct redact_stream *s = redact_stream_new_at(r, FILL / 2);
    struct buf text = BUF_INIT(BUF_NO_MAX), whole = BUF_INIT(BUF_NO_MAX),
               out = BUF_INIT(BUF_NO_MAX);
    uint64_t seed = 88172645463325252u + input.len;
    bool own = str_find(input, STR_LIT("Planted")) >= 0; /* of the input, where it is no secret */

    redactor_set_email(r, input.len % 2);
    plant(input, &text);
    for (size_t i = 0; i < text.len;) {
        size_t n;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        n = 1 + (seed >> 33) % (input.len && (unsigned char)input.ptr[0] & 1 ? 20000 : 2000);
        n = n < text.len - i ? n : text.len - i;
        redact_stream_feed(s, &out, (struct str){text.ptr + i, n});
        i += n;
    }
    redact_stream_end(s, &out);
    redactor_apply(r, &whole, buf_str(&text));
    FUZZ_CHECK(str_eq(buf_str(&whole), buf_str(&out)));
    FUZZ_CHECK(own || str_find(buf_str(&out), STR_LIT("PlantedBearer0123456789")) < 0);
    FUZZ_CHECK(own || str_find(buf_str(&out), STR_LIT("ghp_Planted0123456789")) < 0);
    FUZZ_CHECK(own || str_find(buf_str(&out), STR_LIT("PlantedKey0123456789")) < 0);
    FUZZ_CHECK(own || str_find(buf_str(&out), STR_LIT("PlantedPassword1")) < 0);
    redact_stream_free(s);
    buf_release(&text);
    buf_release(&whole);
    buf_release(&out);
}

/* One for all runs: making one costs more than a small input. */
static struct redactor *the_redactor(void)
{
    static struct redactor *r;

    if (!r) {
        r = redactor_new(STR_LIT("salt"));
        redactor_add(r, STR_LIT("Tr0ub4dor&3"));
    }
    return r;
}

/* It takes a hundred times as long as the rest: every eighth input is enough. */
static bool wants_pieces(struct str input)
{
    return !input.len || (input.len ^ (unsigned char)input.ptr[0]) % 8 == 0;
}

void fuzz_redact(struct str input)
{
    struct redactor *r = the_redactor();
    struct buf out = BUF_INIT(BUF_NO_MAX);

    redactor_set_email(r, false);
    redactor_apply(r, &out, input);
    FUZZ_CHECK(str_find(buf_str(&out), STR_LIT("Tr0ub4dor&3")) < 0);
    check_json(r, input);
    if (wants_pieces(input))
        check_pieces(r, input);
    buf_release(&out);
}
