const EXIT_CODES_HELP = `
Exit codes:
  0    success
  1    the machine refused, or let go what a plan expects to stay; a scenario expected something else; the
       model differs from a kernel
  2    a flag, an argument or a file is wrong
  3    no guest could be started, or it died
  64   chmem: a part of what was asked for was done
  70   a bug in memhp
  74   the output cannot be written: a full disk
  130  interrupted
`

const EXAMPLES_HELP = `
Examples:
  memhp list                              this host
  memhp capture -o host.json.gz           write this host into a file
  memhp list host.json.gz                 … and list it anywhere
  memhp show block 32 --sysroot ./copy    a block of a copied /sys and /proc
  memhp replay recordings                 the model against recorded kernels
`

/** What the program's own help says below its commands. */
export const GENERAL_HELP: string = EXAMPLES_HELP + EXIT_CODES_HELP
