/* act.c - what the rows of operations share. */
#include "act.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/codec/json.h"

const char *act_arg(const struct act *a, const char *name)
{
    return value_cstr_or(a->args, name, "");
}

int64_t act_arg_int(const struct act *a, const char *name, int64_t fallback)
{
    return value_i64_or(a->args, name, fallback);
}

bool act_arg_bool(const struct act *a, const char *name)
{
    return value_bool_or(a->args, name, false);
}

static const char *const *copy_words(struct act *a, const char *first, const char *second,
                                     const char *const *argv)
{
    const char **copy;
    size_t n = 0, at = 0;

    while (argv[n])
        n++;
    copy = arena_array(a->arena, n + 3, sizeof(*copy));
    if (first)
        copy[at++] = first;
    if (second)
        copy[at++] = second;
    for (size_t i = 0; i < n; i++)
        copy[at++] = arena_strdup(a->arena, argv[i]);
    return copy;
}

struct act_call *act_command(struct act *a, act_calls *to, const char *const *argv)
{
    struct act_call *c = VEC_PUSH(to);

    c->how = ACT_COMMAND;
    c->argv = copy_words(a, NULL, NULL, argv);
    return c;
}

struct act_call *act_script(struct act *a, act_calls *to, const char *script,
                            const char *const *argv)
{
    struct act_call *c = act_command(a, to, argv);

    c->script = script;
    return c;
}

struct act_call *act_do(struct act *a, const char *const *argv)
{
    struct act_call *c = VEC_PUSH(&a->calls);

    c->how = ACT_COMMAND;
    c->argv = act_arg_bool(a, "sudo") ? copy_words(a, "sudo", "-n", argv)
                                      : copy_words(a, NULL, NULL, argv);
    return c;
}

struct act_call *act_do_script(struct act *a, const char *script, const char *const *argv)
{
    struct act_call *c = act_script(a, &a->calls, script, argv);

    c->sudo = act_arg_bool(a, "sudo");
    return c;
}

/* As a person would type it for a shell. */
void act_quote(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";

    if (*word && !word[strspn(word, plain)]) {
        buf_adds(out, word);
        return;
    }
    buf_addc(out, '\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *c);
    }
    buf_addc(out, '\'');
}

const char *act_shown(struct act *a, const struct act_call *c)
{
    struct buf out = BUF_INIT(65536);
    const char *text;

    if (strcmp(a->host, "local") != 0 && c->how != ACT_HTTP)
        buf_addf(&out, "%s: ", a->host);
    if (c->how == ACT_AWS) {
        buf_addf(&out, "aws %s %s %s", c->aws.service, c->aws.operation,
                 c->aws.shown ? c->aws.shown : c->aws.params);
        if (*c->aws.region)
            buf_addf(&out, " in %s", c->aws.region);
        if (*c->aws.account)
            buf_addf(&out, " of %s", c->aws.account);
    } else if (c->how == ACT_HTTP) {
        buf_addf(&out, "%s %s", c->method, c->path);
        if (c->body && *c->body)
            buf_addf(&out, " %s", c->body);
    } else if (c->shown) {
        buf_adds(&out, c->shown);
    } else {
        for (size_t i = 0; c->argv[i]; i++) {
            if (i)
                buf_addc(&out, ' ');
            act_quote(&out, c->argv[i]);
        }
    }
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

const char *act_read_line(struct act *a, size_t call, const char *key)
{
    struct str rest, line;
    size_t len = strlen(key);

    if (call >= a->reads.count)
        return NULL;
    rest = a->reads.items[call].answer.out;
    while (str_line(&rest, &line)) {
        if (line.len >= len && memcmp(line.ptr, key, len) == 0 &&
            (line.len == len || line.ptr[len] == ' '))
            return arena_str(a->arena, str_trim((struct str){line.ptr + len, line.len - len}));
    }
    return NULL;
}

int64_t act_read_int(struct act *a, size_t call, const char *key, int64_t fallback)
{
    const char *text = act_read_line(a, call, key);
    int64_t value;

    return text && num_i64(str_from(text), &value) ? value : fallback;
}

enum err_code act_read_failed(struct act *a, size_t call, struct err *err)
{
    const struct act_answer *r = &a->reads.items[call].answer;
    const char *why;

    if (r->err.code) {
        a->unread = true;
        *err = r->err;
        return err_wrap(err, "read the state %s", act_on(a));
    }
    why = act_read_line(a, call, "error");
    if (why)
        return err_set(err, ERR_NOT_FOUND, "%s", why);
    if (r->status != 0)
        return err_set(err, ERR_REMOTE, "the state could not be read %s: status %d %.200s",
                       act_on(a), r->status, r->err_out.len ? r->err_out.ptr : "");
    return ERR_OK;
}

const char *act_object(struct act *a, const char *name, ...)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *text;
    va_list ap;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    va_start(ap, name);
    for (const char *key = name; key; key = va_arg(ap, const char *))
        json_put_cstr(&w, key, va_arg(ap, const char *));
    va_end(ap);
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

const char *act_fact(const struct act *a, const char *name)
{
    return value_cstr_or(a->facts, name, "");
}

int64_t act_fact_int(const struct act *a, const char *name, int64_t fallback)
{
    int64_t value;

    return num_i64(str_from(act_fact(a, name)), &value) ? value : fallback;
}

const char *act_bytes(struct act *a, int64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)bytes;
    int u = 0;

    while (v >= 1024 && u < 4) {
        v /= 1024;
        u++;
    }
    return u ? arena_printf(a->arena, "%.1f %s", v, units[u])
             : arena_printf(a->arena, "%lld bytes", (long long)bytes);
}

const char *act_on(const struct act *a)
{
    return strcmp(a->host, "local") == 0 ? "on this machine"
                                         : arena_printf(a->arena, "on %s", a->host);
}

bool act_word_ok(const char *word)
{
    for (const char *c = word; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return false;
    }
    return *word && *word != '-';
}

enum err_code act_path_ok(const struct act *a, const char *path, struct err *err)
{
    const char *why = NULL;

    if (!act_word_ok(path) || path[0] != '/')
        return err_set(err, ERR_INPUT, "'%.200s' is no absolute path", path);
    if (!command_path_ok(a->limits, path, true, &why))
        return err_set(err, ERR_DENIED, "%.200s: %s", path, why);
    return ERR_OK;
}

enum err_code act_top_ok(struct act *a, const char *repo, struct err *err)
{
    const char *top = act_read_line(a, 0, "top");

    if (!top || !*top)
        return err_set(err, ERR_REMOTE, "the repository could not be read");
    if (strcmp(top, repo) == 0)
        return ERR_OK;
    if (act_path_ok(a, top, err))
        return err_wrap(err, "%s leads there", repo);
    return err_set(err, ERR_DENIED, "%s is not the top of a working copy: that is %s", repo, top);
}
