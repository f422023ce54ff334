/* aws_place.c - see aws_place.h. */
#include "tests/unit/net/aws_place.h"
#include "tests/lib/envtable.h"
#include "tests/lib/tmpdir.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

void place_init(struct place *p)
{
    memset(p, 0, sizeof(*p));
    envtable_clear();
    net_init(&p->net);
    p->dir = tmpdir_new();
    p->old_home = xstrdup(getenv("HOME") ? getenv("HOME") : "/");
    assert_int_equal(setenv("HOME", p->dir, 1), 0);
    buf_init(&p->said, 1 << 20);
}

void place_use(struct place *p, const char *profile)
{
    struct aws_credentials_options o = {
        .profile = profile, .env = envtable_get, .machine_file = "/nonexistent/vendor"};

    aws_credentials_free(p->c);
    p->c = aws_credentials_new(p->net.loop, p->net.client, &o);
}

void place_release(struct place *p)
{
    aws_credentials_free(p->c);
    net_release(&p->net);
    assert_int_equal(setenv("HOME", p->old_home, 1), 0);
    tmpdir_free(p->dir);
    free(p->old_home);
    buf_release(&p->said);
}

void place_file(struct place *p, const char *name, const char *text)
{
    char *path = path_join(p->dir, name), *dir = path_dir(path);
    struct err err = ERR_INIT;

    assert_ok(dir_make(dir, &err), &err);
    assert_ok(file_write_atomic(path, str_from(text), 0700, &err), &err);
    free(path);
    free(dir);
}

void place_on_keys(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct place *p = ctx;

    p->told++;
    if (keys)
        buf_addf(&p->said, "%s %.*s/%.*s/%.*s\n", keys->from,
                 STR_FMT(secret_reveal(keys->access_key)), STR_FMT(secret_reveal(keys->secret_key)),
                 STR_FMT(secret_reveal(keys->session_token)));
    else
        buf_addf(&p->said, "%s\n", err->msg);
}

void place_check(struct place *p, const char *wanted)
{
    buf_clear(&p->said);
    p->told = 0;
    assert_int_not_equal(aws_credentials_get(p->c, place_on_keys, p), 0);
    assert_int_equal(p->told, 0); /* never nested */
    net_wait(&p->net, &p->told);
    if (!strstr(buf_cstr(&p->said), wanted))
        fail_msg("%s is not in %s", wanted, buf_cstr(&p->said));
    assert_int_equal(p->told, 1);
}

enum aws_state place_peek(struct place *p)
{
    struct aws_keys keys;
    struct err err = ERR_INIT;

    return aws_credentials_peek(p->c, &keys, &err);
}
