# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Finds port scans and blocks the scanner for ten minutes. It filters nothing
# else: put its rules before those of a policy that does.
#
# Scans are counted in different ports or hosts, not in packets, so that a busy
# client is no scanner. docs/detection.md has the reasons for the numbers.

policy detect-scan {
    owner "netops";

    interface uplink = "eth0";

    net trusted = { 10.20.0.0/16, fd00:20::/48 };  # a forged source cannot lock these out

    # A client's own end of a connection is never here. Below them are services.
    port services = { 1-1023 };
    port not-dns = { 1-52, 54-1023 };  # a resolver asks many servers
    port traceroute = { 33434-33534 };

    set scanners : addr max 100_000 timeout 10m;

    ingress on uplink {
        rule trusted allow from trusted;
        rule scanner deny from @scanners sample 1/100;

        # More than 100 attempts in a second, whatever the ports.
        rule fast-scan rate-limit 100/s burst 100 per src tcp flags syn/fin,syn,rst,ack else deny
                detect fast-scan add src to @scanners;

        # One source, many ports: of services, or of anything (passive FTP uses some).
        rule tcp-ports rate-limit 12/m distinct port per src tcp port services
                flags syn/fin,syn,rst,ack else deny detect port-scan add src to @scanners;
        rule tcp-ports-wide rate-limit 60/m distinct port per src tcp flags syn/fin,syn,rst,ack
                else deny detect port-scan add src to @scanners;
        rule udp-ports rate-limit 12/m distinct port per src udp port not traceroute state new
                else deny detect port-scan add src to @scanners;

        # One source, many hosts: the same port on all, or a ping.
        rule tcp-hosts rate-limit 60/m distinct dst per src, port tcp flags syn/fin,syn,rst,ack
                else deny detect host-scan add src to @scanners;
        rule udp-hosts rate-limit 60/m distinct dst per src, port udp port not-dns state new
                else deny detect host-scan add src to @scanners;
        rule pings rate-limit 30/m distinct dst per src icmp echo-request else deny detect host-scan
                add src to @scanners;

        # Flags that no TCP sends: NULL, FIN, XMAS, SYN with FIN. Some are noise, more a scan.
        rule null-scan rate-limit 3/m burst 3 per src tcp flags none/fin,syn,rst,ack else deny
                detect odd-flags add src to @scanners;
        rule fin-scan rate-limit 3/m burst 3 per src tcp flags fin/fin,syn,rst,ack else deny
                detect odd-flags add src to @scanners;
        rule syn-fin-scan rate-limit 3/m burst 3 per src tcp flags fin,syn/fin,syn else deny
                detect odd-flags add src to @scanners;

        # ACK and FIN+ACK (Maimon) of no connection.
        rule stray-scan rate-limit 12/m distinct port per src tcp port services
                flags ack/syn,rst,ack state invalid else deny detect port-scan add src to @scanners;
        default allow;
    }
    egress on uplink {
        default allow;  # answers go by here: the state of connections needs to see them
    }

    assert trusted-stay allow in ingress from trusted;
    assert scanners-stay-out deny in ingress from not trusted and @scanners;
    assert quiet-ones-pass allow in ingress from not @scanners under limits;

    test "the fourth segment without flags is a scan, and then nothing comes in" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:21 none expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 none expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:23 none vlan=10 expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:25 psh,urg expect deny by null-scan;
        packet icmp 203.0.113.5 > 192.0.2.10 echo-request expect deny by scanner;
        packet udp 203.0.113.5 > 192.0.2.10 frag=later expect deny by scanner;
        packet tcp 203.0.113.6:40000 > 192.0.2.10:443 syn expect allow by default;
        wait 10m;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn truncate=40 expect deny by malformed;
        packet arp expect allow by non-ip;
    }
    test "FIN, XMAS and SYN with FIN" in ingress {
        packet tcp [2001:db8:f::5]:4000 > [2001:db8::10]:21 fin expect allow by default;
        packet tcp [2001:db8:f::5]:4000 > [2001:db8::10]:22 fin,psh,urg expect allow by default;
        packet tcp [2001:db8:f::5]:4000 > [2001:db8::10]:23 fin expect allow by default;
        packet tcp [2001:db8:f::5]:4000 > [2001:db8::10]:25 fin,psh,urg expect deny by fin-scan;
        packet tcp 203.0.113.9:4000 > 192.0.2.10:21 syn,fin expect allow by default;
        packet tcp 203.0.113.9:4000 > 192.0.2.10:21 syn,fin expect allow by default;
        packet tcp 203.0.113.9:4000 > 192.0.2.10:21 syn,fin expect allow by default;
        packet tcp 203.0.113.9:4000 > 192.0.2.10:21 syn,fin expect deny by syn-fin-scan;
    }
    test "the ends of a real connection are no scan" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect allow by default;
        packet tcp 192.0.2.10:443 > 203.0.113.5:40000 syn,ack in egress expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 ack expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 fin,ack expect allow by default;
    }
}
