/* cmd_init.c - "runbook init": four steps to a configuration: the kind of system, its values, a
 * look at the result, writing. Plain line prompts; nothing is written before the last answer. */
#include "src/app/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "src/app/init.h"

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

struct wizard {
    struct app *app;
    const struct cmd_args *args;
    const struct init_template *t;
    char *file;      /* config.yaml */
    struct buf old;  /* its text now */
    struct buf text; /* what it becomes */
    bool ask;
    bool gone; /* end of input: the person left */
};

/* ---- prompts ---- */

/* A line from the terminal without its end, or false at the end of input. */
static bool read_line(struct buf *line)
{
    int c;

    buf_clear(line);
    fflush(stdout);
    while ((c = getchar()) != EOF && c != '\n')
        buf_addc(line, (char)c);
    return c != EOF || line->len;
}

static bool prompt(struct wizard *z, const char *question, const char *fallback, struct buf *ret)
{
    if (*fallback)
        printf("%s [%s]: ", question, fallback);
    else
        printf("%s: ", question);
    if (!read_line(ret)) {
        z->gone = true;
        return false;
    }
    if (!str_trim(buf_str(ret)).len) {
        buf_clear(ret);
        buf_adds(ret, fallback);
    }
    return true;
}

static bool yes(struct wizard *z, const char *question)
{
    struct buf line = BUF_INIT(256);
    bool ok = prompt(z, question, "y", &line) && (line.ptr[0] == 'y' || line.ptr[0] == 'Y');

    buf_release(&line);
    return ok;
}

/* ---- step 1 ---- */

static void choose_template(struct wizard *z)
{
    const struct init_template *table = init_template_table();
    struct buf line = BUF_INIT(256);
    uint64_t n;

    printf("Step 1 of 4: what is looked after?\n");
    for (size_t i = 0; table[i].name; i++)
        printf("  %zu  %-12s %s\n", i + 1, table[i].name, table[i].help);
    while (!z->t && prompt(z, "Number or name", table[0].name, &line)) {
        size_t count = 0;

        while (table[count].name)
            count++;
        z->t = init_template_find(buf_cstr(&line));
        if (!z->t && num_u64(str_trim(buf_str(&line)), &n) && n >= 1 && n <= count)
            z->t = &table[n - 1];
        if (!z->t)
            printf("There is no '%s'; type a number from 1 to %zu.\n", buf_cstr(&line), count);
    }
    buf_release(&line);
}

/* ---- step 2 ---- */

static const char *default_of(const struct init_question *q)
{
    const char *v = q->env ? getenv(q->env) : NULL;

    return v && *v ? v : q->fallback;
}

/* What the file says already; "" when it does not. */
static void value_now(const struct wizard *z, const char *key, struct buf *out)
{
    struct config *c;
    struct err err;

    if (config_parse(&config_schema, z->file, buf_str(&z->old), NULL, &c, &err))
        return;
    if (config_has(c, key))
        config_show(c, key, out);
    config_free(c);
}

/* Was it answered by --set? */
static bool given(const struct wizard *z, const char *key)
{
    bool found = false;

    for (size_t i = 0; i < args_count(z->args, "set") && !found; i++) {
        struct str rest = str_from(args_at(z->args, "set", i)), name;
        struct buf path = BUF_INIT(512);
        char *text;

        str_split(&rest, '=', &name);
        text = xstrndup(name.ptr, name.len);
        config_canonical(text, &path);
        found = str_eq_c(buf_str(&path), key);
        free(text);
        buf_release(&path);
    }
    return found;
}

static void ask_question(struct wizard *z, const struct init_question *q)
{
    struct buf line = BUF_INIT(4096), now = BUF_INIT(4096);
    struct err err;

    value_now(z, q->key, &now);
    if (!now.len && given(z, q->key))
        goto done;
    if (now.len) {
        printf("%s: %s (kept)\n", q->text, buf_cstr(&now));
        goto done;
    }
    while (prompt(z, q->text, default_of(q), &line)) {
        if (init_answer(z->file, buf_str(&z->old), q->key, buf_cstr(&line), &z->text, &err) ==
            ERR_OK)
            break;
        printf("%s\n", err.msg);
    }
done:
    buf_release(&line);
    buf_release(&now);
}

static enum err_code default_answers(struct wizard *z, struct err *err)
{
    for (const struct init_question *q = z->t->questions; q->key; q++)
        if (!given(z, q->key) &&
            init_answer(z->file, buf_str(&z->old), q->key, default_of(q), &z->text, err))
            return err->code;
    return ERR_OK;
}

