import { HEAR_SCRIPT } from './hear-script'

/**
 * What a POSIX shell at the far side is given first. Requests then are lines, as those of a guest's agent. A write runs beside the
 * requests, so that one connection is enough to look at the machine meanwhile: `begin ID PATH TEXT`, `look ID`, `stop ID`. Where the
 * connection ends, a write goes on: `trap` keeps the hang-up away. What listens ends with the connection.
 */
export const remoteScript = (nonce: string): string => `
LC_ALL=C; export LC_ALL; trap '' HUP; NONCE=${nonce}
for folder in "\${TMPDIR:-/tmp}" /run /dev/shm; do T=$(mktemp -d "$folder/memhp.XXXXXX" 2>/dev/null) && break; done
[ -n "$T" ] || exit 125
trap 'unhear; rm -rf "$T"' EXIT
trap 'exit 1' PIPE
begin() {
  printf '%b' "$3" >"$T/$1.text" || return
  [ -e "$2" ] || { ls -d "$2" >/dev/null; return; }
  (
    dd if="$T/$1.text" of="$2" bs=65536 status=none 2>"$T/$1.error" </dev/null &
    echo $! >"$T/$1.pid"
    wait $!
    echo $? >"$T/$1.part"
    mv "$T/$1.part" "$T/$1.status"
  ) >/dev/null 2>&1 &
  # Most writes are over at once.
  i=0; while [ ! -e "$T/$1.status" ] && [ $i -lt 3 ]; do i=$((i+1)); sleep 0.05 2>/dev/null || sleep 1; done
  look "$1"
}
look() {
  [ -e "$T/$1.status" ] || { echo running; return 0; }
  cat "$T/$1.error" >&2
  read -r status <"$T/$1.status"
  rm -f "$T/$1".*
  return $status
}
stop() { [ ! -e "$T/$1.pid" ] || { read -r pid <"$T/$1.pid" && kill -9 $pid; }; }
waits() { for file in "$T"/*.pid; do [ -e "$file" ] && read -r pid <"$file" && cat /proc/$pid/wchan && return; done; }
${HEAR_SCRIPT}
printf '\\n@%s ready %s\\n' $NONCE "$(uname -r)"
while IFS= read -r line; do eval "\${line#* }" 2>"$T/error" </dev/null; status=$?; { printf '\\n@%s E\\n' $NONCE; cat "$T/error"; printf '\\n@%s %s %s\\n' $NONCE "\${line%% *}" $status; }; done
exit
`
