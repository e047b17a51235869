// The faults: what is done, with which dose, and what has to come of it besides the invariants.
// Each runs in `npm run test:fire` with its full dose and in `npm test` with a small one.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'

import {
  REQUESTS_PER_HOUR_MAX,
  REQUESTS_ADDRESS_PARTS,
  RPC_CLIENTS_MAX,
  RUN_BYTES_MAX,
} from '../../src/core/limits.ts'
import { waitUntil } from '../e2e/harness.ts'
import { Foe, sourceOf } from './foe.ts'
import type { Fault, Scene, Size } from './scene.ts'

/** How long the user and other contacts wait at most while somebody floods. */
const SEND_MS_MAX = 500
const ARRIVE_MS_MAX = 2000
/** Descriptors that a node has open without any client or peer, with room to spare. */
const DESCRIPTORS = 64

export const SOCKET_FAULTS: readonly Fault[] = [
  {
    title: 'sockets that say nothing are closed, and keep nobody out',
    attack: 'idle',
    dose: { small: 60, full: 200 },
    unit: 'idle sockets',
    judge: (_, { closed }, dose) => assert.equal(closed, dose),
  },
  {
    title: 'half a Noise handshake is closed in time',
    attack: 'halfHandshake',
    dose: { small: 60, full: 200 },
    unit: 'half handshakes',
    judge: (_, { closed }, dose) => assert.equal(closed, dose),
  },
  {
    title: 'more half handshakes than may wait push out each other, and not contacts',
    attack: 'handshakeStorm',
    dose: { small: 400, full: 2000 },
    unit: 'half handshakes',
    judge: (_, { closed }, dose) => assert.equal(closed, dose),
  },
  {
    title: 'one byte a second buys no time',
    attack: 'oneByteASecond',
    dose: { small: 40, full: 100 },
    unit: 'slow sockets',
    judge: (_, { closed }, dose) => assert.equal(closed, dose),
  },
  {
    title: 'a negotiation without end is cut',
    attack: 'endlessNegotiation',
    dose: { small: 100, full: 400 },
    unit: 'MB offered',
    judge: (_, { sentMB }) => {
      assert.ok(Number(sentMB) < 20, `${String(sentMB)} MB went in`)
      return `cut after ${String(sentMB)} MB`
    },
  },
  {
    title: 'a crowd of strangers gets its quota of connections',
    attack: 'connections',
    dose: { small: 60, full: 400 },
    unit: 'connections',
    judge: (_, { open }) => {
      assert.ok(Number(open) <= 32, `${String(open)} are open`)
      return `${String(open)} taken`
    },
  },
  {
    title: 'streams by the thousand are refused',
    attack: 'streams',
    dose: { small: 1000, full: 3000 },
    unit: 'streams',
  },
  {
    title: 'a muxer frame of 4 GiB is refused at its header',
    attack: 'hugeMuxerFrame',
    dose: { small: 100, full: 400 },
    unit: 'MB offered',
    judge: (_, { cut, sentMB }) => {
      assert.equal(cut, true)
      return `cut after ${String(sentMB)} MB`
    },
  },
  {
    title: 'muxer pings whose answers are not read cost the connection',
    attack: 'muxerPings',
    dose: { small: 200_000, full: 2_000_000 },
    unit: 'muxer pings',
    judge: (_, { cut }) => assert.equal(cut, true),
  },
  {
    title: 'refused streams whose refusals are not read cost the connection',
    attack: 'muxerStreams',
    dose: { small: 200_000, full: 2_000_000 },
    unit: 'streams',
    judge: (_, { cut }) => assert.equal(cut, true),
  },
  {
    title: 'window updates of streams that there are not',
    attack: 'muxerUpdates',
    dose: { small: 100_000, full: 1_000_000 },
    unit: 'window updates',
  },
]

