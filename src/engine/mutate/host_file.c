/* host_file.c - room on a disk: empty a log, move it aside, delete one named file. A path is taken
 * as it is on the target, without any symbolic link in it, inside the limits of the policy; what is
 * done, is done inside the folder that was looked at, to the inode that was looked at. */
#include "act.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

/* $1: an absolute path. */
static const char file_script[] =
    "p=$1\n"
    "[ -e \"$p\" ] || [ -L \"$p\" ] || { echo \"error $p does not exist\"; exit 0; }\n"
    "echo \"real $(readlink -f -- \"$p\")\"\n"
    "stat -c 'inode %d:%i\nsize %s\nblocks %b\nowner %U\nmode %a\nlinks %h\ntype %F\nchanged %y' "
    "-- \"$p\" || { echo \"error $p cannot be looked at\"; exit 0; }\n"
    "n=0; w=\n"
    "for f in /proc/[0-9]*/fd/*; do\n"
    "if [ \"$f\" -ef \"$p\" ]; then n=$((n+1)); q=${f#/proc/}; q=${q%%/*}\n"
    "IFS= read -r c <\"/proc/$q/comm\" && w=\"$w $c[$q]\"; fi\n"
    "done 2>/dev/null\n"
    "echo \"open $n\"; echo \"holders$w\"\n"
    "df -Pk -- \"$p\" | while read -r d t u a x m; do echo \"df $t $u $a $m\"; done | tail -n 1\n";

/* All three: $1 folder, $2 name, $3 device:inode; the last also $4, where to. */
static const char truncate_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "[ ! -L \"./$2\" ] || { echo 'it is a link now' >&2; exit 3; }\n"
    "exec 3<>\"./$2\" || exit 1\n"
    "[ \"$(stat -L -c %d:%i /proc/self/fd/3)\" = \"$3\" ] ||\n"
    "{ echo 'it is another file now' >&2; exit 3; }\n"
    "truncate -s 0 /proc/self/fd/3\n";
static const char delete_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "[ \"$(stat -c %d:%i -- \"./$2\")\" = \"$3\" ] ||\n"
    "{ echo 'it is another file now' >&2; exit 3; }\n"
    "rm -f -- \"./$2\"\n";
static const char rotate_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "[ \"$(stat -c %d:%i -- \"./$2\")\" = \"$3\" ] ||\n"
    "{ echo 'it is another file now' >&2; exit 3; }\n"
    "[ ! -e \"./$4\" ] && [ ! -L \"./$4\" ] || { echo \"$4 is there already\" >&2; exit 3; }\n"
    "mv -- \"./$2\" \"./$4\" || exit 1\n"
    "(set -C; : >\"./$2\") && chmod --reference=\"./$4\" -- \"./$2\" &&\n"
    "chown --reference=\"./$4\" -- \"./$2\"\n";
static const char restore_script[] =
    "cd -P -- \"$1\" && [ \"$(pwd -P)\" = \"$1\" ] || { echo 'the folder changed' >&2; exit 3; }\n"
    "[ \"$(stat -c %d:%i -- \"./$2\")\" = \"$3\" ] ||\n"
    "{ echo 'it is another file now' >&2; exit 3; }\n"
    "mv -f -- \"./$2\" \"./$4\"\n";

static const struct tool_param file_params[] = {
    ACT_HOST_PARAMS,
    {"path", PARAM_STRING, true, NULL, 0, 0, NULL, "The file, absolute and without links."},
    {NULL},
};

static enum err_code read_file(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path");

    if (act_path_ok(a, path, err))
        return err->code;
    act_script(a, &a->reads, file_script, (const char *const[]){path, NULL});
    return ERR_OK;
}

