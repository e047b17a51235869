// Checks the parameters of a method against its schema, and says what is wrong in words that name
// the parameter. The daemon checks every request; the command line checks before it asks.
import * as v from 'valibot'

import { TidingsError } from '../core/errors.ts'
import { explain } from './issues.ts'
import { type CheckedParams, type MethodName, METHODS } from './methods.ts'

export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name)
}

/**
 * @throws `bad_input` naming the parameter; `text_not_utf8` for a text that has no UTF-8 form
 */
export function checkParams<M extends MethodName>(
  method: M,
  params: unknown = {},
): CheckedParams<M> {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new TidingsError('bad_input', 'parameters are named: pass them in an object')
  }
  for (const name of Object.keys(params)) {
    const value: unknown = params[name as keyof typeof params]
    // A lone surrogate, which JSON can spell and UTF-8 cannot.
    if (typeof value !== 'string' || value.isWellFormed()) continue
    throw new TidingsError(
      name === 'text' ? 'text_not_utf8' : 'bad_input',
      `"${name}" is not valid Unicode`,
    )
  }
  const parsed = v.safeParse(METHODS[method].params, params, { abortEarly: true })
  if (parsed.success) return parsed.output
  throw new TidingsError('bad_input', explain(parsed.issues[0], 'parameter'))
}
