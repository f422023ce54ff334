/* rca_weights.h - written by tests/incidents/fit from 198 incidents (48 recorded, 150 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.521,  /* symptom */
    0.487,  /* other_kind */
    1.518,  /* resource */
    0.329,  /* traffic */
    0.833,  /* level */
    -1.125, /* callee */
    -1.622, /* share */
    -0.929, /* callee_res */
    1.439,  /* explains */
    -1.889, /* unreached */
    -2.441, /* observer */
    -0.793, /* late */
    0.238,  /* alerting */
    -0.614, /* by_load */
    0.553,  /* silent */
    -0.895, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    1.633,  /* peak */
    0.003,  /* alert */
    0.000,  /* second */
    -0.300, /* load */
    0.288,  /* named */
    0.940,  /* mute */
    0.000,  /* series */
    -1.760, /* quiet */
};
static const double rca_wrong_bias = -2.763;

#endif
