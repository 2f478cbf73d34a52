#!/bin/bash
# Sets a network up (needs NET_ADMIN) and keeps it alive until it is told to end.
#
# SITE_NETWORK  the site's addresses in CIDR notation: every one of them is the site's own and can be bound
# SITE_ADDRESS  the address that its programs send from when they choose none; the engine gives it to the site's card
# ROUTES        ways to other networks: "NETWORK via GATEWAY, NETWORK via GATEWAY"
# FORWARD       1 for a router, which has neither of these
set -euo pipefail
trap 'exit 0' TERM INT

# setting NAME VALUE: set a setting of this network, unless it is so already: /proc/sys is mostly read-only.
setting() {
  local file="/proc/sys/net/ipv4/${1//.//}"
  if [ "$(< "$file")" != "$2" ] && ! echo "$2" 2> /dev/null > "$file"; then
    echo >&2 "net.ipv4.$1 is $(< "$file"): give the container that sysctl with the value $2"
    return 1
  fi
}

# Lay the ways as they should be, whatever of them is there; the engine takes some away with a card, and adds a way out.
settle() {
  # Nothing leads out of the lab: what is not of it is unreachable at once.
  ip route del default 2> /dev/null || true
  if [ -z "${SITE_NETWORK-}" ]; then
    return
  fi
  local card ways way network gateway
  card=$(ip -o -4 address show | awk -v own="$SITE_ADDRESS" '$2 != "lo" && index($4, own "/") == 1 { print $2 }')
  if [ -z "$card" ]; then
    echo >&2 "no card has the address $SITE_ADDRESS"
    return
  fi
  # On the loopback it stays when the engine takes the card away, and so does everything within the site.
  ip address replace "$SITE_ADDRESS/32" dev lo
  ip route replace local "$SITE_NETWORK" dev lo src "$SITE_ADDRESS" table local
  IFS=, read -ra ways <<< "${ROUTES-}"
  for way in "${ways[@]}"; do
    read -r network _ gateway <<< "$way"
    # The router is behind the cable, although all other addresses of the network are here: the longer prefix wins.
    ip route replace "$gateway/32" dev "$card" table local
    ip route replace "$network" via "$gateway" dev "$card" src "$SITE_ADDRESS"
    # Without its card the site finds no way; in a dark region nobody is told so: the loopback drops what is not its.
    ip route replace "$network" dev lo src "$SITE_ADDRESS" metric 1000
  done
  echo "$SITE_NETWORK is joined by $card"
}

if [ "${FORWARD:-0}" = 1 ]; then
  setting ip_forward 1
  # With cuts in one direction a packet's way back is not its way here.
  setting conf.all.rp_filter 0
fi
settle
touch /run/ready

# A network that was disconnected and joined again has lost its ways, and has a way out again.
ip -4 monitor address route | while read -r change; do
  case $change in
    Deleted*) ;;
    *inet* | default*) settle ;;
  esac
done &

# The first process has the orphans of whoever runs something here; waiting reaps them.
while true; do
  sleep 86400 &
  wait "$!" || true
done
