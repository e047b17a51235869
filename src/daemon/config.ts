// The settings of a node: what the command line says, over the environment, over the configuration
// file (config/default.toml shows all of it), over the defaults. A mistake is named, never skipped.
import { readFile } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'

import { parse, TomlError } from 'smol-toml'
import * as v from 'valibot'

import { explain } from '../api/issues.ts'
import {
  ACCEPT_POLICIES,
  type AcceptPolicy,
  LOG_LEVELS,
  type LogLevel,
  NOTIFY_DEFAULTS,
  NOTIFY_WHEN,
  type NotifySettings,
  type StartOptions,
} from '../api/running.ts'
import { parseByteSize } from '../core/byte-size.ts'
import { readVariable, type Variable } from '../core/environment.ts'
import { TidingsError, toTidingsError } from '../core/errors.ts'
import { CONTACT_QUOTA_BYTES } from '../core/limits.ts'
import { parseQuietHours, type QuietHours } from '../core/quiet-hours.ts'

export interface Settings {
  /** Multiaddrs; undefined leaves the choice to the node. */
  readonly listen: readonly string[] | undefined
  readonly accept: AcceptPolicy
  readonly mdns: { readonly enabled: boolean; readonly port: number }
  readonly interfaces: { readonly allow: readonly string[]; readonly deny: readonly string[] }
  /** Whether contacts are told how far the user has read. */
  readonly tellRead: boolean
  /** Whether contacts are told that the user is typing. */
  readonly tellTyping: boolean
  readonly logLevel: LogLevel
  /** What one contact may make this node keep; Infinity for no bound. */
  readonly quotaBytes: number
  /** For the chat, which reads the file by itself; the node has no use for it. */
  readonly notify: NotifySettings
  /** The same: whether it draws nothing. */
  readonly plain: boolean
}

const MDNS_PORT = 5353
const YES_OR_NO = ['1', '0'] as const
const QUIET_HOURS = 'TIDINGS_QUIET_HOURS'

const names = v.array(v.string())
const fileSchema = v.strictObject({
  listen: v.optional(v.array(v.string())),
  accept: v.optional(v.picklist(ACCEPT_POLICIES)),
  tell_read: v.optional(v.boolean()),
  tell_typing: v.optional(v.boolean()),
  log: v.optional(v.picklist(LOG_LEVELS)),
  mdns: v.optional(
    v.strictObject({
      enabled: v.optional(v.boolean()),
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
    }),
  ),
  interfaces: v.optional(v.strictObject({ allow: v.optional(names), deny: v.optional(names) })),
  quota: v.optional(v.strictObject({ contact: v.optional(v.string()) })),
  repl: v.optional(v.strictObject({ plain: v.optional(v.boolean()) })),
  notify: v.optional(
    v.strictObject({
      when: v.optional(v.picklist(NOTIFY_WHEN)),
      bell: v.optional(v.boolean()),
      desktop: v.optional(v.boolean()),
      text: v.optional(v.boolean()),
      quiet_hours: v.optional(v.string()),
    }),
  ),
})
type FileSettings = v.InferOutput<typeof fileSchema>

/**
 * @throws `bad_config` whose message begins with what the value stands in, a flag, a variable or
 * the file, and names the key, or the line that is not TOML
 */
