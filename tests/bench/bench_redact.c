/* bench_redact.c - how fast secrets are found: logs as they are, JSON lines, and text that is
 * little else than secrets. Wall time of the whole command less that of an empty file. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/str.h"
#include "tests/bench/bench.h"

#define BYTES ((size_t)48 << 20)

static const char *const logs =
    "2026-11-21T10:00:00.123Z INFO checkout request_id=7f3e2a1b-0c4d-4e5f-8a9b-1c2d3e4f5a6b "
    "path=/api/v1/orders status=200 duration_ms=12.5 bytes=5123\n"
    "2026-11-21T10:00:00.124Z WARN payments pool exhausted, 50 of 50 connections in use, waiting "
    "3.2s for host=db-1.internal:5432\n"
    "Nov 21 10:00:02 web-3 kernel: [12345.678901] Out of memory: Killed process 4242 (java) "
    "total-vm:8123456kB, anon-rss:4123456kB\n";
static const char *const json =
    "{\"ts\":\"2026-11-21T10:00:00.123Z\",\"level\":\"info\",\"service\":\"checkout\",\"trace_id\":"
    "\"4bf92f3577b34da6a3ce929d0e0e4736\",\"msg\":\"order placed\",\"user_id\":12345}\n";
static const char *const secrets = "login user=bob password=hunter2abc token=\"abcdef0123456789\" "
                                   "url=postgres://app:s3cret@db:5432/x\n";

static double run_ms(const char *text, size_t bytes, const char *path)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct err err;
    double best = 0;

    while (out.len < bytes)
        buf_adds(&out, text);
    if (file_write_atomic(path, buf_str(&out), 0600, &err)) {
        buf_release(&out);
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        double ms = bench_run_ms(
            (const char *const[]){bench.runbook, "redact", "--check", "--json", path, NULL});

        if (i == 0 || ms < best)
            best = ms;
    }
    buf_release(&out);
    return best;
}

void bench_redact(void)
{
    static const struct {
        const char *what, *budget, *const *text;
    } rows[] = {{"log lines", ">= 50 MB/s", &logs},
                {"JSON lines", ">= 50 MB/s", &json},
                {"three secrets a line", "", &secrets}};
    size_t bytes = bench.quick ? BYTES / 4 : BYTES;
    char path[320];
    double empty;

    snprintf(path, sizeof(path), "%s/redact.log", bench.dir);
    bench_head("Redaction");
    empty = run_ms("", 0, path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double ms = run_ms(*rows[i].text, bytes, path) - empty;

        bench_row(rows[i].what, rows[i].budget, "%.0f MB/s", (double)bytes / 1000 / ms);
    }
    remove(path);
}