export const FRAME_FAULTS: readonly Fault[] = [
  {
    title: 'each field out of range is refused with a code and words',
    attack: 'outOfRange',
    dose: { small: 25, full: 200 },
    unit: 'kinds at most',
    judge: (_, { refused, wrong }) => {
      assert.equal(wrong, '')
      return `${String(refused)} refused`
    },
  },
  {
    title: 'a frame over the limit is refused before it is buffered',
    attack: 'oversize',
    dose: { small: 20, full: 100 },
    unit: 'MB offered six times',
    judge: (_, { refused, of, sentMB }) => {
      assert.equal(refused, of)
      assert.ok(Number(sentMB) < 60, `${String(sentMB)} MB went in`)
    },
  },
  {
    title: 'frames that never end take a bounded room',
    attack: 'unfinished',
    dose: { small: 10, full: 30 },
    unit: 'contacts with half a frame',
  },
  {
    title: 'garbage after a valid Hello ends the session',
    attack: 'garbage',
    dose: { small: 10, full: 60 },
    unit: 'sessions',
    judge: (_, { refused }, dose) => assert.equal(refused, dose),
  },
  {
    title: 'frames changed at random change nothing',
    attack: 'fuzz',
    dose: { small: 100, full: 20_000 },
    unit: 'frames',
    judge: (_, { said, refused }, dose) => {
      assert.ok(Number(said) >= dose)
      return `${String(refused)} sessions refused`
    },
  },
]

export const LIE_FAULTS: readonly Fault[] = [
  {
    title: 'a wrong signature, device, conversation, sequence or hash is never kept',
    attack: 'wrongRuns',
    dose: { small: 1, full: 20 },
    unit: 'rounds of 7',
    judge: (_, { held, said, kept }) => {
      assert.equal(kept, '')
      assert.equal(held, said)
    },
  },
  {
    title: 'runs beyond a gap of 1, 10^6 or 2^53 are not kept, and what follows is',
    attack: 'gaps',
    dose: { small: 3, full: 30 },
    unit: 'rounds of 3',
    judge: (_, { held, said }) => assert.equal(held, said),
  },
  {
    title: 'a device that tells two histories is stopped at the first, and that is told',
    attack: 'equivocation',
    dose: { small: 2, full: 15 },
    unit: 'devices',
    judge: async (scene, { stopped }, dose) => {
      assert.equal(stopped, dose)
      await waitUntil(async () => {
        const reports = await scene.client.sync()
        const forked = reports.filter(({ devices }) => devices.some((device) => device.forked))
        return forked.length >= dose
      }, 'every fork is known')
    },
  },
  {
    title: 'clocks too high, huge or of foreign devices hold nothing up',
    attack: 'clocks',
    dose: { small: 60, full: 600 },
    unit: 'clocks frames',
    during: async (scene, size) => {
      if (size === 'small') return
      const start = performance.now()
      const contact = (await scene.client.contacts()).find(({ name }) => name === 'Claimant')
      assert.ok(contact)
      // It claims to hold more of our log than we wrote: write or refuse, but do not hang.
      const answered = scene.client.send({ to: contact.account, text: 'still here' }).then(
        () => 'accepted',
        (error: unknown) => String(error),
      )
      const answer = await answered
      const tookMs = performance.now() - start
      assert.ok(tookMs < 11_000, `${answer} after ${tookMs} ms`)
    },
    judge: (_, { held }) => assert.equal(held, true),
  },
  {
    title: 'wanting everything again and again is served within bounds',
    attack: 'wants',
    dose: { small: 500, full: 20_000 },
    unit: 'wants',
    judge: (_, { open }) => assert.equal(open, true),
  },
  {
    title: 'entries that wait for what never comes are not shown, and hold up nobody else',
    attack: 'deps',
    dose: { small: 100, full: 5000 },
    unit: 'entries',
    judge: async (scene, { stored }, dose) => {
      assert.equal(stored, dose + 1)
      const reports = await scene.client.sync()
      const waits = reports.some(({ devices }) => devices.some(({ waitingFor }) => waitingFor))
      assert.ok(waits, 'sync tells what is waited for')
    },
  },
]

