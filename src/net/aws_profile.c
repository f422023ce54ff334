/* aws_profile.c - see aws_profile.h. */
#include "src/net/aws_profile.h"

#include <stddef.h>

static const struct {
    const char *name;
    size_t at;
} fields[] = {
#define FIELD_ROW(name) {#name, offsetof(struct aws_profile, name)},
    AWS_PROFILE_FIELDS(FIELD_ROW)};

/* "[ profile  work ]" as its kind and name; false: it is no header. */
static bool read_header(struct str line, struct str *ret_kind, struct str *ret_name)
{
    ptrdiff_t end = str_find(line, STR_LIT("]"));
    struct str inner;

    if (!str_starts(line, "[") || end < 0)
        return false;
    inner = str_trim((struct str){line.ptr + 1, (size_t)end - 1});
    *ret_kind = (struct str){"", 0};
    *ret_name = inner;
    for (size_t i = 0; i < inner.len; i++) {
        if (inner.ptr[i] != ' ' && inner.ptr[i] != '\t')
            continue;
        *ret_kind = (struct str){inner.ptr, i};
        *ret_name = str_trim((struct str){inner.ptr + i, inner.len - i});
        break;
    }
    return true;
}

/* A comment may stand behind a value, after a blank. */
static struct str without_comment(struct str value)
{
    for (size_t i = 1; i < value.len; i++) {
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') &&
            (value.ptr[i - 1] == ' ' || value.ptr[i - 1] == '\t'))
            value.len = i;
    }
    return str_trim(value);
}

static void set_field(struct arena *a, struct str line, struct aws_profile *ret)
{
    struct str name;

    if (!str_split(&line, '=', &name))
        return;
    name = str_trim(name);
    line = without_comment(str_trim(line));
    for (size_t i = 0; line.len && i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char **field = (const char **)(void *)((char *)ret + fields[i].at);

        if (str_eq_c(name, fields[i].name) && !*field)
            *field = arena_str(a, line);
    }
}

/* Lines that begin with a blank belong to the one before (nested settings) and are none of ours. */
static void read_section(struct arena *a, struct str text, const char *kind, const char *name,
                         struct aws_profile *ret)
{
    struct str line, is_kind, is_name;
    bool in = false;

    while (str_line(&text, &line)) {
        if (!line.len || line.ptr[0] == '#' || line.ptr[0] == ';')
            continue;
        if (read_header(str_trim(line), &is_kind, &is_name)) {
            in = str_eq_c(is_kind, kind) && str_eq_c(is_name, name);
            ret->found = ret->found || in;
        } else if (in && line.ptr[0] != ' ' && line.ptr[0] != '\t') {
            set_field(a, line, ret);
        }
    }
}

void aws_profile_read(struct arena *a, struct str credentials, struct str config, const char *name,
                      struct aws_profile *ret)
{
    struct aws_profile session = {0};

    *ret = (struct aws_profile){0};
    read_section(a, credentials, "", name, ret);
    read_section(a, config, "profile", name, ret);
    if (strcmp(name, "default") == 0)
        read_section(a, config, "", name, ret);
    if (!ret->sso_session)
        return;
    read_section(a, config, "sso-session", ret->sso_session, &session);
    if (!ret->sso_start_url)
        ret->sso_start_url = session.sso_start_url;
    if (!ret->sso_region)
        ret->sso_region = session.sso_region;
}

static bool is_nested(struct str line)
{
    return line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
}

const char *aws_profile_nested(struct arena *a, struct str config, const char *kind,
                               const char *name, const char *block, const char *key)
{
    struct str line, is_kind, is_name, field;
    bool in = false, inside = false;
    const char *found = NULL;

    while (!found && str_line(&config, &line)) {
        if (!str_trim(line).len || *str_trim(line).ptr == '#' || *str_trim(line).ptr == ';')
            continue;
        if (!is_nested(line) && read_header(str_trim(line), &is_kind, &is_name)) {
            in = str_eq_c(is_kind, kind) && str_eq_c(is_name, name);
            inside = false;
        } else if (in && !is_nested(line)) {
            inside = str_split(&line, '=', &field) && str_eq_c(str_trim(field), block) &&
                     !str_trim(line).len;
        } else if (in && inside && str_split(&line, '=', &field) &&
                   str_eq_c(str_trim(field), key)) {
            line = without_comment(str_trim(line));
            found = line.len ? arena_str(a, line) : NULL;
        }
    }
    return found;
}
