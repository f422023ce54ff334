/* rca_weights.h - written by tests/incidents/fit from 198 incidents (48 recorded, 150 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.428,  /* symptom */
    0.517,  /* other_kind */
    1.513,  /* resource */
    0.252,  /* traffic */
    0.930,  /* level */
    -1.689, /* callee */
    -1.661, /* share */
    -0.991, /* callee_res */
    1.915,  /* explains */
    -1.934, /* unreached */
    -2.489, /* observer */
    -0.711, /* late */
    0.281,  /* alerting */
    -0.610, /* by_load */
    0.501,  /* silent */
    -0.765, /* rare */
    -0.904, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    1.737,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.300, /* load */
    0.265,  /* named */
    0.849,  /* mute */
    0.000,  /* series */
    -1.676, /* quiet */
};
static const double rca_wrong_bias = -2.821;

#endif
