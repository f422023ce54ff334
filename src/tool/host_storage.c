/* host_storage.c - the parts of the snapshot that tell of storage, and of the kernel's own state.
 * {"filesystems":[...],"disks":[...],"written":[...],"unlinked":[...],"logs":[{"path","size","rate"}],
 *  "mounts":[{"trouble","mount","device","type","detail","optional"}],
 *  "raids":[{"name","level","members","wanted","active","failed","rebuilding"}],
 *  "thin_pools":[{"name","data_used","meta_used","read_only","failed"}],
 *  "quotas":[{"who","device","group","used","soft","hard","files","files_soft","files_hard"}],
 *  "boots_ms":[...],"kernel_state":{"tainted","entropy","entropy_pool","fds_denied","io_unknown"}}
 */
#include "host_common.h"

#include <math.h>

double host_process_io(const struct host_process *p)
{
    double moved = p->read_bps + p->write_bps;

    return isnan(moved) ? 0 : fmax(moved, p->wrote_bps);
}

void host_put_process_io(struct json_writer *w, const struct host_process *p)
{
    HOST_PUT(w, {"read_rate", p->read_bps}, {"write_rate", p->write_bps},
             {"wrote_rate", p->wrote_bps}, {"write_calls", p->write_calls});
    if (p->waited)
        json_put_bool(w, "waited", true);
    if (p->exe)
        json_put_cstr(w, "exe", p->exe);
    if (p->exe_deleted)
        json_put_bool(w, "exe_deleted", true);
}

static void put_filesystems(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "filesystems");
    json_array_begin(w);
    VEC_EACH (f, &s->filesystems) {
        json_object_begin(w);
        json_put_cstr(w, "mount", f->mount);
        json_put_cstr(w, "device", f->device);
        json_put_cstr(w, "type", f->type);
        json_put_cstr(w, "options", f->options);
        if (f->fstab)
            json_put_cstr(w, "fstab", f->fstab);
        json_put_bool(w, "read_only", f->read_only);
        json_put_bool(w, "known", f->known);
        HOST_PUT(w, {"total", f->total_bytes}, {"free", f->free_bytes},
                 {"available", f->avail_bytes}, {"used", f->used}, {"inodes", f->inodes},
                 {"inodes_used", f->inodes_used}, {"growth_rate", f->growth_bps},
                 {"inode_rate", f->inode_growth});
        if (f->disk)
            json_put_cstr(w, "disk", f->disk);
        if (!isnan(f->errors))
            HOST_PUT(w, {"errors", f->errors}, {"error_rate", f->error_rate},
                     {"warning_rate", f->warning_rate}, {"error_age_s", f->error_age_s},
                     {"first_error_age_s", f->first_error_age_s});
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_disks(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "disks");
    json_array_begin(w);
    VEC_EACH (d, &s->disks) {
        json_object_begin(w);
        json_put_cstr(w, "name", d->name);
        HOST_PUT(w, {"busy", d->busy}, {"read_rate", d->read_bps}, {"write_rate", d->write_bps},
                 {"iops", d->iops}, {"await_ms", d->await_ms}, {"in_flight", d->in_flight},
                 {"flush_rate", d->flush_rate}, {"flush_ms", d->flush_ms});
        if (d->stalled)
            json_put_bool(w, "stalled", true);
        if (!isnan(d->dirty_limit))
            host_put_num(w, "dirty_limit", d->dirty_limit);
        json_object_end(w);
    }
    json_array_end(w);
}

void host_put_open_file(struct json_writer *w, const struct host_open_file *f)
{
    json_object_begin(w);
    json_put_int(w, "pid", f->pid);
    if (f->comm)
        json_put_cstr(w, "command", f->comm);
    json_put_cstr(w, "path", f->path);
    if (f->mount)
        json_put_cstr(w, "mount", f->mount);
    host_put_num(w, "size", f->size_bytes);
    host_put_num(w, "bytes", f->disk_bytes);
    host_put_num(w, "rate", f->rate);
    json_put_bool(w, "append", f->append);
    json_put_bool(w, "deleted", f->deleted);
    json_object_end(w);
}