const FLOODS: readonly Fault[] = [
  {
    title: 'pings by the thousand',
    attack: 'pings',
    dose: { small: 20_000, full: 500_000 },
    unit: 'pings',
  },
  {
    title: 'pings whose answers are not read',
    attack: 'unreadPings',
    dose: { small: 20_000, full: 500_000 },
    unit: 'pings',
  },
  {
    title: 'all clocks asked for again and again',
    attack: 'clocksWanted',
    dose: { small: 5000, full: 100_000 },
    unit: 'frames',
  },
  {
    title: 'all clocks asked for again and again by one who does not read',
    attack: 'unreadClocksWanted',
    dose: { small: 5000, full: 100_000 },
    unit: 'frames',
  },
  {
    title: 'credit without end',
    attack: 'credits',
    dose: { small: 10_000, full: 200_000 },
    unit: 'frames',
  },
  {
    title: 'a Hello again and again',
    attack: 'hellos',
    dose: { small: 1000, full: 20_000 },
    unit: 'hellos',
  },
  {
    title: 'a contact that asks again and again',
    attack: 'contactFrames',
    dose: { small: 1000, full: 20_000 },
    unit: 'contact frames',
  },
  {
    title: 'read positions again and again',
    attack: 'reads',
    dose: { small: 2000, full: 50_000 },
    unit: 'read frames',
  },
  {
    title: 'read positions of devices that there are not',
    attack: 'foreignReads',
    dose: { small: 100, full: 2000 },
    unit: 'frames of 200 devices',
  },
  {
    title: 'a contact that floods with messages',
    attack: 'messages',
    dose: { small: 500, full: 10_000 },
    unit: 'messages',
  },
  {
    title: 'garbage of every small frame, in turn',
    attack: 'garbageOfAll',
    dose: { small: 5000, full: 100_000 },
    unit: 'frames',
  },
  {
    title: 'messages of a few bytes, each a run of its own',
    attack: 'crumbs',
    dose: { small: 500, full: 20_000 },
    unit: 'messages',
  },
  {
    title: 'a contact that fills the disk',
    attack: 'bulk',
    dose: { small: 10, full: 150 },
    unit: 'MB',
    judge: (_, { open, ended }) => assert.equal(open, true, String(ended)),
  },
]

/** Whatever one contact sends, the user and the others are not kept waiting. */
export const FLOOD_FAULTS: readonly Fault[] = FLOODS.map((fault) => ({
  ...fault,
  meanwhile: promptly,
}))

async function promptly(scene: Scene, size: Size): Promise<string> {
  const { sendMs, arriveMs } = await scene.promptness(size === 'full' ? 8 : 1)
  assert.ok(sendMs < SEND_MS_MAX, `"send" answers after ${sendMs} ms`)
  assert.ok(arriveMs < ARRIVE_MS_MAX, `a message arrives after ${arriveMs} ms`)
  return `send ${sendMs} ms, another's message ${arriveMs} ms`
}

/** Of contacts, at a node that gives each of them this much room. */
export const QUOTA_SETTINGS = '[quota]\ncontact = "8MiB"\n'
const QUOTA_BYTES = 8 * 1024 * 1024

export const QUOTA_FAULTS: readonly Fault[] = [
  {
    title: 'a contact that sends more than its quota is held back, and nobody else',
    attack: 'bulk',
    dose: { small: 20, full: 150 },
    unit: 'MB',
    meanwhile: promptly,
    judge: (scene, { open, ended }) => {
      assert.equal(open, true, String(ended))
      return heldBack(scene, 'Hoarder')
    },
  },
  {
    title: 'crumbs fill the quota by what they take on disk',
    attack: 'crumbs',
    dose: { small: 1000, full: 40_000 },
    unit: 'messages',
    meanwhile: promptly,
    judge: async (scene, _, dose) => {
      let receivedBytes = 0
      const least = 250 * Math.min(dose, 20_000)
      await waitUntil(async () => {
        const kept = await scene.client.call('contact.quota', { who: 'Crumbler' })
        receivedBytes = kept.receivedBytes
        return receivedBytes > least
      }, 'the crumbs count')
      return `${Math.round(receivedBytes / 1e5) / 10} MB kept`
    },
  },
]

