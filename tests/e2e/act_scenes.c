/* act_scenes.c - see act_scenes.h: all scenes, and what they have in common. */
#include "act_scenes_priv.h"

#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* {"host":...,"sudo":..., and what is given}, each word with ' for ". */
void scene_args(struct world *w, const char *fmt, ...)
{
    struct buf out = BUF_INIT(sizeof(w->args) - 1);
    va_list ap;

    if (w->host)
        buf_addf(&out, "{'host':'%s','sudo':'%s',", w->host, w->sudo ? "yes" : "no");
    else
        buf_adds(&out, "{");
    va_start(ap, fmt);
    buf_addv(&out, fmt, ap);
    va_end(ap);
    buf_addc(&out, '}');
    snprintf(w->args, sizeof(w->args), "%s", buf_cstr(&out));
    buf_release(&out);
    for (char *c = w->args; *c; c++)
        *c = *c == '\'' ? '"' : *c;
}

void scene_meanwhile(struct world *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->meanwhile, sizeof(w->meanwhile), fmt, ap);
    va_end(ap);
}

const char *scene_need_root(void)
{
    return geteuid() == 0 ? NULL : "only root may";
}

const char *scene_need_systemd(void)
{
    const char *m = getenv("RB_ACT_MACHINE");

    return m && strcmp(m, "systemd") == 0 ? NULL : "no systemd runs here as process 1";
}

bool scene_is_line(const char *want, const char *got)
{
    if (strcmp(want, got) != 0)
        print_message("# wanted '%s', got '%s'\n", want, got);
    return strcmp(want, got) == 0;
}

pid_t scene_start(struct world *w, const char *line)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    world_keep_pid(w, pid);
    return pid;
}

const struct scene *act_scene(size_t index)
{
    static const struct scene *const parts[] = {act_scenes_process, act_scenes_system,
                                                act_scenes_server};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const struct scene *s = parts[i]; s->name; s++) {
            if (index-- == 0)
                return s;
        }
    }
    return NULL;
}