export async function readSettings(
  options: StartOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Settings> {
  const { config, configNamed } = options.places
  const file = await readConfig(config, configNamed)
  return {
    listen:
      addresses('--listen', options.listen) ??
      addresses('TIDINGS_LISTEN', listIn(readVariable(env, 'TIDINGS_LISTEN'))) ??
      addresses(`${config}: "listen"`, file.listen),
    accept:
      options.accept ?? choice(env, 'TIDINGS_ACCEPT', ACCEPT_POLICIES) ?? file.accept ?? 'ask',
    tellRead: file.tell_read ?? true,
    tellTyping: file.tell_typing ?? true,
    mdns: { enabled: file.mdns?.enabled ?? true, port: file.mdns?.port ?? MDNS_PORT },
    interfaces: { allow: file.interfaces?.allow ?? [], deny: file.interfaces?.deny ?? [] },
    logLevel: options.logLevel ?? choice(env, 'TIDINGS_LOG', LOG_LEVELS) ?? file.log ?? 'info',
    quotaBytes: quotaIn(file.quota?.contact, config),
    notify: notifyIn(file.notify, env, config),
    plain: yesOrNo(env, 'TIDINGS_PLAIN') ?? file.repl?.plain ?? false,
  }
}

/** The UDP port by which others are looked for; undefined where that is turned off. */
export function mdnsPortOf({ mdns }: Settings): number | undefined {
  return mdns.enabled ? mdns.port : undefined
}

async function readConfig(file: string, mustExist: boolean): Promise<FileSettings> {
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if ((code === 'ENOENT' || code === 'ENOTDIR') && !mustExist) return {}
    throw new TidingsError('bad_config', `${file} cannot be read (${code})`, { cause: error })
  }
  const parsed = v.safeParse(fileSchema, parseToml(text, file), { abortEarly: true })
  if (parsed.success) return parsed.output
  const reason = explain(parsed.issues[0], 'setting')
  throw new TidingsError('bad_config', `${file}: ${reason}`)
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const where = `line ${error.line}, column ${error.column}`
    const [reason = ''] = error.message.replace('Invalid TOML document: ', '').split('\n')
    throw new TidingsError('bad_config', `${file}, ${where}: ${reason}`, { cause: error })
  }
}

/** @throws `bad_config` */
function quotaIn(text: string | undefined, file: string): number {
  if (text === undefined) return CONTACT_QUOTA_BYTES
  if (text === 'none') return Infinity
  return understood(`${file}: "quota.contact"`, () => parseByteSize(text))
}

function notifyIn(
  file: FileSettings['notify'],
  env: NodeJS.ProcessEnv,
  config: string,
): NotifySettings {
  const hoursIn = (where: string, text: string | undefined): QuietHours | undefined =>
    text ? understood(where, () => parseQuietHours(text)) : undefined
  const inFile = hoursIn(`${config}: "notify.quiet_hours"`, file?.quiet_hours)
  const { when, bell, desktop, text, quietHours } = NOTIFY_DEFAULTS
  return {
    when: choice(env, 'TIDINGS_NOTIFY', NOTIFY_WHEN) ?? file?.when ?? when,
    bell: file?.bell ?? bell,
    desktop: file?.desktop ?? desktop,
    text: file?.text ?? text,
    quietHours: hoursIn(QUIET_HOURS, readVariable(env, QUIET_HOURS)) ?? inFile ?? quietHours,
  }
}

/** @throws `bad_config` that says where, and that "none" would do */
function understood<T>(where: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    const reason = `${toTidingsError(cause).message}, or "none"`
    throw new TidingsError('bad_config', `${where}: ${reason}`, { cause })
  }
}

function choice<T extends string>(
  env: NodeJS.ProcessEnv,
  name: Variable,
  choices: readonly T[],
): T | undefined {
  const value = readVariable(env, name)
  if (value === undefined) return undefined
  const found = choices.find((option) => option === value)
  if (found !== undefined) return found
  const message = `${name} must be ${choices.join(' or ')}, not ${JSON.stringify(value)}`
  throw new TidingsError('bad_config', message)
}

function yesOrNo(env: NodeJS.ProcessEnv, name: Variable): boolean | undefined {
  const chosen = choice(env, name, YES_OR_NO)
  return chosen === undefined ? undefined : chosen === '1'
}

function listIn(value: string | undefined): string[] | undefined {
  const list = value?.split(/[\s,]+/).filter((item) => item !== '')
  return list?.length ? list : undefined
}

function addresses(
  where: string,
  given: readonly string[] | undefined,
): readonly string[] | undefined {
  for (const address of given ?? []) checkAddress(where, address)
  return given
}

/** Only what this program listens on: TCP at an IP address. */
function checkAddress(where: string, address: string): void {
  const match = /^\/(ip4|ip6)\/([^/]+)\/tcp\/(\d{1,5})$/.exec(address)
  const [, family, host = '', port] = match ?? []
  const isAddress = family === 'ip4' ? isIPv4(host) : isIPv6(host)
  if (match && isAddress && Number(port) <= 65_535) return
  const reason = 'is nothing to listen on; write it like /ip4/0.0.0.0/tcp/4001'
  throw new TidingsError('bad_config', `${where}: ${JSON.stringify(address)} ${reason}`)
}
