// node write-code-cache.cjs ARGUMENTS: runs the built command, and leaves beside each file what V8 has compiled of it.
const { writeFileSync } = require('node:fs')
const { load, PROGRAM, scripts } = require('../bin/memhp.cjs')

process.on('exit', () => {
  for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData())
})
load(PROGRAM)
