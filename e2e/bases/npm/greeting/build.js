#!/usr/bin/env node
// greeting OUT: writes what src/page.js exports, which is what a bundler does to a page.
const fs = require('fs')
const path = require('path')

const out = process.argv[2]
fs.mkdirSync(path.dirname(out), { recursive: true })
fs.writeFileSync(out, require(path.resolve('src/page.js')))
