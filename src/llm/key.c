/* key.c - where a key comes from: the configuration, a command, a file of our own, the environment,
 * the keychain. What goes wrong is said without what was read. */
#include "src/llm/llm_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define FILE_MAX_BYTES ((size_t)64 << 10)

void key_set_clear(struct key_set *k)
{
    secret_free(k->key);
    secret_free(k->aws_id);
    secret_free(k->aws_secret);
    secret_free(k->aws_token);
    *k = (struct key_set){0};
}

struct secret *key_of_output(struct str out)
{
    struct str line;

    if (!str_line(&out, &line))
        return NULL;
    return secret_new(str_trim(line));
}

/* ---- a file ---- */

static enum err_code check_file(const char *path, const struct stat *st, struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, ERR_INPUT, "llm.api_key_file: %s is no file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(err, ERR_DENIED,
                       "llm.api_key_file: %s belongs to another user; make it your own", path);
    if (st->st_mode & 077)
        return err_set(err, ERR_DENIED,
                       "llm.api_key_file: others can read %s (mode %03o); run: chmod 600 %s", path,
                       (unsigned)(st->st_mode & 0777), path);
    return ERR_OK;
}

static enum err_code read_file(const char *path, struct secret **ret, struct err *err)
{
    char text[4096];
    struct stat st;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum err_code rc;

    if (fd < 0)
        return err_errno(err, errno, "llm.api_key_file: %s", path);
    if (fstat(fd, &st)) {
        rc = err_errno(err, errno, "llm.api_key_file: %s", path);
        close(fd);
        return rc;
    }
    rc = check_file(path, &st, err);
    n = rc ? -1 : read(fd, text, sizeof(text));
    if (!rc && n < 0)
        rc = err_errno(err, errno, "llm.api_key_file: %s", path);
    close(fd);
    if (rc)
        return rc;
    *ret = key_of_output((struct str){text, (size_t)n});
    secret_wipe(text, sizeof(text));
    if (!*ret)
        return err_set(err, ERR_NOT_FOUND, "llm.api_key_file: %s is empty", path);
    return ERR_OK;
}

/* ---- what must be hidden ---- */

#define HIDDEN_MIN 8 /* shorter, and words are hidden that are no keys ("ollama") */

void key_obtained(struct llm *m, const struct secret *key)
{
    struct str value = secret_reveal(key);

    if (!value.len)
        return;
    VEC_EACH (s, &m->secrets) {
        if (str_eq(secret_reveal(*s), value))
            return;
    }
    *VEC_PUSH(&m->secrets) = secret_dup(key);
    if (m->on_secret)
        m->on_secret(m->on_secret_ctx, value);
}

void key_hide(const struct llm *m, char *text, size_t len)
{
    VEC_EACH (s, &m->secrets) {
        struct str key = secret_reveal(*s);
        size_t from = 0;
        ptrdiff_t at;

        while (key.len >= HIDDEN_MIN &&
               (at = str_find((struct str){text + from, len - from}, key)) >= 0) {
            memset(text + from + (size_t)at, '*', key.len);
            from += (size_t)at + key.len;
        }
    }
}

/* ---- in order ---- */

static bool from_env(const struct target *t, struct key_set *ret)
{
    const char *names[] = {t->key_env, t->provider->env[0], t->provider->env[1],
                           t->provider->env[2]};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!names[i] || !*names[i])
            continue;
        ret->key = secret_new(str_trim(str_from(llm_env(t->m, names[i]))));
        if (ret->key) {
            snprintf(ret->from, sizeof(ret->from), "%s", names[i]);
            return true;
        }
        if (i == 0) /* the one that was named, and no other */
            return false;
    }
    return false;
}

static enum key_state missing(const struct target *t, struct err *err)
{
    const char *env = t->key_env && *t->key_env ? t->key_env : t->provider->env[0];

    if (t->key_source == LLM_KEY_ENV)
        err_set(err, ERR_NOT_FOUND, "no key for %s: set %s", t->provider->title,
                env ? env : "llm.api_key_env");
    else if (t->provider->auth == AUTH_AWS)
        err_set(err, ERR_NOT_FOUND, "no credentials for %s: set %s, or %s", t->provider->title,
                t->provider->hint, env);
    else
        err_set(err, ERR_NOT_FOUND,
                "no key for %s: set %s, or llm.api_key, llm.api_key_cmd or llm.api_key_file",
                t->provider->title, env ? env : "the variable of llm.api_key_env");
    return KEY_MISSING;
}

/* ---- the credentials of AWS ---- */

void key_take_aws(struct key_set *ret, const struct aws_keys *keys)
{
    key_set_clear(ret);
    ret->aws_id = secret_dup(keys->access_key);
    ret->aws_secret = secret_dup(keys->secret_key);
    ret->aws_token = secret_dup(keys->session_token);
    ret->renewable = keys->expires_ms > 0;
    snprintf(ret->from, sizeof(ret->from), "%s", keys->from);
}

/* What a named profile lacks is said by its name; else how to get any. */
static enum key_state find_aws(const struct target *t, struct key_set *ret, struct err *err)
{
    struct aws_keys keys;
    struct err why = ERR_INIT;

    switch (aws_credentials_peek(t->m->aws, &keys, &why)) {
    case AWS_KNOWN:
        key_take_aws(ret, &keys);
        return KEY_FOUND;
    case AWS_ASKING:
        snprintf(ret->from, sizeof(ret->from), "%s", keys.from);
        return KEY_ASK_AWS;
    case AWS_MISSING:
        break;
    }
    if (why.code != ERR_INPUT)
        return missing(t, err);
    *err = why;
    err_wrap(err, "%s", t->provider->title);
    return KEY_MISSING;
}

static enum key_state from_command(const struct target *t, struct key_set *ret)
{
    bool keychain = t->key_source == LLM_KEY_KEYCHAIN;

    snprintf(ret->from, sizeof(ret->from), "%s", keychain ? "the keychain" : "llm.api_key_cmd");
    if (t->cmd_key && loop_now_ms(t->m->loop) < t->cmd_key_until_ms) {
        ret->key = secret_dup(t->cmd_key);
        return KEY_FOUND;
    }
    return KEY_ASK_COMMAND;
}

static enum key_state find(const struct target *t, struct key_set *ret, struct err *err)
{
    bool any = t->key_source == LLM_KEY_ANY;

    *ret = (struct key_set){0};
    if (t->key_source == LLM_KEY_SKIP)
        return KEY_NONE_NEEDED;
    if (t->key_source == LLM_KEY_KEYCHAIN || (any && !t->key && t->key_cmd))
        return from_command(t, ret);
    if (any && t->key) {
        ret->key = secret_dup(t->key);
        snprintf(ret->from, sizeof(ret->from), "llm.api_key");
        return KEY_FOUND;
    }
    if (any && t->key_file) {
        snprintf(ret->from, sizeof(ret->from), "llm.api_key_file");
        return read_file(t->key_file, &ret->key, err) ? KEY_MISSING : KEY_FOUND;
    }
    if (from_env(t, ret))
        return KEY_FOUND;
    key_set_clear(ret);
    if (t->provider->auth == AUTH_AWS)
        return find_aws(t, ret, err);
    if (t->provider->auth == AUTH_NONE && (!t->key_env || !*t->key_env))
        return KEY_NONE_NEEDED;
    return missing(t, err);
}

enum key_state key_find(const struct target *t, struct key_set *ret, struct err *err)
{
    enum key_state state = find(t, ret, err);

    key_obtained(t->m, ret->key);
    key_obtained(t->m, ret->aws_secret);
    key_obtained(t->m, ret->aws_token);
    return state;
}