/* A regular file that is what its name says. */
static enum err_code need_file(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path"), *real, *type;

    if (act_read_failed(a, 0, err))
        return err->code;
    real = act_read_line(a, 0, "real");
    type = act_read_line(a, 0, "type");
    if (!real || !act_read_line(a, 0, "inode"))
        return err_set(err, ERR_REMOTE, "%s could not be looked at", path);
    if (strcmp(real, path) != 0) {
        if (act_path_ok(a, real, err))
            return err_wrap(err, "%s leads to it", path);
        return err_set(err, ERR_DENIED, "%s leads over a symbolic link to %s: name that one", path,
                       real);
    }
    if (!type || !strstr(type, "regular"))
        return err_set(err, ERR_DENIED, "%s is a %s, not a file", path, type ? type : "?");
    return ERR_OK;
}

static const char *folder_of(struct act *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? "/" : arena_strndup(a->arena, path, (size_t)(slash - path));
}

/* "df TOTAL USED AVAIL MOUNT", in KiB. */
static const char *room(struct act *a)
{
    const char *df = act_read_line(a, 0, "df");
    struct str rest = str_from(df ? df : ""), word;
    int64_t f[3] = {0, 0, 0};

    for (int i = 0; i < 3; i++) {
        if (!str_split(&rest, ' ', &word) || !num_i64(word, &f[i]))
            return "";
    }
    return arena_printf(a->arena, "%.*s is %.0f %% full, %s free", STR_FMT(rest),
                        f[0] ? 100.0 * (double)(f[0] - f[2]) / (double)f[0] : 0,
                        act_bytes(a, f[2] * 1024));
}

static const char *holders(struct act *a)
{
    int64_t n = act_read_int(a, 0, "open", 0);
    const char *who = act_read_line(a, 0, "holders");

    return n ? arena_printf(a->arena, "open in %.200s", who ? who : "?") : "nobody has it open";
}

static void describe_file(struct act *a)
{
    struct act_plan *p = &a->plan;
    const char *changed = act_read_line(a, 0, "changed"), *owner = act_read_line(a, 0, "owner");

    p->resource = act_arg(a, "path");
    p->resource_id = arena_printf(a->arena, "host:%s/file:%s", a->host, p->resource);
    p->before = arena_printf(a->arena, "%s of %s, changed %.19s; %s; %s",
                             act_bytes(a, act_read_int(a, 0, "size", 0)), owner ? owner : "?",
                             changed ? changed : "?", holders(a), room(a));
    p->facts =
        act_object(a, "inode", act_read_line(a, 0, "inode"), "~size", act_read_line(a, 0, "size"),
                   "~blocks", act_read_line(a, 0, "blocks"), "~mode", act_read_line(a, 0, "mode"),
                   "~owner", owner ? owner : "", (char *)NULL);
    p->cost = "no money; a moment";
    p->watch = "the room on its file system, and who writes it";
    p->targets = 1;
    p->duration_ms = 2000;
    p->paths = arena_array(a->arena, 2, sizeof(*p->paths));
    ((const char **)(uintptr_t)p->paths)[0] = p->resource;
    p->path_count = 1;
}

static void do_script(struct act *a, const char *script, const char *to, const char *shown)
{
    const char *path = act_arg(a, "path"), *base = strrchr(path, '/') + 1;
    const char *const words[] = {folder_of(a, path), base, act_read_line(a, 0, "inode"), to, NULL};
    struct act_call *c = act_do_script(a, script, words);

    c->shown = arena_printf(a->arena, "%s%s   (only while it is inode %s)",
                            act_arg_bool(a, "sudo") ? "sudo -n " : "", shown, words[2]);
}

/* ---- empty it ---- */

static enum err_code plan_truncate(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path");
    struct act_plan *p = &a->plan;

    if (need_file(a, err))
        return err->code;
    describe_file(a);
    p->effect = "all that is in it is lost; who has it open writes on into it";
    p->after = "the same file, empty or with what was written since; a writer that does not append "
               "leaves a hole, which takes no room";
    p->rollback = "";
    p->blast = arena_printf(a->arena, "who reads this log; %s", holders(a));
    do_script(a, truncate_script, NULL, arena_printf(a->arena, "truncate -s 0 %s", path));
    if (act_read_int(a, 0, "size", 1) == 0)
        p->already = "it is empty already";
    return ERR_OK;
}

