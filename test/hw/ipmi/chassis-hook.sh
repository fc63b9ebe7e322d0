#!/bin/sh
# What ipmi_sim runs where a real BMC would pull a line of the board: chassis-hook.sh DIRECTORY get|set …
# It runs it with popen and waits until its output is closed, so what is started here must let go of it.
#   DIRECTORY/power      1 or 0
#   DIRECTORY/boot       the node's command: started at power on in a session of its own, its whole group killed at power off
#   DIRECTORY/stuck      while it is there, power-off is accepted and nothing happens
#   DIRECTORY/touchy     while it is there, a power-off of what is off already is an error
#   DIRECTORY/hasty      while it is there, it says off at once, and the node dies only after the seconds that it holds
D=$1
op=$2
shift 2
stop() {
  pid=$(cat "$D/boot.pid" 2>/dev/null)
  [ -z "$pid" ] || kill -KILL "-$pid" 2>/dev/null
  rm -f "$D/boot.pid"
  echo 0 >"$D/power"
}
start() {
  echo 1 >"$D/power"
  [ -x "$D/boot" ] || return
  # its number is written by itself, in its own session: before that its group could not be killed
  setsid sh -c 'echo $$ >"$0/boot.pid" && exec "$0/boot"' "$D" </dev/null >/dev/null 2>&1 &
  while [ ! -s "$D/boot.pid" ] && kill -0 $! 2>/dev/null; do :; done
}
case $op in
get)
  for what; do
    case $what in
    power) echo "power:$(cat "$D/power")" ;;
    boot) echo boot:default ;;
    *) exit 1 ;;
    esac
  done
  ;;
set)
  while [ $# -gt 1 ]; do
    case "$1 $2" in
    'power 0')
      [ ! -e "$D/touchy" ] || [ "$(cat "$D/power")" = 1 ] || exit 1
      if [ -e "$D/hasty" ]; then
        echo 0 >"$D/power"
        (sleep "$(cat "$D/hasty")" && stop) </dev/null >/dev/null 2>&1 &
      elif [ ! -e "$D/stuck" ]; then
        stop
      fi
      ;;
    'power 1') [ "$(cat "$D/power")" = 1 ] || start ;;
    'reset 1')
      stop
      start
      ;;
    esac
    shift 2
  done
  ;;
*) exit 1 ;;
esac
