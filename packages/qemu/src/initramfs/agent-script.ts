import type { KernelModule } from './modules'

/** What the guest's first program is told. */
export interface AgentScriptOptions {
  /** A word that stands in no file: it marks where an answer ends. */
  readonly nonce: string
  /** Serial lines that carry out requests; the first for what may take long. */
  readonly lanes: readonly string[]
  /** The serial line to which uevents go. */
  readonly ueventLine: string
  /** Loaded before anything else. */
  readonly modules: readonly KernelModule[]
}

/** Where modules lie in the initramfs. */
export const MODULE_FOLDER = '/modules'

/**
 * Requests are lines: an id, a blank, and what ash is to evaluate. The answer is the output as it comes, then
 * `\n@NONCE E\n`, what went to standard error, and `\n@NONCE ID STATUS\n`.
 *
 * The line stays open, for a terminal forgets its settings when the last one closes it; and a lane that ash
 * leaves because of an error starts anew, which its greeting tells.
 */
const LANE = `
# A line that a module brings is there a moment later; opened before, it would become a file.
await_line() { until [ -c "$1" ] && (: <>"$1") 2>/dev/null; do sleep 0.1; done; }
lane() {
  await_line "$1"
  exec 3<>"$1"
  stty raw -echo <&3
  # Firmware may have written to the line, and not ended it.
  printf '\\n@%s ready %s\\n' $NONCE "$(uname -r)" >&3
  while IFS= read -r line <&3; do
    eval "\${line#* }" >&3 2>/run/$2 </dev/null
    status=$?
    {
      printf '\\n@%s E\\n' $NONCE
      while IFS= read -r error || [ -n "$error" ]; do printf '%s\\n' "$error"; done </run/$2
      printf '\\n@%s %s %s\\n' $NONCE "\${line%% *}" $status
    } >&3
  done
}`

/**
 * `put PATH TEXT` is one open and one write(2) of TEXT, whose octal escapes are undone. dd does it, as a process of
 * its own: one that `unput` can kill while the kernel goes on trying. ash's own printf would hide the errno.
 */
const PUT = `
put() {
  printf '%b' "$2" >/run/text
  [ -e "$1" ] || stat "$1" >/dev/null || return
  dd if=/run/text of="$1" bs=65536 status=none &
  echo $! >/run/writer
  wait $!
  set -- $?
  rm /run/writer
  return $1
}
unput() { [ ! -e /run/writer ] || { read -r pid </run/writer && kill -9 $pid; }; }`

/** All that a flat view is made of, packed: one line for each line of a file, as grep prints it, and each link. */
const FLAT = `
flat() {
  M=/sys/devices/system/memory N=/sys/devices/system/node A=/sys/bus/acpi/devices
  {
    grep -H '' $M/auto_online_blocks $M/block_size_bytes $M/memory*/state $M/memory*/online \\
      $M/memory*/removable $M/memory*/valid_zones $M/memory*/phys_index $M/memory*/phys_device \\
      $N/online $N/possible $N/has_memory $N/has_normal_memory $N/has_cpu $N/node*/distance \\
      /sys/firmware/memmap/*/* /sys/firmware/memory/*/* $A/PNP0C80:*/path $A/PNP0C80:*/status
    grep -H 'Mem[TF]' $N/node*/meminfo
    grep -H -E 'DirectMap|MemTotal|HardwareCorrupted' /proc/meminfo
    grep -H -E 'System RAM|: virtio[0-9]' /proc/iomem
    grep -H -E '^Node|  (spanned|present|managed|start_pfn)' /proc/zoneinfo
    stat -c %N $M/memory*/node* $M/memory*/firmware_node $N/node*/memory* $A/PNP0C80:*/physical_node
  } 2>/dev/null | gzip -1
}`

/**
 * What tells whether the kernel is still at work on memory: the number of uevents so far, workers, whose name ends with
 * the queue that they work for, after a + while they do, and the interrupts by which Power's firmware asks for hot-plug.
 * It is asked for often, and makes no process: a guest that is short of memory would have to find some for it.
 */
const ACTIVITY = `
activity() {
  read -r seqnum </sys/kernel/uevent_seqnum
  echo "seqnum $seqnum"
  for file in /proc/[0-9]*/comm; do
    read -r name <$file && case $name in *+*) echo "$name" ;; esac
  done 2>/dev/null
  [ ! -e /proc/device-tree/rtas ] || grep RAS_HOTPLUG /proc/interrupts
}`

/** `fill FOLDER FILE NODE MIB POLICY` and `check FILE` and `drop FOLDER`: page cache on a node, and whether it is unharmed. */
const FILL = `
fill() {
  mkdir -p "$1" || return
  # A kernel without NUMA has no policies.
  policy=; [ ! -e /sys/devices/system/node ] || policy=mpol=$5:$3,
  mount -t tmpfs -o "\${policy}size=$(($4 + 1))M" memhp "$1" || return
  dd if=/dev/urandom of="$2" bs=1048576 count="$4" status=none || return
  md5sum "$2" >>/run/sums
}
check() { md5sum -c /run/sums 2>/dev/null | grep FAILED; true; }
drop() {
  grep -v -F "  $2" /run/sums >/run/sums.new
  mv /run/sums.new /run/sums
  umount "$1"
}`

const INJECT = `
inject() {
  F=/sys/kernel/debug/notifier-error-inject/memory/actions/$1/error
  [ -e $F ] || for module in notifier_error_inject memory_notifier_error_inject; do
    insmod ${MODULE_FOLDER}/$module.ko 2>/dev/null
  done
  echo "$2" >$F
}`

/** The program that the guest's kernel runs first. It is a script for busybox's ash. */
export function agentScript({ nonce, lanes, ueventLine, modules }: AgentScriptOptions): string {
  return `#!/bin/busybox sh
# Carries out what memhp asks for over serial lines.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devices /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debug /sys/kernel/debug
mount -t tmpfs run /run
NONCE=${nonce}
: >/run/sums
cd /
${[LANE, PUT, FLAT, ACTIVITY, FILL, INJECT].join('\n')}

${modules.map(({ name }) => `insmod ${MODULE_FOLDER}/${name}.ko`).join('\n')}
(
  await_line ${ueventLine}
  exec 3<>${ueventLine}
  stty raw -echo <&3
  uevent >&3
) &
${lanes.map((line, index) => `while :; do (lane ${line} error${index}); done &`).join('\n')}
while :; do wait; sleep 60; done
`
}
