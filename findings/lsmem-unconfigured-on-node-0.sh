#!/usr/bin/env bash
# util-linux 2.42.4 (Debian sid) on a made machine (`--sysroot`): blocks 0-1 and 4 are configured, 2-3 are not. 0-1 are on node 1,
# 4 has no node.
# Memory that is not configured (s390, /sys/firmware/memory) is on no node, and lsmem has cells for what it does not know: REMOVABLE
# of such a block is empty, NODE of a block without a node is -1. But NODE of memory that is not configured is 0, in the table
# and in JSON, also where the machine has only a node 1; and where the rest is on node 0, --split=node joins the two.
# One would guess an empty cell (null in JSON), or -1.
source "$(dirname "$0")/lsmem.bash"
get_lsmem
for number in 0 1; do block $number 1 online; configured $number 1; done
for number in 2 3; do configured $number 0; done
block 4 '' online
configured 4 1
check 'node 1' "$(lsmem 2.42 -n -r -o block,removable,node,configured)" '0-1 yes 1 yes|2-3  0 no|4 yes -1 yes'
check 'as JSON' "$(lsmem 2.42 -J -o block,node | tr -d ' \n')" '{|"memory":[|{|"block":"0-1",|"node":1|},{|"block":"2-3",|"node":0|},{|"block":"4",|"node":-1|}|]|}'
rm -r "$tmp/machine/sys/devices"
for number in 0 1 4; do block $number 0 online; done
check 'node 0, split by node' "$(lsmem 2.42 -n -r -S node -o block,node)" '0-4 0'
finish
