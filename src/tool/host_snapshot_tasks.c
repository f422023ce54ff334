/* host_snapshot_tasks.c - the part of host_snapshot that tells of processes, control groups,
 * interrupts, locks and shared memory. */
#include "host_common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROCESSES_SHOWN 120
#define SHOWN_MAX 64

static void put_relations(struct json_writer *w, const struct host_process *p)
{
    json_put_int(w, "session", p->session);
    json_put_bool(w, "tty", p->tty);
    json_put_int(w, "core", p->core);
    json_put_int(w, "policy", p->policy);
    json_put_int(w, "children", p->children);
    json_put_int(w, "zombies", p->zombies);
    json_put_int(w, "fresh_children", p->fresh_children);
    json_put_int(w, "stopped_children", p->stopped_children);
    json_put_int(w, "same", p->same);
    json_put_int(w, "tracer", p->tracer);
    json_put_cstr(w, "allowed", p->allowed);
    json_put_cstr(w, "cpu_group", p->cpu_group);
    json_put_cstr(w, "pids_group", p->pids_group);
    if (!p->file_count)
        return;
    json_key(w, "files");
    json_array_begin(w);
    for (int i = 0; i < p->file_count; i++)
        json_cstring(w, p->files[i]);
    json_array_end(w);
}

static void put_process(struct json_writer *w, const struct host_process *p)
{
    char state[2] = {p->state, '\0'};

    json_object_begin(w);
    json_put_int(w, "pid", p->pid);
    json_put_int(w, "ppid", p->ppid);
    json_put_cstr(w, "command", p->comm);
    json_put_cstr(w, "cmdline", p->cmdline);
    json_put_cstr(w, "state", state);
    json_put_int(w, "nice", p->nice);
    json_put_int(w, "threads", p->threads);
    HOST_PUT(w, {"cpu", p->cpu}, {"tree_cpu", p->tree_cpu}, {"cpu_mean", p->cpu_mean},
             {"age_s", p->age_s}, {"rss", p->rss_bytes}, {"rss_rate", p->rss_rate},
             {"vm", p->vm_bytes}, {"vm_rate", p->vm_rate}, {"data", p->data_bytes},
             {"swap", p->swap_bytes}, {"as_limit", p->as_limit}, {"data_limit", p->data_limit},
             {"major_fault_rate", p->majflt_rate}, {"fds", p->fds < 0 ? NAN : (double)p->fds},
             {"fd_limit", p->fd_limit < 0 ? NAN : (double)p->fd_limit},
             {"uid", p->uid < 0 ? NAN : (double)p->uid}, {"user", p->user_cpu},
             {"system", p->system_cpu}, {"reaped_cpu", p->reaped_cpu},
             {"children_s", p->children_s}, {"wait", p->wait}, {"slices", p->slices},
             {"fd_rate", p->fd_rate}, {"thread_rate", p->thread_rate},
             {"youngest_s", p->age_of_youngest}, {"task_limit", p->task_limit},
             {"tasks_of_user", p->tasks_of_user});
    put_relations(w, p);
    json_put_cstr(w, "cgroup", p->cgroup);
    if (p->wchan)
        json_put_cstr(w, "wchan", p->wchan);
    host_put_process_io(w, p);
    json_put_bool(w, "fresh", p->fresh);
    json_put_bool(w, "kernel", p->kernel);
    json_object_end(w);
}

/* Connections wait for it. */
static bool is_waited_for(const struct host_snapshot *s, const struct host_process *p)
{
    VEC_EACH (l, &s->listeners) {
        if (l->queue > 0 && l->pid == p->pid)
            return true;
    }
    return false;
}

/* Who holds or waits for a file lock is of interest however little it does. */
static bool in_a_lock(const struct host_snapshot *s, const struct host_process *p)
{
    for (size_t i = 0; i < s->locks.count && i < SHOWN_MAX; i++) {
        if (s->locks.items[i].holder == p->pid || s->locks.items[i].waiter == p->pid)
            return true;
    }
    return false;
}

static int by_tree_cpu(const void *a, const void *b)
{
    const struct host_process *x = *(const struct host_process *const *)a;
    const struct host_process *y = *(const struct host_process *const *)b;

    if (x->tree_cpu != y->tree_cpu)
        return x->tree_cpu < y->tree_cpu ? 1 : -1;
    return (x->rss_bytes < y->rss_bytes) - (x->rss_bytes > y->rss_bytes);
}

