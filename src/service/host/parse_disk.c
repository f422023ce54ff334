/* parse_disk.c - who fills a filesystem: its largest files and folders, and who is at work there.
 */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define FILES_MAX 50
#define FILES_READ_MAX 5000
#define RECENT_MAX 30
#define RECENT_MS 60000
#define FOLDERS_MAX 100
#define FOLDERS_READ_MAX 1000
#define WORKERS_MAX 100

/* ---- the largest files: "dev inode size blocks mtime links path" a line ---- */

struct open_file {
    uint64_t dev, inode;
    double size, disk;
    int32_t pid;
    bool deleted;
    const char *comm, *path;
};
struct open_files {
    struct open_file *items;
    size_t count, cap;
};

static bool file_line(struct parse *p, struct str line, struct host_file *f)
{
    struct str links;

    if (!num_u64(parse_word(&line), &f->dev) || !num_u64(parse_word(&line), &f->inode))
        return false;
    f->size_bytes = parse_next(&line);
    f->disk_bytes = parse_next(&line) * 512;
    f->mtime_ms = parse_i64(parse_word(&line), 0) * 1000;
    links = parse_word(&line);
    f->deleted = str_eq_c(links, "0");
    if (line.len < 2)
        return false;
    f->path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
    return true;
}

/* Open files: as above with "/proc/PID/fd/N" as path. */
static void read_open(struct parse *p, struct open_files *out)
{
    struct str text = parse_section(p, "open", 1, false), line, word;
    struct host_file f;

    while (str_line(&text, &line) && out->count < FILES_READ_MAX) {
        struct open_file *o;
        struct str rest;

        f = (struct host_file){0};
        if (!file_line(p, line, &f))
            continue;
        rest = str_from(f.path);
        if (!str_starts(rest, "/proc/"))
            continue;
        rest = (struct str){rest.ptr + 6, rest.len - 6};
        str_split(&rest, '/', &word);
        o = VEC_PUSH(out);
        *o = (struct open_file){.dev = f.dev,
                                .inode = f.inode,
                                .size = f.size_bytes,
                                .disk = f.disk_bytes,
                                .pid = (int32_t)parse_i64(word, 0),
                                .deleted = f.deleted};
    }
}

/* "PID name": the name is the rest of its line. */
static const char *comm_of(struct parse *p, int32_t pid)
{
    struct str text = parse_section(p, "comms", 1, false), line;

    while (str_line(&text, &line)) {
        struct str rest = line, word = parse_word(&rest);

        if (parse_i64(word, 0) == pid && rest.len > 1)
            return parse_text(p, (struct str){rest.ptr + 1, rest.len - 1}, 64);
    }
    return NULL;
}

static void add_holders(struct parse *p, struct host_disk_usage *d, const struct open_files *open)
{
    for (size_t i = 0; i < open->count; i++) {
        const struct open_file *o = &open->items[i];
        struct host_file *f = NULL;

        VEC_EACH (have, &d->files) {
            if (have->dev == o->dev && have->inode == o->inode)
                f = have;
        }
        if (!f && o->deleted && d->files.count < FILES_READ_MAX) {
            f = VEC_PUSH(&d->files);
            *f = (struct host_file){.path = "(deleted)",
                                    .size_bytes = o->size,
                                    .disk_bytes = o->disk,
                                    .deleted = true,
                                    .dev = o->dev,
                                    .inode = o->inode};
        }
        if (!f)
            continue;
        f->holders++;
        if (!f->pid)
            f->pid = o->pid;
    }
}

/* "dev inode path (deleted)": the name that a deleted file had. */
static void name_deleted(struct parse *p, struct host_disk_usage *d)
{
    struct str text = parse_section(p, "deleted", 1, false), line;
    uint64_t dev, inode;

    while (str_line(&text, &line)) {
        if (!num_u64(parse_word(&line), &dev) || !num_u64(parse_word(&line), &inode) ||
            line.len < 2)
            continue;
        VEC_EACH (f, &d->files) {
            if (f->deleted && f->dev == dev && f->inode == inode)
                f->path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
        }
    }
}

static int by_disk_bytes(const void *a, const void *b)
{
    const struct host_file *x = a, *y = b;

    if (x->disk_bytes != y->disk_bytes)
        return x->disk_bytes < y->disk_bytes ? 1 : -1;
    return strcmp(x->path, y->path);
}

static void read_files(struct parse *p, struct host_disk_usage *ret)
{
    struct str text = parse_section(p, "files", 1, true), line;
    struct str total = parse_section(p, "walk", 1, false);
    struct host_file f;
    double denied;

    while (str_line(&text, &line) && ret->files.count < FILES_READ_MAX) {
        f = (struct host_file){0};
        if (file_line(p, line, &f))
            *VEC_PUSH(&ret->files) = f;
    }
    ret->files_seen = parse_next(&total);
    ret->bytes_seen = parse_next(&total);
    ret->partial = str_eq_c(parse_word(&total), "partial");
    denied = parse_next(&total);
    if (denied > 0)
        parse_gap(p, arena_printf(p->arena, "%.0f folders below %s", denied, ret->path), ERR_DENIED,
                  NULL);
}

