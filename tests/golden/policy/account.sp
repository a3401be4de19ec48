# The cache has a power of two of entries.
policy edge {
    interface uplink = "eth0";
    account {
        traffic;
        flows max 5_000;
    }
    ingress on uplink { default deny; }
}
