// The REPL put together: a screen for the streams there are, a session on it, attached to a node;
// from the first prompt to the exit code.
import type { Readable, Writable } from 'node:stream'

import type { NotifySettings } from '../api/running.ts'
import { aborted } from '../core/aborted.ts'
import { ERROR_CODES, isTidingsError, TidingsError } from '../core/errors.ts'
import { REPL_HISTORY_LINES_MAX } from '../core/limits.ts'
import { printable } from '../core/text.ts'
import { openAlerts } from './alerting.ts'
import { Attachment } from './attachment.ts'
import { complete, NOTHING } from './complete.ts'
import { Directory } from './directory.ts'
import { InputHistory } from './input-history.ts'
import { lookFromEnv } from './look.ts'
import { editText } from './outside-editor.ts'
import { PlainDesk } from './plain-desk.ts'
import type { ReplClient } from './repl-client.ts'
import type { Screen } from './screen.ts'
import { Session, type SessionComponents } from './session.ts'
import { Terminal } from './terminal/terminal.ts'

/** What was typed last may take so long to be accepted before the program leaves anyway. */
const SETTLE_MAX_MS = 3000
const NODE_STOPPED = 'The node stopped.'

export interface ReplContext {
  /** What to type to have the node again. */
  readonly startCommand: string
  /** The profile's messages are sealed with a password. */
  readonly hasPassword: boolean
  readonly client: ReplClient
  /** Reaches the node again after it went away. */
  readonly connect: () => Promise<ReplClient>
  /** Stops the node where it runs in this process and ends with it. */
  readonly stopInside: (() => Promise<void>) | undefined
  readonly input: Readable
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
  readonly errors: Writable
  /** A person sits at both ends. */
  readonly interactive: boolean
  readonly env: NodeJS.ProcessEnv
  readonly historyFile: string
  readonly notify: NotifySettings
  /** Nothing is drawn, also on a terminal: a screen reader reads what is written. */
  readonly plain: boolean
  readonly now: () => Date
  /** Ends the sitting. */
  readonly signal: AbortSignal
}

/** A screen, and the reading of what is typed on it. */
interface Desk extends Pick<SessionComponents, 'editor'> {
  readonly screen: Screen
  /** Hands over lines until the input or the sitting is over. */
  read(session: Session): Promise<void>
  /** @param lastWords what to tell when it is over */
  close(lastWords: string | undefined): Promise<void>
}

/** @returns the exit code */
export async function openRepl(context: ReplContext): Promise<number> {
  const { client, connect, stopInside, interactive } = context
  const directory = new Directory()
  const end = new AbortController()
  const signal = AbortSignal.any([context.signal, end.signal])
  const desk = await openDesk(context, end)
  const { screen } = desk
  let lastWords: string | undefined
  const attachment: Attachment = new Attachment(
    { first: client, connect },
    {
      mayReturn: stopInside === undefined,
      onAttached: (again) => attached(again, screen, session),
      onEvent: (event) => session.happened(event),
      onLost: (error) => {
        session.lost()
        // What is said on a terminal now goes with its screen.
        if (stopInside && screen.hasPlaces) lastWords ??= NODE_STOPPED
        else screen.error(lostNotice(error, context))
        // A script has nobody to wait for a node that was never there.
        if (!interactive && !session.isReady) end.abort()
      },
    },
  )
  const leave = async (how: 'quit' | 'logout'): Promise<void> => {
    lastWords = await farewell(how, context, attachment)
    end.abort()
  }
  const alerting = openAlerts(context, directory, (message) => screen.say(message))
  const session = new Session(
    {
      screen,
      directory,
      client: () => attachment.client,
      alerts: alerting?.alerts,
      now: context.now,
      leave,
      editor: desk.editor,
    },
    { interactive },
  )

  // A reader that went away (`| head`) ends the sitting as Ctrl+D does.
  for (const stream of [context.output, context.errors]) stream.on('error', () => end.abort())
  const following = attachment.follow(signal).finally(() => end.abort())
  try {
    await desk.read(session)
    const patience = interactive ? AbortSignal.timeout(SETTLE_MAX_MS) : context.signal
    if (session.isReady) await Promise.race([session.settled(), aborted(patience)])
    const unanswered = interactive ? notAnswered(session.turns.unfinished) : ''
    const words = [lastWords, unanswered, ...session.composing.unkept.map(notKept(directory))]
    lastWords = words.filter(Boolean).join('\n') || undefined
  } finally {
    end.abort()
    session.stop()
    alerting?.close()
    await desk.close(lastWords)
    await following
    await attachment.client.close()
    await stopInside?.()
  }
  const isInterrupted = context.signal.aborted || isTidingsError(end.signal.reason, 'interrupted')
  if (isInterrupted) return ERROR_CODES.interrupted.exit
  if (!session.isReady) return ERROR_CODES.no_daemon.exit
  return !interactive && session.failures > 0 ? 1 : 0
}

