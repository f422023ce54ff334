/* accounts_file.c - see accounts_file.h. YAML is read for where things stand, and changed by
 * lines. */
#include "src/app/accounts_file.h"

#include <ctype.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/arena.h"
#include "runbook/codec/json.h"
#include "runbook/codec/yaml.h"
#include "runbook/service/aws/endpoint.h"

#define FILE_MAX ((size_t)1 << 20)
#define NAME_MAX_CHARS 64

/* ---- what may be written ---- */

static bool is_name(const char *s)
{
    size_t n = strlen(s);

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("._-", s[i]))
            return false;
    return n > 0 && *s != '-' && n <= NAME_MAX_CHARS && strcmp(s, "all") != 0;
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.ptr[i]))
            return false;
    return s.len == 12;
}

/* "arn:aws:iam::123456789012:role/path/name"; *ret is the number. */
static bool split_arn(const char *arn, const char *what, struct str *ret)
{
    struct str rest = str_from(arn), part[6] = {{0}};
    size_t n = 0;

    for (size_t i = 0; i < rest.len; i++)
        if ((unsigned char)rest.ptr[i] <= ' ' || (unsigned char)rest.ptr[i] >= 0x7f ||
            strchr("\"'\\", rest.ptr[i]))
            return false;
    while (n < 5 && str_split(&rest, ':', &part[n]))
        n++;
    *ret = part[4];
    return n == 5 && str_eq_c(part[0], "arn") && str_starts(part[1], "aws") &&
           str_eq_c(part[2], "iam") && is_number(part[4]) && str_starts(rest, what) &&
           rest.len > strlen(what);
}

enum err_code account_check_name(const char *name, struct err *err)
{
    if (is_name(name))
        return ERR_OK;
    return err_set(err, ERR_INPUT,
                   "'%.70s' is no name for an account: letters, digits, . _ and -, at most %d",
                   name, NAME_MAX_CHARS);
}

enum err_code account_check_role(const char *arn, struct err *err)
{
    struct str number;

    if (split_arn(arn, "role/", &number))
        return ERR_OK;
    return err_set(err, ERR_INPUT,
                   "'%.100s' is no ARN of a role; one is arn:aws:iam::123456789012:role/reader",
                   arn);
}

enum err_code account_check_device(const char *serial, struct err *err)
{
    struct str number;

    if (split_arn(serial, "mfa/", &number) || is_name(serial))
        return ERR_OK;
    return err_set(err, ERR_INPUT,
                   "'%.100s' is no ARN of a device; one is arn:aws:iam::123456789012:mfa/me",
                   serial);
}

enum err_code account_check(const struct new_account *a, struct err *err)
{
    if (account_check_name(a->name, err))
        return err->code;
    if (!a->profile && !a->role_arn)
        return err_set(err, ERR_INPUT,
                       "say whose keys it has: --role-arn ARN, --profile NAME, or both");
    if (a->role_arn && account_check_role(a->role_arn, err))
        return err_wrap(err, "--role-arn");
    if (a->mfa_serial && account_check_device(a->mfa_serial, err))
        return err_wrap(err, "--mfa-serial");
    if (a->number && *a->number && !is_number(str_from(a->number)))
        return err_set(err, ERR_INPUT, "--number: an account has 12 digits");
    if (a->external_id && !a->role_arn)
        return err_set(err, ERR_INPUT, "--external-id is for a role: give --role-arn, too");
    for (size_t i = 0; i < a->region_count; i++)
        if (aws_region_check(a->regions[i], err))
            return err_wrap(err, "--region");
    return ERR_OK;
}

/* ---- lines ---- */

/* Where line `n` (from 1) begins; behind the last one the end. */
static size_t line_at(struct str text, size_t n)
{
    size_t at = 0;

    for (size_t i = 1; i < n; i++) {
        const char *nl = memchr(text.ptr + at, '\n', text.len - at);

        if (!nl)
            return text.len;
        at = (size_t)(nl - text.ptr) + 1;
    }
    return at;
}

static size_t next_line(struct str text, size_t at)
{
    const char *nl = memchr(text.ptr + at, '\n', text.len - at);

    return nl ? (size_t)(nl - text.ptr) + 1 : text.len;
}

