// The capture file: one host’s memory state in one file, its schema, its validation and the file tree over it.
export {}
