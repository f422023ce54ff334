/* host_git.c - a working copy on a machine: what is checked out, and what was.
 * {"host","now_ms","repo","head","branch","tag","dirty","clean","asked":{"ref","commit","current"},
 *  "previous":{"hash","subject","age_s"},
 *  "commits":[{"hash","ts_ms","author","refs","subject"}],
 *  "refs":[{"name","commit","ts_ms"}],"gaps":[...]}
 * tag: "" when no tag names what is checked out; asked: absent when no ref was asked for or there
 * is none of that name; previous: the commit before the one that is checked out, absent without. */
#include <stdio.h>
#include <string.h>

#include "look.h"

static void put_commits(struct look *k)
{
    const struct look_line *previous = NULL;
    int n = 0;

    json_key(k->out, "commits");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "commit") != 0)
            continue;
        if (n++ == 1)
            previous = l;
        json_object_begin(k->out);
        json_put_cstr(k->out, "hash", l->f[0]);
        json_put_int(k->out, "ts_ms", look_int(l->f[1], 0) * 1000);
        json_put_cstr(k->out, "author", l->f[2]);
        json_put_cstr(k->out, "refs", l->f[3]);
        json_put_cstr(k->out, "subject", l->f[4]);
        json_object_end(k->out);
    }
    json_array_end(k->out);
    k->rows += n;
    if (previous) {
        json_key(k->out, "previous");
        json_object_begin(k->out);
        json_put_cstr(k->out, "hash", previous->f[0]);
        json_put_cstr(k->out, "subject", previous->f[4]);
        json_put_int(k->out, "age_s", k->now_ms / 1000 - look_int(previous->f[1], 0));
        json_object_end(k->out);
    }
}

static void put_refs(struct look *k)
{
    json_key(k->out, "refs");
    json_array_begin(k->out);
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, "ref") != 0)
            continue;
        json_object_begin(k->out);
        json_put_cstr(k->out, "name", l->f[0]);
        json_put_cstr(k->out, "commit", *l->f[2] ? l->f[2] : l->f[1]);
        json_put_int(k->out, "ts_ms", look_int(l->f[3], 0) * 1000);
        json_object_end(k->out);
    }
    json_array_end(k->out);
}

static void put_asked(struct look *k, const char *head)
{
    const struct look_line *l = look_find(k, "asked", NULL);

    if (!l)
        return;
    json_key(k->out, "asked");
    json_object_begin(k->out);
    json_put_cstr(k->out, "ref", l->f[0]);
    json_put_cstr(k->out, "commit", l->f[1]);
    json_put_bool(k->out, "current", strcmp(l->f[1], head) == 0);
    json_object_end(k->out);
}

static enum err_code render(struct look *k, struct err *err)
{
    const struct look_line *head = look_find(k, "head", NULL), *top = look_find(k, "top", NULL),
                           *tag = look_find(k, "tag", NULL), *dirty = look_find(k, "dirty", NULL);
    int64_t changed = dirty ? look_int(dirty->f[0], 0) : 0;

    if (!head || !*head->f[0])
        return err_set(err, ERR_NOT_FOUND, "the repository has no commit");
    json_put_cstr(k->out, "repo", top ? top->f[0] : "");
    json_put_cstr(k->out, "head", head->f[0]);
    json_put_cstr(k->out, "branch", head->f[1]);
    json_put_cstr(k->out, "tag", tag ? tag->f[0] : "");
    json_put_int(k->out, "dirty", changed);
    json_put_bool(k->out, "clean", changed == 0);
    put_asked(k, head->f[0]);
    put_commits(k);
    put_refs(k);
    snprintf(k->summary, 256, "%.12s (%.60s%s%.60s)%s", head->f[0], head->f[1], tag ? ", " : "",
             tag ? tag->f[0] : "", changed ? ", with changes that are not committed" : "");
    return ERR_OK;
}

const struct look_def look_git = {.script = "git", .timeout_ms = 30000, .render = render};

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "repo",
     .type = PARAM_STRING,
     .required = true,
     .help = "The working copy, by its full path."},
    {.name = "count",
     .type = PARAM_INT,
     .fallback = "10",
     .min = 2,
     .max = 200,
     .help = "How many commits are listed."},
    {.name = "ref",
     .type = PARAM_STRING,
     .help = "A tag, branch or commit that is looked up as well."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "git log in ");
    buf_adds(out, value_cstr_or(args, "repo", ""));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const char *repo = value_cstr_or(args, "repo", ""), *ref = value_cstr_or(args, "ref", "");
    char count[24];

    snprintf(count, sizeof(count), "%lld", (long long)value_i64_or(args, "count", 10));
    if (!look_path_ok(repo))
        look_refuse(c, "repo", repo, "a full path");
    else if (*ref == '-' || strlen(ref) > 200 ||
             ref[strspn(ref, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")])
        look_refuse(c, "ref", ref, "the name of a tag, branch or commit");
    else
        look_start(c, &look_git, (const char *const[]){repo, count, ref, NULL});
}

const struct tool_def tool_host_git = {
    .name = "host_git",
    .help = "Read a working copy of git: what is checked out, the last commits, tags, changes.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 35000,
    .query = cite,
    .start = start,
    .cancel = look_cancel,
};
