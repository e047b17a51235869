// Loaded before a node or a REPL whose screens are captured: the wall clock of the story, which
// stands in a file as the time of it and the real time at which it was set. It goes on from there,
// so that whoever waits by the wall clock comes to an end.
import { readFileSync } from 'node:fs'
import process from 'node:process'

const file = process.env['SCREENS_CLOCK'] ?? ''
const RealDate = Date

function now() {
  const [told = 0, setAt = 0] = readFileSync(file, 'utf8').split(' ').map(Number)
  return told + RealDate.now() - setAt
}

globalThis.Date = new Proxy(RealDate, {
  construct(target, given, made) {
    const time = given.length === 0 ? [now()] : given
    return /** @type {Date} */ (Reflect.construct(target, time, made))
  },
  get(target, name) {
    return name === 'now' ? now : /** @type {unknown} */ (Reflect.get(target, name))
  },
})