async function heldBack(scene: Scene, who: string): Promise<string> {
  const { receivedBytes } = await scene.client.call('contact.quota', { who })
  const most = QUOTA_BYTES + RUN_BYTES_MAX + 10_000
  assert.ok(receivedBytes >= QUOTA_BYTES && receivedBytes < most, `${receivedBytes} bytes`)
  const [report] = await scene.client.sync({ conversation: who })
  assert.ok(report?.devices.some((device) => device.heldBack && device.known > device.have))
  return `${Math.round(receivedBytes / 1e5) / 10} MB kept`
}

/** Of strangers, at a node that asks its user. */
export const REQUEST_FAULTS: readonly Fault[] = [
  {
    title: 'requests of fresh identities from one machine leave room for those of others',
    attack: 'requestsFromOne',
    dose: { small: 40, full: 400 },
    unit: 'identities',
    judge: async (scene, { kept }, dose) => {
      const most = REQUESTS_PER_HOUR_MAX / REQUESTS_ADDRESS_PARTS
      assert.ok(Number(kept) <= most, `${String(kept)} of ${dose} are kept`)
      await friendAsks(scene)
      return `${String(kept)} shown, and that of a friend`
    },
  },
  {
    title: 'requests of fresh identities are bounded together',
    attack: 'requests',
    dose: { small: 80, full: 400 },
    unit: 'identities',
    judge: async (scene) => shownRequests(scene),
  },
]

/** Somebody else on the network, who does not know of the flood. */
async function friendAsks(scene: Scene): Promise<void> {
  await using dora = new Foe(scene.victim, { source: sourceOf(4000), name: 'Dora' })
  await dora.greet()
  dora.say({ type: 'contact', request: 'dora', text: 'it is me' })
  await waitUntil(async () => {
    const contacts = await scene.client.contacts()
    return contacts.some(({ name, state }) => name === 'Dora' && state === 'incoming')
  }, 'the request of a friend is shown')
}

async function shownRequests(scene: Scene): Promise<string> {
  const contacts = await scene.client.contacts()
  const shown = contacts.filter(({ state }) => state === 'incoming').length
  assert.ok(shown > 0 && shown <= REQUESTS_PER_HOUR_MAX, `${shown} requests are shown`)
  return `${shown} shown`
}

export const LOCAL_FAULTS: readonly Fault[] = [
  {
    title: 'garbage on the control socket is answered, line by line',
    attack: 'localGarbage',
    dose: { small: 2000, full: 50_000 },
    unit: 'lines',
    judge: (_, { alive }) => assert.equal(alive, true),
  },
  {
    title: 'a line of 100 MB is refused before it is buffered',
    attack: 'endlessLine',
    dose: { small: 100, full: 100 },
    unit: 'MB offered',
    judge: (_, { answer, sentMB }) => {
      assert.match(String(answer), /bad_request/)
      return `refused after ${String(sentMB)} MB`
    },
  },
  {
    title: 'a thousand clients that never leave: some are served, the others are told',
    attack: 'crowd',
    dose: { small: 300, full: 1000 },
    unit: 'clients',
    during: (scene) => {
      // By now every one that is refused was told so.
      const open = readdirSync(`/proc/${scene.ready.pid}/fd`).length
      assert.ok(open < RPC_CLIENTS_MAX + DESCRIPTORS, `${open} descriptors are open`)
    },
    judge: (_, { open }) => {
      assert.ok(Number(open) <= RPC_CLIENTS_MAX, `${String(open)} clients stay`)
      return `${String(open)} served`
    },
  },
  {
    title: 'clients that ask for much and read nothing',
    attack: 'deafClient',
    dose: { small: 200, full: 2000 },
    unit: 'requests of 8 clients',
  },
]