static size_t indent_at(struct str text, size_t at)
{
    size_t n = 0;

    while (at + n < text.len && text.ptr[at + n] == ' ')
        n++;
    return n;
}

/* Nothing but blanks or a comment. */
static bool is_empty_line(struct str text, size_t at)
{
    at += indent_at(text, at);
    return at >= text.len || text.ptr[at] == '\n' || text.ptr[at] == '\r' || text.ptr[at] == '#';
}

/* Where the item that begins on the line at `at` ends: behind its last line that says anything. */
static size_t item_end(struct str text, size_t at)
{
    size_t dash = indent_at(text, at), end = next_line(text, at);

    for (size_t l = end; l < text.len; l = next_line(text, l)) {
        if (is_empty_line(text, l))
            continue;
        if (indent_at(text, l) <= dash)
            break;
        end = next_line(text, l);
    }
    return end;
}

static const struct value *member(const struct value *v, const char *snake, const char *camel)
{
    const struct value *m = value_get(v, snake);

    return m ? m : value_get(v, camel);
}

static bool same_account(const struct value *item, const char *name)
{
    const struct value *n = member(item, "account_id", "accountId");

    return str_eq_c(value_str_or(item, "name", ""), name) ||
           (n && n->type == VALUE_STRING && str_eq_c(n->u.string, name));
}

/* ---- what is written ---- */

static void put_field(struct buf *out, size_t indent, bool camel, const char *snake,
                      const char *camels, const char *value)
{
    struct json_writer w;

    if (!value || !*value)
        return;
    buf_addf(out, "%*s%s: ", (int)indent, "", camel ? camels : snake);
    json_writer_init(&w, out);
    json_cstring(&w, value); /* a string of JSON is one of YAML */
    buf_addc(out, '\n');
}

static void put_item(struct buf *out, size_t indent, bool camel, const struct new_account *a)
{
    struct str number = {0};

    buf_addf(out, "%*s- name: \"%s\"\n", (int)indent, "", a->name);
    indent += 2;
    if (a->number && *a->number)
        number = str_from(a->number);
    else if (a->role_arn)
        (void)split_arn(a->role_arn, "role/", &number);
    if (number.len)
        buf_addf(out, "%*s%s: \"%.*s\"\n", (int)indent, "", camel ? "accountId" : "account_id",
                 STR_FMT(number));
    put_field(out, indent, camel, "profile", "profile", a->profile);
    put_field(out, indent, camel, "role_arn", "roleArn", a->role_arn);
    put_field(out, indent, camel, "external_id", "externalId", a->external_id);
    put_field(out, indent, camel, "mfa_serial", "mfaSerial", a->mfa_serial);
    if (a->region_count) {
        buf_addf(out, "%*sregions: [", (int)indent, "");
        for (size_t i = 0; i < a->region_count; i++)
            buf_addf(out, "%s%s", i ? ", " : "", a->regions[i]);
        buf_adds(out, "]\n");
    }
    if (a->is_default)
        buf_addf(out, "%*s%s: true\n", (int)indent, "", camel ? "isDefault" : "is_default");
}

static bool is_camel(struct str text)
{
    static const char *const words[] = {"roleArn", "accountId", "externalId", "isDefault",
                                        "defaultRegion"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_find(text, str_from(words[i])) >= 0)
            return true;
    return false;
}

static enum err_code layout(const char *file, const struct value *v, struct err *err)
{
    return err_set(err, ERR_INPUT,
                   "%s:%u: accounts stand here in a form that is not changed by a program: write "
                   "them one below the other, each behind a dash",
                   file, v ? v->line : 1);
}

/* Text with `more` put in at `at`, on lines of its own. */
static void insert(struct buf *out, struct str text, size_t at, const struct buf *more)
{
    buf_add(out, text.ptr, at);
    if (at && text.ptr[at - 1] != '\n')
        buf_addc(out, '\n');
    buf_add_str(out, buf_str(more));
    buf_add(out, text.ptr + at, text.len - at);
}

/* Behind the last account. */
static enum err_code add_last(const char *file, struct str text, const struct value *list,
                              const struct new_account *a, struct buf *out, struct err *err)
{
    const struct value *last = value_at(list, value_count(list) - 1);
    size_t at = line_at(text, last->line), dash = indent_at(text, at);
    struct buf item = BUF_INIT(FILE_MAX);

    if (at + dash >= text.len || text.ptr[at + dash] != '-')
        return layout(file, last, err);
    put_item(&item, dash, is_camel(text), a);
    insert(out, text, item_end(text, at), &item);
    buf_release(&item);
    return ERR_OK;
}

