// Points out messages to somebody who looks elsewhere: rings at once, and gathers what comes for
// one notification of the desktop. What was missed while a node was away comes in a flood, and is
// told once when it is over.
import type { NotifySettings } from '../api/running.ts'
import type { Message } from '../api/shapes.ts'
import {
  ALERT_AUTHORS_MAX,
  ALERT_BELL_GAP_MS,
  ALERT_GAP_MS,
  ALERT_GATHER_MS,
  ALERT_MISSED_GAP_MS,
  ALERT_RECENT_MS,
} from '../core/limits.ts'
import {
  type Alert,
  alertFor,
  type Bundle,
  changedSettings,
  type Moment,
  notificationOf,
  type Presence,
  settingsText,
} from './alert-rule.ts'
import type { ParamValue } from './arguments.ts'
import type { Desktop } from './desktop.ts'
import type { Directory } from './directory.ts'

export interface AlertsComponents {
  readonly directory: Directory
  readonly ring: () => void
  readonly desktop: Pick<Desktop, 'missing' | 'show'>
  readonly presence: () => Presence
  readonly now: () => Date
  /** Told once when notifications of the desktop do not work. */
  readonly failed: (message: string) => void
}

export interface AlertsInit {
  readonly settings: NotifySettings
  /** What is written is not left with the desktop, which may keep it, in the clear. */
  readonly hasPassword: boolean
}

export class Alerts {
  readonly #with: AlertsComponents
  readonly #init: AlertsInit
  #settings: NotifySettings
  #rangAtMs = -Infinity
  #owesBell = false
  #count = 0
  /** What those are called whose messages wait to be shown, by account. */
  readonly #names = new Map<string, string>()
  #hasMore = false
  #last: Message | undefined
  #soon: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined
  #resting: NodeJS.Timeout | undefined
  #isShowing = false
  #hasFailed = false
  readonly #ending = new AbortController()

  constructor(components: AlertsComponents, init: AlertsInit) {
    this.#with = components
    this.#init = init
    this.#settings = init.settings
  }

  /** A message appeared in the log. */
  arrived(message: Message, where: { readonly isOpen: boolean; readonly isMuted: boolean }): void {
    const { own, kind, deleted, mentionsYou, conversation } = message
    const isText = kind === 'text' && !deleted
    const isDirect = this.#with.directory.withConversation(conversation) !== undefined
    const arrival = { own, isText, mentionsYou, isDirect, ...where }
    this.#point(message, alertFor(arrival, this.#settings, this.#moment()))
  }

  /**
   * Changes the settings for this sitting, or with nothing to change tells them.
   *
   * @throws TidingsError `bad_input`
   */
  async command(setting: string | undefined): Promise<string> {
    if (setting !== undefined) {
      this.#settings = changedSettings(setting, this.#settings, this.#init.settings)
      // What waits was meant for other settings.
      this.#take()
      this.#owesBell = false
    }
    const { when, desktop } = this.#settings
    const missing = desktop && when !== 'none' ? await this.#with.desktop.missing() : undefined
    const why = missing === undefined ? '' : ` No notifications appear: ${missing}.`
    return settingsText(this.#settings, this.#moment().minute) + why
  }

  stop(): void {
    this.#ending.abort()
    for (const timer of [this.#soon, this.#later, this.#resting]) clearTimeout(timer)
  }

  #moment(): Moment {
    const now = this.#with.now()
    return { presence: this.#with.presence(), minute: 60 * now.getHours() + now.getMinutes() }
  }

  #point(message: Message, { bell, desktop }: Alert): void {
    if (!bell && !desktop) return
    if (desktop) this.#gather(message)
    const agoMs = this.#with.now().getTime() - Date.parse(message.sentAt)
    if (agoMs > ALERT_RECENT_MS) {
      this.#owesBell ||= bell
      clearTimeout(this.#later)
      this.#later = setTimeout(() => this.#missed(), ALERT_MISSED_GAP_MS)
      return
    }
    if (bell) this.#ring()
    if (desktop) this.#soon ??= setTimeout(() => this.#show(), ALERT_GATHER_MS)
  }

  #missed(): void {
    this.#later = undefined
    if (this.#owesBell) this.#ring()
    this.#owesBell = false
    this.#show()
  }

  #ring(): void {
    const nowMs = this.#with.now().getTime()
    if (Math.abs(nowMs - this.#rangAtMs) < ALERT_BELL_GAP_MS) return
    this.#rangAtMs = nowMs
    this.#with.ring()
  }

  #gather(message: Message): void {
    const { author, authorName } = message
    this.#count++
    this.#last = message
    if (this.#names.has(author)) return
    this.#hasMore ||= this.#names.size >= ALERT_AUTHORS_MAX
    if (this.#hasMore) return
    this.#names.set(author, this.#with.directory.called(author, authorName))
  }

  /** Shows what was gathered, unless somebody is here by now; not before the last is over. */
  #show(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
    if (this.#isShowing || this.#resting !== undefined || this.#count === 0) return
    const bundle = this.#take()
    if (this.#with.presence() === 'here') return
    this.#isShowing = true
    void this.#handOver(bundle).finally(() => {
      this.#isShowing = false
      if (this.#ending.signal.aborted) return
      this.#resting = setTimeout(() => {
        this.#resting = undefined
        if (this.#later === undefined) this.#show()
      }, ALERT_GAP_MS)
    })
  }

  #take(): Bundle {
    const { directory } = this.#with
    const last = this.#last
    const partner = last && directory.partner(last.conversation)
    const isPrivate = this.#init.hasPassword || last?.disappearsAt !== null
    const bundle = {
      count: this.#count,
      names: [...this.#names.values()],
      hasMore: this.#hasMore,
      group: partner && !partner.contact ? partner.label : undefined,
      text: this.#settings.text && !isPrivate ? last?.text : undefined,
    }
    this.#count = 0
    this.#names.clear()
    this.#hasMore = false
    this.#last = undefined
    return bundle
  }

  /** Never rejects. */
  async #handOver(bundle: Bundle): Promise<void> {
    const { signal } = this.#ending
    try {
      await this.#with.desktop.show(notificationOf(bundle), signal)
    } catch {
      if (this.#hasFailed || signal.aborted) return
      this.#hasFailed = true
      this.#with.failed(
        'Desktop notifications do not work here; "desktop = false" in the configuration file ' +
          'ends the tries.',
      )
    }
  }
}

/** `/notify`. @throws TidingsError `bad_input` */
export async function commandAlerts(
  alerts: Alerts | undefined,
  setting?: ParamValue,
): Promise<string> {
  if (!alerts) return 'Nothing is pointed out where nobody sits at a terminal.'
  return alerts.command(setting === undefined ? undefined : String(setting))
}
