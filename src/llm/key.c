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

const char **key_words(struct arena *a, const char *command)
{
    size_t max = strlen(command) / 2 + 2, n = 0;
    const char **words = arena_array(a, max + 1, sizeof(*words));
    struct buf word = BUF_INIT(FILE_MAX_BYTES);
    bool open = false;
    char quote = 0;

    for (const char *p = command; *p; p++) {
        if (!quote && (*p == ' ' || *p == '\t')) {
            if (open)
                words[n++] = arena_str(a, buf_str(&word));
            buf_clear(&word);
            open = false;
            continue;
        }
        open = true;
        if (*p == '\\' && quote != '\'' && p[1])
            buf_addc(&word, *++p);
        else if (quote ? *p == quote : (*p == '\'' || *p == '"'))
            quote = quote ? 0 : *p;
        else
            buf_addc(&word, *p);
    }
    if (open)
        words[n++] = arena_str(a, buf_str(&word));
    buf_release(&word);
    return quote ? NULL : words;
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

/* ---- the credentials of AWS ---- */

static const char *profile_of(const struct llm *m)
{
    const char *name = llm_env(m, "AWS_PROFILE");

    return name ? name : "default";
}

/* "key = value" lines below "[profile]". */
static void read_profile(struct str text, const char *profile, struct key_set *ret)
{
    struct str line, name;
    bool in = false;

    while (str_line(&text, &line)) {
        line = str_trim(line);
        if (str_starts(line, "[")) {
            struct str inner = str_trim(
                (struct str){line.ptr + 1, line.len > 1 && str_ends(line, "]") ? line.len - 2 : 0});

            in = str_eq_c(inner, profile);
            continue;
        }
        if (!in || !memchr(line.ptr ? line.ptr : "", '=', line.len) ||
            !str_split(&line, '=', &name))
            continue;
        name = str_trim(name);
        if (str_eq_c(name, "aws_access_key_id") && !ret->aws_id)
            ret->aws_id = secret_new(str_trim(line));
        else if (str_eq_c(name, "aws_secret_access_key") && !ret->aws_secret)
            ret->aws_secret = secret_new(str_trim(line));
        else if (str_eq_c(name, "aws_session_token") && !ret->aws_token)
            ret->aws_token = secret_new(str_trim(line));
    }
}

static bool find_aws(const struct target *t, struct key_set *ret)
{
    const struct llm *m = t->m;
    const char *file = llm_env(m, "AWS_SHARED_CREDENTIALS_FILE");
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    struct err ignored = ERR_INIT;
    char *path;

    ret->aws_id = secret_new(str_from(llm_env(m, "AWS_ACCESS_KEY_ID")));
    ret->aws_secret = secret_new(str_from(llm_env(m, "AWS_SECRET_ACCESS_KEY")));
    if (ret->aws_id && ret->aws_secret) {
        ret->aws_token = secret_new(str_from(llm_env(m, "AWS_SESSION_TOKEN")));
        snprintf(ret->from, sizeof(ret->from), "AWS_ACCESS_KEY_ID");
        return true;
    }
    key_set_clear(ret);
    path = path_expand_home(file ? file : "~/.aws/credentials");
    if (file_read(path, &text, &ignored) == ERR_OK)
        read_profile(buf_str(&text), profile_of(m), ret);
    if (text.ptr)
        secret_wipe(text.ptr, text.cap);
    buf_release(&text);
    free(path);
    snprintf(ret->from, sizeof(ret->from), "profile %.80s", profile_of(m));
    return ret->aws_id && ret->aws_secret;
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

enum key_state key_find(const struct target *t, struct key_set *ret, struct err *err)
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
    if (t->provider->auth == AUTH_AWS && find_aws(t, ret))
        return KEY_FOUND;
    key_set_clear(ret);
    if (t->provider->auth == AUTH_NONE && (!t->key_env || !*t->key_env))
        return KEY_NONE_NEEDED;
    return missing(t, err);
}
