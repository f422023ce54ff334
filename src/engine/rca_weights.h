/* rca_weights.h - written by tests/incidents/fit from 198 incidents (48 recorded, 150 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.479,  /* symptom */
    0.425,  /* other_kind */
    1.477,  /* resource */
    0.163,  /* traffic */
    0.816,  /* level */
    -1.709, /* callee */
    -1.725, /* share */
    -0.945, /* callee_res */
    1.902,  /* explains */
    -2.084, /* unreached */
    -2.418, /* observer */
    -0.716, /* late */
    0.323,  /* alerting */
    -0.615, /* by_load */
    0.375,  /* silent */
    -0.499, /* rare */
    -0.917, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    1.740,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.300, /* load */
    0.213,  /* named */
    0.797,  /* mute */
    0.000,  /* series */
    -1.483, /* quiet */
};
static const double rca_wrong_bias = -2.621;

#endif
