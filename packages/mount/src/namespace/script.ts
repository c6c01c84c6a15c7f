/**
 * Puts a machine's files over those of the host and becomes the program; for `unshare -m sh -c`.
 * Arguments: the program that sends uevents, or nothing; the mount, the number of places, of each place its kind and path, and the words of the program.
 * Status 125 where it could not: no program has run then.
 */
export const OVERLAY_SCRIPT = `
hold=
# What was held for a moment goes, too: its directory is the host's.
fail() {
  echo "memhp: $1" >&2
  [ -z "$hold" ] || { umount -n -l "$hold" 2>/dev/null; rmdir "$hold"; }
  exit 125
}
# Shows all that is in a directory on a new filesystem, so that more can be put there.
remake() {
  case " $remade " in *" $1 "*) return;; esac
  [ -d "$1" ] || { remake "$(dirname "$1")"; mkdir "$1" || fail "cannot make $1"; }
  hold=$(mktemp -d) || fail "no directory for temporary files"
  mount -n --rbind "$1" "$hold" || fail "cannot bind $1"
  mount -n -t tmpfs -o mode=755 memhp "$1" || fail "cannot mount over $1"
  for each in "$hold"/* "$hold"/.[!.]*; do
    name=$1/\${each##*/}
    if [ -L "$each" ]; then cp -P "$each" "$name"
    elif [ -d "$each" ]; then mkdir "$name" && mount -n --rbind "$each" "$name"
    elif [ -e "$each" ]; then : > "$name" && mount -n --bind "$each" "$name"
    fi || fail "cannot show $name"
  done
  umount -n -l "$hold" && rmdir "$hold" && hold=
  remade="$remade $1"
}
# Programs look in the table of mounts for debugfs. The machine's files are all that they find in it, unless the host has it mounted.
show_debugfs() {
  case $1 in $debug/*) ;; *) return;; esac
  if grep -q " $debug debugfs " /proc/self/mounts; then return; fi
  mount -n -t debugfs memhp $debug 2>/dev/null || return 0
  mount -n -t tmpfs -o mode=755 memhp $debug || fail "cannot mount over $debug"
}
debug=/sys/kernel/debug
sender=$1 root=$2 places=$3 remade=
shift 3
while [ "$places" -gt 0 ]; do
  kind=$1 path=$2 places=$((places - 1))
  shift 2
  if [ "$kind" = hidden ]; then
    remake "$(dirname "$path")"
    umount -n -l "$path" && rm -d "$path" || fail "cannot hide $path"
    continue
  fi
  show_debugfs "$path"
  if [ ! -e "$path" ]; then
    remake "$(dirname "$path")"
    if [ "$kind" = directory ]; then mkdir "$path"; else : > "$path"; fi || fail "cannot make $path"
  fi
  mount -n --bind "$root$path" "$path" || fail "cannot put the machine over $path"
done
# The host's own memory must be out of reach before anything runs: 65735546 is FUSE.
memory=/sys/devices/system/memory
[ "$(stat -f -c %t "$memory")" = 65735546 ] || fail "$memory is the host's still"
if [ -n "$sender" ]; then
  command -v perl >/dev/null || fail "perl is missing, which sends uevents: install perl-base"
  # Its parent ends at once, so that the program has no child that it does not know.
  (perl -e "$sender" <&3 >/dev/null 2>&1 &)
  exec 3<&-
fi
# A module would go into the host's kernel.
without='setpriv --bounding-set=-sys_module --inh-caps=-sys_module --'
$without true 2>/dev/null || without=
exec $without "$@"
`
