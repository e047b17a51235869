// The launchd agent of a profile's node, as a property list.
import type { ServiceCommand } from '../../api/service.ts'
import { SHUTDOWN_MAX_MS } from '../../core/limits.ts'

/** What launchd gives beyond the node's own limit before it kills. */
const STOP_GRACE_S = 5
const UMASK = 0o077

type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value }

export function plistText(label: string, { args, data, log }: ServiceCommand): string {
  const agent: Value = {
    Label: label,
    ProgramArguments: args,
    RunAtLoad: true,
    // It starts again after ten seconds, the least that launchd waits.
    KeepAlive: { SuccessfulExit: false },
    ExitTimeOut: SHUTDOWN_MAX_MS / 1000 + STOP_GRACE_S,
    Umask: UMASK,
    // Where the profile is gone nothing is started, and so none made anew.
    WorkingDirectory: data,
    // A core would hold keys and messages.
    HardResourceLimits: { Core: 0 },
    // What the runtime itself has to say, say on running out of memory, lands in the log.
    StandardErrorPath: log,
  }
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" \
"http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Made by "tidings service install"; "tidings service uninstall" takes it away. -->
<plist version="1.0">
${element(agent, '')}
</plist>
`
}

/** How a text stands in a list. */
export function stringElement(text: string): string {
  return `<string>${escaped(text)}</string>`
}

function element(value: Value, margin: string): string {
  const within = `${margin}  `
  if (typeof value === 'boolean') return `${margin}<${value}/>`
  if (typeof value === 'number') return `${margin}<integer>${value}</integer>`
  if (typeof value === 'string') return margin + stringElement(value)
  if (isList(value)) {
    const items = value.map((item) => element(item, within))
    return [`${margin}<array>`, ...items, `${margin}</array>`].join('\n')
  }
  const entries = Object.entries(value).flatMap(([key, each]) => [
    `${within}<key>${escaped(key)}</key>`,
    element(each, within),
  ])
  return [`${margin}<dict>`, ...entries, `${margin}</dict>`].join('\n')
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
