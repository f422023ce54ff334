/* host_made.c - see host_made.h. */
#include "tests/unit/service/host_made.h"

#include "tests/lib/unit.h"

void made_section(struct buf *b, const char *name, int phase, const char *text)
{
    host_bundle_section(b, TOKEN, name, phase, ERR_OK);
    buf_adds(b, text);
}

struct buf made_begin(void)
{
    struct buf b = BUF_INIT(1 << 20);

    host_bundle_begin(&b, TOKEN);
    made_section(&b, "proc/uptime", 0, "1000.00 1000.00\n");
    made_section(&b, "proc/uptime", 1, "1002.00 1000.00\n");
    return b;
}

void made_parse(struct buf *b, struct arena *a, struct host_snapshot *s)
{
    struct err err = ERR_INIT;

    host_bundle_end(b, TOKEN);
    assert_ok(host_snapshot_parse(s, a, buf_str(b), "local", 0, &err), &err);
    buf_release(b);
}
