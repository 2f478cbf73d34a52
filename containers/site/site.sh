#!/bin/bash
# Sets a network up (needs NET_ADMIN) and keeps it alive until it is told to end; any command given is run first.
#
# SITE_NETWORK  the site's addresses in CIDR notation: every one of them is the site's own and can be bound
# SITE_ADDRESS  the address that its programs send from when they choose none
# ROUTES        ways to other networks, "NETWORK via GATEWAY, NETWORK via GATEWAY"; a GATEWAY is reached directly
# FORWARD       1 for a router
set -euo pipefail
trap 'exit 0' TERM INT

# setting NAME VALUE: set a setting of this network, unless it is so already: /proc/sys is mostly read-only.
setting() {
  local file="/proc/sys/net/ipv4/$1"
  if [ "$(< "$file")" != "$2" ] && ! echo "$2" 2> /dev/null > "$file"; then
    echo >&2 "net.ipv4.${1//\//.} is $(< "$file"): give the container that sysctl with the value $2"
    return 1
  fi
}

# The site's own card, whatever else it is joined to: the one whose network holds SITE_ADDRESS.
card() {
  ip -o -4 route show match "$SITE_ADDRESS" scope link | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1
}

if [ "${FORWARD:-0}" = 1 ]; then
  setting ip_forward 1
fi
if [ -n "${SITE_NETWORK-}" ]; then
  card=$(card)
  ip route replace local "$SITE_NETWORK" dev lo src "$SITE_ADDRESS"
  # Nothing leads out of the lab, whatever the engine thinks.
  ip route del default 2> /dev/null || true
  IFS=, read -ra ways <<< "${ROUTES-}"
  for way in "${ways[@]}"; do
    read -r network _ gateway <<< "$way"
    # The router is behind the cable although its address is of the site's network: the longer prefix wins.
    ip route replace "$gateway/32" dev "$card" src "$SITE_ADDRESS"
    ip route replace "$network" via "$gateway" dev "$card" src "$SITE_ADDRESS"
  done
fi

"$@"
touch /run/ready
# As the first process it has the orphans of whoever runs something here; waiting reaps them.
while true; do
  sleep 86400 &
  wait "$!" || true
done
