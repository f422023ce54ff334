/* record.c - what was asked, as JSON lines: a line when a request came, one when its answer ended.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "runbook/base/mem.h"
#include "tests/standin/standin.h"

struct record {
    pthread_mutex_t lock;
    FILE *file;
};

struct record *record_open(const char *path, struct err *err)
{
    struct record *rec = xcalloc(1, sizeof(*rec));

    pthread_mutex_init(&rec->lock, NULL);
    if (path)
        rec->file = fopen(path, "w");
    if (path && !rec->file) {
        err_errno(err, errno, "open %s", path);
        record_close(rec);
        return NULL;
    }
    return rec;
}

void record_close(struct record *rec)
{
    if (!rec)
        return;
    if (rec->file)
        fclose(rec->file);
    pthread_mutex_destroy(&rec->lock);
    free(rec);
}

static void put_line(struct record *rec, struct buf *line)
{
    buf_addc(line, '\n');
    pthread_mutex_lock(&rec->lock);
    if (rec->file) {
        fwrite(line->ptr, 1, line->len, rec->file);
        fflush(rec->file);
    }
    pthread_mutex_unlock(&rec->lock);
    buf_release(line);
}

static bool is_secret(const char *name)
{
    return strcasecmp(name, "authorization") == 0 || strcasecmp(name, "x-api-key") == 0 ||
           strcasecmp(name, "api-key") == 0;
}

void record_request(struct record *rec, const struct request *r, int turn, const struct refusal *f,
                    unsigned missing)
{
    struct buf line = BUF_INIT((size_t)80 << 20);
    struct json_writer w;

    json_writer_init(&w, &line);
    json_object_begin(&w);
    json_put_int(&w, "request", r->number);
    json_put_cstr(&w, "method", r->method);
    json_put_cstr(&w, "path", r->path);
    json_put_cstr(&w, "query", r->query);
    json_put_int(&w, "turn", turn);
    json_put_int(&w, "refused", f->status);
    json_put_cstr(&w, "message", f->message);
    json_put_int(&w, "missing", missing);
    json_key(&w, "headers");
    json_object_begin(&w);
    for (size_t i = 0; i < r->header_count; i++)
        json_put_cstr(&w, r->headers[i].name,
                      is_secret(r->headers[i].name) ? "****" : r->headers[i].value);
    json_object_end(&w);
    json_key(&w, "body");
    if (r->json)
        json_value(&w, r->json);
    else
        json_string(&w, r->body);
    json_object_end(&w);
    put_line(rec, &line);
}

void record_end(struct record *rec, const struct request *r, const char *end, int64_t bytes)
{
    struct buf line = BUF_INIT(4096);

    buf_addf(&line, "{\"request\":%u,\"end\":\"%s\",\"bytes\":%lld}", r->number, end,
             (long long)bytes);
    put_line(rec, &line);
}
