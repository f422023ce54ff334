/* tui_editor.c - the question in an editor of one's own: in a private file of a private folder, of
 * which nothing is left. */
#include "src/ui/tui_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define ARGS_MAX 16 /* words of $VISUAL */

static void forget_files(struct composer *c)
{
    DIR *dir = c->editor.dir ? opendir(c->editor.dir) : NULL;
    struct dirent *e;

    while (dir && (e = readdir(dir))) /* editors leave copies */
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(dir), e->d_name, 0);
    if (dir) {
        closedir(dir);
        rmdir(c->editor.dir);
    }
    free(c->editor.dir);
    free(c->editor.file);
    c->editor.dir = c->editor.file = NULL;
}

void tui_editor_release(struct tui *t)
{
    forget_files(&t->comp);
}

static bool write_file(struct tui *t, struct err *err)
{
    struct composer *c = &t->comp;
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    const char *base = runtime && *runtime == '/' ? runtime : tmp && *tmp == '/' ? tmp : "/tmp";
    int fd = -1;

    c->editor.dir = xasprintf("%s/runbook-edit-XXXXXX", base);
    if (!mkdtemp(c->editor.dir)) { /* 0700 */
        err_errno(err, errno, "make a private folder in %s", base);
        free(c->editor.dir);
        c->editor.dir = NULL;
        return false;
    }
    c->editor.file = path_join(c->editor.dir, "question.md");
    fd = open(c->editor.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_errno(err, errno, "make %s", c->editor.file);
        return false;
    }
    if (fd_write_all(fd, buf_str(&t->input.text), err)) {
        close(fd);
        return false;
    }
    return close(fd) == 0;
}

static void read_back(struct tui *t)
{
    struct buf text = BUF_INIT(LINEEDIT_MAX_BYTES);
    struct err err = ERR_INIT;

    if (file_read(t->comp.editor.file, &text, &err)) {
        tui_say(t, true, "What the editor wrote cannot be read: %s", err.msg);
    } else {
        if (text.len && text.ptr[text.len - 1] == '\n')
            buf_truncate(&text, text.len - 1); /* editors end every file with one */
        if (!str_eq(buf_str(&text), buf_str(&t->input.text)))
            lineedit_set(&t->input, buf_cstr(&text));
    }
    buf_release(&text);
}

static void editor_done(void *ctx, int status)
{
    struct tui *t = ctx;

    if (status == 0)
        read_back(t);
    else if (status > 128)
        tui_say(t, true, "The editor was ended by signal %d; the text is as it was", status - 128);
    else
        tui_say(t, true, "The editor ended with status %d; the text is as it was", status);
    forget_files(&t->comp);
}

/* $VISUAL may have arguments; no shell looks at it. */
static size_t split_words(char *text, const char **words, size_t max)
{
    size_t n = 0;

    for (char *p = text; n < max;) {
        while (*p == ' ' || *p == '\t')
            *p++ = '\0';
        if (!*p)
            break;
        words[n++] = p;
        while (*p && *p != ' ' && *p != '\t')
            p++;
    }
    return n;
}

void tui_edit_outside(struct tui *t)
{
    const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
    char *command = xstrdup(visual && *visual ? visual : editor && *editor ? editor : "vi");
    const char *argv[ARGS_MAX + 2] = {NULL};
    size_t n = split_words(command, argv, ARGS_MAX);
    struct err err = ERR_INIT;

    tui_complete_close(t);
    if (n == 0) {
        tui_say(t, true, "$VISUAL names no program");
    } else if (!write_file(t, &err)) {
        tui_say(t, true, "No editor: %s", err.msg);
        forget_files(&t->comp);
    } else {
        argv[n] = t->comp.editor.file;
        if (tui_go_away(t, argv, editor_done, t, &err)) {
            tui_say(t, true, "%s: set VISUAL or EDITOR to an editor that is installed", err.msg);
            forget_files(&t->comp);
        }
    }
    free(command);
}
