# Names that every policy of the company shares.
include "sites.sp";

net office = { 198.51.100.0/24, 2001:db8:ff::/48 };
port admin = { 22, 3389 };
