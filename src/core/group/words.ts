// What a group's entry did, in words that follow the name of who did it.
import type { AccountId } from '../id.ts'
import type { GroupBody } from './bodies.ts'

/** @param isOwn it is about whoever wrote it */
export function groupWords(
  body: GroupBody,
  nameOf: (account: AccountId) => string,
  isOwn: (account: AccountId) => boolean,
): string {
  switch (body.kind) {
    case 'group_create':
      return `made the group "${body.name}"`
    case 'group_add':
      return `added ${nameOf(body.devices.account)}${body.key ? ', to read from here on' : ''}`
    case 'group_role': {
      const what = body.role === 'admin' ? 'an admin' : 'a member, no longer an admin'
      return `made ${isOwn(body.account) ? 'themselves' : nameOf(body.account)} ${what}`
    }
    case 'group_remove':
      return isOwn(body.account) ? 'left the group' : `removed ${nameOf(body.account)}`
    case 'group_devices':
      return 'joined'
    case 'group_info':
      return infoWords(body)
  }
}

function infoWords({ name, topic, open }: Extract<GroupBody, { kind: 'group_info' }>): string {
  const words: string[] = []
  if (name !== undefined) words.push(`named the group "${name}"`)
  if (topic === '') words.push('took the topic away')
  else if (topic !== undefined) words.push(`set the topic to "${topic}"`)
  if (open === true) words.push('opened the group for everybody nearby')
  if (open === false) words.push('closed the group: only admins add')
  return words.join(' and ')
}
