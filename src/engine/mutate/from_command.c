/* from_command.c - a proposal of the investigator is a command line for people; where a row of the
 * table does the same, this finds it. What is not exactly one of these forms stays words. */
#include "act.h"

#include <string.h>

#include "from_priv.h"
#include "runbook/engine/mutate.h"

/* Words in order; "%name" takes one word as that parameter, "=name value" sets one. */
struct form {
    const char *words, *operation, *set;
};

static const struct form forms[] = {
    {"kill %pid", "host.process.signal", "signal=TERM"},
    {"kill -9 %pid", "host.process.signal", "signal=KILL"},
    {"kill -KILL %pid", "host.process.signal", "signal=KILL"},
    {"kill -STOP %pid", "host.process.signal", "signal=STOP"},
    {"kill -CONT %pid", "host.process.signal", "signal=CONT"},
    {"kill -HUP %pid", "host.process.signal", "signal=HUP"},
    {"renice -n %nice -p %pid", "host.process.renice", NULL},
    {"renice %nice -p %pid", "host.process.renice", NULL},
    {"systemctl restart %unit", "host.unit.restart", NULL},
    {"systemctl reload %unit", "host.unit.reload", NULL},
    {"systemctl start %unit", "host.unit.start", NULL},
    {"systemctl stop %unit", "host.unit.stop", NULL},
    {"systemctl enable %unit", "host.unit.enable", NULL},
    {"systemctl disable %unit", "host.unit.disable", NULL},
    {"truncate -s 0 %path", "host.log.truncate", NULL},
    {"rm %path", "host.file.delete", NULL},
    {"rm -- %path", "host.file.delete", NULL},
    {"mount -o remount,rw %path", "host.mount.remount-rw", NULL},
    {"resolvectl flush-caches", "host.resolver.flush", NULL},
};

bool act_plain_word(struct str w)
{
    for (size_t i = 0; i < w.len; i++) {
        if (strchr(";|&$`<>(){}*?[]!\\\"'~#", w.ptr[i]))
            return false;
    }
    return w.len > 0;
}

static bool matches(const struct form *f, const char *command, struct buf *out)
{
    struct str form = str_from(f->words), line = str_trim(str_from(command)), a, b;
    bool more_a, more_b;

    for (;;) {
        more_a = str_split(&form, ' ', &a);
        more_b = str_split(&line, ' ', &b);
        if (!more_a || !more_b)
            break;
        if (!act_plain_word(b))
            return false;
        if (a.ptr[0] == '%')
            buf_addf(out, " %.*s=%.*s", (int)a.len - 1, a.ptr + 1, STR_FMT(b));
        else if (!str_eq(a, b))
            return false;
    }
    return !more_a && !more_b;
}

bool act_from_command(const char *command, const char *host, struct buf *out)
{
    if (act_from_aws(command, out))
        return true;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        const struct form *f = &forms[i];
        struct buf words = BUF_INIT(4096);
        bool found = act_find(f->operation) && matches(f, command, &words) && !words.full;

        if (found) {
            buf_adds(out, f->operation);
            if (*host && strcmp(host, "local") != 0)
                buf_addf(out, " host=%s", host);
            buf_add_str(out, buf_str(&words));
            if (f->set)
                buf_addf(out, " %s", f->set);
        }
        buf_release(&words);
        if (found)
            return true;
    }
    return false;
}
