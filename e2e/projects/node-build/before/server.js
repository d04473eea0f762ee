const fs = require('fs')

const page = fs.readFileSync('dist/page.html')
require('http').createServer((request, response) => response.end(page)).listen(8080)
