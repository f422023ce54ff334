/* rca_weights.h - written by tests/incidents/fit from 617 incidents (120 recorded, 497 simulated);
 * do not edit. In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what
 * they mean. */
#ifndef RUNBOOK_ENGINE_RCA_WEIGHTS_H
#define RUNBOOK_ENGINE_RCA_WEIGHTS_H
static const double rca_weights[RCA_FEATURES] = {
    1.282,  /* symptom */
    0.337,  /* other_kind */
    1.328,  /* resource */
    0.033,  /* traffic */
    0.587,  /* level */
    -2.031, /* callee */
    -1.820, /* share */
    -0.943, /* callee_res */
    1.579,  /* explains */
    1.837,  /* to_alert */
    -2.283, /* unreached */
    -2.593, /* observer */
    -0.570, /* late */
    -0.505, /* alerting */
    -0.873, /* by_load */
    -0.187, /* silent */
    0.000,  /* rare */
    1.064,  /* rise */
    1.587,  /* lost */
    -0.789, /* perhaps */
    -0.359, /* beside */
    1.798,  /* waits */
    0.300,  /* apart */
};
/* when nobody knows who calls whom */
static const double rca_loose_weights[RCA_FEATURES] = {
    1.593,  /* symptom */
    0.424,  /* other_kind */
    1.531,  /* resource */
    0.746,  /* traffic */
    0.391,  /* level */
    -1.863, /* callee */
    -1.517, /* share */
    -0.943, /* callee_res */
    1.273,  /* explains */
    2.359,  /* to_alert */
    -2.283, /* unreached */
    -2.637, /* observer */
    -0.703, /* late */
    -0.351, /* alerting */
    -0.874, /* by_load */
    -0.057, /* silent */
    0.000,  /* rare */
    0.981,  /* rise */
    1.587,  /* lost */
    -0.966, /* perhaps */
    -0.592, /* beside */
    1.791,  /* waits */
    0.300,  /* apart */
};
static const double rca_wrong_weights[RCA_GLOBALS] = {
    0.641,  /* peak */
    0.000,  /* alert */
    0.000,  /* second */
    -0.416, /* load */
    0.561,  /* named */
    0.658,  /* mute */
    0.000,  /* series */
    0.207,  /* unusual */
    2.049,  /* news */
    0.000,  /* lead */
    3.195,  /* clear */
    0.050,  /* story */
    -0.565, /* quiet */
};
static const double rca_wrong_bias = -4.451;

#endif
