const greeting = require('greeting')

require('http').createServer((request, response) => response.end(greeting('entrypoint'))).listen(8080)
