// A process by itself, which the build bundles beside the command.
import '@memhp/qemu/scripts/fetch-kernels.mjs'
