//! Totem's transports: libknet, UDP unicast, multicast
