/* aws_world.c - prints an estate of tests/cases/aws as rules for aws_fake, with its times counted
 * from now: aws_world FILE.json. See tests/lib/awsworld.h. */
#include <stdio.h>

#include "runbook/base/clock.h"
#include "tests/lib/awsworld.h"

int main(int argc, char **argv)
{
    struct clock *clock;
    struct awsworld *w;

    if (argc != 2) {
        fprintf(stderr, "aws_world FILE.json\n");
        return 2;
    }
    clock = clock_system();
    w = awsworld_open(argv[1], clock->wall_ms(clock));
    puts(awsworld_rules(w));
    awsworld_close(w);
    return 0;
}
