/* eval_load.c - the OpenMetrics files of a case as one text that promtool reads: unpacked, in
 * order, a family's TYPE line once, one EOF. Line by line, in a fixed amount of memory; what is no
 * OpenMetrics is said with file and line, before promtool sees it. Runs on a worker. */
#include "src/app/eval.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "runbook/base/map.h"
#include "runbook/base/num.h"

#define LINE_MAX_BYTES 65536
#define REMOVE_TRIES 100
#define ALL_MAX_BYTES ((uint64_t)8 << 30)

struct merging {
    FILE *to;
    const char *path;
    size_t line;
    uint64_t bytes;
    struct map *types; /* families whose TYPE was written */
    struct err *err;
};

static enum err_code wrong(const struct merging *m, const char *why)
{
    return err_set(m->err, ERR_INPUT, "%s line %zu: %s", m->path, m->line, why);
}

/* NAME{LABELS} VALUE TIME: the shape; what is inside is promtool's to judge. */
static enum err_code check_sample(const struct merging *m, struct str line)
{
    const char *brace = memchr(line.ptr, '{', line.len);
    size_t at = 0;
    double number;
    struct str rest, value, time;

    if (brace) {
        bool quoted = false;

        for (at = (size_t)(brace - line.ptr) + 1; at < line.len; at++) {
            if (line.ptr[at] == '\\' && quoted)
                at++;
            else if (line.ptr[at] == '"')
                quoted = !quoted;
            else if (line.ptr[at] == '}' && !quoted)
                break;
        }
        at++;
    } else {
        while (at < line.len && line.ptr[at] != ' ')
            at++;
    }
    if (at >= line.len)
        return wrong(m, "a sample needs a value and a time: NAME{LABELS} VALUE TIME");
    rest = str_trim((struct str){line.ptr + at, line.len - at});
    if (!str_split(&rest, ' ', &value) || !num_f64(value, &number))
        return wrong(m, "the value of the sample is no number");
    if (!str_split(&rest, ' ', &time) || !num_f64(time, &number) || !isfinite(number))
        return wrong(m, "the sample has no time (Unix seconds, after the value)");
    return ERR_OK;
}

static enum err_code put(struct merging *m, struct str line)
{
    m->bytes += line.len + 1;
    if (m->bytes > ALL_MAX_BYTES)
        return err_set(m->err, ERR_LIMIT, "%s: more than 8 GiB of samples in one case", m->path);
    if (fwrite(line.ptr, 1, line.len, m->to) != line.len || fputc('\n', m->to) == EOF)
        return err_errno(m->err, errno, "write the samples");
    return ERR_OK;
}

static enum err_code take_line(struct merging *m, struct str line)
{
    if (!line.len || str_eq_c(line, "# EOF"))
        return ERR_OK;
    if (str_starts(line, "# TYPE ")) {
        struct str rest = {line.ptr + 7, line.len - 7}, name;

        if (!str_split(&rest, ' ', &name) || !name.len)
            return wrong(m, "a TYPE line names no metric");
        if (map_set(m->types, name, m))
            return ERR_OK;
    } else if (line.ptr[0] != '#') {
        enum err_code rc = check_sample(m, line);

        if (rc)
            return rc;
    }
    return put(m, line);
}

static enum err_code take_file(struct merging *m, const char *path)
{
    char *line = malloc(LINE_MAX_BYTES);
    gzFile in = gzopen(path, "rb");
    enum err_code rc = ERR_OK;
    int problem = 0;

    m->path = path;
    m->line = 0;
    if (!in || !line) {
        free(line);
        return err_errno(m->err, errno, "open %s", path);
    }
    while (!rc && gzgets(in, line, LINE_MAX_BYTES)) {
        size_t len = strlen(line);

        m->line++;
        if (len == LINE_MAX_BYTES - 1)
            rc = wrong(m, "the line is longer than 64 KiB");
        if (len && line[len - 1] == '\n')
            len--;
        if (!rc)
            rc = take_line(m, (struct str){line, len});
    }
    if (!rc && (gzerror(in, &problem), problem != Z_OK && problem != Z_STREAM_END))
        rc = err_set(m->err, ERR_INPUT, "%s: the compressed file is damaged or cut off", path);
    gzclose(in);
    free(line);
    return rc;
}

enum err_code eval_load_metrics(const struct eval_case *c, const char *to, struct err *err)
{
    struct merging m = {.to = fopen(to, "we"), .types = map_new(), .err = err};
    enum err_code rc = ERR_OK;

    if (!m.to)
        rc = err_errno(err, errno, "write %s", to);
    for (size_t i = 0; !rc && i < c->metric_count; i++)
        rc = take_file(&m, c->metrics[i]);
    if (!rc)
        rc = put(&m, STR_LIT("# EOF"));
    if (m.to && fclose(m.to) && !rc)
        rc = err_errno(err, errno, "write %s", to);
    map_free(m.types);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    remove(path);
    return 0;
}

void eval_remove_tree(const char *path)
{
    /* A walk ends early when somebody else removes what it is about to enter: again. */
    for (int tries = 0; tries < REMOVE_TRIES && access(path, F_OK) == 0; tries++) {
        if (tries)
            poll(NULL, 0, 10);
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    }
}
