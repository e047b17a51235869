// The story that the screens are of: three people at a pumping station, seen by Ann, from her first
// start to a busy Thursday. Whatever it shows is typed and sent here; times are those of its clock.
import type { Client } from '../../src/api/client.ts'
import type { Window } from '../../test/repl/tmux.ts'
import { Stage, still, until } from './stage.ts'

export interface Shot {
  /** Its files are named so. */
  readonly name: string
  readonly title: string
  /** What one sees, in a sentence or two. */
  readonly words: string
  readonly columns: number
  /** With escapes for colours. */
  readonly rows: readonly string[]
}

const COLUMNS = 80
const ROWS = 24
const BACKLOG = 1500

/** What differs from one machine, and one minute, to another. */
const UNSTEADY: readonly [what: RegExp, instead: string][] = [
  [/[\d,]+ MiB free/, '70,000 MiB free'],
  [/(T\d\d:\d\d):\d\d\.\d{3}Z/, '$1:00.000Z'],
  [/Tidings [\d.]+ on Node [\d.]+/, 'Tidings on Node 26'],
]

export class Story {
  readonly #stage: Stage
  readonly shots: Shot[] = []
  #window: Window | undefined
  #columns = COLUMNS
  #rows = ROWS

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async play(): Promise<void> {
    const bob = await this.#monday()
    const carol = await this.#crew(bob)
    await this.#tuesday(bob, carol)
    await this.#elsewhere(bob, carol)
    await this.#keys(bob)
    await this.#large(carol)
    await this.#catchingUp(bob)
    await this.#alone()
  }

