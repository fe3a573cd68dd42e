// Loaded before anything else: whatever listens, listens on 127.0.0.1 only. The servers ask for every interface.
import dns from 'node:dns'
import net from 'node:net'

const listen = net.Server.prototype.listen

net.Server.prototype.listen = function (...args) {
  const [first, second] = args
  const port = typeof first === 'object' && first !== null ? first.port : first
  if (typeof first === 'object' && first?.path) return listen.apply(this, args) // a socket file
  if (port === undefined || port === null || typeof port === 'function') {
    throw new Error('something listens in a way that loopback.mjs does not know; teach it')
  }
  const backlog = typeof second === 'number' ? second : undefined
  const ready = args.findLast((arg) => typeof arg === 'function')
  const options = typeof first === 'object' ? { ...first } : { backlog }
  return listen.call(this, { ...options, port: Number(port), host: '127.0.0.1' }, ready)
}

// They call each other `localhost`, which some machines read as ::1 first.
dns.setDefaultResultOrder('ipv4first')
