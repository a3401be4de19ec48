include "corp/nets.sp";
include "corp/sites.sp";
interface lan = "br-lan";
net one = 192.0.2.1;
net many = { one, 10.0.0.0/8, 172.16.0.1-172.16.0.9, fd00::/8, berlin };
net listed = file "lists/martians.txt";
port p1 = 80;
port p2 = 1024-65535;
port p3 = { p1, 443, 8080-8090, domain };
port p4 = not 25;
service ping = icmp/echo-request;
service mixed = { udp/53, tcp/8000-8010, tcp/http, icmp6/128, icmp, esp, gre, sctp/3868 };
group web = label app = web and env=prod;
group odd = label not (tier = "front end" or app.kubernetes.io/name=42) and port=http;
set s1 : addr max 1_0;
set s2 : addr from "lists/bogons.txt" timeout 1d max 5000;
set s3 : addr . port . proto max 12345;

policy declarations {
    interface wan = "eth0";
    ingress on wan { default deny; }
}