/* The line that holds `word:` at or above the value's. */
static bool key_line(struct str text, const struct value *v, const char *word, size_t *ret)
{
    for (uint32_t n = v->line; n >= 1; n--) {
        size_t at = line_at(text, n), i = at + indent_at(text, at);
        struct str rest = {text.ptr + i, text.len - i};

        if (!str_starts(rest, word) || rest.len <= strlen(word) || rest.ptr[strlen(word)] != ':')
            continue;
        *ret = at;
        return true;
    }
    return false;
}

/* "accounts:" or "accounts: []": what stands behind the colon goes. */
static enum err_code add_first(const char *file, struct str text, const struct value *list,
                               const struct new_account *a, struct buf *out, struct err *err)
{
    struct buf item = BUF_INIT(FILE_MAX);
    size_t at, end, colon;

    if (!key_line(text, list, "accounts", &at))
        return layout(file, list, err);
    end = next_line(text, at);
    colon = at + indent_at(text, at) + strlen("accounts:");
    put_item(&item, indent_at(text, at) + 2, is_camel(text), a);
    buf_add(out, text.ptr, colon);
    buf_addc(out, '\n');
    buf_add_str(out, buf_str(&item));
    buf_add(out, text.ptr + end, text.len - end);
    buf_release(&item);
    return ERR_OK;
}

/* There is "aws:" without accounts, or not even that. */
static enum err_code add_list(const char *file, struct str text, const struct value *root,
                              const struct new_account *a, struct buf *out, struct err *err)
{
    const struct value *aws = value_get(root, "aws");
    struct buf more = BUF_INIT(FILE_MAX);
    size_t at = text.len, indent = 2;

    if (aws &&
        (aws->type == VALUE_ARRAY || aws->type == VALUE_STRING || !key_line(text, aws, "aws", &at)))
        return layout(file, aws, err);
    if (aws && aws->type == VALUE_OBJECT && value_count(aws)) {
        size_t first = line_at(text, aws->line);

        if (first <= at) /* aws: {...} on one line */
            return layout(file, aws, err);
        indent = indent_at(text, first);
    }
    if (aws)
        at = next_line(text, at);
    else
        buf_adds(&more, value_count(root) ? "aws:\n" : "version: 1\naws:\n");
    buf_addf(&more, "%*saccounts:\n", (int)indent, "");
    put_item(&more, indent + 2, is_camel(text), a);
    insert(out, text, at, &more);
    buf_release(&more);
    return ERR_OK;
}

/* ---- the default ---- */

/* "true" of the others becomes "false", where it stands. */
static void undefault(struct str text, const struct value *list, struct buf *out)
{
    size_t from = 0;

    VALUE_EACH (it, list) {
        const struct value *d = member(it, "is_default", "isDefault");
        size_t at = d ? line_at(text, d->line) + d->col - 1 : 0;

        if (!d || d->type != VALUE_BOOL || !d->u.boolean || at < from || at + 4 > text.len ||
            memcmp(text.ptr + at, "true", 4) != 0)
            continue;
        buf_add(out, text.ptr + from, at - from);
        buf_adds(out, "false");
        from = at + 4;
    }
    buf_add(out, text.ptr + from, text.len - from);
}

/* ---- all of it ---- */

/* Read back: all that was there, and what was added or not what was taken away. */
static enum err_code check_result(const char *file, struct str text, const char *name, bool there,
                                  size_t count, struct err *err)
{
    struct config *c = NULL;
    enum err_code rc = config_parse(&services_schema, file, text, NULL, &c, err);
    bool found = false;

    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < config_problem_count(c); i++)
        if (config_problem(c, i)->fatal)
            rc = err_set(err, ERR_INPUT, "%s:%u: %s", file, config_problem(c, i)->line,
                         config_problem(c, i)->text);
    for (size_t i = 0; i < config_count(c, "aws.accounts"); i++) {
        struct buf path = BUF_INIT(128);

        buf_addf(&path, "aws.accounts.%zu.name", i);
        found = found || strcmp(config_str(c, buf_cstr(&path)), name) == 0;
        buf_release(&path);
    }
    if (!rc && (found != there || config_count(c, "aws.accounts") != count))
        rc = err_set(err, ERR_INPUT, "%s: accounts cannot be changed in this layout: edit the file",
                     file);
    config_free(c);
    return rc;
}

