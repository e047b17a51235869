// What is written in benchmarks: texts of one length, each different, the same in every run. They
// do not repeat themselves, so that no database gets by with less for what it compresses.

const LETTERS = 'etaoinshrdlucmfwypvbgkjq'

export function textOf(index: number, bytes: number): string {
  let text = `${index} `
  let state = Math.imul(index + 1, 0x9e3779b1) | 1
  while (text.length < bytes) {
    // xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    text += (state & 7) === 0 ? ' ' : LETTERS[(state >>> 8) % LETTERS.length]
  }
  return text.slice(0, bytes)
}
