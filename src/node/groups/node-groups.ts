// Groups as front ends see them: each call goes to the life of the node that is going on.
import type { Lives } from '../lives.ts'
import { findGroup } from './group-names.ts'
import type { NodeGroups } from './group-types.ts'
import { viewOfGroup, viewsOfMembers } from './group-views.ts'

export function nodeGroups(lives: Lives): NodeGroups {
  return {
    list: () => {
      const { current } = lives
      return [...current.groups.all()].map(([id, group]) => viewOfGroup(current, id, group))
    },
    members: (group) => viewsOfMembers(lives.current, findGroup(group, lives.current.groups.all())),
    create: (name, options) => lives.once(({ groupActions }) => groupActions.create(name, options)),
    invite: (group, who) => lives.once(({ groupActions }) => groupActions.invite(group, who)),
    join: (group, signal) => lives.once(({ groupActions }) => groupActions.join(group, signal)),
    leave: (group) => lives.once(({ groupActions }) => groupActions.leave(group)),
    remove: (group, who) => lives.once(({ groupActions }) => groupActions.remove(group, who)),
    promote: (group, who) => lives.once(({ groupActions }) => groupActions.promote(group, who)),
    demote: (group, who) => lives.once(({ groupActions }) => groupActions.demote(group, who)),
    change: (group, info) => lives.once(({ groupActions }) => groupActions.change(group, info)),
    nearby: (signal) => lives.once(({ openGroups }) => openGroups.nearby(signal)),
  }
}
