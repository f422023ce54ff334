/* highlight.c - see highlight_priv.h. A language is a row: how comments and strings begin and end,
 * which words are its own. Diffs and logs are coloured by how a line begins and by words of level.
 */
#include "src/view/highlight_priv.h"

#include "runbook/base/text.h"

#define LINE_MAX_BYTES 4096 /* what is behind it in one line is drawn plain */

enum {
    FOLD = 1,       /* keywords in any case */
    KEYS = 2,       /* a name or string before ':' is a key */
    LEVELS = 4,     /* a log: words of level */
    BEGINNINGS = 8, /* a diff: what a line begins with */
    DASHES = 16,    /* '-' belongs to names, and "--option" is a keyword */
};

struct pair {
    const char *open, *close;
    bool lines; /* goes on over line ends */
};

struct language {
    const char *names;    /* words behind a fence, between blanks */
    const char *comments; /* to the end of the line, between blanks */
    struct pair block;    /* comment */
    struct pair strings[4];
    const char *words; /* keywords, between blanks */
    unsigned flags;
};

static const struct language languages[] = {
    {"sh bash shell zsh console shell-session dockerfile makefile",
     "#",
     {NULL, NULL, false},
     {{"'", "'", true}, {"\"", "\"", true}, {NULL, NULL, false}, {NULL, NULL, false}},
     "if then else elif fi for while until do done case esac in function return local export set "
     "unset readonly exit break continue source sudo FROM RUN COPY CMD ENTRYPOINT ENV",
     DASHES},
    {"json jsonc json5 jsonl",
     "//",
     {"/*", "*/", true},
     {{"\"", "\"", false}, {NULL, NULL, false}, {NULL, NULL, false}, {NULL, NULL, false}},
     "true false null",
     KEYS},
    {"yaml yml toml ini conf cfg properties",
     "#",
     {NULL, NULL, false},
     {{"\"", "\"", false}, {"'", "'", false}, {NULL, NULL, false}, {NULL, NULL, false}},
     "true false null yes no on off",
     KEYS | DASHES},
    {"sql psql mysql postgresql sqlite",
     "--",
     {"/*", "*/", true},
     {{"'", "'", true}, {"\"", "\"", false}, {"`", "`", false}, {NULL, NULL, false}},
     "select from where and or not null is in like between join left right inner outer full cross "
     "on group by order having limit offset insert into values update set delete create table "
     "index view drop alter add column primary key references unique with as distinct union all "
     "case when then else end begin commit rollback explain analyze exists count sum avg min max",
     FOLD},
    {"promql logql",
     "#",
     {NULL, NULL, false},
     {{"\"", "\"", false}, {"'", "'", false}, {"`", "`", true}, {NULL, NULL, false}},
     "sum min max avg count stddev stdvar topk bottomk quantile count_values group by without on "
     "ignoring group_left group_right and or unless offset bool rate irate increase delta idelta "
     "deriv histogram_quantile label_replace label_join absent vector scalar time sum_over_time "
     "avg_over_time max_over_time min_over_time count_over_time quantile_over_time changes resets",
     0},
    {"c h cpp c++ cc hpp java js javascript jsx ts typescript tsx go golang rust rs cs csharp "
     "kotlin "
     "swift scala php proto hcl tf terraform groovy dart zig",
     "// #!",
     {"/*", "*/", true},
     {{"\"", "\"", false}, {"'", "'", false}, {"`", "`", true}, {NULL, NULL, false}},
     "if else for while do switch case default break continue return goto struct union enum "
     "typedef "
     "static const extern volatile inline void int char long short unsigned signed float double "
     "bool true false NULL null nullptr sizeof class public private protected new delete this try "
     "catch throw throws finally import package func fn let var mut pub impl trait type interface "
     "map chan go defer select range match use mod crate async await function export from extends "
     "implements namespace using template final override abstract string nil None Some Ok Err "
     "#include #define #ifdef #ifndef #endif #if #else",
     0},
    {"python py python3 ruby rb perl",
     "#",
     {NULL, NULL, false},
     {{"\"\"\"", "\"\"\"", true}, {"'''", "'''", true}, {"\"", "\"", false}, {"'", "'", false}},
     "def class if elif else for while in not and or is return yield import from as with try "
     "except "
     "finally raise pass break continue lambda global nonlocal assert del async await True False "
     "None self end do module require",
     0},
    {"diff patch",
     "",
     {NULL, NULL, false},
     {{NULL, NULL, false}, {NULL, NULL, false}, {NULL, NULL, false}, {NULL, NULL, false}},
     "",
     BEGINNINGS},
    {"log logs syslog journal",
     "",
     {NULL, NULL, false},
     {{"\"", "\"", false}, {NULL, NULL, false}, {NULL, NULL, false}, {NULL, NULL, false}},
     "",
     LEVELS},
};

