/* registry.c - the skills that there are: built-in ones, and those of folders. What a file is is
 * remembered by its size and its time, so that looking again reads only what changed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "src/engine/skill/skill_priv.h"

#define FOLDERS_MAX 8
#define FOUND_MAX 4096 /* names in one folder that are looked at */

struct entry {
    struct skill *skill;
    size_t folder; /* index plus 1; 0: built in */
    int64_t size, changed_ns;
    bool seen, hidden;
};

struct skills {
    const struct tool_env *env;
    char *folders[FOLDERS_MAX];
    size_t folder_count;
    VEC(struct entry) entries;
    VEC(const struct skill *) shown; /* by id */
    struct buf trouble;
};

/* ---- one folder ---- */

static struct entry *entry_of(struct skills *r, const char *path, size_t folder)
{
    VEC_EACH (e, &r->entries) {
        if (e->folder == folder && strcmp(e->skill->source, path) == 0)
            return e;
    }
    return NULL;
}

/* A file that could not be read is listed like one that is wrong. */
static struct skill *unreadable(const char *path, const struct err *err)
{
    struct skill *s = skill_load(path, STR_LIT(""), NULL);
    struct skill_problem *p = arena_alloc(s->procedure->arena, sizeof(*p));

    p->text = arena_strdup(s->procedure->arena, err->msg);
    s->problems = p;
    s->problem_count = s->error_count = 1;
    s->broken = true;
    return s;
}

/* True: it came, or changed. */
static bool look_at_file(struct skills *r, const char *path, size_t folder, const struct stat *st)
{
    /* Of the inode: a new mode counts as a change. */
    int64_t when = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
    struct entry *e = entry_of(r, path, folder);
    struct skill *s = NULL;
    struct err err;

    if (e && e->size == st->st_size && e->changed_ns == when) {
        e->seen = true;
        return false;
    }
    if (st->st_mode & S_IWOTH) {
        err_set(&err, ERR_DENIED, "it can be written by everybody: run chmod o-w on it");
        s = unreadable(path, &err);
    } else if (skill_load_file(path, r->env, &s, &err)) {
        s = unreadable(path, &err);
    }
    if (e)
        skill_free(e->skill);
    else
        e = VEC_PUSH(&r->entries);
    *e = (struct entry){
        .skill = s, .folder = folder, .size = st->st_size, .changed_ns = when, .seen = true};
    return true;
}

static bool is_skill_file(const char *name)
{
    struct str s = str_from(name);

    return name[0] != '.' && (str_ends(s, ".yaml") || str_ends(s, ".yml") || str_ends(s, ".md")) &&
           strcmp(name, "README.md") != 0;
}

static void trouble(struct skills *r, const char *path, const char *why)
{
    buf_addf(&r->trouble, "%s: %s\n", path, why);
}

static bool look_at_name(struct skills *r, const char *dir, const char *name, size_t folder,
                         size_t *count)
{
    char *path = path_join(dir, name), *inside = NULL;
    bool changed = false;
    struct stat st;

    if (name[0] != '.' && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        inside = path_join(path, "SKILL.md");
        if (stat(inside, &st) == 0 && S_ISREG(st.st_mode) && ++*count <= SKILL_FILES_MAX)
            changed = look_at_file(r, inside, folder, &st);
    } else if (is_skill_file(name) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
               ++*count <= SKILL_FILES_MAX) {
        changed = look_at_file(r, path, folder, &st);
    }
    free(inside);
    free(path);
    return changed;
}

/* By name, so that the same folder reads the same everywhere. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool look_at_folder(struct skills *r, size_t folder)
{
    const char *dir = r->folders[folder - 1];
    DIR *d = opendir(dir);
    struct dirent *de;
    VEC(char *) names = {0};
    bool changed = false;
    size_t count = 0;
    struct stat st;

    if (!d)
        return false;
    if (fstat(dirfd(d), &st) == 0 && st.st_mode & S_IWOTH) {
        trouble(r, dir, "it can be written by everybody, so that it is not read: chmod o-w");
        closedir(d);
        return false;
    }
    while (names.count < FOUND_MAX && (de = readdir(d)))
        *VEC_PUSH(&names) = xstrdup(de->d_name);
    closedir(d);
    if (names.count)
        qsort(names.items, names.count, sizeof(*names.items), by_name);
    VEC_EACH (n, &names) {
        changed = look_at_name(r, dir, *n, folder, &count) || changed;
        free(*n);
    }
    if (count > SKILL_FILES_MAX || names.count == FOUND_MAX)
        trouble(r, dir, "more files than are read; the last ones are left out");
    VEC_RELEASE(&names);
    return changed;
}

/* ---- all ---- */

static void load_builtin(struct skills *r)
{
    for (const struct skill_data *d = skill_data; d->name; d++) {
        struct skill *s = skill_load(d->name, str_from(d->text), r->env);

        s->builtin = true;
        s->source = s->procedure->source = "built in";
        *VEC_PUSH(&r->entries) = (struct entry){.skill = s, .seen = true};
    }
}

