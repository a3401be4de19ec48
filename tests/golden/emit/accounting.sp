# Traffic and flows: the fields that they take, and the class of what is no IP.
policy account {
    interface uplink = "eth0";
    account {
        traffic;
        flows;
    }
    ingress on uplink {
        rule web allow tcp to any port 80;
        default deny;
    }
    egress on uplink {
        default allow;
    }
}
