include "include-cycle.d/back.sp";

policy p {
    ingress on up { default deny; }
}
