// A thread of the command, out of the code cache as well.
const { join } = require('node:path')
const { DIST, load } = require('./memhp.cjs')

load(join(DIST, 'replay-worker.js'))
