// What is wrong with a value that somebody gave, in plain words that name it: for parameters of a
// request and settings of the configuration alike.
import * as v from 'valibot'

/** @param what what the names are called, say "parameter" */
export function explain(issue: v.BaseIssue<unknown>, what: string): string {
  const name = v.getDotPath(issue)
  if (name === null) return issue.message
  const bound = String(issue.requirement)
  switch (issue.type) {
    case 'strict_object':
      if (issue.expected === 'never') return `there is no ${what} "${name}"`
      return issue.expected === 'Object' ? `"${name}" must be a table` : `"${name}" is missing`
    case 'min_value':
      return `"${name}" must be at least ${bound}`
    case 'max_value':
      return `"${name}" must be at most ${bound}`
    case 'integer':
      return `"${name}" must be a whole number`
    default:
      return `"${name}" must be ${expectation(issue)}`
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
}

function expectation({ expected }: v.BaseIssue<unknown>): string {
  if (expected === null) return 'something else'
  return KINDS[expected] ?? expected.replace(/^\(|\)$/g, '').replaceAll(' | ', ' or ')
}
