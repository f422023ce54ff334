/* journal_scene.c - see journal_scene.h. */
#include "tests/unit/store/journal_scene.h"
#include "tests/lib/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"

int scene_set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->path = xasprintf("%s/s1.jsonl", f->dir);
    f->loop = loop_new(clock_system());
    *state = f;
    return 0;
}

int scene_tear_down(void **state)
{
    struct fixture *f = *state;

    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

struct journal *scene_make(struct fixture *f)
{
    struct journal *j;
    struct err err;

    assert_ok(journal_create(f->loop, f->dir, "s1", &j, &err), &err);
    return j;
}

void scene_add(struct journal *j, int n)
{
    struct err err;
    uint64_t seq;
    char data[64];

    snprintf(data, sizeof(data), "{\"n\":%d,\"text\":\"\xc3\xa9\"}", n);
    assert_ok(journal_append(j, "user.message", "us\"er", 1770199200123, str_from(data), NULL, NULL,
                             &seq, &err),
              &err);
    assert_int_equal(seq, n);
}

void scene_close_ok(struct journal *j)
{
    struct err err;

    assert_ok(journal_close(j, NULL, NULL, &err), &err);
}

void scene_make_lines(struct fixture *f, int count)
{
    struct journal *j = scene_make(f);

    for (int i = 1; i <= count; i++)
        scene_add(j, i);
    scene_close_ok(j);
}

void scene_slurp(const char *path, struct buf *out)
{
    struct err err;

    buf_init(out, 1 << 20);
    assert_ok(file_read(path, out, &err), &err);
}

void scene_spit(const char *path, struct str s)
{
    struct err err;
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

    assert_ok(fd_write_all(fd, s, &err), &err);
    close(fd);
}

void scene_verify(const char *path, struct journal_report *rep)
{
    struct err err;

    assert_ok(journal_read(path, true, NULL, NULL, rep, &err), &err);
}
