#!/usr/bin/env bash
# Installs the Debian packages that the tests need. They are listed here and nowhere else; the program itself needs none.
# As root it installs what is missing; otherwise it prints the command to run and fails.
set -euo pipefail

# package | a command that it brings | what needs it
readonly PACKAGES='
mosquitto|mosquitto|an external MQTT broker, which is not our own: tests of the agent and the coordinator against it
ipmitool|ipmitool|talks to real BMCs: tests of fencing and of sensors over IPMI
openipmi|ipmi_sim|a BMC in software, for ipmitool to talk to
protobuf-compiler|protoc|reads what is published over Sparkplug B, and writes what hosts say
chromium|chromium|the browser in which the tests look at the dashboard
openssl|openssl|makes the certificate of a simulated Redfish service
j2cli|j2|Jinja, which reads the templates that Home Assistant is told: tests of the announcements
python3-jsonschema|jsonschema|judges the announcements
prometheus|promtool|judges the metrics
systemd-container|systemd-nspawn|boots a systemd for the tests: the packages, installed, started, killed, upgraded and removed
binutils|strip|makes the Node in the packages smaller
iproute2|ip|network namespaces: tests in which a link is cut
strace|strace|makes system calls fail: tests of the store on a failing disk
nftables|nft|cuts links between processes: tests of whole clusters under faults
faketime|faketime|steps the wall clock of processes that run, for the same tests
'

# Administrators' folders are not in everybody's PATH, and being able to run the tools there is not asked here.
PATH="$PATH:${EVENKEEL_SBIN:-/usr/local/sbin:/usr/sbin:/sbin}"

missing=()
while IFS='|' read -r package command reason; do
  [ -n "$package" ] || continue
  if command -v "$command" >/dev/null; then
    state='present'
  else
    state='MISSING'
    missing+=("$package")
  fi
  printf '%-7s  %-17s %s\n' "$state" "$package" "$reason"
done <<<"$PACKAGES"

[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "This is no Debian or Ubuntu: install what is missing by its own means, then run again: ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Not root. To install what is missing (${missing[*]}), run this, then run again:" >&2
  echo "  sudo bash $(realpath --relative-to=. "$0")" >&2
  exit 1
fi

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=''
trap 'rm -f "$log" ${made_policy:+"$policy"}' EXIT
# Debian starts what it installs, here services that nobody asked for. The tests start theirs themselves.
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
if ! { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "apt-get failed (see above)" >&2
  exit 1
fi
for service in mosquitto prometheus; do
  if [[ " ${missing[*]} " == *" $service "* ]] && command -v systemctl >/dev/null; then
    systemctl disable "$service" >/dev/null 2>&1 || echo "could not keep $service from starting with the machine" >&2
  fi
done
echo "installed ${missing[*]}"
