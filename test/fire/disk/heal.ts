// What a damaged database loses comes back from those who hold it, one's own entries too, and no
// number of a log is used twice on the way: real daemons, one of them on a harmed copy.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'

import { isTidingsError, type Client, type Message } from '../../../src/api/client.ts'
import { findPlaces } from '../../../src/api/places.ts'
import { recordKey } from '../../../src/store/keys.ts'
import { assertRefused, type Person, waitUntil } from '../../e2e/harness.ts'
import { compact, tamper } from '../../store/repair/tamper.ts'
import { tell } from '../table.ts'
import { cutLog, flipAt, flipBit, recordEnds } from './harm.ts'
import { assertNothingUncaught, assertWholeLogs, wholeHistory } from './history.ts'
import { randomFrom } from './random.ts'
import { filesLike, newestLog, Specimen } from './specimen.ts'

/** Two days' worth of talk is here within this time after the two met. */
const HEAL_MS = 15_000
/** More than LevelDB keeps in its log: so many that there are tables. */
const MESSAGES = 2500
const QUEUED = 30
const NOBODY = 65_534
const FORK_TOLD = /signed two different logs|another copy of this profile/

interface Couple {
  readonly ann: Person
  readonly bob: Person
  readonly specimen: Specimen
}

function databaseOf(person: Person): string {
  return path.join(findPlaces({ home: person.home, profile: person.name }).data, 'db')
}

/** At the address where the other one looks for it. */
function startAgain(person: Person, { ann, bob }: Specimen): Promise<unknown> {
  const { ready } = person.name === 'ann' ? ann : bob
  const listen = ready.addresses[0]?.replace(/\/p2p\/.*/, '') ?? ''
  return person.start('--accept', 'auto', '--listen', listen)
}

/** Everything is on both sides again, and new messages go both ways under new numbers. */
async function assertHealed(t: TestContext, couple: Couple): Promise<number> {
  const { ann, bob, specimen } = couple
  const [atAnn, atBob] = [await ann.connect(t), await bob.connect(t)]
  const [a, b] = [specimen.ann.ready.account, specimen.bob.ready.account]
  const startedAt = Date.now()
  const count = specimen.messages.length
  await waitUntil(
    async () => (await wholeHistory(atAnn, b)).length >= count,
    'everything came back',
    HEAL_MS,
  )
  const healMs = Date.now() - startedAt
  const own = specimen.messages.filter(({ author }) => author === a).length
  const { seq } = await atAnn.send({ to: b, text: 'after the damage' })
  assert.ok(seq > own, `the number ${seq} was used before`)
  await atBob.send({ to: a, text: 'and back' })
  await assertSame(atAnn, atBob, couple, specimen.messages)
  for (const person of [ann, bob]) {
    assertNothingUncaught(person)
    assert.doesNotMatch(logOf(person), FORK_TOLD, `${person.name} was told of a fork`)
  }
  return healMs
}

async function assertSame(
  atAnn: Client,
  atBob: Client,
  { specimen }: Couple,
  before: readonly Message[],
): Promise<void> {
  const [a, b] = [specimen.ann.ready.account, specimen.bob.ready.account]
  const list = (messages: readonly Message[]): string[] =>
    messages.map(({ id, text }) => `${id} ${text}`)
  let messages: readonly Message[] = []
  const same = async (): Promise<boolean> => {
    messages = await wholeHistory(atAnn, b)
    const there = list(await wholeHistory(atBob, a))
    return (
      messages.some(({ text }) => text === 'and back') && list(messages).join() === there.join()
    )
  }
  await waitUntil(same, 'both hold the same', HEAL_MS)
  assertWholeLogs(messages, 'ann')
  const ids = new Set(before.map(({ id }) => id))
  const old = messages.filter(({ id }) => ids.has(id))
  assert.ok(list(old).join() === list(before).join(), 'what was said before is not as it was')
}

function logOf(person: Person): string {
  return readFileSync(findPlaces({ home: person.home, profile: person.name }).log, 'utf8')
}

