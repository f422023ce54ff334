/* fuzz_journal.c - a journal of any bytes: what is read does not depend on the layout of a line, a
 * verified reading is a beginning of an unverified one, and whatever decodes can be folded. */
#include "tests/fuzz/targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/codec/json.h"
#include "runbook/model/model.h"
#include "runbook/store/journal.h"

struct reading {
    struct buf text; /* of every record */
    struct journal_report report;
    struct model *model; /* NULL: not folded */
    struct arena *arena;
};

static void fold(struct reading *r, const struct journal_record *rec)
{
    enum event_type type = event_type_from_name(rec->type);
    struct event ev = {.type = type};
    struct err err;

    arena_reset(r->arena);
    if (type == EV_UNKNOWN || event_decode(type, rec->data, r->arena, &ev, &err))
        return;
    ev.seq = rec->seq;
    ev.ts_ms = rec->ts_ms;
    ev.actor = arena_str(r->arena, rec->actor);
    model_apply(r->model, &ev);
}

static bool on_record(void *ctx, const struct journal_record *rec)
{
    struct reading *r = ctx;
    struct json_writer w;

    FUZZ_CHECK(rec->data && rec->data->type == VALUE_OBJECT);
    buf_addf(&r->text, "%llu %lld ", (unsigned long long)rec->seq, (long long)rec->ts_ms);
    json_writer_init(&w, &r->text);
    json_string(&w, rec->type);
    buf_addc(&r->text, ' ');
    json_writer_init(&w, &r->text);
    json_string(&w, rec->actor);
    json_writer_init(&w, &r->text);
    json_value(&w, rec->data);
    buf_addc(&r->text, '\n');
    if (r->model)
        fold(r, rec);
    return true;
}

static void read_bytes(struct str bytes, bool verify, struct reading *r)
{
    struct err err = ERR_INIT;
    char path[64];
    int fd = memfd_create("journal", MFD_CLOEXEC);

    FUZZ_CHECK(fd >= 0 && fd_write_all(fd, bytes, &err) == ERR_OK);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    buf_init(&r->text, BUF_NO_MAX);
    FUZZ_CHECK(journal_read(path, verify, on_record, r, &r->report, &err) == ERR_OK);
    FUZZ_CHECK(r->report.size_bytes + r->report.torn_bytes <= bytes.len);
    FUZZ_CHECK((r->report.bad_line == 0) == (r->report.why[0] == '\0'));
    close(fd);
}

/* A blank after the first brace of each line: the same JSON, but not our own layout. */
static void loosen(struct str bytes, struct buf *out)
{
    bool first = true;

    for (size_t i = 0; i < bytes.len; i++) {
        buf_addc(out, bytes.ptr[i]);
        if (first && bytes.ptr[i] == '{')
            buf_addc(out, ' ');
        first = bytes.ptr[i] == '\n';
    }
}

void fuzz_journal(struct str input)
{
    struct buf loose = BUF_INIT(BUF_NO_MAX);
    struct model m;
    struct reading plain = {.model = &m, .arena = arena_new(0)}, checked = {0}, other = {0};

    model_init(&m);
    loosen(input, &loose);
    read_bytes(input, false, &plain);
    read_bytes(input, true, &checked);
    read_bytes(buf_str(&loose), false, &other);
    FUZZ_CHECK(plain.report.lines == other.report.lines);
    FUZZ_CHECK(plain.report.bad_line == other.report.bad_line);
    FUZZ_CHECK(str_eq(buf_str(&plain.text), buf_str(&other.text)));
    FUZZ_CHECK(checked.report.lines <= plain.report.lines);
    FUZZ_CHECK(checked.text.len <= plain.text.len);
    FUZZ_CHECK(!checked.text.len ||
               memcmp(checked.text.ptr, plain.text.ptr, checked.text.len) == 0);
    model_release(&m);
    arena_free(plain.arena);
    buf_release(&plain.text);
    buf_release(&checked.text);
    buf_release(&other.text);
    buf_release(&loose);
}
