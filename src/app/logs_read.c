/* logs_read.c - log files into lines: plain or gzip, of any size, in a fixed amount of memory. */
#include "src/app/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "runbook/base/mem.h"

#define CHUNK ((size_t)1 << 20)
#define LINE_KEPT ((size_t)64 * 1024) /* of a line that goes over a chunk's end */
#define PROGRESS_MS 200

struct reading {
    struct log_file *file;
    struct logmine *mine;
    struct buf part; /* a line whose end was not read yet */
    uint64_t size;   /* 0: not known */
    bool progress, shown;
    int64_t said_ms;
};

static int64_t monotonic_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say_progress(struct reading *r, uint64_t at)
{
    int64_t now;

    if (!r->progress)
        return;
    now = monotonic_ms();
    if (now - r->said_ms < PROGRESS_MS)
        return;
    if (!r->said_ms) { /* quick work says nothing */
        r->said_ms = now;
        return;
    }
    r->said_ms = now;
    r->shown = true;
    if (r->size)
        fprintf(stderr, "\r%3.0f %% of %.0f MB", (double)at * 100 / (double)r->size,
                (double)r->size / 1e6);
    else
        fprintf(stderr, "\r%.0f MB", (double)at / 1e6);
    fflush(stderr);
}

static void take_line(struct reading *r, struct str line)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    logmine_line(r->mine, line);
}

/* Bytes beyond LINE_KEPT of a line that has no end in sight are not kept. */
static void keep_part(struct reading *r, struct str rest)
{
    size_t room = LINE_KEPT - r->part.len;

    buf_add(&r->part, rest.ptr, rest.len < room ? rest.len : room);
}

static void take_chunk(struct reading *r, struct str chunk)
{
    while (chunk.len) {
        const char *end = memchr(chunk.ptr, '\n', chunk.len);
        size_t n = end ? (size_t)(end - chunk.ptr) : chunk.len;
        struct str line = {chunk.ptr, n};

        if (!end || r->part.len)
            keep_part(r, line);
        if (!end)
            return;
        if (r->part.len) {
            take_line(r, buf_str(&r->part));
            buf_clear(&r->part);
        } else {
            take_line(r, line);
        }
        chunk.ptr += n + 1;
        chunk.len -= n + 1;
    }
}

static void fail(struct reading *r, const char *why)
{
    r->file->failed = true;
    snprintf(r->file->why, sizeof(r->file->why), "%s: %s", r->file->path, why);
}

static void read_plain(struct reading *r, int fd, char *chunk, size_t have)
{
    while (have) {
        ssize_t n;

        r->file->bytes += have;
        take_chunk(r, (struct str){chunk, have});
        say_progress(r, r->file->bytes);
        do
            n = read(fd, chunk, CHUNK);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            fail(r, strerror(errno));
        have = n > 0 ? (size_t)n : 0;
    }
}

/* Several gzip members may follow one another, as concatenated rotations do. */
static void read_gzip(struct reading *r, int fd, char *chunk)
{
    gzFile gz = gzdopen(fd, "rb");
    int n, code;
    const char *why;

    if (!gz) {
        close(fd);
        fail(r, "cannot be unpacked: out of memory");
        return;
    }
    gzbuffer(gz, 256 * 1024);
    while ((n = gzread(gz, chunk, (unsigned)CHUNK)) > 0) {
        take_chunk(r, (struct str){chunk, (size_t)n});
        r->file->bytes = (uint64_t)gzoffset(gz);
        say_progress(r, r->file->bytes);
    }
    why = gzerror(gz, &code);
    if (n < 0 || code == Z_BUF_ERROR)
        fail(r, n < 0 ? why : "the gzip file is cut off; its beginning was read");
    gzclose_r(gz);
}

/* What packs logs and is not read here: the magic bytes, and the program that unpacks it. */
static const char *unpacker(const unsigned char *p, size_t n)
{
    if (n >= 6 && memcmp(p,
                         "\xFD"
                         "7zXZ",
                         5) == 0)
        return "xzcat";
    if (n >= 4 && memcmp(p, "\x28\xB5\x2F\xFD", 4) == 0)
        return "zstdcat";
    if (n >= 3 && memcmp(p, "BZh", 3) == 0)
        return "bzcat";
    return n >= 4 && memcmp(p, "\x04\x22\x4D\x18", 4) == 0 ? "lz4cat" : NULL;
}

static bool is_gzip(const unsigned char *p, size_t n)
{
    return n >= 2 && p[0] == 0x1F && p[1] == 0x8B;
}

static void read_packed_pipe(struct reading *r)
{
    fail(r, "packed input on a pipe is not supported: put zcat before it");
}

static void read_any(struct reading *r, int fd, bool seekable)
{
    char *chunk = xmalloc(CHUNK);
    ssize_t n = read(fd, chunk, CHUNK);
    const unsigned char *head = (const unsigned char *)chunk;
    const char *tool = n > 0 ? unpacker(head, (size_t)n) : NULL;
    char why[120];

    if (n < 0) {
        fail(r, strerror(errno));
    } else if (tool) {
        snprintf(why, sizeof(why), "this packing is not supported: %s FILE | runbook logs -", tool);
        fail(r, why);
    } else if (n > 0 && is_gzip(head, (size_t)n)) {
        if (seekable && lseek(fd, 0, SEEK_SET) == 0)
            read_gzip(r, dup(fd), chunk);
        else
            read_packed_pipe(r);
    } else {
        read_plain(r, fd, chunk, (size_t)n);
    }
    if (r->part.len)
        take_line(r, buf_str(&r->part));
    free(chunk);
}

void log_file_read(struct log_file *f, struct logmine *m, bool progress)
{
    struct reading r = {.file = f, .mine = m, .part = BUF_INIT(LINE_KEPT), .progress = progress};
    bool standard = strcmp(f->path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st)) {
        fail(&r, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        fail(&r, "is a folder; name its files");
    } else {
        r.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
        read_any(&r, fd, S_ISREG(st.st_mode));
    }
    if (r.shown)
        fputs("\r\033[K", stderr);
    if (fd >= 0 && !standard)
        close(fd);
    buf_release(&r.part);
}