static enum err_code parse(struct arena *arena, const char *file, struct str text,
                           const struct value **root, const struct value **list, struct err *err)
{
    *root = *list = NULL;
    if (yaml_parse(arena, text, root, err))
        return err_wrap(err, "%s", file);
    if ((*root)->type != VALUE_OBJECT && (*root)->type != VALUE_NULL)
        return err_set(err, ERR_INPUT, "%s: a services.yaml holds keys, such as aws:", file);
    *list = value_get(value_get(*root, "aws"), "accounts");
    if (*list && (*list)->type != VALUE_ARRAY && (*list)->type != VALUE_NULL)
        return err_set(err, ERR_INPUT, "%s:%u: aws.accounts has to be a list", file, (*list)->line);
    return ERR_OK;
}

enum err_code accounts_add_text(const char *file, struct str text, const struct new_account *a,
                                struct buf *out, struct err *err)
{
    struct arena *arena = arena_new(0);
    struct buf first = BUF_INIT(FILE_MAX);
    const struct value *root, *list;
    enum err_code rc = parse(arena, file, text, &root, &list, err);

    VALUE_EACH (it, list)
        if (!rc && same_account(it, a->name))
            rc = err_set(err, ERR_INPUT,
                         "%s:%u: there is an account '%s' already; runbook accounts remove %s "
                         "takes it away",
                         file, it->line, a->name, a->name);
    if (!rc && a->is_default && value_count(list)) {
        undefault(text, list, &first);
        text = (struct str){arena_str(arena, buf_str(&first)), first.len};
        rc = parse(arena, file, text, &root, &list, err);
    }
    if (rc)
        goto done;
    if (value_count(list))
        rc = add_last(file, text, list, a, out, err);
    else if (list)
        rc = add_first(file, text, list, a, out, err);
    else
        rc = add_list(file, text, root, a, out, err);
    if (!rc)
        rc = check_result(file, buf_str(out), a->name, true, value_count(list) + 1, err);
done:
    buf_release(&first);
    arena_free(arena);
    return rc;
}

enum err_code accounts_remove_text(const char *file, struct str text, const char *name,
                                   struct buf *out, struct err *err)
{
    struct arena *arena = arena_new(0);
    const struct value *root, *list, *found = NULL;
    enum err_code rc = parse(arena, file, text, &root, &list, err);
    size_t at, end;

    VALUE_EACH (it, list)
        if (!rc && same_account(it, name))
            found = it;
    if (!rc && !found)
        rc = err_set(err, ERR_NOT_FOUND, "%s has no account '%.70s'", file, name);
    if (!rc) {
        at = line_at(text, found->line);
        end = item_end(text, at);
        if (at + indent_at(text, at) >= text.len || text.ptr[at + indent_at(text, at)] != '-') {
            rc = layout(file, found, err);
        } else {
            buf_add(out, text.ptr, at);
            buf_add(out, text.ptr + end, text.len - end);
            rc = check_result(file, buf_str(out), arena_str(arena, value_str_or(found, "name", "")),
                              false, value_count(list) - 1, err);
        }
    }
    arena_free(arena);
    return rc;
}

/* ---- what is watched ---- */

static void put_services(struct buf *out, const char *const *services, size_t count)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", services[i]);
    buf_addc(out, ']');
}

/* A list that stands there under that key: in brackets, or below it. */
static enum err_code replace_list(const char *file, struct str text, const struct value *list,
                                  const char *word, const struct buf *now, struct buf *out,
                                  struct err *err)
{
    size_t at = line_at(text, list->line) + list->col - 1, key, end;
    const char *close = at < text.len ? memchr(text.ptr + at, ']', text.len - at) : NULL;

