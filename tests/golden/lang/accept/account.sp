# What is counted beside the rules; the word is a name elsewhere.
policy edge {
    interface account = "eth0";
    account { flows   max 40000;traffic ; } # both
    ingress on account {
        rule account allow tcp to any port 22;
        default deny;
    }
}
