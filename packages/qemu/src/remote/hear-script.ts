/**
 * `hear` tells uevents of memory and nodes as they come, and first by what: `udevadm`, `busybox`, or nothing where the machine has
 * neither. Each comes as a line, `KERNEL[8.99] offline /devices/… (memory)` or `offline@/devices/…`, and is told by one write, so that
 * it stays whole. Busybox's uevent keeps back what it prints by itself until it is much, unless a terminal reads it; a program that
 * it runs for each does not.
 * Source: udevadm(8); busybox 1.35, as seen on a guest.
 */
export const HEAR_SCRIPT = `
told() { printf '\\n@%s U %s\\n' $NONCE "$*"; }
hear() {
  echo='echo "$ACTION@$DEVPATH"'
  if command -v udevadm >/dev/null; then
    by=udevadm; set -- udevadm monitor --kernel --subsystem-match=memory --subsystem-match=node
  elif command -v uevent >/dev/null; then
    by=busybox; set -- uevent sh -c "$echo"
  elif busybox --list 2>/dev/null | grep -qx uevent; then
    by=busybox; set -- busybox uevent sh -c "$echo"
  else return 0; fi
  mkfifo "$T/heard" || return
  "$@" >"$T/heard" 2>/dev/null &
  echo $! >"$T/hears"
  (
    set -f
    while IFS= read -r line; do case $line in
      KERNEL*" /devices/system/"*) set -- $line; told "$2" "$3" ;;
      *@/devices/system/memory/*|*@/devices/system/node/*) told "\${line%%@*}" "\${line#*@}" ;;
    esac; done <"$T/heard"
    told
  ) 2>/dev/null &
  echo $by
}
unhear() { [ ! -e "$T/hears" ] || { read -r pid <"$T/hears"; rm -f "$T/hears" "$T/heard"; kill $pid; } 2>/dev/null; }
`
