const greet = require('greeting')

require('http').createServer((request, response) => response.end(greet('image'))).listen(3000)
