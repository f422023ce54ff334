/* bundle.c - reading and writing bundles, see host.h.
 *
 *     RBHOST1 <token>
 *
 *     <token> <phase> <status> <name>
 *     ...bytes...
 *     <token> end
 *
 * A mark is a line feed, the token and a blank; the line feed before it belongs to the mark. The
 * token is random for each collection and reaches a remote shell through its standard input, so
 * that no process name, path or log line can hold it. Invariant: sections borrow from the bytes, in
 * their order. */
#include "runbook/service/host.h"

#include <stdio.h>

#define TOKEN_MIN 8
#define TOKEN_MAX 80
#define SECTIONS_MAX 20000

static const struct {
    const char *word;
    enum err_code code;
} statuses[] = {
    {"ok", ERR_OK},       {"denied", ERR_DENIED},   {"missing", ERR_NOT_FOUND},
    {"limit", ERR_LIMIT}, {"timeout", ERR_TIMEOUT}, {"failed", ERR_IO},
};

void host_bundle_begin(struct buf *out, const char *token)
{
    buf_addf(out, "RBHOST1 %s\n", token);
}

void host_bundle_section(struct buf *out, const char *token, const char *name, int phase,
                         enum err_code err)
{
    const char *word = "failed";

    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        if (statuses[i].code == err)
            word = statuses[i].word;
    }
    buf_addf(out, "\n%s %d %s %s\n", token, phase, word, name);
}

void host_bundle_end(struct buf *out, const char *token)
{
    buf_addf(out, "\n%s end\n", token);
}

static bool read_token(struct str *rest, char mark[TOKEN_MAX + 3], struct err *err)
{
    struct str line, word;

    if (!str_line(rest, &line) || !str_starts(line, "RBHOST1 ")) {
        err_set(err, ERR_INPUT, "this is no host bundle: it must begin with \"RBHOST1 TOKEN\"");
        return false;
    }
    word = str_trim((struct str){line.ptr + 8, line.len - 8});
    if (word.len < TOKEN_MIN || word.len > TOKEN_MAX || memchr(word.ptr, ' ', word.len)) {
        err_set(err, ERR_INPUT, "host bundle: its token must have %d to %d characters, no blanks",
                TOKEN_MIN, TOKEN_MAX);
        return false;
    }
    snprintf(mark, TOKEN_MAX + 3, "\n%.*s ", STR_FMT(word));
    return true;
}

static enum err_code status_code(struct str word)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        if (str_eq_c(word, statuses[i].word))
            return statuses[i].code;
    }
    return ERR_IO;
}

/* "<phase> <status> <name>", or "end": then false. */
static bool read_head(struct host_bundle *b, struct str line, struct host_section *ret)
{
    struct str phase, status;

    if (str_eq_c(line, "end")) {
        b->complete = true;
        return false;
    }
    if (!str_split(&line, ' ', &phase) || !str_split(&line, ' ', &status) || !line.ptr)
        return false;
    ret->phase = str_eq_c(phase, "1") ? 1 : 0;
    ret->err = status_code(status);
    ret->name = line;
    return true;
}

/* Cut a line off, leaving its line feed in *rest. */
static bool cut_line(struct str *rest, struct str *ret)
{
    const char *nl = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (!nl)
        return false;
    *ret = (struct str){rest->ptr, (size_t)(nl - rest->ptr)};
    *rest = (struct str){nl, rest->len - ret->len};
    return true;
}

enum err_code host_bundle_read(struct host_bundle *b, struct str bytes, struct err *err)
{
    char mark_text[TOKEN_MAX + 3];
    struct str mark, line;
    ptrdiff_t at;

    *b = (struct host_bundle){0};
    if (!read_token(&bytes, mark_text, err))
        return err->code;
    mark = str_from(mark_text);
    at = str_find(bytes, mark);
    while (at >= 0 && b->sections.count < SECTIONS_MAX) {
        struct host_section s = {0};

        bytes = (struct str){bytes.ptr + at + mark.len, bytes.len - (size_t)at - mark.len};
        if (!cut_line(&bytes, &line) || !read_head(b, line, &s))
            break;
        at = str_find(bytes, mark);
        /* The line feed that ends a head may be the one that begins the next mark. */
        s.data = (struct str){bytes.ptr + 1, at < 0 ? bytes.len - 1 : at ? (size_t)at - 1 : 0};
        *VEC_PUSH(&b->sections) = s;
    }
    return ERR_OK;
}

void host_bundle_release(struct host_bundle *b)
{
    VEC_RELEASE(&b->sections);
}

const struct host_section *host_bundle_find(const struct host_bundle *b, const char *name,
                                            int phase)
{
    for (size_t i = 0; i < b->sections.count; i++) {
        const struct host_section *s = &b->sections.items[i];

        if (s->phase == phase && str_eq_c(s->name, name))
            return s;
    }
    return NULL;
}
