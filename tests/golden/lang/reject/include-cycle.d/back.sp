include "../include-cycle.sp";
