/* demo_chain.c - events on stdin, one JSON object a line ("type", "actor", "ts", "data"), through
 * the journal writer into a new journal: the chain is that of the lines that were written. usage:
 * demo_chain OUT.jsonl (build-aux/demo-strip says when) */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/store/journal.h"

static enum err_code append(struct journal *j, struct arena *a, struct str line, struct err *err)
{
    struct buf data = BUF_INIT(JOURNAL_LINE_MAX);
    const struct value *v;
    struct json_writer w;
    enum err_code rc;
    uint64_t seq;
    int64_t ts;

    rc = json_parse(a, line, &v, err);
    if (!rc && !time_parse(value_str_or(v, "ts", ""), &ts))
        rc = err_set(err, ERR_INPUT, "no time in %.80s", line.ptr);
    if (!rc) {
        json_writer_init(&w, &data);
        json_value(&w, value_get(v, "data"));
        rc = journal_append(j, value_cstr_or(v, "type", ""), value_cstr_or(v, "actor", ""), ts,
                            buf_str(&data), NULL, NULL, &seq, err);
    }
    buf_release(&data);
    return rc;
}

int main(int argc, char **argv)
{
    struct buf in = BUF_INIT((size_t)64 << 20);
    struct arena *a = arena_new(0);
    struct loop *loop = loop_new(clock_system());
    struct journal *j = NULL;
    struct str rest, line;
    struct err err = ERR_INIT;
    enum err_code rc = ERR_INPUT;
    char *dir, *name;

    if (argc != 2 || !str_ends(str_from(argv[1]), ".jsonl"))
        return 2;
    dir = path_dir(argv[1]);
    name = xstrdup(strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1]);
    name[strlen(name) - strlen(".jsonl")] = '\0';
    rc = file_read("/dev/stdin", &in, &err);
    if (!rc)
        rc = journal_create(loop, dir, name, &j, &err);
    for (rest = buf_str(&in); !rc && str_line(&rest, &line);)
        rc = append(j, a, line, &err);
    if (j && journal_close(j, NULL, NULL, &err))
        rc = err.code;
    if (rc)
        fprintf(stderr, "demo_chain: %s\n", err.msg);
    loop_free(loop);
    arena_free(a);
    buf_release(&in);
    free(dir);
    free(name);
    return rc ? 1 : 0;
}
