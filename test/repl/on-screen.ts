// A process for a pseudo-terminal or a pipe: the REPL on its own streams, attached to the control
// socket given as the first argument; the second is the file of its input history.
import { connect } from '../../src/api/client.ts'
import { NOTIFY_DEFAULTS } from '../../src/api/running.ts'
import { openRepl } from '../../src/repl/repl.ts'

const [socketPath = '', historyFile = '', ...flags] = process.argv.slice(2)

process.exitCode = await openRepl({
  startCommand: 'tidings start --detach',
  client: await connect({ socketPath }),
  connect: () => connect({ socketPath }),
  stopInside: undefined,
  hasPassword: flags.includes('--password'),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  interactive: process.stdin.isTTY && process.stdout.isTTY,
  env: process.env,
  historyFile,
  plain: flags.includes('--plain') || process.env['TERM'] === 'dumb',
  notify: { ...NOTIFY_DEFAULTS, desktop: flags.includes('--desktop') },
  now: () => new Date(),
  signal: new AbortController().signal,
})
