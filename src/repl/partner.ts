// Whom one talks with: a contact, or a group.
import type { Group } from '../api/shapes-group.ts'
import type { Contact } from '../api/shapes.ts'
import { printable } from '../core/text.ts'

export interface Partner {
  readonly conversation: string
  /** What the node is told as the receiver. */
  readonly to: string
  /** As shown, safe to draw: `bob`, `#crew`. */
  readonly label: string
  /** Whether anybody is there to read. */
  readonly online: boolean
  readonly about: string
  /** Undefined for a group. */
  readonly contact: Contact | undefined
}

export function contactPartner(contact: Contact, label: string): Partner {
  const { conversation, account: to, online } = contact
  return { conversation, to, label, online, about: whereabouts(contact), contact }
}

export function groupPartner(group: Group, label: string): Partner {
  const { conversation, online } = group
  const about = `${standing(group)}${group.topic === '' ? '' : `: ${printable(group.topic)}`}`
  return { conversation, to: conversation, label, online: online > 0, about, contact: undefined }
}

/** Whether somebody is there to read, in words. */
function whereabouts({ state, online }: Contact): string {
  switch (state) {
    case 'friend':
      return online ? 'online' : 'offline: messages wait here until they can be delivered'
    case 'requested':
      return 'who has not answered your request yet'
    case 'incoming':
      return 'who asks to become your contact'
    case 'blocked':
      return 'blocked'
    case 'removed':
      return 'no contact of yours'
  }
}

function standing({ state, members, online }: Group): string {
  switch (state) {
    case 'joined':
      return `${members} ${members === 1 ? 'member' : 'members'}, ${online} of the others online`
    case 'joining':
      return 'which you are joining: what was said there is on its way'
    case 'invited':
      return 'which you are invited to: /group join'
    case 'left':
      return 'which you have left'
    case 'removed':
      return 'which you were removed from'
  }
}
