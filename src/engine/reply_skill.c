/* reply_skill.c - what is said of skills, to a person who asks and to a model. It is read only:
 * nothing here starts one. */
#include "reply_skill.h"

#include <ctype.h>
#include <string.h>

#include "engine_priv.h"

#define SHOWN 12
#define SUGGESTED 5
#define WORDS_MAX 400
#define SHOW_MAX ((size_t)16 << 10)

const struct skills *engine_skills(struct engine *e)
{
    if (!e->skills)
        e->skills = skills_open(e->opts.skill_folders, e->opts.tools);
    else
        skills_refresh(e->skills);
    return e->skills;
}

static void put_line(struct buf *out, const struct skill *s)
{
    buf_addf(out, "- `%s` (%s, %s): %s\n", s->id, risk_name(s->risk),
             s->mutates ? "changes something" : "only reads", s->name);
}

/* Words that ask for the list, and say nothing of what is looked for. */
static bool asks(struct str w)
{
    static const char *const words[] = {
        "list", "show", "which",   "what", "skill", "skills", "sop",    "sops", "run",
        "fit",  "fits", "suggest", "are",  "there", "me",     "for",    "the",  "is",
        "a",    "any",  "do",      "you",  "know",  "get",    "search", "find", "have",
        "we",   "to",   "this",    "can",  "i",     "use",    "all",    "see"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (w.len == strlen(words[i]) && str_ifind(w, str_from(words[i])) == 0)
            return true;
    }
    return false;
}

/* The words of the question that remain; *ret_one: the skill whose id is among them. */
static void rest_of(const struct skills *r, const char *question, struct buf *ret,
                    const struct skill **ret_one)
{
    struct str rest = str_from(question);

    *ret_one = NULL;
    while (rest.len) {
        size_t n = 0;
        char id[SKILL_ID_MAX + 1] = "";

        while (rest.len && strchr(" \t\n?!,;:\"'`", *rest.ptr))
            rest = (struct str){rest.ptr + 1, rest.len - 1};
        while (n < rest.len && !strchr(" \t\n?!,;:\"'`", rest.ptr[n]))
            n++;
        if (n && n <= SKILL_ID_MAX)
            memcpy(id, rest.ptr, n);
        if (n && skills_find(r, id))
            *ret_one = skills_find(r, id);
        else if (n && !asks((struct str){rest.ptr, n}))
            buf_addf(ret, "%s%.*s", ret->len ? " " : "", (int)n, rest.ptr);
        rest = (struct str){rest.ptr + n, rest.len - n};
    }
}

static size_t put_fitting(const struct skills *r, const char *words, size_t max, struct buf *out)
{
    const struct skill *fits[SHOWN];
    size_t n = *words ? skills_suggest(r, words, fits, max < SHOWN ? max : SHOWN) : 0;

    for (size_t i = 0; i < n; i++)
        put_line(out, fits[i]);
    return n;
}

static void put_all(const struct skills *r, struct buf *out)
{
    size_t shown = 0, broken = 0;

    for (size_t i = 0; i < skills_count(r); i++) {
        const struct skill *s = skills_at(r, i);

        broken += s->broken;
        if (!s->broken && shown++ < (size_t)SHOWN * 4)
            put_line(out, s);
    }
    if (!shown)
        buf_adds(out, "There are no skills.\n");
    if (broken)
        buf_addf(out, "\n%zu cannot be used: `runbook skill validate` says why.\n", broken);
}

static void put_one(const struct skill *s, struct buf *out)
{
    struct buf text = BUF_INIT(SHOW_MAX);

    skill_text(s, &text);
    buf_adds(out, "```\n");
    buf_add_str(out, buf_str(&text));
    buf_addf(out, "```\nA person starts it: `runbook skill run %s`.\n", s->id);
    buf_release(&text);
}

void reply_skills(struct engine *e, const char *question, struct buf *out)
{
    const struct skills *r = engine_skills(e);
    struct buf words = BUF_INIT(WORDS_MAX);
    const struct skill *one = NULL;
    bool suggest = str_ifind(str_from(question), STR_LIT("suggest")) >= 0;

    rest_of(r, question, &words, &one);
    if (suggest && !words.len)
        buf_adds(&words, e->model.query ? e->model.query : "");
    if (one) {
        put_one(one, out);
    } else if (words.len && !put_fitting(r, buf_cstr(&words), SHOWN, out)) {
        buf_addf(out, "No skill is about \"%.100s\". `list skills` shows all of them.\n",
                 buf_cstr(&words));
    } else if (!words.len) {
        put_all(r, out);
    }
    buf_release(&words);
}

bool reply_skills_only(const char *question)
{
    struct str q = str_from(question);

    return str_eq_c(q, "list skills") || str_starts(q, "list skills ") ||
           str_starts(q, "show skill ");
}

void reply_skills_fit(struct engine *e, const char *words, struct buf *out)
{
    const struct skills *r = engine_skills(e);

    if (!*words)
        put_all(r, out);
    else if (!put_fitting(r, words, SUGGESTED, out))
        buf_adds(out, "No skill fits these words.\n");
}