    if (at < text.len && text.ptr[at] == '[' && close) {
        buf_add(out, text.ptr, at);
        end = (size_t)(close - text.ptr) + 1;
    } else if (key_line(text, list, word, &key)) {
        size_t colon = key + indent_at(text, key) + strlen(word) + 1;

        end = next_line(text, key);
        while (end < text.len &&
               (indent_at(text, end) > indent_at(text, key) ||
                (indent_at(text, end) == indent_at(text, key) &&
                 text.ptr[end + indent_at(text, end)] == '-')) &&
               !is_empty_line(text, end))
            end = next_line(text, end);
        buf_add(out, text.ptr, colon);
        buf_addc(out, ' ');
        end = end > key && text.ptr[end - 1] == '\n' ? end - 1 : end;
    } else {
        return layout(file, list, err);
    }
    buf_add_str(out, buf_str(now));
    buf_add(out, text.ptr + end, text.len - end);
    return ERR_OK;
}

static enum err_code check_services(const char *file, struct str text, size_t count,
                                    struct err *err)
{
    struct config *c = NULL;
    enum err_code rc = config_parse(&services_schema, file, text, NULL, &c, err);

    for (size_t i = 0; !rc && i < config_problem_count(c); i++)
        if (config_problem(c, i)->fatal)
            rc = err_set(err, ERR_INPUT, "%s:%u: %s", file, config_problem(c, i)->line,
                         config_problem(c, i)->text);
    if (!rc && config_count(c, "aws.services") != count)
        rc =
            err_set(err, ERR_INPUT, "%s: aws.services cannot be changed here: edit the file", file);
    config_free(c);
    return rc;
}

enum err_code accounts_scope_text(const char *file, struct str text, const char *const *services,
                                  size_t count, struct buf *out, struct err *err)
{
    struct arena *arena = arena_new(0);
    struct buf now = BUF_INIT(FILE_MAX), all = BUF_INIT(FILE_MAX);
    const struct value *root, *list;
    enum err_code rc = parse(arena, file, text, &root, &list, err);

    list = rc ? NULL : value_get(value_get(root, "aws"), "services");
    put_services(&now, services, count);
    for (size_t i = 0; i < count; i++)
        buf_addf(&all, "%s,", services[i]);
    if (!count)
        buf_addc(&all, ',');
    if (!rc && list && list->type == VALUE_ARRAY)
        rc = replace_list(file, text, list, "services", &now, out, err);
    else if (!rc)
        rc =
            config_set_text(&services_schema, file, text, "aws.services", buf_cstr(&all), out, err);
    if (!rc)
        rc = check_services(file, buf_str(out), count, err);
    buf_release(&now);
    buf_release(&all);
    arena_free(arena);
    return rc;
}

/* ---- regions of one account ---- */

/* Behind the line with its dash. */
static enum err_code insert_regions(const char *file, struct str text, const struct value *item,
                                    const struct buf *now, struct buf *out, struct err *err)
{
    size_t at = line_at(text, item->line), dash = indent_at(text, at);
    struct buf line = BUF_INIT(FILE_MAX);

    if (at + dash >= text.len || text.ptr[at + dash] != '-')
        return layout(file, item, err);
    buf_addf(&line, "%*sregions: %s\n", (int)dash + 2, "", buf_cstr(now));
    insert(out, text, next_line(text, at), &line);
    buf_release(&line);
    return ERR_OK;
}

enum err_code accounts_regions_text(const char *file, struct str text, const char *name,
                                    const char *const *regions, size_t count, struct buf *out,
                                    struct err *err)
{
    struct arena *arena = arena_new(0);
    struct buf now = BUF_INIT(FILE_MAX);
    const struct value *root, *list, *found = NULL, *old;
    enum err_code rc = parse(arena, file, text, &root, &list, err);

    VALUE_EACH (it, list)
        if (!rc && same_account(it, name))
            found = it;
    if (!rc && !found)
        rc = err_set(err, ERR_NOT_FOUND, "%s has no account '%.70s'", file, name);
    old = rc ? NULL : value_get(found, "regions");
    put_services(&now, regions, count);
    if (!rc && old && old->type == VALUE_ARRAY)
        rc = replace_list(file, text, old, "regions", &now, out, err);
    else if (!rc)
        rc = old ? layout(file, old, err) : insert_regions(file, text, found, &now, out, err);
    if (!rc)
        rc = check_result(file, buf_str(out), arena_str(arena, value_str_or(found, "name", "")),
                          true, value_count(list), err);
    buf_release(&now);
    arena_free(arena);
    return rc;
}