static int by_id(const void *a, const void *b)
{
    const struct skill *x = *(const struct skill *const *)a, *y = *(const struct skill *const *)b;
    int c = strcmp(x->id, y->id);

    return c ? c : strcmp(x->source, y->source);
}

/* Of two with one id the later folder's counts; in one folder both are shown, the second with a
 * problem. A broken one hides nothing that works. */
static void hide(struct skills *r)
{
    VEC_EACH (e, &r->entries) {
        e->hidden = false;
        e->skill->hides = NULL;
        e->skill->clash = NULL;
    }
    VEC_EACH (e, &r->entries) {
        VEC_EACH (other, &r->entries) {
            if (e == other || strcmp(e->skill->id, other->skill->id) != 0 || e->skill->broken)
                continue;
            if (e->folder > other->folder) {
                other->hidden = true;
                e->skill->hides = other->skill->source;
            } else if (e->folder == other->folder && other < e && !other->skill->broken) {
                e->skill->clash = other->skill->source;
            }
        }
    }
}

static void show(struct skills *r)
{
    r->shown.count = 0;
    hide(r);
    VEC_EACH (e, &r->entries) {
        if (!e->hidden)
            *VEC_PUSH(&r->shown) = e->skill;
    }
    if (r->shown.count)
        qsort(r->shown.items, r->shown.count, sizeof(*r->shown.items), by_id);
    VEC_EACH (e, &r->entries) {
        const struct skill_texts *d = &e->skill->depends;

        e->skill->lacks = NULL;
        for (size_t i = 0; i < d->count; i++) {
            if (!skills_find(r, d->items[i]))
                e->skill->lacks = d->items[i];
        }
    }
}

bool skills_refresh(struct skills *r)
{
    bool changed = false;
    size_t kept = 0;

    buf_clear(&r->trouble);
    VEC_EACH (e, &r->entries)
        e->seen = e->folder == 0;
    for (size_t i = 1; i <= r->folder_count; i++)
        changed = look_at_folder(r, i) || changed;
    for (size_t i = 0; i < r->entries.count; i++) {
        if (r->entries.items[i].seen) {
            r->entries.items[kept++] = r->entries.items[i];
        } else {
            skill_free(r->entries.items[i].skill);
            changed = true;
        }
    }
    r->entries.count = kept;
    if (changed || !r->shown.count)
        show(r);
    return changed;
}

struct skills *skills_open(const char *const *folders, const struct tool_env *env)
{
    struct skills *r = xcalloc(1, sizeof(*r));

    r->env = env;
    buf_init(&r->trouble, (size_t)64 << 10);
    for (; folders && *folders && r->folder_count < FOLDERS_MAX; folders++)
        r->folders[r->folder_count++] = xstrdup(*folders);
    load_builtin(r);
    skills_refresh(r);
    return r;
}

void skills_free(struct skills *r)
{
    if (!r)
        return;
    VEC_EACH (e, &r->entries)
        skill_free(e->skill);
    for (size_t i = 0; i < r->folder_count; i++)
        free(r->folders[i]);
    VEC_RELEASE(&r->entries);
    VEC_RELEASE(&r->shown);
    buf_release(&r->trouble);
    free(r);
}

size_t skills_count(const struct skills *r)
{
    return r->shown.count;
}

const struct skill *skills_at(const struct skills *r, size_t index)
{
    return index < r->shown.count ? r->shown.items[index] : NULL;
}

const char *skills_trouble(const struct skills *r)
{
    return buf_cstr(&r->trouble);
}

const struct skill *skills_find(const struct skills *r, const char *id)
{
    const struct skill *found = NULL;

    for (size_t i = 0; i < r->shown.count; i++) {
        const struct skill *s = r->shown.items[i];

        if (strcmp(s->id, id) == 0 && !s->clash && (!found || found->broken))
            found = s;
    }
    return found;
}

enum err_code skills_need(const struct skills *r, const char *id, const struct skill **ret,
                          struct err *err)
{
    const struct skill *s = skills_find(r, id);
    VEC(const char *) names = {0};
    const char *near;

    if (s && !s->broken) {
        *ret = s;
        return ERR_OK;
    }
    if (s) {
        struct buf text = BUF_INIT((size_t)64 << 10);
        struct str rest, line = {NULL, 0};

        skill_problems_text(s, &text);
        rest = buf_str(&text);
        while (str_line(&rest, &line) && str_find(line, STR_LIT(": error: ")) < 0)
            continue;
        err_set(err, ERR_INPUT, "%.*s", line.len < 400 ? (int)line.len : 400, line.ptr);
        buf_release(&text);
        return ERR_INPUT;
    }
    for (size_t i = 0; i < r->shown.count; i++)
        *VEC_PUSH(&names) = r->shown.items[i]->id;
    near = skill_near(id, names.items, names.count);
    err_set(err, ERR_NOT_FOUND, "there is no skill '%.64s'%s%s%s", id,
            near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : ": runbook skill list shows them");
    VEC_RELEASE(&names);
    return ERR_NOT_FOUND;
}
