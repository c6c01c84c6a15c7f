// memhp plugin: memory hot-plug on x86-64, its zones, its page tables and their teardown.
export {}
