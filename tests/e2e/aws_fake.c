/* aws_fake.c - AWS by rules, for shell tests: aws_fake RULES.json [LOG] prints its address and ends
 * with its standard input; then LOG says what it was asked, a line each. See tests/lib/awsfake.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "tests/lib/awsfake.h"

#define RULES_MAX ((size_t)8 << 20)
#define LOG_MAX ((size_t)256 << 20)

int main(int argc, char **argv)
{
    struct buf rules = BUF_INIT(RULES_MAX), log = BUF_INIT(LOG_MAX);
    struct awsfake *f;
    struct err err;
    FILE *to = argc > 2 ? fopen(argv[2], "w") : NULL;
    char byte;

    if (argc < 2 || file_read(argv[1], &rules, &err)) {
        fprintf(stderr, "aws_fake: %s\n", argc < 2 ? "RULES.json [LOG]" : err.msg);
        return 2;
    }
    f = awsfake_open(buf_cstr(&rules));
    printf("%s\n", awsfake_url(f));
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    awsfake_log(f, &log);
    if (to) {
        fputs(buf_cstr(&log), to);
        fclose(to);
    }
    awsfake_close(f);
    buf_release(&log);
    buf_release(&rules);
    return 0;
}
