// The systemd user unit of a profile's node, as text.
//
// What hardens it needs no privileges and no namespaces: a user's own manager has none of the
// first, and some systems refuse it the second, where ProtectSystem= and the like would keep the
// node from starting. V8 writes machine code into memory: no MemoryDenyWriteExecute=.
import type { ServiceCommand } from '../../api/service.ts'
import { SHUTDOWN_MAX_MS } from '../../core/limits.ts'

/** What the manager gives beyond the node's own limit before it kills. */
const STOP_GRACE_S = 5

export function unitText({ profile, args, env, data }: ServiceCommand): string {
  const [program = '', ...rest] = args
  const variables = Object.entries(env).map(([name, value]) => {
    return `Environment=${quoted(`${name}=${value}`)}\n`
  })
  return `# Made by "tidings service install"; "tidings service uninstall" takes it away.
[Unit]
Description=Tidings, chat with the people on your network (${escaped(profile)})
# A profile that is gone is not made anew.
${conditionLine(data)}
# It is tried for ever.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${[`:${program}`, ...rest].map(quoted).join(' ')}
${variables.join('')}# 1 may pass by itself (a full disk, a taken port); 2 and 4 need a person.
Restart=on-failure
RestartSec=3
RestartPreventExitStatus=2 4
TimeoutStopSec=${SHUTDOWN_MAX_MS / 1000 + STOP_GRACE_S}
UMask=0077
# A core would hold keys and messages.
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
`
}

/** By which the unit of a profile is known from that of another home. */
export function conditionLine(data: string): string {
  return `ConditionPathIsDirectory=${escaped(data)}`
}

/** A percent sign begins what systemd fills in. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%')
}

/** One word of a line that systemd takes apart as a shell would. */
function quoted(word: string): string {
  return `"${escaped(word).replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
