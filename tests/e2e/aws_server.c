/* aws_server.c - a server that answers from the recorded exchanges with AWS, for test_aws.sh:
 * prints its address, and ends with its standard input. Arguments: the shared folder, percent
 * throttled, "any" (see awswire.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/num.h"
#include "tests/lib/awswire.h"
#include "tests/lib/httpd.h"

int main(int argc, char **argv)
{
    struct wire_options o = {0};
    uint64_t percent;
    struct wire *w;
    unsigned answered, unknown, throttled;
    struct httpd *h;
    char byte;

    if (argc > 2 && num_u64(str_from(argv[2]), &percent))
        o.throttle_percent = (unsigned)percent;
    o.any = argc > 3 && strcmp(argv[3], "any") == 0;
    w = argc > 1 ? awswire_open(argv[1], &o) : NULL;
    if (!w) {
        fputs("no recorded exchanges\n", stderr);
        return 77;
    }
    h = httpd_start();
    httpd_handle(h, awswire_serve, w);
    printf("http://127.0.0.1:%u\n", httpd_port(h));
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    awswire_counts(w, &answered, &unknown, &throttled);
    fprintf(stderr, "%u answered, %u unknown, %u throttled\n", answered, unknown, throttled);
    httpd_stop(h);
    awswire_close(w);
    return 0;
}
