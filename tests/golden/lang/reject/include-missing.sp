include "include-cycle.d/none.sp";
include "include-cycle.d";

policy p {
    ingress on up { default deny; }
}
