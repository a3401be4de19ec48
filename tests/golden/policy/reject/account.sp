policy edge {
    interface uplink = "eth0";
    account {
        flows max 1_023;
        traffic;
        flows;
        traffic;
    }
    account { flows max 1_048_577; }
    ingress on uplink { default deny; }
}
