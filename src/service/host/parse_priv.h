/* parse_priv.h - what the parsers of a bundle share. All input is hostile: every count has a cap,
 * every string loses its control characters, every number is checked. */
#ifndef RUNBOOK_SERVICE_HOST_PARSE_PRIV_H
#define RUNBOOK_SERVICE_HOST_PARSE_PRIV_H

#include <math.h>

#include "runbook/service/host.h"

typedef VEC(struct host_gap) host_gap_vec;

struct parse {
    struct host_bundle bundle;
    struct arena *arena;
    struct host_gap **gap_items; /* the result's gaps, of which there is one type each */
    size_t *gap_count, *gap_cap;
    double hz, page_bytes, window_s;
};

/* Read the bundle and set hz, page size and window. */
enum err_code parse_begin(struct parse *p, struct arena *arena, struct str bytes, struct err *err);
void parse_end(struct parse *p);
void parse_gap(struct parse *p, const char *what, enum err_code code, const char *why);
/* Data of a section, or an empty string; then, with `gap`, a gap is noted unless the file just does
 * not exist there. */
struct str parse_section(struct parse *p, const char *name, int phase, bool gap);

/* Next word, blanks (space and tab) skipped; empty at the end of the line. */
struct str parse_word(struct str *rest);
double parse_num(struct str word, double fallback); /* non-negative decimals */
double parse_next(struct str *rest);                /* parse_num of the next word, 0 when none */
int64_t parse_i64(struct str word, int64_t fallback);
/* "Key: value ..." or "key value": the number after the first word that equals `key`; NAN when
 * absent. */
double parse_field(struct str text, const char *key);
/* The text after `key` on its line ("Name:" ...), trimmed; ptr NULL when absent. */
struct str parse_line_of(struct str text, const char *key);
/* Copy without control characters (each becomes "?"), at most `max` bytes. */
const char *parse_text(struct parse *p, struct str s, size_t max);
/* As /proc/mounts escapes: \040 becomes a blank; then as parse_text. */
const char *parse_octal(struct parse *p, struct str s, size_t max);
/* (b - a) / window, never negative; NAN when either is. */
double parse_rate(const struct parse *p, double a, double b);

void parse_system(struct parse *p, struct host_snapshot *s);
void parse_processes(struct parse *p, struct host_snapshot *s);
void parse_process_details(struct parse *p, struct host_snapshot *s);
/* What other sections say of every process, and how they belong together. */
void parse_tasks(struct parse *p, struct host_snapshot *s);
void parse_same(struct host_snapshot *s); /* after the details */
void parse_irqs(struct parse *p, struct host_snapshot *s);
void parse_locks(struct parse *p, struct host_snapshot *s);
void parse_shm(struct parse *p, struct host_snapshot *s);
void parse_frequency(struct parse *p, struct host_snapshot *s);
struct host_process *parse_process_of(struct host_snapshot *s, int64_t pid);
void parse_storage(struct parse *p, struct host_snapshot *s);
void parse_io(struct parse *p, struct host_snapshot *s);       /* after processes and filesystems */
void parse_fs_state(struct parse *p, struct host_snapshot *s); /* after filesystems and disks */
void parse_mounts(struct parse *p, struct host_snapshot *s);   /* after filesystems */
void parse_network(struct parse *p, struct host_snapshot *s);
void parse_connections(struct parse *p, struct host_snapshot *s); /* after parse_network */
void parse_names(struct parse *p, struct host_snapshot *s); /* resolvers, addresses, taken ports */
void parse_cgroups(struct parse *p, struct host_snapshot *s);
void parse_units(struct parse *p, struct host_snapshot *s);
/* `uptime_s` and `wall_ms` belong together: they turn a time since boot into Unix time. */
struct kernel_log {
    struct host_kernel_event *items;
    size_t count, cap;
};
void parse_kernel_log(struct parse *p, struct str text, double uptime_s, int64_t wall_ms,
                      struct kernel_log *out);
void parse_statfs(struct parse *p, struct str line, struct host_fs *fs);
/* One line of /proc/PID/stat off *rest; false at the end or where no further one can be found. */
struct proc_stat {
    int32_t pid, ppid;
    char state;
    struct str comm;
    uint64_t flags, majflt, utime, stime, cutime, cstime, start, vsize, rss_pages;
    int64_t nice, threads;
    int32_t session;
    bool tty;
    int core, policy;
};
bool parse_proc_stat(struct str *rest, struct proc_stat *ret);
/* "Limit   soft   hard  units" of /proc/PID/limits: the soft limit; INFINITY, or NAN. */
double parse_limit(struct str limits, const char *name);
/* cmdline bytes (NUL between arguments) as one line. */
const char *parse_cmdline(struct parse *p, struct str data);
const char *parse_cgroup_path(struct parse *p, struct str data); /* of /proc/PID/cgroup */
/* The same for one controller of v1; NULL: it has none of its own. */
const char *parse_cgroup_of(struct parse *p, struct str data, const char *controller);

#endif
