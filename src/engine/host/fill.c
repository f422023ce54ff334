/* fill.c - words in braces of proposals and checks. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pattern.h"
#include "runbook/base/str.h"

#define FILLED_MAX 1024

struct parts {
    struct str host, kind, name, pid, command; /* empty: not in the resource */
};

static struct str until(const char *s, char end)
{
    const char *e = strchr(s, end);

    return (struct str){s, e ? (size_t)(e - s) : strlen(s)};
}

/* "host:web-3/process:7(burn)"; the name itself may hold slashes and colons. */
static void split(const char *resource, struct parts *p)
{
    const char *rest;

    memset(p, 0, sizeof(*p));
    if (strncmp(resource, "host:", 5) != 0)
        return;
    p->host = until(resource + 5, '/');
    rest = p->host.ptr + p->host.len;
    if (*rest != '/' || !strchr(rest, ':'))
        return;
    p->kind = until(rest + 1, ':');
    p->name = str_from(p->kind.ptr + p->kind.len + 1);
    if (!str_eq(p->kind, STR_LIT("process")))
        return;
    p->pid = until(p->name.ptr, '(');
    rest = p->pid.ptr + p->pid.len;
    if (*rest == '(')
        p->command = (struct str){rest + 1, strlen(rest + 1)};
    if (p->command.len && p->command.ptr[p->command.len - 1] == ')')
        p->command.len--;
}

static struct str word(const struct parts *p, struct str key)
{
    if (str_eq(key, STR_LIT("host")))
        return p->host;
    if (str_eq(key, STR_LIT("pid")))
        return p->pid;
    if (str_eq(key, STR_LIT("command")))
        return p->command;
    if (str_eq(key, STR_LIT("name")))
        return p->name;
    return str_eq(key, p->kind) ? p->name : (struct str){"", 0};
}

const char *host_fill(struct arena *a, const char *text, const char *resource)
{
    struct buf out = BUF_INIT(FILLED_MAX);
    const char *done = NULL;
    struct parts p;

    split(resource, &p);
    for (const char *c = text; *c; c++) {
        const char *end = *c == '{' && islower((unsigned char)c[1]) ? strchr(c, '}') : NULL;
        struct str w;

        if (!end) {
            buf_addc(&out, *c);
            continue;
        }
        w = word(&p, (struct str){c + 1, (size_t)(end - c - 1)});
        if (!w.len)
            goto out;
        buf_add_str(&out, w);
        c = end;
    }
    done = arena_strdup(a, buf_cstr(&out));
out:
    buf_release(&out);
    return done;
}

/* A value as a word of a line for `runbook act`. */
static void put_value(struct buf *out, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+:,./-";

    if (!value[strspn(value, plain)]) {
        buf_adds(out, value);
        return;
    }
    buf_addc(out, '\'');
    for (const char *c = value; *c; c++) {
        if (*c == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *c);
    }
    buf_addc(out, '\'');
}

/* "host.file.delete path={file}": word by word, so that no name of a file becomes another word.
 * NULL: the resource has not what it needs. */
const char *host_fill_act(struct arena *a, const char *text, const char *resource)
{
    struct str rest = str_from(text), word;
    struct buf out = BUF_INIT(4096);
    const char *line = "";

    while (line && str_split(&rest, ' ', &word)) {
        const char *one = arena_str(a, word), *eq = strchr(one, '=');
        const char *value = eq ? host_fill(a, eq + 1, resource) : NULL;

        if (eq && !value)
            line = NULL;
        buf_addf(&out, "%s%.*s", out.len ? " " : "", eq ? (int)(eq + 1 - one) : (int)strlen(one),
                 one);
        if (value)
            put_value(&out, value);
    }
    line = line && !out.full ? arena_strdup(a, buf_cstr(&out)) : NULL;
    buf_release(&out);
    return line;
}