/** Starts Ann on what was done to her database, before or after Bob, and lets it heal. */
async function heal(
  t: TestContext,
  specimen: Specimen,
  harm: (directory: string) => void,
): Promise<{ damage: readonly string[]; healMs: number }> {
  const couple = { ...(await specimen.revive(t)), specimen }
  const { ann, bob } = couple
  harm(databaseOf(ann))
  await startAgain(ann, specimen)
  const client = await ann.connect(t)
  const { damage } = await client.status()
  assert.ok(damage.length > 0, 'the loss is told')
  // Before anybody who holds more is there: this must wait, or it would take a number again.
  const early = client.send({ to: specimen.bob.ready.account, text: 'early' }).then(
    ({ seq }) => seq,
    (error: unknown) => {
      assert.ok(isTidingsError(error, 'database_damaged'), String(error))
      return undefined
    },
  )
  await startAgain(bob, specimen)
  const healMs = await assertHealed(t, couple)
  const own = specimen.messages.filter(({ author }) => author === specimen.ann.ready.account)
  const seq = await early
  assert.ok(seq === undefined || seq > own.length, `the number ${seq} was used before`)
  await Promise.all([ann.end(), bob.end()])
  // Once all is there again nothing is told any more, and the copy of the damage goes.
  await startAgain(ann, specimen)
  assert.deepEqual((await (await ann.connect(t)).status()).damage, [])
  assert.ok(!existsSync(`${databaseOf(ann)}.damaged`))
  await ann.end()
  return { damage, healMs }
}

async function midHistory(t: TestContext, specimen: Specimen): Promise<void> {
  const couple = { ...(await specimen.revive(t)), specimen }
  const { ann, bob } = couple
  const b = specimen.bob.ready.account
  // These are nowhere else: they follow the hole, and must come back as what they were.
  await startAgain(ann, specimen)
  const alone = await ann.connect(t)
  const queued: string[] = []
  for (let i = 0; i < QUEUED; i++) {
    queued.push((await alone.send({ to: b, text: `queued ${i}` })).id)
  }
  await ann.end()
  // In no file is anything wrong, so that only a reader finds it.
  await tamper(databaseOf(ann), async (level) => {
    const runs = await level.keys({ gte: Buffer.from('r'), lt: Buffer.from('s') }).all()
    for (const part of [0.3, 0.7]) {
      const run = runs[Math.floor(runs.length * part)]
      assert.ok(run)
      await level.del(run)
    }
  })
  // Else the next opening finds remains of tidying up, and looks at everything.
  await compact(databaseOf(ann))
  await startAgain(ann, specimen)
  const first = await ann.connect(t)
  assert.deepEqual((await first.status()).damage, [], 'opening does not read all of it')
  await assert.rejects(wholeHistory(first, b), (error) => isTidingsError(error, 'database_damaged'))
  const check = (await first.doctor()).find(({ check }) => check === 'database')
  assert.equal(check?.ok, false)
  assert.match(check?.fix ?? '', /restart/, 'doctor says what helps')
  await ann.end()
  await startAgain(ann, specimen)
  assert.ok((await (await ann.connect(t)).status()).damage.length > 0)
  assert.ok(existsSync(`${databaseOf(ann)}.damaged/CURRENT`), 'the original is kept')
  await startAgain(bob, specimen)
  const healMs = await assertHealed(t, couple)
  const atBob = await wholeHistory(await bob.connect(t), specimen.ann.ready.account)
  const ids = new Set(atBob.map(({ id }) => id))
  assert.deepEqual(
    queued.filter((id) => !ids.has(id)),
    [],
    'accepted, and never to be seen',
  )
  await Promise.all([ann.end(), bob.end()])
  tell(t, {
    fault: 'damage in the midst of history',
    dose: `2 runs gone, met by a reader; ${QUEUED} unsent`,
    result: `told, repaired at the next start, healed in ${healMs} ms`,
  })
}