  /** The first start, and the first message. */
  async #monday(): Promise<Client> {
    await this.#stage.timeIs('2026-11-16T09:00:00Z')
    const ann = (this.#window = await this.#stage.repl('ann'))
    await ann.shows('Your name')
    this.#enter('')
    await ann.shows(/[Pp]assword/)
    await this.#type('', 'First steps')
    const bob = await this.#stage.node('bob')
    await ann.shows('[✓] You found somebody')
    await this.#shoot(
      'first-start',
      'The first start',
      'After a name and an optional password: what to do first, and who is here already.',
    )
    await this.#type('/add bob', 'You asked bob')
    await this.#asked(bob, 'ann')
    await bob.contact.accept({ who: 'ann' })
    await ann.shows('[✓] You have a contact')
    await this.#type('@bob Hello!', /message of yours was delivered\./)
    await this.#shoot(
      'first-message',
      'The first message',
      'Each step ticks itself. Bob accepted, and what Ann wrote is on his disk.',
    )
    return bob
  }

  /** Carol comes, and there is a group. */
  async #crew(bob: Client): Promise<Client> {
    await this.#stage.timeIs('2026-11-16T13:30:00Z')
    const carol = await this.#stage.node('carol')
    await until(
      async () => (await carol.nearby()).some(({ name }) => name === 'ann'),
      'ann is seen',
    )
    await carol.contact.add({ who: 'ann', message: 'Carol, night shift' })
    await this.#shown('carol asks to become your contact')
    await this.#type('/accept carol', 'carol is your contact now')
    await this.#shown('[2:●carol]')
    await this.#type('/group create crew', '3:#crew')
    await this.#type('#crew', /^#crew[^>]*>/m)
    const others = { bob, carol }
    for (const [name, client] of Object.entries(others)) {
      this.#enter(`/group invite #crew ${name}`)
      await until(async () => (await client.group.list()).length > 0, `${name} is invited`)
      await client.group.join({ group: '#crew' })
      await this.#shown(`* ${name} joined`)
    }
    await this.#shown('[3:●#crew]')
    return carol
  }

  /** What messages look like. */
  async #tuesday(bob: Client, carol: Client): Promise<void> {
    await this.#type('@bob', /^bob[^>]*>/m)
    await this.#stage.timeIs('2026-11-16T16:05:00Z')
    await bob.send({ to: '@ann', text: 'The bearing of pump 2 has arrived.' })
    await bob.send({ to: '@ann', text: 'I can fit it tomorrow, if somebody holds the lamp.' })
    await this.#shown('holds the lamp')
    await this.#type('I will. At nine?', /At nine\? ✓/)
    await this.#stage.timeIs('2026-11-17T08:52:00Z')
    await bob.send({
      to: '@ann',
      text:
        'Here already. The manual is at https://pumps.example/2/bearing.html#torque and page 14 ' +
        'says 25 Nm, not 30 as on the plate.',
    })
    await bob.send({
      to: '@ann',
      text:
        'Before we begin, `pump stop 2` and then:\n' +
        '```\nvalve 2a close\nvalve 2b close   # slowly\n```',
    })
    await this.#shown('slowly')
    await this.#type('/reply Both are closed.', /Both are closed\. ✓/)
    await this.#type('/react ^2 👍', '👍')
    await bob.send({
      to: '@ann',
      text: 'Thanks! Ali asks: متى نبدأ؟ And Yuki: 今日は寒いですね 🥶',
    })
    await this.#shown('寒い')
    await this.#type('Now.', /Now\. ✓/)
    await bob.read({ conversation: '@ann' })
    await this.#shown('Now. ✓✓')
    await this.#shown('closed. ✓✓')
    await carol.send({ to: '#crew', text: 'Good morning from the night shift.' })
    await this.#shown('#crew(1)')
    await this.#shoot(
      'conversation',
      'A conversation',
      'Messages by day and author, with links, code and any script; behind her own Ann sees ' +
        'whether they wait, arrived (✓) or were read (✓✓).',
    )
  }

  async #elsewhere(bob: Client, carol: Client): Promise<void> {
    await this.#stage.timeIs('2026-11-17T11:20:00Z')
    await carol.send({ to: '@ann', text: 'Did I leave my keys at your desk?' })
    await bob.send({ to: '#crew', text: 'Pump 2 runs again.' })
    await until(async () => (await said(carol, '#crew')).includes('runs again'), 'Carol reads it')
    await carol.send({ to: '#crew', text: '@ann how is the pressure?' })
    await bob.typing({ conversation: '@ann' })
    await this.#shown('how is the pressure')
    await this.#shown(/#crew\(\d,@1\)/)
    await this.#shown('typing')
    await this.#shoot(
      'elsewhere',
      'What happens elsewhere',
      'The row above the line being typed counts what is unread in each conversation, and where ' +
        'Ann is mentioned. What concerns her is shown here too; the rest waits there.',
    )
    this.#ann.press('M-a')
    await this.#shown(/^#crew[^>]*>/m)
    await this.#type('4.1 bar and rising, @bob has the log.', /has the log\. ✓ 2\/2/)
    const [newest] = await carol.history({ conversation: '#crew', limit: 1 })
    await carol.react({ id: newest?.id ?? '', emoji: '🎉' })
    await this.#shown('🎉')
    await bob.send({ to: '#crew', text: 'On its way.' })
    await this.#shown('On its way')
    await this.#shoot(
      'group',
      'A group',
      'Alt+A goes to where something is unread, mentions first. In a group a message tells how ' +
        'many have it.',
    )
  }

  async #keys(bob: Client): Promise<void> {
    await this.#stage.timeIs('2026-11-18T10:00:00Z')
    await this.#type('@bob', /^bob[^>]*>/m)
    for (let n = 1; n <= 60; n++) {
      await bob.send({ to: '@ann', text: `Reading ${n}: ${(4 + (n % 7) / 10).toFixed(1)} bar` })
    }
    await this.#shown('Reading 60')
    this.#ann.type('Thanks, the mean is')
    this.#ann.press('PPage', 'PPage')
    await this.#shown('PgDn: newer')
    await this.#shoot(
      'back',
      'Going back',
      'PgUp goes back through everything that was said, also while one types.',
    )
    this.#ann.press('C-u', 'NPage', 'NPage', 'NPage')
    this.#ann.press('C-r')
    this.#ann.type('clos')
    await this.#shown('(search: clos)')
    await this.#shoot('search', 'Lines typed before', 'Ctrl+R looks for words among them.')
    this.#ann.press('C-c')
    this.#ann.press('C-u')
    this.#ann.type('/group ')
    this.#ann.press('Tab')
    await this.#shown('promote')
    await this.#shoot(
      'completion',
      'Completion',
      'Tab completes commands, names, options, messages and files.',
    )
    this.#ann.press('C-u')
    await this.#type('/help keys', 'Alt+1 to')
    await this.#shoot('keys', 'Keys', '/help has topics; this one lists the keys.')
  }

  async #large(carol: Client): Promise<void> {
    this.#ann.resize(200, 50)
    this.#columns = 200
    this.#rows = 50
    await this.#type('#crew', /^#crew[^>]*>/m)
    await carol.send({ to: '#crew', text: 'The night was quiet. '.repeat(12).trimEnd() })
    await this.#shown('quiet')
    await this.#shoot('large', 'A large screen', 'At 200 by 50 the same is simply larger.')
    this.#ann.resize(COLUMNS, ROWS)
    this.#columns = COLUMNS
    this.#rows = ROWS
  }

  async #catchingUp(bob: Client): Promise<void> {
    await this.#type('/quit', '[exit 0]')
    await this.#stage.timeIs('2026-11-19T07:45:00Z')
    await Promise.all(
      Array.from({ length: BACKLOG }, (_, n) =>
        bob.send({ to: '@ann', text: `Reading ${61 + n}: 4.2 bar` }),
      ),
    )
    await bob.stop()
    await bob.closed
    this.#window = await this.#stage.repl('ann')
    await this.#shown('●carol(1)')
    this.#ann.type('Good morning,')
    await this.#stage.node('bob')
    await this.#shown(/bob\(1k\) .* Catching up with bob: 1,500 messages/)
    await this.#shoot(
      'catching-up',
      'Catching up',
      'Bob’s logger wrote 1,500 messages while Ann was away. They are counted, not shown one by ' +
        'one, and the line being typed stays as it is.',
    )
  }

  /** Somebody whose cable is out. */
  async #alone(): Promise<void> {
    await this.#stage.timeIs('2026-11-19T15:10:00Z')
    this.#window = await this.#stage.repl('dave', { isAlone: true })
    await this.#shown('Your name')
    await this.#type('', /[Pp]assword/)
    await this.#type('', 'First steps')
    await this.#type('/doctor', /^ok +version/m)
    await this.#shoot('doctor', 'Doctor', 'When nobody is here, /doctor says why, and what to do.')
  }

  get #ann(): Window {
    if (!this.#window) throw new TypeError('nothing is open yet')
    return this.#window
  }

  #enter(line: string): void {
    if (line !== '') this.#ann.type(line)
    this.#ann.press('Enter')
  }

  async #type(line: string, shows: string | RegExp): Promise<void> {
    this.#enter(line)
    await this.#shown(shows)
  }

  async #shown(words: string | RegExp): Promise<void> {
    await this.#ann.shows(words)
  }

  async #asked(of: Client, name: string): Promise<void> {
    await until(
      async () =>
        (await of.contacts()).some((each) => each.name === name && each.state === 'incoming'),
      `${name} asks`,
    )
  }

  async #shoot(name: string, title: string, words: string): Promise<void> {
    const rows = await still(this.#ann)
    const gap = Array.from({ length: this.#rows - rows.length }, () => '')
    this.shots.push({
      name,
      title,
      words,
      columns: this.#columns,
      rows: [...rows, ...gap].map(steady),
    })
  }
}

async function said(client: Client, conversation: string): Promise<string> {
  const messages = await client.history({ conversation })
  return messages.map(({ text }) => text).join('\n')
}

function steady(row: string): string {
  return UNSTEADY.reduce((text, [what, instead]) => text.replace(what, instead), row)
}
