/* json_line.c - where in a JSON text a value stands. A walk over the bytes that makes nothing: the
 * text was parsed before, so its strings end and its brackets match. */
#include "runbook/codec/json.h"

#include <string.h>

struct walk {
    struct str text;
    size_t at;
};

static bool more(const struct walk *w)
{
    return w->at < w->text.len;
}

static char now(const struct walk *w)
{
    return more(w) ? w->text.ptr[w->at] : '\0';
}

static void blanks(struct walk *w)
{
    while (more(w) && strchr(" \t\r\n,:", now(w)) && now(w))
        w->at++;
}

static struct str string(struct walk *w)
{
    size_t from = ++w->at;

    while (more(w) && now(w) != '"')
        w->at += now(w) == '\\' ? 2 : 1;
    if (w->at > w->text.len)
        w->at = w->text.len;
    w->at++;
    return (struct str){w->text.ptr + from, w->at - 1 - from};
}

static void skip(struct walk *w)
{
    size_t depth = 0;

    do {
        char c = now(w);

        if (c == '"') {
            string(w);
            continue;
        }
        depth += c == '{' || c == '[';
        if ((c == '}' || c == ']') && depth)
            depth--;
        w->at++;
    } while (more(w) && (depth || !strchr(",]} \t\r\n", now(w))));
}

/* To the member or element that `piece` names; false: it is not there. */
static bool enter(struct walk *w, struct str piece)
{
    bool object = now(w) == '{';
    size_t index = 0, want = 0;

    if (!object && now(w) != '[')
        return false;
    for (size_t i = 0; i < piece.len && !object; i++)
        want = want * 10 + (size_t)(piece.ptr[i] - '0');
    w->at++;
    for (blanks(w); more(w) && now(w) != '}' && now(w) != ']'; blanks(w), index++) {
        bool found = object ? now(w) == '"' && str_eq(string(w), piece) : index == want;

        blanks(w);
        if (found)
            return true;
        skip(w);
    }
    return false;
}

size_t json_line(struct str text, const char *path)
{
    struct walk w = {text, 0};
    struct str rest = str_from(path), piece;
    size_t line = 1, good;

    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        w.at = 3;
    blanks(&w);
    good = w.at;
    while (str_split(&rest, '.', &piece) && enter(&w, piece))
        good = w.at;
    for (size_t i = 0; i < good && i < text.len; i++)
        line += text.ptr[i] == '\n';
    return line;
}
