#!/bin/sh
# Brings every offline memory block online, movable where that is possible, and says what became of each.
for block in /sys/devices/system/memory/memory*; do
  [ "$(cat "$block/state")" = offline ] || continue
  case " $(cat "$block/valid_zones") " in
    *" Movable "*) word=online_movable ;;
    *) word=online ;;
  esac
  if echo "$word" 2>/dev/null >"$block/state"; then verdict=online; else verdict=refused; fi
  echo "$verdict ${block##*/}"
done
