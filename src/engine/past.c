/* past.c - see past.h. */
#include "past.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define TAIL_BYTES ((size_t)128 << 10) /* of a journal: a root cause is near its end */
#define LINE_MAX_BYTES ((size_t)64 << 10)
#define SURE 0.7
#define ALIKE 0.4 /* log odds of a cause that is alike in service and in what it shows */
#define HALF 0.5  /* of it, when only the service is the same */

static const char *text_of(const struct value *data, const char *name, struct arena *a)
{
    const char *v = value_cstr_or(data, name, "");

    return arena_strdup(a, v);
}

/* One line of a journal: {"ts":...,"type":"rootcause.identified","data":{...}}. */
static bool read_line(struct str line, const char *session, struct arena *a, struct past_cause *ret)
{
    const struct value *doc, *data;
    struct err err = ERR_INIT;

    if (line.len > LINE_MAX_BYTES || str_find(line, str_from("\"rootcause.identified\"")) < 0 ||
        json_parse(a, line, &doc, &err) ||
        strcmp(value_cstr_or(doc, "type", ""), "rootcause.identified") != 0)
        return false;
    data = value_get(doc, "data");
    if (!data || value_num_or(data, "confidence", 0) < SURE || !*value_cstr_or(data, "service", ""))
        return false;
    ret->session = arena_strdup(a, session);
    ret->service = text_of(data, "service", a);
    ret->metric = text_of(data, "metric", a);
    ret->category = text_of(data, "category", a);
    return time_parse(str_from(value_cstr_or(doc, "ts", "")), &ret->ts_ms);
}

bool past_read_lines(struct str lines, const char *session, struct arena *a, struct past_cause *ret)
{
    bool found = false;

    while (lines.len) {
        const char *end = memchr(lines.ptr, '\n', lines.len);
        size_t len = end ? (size_t)(end - lines.ptr) : lines.len;
        struct past_cause one;

        if (end && read_line((struct str){lines.ptr, len}, session, a, &one)) {
            *ret = one; /* the last one is what the session ended with */
            found = true;
        }
        len += end != NULL;
        lines.ptr += len;
        lines.len -= len;
    }
    return found;
}

struct journal_file {
    char *name;
    struct timespec changed;
};

static int newest_first(const void *a, const void *b)
{
    const struct journal_file *x = a, *y = b;

    if (x->changed.tv_sec != y->changed.tv_sec)
        return x->changed.tv_sec < y->changed.tv_sec ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void read_journal(int dir, const char *name, struct arena *a, struct past *ret)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char *bytes = xcalloc(TAIL_BYTES + 1, 1);
    struct past_cause one;
    struct stat st;
    ssize_t n = 0;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        n = pread(fd, bytes, TAIL_BYTES,
                  st.st_size > (off_t)TAIL_BYTES ? st.st_size - (off_t)TAIL_BYTES : 0);
    if (n > 0) {
        const char *session = arena_strndup(a, name, strlen(name) - strlen(".jsonl"));

        if (past_read_lines((struct str){bytes, (size_t)n}, session, a, &one))
            *VEC_PUSH(&ret->causes) = one;
    }
    if (fd >= 0)
        close(fd);
    free(bytes);
}

void past_load(const char *state_dir, const char *own, struct arena *a, struct past *ret)
{
    char *path = path_join(state_dir, "scratchpad"), *own_name = xasprintf("%s.jsonl", own);
    VEC(struct journal_file) files = {0};
    DIR *d = opendir(path);
    struct dirent *e;
    struct stat st;

    memset(ret, 0, sizeof(*ret));
    while (d && (e = readdir(d))) {
        if (!str_ends(str_from(e->d_name), ".jsonl") || strcmp(e->d_name, own_name) == 0 ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
            continue;
        *VEC_PUSH(&files) = (struct journal_file){xstrdup(e->d_name), st.st_mtim};
    }
    if (files.count)
        qsort(files.items, files.count, sizeof(*files.items), newest_first);
    for (size_t i = 0; i < files.count && i < PAST_SESSIONS; i++)
        read_journal(dirfd(d), files.items[i].name, a, ret);
    VEC_EACH (f, &files)
        free(f->name);
    VEC_RELEASE(&files);
    if (d)
        closedir(d);
    free(own_name);
    free(path);
}

void past_release(struct past *p)
{
    VEC_RELEASE(&p->causes);
}

double past_odds(const struct past *p, const char *service, const char *metric,
                 const char *category, const struct past_cause **ret_like)
{
    double sum = 0, most = 0;

    *ret_like = NULL;
    VEC_EACH (c, &p->causes) {
        bool alike = (*metric && strcmp(c->metric, metric) == 0) ||
                     (*category && strcmp(c->category, category) == 0);
        double odds = alike ? ALIKE : ALIKE * HALF;

        if (strcmp(c->service, service) != 0)
            continue;
        sum += odds;
        if (odds > most) { /* the newest of those that are most alike */
            most = odds;
            *ret_like = c;
        }
    }
    return fmin(sum, PAST_MOST);
}
