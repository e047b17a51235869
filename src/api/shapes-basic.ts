// The smallest pieces that the shapes of the API are made of.
import * as v from 'valibot'

export const account = v.pipe(v.string(), v.description('account id, 52 characters of base32'))
export const conversationId = v.pipe(
  v.string(),
  v.description('conversation id, 52 characters of base32'),
)
export const contactState = v.picklist(['friend', 'requested', 'incoming', 'blocked', 'removed'])
export const timestamp = v.pipe(v.string(), v.description('time, ISO 8601 in UTC'))
export const cursor = v.pipe(
  v.string(),
  v.description('pass to `tail` as `since` to go on after this'),
)

export const imitates = v.pipe(
  v.nullable(v.string()),
  v.description(
    'the contact, as you see it, whose name this name looks like though the account is another; ' +
      '"you" for your own name; null for nobody',
  ),
)
