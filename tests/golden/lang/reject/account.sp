policy edge {
    account {
        trafic;
        flow max 4096;
        traffic 5;
        flows 5;
        flows max;
        flows max 10s;
        xyzzy;
    }
    ingress on uplink {
        account { traffic; }
        default deny;
    }
}
