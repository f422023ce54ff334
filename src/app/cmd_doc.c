/* cmd_doc.c - the documentation that is made from tables: the man page and doc/CONFIGURATION.md.
 * A plumbing command of the build: the page's own words stand in doc/runbook.1.in, a line
 * "@COMMANDS@" or "@CONFIGURATION@" is replaced. */
#include "src/app/commands.h"

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/ui/plain.h"
#include "runbook/ui/commands.h"
#include "runbook/ui/slash.h"

static void key_facts(const struct config_key *k, const char *quote, struct buf *out)
{
    char lo[32], hi[32];

    buf_adds(out, k->type == CONFIG_ENUM ? "" : config_type_name(k->type));
    for (size_t i = 0; k->choices && k->choices[i]; i++)
        buf_addf(out, "%s%s%s%s", i ? ", " : (k->type == CONFIG_ENUM ? "" : " of "), quote,
                 k->choices[i], quote);
    if (k->max > k->min) {
        num_format_f64(k->min, lo);
        num_format_f64(k->max, hi);
        buf_addf(out, " from %s to %s", lo, hi);
    }
}

/* ---- the man page ---- */

static void man_key(const struct config_key *k, struct buf *out)
{
    struct buf facts = BUF_INIT(2048);

    buf_addf(out, ".It Cm %s\n", k->path);
    man_prose(k->help, out);
    buf_addc(&facts, '(');
    key_facts(k, "", &facts);
    if (k->fallback)
        buf_addf(&facts, "; default %s", k->fallback);
    buf_addc(&facts, ')');
    man_prose(buf_cstr(&facts), out);
    buf_release(&facts);
}

/* Inside the quotes of a macro's argument. */
static void man_quoted(const char *s, struct buf *out)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\' || *s == '-' || *s == '.')
            buf_adds(out, *s == '"' ? "\\(dq" : *s == '\\' ? "\\e" : *s == '-' ? "\\-" : "\\&.");
        else
            buf_addc(out, *s);
    }
}

static void man_keys(const struct config_schema *s, struct buf *out)
{
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (const struct config_key *k = s->keys; k->path; k++)
        man_key(k, out);
    buf_adds(out, ".El\n");
}

static void man_plain(struct buf *out)
{
    const char *help;
    char words[128];

    buf_adds(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; plain_command_doc(i, words, &help); i++) {
        buf_adds(out, ".It Li \"");
        man_quoted(words, out);
        buf_adds(out, "\"\n");
        man_prose(help, out);
    }
    buf_adds(out, ".El\n");
}

/* ---- keys and commands of the screen ---- */

/* Words that roff and mdoc must not read: each behind "\\&", with what they escape. */
static void man_words(const char *text, struct buf *out)
{
    for (const char *p = text; *p; p++) {
        if (p == text || p[-1] == ' ')
            buf_adds(out, "\\&");
        if (*p == '\\')
            buf_adds(out, "\\e");
        else if (*p == '-')
            buf_adds(out, "\\-");
        else if (*p == '"')
            buf_adds(out, "\\(dq");
        else
            buf_addc(out, *p);
    }
    buf_addc(out, '\n');
}

static void man_key_list(struct buf *out)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];

        if (i == 0 || command_table[i - 1].context != def->context)
            buf_addf(out, "%s.Ss %s\n.Bl -tag -width Ds\n", i ? ".El\n" : "",
                     context_name(def->context));
        buf_adds(out, ".It ");
        if (*def->keys)
            man_words(def->keys, out);
        else
            buf_adds(out, "(no key)\n");
        man_prose(def->help, out);
        buf_adds(out, ".Pq Cm ");
        man_words(def->name, out);
    }
    buf_adds(out, ".El\n");
}

static void man_slashes(struct buf *out)
{
    buf_adds(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < SLASHES; i++) {
        buf_addf(out, ".It Li /%s %s\n", slash_table[i].name, slash_table[i].usage);
        man_prose(slash_table[i].help, out);
    }
    buf_adds(out, ".El\n");
}

static enum err_code man_page(const char *template, struct buf *out, struct err *err)
{
    struct buf text = BUF_INIT(1 << 20);
    struct str rest, line;
    enum err_code rc = file_read(template, &text, err);

