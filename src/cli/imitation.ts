// What to say of a name that looks like a contact's and is another account's: somebody who imitates
// them, somebody who happens to be called so, or they themselves with a new profile. Which one it
// is only the two people can find out.
import { isSameName } from '../core/look-alikes.ts'
import { printable } from '../core/text.ts'

/** How the node names oneself. */
const SELF = 'you'

export interface Imitating {
  readonly name: string
  readonly alias?: string
  readonly imitates: string | null
}

/** In a few words, to stand behind the name; empty where there is nothing to say. */
export function imitation({ name, alias = '', imitates }: Imitating): string {
  if (imitates === null) return ''
  if (imitates === SELF) return 'has a name like yours, and is another account'
  const same = [name, alias].some((own) => own !== '' && isSameName(own, imitates))
  const what = same ? 'is another account than' : 'looks like'
  return `${what} your contact ${printable(imitates)}; compare safety numbers`
}
