/** Functions of the capture script that count the pages of memory blocks. */
export const AWK_PAGES: string = String.raw`
# Bytes of a page: MemTotal of a node is the managed pages of its zones, in kB.
function page_bytes(    lines, n, i, parts, node, managed, path, bytes, size) {
  n = split(TEXT["/proc/zoneinfo"], lines, "\n")
  for (i = 1; i <= n; i++) {
    split(lines[i], parts, " ")
    if (parts[1] == "Node") node = parts[2] + 0
    else if (parts[1] == "managed") managed[node] += parts[2]
  }
  for (node in managed) {
    path = "/sys/devices/system/node/node" node "/meminfo"
    n = split(TEXT[path], lines, "\n")
    for (i = 1; i <= n; i++) {
      split(lines[i], parts, " ")
      if (parts[3] != "MemTotal:" || managed[node] <= 0 || parts[4] <= 0) continue
      bytes = parts[4] * 1024 / managed[node]
      for (size = 1024; size * 1.41421356 < bytes; size *= 2);
      return size
    }
  }
  return 4096
}
function max_order(    line, parts) {
  line = TEXT["/proc/buddyinfo"]
  sub(/\n.*/, "", line)
  return line == "" ? 10 : split(line, parts, " ") - 5
}
function hex_value(digits,    i, value) {
  value = 0
  for (i = 1; i <= length(digits); i++) value = value * 16 + index(HEX, substr(digits, i, 1)) - 1
  return value
}
function has_bit(entry, bit,    digit) {
  digit = index(HEX, substr(entry, 16 - int(bit / 4), 1)) - 1
  return int(digit / POWER[bit % 4]) % 2
}
function class_of(entry,    i) {
  if (entry in CLASS) return CLASS[entry]
  for (i = 1; i <= BITS; i++) if (has_bit(entry, BIT[i])) return CLASS[entry] = BIT_CLASS[i]
  return CLASS[entry] = (entry ~ /^0+$/ ? "unflagged" : "other")
}
function end_free_run(    order, size) {
  while (free_start >= 0 && free_start < at) {
    order = 0
    for (size = 2; order < MAX_ORDER && free_start % size == 0 && free_start + size <= at; size *= 2) order++
    CHUNKS[order]++
    if (order > top_order) top_order = order
    free_start += POWER[order]
  }
  free_start = -1
}
function add(class, pages) {
  COUNT[class] += pages
  if (class != "free") end_free_run()
  else if (free_start < 0) free_start = at
  at += pages
}
function begin_block(id,    name) {
  block = id
  at = 0
  free_start = top_order = -1
  for (name in COUNT) delete COUNT[name]
  for (name in CHUNKS) delete CHUNKS[name]
}
function end_block(    name, inner, i) {
  if (block < 0) return
  if (at < BLOCK_PAGES) add("hole", BLOCK_PAGES - at)
  end_free_run()
  separate()
  printf "{\"id\":%d,\"counts\":{", block
  inner = ""
  for (name in COUNT) inner = inner (inner == "" ? "" : ",") "\"" name "\":" COUNT[name]
  printf "%s}", inner
  if (top_order >= 0) {
    inner = ""
    for (i = 0; i <= top_order; i++) inner = inner (i ? "," : "") CHUNKS[i] + 0
    printf ",\"freeChunks\":[%s]", inner
  }
  printf "}"
  DONE[block] = 1
  block = -1
}
# A run of equal entries, cut at the borders of memory blocks.
function add_run(entry, from, to,    id, border) {
  while (from < to) {
    id = int(from / BLOCK_PAGES)
    border = (id + 1) * BLOCK_PAGES
    if (border > to) border = to
    if (id in BLOCKS) {
      if (id != block) {
        end_block()
        begin_block(id)
      }
      # Kernels since 6.16 say nothing of pages that are offline.
      add(id in OFFLINE ? "hole" : class_of(entry), border - from)
    }
    from = border
  }
}
function print_pages(    path, command, line, parts, entry, from, to, id, last, i) {
  if (PAGES != "yes") return
  path = "/proc/kpageflags"
  command = "od -A d -N 8 " shell_word(ROOT path) " 2>/dev/null"
  if (command_line(command) == "") {
    NOTE_ABSENCE = 1
    note(path, errno_of(path))
    return
  }
  PAGE_BYTES = page_bytes()
  MAX_ORDER = max_order()
  last = 0
  line = TEXT["/sys/devices/system/memory/block_size_bytes"]
  sub(/\n.*/, "", line)
  BLOCK_PAGES = hex_value(line) / PAGE_BYTES
  for (i = 1; i <= FILES; i++) {
    if (FILE_PATH[i] !~ /^\/sys\/devices\/system\/memory\/memory[0-9]+\/state$/) continue
    id = FILE_PATH[i]
    gsub(/[^0-9]/, "", id)
    BLOCKS[id + 0] = 1
    if (TEXT[FILE_PATH[i]] ~ /^offline/) OFFLINE[id + 0] = 1
    if (id + 0 > last) last = id + 0
  }
  printf ",\n\"pages\":{\"pageBytes\":%d,\"maxOrder\":%d,\"blocks\":[", PAGE_BYTES, MAX_ORDER
  first = 1
  block = -1
  entry = ""
  command = "od -A d -t x8 -w8 " shell_word(ROOT path)
  while ((command | getline line) > 0) {
    if (line == "*") continue
    split(line, parts, " ")
    to = decimal(parts[1]) / 8
    if (entry != "") add_run(entry, from, to)
    from = to
    entry = parts[2]
  }
  close(command)
  end_block()
  for (id = 0; id <= last; id++) {
    if (!(id in BLOCKS) || id in DONE) continue
    begin_block(id)
    end_block()
  }
  printf "\n]}"
}
`
