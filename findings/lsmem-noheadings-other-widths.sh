#!/usr/bin/env bash
# util-linux 2.38.1 (Debian bookworm) and 2.42.4 (sid) on a made machine (`--sysroot`): 2 blocks of 128 MiB, offline.
# `lsmem -n` leaves the headings out. One would guess that the other lines are what they are with headings: so it is in 2.38.
# In 2.42 columns are then as wide as what is in them, not as their headings, and a program that cuts by position reads something
# else. Two oddities: SIZE is wider without its heading (5) than with it (4), and REMOVABLE, empty for offline blocks, is 0 wide
# but keeps the space that ends it. The library does it: lsmem 2.38 with libsmartcols 2.42 prints the same.
source "$(dirname "$0")/lsmem.bash"
get_lsmem
for number in 0 1; do block $number 0 offline; done
columns=block,size,removable,node
check '2.38' "$(lsmem 2.38 -o $columns)" 'BLOCK  SIZE REMOVABLE NODE|  0-1  256M              0'
check '2.38 -n' "$(lsmem 2.38 -n -o $columns)" '  0-1  256M              0'
check '2.42' "$(lsmem 2.42 -o $columns)" 'BLOCK SIZE REMOVABLE NODE|  0-1 256M              0'
check '2.42 -n' "$(lsmem 2.42 -n -o $columns)" '0-1  256M  0'
cp "$tmp/2.38/usr/bin/lsmem" "$tmp/2.42/usr/bin/"
check '2.38 with the library of 2.42, -n' "$(lsmem 2.42 -n -o $columns)" '0-1  256M  0'
finish
