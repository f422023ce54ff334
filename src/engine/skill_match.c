/* skill_match.c - which built-in skill fits a root cause: a row a pattern of the host catalogue,
 * and what of the culprit becomes a parameter. A proposal names it; a person starts it. */
#include "skill_match.h"

#include <string.h>

#define SAFE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-"

/* clang-format off */
const struct skill_match skill_matches[] = {
    {"cpu_core", "stop-runaway-process", MATCH_PID},
    {"cpu_saturated", "stop-runaway-process", MATCH_PID},
    {"cpu_pinned", "stop-runaway-process", MATCH_PID},
    {"timers", "lower-priority", MATCH_PROCESS},
    {"cpu_throttled", "scale-service", MATCH_GROUP},
    {"disk_full", "free-disk-space", MATCH_PATH},
    {"disk_filling", "free-disk-space", MATCH_PATH},
    {"disk_inodes", "free-disk-space", MATCH_PATH},
    {"tmpfs_full", "free-disk-space", MATCH_PATH},
    {"logfile_growth", "rotate-logs", MATCH_FILE},
    {"mount_readonly", "recover-read-only-filesystem", MATCH_PATH},
    {"disk_io", "lower-priority", MATCH_PROCESS},
    {"disk_fsync", "lower-priority", MATCH_PROCESS},
    {"fs_errors", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"raid_degraded", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"hardware_errors", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"kernel_lockup", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"stuck_processes", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"memory_group", "relieve-memory-pressure", MATCH_GROUP},
    {"memory_host", "relieve-memory-pressure", MATCH_NOTHING},
    {"swap_thrash", "relieve-memory-pressure", MATCH_NOTHING},
    {"oom_kill", "relieve-memory-pressure", MATCH_NOTHING},
    {"memory_leak", "restart-supervised-process", MATCH_PROCESS},
    {"memory_limit", "restart-supervised-process", MATCH_PROCESS},
    {"deleted_open", "restart-supervised-process", MATCH_PROCESS},
    {"deadlock", "restart-supervised-process", MATCH_PROCESS},
    {"file_handles", "restart-supervised-process", MATCH_PROCESS},
    {"close_wait", "restart-supervised-process", MATCH_PROCESS},
    {"threads", "restart-supervised-process", MATCH_PROCESS},
    {"zombies", "restart-supervised-process", MATCH_PROCESS},
    {"stopped", "continue-stopped-process", MATCH_PROCESS},
    {"failed_unit", "restart-sick-service", MATCH_UNIT},
    {"stopped_unit", "restart-sick-service", MATCH_UNIT},
    {"activating_unit", "restart-sick-service", MATCH_UNIT},
    {"flapping_unit", "rollback-deployment", MATCH_UNIT},
    {"error_answer", "troubleshoot-service", MATCH_PORT},
    {"slow_answer", "troubleshoot-service", MATCH_PORT},
    {"accept_backlog", "troubleshoot-service", MATCH_PORT},
    {"log_errors", "find-what-changed", MATCH_NOTHING},
    {"log_config", "find-what-changed", MATCH_NOTHING},
    {"log_missing", "find-what-changed", MATCH_NOTHING},
    {"log_permission", "find-what-changed", MATCH_NOTHING},
    {"crash_loop", "find-what-changed", MATCH_NOTHING},
    {"restart_loop", "find-what-changed", MATCH_NOTHING},
    {"segfaults", "capture-diagnostic-bundle", MATCH_NOTHING},
    {"certificate", "check-certificates", MATCH_NOTHING},
    {"dns", "flush-dns", MATCH_NOTHING},
    {NULL, NULL, MATCH_NOTHING},
};
/* clang-format on */

/* A word as a shell reads it back: what stands in it is of the machine that was looked at. */
static void add_word(struct buf *out, const char *name, struct str value)
{
    struct buf word = BUF_INIT(8192);

    buf_addf(&word, "%s=%.*s", name, STR_FMT(value));
    buf_addc(out, ' ');
    if (strspn(buf_cstr(&word), SAFE) == word.len) {
        buf_add_str(out, buf_str(&word));
    } else {
        buf_addc(out, '\'');
        for (size_t i = 0; i < word.len; i++) {
            if (word.ptr[i] == '\'')
                buf_adds(out, "'\\''");
            else
                buf_addc(out, word.ptr[i]);
        }
        buf_addc(out, '\'');
    }
    buf_release(&word);
}

/* "host:web-3/fs:/var": the part behind `kind`; false: the culprit is another kind of thing. */
static bool part(const char *resource, const char *kind, struct str *ret)
{
    const char *at = strchr(resource, '/');
    size_t n = strlen(kind);

    if (!at || strncmp(at + 1, kind, n) != 0)
        return false;
    *ret = str_from(at + 1 + n);
    return ret->len > 0;
}

static void add_process(struct buf *out, const char *resource, bool command)
{
    struct str all, pid;
    size_t n;

    if (!part(resource, "process:", &all))
        return;
    n = strspn(all.ptr, "0123456789");
    pid = (struct str){all.ptr, n};
    if (!n || all.ptr[n] != '(' || !str_ends(all, ")"))
        return;
    add_word(out, "pid", pid);
    if (command)
        add_word(out, "command", (struct str){all.ptr + n + 1, all.len - n - 2});
}

/* The mount, or the folder of the file that fills it. */
static void add_path(struct buf *out, const char *resource)
{
    struct str path;

    if (part(resource, "fs:", &path)) {
        add_word(out, "path", path);
    } else if (part(resource, "file:", &path)) {
        while (path.len > 1 && path.ptr[path.len - 1] != '/')
            path.len--;
        if (path.len > 1)
            path.len--;
        add_word(out, "path", path);
    }
}

static void add_part(struct buf *out, const char *resource, const char *kind, const char *name)
{
    struct str value;

    if (!part(resource, kind, &value))
        return;
    if (strcmp(kind, "cgroup:") == 0 && value.ptr[0] == '/')
        value = (struct str){value.ptr + 1, value.len - 1};
    add_word(out, name, value);
}

static void add_host(struct buf *out, const char *resource)
{
    const char *end = strchr(resource, '/');
    struct str host = {resource + 5, end ? (size_t)(end - resource) - 5 : strlen(resource) - 5};

    if (host.len && !str_eq_c(host, "local"))
        add_word(out, "host", host);
}

bool skill_match_line(const char *pattern, const char *resource, struct buf *out)
{
    const struct skill_match *m = skill_matches;

    while (m->pattern && strcmp(m->pattern, pattern) != 0)
        m++;
    if (!m->pattern || strncmp(resource, "host:", 5) != 0)
        return false;
    buf_adds(out, m->skill);
    add_host(out, resource);
    switch (m->takes) {
    case MATCH_NOTHING:
        break;
    case MATCH_PID:
        add_process(out, resource, false);
        break;
    case MATCH_PROCESS:
        add_process(out, resource, true);
        break;
    case MATCH_PATH:
        add_path(out, resource);
        break;
    case MATCH_FILE:
        add_part(out, resource, "file:", "path");
        break;
    case MATCH_UNIT:
        add_part(out, resource, "unit:", "unit");
        break;
    case MATCH_GROUP:
        add_part(out, resource, "cgroup:", "group");
        break;
    case MATCH_PORT:
        add_part(out, resource, "port:", "port");
        break;
    }
    return !out->full;
}
