// The file tree of a live Linux host or of a sysroot folder, and the taking of captures.
export {}