/* --set KEY=VALUE is an answer given beforehand. */
static enum err_code given_answers(struct wizard *z, struct err *err)
{
    for (size_t i = 0; i < args_count(z->args, "set"); i++) {
        const char *pair = args_at(z->args, "set", i);
        const char *eq = strchr(pair, '=');
        char *key = eq ? xstrndup(pair, (size_t)(eq - pair)) : NULL;
        const struct config_key *k = key ? config_key_find(&config_schema, key) : NULL;
        struct buf path = BUF_INIT(512);
        enum err_code rc;

        if (!k)
            rc = err_set(err, ERR_INPUT, "--set %s: there is no such key (KEY=VALUE is wanted)",
                         pair);
        else if (k->type == CONFIG_SECRET && strncmp(eq + 1, "${", 2) != 0)
            rc = err_set(err, ERR_INPUT, "--set %s: a secret is given as '${NAME}'", key);
        else {
            config_canonical(key, &path);
            rc = init_answer(z->file, buf_str(&z->old), buf_cstr(&path), eq + 1, &z->text, err);
        }
        buf_release(&path);
        free(key);
        if (rc)
            return rc;
    }
    return ERR_OK;
}

static enum err_code fill_in(struct wizard *z, struct err *err)
{
    enum err_code rc = init_merge(z->t, z->file, buf_str(&z->old), &z->text, err);

    if (!rc)
        rc = given_answers(z, err);
    if (rc)
        return rc;
    if (!z->ask)
        return default_answers(z, err);
    printf("\nStep 2 of 4: its values (an empty line takes what is in brackets)\n");
    for (const struct init_question *q = z->t->questions; q->key && !z->gone; q++)
        ask_question(z, q);
    return ERR_OK;
}

/* ---- steps 3 and 4 ---- */

struct masking {
    const struct config *c;
    struct buf *text;
};

static void mask_one(const struct secret *s, struct buf *text)
{
    struct str value = secret_reveal(s);
    char mask[16];
    ptrdiff_t at;

    /* "${NAME}" is no secret. */
    if (value.len < 4 || str_starts(value, "${"))
        return;
    secret_mask(value, mask);
    if (str_find(str_from(mask), value) >= 0)
        return; /* "****" itself */
    while ((at = str_find(buf_str(text), value)) >= 0) {
        struct buf next = BUF_INIT(text->max);

        buf_add(&next, text->ptr, (size_t)at);
        buf_adds(&next, mask);
        buf_adds(&next, text->ptr + at + value.len);
        secret_wipe(text->ptr, text->len);
        buf_release(text);
        *text = next;
    }
}

static void mask_key(void *ctx, const char *path, const struct config_key *key)
{
    struct masking *m = ctx;

    if (key->type == CONFIG_SECRET)
        mask_one(config_secret(m->c, path), m->text);
    for (size_t i = 0; key->type == CONFIG_SECRET_MAP && i < config_count(m->c, path); i++)
        mask_one(config_item_secret(m->c, path, i), m->text);
}

/* The lines around a change can hold a secret of the file (R-65). */
static void mask_secrets(const struct wizard *z, struct buf *diff)
{
    struct masking m = {.text = diff};
    struct config *c;
    struct err err;

    if (config_parse(&config_schema, z->file, buf_str(&z->text), NULL, &c, &err))
        return;
    m.c = c;
    config_each(c, false, mask_key, &m);
    config_free(c);
}

static void show_change(const struct wizard *z)
{
    struct buf diff = BUF_INIT(CONFIG_MAX_BYTES * 3), safe = BUF_INIT(CONFIG_MAX_BYTES * 8);

    text_diff(buf_str(&z->old), buf_str(&z->text), &diff);
    mask_secrets(z, &diff);
    text_sanitize(&safe, buf_str(&diff), true, z->app->ascii);
    printf("%s%s:\n%s", z->ask ? "\nStep 3 of 4: the result\n" : "", z->file, buf_cstr(&safe));
    buf_release(&diff);
    buf_release(&safe);
}

static enum err_code write_new(const char *dir, const char *name, const char *text, struct err *err)
{
    char *path = path_join(dir, name);
    enum err_code rc = ERR_OK;

    if (!file_exists(path)) {
        rc = file_write_atomic(path, str_from(text), 0600, err);
        if (!rc)
            printf("wrote %s\n", path);
    } else {
        printf("kept %s\n", path);
    }
    free(path);
    return rc;
}

/* A file that is there keeps its mode; its owner chose it. */
static unsigned mode_of(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 ? (unsigned)st.st_mode & 0777 : 0600;
}

static enum err_code write_all(struct wizard *z, struct err *err)
{
    static const char ignore[] =
        "# what investigations leave behind\nscratchpad/\nblobs/\naudit/\n*.db\n"
        "*.db-shm\n*.db-wal\n*.log\n";
    char *dir = path_dir(z->file);
    enum err_code rc = dir_make(dir, err);