static void put_files(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "written");
    json_array_begin(w);
    VEC_EACH (f, &s->written)
        host_put_open_file(w, f);
    json_array_end(w);
    json_key(w, "unlinked");
    json_array_begin(w);
    VEC_EACH (f, &s->unlinked)
        host_put_open_file(w, f);
    json_array_end(w);
    json_key(w, "logs");
    json_array_begin(w);
    VEC_EACH (l, &s->logs) {
        json_object_begin(w);
        json_put_cstr(w, "path", l->path);
        host_put_num(w, "size", l->size_bytes);
        host_put_num(w, "rate", l->rate);
        json_object_end(w);
    }
    json_array_end(w);
}

static const char *trouble_name(enum host_mount_trouble t)
{
    switch (t) {
    case MOUNT_MISSING:
        return "missing";
    case MOUNT_HUNG:
        return "hung";
    case MOUNT_STALE:
        return "stale";
    case MOUNT_RO:
        return "read_only";
    }
    return "";
}

static void put_mounts(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "mounts");
    json_array_begin(w);
    VEC_EACH (m, &s->mounts) {
        json_object_begin(w);
        json_put_cstr(w, "trouble", trouble_name(m->trouble));
        json_put_cstr(w, "mount", m->mount);
        json_put_cstr(w, "device", m->device);
        json_put_cstr(w, "type", m->type);
        json_put_cstr(w, "detail", m->detail);
        json_put_bool(w, "optional", m->optional);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "raids");
    json_array_begin(w);
    VEC_EACH (r, &s->raids) {
        json_object_begin(w);
        json_put_cstr(w, "name", r->name);
        json_put_cstr(w, "level", r->level);
        json_put_cstr(w, "members", r->members);
        json_put_int(w, "wanted", r->wanted);
        json_put_int(w, "active", r->active);
        json_put_cstr(w, "failed", r->failed);
        json_put_bool(w, "rebuilding", r->rebuilding);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_pools(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "thin_pools");
    json_array_begin(w);
    VEC_EACH (t, &s->thin_pools) {
        json_object_begin(w);
        json_put_cstr(w, "name", t->name);
        host_put_num(w, "data_used", t->data_used);
        host_put_num(w, "meta_used", t->meta_used);
        json_put_bool(w, "read_only", t->read_only);
        json_put_bool(w, "failed", t->failed);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "quotas");
    json_array_begin(w);
    VEC_EACH (q, &s->quotas) {
        json_object_begin(w);
        json_put_cstr(w, "who", q->who);
        json_put_cstr(w, "device", q->device);
        json_put_bool(w, "group", q->group);
        HOST_PUT(w, {"used", q->used_bytes}, {"soft", q->soft_bytes}, {"hard", q->hard_bytes},
                 {"files", q->files}, {"files_soft", q->files_soft}, {"files_hard", q->files_hard});
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_kernel_state(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "boots_ms");
    json_array_begin(w);
    VEC_EACH (b, &s->boots_ms)
        json_int(w, *b);
    json_array_end(w);
    json_key(w, "kernel_state");
    json_object_begin(w);
    host_put_num(w, "tainted", s->tainted < 0 ? NAN : (double)s->tainted);
    host_put_num(w, "entropy", s->entropy);
    host_put_num(w, "entropy_pool", s->entropy_pool);
    json_put_int(w, "fds_denied", s->fds_denied);
    json_put_int(w, "io_unknown", s->io_unknown);
    json_object_end(w);
}

void host_put_storage(struct json_writer *w, const struct host_snapshot *s)
{
    put_filesystems(w, s);
    put_disks(w, s);
    put_files(w, s);
    put_mounts(w, s);
    put_pools(w, s);
    put_kernel_state(w, s);
}
