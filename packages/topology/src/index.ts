// Reads a file tree into nodes, memory blocks, devices and zones.
export {}