async function attached(again: boolean, screen: Screen, session: Session): Promise<void> {
  if (again) screen.say('The node is back.')
  await session.attached()
}

function lostNotice(error: TidingsError, { startCommand, stopInside }: ReplContext): string {
  if (stopInside) return NODE_STOPPED
  const why = error.code === 'no_daemon' ? '' : ` (${error.message})`
  return (
    `The node went away${why}. Nothing is sent until it is back; this screen looks for it. ` +
    `If it was stopped, start it in another window: ${startCommand}`
  )
}

/** A node that hangs may have taken what was typed last, or not. */
function notAnswered(lines: readonly string[]): string {
  const typed = printable(lines.join('\n'), { lines: true })
  return typed && `The node did not answer. This may not have been sent:\n${typed}`
}

/** What was begun is left to the terminal where no node takes it. */
function notKept(directory: Directory) {
  return ([conversation, text]: readonly [string, string]): string => {
    const label = directory.partner(conversation)?.label ?? 'somebody'
    const typed = printable(text, { lines: true })
    return typed && `Not kept, since the node is away: what you typed to ${label}:\n${typed}`
  }
}

/** Carries out what leaving means for the node. @returns what to tell */
async function farewell(
  how: 'quit' | 'logout',
  { hasPassword, stopInside }: ReplContext,
  attachment: Attachment,
): Promise<string> {
  if (stopInside) {
    return how === 'quit' || !hasPassword
      ? 'The node stops; messages for you wait with their senders.'
      : 'The node stops and the profile is locked.'
  }
  if (how === 'quit') return 'The node goes on in the background: tidings opens it again.'
  if (!hasPassword) {
    return 'You left. The profile has no password, so its node goes on in the background.'
  }
  await attachment.client.call('stop')
  return 'The node is stopped and the profile is locked.'
}

async function openDesk(context: ReplContext, end: AbortController): Promise<Desk> {
  if (context.interactive && !context.plain) return openTerminal(context, end)
  const over = AbortSignal.any([context.signal, end.signal])
  const desk = new PlainDesk({ ...context, over, leave: () => end.abort() })
  return {
    screen: desk.screen,
    editor: desk.editor,
    read: (session) => desk.read(session),
    close: async (lastWords) => {
      desk.screen.close()
      if (lastWords !== undefined) desk.screen.say(lastWords)
    },
  }
}

async function openTerminal(context: ReplContext, end: AbortController): Promise<Desk> {
  // Trouble with reading it comes before there is a screen to tell of it.
  const onScreen = Promise.withResolvers<Screen>()
  const history = new InputHistory(context.historyFile, {
    linesMax: REPL_HISTORY_LINES_MAX,
    wordlessOnly: context.hasPassword,
    onTrouble: (message) => void onScreen.promise.then((screen) => screen.error(message)),
  })
  const earlier = await history.load()
  let session: Session | undefined
  /** What stands in the line and is no draft. */
  let begun = ''
  const over = AbortSignal.any([context.signal, end.signal])
  const screen: Terminal = new Terminal(context, {
    ...lookFromEnv(context.env),
    history: earlier,
    historyLinesMax: REPL_HISTORY_LINES_MAX,
    complete: (before) => (session ? complete(before, session.foresight) : NOTHING),
    onLine: (line) => {
      begun = ''
      history.add(line)
      session?.composing.entered(line)
      session?.foresight.entered(line)
      session?.typed(line)
    },
    onEdit: (line) => {
      begun = session?.composing.edited(line) ? '' : line
      session?.foresight.edited(line)
    },
    onAside: (line) => {
      begun = ''
      return session?.composing.putAside(line) ?? false
    },
    onSwitch: (conversation) => session?.switchTo(conversation),
    onEarlier: async (conversation, before) => session?.earlier(conversation, before),
    onEditor: (text) => editText(text, { env: context.env, over }),
    onInterrupt: () => end.abort(new TidingsError('interrupted', 'interrupted')),
    onEnd: () => end.abort(),
  })
  onScreen.resolve(screen)
  return {
    screen,
    editor: async (text) => {
      await screen.edit(text)
      return undefined
    },
    read: async (reader) => {
      session = reader
      await aborted(over)
    },
    close: async (lastWords) => {
      screen.close()
      const typed = begun === '' ? undefined : `Not sent: ${printable(begun, { lines: true })}`
      for (const each of [...screen.lastWords, lastWords, typed])
        if (each !== undefined) context.output.write(`${each}\n`)
      await history.flushed()
    },
  }
}
