/* config_set.c - change one key of a file without touching the rest.
 * The new text is read back before it is written: a value that the reader would refuse, or that
 * would read as something else, never reaches the disk. */
#include "src/app/config_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/codec/yaml.h"
#include "runbook/service/aws/endpoint.h"

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

static const struct value *member(const struct value *obj, struct str segment)
{
    struct buf name = BUF_INIT(256);
    const struct value *found = NULL;

    if (obj && obj->type == VALUE_OBJECT)
        VALUE_EACH (m, obj) {
            buf_clear(&name);
            config_snake(m->key, &name);
            if (str_eq(buf_str(&name), segment)) {
                found = m;
                break;
            }
        }
    buf_release(&name);
    return found;
}

static char *camel(struct str snake)
{
    struct buf out = BUF_INIT(256);
    bool up = false;

    for (size_t i = 0; i < snake.len; i++) {
        if (snake.ptr[i] == '_') {
            up = true;
            continue;
        }
        buf_addc(&out, up && snake.ptr[i] >= 'a' && snake.ptr[i] <= 'z' ? (char)(snake.ptr[i] - 32)
                                                                        : snake.ptr[i]);
        up = false;
    }
    return buf_detach(&out);
}

static bool uses_camel(const struct value *v)
{
    VALUE_EACH (m, v) {
        for (size_t i = 0; v->type == VALUE_OBJECT && i < m->key.len; i++)
            if (m->key.ptr[i] >= 'A' && m->key.ptr[i] <= 'Z')
                return true;
        if ((m->type == VALUE_OBJECT || m->type == VALUE_ARRAY) && uses_camel(m))
            return true;
    }
    return false;
}

/* The path as this file spells it: the keys that stand there, and its habit for new ones. */
static void spelled(const struct value *root, const char *path, struct buf *out)
{
    const struct value *at = root;
    bool camel_file = uses_camel(root);
    struct str rest = str_from(path), segment;

    while (str_split(&rest, '.', &segment)) {
        const struct value *next = member(at, segment);

        if (out->len)
            buf_addc(out, '.');
        if (next) {
            buf_add_str(out, next->key);
        } else if (camel_file) {
            char *c = camel(segment);

            buf_adds(out, c);
            free(c);
        } else {
            buf_add_str(out, segment);
        }
        at = next ? next : (at && at->type == VALUE_ARRAY ? value_path(at, "0") : NULL);
    }
}

static size_t fatal_count(const struct config *c)
{
    size_t n = 0;

    VEC_EACH (p, &c->problems)
        n += p->fatal;
    return n;
}

/* Refuse what the reader would refuse. `before` may be unreadable: then any fatal problem counts.
 */
static enum err_code check_result(const struct config_schema *s, const char *file,
                                  struct str before, struct str after, const char *path,
                                  struct err *err)
{
    struct config *was = NULL, *now = NULL;
    size_t allowed = 0;
    struct err ignored;
    enum err_code rc = config_parse(s, file, after, NULL, &now, err);

    if (!rc && config_parse(s, file, before, NULL, &was, &ignored) == ERR_OK)
        allowed = fatal_count(was);
    if (!rc && fatal_count(now) > allowed) {
        VEC_EACH (p, &now->problems)
            if (p->fatal && strstr(p->text, path))
                rc = err_set(err, ERR_INPUT, "%s", p->text);
        if (!rc)
            rc = err_set(err, ERR_INPUT, "'%s' cannot have that value", path);
    }
    config_free(was);
    config_free(now);
    return rc;
}

