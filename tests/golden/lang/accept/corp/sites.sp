net berlin = 203.0.113.0/25;
net lisbon = 203.0.113.128/25;