    rest = buf_str(&text);
    while (!rc && str_line(&rest, &line)) {
        if (str_eq_c(line, "@COMMANDS@"))
            cmd_man(&cmd_root, global_opts, out);
        else if (str_eq_c(line, "@CONFIGURATION@"))
            man_keys(&config_schema, out);
        else if (str_eq_c(line, "@PLAIN@"))
            man_plain(out);
        else if (str_eq_c(line, "@KEYS@"))
            man_key_list(out);
        else if (str_eq_c(line, "@SLASHES@"))
            man_slashes(out);
        else if (str_eq_c(line, "@SERVICES@"))
            man_keys(&services_schema, out);
        else
            buf_addf(out, "%.*s\n", STR_FMT(line));
    }
    buf_release(&text);
    return rc;
}

/* ---- doc/CONFIGURATION.md ---- */

static void md_table(const struct config_schema *s, struct buf *out)
{
    buf_adds(out, "| key | value | default | what it is |\n| --- | --- | --- | --- |\n");
    for (const struct config_key *k = s->keys; k->path; k++) {
        buf_addf(out, "| `%s` | ", k->path);
        key_facts(k, "`", out);
        buf_addf(out, " | %s%s%s | %s |\n", k->fallback ? "`" : "", k->fallback ? k->fallback : "",
                 k->fallback ? "`" : "", k->help);
    }
}

static void md_page(struct buf *out)
{
    buf_adds(
        out,
        "# Configuration\n\n"
        "Made from the program's own tables by `runbook __doc configuration`; a test keeps it "
        "true.\n\n"
        "`runbook init` writes a first file, `runbook config set KEY VALUE` changes it and keeps "
        "its "
        "comments,\n`runbook config validate` checks it, `runbook config list --all` shows every "
        "key with its "
        "value and where\nthat comes from.\n\n"
        "- **Where.** `.runbook/config.yaml` (or `.yml`) in the working directory or the nearest "
        "folder "
        "above it, else\n  `$XDG_CONFIG_HOME/runbook/config.yaml`, else `~/.runbook/config.yaml`. "
        "`--config "
        "FILE` names another.\n"
        "- **Spelling.** Keys are snake_case; camelCase (`llm.apiKey`) is accepted for every key.\n"
        "- **Variables.** A value that is wholly `${NAME}` takes that environment variable. A "
        "missing one "
        "leaves the\n  value empty, and `config validate` says so.\n"
        "- **Overrides.** `RUNBOOK_` and the key in capitals with dots as underscores beats the "
        "file: "
        "`RUNBOOK_LLM_MODEL`.\n  A command-line option beats both.\n"
        "- **Mistakes.** An unknown key is a warning with its line and the nearest known key. A "
        "value of the "
        "wrong type\n  is an error with line and column, and the program does not start with it.\n"
        "- **Secrets** are masked wherever a value is shown. Write them as `${NAME}`, or keep the "
        "file "
        "readable by you\n  alone (`chmod 600`): a file that holds a secret and can be read by "
        "others is "
        "warned about.\n"
        "- **Paths** may begin with `~`. A relative one starts at the folder that holds "
        "`.runbook`, or "
        "beside the file.\n\n"
        "Keys of parts that this version does not have yet are read and checked all the same, so "
        "that a "
        "file serves\nlater versions too.\n\n## config.yaml\n\n");
    md_table(&config_schema, out);
    buf_adds(out, "\n## services.yaml\n\nBeside `config.yaml`; what there is to look at.\n\n");
    md_table(&services_schema, out);
}

static const char *const doc_kinds[] = {"man", "configuration", NULL};

static int run_doc(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT((size_t)4 << 20);
    struct err err;
    int rc = EXIT_DONE;

    (void)app;
    if (strcmp(args_pos(args, 0), "configuration") == 0)
        md_page(&out);
    else if (!args_pos(args, 1))
        rc = app_usage(args, "TEMPLATE is missing");
    else if (man_page(args_pos(args, 1), &out, &err))
        rc = app_fail(&err);
    if (rc == EXIT_DONE)
        rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_doc_def = {
    .name = "__doc",
    .help = "Write documentation from the program's tables.",
    .pos = (const struct pos_def[]){{"KIND", ARG_CHOICE, .required = true, .choices = doc_kinds,
                                     .help = "Which page."},
                                    {"TEMPLATE", ARG_FILE, .help = "The page's own words."},
                                    {NULL}},
    .run = run_doc,
    .hidden = true,
};
