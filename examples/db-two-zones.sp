# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A PostgreSQL server with a foot in two zones: application servers reach the
# database on one interface, administrators and the backup host on the other.
# Nothing crosses from one to the other, and the server opens no connections
# of its own but to its replica and the backup host.

policy db-two-zones {
    owner "dba";

    interface app = "eth0";
    interface admin = "eth1";

    net app-servers = { 10.30.1.0/24, fd00:30:1::/64 };
    net app-self = { 10.30.0.5, fd00:30::5 };
    net admin-self = { 10.40.0.5, fd00:40::5 };
    net admins = { 10.40.10.0/24, fd00:40:10::/64 };
    net backup-host = { 10.40.20.2, fd00:40:20::2 };
    net replica = { 10.40.0.6, fd00:40::6 };
    net monitors = { 10.40.30.0-10.40.30.15, fd00:40:30::/124 };

    port postgres = 5432;
    port high = 1024-65535;

    ingress on app {
        rule app-neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert } ttl 255;
        rule database allow tcp from app-servers to app-self port postgres;
        rule app-ping allow icmp echo-request from app-servers to app-self;

        # Somebody in the application zone looks for more than the database.
        rule curious deny tcp to app-self flags syn/syn,ack log;
        default deny;
    }

    egress on app {
        rule app-neighbours-out allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert } ttl 255;
        # Answers only: a packet without ACK would be the server opening a connection.
        rule app-answers allow tcp from app-self port postgres to app-servers port high
                flags ack/ack;
        rule app-pong allow icmp echo-reply from app-self to app-servers;
        default deny;
    }

    # At tc: many network cards take VLAN tags out of the frame, and XDP would not
    # see them.
    ingress on admin via tc {
        rule admin-neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert } ttl 255;

        # The administration zone is VLAN 40 and nothing else comes in here.
        rule other-vlan deny vlan { 1-39, 41-4094 } log;

        rule ssh allow tcp from admins to admin-self port 22 log;
        rule dba allow tcp from admins to admin-self port postgres log;
        rule replication allow tcp from replica to admin-self port postgres;
        rule replica-answers allow tcp from replica port postgres to admin-self port high
                flags ack/ack;
        rule metrics allow tcp from monitors to admin-self port 9187;

        # Backups are marked as bulk (CS1) so that they do not starve the rest.
        # What is not marked is let through for now, but seen.
        rule backup allow tcp from backup-host port 8432 to admin-self port high flags ack/ack
                dscp cs1;
        rule backup-unmarked allow tcp from backup-host port 8432 to admin-self port high
                flags ack/ack sample 1/100 ticket "NET-880" expires 2030-06-30;

        rule admin-ping allow icmp echo-request from { 10.40.0.0/16, fd00:40::/32 } to admin-self;

        # People sit here: tell them at once instead of letting them wait for a timeout.
        default reject;
    }

    egress on admin {
        rule admin-neighbours-out allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert } ttl 255;
        rule admin-answers allow tcp from admin-self port { 22, 5432, 9187 } to any port high
                flags ack/ack;
        rule replication-out allow tcp from admin-self to replica port postgres;
        rule backup-out allow tcp from admin-self to backup-host port 8432;
        rule admin-pong allow icmp echo-reply from admin-self;
        default deny;
    }

    # Proved for every packet, not only for those of the tests.
    assert applications-reach-the-database allow in ingress on app tcp from app-servers
            to app-self port postgres;
    assert only-the-database deny in ingress on app tcp from app-servers to any port { 1-5431,
            5433-65535 };
    assert no-strangers-at-the-database deny in ingress on app tcp from not app-servers;
    assert opens-nothing-to-applications deny in egress on app tcp flags syn/syn,ack;
    assert vlan-40-only deny in ingress on admin tcp vlan 41-4094;
    assert admins-log-in allow in ingress on admin tcp from admins to admin-self port 22 vlan 40;

    test "application zone" in ingress on app {
        packet tcp 10.30.1.7:40000 > 10.30.0.5:5432 syn expect allow by database;
        packet tcp [fd00:30:1::7]:40000 > [fd00:30::5]:5432 syn expect allow by database;
        packet tcp 10.30.2.7:40000 > 10.30.0.5:5432 syn expect deny by curious;
        packet tcp 10.30.1.7:40000 > 10.30.0.5:22 syn expect deny by curious;
        packet tcp [fd00:30:1::7]:40000 > [fd00:30::5]:22 syn expect deny by curious;
        packet tcp 10.30.1.7:40000 > 10.30.0.5:22 ack expect deny by default;
        packet udp 10.30.1.7:40000 > 10.30.0.5:5432 expect deny by default;
        packet tcp 10.30.1.7:40000 > 10.40.0.5:5432 syn expect deny by default;
        packet icmp 10.30.1.7 > 10.30.0.5 echo-request expect allow by app-ping;
        packet tcp 10.30.1.7 > 10.30.0.5 frag=later expect deny by default;
        packet tcp 10.30.1.7:40000 > 10.30.0.5:5432 syn truncate=44 expect deny by malformed;
        packet arp expect allow by non-ip;
    }

    test "administration zone" in ingress on admin {
        packet tcp 10.40.10.3:40000 > 10.40.0.5:22 syn vlan=40 expect allow by ssh;
        packet tcp [fd00:40:10::3]:40000 > [fd00:40::5]:5432 syn vlan=40 expect allow by dba;
        packet tcp 10.40.10.3:40000 > 10.40.0.5:22 syn vlan=41 expect deny by other-vlan;
        packet tcp 10.40.10.3:40000 > 10.40.0.5:22 syn vlan=41.40 expect deny by other-vlan;
        packet tcp 10.40.0.6:40000 > 10.40.0.5:5432 syn vlan=40 expect allow by replication;
        packet tcp 10.40.0.6:5432 > 10.40.0.5:40000 syn,ack expect allow by replica-answers;
        packet tcp 10.40.0.6:5432 > 10.40.0.5:40000 syn expect reject by default;
        packet tcp 10.40.20.2:8432 > 10.40.0.5:40000 ack dscp=8 expect allow by backup;
        packet tcp 10.40.20.2:8432 > 10.40.0.5:40000 ack dscp=0 expect allow by backup-unmarked;
        packet tcp 10.40.30.15:40000 > 10.40.0.5:9187 syn expect allow by metrics;
        packet tcp 10.40.30.16:40000 > 10.40.0.5:9187 syn expect reject by default;
        packet tcp [fd00:40:30::f]:40000 > [fd00:40::5]:9187 syn expect allow by metrics;
        packet tcp [fd00:40:30::10]:40000 > [fd00:40::5]:9187 syn expect reject by default;
        packet tcp 10.30.1.7:40000 > 10.40.0.5:5432 syn expect reject by default;
        packet icmp6 fe80::6 > ff02::1:ff00:5 nd-neighbor-solicit ttl=255
                expect allow by admin-neighbours;
        packet icmp6 fe80::6 > ff02::1:ff00:5 nd-neighbor-solicit ttl=254 expect reject by default;
    }

    test "the server opens nothing towards the applications" in egress on app {
        packet tcp 10.30.0.5:5432 > 10.30.1.7:40000 syn,ack expect allow by app-answers;
        packet tcp [fd00:30::5]:5432 > [fd00:30:1::7]:40000 ack,psh expect allow by app-answers;
        packet tcp 10.30.0.5:5432 > 10.30.1.7:40000 syn expect deny by default;
        packet tcp 10.30.0.5:40000 > 10.30.1.7:80 syn expect deny by default;
        packet udp 10.30.0.5:40000 > 10.30.1.7:53 expect deny by default;
        packet icmp 10.30.0.5 > 10.30.1.7 echo-reply expect allow by app-pong;
    }

    test "and only backups and replication on the other side" in egress on admin {
        packet tcp 10.40.0.5:40000 > 10.40.20.2:8432 syn expect allow by backup-out;
        packet tcp [fd00:40::5]:40000 > [fd00:40::6]:5432 syn expect allow by replication-out;
        packet tcp 10.40.0.5:22 > 10.40.10.3:40000 syn,ack expect allow by admin-answers;
        packet tcp 10.40.0.5:40000 > 10.40.10.3:22 syn expect deny by default;
    }
}
