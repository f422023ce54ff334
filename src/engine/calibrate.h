/* calibrate.h - from what the methods say of themselves to the number that people see.
 * A confidence is a probability: of all conclusions shown with .8, eight of ten are right. Neither
 * the sum of terms nor the ranking is that by itself; both go through a table that was
 * measured on incidents that were not used to fit it (doc/INVESTIGATOR.md, "Reliability"). Both end
 * below 1: statistics are never certain. Pure. */
#ifndef RUNBOOK_ENGINE_CALIBRATE_H
#define RUNBOOK_ENGINE_CALIBRATE_H

#define CALIBRATE_MOST 0.97

/* The sum of terms of a hypothesis, 0-100, as a probability. */
double calibrate_sum(int score);
/* What the ranking gives its first candidate, 0-1, as a probability. */
double calibrate_ranked(double p);

#endif
