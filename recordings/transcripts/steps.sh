# What a test of memory hot-plug does on a kernel, step by step: all online, a part offline and back, and refusals of a notifier.
# Tells of each step how many blocks did as they were asked to. RATIO: how many of a hundred go offline.
memory=/sys/devices/system/memory
inject=/sys/kernel/debug/notifier-error-inject/memory/actions
ratio=${RATIO:-10}
blocks() { ls -d "$memory"/memory[0-9]* | sort -t y -k 5n; }
in_state() { for block in $(blocks); do [ "$(cat "$block/state")" = "$1" ] && echo "$block"; done; }
# Writes a word to each block, and counts those that took it.
ask() {
  word=$1 took=0 refused=0
  shift
  for block in "$@"; do
    if echo "$word" 2>/dev/null >"$block/state"; then took=$((took + 1)); else refused=$((refused + 1)); fi
  done
  echo "$word: $took took it, $refused refused"
}
answer() { echo "$2" >"$inject/$1/error"; }

echo "== all online"
ask online $(in_state offline)
echo "offline now: $(in_state offline | wc -l)"

echo "== $ratio of 100 offline"
all=$(in_state online | wc -l)
wanted=$(((all * ratio + 99) / 100))
gone=
for block in $(in_state online | sort -t y -k 5nr); do
  [ "$wanted" -gt 0 ] || break
  if echo offline 2>/dev/null >"$block/state"; then
    wanted=$((wanted - 1)) gone="$gone $block"
    echo "${block##*/} is $(cat "$block/state"), online reads $(cat "$block/online")"
  fi
done

echo "== and online again"
ask online $gone
for block in $gone; do echo "${block##*/}: $(cat "$block/state"), $(cat "$block/valid_zones")"; done

if [ -d "$inject" ]; then
  echo "== a notifier refuses to let memory come"
  ask offline $gone
  answer MEM_GOING_ONLINE -12
  for block in $gone; do echo online >"$block/state"; done 2>&1 | sed 's/^sh: [0-9]*: //'
  for block in $gone; do cat "$block/state"; done
  answer MEM_GOING_ONLINE 0
  ask online $gone
  echo "== a notifier refuses to let memory go"
  answer MEM_GOING_OFFLINE -16
  for block in $gone; do printf offline | dd of="$block/state" status=none; done 2>&1
  for block in $gone; do cat "$block/state"; done
  answer MEM_GOING_OFFLINE 0
  ask offline $gone
  ask online $gone
fi
