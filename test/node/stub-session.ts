// A session that goes nowhere: what the node says on it is kept, what its peer says is up to the
// test.
import type { Frame, HelloFrame } from '../../src/core/frames.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import type { Session } from '../../src/net/net.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { type Keys, makeKeys } from '../net/peers.ts'

export class StubSession implements Session {
  readonly account: AccountId
  readonly device: DeviceId
  readonly hello: HelloFrame
  readonly address = '/ip4/127.0.0.1/tcp/1'
  readonly initiator = false
  readonly standing = 'contact'
  readonly openedAtMs = 0
  readonly receivedBytes = 0
  readonly heardAtMs = 0
  readonly sent: Frame[] = []
  pauses = 0
  closedWith: string | undefined
  /** Called for each frame that the node says. */
  onSend: (frame: Frame) => void = () => {}
  onResume: () => void = () => {}

  constructor(device: Keys<DeviceId> = makeKeys<DeviceId>()) {
    const account = makeKeys<AccountId>()
    this.account = account.id
    this.device = device.id
    const devices = signDeviceList(account.id, 1, [device.id], account.sign)
    this.hello = { type: 'hello', version: 1, devices, name: 'Stub', agent: '', addresses: [] }
  }

  promote(): void {}

  send(frame: Frame): boolean {
    this.onSend(frame)
    this.sent.push(frame)
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  pause(): void {
    this.pauses += 1
  }

  resume(): void {
    this.pauses -= 1
    this.onResume()
  }

  close(code: string): void {
    this.closedWith ??= code
  }
}
