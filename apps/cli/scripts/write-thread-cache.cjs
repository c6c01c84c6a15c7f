// node write-thread-cache.cjs FLAG...: leaves beside the file that threads of `memhp replay` run all that V8 compiles of
// it, with the flags that those threads have. V8 refuses a cache that was written with others.
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { DIST, load, scripts } = require('../bin/memhp.cjs')

const FILE = join(DIST, 'replay-worker.js')

for (const flag of process.argv.slice(2)) setFlagsFromString(flag)
setFlagsFromString('--no-lazy')
load(FILE)
setFlagsFromString('--lazy')
writeFileSync(`${FILE}.cache`, scripts.get(FILE).createCachedData())