static const struct {
    const char *word; /* any case */
    enum style style;
} levels[] = {
    {"fatal", STYLE_DANGER},  {"panic", STYLE_DANGER},         {"critical", STYLE_DANGER},
    {"crit", STYLE_DANGER},   {"error", STYLE_DANGER},         {"err", STYLE_DANGER},
    {"failed", STYLE_DANGER}, {"exception", STYLE_DANGER},     {"warning", STYLE_WARNING},
    {"warn", STYLE_WARNING},  {"timeout", STYLE_WARNING},      {"info", STYLE_OK},
    {"notice", STYLE_OK},     {"debug", STYLE_SYNTAX_COMMENT}, {"trace", STYLE_SYNTAX_COMMENT},
};

static const struct {
    const char *start;
    enum style style;
} beginnings[] = {
    {"+++", STYLE_SYNTAX_KEYWORD},
    {"---", STYLE_SYNTAX_KEYWORD},
    {"@@", STYLE_SYNTAX_KEYWORD},
    {"diff ", STYLE_SYNTAX_KEYWORD},
    {"index ", STYLE_SYNTAX_COMMENT},
    {"+", STYLE_OK},
    {"-", STYLE_DANGER},
};

/* ---- words of a row ---- */

static bool same_word(struct str a, struct str b, bool fold)
{
    return a.len == b.len && (fold ? str_ifind(a, b) == 0 : memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool has_word(const char *list, struct str word, bool fold)
{
    struct str rest = str_from(list), piece;

    while (str_split(&rest, ' ', &piece))
        if (piece.len && same_word(piece, word, fold))
            return true;
    return false;
}

static const struct language *find_language(struct str name)
{
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        if (name.len && name.len < 24 && has_word(languages[i].names, name, true))
            return &languages[i];
    return NULL;
}

/* What a block without a name looks like: JSON, a shell session, a diff or a log. */
static struct str guess(struct str line)
{
    struct str s = str_trim(line);
    size_t digits = 0;

    if (str_starts(s, "{") || str_starts(s, "[{") || str_starts(s, "[\""))
        return STR_LIT("json");
    if (str_starts(s, "$ ") || str_starts(s, "# ") || str_starts(s, "#!/"))
        return STR_LIT("sh");
    if (str_starts(s, "diff --git") || str_starts(s, "@@ ") || str_starts(s, "--- a/"))
        return STR_LIT("diff");
    while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
        digits++;
    if (digits == 4 && s.len > 10 && s.ptr[4] == '-' && s.ptr[7] == '-')
        return STR_LIT("log");
    return STR_LIT("");
}

void highlight_begin(struct highlighter *h, struct str name, struct str first_line)
{
    *h = (struct highlighter){.lang = find_language(name.len ? name : guess(first_line))};
}

/* ---- one line ---- */

struct lexing {
    struct highlighter *h;
    struct str line;
    size_t at, from; /* where we are; where text that is not told yet begins */
    highlight_fn *fn;
    void *ctx;
};

static void tell(struct lexing *l, enum style style, size_t to)
{
    if (to > l->from)
        l->fn(l->ctx, style, (struct str){l->line.ptr + l->from, to - l->from});
    l->from = l->at = to;
}

static void told(struct lexing *l)
{
    tell(l, STYLE_CODE, l->at);
}

static struct str rest_of(const struct lexing *l)
{
    return (struct str){l->line.ptr + l->at, l->line.len - l->at};
}

static bool is_name(const struct lexing *l, size_t at)
{
    unsigned char c = at < l->line.len ? (unsigned char)l->line.ptr[at] : ' ';

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c >= 0x80 || (c == '-' && l->h->lang->flags & DASHES);
}

static bool is_digit(const struct lexing *l, size_t at)
{
    return at < l->line.len && l->line.ptr[at] >= '0' && l->line.ptr[at] <= '9';
}

/* Is what ends here followed by a ':'? */
static bool before_colon(const struct lexing *l, size_t at)
{
    while (at < l->line.len && l->line.ptr[at] == ' ')
        at++;
    if (at >= l->line.len || (l->line.ptr[at] != ':' && l->line.ptr[at] != '='))
        return false;
    return true;
}

/* To the end of what is open; a backslash hides one character in strings. */
static void finish(struct lexing *l, bool lines)
{
    struct highlighter *h = l->h;
    size_t n = strlen(h->until);

    for (; l->at < l->line.len; l->at++) {
        if (h->inside == STYLE_SYNTAX_STRING && l->line.ptr[l->at] == '\\') {
            l->at++;
            continue;
        }
        if (!str_starts(rest_of(l), h->until))
            continue;
        l->at += n;
        h->until = NULL;
        tell(l,
             h->inside == STYLE_SYNTAX_STRING && h->lang->flags & KEYS && before_colon(l, l->at)
                 ? STYLE_SYNTAX_KEYWORD
                 : h->inside,
             l->at);
        return;
    }
    if (!lines)
        h->until = NULL;
    tell(l, h->inside, l->line.len);
}

static bool open_pair(struct lexing *l, const struct pair *p, enum style style)
{
    if (!p->open || !str_starts(rest_of(l), p->open))
        return false;
    told(l);
    l->h->until = p->close;
    l->h->inside = style;
    l->at += strlen(p->open);
    finish(l, p->lines);
    return true;
}

static bool lex_comment(struct lexing *l)
{
    const struct language *lang = l->h->lang;
    struct str rest = str_from(lang->comments), mark, here = rest_of(l);
    /* "#" inside a word is none: ${x#y}, url#part. */
    bool free = l->at == 0 || l->line.ptr[l->at - 1] == ' ';

    while (str_split(&rest, ' ', &mark)) {
        if (!mark.len || here.len < mark.len || memcmp(here.ptr, mark.ptr, mark.len) != 0)
            continue;
        if (mark.ptr[0] == '#' && !free)
            continue;
        told(l);
        tell(l, STYLE_SYNTAX_COMMENT, l->line.len);
        return true;
    }
    return open_pair(l, &lang->block, STYLE_SYNTAX_COMMENT);
}

static bool lex_string(struct lexing *l)
{
    /* An apostrophe inside a word is none: don't. */
    if (l->at > 0 && l->line.ptr[l->at] == '\'' && is_name(l, l->at - 1))
        return false;
    for (size_t i = 0; i < sizeof(l->h->lang->strings) / sizeof(l->h->lang->strings[0]); i++)
        if (open_pair(l, &l->h->lang->strings[i], STYLE_SYNTAX_STRING))
            return true;
    return false;
}

static bool lex_number(struct lexing *l)
{
    size_t end = l->at;

    if (!is_digit(l, end))
        return false;
    while (is_name(l, end) ||
           (end < l->line.len && l->line.ptr[end] == '.' && is_digit(l, end + 1)))
        end++;
    told(l);
    tell(l, STYLE_SYNTAX_NUMBER, end);
    return true;
}

static enum style level_of(struct str word)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (same_word(word, str_from(levels[i].word), true))
            return levels[i].style;
    return STYLE_CODE;
}

static bool lex_word(struct lexing *l)
{
    const struct language *lang = l->h->lang;
    size_t end = l->at;
    enum style style = STYLE_CODE;
    struct str word;

    if (l->line.ptr[end] == '#')
        end++;
    while (is_name(l, end))
        end++;
    word = (struct str){l->line.ptr + l->at, end - l->at};
    if (!word.len)
        return false;
    if (lang->flags & LEVELS)
        style = level_of(word);
    else if (has_word(lang->words, word, lang->flags & FOLD))
        style = STYLE_SYNTAX_KEYWORD;
    else if ((lang->flags & KEYS && before_colon(l, end)) ||
             (lang->flags & DASHES && word.len > 1 && word.ptr[0] == '-' && !(lang->flags & KEYS)))
        style = STYLE_SYNTAX_KEYWORD;
    if (style != STYLE_CODE) {
        told(l);
        tell(l, style, end);
    }
    l->at = end;
    return true;
}

static bool lex_beginning(struct lexing *l)
{
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (str_starts(l->line, beginnings[i].start)) {
            tell(l, beginnings[i].style, l->line.len);
            return true;
        }
    return false;
}

void highlight_line(struct highlighter *h, struct str line, highlight_fn *fn, void *ctx)
{
    struct lexing l = {h, line, 0, 0, fn, ctx};
    struct str behind = {NULL, 0};

    if (!h->lang) {
        fn(ctx, STYLE_CODE, line);
        return;
    }
    if (line.len > LINE_MAX_BYTES) {
        l.line.len = LINE_MAX_BYTES;
        while (l.line.len && (line.ptr[l.line.len] & 0xC0) == 0x80)
            l.line.len--;
        behind = (struct str){line.ptr + l.line.len, line.len - l.line.len};
    }
    if (h->until)
        finish(&l, true);
    else if (h->lang->flags & BEGINNINGS)
        lex_beginning(&l);
    while (l.at < l.line.len)
        if (!lex_comment(&l) && !lex_string(&l) && !lex_number(&l) && !lex_word(&l))
            l.at++;
    l.at = l.line.len;
    told(&l);
    if (behind.len)
        fn(ctx, STYLE_CODE, behind);
}
