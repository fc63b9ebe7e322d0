#!/usr/bin/env bash
# boot-machine.sh OUT PROGRAM [ARGUMENT ...]
# Boots a machine with a systemd of its own on a throw-away copy of this one's root file system, runs a program in it as root,
# and leaves in OUT what the program printed (output), its exit status (status) and the boot's log (boot.log). Only OUT is
# kept. Needs root and systemd-nspawn. The machine has no network but its loopback.
set -euo pipefail
if [ -z "${BOOT_BASE:-}" ]; then # once more in a mount namespace of its own: every mount ends with it
  base=$(mktemp -d)
  trap 'rmdir "$base"' EXIT
  BOOT_BASE=$base unshare --mount --propagation private "$0" "$@"
  exit
fi
out=$1
shift
base=$BOOT_BASE
mount -t tmpfs -o mode=755 none "$base"
mkdir "$base"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root
# Not a copy of this machine's identity, nor of what it is set up to start.
rm -f "$root/etc/machine-id"
echo 22222222222222222222222222222222 >"$root/etc/machine-id"
# nor what an Evenkeel that is in use here has left
rm -rf "$root/var/lib/evenkeel" "$root/etc/evenkeel"
cat >"$root/etc/systemd/system/boot-machine.target" <<'UNIT'
[Unit]
Requires=basic.target boot-machine.service
AllowIsolate=yes
UNIT
{
  printf '[Unit]\nAfter=basic.target\nSuccessAction=exit\nFailureAction=exit\n[Service]\nType=oneshot\nEnvironment=PATH=%s\n' \
    /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  printf "ExecStart=/bin/bash -c '\"\$\$@\" >/boot-machine-out/output 2>&1; echo \$\$? >/boot-machine-out/status' boot"
  printf ' "%s"' "$@"
  echo
} >"$root/etc/systemd/system/boot-machine.service"
mkdir -p "$root/boot-machine-out"
binds=(--bind="$out:/boot-machine-out")
for folder in ${BOOT_BIND:-}; do binds+=(--bind-ro="$folder"); done # what may lie on another file system than /
timeout "${BOOT_LIMIT_S:-150}" systemd-nspawn --quiet --register=no --keep-unit --private-network --boot \
  --directory="$root" "${binds[@]}" systemd.unit=boot-machine.target systemd.log_target=journal \
  </dev/null >"$out/boot.log" 2>&1 || true
