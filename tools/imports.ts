// Reads what every source file imports, for the layer rule in test/tidy.test.ts.
//
// The compiler's own syntax tree is used, since a pattern over the text is fooled by comments,
// strings and line breaks. TypeScript 7 calls this interface unstable: its version is pinned.
import path from 'node:path'

import * as ast from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

export interface Import {
  /** The importing file, relative to the root, with forward slashes. */
  readonly from: string
  /** A file relative to the root, or a package or builtin as written; `undefined` if computed. */
  readonly to: string | undefined
  /** `import()` as an expression: loaded only when it is reached. */
  readonly dynamic: boolean
  /** The values taken, by their exported names; `*` for all of them. Types are left out. */
  readonly values: readonly string[]
}

/** Every import of `files` (relative to `root`), which must belong to its tsconfig.json. */
export function readImports(root: string, files: readonly string[]): Import[] {
  const api = new API({ cwd: root })
  try {
    const project = api
      .updateSnapshot({ openProjects: [path.join(root, 'tsconfig.json')] })
      .getProjects()[0]
    return files.flatMap((file) => {
      const source = project?.program.getSourceFile(path.join(root, file))
      if (!source) throw new Error(`${file} is not part of tsconfig.json`)
      return importsOf(source, file)
    })
  } finally {
    api.close()
  }
}

function importsOf(source: ast.SourceFile, from: string): Import[] {
  const found: Import[] = []
  const add = (specifier: ast.Node | undefined, dynamic: boolean, values: string[]): void => {
    const text = specifier && isText(specifier) ? specifier.text : undefined
    const to = text?.startsWith('.') ? path.posix.join(path.posix.dirname(from), text) : text
    found.push({ from, to, dynamic, values })
  }
  const visit = (node: ast.Node): undefined => {
    if (ast.isImportDeclaration(node)) add(node.moduleSpecifier, false, importedValues(node))
    else if (ast.isExportDeclaration(node) && node.moduleSpecifier)
      add(node.moduleSpecifier, false, ['*'])
    else if (ast.isImportTypeNode(node))
      add(ast.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, false, [])
    else if (ast.isCallExpression(node) && node.expression.kind === ast.SyntaxKind.ImportKeyword)
      add(node.arguments[0], true, ['*'])
    node.forEachChild(visit)
  }
  source.forEachChild(visit)
  return found
}

function isText(node: ast.Node): node is ast.StringLiteral | ast.NoSubstitutionTemplateLiteral {
  return ast.isStringLiteral(node) || ast.isNoSubstitutionTemplateLiteral(node)
}

function importedValues(node: ast.ImportDeclaration): string[] {
  const clause = node.importClause
  if (!clause || clause.phaseModifier === ast.SyntaxKind.TypeKeyword) return []
  const named = clause.namedBindings
  return [
    ...(clause.name ? ['default'] : []),
    ...(named && ast.isNamespaceImport(named) ? ['*'] : []),
    ...(named && ast.isNamedImports(named)
      ? named.elements
          .filter((element) => !element.isTypeOnly)
          .map((element) => (element.propertyName ?? element.name).text)
      : []),
  ]
}
