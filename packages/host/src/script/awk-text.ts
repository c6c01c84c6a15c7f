/**
 * Functions of the capture script, in POSIX awk as mawk, gawk and busybox know it: quoting, printing JSON, errnos.
 * No single quote may stand in here: the whole program stands between two of them.
 */
export const AWK_TEXT: string = String.raw`
# Replaces every from in s by to.
function swap(s, from, to,    out, at) {
  out = ""
  while ((at = index(s, from)) > 0) {
    out = out substr(s, 1, at - 1) to
    s = substr(s, at + length(from))
  }
  return out s
}
function shell_word(s) { return QUOTE swap(s, QUOTE, QUOTE "\\" QUOTE QUOTE) QUOTE }
function escaped(s,    i, c, out) {
  s = swap(swap(swap(s, "\\", "\\\\"), "\"", "\\\""), "\t", "\\t")
  if (s !~ /[\001-\037]/) return s
  for (i = 1; i <= length(s); i++) {
    c = substr(s, i, 1)
    out = out (c in CONTROL ? CONTROL[c] : c)
  }
  return out
}
function json(s) { return "\"" escaped(s) "\"" }
# Prints a text of many lines as one JSON string.
function print_text(s,    parts, n, i) {
  n = split(s, parts, "\n")
  printf "\""
  for (i = 1; i < n; i++) printf "%s\\n", escaped(parts[i])
  printf "%s\"", escaped(parts[n])
}
function separate() {
  printf "%s", (first ? "\n" : ",\n")
  first = 0
}
function open_object(name) {
  printf ",\n%s:{", json(name)
  first = 1
}
function open_list(name) {
  printf ",\n%s:[", json(name)
  first = 1
}
function field(name, value) {
  if (value != "") printf ",\n%s:%s", json(name), json(value)
}
# The whole text of a file, newlines included, up to a byte 1, which no kernel prints; READ_FAILED is set where it cannot be read.
function whole(path,    text, got) {
  RS = "\001"
  got = (getline text < (ROOT path))
  close(ROOT path)
  RS = "\n"
  READ_FAILED = (got < 0)
  return got > 0 ? text : ""
}
function first_line(path,    text) {
  text = whole(path)
  sub(/\n.*/, "", text)
  return text
}
# A decimal number. To the awk of busybox one that begins with 0 is octal.
function decimal(digits) {
  sub(/^0+/, "", digits)
  return digits + 0
}
function command_line(command,    line) {
  line = ""
  command | getline line
  close(command)
  return line
}
# The name of the errno with which reading a file fails.
function errno_of(path,    message, i) {
  message = command_line("cat " shell_word(ROOT path) " 2>&1 >/dev/null")
  for (i = 1; i <= FAILURES; i++) if (index(message, MESSAGE[i])) return FAILURE[i]
  return "EIO"
}
function note(path, errno,    i) {
  if (errno ~ /^(ENOENT|ENOTDIR|ENODEV|ENXIO)$/ && !NOTE_ABSENCE) return
  NOTES++
  NOTE_PATH[NOTES] = path
  NOTE_ERRNO[NOTES] = errno
  NOTE_ASSUME[NOTES] = OTHER_ASSUMPTION
  for (i = 1; i <= ASSUMPTIONS; i++) {
    if (path ~ ("^" ASSUMPTION_PATH[i] "$")) {
      NOTE_ASSUME[NOTES] = ASSUMPTION_TEXT[i]
      return
    }
  }
}
`
