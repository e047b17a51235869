// The shapes that docs/API.md and its JSON Schema name, and refer to by these names.
import * as groups from '../src/api/shapes-group.ts'
import * as keeping from '../src/api/shapes-keeping.ts'
import * as shapes from '../src/api/shapes.ts'

export const SHAPES = {
  Message: shapes.message,
  Found: shapes.found,
  Edit: shapes.edit,
  Contact: shapes.contact,
  NearbyNode: shapes.nearbyNode,
  Group: groups.group,
  GroupMember: groups.groupMember,
  NearbyGroup: groups.nearbyGroup,
  Status: shapes.status,
  Connection: shapes.connection,
  Queue: shapes.queue,
  Identity: shapes.identity,
  Conversation: shapes.conversation,
  Standing: shapes.standing,
  Tellings: shapes.tellings,
  SyncReport: shapes.syncReport,
  Check: shapes.check,
  Archive: keeping.archive,
  Gap: keeping.gap,
} as const
