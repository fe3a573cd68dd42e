// Loaded before anything else into a server whose clock the tests move.
//
// `Date` is the real one plus an offset. Long timers follow: what is due by the new time happens at once, in its order,
// the rest is set anew. (The server's rate limits end by such a timer.) Short ones are waits for the network, and stay.

const RealDate = Date
const [setReal, clearReal] = [globalThis.setTimeout, globalThis.clearTimeout]
const LONG_MS = 5_000

let offset = 0
const now = () => RealDate.now() + offset

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length ? args : [now()], self),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})
RealDate.prototype.constructor = globalThis.Date

// Keyed by the timer that was given out; `timer` is the one that runs now.
const long = new Map()

function arm(entry) {
  const left = Math.max(0, entry.due - now())
  entry.timer = setReal(() => fire(entry), left)
  entry.timer.unref()
  return entry.timer
}

function fire(entry) {
  long.delete(entry.key)
  entry.act(...entry.args)
}

const setMoved = (act, ms, ...args) => {
  if (!(ms >= LONG_MS)) return setReal(act, ms, ...args)
  const entry = { act, args, due: now() + ms }
  entry.key = arm(entry)
  entry.key.ref() // until the clock is moved it is as any timer is
  long.set(entry.key, entry)
  return entry.key
}
// Carries what belongs to the real function, the form for promises among it.
globalThis.setTimeout = Object.defineProperties(setMoved, Object.getOwnPropertyDescriptors(setReal))

globalThis.clearTimeout = (timer) => {
  const entry = long.get(timer)
  if (entry) {
    long.delete(timer)
    clearReal(entry.timer)
  }
  clearReal(timer)
}

// Moves the clock; back is allowed, and makes nothing undone.
globalThis.moveClock = (ms) => {
  offset += ms
  const waiting = [...long.values()].sort((a, b) => a.due - b.due)
  for (const entry of waiting) {
    if (!long.has(entry.key)) continue
    clearReal(entry.timer)
    if (entry.due <= now()) fire(entry)
    else arm(entry)
  }
  return now()
}
