#!/usr/bin/env bash
# util-linux 2.42.4 (Debian sid) on a made machine (`--sysroot`), with /sys/firmware/memory (s390 has it) and without (all others).
# Without it, lsmem leaves out the columns CONFIGURED and MEMMAP-ON-MEMORY. One would guess that those beside them stay as they are.
# So it is if they are named first: `-o block,configured` is `-o block`. But each cell of a column that is named after a left out one
# is put one column too far to the right, the last of all beyond the table, and lsmem ends with "cannot allocate memory: Success".
source "$(dirname "$0")/lsmem.bash"
get_lsmem
for number in 0 1; do block $number 0 online; configured $number 1; done
check 'with, configured,block' "$(lsmem 2.42 -o configured,block)" 'CONFIGURED BLOCK|       yes   0-1'
rm -r "$tmp/machine/sys/firmware"
check 'without, block' "$(lsmem 2.42 -o block)" 'BLOCK|  0-1'
check 'without, block,configured' "$(lsmem 2.42 -o block,configured)" 'BLOCK|  0-1'
check 'without, configured,block' "$(lsmem 2.42 -o configured,block)" 'lsmem: sys-utils/lsmem.c: 336: cannot allocate memory: Success'
finish
