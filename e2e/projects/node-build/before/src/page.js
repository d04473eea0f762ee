module.exports = require('greeting')('page')
