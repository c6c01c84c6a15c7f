/** Functions of the capture script that find, read and print files and links. */
export const AWK_FILES: string = String.raw`
function octal(letters,    i, value) {
  value = 0
  for (i = 1; i <= 9; i++) value = value * 2 + (substr(letters, i, 1) ~ /[rwxst]/)
  return sprintf("%o", value)
}
# What a link leads to, by text alone.
function linked(path, target,    parts, n, i, depth, names, out) {
  if (target !~ /^\//) {
    sub(/\/[^\/]*$/, "", path)
    target = path "/" target
  }
  n = split(target, parts, "/")
  depth = 0
  for (i = 1; i <= n; i++) {
    if (parts[i] == ".." && depth > 0) depth--
    else if (parts[i] != "" && parts[i] != "." && parts[i] != "..") names[++depth] = parts[i]
  }
  out = ""
  for (i = 1; i <= depth; i++) out = out "/" names[i]
  return out
}
# Takes one line of ls -ln; directory is where it stands, "" for a line that holds a whole path.
# behind: what stands behind a link that was followed.
function take(line, directory, behind,    kind, mode, path, arrow) {
  kind = substr(line, 1, 1)
  mode = substr(line, 2, 9)
  if (kind !~ /[-ld]/) return
  if (!sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ /, "", line)) return
  target = ""
  if (kind == "l") {
    arrow = index(line, " -> ")
    target = substr(line, arrow + 4)
    line = substr(line, 1, arrow - 1)
  }
  path = directory == "" ? substr(line, length(ROOT) + 1) : directory "/" line
  if (kind == "d" && mode !~ /r.x$/ && path ~ /\/(memory|node)[0-9]+$/) HIDDEN[++HIDDENS] = path
  if (path in SEEN) return
  if (kind == "l" && is_linked(path)) FOLLOW[++FOLLOWS] = linked(path, target)
  else if (!(behind ? is_behind_link(line) : is_wanted(path))) return
  SEEN[path] = 1
  if (kind == "l") {
    LINKS++
    LINK_PATH[LINKS] = path
    LINK_TARGET[LINKS] = target
  } else if (kind == "-") {
    FILES++
    FILE_PATH[FILES] = path
    FILE_MODE[FILES] = octal(mode)
  }
}
# Reads a listing; headers of ls -R tell the directory.
function listing(command, directory, behind,    line) {
  while ((command | getline line) > 0) {
    if (line ~ /^\/.*:$/) directory = substr(line, length(ROOT) + 1, length(line) - length(ROOT) - 1)
    else if (line !~ /^total / && line != "") take(line, directory, behind)
  }
  close(command)
}
function words(list,    parts, n, i, out) {
  n = split(list, parts, " ")
  out = ""
  for (i = 1; i <= n; i++) out = out " " shell_word(ROOT parts[i])
  return out
}
function find_files(    i) {
  listing("ls -dln" words(SINGLE) " 2>/dev/null", "", 0)
  listing("ls -Rln" words(BELOW) " 2>/dev/null", "", 0)
  for (i = 1; i <= FOLLOWS; i++) {
    listing("ls -ln " shell_word(ROOT FOLLOW[i]) " 2>/dev/null", FOLLOW[i], 1)
  }
  for (i = 1; i <= HIDDENS; i++) {
    if (command_line("ls " shell_word(ROOT HIDDEN[i]) " >/dev/null 2>&1 || echo no") == "no") note(HIDDEN[i], "EACCES")
  }
}
function masked(text,    parts, n, i) {
  n = split(text, parts, "\n")
  for (i = 1; i <= n; i++) if (parts[i] != "" && parts[i] !~ /^ *0+-0+ : /) return 0
  return text != ""
}
# The bytes of a file as one escaped character for each; "" where three readings lost some of what od counted.
function escaped_bytes(path,    command, line, parts, n, i, tries, came, counted, out) {
  command = "od -A d -v -t x1 " shell_word(ROOT path)
  for (tries = 1; tries <= 3; tries++) {
    out = ""
    came = counted = 0
    while ((command | getline line) > 0) {
      n = split(line, parts, " ")
      counted = decimal(parts[1])
      for (i = 2; i <= n; i++) out = out "\\u00" parts[i]
      came += n - 1
    }
    close(command)
    if (came == counted) return out
  }
  return ""
}
# Prints a file of bytes.
function print_bytes(path,    bytes) {
  bytes = escaped_bytes(path)
  if (bytes == "") {
    note(path, "EIO")
    return
  }
  PRINTED[path] = 1
  separate()
  printf "%s:\"%s\"", json(path), bytes
}
# Prints a file unless it cannot be read.
function print_file(path,    text, errno) {
  if (is_binary(path) && command_line("od -A d -N 1 " shell_word(ROOT path) " 2>/dev/null") != "") {
    print_bytes(path)
    return
  }
  text = whole(path)
  if (READ_FAILED) {
    errno = errno_of(path)
    note(path, errno)
    return
  }
  if (path == "/proc/iomem" && masked(text)) {
    note(path, "EPERM")
    return
  }
  if (is_kept(path)) TEXT[path] = text
  PRINTED[path] = 1
  separate()
  printf "%s:", json(path)
  print_text(text)
}
function print_files(    i) {
  open_object("files")
  for (i = 1; i <= FILES; i++) {
    if (FILE_MODE[i] ~ /[4567]/) print_file(FILE_PATH[i])
  }
  printf "\n}"
}
function print_links(    i) {
  open_object("links")
  for (i = 1; i <= LINKS; i++) {
    separate()
    printf "%s:%s", json(LINK_PATH[i]), json(LINK_TARGET[i])
  }
  printf "\n}"
}
function print_modes(    i) {
  open_object("modes")
  for (i = 1; i <= FILES; i++) {
    if (FILE_MODE[i] == "444") continue
    separate()
    printf "%s:\"%s\"", json(FILE_PATH[i]), FILE_MODE[i]
  }
  printf "\n}"
}
function print_directories(    parts, n, i, j, empty) {
  open_list("directories")
  n = split(DIRECTORIES, parts, " ")
  for (i = 1; i <= n; i++) {
    empty = command_line("ls -dln " shell_word(ROOT parts[i]) " 2>/dev/null") ~ /^d/
    for (j = 1; j <= LINKS && empty; j++) if (index(LINK_PATH[j], parts[i] "/") == 1) empty = 0
    for (j = 1; j <= FILES && empty; j++) if (index(FILE_PATH[j], parts[i] "/") == 1) empty = 0
    if (!empty) continue
    separate()
    printf "%s", json(parts[i])
  }
  printf "\n]"
}
function print_unreadable(    i) {
  NOTE_ABSENCE = 1
  for (i = 1; i <= ASSUMPTIONS; i++) {
    if (ASSUMPTION_ABSENCE[i] && !(ASSUMPTION_PATH[i] in PRINTED) && !noted(ASSUMPTION_PATH[i])) {
      note(ASSUMPTION_PATH[i], "ENOENT")
    }
  }
  open_list("unreadable")
  for (i = 1; i <= NOTES; i++) {
    separate()
    printf "{\"path\":%s,\"errno\":\"%s\",\"assume\":%s}", json(NOTE_PATH[i]), NOTE_ERRNO[i], json(NOTE_ASSUME[i])
  }
  printf "\n]"
}
function noted(path,    i) {
  for (i = 1; i <= NOTES; i++) if (NOTE_PATH[i] == path) return 1
  return 0
}
`