static enum act_check verify_truncate(struct act *a)
{
    const char *inode;
    int64_t size, before, blocks;

    if (act_read_failed(a, 0, &(struct err)ERR_INIT))
        return ACT_FAILED;
    inode = act_read_line(a, 0, "inode");
    size = act_read_int(a, 0, "size", -1);
    before = act_fact_int(a, "~size", 0);
    blocks = act_read_int(a, 0, "blocks", INT64_MAX);
    a->said = arena_printf(a->arena, "%s; %s", act_bytes(a, size), room(a));
    if (!inode || strcmp(inode, act_fact(a, "inode")) != 0)
        return ACT_FAILED;
    /* Who writes on at its old place leaves a hole: the length is back, and the room is free. */
    return size >= 0 && (size < before || blocks < act_fact_int(a, "~blocks", 0)) ? ACT_HOLDS
                                                                                  : ACT_NOT_YET;
}

const struct act_def act_log_truncate = {
    .name = "host.log.truncate",
    .help = "Empty one log file; who writes it goes on.",
    .undo = "what was in it is lost",
    .resource_type = "log",
    .params = file_params,
    .floor = RISK_HIGH,
    .verify_ms = 5000,
    .read = read_file,
    .plan = plan_truncate,
    .verify = verify_truncate,
};

/* ---- delete it ---- */

static enum err_code plan_delete(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path"), *links;
    struct act_plan *p = &a->plan;

    if (need_file(a, err))
        return err->code;
    describe_file(a);
    links = act_read_line(a, 0, "links");
    p->effect = act_read_int(a, 0, "open", 0)
                    ? "its name is gone; its room is free only when who has it open closes it"
                    : "it is gone, and its room is free";
    p->after = "no file of this name";
    p->rollback = "";
    p->blast = arena_printf(a->arena, "who needs this file; %s; %s name%s", holders(a),
                            links ? links : "1", links && strcmp(links, "1") != 0 ? "s" : "");
    do_script(a, delete_script, NULL, arena_printf(a->arena, "rm -f %s", path));
    return ERR_OK;
}

static enum act_check verify_delete(struct act *a)
{
    const char *inode = act_read_line(a, 0, "inode");

    if (a->reads.items[0].answer.err.code)
        return ACT_NOT_YET;
    if (!inode) {
        a->said = "it is gone";
        return ACT_HOLDS;
    }
    a->said = strcmp(inode, act_fact(a, "inode")) == 0 ? "it is still there"
                                                       : "somebody made a new one of this name";
    return strcmp(inode, act_fact(a, "inode")) == 0 ? ACT_NOT_YET : ACT_HOLDS;
}

const struct act_def act_file_delete = {
    .name = "host.file.delete",
    .help = "Delete one named file, after it was listed.",
    .undo = "a deleted file is not brought back",
    .resource_type = "file",
    .params = file_params,
    .floor = RISK_HIGH,
    .verify_ms = 5000,
    .read = read_file,
    .plan = plan_delete,
    .verify = verify_delete,
};

/* ---- move it aside ---- */

/* The same for one inode, so that what was shown is what is done. */
static const char *aside_name(struct act *a, const char *inode)
{
    const char *base = strrchr(act_arg(a, "path"), '/') + 1, *colon = strchr(inode, ':');

    return arena_printf(a->arena, "%s.%s.old", base, colon ? colon + 1 : "0");
}

static enum err_code plan_rotate(struct act *a, struct err *err)
{
    const char *path = act_arg(a, "path"), *aside, *folder;
    struct act_plan *p = &a->plan;

