#!/usr/bin/env bash
# QEMU's guest agent 7.2.22 in Debian's kernel 6.1.176 (amd64).
# guest-file-write into a file of sysfs reports as many bytes as were sent, whatever the kernel says of them: the agent keeps them in a
# buffer, and write(2) comes with guest-file-flush or guest-file-close. The one that comes first reports the kernel's refusal, in words
# without a number; a close behind a flush that was refused reports success. A tool that takes the count of the write for an answer, or the
# close behind a flush, has a block offline that is online.
# One would guess that the answer to the write is the kernel's, or that it is told at the end in either order.
# Seen: "offline" to memory0, which the kernel refuses with EINVAL.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack programs amd64 bookworm qemu-guest-agent=1:7.2+dfsg-7+deb12u18+b3 \
  libc6=2.36-9+deb12u14 libglib2.0-0=2.74.6-2+deb12u9 libnuma1=2.0.16-1 libudev1=252.39-1~deb12u2 liburing2=2.3-3 libpcre2-8-0=10.42-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# The second serial line of the guest leads to its third: a client in the guest talks to the agent there.
seen=$(guest amd64 "$kernel" '' -m 512M -chardev "socket,id=a,path=$tmp/line,server=on,wait=off" -serial chardev:a \
  -chardev "socket,id=b,path=$tmp/line" -serial chardev:b <<'END'
mkdir -p /run
stty -F /dev/ttyS2 raw -echo
/usr/sbin/qemu-ga -m isa-serial -p /dev/ttyS1 -t /run -f /run/pid -l /run/log &
exec 3<>/dev/ttyS2
sleep 2
ask() { echo "$1" >&3; read -t 20 answer <&3; }
state=/sys/devices/system/memory/memory0/state
open() { ask "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"$state\",\"mode\":\"r+\"}}"; handle=$(echo "$answer" | tr -dc 0-9); }
say() { echo "$1: $(echo "$answer" | sed 's/^.*"desc": "\([^"]*\)".*$/\1/; s/^.*"return": //; s/}$//')"; }
of() { ask "{\"execute\":\"guest-file-$1\",\"arguments\":{\"handle\":$handle$2}}"; say "$1"; }
write() { of write ',"buf-b64":"b2ZmbGluZQ=="'; }
open; write; of close; echo "state: $(cat $state)"
open; write; of flush; of close
echo "state: $(cat $state)"
END
)
check 'offline to memory0' "$seen" 'write: {"count": 7, "eof": false}
close: failed to close handle: Invalid argument
state: online
write: {"count": 7, "eof": false}
flush: failed to flush file: Invalid argument
close: {}
state: online'
finish
