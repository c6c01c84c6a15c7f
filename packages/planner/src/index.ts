// From a goal to a plan to its execution, with a journal and rollback, on any file tree.
export {}