    if (need_file(a, err))
        return err->code;
    describe_file(a);
    folder = folder_of(a, path);
    aside = aside_name(a, act_read_line(a, 0, "inode"));
    p->effect = arena_printf(a->arena,
                             "it goes on as %s beside it, and an empty one takes its name; who has "
                             "it open writes on into the old one until told to open it again",
                             aside);
    p->after = "an empty file of this name; no room is freed yet";
    p->rollback = "the old one gets its name back; what was written to the new one is lost";
    p->rolls_back = true;
    p->rollback_operation = "host.log.restore";
    p->rollback_args = act_object(
        a, "host", a->host, "path",
        arena_printf(a->arena, "%s/%s", strcmp(folder, "/") ? folder : "", aside), "name",
        strrchr(path, '/') + 1, "sudo", act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->blast = arena_printf(a->arena, "who reads this log; %s", holders(a));
    do_script(a, rotate_script, aside,
              arena_printf(a->arena, "mv %s %s, and an empty one", path, aside));
    return ERR_OK;
}

static enum act_check verify_rotate(struct act *a)
{
    const char *inode = act_read_line(a, 0, "inode"), *mode, *owner;

    if (act_read_failed(a, 0, &(struct err)ERR_INIT) || !inode)
        return ACT_NOT_YET;
    mode = act_read_line(a, 0, "mode");
    owner = act_read_line(a, 0, "owner");
    a->said = arena_printf(a->arena, "%s of this name, %s, of %s, %s",
                           act_bytes(a, act_read_int(a, 0, "size", 0)), mode ? mode : "?",
                           owner ? owner : "?",
                           strcmp(inode, act_fact(a, "inode")) != 0 ? "a new file" : "the old one");
    return strcmp(inode, act_fact(a, "inode")) != 0 && mode && owner &&
                   strcmp(mode, act_fact(a, "~mode")) == 0 &&
                   strcmp(owner, act_fact(a, "~owner")) == 0
               ? ACT_HOLDS
               : ACT_NOT_YET;
}

const struct act_def act_log_rotate = {
    .name = "host.log.rotate",
    .help = "Move one log file aside and let an empty one take its name.",
    .undo = "the old one gets its name back",
    .resource_type = "log",
    .params = file_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 5000,
    .read = read_file,
    .plan = plan_rotate,
    .verify = verify_rotate,
};

static const struct tool_param restore_params[] = {
    ACT_HOST_PARAMS,
    {"path", PARAM_STRING, true, NULL, 0, 0, NULL, "The file that was moved aside."},
    {"name", PARAM_STRING, true, NULL, 0, 0, NULL, "The name, in the same folder, that it gets."},
    {NULL},
};

static enum err_code plan_restore(struct act *a, struct err *err)
{
    const char *name = act_arg(a, "name"), *to;
    struct act_plan *p = &a->plan;

    if (strchr(name, '/') || !act_word_ok(name) || strcmp(name, "..") == 0 || *name == '.')
        return err_set(err, ERR_INPUT, "'%.80s' is no name of a file", name);
    if (need_file(a, err))
        return err->code;
    to = arena_printf(a->arena, "%s/%s", folder_of(a, act_arg(a, "path")), name);
    if (act_path_ok(a, to, err))
        return err->code;
    describe_file(a);
    p->effect =
        arena_printf(a->arena, "it is %s again; what is in the file of that name is lost", name);
    p->after = arena_printf(a->arena, "no file %s any more", p->resource);
    p->rollback = "";
    p->blast = "who reads this log";
    do_script(a, restore_script, name, arena_printf(a->arena, "mv -f %s %s", p->resource, name));
    return ERR_OK;
}

const struct act_def act_log_restore = {
    .name = "host.log.restore",
    .help = "Give a log that was moved aside its name back.",
    .undo = "what was in the file of that name is lost",
    .resource_type = "log",
    .params = restore_params,
    .floor = RISK_HIGH,
    .verify_ms = 5000,
    .read = read_file,
    .plan = plan_restore,
    .verify = verify_delete,
};