/** Refused, plainly and as a script needs it; and once the file is back, everything is there. */
async function refusals(t: TestContext, specimen: Specimen): Promise<void> {
  const couple = { ...(await specimen.revive(t)), specimen }
  const { ann } = couple
  // Whose profile it is stands in a table, or in the log.
  const taken = [...filesLike(databaseOf(ann), /\.ldb$/), ...filesLike(databaseOf(ann), /\.log$/)]
  const aside = (file: string): string => path.join(ann.home, path.basename(file))
  for (const file of taken) renameSync(file, aside(file))
  await assertRefused(ann, ['start', '--no-input'], { exit: 1, code: 'database_damaged' })
  for (const file of taken) renameSync(aside(file), file)
  await readOnly(ann)
  // A lost identity must not be made anew: that would be somebody else, without a word.
  const self = recordKey('identity', 'self')
  let sealed: Buffer | undefined
  await tamper(databaseOf(ann), async (level) => {
    sealed = await level.get(self)
    await level.del(self)
  })
  await assertRefused(ann, ['start', '--no-input'], { exit: 1, code: 'database_damaged' })
  await tamper(databaseOf(ann), (level) => level.put(self, sealed ?? Buffer.alloc(0)))
  await startAgain(ann, specimen)
  await assertRefused(ann, ['start', '--no-input'], { exit: 1, code: 'already_running' })
  await assert.rejects(specimen.open(databaseOf(ann)), { code: 'database_busy' })
  const client = await ann.connect(t)
  assert.deepEqual((await client.status()).damage, [])
  assert.equal(
    (await wholeHistory(client, specimen.bob.ready.account)).length,
    specimen.messages.length,
  )
  await ann.end()
  tell(t, {
    fault: 'all tables or the identity missing; read-only; a second process',
    dose: '4 starts',
    result: 'refused with a code, nothing changed',
  })
}

/** As the owner of everything, who may not write to the database. Root may always. */
async function readOnly(ann: Person): Promise<void> {
  if (process.getuid?.() !== 0) return
  const directory = databaseOf(ann)
  const chown = (owner: number): void => {
    execFileSync('chown', ['-R', `${owner}:${owner}`, ann.home])
  }
  chmodSync(path.dirname(ann.home), 0o755)
  chown(NOBODY)
  chmodSync(directory, 0o500)
  const options = { uid: NOBODY }
  await assertRefused(ann, ['start', '--no-input'], { exit: 1, code: 'home_unusable', options })
  chmodSync(directory, 0o700)
  chown(0)
}

/** @param flips of the write-ahead log besides a cut */
export function healTests(flips: number, seed: number): void {
  test('what a damaged database lost comes back', async (t) => {
    t.diagnostic(`FIRE_SEED=${seed}`)
    const random = randomFrom(seed)
    const specimen = await Specimen.make(t, MESSAGES)
    let worstMs = 0

    await t.test('a log cut at the end of a record, as no one could see it', async (t) => {
      const ends = recordEnds(newestLog(specimen.pristine))
      const { healMs } = await heal(t, specimen, (directory) => {
        cutLog(directory, ends[Math.floor(ends.length * (0.2 + 0.6 * random()))] ?? 0)
      })
      worstMs = Math.max(worstMs, healMs)
    })
    await t.test('a log of which nothing is left', async (t) => {
      const { healMs } = await heal(t, specimen, (directory) => cutLog(directory, 0))
      worstMs = Math.max(worstMs, healMs)
    })
    for (const [fault, harm] of [
      ['CURRENT is missing', (directory: string) => rmSync(path.join(directory, 'CURRENT'))],
      ['a flipped bit in a table', (directory: string) => flipAt(directory, /\.ldb$/, random())],
    ] as const) {
      await t.test(fault, async (t) => {
        const { healMs } = await heal(t, specimen, harm)
        worstMs = Math.max(worstMs, healMs)
      })
    }
    for (let i = 0; i < flips; i++) {
      await t.test(`a bit flipped in the log, ${i + 1}`, async (t) => {
        const { healMs } = await heal(t, specimen, (directory) => {
          flipBit(directory, /\.log$/, random)
        })
        worstMs = Math.max(worstMs, healMs)
      })
    }
    tell(t, {
      fault: 'a damaged database meets its peer',
      dose: `2 cuts, ${flips + 1} flips, no CURRENT`,
      result: `all ${specimen.messages.length} are back after at most ${worstMs} ms, no fork`,
    })
    await t.test('damage in the midst of history', (t) => midHistory(t, specimen))
    await t.test('what cannot be opened is refused and not touched', (t) => refusals(t, specimen))
  })
}