/* The largest, and behind them those that are being written. */
static void keep_files(struct host_disk_usage *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < ret->files.count; i++) {
        const struct host_file *f = &ret->files.items[i];

        if (n < FILES_MAX || (n < FILES_MAX + RECENT_MAX && f->mtime_ms >= ret->now_ms - RECENT_MS))
            ret->files.items[n++] = *f;
    }
    ret->files.count = n;
}

/* "bytes files entries own-entries newest uid path"; a folder may stand in both lists. */
static void read_folders(struct parse *p, struct host_disk_usage *ret)
{
    struct str text = parse_section(p, "dirs", 1, false), line;

    while (str_line(&text, &line) && ret->folders.count < FOLDERS_READ_MAX) {
        struct host_folder f = {.bytes = parse_next(&line)};
        bool seen = false;

        f.files = parse_next(&line);
        f.entries = parse_next(&line);
        f.own_entries = parse_next(&line);
        f.newest_ms = (int64_t)fmin(parse_next(&line), 4e12) * 1000;
        f.uid = parse_i64(parse_word(&line), -1);
        if (line.len < 2 || line.ptr[1] != '/')
            continue;
        f.path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
        VEC_EACH (o, &ret->folders)
            seen = seen || strcmp(o->path, f.path) == 0;
        if (!seen)
            *VEC_PUSH(&ret->folders) = f;
    }
}

static int by_entries(const void *a, const void *b)
{
    const struct host_folder *x = a, *y = b;

    if (x->own_entries != y->own_entries)
        return x->own_entries < y->own_entries ? 1 : -1;
    return strcmp(x->path, y->path);
}

/* "pid how path" */
static void read_workers(struct parse *p, struct host_disk_usage *ret)
{
    struct str text = parse_section(p, "near", 1, false), line;

    while (str_line(&text, &line) && ret->workers.count < WORKERS_MAX) {
        int32_t pid = (int32_t)(parse_i64(parse_word(&line), 0) & INT32_MAX);
        const char *how = parse_text(p, parse_word(&line), 8);
        bool seen = false;

        VEC_EACH (w, &ret->workers)
            seen = seen || (w->pid == pid && strcmp(w->how, how) == 0);
        if (pid <= 0 || line.len < 2 || seen)
            continue;
        *VEC_PUSH(&ret->workers) = (struct host_worker){
            .pid = pid,
            .how = how,
            .path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024)};
    }
}

/* Whose open files were not seen: then who fills it may be one of them. */
static void note_denied(struct parse *p)
{
    struct str text = parse_section(p, "fdscan", 1, false);
    double all = parse_next(&text), denied = parse_next(&text);

    if (denied > 0)
        parse_gap(p, arena_printf(p->arena, "open files of %.0f of %.0f processes", denied, all),
                  ERR_DENIED, "they belong to other users: look as root to see who holds a file");
}

enum err_code host_disk_parse(struct host_disk_usage *ret, struct arena *arena, struct str bundle,
                              struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct open_files open = {0};
    struct str clock;
    enum err_code rc;

    *ret = (struct host_disk_usage){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    ret->path = parse_text(&p, parse_section(&p, "path", 1, false), 1024);
    parse_statfs(&p, parse_section(&p, "statfs", 1, true), &ret->fs);
    read_files(&p, ret);
    read_open(&p, &open);
    add_holders(&p, ret, &open);
    name_deleted(&p, ret);
    read_folders(&p, ret);
    read_workers(&p, ret);
    note_denied(&p);
    clock = parse_section(&p, "clock", 1, false);
    ret->now_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    if (ret->folders.count)
        qsort(ret->folders.items, ret->folders.count, sizeof(*ret->folders.items), by_entries);
    if (ret->folders.count > FOLDERS_MAX)
        ret->folders.count = FOLDERS_MAX;
    if (ret->files.count)
        qsort(ret->files.items, ret->files.count, sizeof(*ret->files.items), by_disk_bytes);
    keep_files(ret);
    VEC_EACH (f, &ret->files) {
        if (f->pid)
            f->comm = comm_of(&p, f->pid);
    }
    VEC_EACH (w, &ret->workers)
        w->comm = comm_of(&p, w->pid);
    if (!p.bundle.complete)
        parse_gap(&p, ret->path, ERR_TIMEOUT, "the list of files is cut");
done:
    VEC_RELEASE(&open);
    parse_end(&p);
    return rc;
}

void host_disk_release(struct host_disk_usage *d)
{
    VEC_RELEASE(&d->files);
    VEC_RELEASE(&d->folders);
    VEC_RELEASE(&d->workers);
    VEC_RELEASE(&d->gaps);
}
