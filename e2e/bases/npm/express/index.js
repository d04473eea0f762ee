const http = require('http')

module.exports = () => {
  const routes = {}
  return {
    get: (path, handler) => { routes[path] = handler },
    listen: (...args) => http.createServer((request, response) => {
      response.send = text => response.end(text)
      const handler = routes[request.url]
      if (!handler) response.statusCode = 404
      handler ? handler(request, response) : response.end()
    }).listen(...args)
  }
}