void host_put_processes(struct host_answer *a, const struct host_snapshot *s)
{
    const struct host_process **list =
        arena_array(a->arena, s->processes.count + 1, sizeof(const struct host_process *));
    size_t n = 0;

    VEC_EACH (p, &s->processes) {
        if (p->cmdline || p->tree_cpu >= 0.05 || p->waited || host_process_io(p) >= 65536 ||
            p->state == 'T' || p->zombies >= 5 || in_a_lock(s, p) || is_waited_for(s, p) ||
            p->fd_rate >= 5)
            list[n++] = p;
    }
    qsort(list, n, sizeof(*list), by_tree_cpu);
    json_key(a->out, "processes");
    json_array_begin(a->out);
    for (size_t i = 0; i < n && i < PROCESSES_SHOWN; i++)
        put_process(a->out, list[i]);
    json_array_end(a->out);
}

void host_put_cgroups(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "cgroups");
    json_array_begin(w);
    VEC_EACH (c, &s->cgroups) {
        json_object_begin(w);
        json_put_cstr(w, "path", c->path);
        HOST_PUT(w, {"memory", c->mem_bytes}, {"memory_limit", c->mem_limit},
                 {"oom_kills", c->oom_kills}, {"oom_kill_rate", c->oom_kill_rate},
                 {"limit_hit_rate", c->mem_fail_rate}, {"cpu_quota", c->cpu_quota},
                 {"throttled", c->throttled}, {"throttled_rate", c->throttled_rate},
                 {"pids", c->pids}, {"pids_limit", c->pids_limit}, {"memory_rate", c->mem_rate},
                 {"memory_high", c->mem_high}, {"high_rate", c->high_rate},
                 {"cpu_some", c->cpu_some}, {"memory_some", c->mem_some},
                 {"memory_full", c->mem_full}, {"cpu", c->cpu},
                 {"pids_fail_rate", c->pids_fail_rate});
        json_object_end(w);
    }
    json_array_end(w);
}

/* What else who starts it does, and what exactly it starts. */
static void put_starter(struct json_writer *w, const struct host_snapshot *s,
                        const struct host_restart *r)
{
    const struct host_process *by = host_snapshot_process(s, r->pid);
    const struct host_process *child = r->gone ? NULL : host_snapshot_process(s, r->child);

    json_put_int(w, "children", by ? by->children : 0);
    host_put_num(w, "cpu", by ? by->cpu : NAN);
    host_put_num(w, "reaped_cpu", by ? by->reaped_cpu : NAN);
    if (child && child->cmdline)
        json_put_cstr(w, "child_cmdline", child->cmdline);
}

void host_put_tasks(struct json_writer *w, const struct host_snapshot *s)
{
    json_key(w, "irqs");
    json_array_begin(w);
    VEC_EACH (i, &s->irqs) {
        json_object_begin(w);
        json_put_cstr(w, "name", i->name);
        json_put_bool(w, "soft", i->soft);
        json_put_int(w, "cpu", i->cpu);
        HOST_PUT(w, {"rate", i->rate}, {"share", i->share});
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "shm");
    json_array_begin(w);
    for (size_t i = 0; i < s->shms.count && i < SHOWN_MAX; i++) {
        json_object_begin(w);
        json_put_int(w, "id", s->shms.items[i].id);
        json_put_int(w, "creator", s->shms.items[i].creator);
        json_put_int(w, "attached", s->shms.items[i].attached);
        HOST_PUT(w, {"bytes", s->shms.items[i].bytes});
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "locks");
    json_array_begin(w);
    for (size_t i = 0; i < s->locks.count && i < SHOWN_MAX; i++) {
        json_object_begin(w);
        json_put_int(w, "holder", s->locks.items[i].holder);
        json_put_int(w, "waiter", s->locks.items[i].waiter);
        json_put_cstr(w, "type", s->locks.items[i].type);
        json_put_int(w, "inode", (int64_t)s->locks.items[i].inode);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "restarts");
    json_array_begin(w);
    VEC_EACH (r, &s->restarts) {
        json_object_begin(w);
        json_put_int(w, "pid", r->pid);
        json_put_cstr(w, "command", r->comm);
        json_put_int(w, "child", r->child);
        json_put_cstr(w, "child_command", r->child_comm);
        HOST_PUT(w, {"age_s", r->age_s}, {"child_age_s", r->child_age_s});
        put_starter(w, s, r);
        json_put_int(w, "ended", r->ended);
        json_put_bool(w, "gone", r->gone);
        json_object_end(w);
    }
    json_array_end(w);
}
