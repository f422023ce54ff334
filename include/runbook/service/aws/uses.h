/* uses.h - which operations of AWS each part of the program asks: what `runbook policy print --iam`
 * is made from. A part that asks something names it in uses.c; a test runs the program and compares
 * what it sent. The inventory is not named here: its lists are those of the definitions that say
 * `resource`; nor are mutations: their rows say what they ask and change. */
#ifndef RUNBOOK_SERVICE_AWS_USES_H
#define RUNBOOK_SERVICE_AWS_USES_H

struct aws_use {
    const char *feature;           /* "metrics": of --feature */
    const char *help;              /* a sentence */
    const char *const *operations; /* "cloudwatch:GetMetricData", SERVICE:OPERATION as in the
                                      definitions; NULL-terminated */
    const char *const *actions;    /* of IAM, of calls without a definition; NULL: none */
};
extern const struct aws_use aws_uses[]; /* ends with a NULL feature */

#endif
