/* export_file.c - a document into a file: the same for the screen, a replay and plain mode. */
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "src/app/export.h"

#define EXPORT_MAX ((size_t)256 << 20)

static const char *format_of(const char *format, const char *path)
{
    struct str file = str_from(path);

    if (*format)
        return format;
    if (str_ends(file, ".json"))
        return "json";
    return str_ends(file, ".html") || str_ends(file, ".htm") ? "html" : "md";
}

static enum err_code write_document(const struct model *m, const struct export_options *o,
                                    const char *format, struct buf *out, struct err *err)
{
    if (cstr_eq(format, "json"))
        export_json(m, o, out);
    else if (cstr_eq(format, "html"))
        export_html(m, o, out);
    else if (cstr_eq(format, "md"))
        export_markdown(m, o, out);
    else
        return err_set(err, ERR_INPUT, "the format '%s' is none of md, json and html", format);
    return buf_check(out, "the document", err);
}

enum err_code export_file(const struct model *m, const struct export_options *o, const char *format,
                          const char *path, struct buf *ret_said, struct err *err)
{
    struct buf out = BUF_INIT(EXPORT_MAX);
    enum err_code rc;
    char *file;

    format = format_of(format, path);
    file = *path ? path_expand_home(path) : xasprintf("runbook-%s.%s", m->id, format);
    rc = write_document(m, o, format, &out, err);
    if (!rc && file_exists(file))
        rc = err_set(err, ERR_INPUT, "%s exists already: name another file", file);
    if (!rc)
        rc = file_write_atomic(file, buf_str(&out), 0600, err);
    if (!rc)
        buf_addf(ret_said, "Wrote %s (%s, %.1f KB)", file, format, (double)out.len / 1000);
    buf_release(&out);
    free(file);
    return rc;
}
