# Helpers for the finding scripts beside this folder: sourced, not run.
# Packages come from the Debian mirror this machine is set up for and are unpacked into $tmp; nothing is installed.
# Needs an amd64 machine with bash, apt-get, dpkg-deb, xz. Exit status of a script: 0 as stated, 1 changed, 2 could not be tried.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
changed=0

give_up() { echo "not tried: $*"; exit 2; }

# apt ARCH SUITE ARGUMENT...: apt-get for one suite, with its state in $tmp
apt() {
  local d=$tmp/apt/$1-$2 arch=$1 suite=$2 mirror key
  shift 2
  local options=(-qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root
    -o Dir::Etc::SourceList="$d/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$d/lists"
    -o Dir::Cache="$d/cache" -o Dir::State::status="$d/status" -o Acquire::Check-Valid-Until=false)
  if [ ! -d "$d" ]; then
    mkdir -p "$d/lists/partial" "$d/cache/archives/partial"
    : >"$d/status"
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources | grep -v security | head -n 1)
    key=$(sed -n 's/^Signed-By: *//p' /etc/apt/sources.list.d/*.sources | head -n 1)
    echo "deb [signed-by=$key] $mirror $suite main" >"$d/sources.list"
    apt-get "${options[@]}" update >"$d/log" 2>&1 || give_up "no package list of $suite"
  fi
  apt-get "${options[@]}" "$@"
}

# unpack FOLDER ARCH SUITE PACKAGE=VERSION...: into $tmp/FOLDER; the packages themselves stay in $tmp/FOLDER.debs
unpack() {
  local to=$tmp/$1 arch=$2 suite=$3 deb
  shift 3
  mkdir -p "$to" "$to.debs"
  (cd "$to.debs" && apt "$arch" "$suite" download "$@") >"$tmp/log" 2>&1 || give_up "$suite no longer has $*"
  for deb in "$to.debs"/*.deb; do dpkg-deb -x "$deb" "$to"; done
}

# get_qemu PACKAGE=VERSION: a qemu of bookworm with all it depends on, in $tmp/qemu
get_qemu() {
  local deb
  apt amd64 bookworm install --download-only --no-install-recommends -y "$1" >"$tmp/log" 2>&1 || give_up "no $1"
  mkdir -p "$tmp/qemu"
  for deb in "$tmp"/apt/amd64-bookworm/cache/archives/*.deb; do dpkg-deb -x "$deb" "$tmp/qemu"; done
}

# put_modules FOLDER PLACE: those below PLACE (drivers/dax) of the kernel in $tmp/FOLDER become the guest's /modules
put_modules() {
  local to=$tmp/programs/modules
  rm -rf "$to"
  mkdir -p "$to"
  find "$tmp/$1" -path "*/kernel/$2/*.ko*" -exec cp {} "$to" \;
  find "$to" -name '*.xz' -exec xz -d {} +
}

# guest ARCH KERNEL APPEND QEMU-ARGUMENT...: boots KERNEL (software emulation, 300 s at most) with the guest's script
# from standard input as its only program and prints what that prints, but for lines that begin with "[" (the kernel's).
# A line "@hmp COMMAND" of the script goes to QEMU's monitor instead.
# What lies in $tmp/programs is in the guest too. Needs get_qemu, and busybox-static of the host's kind in $tmp/busybox-amd64 and of the guest's in $tmp/busybox-ARCH.
guest() {
  local arch=$1 kernel=$2 append=$3 q=$tmp/qemu d=$tmp/guest machine=$1 line
  local lib=lib/x86_64-linux-gnu
  shift 3
  case $arch in
    amd64) machine=x86_64 append="console=ttyS0 $append" ;;
    arm64) machine=aarch64 append="console=ttyAMA0 $append" ;;
    ppc64el) machine=ppc64 append="console=hvc0 $append" ;;
  esac
  rm -rf "$d"
  mkdir -p "$d"/root/{bin,dev,proc,sys}
  cp "$tmp/busybox-$arch/bin/busybox" "$d/root/bin/"
  [ ! -d "$tmp/programs" ] || cp -a "$tmp/programs/." "$d/root/"
  cat >"$d/root/script"
  cat >"$d/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/bin:/bin:/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
dmesg -n 1
. /script
poweroff -f
END
  chmod +x "$d/root/init"
  (cd "$d/root" && find . | "$tmp/busybox-amd64/bin/busybox" cpio -o -H newc 2>/dev/null) >"$d/initrd"
  mkfifo "$d/monitor"
  exec 5<>"$d/monitor"
  QEMU_MODULE_DIR=$q/usr/$lib/qemu timeout 300 nice -n 5 "$q/lib64/ld-linux-x86-64.so.2" \
    --library-path "$q/$lib:$q/usr/$lib:$q/usr/$lib/pulseaudio" "$q/usr/bin/qemu-system-$machine" \
    -L "$q/usr/share/qemu" -L "$q/usr/share/seabios" -accel tcg -cpu max -nodefaults -display none -no-reboot \
    -kernel "$kernel" -initrd "$d/initrd" -append "quiet panic=-1 $append" \
    -serial file:/dev/fd/4 -monitor stdio "$@" 4>&1 >/dev/null 2>"$d/stderr" <&5 |
    while read -r line; do
      line=${line%$'\r'}
      case $line in
        "@hmp "*) echo "${line#@hmp }" >&5 ;;
        "["*) ;;
        *) echo "$line" ;;
      esac
    done
  exec 5>&-
}

# check WHAT SEEN STATED: prints it, and remembers a difference; nothing seen (a guest that did not boot) is no answer
check() {
  [ -n "$2" ] || give_up "$1: saw nothing"
  echo "$1: $2"
  [ "$2" = "$3" ] || { echo "  CHANGED, was: $3"; changed=1; }
}

finish() { [ $changed = 0 ] && echo "as stated" || echo "changed"; exit $changed; }
