/* look.h - a look at a machine by one constant script, for tools whose reading is no bundle.
 * A script (look/NAME.sh, compiled in, after common.sh) prints lines "KIND<TAB>FIELD<TAB>...", the
 * last of them "end". Lines of kind "gap" say what could not be seen, one of kind "error" that
 * there is nothing to look at; "|" begins a line of raw text. What is outside comes as $1 $2 and
 * never as text of a script. Everything that is read is bounded here, whatever the machine says. */
#ifndef RUNBOOK_TOOL_LOOK_H
#define RUNBOOK_TOOL_LOOK_H

#include "host_common.h"

#define LOOK_FIELDS 12
#define LOOK_LINES_MAX 20000
#define LOOK_FIELD_MAX 4096

struct look_script {
    const char *name, *text;
};
extern const struct look_script look_scripts[]; /* made from look/; ends with a NULL name */

struct look_line {
    const char *kind;
    const char *f[LOOK_FIELDS]; /* "" where there is none */
};

struct look {
    const char *host;
    int64_t now_ms;
    const struct value *args; /* of the call */
    struct arena *arena;
    VEC(struct look_line) lines; /* without gaps and end */
    VEC(struct host_gap) gaps;
    struct json_writer *out;
    char *summary; /* 256 bytes */
    int64_t rows;
};

/* Write the members of one JSON object, without "host" and "gaps". */
typedef enum err_code look_render_fn(struct look *k, struct err *err);

struct look_def {
    const char *script; /* NAME of look/NAME.sh */
    int64_t timeout_ms;
    look_render_fn *render;
};

/* The whole script; the caller frees. */
char *look_text(const char *name);
/* Run it with `argv` (NULL-terminated) and finish the call in all cases. */
void look_start(struct tool_call *c, const struct look_def *d, const char *const *argv);
void look_cancel(struct tool_call *c);
/* Pure, for tests too: what the machine printed becomes the document. ERR_NOT_FOUND: it said
 * "error"; ERR_REMOTE: it printed nothing that is known. */
enum err_code look_document(const struct look_def *d, const char *host, const struct value *args,
                            int64_t now_ms, struct str said, struct buf *body, char summary[256],
                            int64_t *ret_rows, struct err *err);

/* ---- for render() ---- */
/* The first line of that kind whose first field is `key`; NULL: any. NULL: there is none. */
const struct look_line *look_find(const struct look *k, const char *kind, const char *key);
double look_num(const char *text); /* NAN: it is no number */
int64_t look_int(const char *text, int64_t fallback);
/* A value of "value<TAB>KEY<TAB>VALUE" lines; NULL: none. */
const char *look_value(const struct look *k, const char *key);

/* A path that may be handed to a script: absolute, no control characters, no "..". */
bool look_path_ok(const char *path);
void look_refuse(struct tool_call *c, const char *param, const char *value, const char *want);

extern const struct look_def look_audit, look_capacity, look_reclaim, look_filesystem, look_group,
    look_git, look_unit, look_names, look_capture;

#endif
