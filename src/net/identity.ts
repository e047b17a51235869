// A device is one Ed25519 key with two names: our DeviceId and libp2p's PeerId. This is the only
// place that turns one into the other.
import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'

import { type DeviceId, idFromBytes, idToBytes } from '../core/id.ts'
import { publicKeyFromSeed } from '../core/run.ts'

/** The libp2p key of a device. */
export function hostKey(seed: Uint8Array): PrivateKey {
  return privateKeyFromRaw(Buffer.concat([seed, publicKeyFromSeed(seed)]))
}

export function deviceOfSeed(seed: Uint8Array): DeviceId {
  return idFromBytes(publicKeyFromSeed(seed))
}

/** The device of a peer; nothing for a peer whose key is not Ed25519. */
export function deviceOfPeer(peer: PeerId): DeviceId | undefined {
  return peer.type === 'Ed25519' ? idFromBytes<DeviceId>(peer.publicKey.raw) : undefined
}

/** The device of a peer id in text form; nothing when it is no Ed25519 peer id. */
export function deviceOfPeerText(text: string): DeviceId | undefined {
  try {
    return deviceOfPeer(peerIdFromString(text))
  } catch {
    return undefined
  }
}

export function peerTextOf(device: DeviceId): string {
  return peerIdFromPublicKey(publicKeyFromRaw(idToBytes(device))).toString()
}