/* An element of a list as a person types it: without the signs of YAML around it. */
static struct str bare(struct str s)
{
    while (s.len && strchr(" [\"'", s.ptr[0]))
        s = (struct str){s.ptr + 1, s.len - 1};
    while (s.len && strchr(" ]\"'", s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* A region that is typed is one of AWS, or could be: as --region has it. Those of a model's
 * provider may be another cloud's. */
static enum err_code check_regions(const struct config_key *k, const char *value, struct err *err)
{
    static const char *const keys[] = {"providers.aws.regions", "aws.accounts[].regions",
                                       "aws.default_region",
                                       "integrations.claude.session_storage.s3.region", NULL};
    struct str rest = str_from(value), one;
    enum err_code rc = ERR_OK;
    size_t i = 0;

    while (k && keys[i] && strcmp(keys[i], k->path) != 0)
        i++;
    if (!k || !keys[i])
        return ERR_OK;
    while (!rc && str_split(&rest, ',', &one)) {
        struct str word = bare(one);
        char *region = xstrndup(word.ptr, word.len);

        if (*region)
            rc = aws_region_check(region, err);
        free(region);
    }
    return rc ? err_wrap(err, "%s", k->path) : ERR_OK;
}

/* Would a text value read as a number or a word if it were written without quotes? */
static bool needs_quotes(const struct config_key *k, const char *value)
{
    struct arena *a;
    const struct value *v;
    struct err ignored;
    bool odd;

    if (!k || k->type == CONFIG_BOOL || k->type == CONFIG_INT || k->type == CONFIG_NUMBER)
        return false;
    a = arena_new(0);
    odd = yaml_parse(a, str_from(value), &v, &ignored) == ERR_OK &&
          (v->type == VALUE_NUMBER || v->type == VALUE_BOOL || v->type == VALUE_NULL);
    arena_free(a);
    return odd && *value;
}

/* Stands in for a value that yaml_edit() would spell otherwise; its first character makes it
 * quoted. */
#define STAND_IN "@runbook-value@"

/* "a, b" as [a, b]: each element is quoted, so that none reads as something else. */
static void add_list(struct buf *out, struct str value)
{
    struct str element;
    struct json_writer w;
    bool first = true;

    buf_addc(out, '[');
    while (str_split(&value, ',', &element)) {
        element = str_trim(element);
        if (!element.len)
            continue;
        buf_adds(out, first ? "" : ", ");
        json_writer_init(&w, out);
        json_string(&w, element);
        first = false;
    }
    buf_addc(out, ']');
}

static enum err_code edit(struct str text, const char *key, const struct config_key *row,
                          const char *value, struct buf *out, struct err *err)
{
    struct buf first = BUF_INIT(CONFIG_MAX_BYTES * 2);
    bool list = row && row->type == CONFIG_STRINGS && strchr(value, ',');
    enum err_code rc;
    ptrdiff_t at;

    if (!list && !needs_quotes(row, value))
        return yaml_edit(out, text, key, str_from(value), err);
    rc = yaml_edit(&first, text, key, STR_LIT(STAND_IN), err);
    at = rc ? -1 : str_find(buf_str(&first), STR_LIT("\"" STAND_IN "\""));
    if (!rc && at < 0)
        rc = err_set(err, ERR_INPUT, "cannot set '%s' in this layout: edit the file", key);
    if (!rc) {
        buf_add(out, first.ptr, (size_t)at);
        if (list)
            add_list(out, str_from(value));
        else
            buf_addf(out, "\"%s\"", value);
        buf_adds(out, first.ptr + at + strlen(STAND_IN) + 2);
    }
    buf_release(&first);
    return rc;
}

enum err_code config_set_text(const struct config_schema *s, const char *file, struct str text,
                              const char *path, const char *value, struct buf *out, struct err *err)
{
    struct arena *a = arena_new(0);
    struct buf key = BUF_INIT(1024), edited = BUF_INIT(CONFIG_MAX_BYTES * 2);
    const struct value *root = NULL;
    enum err_code rc = yaml_parse(a, text, &root, err);

    if (rc) {
        rc = err_wrap(err, "%s", file);
        goto done;
    }
    spelled(root, path, &key);
    rc = check_regions(config_row(s, path), value, err);
    if (!rc)
        rc = edit(text, buf_cstr(&key), config_row(s, path), value, &edited, err);
    if (!rc)
        rc = check_result(s, file, text, buf_str(&edited), path, err);
    if (!rc)
        buf_add_str(out, buf_str(&edited));
done:
    buf_release(&key);
    if (edited.ptr)
        secret_wipe(edited.ptr, edited.len);
    buf_release(&edited);
    arena_free(a);
    return rc;
}

/* Mode of the new file: as before, but closed to others when a secret is in it. */
static unsigned mode_for(const struct config_schema *s, const char *file, struct str text,
                         const struct stat *st)
{
    struct config *c;
    struct err err;
    unsigned mode = st ? (unsigned)st->st_mode & 0777 : 0600;

    if (config_parse(s, file, text, NULL, &c, &err) == ERR_OK) {
        if (config_holds_secret(c))
            mode &= 0700;
        config_free(c);
    }
    return mode;
}

enum err_code config_write_file(const struct config_schema *s, const char *file, struct str text,
                                struct err *err)
{
    char *real = realpath(file, NULL);
    char *target = real ? real : xstrdup(file);
    char *dir = path_dir(target);
    struct stat st;
    bool there = stat(target, &st) == 0;
    enum err_code rc = there ? ERR_OK : dir_make(dir, err);

    if (!rc)
        rc = file_write_atomic(target, text, mode_for(s, file, text, there ? &st : NULL), err);
    free(dir);
    free(target);
    return rc;
}

enum err_code config_set_file(const struct config_schema *s, const char *file, const char *path,
                              const char *value, struct err *err)
{
    struct buf text = BUF_INIT(CONFIG_MAX_BYTES), out = BUF_INIT(CONFIG_MAX_BYTES * 2);
    enum err_code rc = file_exists(file) ? file_read(file, &text, err) : ERR_OK;

    if (!rc)
        rc = config_set_text(s, file, buf_str(&text), path, value, &out, err);
    if (!rc)
        rc = config_write_file(s, file, buf_str(&out), err);
    if (text.ptr)
        secret_wipe(text.ptr, text.len);
    if (out.ptr)
        secret_wipe(out.ptr, out.len);
    buf_release(&text);
    buf_release(&out);
    return rc;
}
