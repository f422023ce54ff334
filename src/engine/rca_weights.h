/* rca_weights.h - written by tests/incidents/fit from 320 incidents (120 recorded, 200 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.329,  /* symptom */
    0.663,  /* other_kind */
    1.481,  /* resource */
    0.311,  /* traffic */
    0.845,  /* level */
    -1.877, /* callee */
    -1.935, /* share */
    -1.397, /* callee_res */
    1.516,  /* explains */
    1.639,  /* to_alert */
    -2.053, /* unreached */
    -2.626, /* observer */
    -0.382, /* late */
    -0.529, /* alerting */
    -0.603, /* by_load */
    -0.042, /* silent */
    -0.082, /* rare */
    0.704,  /* rise */
    1.500,  /* lost */
    -0.944, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    1.210,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.253, /* load */
    0.347,  /* named */
    0.483,  /* mute */
    -0.380, /* series */
    0.054,  /* unusual */
    1.776,  /* news */
    0.039,  /* lead */
    2.157,  /* clear */
    0.471,  /* story */
    -0.833, /* quiet */
};
static const double rca_wrong_bias = -4.464;

#endif
