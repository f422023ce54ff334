/* rca_weights.h - written by tests/incidents/fit from 320 incidents (120 recorded, 200 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.311,  /* symptom */
    0.785,  /* other_kind */
    1.516,  /* resource */
    0.306,  /* traffic */
    0.751,  /* level */
    -1.839, /* callee */
    -1.916, /* share */
    -1.406, /* callee_res */
    1.767,  /* explains */
    1.736,  /* to_alert */
    -1.916, /* unreached */
    -2.499, /* observer */
    -0.349, /* late */
    -0.457, /* alerting */
    -0.611, /* by_load */
    -0.054, /* silent */
    -0.068, /* rare */
    0.724,  /* rise */
    1.467,  /* lost */
    -0.994, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    0.973,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.259, /* load */
    0.168,  /* named */
    0.481,  /* mute */
    -0.054, /* series */
    0.476,  /* unusual */
    1.846,  /* news */
    0.000,  /* lead */
    1.994,  /* clear */
    0.572,  /* story */
    -0.789, /* quiet */
};
static const double rca_wrong_bias = -4.181;

#endif