    if (!rc && !str_eq(buf_str(&z->old), buf_str(&z->text))) {
        rc = file_write_atomic(z->file, buf_str(&z->text), mode_of(z->file), err);
        if (!rc)
            printf("wrote %s\n", z->file);
    }
    if (!rc && z->t->services)
        rc = write_new(dir, "services.yaml", z->t->services, err);
    if (!rc && strcmp(path_base(dir), ".runbook") == 0)
        rc = write_new(dir, ".gitignore", ignore, err);
    free(dir);
    return rc;
}

static bool services_missing(const struct wizard *z)
{
    char *path = config_services_path(z->file);
    bool missing = z->t->services && !file_exists(path);

    free(path);
    return missing;
}

static int finish(struct wizard *z)
{
    struct err err;
    bool same = str_eq(buf_str(&z->old), buf_str(&z->text));

    if (same && !services_missing(z)) {
        printf("%s%s says all of this already: nothing to change.\n", z->ask ? "\n" : "", z->file);
        return EXIT_DONE;
    }
    if (!same)
        show_change(z);
    if (args_has(z->args, "dry-run"))
        return EXIT_DONE;
    if (z->ask && !yes(z, "\nStep 4 of 4: write it? (y/n)")) {
        printf("%sNothing was written.\n", z->gone ? "\n" : "");
        return EXIT_FAILED;
    }
    if (write_all(z, &err))
        return app_fail(&err);
    if (z->t->note)
        printf("%s\n", z->t->note);
    printf("Next: 'runbook doctor' says what can be reached; 'runbook' opens the screen.\n");
    return EXIT_DONE;
}

/* ---- the command ---- */

static char *target_file(const struct cmd_args *args)
{
    const char *given = args_get(args, "config");
    char *dir, *path;

    if (given)
        return path_expand_home(given);
    if (args_has(args, "user"))
        dir = path_config_home();
    else if (!(dir = path_find_project(".")))
        dir = xstrdup(".runbook");
    path = dir ? path_join(dir, "config.yaml") : NULL;
    if (path && !file_exists(path)) {
        char *yml = path_join(dir, "config.yml");

        if (file_exists(yml)) {
            free(path);
            path = yml;
        } else {
            free(yml);
        }
    }
    free(dir);
    return path;
}

static int wizard_run(struct wizard *z)
{
    struct err err;

    if (file_exists(z->file) && file_read(z->file, &z->old, &err))
        return app_fail(&err);
    if (z->ask)
        printf("This makes %s. Ctrl-C leaves; nothing is written before the last step.\n\n",
               z->file);
    if (z->ask && !z->t)
        choose_template(z);
    if (z->gone || !z->t) {
        printf("\nNothing was written.\n");
        return EXIT_FAILED;
    }
    if (fill_in(z, &err))
        return app_fail(&err);
    if (z->gone) {
        printf("\nNothing was written.\n");
        return EXIT_FAILED;
    }
    return finish(z);
}

static int run_init(struct app *app, const struct cmd_args *args)
{
    struct wizard z = {.app = app, .args = args, .file = target_file(args)};
    const char *name = args_get(args, "template");
    int rc;

    if (!z.file)
        return app_usage(args, "there is no home folder; give --config FILE");
    z.ask = !args_has(args, "yes") && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    z.t = name ? init_template_find(name) : NULL;
    if (!z.ask && !z.t && args_has(args, "yes"))
        z.t = init_template_table();
    buf_init(&z.old, CONFIG_MAX_BYTES);
    buf_init(&z.text, CONFIG_MAX_BYTES);
    if (!z.ask && !z.t)
        rc = app_usage(
            args, "init asks questions, and this is no terminal; give --template NAME or --yes");
    else
        rc = wizard_run(&z);
    buf_release(&z.old);
    buf_release(&z.text);
    free(z.file);
    return rc;
}

static const char *const template_names[] = {"host",       "prometheus", "ecs-rds",
                                             "serverless", "enterprise", NULL};

const struct cmd_def cmd_init_def = {
    .name = "init",
    .help = "Make a first configuration, step by step.",
    .details = "In a terminal it asks; with --yes or without a terminal it takes the defaults and "
               "the answers "
               "given by --set. A file that exists is never replaced: the change is shown, and "
               "only keys that "
               "it does not have are added. Run twice, it changes nothing.",
    .opts =
        (const struct opt_def[]){
            {"template", 't', ARG_CHOICE, .value = "NAME", .choices = template_names,
             .help = "What is looked after."},
            {"yes", 'y', ARG_NONE, .help = "Ask nothing and take the defaults."},
            {"set", 0, ARG_TEXT, .repeat = true, .value = "KEY=VALUE",
             .help = "Give an answer beforehand."},
            {"user", 0, ARG_NONE,
             .help = "Write the user's configuration instead of the project's."},
            {"dry-run", 'n', ARG_NONE, .help = "Show the result and write nothing."},
            {NULL}},
    .run = run_init,
    .examples = "runbook init\n"
                "runbook init --template prometheus --set prometheus.url=http://prometheus:9090",
};
