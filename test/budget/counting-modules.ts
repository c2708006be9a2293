import { registerHooks } from 'node:module'

/* Counts the modules that a process loads, and says so when it ends: for `node --import`. */

let count = 0

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('node:')) count++
    return next(url, context)
  },
})

process.on('exit', () => console.log(`modules: ${count}`))
