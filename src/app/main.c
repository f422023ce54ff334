/* main.c - options and wiring. */
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("runbook " PACKAGE_VERSION);
    return 0;
}
