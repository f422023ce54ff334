/* rca_weights.h - written by tests/incidents/fit from 178 incidents (48 recorded, 130 simulated); do not edit.
 * In the order of enum rca_feature and enum rca_global. doc/INVESTIGATOR.md says what they mean. */
static const double rca_weights[RCA_FEATURES] = {
    1.240, /* symptom */
    0.809, /* other_kind */
    1.255, /* resource */
    0.547, /* traffic */
    0.479, /* level */
    -1.685, /* callee */
    -1.470, /* share */
    -0.930, /* callee_res */
    1.880, /* explains */
    -1.447, /* unreached */
    -2.524, /* observer */
    -0.369, /* late */
    -0.140, /* alerting */
    -0.589, /* by_load */
    0.309, /* silent */
    -0.812, /* perhaps */
};
/* of scores, when nobody knows who calls whom */
static const double rca_loose = 1.00;
static const double rca_wrong_weights[RCA_GLOBALS] = {
    1.538, /* peak */
    0.049, /* alert */
    0.000, /* second */
    -0.295, /* load */
    0.129, /* named */
    -1.626, /* quiet */
};
static const double rca_wrong_bias = -2.790;
