/* prompts.c - see prompts.h. */
#include "runbook/context/prompts.h"

#include <stdio.h>
#include <stdlib.h>

#include "data_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/codec/hash.h"

#define FILE_MAX ((size_t)64 << 10)
#define VERSION_HEX 12
#define NAME_MAX_BYTES 32

static const struct row {
    const char *name;
    const char *const *vars;
} rows[PROMPTS] = {
    [PROMPT_INVESTIGATE] = {"investigate",
                            (const char *const[]){"fence", "limits", "sources", "now", NULL}},
    [PROMPT_ASK] = {"ask", (const char *const[]){"fence", "limits", "sources", "now", NULL}},
    [PROMPT_COMPACT] = {"compact", (const char *const[]){"fence", NULL}},
    [PROMPT_REPAIR] = {"repair", (const char *const[]){"tool", "problem", "schema", NULL}},
    [PROMPT_CONCLUDE] = {"conclude", (const char *const[]){"why", NULL}},
    [PROMPT_CHALLENGE] = {"challenge", (const char *const[]){"hypothesis", "evidence", NULL}},
};

struct prompts {
    struct buf text[PROMPTS];
    bool replaced[PROMPTS];
    char version[VERSION_HEX + 1];
};

const char *context_text(const char *name)
{
    for (const struct context_data *d = context_data; d->name; d++) {
        if (strcmp(d->name, name) == 0)
            return d->text;
    }
    mem_fatal("a compiled-in text is missing");
}

const char *prompt_name(enum prompt id)
{
    return rows[id].name;
}

const char *const *prompt_vars(enum prompt id)
{
    return rows[id].vars;
}

/* The next {{name}} of *rest: what stands before it, and the name. False: none is left. */
static bool next_var(struct str *rest, struct str *ret_before, struct str *ret_name)
{
    ptrdiff_t open = str_find(*rest, STR_LIT("{{")), close;
    struct str after;

    if (open < 0)
        return false;
    after = (struct str){rest->ptr + open + 2, rest->len - (size_t)open - 2};
    close = str_find(after, STR_LIT("}}"));
    if (close < 0 || close > NAME_MAX_BYTES)
        return false;
    *ret_before = (struct str){rest->ptr, (size_t)open};
    *ret_name = str_trim((struct str){after.ptr, (size_t)close});
    *rest = (struct str){after.ptr + close + 2, after.len - (size_t)close - 2};
    return true;
}

static enum err_code check_vars(enum prompt id, struct str text, struct err *err)
{
    struct str before, name;

    while (next_var(&text, &before, &name)) {
        size_t i = 0;

        while (rows[id].vars[i] && !str_eq_c(name, rows[id].vars[i]))
            i++;
        if (rows[id].vars[i])
            continue;
        err_set(err, ERR_INPUT, "{{%.*s}} is not known here; there are:", STR_FMT(name));
        for (i = 0; rows[id].vars[i]; i++) {
            size_t len = strlen(err->msg);

            snprintf(err->msg + len, sizeof(err->msg) - len, " {{%s}}", rows[id].vars[i]);
        }
        return ERR_INPUT;
    }
    return ERR_OK;
}

static enum err_code check_text(enum prompt id, struct str text, struct err *err)
{
    size_t bad;

    if (!text_valid(text, &bad))
        return err_set(err, ERR_INPUT, "bad UTF-8 at byte %zu", bad);
    if (!str_trim(text).len)
        return err_set(err, ERR_INPUT, "it is empty");
    return check_vars(id, text, err);
}

static enum err_code load_one(struct prompts *p, const char *dir, enum prompt id, struct err *err)
{
    char file[64];
    char *path = NULL;
    enum err_code rc;

    buf_init(&p->text[id], FILE_MAX);
    snprintf(file, sizeof(file), "%s.md", rows[id].name);
    path = dir ? path_join(dir, file) : NULL;
    if (path && file_exists(path)) {
        p->replaced[id] = true;
        rc = file_read(path, &p->text[id], err);
        if (!rc && (rc = check_text(id, buf_str(&p->text[id]), err)))
            rc = err_wrap(err, "%s", path);
    } else {
        rc = buf_adds(&p->text[id], context_text(rows[id].name)) ? ERR_OK : ERR_LIMIT;
    }
    free(path);
    return rc;
}

static void set_version(struct prompts *p)
{
    struct sha256 *h = sha256_new();
    char hex[SHA256_HEX];

    for (int i = 0; i < PROMPTS; i++) {
        sha256_add(h, str_from(rows[i].name));
        sha256_add(h, STR_LIT("\0"));
        sha256_add(h, buf_str(&p->text[i]));
        sha256_add(h, STR_LIT("\0"));
    }
    sha256_end(h, hex);
    sha256_free(h);
    snprintf(p->version, sizeof(p->version), "%.*s", VERSION_HEX, hex);
}

enum err_code prompts_load(const char *dir, struct prompts **ret, struct err *err)
{
    struct prompts *p = xcalloc(1, sizeof(*p));
    enum err_code rc = ERR_OK;

    for (int i = 0; i < PROMPTS && !rc; i++)
        rc = load_one(p, dir, (enum prompt)i, err);
    if (rc) {
        prompts_free(p);
        return rc;
    }
    set_version(p);
    *ret = p;
    return ERR_OK;
}

void prompts_free(struct prompts *p)
{
    if (!p)
        return;
    for (int i = 0; i < PROMPTS; i++)
        buf_release(&p->text[i]);
    free(p);
}

struct str prompts_text(const struct prompts *p, enum prompt id)
{
    return buf_str(&p->text[id]);
}

bool prompts_replaced(const struct prompts *p, enum prompt id)
{
    return p->replaced[id];
}

const char *prompts_version(const struct prompts *p)
{
    return p->version;
}

void prompts_fill(const struct prompts *p, enum prompt id, const struct prompt_var *vars,
                  size_t count, struct buf *out)
{
    struct str rest = buf_str(&p->text[id]), before, name;

    while (next_var(&rest, &before, &name)) {
        buf_add_str(out, before);
        for (size_t i = 0; i < count; i++) {
            if (str_eq_c(name, vars[i].name))
                buf_add_str(out, vars[i].value);
        }
    }
    buf_add_str(out, rest);
}
